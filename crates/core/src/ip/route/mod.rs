//! Asking the routing tables: for a packet made here, and for one that came in.
//!
//! Kernel: net/ipv4/route.c, net/ipv4/fib_frontend.c. Not modelled: multicast
//! routing, and which of several next hops a kernel's secret chooses.

mod input;
mod output;

use std::net::{IpAddr, Ipv4Addr};

use crate::ip::fib::{Dst, FlowKey, RouteType};
use crate::ip::lookup::Found;
use crate::skb::Skb;
use crate::walk::{DropReason, Event, Layer, Name, RouteKey, RouteResult};
use crate::wire::{be16, ipv4};
use crate::world::{DevId, NsId, World};

/// `RT_SCOPE_UNIVERSE`.
pub const SCOPE_UNIVERSE: u8 = 0;
/// `RT_SCOPE_LINK`.
pub const SCOPE_LINK: u8 = 253;
/// `RT_SCOPE_HOST`.
pub const SCOPE_HOST: u8 = 254;

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

/// Why a packet that came in is not routed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputError {
    /// The source address must not come from there.
    MartianSource(DropReason),
    /// The destination address must not come from there.
    MartianDestination(DropReason),
    /// Not acceptable, without a word in the log.
    Invalid(DropReason),
}

impl InputError {
    /// The kernel's reason.
    pub fn reason(self) -> DropReason {
        match self {
            Self::MartianSource(reason)
            | Self::MartianDestination(reason)
            | Self::Invalid(reason) => reason,
        }
    }
}

pub(crate) fn v4(addr: IpAddr) -> Option<Ipv4Addr> {
    match addr {
        IpAddr::V4(addr) => Some(addr),
        IpAddr::V6(_) => None,
    }
}

impl FlowKey {
    /// The question for a packet made here.
    pub fn output(dst: Ipv4Addr, src: Ipv4Addr) -> Self {
        Self {
            dst,
            src,
            iif: None,
            oif: None,
            mark: 0,
            tos: 0,
            proto: 0,
            sport: 0,
            dport: 0,
            uid: 0,
            any_src: false,
        }
    }
}

impl World {
    /// `fib4_rules_early_flow_dissect`: protocol and ports, where a policy rule
    /// asks for them.
    pub(super) fn dissected(&self, ns: NsId, skb: &Skb, mut key: FlowKey) -> FlowKey {
        let ip = skb.ip();
        if self.ns(ns).fib.asks_for_ports() && !skb.data.is_empty() {
            key.proto = ip.proto();
            let ports = matches!(
                key.proto,
                ipv4::TCP | ipv4::UDP | ipv4::SCTP | ipv4::UDPLITE
            );
            if ports && !ip.is_fragment() {
                key.sport = be16(ip.payload(), 0).unwrap_or(0);
                key.dport = be16(ip.payload(), 2).unwrap_or(0);
            }
        }
        key
    }

    fn note_route(&mut self, ns: NsId, key: &FlowKey, dst: &Dst, answer: Option<&Answer>) {
        if !self.rec.full() {
            return;
        }
        let name = |dev: Option<DevId>| dev.map(|dev| self.dev(ns, dev).name.clone());
        let result = RouteResult {
            kind: Name::from(dst.kind.name()),
            dev: name(Some(dst.dev)),
            via: dst.via.map(IpAddr::V4),
            src: (!dst.src.is_unspecified()).then_some(IpAddr::V4(dst.src)),
            table: answer.map(|answer| answer.table),
            prefix: answer.map(|answer| answer.prefix.clone()),
            rule: answer.map(|answer| answer.rule),
        };
        self.push_route(ns, key, result);
    }

    fn note_no_route(&mut self, ns: NsId, key: &FlowKey, error: RouteError) {
        let kind = match error {
            RouteError::NetUnreachable => "none",
            RouteError::HostUnreachable => "unreachable",
            RouteError::Prohibited => "prohibit",
            RouteError::Invalid => "blackhole",
            RouteError::NotModelled => "other",
        };
        let result = RouteResult {
            kind: Name::from(kind),
            dev: None,
            via: None,
            src: None,
            table: None,
            prefix: None,
            rule: None,
        };
        self.push_route(ns, key, result);
    }

    fn push_route(&mut self, ns: NsId, key: &FlowKey, result: RouteResult) {
        if !self.rec.full() {
            return;
        }
        let name = |dev: Option<DevId>| dev.map(|dev| self.dev(ns, dev).name.clone());
        let event = Event::Route {
            key: RouteKey {
                dst: key.dst.into(),
                src: (!key.src.is_unspecified()).then_some(key.src.into()),
                iif: name(key.iif),
                oif: name(key.oif),
                mark: key.mark,
                tos: key.tos,
            },
            result,
        };
        let netns = self.ns(ns).name.clone();
        self.rec
            .push(netns, None, Layer::Network, None, self.now, event);
    }
}

/// What a lookup found, without borrowing the world.
#[derive(Clone, Debug)]
struct Answer {
    kind: RouteType,
    dev: Option<DevId>,
    via: Option<Ipv4Addr>,
    scope: u8,
    mtu: u32,
    realm: u32,
    table: u32,
    rule: u32,
    prefix: Name,
}

impl Answer {
    fn of(found: &Found<'_>) -> Self {
        let route = found.route;
        let prefix = if route.prefix.prefix_len() == 0 {
            "default".to_owned()
        } else if route.prefix.prefix_len() == route.prefix.max_prefix_len() {
            route.prefix.addr().to_string()
        } else {
            route.prefix.to_string()
        };
        Self {
            kind: route.kind,
            dev: found.hop.and_then(|hop| hop.dev),
            via: found.hop.and_then(|hop| hop.via).and_then(v4),
            scope: route.scope,
            mtu: route.mtu,
            realm: route.realm,
            table: found.table,
            rule: found.rule,
            prefix: Name::from(prefix),
        }
    }
}

/// A device's settings that routing looks at.
#[derive(Clone, Debug)]
pub(crate) struct DevConf {
    pub forwarding: bool,
    pub rp_filter: i32,
    pub accept_local: bool,
    pub route_localnet: bool,
    pub send_redirects: bool,
    pub src_valid_mark: bool,
    pub log_martians: bool,
    pub bc_forwarding: bool,
}

impl World {
    /// The settings that are in force for a device.
    pub(crate) fn dev_conf(&self, ns: NsId, dev: DevId) -> DevConf {
        let sysctl = &self.ns(ns).sysctl;
        let name = &self.dev(ns, dev).name;
        DevConf {
            forwarding: sysctl.dev(name).forwarding != 0,
            rp_filter: sysctl.max(name, |conf| conf.rp_filter),
            accept_local: sysctl.or(name, |conf| conf.accept_local),
            route_localnet: sysctl.or(name, |conf| conf.route_localnet),
            send_redirects: sysctl.or(name, |conf| conf.send_redirects),
            src_valid_mark: sysctl.or(name, |conf| conf.src_valid_mark),
            log_martians: sysctl.or(name, |conf| conf.log_martians),
            bc_forwarding: sysctl.and(name, |conf| conf.bc_forwarding),
        }
    }
}
