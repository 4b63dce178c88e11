//! The line of `--format result`: what the program that started a flow saw.

use packetwalk_core::flow::Outcome;
use packetwalk_core::walk::Walk;

/// The line for a walk; `seen` adds whom the far end of a TCP or UDP flow took
/// for its client.
pub fn line(walk: &Walk, seen: bool) -> String {
    let mut out = walk.outcome.to_string();
    if seen && let Some(seen) = self::seen(walk) {
        out.push(' ');
        out.push_str(&seen);
    }
    out
}

/// Whom the far end took for its client, where that is known.
pub fn seen(walk: &Walk) -> Option<String> {
    match walk.outcome {
        Outcome::Ok { seen } => seen.map(|seen| seen.to_string()),
        _ => None,
    }
}
