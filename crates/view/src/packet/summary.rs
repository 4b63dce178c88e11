//! One line about a packet, much as `tcpdump` would put it.

use std::net::SocketAddr;

use serde::Serialize;

use packetwalk_core::walk::PacketState;
use packetwalk_core::wire::arp::{self, Arp};
use packetwalk_core::wire::eth::{ETH_P_ARP, ETH_P_IP, ETH_P_IPV6};
use packetwalk_core::wire::ipv4::{ICMP, Ipv4, TCP, UDP};
use packetwalk_core::wire::tcp::{self, Tcp};
use packetwalk_core::wire::{be16, icmp};

/// What sort of packet it is, for its colour and shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// ARP, or neighbour discovery.
    Arp,
    /// Asks for something: echo request, SYN, a datagram.
    Request,
    /// Answers: echo reply, SYN-ACK.
    Reply,
    /// An ICMP error or a TCP reset.
    Error,
    /// Anything else.
    Other,
}

/// Sort of packet. A UDP datagram counts as a request unless conntrack says
/// that it runs in the reply direction.
pub fn kind(state: &PacketState) -> Kind {
    let reply = state.ct.as_ref().is_some_and(|ct| ct.reply);
    match state.proto {
        ETH_P_ARP => Kind::Arp,
        ETH_P_IP => {
            let ip = Ipv4(&state.bytes);
            if ip.frag_offset() != 0 {
                return if reply { Kind::Reply } else { Kind::Request };
            }
            match ip.proto() {
                ICMP => match ip.payload().first() {
                    Some(&icmp::ECHO_REPLY) => Kind::Reply,
                    Some(&kind) if icmp::is_error(kind) => Kind::Error,
                    _ => Kind::Request,
                },
                TCP => match Tcp(ip.payload()).flags() {
                    flags if flags & tcp::RST != 0 => Kind::Error,
                    flags if flags & (tcp::SYN | tcp::ACK) == tcp::SYN | tcp::ACK => Kind::Reply,
                    _ if reply => Kind::Reply,
                    _ => Kind::Request,
                },
                _ if reply => Kind::Reply,
                _ => Kind::Request,
            }
        }
        _ => Kind::Other,
    }
}

/// One line about it, the same in every language.
pub fn summary(state: &PacketState) -> String {
    let [what, ends] = title(state);
    if ends.is_empty() {
        what
    } else {
        format!("{what} {ends}")
    }
}

/// What it is, and from where to where.
pub fn title(state: &PacketState) -> [String; 2] {
    let alone = |what: &str| [what.to_owned(), String::new()];
    match state.proto {
        ETH_P_ARP => match Arp::read(&state.bytes) {
            Some(arp) if arp.op == arp::REQUEST => [
                format!("ARP who-has {}", arp.tip),
                format!("tell {}", arp.sip),
            ],
            Some(arp) if arp.op == arp::REPLY => {
                [format!("ARP {}", arp.sip), format!("is-at {}", arp.sha)]
            }
            Some(arp) => alone(&format!("ARP op {}", arp.op)),
            None => alone("ARP"),
        },
        ETH_P_IP if state.bytes.len() >= 20 => ipv4(&Ipv4(&state.bytes)),
        ETH_P_IP => alone("IPv4 (too short)"),
        ETH_P_IPV6 => alone("IPv6"),
        other => alone(&format!("ethertype 0x{other:04x}")),
    }
}

fn ipv4(ip: &Ipv4<'_>) -> [String; 2] {
    let (src, dst, data) = (ip.src(), ip.dst(), ip.payload());
    let hosts = format!("{src} > {dst}");
    if ip.frag_offset() != 0 {
        let offset = u32::from(ip.frag_offset()) * 8;
        return [proto(ip.proto()), format!("{hosts} (fragment at {offset})")];
    }
    let ports = || {
        let port = |at| be16(data, at).unwrap_or(0);
        let (src, dst) = (
            SocketAddr::new(src.into(), port(0)),
            SocketAddr::new(dst.into(), port(2)),
        );
        format!("{src} > {dst}")
    };
    match ip.proto() {
        ICMP => [format!("ICMP {}", message(data)), hosts],
        TCP => [format!("TCP {}", flags(Tcp(data).flags())), ports()],
        UDP => ["UDP".to_owned(), ports()],
        other => [proto(other), hosts],
    }
}

/// The name of a protocol, or `protocol N`.
pub(super) fn proto(number: u8) -> String {
    let name = match number {
        1 => "ICMP",
        2 => "IGMP",
        6 => "TCP",
        17 => "UDP",
        33 => "DCCP",
        47 => "GRE",
        50 => "ESP",
        51 => "AH",
        58 => "ICMPv6",
        132 => "SCTP",
        136 => "UDP-Lite",
        _ => return format!("protocol {number}"),
    };
    name.into()
}

/// Flags as people write them: `SYN-ACK`.
pub(super) fn flags(flags: u8) -> String {
    let names = [
        (tcp::SYN, "SYN"),
        (tcp::FIN, "FIN"),
        (tcp::RST, "RST"),
        (tcp::PSH, "PSH"),
        (tcp::ACK, "ACK"),
        (tcp::URG, "URG"),
        (tcp::ECE, "ECE"),
        (tcp::CWR, "CWR"),
    ];
    let set: Vec<&str> = names
        .iter()
        .filter(|(bit, _)| flags & bit != 0)
        .map(|(_, name)| *name)
        .collect();
    if set.is_empty() {
        "no flags".into()
    } else {
        set.join("-")
    }
}

/// What an ICMP message is.
pub(super) fn message(data: &[u8]) -> String {
    let (kind, code) = match data {
        [kind, code, ..] => (*kind, *code),
        _ => return "(too short)".into(),
    };
    let name = match (kind, code) {
        (icmp::ECHO, _) => "echo request",
        (icmp::ECHO_REPLY, _) => "echo reply",
        (icmp::DEST_UNREACH, icmp::unreach::NET) => "network unreachable",
        (icmp::DEST_UNREACH, icmp::unreach::HOST) => "host unreachable",
        (icmp::DEST_UNREACH, icmp::unreach::PROT) => "protocol unreachable",
        (icmp::DEST_UNREACH, icmp::unreach::PORT) => "port unreachable",
        (icmp::DEST_UNREACH, icmp::unreach::FRAG_NEEDED) => "fragmentation needed",
        (icmp::DEST_UNREACH, icmp::unreach::NET_ANO) => "network prohibited",
        (icmp::DEST_UNREACH, icmp::unreach::HOST_ANO) => "host prohibited",
        (icmp::DEST_UNREACH, icmp::unreach::PKT_FILTERED) => "administratively prohibited",
        (icmp::DEST_UNREACH, _) => "destination unreachable",
        (icmp::SOURCE_QUENCH, _) => "source quench",
        (icmp::REDIRECT, _) => "redirect",
        (icmp::TIME_EXCEEDED, 0) => "time exceeded",
        (icmp::TIME_EXCEEDED, _) => "reassembly time exceeded",
        (icmp::PARAMETER_PROBLEM, _) => "parameter problem",
        (icmp::TIMESTAMP, _) => "timestamp request",
        (icmp::TIMESTAMP_REPLY, _) => "timestamp reply",
        _ => return format!("type {kind} code {code}"),
    };
    name.into()
}
