//! br_netfilter: bridged frames before the IP hooks
//! (net/bridge/br_netfilter_hooks.c).
//!
//! Each function is registered at a bridge hook. It goes through the IP hook,
//! and what it gives back goes on through the rest of the bridge hook.
//! Not modelled: IP behind PPPoE, and IPv6.

use std::net::Ipv4Addr;

use crate::ip::input::check_header;
use crate::ip::neigh::Nud;
use crate::link::detail;
use crate::netfilter::HookState;
use crate::netfilter::hooks::HookResult;
use crate::skb::{BridgeInfo, IpFlags, Skb};
use crate::walk::{DropReason, Event, Family, Hook, Layer, PktType, Verdict};
use crate::wire::eth::{ETH_P_ARP, ETH_P_IP, ETH_P_IPV6, MacAddr};
use crate::world::{DevId, NsId, World};

impl World {
    /// Does br_netfilter hand IPv4 frames of this bridge to iptables? If not,
    /// the setting that says so.
    fn calls_iptables(&self, ns: NsId, bridge: DevId, skb: &Skb) -> Result<(), &'static str> {
        let sysctl = &self.ns(ns).sysctl.bridge;
        let own = self
            .dev(ns, bridge)
            .bridge()
            .is_some_and(|bridge| bridge.nf_call_iptables);
        if sysctl.call_iptables == 0 && !own {
            return Err("bridge-nf-call-iptables");
        }
        if skb.vlan.is_some() && sysctl.filter_vlan_tagged == 0 {
            return Err("bridge-nf-filter-vlan-tagged");
        }
        Ok(())
    }

    fn bridge_of(&self, ns: NsId, port: DevId) -> Option<DevId> {
        Some(self.dev(ns, port).port.as_ref()?.bridge)
    }

    fn note_bridge_skip(&mut self, ns: NsId, skb: &Skb, hook: Hook, why: &str) {
        self.note(ns, Layer::Link, skb, |_| Event::BridgeToIpSkip {
            hook,
            why: why.into(),
        });
    }

    /// `br_nf_pre_routing`.
    pub(crate) fn br_nf_pre_routing(
        &mut self,
        ns: NsId,
        state: &HookState,
        mut skb: Skb,
    ) -> Option<Skb> {
        let bridge = self.bridge_of(ns, state.input?)?;
        if skb.proto == ETH_P_IPV6 && self.ns(ns).sysctl.bridge.call_ip6tables != 0 {
            if !self
                .ns(ns)
                .nf
                .hooks
                .at(Family::Ipv6, Hook::Prerouting)
                .is_empty()
            {
                self.not_modelled(ns, &skb, "IPv6");
                return None;
            }
            return Some(skb);
        }
        if skb.proto != ETH_P_IP {
            return Some(skb);
        }
        if let Err(why) = self.calls_iptables(ns, bridge, &skb) {
            self.note_bridge_skip(ns, &skb, Hook::Prerouting, why);
            return Some(skb);
        }
        if check_header(&mut skb.data).is_err() {
            self.drop_skb(ns, &skb, DropReason::IpInHdr, None);
            return None;
        }
        skb.flags = IpFlags::default();
        skb.frag_max_size = 0;
        let port = skb.dev;
        let otherhost = skb.pkt_type == PktType::OtherHost;
        if otherhost {
            skb.pkt_type = PktType::Host;
        }
        let before = skb.ip().dst();
        skb.bridge = Some(BridgeInfo {
            physin: Some(port),
            pkt_otherhost: otherhost,
            in_prerouting: true,
            ..BridgeInfo::default()
        });
        skb.dev = bridge;
        self.note(ns, Layer::Link, &skb, |_| Event::BridgeToIp {
            hook: Hook::Prerouting,
        });
        let inner = HookState {
            family: Family::Ipv4,
            hook: Hook::Prerouting,
            input: Some(bridge),
            output: None,
            sock: None,
        };
        let HookResult::Accept(skb) = self.nf_hook(ns, &inner, skb) else {
            return None;
        };
        self.br_nf_pre_routing_finish(ns, skb, port, bridge, before)
    }

    /// `br_nf_pre_routing_finish`.
    fn br_nf_pre_routing_finish(
        &mut self,
        ns: NsId,
        mut skb: Skb,
        port: DevId,
        bridge: DevId,
        before: Ipv4Addr,
    ) -> Option<Skb> {
        if let Some(info) = &mut skb.bridge {
            if info.pkt_otherhost {
                skb.pkt_type = PktType::OtherHost;
                info.pkt_otherhost = false;
            }
            info.in_prerouting = false;
        }
        let (src, dst) = (skb.ip().src(), skb.ip().dst());
        if dst == before {
            skb.dev = port;
            return Some(skb);
        }
        // DNAT: where does the new destination live?
        let route = match self.route_input(ns, &skb, dst, src, bridge) {
            Ok(route) => route,
            Err(error) => {
                self.drop_skb(ns, &skb, error.reason(), detail("DNAT on the bridge"));
                return None;
            }
        };
        use crate::ip::fib::RouteType;
        let bridged = match route.kind {
            RouteType::Unicast if route.dev == bridge => {
                skb.dst = Some(route);
                true
            }
            _ => {
                skb.dst = Some(route);
                false
            }
        };
        skb.dev = port;
        if bridged {
            if let Some(info) = &mut skb.bridge {
                info.dnat = true;
            }
        } else {
            // Up to the IP layer: as if it had been sent to the bridge.
            let own = self.dev(ns, bridge).mac;
            if let Some(eth) = &mut skb.mac {
                eth.dst = own;
            }
            skb.pkt_type = PktType::Host;
        }
        Some(skb)
    }

    /// `br_nf_pre_routing_finish_bridge`: the frame goes on to the station
    /// that DNAT chose, once its MAC address is known.
    pub(crate) fn bridged_dnat(&mut self, ns: NsId, mut skb: Skb) {
        let port = skb.dev;
        let Some(bridge) = self.bridge_of(ns, port) else {
            return;
        };
        let Some(route) = skb.dst.clone() else { return };
        let next = route.via.unwrap_or_else(|| skb.ip().dst());
        let known = self
            .ns(ns)
            .neigh
            .find(bridge, next.into())
            .filter(|entry| matches!(entry.state, Nud::Reachable | Nud::Permanent | Nud::NoArp))
            .map(|entry| entry.mac);
        match known {
            Some(mac) => self.bridged_dnat_send(ns, skb, mac),
            None => {
                // The neighbour's output brings it back through br_dev_xmit.
                skb.dev = bridge;
                skb.dnat_src = skb.mac.map(|eth| eth.src);
                let _ = self.neigh_output(ns, skb, next);
            }
        }
    }

    /// `br_nf_pre_routing_finish_bridge_slow`: the neighbour is known now.
    pub(crate) fn bridged_dnat_resume(&mut self, ns: NsId, mut skb: Skb) {
        let Some(mac) = skb.mac.map(|eth| eth.dst) else {
            return;
        };
        let Some(port) = skb.bridge.as_ref().and_then(|info| info.physin) else {
            return;
        };
        skb.dev = port;
        self.bridged_dnat_send(ns, skb, mac);
    }

    fn bridged_dnat_send(&mut self, ns: NsId, mut skb: Skb, mac: MacAddr) {
        if let Some(info) = &mut skb.bridge {
            info.dnat = false;
            info.physout = None;
        }
        if let Some(eth) = &mut skb.mac {
            eth.dst = mac;
            if let Some(src) = skb.dnat_src.take() {
                eth.src = src;
            }
        }
        self.br_handle_frame_finish(ns, skb);
    }

    /// `br_nf_forward`: IPv4 through FORWARD, ARP through arptables.
    pub(crate) fn br_nf_forward(
        &mut self,
        ns: NsId,
        state: &HookState,
        mut skb: Skb,
    ) -> Option<Skb> {
        if skb.proto == ETH_P_ARP {
            return self.br_nf_forward_arp(ns, state, skb);
        }
        if skb.bridge.is_none() || skb.proto != ETH_P_IP {
            return Some(skb);
        }
        let out = state.output?;
        let bridge = self.bridge_of(ns, out)?;
        if check_header(&mut skb.data).is_err() {
            self.drop_skb(ns, &skb, DropReason::IpInHdr, None);
            return None;
        }
        if let Some(info) = &mut skb.bridge {
            if skb.pkt_type == PktType::OtherHost {
                skb.pkt_type = PktType::Host;
                info.pkt_otherhost = true;
            }
            info.physout = Some(out);
        }
        self.note(ns, Layer::Link, &skb, |_| Event::BridgeToIp {
            hook: Hook::Forward,
        });
        let input = state.input.and_then(|dev| self.bridge_of(ns, dev));
        let inner = HookState {
            family: Family::Ipv4,
            hook: Hook::Forward,
            input,
            output: Some(bridge),
            sock: None,
        };
        let HookResult::Accept(mut skb) = self.nf_hook(ns, &inner, skb) else {
            return None;
        };
        if let Some(info) = &mut skb.bridge
            && info.pkt_otherhost
        {
            skb.pkt_type = PktType::OtherHost;
            info.pkt_otherhost = false;
        }
        Some(skb)
    }

    fn br_nf_forward_arp(&mut self, ns: NsId, state: &HookState, skb: Skb) -> Option<Skb> {
        let bridge = self.bridge_of(ns, state.output?)?;
        let own = self
            .dev(ns, bridge)
            .bridge()
            .is_some_and(|bridge| bridge.nf_call_arptables);
        if (self.ns(ns).sysctl.bridge.call_arptables == 0 && !own)
            || skb.data.get(5).copied() != Some(4)
        {
            return Some(skb);
        }
        let inner = HookState {
            family: Family::Arp,
            hook: Hook::Forward,
            input: state.input,
            output: state.output,
            sock: None,
        };
        match self.nf_hook(ns, &inner, skb) {
            HookResult::Accept(skb) => Some(skb),
            HookResult::Gone(_) => None,
        }
    }

    /// `br_nf_local_in` (since Linux 6.8): what goes up besides being flooded is
    /// entered into connection tracking here, as its copies may leave before.
    pub(crate) fn br_nf_local_in(&mut self, ns: NsId, state: &HookState, skb: &mut Skb) -> Verdict {
        if skb.bridge.as_ref().is_some_and(|info| info.promisc) {
            skb.ct = None;
            return Verdict::Accept;
        }
        if skb.pkt_type == PktType::Host {
            return Verdict::Accept;
        }
        self.conntrack_confirm(ns, state, skb)
    }

    /// `br_nf_post_routing`.
    pub(crate) fn br_nf_post_routing(
        &mut self,
        ns: NsId,
        state: &HookState,
        mut skb: Skb,
    ) -> Option<Skb> {
        // Without physoutdev it was made or routed here, and has been through
        // POSTROUTING at the IP layer.
        let bridged = skb
            .bridge
            .as_ref()
            .is_some_and(|info| info.physout.is_some());
        if skb.proto != ETH_P_IP || !bridged {
            return Some(skb);
        }
        let bridge = self.bridge_of(ns, skb.dev)?;
        if let Some(info) = &mut skb.bridge
            && skb.pkt_type == PktType::OtherHost
        {
            skb.pkt_type = PktType::Host;
            info.pkt_otherhost = true;
        }
        self.note(ns, Layer::Link, &skb, |_| Event::BridgeToIp {
            hook: Hook::Postrouting,
        });
        let inner = HookState {
            family: Family::Ipv4,
            hook: Hook::Postrouting,
            input: None,
            output: Some(bridge),
            sock: state.sock,
        };
        let HookResult::Accept(mut skb) = self.nf_hook(ns, &inner, skb) else {
            return None;
        };
        // br_nf_dev_queue_xmit.
        if let Some(info) = &skb.bridge
            && info.pkt_otherhost
        {
            skb.pkt_type = PktType::OtherHost;
        }
        let mut mtu = self.dev(ns, skb.dev).mtu;
        if skb.frag_max_size != 0 {
            mtu = mtu.min(u32::from(skb.frag_max_size));
        }
        if skb.data.len() <= mtu as usize {
            skb.bridge = None;
            return Some(skb);
        }
        let mac = skb.mac;
        if let Ok(pieces) = self.ip_fragment(ns, skb, mtu) {
            for mut piece in pieces {
                piece.mac = mac;
                piece.bridge = None;
                self.br_push_xmit(ns, piece);
            }
        }
        None
    }

    /// `ip_sabotage_in`: `true` when the packet came up from a bridge and has
    /// been through these hooks there.
    pub(crate) fn ip_sabotage_in(&mut self, ns: NsId, state: &HookState, skb: &mut Skb) -> bool {
        let Some(info) = &mut skb.bridge else {
            return false;
        };
        if info.sabotage_in_done || info.in_prerouting {
            return false;
        }
        info.sabotage_in_done = true;
        let skb = skb.clone();
        self.note(ns, Layer::Network, &skb, |_| Event::BridgeToIpSkip {
            hook: state.hook,
            why: "sabotage".into(),
        });
        true
    }
}
