//! SCTP's checksum: CRC-32C (RFC 9260, appendix A).

const AT: usize = 8;

fn crc(bytes: impl Iterator<Item = u8>) -> u32 {
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    !bytes.fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 0 { 0 } else { POLYNOMIAL }
        })
    })
}

/// The checksum of an SCTP packet, its own field taken for zero.
fn of(packet: &[u8]) -> [u8; 4] {
    let zeroed = packet.iter().enumerate();
    let zeroed = zeroed.map(|(at, &byte)| if (AT..AT + 4).contains(&at) { 0 } else { byte });
    crc(zeroed).to_le_bytes()
}

/// Writes the checksum into an SCTP packet; a shorter piece is left alone.
pub(super) fn fill(packet: &mut [u8]) {
    let check = of(packet);
    if let Some(field) = packet.get_mut(AT..AT + 4) {
        field.copy_from_slice(&check);
    }
}

/// Does an SCTP packet's checksum hold?
pub(super) fn holds(packet: &[u8]) -> bool {
    packet.get(AT..AT + 4) == Some(&of(packet))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_of_the_usual_check_string() {
        // The check value of CRC-32C in the catalogue of CRC algorithms.
        assert_eq!(crc(b"123456789".iter().copied()), 0xe306_9283);
    }
}
