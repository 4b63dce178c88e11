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

/// The hexadecimal number that a text begins with, and the rest; a minus turns it
/// round, and bits above 32 are lost (scanf(3), `%x`).
pub(super) fn hex(text: &str) -> Option<(u32, &str)> {
    let text = text.trim_start();
    let negative = text.starts_with('-');
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let marked = text.strip_prefix("0x").or(text.strip_prefix("0X"));
    let digits = marked.unwrap_or(text);
    let end = digits
        .find(|c: char| !c.is_ascii_hexdigit())
        .unwrap_or(digits.len());
    let (number, rest) = digits.split_at_checked(end)?;
    let number = match u64::from_str_radix(number, 16) {
        Ok(number) if negative => number.wrapping_neg(),
        Ok(number) => number,
        // `0x` alone is 0.
        Err(_) if number.is_empty() => marked.map(|_| 0)?,
        Err(_) => u64::MAX,
    };
    Some((number as u32, rest))
}

impl Ext for Classify {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        let class = hex(arg.text()).and_then(|(major, rest)| {
            let (minor, _) = hex(rest.strip_prefix(':')?)?;
            Some(major << 16 | minor & 0xffff)
        });
        self.class = class.ok_or_else(|| {
            Problem::new(format!("bad class `{}`", arg.text()))
                .hint("MAJOR:MINOR, both hexadecimal")
        })?;
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&[], hook::FWD | hook::OUT | hook::POST)
    }

    fn save(&self, family: Family, out: &mut String) {
        let (major, minor) = (self.class >> 16, self.class & 0xffff);
        if family == Family::Arp {
            let _ = write!(out, " --set-class {major:x}:{minor:x}");
            return;
        }
        let _ = write!(out, " --set-class {major:04x}:{minor:04x}");
    }

    fn list(&self, _: Family, out: &mut String) {
        let (major, minor) = (self.class >> 16, self.class & 0xffff);
        let _ = write!(out, " CLASSIFY set {major:x}:{minor:x}");
    }
}
