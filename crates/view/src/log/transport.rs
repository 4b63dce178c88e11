//! TCP and UDP headers in the log, for either address family
//! (`nf_log_dump_tcp_header`, `nf_log_dump_udp_header`).

use std::fmt::Write as _;

use packetwalk_core::wire::ipv4::UDP;
use packetwalk_core::wire::{be16, tcp};

use super::{flags, incomplete, options};

/// Is the line over, because a header was cut short?
pub(super) type Over = bool;

/// What follows the network header, from `at` on; nothing if it is cut off
/// before.
pub(super) fn rest(bytes: &[u8], at: usize) -> &[u8] {
    bytes.get(at..).unwrap_or(&[])
}

pub(super) fn tcp(out: &mut String, bytes: &[u8], at: usize, fragment: bool, flags: u8) -> Over {
    out.push_str("PROTO=TCP ");
    if fragment {
        return false;
    }
    let segment = rest(bytes, at);
    if segment.len() < 20 {
        incomplete(out, segment.len());
        return true;
    }
    let tcp = tcp::Tcp(segment);
    let _ = write!(out, "SPT={} DPT={} ", tcp.sport(), tcp.dport());
    if flags & flags::TCPSEQ != 0 {
        let _ = write!(out, "SEQ={} ACK={} ", tcp.seq(), tcp.ack());
    }
    // The nibble below the header length: three reserved bits and AE.
    let nibble = segment.get(12).copied().unwrap_or(0) & 15;
    let _ = write!(
        out,
        "WINDOW={} RES=0x{:02x} ",
        tcp.window(),
        (nibble & 0xe) << 2
    );
    if nibble & 1 != 0 {
        out.push_str("AE ");
    }
    let names = [
        (tcp::CWR, "CWR "),
        (tcp::ECE, "ECE "),
        (tcp::URG, "URG "),
        (tcp::ACK, "ACK "),
        (tcp::PSH, "PSH "),
        (tcp::RST, "RST "),
        (tcp::SYN, "SYN "),
        (tcp::FIN, "FIN "),
    ];
    for (bit, name) in names {
        if tcp.flags() & bit != 0 {
            out.push_str(name);
        }
    }
    let _ = write!(out, "URGP={} ", be16(segment, 18).unwrap_or(0));
    if flags & flags::TCPOPT != 0 && tcp.header_len() > 20 {
        match segment.get(20..tcp.header_len()) {
            Some(bytes) => options(out, bytes),
            None => {
                out.push_str("OPT (TRUNCATED)");
                return true;
            }
        }
    }
    false
}

pub(super) fn udp(out: &mut String, bytes: &[u8], at: usize, fragment: bool, proto: u8) -> Over {
    out.push_str(if proto == UDP {
        "PROTO=UDP "
    } else {
        "PROTO=UDPLITE "
    });
    if fragment {
        return false;
    }
    let datagram = rest(bytes, at);
    match (be16(datagram, 0), be16(datagram, 2), be16(datagram, 4)) {
        (Some(sport), Some(dport), Some(len)) if datagram.len() >= 8 => {
            let _ = write!(out, "SPT={sport} DPT={dport} LEN={len} ");
            false
        }
        _ => {
            incomplete(out, datagram.len());
            true
        }
    }
}
