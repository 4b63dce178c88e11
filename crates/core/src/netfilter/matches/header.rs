//! Matches that look at one value of the packet: `multiport`, `mac`,
//! `iprange`, `length`, `owner`, `pkttype`, `ttl`, `tos`, `dscp`
//! (net/netfilter/xt_*.c of the same names).

use std::net::IpAddr;

use packetwalk_rules::xt::iprange::Iprange;
use packetwalk_rules::xt::length::Length;
use packetwalk_rules::xt::mac::Mac;
use packetwalk_rules::xt::multiport::{Multiport, Which};
use packetwalk_rules::xt::owner::Owner;
use packetwalk_rules::xt::pkttype::PktType as Wanted;
use packetwalk_rules::xt::tos::{Dscp, Tos};
use packetwalk_rules::xt::ttl::{Compare, Ttl};
use packetwalk_rules::{IpRange, Match, Neg};

use crate::skb::FullSock;
use crate::walk::{Has, PktType};
use crate::wire::be16;

use super::{Answer, Ask, all, wanted};

pub(super) fn multiport(ask: &Ask<'_>, wants: &Multiport, found: &Match) -> Answer {
    let option = match wants.which {
        Which::Source => "--sports",
        Which::Destination => "--dports",
        Which::Either => "--ports",
    };
    let ip = ask.skb.ip();
    if ip.frag_offset() != 0 {
        return ask.no(option, false, String::new, || Has::Fragment);
    }
    let bytes = ip.payload();
    let (Some(sport), Some(dport)) = (be16(bytes, 0), be16(bytes, 2)) else {
        return Answer::HotDrop;
    };
    let listed = |port: u16| {
        wants
            .ports
            .value
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&port))
    };
    let holds = match wants.which {
        Which::Source => listed(sport),
        Which::Destination => listed(dport),
        Which::Either => listed(sport) || listed(dport),
    };
    ask.test(
        holds,
        option,
        wants.ports.inverted,
        || wanted(found, option),
        || {
            Has::Value(match wants.which {
                Which::Source => sport.to_string(),
                Which::Destination => dport.to_string(),
                Which::Either => format!("{sport}, {dport}"),
            })
        },
    )
}

pub(super) fn mac(ask: &Ask<'_>, wants: &Mac, found: &Match) -> Answer {
    // Only where there is an Ethernet device with a header in front: never what
    // came in by `lo`, not even for `!` (`mac_mt`).
    let ethernet = !ask.world.dev(ask.ns, ask.skb.dev).is_loopback();
    let source = ask
        .skb
        .mac
        .filter(|_| ask.state.input.is_some() && ethernet)
        .map(|eth| eth.src);
    let Some(source) = source else {
        return ask.no(
            "--mac-source",
            false,
            || wanted(found, "--mac-source"),
            || Has::Nothing,
        );
    };
    ask.test(
        source.0 == wants.source.value.0,
        "--mac-source",
        wants.source.inverted,
        || wanted(found, "--mac-source"),
        || Has::Value(source.to_string()),
    )
}

fn range(
    ask: &Ask<'_>,
    wants: Option<&Neg<IpRange>>,
    option: &str,
    addr: IpAddr,
    found: &Match,
) -> Answer {
    match wants {
        None => Answer::Yes,
        Some(range) => ask.test(
            range.value.contains(addr),
            option,
            range.inverted,
            || wanted(found, option),
            || Has::Value(addr.to_string()),
        ),
    }
}

pub(super) fn iprange(ask: &Ask<'_>, wants: &Iprange, found: &Match) -> Answer {
    let ip = ask.skb.ip();
    all!(
        range(
            ask,
            wants.src.as_ref(),
            "--src-range",
            ip.src().into(),
            found
        ),
        range(
            ask,
            wants.dst.as_ref(),
            "--dst-range",
            ip.dst().into(),
            found
        ),
    )
}

pub(super) fn length(ask: &Ask<'_>, wants: &Length, found: &Match) -> Answer {
    let (low, high) = wants.length.value;
    let has = ask.skb.ip().total_len();
    ask.test(
        (low..=high).contains(&has),
        "--length",
        wants.length.inverted,
        || wanted(found, "--length"),
        || Has::Value(has.to_string()),
    )
}

pub(super) fn pkttype(ask: &Ask<'_>, wants: &Wanted, found: &Match) -> Answer {
    let ip = ask.skb.ip();
    // Looped back: what it would have been (xt_pkttype.c).
    let has = match ask.skb.pkt_type {
        PktType::Loopback if ip.dst().is_multicast() => 2,
        PktType::Loopback => 1,
        PktType::Host => 0,
        PktType::Broadcast => 1,
        PktType::Multicast => 2,
        PktType::OtherHost => 3,
        PktType::Outgoing => 4,
    };
    ask.test(
        has == wants.kind.value,
        "--pkt-type",
        wants.kind.inverted,
        || wanted(found, "--pkt-type"),
        || {
            let names = ["unicast", "broadcast", "multicast", "otherhost", "outgoing"];
            Has::Value(names.get(usize::from(has)).copied().unwrap_or("").into())
        },
    )
}

pub(super) fn ttl(ask: &Ask<'_>, wants: &Ttl, found: &Match) -> Answer {
    let has = ask.skb.ip().ttl();
    let (holds, option) = match wants.compare {
        Compare::Equal => (has == wants.ttl, "--ttl-eq"),
        Compare::NotEqual => (has != wants.ttl, "--ttl-eq"),
        Compare::Less => (has < wants.ttl, "--ttl-lt"),
        Compare::Greater => (has > wants.ttl, "--ttl-gt"),
    };
    ask.test(
        holds,
        option,
        false,
        || wanted(found, option),
        || Has::Value(has.to_string()),
    )
}

pub(super) fn tos(ask: &Ask<'_>, wants: &Tos, found: &Match) -> Answer {
    let (value, mask) = wants.tos.value;
    let has = ask.skb.ip().tos();
    ask.test(
        has & mask == value,
        "--tos",
        wants.tos.inverted,
        || wanted(found, "--tos"),
        || Has::Value(format!("{has:#04x}")),
    )
}

pub(super) fn dscp(ask: &Ask<'_>, wants: &Dscp, found: &Match) -> Answer {
    let has = ask.skb.ip().tos() >> 2;
    ask.test(
        has == wants.dscp.value,
        "--dscp",
        wants.dscp.inverted,
        || wanted(found, "--dscp"),
        || Has::Value(format!("{has:#04x}")),
    )
}

pub(super) fn owner(ask: &Ask<'_>, wants: &Owner, found: &Match) -> Answer {
    let full = ask.skb.full;
    let owner = match full {
        FullSock::Program(sock) => ask
            .world
            .ns(ask.ns)
            .sockets
            .get(sock)
            .map(|socket| (socket.uid, socket.gid)),
        _ => None,
    };
    let Some((uid, gid)) = owner else {
        // The kernel's own sockets exist, but nobody holds them.
        let exists = full == FullSock::Kernel;
        if let Some(socket) = wants.socket
            && exists
            && socket.inverted
        {
            return ask.no("--socket-exists", true, String::new, || {
                Has::Value("socket".into())
            });
        }
        // Nobody to compare with: only negations hold.
        let positive = (!exists && wants.socket.is_some_and(|wants| !wants.inverted))
            || wants.uid.is_some_and(|wants| !wants.inverted)
            || wants.gid.is_some_and(|wants| !wants.inverted);
        return if positive {
            ask.no(
                "--uid-owner",
                false,
                || wanted(found, "--uid-owner"),
                || Has::NoSocket,
            )
        } else {
            Answer::Yes
        };
    };
    let member = |wants: Option<Neg<(u32, u32)>>, option: &str, has: u32| match wants {
        None => Answer::Yes,
        Some(range) => ask.test(
            (range.value.0..=range.value.1).contains(&has),
            option,
            range.inverted,
            || wanted(found, option),
            || Has::Value(has.to_string()),
        ),
    };
    all!(
        match wants.socket {
            Some(wants) => ask.test(true, "--socket-exists", wants.inverted, String::new, || {
                Has::Value("socket".into())
            }),
            None => Answer::Yes,
        },
        member(wants.uid, "--uid-owner", uid),
        member(wants.gid, "--gid-owner", gid),
    )
}
