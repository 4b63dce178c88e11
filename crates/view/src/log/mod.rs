//! The kernel's log, as text: what `dmesg` shows, without the time stamp.
//!
//! A step with [`Event::Log`] becomes one line. Facts: net/netfilter/
//! nf_log_syslog.c (`TRACE:`, `-j LOG`, every family), net/bridge/netfilter/
//! ebt_log.c (ebtables `--log`), and lines recorded from a 6.18 kernel
//! (`tests/log/`). The blank that the kernel leaves at a line's end is cut off,
//! as the recorded logs do.
//!
//! Not modelled: devices other than Ethernet and loopback (their `MAC=` has
//! other lengths), and the cut that the kernel makes at 1019 bytes, which no
//! line can reach.

mod arp;
mod bridge;
mod ipv4;
mod ipv6;
mod transport;

use std::fmt::Write as _;

use packetwalk_core::walk::{
    Event, Family, HookPoint, LogFormat, LogRecord, Name, PacketState, Walk,
};
use packetwalk_core::wire::eth::{ETH_P_ARP, ETH_P_IP, ETH_P_IPV6, EthHeader, MacAddr};
use serde::Serialize;

/// Ethertype of reverse ARP (RFC 903).
const ETH_P_RARP: u16 = 0x8035;

/// `NF_LOG_*` bits (include/uapi/linux/netfilter/nf_log.h).
pub mod flags {
    /// TCP sequence numbers (`--log-tcp-sequence`).
    pub const TCPSEQ: u8 = 0x01;
    /// TCP options (`--log-tcp-options`).
    pub const TCPOPT: u8 = 0x02;
    /// IP options (`--log-ip-options`).
    pub const IPOPT: u8 = 0x04;
    /// The socket's user and group (`--log-uid`).
    pub const UID: u8 = 0x08;
    /// The link-layer header spelt out (`--log-macdecode`).
    pub const MACDECODE: u8 = 0x20;
    /// What TRACE asks for (`NF_LOG_DEFAULT_MASK`).
    pub const DEFAULT: u8 = 0x0f;
}

/// A line of a namespace's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct LogLine {
    /// Index of the step that wrote it.
    pub step: u32,
    /// Namespace whose kernel wrote it.
    pub netns: Name,
    /// Syslog level, 0 (emergency) to 7 (debug).
    pub level: u8,
    /// The text.
    pub text: String,
}

/// Every line of a walk, in order.
pub fn lines(walk: &Walk) -> Vec<LogLine> {
    let records = walk
        .steps
        .iter()
        .enumerate()
        .filter_map(|(at, step)| match &step.event {
            Event::Log(record) => Some((at, step, record)),
            _ => None,
        });
    records
        .map(|(at, step, record)| {
            let packet = step
                .packet
                .and_then(|packet| walk.packets.get(packet as usize));
            LogLine {
                step: at as u32,
                netns: step.netns.clone(),
                level: record.level,
                text: line(record, packet),
            }
        })
        .collect()
}

/// The text of one record about `packet`.
pub fn line(record: &LogRecord, packet: Option<&PacketState>) -> String {
    let mut out = String::with_capacity(240);
    match &record.format {
        LogFormat::Kernel { text } => out.push_str(text),
        LogFormat::Trace {
            table,
            chain,
            comment,
            rulenum,
        } => {
            let _ = write!(out, "TRACE: {table}:{chain}:{comment}:{rulenum} ");
            nf_log(&mut out, record.at.as_ref(), packet, flags::DEFAULT, false);
        }
        LogFormat::Log { prefix, flags } => {
            out.push_str(prefix);
            nf_log(&mut out, record.at.as_ref(), packet, *flags, true);
        }
        LogFormat::Conntrack { text } => {
            let _ = write!(out, "{text} ");
            nf_log(&mut out, record.at.as_ref(), packet, flags::DEFAULT, false);
        }
        LogFormat::Ebtables {
            prefix,
            ip,
            arp,
            ip6,
        } => {
            let want = bridge::Want {
                ip: *ip,
                arp: *arp,
                ip6: *ip6,
            };
            bridge::log(&mut out, prefix, record.at.as_ref(), packet, want);
        }
    }
    out.truncate(out.trim_end_matches(' ').len());
    out
}

/// `nf_log_dump_packet_common` and what follows it. `log` tells `-j LOG` from
/// TRACE: both give the same flags, but TRACE never spells out MACs.
fn nf_log(
    out: &mut String,
    at: Option<&HookPoint>,
    packet: Option<&PacketState>,
    flags: u8,
    log: bool,
) {
    let name = |device: Option<&Name>| device.cloned().unwrap_or_else(|| Name::from(""));
    let (input, output) = (
        name(at.and_then(|at| at.input.as_ref())),
        name(at.and_then(|at| at.output.as_ref())),
    );
    let _ = write!(out, "IN={input} OUT={output} ");
    let phys = [
        ("PHYSIN", at.and_then(|at| at.physin.as_ref()), &input),
        ("PHYSOUT", at.and_then(|at| at.physout.as_ref()), &output),
    ];
    for (key, device, logical) in phys {
        if let Some(device) = device
            && device != logical
        {
            let _ = write!(out, "{key}={device} ");
        }
    }
    let Some(packet) = packet else { return };
    let flags = if log { flags } else { flags & flags::DEFAULT };
    let family = at.map_or(Family::Ipv4, |at| at.family);
    let proto = match family {
        Family::Ipv4 => ETH_P_IP,
        Family::Ipv6 => ETH_P_IPV6,
        Family::Arp => ETH_P_ARP,
        Family::Bridge => packet.proto,
    };
    let has_input = at.is_some_and(|at| at.input.is_some());
    match proto {
        ETH_P_IP => {
            if has_input {
                mac_header(out, packet, flags);
            }
            ipv4::dump(out, packet, flags);
        }
        ETH_P_IPV6 => {
            if has_input {
                mac_header(out, packet, flags);
            }
            ipv6::dump(out, packet, flags);
        }
        ETH_P_ARP | ETH_P_RARP => arp::dump(out, packet, flags),
        _ => mac_header(out, packet, flags),
    }
}

/// `dump_mac_header`, for an Ethernet device (loopback has the same length).
fn mac_header(out: &mut String, packet: &PacketState, flags: u8) {
    // Loopback is no Ethernet device: its header, all zero, is not spelt out.
    let loopback = packet
        .mac
        .is_some_and(|(dst, src, _)| dst == MacAddr::ZERO && src == MacAddr::ZERO);
    if flags & flags::MACDECODE != 0 && !loopback {
        mac_decoded(out, packet);
        return;
    }
    out.push_str("MAC=");
    if let Some((dst, src, ethertype)) = packet.mac {
        let header = EthHeader {
            dst,
            src,
            ethertype,
        };
        for (at, byte) in header.bytes().iter().enumerate() {
            let colon = if at == 0 { "" } else { ":" };
            let _ = write!(out, "{colon}{byte:02x}");
        }
    }
    out.push(' ');
}

/// The addresses spelt out, with `nf_log_dump_vlan` between them.
fn mac_decoded(out: &mut String, packet: &PacketState) {
    let Some((dst, src, ethertype)) = packet.mac else {
        return;
    };
    let _ = write!(out, "MACSRC={src} MACDST={dst} ");
    if let Some(tci) = packet.vlan {
        let _ = write!(out, "VPROTO=8100 VID={tci} ");
    }
    let _ = write!(out, "MACPROTO={ethertype:04x} ");
}

/// What the socket and the mark add, after the outermost header.
fn owner_and_mark(out: &mut String, packet: &PacketState, flags: u8) {
    if flags & flags::UID != 0
        && let Some((uid, gid)) = packet.owner
    {
        let _ = write!(out, "UID={uid} GID={gid} ");
    }
    if packet.mark != 0 {
        let _ = write!(out, "MARK=0x{:x} ", packet.mark);
    }
}

/// `INCOMPLETE [n bytes] `.
fn incomplete(out: &mut String, bytes: usize) {
    let _ = write!(out, "INCOMPLETE [{bytes} bytes] ");
}

/// Bytes in capital hex, as options are shown.
fn options(out: &mut String, bytes: &[u8]) {
    out.push_str("OPT (");
    for byte in bytes {
        let _ = write!(out, "{byte:02X}");
    }
    out.push_str(") ");
}
