//! `--ip-*` and `--ip6-*` (ebt_ip.c, ebt_ip6.c).

use crate::addr::{AddrMatch, Family, parse_network, prefix_length};
use crate::diag::Problem;
use crate::names::{self, Transport};
use crate::num;
use crate::rule::Neg;
use crate::xt::icmp::{NAMES4, NAMES6, Names};
use crate::xt::{Arg, Env, Ext, Opt, PortRange, Read};
use std::fmt::Write as _;

/// An address with a mask; [`AddrMatch::inverted`] has the exclamation mark.
pub type MaskedAddr = AddrMatch;

/// Types and codes of ICMP, ICMPv6 or IGMP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IcmpRange {
    /// The lowest and the highest type.
    pub types: (u8, u8),
    /// The lowest and the highest code.
    pub codes: (u8, u8),
}

/// What the IPv4 header must have; needs `-p IPv4`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ip {
    /// `--ip-src`.
    pub src: Option<MaskedAddr>,
    /// `--ip-dst`.
    pub dst: Option<MaskedAddr>,
    /// `--ip-tos`.
    pub tos: Option<Neg<u8>>,
    /// `--ip-proto`.
    pub proto: Option<Neg<u8>>,
    /// `--ip-sport`.
    pub sport: Option<Neg<PortRange>>,
    /// `--ip-dport`.
    pub dport: Option<Neg<PortRange>>,
    /// `--ip-icmp-type`.
    pub icmp: Option<Neg<IcmpRange>>,
    /// `--ip-igmp-type`: the lowest and the highest.
    pub igmp: Option<Neg<(u8, u8)>>,
}

/// What the IPv6 header must have; needs `-p IPv6`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ip6 {
    /// `--ip6-src`.
    pub src: Option<MaskedAddr>,
    /// `--ip6-dst`.
    pub dst: Option<MaskedAddr>,
    /// `--ip6-tclass`.
    pub tclass: Option<Neg<u8>>,
    /// `--ip6-proto`.
    pub proto: Option<Neg<u8>>,
    /// `--ip6-sport`.
    pub sport: Option<Neg<PortRange>>,
    /// `--ip6-dport`.
    pub dport: Option<Neg<PortRange>>,
    /// `--ip6-icmp-type`.
    pub icmp: Option<Neg<IcmpRange>>,
}

const IGMP_NAMES: &Names = &[
    ("membership-query", 0x11, 0, 0),
    ("membership-report-v1", 0x12, 0, 0),
    ("membership-report-v2", 0x16, 0, 0),
    ("membership-report-v3", 0x22, 0, 0),
    ("leave-group", 0x17, 0, 0),
];

const OPTS4: &[Opt] = &[
    Opt::new("ip-source", 0).inv().multi(),
    Opt::new("ip-src", 0).inv().multi(),
    Opt::new("ip-destination", 1).inv().multi(),
    Opt::new("ip-dst", 1).inv().multi(),
    Opt::new("ip-tos", 2).inv().multi(),
    Opt::new("ip-protocol", 3).inv().multi(),
    Opt::new("ip-proto", 3).inv().multi(),
    Opt::new("ip-source-port", 4).inv().multi(),
    Opt::new("ip-sport", 4).inv().multi(),
    Opt::new("ip-destination-port", 5).inv().multi(),
    Opt::new("ip-dport", 5).inv().multi(),
    Opt::new("ip-icmp-type", 6).inv().multi(),
    Opt::new("ip-igmp-type", 7).inv().multi(),
];

const OPTS6: &[Opt] = &[
    Opt::new("ip6-source", 0).inv().multi(),
    Opt::new("ip6-src", 0).inv().multi(),
    Opt::new("ip6-destination", 1).inv().multi(),
    Opt::new("ip6-dst", 1).inv().multi(),
    Opt::new("ip6-tclass", 2).inv().multi(),
    Opt::new("ip6-protocol", 3).inv().multi(),
    Opt::new("ip6-proto", 3).inv().multi(),
    Opt::new("ip6-source-port", 4).inv().multi(),
    Opt::new("ip6-sport", 4).inv().multi(),
    Opt::new("ip6-destination-port", 5).inv().multi(),
    Opt::new("ip6-dport", 5).inv().multi(),
    Opt::new("ip6-icmp-type", 6).inv().multi(),
];

fn address(arg: &Arg<'_>, family: Family) -> Read<Option<MaskedAddr>> {
    let (addr, mask) = parse_network(arg.text(), family)?;
    Ok(Some(AddrMatch::new(addr, mask, arg.inverted)))
}

/// Reads `low[:high]`; [`upright`] has the rest to say.
fn byte_range(word: &str) -> Read<(u8, u8)> {
    let byte = |text: &str| -> Read<u8> { Ok(u8::try_from(num::parse(text, 255)?).unwrap_or(0)) };
    match word.split_once(':') {
        Some((low, high)) => Ok((byte(low)?, byte(high)?)),
        None => byte(word).map(|n| (n, n)),
    }
}

/// The kernel refuses a range that is upside down (`ebt_ip_mt_check`).
fn upright(range: (u8, u8)) -> Read<()> {
    let (low, high) = range;
    if low > high {
        return Err(
            Problem::new(format!("the range `{low}:{high}` is upside down"))
                .hint(format!("write {high}:{low}")),
        );
    }
    Ok(())
}

/// The one name that begins like the word, in any case; nothing if none does.
fn named<T: Copy>(word: &str, names: impl Iterator<Item = (&'static str, T)>) -> Read<Option<T>> {
    let begins = |name: &str| {
        let begin = name.get(..word.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(word))
    };
    let found: Vec<_> = names.filter(|(name, _)| begins(name)).collect();
    match found.as_slice() {
        [] => Ok(None),
        [(_, value)] => Ok(Some(*value)),
        [(one, _), (other, _), ..] => {
            Err(Problem::new(format!("`{word}` is ambiguous"))
                .hint(format!("`{one}` or `{other}`?")))
        }
    }
}

/// Reads `type[:type][/code[:code]]` or a name.
fn icmp(word: &str, names: &'static Names) -> Read<IcmpRange> {
    let ranges = names.iter().map(|n| (n.0, ((n.1, n.1), (n.2, n.3))));
    if let Some((types, codes)) = named(word, ranges)? {
        return Ok(IcmpRange { types, codes });
    }
    let (types, codes) = match word.split_once('/') {
        Some((types, codes)) => (types, byte_range(codes)?),
        None => (word, (0, 255)),
    };
    Ok(IcmpRange {
        types: byte_range(types)?,
        codes,
    })
}

fn push_mark(inverted: bool, out: &mut String) {
    if inverted {
        out.push_str("! ");
    }
}

pub(super) fn push_addr(addr: Option<&MaskedAddr>, option: &str, out: &mut String) {
    let Some(addr) = addr else { return };
    let _ = write!(out, " {option} ");
    push_mark(addr.inverted(), out);
    let _ = write!(out, "{}", addr.addr());
    let full = if addr.addr().is_ipv4() { 32 } else { 128 };
    match prefix_length(addr.mask()) {
        Some(n) if n == full => {}
        Some(n) => {
            let _ = write!(out, "/{n}");
        }
        None => {
            let _ = write!(out, "/{}", addr.mask());
        }
    }
}

fn push_proto(proto: Option<Neg<u8>>, option: &str, out: &mut String) {
    if let Some(proto) = proto {
        let _ = write!(out, " {option} ");
        push_mark(proto.inverted, out);
        let name = match proto.value {
            0 => Some("ip"),
            number => names::protocol_name(number),
        };
        let _ = match name {
            Some(name) => write!(out, "{name}"),
            None => write!(out, "{}", proto.value),
        };
    }
}

fn push_ports(ports: Option<Neg<PortRange>>, option: &str, out: &mut String) {
    if let Some(ports) = ports {
        let _ = write!(out, " {option} ");
        push_mark(ports.inverted, out);
        let PortRange { first, last } = ports.value;
        let _ = write!(out, "{first}");
        if first != last {
            let _ = write!(out, ":{last}");
        }
    }
}

fn push_range((low, high): (u8, u8), out: &mut String) {
    let _ = write!(out, "{low}");
    if low != high {
        let _ = write!(out, ":{high}");
    }
}

fn push_icmp(icmp: Option<Neg<IcmpRange>>, option: &str, names: &Names, out: &mut String) {
    let Some(icmp) = icmp else { return };
    let _ = write!(out, " {option} ");
    push_mark(icmp.inverted, out);
    let IcmpRange { types, codes } = icmp.value;
    let name = names
        .iter()
        .find(|n| types == (n.1, n.1) && codes == (n.2, n.3));
    match name {
        Some(name) => out.push_str(name.0),
        None => {
            push_range(types, out);
            out.push('/');
            push_range(codes, out);
        }
    }
}

impl Ext for Ip {
    fn options(_: Family) -> &'static [Opt] {
        OPTS4
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.src = address(arg, Family::V4)?,
            1 => self.dst = address(arg, Family::V4)?,
            2 => self.tos = Some(arg.neg(arg.u8()?)),
            3 => self.proto = Some(arg.neg(names::protocol(arg.text())?)),
            4 => self.sport = Some(PortRange::parse(arg, Transport::Any)?),
            5 => self.dport = Some(PortRange::parse(arg, Transport::Any)?),
            6 => self.icmp = Some(arg.neg(icmp(arg.text(), NAMES4)?)),
            _ => {
                let word = arg.text();
                let names = IGMP_NAMES.iter().map(|n| (n.0, (n.1, n.1)));
                let types = match named(word, names)? {
                    Some(types) => types,
                    // IGMP has no codes: what stands behind the sign is overlooked.
                    None => byte_range(word.split_once('/').map_or(word, |two| two.0))?,
                };
                self.igmp = Some(arg.neg(types));
            }
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        let _ = env;
        check_ports(self.proto, self.sport.is_some() || self.dport.is_some())?;
        check_icmp(self.proto, self.icmp.is_some(), 1, "icmp")?;
        check_icmp(self.proto, self.igmp.is_some(), 2, "igmp")?;
        check_ranges(self.icmp)?;
        self.igmp.map_or(Ok(()), |igmp| upright(igmp.value))
    }

    fn save(&self, _: Family, out: &mut String) {
        push_addr(self.src.as_ref(), "--ip-src", out);
        push_addr(self.dst.as_ref(), "--ip-dst", out);
        if let Some(tos) = self.tos {
            out.push_str(" --ip-tos ");
            push_mark(tos.inverted, out);
            let _ = write!(out, "0x{:02X}", tos.value);
        }
        push_proto(self.proto, "--ip-proto", out);
        push_ports(self.sport, "--ip-sport", out);
        push_ports(self.dport, "--ip-dport", out);
        push_icmp(self.icmp, "--ip-icmp-type", NAMES4, out);
        if let Some(igmp) = self.igmp {
            out.push_str(" --ip-igmp-type ");
            push_mark(igmp.inverted, out);
            let (low, high) = igmp.value;
            match IGMP_NAMES.iter().find(|n| (n.1, n.1) == (low, high)) {
                Some(name) => out.push_str(name.0),
                None => push_range(igmp.value, out),
            }
        }
    }
}

impl Ip {
    /// Whether it asks for a type of IGMP that is printed as a number.
    pub(super) fn igmp_without_name(&self) -> bool {
        let named = |types| IGMP_NAMES.iter().any(|n| (n.1, n.1) == types);
        self.igmp.is_some_and(|igmp| !named(igmp.value))
    }
}

/// Ports need a protocol that has them.
fn check_ports(proto: Option<Neg<u8>>, ports: bool) -> Read<()> {
    let fits = proto.is_some_and(|p| !p.inverted && matches!(p.value, 6 | 17 | 33 | 132));
    if ports && !fits {
        return Err(Problem::new("ports need a protocol that has them")
            .hint("tcp, udp, sctp or dccp, not inverted"));
    }
    Ok(())
}

fn check_ranges(icmp: Option<Neg<IcmpRange>>) -> Read<()> {
    icmp.map_or(Ok(()), |icmp| {
        upright(icmp.value.types)?;
        upright(icmp.value.codes)
    })
}

fn check_icmp(proto: Option<Neg<u8>>, given: bool, number: u8, name: &str) -> Read<()> {
    let fits = proto.is_some_and(|p| !p.inverted && p.value == number);
    if given && !fits {
        return Err(format!("the type needs the protocol {name}").into());
    }
    Ok(())
}

/// The number that the word begins with: what stands behind it is overlooked.
fn traffic_class(arg: &Arg<'_>) -> Read<u8> {
    let text = arg.text();
    let begins = |length| num::strtoul(text.get(..length)?);
    let value = (1..=text.len()).rev().find_map(begins);
    match value.map(u8::try_from) {
        Some(Ok(class)) => Ok(class),
        _ => arg.u8(),
    }
}

impl Ext for Ip6 {
    fn options(_: Family) -> &'static [Opt] {
        OPTS6
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.src = address(arg, Family::V6)?,
            1 => self.dst = address(arg, Family::V6)?,
            2 => self.tclass = Some(arg.neg(traffic_class(arg)?)),
            3 => self.proto = Some(arg.neg(names::protocol(arg.text())?)),
            4 => self.sport = Some(PortRange::parse(arg, Transport::Any)?),
            5 => self.dport = Some(PortRange::parse(arg, Transport::Any)?),
            _ => self.icmp = Some(arg.neg(icmp(arg.text(), NAMES6)?)),
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        let _ = env;
        check_ports(self.proto, self.sport.is_some() || self.dport.is_some())?;
        check_icmp(self.proto, self.icmp.is_some(), 58, "ipv6-icmp")?;
        check_ranges(self.icmp)
    }

    fn save(&self, _: Family, out: &mut String) {
        push_addr(self.src.as_ref(), "--ip6-src", out);
        push_addr(self.dst.as_ref(), "--ip6-dst", out);
        if let Some(tclass) = self.tclass {
            out.push_str(" --ip6-tclass ");
            push_mark(tclass.inverted, out);
            let _ = write!(out, "0x{:02X}", tclass.value);
        }
        push_proto(self.proto, "--ip6-proto", out);
        push_ports(self.sport, "--ip6-sport", out);
        push_ports(self.dport, "--ip6-dport", out);
        push_icmp(self.icmp, "--ip6-icmp-type", NAMES6, out);
    }
}
