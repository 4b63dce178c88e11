//! `-m connlimit` (xt_connlimit.c): how many connections an address, or a
//! network, has.

use super::opt::{Arg, Env, Ext, Opt, Read};
use crate::addr::{Family, parse_host_mask, prefix_length};
use crate::diag::Problem;
use std::fmt::Write as _;

/// Matches when there are more connections than that, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connlimit {
    /// How many.
    pub limit: u32,
    /// `--connlimit-above`; otherwise `--connlimit-upto`.
    pub above: bool,
    /// `--connlimit-mask`: bits of the address that count.
    pub mask: u8,
    /// `--connlimit-daddr`: of the destination, not the source.
    pub dest: bool,
}

const OPTS: &[Opt] = &[
    Opt::new("connlimit-upto", 0).inv().not_with(&[1]),
    Opt::new("connlimit-above", 1).inv().not_with(&[0]),
    Opt::new("connlimit-mask", 2),
    Opt::new("connlimit-saddr", 3).flag().not_with(&[4]),
    Opt::new("connlimit-daddr", 4).flag().not_with(&[3]),
];

impl Ext for Connlimit {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(family: Family) -> Self {
        Self {
            limit: 0,
            above: false,
            mask: family.bits(),
            dest: false,
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 | 1 => {
                self.limit = arg.u32()?;
                self.above = (arg.id == 1) != arg.inverted;
            }
            2 => {
                let mask = parse_host_mask(arg.text(), arg.family)?;
                self.mask = prefix_length(mask).unwrap_or(arg.family.bits());
            }
            3 => self.dest = false,
            _ => self.dest = true,
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if !env.seen.any(&[0, 1]) {
            return Err(Problem::new("`-m connlimit` needs a number")
                .hint("--connlimit-above or --connlimit-upto"));
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let which = if self.above { "above" } else { "upto" };
        let side = if self.dest { "daddr" } else { "saddr" };
        let _ = write!(
            out,
            " --connlimit-{which} {} --connlimit-mask {} --connlimit-{side}",
            self.limit, self.mask
        );
    }

    fn list(&self, _: Family, out: &mut String) {
        let side = if self.dest { "dst" } else { "src" };
        let sign = if self.above { ">" } else { "<=" };
        let _ = write!(out, " #conn {side}/{} {sign} {}", self.mask, self.limit);
    }
}
