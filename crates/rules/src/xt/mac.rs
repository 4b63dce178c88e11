//! `-m mac` (xt_mac.c): who sent the frame.

use super::opt::{Arg, Ext, Opt, Place, Read, hook};
use crate::addr::{Family, MacAddr};
use crate::rule::Neg;
use std::fmt::Write as _;

/// Matches if the frame's source is the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mac {
    /// `--mac-source`.
    pub source: Neg<MacAddr>,
}

const OPTS: &[Opt] = &[Opt::new("mac-source", 0).inv().must()];

fn push(mac: MacAddr, out: &mut String) {
    for (at, byte) in mac.0.iter().enumerate() {
        let colon = if at > 0 { ":" } else { "" };
        let _ = write!(out, "{colon}{byte:02x}");
    }
}

impl Ext for Mac {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self {
            source: Neg::new(MacAddr([0; 6]), false),
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.source = arg.neg(arg.mac()?);
        Ok(())
    }

    /// What this machine sends has no address of a sender yet.
    fn place(&self, _: Family) -> Place {
        Place::new(&[], hook::PRE | hook::IN | hook::FWD)
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(out, " {}--mac-source ", self.source.mark());
        push(self.source.value, out);
    }

    fn list(&self, _: Family, out: &mut String) {
        let _ = write!(out, " MAC {}", self.source.mark());
        push(self.source.value, out);
    }
}
