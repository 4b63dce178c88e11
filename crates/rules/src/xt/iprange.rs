//! `-m iprange` (xt_iprange.c): addresses from one to another.

use super::opt::{Arg, Env, Ext, Opt, Read};
use crate::addr::{Family, IpRange};
use crate::diag::Problem;
use crate::rule::Neg;
use std::fmt::Write as _;

/// Matches if the addresses lie within.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Iprange {
    /// `--src-range`.
    pub src: Option<Neg<IpRange>>,
    /// `--dst-range`.
    pub dst: Option<Neg<IpRange>>,
}

const OPTS: &[Opt] = &[
    Opt::new("src-range", 0).inv(),
    Opt::new("dst-range", 1).inv(),
];

impl Ext for Iprange {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        let word = arg.text();
        let (first, last) = word.split_once('-').unwrap_or((word, word));
        let range = IpRange {
            first: arg.family.address(first)?,
            last: arg.family.address(last)?,
        };
        // Upside down is taken, and holds no address.
        let range = Some(arg.neg(range));
        match arg.id {
            0 => self.src = range,
            _ => self.dst = range,
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if env.seen.0 == 0 {
            return Err(
                Problem::new("`-m iprange` needs a range").hint("--src-range or --dst-range")
            );
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        for (range, name) in [(&self.src, "src"), (&self.dst, "dst")] {
            if let Some(range) = range {
                let (first, last) = (range.value.first, range.value.last);
                let _ = write!(out, " {}--{name}-range {first}-{last}", range.mark());
            }
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        for (range, name) in [(&self.src, "source"), (&self.dst, "destination")] {
            if let Some(range) = range {
                let (first, last) = (range.value.first, range.value.last);
                let _ = write!(out, " {name} IP range {}{first}-{last}", range.mark());
            }
        }
    }
}
