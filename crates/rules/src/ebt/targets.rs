//! Targets: arpreply, dnat, mark, redirect, snat (ebt_arpreply.c, ebt_dnat.c,
//! ebt_mark.c, ebt_redirect.c, ebt_snat.c).
//!
//! The tool takes an exclamation mark with any of their options, and it means
//! nothing.

use super::EbVerdict;
use super::link::plain_mac;
use crate::addr::{Family, MacAddr};
use crate::diag::Problem;
use crate::num;
use crate::xt::{Arg, Env, Ext, Opt, Read};
use std::fmt::Write as _;

fn verdict(arg: &Arg<'_>) -> Read<EbVerdict> {
    EbVerdict::parse(arg.text()).ok_or_else(|| {
        Problem::new(format!("`{}` is no verdict", arg.text()))
            .hint("ACCEPT, DROP, CONTINUE or RETURN")
    })
}

/// The tool wants any option at all to be there.
fn something(env: &Env<'_>, target: &str, options: &str) -> Read<()> {
    if env.seen.0 != 0 {
        return Ok(());
    }
    Err(Problem::new(format!("`-j {target}` needs to know what to do")).hint(options))
}

/// `-j arpreply`: answers an ARP request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ArpReply {
    /// `--arpreply-mac`: the address that is claimed.
    pub mac: MacAddr,
    /// `--arpreply-target`: what becomes of the request; DROP unless told.
    pub verdict: EbVerdict,
}

const OPTS_ARPREPLY: &[Opt] = &[
    Opt::new("arpreply-mac", 0).inv(),
    Opt::new("arpreply-target", 1).inv(),
];

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
            0 => self.mac = plain_mac(arg)?,
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
    Opt::new("to-destination", 0).inv(),
    Opt::new("to-dst", 0).inv(),
    Opt::new("dnat-target", 1).inv(),
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
            0 => self.mac = plain_mac(arg)?,
            _ => self.verdict = verdict(arg)?,
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        something(env, "dnat", "--to-dst ADDRESS")
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
    Opt::new("to-source", 0).inv(),
    Opt::new("to-src", 0).inv(),
    Opt::new("snat-target", 1).inv(),
    Opt::new("snat-arp", 2).inv().flag(),
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
            0 => self.mac = plain_mac(arg)?,
            1 => self.verdict = verdict(arg)?,
            _ => self.arp = true,
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        something(env, "snat", "--to-src ADDRESS")
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

const OPTS_REDIRECT: &[Opt] = &[Opt::new("redirect-target", 0).inv()];

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
    /// With what: 64 bits are kept, of which 32 count.
    pub value: u64,
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
    Opt::new("mark-set", 0).inv().not_with(&[1, 2, 3]),
    Opt::new("set-mark", 0).inv().not_with(&[1, 2, 3]),
    Opt::new("mark-or", 1).inv().not_with(&[0, 2, 3]),
    Opt::new("mark-and", 2).inv().not_with(&[0, 1, 3]),
    Opt::new("mark-xor", 3).inv().not_with(&[0, 1, 2]),
    Opt::new("mark-target", 4).inv(),
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
        self.value = num::strtoul(arg.text()).ok_or_else(|| {
            Problem::new(format!("`{}` is not a number", arg.text()))
                .hint("a decimal number, or one that begins with 0x")
        })?;
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        something(
            env,
            "mark",
            "--mark-set, --mark-or, --mark-and or --mark-xor",
        )
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
