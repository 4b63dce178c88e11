//! Devices: handing a packet to one, and taking it from one.
//!
//! Kernel: net/core/dev.c, drivers/net/veth.c, drivers/net/loopback.c,
//! net/8021q/. Not modelled: queueing disciplines, offloads, tunnels, and
//! kinds of devices that `DeviceKind::Other` names.

use std::sync::Arc;

use crate::ip::output::SendError;
use crate::skb::{IpFlags, Skb};
use crate::walk::{DropReason, Event, FrameRefusal, Layer, PktType};
use crate::wire::be16;
use crate::wire::eth::{
    ETH_HLEN, ETH_P_8021AD, ETH_P_8021Q, ETH_P_ARP, ETH_P_IP, ETH_P_IPV6, EthHeader, MacAddr,
};
use crate::world::device::DeviceKind;
use crate::world::{DevId, NsId, World};

/// How often a packet may be handed from device to device: a loop of bridges
/// ends here.
const HOP_LIMIT: u16 = 500;

impl Skb {
    /// Puts a fresh link-layer header in front (`dev_hard_header`).
    pub(crate) fn set_mac(&mut self, dst: MacAddr, src: MacAddr) {
        self.mac = Some(EthHeader {
            dst,
            src,
            ethertype: self.proto,
        });
    }

    /// Length on the device, link-layer header included (a tag that is kept
    /// beside the packet is not counted).
    fn frame_len(&self) -> usize {
        self.data.len() + ETH_HLEN
    }
}

impl World {
    /// `is_skb_forwardable`: would `dev` take a frame of this length?
    pub(crate) fn is_forwardable(&self, ns: NsId, dev: DevId, skb: &Skb) -> bool {
        let device = self.dev(ns, dev);
        device.up && skb.frame_len() <= device.mtu as usize + ETH_HLEN + 4
    }

    /// `dev_queue_xmit`: hands the packet, link-layer header and all, to
    /// `skb.dev`.
    pub(crate) fn dev_queue_xmit(&mut self, ns: NsId, mut skb: Skb) -> Result<(), SendError> {
        let dev = skb.dev;
        skb.hops += 1;
        if skb.hops > HOP_LIMIT {
            self.note(ns, Layer::Link, &skb, |_| Event::Limit {
                what: format!("{HOP_LIMIT} devices passed: a loop"),
            });
            return Ok(());
        }
        let device = self.dev(ns, dev);
        // A device that is down has no queue: noop_qdisc frees the packet.
        if !device.up {
            self.drop_skb(ns, &skb, DropReason::NotSpecified, Some("down".into()));
            return Err(SendError::NetDown);
        }
        self.note(ns, Layer::Link, &skb, |_| Event::Transmit);
        match &self.dev(ns, dev).kind {
            DeviceKind::Loopback => {
                // loopback_xmit: the route stays, the socket goes.
                skb.sock = None;
                skb.full = crate::skb::FullSock::None;
                skb.pkt_type = PktType::Host;
                if let Some(eth) = skb.mac {
                    skb.proto = eth.ethertype;
                }
                self.netif_rx(ns, skb);
            }
            DeviceKind::Veth { peer: Some(peer) } => {
                let peer = *peer;
                return self.dev_forward_skb(ns, skb, peer);
            }
            DeviceKind::Veth { peer: None } | DeviceKind::Outside => {
                self.note(ns, Layer::Link, &skb, |_| Event::Leave);
            }
            DeviceKind::Dummy => self.consume_skb(ns, &skb),
            DeviceKind::Bridge(_) => self.br_dev_xmit(ns, skb),
            DeviceKind::Vlan { lower, vid } => {
                let (lower, vid) = (*lower, *vid);
                match lower {
                    Some(lower) => {
                        skb.vlan = Some(vid);
                        skb.dev = lower;
                        return self.dev_queue_xmit(ns, skb);
                    }
                    None => self.note(ns, Layer::Link, &skb, |_| Event::Leave),
                }
            }
            DeviceKind::Macvlan { .. } => return self.macvlan_xmit(ns, skb),
            DeviceKind::Other(kind) => {
                let what = format!("device kind {kind}");
                self.not_modelled(ns, &skb, &what);
            }
        }
        Ok(())
    }

    /// `veth_xmit` and `dev_forward_skb`: out of one device, in by another.
    pub(crate) fn dev_forward_skb(
        &mut self,
        ns: NsId,
        mut skb: Skb,
        (peer_ns, peer): (NsId, DevId),
    ) -> Result<(), SendError> {
        if !self.is_forwardable(peer_ns, peer, &skb) {
            let far = self.dev(peer_ns, peer);
            let (reason, detail) = if far.up {
                (DropReason::NotSpecified, "mtu of the other end")
            } else {
                // Without a carrier there is no queue but noop_qdisc.
                (DropReason::QdiscDrop, "other end is down")
            };
            self.drop_skb(ns, &skb, reason, Some(detail.into()));
            return Err(SendError::NoBufs);
        }
        // skb_scrub_packet.
        skb.dev = peer;
        skb.iif = None;
        skb.dst = None;
        skb.bridge = None;
        skb.ct = None;
        skb.traced = self.settings.trace_all;
        skb.ignore_df = false;
        skb.frag_max_size = 0;
        skb.flags = IpFlags::default();
        skb.priority = 0;
        skb.sock = None;
        skb.full = crate::skb::FullSock::None;
        if peer_ns != ns {
            skb.mark = 0;
        }
        self.eth_type_trans(peer_ns, &mut skb);
        self.netif_rx(peer_ns, skb);
        Ok(())
    }

    /// `eth_type_trans`: to whom is the frame addressed?
    pub(crate) fn eth_type_trans(&self, ns: NsId, skb: &mut Skb) {
        let Some(eth) = skb.mac else { return };
        skb.pkt_type = if eth.dst.is_broadcast() {
            PktType::Broadcast
        } else if eth.dst.is_multicast() {
            PktType::Multicast
        } else if eth.dst == self.dev(ns, skb.dev).mac {
            PktType::Host
        } else {
            PktType::OtherHost
        };
        skb.proto = eth.ethertype;
    }

    /// `__netif_receive_skb`: the packet came in by `skb.dev`.
    pub(crate) fn netif_receive(&mut self, ns: NsId, mut skb: Skb) {
        skb.iif = Some(skb.dev);
        if !self.dev(ns, skb.dev).up {
            self.drop_skb(ns, &skb, DropReason::DevReady, Some("down".into()));
            return;
        }
        self.note(ns, Layer::Link, &skb, |_| Event::Receive);
        // skb_vlan_untag: the tag moves from the packet to its side.
        if matches!(skb.proto, ETH_P_8021Q | ETH_P_8021AD) && skb.vlan.is_none() {
            let (Some(tci), Some(proto)) = (be16(&skb.data, 0), be16(&skb.data, 2)) else {
                self.drop_skb(ns, &skb, DropReason::NotSpecified, None);
                return;
            };
            skb.vlan = Some(tci);
            skb.proto = proto;
            skb.data.drain(..4);
            if let Some(eth) = &mut skb.mac {
                eth.ethertype = proto;
            }
        }
        if let Some(tci) = skb.vlan {
            // vlan_do_receive: an 802.1Q device on top of this one takes it.
            let vid = tci & 0xfff;
            let upper = self
                .ns(ns)
                .devs()
                .find_map(|(id, device)| match device.kind {
                    DeviceKind::Vlan { lower, vid: own }
                        if lower == Some(skb.dev) && own == vid =>
                    {
                        Some(id)
                    }
                    _ => None,
                });
            if let Some(upper) = upper {
                skb.vlan = None;
                skb.dev = upper;
                if skb
                    .mac
                    .is_some_and(|eth| eth.dst == self.dev(ns, upper).mac)
                {
                    skb.pkt_type = PktType::Host;
                }
                return self.netif_receive(ns, skb);
            }
        }
        // The receive handler of what is on top.
        let device = self.dev(ns, skb.dev);
        let handled = if device.port.is_some() {
            self.br_handle_frame(ns, skb)
        } else if !device.uppers.is_empty() {
            self.macvlan_handle_frame(ns, skb)
        } else if let Some(kind) = &device.captured {
            let what = format!("device kind {kind}");
            self.not_modelled(ns, &skb, &what);
            None
        } else {
            Some(skb)
        };
        let Some(mut skb) = handled else { return };
        if skb.vlan.is_some_and(|tci| tci & 0xfff != 0) {
            // A tag that nobody wanted.
            skb.pkt_type = PktType::OtherHost;
        }
        self.deliver_to_protocol(ns, skb);
    }

    /// The packet handler for the ethertype (`deliver_ptype_list_skb`).
    fn deliver_to_protocol(&mut self, ns: NsId, skb: Skb) {
        match skb.proto {
            ETH_P_IP => self.ip_rcv(ns, skb),
            ETH_P_ARP => self.arp_rcv(ns, skb),
            ETH_P_IPV6 => {
                // Neighbour discovery and the like must not stop an IPv4 flow,
                // so only a packet that would be taken in is worth a word.
                if skb.pkt_type == PktType::OtherHost {
                    self.drop_skb(ns, &skb, DropReason::OtherHost, None);
                } else {
                    self.not_modelled(ns, &skb, "IPv6");
                }
            }
            _ => self.drop_skb(ns, &skb, DropReason::UnhandledProto, None),
        }
    }

    /// Raw bytes that a packet socket sends out of a device, past the IP stack
    /// (`packet_snd`).
    ///
    /// # Errors
    /// If the device does not take them. Then nothing is sent, nor dropped.
    pub(crate) fn packet_send(
        &mut self,
        ns: NsId,
        dev: DevId,
        frame: &[u8],
    ) -> Result<Skb, FrameRefusal> {
        let device = self.dev(ns, dev);
        if !device.up {
            return Err(FrameRefusal::Down);
        }
        let (Some(eth), Some(data)) = (EthHeader::read(frame), frame.get(ETH_HLEN..)) else {
            return Err(FrameRefusal::TooShort);
        };
        // packet_extra_vlan_len_allowed: a tag may be longer by its length.
        let tag = if eth.ethertype == ETH_P_8021Q { 4 } else { 0 };
        if data.len() > device.mtu as usize + tag {
            return Err(FrameRefusal::TooLong);
        }
        let mut skb = self.new_skb(dev, eth.ethertype, data.to_vec());
        skb.mac = Some(eth);
        Ok(skb)
    }
}

/// A detail of a drop, as a name.
pub(crate) fn detail(text: &str) -> Option<Arc<str>> {
    Some(Arc::from(text))
}
