//! `-j REJECT` (ipt_REJECT.c, ip6t_REJECT.c): drops the packet and says so.

use super::opt::{Arg, Env, Ext, Opt, Place, Read, hook};
use crate::addr::Family;
use crate::diag::{Problem, nearest};

/// What the sender is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RejectWith {
    /// A TCP reset; needs `-p tcp`.
    TcpReset,
    /// ICMP type 3, code 0.
    IcmpNetUnreachable,
    /// ICMP type 3, code 1.
    IcmpHostUnreachable,
    /// ICMP type 3, code 2.
    IcmpProtoUnreachable,
    /// ICMP type 3, code 3.
    IcmpPortUnreachable,
    /// ICMP type 3, code 9.
    IcmpNetProhibited,
    /// ICMP type 3, code 10.
    IcmpHostProhibited,
    /// ICMP type 3, code 13.
    IcmpAdminProhibited,
    /// ICMPv6 type 1, code 0.
    Icmp6NoRoute,
    /// ICMPv6 type 1, code 1.
    Icmp6AdmProhibited,
    /// ICMPv6 type 1, code 3.
    Icmp6AddrUnreachable,
    /// ICMPv6 type 1, code 4.
    Icmp6PortUnreachable,
    /// ICMPv6 type 1, code 5.
    Icmp6PolicyFail,
    /// ICMPv6 type 1, code 6.
    Icmp6RejectRoute,
}

/// `-j REJECT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reject {
    /// `--reject-with`; port unreachable unless told.
    pub with: RejectWith,
}

use RejectWith as R;

const NAMES4: &[(&str, &str, RejectWith)] = &[
    ("icmp-net-unreachable", "net-unreach", R::IcmpNetUnreachable),
    (
        "icmp-host-unreachable",
        "host-unreach",
        R::IcmpHostUnreachable,
    ),
    (
        "icmp-proto-unreachable",
        "proto-unreach",
        R::IcmpProtoUnreachable,
    ),
    (
        "icmp-port-unreachable",
        "port-unreach",
        R::IcmpPortUnreachable,
    ),
    ("icmp-net-prohibited", "net-prohib", R::IcmpNetProhibited),
    ("icmp-host-prohibited", "host-prohib", R::IcmpHostProhibited),
    ("tcp-reset", "tcp-rst", R::TcpReset),
    (
        "icmp-admin-prohibited",
        "admin-prohib",
        R::IcmpAdminProhibited,
    ),
];

const NAMES6: &[(&str, &str, RejectWith)] = &[
    ("icmp6-no-route", "no-route", R::Icmp6NoRoute),
    (
        "icmp6-adm-prohibited",
        "adm-prohibited",
        R::Icmp6AdmProhibited,
    ),
    (
        "icmp6-addr-unreachable",
        "addr-unreach",
        R::Icmp6AddrUnreachable,
    ),
    (
        "icmp6-port-unreachable",
        "port-unreach",
        R::Icmp6PortUnreachable,
    ),
    ("tcp-reset", "tcp-reset", R::TcpReset),
    ("icmp6-policy-fail", "policy-fail", R::Icmp6PolicyFail),
    ("icmp6-reject-route", "reject-route", R::Icmp6RejectRoute),
];

fn names(family: Family) -> &'static [(&'static str, &'static str, RejectWith)] {
    match family {
        Family::V4 | Family::Arp => NAMES4,
        Family::V6 => NAMES6,
    }
}

impl RejectWith {
    /// The name that is printed.
    pub fn name(self) -> &'static str {
        let mut all = NAMES4.iter().chain(NAMES6);
        all.find(|(_, _, with)| *with == self).map_or("", |n| n.0)
    }
}

const OPTS: &[Opt] = &[Opt::new("reject-with", 0)];

impl Ext for Reject {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(family: Family) -> Self {
        Self {
            with: match family {
                Family::V4 | Family::Arp => R::IcmpPortUnreachable,
                Family::V6 => R::Icmp6PortUnreachable,
            },
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        // Any beginning of a name will do, and the first that fits is taken.
        let lower = arg.text().to_ascii_lowercase();
        let found = names(arg.family)
            .iter()
            .find(|(name, alias, _)| name.starts_with(&lower) || alias.starts_with(&lower));
        match found {
            Some((_, _, with)) => self.with = *with,
            None => {
                let problem = Problem::new(format!("unknown reject type `{}`", arg.text()));
                let all = names(arg.family).iter().map(|n| n.0);
                return Err(match nearest(&lower, all.clone()) {
                    Some(name) => problem.hint(format!("did you mean `{name}`?")),
                    None => problem.hint(all.collect::<Vec<_>>().join(", ")),
                });
            }
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if self.with == R::TcpReset && !env.is_proto(6) {
            return Err(Problem::new("only TCP can be reset").hint("add -p tcp to the rule"));
        }
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&["filter"], hook::IN | hook::FWD | hook::OUT)
    }

    fn save(&self, _: Family, out: &mut String) {
        out.push_str(" --reject-with ");
        out.push_str(self.with.name());
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" reject-with ");
        out.push_str(self.with.name());
    }
}
