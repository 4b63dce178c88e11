//! Routing tables, policy rules, and the lookup.
//!
//! Kernel: net/ipv4/fib_trie.c, fib_rules.c, fib_semantics.c, route.c.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use crate::walk::Name;
use crate::world::DevId;

/// `RT_TABLE_DEFAULT`.
pub const TABLE_DEFAULT: u32 = 253;
/// `RT_TABLE_MAIN`.
pub const TABLE_MAIN: u32 = 254;
/// `RT_TABLE_LOCAL`.
pub const TABLE_LOCAL: u32 = 255;

/// Type of a route (`RTN_*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RouteType {
    /// To a neighbour or a gateway.
    Unicast,
    /// To this machine.
    Local,
    /// To everybody on the link.
    Broadcast,
    /// To a group.
    Multicast,
    /// Dropped in silence.
    Blackhole,
    /// Dropped; ICMP host unreachable.
    Unreachable,
    /// Dropped; ICMP administratively prohibited.
    Prohibit,
    /// Look on in the next rule.
    Throw,
    /// `nat`, `anycast`, `xresolve`: not modelled.
    Other,
}

impl RouteType {
    /// As `ip route` spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unicast => "unicast",
            Self::Local => "local",
            Self::Broadcast => "broadcast",
            Self::Multicast => "multicast",
            Self::Blackhole => "blackhole",
            Self::Unreachable => "unreachable",
            Self::Prohibit => "prohibit",
            Self::Throw => "throw",
            Self::Other => "other",
        }
    }
}

/// Where a route leads.
#[derive(Clone, Debug, PartialEq)]
pub struct NextHop {
    /// Output device.
    pub dev: Option<DevId>,
    /// Gateway.
    pub via: Option<IpAddr>,
    /// Weight among several, from 1.
    pub weight: u32,
    /// `onlink`.
    pub onlink: bool,
    /// Dead or linkdown by its flags.
    pub dead: bool,
}

/// A route.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// Prefix.
    pub prefix: IpNet,
    /// Type.
    pub kind: RouteType,
    /// `tos`; 0 for any.
    pub tos: u8,
    /// Metric; the lowest wins.
    pub metric: u32,
    /// Scope (`RT_SCOPE_*`).
    pub scope: u8,
    /// Preferred source.
    pub prefsrc: Option<IpAddr>,
    /// Next hops, one or several.
    pub hops: Vec<NextHop>,
    /// MTU of the route, 0 if none.
    pub mtu: u32,
    /// `realm`, for the match of that name.
    pub realm: u32,
    /// Protocol number or name, for printing.
    pub protocol: Name,
}

/// A policy rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Priority: asked from the lowest.
    pub priority: u32,
    /// `not`.
    pub invert: bool,
    /// `from`.
    pub src: Option<IpNet>,
    /// `to`.
    pub dst: Option<IpNet>,
    /// `iif`.
    pub iif: Option<Name>,
    /// `oif`.
    pub oif: Option<Name>,
    /// `fwmark` and its mask.
    pub mark: Option<(u32, u32)>,
    /// `tos`.
    pub tos: u8,
    /// `ipproto`.
    pub ipproto: Option<u8>,
    /// `sport`.
    pub sport: Option<(u16, u16)>,
    /// `dport`.
    pub dport: Option<(u16, u16)>,
    /// `uidrange`.
    pub uid: Option<(u32, u32)>,
    /// `suppress_prefixlength`.
    pub suppress_prefixlen: Option<u8>,
    /// What it does.
    pub action: RuleAction,
    /// A condition that is not modelled, verbatim.
    pub unknown: Option<Name>,
}

/// What a policy rule does.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleAction {
    /// Looks a table up.
    Table(u32),
    /// Goes to the rule with this priority.
    Goto(u32),
    /// Nothing.
    Nop,
    /// ICMP net unreachable.
    Unreachable,
    /// Dropped in silence.
    Blackhole,
    /// ICMP administratively prohibited.
    Prohibit,
}

/// All routing tables of one address family and namespace.
#[derive(Clone, Debug, Default)]
pub struct Fib {
    /// Tables, each sorted as the lookup needs it: longest prefix first, then
    /// tos, then metric.
    pub tables: Vec<(u32, Vec<Route>)>,
    /// Policy rules by priority; empty stands for the kernel's three.
    pub rules: Vec<Rule>,
    /// What ICMP has told of single destinations.
    pub exceptions: super::exception::Exceptions,
}

/// What is asked (`struct flowi4`).
#[derive(Clone, Copy, Debug)]
pub struct FlowKey {
    /// Destination.
    pub dst: Ipv4Addr,
    /// Source; unspecified if it is not fixed.
    pub src: Ipv4Addr,
    /// Input device; `None` for packets made here (the kernel asks with `lo`).
    pub iif: Option<DevId>,
    /// Output device that is fixed by the socket.
    pub oif: Option<DevId>,
    /// Mark.
    pub mark: u32,
    /// TOS bits that take part.
    pub tos: u8,
    /// Protocol.
    pub proto: u8,
    /// Source port, 0 if unknown.
    pub sport: u16,
    /// Destination port, 0 if unknown.
    pub dport: u16,
    /// User of the socket.
    pub uid: u32,
    /// `FLOWI_FLAG_ANYSRC`: do not check that the source is local.
    pub any_src: bool,
}

/// A route that a packet follows (`struct rtable`).
#[derive(Clone, Debug, PartialEq)]
pub struct Dst {
    /// Type.
    pub kind: RouteType,
    /// Output device (for local delivery: the device that it came in by, or
    /// `lo`).
    pub dev: DevId,
    /// Gateway.
    pub via: Option<Ipv4Addr>,
    /// For a packet from here to here: the device that bears the address, to
    /// which sockets may be bound (`rt_iif`).
    pub iif: Option<DevId>,
    /// Source that the route prefers.
    pub src: Ipv4Addr,
    /// MTU of the route; 0 means the device's.
    pub mtu: u32,
    /// Made for a packet that came in (`rt_is_input_route`).
    pub input: bool,
    /// Realm, for the `realm` match.
    pub realm: u32,
    /// Send an ICMP redirect (`IPSKB_DOREDIRECT`).
    pub redirect: bool,
    /// Broadcast or multicast that a local socket also wants.
    pub local_too: bool,
}

impl Dst {
    /// Whom a packet to `dst` is really for: 0.0.0.0 means the sender itself
    /// (`ip_route_output_key` fills it in).
    pub(crate) fn target(&self, dst: Ipv4Addr) -> Ipv4Addr {
        if dst.is_unspecified() { self.src } else { dst }
    }
}
