//! ARP for IPv4 over Ethernet (RFC 826).

use std::net::Ipv4Addr;

use super::eth::MacAddr;
use super::{be16, be32};

/// `ARPOP_REQUEST`.
pub const REQUEST: u16 = 1;
/// `ARPOP_REPLY`.
pub const REPLY: u16 = 2;

/// Bytes of one for IPv4 over Ethernet (`arp_hdr_len`).
pub const LEN: usize = 28;

/// An ARP packet for IPv4 over Ethernet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arp {
    /// [`REQUEST`], [`REPLY`] or something else.
    pub op: u16,
    /// Sender hardware address.
    pub sha: MacAddr,
    /// Sender protocol address.
    pub sip: Ipv4Addr,
    /// Target hardware address.
    pub tha: MacAddr,
    /// Target protocol address.
    pub tip: Ipv4Addr,
}

impl Arp {
    /// Reads one; `None` if it is too short or not IPv4 over Ethernet.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        // Ethernet, or IEEE 802 (RFC 1390).
        matches!(be16(bytes, 0)?, 1 | 6).then_some(())?;
        Self::read_any(bytes)
    }

    /// Reads one whatever hardware it says it is for; `None` if it is too short
    /// or not for IPv4 and addresses of six bytes.
    pub fn read_any(bytes: &[u8]) -> Option<Self> {
        if be16(bytes, 2)? != super::eth::ETH_P_IP || bytes.get(4..6)? != [6, 4] {
            return None;
        }
        Some(Self {
            op: be16(bytes, 6)?,
            sha: MacAddr::read(bytes, 8)?,
            sip: Ipv4Addr::from(be32(bytes, 14)?),
            tha: MacAddr::read(bytes, 18)?,
            tip: Ipv4Addr::from(be32(bytes, 24)?),
        })
    }

    /// The 28 bytes of it.
    pub fn bytes(self) -> Vec<u8> {
        let mut out = vec![0, 1, 8, 0, 6, 4];
        out.extend(self.op.to_be_bytes());
        out.extend(self.sha.0);
        out.extend(self.sip.octets());
        out.extend(self.tha.0);
        out.extend(self.tip.octets());
        out
    }
}
