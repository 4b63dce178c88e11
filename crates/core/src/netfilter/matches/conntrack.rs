//! `conntrack` and `state` (net/netfilter/xt_conntrack.c, xt_state.c).

use std::net::IpAddr;

use packetwalk_rules::xt::conntrack::{Conntrack, CtDir, CtStates};
use packetwalk_rules::xt::state::State;
use packetwalk_rules::{AddrMatch, Match};

use crate::conntrack::{CtInfo, status};
use crate::walk::Has;

use super::ports::port;
use super::{Answer, Ask, all, wanted};

/// The bits that a packet has, as `--ctstate` names them.
fn bits(ask: &Ask<'_>) -> u8 {
    match ask.skb.ct {
        None => CtStates::INVALID,
        Some(ct) => match ct.info {
            CtInfo::Untracked => CtStates::UNTRACKED,
            CtInfo::New => CtStates::NEW,
            // The answer to what was not tracked (`ct_attach`).
            CtInfo::Related if ct.id.is_none() => CtStates::INVALID,
            CtInfo::Related | CtInfo::RelatedReply => CtStates::RELATED,
            CtInfo::Established | CtInfo::EstablishedReply => CtStates::ESTABLISHED,
        },
    }
}

fn names(bits: u8) -> String {
    [
        (CtStates::INVALID, "INVALID"),
        (CtStates::NEW, "NEW"),
        (CtStates::RELATED, "RELATED"),
        (CtStates::ESTABLISHED, "ESTABLISHED"),
        (CtStates::UNTRACKED, "UNTRACKED"),
        (CtStates::SNAT, "SNAT"),
        (CtStates::DNAT, "DNAT"),
    ]
    .into_iter()
    .filter(|(bit, _)| bits & bit != 0)
    .map(|(_, name)| name)
    .collect::<Vec<_>>()
    .join(",")
}

pub(super) fn state(ask: &Ask<'_>, wants: &State, found: &Match) -> Answer {
    let bits = bits(ask);
    ask.test(
        wants.state.value.has(bits),
        "--state",
        wants.state.inverted,
        || wanted(found, "--state"),
        || Has::Value(names(bits)),
    )
}

fn address(
    ask: &Ask<'_>,
    wants: Option<&AddrMatch>,
    option: &str,
    has: IpAddr,
    found: &Match,
) -> Answer {
    match wants {
        None => Answer::Yes,
        Some(addr) => ask.test(
            addr.contains(has),
            option,
            addr.inverted(),
            || wanted(found, option),
            || Has::Value(has.to_string()),
        ),
    }
}

pub(super) fn matches(ask: &Ask<'_>, wants: &Conntrack, found: &Match) -> Answer {
    let entry = ask.world.ct_entry(ask.ns, ask.skb);
    if let Some(states) = &wants.state {
        let mut bits = bits(ask);
        if let Some(entry) = entry {
            if entry.status & status::SRC_NAT != 0 {
                bits |= CtStates::SNAT;
            }
            if entry.status & status::DST_NAT != 0 {
                bits |= CtStates::DNAT;
            }
        }
        let answer = ask.test(
            states.value.has(bits),
            "--ctstate",
            states.inverted,
            || wanted(found, "--ctstate"),
            || Has::Value(names(bits)),
        );
        if !matches!(answer, Answer::Yes) {
            return answer;
        }
    }
    let (Some(entry), Some(ct)) = (entry, ask.skb.ct) else {
        // Without a connection only the state can be asked for.
        return if wants.state.is_some() {
            Answer::Yes
        } else {
            ask.no("--ctstatus", false, String::new, || Has::NoConnection)
        };
    };
    let reply = ct.info.is_reply();
    let (original, answer) = (&entry.original, &entry.reply);
    let left = entry.timeout.saturating_sub(ask.world.now) / 1_000_000_000;
    let address = |wants: &Option<AddrMatch>, option: &str, has| {
        address(ask, wants.as_ref(), option, has, found)
    };
    let port = |wants, option: &str, has| port(ask, wants, option, has, found);
    all!(
        match wants.dir {
            None => Answer::Yes,
            Some(dir) => ask.test(
                (dir == CtDir::Reply) == reply,
                "--ctdir",
                false,
                || wanted(found, "--ctdir"),
                || Has::Value(if reply { "REPLY" } else { "ORIGINAL" }.into()),
            ),
        },
        address(&wants.orig_src, "--ctorigsrc", original.src),
        address(&wants.orig_dst, "--ctorigdst", original.dst),
        address(&wants.repl_src, "--ctreplsrc", answer.src),
        address(&wants.repl_dst, "--ctrepldst", answer.dst),
        match wants.proto {
            None => Answer::Yes,
            Some(proto) => ask.test(
                proto.value == original.proto,
                "--ctproto",
                proto.inverted,
                || wanted(found, "--ctproto"),
                || Has::Value(super::ip::protocol(original.proto)),
            ),
        },
        port(wants.orig_src_port, "--ctorigsrcport", original.sport),
        port(wants.orig_dst_port, "--ctorigdstport", original.dport),
        port(wants.repl_src_port, "--ctreplsrcport", answer.sport),
        port(wants.repl_dst_port, "--ctrepldstport", answer.dport),
        match wants.status {
            None => Answer::Yes,
            Some(bits) => {
                let has = entry.status as u16;
                let holds = has & bits.value.0 != 0;
                ask.test(
                    holds,
                    "--ctstatus",
                    bits.inverted,
                    || wanted(found, "--ctstatus"),
                    || Has::Value(status::names(entry.status).join(",")),
                )
            }
        },
        match wants.expire {
            None => Answer::Yes,
            Some(range) => ask.test(
                (u64::from(range.value.0)..=u64::from(range.value.1)).contains(&left),
                "--ctexpire",
                range.inverted,
                || wanted(found, "--ctexpire"),
                || Has::Value(left.to_string()),
            ),
        },
    )
}
