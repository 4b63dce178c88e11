//! TCP headers (RFC 9293).

use std::net::Ipv4Addr;

use super::{be16, be32, checksum, ipv4, put16, put32};

/// FIN flag.
pub const FIN: u8 = 0x01;
/// SYN flag.
pub const SYN: u8 = 0x02;
/// RST flag.
pub const RST: u8 = 0x04;
/// PSH flag.
pub const PSH: u8 = 0x08;
/// ACK flag.
pub const ACK: u8 = 0x10;
/// URG flag.
pub const URG: u8 = 0x20;
/// ECE flag.
pub const ECE: u8 = 0x40;
/// CWR flag.
pub const CWR: u8 = 0x80;

/// A view of the bytes of a TCP segment; accessors give zero past the end.
#[derive(Clone, Copy, Debug)]
pub struct Tcp<'a>(pub &'a [u8]);

impl<'a> Tcp<'a> {
    /// Source port.
    pub fn sport(&self) -> u16 {
        be16(self.0, 0).unwrap_or(0)
    }
    /// Destination port.
    pub fn dport(&self) -> u16 {
        be16(self.0, 2).unwrap_or(0)
    }
    /// Sequence number.
    pub fn seq(&self) -> u32 {
        be32(self.0, 4).unwrap_or(0)
    }
    /// Acknowledgement number.
    pub fn ack(&self) -> u32 {
        be32(self.0, 8).unwrap_or(0)
    }
    /// Header length in bytes.
    pub fn header_len(&self) -> usize {
        usize::from(self.0.get(12).copied().unwrap_or(0) >> 4) * 4
    }
    /// Flags, CWR to FIN.
    pub fn flags(&self) -> u8 {
        self.0.get(13).copied().unwrap_or(0)
    }
    /// Window, unscaled.
    pub fn window(&self) -> u16 {
        be16(self.0, 14).unwrap_or(0)
    }
    /// Option bytes.
    pub fn options(&self) -> &'a [u8] {
        self.0.get(20..self.header_len()).unwrap_or(&[])
    }
    /// Data behind the header.
    pub fn data(&self) -> &'a [u8] {
        self.0.get(self.header_len()..).unwrap_or(&[])
    }
}

/// What goes into a segment.
#[derive(Clone, Copy, Debug)]
pub struct Build<'a> {
    /// Source port.
    pub sport: u16,
    /// Destination port.
    pub dport: u16,
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgement number.
    pub ack: u32,
    /// Flags.
    pub flags: u8,
    /// Window, unscaled.
    pub window: u16,
    /// Option bytes; padded to a multiple of four.
    pub options: &'a [u8],
    /// Data.
    pub data: &'a [u8],
}

impl<'a> Build<'a> {
    /// The reset that answers a segment (RFC 9293, 3.10.7.1): in sequence where
    /// the segment acknowledged something, else acknowledging all of it.
    pub fn reset(segment: &Tcp<'_>) -> Build<'a> {
        let (flags, seq, ack) = if segment.flags() & ACK != 0 {
            (RST, segment.ack(), 0)
        } else {
            let length = u32::from(segment.flags() & SYN != 0)
                + u32::from(segment.flags() & FIN != 0)
                + segment.data().len() as u32;
            (RST | ACK, 0, segment.seq().wrapping_add(length))
        };
        Build {
            sport: segment.dport(),
            dport: segment.sport(),
            seq,
            ack,
            flags,
            window: 0,
            options: &[],
            data: &[],
        }
    }

    /// The segment with its checksum for these addresses.
    pub fn segment(&self, src: Ipv4Addr, dst: Ipv4Addr) -> Vec<u8> {
        let header = 20 + self.options.len().min(40).next_multiple_of(4);
        let mut out = vec![0; header];
        put16(&mut out, 0, self.sport);
        put16(&mut out, 2, self.dport);
        put32(&mut out, 4, self.seq);
        put32(&mut out, 8, self.ack);
        let offset = ((header / 4) as u8) << 4;
        put16(&mut out, 12, u16::from_be_bytes([offset, self.flags]));
        put16(&mut out, 14, self.window);
        for (place, byte) in out.iter_mut().skip(20).zip(self.options.iter().take(40)) {
            *place = *byte;
        }
        out.extend_from_slice(self.data);
        let head = checksum::pseudo_v4(src, dst, ipv4::TCP, out.len());
        let check = !(checksum::sum(&out, head) as u16);
        put16(&mut out, 16, check);
        out
    }
}
