//! `-m osf` (xt_osf.c): the operating system that a SYN looks like.

use super::opt::{Arg, Env, Ext, Opt, Place, Read, hook};
use crate::addr::Family;
use crate::diag::Problem;
use crate::rule::Neg;
use std::fmt::Write as _;

/// Matches SYNs of a system.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Osf {
    /// `--genre`.
    pub genre: Neg<Box<str>>,
    /// `--ttl`: how the TTL is compared, 0 to 2.
    pub ttl: Option<u8>,
    /// `--log`: what is logged, 0 to 2.
    pub log: Option<u8>,
}

const OPTS: &[Opt] = &[
    Opt::new("genre", 0).inv().must(),
    Opt::new("ttl", 1),
    Opt::new("log", 2),
];

impl Ext for Osf {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.genre = arg.neg(arg.cut(31)),
            1 => self.ttl = Some(arg.within(0, 2)? as u8),
            _ => self.log = Some(arg.within(0, 2)? as u8),
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if !env.is_proto(6) {
            return Err(Problem::new("`-m osf` needs `-p tcp`").hint("add -p tcp to the rule"));
        }
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&[], hook::PRE | hook::IN | hook::FWD)
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(out, " {}--genre {}", self.genre.mark(), self.genre.value);
        for (value, name) in [(self.ttl, "ttl"), (self.log, "log")] {
            if let Some(value) = value {
                let _ = write!(out, " --{name} {value}");
            }
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        let (not, genre) = (self.genre.mark(), &self.genre.value);
        let _ = write!(out, " OS fingerprint match {not}{genre}");
    }
}
