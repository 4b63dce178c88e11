//! SCTP (net/netfilter/nf_conntrack_proto_sctp.c), as far as what a connection
//! may begin with. Its states are not modelled.

/// CRC-32C (RFC 9260, appendix A), bit by bit: it is rarely asked for.
fn crc32c(bytes: impl Iterator<Item = u8>) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            let carry = crc & 1 != 0;
            crc >>= 1;
            if carry {
                crc ^= 0x82f6_3b78;
            }
        }
    }
    !crc
}

/// Does the packet's checksum hold (`sctp_error`)?
pub(super) fn check_ok(packet: &[u8]) -> bool {
    let Some(field) = packet
        .get(8..12)
        .and_then(|field| <[u8; 4]>::try_from(field).ok())
    else {
        return false;
    };
    let zeroed = packet
        .iter()
        .enumerate()
        .map(|(at, byte)| if (8..12).contains(&at) { 0 } else { *byte });
    crc32c(zeroed) == u32::from_le_bytes(field)
}

/// May a connection begin with this packet (`sctp_new`): INIT with a zero
/// verification tag, or another chunk in the middle of one that was not seen?
pub(super) fn may_begin(packet: &[u8]) -> bool {
    const DATA: u8 = 0;
    const INIT: u8 = 1;
    const HEARTBEAT: u8 = 4;
    const HEARTBEAT_ACK: u8 = 5;
    let (Some(&kind), Some(length)) = (packet.get(12), crate::wire::be16(packet, 14)) else {
        return false;
    };
    let tag = crate::wire::be32(packet, 4).unwrap_or(0);
    if usize::from(length) < 4 || 12 + usize::from(length) > packet.len() {
        return false;
    }
    match kind {
        INIT => tag == 0,
        DATA | HEARTBEAT | HEARTBEAT_ACK => tag != 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_of_the_usual_check_string() {
        // The check value of CRC-32C in the catalogue of CRC algorithms.
        assert_eq!(crc32c(b"123456789".iter().copied()), 0xe306_9283);
    }
}
