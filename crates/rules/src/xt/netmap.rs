//! `-j NETMAP` (xt_NETMAP.c): a network onto another of the same size.

use super::opt::{Arg, Ext, Opt, Place, Read, hook};
use crate::addr::{AddrMatch, Family, Printed, prefix_length};
use std::fmt::Write as _;
use std::net::IpAddr;

/// Maps a whole network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Netmap {
    /// `--to`: the network's address.
    pub addr: IpAddr,
    /// Its mask.
    pub mask: IpAddr,
}

const OPTS: &[Opt] = &[Opt::new("to", 0).must()];

impl Netmap {
    fn push(&self, out: &mut String) {
        match prefix_length(self.mask) {
            Some(length) => {
                let _ = write!(out, "{}/{length}", Printed(self.addr));
            }
            None => {
                let _ = write!(out, "{}/{}", Printed(self.addr), Printed(self.mask));
            }
        }
    }
}

impl Ext for Netmap {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(family: Family) -> Self {
        Self {
            addr: family.unspecified(),
            mask: family.unspecified(),
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        let (addr, mask) = arg.host_network()?;
        let tidy = AddrMatch::new(addr, mask, false);
        (self.addr, self.mask) = (tidy.addr(), tidy.mask());
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&["nat"], hook::ALL)
    }

    fn save(&self, _: Family, out: &mut String) {
        out.push_str(" --to ");
        self.push(out);
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" to:");
        self.push(out);
    }
}
