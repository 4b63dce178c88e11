//! `-j CT` and `-j NOTRACK` (xt_CT.c).

use super::opt::{Arg, Ext, Opt, Place, Read, hook};
use crate::addr::Family;
use std::fmt::Write as _;

/// Settings of the connection that a packet will begin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ct {
    /// `--notrack`.
    pub notrack: bool,
    /// `--helper`.
    pub helper: Box<str>,
    /// `--timeout`.
    pub timeout: Box<str>,
    /// `--ctevents`, as written.
    pub ctevents: Box<str>,
    /// `--expevents`, as written.
    pub expevents: Box<str>,
    /// `--zone`, `--zone-orig` or `--zone-reply`: which option, and the zone.
    pub zone: Option<(ZoneDir, Box<str>)>,
}

/// In which direction a zone counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneDir {
    /// `--zone`.
    Both,
    /// `--zone-orig`.
    Original,
    /// `--zone-reply`.
    Reply,
}

const OPTS: &[Opt] = &[
    Opt::new("notrack", 0).flag(),
    Opt::new("helper", 1),
    Opt::new("timeout", 2),
    Opt::new("ctevents", 3),
    Opt::new("expevents", 4),
    Opt::new("zone", 5).not_with(&[6, 7]),
    Opt::new("zone-orig", 6).not_with(&[5, 7]),
    Opt::new("zone-reply", 7).not_with(&[5, 6]),
];

impl Ext for Ct {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.notrack = true,
            1 => self.helper = arg.string(15)?,
            2 => self.timeout = arg.string(31)?,
            3 => self.ctevents = arg.string(255)?,
            4 => self.expevents = arg.string(255)?,
            id => {
                let dir = match id {
                    5 => ZoneDir::Both,
                    6 => ZoneDir::Original,
                    _ => ZoneDir::Reply,
                };
                if arg.text() != "mark" {
                    arg.within(0, 65535)?;
                }
                self.zone = Some((dir, arg.text().into()));
            }
        }
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&["raw"], hook::ALL)
    }

    fn save(&self, _: Family, out: &mut String) {
        if self.notrack {
            out.push_str(" --notrack");
        }
        for (name, value) in [
            ("helper", &self.helper),
            ("timeout", &self.timeout),
            ("ctevents", &self.ctevents),
            ("expevents", &self.expevents),
        ] {
            if !value.is_empty() {
                let _ = write!(out, " --{name} {value}");
            }
        }
        if let Some((dir, zone)) = &self.zone {
            let name = match dir {
                ZoneDir::Both => "zone",
                ZoneDir::Original => "zone-orig",
                ZoneDir::Reply => "zone-reply",
            };
            let _ = write!(out, " --{name} {zone}");
        }
    }

    fn list(&self, family: Family, out: &mut String) {
        out.push_str(" CT");
        let mut text = String::new();
        self.save(family, &mut text);
        out.push_str(&text.replace("--", ""));
    }
}

/// `-j NOTRACK`: the packet belongs to no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Notrack;

impl Ext for Notrack {
    fn options(_: Family) -> &'static [Opt] {
        &[]
    }

    fn new(_: Family) -> Self {
        Self
    }

    fn set(&mut self, _: &Arg<'_>) -> Read<()> {
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&["raw"], hook::ALL)
    }

    fn save(&self, _: Family, _: &mut String) {}

    fn list(&self, _: Family, _: &mut String) {}
}
