//! `string` and `u32` (net/netfilter/xt_string.c, xt_u32.c): bytes anywhere in
//! the packet, counted from the network header.

use packetwalk_rules::Match;
use packetwalk_rules::xt::string::StringMatch;
use packetwalk_rules::xt::u32::{Op, Test, U32};

use crate::walk::Has;
use crate::wire::be32;

use super::{Answer, Ask};

/// `skb_find_text`: the whole text lies between the two ends.
fn holds_text(data: &[u8], wants: &StringMatch) -> bool {
    let pattern = &wants.pattern.value;
    let end = usize::from(wants.to).min(data.len());
    let Some(part) = data.get(usize::from(wants.from)..end) else {
        return false;
    };
    part.windows(pattern.len().max(1)).any(|window| {
        if wants.icase {
            window.eq_ignore_ascii_case(pattern)
        } else {
            window == pattern.as_slice()
        }
    })
}

pub(super) fn string(ask: &Ask<'_>, wants: &StringMatch) -> Answer {
    let text = || {
        let bytes = wants.pattern.value.iter();
        let text: String = bytes
            .flat_map(|byte| std::ascii::escape_default(*byte))
            .map(char::from)
            .collect();
        format!("\"{text}\"")
    };
    let holds = holds_text(&ask.skb.data, wants);
    ask.test(holds, "--string", wants.pattern.inverted, text, || {
        if holds {
            Has::Value(text())
        } else {
            Has::Nothing
        }
    })
}

/// What a test comes to; `None` if it reaches past the packet's end
/// (`u32_match_it`).
fn value(data: &[u8], test: &Test) -> Option<u32> {
    let word = |base: u32, at: u32| {
        let at = usize::try_from(base.checked_add(at)?).ok()?;
        be32(data, at)
    };
    let mut base = 0u32;
    let mut value = word(base, test.start)?;
    for (op, number) in &test.steps {
        match op {
            Op::And => value &= number,
            Op::Left => value = value.wrapping_shl(*number),
            Op::Right => value = value.wrapping_shr(*number),
            Op::At => {
                base = base.checked_add(value)?;
                value = word(base, *number)?;
            }
        }
    }
    Some(value)
}

pub(super) fn u32(ask: &Ask<'_>, wants: &U32, found: &Match) -> Answer {
    let data = &ask.skb.data;
    let fails = |test: &&Test| {
        let values = &test.values;
        !value(data, test).is_some_and(|has| {
            let within = |(low, high): &(u32, u32)| (*low..=*high).contains(&has);
            values.iter().any(within)
        })
    };
    let failed = wants.tests.iter().find(fails);
    ask.test(
        failed.is_none(),
        "--u32",
        wants.inverted,
        || super::wanted(found, "--u32"),
        || match failed.or(wants.tests.last()).map(|test| value(data, test)) {
            Some(Some(has)) => Has::Value(format!("{has:#x}")),
            _ => Has::Truncated,
        },
    )
}
