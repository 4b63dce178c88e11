//! Targets: arpreply, dnat, mark, redirect, snat (ebt_arpreply.c, ebt_dnat.c,
//! ebt_mark.c, ebt_redirect.c, ebt_snat.c).

use super::EbVerdict;
use crate::addr::{Family, MacAddr};
use crate::diag::Problem;
use crate::xt::{Arg, Env, Ext, Opt, Read};
use std::fmt::Write as _;

fn verdict(arg: &Arg<'_>) -> Read<EbVerdict> {
    EbVerdict::parse(arg.text()).ok_or_else(|| {
        Problem::new(format!("`{}` is no verdict", arg.text()))
            .hint("ACCEPT, DROP, CONTINUE or RETURN")
    })
}

/// `-j arpreply`: answers an ARP request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ArpReply {
    /// `--arpreply-mac`: the address that is claimed.
    pub mac: MacAddr,
    /// `--arpreply-target`: what becomes of the request; DROP unless told.
    pub verdict: EbVerdict,
}

const OPTS_ARPREPLY: &[Opt] = &[Opt::new("arpreply-mac", 0), Opt::new("arpreply-target", 1)];

impl Ext for ArpReply {
    fn options(_: Family) -> &'static [Opt] {
        OPTS_ARPREPLY
    }

    fn new(_: Family) -> Self {
        Self {
            mac: MacAddr::default(),
            verdict: EbVerdict::Drop,
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.mac = arg.mac()?,
            _ => self.verdict = verdict(arg)?,
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(out, " --arpreply-mac {}", self.mac);
        if self.verdict != EbVerdict::Drop {
            let _ = write!(out, " --arpreply-target {}", self.verdict.name());
        }
    }
}

/// `-j dnat`: another destination address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dnat {
    /// `--to-dst`.
    pub mac: MacAddr,
    /// `--dnat-target`; ACCEPT unless told.
    pub verdict: EbVerdict,
}

const OPTS_DNAT: &[Opt] = &[
    Opt::new("to-destination", 0).must(),
    Opt::new("to-dst", 0).must(),
    Opt::new("dnat-target", 1),
];

impl Ext for Dnat {
    fn options(_: Family) -> &'static [Opt] {
        OPTS_DNAT
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.mac = arg.mac()?,
            _ => self.verdict = verdict(arg)?,
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(
            out,
            " --to-dst {} --dnat-target {}",
            self.mac,
            self.verdict.name()
        );
    }
}

/// `-j snat`: another source address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Snat {
    /// `--to-src`.
    pub mac: MacAddr,
    /// `--snat-arp`: in an ARP packet's own field as well.
    pub arp: bool,
    /// `--snat-target`; ACCEPT unless told.
    pub verdict: EbVerdict,
}

const OPTS_SNAT: &[Opt] = &[
    Opt::new("to-source", 0).must(),
    Opt::new("to-src", 0).must(),
    Opt::new("snat-target", 1),
    Opt::new("snat-arp", 2).flag(),
];

impl Ext for Snat {
    fn options(_: Family) -> &'static [Opt] {
        OPTS_SNAT
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.mac = arg.mac()?,
            1 => self.verdict = verdict(arg)?,
            _ => self.arp = true,
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(out, " --to-src {}", self.mac);
        out.push_str(if self.arp { " --snat-arp" } else { "" });
        let _ = write!(out, " --snat-target {}", self.verdict.name());
    }
}

/// `-j redirect`: to this machine itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Redirect {
    /// `--redirect-target`; ACCEPT unless told.
    pub verdict: EbVerdict,
}

const OPTS_REDIRECT: &[Opt] = &[Opt::new("redirect-target", 0)];

impl Ext for Redirect {
    fn options(_: Family) -> &'static [Opt] {
        OPTS_REDIRECT
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.verdict = verdict(arg)?;
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        out.push(' ');
        if self.verdict != EbVerdict::Accept {
            let _ = write!(out, "--redirect-target {}", self.verdict.name());
        }
    }
}

/// `-j mark`: changes the frame's mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MarkSet {
    /// How.
    pub action: MarkAction,
    /// With what.
    pub value: u32,
    /// `--mark-target`; ACCEPT unless told.
    pub verdict: EbVerdict,
}

/// How a mark is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MarkAction {
    /// `--mark-set`
    #[default]
    Set,
    /// `--mark-or`
    Or,
    /// `--mark-and`
    And,
    /// `--mark-xor`
    Xor,
}

const OPTS_MARK: &[Opt] = &[
    Opt::new("mark-set", 0).not_with(&[1, 2, 3]),
    Opt::new("set-mark", 0).not_with(&[1, 2, 3]),
    Opt::new("mark-or", 1).not_with(&[0, 2, 3]),
    Opt::new("mark-and", 2).not_with(&[0, 1, 3]),
    Opt::new("mark-xor", 3).not_with(&[0, 1, 2]),
    Opt::new("mark-target", 4),
];

impl Ext for MarkSet {
    fn options(_: Family) -> &'static [Opt] {
        OPTS_MARK
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.action = match arg.id {
            0 => MarkAction::Set,
            1 => MarkAction::Or,
            2 => MarkAction::And,
            3 => MarkAction::Xor,
            _ => {
                self.verdict = verdict(arg)?;
                return Ok(());
            }
        };
        self.value = arg.u32()?;
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if !env.seen.any(&[0, 1, 2, 3]) {
            return Err(Problem::new("`-j mark` needs to know what to do")
                .hint("--mark-set, --mark-or, --mark-and or --mark-xor"));
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let action = match self.action {
            MarkAction::Set => "set",
            MarkAction::Or => "or",
            MarkAction::And => "and",
            MarkAction::Xor => "xor",
        };
        let _ = write!(
            out,
            " --mark-{action} 0x{:x} --mark-target {}",
            self.value,
            self.verdict.name()
        );
    }
}
