//! `-m hashlimit` (xt_hashlimit.c, revision 3): a token bucket for each
//! address, port or both.

use super::limit::rate_unit;
use super::opt::{Arg, Env, Ext, Opt, Read};
use crate::addr::{self, Family};
use crate::diag::Problem;
use crate::num;
use std::fmt::Write as _;

/// Matches packets within or above a rate, counted for each key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hashlimit {
    /// `--hashlimit-above`: matches what is over the rate.
    pub above: bool,
    /// The rate.
    pub rate: Rate,
    /// `--hashlimit-burst`: packets; for a rate of bytes, how many seconds'
    /// worth, 0 if it was not given.
    pub burst: u64,
    /// `--hashlimit-mode`: what a key is made of ([`mode`]).
    pub mode: u8,
    /// `--hashlimit-name`.
    pub name: Box<str>,
    /// `--hashlimit-srcmask`, bits.
    pub src_mask: u8,
    /// `--hashlimit-dstmask`, bits.
    pub dst_mask: u8,
    /// `--hashlimit-htable-size`, buckets; 0 if the kernel decides.
    pub size: u32,
    /// `--hashlimit-htable-max`, entries; 0 if the kernel decides.
    pub max: u32,
    /// `--hashlimit-htable-gcinterval`, milliseconds.
    pub gc_interval: u32,
    /// `--hashlimit-htable-expire`, milliseconds.
    pub expire: u32,
    /// `--hashlimit-rate-match`: the rate itself is compared, not a bucket.
    pub rate_match: bool,
    /// `--hashlimit-rate-interval`, seconds.
    pub interval: u32,
    /// Seconds of the unit that the rate was given in.
    unit: u32,
}

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// Packets: millionths of a second that one costs (`XT_HASHLIMIT_SCALE_v2`).
    Packets(u64),
    /// Bytes: what 16 of them cost, in parts of 2^32 (`XT_HASHLIMIT_BYTES`).
    Bytes(u32),
}

/// Bits of a key (`XT_HASHLIMIT_HASH_*`).
pub mod mode {
    /// `dstip`
    pub const DST_IP: u8 = 1;
    /// `dstport`
    pub const DST_PORT: u8 = 2;
    /// `srcip`
    pub const SRC_IP: u8 = 4;
    /// `srcport`
    pub const SRC_PORT: u8 = 8;
}

const MODES: [(&str, u8); 4] = [
    ("srcip", mode::SRC_IP),
    ("srcport", mode::SRC_PORT),
    ("dstip", mode::DST_IP),
    ("dstport", mode::DST_PORT),
];

/// Parts of a second that rates of packets are counted in.
pub const SCALE: u64 = 1_000_000;
/// Credits of a second (`HZ * CREDITS_PER_JIFFY`, the same for 250 and 1000 Hz).
pub const CREDITS: u64 = 1000 << 37;
/// Most packets of a burst (`XT_HASHLIMIT_BURST_MAX`).
const BURST_MAX: u64 = 1_000_000;
/// Milliseconds between two tidyings, unless told.
const GC_INTERVAL: u32 = 1000;
/// Seconds that a key of a rate of bytes is kept, unless told.
const BYTE_EXPIRE: u32 = 15;

/// Units of time and what they are printed as, longest first.
const UNITS: [(&str, u64); 4] = [
    ("day", 86_400 * SCALE),
    ("hour", 3600 * SCALE),
    ("min", 60 * SCALE),
    ("sec", SCALE),
];

const OPTS: &[Opt] = &[
    Opt::new("hashlimit-upto", 0).inv().not_with(&[1]),
    Opt::new("hashlimit", 0).inv().not_with(&[1]),
    Opt::new("hashlimit-above", 1).inv().not_with(&[0]),
    Opt::new("hashlimit-burst", 2),
    Opt::new("hashlimit-mode", 3),
    Opt::new("hashlimit-name", 4).must(),
    Opt::new("hashlimit-srcmask", 5),
    Opt::new("hashlimit-dstmask", 6),
    Opt::new("hashlimit-htable-size", 7),
    Opt::new("hashlimit-htable-max", 8),
    Opt::new("hashlimit-htable-gcinterval", 9),
    Opt::new("hashlimit-htable-expire", 10),
    Opt::new("hashlimit-rate-match", 11).flag(),
    Opt::new("hashlimit-rate-interval", 12),
];

/// Bytes a second for a cost (`cost_to_bytes`).
pub fn cost_to_bytes(cost: u32) -> u64 {
    let chunks = u32::MAX.checked_div(cost).unwrap_or(u32::MAX);
    (u64::from(chunks) - 1) << 4
}

/// The cost of a number of bytes a second (`bytes_to_cost`).
fn bytes_to_cost(bytes: u64) -> u64 {
    u64::from(u32::MAX) / ((bytes >> 4) + 1)
}

/// 1024 for `k`, 1024² for `m`, 1 for anything else.
fn factor(unit: Option<char>) -> u64 {
    match unit {
        Some('m') => 1024 * 1024,
        Some('k') => 1024,
        _ => 1,
    }
}

/// The number that atoll() finds at the beginning.
fn leading(word: &str) -> u64 {
    let number = num::scan(word).map_or(0, |(number, _)| number as i64);
    u64::try_from(number).unwrap_or(0)
}

/// Reads `number[k|m]b/s`; `None` if it is no rate of bytes.
fn bytes(word: &str) -> Option<Read<Rate>> {
    let (number, _) = word.split_once("b/s")?;
    let count = leading(word);
    if number.is_empty() || count == 0 {
        return None;
    }
    let cost = bytes_to_cost(count.saturating_mul(factor(number.chars().last())));
    Some(match u32::try_from(cost) {
        Ok(cost) if cost > 0 => Ok(Rate::Bytes(cost)),
        _ => Err(Problem::new(format!("the rate `{word}` is too fast"))),
    })
}

fn bad_rate(word: &str) -> Problem {
    Problem::new(format!("bad rate `{word}`"))
        .hint("a number, and /second, /minute, /hour or /day; or kb/s, mb/s")
}

impl Hashlimit {
    fn set_rate(&mut self, word: &str) -> Read<()> {
        if let Some(rate) = bytes(word) {
            self.unit = BYTE_EXPIRE;
            self.rate = rate?;
            return Ok(());
        }
        self.unit = match word.split_once('/') {
            Some((_, unit)) => rate_unit(unit)? / super::limit::SCALE,
            None => 1,
        };
        let count = leading(word);
        if count == 0 {
            return Err(bad_rate(word));
        }
        let period = SCALE * u64::from(self.unit) / count;
        if period == 0 {
            return Err(Problem::new(format!("the rate `{word}` is too fast"))
                .hint("at most 1000000 a second"));
        }
        self.rate = Rate::Packets(period);
        Ok(())
    }

    fn set_mode(&mut self, word: &str) -> Read<()> {
        for name in word.split(',').filter(|name| !name.is_empty()) {
            match MODES.iter().find(|(n, _)| *n == name) {
                Some((_, bit)) => self.mode |= bit,
                None => {
                    return Err(Problem::new(format!("unknown mode `{name}`"))
                        .hint("srcip, srcport, dstip, dstport"));
                }
            }
        }
        Ok(())
    }

    /// Prints the rate; returns the milliseconds that a key is kept unless told.
    fn push_rate(&self, scale: u64, out: &mut String) -> u32 {
        match self.rate {
            Rate::Packets(period) => {
                let period = (period * scale).max(1);
                let mut fits = UNITS.first().copied().unwrap_or(("day", SCALE));
                for (i, unit) in UNITS.iter().enumerate() {
                    if i > 0 && (period > unit.1 || unit.1 / period < unit.1 % period) {
                        break;
                    }
                    fits = *unit;
                }
                let _ = write!(out, "{}/{}", fits.1 / period, fits.0);
                u32::try_from(fits.1 / SCALE * 1000).unwrap_or(u32::MAX)
            }
            Rate::Bytes(cost) => {
                let bytes = cost_to_bytes(cost);
                // Whole units are printed where they cost the same.
                let fits = |unit: u32| {
                    let whole = bytes as u32 & !(unit - 1);
                    bytes >= u64::from(unit) && bytes_to_cost(u64::from(whole)) == u64::from(cost)
                };
                let (count, unit) = match bytes {
                    b if fits(1024 * 1024) => (b / 1024 / 1024, "m"),
                    b if fits(1024) => (b / 1024, "k"),
                    b => (b, ""),
                };
                let _ = write!(out, "{count}{unit}b/s");
                BYTE_EXPIRE * 1000
            }
        }
    }

    fn push_burst(&self, option: &str, out: &mut String) {
        match self.rate {
            Rate::Packets(_) => {
                let _ = write!(out, " {option} {}", self.burst);
            }
            Rate::Bytes(_) if self.burst == 0 => {}
            Rate::Bytes(cost) => {
                let (count, unit) = match cost_to_bytes(cost) * self.burst {
                    b if b >= 1024 * 1024 => (b / 1024 / 1024, "m"),
                    b if b >= 1024 => (b / 1024, "k"),
                    b => (b, ""),
                };
                let _ = write!(out, " {option} {count}{unit}b");
            }
        }
    }

    fn modes(&self) -> impl Iterator<Item = &'static str> {
        let bits = self.mode;
        MODES
            .into_iter()
            .filter(move |(_, bit)| bits & bit != 0)
            .map(|(name, _)| name)
    }

    fn push_table(&self, family: Family, expire: u32, dashes: &str, out: &mut String) {
        for (size, name) in [(self.size, "size"), (self.max, "max")] {
            if size != 0 {
                let _ = write!(out, " {dashes}htable-{name} {size}");
            }
        }
        if self.gc_interval != GC_INTERVAL {
            let _ = write!(out, " {dashes}htable-gcinterval {}", self.gc_interval);
        }
        if self.expire != expire {
            let _ = write!(out, " {dashes}htable-expire {}", self.expire);
        }
        let full = family.bits();
        for (mask, name) in [(self.src_mask, "srcmask"), (self.dst_mask, "dstmask")] {
            if mask != full {
                let _ = write!(out, " {dashes}{name} {mask}");
            }
        }
        if self.rate_match {
            let _ = write!(out, " {dashes}rate-match");
            if self.interval != 1 {
                let _ = write!(out, " {dashes}rate-interval {}", self.interval);
            }
        }
    }

    fn kernel_takes(&self) -> bool {
        let Rate::Packets(period) = self.rate else {
            return true;
        };
        let credits = |user: u64| user.wrapping_mul(CREDITS / SCALE);
        self.burst != 0 && credits(period.wrapping_mul(self.burst)) >= credits(period)
    }
}

/// The length of a prefix, or a mask as an address; one that is no prefix is the
/// kernel's to refuse, and here longer than any (xtoptions.c,
/// `xtopt_parse_plenmask`).
fn mask(arg: &Arg<'_>) -> Read<u8> {
    let word = arg.text();
    if let Ok(length) = arg.within(0, u64::from(arg.family.bits())) {
        return Ok(u8::try_from(length).unwrap_or(u8::MAX));
    }
    match addr::parse_host(word, arg.family) {
        Ok(mask) => Ok(addr::prefix_length(mask).unwrap_or(u8::MAX)),
        Err(_) => Err(
            Problem::new(format!("`{word}` is not a mask")).hint(format!(
                "a length from 0 to {}, or a mask",
                arg.family.bits()
            )),
        ),
    }
}

impl Ext for Hashlimit {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(family: Family) -> Self {
        Self {
            above: false,
            rate: Rate::Packets(SCALE),
            burst: 5,
            mode: 0,
            name: Box::default(),
            src_mask: family.bits(),
            dst_mask: family.bits(),
            size: 0,
            max: 0,
            gc_interval: GC_INTERVAL,
            expire: 0,
            rate_match: false,
            interval: 1,
            unit: 1,
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 | 1 => {
                self.above = (arg.id == 1) != arg.inverted;
                self.set_rate(arg.text())?;
            }
            2 => {
                let (count, rest) = num::prefix(arg.text()).ok_or_else(|| {
                    Problem::new(format!("bad burst `{}`", arg.text()))
                        .hint("a number of packets, or of bytes such as 10kb")
                })?;
                if count == 0 || (rest.is_empty() && count > BURST_MAX) {
                    return Err(Problem::new("the burst is out of range").hint("1 to 1000000"));
                }
                self.burst = count.saturating_mul(factor(rest.chars().next()));
            }
            3 => self.set_mode(arg.text())?,
            4 => {
                let name = arg.cut(254);
                if name.is_empty() || name.contains('/') || &*name == "." || &*name == ".." {
                    return Err(Problem::new("this name cannot be")
                        .hint("it becomes a file in /proc/net/ipt_hashlimit"));
                }
                self.name = name;
            }
            5 => self.src_mask = mask(arg)?,
            6 => self.dst_mask = mask(arg)?,
            7 => self.size = arg.u32()?,
            8 => self.max = arg.u32()?,
            9 => self.gc_interval = arg.u32()?,
            10 => self.expire = arg.u32()?,
            11 => self.rate_match = true,
            _ => {
                // Read as atoi() does: no other base, and whatever behind it.
                let word = arg.text();
                let seconds = num::scan(word).map_or(0, |(number, _)| number as i32);
                let seconds = u32::try_from(seconds).ok();
                self.interval = seconds.filter(|n| *n > 0).ok_or_else(|| {
                    Problem::new(format!("bad interval `{word}`")).hint("seconds, from 1 on")
                })?;
            }
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if self.src_mask.max(self.dst_mask) > env.family.bits() {
            return Err("a mask is no prefix".into());
        }
        for (id, value, option) in [
            (9, self.gc_interval, "gcinterval"),
            (10, self.expire, "expire"),
        ] {
            if value == 0 && env.seen.has(id) {
                let problem = Problem::new(format!("--hashlimit-htable-{option} cannot be 0"));
                return Err(problem.hint("milliseconds, from 1 on"));
            }
        }
        if !env.seen.any(&[0, 1]) {
            return Err(Problem::new("`-m hashlimit` needs a rate")
                .hint("--hashlimit-upto or --hashlimit-above"));
        }
        if self.expire == 0 {
            self.expire = self.unit.saturating_mul(1000);
        }
        match self.rate {
            Rate::Packets(period) => {
                if self.burst > BURST_MAX {
                    return Err(Problem::new("the burst is out of range").hint("1 to 1000000"));
                }
                if self.rate_match {
                    let count = SCALE * u64::from(self.unit) / period;
                    self.rate = Rate::Packets(SCALE.checked_div(count).unwrap_or(1).max(1));
                }
            }
            Rate::Bytes(cost) => {
                let second = cost_to_bytes(cost);
                self.burst = if !env.seen.has(2) {
                    0
                } else if self.burst < second {
                    return Err(Problem::new(format!(
                        "the burst cannot be smaller than {second}b"
                    ))
                    .hint("that is what the rate lets pass in a second"));
                } else {
                    match second {
                        // iptables itself divides by it, and dies.
                        0 => return Err("the rate is too slow for a burst".into()),
                        second => self.burst.div_ceil(second),
                    }
                };
            }
        }
        if self.rate_match && !env.seen.has(12) {
            self.interval = match self.rate {
                Rate::Packets(_) => self.unit,
                Rate::Bytes(_) => 1,
            };
        }
        if !self.kernel_takes() {
            return Err(Problem::new("rate and burst are too large together")
                .hint("the kernel cannot count that far; take a smaller burst"));
        }
        Ok(())
    }

    fn save(&self, family: Family, out: &mut String) {
        let which = if self.above { "above" } else { "upto" };
        let _ = write!(out, " --hashlimit-{which} ");
        let expire = self.push_rate(1, out);
        self.push_burst("--hashlimit-burst", out);
        let modes: Vec<_> = self.modes().collect();
        if !modes.is_empty() {
            let _ = write!(out, " --hashlimit-mode {}", modes.join(","));
        }
        let _ = write!(out, " --hashlimit-name {}", self.name);
        self.push_table(family, expire, "--hashlimit-", out);
    }

    fn list(&self, family: Family, out: &mut String) {
        let which = if self.above { "above" } else { "up to" };
        let _ = write!(out, " limit: {which} ");
        let expire = self.push_rate(u64::from(self.interval), out);
        self.push_burst("burst", out);
        let modes: Vec<_> = self.modes().collect();
        if !modes.is_empty() {
            let _ = write!(out, " mode {}", modes.join("-"));
        }
        self.push_table(family, expire, "", out);
    }
}
