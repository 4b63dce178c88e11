//! Targets without options: TRACE.

use super::opt::{Arg, Ext, Opt, Place, Read, hook};
use crate::addr::Family;

/// `-j TRACE` (xt_TRACE.c): every rule that the packet meets is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Trace;

impl Ext for Trace {
    fn options(_: Family) -> &'static [Opt] {
        &[]
    }

    fn new(_: Family) -> Self {
        Self
    }

    fn set(&mut self, _: &Arg<'_>) -> Read<()> {
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&["raw"], hook::ALL)
    }

    fn save(&self, _: Family, _: &mut String) {}

    fn list(&self, _: Family, _: &mut String) {}
}
