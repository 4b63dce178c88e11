//! `-m rpfilter` (ipt_rpfilter.c): does the way back lead where the packet
//! came from?

use super::opt::{Arg, Ext, Opt, Place, Read, hook};
use crate::addr::Family;

/// Matches packets whose sender is reached by the device that they came by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rpfilter {
    /// `--loose`: by any device.
    pub loose: bool,
    /// `--validmark`: the packet's mark counts for the way back.
    pub validmark: bool,
    /// `--accept-local`: this host's own addresses will do.
    pub accept_local: bool,
    /// `--invert`: matches those that fail.
    pub invert: bool,
}

const OPTS: &[Opt] = &[
    Opt::new("loose", 0).flag(),
    Opt::new("validmark", 1).flag(),
    Opt::new("accept-local", 2).flag(),
    Opt::new("invert", 3).flag(),
];

impl Ext for Rpfilter {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.loose = true,
            1 => self.validmark = true,
            2 => self.accept_local = true,
            _ => self.invert = true,
        }
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&["raw", "mangle"], hook::PRE)
    }

    fn save(&self, _: Family, out: &mut String) {
        self.push(" --", out);
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" rpfilter");
        self.push(" ", out);
    }
}

impl Rpfilter {
    fn push(&self, before: &str, out: &mut String) {
        let flags = [self.loose, self.validmark, self.accept_local, self.invert];
        for (option, _) in OPTS.iter().zip(flags).filter(|(_, given)| *given) {
            out.push_str(before);
            out.push_str(option.name);
        }
    }
}
