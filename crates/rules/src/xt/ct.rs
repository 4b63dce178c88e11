//! `-j CT` and `-j NOTRACK` (xt_CT.c).

use super::opt::{Arg, Env, Ext, Opt, Place, Read, hook};
use crate::addr::Family;
use crate::diag::{Problem, nearest};
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
    /// `--ctevents`: a bit for each of [`EVENTS`].
    pub ctevents: u32,
    /// `--expevents`: whether `new` is told.
    pub expevents: bool,
    /// `--zone`, `--zone-orig` or `--zone-reply`: which option, and the zone.
    pub zone: Option<(ZoneDir, Zone)>,
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

/// A zone of connection tracking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// By number; 0 is what there is without the option.
    Number(u16),
    /// `mark`: the packet's mark is its zone.
    Mark,
}

/// Names of events and their bits (`enum ip_conntrack_events`).
pub const EVENTS: [(&str, u32); 10] = [
    ("new", 0),
    ("related", 1),
    ("destroy", 2),
    ("reply", 3),
    ("assured", 4),
    ("protoinfo", 5),
    ("helper", 6),
    ("mark", 7),
    ("natseqinfo", 8),
    ("secmark", 9),
];

fn events(list: &str) -> Read<u32> {
    let mut bits = 0;
    for word in list.split(',') {
        match EVENTS.iter().find(|(name, _)| *name == word) {
            Some((_, bit)) => bits |= 1 << bit,
            None => {
                let names = EVENTS.map(|(name, _)| name);
                let problem = Problem::new(format!("unknown event `{word}`"));
                return Err(problem.hint(names.join(", ")));
            }
        }
    }
    Ok(bits)
}

/// Helpers of the kernel, by name, with the protocol that each is for
/// (net/netfilter/nf_conntrack_*.c, net/ipv4/netfilter/nf_nat_*.c).
const HELPERS: [(&str, u8); 13] = [
    ("ftp", 6),
    ("irc", 6),
    ("sane", 6),
    ("pptp", 6),
    ("Q.931", 6),
    ("sip", 6),
    ("sip", 17),
    ("tftp", 17),
    ("amanda", 17),
    ("netbios-ns", 17),
    ("snmp", 17),
    ("snmp_trap", 17),
    ("RAS", 17),
];

/// Those of them that are for IPv4 alone.
const IPV4_ONLY: [&str; 5] = ["irc", "pptp", "netbios-ns", "snmp", "snmp_trap"];

/// Helpers that conntrackd brings (conntrack-tools, src/helpers/); for which
/// protocol is its configuration's to say.
const PROGRAMS: [&str; 6] = ["dhcpv6", "mdns", "rpc", "slp", "ssdp", "tns"];

const OPTS: &[Opt] = &[
    Opt::new("notrack", 0).flag(),
    Opt::new("helper", 1),
    Opt::new("timeout", 2),
    Opt::new("ctevents", 3),
    Opt::new("expevents", 4),
    // Where more than one is given, the last one counts.
    Opt::new("zone", 5),
    Opt::new("zone-orig", 6),
    Opt::new("zone-reply", 7),
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
            1 => self.helper = arg.cut(15),
            2 => self.timeout = arg.cut(31),
            3 => self.ctevents = events(arg.text())?,
            4 => {
                if arg.text() != "new" {
                    return Err(Problem::new("unknown event").hint("new"));
                }
                self.expevents = true;
            }
            id => {
                // Several of them add up.
                let dir = match (id == 6 || arg.seen.has(6), id == 7 || arg.seen.has(7)) {
                    (true, false) => ZoneDir::Original,
                    (false, true) => ZoneDir::Reply,
                    _ => ZoneDir::Both,
                };
                let marked = matches!(self.zone, Some((_, Zone::Mark)));
                let zone = match arg.text() {
                    word if word.eq_ignore_ascii_case("mark") => Zone::Mark,
                    _ if marked => arg.u16().map(|_| Zone::Mark)?,
                    _ => Zone::Number(arg.u16()?),
                };
                self.zone = (zone != Zone::Number(0)).then_some((dir, zone));
            }
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        // The kernel looks for no helper where there is to be no connection.
        if self.helper.is_empty() || self.notrack {
            return Ok(());
        }
        let proto = env.proto.filter(|p| !p.inverted).map(|p| p.value);
        let protos: Vec<u8> = HELPERS
            .iter()
            .filter(|(name, _)| *name == &*self.helper)
            .map(|(_, proto)| *proto)
            .collect();
        if protos.is_empty() && !PROGRAMS.contains(&&*self.helper) {
            let names = HELPERS.iter().map(|(name, _)| *name).chain(PROGRAMS);
            let problem = Problem::new(format!("there is no helper `{}`", self.helper));
            return Err(match nearest(&self.helper, names) {
                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                None => problem.hint("one of the kernel's, such as ftp, sip or tftp"),
            });
        }
        if env.family == Family::V6 && IPV4_ONLY.contains(&&*self.helper) {
            let problem = format!("the helper `{}` is for IPv4 alone", self.helper);
            return Err(problem.into());
        }
        match proto {
            Some(proto) if protos.is_empty() || protos.contains(&proto) => Ok(()),
            _ => {
                let hint = match protos.as_slice() {
                    [6] => "add -p tcp",
                    [17] => "add -p udp",
                    _ => "add -p with the protocol that it is for",
                };
                Err(Problem::new(format!(
                    "the helper `{}` is not for this protocol",
                    self.helper
                ))
                .hint(hint))
            }
        }
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&["raw"], hook::ALL)
    }

    fn save(&self, _: Family, out: &mut String) {
        self.push("--", out);
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" CT");
        self.push("", out);
    }
}

impl Ct {
    fn push(&self, dashes: &str, out: &mut String) {
        if self.notrack {
            let _ = write!(out, " {dashes}notrack");
        }
        for (name, value) in [("helper", &self.helper), ("timeout", &self.timeout)] {
            if !value.is_empty() {
                let _ = write!(out, " {dashes}{name} {value}");
            }
        }
        if self.ctevents != 0 {
            let names: Vec<&str> = EVENTS
                .into_iter()
                .filter(|(_, bit)| self.ctevents & (1 << bit) != 0)
                .map(|(name, _)| name)
                .collect();
            let _ = write!(out, " {dashes}ctevents {}", names.join(","));
        }
        if self.expevents {
            let _ = write!(out, " {dashes}expevents new");
        }
        if let Some((dir, zone)) = self.zone {
            let name = match dir {
                ZoneDir::Both => "zone",
                ZoneDir::Original => "zone-orig",
                ZoneDir::Reply => "zone-reply",
            };
            let _ = match zone {
                Zone::Number(zone) => write!(out, " {dashes}{name} {zone}"),
                Zone::Mark => write!(out, " {dashes}{name} mark"),
            };
        }
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

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" NOTRACK");
    }
}
