//! The kinds of steps.

use std::net::{IpAddr, SocketAddr};

use serde::Serialize;

use super::{BufferId, DropReason, Name};
use crate::wire::eth::MacAddr;

/// Which family's hooks (`NFPROTO_*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// `NFPROTO_IPV4`: iptables.
    Ipv4,
    /// `NFPROTO_IPV6`: ip6tables.
    Ipv6,
    /// `NFPROTO_BRIDGE`: ebtables.
    Bridge,
    /// `NFPROTO_ARP`: arptables.
    Arp,
}

/// A place where the stack asks netfilter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Hook {
    /// ebtables' broute table, before the bridge decides.
    Brouting,
    /// Received, not yet routed.
    Prerouting,
    /// On the way to a local socket (or up from the bridge).
    Input,
    /// Passing through.
    Forward,
    /// Made here.
    Output,
    /// About to leave.
    Postrouting,
}

impl Hook {
    /// The name of the chain at this hook.
    pub fn name(self) -> &'static str {
        match self {
            Self::Brouting => "BROUTING",
            Self::Prerouting => "PREROUTING",
            Self::Input => "INPUT",
            Self::Forward => "FORWARD",
            Self::Output => "OUTPUT",
            Self::Postrouting => "POSTROUTING",
        }
    }
}

/// What netfilter decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Goes on.
    Accept,
    /// Ends here.
    Drop,
    /// Somebody took it over (a REJECT's original, a broute, a queue).
    Stolen,
}

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

/// Where netfilter is asked, and with what (`struct nf_hook_state`).
#[derive(Clone, Debug, Serialize)]
pub struct HookPoint {
    /// Family.
    pub family: Family,
    /// Hook.
    pub hook: Hook,
    /// Input device.
    pub input: Option<Name>,
    /// Output device.
    pub output: Option<Name>,
    /// Bridge port that the frame came in by.
    pub physin: Option<Name>,
    /// Bridge port that it will leave by.
    pub physout: Option<Name>,
}

/// Why a table was not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TableSkip {
    /// nat: the connection's translation was settled by an earlier packet.
    NatSettled,
    /// nat: the packet belongs to no tracked connection.
    NatUntracked,
    /// nat: the packet is a reply or an error; it follows its connection.
    NatReply,
    /// The packet came down from the bridge and has been here already.
    Sabotage,
}

/// Where a rule stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct RuleRef {
    /// Table.
    pub table: Name,
    /// Chain.
    pub chain: Name,
    /// Number in its chain, from 1, as `--line-numbers` prints it.
    pub number: u32,
}

/// The first condition of a rule that did not hold, with both values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhyNot {
    /// The option as iptables spells it: `-s`, `--dport`, `--ctstate`.
    pub option: Name,
    /// Was it negated with `!`?
    pub inverted: bool,
    /// What the rule wants, as iptables prints it.
    pub wants: String,
    /// What the packet has.
    pub has: Has,
}

/// What a packet had where a rule wanted something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", content = "value", rename_all = "kebab-case")]
pub enum Has {
    /// A value, in the option's own notation.
    Value(String),
    /// Nothing there: no such device at this hook.
    Nothing,
    /// The packet is of another protocol.
    OtherProtocol(String),
    /// A later fragment: no transport header.
    Fragment,
    /// Too short to tell.
    Truncated,
    /// No connection: untracked or invalid.
    NoConnection,
    /// No socket at this hook.
    NoSocket,
    /// The frame came by no bridge port.
    NoBridge,
    /// A limit is used up; the value says how much there was.
    Exhausted(String),
}

/// A line for the kernel's log, before it is text.
#[derive(Clone, Debug, Serialize)]
pub struct LogRecord {
    /// Where netfilter stood.
    pub at: Option<HookPoint>,
    /// What kind of line.
    pub format: LogFormat,
    /// Syslog level, 0 (emergency) to 7 (debug).
    pub level: u8,
}

/// Kinds of log lines.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "line", rename_all = "kebab-case")]
pub enum LogFormat {
    /// `TRACE: table:chain:comment:rulenum`.
    Trace {
        /// Table.
        table: Name,
        /// Chain.
        chain: Name,
        /// `rule`, `return` or `policy`.
        comment: Name,
        /// Number of the rule.
        rulenum: u32,
    },
    /// `-j LOG`.
    Log {
        /// `--log-prefix`.
        prefix: Name,
        /// `NF_LOG_*` bits: TCPSEQ 1, TCPOPT 2, IPOPT 4, UID 8, MACDECODE 0x20.
        flags: u8,
    },
    /// ebtables `--log`.
    Ebtables {
        /// `--log-prefix`.
        prefix: Name,
        /// `--log-ip`.
        ip: bool,
        /// `--log-arp`.
        arp: bool,
        /// `--log-ip6`.
        ip6: bool,
    },
    /// `nf_ct_proto_N: ...`, `nf_ct_ftp: ...`: what connection tracking finds
    /// wrong (`nf_conntrack_log_invalid`), or a helper.
    Conntrack {
        /// Who says it, and what is wrong.
        text: String,
    },
    /// A line with fixed text: martians, a bridge's complaint about its own
    /// address.
    Kernel {
        /// The text.
        text: String,
    },
}

/// Outcome of a conntrack lookup or confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CtAct {
    /// A new entry was made; it is not in the table yet.
    New,
    /// It belongs to a known connection.
    Found,
    /// Related to a known connection (an ICMP error, an expected one).
    Related,
    /// Not acceptable: INVALID.
    Invalid,
    /// A rule asked not to track it.
    Untracked,
    /// Template attached by `-j CT`.
    Template,
    /// Entered into the table.
    Confirm,
    /// Lost the race or clashed; dropped.
    Clash,
    /// The entry was removed.
    Destroy,
    /// Has a connection already (looped back, or bridged before).
    Already,
}

/// What NAT did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NatAct {
    /// The connection's source will be translated.
    SetupSource,
    /// The connection's destination will be translated.
    SetupDestination,
    /// No rule: the source stays as it is (a null binding), but for a clash.
    NullSource,
    /// No rule: the destination stays as it is.
    NullDestination,
    /// This packet's source was rewritten.
    RewriteSource,
    /// This packet's destination was rewritten.
    RewriteDestination,
}

/// A conntrack entry as it was at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CtView {
    /// Identifier within the world.
    pub id: u32,
    /// State of this packet in it: `NEW`, `ESTABLISHED`, `RELATED`, `INVALID`,
    /// `UNTRACKED`.
    pub ctstate: Name,
    /// Is the packet in the reply direction?
    pub reply: bool,
    /// Original direction.
    pub original: TupleView,
    /// Reply direction.
    pub reverse: TupleView,
    /// State of the protocol (`SYN_SENT`), where it has any.
    pub proto_state: Option<Name>,
    /// `IPS_*` bits that are set: `CONFIRMED`, `SEEN_REPLY`, `ASSURED`,
    /// `SRC_NAT`, `DST_NAT`, ...
    pub status: Vec<Name>,
    /// Connection mark.
    pub mark: u32,
    /// Name of its helper.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub helper: Option<Name>,
    /// Seconds until it times out.
    pub timeout: u32,
}

/// One direction of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TupleView {
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// Protocol number.
    pub proto: u8,
    /// Number of the connection's zone in this direction, 0 for none.
    pub zone: u16,
    /// Source port, or ICMP identifier.
    pub sport: u16,
    /// Destination port, or ICMP type and code.
    pub dport: u16,
}

/// What was asked of the routing tables (`struct flowi4`).
#[derive(Clone, Debug, Serialize)]
pub struct RouteKey {
    /// Destination.
    pub dst: IpAddr,
    /// Source, if it is fixed already.
    pub src: Option<IpAddr>,
    /// Input device, for a packet that came in.
    pub iif: Option<Name>,
    /// Output device, if it is fixed.
    pub oif: Option<Name>,
    /// Firewall mark.
    pub mark: u32,
    /// Type of service.
    pub tos: u8,
}

/// What the routing tables answered.
#[derive(Clone, Debug, Serialize)]
pub struct RouteResult {
    /// Type: `unicast`, `local`, `broadcast`, `multicast`, `unreachable`,
    /// `blackhole`, `prohibit`, or `none`.
    pub kind: Name,
    /// Output device.
    pub dev: Option<Name>,
    /// Next hop, if it is not the destination itself.
    pub via: Option<IpAddr>,
    /// Preferred source.
    pub src: Option<IpAddr>,
    /// Table that answered.
    pub table: Option<u32>,
    /// The prefix that matched, as `ip route` prints it.
    pub prefix: Option<Name>,
    /// Priority of the policy rule that led there.
    pub rule: Option<u32>,
}

/// What the neighbour table knew or did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NeighbourAct {
    /// Known.
    Known,
    /// Unknown: the packet waits while it is asked for.
    Incomplete,
    /// Learnt from an ARP packet.
    Learnt,
    /// Not confirmed lately: it may be elsewhere by now.
    Stale,
    /// Was confirmed by what went on above.
    Confirmed,
    /// In use without having been confirmed: it is asked whether it is there.
    Probe,
    /// Nobody answered.
    Failed,
    /// Needs none (loopback, no ARP).
    NoArp,
}

/// A socket, as far as a step shows it.
#[derive(Clone, Debug, Serialize)]
pub struct SocketView {
    /// Local address.
    pub local: SocketAddr,
    /// Program.
    pub program: Name,
}
