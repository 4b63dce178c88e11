//! A packet in flight: the `sk_buff` of the simulated kernel.

use std::sync::Arc;

use crate::conntrack::{CtRef, Template};
use crate::ip::fib::Dst;
use crate::ip::route::RouteError;
use crate::walk::{BufferId, CtView, PacketState, PktType};
use crate::wire::eth::{EthHeader, MacAddr};
use crate::world::{DevId, SockId};

/// What br_netfilter keeps beside a bridged packet (`struct nf_bridge_info`).
#[derive(Clone, Debug, Default)]
pub struct BridgeInfo {
    /// Port that the frame came in by; `None` once it is forgotten.
    pub physin: Option<DevId>,
    /// Port that it will leave by.
    pub physout: Option<DevId>,
    /// `pkt_type` was OTHERHOST before the IP hooks saw it as HOST.
    pub pkt_otherhost: bool,
    /// Came through the IP PREROUTING hooks on the bridge: do not go again
    /// (`ip_sabotage_in`).
    pub sabotage_in_done: bool,
    /// DNAT changed the destination to another station of the same bridge:
    /// `neigh_header` is to be filled by the neighbour's MAC.
    pub dnat: bool,
    /// Sent up by a bridge that takes in everything (`BR_INPUT_SKB_CB::promisc`).
    pub promisc: bool,
    /// A frame that the bridge sends up for DNAT must leave by this MAC.
    pub in_prerouting: bool,
}

/// A packet buffer.
#[derive(Clone, Debug)]
pub struct Skb {
    /// Which one it is in the walk.
    pub id: BufferId,
    /// Link-layer header that it came with, or will go with.
    pub mac: Option<EthHeader>,
    /// 802.1Q tag control information, if the frame bears a tag.
    pub vlan: Option<u16>,
    /// Ethertype of `data`.
    pub proto: u16,
    /// The packet from the network-layer header on.
    pub data: Vec<u8>,
    /// Device that it came in by, or leaves by (`skb->dev`).
    pub dev: DevId,
    /// Device it was received on last (`skb->skb_iif`).
    pub iif: Option<DevId>,
    /// To whom the frame is addressed.
    pub pkt_type: PktType,
    /// `skb->mark`.
    pub mark: u32,
    /// `skb->priority`.
    pub priority: u32,
    /// `-j TRACE` was met.
    pub traced: bool,
    /// Connection and this packet's relation to it.
    pub ct: Option<CtRef>,
    /// What a `CT` rule said of the connection, until conntrack reads it.
    pub template: Option<Arc<Template>>,
    /// br_netfilter's notes.
    pub bridge: Option<BridgeInfo>,
    /// The route it follows.
    pub dst: Option<Dst>,
    /// The socket that sent it, while it is in the sender's namespace.
    pub sock: Option<SockId>,
    /// The socket that `skb_to_full_sk` finds: also the kernel's own, which no
    /// program holds, and the listener of a SYN-ACK.
    pub full: FullSock,
    /// Largest fragment it was put together from; 0 if it was not.
    pub frag_max_size: u16,
    /// IP control block flags.
    pub flags: IpFlags,
    /// Addresses that IP options want filled in on the way out.
    pub options: crate::ip::options::Pending,
    /// How often it has been handed to a device, to find loops.
    pub hops: u16,
    /// `skb->local_df` / `ignore_df`: fragment in spite of DF.
    pub ignore_df: bool,
    /// nft's broute said: not bridged, but taken by the port's own device.
    pub broute: bool,
    /// The neighbour that it is sent to is there (`dst_pending_confirm`).
    pub confirms: bool,
    /// Sent by TEE: do not duplicate again.
    pub dup: bool,
    /// Source MAC address of a bridged frame while DNAT waits for the new
    /// destination's (`nf_bridge_info::neigh_header`).
    pub dnat_src: Option<MacAddr>,
    /// Why there was no route when it was routed anew at OUTPUT: what its
    /// sender is told (`NF_DROP_ERR`).
    pub unroutable: Option<RouteError>,
}

/// The full socket behind a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FullSock {
    /// None.
    #[default]
    None,
    /// One of the kernel's own: ICMP's, or the one that sends resets.
    Kernel,
    /// A program's.
    Program(SockId),
}

/// `IPCB(skb)->flags`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IpFlags {
    /// `IPSKB_FORWARDED`.
    pub forwarded: bool,
    /// `IPSKB_REROUTED`.
    pub rerouted: bool,
    /// `IPSKB_DOREDIRECT`: send a redirect when it is forwarded.
    pub doredirect: bool,
    /// `IPSKB_FRAG_COMPLETE`.
    pub frag_complete: bool,
}

impl Skb {
    /// A fresh buffer for a packet that is made at `dev`.
    pub fn new(id: BufferId, dev: DevId, proto: u16, data: Vec<u8>) -> Self {
        Self {
            id,
            mac: None,
            vlan: None,
            proto,
            data,
            dev,
            iif: None,
            pkt_type: PktType::Host,
            mark: 0,
            priority: 0,
            traced: false,
            ct: None,
            template: None,
            bridge: None,
            dst: None,
            sock: None,
            full: FullSock::None,
            frag_max_size: 0,
            flags: IpFlags::default(),
            options: crate::ip::options::Pending::default(),
            hops: 0,
            ignore_df: false,
            broute: false,
            confirms: false,
            dup: false,
            dnat_src: None,
            unroutable: None,
        }
    }

    /// View of the IPv4 header.
    pub fn ip(&self) -> crate::wire::ipv4::Ipv4<'_> {
        crate::wire::ipv4::Ipv4(&self.data)
    }

    /// The device that sockets bound to one look at (`inet_iif`).
    pub fn inet_iif(&self) -> DevId {
        let routed = self.dst.as_ref().and_then(|dst| dst.iif);
        routed.or(self.iif).unwrap_or(self.dev)
    }

    /// What a walk keeps of it.
    pub fn state(&self, ct: Option<CtView>, owner: Option<(u32, u32)>) -> PacketState {
        PacketState {
            mac: self.mac.map(|eth| (eth.dst, eth.src, eth.ethertype)),
            vlan: self.vlan,
            proto: self.proto,
            bytes: Arc::from(self.data.as_slice()),
            mark: self.mark,
            priority: self.priority,
            pkt_type: self.pkt_type,
            traced: self.traced,
            ct,
            owner,
        }
    }
}
