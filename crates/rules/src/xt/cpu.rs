//! `-m cpu` (xt_cpu.c): which CPU the packet is on.

use super::opt::{Arg, Ext, Opt, Read};
use crate::addr::Family;
use crate::rule::Neg;
use std::fmt::Write as _;

/// Matches packets on a CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cpu {
    /// `--cpu`.
    pub cpu: Neg<u32>,
}

const OPTS: &[Opt] = &[Opt::new("cpu", 0).inv().must()];

impl Ext for Cpu {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.cpu = arg.neg(arg.u32()?);
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(out, " {}--cpu {}", self.cpu.mark(), self.cpu.value);
    }

    fn list(&self, _: Family, out: &mut String) {
        let _ = write!(out, " cpu {}{}", self.cpu.mark(), self.cpu.value);
    }
}
