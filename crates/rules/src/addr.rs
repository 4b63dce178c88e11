//! Addresses, masks and how the tools write them.

use crate::diag::Problem;
use crate::num;
use std::fmt::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The address family of a rule set: iptables, ip6tables or arptables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// iptables.
    V4,
    /// ip6tables.
    V6,
    /// arptables, whose addresses are those of IPv4.
    Arp,
}

impl Family {
    /// The name of the tool.
    pub fn tool(self) -> &'static str {
        match self {
            Family::V4 => "iptables",
            Family::V6 => "ip6tables",
            Family::Arp => "arptables",
        }
    }

    /// Bits of an address.
    pub fn bits(self) -> u8 {
        match self {
            Family::V4 | Family::Arp => 32,
            Family::V6 => 128,
        }
    }

    /// The address that is all zeros.
    pub fn unspecified(self) -> IpAddr {
        match self {
            Family::V4 | Family::Arp => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            Family::V6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        }
    }

    /// Reads an address of this family.
    ///
    /// # Errors
    /// A word that is none; host names are not resolved.
    pub fn address(self, word: &str) -> Result<IpAddr, Problem> {
        let found = match self {
            Family::V4 | Family::Arp => parse_v4(word).map(IpAddr::V4),
            Family::V6 => word.parse().ok().map(IpAddr::V6),
        };
        found.ok_or_else(|| {
            let problem = Problem::new(format!(
                "`{word}` is not an IPv{} address",
                if self == Family::V6 { 6 } else { 4 }
            ));
            match word.parse::<IpAddr>() {
                Ok(_) => problem.hint(match self {
                    Family::V4 => "an IPv6 address belongs into ip6tables",
                    Family::Arp => "ARP is for IPv4 addresses",
                    Family::V6 => "an IPv4 address belongs into iptables",
                }),
                Err(_) => problem.hint("host names are not looked up here"),
            }
        })
    }

    /// The mask of a prefix length; `None` if it is longer than an address.
    pub fn prefix_mask(self, length: u8) -> Option<IpAddr> {
        if length > self.bits() {
            return None;
        }
        Some(match self {
            Family::V4 | Family::Arp => {
                let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
                IpAddr::V4(mask.into())
            }
            Family::V6 => {
                let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
                IpAddr::V6(mask.into())
            }
        })
    }
}

/// Reads a dotted quad, its numbers decimal, octal or hexadecimal. Fewer than
/// four are for [`parse_network`].
fn parse_v4(word: &str) -> Option<Ipv4Addr> {
    let mut octets = [0u8; 4];
    let mut parts = word.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        match num::prefix(part) {
            Some((n, "")) => *octet = u8::try_from(n).ok()?,
            _ => return None,
        }
    }
    parts.next().is_none().then(|| octets.into())
}

/// An address and a mask that packets are compared with. The mask may be any
/// pattern of bits, not only a prefix.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AddrMatch(Repr);

/// Sixteen bytes where an IPv4 rule needs no more; there may be 100,000 rules.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Repr {
    V4 {
        addr: Ipv4Addr,
        mask: Ipv4Addr,
        inverted: bool,
    },
    V6 {
        both: Box<(Ipv6Addr, Ipv6Addr)>,
        inverted: bool,
    },
}

impl AddrMatch {
    /// Takes an address and a mask of the same family; bits outside of the mask
    /// are cleared, as the tool does. A mask of the other family counts as none
    /// (all ones).
    pub fn new(addr: IpAddr, mask: IpAddr, inverted: bool) -> Self {
        Self(match (addr, mask) {
            (IpAddr::V4(addr), IpAddr::V4(mask)) => Repr::V4 {
                addr: addr & mask,
                mask,
                inverted,
            },
            (IpAddr::V6(addr), IpAddr::V6(mask)) => Repr::V6 {
                both: Box::new((addr & mask, mask)),
                inverted,
            },
            (IpAddr::V4(addr), IpAddr::V6(_)) => Repr::V4 {
                addr,
                mask: Ipv4Addr::BROADCAST,
                inverted,
            },
            (IpAddr::V6(addr), IpAddr::V4(_)) => Repr::V6 {
                both: Box::new((addr, u128::MAX.into())),
                inverted,
            },
        })
    }

    /// The same, with bits outside of the mask kept as they were written:
    /// nothing then matches ([`contains`](Self::contains)).
    pub fn as_written(addr: IpAddr, mask: IpAddr, inverted: bool) -> Self {
        match (addr, mask) {
            (IpAddr::V4(addr), IpAddr::V4(mask)) => Self(Repr::V4 {
                addr,
                mask,
                inverted,
            }),
            (IpAddr::V6(addr), IpAddr::V6(mask)) => Self(Repr::V6 {
                both: Box::new((addr, mask)),
                inverted,
            }),
            _ => Self::new(addr, mask, inverted),
        }
    }

    /// The address.
    pub fn addr(&self) -> IpAddr {
        match &self.0 {
            Repr::V4 { addr, .. } => IpAddr::V4(*addr),
            Repr::V6 { both, .. } => IpAddr::V6(both.0),
        }
    }

    /// The mask, of the address's family.
    pub fn mask(&self) -> IpAddr {
        match &self.0 {
            Repr::V4 { mask, .. } => IpAddr::V4(*mask),
            Repr::V6 { both, .. } => IpAddr::V6(both.1),
        }
    }

    /// Whether packets match that are *not* within.
    pub fn inverted(&self) -> bool {
        match &self.0 {
            Repr::V4 { inverted, .. } | Repr::V6 { inverted, .. } => *inverted,
        }
    }

    /// Whether the address lies within, [`inverted`](Self::inverted) aside. An
    /// address of the other family never does.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (&self.0, ip) {
            (Repr::V4 { addr, mask, .. }, IpAddr::V4(ip)) => ip & *mask == *addr,
            (Repr::V6 { both, .. }, IpAddr::V6(ip)) => ip & both.1 == both.0,
            _ => false,
        }
    }

    /// Whether nothing is asked: mask zero, not inverted.
    pub fn is_any(&self) -> bool {
        !self.inverted() && self.mask().is_unspecified()
    }

    /// Prints `address/prefix` or `address/mask`.
    pub fn push_save(&self, out: &mut String) {
        let _ = write!(out, "{}/", Printed(self.addr()));
        match prefix_length(self.mask()) {
            Some(length) => {
                let _ = write!(out, "{length}");
            }
            None => {
                let _ = write!(out, "{}", Printed(self.mask()));
            }
        }
    }
}

/// An address as the C library prints it: one of IPv6 whose first 96 bits are
/// zero and whose next 16 are not ends like one of IPv4 (glibc, inet_ntop()).
#[derive(Debug, Clone, Copy)]
pub struct Printed(pub IpAddr);

impl fmt::Display for Printed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V6(ip) if ip.segments()[..6] == [0; 6] && ip.segments()[6] != 0 => {
                let [.., a, b, c, d] = ip.octets();
                write!(f, "::{a}.{b}.{c}.{d}")
            }
            ip => ip.fmt(f),
        }
    }
}

/// The length of a mask that is a prefix.
pub fn prefix_length(mask: IpAddr) -> Option<u8> {
    let (bits, all) = match mask {
        IpAddr::V4(m) => (u128::from(m.to_bits()) << 96, 32),
        IpAddr::V6(m) => (m.to_bits(), 128),
    };
    let length = bits.leading_ones();
    let rest = bits.checked_shl(length).unwrap_or(0);
    (rest == 0).then(|| u8::try_from(length.min(all)).unwrap_or(0))
}

/// Reads an address in the ways of getaddrinfo(): IPv4 as one to four numbers,
/// decimal, octal or hexadecimal, the last of which fills what is left
/// (inet_aton(3)).
///
/// # Errors
/// A word that is none; host names are not resolved.
pub fn parse_host(word: &str, family: Family) -> Result<IpAddr, Problem> {
    if family == Family::V6 {
        return family.address(word);
    }
    aton(word).map(IpAddr::V4).ok_or_else(|| {
        Problem::new(format!("`{word}` is not an IPv4 address"))
            .hint("host names are not looked up here")
    })
}

fn aton(word: &str) -> Option<Ipv4Addr> {
    let parts: Vec<&str> = word.split('.').collect();
    let (last, first) = parts.split_last()?;
    let number = |part: &str| match num::prefix(part) {
        Some((n, "")) if part.starts_with(|c: char| c.is_ascii_digit()) => u32::try_from(n).ok(),
        _ => None,
    };
    if first.len() > 3 {
        return None;
    }
    let mut bits = 0u32;
    for part in first {
        bits = bits << 8 | u32::from(u8::try_from(number(part)?).ok()?);
    }
    let width = 32 - 8 * u32::try_from(first.len()).ok()?;
    let last = number(last)?;
    if width < 32 && last >> width != 0 {
        return None;
    }
    Some(
        bits.checked_shl(width)
            .unwrap_or(0)
            .wrapping_add(last)
            .into(),
    )
}

/// Reads `address[/length]` or `address/mask` as getaddrinfo() does; a mask that
/// is no prefix counts as none at all, as it does there.
///
/// # Errors
/// Names the part that is wrong.
pub fn parse_host_network(word: &str, family: Family) -> Result<(IpAddr, IpAddr), Problem> {
    let Some((addr, mask)) = word.split_once('/') else {
        let all = family.prefix_mask(family.bits());
        return Ok((
            parse_host(word, family)?,
            all.unwrap_or(family.unspecified()),
        ));
    };
    Ok((parse_host(addr, family)?, parse_host_mask(mask, family)?))
}

/// Reads a prefix's length, or a mask as getaddrinfo() reads addresses; a mask
/// that is no prefix counts as none at all (xtoptions.c,
/// `xtopt_parse_plenmask`).
///
/// # Errors
/// A word that is neither.
pub fn parse_host_mask(mask: &str, family: Family) -> Result<IpAddr, Problem> {
    let length = num::parse(mask, u64::from(family.bits())).ok();
    let length = length.and_then(|n| u8::try_from(n).ok());
    if let Some(mask) = length.and_then(|n| family.prefix_mask(n)) {
        return Ok(mask);
    }
    let mask = parse_host(mask, family)
        .map_err(|p| Problem::new(format!("invalid mask `{mask}`")).hint(p.hint))?;
    let all = family.prefix_mask(family.bits());
    Ok(match prefix_length(mask) {
        Some(_) => mask,
        None => all.unwrap_or(mask),
    })
}

/// Reads `address`, `address/length` or `address/mask`. A mask that is left out
/// is all ones; in front of one that is all zeros anything may stand.
///
/// # Errors
/// Names the part that is wrong.
pub fn parse_network(word: &str, family: Family) -> Result<(IpAddr, IpAddr), Problem> {
    let Some((addr, mask)) = word.rsplit_once('/') else {
        let mask = family.prefix_mask(family.bits());
        let addr = network_address(word, family)?;
        return Ok((addr, mask.unwrap_or(family.unspecified())));
    };
    let mask = parse_mask(mask, family)?;
    if mask.is_unspecified() {
        return Ok((mask, mask));
    }
    Ok((network_address(addr, family)?, mask))
}

/// An address that may, in IPv4, be shortened to its first octets.
fn network_address(addr: &str, family: Family) -> Result<IpAddr, Problem> {
    let octets = addr.split('.').count();
    let short = family != Family::V6 && octets < 4;
    if !short {
        return family.address(addr);
    }
    let full = format!("{addr}{}", ".0".repeat(4 - octets));
    family
        .address(&full)
        .map_err(|problem| match family.address(addr) {
            Err(own) => own,
            Ok(_) => problem,
        })
}

/// Reads a mask as a prefix length or written out.
///
/// # Errors
/// A length that is too long, or a word that is neither.
pub fn parse_mask(mask: &str, family: Family) -> Result<IpAddr, Problem> {
    if !mask.contains(['.', ':']) {
        let length = num::parse(mask, u64::from(family.bits()))
            .map_err(|p| Problem::new(format!("invalid mask `{mask}`")).hint(p.hint))?;
        if let Some(mask) = u8::try_from(length)
            .ok()
            .and_then(|l| family.prefix_mask(l))
        {
            return Ok(mask);
        }
    }
    family
        .address(mask)
        .map_err(|p| Problem::new(format!("invalid mask `{mask}`")).hint(p.hint))
}

/// A range of IPv4 or IPv6 addresses, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IpRange {
    /// The lowest.
    pub first: IpAddr,
    /// The highest; the same as the lowest for a single address.
    pub last: IpAddr,
}

impl IpRange {
    /// Whether the address lies within.
    pub fn contains(&self, ip: IpAddr) -> bool {
        ip.is_ipv4() == self.first.is_ipv4() && self.first <= ip && ip <= self.last
    }
}

impl fmt::Display for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Printed(self.first))?;
        if self.first != self.last {
            write!(f, "-{}", Printed(self.last))?;
        }
        Ok(())
    }
}

/// An Ethernet address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct MacAddr(pub [u8; 6]);

impl MacAddr {
    /// All ones: as a mask, every bit counts.
    pub const ONES: Self = Self([0xff; 6]);

    /// Reads six hexadecimal numbers of one or two digits, colons between them.
    pub fn parse(word: &str) -> Option<Self> {
        let mut bytes = [0; 6];
        let mut parts = word.split(':');
        for byte in &mut bytes {
            let part = parts.next()?;
            if part.is_empty() || part.len() > 2 {
                return None;
            }
            *byte = u8::from_str_radix(part, 16).ok()?;
        }
        parts.next().is_none().then_some(Self(bytes))
    }

    /// The bits that the mask leaves.
    #[must_use]
    pub fn masked(self, mask: Self) -> Self {
        let mut bytes = self.0;
        for (byte, mask) in bytes.iter_mut().zip(mask.0) {
            *byte &= mask;
        }
        Self(bytes)
    }
}

impl fmt::Display for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, family: Family, expected: &str) {
        let mut out = String::new();
        if let Ok((addr, mask)) = parse_network(word, family) {
            AddrMatch::new(addr, mask, false).push_save(&mut out);
        }
        assert_eq!(out, expected);
    }

    #[test]
    fn networks() {
        check("10.1.2.3", Family::V4, "10.1.2.3/32");
        check("10.1.2.3/8", Family::V4, "10.0.0.0/8");
        check("10/8", Family::V4, "10.0.0.0/8");
        check("10.1.2.3/255.0.255.0", Family::V4, "10.0.2.0/255.0.255.0");
        check("2001:db8::1/32", Family::V6, "2001:db8::/32");
        check("2001:db8::1/ffff::1", Family::V6, "2001::1/ffff::1");
        check("1.2.3.4/33", Family::V4, "");
        check("::1", Family::V4, "");
    }

    #[test]
    fn small() {
        assert_eq!(size_of::<Option<AddrMatch>>(), 16);
    }
}
