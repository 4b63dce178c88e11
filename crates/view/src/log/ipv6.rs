//! IPv6 packets in the log (`dump_ipv6_packet`).

use std::fmt::Write as _;
use std::net::Ipv6Addr;

use packetwalk_core::walk::PacketState;
use packetwalk_core::wire::ipv4::{AH, ESP, ICMPV6, TCP, UDP, UDPLITE};
use packetwalk_core::wire::{be16, be32};

use super::transport::{rest, tcp, udp};
use super::{flags, incomplete};

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const DESTINATION: u8 = 60;

/// All eight groups with their zeroes (`%pI6`).
pub(super) fn spelt_out(address: Ipv6Addr) -> String {
    let mut out = String::with_capacity(39);
    for (at, group) in address.segments().iter().enumerate() {
        let colon = if at == 0 { "" } else { ":" };
        let _ = write!(out, "{colon}{group:04x}");
    }
    out
}

pub(super) fn dump(out: &mut String, packet: &PacketState, flags: u8) {
    if !header(out, &packet.bytes, 0, flags) {
        super::owner_and_mark(out, packet, flags);
    }
}

/// The header at `at` and what it carries; `true` if the line is over.
fn header(out: &mut String, bytes: &[u8], at: usize, flags: u8) -> bool {
    let all = rest(bytes, at);
    let address = |from: usize| {
        let octets: Option<[u8; 16]> = all.get(from..from + 16).and_then(|b| b.try_into().ok());
        octets.map(Ipv6Addr::from)
    };
    let (Some(src), Some(dst), Some(word), Some(len)) =
        (address(8), address(24), be32(all, 0), be16(all, 4))
    else {
        out.push_str("TRUNCATED");
        return true;
    };
    let byte = |from: usize| all.get(from).copied().unwrap_or(0);
    let _ = write!(
        out,
        "SRC={} DST={} LEN={} TC={} HOPLIMIT={} FLOWLBL={} ",
        spelt_out(src),
        spelt_out(dst),
        u32::from(len) + 40,
        (word & 0x0ff0_0000) >> 20,
        byte(7),
        word & 0x000f_ffff
    );
    let inner = at != 0;
    let (next, at, fragment) = match extensions(out, bytes, at + 40, byte(6), flags) {
        Some(found) => found,
        None => return true,
    };
    match next {
        TCP => tcp(out, bytes, at, fragment, flags),
        UDP | UDPLITE => udp(out, bytes, at, fragment, next),
        ICMPV6 => {
            out.push_str("PROTO=ICMPv6 ");
            !fragment && message(out, bytes, at, inner, flags)
        }
        other => {
            let _ = write!(out, "PROTO={other} ");
            false
        }
    }
}

/// Walks the extension headers: the protocol behind them, where it begins, and
/// whether this is a later fragment. `None`: the line is over.
fn extensions(
    out: &mut String,
    bytes: &[u8],
    mut at: usize,
    mut next: u8,
    flags: u8,
) -> Option<(u8, usize, bool)> {
    let show = flags & flags::IPOPT != 0;
    let mut fragment = false;
    while matches!(
        next,
        HOP_BY_HOP | ROUTING | FRAGMENT | ESP | AH | DESTINATION
    ) {
        let here = rest(bytes, at);
        let [following, length, ..] = *here else {
            out.push_str("TRUNCATED");
            return None;
        };
        if show {
            out.push_str("OPT ( ");
        }
        let length = usize::from(length);
        at += match next {
            FRAGMENT => {
                out.push_str("FRAG:");
                let (Some(word), Some(id)) = (be16(here, 2), be32(here, 4)) else {
                    out.push_str("TRUNCATED ");
                    return None;
                };
                let _ = write!(out, "{} ", word & 0xfff8);
                if word & 1 != 0 {
                    out.push_str("INCOMPLETE ");
                }
                let _ = write!(out, "ID:{id:08x} ");
                fragment |= word & 0xfff8 != 0;
                8
            }
            AH => {
                if show {
                    out.push_str("AH ");
                    security(out, here, 12, 4, fragment, " ")?;
                }
                (length + 2) * 4
            }
            ESP => {
                if show {
                    out.push_str("ESP ");
                    security(out, here, 8, 0, fragment, " )")?;
                }
                return None;
            }
            _ => {
                if fragment {
                    if show {
                        out.push(')');
                    }
                    return None;
                }
                (length + 1) * 8
            }
        };
        if show {
            out.push_str(") ");
        }
        next = following;
    }
    Some((next, at, fragment))
}

/// The security parameter index of an AH or ESP header; `None` if it is not
/// there.
fn security(
    out: &mut String,
    here: &[u8],
    need: usize,
    at: usize,
    fragment: bool,
    end: &str,
) -> Option<()> {
    if fragment {
        out.push(')');
        return None;
    }
    match be32(here, at) {
        Some(spi) if here.len() >= need => {
            let _ = write!(out, "SPI=0x{spi:x}{end}");
            Some(())
        }
        _ => {
            let _ = write!(out, "INCOMPLETE [{} bytes] )", here.len());
            None
        }
    }
}

/// An ICMPv6 message; `true` if the line is over.
fn message(out: &mut String, bytes: &[u8], at: usize, inner: bool, flags: u8) -> bool {
    let message = rest(bytes, at);
    let ([kind, code, ..], Some(word), true) = (message, be32(message, 4), message.len() >= 8)
    else {
        incomplete(out, message.len());
        return true;
    };
    let _ = write!(out, "TYPE={kind} CODE={code} ");
    match kind {
        128 | 129 => {
            let _ = write!(out, "ID={} SEQ={} ", word >> 16, word & 0xffff);
        }
        1..=4 => {
            if *kind == 4 {
                let _ = write!(out, "POINTER={word:08x} ");
            }
            // Only one level deep.
            if !inner {
                out.push('[');
                header(out, bytes, at + 8, flags);
                out.push_str("] ");
            }
            if *kind == 2 {
                let _ = write!(out, "MTU={word} ");
            }
        }
        _ => {}
    }
    false
}
