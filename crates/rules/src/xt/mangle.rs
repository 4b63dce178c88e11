//! arptables' `-j mangle` (arpt_mangle.c): changes the ARP packet itself.
//!
//! The tool takes an exclamation mark with any of the options, and it means nothing.

use super::opt::{Arg, Env, Ext, Opt, Read};
use crate::addr::{Family, MacAddr, parse_network};
use crate::diag::Problem;
use crate::ebt::link::plain_mac;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

/// What is written into the packet, and what becomes of it then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mangle {
    /// `--mangle-ip-s`: the sender's IP address.
    pub ip_src: Option<Ipv4Addr>,
    /// `--mangle-mac-s`: the sender's hardware address.
    pub mac_src: Option<MacAddr>,
    /// `--mangle-ip-d`: the target's IP address.
    pub ip_dst: Option<Ipv4Addr>,
    /// `--mangle-mac-d`: the target's hardware address.
    pub mac_dst: Option<MacAddr>,
    /// `--mangle-target`.
    pub verdict: MangleVerdict,
}

/// What becomes of the packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MangleVerdict {
    /// It passes.
    #[default]
    Accept,
    /// It is dropped.
    Drop,
    /// The next rule is asked.
    Continue,
}

const OPTS: &[Opt] = &[
    Opt::new("mangle-ip-s", 0).inv().multi(),
    Opt::new("mangle-ip-d", 1).inv().multi(),
    Opt::new("mangle-mac-s", 2).inv().multi(),
    Opt::new("mangle-mac-d", 3).inv().multi(),
    Opt::new("mangle-target", 4).inv().multi(),
];

fn address(arg: &Arg<'_>) -> Read<Option<Ipv4Addr>> {
    // A mask takes bits away, though nothing is compared.
    Ok(match parse_network(arg.text(), Family::V4)? {
        (IpAddr::V4(addr), IpAddr::V4(mask)) => Some(addr & mask),
        _ => None,
    })
}

impl Ext for Mangle {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.ip_src = address(arg)?,
            1 => self.ip_dst = address(arg)?,
            2 => self.mac_src = Some(plain_mac(arg)?),
            3 => self.mac_dst = Some(plain_mac(arg)?),
            _ => {
                self.verdict = match arg.text() {
                    "ACCEPT" => MangleVerdict::Accept,
                    "DROP" => MangleVerdict::Drop,
                    "CONTINUE" => MangleVerdict::Continue,
                    other => {
                        return Err(Problem::new(format!("`{other}` is no verdict"))
                            .hint("ACCEPT, DROP or CONTINUE"));
                    }
                }
            }
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if !env.seen.any(&[0, 1, 2, 3]) {
            return Err(Problem::new("`-j mangle` needs to know what to change")
                .hint("--mangle-ip-s, --mangle-ip-d, --mangle-mac-s or --mangle-mac-d"));
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        for (ip, mac, side) in [
            (self.ip_src, self.mac_src, 's'),
            (self.ip_dst, self.mac_dst, 'd'),
        ] {
            if let Some(ip) = ip {
                let _ = write!(out, " --mangle-ip-{side} {ip}");
            }
            if let Some(mac) = mac {
                let _ = write!(out, " --mangle-mac-{side} {mac}");
            }
        }
        match self.verdict {
            MangleVerdict::Accept => {}
            MangleVerdict::Drop => out.push_str(" --mangle-target DROP"),
            MangleVerdict::Continue => out.push_str(" --mangle-target CONTINUE"),
        }
    }

    fn list(&self, family: Family, out: &mut String) {
        self.save(family, out);
    }
}
