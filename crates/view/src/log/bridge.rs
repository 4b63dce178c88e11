//! ebtables `--log` (`ebt_log_packet`).

use std::fmt::Write as _;
use std::net::Ipv6Addr;

use packetwalk_core::walk::{HookPoint, Name, PacketState};
use packetwalk_core::wire::be16;
use packetwalk_core::wire::eth::{ETH_P_ARP, ETH_P_IP, ETH_P_IPV6, MacAddr};
use packetwalk_core::wire::ipv4::{DCCP, Ipv4, SCTP, TCP, UDP, UDPLITE};

use super::{ETH_P_RARP, arp, ipv6};

/// Which headers the rule wants to be shown.
#[derive(Clone, Copy)]
pub(super) struct Want {
    /// `--log-ip`.
    pub ip: bool,
    /// `--log-arp`.
    pub arp: bool,
    /// `--log-ip6`.
    pub ip6: bool,
}

pub(super) fn log(
    out: &mut String,
    prefix: &str,
    at: Option<&HookPoint>,
    packet: Option<&PacketState>,
    want: Want,
) {
    let name = |device: Option<&Name>| device.cloned().unwrap_or_else(|| Name::from(""));
    let input = name(at.and_then(|at| at.input.as_ref()));
    let output = name(at.and_then(|at| at.output.as_ref()));
    let (dst, src, ethertype) =
        packet
            .and_then(|packet| packet.mac)
            .unwrap_or((MacAddr::ZERO, MacAddr::ZERO, 0));
    let _ = write!(
        out,
        "{prefix} IN={input} OUT={output} MAC source = {src} MAC dest = {dst} proto = 0x{ethertype:04x}"
    );
    let Some(packet) = packet else { return };
    match ethertype {
        ETH_P_IP if want.ip => ip(out, &packet.bytes),
        ETH_P_IPV6 if want.ip6 => ip6(out, &packet.bytes),
        ETH_P_ARP | ETH_P_RARP if want.arp => arp_packet(out, &packet.bytes),
        _ => {}
    }
}

fn ip(out: &mut String, bytes: &[u8]) {
    if bytes.len() < 20 {
        out.push_str(" INCOMPLETE IP header");
        return;
    }
    let ip = Ipv4(bytes);
    let _ = write!(
        out,
        " IP SRC={} IP DST={}, IP tos=0x{:02X}, IP proto={}",
        ip.src(),
        ip.dst(),
        ip.tos(),
        ip.proto()
    );
    ports(out, bytes, ip.proto(), ip.header_len());
}

fn ip6(out: &mut String, bytes: &[u8]) {
    let (Some(src), Some(dst)) = (address6(bytes, 8), address6(bytes, 24)) else {
        out.push_str(" INCOMPLETE IPv6 header");
        return;
    };
    let (first, next) = (
        bytes.first().copied().unwrap_or(0),
        bytes.get(6).copied().unwrap_or(0),
    );
    let _ = write!(
        out,
        " IPv6 SRC={} IPv6 DST={}, IPv6 priority=0x{:01X}, Next Header={next}",
        ipv6::spelt_out(src),
        ipv6::spelt_out(dst),
        first & 15
    );
    if let Some((proto, at)) = skip_extensions(bytes, next) {
        ports(out, bytes, proto, at);
    }
}

fn address6(bytes: &[u8], at: usize) -> Option<Ipv6Addr> {
    let octets: [u8; 16] = bytes.get(at..at + 16)?.try_into().ok()?;
    Some(Ipv6Addr::from(octets))
}

/// `ipv6_skip_exthdr`: the protocol behind the extension headers, and where it
/// begins; `None` where that cannot be said.
fn skip_extensions(bytes: &[u8], first: u8) -> Option<(u8, usize)> {
    let (mut next, mut at) = (first, 40);
    while matches!(next, 0 | 43 | 44 | 51 | 59 | 60) {
        if next == 59 {
            return None;
        }
        let [following, length] = *bytes.get(at..at + 2)? else {
            return None;
        };
        let length = usize::from(length);
        match next {
            44 => {
                // A later fragment: the kernel stops at this header.
                if be16(bytes, at + 2)? & 0xfff8 != 0 {
                    return Some((next, at));
                }
                at += 8;
            }
            51 => at += (length + 2) * 4,
            _ => at += (length + 1) * 8,
        }
        next = following;
    }
    Some((next, at))
}

fn ports(out: &mut String, bytes: &[u8], proto: u8, at: usize) {
    if !matches!(proto, TCP | UDP | UDPLITE | SCTP | DCCP) {
        return;
    }
    match (be16(bytes, at), be16(bytes, at + 2)) {
        (Some(src), Some(dst)) => {
            let _ = write!(out, " SPT={src} DPT={dst}");
        }
        _ => out.push_str(" INCOMPLETE TCP/UDP header"),
    }
}

fn arp_packet(out: &mut String, bytes: &[u8]) {
    let Some(head) = arp::fixed(bytes) else {
        out.push_str(" INCOMPLETE ARP header");
        return;
    };
    let _ = write!(
        out,
        " ARP HTYPE={}, PTYPE=0x{:04x}, OPCODE={}",
        head.hardware, head.protocol, head.op
    );
    if !head.addresses {
        return;
    }
    match arp::addresses(bytes) {
        Some([(smac, sip), (tmac, tip)]) => {
            let _ = write!(
                out,
                " ARP MAC SRC={smac} ARP IP SRC={sip} ARP MAC DST={tmac} ARP IP DST={tip}"
            );
        }
        None => out.push_str(" INCOMPLETE ARP payload"),
    }
}
