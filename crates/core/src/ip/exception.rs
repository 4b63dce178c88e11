//! What routing has learnt about single destinations: a smaller path MTU, a
//! better gateway (`fib_nh_exception`, net/ipv4/route.c).
//!
//! Both are learnt for the socket whose packet the ICMP message quotes. Not
//! modelled: that exceptions end (no time passes).

use std::collections::HashMap;
use std::net::Ipv4Addr;

use crate::ip::fib::{Dst, FlowKey, RouteType};
use crate::ip::neigh::Nud;
use crate::skb::Skb;
use crate::wire::icmp;
use crate::wire::ipv4::Ipv4;
use crate::world::{DevId, NsId, World};

/// `net.ipv4.route.min_pmtu`.
const MIN_PMTU: u32 = 552;

/// What is known about one destination.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exception {
    /// The gateway that a redirect told of.
    pub gateway: Option<Ipv4Addr>,
    /// The path MTU, if one is known.
    pub mtu: Option<u32>,
}

/// Exceptions by the next hop that they belong to and the destination.
#[derive(Clone, Debug, Default)]
pub struct Exceptions(HashMap<(DevId, Option<Ipv4Addr>, Ipv4Addr), Exception>);

impl Exceptions {
    /// What is known of `dst` behind this next hop (`find_exception`).
    pub fn find(&self, dev: DevId, via: Option<Ipv4Addr>, dst: Ipv4Addr) -> Exception {
        self.0.get(&(dev, via, dst)).copied().unwrap_or_default()
    }

    fn entry(&mut self, dev: DevId, via: Option<Ipv4Addr>, dst: Ipv4Addr) -> &mut Exception {
        self.0.entry((dev, via, dst)).or_default()
    }
}

impl World {
    /// The route that packets like the quoted one take, and its next hop as the
    /// table has it.
    fn route_of_quoted(&mut self, ns: NsId, inner: &Ipv4<'_>) -> Option<(Dst, Option<Ipv4Addr>)> {
        let key = FlowKey {
            any_src: true,
            proto: inner.proto(),
            tos: inner.tos() & 0x1c,
            ..FlowKey::output(inner.dst(), inner.src())
        };
        let route = self.route_output(ns, &key).ok()?;
        let via = self
            .fib_lookup(ns, &key)
            .ok()
            .and_then(|found| found.hop?.via)
            .and_then(super::route::v4);
        Some((route, via))
    }

    /// `ipv4_sk_update_pmtu`: packets like `inner` must be smaller from now on.
    pub(crate) fn learn_path_mtu(&mut self, ns: NsId, inner: &Ipv4<'_>, mtu: u32) {
        if self.ns(ns).sysctl.ipv4.ip_no_pmtu_disc != 0 {
            return;
        }
        let Some((route, via)) = self.route_of_quoted(ns, inner) else {
            return;
        };
        let mtu = mtu.max(MIN_PMTU);
        if mtu < self.route_mtu(ns, &route) {
            let fib = &mut self.ns_mut(ns).fib;
            fib.exceptions.entry(route.dev, via, inner.dst()).mtu = Some(mtu);
        }
    }

    /// `__ip_do_redirect`: the redirect `skb` says that packets like `inner`
    /// had better go by another gateway.
    pub(crate) fn learn_redirect(&mut self, ns: NsId, skb: &Skb, inner: &Ipv4<'_>) {
        let message = skb.ip().payload();
        if message.get(1).is_none_or(|code| *code > 3) {
            return;
        }
        let old = skb.ip().src();
        let new = Ipv4Addr::from(icmp::info(message));
        let Some((route, via)) = self.route_of_quoted(ns, inner) else {
            return;
        };
        if route.via != Some(old) {
            return;
        }
        if new == old || !self.redirect_fits(ns, skb.dev, old, new) {
            let name = &self.dev(ns, skb.dev).name;
            if self.ns(ns).sysctl.or(name, |conf| conf.log_martians) {
                let text = format!("IPv4: Redirect from {old} on {name} about {new} ignored");
                self.log_kernel(ns, skb, text);
                let (src, dst) = (inner.src(), inner.dst());
                let text = format!("  Advised path = {src} -> {dst}");
                self.log_kernel(ns, skb, text);
            }
            return;
        }
        let neigh = self.ns(ns).neigh.find(route.dev, new.into());
        if neigh.is_some_and(|entry| entry.state.is_valid()) {
            let fib = &mut self.ns_mut(ns).fib;
            fib.exceptions.entry(route.dev, via, inner.dst()).gateway = Some(new);
        } else {
            // Asked for first; a redirect that comes later will find it.
            self.neigh_ask(ns, route.dev, new);
        }
    }

    /// Does a host take this redirect, which came in by `dev`?
    fn redirect_fits(&self, ns: NsId, dev: DevId, old: Ipv4Addr, new: Ipv4Addr) -> bool {
        let sysctl = &self.ns(ns).sysctl;
        let name = &self.dev(ns, dev).name;
        // IN_DEV_RX_REDIRECTS: a router wants it of `all` as well.
        let accepts = match sysctl.dev(name).forwarding {
            0 => sysctl.or(name, |conf| conf.accept_redirects),
            _ => sysctl.and(name, |conf| conf.accept_redirects),
        };
        if !accepts || new.is_multicast() || new.octets()[0] == 0 || new.octets()[0] >= 240 {
            return false;
        }
        if sysctl.or(name, |conf| conf.shared_media) {
            return self.inet_addr_type(ns, new, None) == RouteType::Unicast;
        }
        let secure = sysctl.or(name, |conf| conf.secure_redirects);
        self.on_link(ns, dev, new, old) && (!secure || self.is_default_gateway(ns, dev, new))
    }

    /// `ip_fib_check_default`: is `gateway` one of those that routes name?
    fn is_default_gateway(&self, ns: NsId, dev: DevId, gateway: Ipv4Addr) -> bool {
        let tables = &self.ns(ns).fib.tables;
        let mut hops = tables
            .iter()
            .flat_map(|(_, routes)| routes)
            .flat_map(|route| &route.hops);
        hops.any(|hop| hop.dev == Some(dev) && hop.via == Some(gateway.into()) && !hop.dead)
    }

    /// `neigh_event_send` without a packet: asks who has `addr`.
    fn neigh_ask(&mut self, ns: NsId, dev: DevId, addr: Ipv4Addr) {
        let entry = self.ns_mut(ns).neigh.find_or_make(dev, addr.into());
        if entry.state != Nud::Incomplete {
            entry.state = Nud::Incomplete;
            self.neigh_ask_first(ns, dev, addr);
        }
    }
}
