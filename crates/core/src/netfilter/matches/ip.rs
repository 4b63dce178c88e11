//! The header part of a rule (`ip_packet_match`).

use std::net::IpAddr;

use packetwalk_rules::{AddrMatch, IpMatch};

use crate::walk::Has;

use super::{Answer, Ask, all};

fn network(addr: &AddrMatch) -> String {
    let mut text = String::new();
    addr.push_save(&mut text);
    text
}

pub(super) fn address(
    ask: &Ask<'_>,
    wants: Option<&AddrMatch>,
    option: &str,
    has: IpAddr,
) -> Answer {
    match wants {
        None => Answer::Yes,
        Some(addr) => ask.test(
            addr.contains(has),
            option,
            addr.inverted(),
            || network(addr),
            || Has::Value(has.to_string()),
        ),
    }
}

pub(super) fn matches(ask: &Ask<'_>, wants: &IpMatch) -> Answer {
    let ip = ask.skb.ip();
    all!(
        address(ask, wants.src.as_ref(), "-s", ip.src().into()),
        address(ask, wants.dst.as_ref(), "-d", ip.dst().into()),
        ask.device(wants.in_iface.as_deref(), "-i", ask.state.input),
        ask.device(wants.out_iface.as_deref(), "-o", ask.state.output),
        match wants.proto {
            None => Answer::Yes,
            Some(proto) => ask.test(
                ip.proto() == proto.value,
                "-p",
                proto.inverted,
                || protocol(proto.value),
                || Has::Value(protocol(ip.proto())),
            ),
        },
        match wants.fragment {
            None => Answer::Yes,
            Some(inverted) => ask.test(ip.frag_offset() != 0, "-f", inverted, String::new, || {
                Has::Value(ip.frag_offset().to_string())
            },),
        },
    )
}

/// A protocol's name, or its number.
pub(crate) fn protocol(number: u8) -> String {
    match number {
        1 => "icmp".into(),
        2 => "igmp".into(),
        6 => "tcp".into(),
        17 => "udp".into(),
        33 => "dccp".into(),
        47 => "gre".into(),
        50 => "esp".into(),
        51 => "ah".into(),
        58 => "ipv6-icmp".into(),
        132 => "sctp".into(),
        136 => "udplite".into(),
        other => other.to_string(),
    }
}
