//! `connbytes` (net/netfilter/xt_connbytes.c). A rule with it turns the
//! counting of connections on.

use packetwalk_rules::Match;
use packetwalk_rules::xt::connbytes::{Connbytes, Direction, Mode};

use crate::walk::Has;

use super::{Answer, Ask, wanted};

pub(super) fn matches(ask: &Ask<'_>, wants: &Connbytes, found: &Match) -> Answer {
    let option = "--connbytes";
    let Some(entry) = ask.world.ct_entry(ask.ns, ask.skb) else {
        return ask.no(
            option,
            wants.count.inverted,
            || wanted(found, option),
            || Has::NoConnection,
        );
    };
    let [original, reply] = entry.counters;
    let (packets, bytes) = match wants.direction {
        Direction::Original => original,
        Direction::Reply => reply,
        Direction::Both => (
            original.0.saturating_add(reply.0),
            original.1.saturating_add(reply.1),
        ),
    };
    let has = match wants.mode {
        Mode::Packets => packets,
        Mode::Bytes => bytes,
        Mode::Average => bytes.checked_div(packets).unwrap_or(0),
    };
    let (low, high) = wants.count.value;
    // A negated range is told by its ends being swapped, so that one of a
    // single number is not negated.
    ask.test(
        (low..=high).contains(&has),
        option,
        wants.count.inverted && low != high,
        || wanted(found, option),
        || Has::Value(has.to_string()),
    )
}
