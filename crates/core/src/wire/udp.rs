//! UDP headers (RFC 768).

use std::net::Ipv4Addr;

use super::{checksum, ipv4, put16};

/// Builds a datagram with its checksum.
pub fn build(src: (Ipv4Addr, u16), dst: (Ipv4Addr, u16), data: &[u8]) -> Vec<u8> {
    let mut out = vec![0; 8];
    put16(&mut out, 0, src.1);
    put16(&mut out, 2, dst.1);
    put16(&mut out, 4, (8 + data.len()).min(0xffff) as u16);
    out.extend_from_slice(data);
    let head = checksum::pseudo_v4(src.0, dst.0, ipv4::UDP, out.len());
    let check = !(checksum::sum(&out, head) as u16);
    put16(&mut out, 6, if check == 0 { 0xffff } else { check });
    out
}
