//! Devices of kind macvlan: several with hardware addresses of their own on one
//! device, in whatever namespace (drivers/net/macvlan.c).
//!
//! Not modelled: mode `source`, and offloading.

use crate::ip::output::SendError;
use crate::skb::Skb;
use crate::walk::{DropReason, Event, Layer, PktType};
use crate::wire::eth::MacAddr;
use crate::world::device::{DeviceKind, MacvlanMode};
use crate::world::{DevId, NsId, World};

/// `macvlan_eth_hash`: the order in which siblings get their copies.
fn hash(mac: MacAddr) -> u8 {
    // GOLDEN_RATIO_64 of include/linux/hash.h.
    const GOLDEN_RATIO: u64 = 0x61c8_8646_80b5_83eb;
    let [a, b, c, d, e, f] = mac.0;
    let value = u64::from_le_bytes([0, 0, a, b, c, d, e, f]);
    value.wrapping_mul(GOLDEN_RATIO).to_be_bytes()[0]
}

impl Skb {
    /// From one namespace's device to another's: what the one knew of the packet
    /// means nothing to the other. Its mark and trace bit stay.
    fn leave(&mut self, from: NsId, to: NsId) {
        if from != to {
            self.sock = None;
            self.full = crate::skb::FullSock::None;
            self.ct = None;
            self.bridge = None;
            self.dst = None;
        }
    }
}

impl World {
    fn macvlan(&self, ns: NsId, dev: DevId) -> Option<(Option<(NsId, DevId)>, MacvlanMode)> {
        match self.dev(ns, dev).kind {
            DeviceKind::Macvlan { lower, mode } => Some((lower, mode)),
            _ => None,
        }
    }

    /// The macvlans on top of a device, in the order of its hash table; of one
    /// bucket the youngest comes first.
    fn macvlans(&self, ns: NsId, dev: DevId) -> Vec<(NsId, DevId, MacvlanMode)> {
        let mut found: Vec<(u8, NsId, DevId, MacvlanMode)> = self
            .dev(ns, dev)
            .uppers
            .iter()
            .filter_map(|&(ns, dev)| {
                let (_, mode) = self.macvlan(ns, dev)?;
                Some((hash(self.dev(ns, dev).mac), ns, dev, mode))
            })
            .rev()
            .collect();
        packetwalk_rules::sort::by_key(&mut found, |(hash, ..)| *hash);
        found
            .into_iter()
            .map(|(_, ns, dev, mode)| (ns, dev, mode))
            .collect()
    }

    /// `macvlan_hash_lookup`.
    fn macvlan_with(&self, ns: NsId, lower: DevId, mac: MacAddr) -> Option<(NsId, DevId)> {
        self.dev(ns, lower)
            .uppers
            .iter()
            .copied()
            .find(|&(ns, dev)| self.dev(ns, dev).up && self.dev(ns, dev).mac == mac)
    }

    /// Is the group in the device's filter (`macvlan_set_mac_lists`)?
    fn macvlan_wants_group(&self, ns: NsId, dev: DevId, group: MacAddr) -> bool {
        const ALL_HOSTS: MacAddr = MacAddr([1, 0, 0x5e, 0, 0, 1]);
        let device = self.dev(ns, dev);
        let all = device.promisc || device.allmulti;
        device.up && (all || group.is_broadcast() || group == ALL_HOSTS)
    }

    /// Does a bridge take in every frame: for itself (`IFF_PROMISC`), or because it
    /// has no filter for the addresses of macvlans on top of it
    /// (`__dev_set_rx_mode`)?
    pub(crate) fn is_promiscuous(&self, ns: NsId, bridge: DevId) -> bool {
        let device = self.dev(ns, bridge);
        let mut uppers = device.uppers.iter();
        device.promisc || uppers.any(|&(ns, dev)| self.dev(ns, dev).up)
    }

    /// `macvlan_queue_xmit`.
    pub(crate) fn macvlan_xmit(&mut self, ns: NsId, mut skb: Skb) -> Result<(), SendError> {
        let dev = skb.dev;
        let Some((Some(lower), mode)) = self.macvlan(ns, dev) else {
            self.note(ns, Layer::Link, &skb, |_| Event::Leave);
            return Ok(());
        };
        let (lower_ns, lower_dev) = lower;
        if mode == MacvlanMode::Bridge
            && let Some(eth) = skb.mac
        {
            if eth.dst.is_multicast() {
                for (to_ns, to, mode) in self.macvlans(lower_ns, lower_dev) {
                    let wants =
                        mode == MacvlanMode::Bridge && self.macvlan_wants_group(to_ns, to, eth.dst);
                    if (to_ns, to) != (ns, dev) && wants {
                        let copy = self.clone_skb(ns, &skb);
                        let _ = self.dev_forward_skb(ns, copy, (to_ns, to));
                    }
                }
            } else if let Some((to_ns, to)) = self.macvlan_with(lower_ns, lower_dev, eth.dst)
                && matches!(self.macvlan(to_ns, to), Some((_, MacvlanMode::Bridge)))
            {
                // By way of the device below, where taps would see it.
                return self.dev_forward_skb(ns, skb, lower);
            }
        }
        skb.dev = lower_dev;
        skb.leave(ns, lower_ns);
        self.dev_queue_xmit(lower_ns, skb)
    }

    /// `macvlan_handle_frame`: the device below took a frame in. What it gives
    /// back goes on to that device's own protocols.
    pub(crate) fn macvlan_handle_frame(&mut self, ns: NsId, mut skb: Skb) -> Option<Skb> {
        if skb.pkt_type == PktType::Loopback {
            return Some(skb);
        }
        let Some(eth) = skb.mac else { return Some(skb) };
        let below = skb.dev;
        if eth.dst.is_multicast() {
            self.macvlan_multicast(ns, &skb);
            return Some(skb);
        }
        let passthru = self
            .dev(ns, below)
            .uppers
            .iter()
            .copied()
            .find(|&(ns, dev)| matches!(self.macvlan(ns, dev), Some((_, MacvlanMode::Passthru))));
        let Some((to_ns, to)) = passthru.or_else(|| self.macvlan_with(ns, below, eth.dst)) else {
            return Some(skb);
        };
        if !self.dev(to_ns, to).up {
            self.drop_skb(ns, &skb, DropReason::NotSpecified, Some("down".into()));
            return None;
        }
        skb.dev = to;
        skb.pkt_type = PktType::Host;
        skb.leave(ns, to_ns);
        self.netif_receive(to_ns, skb);
        None
    }

    /// `macvlan_process_broadcast`: a copy for each that wants groups.
    fn macvlan_multicast(&mut self, ns: NsId, skb: &Skb) {
        let Some(eth) = skb.mac else { return };
        let from = self.macvlan_with(ns, skb.dev, eth.src);
        let from_mode = from.and_then(|(ns, dev)| Some(self.macvlan(ns, dev)?.1));
        for (to_ns, to, mode) in self.macvlans(ns, skb.dev) {
            let wants = match from_mode {
                // From outside: for everybody.
                None => true,
                Some(MacvlanMode::Vepa) => matches!(mode, MacvlanMode::Vepa | MacvlanMode::Bridge),
                // Bridged siblings have had it on its way out.
                Some(_) => mode == MacvlanMode::Vepa,
            };
            let wants = wants && self.macvlan_wants_group(to_ns, to, eth.dst);
            if wants && from != Some((to_ns, to)) {
                let mut copy = self.clone_skb(ns, skb);
                copy.dev = to;
                copy.leave(ns, to_ns);
                copy.pkt_type = if eth.dst.is_broadcast() {
                    PktType::Broadcast
                } else {
                    PktType::Multicast
                };
                self.netif_rx_later(to_ns, copy);
            }
        }
    }
}
