//! `-j TEE` and `-j TPROXY` (xt_TEE.c, xt_TPROXY.c): a copy for another host,
//! or the packet itself for a proxy on this one.

use super::opt::{Arg, Env, Ext, Opt, Place, Read, hook};
use crate::addr::Family;
use crate::diag::Problem;
use crate::names;
use std::fmt::Write as _;
use std::net::IpAddr;

/// Sends a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tee {
    /// `--gateway`: to whom.
    pub gateway: IpAddr,
    /// `--oif`: by which device; empty for any.
    pub oif: Box<str>,
}

const TEE_OPTS: &[Opt] = &[Opt::new("gateway", 0).must(), Opt::new("oif", 1)];

impl Ext for Tee {
    fn options(_: Family) -> &'static [Opt] {
        TEE_OPTS
    }

    fn new(family: Family) -> Self {
        Self {
            gateway: family.unspecified(),
            oif: Box::default(),
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => {
                self.gateway = arg.host()?;
                if self.gateway.is_unspecified() {
                    return Err("the kernel takes no copies for the address of all zeros".into());
                }
            }
            _ => self.oif = arg.cut(15),
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(out, " --gateway {}", self.gateway);
        if !self.oif.is_empty() {
            let _ = write!(out, " --oif {}", self.oif);
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        let _ = write!(out, " TEE gw:{}", self.gateway);
        if !self.oif.is_empty() {
            let _ = write!(out, " oif={}", self.oif);
        }
    }
}

/// Gives it to a socket of this host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tproxy {
    /// `--on-port`; 0 for the port that it is addressed to.
    pub port: u16,
    /// `--on-ip`; all zeros for the address of the device that it came by.
    pub addr: IpAddr,
    /// `--tproxy-mark`: what the mark becomes, and the bits that change.
    pub mark: (u32, u32),
}

const TPROXY_OPTS: &[Opt] = &[
    Opt::new("on-port", 0).must(),
    Opt::new("on-ip", 1),
    Opt::new("tproxy-mark", 2),
];

impl Ext for Tproxy {
    fn options(_: Family) -> &'static [Opt] {
        TPROXY_OPTS
    }

    fn new(family: Family) -> Self {
        Self {
            port: 0,
            addr: family.unspecified(),
            mark: (0, 0),
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.port = names::port_or_service(arg.text())?,
            1 => self.addr = arg.host()?,
            _ => self.mark = arg.mark()?,
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if !env.is_proto(6) && !env.is_proto(17) {
            return Err(
                Problem::new("`-j TPROXY` needs `-p tcp` or `-p udp`").hint("add it to the rule")
            );
        }
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&["mangle"], hook::PRE)
    }

    fn save(&self, _: Family, out: &mut String) {
        let (value, mask) = self.mark;
        let _ = write!(
            out,
            " --on-port {} --on-ip {} --tproxy-mark {value:#x}/{mask:#x}",
            self.port, self.addr
        );
    }

    fn list(&self, _: Family, out: &mut String) {
        let (value, mask) = self.mark;
        let _ = write!(
            out,
            " TPROXY redirect {}:{} mark {value:#x}/{mask:#x}",
            self.addr, self.port
        );
    }
}
