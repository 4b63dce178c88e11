//! Asking the routing tables.

use std::net::Ipv4Addr;

use crate::ip::fib::{Dst, FlowKey, RouteType};
use crate::skb::Skb;
use crate::world::{DevId, NsId, World};

/// Why there is no route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteError {
    /// ENETUNREACH: nothing fits.
    NetUnreachable,
    /// EHOSTUNREACH: an `unreachable` route.
    HostUnreachable,
    /// EACCES: a `prohibit` route.
    Prohibited,
    /// EINVAL: a `blackhole` route, or addresses that cannot be.
    Invalid,
    /// A rule or route that is not modelled.
    NotModelled,
}

impl World {
    /// `ip_route_output_key`: the route for a packet that is made here.
    ///
    /// # Errors
    /// When no route leads there.
    pub fn route_output(&mut self, _ns: NsId, _key: &FlowKey) -> Result<Dst, RouteError> {
        Err(RouteError::NetUnreachable)
    }

    /// `inet_addr_type` / `inet_dev_addr_type`: what kind of address it is,
    /// by the local table (and main, for unicast).
    pub fn inet_addr_type(&self, _ns: NsId, _addr: Ipv4Addr, _dev: Option<DevId>) -> RouteType {
        RouteType::Unicast
    }

    /// `inet_select_addr`: the source address that `dev` offers for `dst` in
    /// a scope; unspecified if it has none.
    pub fn inet_select_addr(&self, _ns: NsId, _dev: DevId, _dst: Ipv4Addr, _scope: u8) -> Ipv4Addr {
        Ipv4Addr::UNSPECIFIED
    }

    /// `ip_route_me_harder`: routes a packet anew after its addresses or mark
    /// changed on the way out. `false` when there is no route.
    pub fn route_me_harder(&mut self, _ns: NsId, _skb: &mut Skb) -> bool {
        true
    }
}
