//! The Internet checksum (RFC 1071) and its incremental update (RFC 1624).

use std::net::Ipv4Addr;

/// Folded one's complement sum of `bytes`, on top of `start`.
pub fn sum(bytes: &[u8], start: u32) -> u32 {
    let mut total = u64::from(start);
    let mut words = bytes.chunks_exact(2);
    for word in &mut words {
        if let [high, low] = word {
            total += u64::from(u16::from_be_bytes([*high, *low]));
        }
    }
    if let [last] = words.remainder() {
        total += u64::from(*last) << 8;
    }
    while total >> 16 != 0 {
        total = (total & 0xffff) + (total >> 16);
    }
    total as u32
}

/// The checksum field's value for `bytes` (in which that field is zero).
pub fn of(bytes: &[u8]) -> u16 {
    !(sum(bytes, 0) as u16)
}

/// Sum of the IPv4 pseudo header (RFC 793, RFC 768).
pub fn pseudo_v4(src: Ipv4Addr, dst: Ipv4Addr, proto: u8, len: usize) -> u32 {
    let head = sum(&src.octets(), 0);
    let head = sum(&dst.octets(), head);
    sum(&(len as u16).to_be_bytes(), head + u32::from(proto))
}

/// Updates checksum `check` for a 16-bit field that changed from `old` to `new`.
pub fn replace16(check: u16, old: u16, new: u16) -> u16 {
    let mut total = u32::from(!check) + u32::from(!old) + u32::from(new);
    while total >> 16 != 0 {
        total = (total & 0xffff) + (total >> 16);
    }
    !(total as u16)
}

/// Updates checksum `check` for a 32-bit field that changed from `old` to `new`.
pub fn replace32(check: u16, old: u32, new: u32) -> u16 {
    let high = replace16(check, (old >> 16) as u16, (new >> 16) as u16);
    replace16(high, old as u16, new as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc1071_example() {
        // RFC 1071, section 3.
        let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(sum(&bytes, 0), 0xddf2);
    }

    #[test]
    fn incremental_equals_full() {
        let mut bytes = [
            0x45, 0, 0, 84, 0x12, 0x34, 0x40, 0, 64, 1, 0, 0, 10, 0, 0, 1,
        ];
        let before = of(&bytes);
        bytes[8] = 63;
        assert_eq!(replace16(before, 0x4001, 0x3f01), of(&bytes));
    }
}
