//! IPv4 packets in the log (`dump_ipv4_packet`).

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use packetwalk_core::walk::PacketState;
use packetwalk_core::wire::ipv4::{AH, DF, ESP, ICMP, Ipv4, MF, TCP, UDP, UDPLITE};
use packetwalk_core::wire::{be16, be32, icmp};

use super::transport::{rest, tcp, udp};
use super::{flags, incomplete, options};

/// The bit above DF, which older routers knew as congestion (`IP_CE`).
const CE: u16 = 0x8000;

pub(super) fn dump(out: &mut String, packet: &PacketState, flags: u8) {
    if header(out, &packet.bytes, 0, flags) {
        return;
    }
    super::owner_and_mark(out, packet, flags);
}

/// The header at `at` and what it carries; `true` if the line is over.
fn header(out: &mut String, bytes: &[u8], at: usize, flags: u8) -> bool {
    let inner = at != 0;
    let all = rest(bytes, at);
    if all.len() < 20 {
        out.push_str("TRUNCATED");
        return true;
    }
    let ip = Ipv4(all);
    let _ = write!(
        out,
        "SRC={} DST={} LEN={} TOS=0x{:02X} PREC=0x{:02X} TTL={} ID={} ",
        ip.src(),
        ip.dst(),
        ip.total_len(),
        ip.tos() & 0x1e,
        ip.tos() & 0xe0,
        ip.ttl(),
        ip.id()
    );
    for (bit, name) in [(CE, "CE "), (DF, "DF "), (MF, "MF ")] {
        if ip.frag_word() & bit != 0 {
            out.push_str(name);
        }
    }
    let fragment = ip.frag_offset() != 0;
    if fragment {
        let _ = write!(out, "FRAG:{} ", ip.frag_offset());
    }
    if flags & flags::IPOPT != 0 && ip.header_len() > 20 {
        match all.get(20..ip.header_len()) {
            Some(bytes) => options(out, bytes),
            None => {
                out.push_str("TRUNCATED");
                return true;
            }
        }
    }
    let next = at + ip.header_len();
    match ip.proto() {
        TCP => return tcp(out, bytes, next, fragment, flags),
        proto @ (UDP | UDPLITE) => return udp(out, bytes, next, fragment, proto),
        ICMP => {
            out.push_str("PROTO=ICMP ");
            if !fragment {
                message(out, bytes, next, inner, flags);
            }
        }
        AH => {
            if !fragment {
                out.push_str("PROTO=AH ");
                spi(out, rest(bytes, next), 12, 4);
            }
        }
        ESP => {
            out.push_str("PROTO=ESP ");
            if !fragment {
                spi(out, rest(bytes, next), 8, 0);
            }
        }
        other => {
            let _ = write!(out, "PROTO={other} ");
        }
    }
    false
}

/// The security parameter index at `at` of a header of `need` bytes.
fn spi(out: &mut String, bytes: &[u8], need: usize, at: usize) {
    match be32(bytes, at) {
        Some(spi) if bytes.len() >= need => {
            let _ = write!(out, "SPI=0x{spi:x} ");
        }
        _ => incomplete(out, bytes.len()),
    }
}

/// Bytes that a message of this type must have to be shown.
fn required(kind: u8) -> usize {
    match kind {
        icmp::ECHO | icmp::ECHO_REPLY => 4,
        icmp::DEST_UNREACH
        | icmp::SOURCE_QUENCH
        | icmp::REDIRECT
        | icmp::TIME_EXCEEDED
        | icmp::PARAMETER_PROBLEM => 28,
        icmp::TIMESTAMP | icmp::TIMESTAMP_REPLY => 20,
        icmp::ADDRESS | icmp::ADDRESS_REPLY => 12,
        _ => 0,
    }
}

fn message(out: &mut String, bytes: &[u8], at: usize, inner: bool, flags: u8) {
    let message = rest(bytes, at);
    let [kind, code, _, _, first, _, _, _, ..] = *message else {
        return incomplete(out, message.len());
    };
    let _ = write!(out, "TYPE={kind} CODE={code} ");
    if message.len() < required(kind) {
        return incomplete(out, message.len());
    }
    match kind {
        icmp::ECHO | icmp::ECHO_REPLY => {
            let _ = write!(
                out,
                "ID={} SEQ={} ",
                icmp::id(message),
                icmp::sequence(message)
            );
        }
        icmp::PARAMETER_PROBLEM => {
            let _ = write!(out, "PARAMETER={first} ");
        }
        icmp::REDIRECT | icmp::DEST_UNREACH | icmp::SOURCE_QUENCH | icmp::TIME_EXCEEDED => {
            if kind == icmp::REDIRECT {
                let gateway = Ipv4Addr::from(be32(message, 4).unwrap_or(0));
                let _ = write!(out, "GATEWAY={gateway} ");
            }
            // Only one level deep.
            if !inner {
                out.push('[');
                header(out, bytes, at + 8, flags);
                out.push_str("] ");
            }
            if kind == icmp::DEST_UNREACH && code == icmp::unreach::FRAG_NEEDED {
                let _ = write!(out, "MTU={} ", be16(message, 6).unwrap_or(0));
            }
        }
        _ => {}
    }
}
