//! Addresses of devices, and what kind of address one is (net/ipv4/devinet.c,
//! net/ipv4/fib_frontend.c).

use std::net::{IpAddr, Ipv4Addr};

use crate::ip::fib::{FlowKey, RouteType, TABLE_LOCAL};
use crate::ip::route::{SCOPE_LINK, SCOPE_UNIVERSE, v4};
use crate::skb::Skb;
use crate::world::{DevId, NsId, World};

impl World {
    /// `inet_addr_onlink`: is `a` (and `b`, if set) in a subnet of `dev`?
    pub(super) fn on_link(&self, ns: NsId, dev: DevId, a: Ipv4Addr, b: Ipv4Addr) -> bool {
        self.dev(ns, dev).addrs.iter().any(|addr| {
            let inside = |ip: Ipv4Addr| {
                ipnet::IpNet::new(addr.local, addr.prefix)
                    .is_ok_and(|net| net.contains(&IpAddr::V4(ip)))
            };
            inside(a) && (b.is_unspecified() || inside(b))
        })
    }

    /// The device that bears `addr` (`__ip_dev_find`, without the local table).
    pub fn dev_with_addr(&self, ns: NsId, addr: Ipv4Addr) -> Option<DevId> {
        self.ns(ns)
            .devs()
            .find(|(_, dev)| dev.addrs.iter().any(|own| own.local == IpAddr::V4(addr)))
            .map(|(id, _)| id)
    }

    /// Does the local table hold `addr`?
    pub fn is_local_addr(&self, ns: NsId, addr: Ipv4Addr) -> bool {
        self.inet_addr_type(ns, addr, None) == RouteType::Local
    }

    /// `lo`.
    pub fn loopback(&self, ns: NsId) -> Option<DevId> {
        self.ns(ns)
            .devs()
            .find(|(_, dev)| dev.is_loopback())
            .map(|(id, _)| id)
    }

    /// `inet_addr_type` / `inet_dev_addr_type`: what kind of address it is, by
    /// the local table. With `dev`, only if the route is that device's.
    pub fn inet_addr_type(&self, ns: NsId, addr: Ipv4Addr, dev: Option<DevId>) -> RouteType {
        if addr.is_unspecified() || addr.is_broadcast() {
            return RouteType::Broadcast;
        }
        if addr.is_multicast() {
            return RouteType::Multicast;
        }
        let Some(routes) = self.ns(ns).fib.table(TABLE_LOCAL) else {
            return RouteType::Unicast;
        };
        let found = routes
            .iter()
            .find(|route| route.prefix.contains(&IpAddr::V4(addr)));
        match found {
            Some(route)
                if dev.is_none() || route.hops.first().is_some_and(|hop| hop.dev == dev) =>
            {
                route.kind
            }
            _ => RouteType::Unicast,
        }
    }

    /// `inet_select_addr`: the source address that `dev` offers for `dst` in
    /// a scope; unspecified if nobody has one.
    pub fn inet_select_addr(&self, ns: NsId, dev: DevId, dst: Ipv4Addr, scope: u8) -> Ipv4Addr {
        let usable = |dev: DevId| {
            let mut first = None;
            for addr in &self.dev(ns, dev).addrs {
                let Some(local) = v4(addr.local) else {
                    continue;
                };
                if addr.secondary || addr.scope.min(SCOPE_LINK) > scope {
                    continue;
                }
                let inside = ipnet::IpNet::new(addr.peer.unwrap_or(addr.local), addr.prefix)
                    .is_ok_and(|net| net.contains(&IpAddr::V4(dst)));
                if dst.is_unspecified() || inside {
                    return Some(local);
                }
                first = first.or(Some(local));
            }
            first
        };
        if let Some(addr) = usable(dev) {
            return addr;
        }
        // Another device's address, as long as it is not for the link only.
        for (id, device) in self.ns(ns).devs() {
            if id == dev || !device.up {
                continue;
            }
            for addr in &device.addrs {
                if !addr.secondary
                    && addr.scope != SCOPE_LINK
                    && addr.scope <= scope
                    && let Some(local) = v4(addr.local)
                {
                    return local;
                }
            }
        }
        Ipv4Addr::UNSPECIFIED
    }

    /// `fib_compute_spec_dst`: the address that an answer to `skb` comes from.
    pub(crate) fn compute_spec_dst(&self, ns: NsId, skb: &Skb) -> Ipv4Addr {
        let ip = skb.ip();
        if skb
            .dst
            .as_ref()
            .is_some_and(|dst| dst.kind == RouteType::Local)
        {
            return ip.dst();
        }
        let dev = skb.iif.unwrap_or(skb.dev);
        if ip.src().is_unspecified() {
            return self.inet_select_addr(ns, dev, ip.src(), SCOPE_LINK);
        }
        let vmark = self.dev_conf(ns, dev).src_valid_mark;
        let key = FlowKey {
            mark: if vmark { skb.mark } else { 0 },
            tos: ip.tos() & 0x1c,
            ..FlowKey::output(ip.src(), Ipv4Addr::UNSPECIFIED)
        };
        match self.fib_lookup(ns, &key) {
            // fib_result_prefsrc.
            Ok(found) => found.route.prefsrc.and_then(v4).unwrap_or_else(|| {
                let hop = found.hop;
                let near = hop.and_then(|hop| hop.via).and_then(v4);
                let out = hop.and_then(|hop| hop.dev).unwrap_or(dev);
                let near = near.unwrap_or(Ipv4Addr::UNSPECIFIED);
                self.inet_select_addr(ns, out, near, found.route.scope)
            }),
            Err(_) => self.inet_select_addr(ns, dev, ip.src(), SCOPE_UNIVERSE),
        }
    }
}
