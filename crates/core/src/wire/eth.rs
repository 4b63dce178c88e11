//! Ethernet II headers, 802.1Q tags and MAC addresses.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// Ethertype of IPv4 (RFC 894).
pub const ETH_P_IP: u16 = 0x0800;
/// Ethertype of ARP (RFC 826).
pub const ETH_P_ARP: u16 = 0x0806;
/// Ethertype of RARP (RFC 903).
pub const ETH_P_RARP: u16 = 0x8035;
/// Ethertype of IPv6 (RFC 2464).
pub const ETH_P_IPV6: u16 = 0x86dd;
/// Ethertype of an 802.1Q tag.
pub const ETH_P_8021Q: u16 = 0x8100;
/// Ethertype of an 802.1ad service tag.
pub const ETH_P_8021AD: u16 = 0x88a8;
/// Length of an Ethernet header without tags.
pub const ETH_HLEN: usize = 14;

/// A 48-bit hardware address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MacAddr(pub [u8; 6]);

impl MacAddr {
    /// `ff:ff:ff:ff:ff:ff`.
    pub const BROADCAST: Self = Self([0xff; 6]);
    /// `00:00:00:00:00:00`.
    pub const ZERO: Self = Self([0; 6]);

    /// Is this the broadcast address?
    pub fn is_broadcast(self) -> bool {
        self == Self::BROADCAST
    }

    /// Is the group bit set (broadcast included)?
    pub fn is_multicast(self) -> bool {
        self.0[0] & 1 != 0
    }

    /// May a station bear it: neither a group address nor zero
    /// (`is_valid_ether_addr`)?
    pub fn is_valid(self) -> bool {
        !self.is_multicast() && self != Self::ZERO
    }

    /// `01:80:c2:00:00:0X`, the addresses that bridges keep to themselves
    /// (`is_link_local_ether_addr`).
    pub fn is_link_local(self) -> bool {
        self.0[..5] == [0x01, 0x80, 0xc2, 0, 0] && self.0[5] & 0xf0 == 0
    }

    /// The first six bytes at `at`.
    pub fn read(bytes: &[u8], at: usize) -> Option<Self> {
        Some(Self(bytes.get(at..at + 6)?.try_into().ok()?))
    }
}

impl fmt::Display for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for MacAddr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for MacAddr {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut mac = [0; 6];
        let mut parts = text.split(':');
        for byte in &mut mac {
            let part = parts.next().ok_or(())?;
            if part.is_empty() || part.len() > 2 {
                return Err(());
            }
            *byte = u8::from_str_radix(part, 16).map_err(|_| ())?;
        }
        parts.next().is_none().then_some(Self(mac)).ok_or(())
    }
}

/// The 14 bytes in front of a frame's payload, as they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct EthHeader {
    /// Destination.
    pub dst: MacAddr,
    /// Source.
    pub src: MacAddr,
    /// Ethertype, or length when below 0x600.
    pub ethertype: u16,
}

impl EthHeader {
    /// Reads the header in front of a frame; `None` if it is too short.
    pub fn read(frame: &[u8]) -> Option<Self> {
        Some(Self {
            dst: MacAddr::read(frame, 0)?,
            src: MacAddr::read(frame, 6)?,
            ethertype: super::be16(frame, 12)?,
        })
    }

    /// The bytes of the header.
    pub fn bytes(self) -> [u8; ETH_HLEN] {
        let mut out = [0; ETH_HLEN];
        out[..6].copy_from_slice(&self.dst.0);
        out[6..12].copy_from_slice(&self.src.0);
        out[12..].copy_from_slice(&self.ethertype.to_be_bytes());
        out
    }
}
