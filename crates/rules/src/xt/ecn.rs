//! `-m ecn` and `-j ECN` (xt_ecn.c, ipt_ECN.c): explicit congestion
//! notification (RFC 3168).

use super::opt::{Arg, Env, Ext, Opt, Place, Read, hook};
use crate::addr::Family;
use crate::diag::Problem;
use crate::rule::Neg;
use std::fmt::Write as _;

/// Matches its bits. `None` asks nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ecn {
    /// `--ecn-tcp-ece`; `true` for a negation.
    pub ece: Option<bool>,
    /// `--ecn-tcp-cwr`; `true` for a negation.
    pub cwr: Option<bool>,
    /// `--ecn-ip-ect`: the two bits of the IP header.
    pub ect: Option<Neg<u8>>,
}

const OPTS: &[Opt] = &[
    Opt::new("ecn-tcp-cwr", 0).flag().inv(),
    Opt::new("ecn-tcp-ece", 1).flag().inv(),
    Opt::new("ecn-ip-ect", 2).inv(),
];

fn needs_tcp(env: &Env<'_>, what: &str) -> Read<()> {
    if env.is_proto(6) {
        return Ok(());
    }
    Err(Problem::new(format!("{what} needs `-p tcp`")).hint("add -p tcp to the rule"))
}

impl Ext for Ecn {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.cwr = Some(arg.inverted),
            1 => self.ece = Some(arg.inverted),
            _ => self.ect = Some(arg.neg(arg.within(0, 3)? as u8)),
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if env.seen.0 == 0 {
            return Err(Problem::new("`-m ecn` needs to know what to look for")
                .hint("--ecn-tcp-cwr, --ecn-tcp-ece or --ecn-ip-ect"));
        }
        if self.ece.is_some() || self.cwr.is_some() {
            needs_tcp(env, "a bit of TCP")?;
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        for (bit, name) in [(self.ece, "ece"), (self.cwr, "cwr")] {
            if let Some(inverted) = bit {
                let not = if inverted { "! " } else { "" };
                let _ = write!(out, " {not}--ecn-tcp-{name}");
            }
        }
        if let Some(ect) = self.ect {
            let _ = write!(out, " {}--ecn-ip-ect {}", ect.mark(), ect.value);
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" ECN match");
        for (bit, name) in [(self.ece, "ECE"), (self.cwr, "CWR")] {
            if let Some(inverted) = bit {
                let not = if inverted { "!" } else { "" };
                let _ = write!(out, " {not}{name}");
            }
        }
        if let Some(ect) = self.ect {
            let _ = write!(out, " {}ECT={}", ect.bang(), ect.value);
        }
    }
}

/// Changes its bits. `None` leaves one as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EcnTarget {
    /// `--ecn-tcp-ece`.
    pub ece: Option<bool>,
    /// `--ecn-tcp-cwr`.
    pub cwr: Option<bool>,
    /// `--ecn-ip-ect`.
    pub ect: Option<u8>,
}

const TARGET_OPTS: &[Opt] = &[
    Opt::new("ecn-tcp-remove", 0).flag().not_with(&[1, 2]),
    Opt::new("ecn-tcp-cwr", 1).not_with(&[0]),
    Opt::new("ecn-tcp-ece", 2).not_with(&[0]),
    Opt::new("ecn-ip-ect", 3),
];

impl EcnTarget {
    /// Whether `--ecn-tcp-remove` says all of it.
    fn removes(&self) -> bool {
        (self.ece, self.cwr, self.ect) == (Some(false), Some(false), None)
    }
}

impl Ext for EcnTarget {
    fn options(_: Family) -> &'static [Opt] {
        TARGET_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        let bit = || -> Read<Option<bool>> { Ok(Some(arg.within(0, 1)? == 1)) };
        match arg.id {
            // This forgets what was said of the IP header before.
            0 => (self.ece, self.cwr, self.ect) = (Some(false), Some(false), None),
            1 => self.cwr = bit()?,
            2 => self.ece = bit()?,
            _ => self.ect = Some(arg.within(0, 3)? as u8),
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if env.seen.0 == 0 {
            return Err(Problem::new("`-j ECN` needs to know what to do").hint("--ecn-tcp-remove"));
        }
        if self.ece.is_some() || self.cwr.is_some() {
            needs_tcp(env, "a bit of TCP")?;
        }
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&["mangle"], hook::ALL)
    }

    fn save(&self, _: Family, out: &mut String) {
        if self.removes() {
            out.push_str(" --ecn-tcp-remove");
        } else {
            for (bit, name) in [(self.ece, "ece"), (self.cwr, "cwr")] {
                if let Some(bit) = bit {
                    let _ = write!(out, " --ecn-tcp-{name} {}", u8::from(bit));
                }
            }
        }
        if let Some(ect) = self.ect {
            let _ = write!(out, " --ecn-ip-ect {ect}");
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" ECN");
        if self.removes() {
            out.push_str(" TCP remove");
        } else {
            for (bit, name) in [(self.ece, "ECE"), (self.cwr, "CWR")] {
                if let Some(bit) = bit {
                    let _ = write!(out, " {name}={}", u8::from(bit));
                }
            }
        }
        if let Some(ect) = self.ect {
            let _ = write!(out, " ECT codepoint={ect}");
        }
    }
}
