//! `-m quota` (xt_quota.c): matches until so many bytes have passed.

use super::opt::{Arg, Ext, Opt, Read};
use crate::addr::Family;
use crate::rule::Neg;
use std::fmt::Write as _;

/// Matches until the bytes are used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quota {
    /// `--quota`: bytes.
    pub quota: Neg<u64>,
}

const OPTS: &[Opt] = &[Opt::new("quota", 0).inv().must()];

impl Ext for Quota {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.quota = arg.neg(arg.u64()?);
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(out, " {}--quota {}", self.quota.mark(), self.quota.value);
    }

    fn list(&self, _: Family, out: &mut String) {
        let _ = write!(out, " quota: {} bytes", self.quota.value);
    }
}
