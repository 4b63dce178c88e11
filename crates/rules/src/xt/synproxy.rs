//! `-j SYNPROXY` (xt_SYNPROXY.c): answers in a server's stead until the client
//! has shown that it is there.

use super::opt::{Arg, Env, Ext, Opt, Place, Read, hook};
use crate::addr::Family;
use crate::diag::Problem;
use std::fmt::Write as _;

/// What the answers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Synproxy {
    /// `--sack-perm`.
    pub sack_perm: bool,
    /// `--timestamp`.
    pub timestamp: bool,
    /// `--wscale`.
    pub wscale: Option<u8>,
    /// `--mss`.
    pub mss: Option<u16>,
    /// `--ecn`.
    pub ecn: bool,
}

const OPTS: &[Opt] = &[
    Opt::new("sack-perm", 0).flag(),
    Opt::new("timestamp", 1).flag(),
    Opt::new("wscale", 2),
    Opt::new("mss", 3),
    Opt::new("ecn", 4).flag(),
];

impl Ext for Synproxy {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.sack_perm = true,
            1 => self.timestamp = true,
            // Both lose what does not fit, as iptables has it.
            2 => self.wscale = Some(arg.u32()? as u8),
            3 => self.mss = Some(arg.u32()? as u16),
            _ => self.ecn = true,
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if !env.is_proto(6) {
            return Err(Problem::new("`-j SYNPROXY` needs `-p tcp`").hint("add -p tcp to the rule"));
        }
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&[], hook::IN | hook::FWD)
    }

    fn save(&self, _: Family, out: &mut String) {
        self.push(" --", "", out);
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" SYNPROXY ");
        self.push("", " ", out);
    }
}

impl Synproxy {
    fn push(&self, before: &str, after: &str, out: &mut String) {
        if self.sack_perm {
            let _ = write!(out, "{before}sack-perm{after}");
        }
        if self.timestamp {
            let _ = write!(out, "{before}timestamp{after}");
        }
        if let Some(wscale) = self.wscale {
            let _ = write!(out, "{before}wscale {wscale}{after}");
        }
        if let Some(mss) = self.mss {
            let _ = write!(out, "{before}mss {mss}{after}");
        }
        if self.ecn {
            let _ = write!(out, "{before}ecn{after}");
        }
    }
}
