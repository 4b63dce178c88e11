//! Held against a 6.18 kernel: the packets below were sent into a namespace,
//! and the lines are what `conntrack -L -o extended,id` showed there.

use super::entry::Entry;
use super::nat::{Manip, NatFlags, NatRange};
use super::nat_manip::manip_packet;
use super::said::Said;
use super::track::{Tracked, track_udp};
use super::{CtId, Tuple};
use crate::wire::checksum;
use crate::wire::ipv4::{self, Ipv4};
use crate::world::sysctl::CtSysctl;
use crate::world::{Netns, World};

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// A packet from 10.77.0.1 to 10.77.0.2.
fn packet(proto: u8, payload: &str) -> Vec<u8> {
    let payload = bytes(payload);
    let mut out = bytes("4500 0000 0001 0000 4000 0000 0a4d0001 0a4d0002");
    out[3] = 20 + payload.len() as u8;
    out[9] = proto;
    let check = checksum::of(&out);
    out[10..12].copy_from_slice(&check.to_be_bytes());
    out.extend(payload);
    out
}

fn without_id(line: &str) -> &str {
    line.rsplit_once(" id=").map_or(line, |(rest, _)| rest)
}

#[test]
fn lines_are_read_and_written_back() {
    for line in [
        "ipv4     2 udp      17 29 src=10.77.0.1 dst=10.77.0.2 sport=1000 dport=2000 packets=1 bytes=32 [UNREPLIED] src=10.77.0.2 dst=10.77.0.1 sport=2000 dport=1000 packets=0 bytes=0 mark=0 use=1 id=2123681693",
        "ipv4     2 udp      17 29 src=10.77.0.1 dst=10.77.0.2 sport=1000 dport=2000 packets=1 bytes=32 [UNREPLIED] src=10.77.0.2 dst=10.77.0.1 sport=2000 dport=1000 packets=0 bytes=0 mark=9 zone=5 use=1 id=655441190",
        "ipv4     2 icmp     1 29 src=10.77.0.1 dst=10.77.0.2 type=8 code=0 id=4660 packets=1 bytes=28 src=10.77.0.2 dst=10.77.0.1 type=0 code=0 id=4660 packets=1 bytes=28 mark=0 use=1 id=4290901513",
        // An ICMP identifier of 0 is not the entry's own.
        "ipv4     2 icmp     1 29 src=10.77.0.1 dst=10.77.0.2 type=13 code=0 id=0 packets=1 bytes=40 [UNREPLIED] src=10.77.0.2 dst=10.77.0.1 type=14 code=0 id=0 zone-reply=7 packets=0 bytes=0 mark=0 use=1 id=2703232940",
        "ipv4     2 dccp     33 599 src=10.77.0.1 dst=10.77.0.2 sport=0 dport=0 packets=1 bytes=40 [UNREPLIED] src=10.77.0.2 dst=10.77.0.1 sport=0 dport=0 packets=0 bytes=0 mark=0 use=1 id=4259264186",
        "ipv4     2 gre      47 29 src=10.77.0.1 dst=10.77.0.2 srckey=0x0 dstkey=0x4d packets=1 bytes=32 [UNREPLIED] src=10.77.0.2 dst=10.77.0.1 srckey=0x4d dstkey=0x0 packets=0 bytes=0 mark=0 use=1 id=184063169",
        "ipv4     2 unknown  99 599 src=10.77.0.1 dst=10.77.0.2 packets=1 bytes=20 [UNREPLIED] src=10.77.0.2 dst=10.77.0.1 packets=0 bytes=0 mark=0 use=1 id=4178195785",
        "ipv4     2 udplite  136 29 src=10.77.0.1 dst=10.77.0.2 sport=1000 dport=2000 packets=1 bytes=32 [UNREPLIED] src=10.77.0.2 dst=10.77.0.1 sport=2000 dport=1000 packets=0 bytes=0 mark=0 use=1 id=1255587810",
    ] {
        let entry = Entry::parse(line, 5).expect(line);
        assert_eq!(without_id(&entry.line(5, true, 1)), without_id(line));
        assert_eq!(entry.id, CtId(0), "the world gives its own identifiers");
    }
}

#[test]
fn what_is_no_line_is_none() {
    for line in [
        "",
        "tcp 6 1 ESTABLISHED",
        "ipv4 2 tcp",
        "ipv4 2 tcp 6 9 src=1.2.3.4 dst=nowhere src=1.2.3.4 dst=1.2.3.4",
        "ipv4 2 udp 17 29 packets=1 src=1.2.3.4 dst=1.2.3.4",
        "ipv4 2 udp 17 29 src=1.2.3.4 dst=1.2.3.4 sport=70000",
    ] {
        assert!(Entry::parse(line, 0).is_none(), "{line}");
    }
}

#[test]
fn ports_are_taken_where_the_kernel_takes_them() {
    // Protocol, payload, (sport, dport); `None` is INVALID.
    for (proto, payload, ports) in [
        // DCCP: 6.18 tracks it by addresses alone.
        (ipv4::DCCP, "03e807d00400db740000000100000000", Some((0, 0))),
        (ipv4::UDP, "03e807d0000c0000", Some((1000, 2000))),
        (ipv4::GRE, "3001880b0000004d00000000", Some((0, 77))),
        (ipv4::GRE, "200108000000004d00000000", None),
        (ipv4::GRE, "2001880b", Some((0, 0))),
        (ipv4::GRE, "2002880b0000004d", Some((0, 0))),
        (ipv4::GRE, "00", Some((0, 0))),
        (99, "", Some((0, 0))),
    ] {
        let packet = packet(proto, payload);
        let tuple = Tuple::of(&Ipv4(&packet));
        let got = tuple.map(|tuple| (tuple.sport, tuple.dport));
        assert_eq!(got, ports, "{proto} {payload}");
    }
}

/// `nf_conntrack_udplite_packet` takes UDP's protocol number for the checksum.
#[test]
fn udp_and_udplite_packets_are_checked() {
    let summed = |proto: u8, with: u8, coverage: u16, covered: usize| {
        let mut packet = packet(proto, "03e807d00000000078787878");
        packet[24..26].copy_from_slice(&coverage.to_be_bytes());
        let ip = Ipv4(&packet);
        let pseudo = checksum::pseudo_v4(ip.src(), ip.dst(), with, 12);
        let check = !(checksum::sum(&ip.payload()[..covered], pseudo) as u16);
        packet[26..28].copy_from_slice(&check.to_be_bytes());
        packet
    };
    let lite = ipv4::UDPLITE;
    for (packet, right) in [
        (summed(lite, ipv4::UDP, 0, 12), true),
        (summed(lite, ipv4::UDP, 12, 12), true),
        (summed(lite, ipv4::UDP, 8, 8), true),
        (summed(lite, lite, 0, 12), false),
        (summed(lite, lite, 12, 12), false),
        (summed(lite, lite, 8, 8), false),
        (packet(lite, "03e807d00000000078787878"), false),
        (packet(lite, "03e807d00004000178787878"), false),
        (packet(ipv4::UDP, "03e807d0000c000078787878"), true),
        (packet(ipv4::UDP, "03e807d0000c123478787878"), false),
        (packet(ipv4::UDP, "03e807d0001e000078787878"), false),
        (packet(ipv4::UDP, "03e807d00007000078787878"), false),
        (packet(ipv4::UDP, "03e807d0000c"), false),
    ] {
        let ip = Ipv4(&packet);
        let tuple = Tuple::of(&ip).unwrap();
        let mut entry = Entry::new(tuple, super::Zone::default()).unwrap();
        let got = track_udp(
            &mut entry,
            &ip,
            &CtSysctl::default(),
            0,
            true,
            &mut Said::default(),
        );
        assert_eq!(got == Tracked::Accept, right, "{packet:02x?}");
    }
}

/// DNAT to 10.77.0.1 (port 3333 for SCTP), seen behind the forwarding host.
#[test]
fn translated_packets_are_the_kernels() {
    for (sent, got, dport) in [
        (
            "4500002800010000402166180a4d00010a4d000203e807d00400db74000000010000000000000000",
            "45000028000100003f2167190a4d00010a4d000103e807d00400db74000000010000000000000000",
            0,
        ),
        (
            "4500003400010000408465a90a4d00010a4d000203e807d000000000fdfb860d0100001400000001000010000001000100000001",
            "45000034000100003f8466aa0a4d00010a4d000103e80d05000000005def7f9f0100001400000001000010000001000100000001",
            3333,
        ),
        (
            "4500002000010000408865b90a4d00010a4d000203e807d0000cee9078787878",
            "45000020000100003f8866ba0a4d00010a4d000103e807d0000cee9178787878",
            2000,
        ),
    ] {
        let mut packet = bytes(sent);
        let mut target = Tuple::of(&Ipv4(&packet)).unwrap();
        let proto = target.proto;
        target.dst = "10.77.0.1".parse().unwrap();
        target.dport = dport;
        manip_packet(&mut packet, 0, &target, Manip::Dst, proto);
        // One hop: the time to live, and the header's checksum with it.
        let (ttl, check) = (packet[8], u16::from_be_bytes([packet[10], packet[11]]));
        let word = |ttl| u16::from_be_bytes([ttl, proto]);
        let check = checksum::replace16(check, word(ttl), word(ttl - 1));
        packet[8] = ttl - 1;
        packet[10..12].copy_from_slice(&check.to_be_bytes());
        assert_eq!(packet, bytes(got), "protocol {proto}");
    }
}

/// What a first packet of SCTP may hold: chunks one after another, and whether
/// `--ctstate NEW` matched with verification tag 0 and with tag 7.
#[test]
fn sctp_begins_with_what_the_kernel_takes() {
    const HEARTBEAT: &str = "0400000800010004";
    const DATA: &str = "0003001400000000000000000000000061626364";
    const SHORT: &str = "00000002";
    const INIT: &str = "0100001400000001000010000001000100000001";
    let plain = |kind: u8| format!("{kind:02x}000004");
    let mut cases = vec![
        (INIT.to_owned(), true, false),
        (INIT.replacen("01", "02", 1), true, false),
        (format!("{INIT}{}", plain(0)), false, false),
        (DATA.to_owned(), false, false),
        (HEARTBEAT.to_owned(), true, true),
        (HEARTBEAT.replacen("04", "05", 1), true, true),
        (format!("{HEARTBEAT}{HEARTBEAT}"), true, true),
        (format!("{HEARTBEAT}{}", plain(8)), true, true),
        (format!("{HEARTBEAT}{DATA}"), false, false),
        (format!("{DATA}{HEARTBEAT}"), false, false),
        (format!("{HEARTBEAT}{}", plain(6)), false, false),
        (format!("{HEARTBEAT}{SHORT}"), false, false),
        (HEARTBEAT.replacen("0008", "0020", 1), true, true),
        ("0a00000861626364".to_owned(), true, false),
        (format!("0a00000861626364{DATA}"), false, false),
        ("0700000800000000".to_owned(), true, false),
        (plain(8), true, true),
        (plain(9), true, false),
        (String::new(), false, false),
    ];
    cases.extend([6, 11, 12, 13, 14, 15, 64, 192].map(|kind| (plain(kind), false, false)));
    for (chunks, untagged, tagged) in cases {
        for (tag, new) in [(0, untagged), (7, tagged)] {
            let packet = bytes(&format!("03e807d0{tag:08x}00000000{chunks}"));
            assert_eq!(super::sctp::may_begin(&packet), new, "{chunks} tag {tag}");
        }
    }
}

/// `DNAT --to 10.88.0.1-10.88.0.200` gave all ports between the same two hosts
/// the same address, and another pair another.
#[test]
fn an_address_of_a_range_belongs_to_the_two_ends() {
    let addr = |text: &str| text.parse().unwrap();
    let mut range = NatRange {
        flags: NatFlags {
            map_ips: true,
            ..NatFlags::default()
        },
        min_addr: addr("10.88.0.1"),
        max_addr: addr("10.88.0.200"),
        min_proto: 0,
        max_proto: 0,
        base_proto: 0,
    };
    let mut world = World::new(1);
    world.namespaces.push(Netns::new("host"));
    let ns = world.ns_named("host").unwrap();
    let mut chosen = |range: &NatRange, src: &str, dst: &str, sport: u16| {
        let mut tuple = Tuple {
            src: addr(src),
            dst: addr(dst),
            proto: ipv4::UDP,
            sport,
            dport: 9,
            zone: 0,
        };
        world.best_address(ns, &mut tuple, range, Manip::Dst);
        tuple.dst
    };
    let first = chosen(&range, "10.77.0.1", "10.77.0.2", 1);
    assert_eq!(chosen(&range, "10.77.0.1", "10.77.0.2", 2), first);
    let mut others: Vec<_> = (1..=100)
        .map(|host| chosen(&range, &format!("10.77.1.{host}"), "10.77.0.2", 1))
        .collect();
    for other in &others {
        assert!((range.min_addr..=range.max_addr).contains(other));
    }
    others.sort();
    others.dedup();
    assert!(others.len() > 30, "{} of 200 addresses used", others.len());
    range.flags.persistent = true;
    assert_eq!(
        chosen(&range, "10.77.0.1", "10.77.0.3", 1),
        chosen(&range, "10.77.0.1", "10.77.0.4", 1)
    );
}
