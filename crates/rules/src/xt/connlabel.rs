//! `-m connlabel` (xt_connlabel.c): bits that connections are marked by.

use super::opt::{Arg, Ext, Opt, Read};
use crate::addr::Family;
use crate::diag::Problem;
use crate::num;
use crate::rule::Neg;
use std::fmt::Write as _;

/// Matches connections with a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Connlabel {
    /// `--label`, 0 to 127. Names are not known here: they are in a file of
    /// the machine's.
    pub label: Neg<u8>,
    /// `--set`: it is given to the connection as well.
    pub set: bool,
}

const OPTS: &[Opt] = &[Opt::new("label", 0).inv().must(), Opt::new("set", 1).flag()];

impl Ext for Connlabel {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => {
                let hint = "a number from 0 to 127; names are in connlabel.conf";
                let number = num::strtoul(arg.text()).ok_or_else(|| {
                    let problem = format!("`{}` is not a number", arg.text());
                    Problem::new(problem).hint(hint)
                })?;
                // Read as a long, kept as 32 bits (libxt_connlabel.c).
                let bit = number as u32;
                if bit > 127 {
                    let problem = Problem::new(format!("`{}` is too large", arg.text()));
                    return Err(problem.hint(hint));
                }
                self.label = arg.neg(bit as u8);
            }
            _ => self.set = true,
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(
            out,
            " {}--label \"{}\"",
            self.label.mark(),
            self.label.value
        );
        if self.set {
            out.push_str(" --set");
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        let _ = write!(out, " connlabel {}{}", self.label.mark(), self.label.value);
        if self.set {
            out.push_str(" set");
        }
    }
}
