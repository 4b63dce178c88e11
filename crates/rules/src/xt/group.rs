//! `-m devgroup` (xt_devgroup.c) and `-m realm` (xt_realm.c): numbers that
//! iproute2 gives to devices and to routes.

use super::opt::{Arg, Env, Ext, Listed, Opt, Place, Read, hook};
use crate::addr::Family;
use crate::diag::Problem;
use crate::rule::Neg;
use std::fmt::Write as _;

/// A number and the bits of it that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Masked {
    /// The number.
    pub value: u32,
    /// The bits.
    pub mask: u32,
}

impl Masked {
    /// Reads `number[/mask]` or the one name that every machine has for 0.
    fn parse(arg: &Arg<'_>, zero: &str) -> Read<Neg<Self>> {
        if arg.text() == zero {
            return Ok(arg.neg(Self {
                value: 0,
                mask: u32::MAX,
            }));
        }
        let (value, mask) = arg
            .mark()
            .map_err(|problem| problem.hint(format!("number[/mask]; the only name is {zero}")))?;
        Ok(arg.neg(Self { value, mask }))
    }

    fn push(self, zero: Option<&str>, out: &mut String) {
        match zero {
            Some(name) if self.value == 0 && self.mask == u32::MAX => out.push_str(name),
            _ => {
                let _ = write!(out, "{:#x}", self.value);
                if self.mask != u32::MAX {
                    let _ = write!(out, "/{:#x}", self.mask);
                }
            }
        }
    }
}

/// Matches devices of a group. `None` asks nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Devgroup {
    /// `--src-group`: of the device that it came by.
    pub src: Option<Neg<Masked>>,
    /// `--dst-group`: of the device that it leaves by.
    pub dst: Option<Neg<Masked>>,
}

const DEVGROUP_OPTS: &[Opt] = &[
    Opt::new("src-group", 0).inv(),
    Opt::new("dst-group", 1).inv(),
];
/// The name of group 0.
const DEFAULT: &str = "default";

impl Ext for Devgroup {
    fn options(_: Family) -> &'static [Opt] {
        DEVGROUP_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        let group = Some(Masked::parse(arg, DEFAULT)?);
        match arg.id {
            0 => self.src = group,
            _ => self.dst = group,
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if env.seen.0 == 0 {
            return Err(
                Problem::new("`-m devgroup` needs a group").hint("--src-group or --dst-group")
            );
        }
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        let mut hooks = hook::ALL;
        if self.src.is_some() {
            hooks &= hook::PRE | hook::IN | hook::FWD;
        }
        if self.dst.is_some() {
            hooks &= hook::FWD | hook::OUT | hook::POST;
        }
        Place::new(&[], hooks)
    }

    fn save(&self, _: Family, out: &mut String) {
        for (group, name) in [(self.src, "--src-group"), (self.dst, "--dst-group")] {
            if let Some(group) = group {
                let _ = write!(out, " {}{name} ", group.mark());
                group.value.push(Some(DEFAULT), out);
            }
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        for (group, name) in [(self.src, "src-group"), (self.dst, "dst-group")] {
            if let Some(group) = group {
                let _ = write!(out, " {}{name} ", group.mark());
                group.value.push(None, out);
            }
        }
    }

    fn list_named(&self, _: Listed, out: &mut String) {
        for (group, name) in [(self.src, "src-group"), (self.dst, "dst-group")] {
            if let Some(group) = group {
                let _ = write!(out, " {}{name} ", group.mark());
                group.value.push(Some(DEFAULT), out);
            }
        }
    }
}

/// Matches routes of a realm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Realm {
    /// `--realm`.
    pub realm: Neg<Masked>,
}

const REALM_OPTS: &[Opt] = &[Opt::new("realm", 0).inv().must()];
/// The name of realm 0.
const COSMOS: &str = "cosmos";

impl Ext for Realm {
    fn options(_: Family) -> &'static [Opt] {
        REALM_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.realm = Masked::parse(arg, COSMOS)?;
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&[], hook::IN | hook::FWD | hook::OUT | hook::POST)
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(out, " {}--realm ", self.realm.mark());
        self.realm.value.push(Some(COSMOS), out);
    }

    fn list(&self, _: Family, out: &mut String) {
        let _ = write!(out, " {}realm ", self.realm.mark());
        self.realm.value.push(None, out);
    }

    fn list_named(&self, _: Listed, out: &mut String) {
        let _ = write!(out, " {}realm ", self.realm.mark());
        self.realm.value.push(Some(COSMOS), out);
    }
}
