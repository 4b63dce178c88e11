//! `-m conntrack` (xt_conntrack.c, `conntrack_mt`).

use super::opt::{Arg, Env, Ext, Listed, Opt, Read};
use super::ports::PortRange;
use crate::addr::{AddrMatch, Family, Printed, prefix_length};
use crate::diag::{Problem, nearest};
use crate::names;
use crate::names::address_name;
use crate::num;
use crate::rule::Neg;
use std::fmt::Write as _;

/// What connection tracking must know of the packet. `None` asks nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conntrack {
    /// `--ctstate`.
    pub state: Option<Neg<CtStates>>,
    /// `--ctproto`.
    pub proto: Option<Neg<u8>>,
    /// `--ctorigsrc`.
    pub orig_src: Option<AddrMatch>,
    /// `--ctorigdst`.
    pub orig_dst: Option<AddrMatch>,
    /// `--ctreplsrc`.
    pub repl_src: Option<AddrMatch>,
    /// `--ctrepldst`.
    pub repl_dst: Option<AddrMatch>,
    /// `--ctorigsrcport`.
    pub orig_src_port: Option<Neg<PortRange>>,
    /// `--ctorigdstport`.
    pub orig_dst_port: Option<Neg<PortRange>>,
    /// `--ctreplsrcport`.
    pub repl_src_port: Option<Neg<PortRange>>,
    /// `--ctrepldstport`.
    pub repl_dst_port: Option<Neg<PortRange>>,
    /// `--ctstatus`.
    pub status: Option<Neg<CtStatus>>,
    /// `--ctexpire`: seconds left, both ends included.
    pub expire: Option<Neg<(u32, u32)>>,
    /// `--ctdir`.
    pub dir: Option<CtDir>,
}

/// A direction of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CtDir {
    /// As its first packet.
    Original,
    /// Against it.
    Reply,
}

/// A set of states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct CtStates(pub u8);

impl CtStates {
    /// No connection could be found or made.
    pub const INVALID: u8 = 0x01;
    /// The first packet of one.
    pub const NEW: u8 = 0x02;
    /// The first packet of one that another one announced, or an ICMP error.
    pub const RELATED: u8 = 0x04;
    /// A packet of one that has been answered, or the answer.
    pub const ESTABLISHED: u8 = 0x08;
    /// Not tracked, on purpose.
    pub const UNTRACKED: u8 = 0x10;
    /// Its source is translated.
    pub const SNAT: u8 = 0x20;
    /// Its destination is translated.
    pub const DNAT: u8 = 0x40;

    /// Whether any of these bits is in the set.
    pub fn has(self, bits: u8) -> bool {
        self.0 & bits != 0
    }
}

/// A set of `enum ip_conntrack_status` bits, as the kernel numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct CtStatus(pub u16);

const STATES: [(&str, u16); 7] = [
    ("INVALID", 0x01),
    ("NEW", 0x02),
    ("RELATED", 0x04),
    ("ESTABLISHED", 0x08),
    ("UNTRACKED", 0x10),
    ("SNAT", 0x20),
    ("DNAT", 0x40),
];

const STATUSES: [(&str, u16); 5] = [
    ("EXPECTED", 0x01),
    ("SEEN_REPLY", 0x02),
    ("ASSURED", 0x04),
    ("CONFIRMED", 0x08),
    ("NONE", 0),
];

/// Reads a comma-separated list of names, in any case and perhaps cut short
/// (libxt_conntrack.c, `conntrack_ps_state`).
fn list_of(word: &str, names: &[(&'static str, u16)], what: &str) -> Read<u16> {
    let mut bits = 0;
    for name in word.split(',') {
        let upper = name.to_ascii_uppercase();
        let begins = |(n, _): &&(&str, u16)| !upper.is_empty() && n.starts_with(&*upper);
        match names.iter().find(begins) {
            Some((_, bit)) => bits |= bit,
            None => {
                let problem = Problem::new(format!("unknown {what} `{name}`"));
                let all = names.iter().map(|(n, _)| *n);
                return Err(match nearest(&upper, all.clone()) {
                    Some(name) => problem.hint(format!("did you mean `{name}`?")),
                    None => problem.hint(all.collect::<Vec<_>>().join(", ")),
                });
            }
        }
    }
    Ok(bits)
}

/// Reads states; `-m state` knows neither SNAT nor DNAT.
pub(super) fn states(word: &str, nat: bool) -> Read<CtStates> {
    let names = if nat {
        STATES.as_slice()
    } else {
        STATES.get(..5).unwrap_or_default()
    };
    let bits = list_of(word, names, "state")?;
    Ok(CtStates(u8::try_from(bits).unwrap_or(0)))
}

fn push_list_of(bits: u16, names: &[(&str, u16)], out: &mut String) {
    let mut first = true;
    for (name, bit) in names {
        if bits & bit != 0 || (bits == 0 && *bit == 0) {
            if !first {
                out.push(',');
            }
            first = false;
            out.push_str(name);
        }
    }
}

pub(super) fn push_states(states: CtStates, out: &mut String) {
    push_list_of(u16::from(states.0), &STATES, out);
}

const OPTS: &[Opt] = &[
    Opt::new("ctstate", 0).inv(),
    Opt::new("ctproto", 1).inv(),
    Opt::new("ctorigsrc", 2).inv(),
    Opt::new("ctorigdst", 3).inv(),
    Opt::new("ctreplsrc", 4).inv(),
    Opt::new("ctrepldst", 5).inv(),
    Opt::new("ctorigsrcport", 6).inv(),
    Opt::new("ctorigdstport", 7).inv(),
    Opt::new("ctreplsrcport", 8).inv(),
    Opt::new("ctrepldstport", 9).inv(),
    Opt::new("ctstatus", 10).inv(),
    Opt::new("ctexpire", 11).inv(),
    Opt::new("ctdir", 12),
];

/// An address and a mask; a mask that is no prefix counts as none at all
/// (xtoptions.c, `xtopt_parse_plenmask`).
fn address(arg: &Arg<'_>) -> Read<Option<AddrMatch>> {
    let (addr, mask) = arg.host_network()?;
    Ok(Some(AddrMatch::as_written(addr, mask, arg.inverted)))
}

impl Ext for Conntrack {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.state = Some(arg.neg(states(arg.text(), true)?)),
            1 => {
                let proto = names::protocol(arg.text())?;
                // 1.8.9 looks for an exclamation mark in front of this option, and
                // at the bit of the one in front of --ctstatus.
                if proto == 0 && self.status.is_some_and(|status| status.inverted) {
                    return Err("--ctproto 0 cannot stand behind ! --ctstatus".into());
                }
                self.proto = Some(arg.neg(proto));
            }
            2 => self.orig_src = address(arg)?,
            3 => self.orig_dst = address(arg)?,
            4 => self.repl_src = address(arg)?,
            5 => self.repl_dst = address(arg)?,
            6 => self.orig_src_port = Some(PortRange::parse_any(arg)?),
            7 => self.orig_dst_port = Some(PortRange::parse_any(arg)?),
            8 => self.repl_src_port = Some(PortRange::parse_any(arg)?),
            9 => self.repl_dst_port = Some(PortRange::parse_any(arg)?),
            10 => {
                let status = list_of(arg.text(), &STATUSES, "status")?;
                self.status = Some(arg.neg(CtStatus(status)));
            }
            11 => {
                // Upside down is taken, and matches nothing.
                let (low, high) = num::range_or_zero(arg.text(), u64::from(u32::MAX))?;
                let narrow = |n| u32::try_from(n).unwrap_or(u32::MAX);
                self.expire = Some(arg.neg((narrow(low), narrow(high))));
            }
            _ => {
                let upper = arg.text().to_ascii_uppercase();
                self.dir = Some(match upper.as_str() {
                    "ORIGINAL" => CtDir::Original,
                    "REPLY" => CtDir::Reply,
                    _ => {
                        return Err(Problem::new(format!("`{}` is not a direction", arg.text()))
                            .hint("ORIGINAL or REPLY"));
                    }
                });
            }
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if env.seen.0 == 0 {
            return Err(
                Problem::new("`-m conntrack` needs to know what to look for")
                    .hint("such as --ctstate NEW"),
            );
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        self.push("--", false, out);
    }

    fn list(&self, _: Family, out: &mut String) {
        self.push("", false, out);
    }

    fn list_named(&self, _: Listed, out: &mut String) {
        self.push("", true, out);
    }
}

impl Conntrack {
    fn push(&self, dashes: &str, names: bool, out: &mut String) {
        if let Some(state) = self.state {
            let _ = write!(out, " {}{dashes}ctstate ", state.mark());
            push_states(state.value, out);
        }
        if let Some(proto) = self.proto {
            let _ = write!(out, " {}{dashes}ctproto {}", proto.mark(), proto.value);
        }
        let addresses = [
            (&self.orig_src, "ctorigsrc"),
            (&self.orig_dst, "ctorigdst"),
            (&self.repl_src, "ctreplsrc"),
            (&self.repl_dst, "ctrepldst"),
        ];
        for (addr, name) in addresses {
            if let Some(addr) = addr {
                let mark = if addr.inverted() { "! " } else { "" };
                let _ = write!(out, " {mark}{dashes}{name} ");
                if names && addr.addr().is_unspecified() {
                    out.push_str("anywhere");
                    continue;
                }
                match address_name(addr.addr()).filter(|_| names) {
                    Some(name) => out.push_str(name),
                    None => {
                        let _ = write!(out, "{}", Printed(addr.addr()));
                    }
                }
                match prefix_length(addr.mask()) {
                    Some(n) if n == if addr.addr().is_ipv4() { 32 } else { 128 } => {}
                    Some(n) => {
                        let _ = write!(out, "/{n}");
                    }
                    None => {
                        let _ = write!(out, "/{}", addr.mask());
                    }
                }
            }
        }
        let ports = [
            (&self.orig_src_port, "ctorigsrcport"),
            (&self.orig_dst_port, "ctorigdstport"),
            (&self.repl_src_port, "ctreplsrcport"),
            (&self.repl_dst_port, "ctrepldstport"),
        ];
        for (port, name) in ports {
            if let Some(port) = port {
                let _ = write!(out, " {}{dashes}{name} {}", port.mark(), port.value.first);
                if port.value.first != port.value.last && port.value.last != 0 {
                    let _ = write!(out, ":{}", port.value.last);
                }
            }
        }
        if let Some(status) = self.status {
            let _ = write!(out, " {}{dashes}ctstatus ", status.mark());
            push_list_of(status.value.0, &STATUSES, out);
        }
        if let Some(expire) = self.expire {
            let (low, high) = expire.value;
            let _ = write!(out, " {}{dashes}ctexpire {low}", expire.mark());
            if low != high {
                let _ = write!(out, ":{high}");
            }
        }
        match self.dir {
            Some(CtDir::Original) => {
                let _ = write!(out, " {dashes}ctdir ORIGINAL");
            }
            Some(CtDir::Reply) => {
                let _ = write!(out, " {dashes}ctdir REPLY");
            }
            None => {}
        }
    }
}
