//! `-m tcpmss`, `-j TCPMSS` and `-j TCPOPTSTRIP` (xt_tcpmss.c, xt_TCPMSS.c,
//! xt_TCPOPTSTRIP.c): the options of a SYN.

use super::opt::{Arg, Env, Ext, Listed, Opt, Place, Read, hook};
use crate::addr::Family;
use crate::diag::Problem;
use crate::num;
use crate::rule::Neg;
use std::fmt::Write as _;

/// Matches segments that announce such a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tcpmss {
    /// `--mss`: smallest and largest.
    pub mss: Neg<(u16, u16)>,
}

const OPTS: &[Opt] = &[Opt::new("mss", 0).inv().must()];

impl Ext for Tcpmss {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        let (low, high) = arg.range(65535)?;
        self.mss = arg.neg((low as u16, high as u16));
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if !env.is_proto(6) {
            return Err(Problem::new("`-m tcpmss` needs `-p tcp`").hint("add -p tcp to the rule"));
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(out, " {}--mss ", self.mss.mark());
        self.push(out);
    }

    fn list(&self, _: Family, out: &mut String) {
        let _ = write!(out, " tcpmss match {}", self.mss.bang());
        self.push(out);
    }
}

impl Tcpmss {
    fn push(&self, out: &mut String) {
        let (low, high) = self.mss.value;
        let _ = write!(out, "{low}");
        if low != high {
            let _ = write!(out, ":{high}");
        }
    }
}

/// Lowers the size that a SYN announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TcpmssTarget {
    /// `--set-mss`; `None` for `--clamp-mss-to-pmtu`.
    pub mss: Option<u16>,
}

const TARGET_OPTS: &[Opt] = &[
    Opt::new("set-mss", 0),
    Opt::new("clamp-mss-to-pmtu", 1).flag(),
];

impl Ext for TcpmssTarget {
    fn options(_: Family) -> &'static [Opt] {
        TARGET_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            // Where both are given, the later one counts.
            0 => self.mss = Some(arg.within(0, 65495)? as u16),
            _ => self.mss = None,
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if env.seen.0 == 0 {
            return Err(Problem::new("`-j TCPMSS` needs to know what to do")
                .hint("--clamp-mss-to-pmtu or --set-mss"));
        }
        if !env.is_proto(6) {
            return Err(Problem::new("`-j TCPMSS` needs `-p tcp`").hint("add -p tcp to the rule"));
        }
        if !env.syn_only {
            return Err(Problem::new("`-j TCPMSS` works on SYN packets only")
                .hint("add --tcp-flags SYN,RST SYN to the rule"));
        }
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        let hooks = match self.mss {
            None => hook::FWD | hook::OUT | hook::POST,
            Some(_) => hook::ALL,
        };
        Place::new(&[], hooks)
    }

    fn save(&self, _: Family, out: &mut String) {
        match self.mss {
            Some(mss) => {
                let _ = write!(out, " --set-mss {mss}");
            }
            None => out.push_str(" --clamp-mss-to-pmtu"),
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        match self.mss {
            Some(mss) => {
                let _ = write!(out, " TCPMSS set {mss}");
            }
            None => out.push_str(" TCPMSS clamp to PMTU"),
        }
    }
}

/// Blanks options of TCP out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tcpoptstrip {
    /// `--strip-options`: bit for bit the kinds that go.
    pub kinds: [u64; 4],
}

impl Tcpoptstrip {
    /// Whether options of this kind go.
    pub fn strips(&self, kind: u8) -> bool {
        self.kinds
            .get(usize::from(kind / 64))
            .is_some_and(|bits| bits & (1 << (kind % 64)) != 0)
    }

    fn push(&self, before: &str, out: &mut String) {
        let kinds: Vec<String> = (0..=u8::MAX)
            .filter(|kind| self.strips(*kind))
            .map(|kind| kind.to_string())
            .collect();
        if !kinds.is_empty() {
            let _ = write!(out, "{before}{}", kinds.join(","));
        }
    }
}

const STRIP_OPTS: &[Opt] = &[Opt::new("strip-options", 0)];

/// Names of kinds (RFC 9293, 7323, 2018, 2385).
const KINDS: [(&str, u8); 6] = [
    ("wscale", 3),
    ("mss", 2),
    ("sack-permitted", 4),
    ("sack", 5),
    ("timestamp", 8),
    ("md5", 19),
];

impl Ext for Tcpoptstrip {
    fn options(_: Family) -> &'static [Opt] {
        STRIP_OPTS
    }

    fn new(_: Family) -> Self {
        Self { kinds: [0; 4] }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        for word in arg.text().split(',') {
            let kind = match KINDS.iter().find(|(name, _)| *name == word) {
                Some((_, kind)) => *kind,
                None => num::parse(word, 255).map_err(|problem| {
                    problem.hint("a number, or mss, wscale, sack-permitted, sack, timestamp, md5")
                })? as u8,
            };
            if kind < 2 {
                return Err(Problem::new(format!("option {kind} cannot be stripped"))
                    .hint("0 and 1 end and fill the list of options"));
            }
            if let Some(bits) = self.kinds.get_mut(usize::from(kind / 64)) {
                let bit = 1 << (kind % 64);
                if *bits & bit != 0 {
                    return Err(format!("option `{word}` is given twice").into());
                }
                *bits |= bit;
            }
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if !env.is_proto(6) {
            return Err(
                Problem::new("`-j TCPOPTSTRIP` needs `-p tcp`").hint("add -p tcp to the rule")
            );
        }
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&["mangle"], hook::ALL)
    }

    fn save(&self, _: Family, out: &mut String) {
        self.push(" --strip-options ", out);
    }

    fn list(&self, _: Family, out: &mut String) {
        self.push(" TCPOPTSTRIP options ", out);
    }

    fn list_named(&self, _: Listed, out: &mut String) {
        let kinds: Vec<String> = (0..=u8::MAX)
            .filter(|kind| self.strips(*kind))
            .map(|kind| match KINDS.iter().find(|(_, n)| *n == kind) {
                Some((name, _)) => (*name).to_owned(),
                None => kind.to_string(),
            })
            .collect();
        if !kinds.is_empty() {
            let _ = write!(out, " TCPOPTSTRIP options {}", kinds.join(","));
        }
    }
}
