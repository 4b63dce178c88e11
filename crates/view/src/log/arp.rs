//! ARP packets in the log (`dump_arp_packet`).

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use packetwalk_core::walk::PacketState;
use packetwalk_core::wire::eth::MacAddr;
use packetwalk_core::wire::{be16, be32};

use super::flags;

/// The fixed part of an ARP header, which says what the rest looks like.
pub(super) struct Fixed {
    /// Hardware type.
    pub hardware: u16,
    /// Protocol type.
    pub protocol: u16,
    /// Operation.
    pub op: u16,
    /// Are the addresses those of Ethernet and IPv4?
    pub addresses: bool,
}

/// Length of the fixed part.
const FIXED: usize = 8;

/// Reads the fixed part.
pub(super) fn fixed(bytes: &[u8]) -> Option<Fixed> {
    let hardware = be16(bytes, 0)?;
    Some(Fixed {
        hardware,
        protocol: be16(bytes, 2)?,
        op: be16(bytes, 6)?,
        addresses: hardware == 1 && bytes.get(4..6) == Some(&[6, 4]),
    })
}

/// Sender and target, hardware and protocol address each.
pub(super) fn addresses(bytes: &[u8]) -> Option<[(MacAddr, Ipv4Addr); 2]> {
    let pair = |at: usize| {
        Some((
            MacAddr::read(bytes, at)?,
            Ipv4Addr::from(be32(bytes, at + 6)?),
        ))
    };
    Some([pair(FIXED)?, pair(FIXED + 10)?])
}

pub(super) fn dump(out: &mut String, packet: &PacketState, flags: u8) {
    let bytes = &packet.bytes;
    let Some(head) = fixed(bytes) else {
        out.push_str("TRUNCATED");
        return;
    };
    if flags & flags::MACDECODE != 0 {
        super::mac_decoded(out, packet);
    }
    let _ = write!(
        out,
        "ARP HTYPE={} PTYPE=0x{:04x} OPCODE={}",
        head.hardware, head.protocol, head.op
    );
    if !head.addresses {
        return;
    }
    match addresses(bytes) {
        Some([(smac, sip), (tmac, tip)]) => {
            let _ = write!(out, " MACSRC={smac} IPSRC={sip} MACDST={tmac} IPDST={tip}");
        }
        None => {
            let _ = write!(out, " INCOMPLETE [{} bytes]", bytes.len() - FIXED);
        }
    }
}
