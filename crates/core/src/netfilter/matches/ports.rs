//! `tcp` and `udp` (net/netfilter/xt_tcpudp.c).

use packetwalk_rules::xt::PortRange;
use packetwalk_rules::xt::tcp::Tcp as TcpMatch;
use packetwalk_rules::xt::udp::Udp as UdpMatch;
use packetwalk_rules::{Match, Neg};

use crate::walk::Has;
use crate::wire::tcp::Tcp;
use crate::wire::{be16, ipv4};

use super::{Answer, Ask, all, wanted};

pub(super) fn port(
    ask: &Ask<'_>,
    wants: Option<Neg<PortRange>>,
    option: &str,
    has: u16,
    found: &Match,
) -> Answer {
    match wants {
        None => Answer::Yes,
        Some(range) => ask.test(
            range.value.contains(has),
            option,
            range.inverted,
            || wanted(found, option),
            || Has::Value(has.to_string()),
        ),
    }
}

fn fragment(ask: &Ask<'_>) -> Answer {
    ask.no("--dport", false, String::new, || Has::Fragment)
}

pub(super) fn tcp(ask: &Ask<'_>, wants: &TcpMatch, found: &Match) -> Answer {
    let ip = ask.skb.ip();
    if ip.frag_offset() != 0 {
        // A fragment that would overwrite the flags (RFC 3128).
        return if ip.frag_offset() == 1 && ip.proto() == ipv4::TCP {
            Answer::HotDrop
        } else {
            fragment(ask)
        };
    }
    let bytes = ip.payload();
    if bytes.len() < 20 {
        return Answer::HotDrop;
    }
    let segment = Tcp(bytes);
    all!(
        port(ask, wants.sport, "--sport", segment.sport(), found),
        port(ask, wants.dport, "--dport", segment.dport(), found),
        match &wants.flags {
            None => Answer::Yes,
            Some(flags) => ask.test(
                segment.flags() & flags.value.mask == flags.value.comp,
                "--tcp-flags",
                flags.inverted,
                || flag_names(flags.value.comp),
                || Has::Value(flag_names(segment.flags())),
            ),
        },
        match wants.option {
            None => Answer::Yes,
            Some(option) => {
                if segment.header_len() < 20 || segment.header_len() > bytes.len() {
                    return Answer::HotDrop;
                }
                ask.test(
                    has_option(segment.options(), option.value),
                    "--tcp-option",
                    option.inverted,
                    || option.value.to_string(),
                    || Has::Nothing,
                )
            }
        },
    )
}

pub(super) fn udp(ask: &Ask<'_>, wants: &UdpMatch, found: &Match) -> Answer {
    let ip = ask.skb.ip();
    if ip.frag_offset() != 0 {
        return fragment(ask);
    }
    let bytes = ip.payload();
    let (Some(sport), Some(dport)) = (be16(bytes, 0), be16(bytes, 2)) else {
        return Answer::HotDrop;
    };
    if bytes.len() < 8 {
        return Answer::HotDrop;
    }
    all!(
        port(ask, wants.sport, "--sport", sport, found),
        port(ask, wants.dport, "--dport", dport, found),
    )
}

fn has_option(mut options: &[u8], wanted: u8) -> bool {
    while let Some(&kind) = options.first() {
        if kind == wanted {
            return true;
        }
        let len = if kind < 2 {
            1
        } else {
            usize::from(options.get(1).copied().unwrap_or(1).max(1))
        };
        options = options.get(len..).unwrap_or(&[]);
    }
    false
}

/// TCP flags as iptables writes them.
pub(super) fn flag_names(flags: u8) -> String {
    let names = ["FIN", "SYN", "RST", "PSH", "ACK", "URG"];
    let set: Vec<&str> = names
        .iter()
        .enumerate()
        .filter(|(bit, _)| flags & (1 << bit) != 0)
        .map(|(_, name)| *name)
        .collect();
    if set.is_empty() {
        "NONE".into()
    } else {
        set.join(",")
    }
}
