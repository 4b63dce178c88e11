//! `-j IDLETIMER` and `-j RATEEST` (xt_IDLETIMER.c, xt_RATEEST.c): what other
//! parts of a system watch. The packet goes on as it was.

use super::opt::{Arg, Env, Ext, Opt, Read};
use crate::addr::Family;
use crate::decimal;
use crate::diag::Problem;
use std::fmt::Write as _;

/// Winds a timer up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Idletimer {
    /// `--timeout`, seconds.
    pub timeout: u32,
    /// `--label`.
    pub label: Box<str>,
    /// `--alarm`: wakes the machine.
    pub alarm: bool,
}

/// Timeouts end here (xt_IDLETIMER.c, `idletimer_tg_helper`): milliseconds have 31
/// bits.
const TIMEOUT_END: u32 = 2_147_483;

const IDLE_OPTS: &[Opt] = &[
    Opt::new("timeout", 0).must(),
    Opt::new("label", 1).must(),
    Opt::new("alarm", 2).flag(),
];

impl Ext for Idletimer {
    fn options(_: Family) -> &'static [Opt] {
        IDLE_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.timeout = arg.within(1, u64::from(u32::MAX))? as u32,
            1 => self.label = arg.cut(27),
            _ => self.alarm = true,
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        // A file's name in sysfs, which the last three have (xt_IDLETIMER.c,
        // `idletimer_check_sysfs_name`).
        let label = &*self.label;
        let taken = matches!(label, "" | "." | ".." | "power" | "subsystem" | "uevent");
        // Without the option libxtables has complained before.
        if env.seen.has(1) && (taken || label.contains('/')) {
            return Err(
                Problem::new(format!("`{label}` cannot be the label of a timer"))
                    .hint("a file in sysfs has it"),
            );
        }
        if self.timeout >= TIMEOUT_END {
            return Err(Problem::new(format!("`{}` is too long", self.timeout))
                .hint(format!("less than {TIMEOUT_END} seconds")));
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(out, " --timeout {} --label {}", self.timeout, self.label);
        if self.alarm {
            out.push_str(" --alarm");
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        let _ = write!(out, " timeout:{} label:{}", self.timeout, self.label);
        if self.alarm {
            out.push_str(" alarm");
        }
    }
}

/// Estimates a rate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rateest {
    /// `--rateest-name`.
    pub name: Box<str>,
    /// `--rateest-interval`: 250 ms times a power of two, from -2 to 3.
    pub interval: i8,
    /// `--rateest-ewmalog`: how many intervals are averaged, as a power of two.
    pub ewma: u8,
    /// Both as they were asked for, microseconds, until the rule is complete.
    asked: (u64, u64),
}

const RATEEST_OPTS: &[Opt] = &[
    Opt::new("rateest-name", 0).must(),
    Opt::new("rateest-interval", 1).must(),
    Opt::new("rateest-ewmalog", 2).must(),
];

/// Microseconds of the shortest interval, 250 ms a quarter.
const INTERVAL: u64 = 250_000;

/// Reads a time with its unit into microseconds (libxt_RATEEST.c,
/// `RATEEST_get_time`).
fn time(word: &str) -> Read<u64> {
    let (number, unit) = strtod(word)
        .ok_or_else(|| Problem::new(format!("`{word}` is not a time")).hint("such as 250ms"))?;
    let scale = match unit.to_ascii_lowercase().as_str() {
        "s" | "sec" | "secs" => 1e6,
        "ms" | "msec" | "msecs" => 1e3,
        "" | "us" | "usec" | "usecs" => 1.0,
        _ => {
            return Err(Problem::new(format!("unknown unit `{unit}`")).hint("s, ms or us"));
        }
    };
    // The time is kept as 32 bits, whatever was written, below zero as well.
    let micro = number * scale;
    let low = (micro as i64) as u32;
    Ok(if micro.abs() < i64::MAX as f64 {
        u64::from(low)
    } else {
        0
    })
}

/// The number that strtod(3) finds, and what stands behind it; no number of
/// infinite size, and no fraction of a hexadecimal one.
fn strtod(word: &str) -> Option<(f64, &str)> {
    let word = word.trim_start();
    let (sign, digits) = match word.strip_prefix('-') {
        Some(digits) => (-1.0, digits),
        None => (1.0, word.strip_prefix('+').unwrap_or(word)),
    };
    let hex = digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"));
    if let Some(hex) = hex.filter(|h| h.starts_with(|c: char| c.is_ascii_hexdigit())) {
        let end = hex.find(|c: char| !c.is_ascii_hexdigit());
        let (hex, rest) = hex.split_at_checked(end.unwrap_or(hex.len()))?;
        let number = u64::from_str_radix(hex, 16).ok()?;
        return Some((sign * number as f64, rest));
    }
    let count =
        |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let mut end = count(digits);
    if digits.get(end..).is_some_and(|rest| rest.starts_with('.')) {
        end += 1 + digits.get(end + 1..).map_or(0, count);
    }
    if let Some(exponent) = digits
        .get(end..)
        .and_then(|rest| rest.strip_prefix(['e', 'E']))
    {
        let signs = usize::from(exponent.starts_with(['+', '-']));
        let places = exponent.get(signs..).map_or(0, count);
        if places > 0 {
            end += 1 + signs + places;
        }
    }
    let (number, rest) = digits.split_at_checked(end)?;
    let number = decimal::parse(number)?;
    Some((sign * number, rest))
}

fn push_time(micro: u64, out: &mut String) {
    // Intervals are of 250 ms or twice that, or of whole seconds: what stands
    // behind the point is nothing.
    let _ = if micro >= 1_000_000 {
        write!(out, "{}.0s", micro / 1_000_000)
    } else {
        write!(out, "{}.0ms", micro / 1000)
    };
}

impl Rateest {
    /// How long an interval is, microseconds.
    fn length(&self) -> u64 {
        INTERVAL << (self.interval + 2).max(0)
    }

    fn push(&self, dashes: &str, out: &mut String) {
        let _ = write!(out, " {dashes}name {} {dashes}interval ", self.name);
        push_time(self.length(), out);
        let _ = write!(out, " {dashes}ewmalog ");
        push_time(self.length() << self.ewma, out);
    }
}

impl Ext for Rateest {
    fn options(_: Family) -> &'static [Opt] {
        RATEEST_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.name = arg.cut(15),
            1 => {
                let wanted = time(arg.text())?;
                self.asked.0 = wanted;
                if wanted == 0 {
                    return Err(Problem::new("an interval of nothing").hint("such as 250ms"));
                }
                let fits = (0..=5).find(|n| wanted <= INTERVAL << n);
                self.interval = match fits {
                    Some(n) => n - 2,
                    None => {
                        return Err(
                            Problem::new("the interval is too long").hint("at most 8 seconds")
                        );
                    }
                };
            }
            _ => self.asked.1 = time(arg.text())?,
        }
        Ok(())
    }

    fn check(&mut self, _: &Env<'_>) -> Read<()> {
        let (interval, average) = self.asked;
        // The smallest weight that averages over longer than was asked for
        // (libxt_RATEEST.c, `RATEEST_final_check`).
        let longer = |n: &u8| {
            let weight = 1.0 - 1.0 / f64::from(1u32 << n);
            interval as f64 / -weight.ln() > average as f64
        };
        let log = (1..32u8).find(longer).unwrap_or(32) - 1;
        if log == 0 || log >= 31 {
            return Err(Problem::new("the average does not fit the interval")
                .hint("a --rateest-ewmalog of a few intervals"));
        }
        self.ewma = log;
        self.asked = (0, 0);
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        self.push("--rateest-", out);
    }

    fn list(&self, _: Family, out: &mut String) {
        self.push("", out);
    }
}
