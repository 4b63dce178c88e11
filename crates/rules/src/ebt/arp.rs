//! `--arp-*` (ebt_arp.c).

use super::ip::push_addr;
use super::link::{decimal, parse_mac, push_mac};
use super::{MacMatch, MaskedAddr};
use crate::addr::{AddrMatch, Family, parse_network};
use crate::diag::Problem;
use crate::names;
use crate::num;
use crate::rule::Neg;
use crate::xt::{Arg, Ext, Opt, Read};
use std::fmt::Write as _;

/// What the ARP packet must have; needs `-p ARP` or `-p RARP`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arp {
    /// `--arp-op`.
    pub op: Option<Neg<u16>>,
    /// `--arp-htype`.
    pub htype: Option<Neg<u16>>,
    /// `--arp-ptype`.
    pub ptype: Option<Neg<u16>>,
    /// `--arp-ip-src`.
    pub ip_src: Option<MaskedAddr>,
    /// `--arp-ip-dst`.
    pub ip_dst: Option<MaskedAddr>,
    /// `--arp-mac-src`.
    pub mac_src: Option<Neg<MacMatch>>,
    /// `--arp-mac-dst`.
    pub mac_dst: Option<Neg<MacMatch>>,
    /// `--arp-gratuitous`: both IP addresses are the same.
    pub gratuitous: Option<Neg<()>>,
}

/// Names of operations, from 1.
pub const OP_NAMES: [&str; 9] = [
    "Request",
    "Reply",
    "Request_Reverse",
    "Reply_Reverse",
    "DRARP_Request",
    "DRARP_Reply",
    "DRARP_Error",
    "InARP_Request",
    "ARP_NAK",
];

const OPTS: &[Opt] = &[
    Opt::new("arp-opcode", 0).inv(),
    Opt::new("arp-op", 0).inv(),
    Opt::new("arp-htype", 1).inv(),
    Opt::new("arp-ptype", 2).inv(),
    Opt::new("arp-ip-src", 3).inv(),
    Opt::new("arp-ip-dst", 4).inv(),
    Opt::new("arp-mac-src", 5).inv(),
    Opt::new("arp-mac-dst", 6).inv(),
    Opt::new("arp-gratuitous", 7).flag().inv(),
];

fn address(arg: &Arg<'_>) -> Read<Option<MaskedAddr>> {
    let (addr, mask) = parse_network(arg.text(), Family::V4)?;
    Ok(Some(AddrMatch::new(addr, mask, arg.inverted)))
}

fn number(word: &str) -> Read<u16> {
    decimal(word, 65535)
}

impl Ext for Arp {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        let word = arg.text();
        match arg.id {
            0 => {
                let named = OP_NAMES.iter().position(|n| n.eq_ignore_ascii_case(word));
                let op = match named.and_then(|n| u16::try_from(n + 1).ok()) {
                    Some(op) => op,
                    None => number(word).map_err(|p| {
                        Problem::new(p.message).hint("Request, Reply, another name, or a number")
                    })?,
                };
                self.op = Some(arg.neg(op));
            }
            1 => {
                let htype = match word.to_ascii_lowercase().as_str() {
                    "ethernet" => 1,
                    _ => number(word)?,
                };
                self.htype = Some(arg.neg(htype));
            }
            2 => {
                let number = num::in_base(word, 16).and_then(|n| u16::try_from(n).ok());
                let ptype = number.or_else(|| names::ethertype(word)).ok_or_else(|| {
                    Problem::new(format!("unknown protocol `{word}`"))
                        .hint("a name such as IPv4, or a hexadecimal number")
                })?;
                self.ptype = Some(arg.neg(ptype));
            }
            3 => self.ip_src = address(arg)?,
            4 => self.ip_dst = address(arg)?,
            5 => self.mac_src = Some(arg.neg(parse_mac(word)?)),
            6 => self.mac_dst = Some(arg.neg(parse_mac(word)?)),
            _ => self.gratuitous = Some(arg.neg(())),
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        if let Some(op) = self.op {
            let _ = write!(out, " --arp-op {}", op.mark());
            let named = usize::from(op.value)
                .checked_sub(1)
                .and_then(|n| OP_NAMES.get(n));
            let _ = match named {
                Some(name) => write!(out, "{name}"),
                None => write!(out, "{}", op.value),
            };
        }
        if let Some(htype) = self.htype {
            let _ = write!(out, " --arp-htype {}{}", htype.mark(), htype.value);
        }
        if let Some(ptype) = self.ptype {
            let _ = write!(out, " --arp-ptype {}0x{:x}", ptype.mark(), ptype.value);
        }
        push_addr(self.ip_src.as_ref(), "--arp-ip-src", out);
        push_addr(self.ip_dst.as_ref(), "--arp-ip-dst", out);
        for (mac, option) in [
            (self.mac_src, "--arp-mac-src"),
            (self.mac_dst, "--arp-mac-dst"),
        ] {
            if let Some(mac) = mac {
                let _ = write!(out, " {option} {}", mac.mark());
                push_mac(mac.value, out);
            }
        }
        if let Some(gratuitous) = self.gratuitous {
            let _ = write!(out, " {}--arp-gratuitous", gratuitous.mark());
        }
    }
}
