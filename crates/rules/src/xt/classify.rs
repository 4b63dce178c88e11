//! `-j CLASSIFY` (xt_CLASSIFY.c): the class of traffic control.

use super::opt::{Arg, Ext, Opt, Place, Read, hook};
use crate::addr::Family;
use crate::diag::Problem;
use std::fmt::Write as _;

/// Sets the packet's priority to a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Classify {
    /// `--set-class`: major number above, minor number below.
    pub class: u32,
}

const OPTS: &[Opt] = &[Opt::new("set-class", 0).must()];

impl Ext for Classify {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        let half = |text: &str| u32::from_str_radix(text, 16).ok().filter(|n| *n <= 0xffff);
        let class = arg
            .text()
            .split_once(':')
            .and_then(|(major, minor)| Some(half(major)? << 16 | half(minor)?));
        self.class = class.ok_or_else(|| {
            Problem::new(format!("bad class `{}`", arg.text()))
                .hint("MAJOR:MINOR, both hexadecimal")
        })?;
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&[], hook::FWD | hook::OUT | hook::POST)
    }

    fn save(&self, _: Family, out: &mut String) {
        let (major, minor) = (self.class >> 16, self.class & 0xffff);
        let _ = write!(out, " --set-class {major:04x}:{minor:04x}");
    }

    fn list(&self, _: Family, out: &mut String) {
        let (major, minor) = (self.class >> 16, self.class & 0xffff);
        let _ = write!(out, " CLASSIFY set {major:x}:{minor:x}");
    }
}
