//! `-m statistic` (xt_statistic.c): every nth packet, or some at random.

use super::opt::{Arg, Env, Ext, Opt, Read};
use crate::addr::Family;
use crate::decimal;
use crate::diag::Problem;
use crate::rule::Neg;
use std::fmt::Write as _;

/// How packets are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// `--mode random`.
    #[default]
    Random,
    /// `--mode nth`.
    Nth,
}

/// Matches some packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistic {
    /// `--mode`.
    pub mode: Mode,
    /// `--probability`, in units of 1/2^31.
    pub probability: Neg<u32>,
    /// `--every`: one of so many.
    pub every: Neg<u32>,
    /// `--packet`: which one of them, from 0.
    pub packet: u32,
}

const OPTS: &[Opt] = &[
    Opt::new("mode", 0).must(),
    Opt::new("probability", 1).inv().not_with(&[2, 3]),
    Opt::new("every", 2).inv().not_with(&[1]).only_with(&[3]),
    Opt::new("packet", 3).not_with(&[1]).only_with(&[2]),
];

/// A number as strtod(3) reads it. What is no number (`nan`) is as good as 0.
fn probability(text: &str) -> Option<f64> {
    let text = text.trim_start();
    let plain = text.strip_prefix(['-', '+']).unwrap_or(text);
    let lower = plain.to_ascii_lowercase();
    if lower == "nan" || lower.starts_with("nan(") && lower.ends_with(')') {
        return Some(0.0);
    }
    let Some(hexadecimal) = lower.strip_prefix("0x") else {
        return decimal::parse(text);
    };
    let (digits, exponent) = match hexadecimal.split_once('p') {
        Some((digits, exponent)) => (digits, exponent.parse().ok()?),
        None => (hexadecimal, 0),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && part.is_empty() {
        return None;
    }
    let mut value = 0.0;
    for digit in whole.chars().chain(part.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let places = i32::try_from(part.len()).ok()?.checked_mul(4)?;
    let value = value * 2f64.powi(i32::checked_sub(exponent, places)?);
    Some(if text.starts_with('-') { -value } else { value })
}

impl Ext for Statistic {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => {
                self.mode = match arg.text() {
                    "random" => Mode::Random,
                    "nth" => Mode::Nth,
                    other => {
                        return Err(
                            Problem::new(format!("unknown mode `{other}`")).hint("random or nth")
                        );
                    }
                }
            }
            1 => {
                let value = probability(arg.text()).unwrap_or(-1.0);
                if !(0.0..=1.0).contains(&value) {
                    return Err(Problem::new(format!("bad probability `{}`", arg.text()))
                        .hint("a number from 0 to 1"));
                }
                self.probability = arg.neg((value * 2_147_483_648.0).round() as u32);
            }
            2 => {
                self.every =
                    arg.neg(u32::try_from(arg.within(1, u64::from(u32::MAX))?).unwrap_or(1));
            }
            _ => self.packet = arg.u32()?,
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        match self.mode {
            Mode::Random if !env.seen.has(1) => {
                Err(Problem::new("`--probability` is missing").hint("--probability 0.5"))
            }
            Mode::Nth if !env.seen.has(2) => {
                Err(Problem::new("`--every` is missing").hint("--every 2 --packet 0"))
            }
            _ if env.seen.has(2) && self.packet >= self.every.value => {
                Err(Problem::new("`--packet` is not below `--every`").hint("packets count from 0"))
            }
            _ => Ok(()),
        }
    }

    fn save(&self, _: Family, out: &mut String) {
        match self.mode {
            Mode::Random => {
                let not = self.probability.mark();
                let _ = write!(out, " --mode random {not}--probability ");
                decimal::push_share(self.probability.value, 11, out);
            }
            Mode::Nth => {
                let (not, every) = (self.every.mark(), self.every.value);
                let _ = write!(
                    out,
                    " --mode nth {not}--every {every} --packet {}",
                    self.packet
                );
            }
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        match self.mode {
            Mode::Random => {
                let not = self.probability.mark();
                let _ = write!(out, " statistic mode random {not}probability ");
                decimal::push_share(self.probability.value, 11, out);
            }
            Mode::Nth => {
                let (not, every) = (self.every.mark(), self.every.value);
                let _ = write!(out, " statistic mode nth {not}every {every}");
                if self.packet != 0 {
                    let _ = write!(out, " packet {}", self.packet);
                }
            }
        }
    }
}
