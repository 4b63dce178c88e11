//! The two texts that a recording comes to, as `packetwalk trace` prints them.

use packetwalk_core::flow::{Flow, Outcome};
use packetwalk_snapshot::flow::print;

/// `--format kernel`: a heading for each flow, then its lines.
#[must_use]
pub fn kernel<'a>(records: impl IntoIterator<Item = (&'a Flow, &'a [String])>) -> String {
    let mut text = String::new();
    for (index, (flow, lines)) in records.into_iter().enumerate() {
        text += &format!("@@flow {} {}\n", index + 1, print(flow));
        for line in lines {
            text += line;
            text.push('\n');
        }
    }
    text
}

/// `--format result`, with the address seen if `seen`.
#[must_use]
pub fn result<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>, seen: bool) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        text += &outcome.to_string();
        if let (
            Outcome::Ok {
                seen: Some(address),
            },
            true,
        ) = (outcome, seen)
        {
            text += &format!(" {address}");
        }
        text.push('\n');
    }
    text
}
