//! `-m nfacct` (xt_nfacct.c): what counts for an accounting object.

use super::opt::{Arg, Ext, Opt, Read};
use crate::addr::Family;
use crate::text::push_string;

/// Counts for an object, and matches unless that has a quota with something left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Nfacct {
    /// `--nfacct-name`.
    pub name: Box<str>,
}

/// Most bytes of a name (`NFACCT_NAME_MAX` less its end).
const MAX: usize = 31;

const OPTS: &[Opt] = &[Opt::new("nfacct-name", 0).must()];

impl Ext for Nfacct {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        if arg.text().is_empty() {
            return Err("the object's name is empty".into());
        }
        self.name = arg.cut(MAX);
        Ok(())
    }

    // The tool prints two blanks before the name.

    fn save(&self, _: Family, out: &mut String) {
        out.push_str(" --nfacct-name ");
        push_string(out, &self.name);
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" nfacct-name ");
        push_string(out, &self.name);
    }
}
