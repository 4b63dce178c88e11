//! A conntrack entry for people, and as `conntrack -L` prints it.

use std::fmt::Write as _;

use serde::Serialize;

use packetwalk_core::walk::{CtView, Name, TupleView};
use packetwalk_core::wire::ipv4::{DCCP, ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE};

/// A connection tracking entry, ready to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Connection {
    /// Identifier within the world.
    pub id: u32,
    /// State of the packet in it: `NEW`, `ESTABLISHED`, ...
    pub state: Name,
    /// Is the packet in the reply direction?
    pub reply: bool,
    /// The original and the reply direction.
    pub directions: [Direction; 2],
    /// State of the protocol (`SYN_SENT`), where it has any.
    pub proto_state: Option<Name>,
    /// Status bits that are set.
    pub status: Vec<Name>,
    /// Connection mark.
    pub mark: u32,
    /// Seconds until it times out.
    pub timeout: u32,
    /// The line that `conntrack -L` prints.
    pub line: String,
}

/// One direction of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Direction {
    /// Source, with its port where there are any.
    pub src: String,
    /// Destination, with its port where there are any.
    pub dst: String,
    /// ICMP type, code and identifier, where it is ICMP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icmp: Option<String>,
}

/// An entry, ready to show.
pub fn connection(ct: &CtView) -> Connection {
    Connection {
        id: ct.id,
        state: ct.ctstate.clone(),
        reply: ct.reply,
        directions: [direction(&ct.original), direction(&ct.reverse)],
        proto_state: ct.proto_state.clone(),
        status: ct.status.clone(),
        mark: ct.mark,
        timeout: ct.timeout,
        line: line(ct),
    }
}

fn has_ports(proto: u8) -> bool {
    matches!(proto, TCP | UDP | UDPLITE | SCTP | DCCP)
}

fn direction(tuple: &TupleView) -> Direction {
    let with_port = |addr: std::net::IpAddr, port: u16| {
        if has_ports(tuple.proto) {
            std::net::SocketAddr::new(addr, port).to_string()
        } else {
            addr.to_string()
        }
    };
    let icmp = matches!(tuple.proto, ICMP | ICMPV6).then(|| {
        let [kind, code] = tuple.dport.to_be_bytes();
        format!("type={kind} code={code} id={}", tuple.sport)
    });
    Direction {
        src: with_port(tuple.src, tuple.sport),
        dst: with_port(tuple.dst, tuple.dport),
        icmp,
    }
}

/// `conntrack -L` without `-o extended`.
fn line(ct: &CtView) -> String {
    let proto = ct.original.proto;
    let name = match proto {
        TCP => "tcp",
        UDP => "udp",
        UDPLITE => "udplite",
        ICMP => "icmp",
        ICMPV6 => "icmpv6",
        SCTP => "sctp",
        DCCP => "dccp",
        _ => "unknown",
    };
    let mut out = format!("{name:<8} {proto} {}", ct.timeout);
    if let Some(state) = &ct.proto_state {
        let _ = write!(out, " {state}");
    }
    let has = |bit: &str| ct.status.iter().any(|status| &**status == bit);
    let zones = [ct.original.zone, ct.reverse.zone];
    let zone_of = |out: &mut String, way: &str, zone: u16| {
        if zones.first() != zones.last() && zone != 0 {
            let _ = write!(out, " zone-{way}={zone}");
        }
    };
    tuple(&mut out, &ct.original);
    zone_of(&mut out, "orig", ct.original.zone);
    if !has("SEEN_REPLY") {
        out.push_str(" [UNREPLIED]");
    }
    tuple(&mut out, &ct.reverse);
    zone_of(&mut out, "reply", ct.reverse.zone);
    if has("ASSURED") {
        out.push_str(" [ASSURED]");
    }
    let _ = write!(out, " mark={}", ct.mark);
    if ct.original.zone == ct.reverse.zone && ct.original.zone != 0 {
        let _ = write!(out, " zone={}", ct.original.zone);
    }
    if let Some(helper) = &ct.helper {
        let _ = write!(out, " helper={helper}");
    }
    out.push_str(" use=1");
    out
}

fn tuple(out: &mut String, tuple: &TupleView) {
    let _ = write!(out, " src={} dst={}", tuple.src, tuple.dst);
    if has_ports(tuple.proto) {
        let _ = write!(out, " sport={} dport={}", tuple.sport, tuple.dport);
    } else if matches!(tuple.proto, ICMP | ICMPV6) {
        let [kind, code] = tuple.dport.to_be_bytes();
        let _ = write!(out, " type={kind} code={code} id={}", tuple.sport);
    }
}
