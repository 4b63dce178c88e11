//! `mark` and `connmark`.

use packetwalk_rules::Match;
use packetwalk_rules::xt::mark::AnyMarkMatch;

use crate::walk::Has;

use super::{Answer, Ask, wanted};

pub(super) fn mark(ask: &Ask<'_>, wants: &AnyMarkMatch<false>, found: &Match) -> Answer {
    let (value, mask) = wants.mark.value;
    ask.test(
        ask.skb.mark & mask == value,
        "--mark",
        wants.mark.inverted,
        || wanted(found, "--mark"),
        || Has::Value(format!("{:#x}", ask.skb.mark)),
    )
}

pub(super) fn connmark(ask: &Ask<'_>, wants: &AnyMarkMatch<true>, found: &Match) -> Answer {
    let (value, mask) = wants.mark.value;
    let Some(entry) = ask.world.ct_entry(ask.ns, ask.skb) else {
        return ask.no(
            "--mark",
            wants.mark.inverted,
            || wanted(found, "--mark"),
            || Has::NoConnection,
        );
    };
    ask.test(
        entry.mark & mask == value,
        "--mark",
        wants.mark.inverted,
        || wanted(found, "--mark"),
        || Has::Value(format!("{:#x}", entry.mark)),
    )
}
