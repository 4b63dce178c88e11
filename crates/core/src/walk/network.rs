//! Routes and neighbours in a step.

use std::net::IpAddr;

use serde::Serialize;

use super::Name;

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

/// A limit on how often ICMP speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "of", rename_all = "kebab-case")]
pub enum IcmpLimit {
    /// Of one host that is spoken to (`icmp_ratelimit`).
    Peer {
        /// It.
        peer: IpAddr,
    },
    /// Of one host, for errors of routes (`net.ipv4.route.error_cost`).
    Route {
        /// It.
        peer: IpAddr,
    },
    /// Of all messages together (`icmp_msgs_per_sec`).
    Global,
}
