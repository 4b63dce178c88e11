//! Sending out of ports (net/bridge/br_forward.c, br_device.c).

use crate::link::detail;
use crate::netfilter::HookState;
use crate::netfilter::hooks::HookResult;
use crate::skb::Skb;
use crate::walk::{DropReason, Event, FdbResult, Hook, Layer, PortSkip};
use crate::world::device::PortState;
use crate::world::{DevId, NsId, World};

use super::multicast::Cast;

/// What goes to every port, and which ports are asked to take it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flood {
    pub(super) cast: Cast,
    /// This machine made the frame.
    pub(super) own: bool,
    /// The bridge itself gets it too, so that it is not lost if no port wants it.
    pub(super) local: bool,
    /// It is ARP, which some ports ask to be spared.
    pub(super) spare: bool,
}

impl World {
    /// `br_dev_xmit`: this machine sends out of the bridge.
    pub(crate) fn br_dev_xmit(&mut self, ns: NsId, mut skb: Skb) {
        let bridge = skb.dev;
        // br_nf_dev_xmit: a bridged frame whose new MAC address has just been
        // found goes on where it was.
        if skb.bridge.as_ref().is_some_and(|info| info.dnat) {
            self.bridged_dnat_resume(ns, skb);
            return;
        }
        let Some(eth) = skb.mac else { return };
        let Some(settings) = self.dev(ns, bridge).bridge() else {
            return;
        };
        if settings.vlan_filtering {
            self.not_modelled(ns, &skb, "vlan_filtering");
            return;
        }
        let spare =
            self.bridge_suppresses(ns, bridge) && self.bridge_proxies_arp(ns, bridge, None, &skb);
        skb.iif = None;
        let name = self.dev(ns, bridge).name.clone();
        let cast = Cast::of(eth.dst);
        if cast == Cast::Multicast
            && let Some(fault) = self.multicast_fault(ns, bridge, &skb)
        {
            self.drop_skb(ns, &skb, DropReason::NotSpecified, detail(fault));
            return;
        }
        if cast == Cast::Unicast {
            let found = self
                .dev(ns, bridge)
                .bridge()
                .and_then(|bridge| bridge.fdb.find(eth.dst, 0).cloned());
            self.note_lookup(ns, &skb, &name, eth.dst, found.as_ref());
            if let Some(entry) = found {
                self.br_forward(ns, entry.port, skb, true, false);
                return;
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
            own: true,
            local: false,
            spare,
        };
        self.br_flood(ns, bridge, &skb, &flood);
    }

    /// `should_deliver`: why a port does not take the frame, if it does not.
    fn port_refuses(&self, ns: NsId, to: DevId, skb: &Skb) -> Option<PortSkip> {
        let port = self.dev(ns, to).port.as_ref()?;
        let from = self.dev(ns, skb.dev).port.as_ref();
        if skb.dev == to && !port.hairpin {
            Some(PortSkip::SamePort)
        } else if port.state != PortState::Forwarding {
            Some(PortSkip::NotForwarding)
        } else if port.isolated && from.is_some_and(|from| from.isolated) {
            Some(PortSkip::Isolated)
        } else {
            None
        }
    }

    fn note_skip(&mut self, ns: NsId, skb: &Skb, to: DevId, why: PortSkip) {
        self.note(ns, Layer::Link, skb, |world| Event::PortSkip {
            port: world.dev(ns, to).name.clone(),
            why,
        });
    }

    /// `br_forward`: to one port. `own` says that this machine made the frame,
    /// `local` that the bridge itself gets it too.
    pub(crate) fn br_forward(
        &mut self,
        ns: NsId,
        to: Option<DevId>,
        skb: Skb,
        own: bool,
        local: bool,
    ) {
        let Some(to) = to else {
            self.drop_skb(
                ns,
                &skb,
                DropReason::NotSpecified,
                detail("the bridge's own address"),
            );
            return;
        };
        if let Some(why) = self.port_refuses(ns, to, &skb) {
            self.note_skip(ns, &skb, to, why);
            if !local {
                self.drop_skb(ns, &skb, DropReason::NotSpecified, None);
            }
            return;
        }
        self.br_send(ns, to, skb, own);
    }

    /// `br_flood`: to every port that wants it.
    pub(super) fn br_flood(&mut self, ns: NsId, bridge: DevId, skb: &Skb, flood: &Flood) {
        let Flood { cast, own, .. } = *flood;
        // The port that was added last is asked first (list_add_rcu).
        let ports: Vec<DevId> = self
            .ns(ns)
            .devs()
            .filter(|(_, dev)| dev.port.as_ref().is_some_and(|port| port.bridge == bridge))
            .map(|(id, _)| id)
            .collect();
        let mut sent = false;
        for to in ports.into_iter().rev() {
            let Some(port) = self.dev(ns, to).port.as_ref() else {
                continue;
            };
            let off = match cast {
                Cast::Unicast => (!port.flood).then_some(PortSkip::FloodOff),
                Cast::Multicast => (!port.mcast_flood && !own).then_some(PortSkip::McastFloodOff),
                Cast::Broadcast => (!port.bcast_flood && !own).then_some(PortSkip::BcastFloodOff),
            };
            let off = off
                .or_else(|| port.proxy_arp.then_some(PortSkip::ProxyArp))
                .or_else(|| (flood.spare && port.proxy_arp_wifi).then_some(PortSkip::ProxyArpWifi))
                .or_else(|| {
                    (flood.spare && port.neigh_suppress).then_some(PortSkip::NeighSuppress)
                });
            if let Some(why) = off.or_else(|| self.port_refuses(ns, to, skb)) {
                self.note_skip(ns, skb, to, why);
                continue;
            }
            sent = true;
            let copy = self.clone_skb(ns, skb);
            self.br_send(ns, to, copy, own);
        }
        if !sent && !flood.local {
            self.drop_skb(ns, skb, DropReason::NoTxTarget, None);
        }
    }

    /// `__br_forward`: through FORWARD (or OUTPUT) to the port.
    fn br_send(&mut self, ns: NsId, to: DevId, mut skb: Skb, own: bool) {
        let from = skb.dev;
        skb.dev = to;
        let state = if own {
            self.bridge_state(Hook::Output, None, Some(to))
        } else {
            self.bridge_state(Hook::Forward, Some(from), Some(to))
        };
        if let HookResult::Accept(skb) = self.nf_hook(ns, &state, skb) {
            self.br_forward_finish(ns, skb);
        }
    }

    /// `br_forward_finish`: through POSTROUTING.
    fn br_forward_finish(&mut self, ns: NsId, skb: Skb) {
        let state = HookState {
            sock: skb.sock,
            ..self.bridge_state(Hook::Postrouting, None, Some(skb.dev))
        };
        if let HookResult::Accept(skb) = self.nf_hook(ns, &state, skb) {
            self.br_push_xmit(ns, skb);
        }
    }

    /// `br_dev_queue_push_xmit`.
    pub(crate) fn br_push_xmit(&mut self, ns: NsId, skb: Skb) {
        if !self.is_forwardable(ns, skb.dev, &skb) {
            let why = if self.dev(ns, skb.dev).up {
                PortSkip::Mtu
            } else {
                PortSkip::Down
            };
            let dev = skb.dev;
            self.note_skip(ns, &skb, dev, why);
            self.drop_skb(ns, &skb, DropReason::NotSpecified, None);
            return;
        }
        let _ = self.dev_queue_xmit(ns, skb);
    }
}
