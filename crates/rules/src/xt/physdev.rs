//! `-m physdev` (xt_physdev.c): the bridge ports behind the bridge.

use super::opt::{Arg, Env, Ext, Opt, Place, Read, hook};
use crate::addr::Family;
use crate::rule::{IfaceMatch, Neg};

/// What the bridge must know of the packet. `None` asks nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Physdev {
    /// `--physdev-in`.
    pub iface_in: Option<IfaceMatch>,
    /// `--physdev-is-in`.
    pub is_in: Option<Neg<()>>,
    /// `--physdev-out`.
    pub iface_out: Option<IfaceMatch>,
    /// `--physdev-is-out`.
    pub is_out: Option<Neg<()>>,
    /// `--physdev-is-bridged`.
    pub is_bridged: Option<Neg<()>>,
}

const OPTS: &[Opt] = &[
    Opt::new("physdev-in", 0).inv(),
    Opt::new("physdev-out", 1).inv(),
    Opt::new("physdev-is-in", 2).flag().inv(),
    Opt::new("physdev-is-out", 3).flag().inv(),
    Opt::new("physdev-is-bridged", 4).flag().inv(),
];

impl Ext for Physdev {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.iface_in = Some(arg.iface()?),
            1 => self.iface_out = Some(arg.iface()?),
            2 => self.is_in = Some(arg.neg(())),
            3 => self.is_out = Some(arg.neg(())),
            _ => self.is_bridged = Some(arg.neg(())),
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if env.seen.0 == 0 {
            return Err("`-m physdev` needs at least one of its options".into());
        }
        Ok(())
    }

    /// What leaves a socket has not come to a bridge yet (xt_physdev.c,
    /// `physdev_mt_check`).
    fn place(&self, _: Family) -> Place {
        let bridged = self.is_bridged.is_some_and(|flag| !flag.inverted);
        if (self.iface_out.is_some() || self.is_out.is_some()) && !bridged {
            return Place::new(&[], hook::ALL & !hook::OUT);
        }
        Place::ANY
    }

    fn save(&self, _: Family, out: &mut String) {
        self.push(out);
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" PHYSDEV match");
        self.push(out);
    }
}

impl Physdev {
    fn push(&self, out: &mut String) {
        let mut one = |inverted: bool, option: &str, name: &str| {
            out.push_str(if inverted { " ! " } else { " " });
            out.push_str(option);
            out.push_str(name);
        };
        if let Some(flag) = self.is_in {
            one(flag.inverted, "--physdev-is-in", "");
        }
        if let Some(iface) = &self.iface_in {
            one(iface.inverted, "--physdev-in ", &iface.name);
        }
        if let Some(flag) = self.is_out {
            one(flag.inverted, "--physdev-is-out", "");
        }
        if let Some(iface) = &self.iface_out {
            one(iface.inverted, "--physdev-out ", &iface.name);
        }
        if let Some(flag) = self.is_bridged {
            one(flag.inverted, "--physdev-is-bridged", "");
        }
    }
}
