//! `-m icmp` and `-m icmp6` (ip_tables.c, ip6_tables.c).

use super::opt::{Arg, Env, Ext, Listed, Opt, Read};
use crate::addr::Family;
use crate::diag::{Problem, nearest};
use crate::num;
use crate::rule::Neg;
use std::fmt::Write as _;

/// A type and its codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IcmpType {
    /// The type; 255 in IPv4 is any.
    pub kind: u8,
    /// The lowest and the highest code that match.
    pub codes: (u8, u8),
}

/// `-m icmp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Icmp {
    /// `--icmp-type`; 255 is any.
    pub kind: Neg<IcmpType>,
}

/// `-m icmp6`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Icmp6 {
    /// `--icmpv6-type`.
    pub kind: Neg<IcmpType>,
}

/// Name, type, lowest and highest code.
pub(crate) type Names = [(&'static str, u8, u8, u8)];

/// In the order in which the tool looks them up.
pub(crate) const NAMES4: &Names = &[
    ("any", 255, 0, 255),
    ("echo-reply", 0, 0, 255),
    ("pong", 0, 0, 255),
    ("destination-unreachable", 3, 0, 255),
    ("network-unreachable", 3, 0, 0),
    ("host-unreachable", 3, 1, 1),
    ("protocol-unreachable", 3, 2, 2),
    ("port-unreachable", 3, 3, 3),
    ("fragmentation-needed", 3, 4, 4),
    ("source-route-failed", 3, 5, 5),
    ("network-unknown", 3, 6, 6),
    ("host-unknown", 3, 7, 7),
    ("network-prohibited", 3, 9, 9),
    ("host-prohibited", 3, 10, 10),
    ("TOS-network-unreachable", 3, 11, 11),
    ("TOS-host-unreachable", 3, 12, 12),
    ("communication-prohibited", 3, 13, 13),
    ("host-precedence-violation", 3, 14, 14),
    ("precedence-cutoff", 3, 15, 15),
    ("source-quench", 4, 0, 255),
    ("redirect", 5, 0, 255),
    ("network-redirect", 5, 0, 0),
    ("host-redirect", 5, 1, 1),
    ("TOS-network-redirect", 5, 2, 2),
    ("TOS-host-redirect", 5, 3, 3),
    ("echo-request", 8, 0, 255),
    ("ping", 8, 0, 255),
    ("router-advertisement", 9, 0, 255),
    ("router-solicitation", 10, 0, 255),
    ("time-exceeded", 11, 0, 255),
    ("ttl-exceeded", 11, 0, 255),
    ("ttl-zero-during-transit", 11, 0, 0),
    ("ttl-zero-during-reassembly", 11, 1, 1),
    ("parameter-problem", 12, 0, 255),
    ("ip-header-bad", 12, 0, 0),
    ("required-option-missing", 12, 1, 1),
    ("timestamp-request", 13, 0, 255),
    ("timestamp-reply", 14, 0, 255),
    ("address-mask-request", 17, 0, 255),
    ("address-mask-reply", 18, 0, 255),
];

pub(crate) const NAMES6: &Names = &[
    ("destination-unreachable", 1, 0, 255),
    ("no-route", 1, 0, 0),
    ("communication-prohibited", 1, 1, 1),
    ("beyond-scope", 1, 2, 2),
    ("address-unreachable", 1, 3, 3),
    ("port-unreachable", 1, 4, 4),
    ("failed-policy", 1, 5, 5),
    ("reject-route", 1, 6, 6),
    ("packet-too-big", 2, 0, 255),
    ("time-exceeded", 3, 0, 255),
    ("ttl-exceeded", 3, 0, 255),
    ("ttl-zero-during-transit", 3, 0, 0),
    ("ttl-zero-during-reassembly", 3, 1, 1),
    ("parameter-problem", 4, 0, 255),
    ("bad-header", 4, 0, 0),
    ("unknown-header-type", 4, 1, 1),
    ("unknown-option", 4, 2, 2),
    ("echo-request", 128, 0, 255),
    ("ping", 128, 0, 255),
    ("echo-reply", 129, 0, 255),
    ("pong", 129, 0, 255),
    ("router-solicitation", 133, 0, 255),
    ("router-advertisement", 134, 0, 255),
    ("neighbour-solicitation", 135, 0, 255),
    ("neighbor-solicitation", 135, 0, 255),
    ("neighbour-advertisement", 136, 0, 255),
    ("neighbor-advertisement", 136, 0, 255),
    ("redirect", 137, 0, 255),
];

impl IcmpType {
    /// Whether a packet's type and code match, an exclamation mark aside.
    pub fn contains(self, kind: u8, code: u8) -> bool {
        self.kind == kind && (self.codes.0..=self.codes.1).contains(&code)
    }

    /// Reads a name, any beginning that fits one name only, or `type[/code]`.
    fn parse(word: &str, names: &Names) -> Read<Self> {
        let lower = word.to_ascii_lowercase();
        let mut fitting = names
            .iter()
            .filter(|(name, ..)| name.to_ascii_lowercase().starts_with(&lower));
        match (fitting.next(), fitting.next()) {
            (Some((name, ..)), Some((other, ..))) => {
                return Err(
                    Problem::new(format!("`{word}` could be more than one ICMP type"))
                        .hint(format!("{name} or {other}")),
                );
            }
            (Some((_, kind, low, high)), None) => {
                return Ok(Self {
                    kind: *kind,
                    codes: (*low, *high),
                });
            }
            _ => {}
        }
        let (kind, code) = match word.split_once('/') {
            Some((kind, code)) => (kind, Some(code)),
            None => (word, None),
        };
        let unknown = |_| {
            let problem = Problem::new(format!("unknown ICMP type `{word}`"));
            match nearest(&lower, names.iter().map(|n| n.0)) {
                Some(name) => problem.hint(format!("did you mean `{name}`?")),
                None => problem.hint("a name such as echo-request, or type/code"),
            }
        };
        let byte = |n: u64| u8::try_from(n).unwrap_or(0);
        let kind = byte(num::parse(kind, 255).map_err(unknown)?);
        let codes = match code {
            Some(code) => {
                let code = byte(num::parse(code, 255)?);
                (code, code)
            }
            None => (0, 255),
        };
        Ok(Self { kind, codes })
    }

    /// The first name that it has.
    fn name(self, names: &Names) -> Option<&'static str> {
        let same = |n: &&(&'static str, u8, u8, u8)| (n.1, (n.2, n.3)) == (self.kind, self.codes);
        names.iter().find(same).map(|n| n.0)
    }

    fn push_codes(self, separator: &str, out: &mut String) {
        let (low, high) = self.codes;
        if (low, high) != (0, 255) {
            let _ = write!(out, "{separator}{low}");
            if low != high {
                let _ = write!(out, "-{high}");
            }
        }
    }
}

const OPTS4: &[Opt] = &[Opt::new("icmp-type", 0).inv().must()];
const OPTS6: &[Opt] = &[Opt::new("icmpv6-type", 0).inv().must()];

impl Ext for Icmp {
    fn options(_: Family) -> &'static [Opt] {
        OPTS4
    }

    fn new(_: Family) -> Self {
        Self {
            kind: Neg::new(
                IcmpType {
                    kind: 255,
                    codes: (0, 255),
                },
                false,
            ),
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.kind = arg.neg(IcmpType::parse(arg.text(), NAMES4)?);
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if !env.is_proto(1) {
            return Err(Problem::new("`-m icmp` needs `-p icmp`").hint("add -p icmp to the rule"));
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(out, " {}--icmp-type ", self.kind.mark());
        if self.kind.value.kind == 255 {
            out.push_str("any");
        } else {
            let _ = write!(out, "{}", self.kind.value.kind);
            self.kind.value.push_codes("/", out);
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        let _ = write!(
            out,
            " icmp{}type {}",
            if self.kind.inverted { " !" } else { "" },
            self.kind.value.kind
        );
        self.kind.value.push_codes(" code ", out);
    }

    fn list_named(&self, rule: Listed, out: &mut String) {
        match self.kind.value.name(NAMES4) {
            Some(name) => {
                let _ = write!(out, " icmp {}{name}", self.kind.bang());
            }
            None => self.list(rule.family, out),
        }
    }
}

impl Ext for Icmp6 {
    fn options(_: Family) -> &'static [Opt] {
        OPTS6
    }

    fn new(_: Family) -> Self {
        Self {
            kind: Neg::new(
                IcmpType {
                    kind: 0,
                    codes: (0, 255),
                },
                false,
            ),
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.kind = arg.neg(IcmpType::parse(arg.text(), NAMES6)?);
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if !env.is_proto(58) {
            return Err(Problem::new("`-m icmp6` needs `-p ipv6-icmp`")
                .hint("add -p ipv6-icmp to the rule"));
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(
            out,
            " {}--icmpv6-type {}",
            self.kind.mark(),
            self.kind.value.kind
        );
        self.kind.value.push_codes("/", out);
    }

    fn list(&self, _: Family, out: &mut String) {
        let _ = write!(
            out,
            " ipv6-icmp{}type {}",
            if self.kind.inverted { " !" } else { "" },
            self.kind.value.kind
        );
        self.kind.value.push_codes(" code ", out);
    }

    fn list_named(&self, rule: Listed, out: &mut String) {
        match self.kind.value.name(NAMES6) {
            Some(name) => {
                let _ = write!(out, " ipv6-icmp {}{name}", self.kind.bang());
            }
            None => self.list(rule.family, out),
        }
    }
}
