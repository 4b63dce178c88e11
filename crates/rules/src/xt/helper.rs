//! `-m helper` (xt_helper.c): connections that a helper announced.

use super::opt::{Arg, Ext, Opt, Read};
use crate::addr::Family;
use crate::rule::Neg;
use crate::text::push_string;
use std::fmt::Write as _;

/// Matches packets of such connections.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Helper {
    /// `--helper`; empty for any of them.
    pub name: Neg<Box<str>>,
}

/// Most bytes of a name.
const MAX: usize = 29;

const OPTS: &[Opt] = &[Opt::new("helper", 0).inv().must()];

impl Ext for Helper {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.name = arg.neg(arg.cut(MAX));
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(out, " {}--helper", self.name.mark());
        push_string(out, &self.name.value);
    }

    fn list(&self, _: Family, out: &mut String) {
        let (not, name) = (self.name.mark(), &self.name.value);
        let _ = write!(out, " helper match {not}\"{name}\"");
    }
}
