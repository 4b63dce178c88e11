//! `-m addrtype` (xt_addrtype.c): what kind of address the routing table takes
//! the source or the destination for.

use super::opt::{Arg, Env, Ext, Opt, Place, Read, hook};
use crate::addr::Family;
use crate::diag::{Problem, nearest};
use crate::rule::Neg;

/// Kinds of addresses that match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Addrtype {
    /// `--src-type`.
    pub src: Option<Neg<AddrTypes>>,
    /// `--dst-type`.
    pub dst: Option<Neg<AddrTypes>>,
    /// `--limit-iface-in`: ask only the device that the packet came by.
    pub limit_in: bool,
    /// `--limit-iface-out`: ask only the device that it leaves by.
    pub limit_out: bool,
}

/// A set of route types, bit n for type n of `linux/rtnetlink.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct AddrTypes(pub u16);

/// Names of the types, by number.
pub const TYPE_NAMES: [&str; 12] = [
    "UNSPEC",
    "UNICAST",
    "LOCAL",
    "BROADCAST",
    "ANYCAST",
    "MULTICAST",
    "BLACKHOLE",
    "UNREACHABLE",
    "PROHIBIT",
    "THROW",
    "NAT",
    "XRESOLVE",
];

/// BROADCAST, BLACKHOLE, and PROHIBIT and what follows: the kernel does not
/// know them of IPv6 (`addrtype_mt_checkentry_v1`).
const NOT_IPV6: u16 = 0xff48;

impl AddrTypes {
    /// Whether the type of that number (`RTN_LOCAL` is 2) is in the set.
    pub fn contains(self, number: u8) -> bool {
        number < 16 && self.0 & (1 << number) != 0
    }

    fn parse(word: &str) -> Read<Self> {
        let mut bits = 0;
        for name in word.split(',') {
            let upper = name.to_ascii_uppercase();
            // The first that begins so is meant.
            let at = TYPE_NAMES
                .iter()
                .position(|n| !upper.is_empty() && n.starts_with(&*upper));
            match at {
                Some(at) => bits |= 1 << at,
                None => {
                    let problem = Problem::new(format!("unknown address type `{name}`"));
                    return Err(match nearest(&upper, TYPE_NAMES.into_iter()) {
                        Some(name) => problem.hint(format!("did you mean `{name}`?")),
                        None => problem.hint("such as LOCAL, UNICAST, BROADCAST, MULTICAST"),
                    });
                }
            }
        }
        Ok(Self(bits))
    }

    fn push(self, out: &mut String) {
        let mut first = true;
        for (n, name) in TYPE_NAMES.iter().enumerate() {
            if self.0 & (1 << n) != 0 {
                if !first {
                    out.push(',');
                }
                first = false;
                out.push_str(name);
            }
        }
    }
}

const OPTS: &[Opt] = &[
    Opt::new("src-type", 0).inv(),
    Opt::new("dst-type", 1).inv(),
    Opt::new("limit-iface-in", 2).flag().not_with(&[3]),
    Opt::new("limit-iface-out", 3).flag().not_with(&[2]),
];

impl Ext for Addrtype {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.src = Some(arg.neg(AddrTypes::parse(arg.text())?)),
            1 => self.dst = Some(arg.neg(AddrTypes::parse(arg.text())?)),
            2 => self.limit_in = true,
            _ => self.limit_out = true,
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if self.src.is_none() && self.dst.is_none() {
            return Err("`-m addrtype` needs --src-type or --dst-type".into());
        }
        let asked = [self.src, self.dst].into_iter().flatten();
        if env.family == Family::V6 && asked.into_iter().any(|t| t.value.0 & NOT_IPV6 != 0) {
            return Err(Problem::new("IPv6 has no such address type")
                .hint("UNSPEC, UNICAST, LOCAL, ANYCAST, MULTICAST and UNREACHABLE"));
        }
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        let hooks = match (self.limit_in, self.limit_out) {
            (true, _) => hook::PRE | hook::IN | hook::FWD,
            (_, true) => hook::FWD | hook::OUT | hook::POST,
            _ => hook::ALL,
        };
        Place::new(&[], hooks)
    }

    fn save(&self, _: Family, out: &mut String) {
        for (types, option) in [(self.src, "--src-type "), (self.dst, "--dst-type ")] {
            if let Some(types) = types {
                out.push(' ');
                out.push_str(types.mark());
                out.push_str(option);
                types.value.push(out);
            }
        }
        if self.limit_in {
            out.push_str(" --limit-iface-in");
        }
        if self.limit_out {
            out.push_str(" --limit-iface-out");
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" ADDRTYPE match");
        for (types, option) in [(self.src, " src-type "), (self.dst, " dst-type ")] {
            if let Some(types) = types {
                out.push_str(option);
                out.push_str(types.bang());
                types.value.push(out);
            }
        }
        if self.limit_in {
            out.push_str(" limit-in");
        }
        if self.limit_out {
            out.push_str(" limit-out");
        }
    }
}
