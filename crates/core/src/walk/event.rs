//! The kinds of steps.

use std::net::{IpAddr, SocketAddr};

use serde::Serialize;

use crate::wire::eth::MacAddr;

use super::conntrack::{CtAct, CtView, NatAct};
use super::netfilter::{Family, Hook, HookPoint, LogRecord, RuleRef, TableSkip, Verdict, WhyNot};
use super::network::{IcmpLimit, NeighbourAct, RouteKey, RouteResult};
use super::{BufferId, DropReason, Name};

/// What happened in a step.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// A program does something, or learns something.
    Program {
        /// Its name, where known.
        program: Name,
        /// What.
        act: ProgramAct,
    },
    /// A new packet buffer came to be.
    Emit {
        /// The buffer that it answers or copies.
        parent: Option<BufferId>,
        /// Why it exists.
        origin: Origin,
    },
    /// Handed to a device for sending.
    Transmit,
    /// Came in by a device.
    Receive,
    /// Left by a device whose other end is not in the snapshot.
    Leave,
    /// The bridge learnt, or refreshed, where an address lives.
    FdbLearn {
        /// Address.
        mac: MacAddr,
        /// Port behind which it lives now.
        port: Name,
        /// Was it unknown, or elsewhere, before?
        new: bool,
    },
    /// The bridge forgot where an address lives: it was not heard of for the
    /// ageing time.
    FdbForget {
        /// Bridge.
        bridge: Name,
        /// Address.
        mac: MacAddr,
        /// Port behind which it lived.
        port: Name,
    },
    /// The bridge looked up where to send a frame.
    FdbLookup {
        /// Bridge.
        bridge: Name,
        /// Destination.
        mac: MacAddr,
        /// What it found.
        result: FdbResult,
    },
    /// A bridge port would not take the frame.
    PortSkip {
        /// Port.
        port: Name,
        /// Why.
        why: PortSkip,
    },
    /// br_netfilter hands a bridged frame to the IP hooks.
    BridgeToIp {
        /// The IP hook.
        hook: Hook,
    },
    /// br_netfilter could have, but does not.
    BridgeToIpSkip {
        /// The IP hook that is not asked.
        hook: Hook,
        /// The sysctl or condition that says so.
        why: Name,
    },
    /// Netfilter is asked.
    HookEnter(HookPoint),
    /// Netfilter has decided.
    HookLeave {
        /// Family.
        family: Family,
        /// Hook.
        hook: Hook,
        /// Decision.
        verdict: Verdict,
    },
    /// A table's chain for this hook begins.
    TableEnter {
        /// Family.
        family: Family,
        /// Table.
        table: Name,
        /// Hook, whose built-in chain is walked.
        hook: Hook,
    },
    /// A table that stands at this hook is not asked.
    TableSkip {
        /// Family.
        family: Family,
        /// Table.
        table: Name,
        /// Hook.
        hook: Hook,
        /// Why.
        why: TableSkip,
    },
    /// A rule was held against the packet.
    Rule {
        /// Where it stands.
        rule: RuleRef,
        /// Why it did not match; `None` if it did.
        why_not: Option<WhyNot>,
    },
    /// A matching rule's target did something to the packet or the connection.
    Target {
        /// Where the rule stands.
        rule: RuleRef,
        /// Name of the target.
        target: Name,
        /// What it did, in the option's own terms ("0x1", "10.0.0.2:80").
        effect: String,
    },
    /// On to a user-defined chain.
    Jump {
        /// The rule that jumps.
        rule: RuleRef,
        /// Where to.
        to: Name,
        /// `-g`: no way back to this chain.
        goto: bool,
    },
    /// A user-defined chain ended, or a RETURN was met.
    Return {
        /// The RETURN rule; `None` at the chain's end.
        rule: Option<RuleRef>,
        /// Chain left.
        from: Name,
        /// Chain gone back to.
        to: Name,
    },
    /// The end of a built-in chain was reached.
    Policy {
        /// Table.
        table: Name,
        /// Chain.
        chain: Name,
        /// The policy.
        verdict: Verdict,
    },
    /// A table has decided.
    TableLeave {
        /// Family.
        family: Family,
        /// Table.
        table: Name,
        /// Hook.
        hook: Hook,
        /// Decision of this table.
        verdict: Verdict,
        /// The rule that decided; `None` for the policy.
        rule: Option<RuleRef>,
    },
    /// A line for the kernel's log.
    Log(LogRecord),
    /// Connection tracking looked the packet up.
    Conntrack {
        /// What came of it.
        act: CtAct,
        /// The entry (also in the packet's state).
        ct: Option<CtView>,
    },
    /// NAT set up a connection, or rewrote a packet for one.
    Nat {
        /// What.
        act: NatAct,
        /// The entry after it.
        ct: Option<CtView>,
        /// Address before.
        from: Option<SocketAddr>,
        /// Address after.
        to: Option<SocketAddr>,
    },
    /// A route was looked up.
    Route {
        /// The question.
        key: RouteKey,
        /// The answer.
        result: RouteResult,
    },
    /// The source address was held against the routes (`rp_filter`, martians).
    SourceCheck {
        /// Source address.
        src: IpAddr,
        /// Mode of rp_filter on the device (0, 1, 2).
        rp_filter: u8,
        /// Passed?
        ok: bool,
    },
    /// The neighbour table was asked for a hardware address.
    Neighbour {
        /// Next hop.
        addr: IpAddr,
        /// What it knew.
        state: NeighbourAct,
        /// Hardware address, if known.
        mac: Option<MacAddr>,
    },
    /// An ICMP message about the packet is not sent: there were too many.
    IcmpLimited {
        /// Its type.
        icmp: u8,
        /// Which limit is reached.
        limit: IcmpLimit,
    },
    /// TTL counted down.
    Ttl {
        /// Before.
        from: u8,
        /// After.
        to: u8,
    },
    /// The packet was cut up.
    Fragment {
        /// Into how many.
        pieces: u32,
        /// To fit this MTU.
        mtu: u32,
    },
    /// Fragments were put together (or wait for the rest).
    Defragment {
        /// Complete?
        complete: bool,
    },
    /// Handed to the transport layer or a raw socket.
    Deliver {
        /// Protocol number.
        proto: u8,
        /// The socket that took it: local address, and program.
        socket: Option<SocketView>,
    },
    /// A TCP connection or UDP socket changed state.
    Socket {
        /// Local end.
        local: SocketAddr,
        /// Remote end.
        remote: Option<SocketAddr>,
        /// State it is in now (`ESTABLISHED`, ...).
        state: Name,
    },
    /// The packet ends here.
    Drop {
        /// The kernel's own name: what `skb:kfree_skb` reports, without
        /// `SKB_DROP_REASON_`.
        reason: DropReason,
        /// Which condition or setting, where the reason alone does not say.
        detail: Option<Name>,
    },
    /// The packet was used up as intended (`consume_skb`).
    Consume,
    /// Something that this simulator does not model was met; the packet's
    /// walk ends here rather than being guessed.
    NotModelled {
        /// What it was.
        what: String,
    },
    /// A limit of the simulation was reached (a loop, too many packets).
    Limit {
        /// Which.
        what: String,
    },
}

/// What a program does or learns.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum ProgramAct {
    /// Sends one echo request.
    Ping {
        /// Where to.
        dst: IpAddr,
    },
    /// Calls `connect()`.
    Connect {
        /// Where to.
        dst: SocketAddr,
    },
    /// Sends a datagram.
    SendTo {
        /// Where to.
        dst: SocketAddr,
    },
    /// Sends a raw frame.
    SendFrame,
    /// Sleeps.
    Wait {
        /// For how long, nanoseconds.
        time: u64,
    },
    /// The kernel does not take the frame, and nothing is sent.
    FrameRefused {
        /// The device that it should have left by.
        dev: Name,
        /// Why.
        why: FrameRefusal,
    },
    /// Accepts a connection.
    Accept {
        /// The client as this end sees it.
        client: SocketAddr,
    },
    /// Reads a datagram or a reply.
    Receive {
        /// Whose.
        from: SocketAddr,
    },
    /// Relays on: opens its own connection to the back end.
    Relay {
        /// Where to.
        dst: SocketAddr,
    },
    /// The attempt ended.
    Done {
        /// The line of `--format result`.
        outcome: Name,
    },
}

/// Why a packet socket does not send a frame (`packet_snd`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FrameRefusal {
    /// ENXIO: there is no such device.
    NoDevice,
    /// ENETDOWN: the device is down.
    Down,
    /// EMSGSIZE: longer than the device's MTU allows.
    TooLong,
    /// EINVAL: no whole Ethernet header.
    TooShort,
}

/// Why a buffer exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A program sent it.
    Program,
    /// ICMP echo reply (or another ICMP reply).
    EchoReply,
    /// ICMP error.
    IcmpError,
    /// TCP made it: SYN-ACK, ACK, RST.
    Tcp,
    /// An RST for no connection, or from `REJECT`.
    Reset,
    /// ARP request.
    ArpRequest,
    /// ARP reply.
    ArpReply,
    /// A copy: a flooded frame, a multicast.
    Clone,
    /// A piece of a larger packet.
    Fragment,
    /// Made by a target: TEE, SYNPROXY.
    Target,
}

/// What the forwarding database said.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "to", rename_all = "kebab-case")]
pub enum FdbResult {
    /// One port.
    Port {
        /// Its name.
        port: Name,
    },
    /// The bridge itself: up to the IP layer.
    Local,
    /// Unknown: out of every port.
    Flood,
    /// Group or broadcast: out of every port, and up.
    Group,
}

/// Why a port does not send a frame (`should_deliver`, `br_flood`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PortSkip {
    /// It came in there, and hairpin is off.
    SamePort,
    /// The port is not forwarding.
    NotForwarding,
    /// Both ports are isolated.
    Isolated,
    /// Flooding of unknown unicast is off.
    FloodOff,
    /// Flooding of multicast is off.
    McastFloodOff,
    /// Flooding of broadcast is off.
    BcastFloodOff,
    /// VLAN filtering does not allow it.
    Vlan,
    /// The device is down.
    Down,
    /// The bridge knows what the ARP asks, and `neigh_suppress` is on.
    NeighSuppress,
    /// `proxy_arp`: nothing at all is flooded there.
    ProxyArp,
    /// The bridge has answered the ARP, and `proxy_arp_wifi` is on.
    ProxyArpWifi,
    /// Longer than the port's MTU.
    Mtu,
}

/// A socket, as far as a step shows it.
#[derive(Clone, Debug, Serialize)]
pub struct SocketView {
    /// Local address.
    pub local: SocketAddr,
    /// Program.
    pub program: Name,
}
