//! `-j SNPT` and `-j DNPT` (ip6t_NPT.c): one prefix for another (RFC 6296).

use super::opt::{Arg, Ext, Opt, Place, Read, hook};
use crate::addr::Family;
use crate::addr::prefix_length;
use crate::diag::Problem;
use std::fmt::Write as _;
use std::net::IpAddr;

/// The two prefixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Prefixes {
    src: (IpAddr, u8),
    dst: (IpAddr, u8),
}

const OPTS: &[Opt] = &[Opt::new("src-pfx", 0).must(), Opt::new("dst-pfx", 1).must()];

impl Prefixes {
    fn new(family: Family) -> Self {
        let any = (family.unspecified(), 0);
        Self { src: any, dst: any }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        let (net, mask) = arg.host_network()?;
        let length = prefix_length(mask)
            .filter(|n| *n <= 64)
            .ok_or_else(|| Problem::new("the prefix is too long").hint("at most 64 bits"))?;
        let behind = match (net, mask) {
            (IpAddr::V6(net), IpAddr::V6(mask)) => u128::from(net) & !u128::from(mask),
            _ => 0,
        };
        if behind != 0 {
            return Err(Problem::new("bits are set behind the prefix"));
        }
        if arg.id == 0 {
            self.src = (net, length);
        } else {
            self.dst = (net, length);
        }
        Ok(())
    }

    fn push(&self, before: &str, dashes: &str, out: &mut String) {
        let _ = write!(
            out,
            "{before} {dashes}src-pfx {}/{} {dashes}dst-pfx {}/{}",
            self.src.0, self.src.1, self.dst.0, self.dst.1
        );
    }
}

/// Changes the source's prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snpt(Prefixes);

/// Changes the destination's prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dnpt(Prefixes);

impl Ext for Snpt {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(family: Family) -> Self {
        Self(Prefixes::new(family))
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.0.set(arg)
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&["mangle"], hook::IN | hook::POST)
    }

    fn save(&self, _: Family, out: &mut String) {
        self.0.push("", "--", out);
    }

    fn list(&self, _: Family, out: &mut String) {
        self.0.push(" SNPT", "", out);
    }
}

impl Ext for Dnpt {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(family: Family) -> Self {
        Self(Prefixes::new(family))
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.0.set(arg)
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&["mangle"], hook::PRE | hook::OUT)
    }

    fn save(&self, _: Family, out: &mut String) {
        self.0.push("", "--", out);
    }

    fn list(&self, _: Family, out: &mut String) {
        self.0.push(" DNPT", "", out);
    }
}
