//! Lines that a real kernel logged about odd packets, held against ours.
//!
//! `log/recorded.txt` was made by `log/record.py`.

use std::sync::Arc;

use packetwalk_core::walk::{
    Family, Hook, HookPoint, LogFormat, LogRecord, Name, PacketState, PktType,
};
use packetwalk_core::wire::eth::{ETH_P_8021Q, ETH_P_IP, EthHeader};
use packetwalk_core::wire::ipv4::Ipv4;
use packetwalk_view::log;

/// The packet as the kernel holds it once `frame` has come in.
fn packet(frame: &[u8]) -> PacketState {
    let head = EthHeader::read(frame).unwrap();
    let mut rest = &frame[14..];
    let (mut ethertype, mut vlan) = (head.ethertype, None);
    if ethertype == ETH_P_8021Q {
        vlan = Some(u16::from_be_bytes([rest[0], rest[1]]));
        ethertype = u16::from_be_bytes([rest[2], rest[3]]);
        rest = &rest[4..];
    }
    PacketState {
        mac: Some((head.dst, head.src, ethertype)),
        vlan,
        proto: ethertype,
        bytes: Arc::from(rest),
        mark: 0,
        priority: 0,
        pkt_type: PktType::Host,
        traced: false,
        ct: None,
        owner: None,
    }
}

/// The IP layer cuts off what is behind the packet (`ip_rcv_core`).
fn trim(packet: &mut PacketState) {
    let len = usize::from(Ipv4(&packet.bytes).total_len());
    if packet.proto == ETH_P_IP && packet.bytes.len() > len {
        packet.bytes = Arc::from(&packet.bytes[..len]);
    }
}

fn hook(family: Family, device: &str, port: Option<&str>) -> HookPoint {
    HookPoint {
        family,
        hook: Hook::Prerouting,
        input: Some(Name::from(device)),
        output: None,
        physin: port.map(Name::from),
        physout: None,
    }
}

/// Record and hook that a `rule` line stands for.
fn record(rule: &str, what: &str, packet: &mut PacketState) -> LogRecord {
    let mut words = rule.splitn(3, ' ');
    let (kind, options, prefix) = (
        words.next().unwrap(),
        words.next().unwrap(),
        words.next().unwrap(),
    );
    if what.starts_with("marked 0x12ab") {
        packet.mark = 0x12ab;
    }
    let at = match kind {
        "bridged" => hook(Family::Ipv4, "pwlbr", Some("pwl1")),
        "log6" => hook(Family::Ipv6, "pwl1", None),
        "arp" => hook(Family::Arp, "pwl1", None),
        "ebt" => hook(Family::Bridge, "pwl1", None),
        _ => hook(Family::Ipv4, "pwl1", None),
    };
    if at.family != Family::Bridge {
        trim(packet);
    }
    let prefix = Name::from(prefix);
    let format = if kind == "ebt" {
        LogFormat::Ebtables {
            prefix,
            ip: options.contains("ip,"),
            arp: options.contains("arp"),
            ip6: options.contains("ip6"),
        }
    } else {
        LogFormat::Log {
            prefix,
            flags: options.parse().unwrap(),
        }
    };
    LogRecord {
        at: Some(at),
        format,
        level: 4,
    }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).unwrap())
        .collect()
}

#[test]
fn lines_are_those_of_the_kernel() {
    let (mut what, mut frame, mut rule) = ("", "", "");
    let (mut seen, mut wrong) = (0, Vec::new());
    for text in include_str!("log/recorded.txt").lines() {
        match text.split_once(' ') {
            Some(("#", rest)) => what = rest,
            Some(("frame", rest)) => frame = rest,
            Some(("rule", rest)) => rule = rest,
            Some(("line", expected)) => {
                seen += 1;
                let mut packet = packet(&unhex(frame));
                let record = record(rule, what, &mut packet);
                let ours = log::line(&record, Some(&packet));
                if ours != expected.trim_end_matches(' ') {
                    wrong.push(format!("{what}\n  kernel {expected}\n  ours   {ours}"));
                }
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(seen, 168, "the recording has shrunk");
}

#[test]
fn cut_bytes_never_panic() {
    for text in include_str!("log/recorded.txt").lines() {
        let Some(frame) = text.strip_prefix("frame ") else {
            continue;
        };
        let full = packet(&unhex(frame));
        for len in 0..full.bytes.len() {
            for rule in ["log 47 x", "log6 47 x", "arp 47 x", "ebt ip,arp,ip6 x"] {
                let mut cut = full.clone();
                cut.bytes = Arc::from(&full.bytes[..len]);
                let record = record(rule, "", &mut cut);
                assert!(!log::line(&record, Some(&cut)).is_empty());
            }
        }
    }
}
