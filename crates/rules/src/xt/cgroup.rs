//! `-m cgroup` (xt_cgroup.c): the control group of the sending program.

use super::opt::{Arg, Env, Ext, Opt, Place, Read, hook};
use crate::addr::Family;
use crate::diag::Problem;
use crate::rule::Neg;
use std::fmt::Write as _;

/// Matches packets of a control group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cgroup {
    /// Which.
    pub group: Neg<Group>,
}

/// A control group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Group {
    /// `--cgroup`: the number that net_cls gave it.
    Class(u32),
    /// `--path`: its place in the hierarchy of version 2.
    Path(Box<str>),
}

impl Default for Group {
    fn default() -> Self {
        Self::Class(0)
    }
}

const OPTS: &[Opt] = &[
    Opt::new("cgroup", 0).inv().not_with(&[1]),
    Opt::new("path", 1).inv().not_with(&[0]),
];

/// Most bytes of a path.
const MAX: usize = 511;

impl Ext for Cgroup {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.group = arg.neg(match arg.id {
            0 => Group::Class(arg.u32()?),
            _ => Group::Path(arg.cut(MAX)),
        });
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if env.seen.0 == 0 {
            return Err(Problem::new("`-m cgroup` needs a group").hint("--path or --cgroup"));
        }
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&[], hook::IN | hook::OUT | hook::POST)
    }

    fn save(&self, _: Family, out: &mut String) {
        let not = self.group.mark();
        match &self.group.value {
            Group::Class(class) => {
                let _ = write!(out, " {not}--cgroup {class}");
            }
            Group::Path(path) => {
                let _ = write!(out, " {not}--path");
                crate::text::push_string(out, path);
            }
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        let not = self.group.mark();
        let _ = match &self.group.value {
            Group::Class(class) => write!(out, " cgroup {not}{class}"),
            Group::Path(path) => write!(out, " cgroup {not}{path}"),
        };
    }
}
