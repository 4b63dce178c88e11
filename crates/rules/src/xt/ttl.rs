//! `-m ttl` and `-j TTL` for IPv4, `-m hl` and `-j HL` for IPv6 (xt_hl.c,
//! xt_HL.c).

use super::opt::{Arg, Env, Ext, Opt, Place, Read, hook};
use crate::addr::Family;
use crate::diag::Problem;
use std::fmt::Write as _;

/// How the TTL is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compare {
    /// `--ttl-eq`.
    #[default]
    Equal,
    /// `! --ttl-eq`.
    NotEqual,
    /// `--ttl-lt`.
    Less,
    /// `--ttl-gt`.
    Greater,
}

/// Compares the TTL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ttl {
    /// How.
    pub compare: Compare,
    /// With what.
    pub ttl: u8,
}

const OPTS: &[Opt] = &[
    Opt::new("ttl-lt", 0).not_with(&[1, 2]),
    Opt::new("ttl-gt", 1).not_with(&[0, 2]),
    Opt::new("ttl-eq", 2).inv().not_with(&[0, 1]),
    Opt::new("ttl", 2).inv().not_with(&[0, 1]),
];

impl Ext for Ttl {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.ttl = arg.u8()?;
        self.compare = match (arg.id, arg.inverted) {
            (0, _) => Compare::Less,
            (1, _) => Compare::Greater,
            (_, false) => Compare::Equal,
            (_, true) => Compare::NotEqual,
        };
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if env.seen.0 == 0 {
            return Err(
                Problem::new("`-m ttl` needs a value").hint("--ttl-eq, --ttl-lt or --ttl-gt")
            );
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let how = match self.compare {
            Compare::Equal => "--ttl-eq",
            Compare::NotEqual => "! --ttl-eq",
            Compare::Less => "--ttl-lt",
            Compare::Greater => "--ttl-gt",
        };
        let _ = write!(out, " {how} {}", self.ttl);
    }

    fn list(&self, _: Family, out: &mut String) {
        let how = match self.compare {
            Compare::Equal => "==",
            Compare::NotEqual => "!=",
            Compare::Less => "<",
            Compare::Greater => ">",
        };
        let _ = write!(out, " TTL match TTL {how} {}", self.ttl);
    }
}

/// What `-j TTL` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Change {
    /// `--ttl-set`.
    #[default]
    Set,
    /// `--ttl-inc`.
    Increment,
    /// `--ttl-dec`.
    Decrement,
}

/// Changes the TTL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TtlTarget {
    /// How.
    pub change: Change,
    /// To what, or by how much.
    pub ttl: u8,
}

const TARGET_OPTS: &[Opt] = &[
    Opt::new("ttl-set", 0).not_with(&[1, 2]),
    Opt::new("ttl-inc", 1).not_with(&[0, 2]),
    Opt::new("ttl-dec", 2).not_with(&[0, 1]),
];

impl Ext for TtlTarget {
    fn options(_: Family) -> &'static [Opt] {
        TARGET_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.change = match arg.id {
            0 => Change::Set,
            1 => Change::Increment,
            _ => Change::Decrement,
        };
        self.ttl = arg.u8()?;
        if self.ttl == 0 && self.change != Change::Set {
            return Err(Problem::new("a change by 0 is none").hint("1 to 255"));
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if env.seen.0 == 0 {
            return Err(Problem::new("`-j TTL` needs to know what to do")
                .hint("--ttl-set, --ttl-inc or --ttl-dec"));
        }
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&["mangle"], hook::ALL)
    }

    fn save(&self, _: Family, out: &mut String) {
        let how = match self.change {
            Change::Set => "set",
            Change::Increment => "inc",
            Change::Decrement => "dec",
        };
        let _ = write!(out, " --ttl-{how} {}", self.ttl);
    }

    fn list(&self, _: Family, out: &mut String) {
        let how = match self.change {
            Change::Set => "set to",
            Change::Increment => "increment by",
            Change::Decrement => "decrement by",
        };
        let _ = write!(out, " TTL {how} {}", self.ttl);
    }
}

/// Compares the hop limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hl(pub Ttl);

const HL_OPTS: &[Opt] = &[
    Opt::new("hl-lt", 0).not_with(&[1, 2]),
    Opt::new("hl-gt", 1).not_with(&[0, 2]),
    Opt::new("hl-eq", 2).inv().not_with(&[0, 1]),
];

impl Ext for Hl {
    fn options(_: Family) -> &'static [Opt] {
        HL_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.0.set(arg)
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if env.seen.0 == 0 {
            return Err(Problem::new("`-m hl` needs a value").hint("--hl-eq, --hl-lt or --hl-gt"));
        }
        Ok(())
    }

    fn save(&self, family: Family, out: &mut String) {
        let mut text = String::new();
        self.0.save(family, &mut text);
        out.push_str(&text.replace("--ttl", "--hl"));
    }

    fn list(&self, family: Family, out: &mut String) {
        let mut text = String::new();
        self.0.list(family, &mut text);
        out.push_str(&text.replace("TTL", "HL"));
    }
}

/// Changes the hop limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HlTarget(pub TtlTarget);

const HL_TARGET_OPTS: &[Opt] = &[
    Opt::new("hl-set", 0).not_with(&[1, 2]),
    Opt::new("hl-inc", 1).not_with(&[0, 2]),
    Opt::new("hl-dec", 2).not_with(&[0, 1]),
];

impl Ext for HlTarget {
    fn options(_: Family) -> &'static [Opt] {
        HL_TARGET_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.0.set(arg)
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if env.seen.0 == 0 {
            return Err(Problem::new("`-j HL` needs to know what to do")
                .hint("--hl-set, --hl-inc or --hl-dec"));
        }
        Ok(())
    }

    fn place(&self, family: Family) -> Place {
        self.0.place(family)
    }

    fn save(&self, family: Family, out: &mut String) {
        let mut text = String::new();
        self.0.save(family, &mut text);
        out.push_str(&text.replace("--ttl", "--hl"));
    }

    fn list(&self, family: Family, out: &mut String) {
        let mut text = String::new();
        self.0.list(family, &mut text);
        out.push_str(&text.replace("TTL", "HL"));
    }
}
