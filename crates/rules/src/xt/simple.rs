//! Targets with one option or none: TRACE, CHECKSUM, AUDIT, CONNSECMARK.

use super::opt::{Arg, Env, Ext, Opt, Place, Read, hook};
use crate::addr::Family;
use crate::diag::Problem;

/// `-j TRACE` (xt_TRACE.c): every rule that the packet meets is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Trace;

impl Ext for Trace {
    fn options(_: Family) -> &'static [Opt] {
        &[]
    }

    fn new(_: Family) -> Self {
        Self
    }

    fn set(&mut self, _: &Arg<'_>) -> Read<()> {
        Ok(())
    }

    fn place(&self, family: Family) -> Place {
        if family == Family::Arp {
            return Place::ANY;
        }
        Place::new(&["raw"], hook::ALL)
    }

    fn save(&self, _: Family, _: &mut String) {}

    fn list(&self, _: Family, _: &mut String) {}
}

/// `-j CHECKSUM --checksum-fill` (xt_CHECKSUM.c): a checksum that the device
/// would fill in is filled in now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Checksum;

const CHECKSUM_OPTS: &[Opt] = &[Opt::new("checksum-fill", 0).flag().must()];

impl Ext for Checksum {
    fn options(_: Family) -> &'static [Opt] {
        CHECKSUM_OPTS
    }

    fn new(_: Family) -> Self {
        Self
    }

    fn set(&mut self, _: &Arg<'_>) -> Read<()> {
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&["mangle"], hook::ALL)
    }

    fn save(&self, _: Family, out: &mut String) {
        out.push_str(" --checksum-fill");
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" CHECKSUM fill");
    }
}

/// `-j AUDIT` (xt_AUDIT.c): a record for the audit daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Audit {
    /// `--type`: what the record says becomes of the packet.
    pub kind: AuditKind,
}

/// What an audit record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AuditKind {
    /// `accept`
    #[default]
    Accept,
    /// `drop`
    Drop,
    /// `reject`
    Reject,
}

const KINDS: [(&str, AuditKind); 3] = [
    ("accept", AuditKind::Accept),
    ("drop", AuditKind::Drop),
    ("reject", AuditKind::Reject),
];

const AUDIT_OPTS: &[Opt] = &[Opt::new("type", 0).must()];

impl Audit {
    fn name(self) -> &'static str {
        let found = KINDS.into_iter().find(|(_, kind)| *kind == self.kind);
        found.map_or("", |(name, _)| name)
    }
}

impl Ext for Audit {
    fn options(_: Family) -> &'static [Opt] {
        AUDIT_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        let word = arg.text();
        let found = KINDS
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(word));
        let (_, kind) = found.ok_or_else(|| {
            Problem::new(format!("unknown type `{word}`")).hint("accept, drop or reject")
        })?;
        self.kind = kind;
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        out.push_str(" --type ");
        out.push_str(self.name());
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" AUDIT ");
        out.push_str(self.name());
    }
}

/// `-j CONNSECMARK` (xt_CONNSECMARK.c): SELinux' mark, between packet and
/// connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Connsecmark {
    /// `--save`: onto the connection; otherwise `--restore`.
    pub save: bool,
}

const CONNSECMARK_OPTS: &[Opt] = &[
    Opt::new("save", 0).flag().not_with(&[1]),
    Opt::new("restore", 1).flag().not_with(&[0]),
];

impl Ext for Connsecmark {
    fn options(_: Family) -> &'static [Opt] {
        CONNSECMARK_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.save = arg.id == 0;
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if env.seen.0 == 0 {
            return Err(Problem::new("`-j CONNSECMARK` needs to know what to do")
                .hint("--save or --restore"));
        }
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&["mangle", "security"], hook::ALL)
    }

    fn save(&self, _: Family, out: &mut String) {
        out.push_str(if self.save { " --save" } else { " --restore" });
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" CONNSECMARK ");
        out.push_str(if self.save { "save" } else { "restore" });
    }
}
