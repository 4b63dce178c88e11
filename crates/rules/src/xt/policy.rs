//! `-m policy` (xt_policy.c): what IPsec did, or will do, to the packet.

use super::opt::{Arg, Env, Ext, Listed, Opt, Place, Read, hook};
use crate::addr::{Family, prefix_length};
use crate::diag::Problem;
use crate::names;
use crate::rule::Neg;
use std::fmt::Write as _;
use std::net::IpAddr;

/// Matches packets that IPsec handled, or did not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// `--dir`.
    pub dir: Option<PolicyDir>,
    /// `--pol none`: that no IPsec policy applied; otherwise `ipsec`.
    pub none: bool,
    /// `--strict`: the whole of the transformations, not any one of them.
    pub strict: bool,
    /// Transformations, one between each `--next`.
    pub elements: Vec<Element>,
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyDir {
    /// `in`: how it was decapsulated.
    In,
    /// `out`: how it will be encapsulated.
    Out,
}

/// A transformation. `None` asks nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    /// `--reqid`.
    pub reqid: Option<Neg<u32>>,
    /// `--spi`.
    pub spi: Option<Neg<u32>>,
    /// `--proto`.
    pub proto: Option<Neg<u8>>,
    /// `--mode`: whether it is `tunnel`; otherwise `transport`.
    pub tunnel: Option<Neg<bool>>,
    /// `--tunnel-src`: address and mask.
    pub src: Option<Neg<(IpAddr, IpAddr)>>,
    /// `--tunnel-dst`: address and mask.
    pub dst: Option<Neg<(IpAddr, IpAddr)>>,
}

/// Most transformations (`XT_POLICY_MAX_ELEM`).
const MAX: usize = 4;

const OPTS: &[Opt] = &[
    Opt::new("dir", 0).must(),
    Opt::new("pol", 1),
    Opt::new("strict", 2).flag(),
    Opt::new("reqid", 3).inv().multi(),
    Opt::new("spi", 4).inv().multi(),
    Opt::new("tunnel-src", 5).inv().multi(),
    Opt::new("tunnel-dst", 6).inv().multi(),
    Opt::new("proto", 7).inv().multi(),
    Opt::new("mode", 8).inv().multi(),
    Opt::new("next", 9).flag().multi(),
];

fn once<T>(slot: &mut Option<Neg<T>>, value: Neg<T>) -> Read<()> {
    if slot.replace(value).is_some() {
        return Err(Problem::new("it is given twice").hint("--next begins another transformation"));
    }
    Ok(())
}

impl Element {
    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        let network = || -> Read<_> { Ok(arg.neg(arg.host_network()?)) };
        match arg.id {
            3 => once(&mut self.reqid, arg.neg(arg.u32()?)),
            4 => once(&mut self.spi, arg.neg(arg.u32()?)),
            5 => once(&mut self.src, network()?),
            6 => once(&mut self.dst, network()?),
            7 => {
                let proto = names::protocol(arg.text())?;
                if !matches!(proto, 50 | 51 | 108) {
                    return Err(
                        Problem::new("IPsec has no such protocol").hint("esp, ah or ipcomp")
                    );
                }
                once(&mut self.proto, arg.neg(proto))
            }
            _ => {
                let tunnel = match arg.text() {
                    "tunnel" => true,
                    "transport" => false,
                    other => {
                        return Err(Problem::new(format!("unknown mode `{other}`"))
                            .hint("tunnel or transport"));
                    }
                };
                once(&mut self.tunnel, arg.neg(tunnel))
            }
        }
    }

    fn check(&self, strict: bool) -> Read<()> {
        if strict && *self == Self::default() {
            return Err(Problem::new("a transformation of `--strict` says nothing")
                .hint("--reqid, --spi, --proto or --mode"));
        }
        // What is no transport is a tunnel (libxt_policy.c, `check_policy_element`).
        let tunnel = self.tunnel.is_some_and(|t| t.value != t.inverted);
        if (self.src.is_some() || self.dst.is_some()) && !tunnel {
            return Err("`--tunnel-src` and `--tunnel-dst` need `--mode tunnel`".into());
        }
        Ok(())
    }

    fn push(&self, dashes: &str, numeric: bool, out: &mut String) {
        if let Some(reqid) = self.reqid {
            let _ = write!(out, " {}{dashes}reqid {}", reqid.mark(), reqid.value);
        }
        if let Some(spi) = self.spi {
            let _ = write!(out, " {}{dashes}spi {:#x}", spi.mark(), spi.value);
        }
        if let Some(proto) = self.proto {
            let _ = write!(out, " {}{dashes}proto ", proto.mark());
            match names::protocol_name(proto.value).filter(|_| !numeric) {
                Some(name) => out.push_str(name),
                None => {
                    let _ = write!(out, "{}", proto.value);
                }
            }
        }
        if let Some(tunnel) = self.tunnel {
            let name = if tunnel.value { "tunnel" } else { "transport" };
            let _ = write!(out, " {}{dashes}mode {name}", tunnel.mark());
        }
        for (end, name) in [(self.dst, "tunnel-dst"), (self.src, "tunnel-src")] {
            if let Some(end) = end {
                let (addr, mask) = end.value;
                let _ = write!(out, " {}{dashes}{name} {addr}", end.mark());
                let full = if addr.is_ipv4() { 32 } else { 128 };
                if let Some(length) = prefix_length(mask).filter(|n| *n != full) {
                    let _ = write!(out, "/{length}");
                }
            }
        }
    }
}

impl Ext for Policy {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self {
            elements: vec![Element::default()],
            ..Self::default()
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        let other = |what: &str, hint: &str| {
            Problem::new(format!("unknown {what} `{}`", arg.text())).hint(hint)
        };
        match arg.id {
            0 => {
                self.dir = Some(match arg.text() {
                    "in" => PolicyDir::In,
                    "out" => PolicyDir::Out,
                    _ => return Err(other("direction", "in or out")),
                });
            }
            1 => {
                self.none = match arg.text() {
                    "none" => true,
                    "ipsec" => false,
                    _ => return Err(other("policy", "none or ipsec")),
                };
            }
            2 => self.strict = true,
            9 => {
                if self.elements.len() >= MAX {
                    return Err(Problem::new("too many transformations").hint("at most 4"));
                }
                self.elements.push(Element::default());
            }
            _ => {
                if let Some(last) = self.elements.last_mut() {
                    last.set(arg)?;
                }
            }
        }
        Ok(())
    }

    fn check(&mut self, _: &Env<'_>) -> Read<()> {
        if self.none {
            if self.elements.len() > 1 {
                return Err("`--pol none` speaks of no transformation".into());
            }
            if self.strict {
                return Err("`--strict` says nothing about `--pol none`".into());
            }
            // iptables forgets what it was told of transformations.
            self.elements = vec![Element::default()];
            return Ok(());
        }
        if !self.strict && self.elements.len() > 1 {
            return Err("`--next` needs `--strict`".into());
        }
        self.elements.iter().try_for_each(|e| e.check(self.strict))
    }

    fn place(&self, _: Family) -> Place {
        let hooks = match self.dir {
            Some(PolicyDir::In) => hook::PRE | hook::IN | hook::FWD,
            _ => hook::FWD | hook::OUT | hook::POST,
        };
        Place::new(&[], hooks)
    }

    fn save(&self, _: Family, out: &mut String) {
        self.push("--", false, out);
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" policy match");
        self.push("", true, out);
    }

    fn list_named(&self, _: Listed, out: &mut String) {
        out.push_str(" policy match");
        self.push("", false, out);
    }
}

impl Policy {
    fn push(&self, dashes: &str, numeric: bool, out: &mut String) {
        let dir = match self.dir {
            Some(PolicyDir::Out) => "out",
            _ => "in",
        };
        let pol = if self.none { "none" } else { "ipsec" };
        let _ = write!(out, " {dashes}dir {dir} {dashes}pol {pol}");
        if self.strict {
            let _ = write!(out, " {dashes}strict");
        }
        let listing = dashes.is_empty();
        for (n, element) in self.elements.iter().enumerate() {
            if listing && self.elements.len() > 1 {
                let _ = write!(out, " [{n}]");
            } else if n > 0 {
                out.push_str(" --next");
            }
            element.push(dashes, numeric, out);
        }
    }
}
