//! `-m limit` (xt_limit.c): a token bucket for the rule.

use super::opt::{Arg, Env, Ext, Opt, Read};
use crate::addr::Family;
use crate::diag::Problem;
use crate::num;
use std::fmt::Write as _;

/// Matches as long as there are tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// `--limit`: ten-thousandths of a second that one token takes to come back
    /// (`XT_LIMIT_SCALE`).
    pub period: u32,
    /// `--limit-burst`: how many tokens there are at most.
    pub burst: u32,
}

/// Parts of a second that rates are counted in.
pub const SCALE: u32 = 10_000;

/// Units of time and what they are printed as, longest first.
const UNITS: [(&str, u32); 4] = [
    ("day", SCALE * 24 * 60 * 60),
    ("hour", SCALE * 60 * 60),
    ("min", SCALE * 60),
    ("sec", SCALE),
];

const OPTS: &[Opt] = &[Opt::new("limit", 0), Opt::new("limit-burst", 1)];

impl Ext for Limit {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self {
            period: SCALE * 60 * 60 / 3,
            burst: 5,
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.period = parse_rate(arg.text())?,
            _ => self.burst = u32::try_from(arg.within(0, 10_000)?).unwrap_or(0),
        }
        Ok(())
    }

    /// The kernel counts credits in 32 bits (xt_limit.c, `limit_mt_check`).
    fn check(&mut self, _: &Env<'_>) -> Read<()> {
        if self.burst == 0 {
            return Err(Problem::new("a burst of 0 lets nothing pass").hint("--limit-burst 1"));
        }
        if credits(self.period.wrapping_mul(self.burst)) < credits(self.period) {
            return Err(Problem::new("the burst is too large for so slow a rate")
                .hint("a smaller --limit-burst, or a faster rate"));
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        out.push_str(" --limit ");
        push_rate(self.period, out);
        if self.burst != 5 {
            let _ = write!(out, " --limit-burst {}", self.burst);
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" limit: avg ");
        push_rate(self.period, out);
        let _ = write!(out, " burst {}", self.burst);
    }
}

/// What a time is worth to the kernel, in 32 bits that may overflow (xt_limit.c,
/// `user2credits`), with 250 or 1000 clock ticks a second.
fn credits(time: u32) -> u32 {
    const A_SECOND: u32 = 32_000;
    if time > u32::MAX / A_SECOND {
        (time / SCALE).wrapping_mul(A_SECOND)
    } else {
        time * A_SECOND / SCALE
    }
}

/// Reads `number[/unit]` into the period of one packet.
pub(crate) fn parse_rate(word: &str) -> Read<u32> {
    let (count, unit) = match word.split_once('/') {
        Some((count, unit)) => (count, rate_unit(unit)?),
        None => (word, SCALE),
    };
    // The number is read as atoi() reads it: what follows the digits is ignored.
    let count = num::scan(count).map_or(0, |(number, _)| number as i32);
    let bad = || {
        Problem::new(format!("bad rate `{word}`"))
            .hint("a number, and /second, /minute, /hour or /day")
    };
    let count = u32::try_from(count).map_err(|_| bad())?;
    if count == 0 {
        return Err(bad());
    }
    let period = unit / count;
    if period == 0 {
        return Err(
            Problem::new(format!("the rate `{word}` is too fast")).hint("at most 10000 a second")
        );
    }
    Ok(period)
}

/// The unit of a rate: any beginning of second, minute, hour, day.
pub(crate) fn rate_unit(unit: &str) -> Read<u32> {
    let lower = unit.to_ascii_lowercase();
    let names = [
        ("second", 1),
        ("minute", 60),
        ("hour", 3600),
        ("day", 86400),
    ];
    for (name, seconds) in names {
        if !lower.is_empty() && name.starts_with(&lower) {
            return Ok(seconds * SCALE);
        }
    }
    let _ = num::prefix;
    Err(Problem::new(format!("unknown unit `/{unit}`")).hint("/second, /minute, /hour or /day"))
}

pub(crate) fn push_rate(period: u32, out: &mut String) {
    if period == 0 {
        out.push_str(" inf");
        return;
    }
    let mut fits = UNITS.first().copied().unwrap_or(("day", SCALE));
    for (i, unit) in UNITS.iter().enumerate() {
        if i > 0 && (period > unit.1 || unit.1 / period < unit.1 % period) {
            break;
        }
        fits = *unit;
    }
    let _ = write!(out, "{}/{}", fits.1 / period, fits.0);
}
