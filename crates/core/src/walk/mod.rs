//! What a flow leaves behind: every step of every packet, in order.
//!
//! The log, the words, the picture and the counters are all drawn from a walk
//! and from nothing else. A step says where it is, what the packet was when it
//! was over, what happened, and why. Names are shared strings, so a step can
//! be understood without the world that it was made in.

mod conntrack;
mod event;
mod netfilter;
mod network;
mod reason;
mod record;

use std::sync::Arc;

use serde::Serialize;

use crate::flow::{Flow, Outcome};
use crate::wire::eth::MacAddr;

pub use conntrack::{CtAct, CtView, NatAct, TupleView};
pub use event::{Event, FdbResult, FrameRefusal, Origin, PortSkip, ProgramAct, SocketView};
pub use netfilter::{
    Family, Has, Hook, HookPoint, LogFormat, LogRecord, RuleRef, TableSkip, Verdict, WhyNot,
};
pub use network::{IcmpLimit, NeighbourAct, RouteKey, RouteResult};
pub use reason::DropReason;
pub use record::{Level, Recorder};

/// A name of a namespace, device, table or chain.
pub type Name = Arc<str>;

/// Which packet buffer (`sk_buff`) a step is about. A clone, a reply and an
/// ICMP error are buffers of their own.
pub type BufferId = u32;

/// The record of one flow.
#[derive(Clone, Debug)]
pub struct Walk {
    /// What was tried.
    pub flow: Flow,
    /// Everything that happened, in the order in which it did.
    pub steps: Vec<Step>,
    /// States that packets were in; steps point here.
    pub packets: Vec<PacketState>,
    /// What the program saw.
    pub outcome: Outcome,
    /// Steps that were not kept because the walk reached its limit.
    pub lost: u64,
}

/// One thing that happened.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Namespace in which it happened.
    pub netns: Name,
    /// Device that it is about: the one received on or sent by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dev: Option<Name>,
    /// Layer of the stack.
    pub layer: Layer,
    /// The buffer; 0 where no packet is concerned.
    pub buffer: BufferId,
    /// Index into [`Walk::packets`]: the packet after this step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packet: Option<u32>,
    /// Simulated time, nanoseconds since the world began.
    pub time: u64,
    /// What happened.
    pub event: Event,
}

/// Layer of the stack that a step belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Devices, cables, bridges.
    Link,
    /// IP, routing, netfilter's inet hooks.
    Network,
    /// TCP, UDP, ICMP and the sockets.
    Transport,
    /// Programs.
    Process,
}

/// A packet as it was at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PacketState {
    /// Destination MAC, source MAC, ethertype: the last link-layer header that
    /// the packet had; `None` for one that never had any.
    pub mac: Option<(MacAddr, MacAddr, u16)>,
    /// 802.1Q tag control information, when the frame bears a tag.
    pub vlan: Option<u16>,
    /// Ethertype of the network-layer bytes.
    pub proto: u16,
    /// From the network-layer header on.
    pub bytes: Arc<[u8]>,
    /// `skb->mark`.
    pub mark: u32,
    /// `skb->priority`.
    pub priority: u32,
    /// To whom the frame was addressed.
    pub pkt_type: PktType,
    /// Is it being traced (`-j TRACE`)?
    pub traced: bool,
    /// Its connection, as far as conntrack has seen it.
    pub ct: Option<CtView>,
    /// User and group of the socket that sent it (only on the way out).
    pub owner: Option<(u32, u32)>,
}

/// `skb->pkt_type` (`PACKET_*` of if_packet.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PktType {
    /// To this station.
    Host,
    /// To everybody.
    Broadcast,
    /// To a group.
    Multicast,
    /// To somebody else.
    OtherHost,
    /// On its way out.
    Outgoing,
    /// Looped back.
    Loopback,
}
