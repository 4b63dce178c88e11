//! Addresses, masks and how the tools write them.

use crate::diag::Problem;
use crate::num;
use std::fmt::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The address family of a rule set: iptables or ip6tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// iptables.
    V4,
    /// ip6tables.
    V6,
}

impl Family {
    /// The name of the tool.
    pub fn tool(self) -> &'static str {
        match self {
            Family::V4 => "iptables",
            Family::V6 => "ip6tables",
        }
    }

    /// Bits of an address.
    pub fn bits(self) -> u8 {
        match self {
            Family::V4 => 32,
            Family::V6 => 128,
        }
    }

    /// The address that is all zeros.
    pub fn unspecified(self) -> IpAddr {
        match self {
            Family::V4 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            Family::V6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        }
    }

    /// Reads an address of this family.
    ///
    /// # Errors
    /// A word that is none; host names are not resolved.
    pub fn address(self, word: &str) -> Result<IpAddr, Problem> {
        let found = match self {
            Family::V4 => parse_v4(word).map(IpAddr::V4),
            Family::V6 => word.parse().ok().map(IpAddr::V6),
        };
        found.ok_or_else(|| {
            let problem = Problem::new(format!(
                "`{word}` is not an IPv{} address",
                if self == Family::V4 { 4 } else { 6 }
            ));
            match word.parse::<IpAddr>() {
                Ok(_) => problem.hint(match self {
                    Family::V4 => "an IPv6 address belongs into ip6tables",
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
            Family::V4 => {
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

/// Reads a dotted quad. Unlike inet_aton() libxtables takes fewer than four
/// numbers only in front of a mask; [`parse_network`] does that.
fn parse_v4(word: &str) -> Option<Ipv4Addr> {
    let mut octets = [0u8; 4];
    let mut parts = word.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        match num::prefix(part) {
            Some((n, "")) if part.starts_with(|c: char| c.is_ascii_digit()) => {
                *octet = u8::try_from(n).ok()?;
            }
            _ => return None,
        }
    }
    parts.next().is_none().then(|| octets.into())
}

/// An address and a mask that packets are compared with. The mask may be any
/// pattern of bits, not only a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddrMatch<const BOXED: bool = false> {
    addr: Packed,
    mask: Packed,
    /// Packets match that are *not* within.
    pub inverted: bool,
}

/// An address in 16 bytes beside its family tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Packed {
    V4([u8; 4]),
    V6([u8; 16]),
}
