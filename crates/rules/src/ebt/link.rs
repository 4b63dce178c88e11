//! Matches of the link layer: 802_3, among, limit, mark_m, pkttype, vlan, and
//! Ethernet addresses as ebtables writes them.

use super::MacMatch;
use crate::addr::{Family, MacAddr};
use crate::diag::Problem;
use crate::names;
use crate::num;
use crate::rule::Neg;
use crate::xt::limit::{parse_rate, push_rate};
use crate::xt::{Arg, Env, Ext, Opt, Read};
use std::fmt::Write as _;
use std::net::Ipv4Addr;

/// Addresses that have names.
const NAMED: [(&str, [u8; 6], [u8; 6]); 4] = [
    ("Unicast", [0; 6], [1, 0, 0, 0, 0, 0]),
    ("Multicast", [1, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]),
    ("Broadcast", [0xff; 6], [0xff; 6]),
    ("BGA", [0x01, 0x80, 0xc2, 0, 0, 0], [0xff; 6]),
];

/// Reads an Ethernet address as the C library does (`ether_aton`): behind the
/// second digit of the last number anything may stand.
pub(super) fn ether_aton(word: &str) -> Option<MacAddr> {
    let mut bytes = [0; 6];
    let mut rest = word.as_bytes();
    let digit = |byte: Option<&u8>| byte.and_then(|b| char::from(*b).to_digit(16));
    for (n, byte) in bytes.iter_mut().enumerate() {
        let mut number = digit(rest.first())?;
        rest = rest.get(1..)?;
        let ends = match rest.first() {
            Some(b':') => n < 5,
            None => n == 5,
            Some(b) => n == 5 && b.is_ascii_whitespace(),
        };
        if !ends {
            number = number * 16 + digit(rest.first())?;
            rest = rest.get(1..)?;
            if n < 5 && rest.first() != Some(&b':') {
                return None;
            }
        }
        *byte = u8::try_from(number).unwrap_or(0);
        rest = rest.get(1..).unwrap_or_default();
    }
    Some(MacAddr(bytes))
}

/// An option's Ethernet address.
pub(crate) fn plain_mac(arg: &Arg<'_>) -> Read<MacAddr> {
    ether_aton(arg.text()).ok_or_else(|| {
        Problem::new(format!("`{}` is not an Ethernet address", arg.text()))
            .hint("six hexadecimal numbers with colons between them")
    })
}

/// Reads `address[/mask]` or one of the names.
pub(crate) fn parse_mac(word: &str) -> Read<MacMatch> {
    if let Some((_, addr, mask)) = NAMED.iter().find(|n| n.0.eq_ignore_ascii_case(word)) {
        return Ok(MacMatch {
            addr: MacAddr(*addr),
            mask: MacAddr(*mask),
        });
    }
    let bad = || {
        Problem::new(format!("`{word}` is not an Ethernet address"))
            .hint("six hexadecimal numbers, or Unicast, Multicast, Broadcast, BGA")
    };
    let (addr, mask) = match word.rsplit_once('/') {
        Some((addr, mask)) => (addr, ether_aton(mask).ok_or_else(bad)?),
        None => (word, MacAddr::ONES),
    };
    Ok(MacMatch {
        addr: ether_aton(addr).ok_or_else(bad)?.masked(mask),
        mask,
    })
}

/// Prints `address[/mask]`.
pub(crate) fn push_mac(mac: MacMatch, out: &mut String) {
    let _ = write!(out, "{}", mac.addr);
    if mac.mask != MacAddr::ONES {
        let _ = write!(out, "/{}", mac.mask);
    }
}

/// Prints `address[/mask]`, or the name that it has.
pub(super) fn push_named_mac(mac: MacMatch, out: &mut String) {
    let named = NAMED
        .iter()
        .find(|n| n.1 == mac.addr.0 && n.2 == mac.mask.0);
    match named {
        Some((name, ..)) => out.push_str(name),
        None => push_mac(mac, out),
    }
}

/// What the IEEE 802.3 header must have; needs `-p Length`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ieee8023 {
    /// `--802_3-sap`.
    pub sap: Option<Neg<u8>>,
    /// `--802_3-type`.
    pub kind: Option<Neg<u16>>,
}

const OPTS_8023: &[Opt] = &[
    Opt::new("802_3-sap", 0).inv().multi(),
    Opt::new("802_3-type", 1).inv().multi(),
];

/// A number in decimal, whatever it begins with.
pub(super) fn decimal<T: TryFrom<u64> + Default>(word: &str, max: u64) -> Read<T> {
    let number = num::in_base(word, 10).filter(|n| *n <= max);
    let number = number.ok_or_else(|| {
        Problem::new(format!("`{word}` is not a decimal number")).hint(format!("at most {max}"))
    })?;
    Ok(T::try_from(number).unwrap_or_default())
}

/// A number in hexadecimal, with or without `0x`.
fn hex(word: &str, max: u32) -> Read<u32> {
    num::in_base(word, 16)
        .and_then(|n| u32::try_from(n).ok())
        .filter(|n| *n <= max)
        .ok_or_else(|| {
            Problem::new(format!("`{word}` is not a hexadecimal number"))
                .hint(format!("at most 0x{max:x}"))
        })
}

impl Ext for Ieee8023 {
    fn options(_: Family) -> &'static [Opt] {
        OPTS_8023
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.sap = Some(arg.neg(u8::try_from(hex(arg.text(), 255)?).unwrap_or(0))),
            _ => self.kind = Some(arg.neg(u16::try_from(hex(arg.text(), 65535)?).unwrap_or(0))),
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        if let Some(sap) = self.sap {
            let _ = write!(out, " --802_3-sap {}0x{:02x}", sap.mark(), sap.value);
        }
        if let Some(kind) = self.kind {
            let _ = write!(out, " --802_3-type {}0x{:04x}", kind.mark(), kind.value);
        }
    }
}

/// Lists of addresses that the source and the destination must be among.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Among {
    /// `--among-src`.
    pub src: Option<AmongSide>,
    /// `--among-dst`.
    pub dst: Option<AmongSide>,
}

/// One list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AmongSide {
    /// Frames match that are *not* among them.
    pub inverted: bool,
    /// The entries.
    pub pairs: Vec<AmongPair>,
}

/// An Ethernet address, perhaps with the IPv4 address it must go with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AmongPair {
    /// The Ethernet address.
    pub mac: MacAddr,
    /// The IPv4 address of an IP or ARP packet.
    pub ip: Option<Ipv4Addr>,
}

const OPTS_AMONG: &[Opt] = &[
    Opt::new("among-src", 0).inv().multi(),
    Opt::new("among-dst", 1).inv().multi(),
];

impl Ext for Among {
    fn options(_: Family) -> &'static [Opt] {
        OPTS_AMONG
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        let mut side = AmongSide {
            inverted: arg.inverted,
            pairs: Vec::new(),
        };
        for entry in arg.text().split(',').filter(|e| !e.is_empty()) {
            let (mac, ip) = match entry.split_once('=') {
                Some((mac, ip)) => (mac, Some(ip)),
                None => (entry, None),
            };
            let mac = ether_aton(mac)
                .ok_or_else(|| Problem::new(format!("`{mac}` is not an Ethernet address")))?;
            let ip = match ip {
                Some(ip) => Some(
                    ip.parse()
                        .map_err(|_| Problem::new(format!("`{ip}` is not an IPv4 address")))?,
                ),
                None => None,
            };
            side.pairs.push(AmongPair { mac, ip });
        }
        // The kernel keeps them in this order (nft_among_insert_pair).
        let ip_less = |pair: &&AmongPair| pair.ip.is_none();
        if let Some(both) = side.pairs.iter().filter(ip_less).find(|pair| {
            let mut same = side.pairs.iter().filter(|other| other.mac == pair.mac);
            same.any(|other| other.ip.is_some())
        }) {
            return Err(Problem::new(format!(
                "`{}` stands with and without an IP address",
                both.mac
            ))
            .hint("the kernel refuses such a list"));
        }
        crate::sort::by_key(&mut side.pairs, |pair| {
            (pair.mac.0, pair.ip.unwrap_or(Ipv4Addr::UNSPECIFIED))
        });
        match arg.id {
            0 => self.src = Some(side),
            _ => self.dst = Some(side),
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        for (side, option) in [(&self.src, "--among-src"), (&self.dst, "--among-dst")] {
            let Some(side) = side else { continue };
            let _ = write!(out, " {option} ");
            out.push_str(if side.inverted { "! " } else { "" });
            for (n, pair) in side.pairs.iter().enumerate() {
                out.push_str(if n > 0 { "," } else { "" });
                let [a, b, c, d, e, f] = pair.mac.0;
                let _ = write!(out, "{a:x}:{b:x}:{c:x}:{d:x}:{e:x}:{f:x}");
                if let Some(ip) = pair.ip {
                    let _ = write!(out, "={ip}");
                }
            }
        }
    }
}

/// A token bucket for the rule, as xt_limit's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EbLimit {
    /// `--limit`: ten-thousandths of a second that one token takes.
    pub period: u32,
    /// `--limit-burst`.
    pub burst: u32,
}

const OPTS_LIMIT: &[Opt] = &[Opt::new("limit", 0), Opt::new("limit-burst", 1)];

impl Ext for EbLimit {
    fn options(_: Family) -> &'static [Opt] {
        OPTS_LIMIT
    }

    fn new(_: Family) -> Self {
        let limit = crate::xt::limit::Limit::new(Family::V4);
        Self {
            period: limit.period,
            burst: limit.burst,
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.period = parse_rate(arg.text())?,
            // The kernel takes 0 for not told (nft_limit.c, `nft_limit_init`).
            _ => {
                let burst = u32::try_from(arg.within(0, 10_000)?).unwrap_or(0);
                self.burst = if burst == 0 { 5 } else { burst };
            }
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        out.push_str(" --limit ");
        push_rate(self.period, out);
        let _ = write!(out, " --limit-burst {}", self.burst);
    }
}

/// The frame's mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EbMark {
    /// What must be set: the value, or any bit of the mask if that is all there is.
    pub mark: Neg<EbMarkTest>,
}

/// How the mark is compared. The kernel's numbers have 64 bits here, its marks 32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EbMarkTest {
    /// The mark, masked, is the value.
    Equal {
        /// The value.
        value: u64,
        /// The mask.
        mask: u64,
    },
    /// `/mask`: any of the bits is set.
    Any(u64),
}

impl Default for EbMarkTest {
    fn default() -> Self {
        EbMarkTest::Equal { value: 0, mask: 0 }
    }
}

const OPTS_MARK: &[Opt] = &[Opt::new("mark", 0).inv().multi()];

impl Ext for EbMark {
    fn options(_: Family) -> &'static [Opt] {
        OPTS_MARK
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        let word = arg.text();
        let bad = || {
            Problem::new(format!("`{word}` is no mark"))
                .hint("a number, VALUE/MASK, or /MASK for any of the bits")
        };
        // Nothing behind the sign is a mask of nothing.
        let mask = |mask: &str| match mask {
            "" => Ok(0),
            _ => num::strtoul(mask).ok_or_else(bad),
        };
        let test = match word.split_once('/') {
            Some(("", any)) => EbMarkTest::Any(mask(any)?),
            Some((value, bits)) => EbMarkTest::Equal {
                value: num::strtoul(value).ok_or_else(bad)?,
                mask: mask(bits)?,
            },
            None => EbMarkTest::Equal {
                value: num::strtoul(word).ok_or_else(bad)?,
                mask: u64::from(u32::MAX),
            },
        };
        self.mark = arg.neg(test);
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(out, " --mark {}", self.mark.mark());
        let _ = match self.mark.value {
            EbMarkTest::Any(mask) => write!(out, "/0x{mask:x}"),
            EbMarkTest::Equal { value, mask } if mask == u64::from(u32::MAX) => {
                write!(out, "0x{value:x}")
            }
            EbMarkTest::Equal { value, mask } => write!(out, "0x{value:x}/0x{mask:x}"),
        };
    }
}

/// How the frame was addressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PktType {
    /// `--pkttype-type`: `PACKET_HOST` is 0, and so on.
    pub kind: Neg<u8>,
}

/// Names of the types, by number.
pub const PKT_TYPES: [&str; 7] = [
    "host",
    "broadcast",
    "multicast",
    "otherhost",
    "outgoing",
    "loopback",
    "fastroute",
];

const OPTS_PKTTYPE: &[Opt] = &[Opt::new("pkttype-type", 0).inv().multi()];

impl Ext for PktType {
    fn options(_: Family) -> &'static [Opt] {
        OPTS_PKTTYPE
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        let word = arg.text();
        let named = PKT_TYPES.iter().position(|n| n.eq_ignore_ascii_case(word));
        let kind = match named.and_then(|n| u8::try_from(n).ok()) {
            Some(kind) => kind,
            None => hex(word, 255)
                .map(|n| u8::try_from(n).unwrap_or(0))
                .map_err(|_| {
                    Problem::new(format!("unknown packet type `{word}`")).hint(PKT_TYPES.join(", "))
                })?,
        };
        self.kind = arg.neg(kind);
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(out, " --pkttype-type {}", self.kind.mark());
        let _ = match PKT_TYPES.get(usize::from(self.kind.value)) {
            Some(name) => write!(out, "{name}"),
            None => write!(out, "{}", self.kind.value),
        };
    }
}

/// What the 802.1Q header must have; needs `-p 802_1Q`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Vlan {
    /// `--vlan-id`, 0 to 4094.
    pub id: Option<Neg<u16>>,
    /// `--vlan-prio`, 0 to 7.
    pub prio: Option<Neg<u8>>,
    /// `--vlan-encap`: the EtherType behind it.
    pub encap: Option<Neg<u16>>,
}

const OPTS_VLAN: &[Opt] = &[
    Opt::new("vlan-id", 0).inv(),
    Opt::new("vlan-prio", 1).inv(),
    Opt::new("vlan-encap", 2).inv(),
];

impl Ext for Vlan {
    fn options(_: Family) -> &'static [Opt] {
        OPTS_VLAN
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.id = Some(arg.neg(decimal(arg.text(), 4094)?)),
            1 => self.prio = Some(arg.neg(decimal(arg.text(), 7)?)),
            _ => {
                let word = arg.text();
                let encap = match (hex(word, u32::MAX), names::ethertype(word)) {
                    // Kept in 16 bits, whatever was written.
                    (Ok(number), _) => u16::try_from(number & 0xffff).unwrap_or(0),
                    (_, Some(encap)) => encap,
                    (Err(problem), None) => return Err(problem),
                };
                if encap < 60 {
                    return Err(Problem::new(format!("`{word}` is no EtherType"))
                        .hint("the lowest that is taken is 3c"));
                }
                self.encap = Some(arg.neg(encap));
            }
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if env.seen.0 == 0 {
            return Err("one of the options of vlan is needed".into());
        }
        // With an identifier the kernel does not ask for the priority
        // (ebt_vlan_mt_check).
        if self.id.is_some_and(|id| id.value != 0) {
            self.prio = None;
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        if let Some(id) = self.id {
            let _ = write!(out, " --vlan-id {}{}", id.mark(), id.value);
        }
        if let Some(prio) = self.prio {
            let _ = write!(out, " --vlan-prio {}{}", prio.mark(), prio.value);
        }
        if let Some(encap) = self.encap {
            let _ = write!(out, " --vlan-encap {}{:04X}", encap.mark(), encap.value);
        }
    }
}
