//! `-m comment` (xt_comment.c): always matches.

use super::opt::{Arg, Ext, Opt, Read};
use crate::addr::Family;

/// A remark.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comment {
    /// At most 255 bytes.
    pub text: Box<str>,
}

const OPTS: &[Opt] = &[Opt::new("comment", 0).must()];

impl Ext for Comment {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.text = arg.cut(255);
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        out.push_str(" --comment");
        crate::text::push_string(out, &self.text);
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" /* ");
        out.push_str(&self.text);
        out.push_str(" */");
    }
}
