//! IPv4 headers (RFC 791), read and written where they lie.

use std::net::Ipv4Addr;

use super::{be16, be32, checksum, put16, put32};

/// Protocol number of ICMP.
pub const ICMP: u8 = 1;
/// Protocol number of IGMP.
pub const IGMP: u8 = 2;
/// Protocol number of TCP.
pub const TCP: u8 = 6;
/// Protocol number of UDP.
pub const UDP: u8 = 17;
/// Protocol number of DCCP.
pub const DCCP: u8 = 33;
/// Protocol number of GRE.
pub const GRE: u8 = 47;
/// Protocol number of ESP.
pub const ESP: u8 = 50;
/// Protocol number of AH.
pub const AH: u8 = 51;
/// Protocol number of ICMPv6.
pub const ICMPV6: u8 = 58;
/// Protocol number of PIM.
pub const PIM: u8 = 103;
/// Protocol number of SCTP.
pub const SCTP: u8 = 132;
/// Protocol number of UDP-Lite.
pub const UDPLITE: u8 = 136;

/// "Don't fragment" in the flags-and-offset word.
pub const DF: u16 = 0x4000;
/// "More fragments" in the flags-and-offset word.
pub const MF: u16 = 0x2000;
/// Mask of the fragment offset (in units of 8 bytes).
pub const OFFSET: u16 = 0x1fff;

/// A view of the bytes of an IPv4 packet. Every accessor is total: past the
/// end of a packet that is too short it gives zero.
#[derive(Clone, Copy, Debug)]
pub struct Ipv4<'a>(pub &'a [u8]);

impl<'a> Ipv4<'a> {
    fn byte(&self, at: usize) -> u8 {
        self.0.get(at).copied().unwrap_or(0)
    }

    /// Version field.
    pub fn version(&self) -> u8 {
        self.byte(0) >> 4
    }

    /// Header length in bytes (IHL times 4).
    pub fn header_len(&self) -> usize {
        usize::from(self.byte(0) & 15) * 4
    }

    /// Type of service.
    pub fn tos(&self) -> u8 {
        self.byte(1)
    }

    /// Total length field.
    pub fn total_len(&self) -> u16 {
        be16(self.0, 2).unwrap_or(0)
    }

    /// Identification.
    pub fn id(&self) -> u16 {
        be16(self.0, 4).unwrap_or(0)
    }

    /// Flags and fragment offset as they stand.
    pub fn frag_word(&self) -> u16 {
        be16(self.0, 6).unwrap_or(0)
    }

    /// Fragment offset in units of 8 bytes.
    pub fn frag_offset(&self) -> u16 {
        self.frag_word() & OFFSET
    }

    /// Is it a fragment of a larger datagram (`ip_is_fragment`)?
    pub fn is_fragment(&self) -> bool {
        self.frag_word() & (MF | OFFSET) != 0
    }

    /// "Don't fragment"?
    pub fn df(&self) -> bool {
        self.frag_word() & DF != 0
    }

    /// Time to live.
    pub fn ttl(&self) -> u8 {
        self.byte(8)
    }

    /// Protocol of what follows.
    pub fn proto(&self) -> u8 {
        self.byte(9)
    }

    /// Header checksum field.
    pub fn check(&self) -> u16 {
        be16(self.0, 10).unwrap_or(0)
    }

    /// Source address.
    pub fn src(&self) -> Ipv4Addr {
        Ipv4Addr::from(be32(self.0, 12).unwrap_or(0))
    }

    /// Destination address.
    pub fn dst(&self) -> Ipv4Addr {
        Ipv4Addr::from(be32(self.0, 16).unwrap_or(0))
    }

    /// Bytes between the fixed header and the payload.
    pub fn options(&self) -> &'a [u8] {
        self.0.get(20..self.header_len()).unwrap_or(&[])
    }

    /// What follows the header, up to the end of the bytes.
    pub fn payload(&self) -> &'a [u8] {
        self.0.get(self.header_len()..).unwrap_or(&[])
    }

    /// Does the header's checksum hold?
    pub fn check_ok(&self) -> bool {
        self.0
            .get(..self.header_len())
            .is_some_and(|head| checksum::sum(head, 0) == 0xffff)
    }
}

/// Recomputes the header checksum.
pub fn set_check(packet: &mut [u8]) {
    let len = Ipv4(packet).header_len();
    put16(packet, 10, 0);
    if let Some(head) = packet.get(..len) {
        let check = checksum::of(head);
        put16(packet, 10, check);
    }
}

fn replace16_at(packet: &mut [u8], at: usize, new: u16) {
    let (Some(old), Some(check)) = (be16(packet, at), be16(packet, 10)) else {
        return;
    };
    put16(packet, at, new);
    put16(packet, 10, checksum::replace16(check, old, new));
}

/// Sets the TTL and keeps the checksum's validity as it was.
pub fn set_ttl(packet: &mut [u8], ttl: u8) {
    let proto = Ipv4(packet).proto();
    replace16_at(packet, 8, u16::from_be_bytes([ttl, proto]));
}

/// Sets the type of service and keeps the checksum's validity as it was.
pub fn set_tos(packet: &mut [u8], tos: u8) {
    if let Some(first) = packet.first().copied() {
        replace16_at(packet, 0, u16::from_be_bytes([first, tos]));
    }
}

/// Sets identification and keeps the checksum's validity as it was.
pub fn set_id(packet: &mut [u8], id: u16) {
    replace16_at(packet, 4, id);
}

/// Sets the source (or, with `dst`, the destination) address, the header
/// checksum kept as valid as it was. Transport checksums are not touched.
pub fn set_addr(packet: &mut [u8], dst: bool, new: Ipv4Addr) {
    let at = if dst { 16 } else { 12 };
    let (Some(old), Some(check)) = (be32(packet, at), be16(packet, 10)) else {
        return;
    };
    put32(packet, at, new.into());
    put16(packet, 10, checksum::replace32(check, old, new.into()));
}

/// What goes into a fresh header.
#[derive(Clone, Copy, Debug)]
pub struct Build<'a> {
    /// Source address.
    pub src: Ipv4Addr,
    /// Destination address.
    pub dst: Ipv4Addr,
    /// Protocol of the payload.
    pub proto: u8,
    /// Time to live.
    pub ttl: u8,
    /// Type of service.
    pub tos: u8,
    /// Identification.
    pub id: u16,
    /// Don't fragment.
    pub df: bool,
    /// Options; padded with zeroes to a multiple of four bytes.
    pub options: &'a [u8],
}

impl Build<'_> {
    /// The packet: header, checksum and `payload`.
    pub fn packet(&self, payload: &[u8]) -> Vec<u8> {
        let options = self.options.len().min(40).next_multiple_of(4);
        let header = 20 + options;
        let mut out = vec![0x40 | (header / 4) as u8, self.tos];
        out.resize(header, 0);
        out.extend_from_slice(payload);
        let total = out.len().min(0xffff) as u16;
        put16(&mut out, 2, total);
        put16(&mut out, 4, self.id);
        put16(&mut out, 6, if self.df { DF } else { 0 });
        put16(&mut out, 8, u16::from_be_bytes([self.ttl, self.proto]));
        put32(&mut out, 12, self.src.into());
        put32(&mut out, 16, self.dst.into());
        for (place, byte) in out.iter_mut().skip(20).zip(self.options.iter().take(40)) {
            *place = *byte;
        }
        set_check(&mut out);
        out
    }
}
