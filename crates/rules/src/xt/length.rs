//! `-m length` (xt_length.c): length of the packet.

use super::opt::{Arg, Ext, Opt, Read};
use crate::addr::Family;
use crate::num;
use crate::rule::Neg;
use std::fmt::Write as _;

/// Matches if the packet, its IP header included, is that long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Length {
    /// `--length`: shortest and longest, bytes.
    pub length: Neg<(u16, u16)>,
}

const OPTS: &[Opt] = &[Opt::new("length", 0).inv().must()];

impl Ext for Length {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        // Upside down is taken, and matches nothing.
        let (low, high) = num::range_or_zero(arg.text(), 65535)?;
        self.length = arg.neg((
            u16::try_from(low).unwrap_or(0),
            u16::try_from(high).unwrap_or(u16::MAX),
        ));
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let (low, high) = self.length.value;
        let _ = write!(out, " {}--length {low}", self.length.mark());
        if low != high {
            let _ = write!(out, ":{high}");
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        let (low, high) = self.length.value;
        let _ = write!(out, " length {}{low}", self.length.bang());
        if low != high {
            let _ = write!(out, ":{high}");
        }
    }
}
