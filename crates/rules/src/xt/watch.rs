//! `-j IDLETIMER` and `-j RATEEST` (xt_IDLETIMER.c, xt_RATEEST.c): what other
//! parts of a system watch. The packet goes on as it was.

use super::opt::{Arg, Ext, Opt, Place, Read, hook};
use crate::addr::Family;
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
            1 => self.label = arg.string(27)?,
            _ => self.alarm = true,
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
    /// `--rateest-ewmalog`, microseconds.
    average: u64,
}

const RATEEST_OPTS: &[Opt] = &[
    Opt::new("rateest-name", 0).must(),
    Opt::new("rateest-interval", 1).must(),
    Opt::new("rateest-ewmalog", 2).must(),
];

/// Microseconds of the shortest interval, 250 ms a quarter.
const INTERVAL: u64 = 250_000;

/// Reads a time with its unit into microseconds.
fn time(word: &str) -> Read<u64> {
    let end = word
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(word.len());
    let (number, unit) = word.split_at_checked(end).unwrap_or((word, ""));
    let scale = match unit {
        "s" | "sec" | "secs" => 1e6,
        "ms" | "msec" | "msecs" => 1e3,
        "" | "us" | "usec" | "usecs" => 1.0,
        _ => {
            return Err(Problem::new(format!("unknown unit `{unit}`")).hint("s, ms or us"));
        }
    };
    let number: f64 = number
        .parse()
        .map_err(|_| Problem::new(format!("`{word}` is not a time")).hint("such as 250ms"))?;
    Ok((number * scale) as u64)
}

fn push_time(micro: u64, out: &mut String) {
    // One place behind the point, as printf() rounds it.
    let _ = if micro >= 1_000_000 {
        write!(out, "{:.1}s", micro as f64 / 1e6)
    } else if micro >= 1000 {
        write!(out, "{:.1}ms", micro as f64 / 1e3)
    } else {
        write!(out, "{micro}us")
    };
}

impl Rateest {
    /// How long an interval is, microseconds.
    fn length(&self) -> u64 {
        (INTERVAL << (self.interval + 2).max(0)) >> 2
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
            0 => self.name = arg.string(15)?,
            1 => {
                let wanted = time(arg.text())?;
                let fits = (0..=5).find(|n| wanted <= (INTERVAL << n) >> 2);
                self.interval = match fits {
                    Some(n) => n - 2,
                    None => {
                        return Err(
                            Problem::new("the interval is too long").hint("at most 2 seconds")
                        );
                    }
                };
            }
            _ => self.average = time(arg.text())?,
        }
        Ok(())
    }

    fn check(&mut self, _: &super::opt::Env<'_>) -> Read<()> {
        let fits = (1..32u8).find(|n| self.average <= self.length() << n);
        self.ewma = match fits {
            Some(n) => n,
            None => return Err("the average is too long for the interval".into()),
        };
        self.average = self.length() << self.ewma;
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&["mangle"], hook::ALL)
    }

    fn save(&self, _: Family, out: &mut String) {
        self.push("--rateest-", out);
    }

    fn list(&self, _: Family, out: &mut String) {
        self.push("", out);
    }
}
