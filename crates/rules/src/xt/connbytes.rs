//! `-m connbytes` (xt_connbytes.c): how much a connection has carried.

use super::opt::{Arg, Env, Ext, Opt, Read};
use crate::addr::Family;
use crate::diag::Problem;
use crate::num;
use crate::rule::Neg;
use std::fmt::Write as _;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// `packets`
    #[default]
    Packets,
    /// `bytes`
    Bytes,
    /// `avgpkt`: bytes a packet.
    Average,
}

/// In which direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// `original`
    #[default]
    Original,
    /// `reply`
    Reply,
    /// `both` together.
    Both,
}

/// Matches connections that have carried that much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Connbytes {
    /// `--connbytes`: least and most; `u64::MAX` for no end.
    pub count: Neg<(u64, u64)>,
    /// `--connbytes-mode`.
    pub mode: Mode,
    /// `--connbytes-dir`.
    pub direction: Direction,
}

const OPTS: &[Opt] = &[
    Opt::new("connbytes", 0).inv().must(),
    Opt::new("connbytes-mode", 1).must(),
    Opt::new("connbytes-dir", 2).must(),
];

const MODES: [(&str, Mode); 3] = [
    ("packets", Mode::Packets),
    ("bytes", Mode::Bytes),
    ("avgpkt", Mode::Average),
];
const DIRECTIONS: [(&str, Direction); 3] = [
    ("original", Direction::Original),
    ("reply", Direction::Reply),
    ("both", Direction::Both),
];

fn name<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> &'static str {
    names
        .iter()
        .find(|(_, other)| other == value)
        .map_or("", |(name, _)| name)
}

fn read<T: Copy>(names: &[(&str, T)], word: &str) -> Read<T> {
    let found = names.iter().find(|(name, _)| *name == word);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let all: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        Problem::new(format!("unknown word `{word}`")).hint(all.join(", "))
    })
}

impl Ext for Connbytes {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => {
                let word = arg.text();
                let (low, high) = word.split_once(':').unwrap_or((word, ""));
                let number = |text: &str, none| match text {
                    "" => Ok(none),
                    text => num::parse(text, u64::MAX),
                };
                let (low, high) = (number(low, 0)?, number(high, u64::MAX)?);
                if high < low {
                    return Err(Problem::new(format!("the range `{word}` is upside down"))
                        .hint(format!("write {high}:{low}")));
                }
                // Turned round, a single number is itself: the mark is lost.
                self.count = Neg::new((low, high), arg.inverted && low != high);
            }
            1 => self.mode = read(&MODES, arg.text())?,
            _ => self.direction = read(&DIRECTIONS, arg.text())?,
        }
        Ok(())
    }

    fn check(&mut self, _: &Env<'_>) -> Read<()> {
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        self.push(("--", "--connbytes-mode", "--connbytes-dir"), out);
    }

    fn list(&self, _: Family, out: &mut String) {
        self.push(("", "connbytes mode", "connbytes direction"), out);
    }
}

impl Connbytes {
    fn push(&self, (dashes, mode, direction): (&str, &str, &str), out: &mut String) {
        let (low, high) = self.count.value;
        let _ = write!(out, " {}{dashes}connbytes {low}", self.count.mark());
        if high != u64::MAX && high != 0 {
            let _ = write!(out, ":{high}");
        }
        let _ = write!(out, " {mode} {}", name(&MODES, &self.mode));
        let _ = write!(out, " {direction} {}", name(&DIRECTIONS, &self.direction));
    }
}
