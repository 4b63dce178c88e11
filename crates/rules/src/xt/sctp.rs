//! `-m sctp` (xt_sctp.c).

use super::opt::{Arg, Env, Ext, Listed, Opt, Read};
use super::ports::PortRange;
use crate::addr::Family;
use crate::diag::{Problem, nearest};
use crate::names::Transport;
use crate::rule::Neg;
use std::fmt::Write as _;

/// What the SCTP header must have. `None` asks nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sctp {
    /// `--sport`.
    pub sport: Option<Neg<PortRange>>,
    /// `--dport`.
    pub dport: Option<Neg<PortRange>>,
    /// `--chunk-types`.
    pub chunks: Option<Neg<Chunks>>,
}

/// Chunks that a packet must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunks {
    /// How many of them.
    pub which: Which,
    /// `ALL`: every type there is.
    pub all: bool,
    /// Types with the flags that are looked at and the value that they must
    /// have, sorted by type.
    pub types: Vec<(u8, u8, u8)>,
}

/// How the chunks of a packet are compared with the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Every one of the list is in the packet.
    All,
    /// One of the list is.
    Any,
    /// Nothing else is.
    Only,
}

/// Types, their numbers, and the letters of their flags from bit 7 down.
const TYPES: [(&str, u8, &str); 20] = [
    ("DATA", 0, "----IUBE"),
    ("INIT", 1, ""),
    ("INIT_ACK", 2, ""),
    ("SACK", 3, ""),
    ("HEARTBEAT", 4, ""),
    ("HEARTBEAT_ACK", 5, ""),
    ("ABORT", 6, "-------T"),
    ("SHUTDOWN", 7, ""),
    ("SHUTDOWN_ACK", 8, ""),
    ("ERROR", 9, ""),
    ("COOKIE_ECHO", 10, ""),
    ("COOKIE_ACK", 11, ""),
    ("ECN_ECNE", 12, ""),
    ("ECN_CWR", 13, ""),
    ("SHUTDOWN_COMPLETE", 14, "-------T"),
    ("I_DATA", 64, "----IUBE"),
    ("ASCONF_ACK", 128, ""),
    ("RE_CONFIG", 130, ""),
    ("PAD", 132, ""),
    ("FORWARD_TSN", 192, ""),
];
/// Further types, without flags.
const MORE: [(&str, u8, &str); 2] = [("ASCONF", 193, ""), ("I_FORWARD_TSN", 194, "")];

fn types() -> impl Iterator<Item = (&'static str, u8, &'static str)> {
    TYPES.into_iter().chain(MORE)
}

const OPTS: &[Opt] = &[
    Opt::new("source-port", 0).inv(),
    Opt::new("sport", 0).inv(),
    Opt::new("destination-port", 1).inv(),
    Opt::new("dport", 1).inv(),
    Opt::new("chunk-types", 2).args(2).inv(),
];

impl Chunks {
    fn parse(which: &str, list: &str) -> Read<Self> {
        let mut chunks = Self {
            which: match which.to_ascii_lowercase().as_str() {
                "all" => Which::All,
                "any" => Which::Any,
                "only" => Which::Only,
                other => {
                    return Err(
                        Problem::new(format!("unknown word `{other}`")).hint("all, any or only")
                    );
                }
            },
            all: list.eq_ignore_ascii_case("ALL"),
            types: Vec::new(),
        };
        if chunks.all || list.eq_ignore_ascii_case("NONE") {
            return Ok(chunks);
        }
        // As strtok() divides a list.
        for word in list.split(',').filter(|word| !word.is_empty()) {
            let (name, flags) = word.split_once(':').unwrap_or((word, ""));
            let upper = name.to_ascii_uppercase();
            let Some((_, number, letters)) = types().find(|(n, ..)| *n == upper) else {
                let problem = Problem::new(format!("unknown chunk type `{name}`"));
                return Err(match nearest(&upper, types().map(|t| t.0)) {
                    Some(near) => problem.hint(format!("did you mean `{near}`?")),
                    None => problem,
                });
            };
            let (mut mask, mut value) = (0, 0);
            for letter in flags.chars() {
                let at = letters
                    .find(letter.to_ascii_uppercase())
                    .filter(|_| letter != '-')
                    .ok_or_else(|| {
                        Problem::new(format!("{name} has no flag `{letter}`"))
                            .hint(letters.replace('-', ""))
                    })?;
                let bit = 0x80u8 >> at;
                mask |= bit;
                if letter.is_ascii_uppercase() {
                    value |= bit;
                }
            }
            match chunks.types.iter_mut().find(|(n, ..)| *n == number) {
                Some(found) => *found = (number, found.1 | mask, found.2 | value),
                None => chunks.types.push((number, mask, value)),
            }
        }
        chunks.types.sort_unstable();
        Ok(chunks)
    }

    fn push(&self, numeric: bool, out: &mut String) {
        out.push_str(match self.which {
            Which::All => "all ",
            Which::Any => "any ",
            Which::Only => "only ",
        });
        if self.all {
            out.push_str("ALL");
        } else if self.types.is_empty() {
            out.push_str("NONE");
        }
        for (n, (number, mask, value)) in self.types.iter().enumerate() {
            if n > 0 {
                out.push(',');
            }
            let known = types().find(|(_, other, _)| other == number);
            let (name, _, letters) = known.unwrap_or(("", 0, ""));
            if numeric {
                let _ = write!(out, "0x{number:04X}");
            } else {
                out.push_str(name);
            }
            if *mask != 0 {
                out.push(':');
            }
            for (at, letter) in letters.chars().enumerate() {
                let bit = 0x80u8 >> at;
                if mask & bit != 0 {
                    out.push(if value & bit != 0 {
                        letter
                    } else {
                        letter.to_ascii_lowercase()
                    });
                }
            }
        }
    }
}

/// Prints ` [! ]OPTION first[:last]`, every port as well.
pub(super) fn push_ports(range: &Option<Neg<PortRange>>, option: &str, out: &mut String) {
    if let Some(range) = range {
        let PortRange { first, last } = range.value;
        let _ = write!(out, " {}{option} {first}", range.mark());
        if first != last {
            let _ = write!(out, ":{last}");
        }
    }
}

impl Ext for Sctp {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.sport = Some(PortRange::parse(arg, Transport::Sctp)?),
            1 => self.dport = Some(PortRange::parse(arg, Transport::Sctp)?),
            _ => self.chunks = Some(arg.neg(Chunks::parse(arg.word(0), arg.word(1))?)),
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if !env.is_proto(132) {
            return Err(Problem::new("`-m sctp` needs `-p sctp`").hint("add -p sctp to the rule"));
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        push_ports(&self.sport, "--sport", out);
        push_ports(&self.dport, "--dport", out);
        if let Some(chunks) = &self.chunks {
            let _ = write!(out, " {}--chunk-types ", chunks.mark());
            chunks.value.push(false, out);
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" sctp");
        PortRange::push_list(&self.sport, "spt", out);
        PortRange::push_list(&self.dport, "dpt", out);
        if let Some(chunks) = &self.chunks {
            let _ = write!(out, " {}", chunks.mark());
            chunks.value.push(true, out);
        }
    }

    fn list_named(&self, _: Listed, out: &mut String) {
        out.push_str(" sctp");
        PortRange::push_named(&self.sport, "spt", Transport::Sctp, out);
        PortRange::push_named(&self.dport, "dpt", Transport::Sctp, out);
        if let Some(chunks) = &self.chunks {
            let _ = write!(out, " {}", chunks.mark());
            chunks.value.push(false, out);
        }
    }
}
