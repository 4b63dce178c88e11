//! Targets of ebtables' rules (net/bridge/netfilter/ebt_*.c).

use packetwalk_rules::ebt::targets::MarkAction;
use packetwalk_rules::ebt::{EbTarget, EbVerdict};

use crate::netfilter::HookState;
use crate::skb::Skb;
use crate::walk::{Event, Hook, Layer, Origin, PktType};
use crate::wire::arp::{Arp, REPLY, REQUEST};
use crate::wire::be16;
use crate::wire::eth::ETH_P_ARP;
use crate::world::{NsId, World};

use super::mac;

impl World {
    /// Runs a target; `None` if it is not modelled.
    pub(super) fn eb_target(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &mut Skb,
        target: &EbTarget,
    ) -> Option<EbVerdict> {
        Some(match target {
            EbTarget::Verdict(verdict) => *verdict,
            EbTarget::Mark(mark) => {
                // The kernel keeps an unsigned long, of which 32 bits count.
                let value = (mark.value & u64::from(u32::MAX)) as u32;
                skb.mark = match mark.action {
                    MarkAction::Set => value,
                    MarkAction::Or => skb.mark | value,
                    MarkAction::And => skb.mark & value,
                    MarkAction::Xor => skb.mark ^ value,
                };
                mark.verdict
            }
            EbTarget::Snat(snat) => {
                if let Some(eth) = &mut skb.mac {
                    eth.src = mac(snat.mac);
                }
                if snat.arp
                    && skb.proto == ETH_P_ARP
                    && be16(&skb.data, 4) == Some(0x0604)
                    && let Some(place) = skb.data.get_mut(8..14)
                {
                    place.copy_from_slice(&snat.mac.0);
                }
                snat.verdict
            }
            EbTarget::Dnat(dnat) => {
                let to = mac(dnat.mac);
                if let Some(eth) = &mut skb.mac {
                    eth.dst = to;
                }
                // The frame's addressee changes with it (ebt_dnat.c).
                let dev = match state.hook {
                    Hook::Prerouting | Hook::Brouting => state.input,
                    _ => None,
                };
                if to.is_broadcast() {
                    skb.pkt_type = PktType::Broadcast;
                } else if to.is_multicast() {
                    skb.pkt_type = PktType::Multicast;
                } else if let Some(dev) = dev {
                    let bridge = self.dev(ns, dev).port.as_ref().map(|port| port.bridge);
                    let own = if state.hook == Hook::Brouting {
                        Some(dev)
                    } else {
                        bridge
                    };
                    let local = own.is_some_and(|own| self.dev(ns, own).mac == to);
                    skb.pkt_type = if local {
                        PktType::Host
                    } else {
                        PktType::OtherHost
                    };
                }
                dnat.verdict
            }
            EbTarget::Redirect(redirect) => {
                let dev = state.input?;
                let own = match state.hook {
                    Hook::Brouting => Some(dev),
                    _ => self.dev(ns, dev).port.as_ref().map(|port| port.bridge),
                }?;
                let to = self.dev(ns, own).mac;
                if let Some(eth) = &mut skb.mac {
                    eth.dst = to;
                }
                skb.pkt_type = PktType::Host;
                redirect.verdict
            }
            EbTarget::ArpReply(reply) => {
                if let (Some(arp), Some(dev)) = (Arp::read(&skb.data), state.input)
                    && arp.op == REQUEST
                {
                    let answer = Arp {
                        op: REPLY,
                        sha: mac(reply.mac),
                        sip: arp.tip,
                        tha: arp.sha,
                        tip: arp.sip,
                    };
                    let mut out = self.new_skb(dev, ETH_P_ARP, answer.bytes());
                    out.traced = false;
                    out.set_mac(arp.sha, mac(reply.mac));
                    self.note(ns, Layer::Link, &out, |_| Event::Emit {
                        parent: Some(skb.id),
                        origin: Origin::ArpReply,
                    });
                    let _ = self.dev_queue_xmit(ns, out);
                    return Some(reply.verdict);
                }
                EbVerdict::Accept
            }
            EbTarget::Jump(_) | EbTarget::Kept(_) => return None,
        })
    }
}
