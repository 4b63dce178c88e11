//! Frames that come in by a bridge port (net/bridge/br_input.c, br_fdb.c).
//!
//! Not modelled: STP itself, VLAN filtering, MRP, CFM.

use crate::link::detail;
use crate::netfilter::HookState;
use crate::netfilter::hooks::HookResult;
use crate::skb::Skb;
use crate::walk::{DropReason, Event, Family, FdbResult, Hook, Layer, PktType};
use crate::wire::eth::MacAddr;
use crate::world::device::PortState;
use crate::world::{DevId, NsId, World};

use super::fdb::FdbEntry;
use super::forward::Flood;
use super::multicast::Cast;

impl World {
    /// `br_handle_frame`: a port's receive handler. What it gives back goes on
    /// to the protocols of the port's own device (`RX_HANDLER_PASS`).
    pub(crate) fn br_handle_frame(&mut self, ns: NsId, mut skb: Skb) -> Option<Skb> {
        if skb.pkt_type == PktType::Loopback {
            return Some(skb);
        }
        let Some(eth) = skb.mac else { return Some(skb) };
        if !eth.src.is_valid() {
            self.drop_skb(ns, &skb, DropReason::MacInvalidSource, None);
            return None;
        }
        let Some(port) = self.dev(ns, skb.dev).port.clone() else {
            return Some(skb);
        };
        let Some(bridge) = self.dev(ns, port.bridge).bridge() else {
            return Some(skb);
        };
        if bridge.vlan_filtering {
            self.not_modelled(ns, &skb, "vlan_filtering");
            return None;
        }
        if eth.dst.is_link_local() {
            let last = eth.dst.0[5];
            let forwarded = bridge.group_fwd_mask & (1 << last) != 0 || (last == 0 && !bridge.stp);
            match last {
                1 => {
                    self.drop_skb(ns, &skb, DropReason::MacIeeeMacControl, None);
                    return None;
                }
                _ if forwarded => {}
                0 | 0x0e => {
                    self.br_learn(ns, &skb);
                    return Some(skb);
                }
                _ => {
                    let state = self.bridge_state(Hook::Input, Some(skb.dev), None);
                    return match self.nf_hook(ns, &state, skb) {
                        HookResult::Accept(skb) => {
                            self.br_learn(ns, &skb);
                            Some(skb)
                        }
                        HookResult::Gone(_) => None,
                    };
                }
            }
        }
        if !matches!(port.state, PortState::Forwarding | PortState::Learning) {
            self.drop_skb(ns, &skb, DropReason::BridgeIngressStpState, None);
            return None;
        }
        if self.dev(ns, port.bridge).mac == eth.dst {
            skb.pkt_type = PktType::Host;
        }
        if !self
            .ns(ns)
            .nf
            .hooks
            .at(Family::Bridge, Hook::Brouting)
            .is_empty()
        {
            // Legacy broute: DROP means "route it", straight to the IP layer.
            let state = self.bridge_state(Hook::Brouting, Some(skb.dev), None);
            let keep = skb.clone();
            match self.nf_hook(ns, &state, skb) {
                HookResult::Accept(back) => skb = back,
                HookResult::Gone(_) => return Some(keep),
            }
        }
        let state = self.bridge_state(Hook::Prerouting, Some(skb.dev), None);
        if let HookResult::Accept(mut skb) = self.nf_hook(ns, &state, skb) {
            if std::mem::take(&mut skb.broute) {
                return Some(skb);
            }
            self.br_handle_frame_finish(ns, skb);
        }
        None
    }

    /// A bridge hook's state.
    pub(crate) fn bridge_state(
        &self,
        hook: Hook,
        input: Option<DevId>,
        output: Option<DevId>,
    ) -> HookState {
        HookState {
            family: Family::Bridge,
            hook,
            input,
            output,
            sock: None,
        }
    }

    /// `br_handle_frame_finish`: learn, look up, send on.
    pub(crate) fn br_handle_frame_finish(&mut self, ns: NsId, skb: Skb) {
        // DNAT on the bridge to another station: its MAC address is needed
        // first (br_nf_pre_routing_finish_bridge).
        if skb.bridge.as_ref().is_some_and(|info| info.dnat) {
            self.bridged_dnat(ns, skb);
            return;
        }
        let Some(port) = self.dev(ns, skb.dev).port.clone() else {
            self.drop_skb(ns, &skb, DropReason::NotSpecified, None);
            return;
        };
        let Some(eth) = skb.mac else { return };
        if port.state == PortState::Disabled {
            self.drop_skb(ns, &skb, DropReason::BridgeIngressStpState, None);
            return;
        }
        if port.locked {
            let known = self.dev(ns, port.bridge).bridge().and_then(|bridge| {
                let entry = bridge.fdb.find(eth.src, 0)?;
                Some(entry.port == Some(skb.dev) && !entry.local)
            });
            if known != Some(true) {
                self.drop_skb(ns, &skb, DropReason::NotSpecified, detail("port is locked"));
                return;
            }
        }
        if port.learning {
            self.br_learn(ns, &skb);
        }
        if port.state == PortState::Learning {
            self.drop_skb(ns, &skb, DropReason::BridgeIngressStpState, None);
            return;
        }
        let spare = self.bridge_proxies_arp(ns, port.bridge, Some(skb.dev), &skb);
        let promisc = self.is_promiscuous(ns, port.bridge);
        let cast = Cast::of(eth.dst);
        if cast == Cast::Multicast
            && let Some(fault) = self.multicast_fault(ns, port.bridge, &skb)
        {
            self.drop_skb(ns, &skb, DropReason::NotSpecified, detail(fault));
            return;
        }
        let up = promisc || cast != Cast::Unicast;
        let name = self.dev(ns, port.bridge).name.clone();
        if cast == Cast::Unicast {
            let found = self
                .dev(ns, port.bridge)
                .bridge()
                .and_then(|bridge| bridge.fdb.find(eth.dst, 0).cloned());
            self.note_lookup(ns, &skb, &name, eth.dst, found.as_ref());
            match found {
                Some(entry) if entry.local => {
                    self.br_pass_frame_up(ns, skb, port.bridge, false);
                    return;
                }
                Some(entry) => {
                    let up_copy = up.then(|| skb.clone());
                    self.br_forward(ns, entry.port, skb, false, up);
                    if let Some(mut copy) = up_copy {
                        copy.id = self.next_buffer();
                        self.br_pass_frame_up(ns, copy, port.bridge, promisc);
                    }
                    return;
                }
                None => {}
            }
        } else {
            self.note(ns, Layer::Link, &skb, |_| Event::FdbLookup {
                bridge: name,
                mac: eth.dst,
                result: FdbResult::Group,
            });
        }
        let flood = Flood {
            cast,
            own: false,
            local: up,
            spare,
        };
        self.br_flood(ns, port.bridge, &skb, &flood);
        if up {
            self.br_pass_frame_up(ns, skb, port.bridge, promisc);
        }
    }

    pub(crate) fn note_lookup(
        &mut self,
        ns: NsId,
        skb: &Skb,
        bridge: &crate::walk::Name,
        mac: MacAddr,
        found: Option<&FdbEntry>,
    ) {
        self.note(ns, Layer::Link, skb, |world| Event::FdbLookup {
            bridge: bridge.clone(),
            mac,
            result: match found {
                Some(entry) if entry.local => FdbResult::Local,
                Some(FdbEntry {
                    port: Some(port), ..
                }) => FdbResult::Port {
                    port: world.dev(ns, *port).name.clone(),
                },
                Some(_) => FdbResult::Local,
                None => FdbResult::Flood,
            },
        });
    }

    /// `br_pass_frame_up`: to the bridge device itself; `promisc` says that it
    /// takes in everything.
    fn br_pass_frame_up(&mut self, ns: NsId, mut skb: Skb, bridge: DevId, promisc: bool) {
        let input = skb.dev;
        if let Some(info) = &mut skb.bridge {
            info.promisc = promisc;
        }
        skb.dev = bridge;
        let state = self.bridge_state(Hook::Input, Some(input), None);
        if let HookResult::Accept(skb) = self.nf_hook(ns, &state, skb) {
            // br_netif_receive_skb: no turn in the backlog.
            self.netif_receive(ns, skb);
        }
    }

    /// `br_fdb_update`: the frame's source lives behind its port.
    fn br_learn(&mut self, ns: NsId, skb: &Skb) {
        let (Some(eth), Some(port)) = (skb.mac, self.dev(ns, skb.dev).port.clone()) else {
            return;
        };
        if !port.learning || !matches!(port.state, PortState::Forwarding | PortState::Learning) {
            return;
        }
        let now = self.now;
        let from = skb.dev;
        let Some(bridge) = self.dev_mut(ns, port.bridge).bridge_mut() else {
            return;
        };
        let new = match bridge.fdb.find_mut(eth.src, 0) {
            Some(entry) if entry.local => {
                let (name, port) = (
                    self.dev(ns, port.bridge).name.clone(),
                    self.dev(ns, from).name.clone(),
                );
                let text = format!(
                    "{name}: received packet on {port} with own address as source address (addr:{}, vlan:0)",
                    eth.src
                );
                self.log_kernel(ns, skb, text);
                return;
            }
            Some(entry) => {
                let moved = entry.port != Some(from) && !entry.sticky;
                if moved {
                    entry.port = Some(from);
                }
                entry.updated = now;
                moved
            }
            None => {
                bridge.fdb.entries.push(FdbEntry {
                    mac: eth.src,
                    vlan: 0,
                    port: Some(from),
                    local: false,
                    is_static: false,
                    sticky: false,
                    updated: now,
                });
                true
            }
        };
        self.note(ns, Layer::Link, skb, |world| Event::FdbLearn {
            mac: eth.src,
            port: world.dev(ns, from).name.clone(),
            new,
        });
    }
}
