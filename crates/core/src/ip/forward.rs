//! Passing through (net/ipv4/ip_forward.c).

use crate::link::detail;
use crate::netfilter::HookState;
use crate::netfilter::hooks::HookResult;
use crate::skb::Skb;
use crate::walk::{DropReason, Event, Family, Hook, Layer, PktType};
use crate::wire::{icmp, ipv4};
use crate::world::{NsId, World};

impl World {
    /// `ip_forward`: the route leads on.
    pub(crate) fn ip_forward(&mut self, ns: NsId, mut skb: Skb) {
        if skb.pkt_type != PktType::Host {
            self.drop_skb(
                ns,
                &skb,
                DropReason::NotSpecified,
                detail("not to this MAC"),
            );
            return;
        }
        let ttl = skb.ip().ttl();
        if ttl <= 1 {
            self.icmp_send(ns, &skb, icmp::TIME_EXCEEDED, 0, 0);
            self.drop_skb(ns, &skb, DropReason::IpInHdr, detail("ttl"));
            return;
        }
        let Some(route) = skb.dst.clone() else { return };
        let strict = skb.options.route.is_some_and(|route| route.strict);
        if strict && route.via.is_some() {
            self.icmp_send(ns, &skb, icmp::DEST_UNREACH, icmp::unreach::SR_FAILED, 0);
            self.drop_skb(
                ns,
                &skb,
                DropReason::NotSpecified,
                detail("strict source route"),
            );
            return;
        }
        skb.flags.forwarded = true;
        let mtu = self.route_mtu(ns, &route);
        if skb.data.len() > mtu as usize
            && skb.ip().df()
            && (usize::from(skb.frag_max_size) > mtu as usize || !skb.ignore_df)
        {
            self.icmp_send(
                ns,
                &skb,
                icmp::DEST_UNREACH,
                icmp::unreach::FRAG_NEEDED,
                mtu,
            );
            self.drop_skb(ns, &skb, DropReason::PktTooBig, None);
            return;
        }
        ipv4::set_ttl(&mut skb.data, ttl - 1);
        self.note(ns, Layer::Network, &skb, |_| Event::Ttl {
            from: ttl,
            to: ttl - 1,
        });
        if skb.flags.doredirect && skb.options.route.is_none() {
            let gateway = route.via.unwrap_or_else(|| skb.ip().dst());
            self.send_redirect(ns, &skb, gateway);
        }
        let state = HookState {
            family: Family::Ipv4,
            hook: Hook::Forward,
            input: Some(skb.dev),
            output: Some(route.dev),
            sock: None,
        };
        if let HookResult::Accept(mut skb) = self.nf_hook(ns, &state, skb) {
            self.ip_forward_options(ns, &mut skb);
            let _ = self.ip_output(ns, skb);
        }
    }

    /// MTU of a route: its own, or its device's.
    pub(crate) fn route_mtu(&self, ns: NsId, route: &crate::ip::fib::Dst) -> u32 {
        match route.mtu {
            0 => self.dev(ns, route.dev).mtu.min(65535),
            mtu => mtu,
        }
    }
}
