//! ARP (net/ipv4/arp.c): requests and replies are frames like any other, and
//! walk the same bridges and hooks.

use std::net::Ipv4Addr;

use crate::ip::fib::{FlowKey, RouteType};
use crate::ip::neigh::Nud;
use crate::ip::route::SCOPE_LINK;
use crate::link::detail;
use crate::netfilter::HookState;
use crate::netfilter::hooks::HookResult;
use crate::skb::Skb;
use crate::walk::{
    BufferId, DropReason, Event, Family, Hook, Layer, NeighbourAct, Origin, PktType,
};
use crate::wire::arp::{Arp, REPLY, REQUEST};
use crate::wire::eth::{ETH_P_ARP, MacAddr};
use crate::world::{DevId, NsId, World};

impl World {
    /// `arp_solicit`: asks who has `target`, all stations or `to` alone.
    pub(crate) fn arp_solicit(
        &mut self,
        ns: NsId,
        dev: DevId,
        target: Ipv4Addr,
        about: Option<(BufferId, Ipv4Addr)>,
        to: Option<MacAddr>,
    ) {
        let device = self.dev(ns, dev);
        if device.noarp {
            return;
        }
        let name = device.name.clone();
        let announce = self.ns(ns).sysctl.max(&name, |conf| conf.arp_announce);
        let own = about
            .map(|(_, src)| src)
            .filter(|src| self.inet_addr_type(ns, *src, None) == RouteType::Local);
        let src = match announce {
            0 => own,
            1 => own.filter(|src| {
                self.dev(ns, dev).addrs.iter().any(|addr| {
                    ipnet::IpNet::new(addr.local, addr.prefix).is_ok_and(|net| {
                        net.contains(&std::net::IpAddr::V4(target))
                            && net.contains(&std::net::IpAddr::V4(*src))
                    })
                })
            }),
            _ => None,
        };
        let src = src.unwrap_or_else(|| self.inet_select_addr(ns, dev, target, SCOPE_LINK));
        let packet = Arp {
            op: REQUEST,
            sha: self.dev(ns, dev).mac,
            sip: src,
            tha: MacAddr::ZERO,
            tip: target,
        };
        let parent = about.map(|(id, _)| id);
        self.arp_send(
            ns,
            dev,
            packet,
            to.unwrap_or(MacAddr::BROADCAST),
            parent,
            Origin::ArpRequest,
        );
    }

    /// `arp_send`.
    pub(crate) fn arp_send(
        &mut self,
        ns: NsId,
        dev: DevId,
        packet: Arp,
        to: MacAddr,
        parent: Option<BufferId>,
        origin: Origin,
    ) {
        if self.dev(ns, dev).noarp {
            return;
        }
        let mut skb = self.new_skb(dev, ETH_P_ARP, packet.bytes());
        skb.traced = false;
        skb.set_mac(to, packet.sha);
        self.note(ns, Layer::Link, &skb, |_| Event::Emit { parent, origin });
        let state = HookState {
            family: Family::Arp,
            hook: Hook::Output,
            input: None,
            output: Some(dev),
            sock: None,
        };
        if let HookResult::Accept(skb) = self.nf_hook(ns, &state, skb) {
            let _ = self.dev_queue_xmit(ns, skb);
        }
    }

    /// `arp_rcv`.
    pub(crate) fn arp_rcv(&mut self, ns: NsId, skb: Skb) {
        let device = self.dev(ns, skb.dev);
        if device.noarp || matches!(skb.pkt_type, PktType::OtherHost | PktType::Loopback) {
            self.consume_skb(ns, &skb);
            return;
        }
        if skb.data.len() < 28 {
            self.drop_skb(ns, &skb, DropReason::PktTooSmall, detail("ARP header"));
            return;
        }
        if skb.data.get(4..6) != Some(&[6, 4]) {
            self.drop_skb(ns, &skb, DropReason::NotSpecified, detail("ARP header"));
            return;
        }
        let state = HookState {
            family: Family::Arp,
            hook: Hook::Input,
            input: Some(skb.dev),
            output: None,
            sock: None,
        };
        if let HookResult::Accept(skb) = self.nf_hook(ns, &state, skb) {
            self.arp_process(ns, &skb);
        }
    }

    /// `arp_process`.
    fn arp_process(&mut self, ns: NsId, skb: &Skb) {
        let dev = skb.dev;
        let Some(arp) = Arp::read(&skb.data) else {
            self.drop_skb(
                ns,
                skb,
                DropReason::NotSpecified,
                detail("not IPv4 over Ethernet"),
            );
            return;
        };
        if !matches!(arp.op, REQUEST | REPLY) {
            self.drop_skb(ns, skb, DropReason::NotSpecified, detail("ARP operation"));
            return;
        }
        let name = self.dev(ns, dev).name.clone();
        let own = self.dev(ns, dev).mac;
        let route_localnet = self.ns(ns).sysctl.or(&name, |conf| conf.route_localnet);
        let gratuitous_off = self
            .ns(ns)
            .sysctl
            .or(&name, |conf| conf.drop_gratuitous_arp);
        if arp.tip.is_multicast()
            || (arp.tip.is_loopback() && !route_localnet)
            || (arp.sip == arp.tip && gratuitous_off)
        {
            self.drop_skb(ns, skb, DropReason::NotSpecified, detail("ARP address"));
            return;
        }
        let reply = Arp {
            op: REPLY,
            sha: own,
            sip: arp.tip,
            tha: arp.sha,
            tip: arp.sip,
        };
        if arp.sip.is_unspecified() {
            // Duplicate address detection (RFC 2131).
            if arp.op == REQUEST
                && self.inet_addr_type(ns, arp.tip, None) == RouteType::Local
                && !self.arp_ignore(ns, dev, arp.sip, arp.tip)
            {
                self.arp_send(ns, dev, reply, arp.sha, Some(skb.id), Origin::ArpReply);
            }
            self.consume_skb(ns, skb);
            return;
        }
        if arp.op == REQUEST
            && let Ok(route) = self.arp_route(ns, skb, &arp)
        {
            let forwarding = self.dev_conf(ns, dev).forwarding;
            if route.kind == RouteType::Local {
                let mut silent = self.arp_ignore(ns, dev, arp.sip, arp.tip);
                if !silent && self.ns(ns).sysctl.or(&name, |conf| conf.arp_filter) {
                    silent = self.arp_filter(ns, dev, arp.sip, arp.tip);
                }
                if !silent {
                    self.learn(ns, skb, &arp, Nud::Stale, true);
                    self.arp_send(ns, dev, reply, arp.sha, Some(skb.id), Origin::ArpReply);
                }
                self.consume_skb(ns, skb);
                return;
            }
            if forwarding
                && route.kind == RouteType::Unicast
                && self.arp_proxies(ns, dev, &route, &arp)
            {
                self.learn(ns, skb, &arp, Nud::Stale, true);
                self.arp_send(ns, dev, reply, arp.sha, Some(skb.id), Origin::ArpReply);
                self.consume_skb(ns, skb);
                return;
            }
        }
        let known = self.ns(ns).neigh.find(dev, arp.sip.into()).is_some();
        let unicast = self.inet_addr_type(ns, arp.sip, Some(dev)) == RouteType::Unicast;
        // arp_is_garp: of replies, those that are addressed to the sender too.
        let garp = unicast && arp.sip == arp.tip && (arp.op != REPLY || arp.tha == arp.sha);
        let news = unicast && (garp || arp.op == REPLY);
        if known || (news && self.arp_accept(ns, dev, arp.sip)) {
            // Broadcast replies and requests do not assert reachability.
            let state = if arp.op == REPLY && skb.pkt_type == PktType::Host {
                Nud::Reachable
            } else {
                Nud::Stale
            };
            let overrides = garp || self.neigh_unlocked(ns, dev, arp.sip);
            self.learn(ns, skb, &arp, state, overrides);
        }
        self.consume_skb(ns, skb);
    }

    /// The sender's address is learnt from `skb`, if the table heeds it.
    fn learn(&mut self, ns: NsId, skb: &Skb, arp: &Arp, state: Nud, overrides: bool) {
        let (dev, addr, mac) = (skb.dev, arp.sip, arp.sha);
        if !self.neigh_heeds(ns, dev, addr, mac, overrides) {
            return;
        }
        self.note(ns, Layer::Link, skb, |_| Event::Neighbour {
            addr: addr.into(),
            state: NeighbourAct::Learnt,
            mac: Some(mac),
        });
        self.neigh_update(ns, dev, addr, mac, state);
    }

    /// The route that an ARP request asks about, source check included.
    fn arp_route(
        &mut self,
        ns: NsId,
        skb: &Skb,
        arp: &Arp,
    ) -> Result<crate::ip::fib::Dst, crate::ip::route::InputError> {
        // The question bears no IP header: mark and tos of an empty packet.
        let mut plain = Skb::new(skb.id, skb.dev, skb.proto, Vec::new());
        plain.mark = skb.mark;
        plain.mac = skb.mac;
        self.route_input(ns, &plain, arp.tip, arp.sip, skb.dev)
    }

    /// `arp_ignore`: is the request to be passed over?
    fn arp_ignore(&self, ns: NsId, dev: DevId, sip: Ipv4Addr, tip: Ipv4Addr) -> bool {
        let device = self.dev(ns, dev);
        let on_dev = |addr: Ipv4Addr| {
            device
                .addrs
                .iter()
                .find(|own| own.local == std::net::IpAddr::V4(addr))
        };
        match self.ns(ns).sysctl.max(&device.name, |conf| conf.arp_ignore) {
            0 => false,
            1 => on_dev(tip).is_none(),
            2 => !device.addrs.iter().any(|own| {
                own.local == std::net::IpAddr::V4(tip)
                    && ipnet::IpNet::new(own.local, own.prefix)
                        .is_ok_and(|net| net.contains(&std::net::IpAddr::V4(sip)))
            }),
            3 => self
                .ns(ns)
                .devices
                .iter()
                .flat_map(|dev| &dev.addrs)
                .any(|own| own.local == std::net::IpAddr::V4(tip) && own.scope > SCOPE_LINK),
            8 => true,
            _ => false,
        }
    }

    /// `arp_accept`: does a packet that nobody asked for make an entry?
    fn arp_accept(&self, ns: NsId, dev: DevId, sip: Ipv4Addr) -> bool {
        let device = self.dev(ns, dev);
        match self.ns(ns).sysctl.max(&device.name, |conf| conf.arp_accept) {
            0 => false,
            1 => true,
            2 => device.addrs.iter().any(|own| {
                ipnet::IpNet::new(own.local, own.prefix)
                    .is_ok_and(|net| net.contains(&std::net::IpAddr::V4(sip)))
            }),
            _ => false,
        }
    }

    /// `arp_filter`: would the answer leave by another device?
    fn arp_filter(&mut self, ns: NsId, dev: DevId, sip: Ipv4Addr, tip: Ipv4Addr) -> bool {
        match self.route_output(ns, &FlowKey::output(sip, tip)) {
            Ok(route) => route.dev != dev,
            Err(_) => true,
        }
    }

    /// `arp_fwd_proxy`, `arp_fwd_pvlan`, and proxy entries.
    fn arp_proxies(&self, ns: NsId, dev: DevId, route: &crate::ip::fib::Dst, arp: &Arp) -> bool {
        let sysctl = &self.ns(ns).sysctl;
        let name = &self.dev(ns, dev).name;
        if route.dev != dev {
            if sysctl.or(name, |conf| conf.proxy_arp) {
                let medium = sysctl.dev(name).medium_id;
                if medium == 0 {
                    return true;
                }
                if medium != -1 {
                    let out = sysctl.dev(&self.dev(ns, route.dev).name).medium_id;
                    if out != medium && out != -1 {
                        return true;
                    }
                }
            }
            return self
                .ns(ns)
                .neigh
                .proxies
                .contains(&(dev, std::net::IpAddr::V4(arp.tip)));
        }
        sysctl.dev(name).proxy_arp_pvlan != 0 && arp.sip != arp.tip
    }
}
