//! Packets taken apart: odd frames, and what NAT and forwarding change.

use std::path::Path;
use std::sync::Arc;

use packetwalk_core::walk::{Level, PacketState, PktType};
use packetwalk_core::wire::eth::EthHeader;
use packetwalk_view::packet::{self, Kind};
use packetwalk_view::timeline::Timeline;
use packetwalk_view::words::Lang;

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).unwrap())
        .collect()
}

/// The frames that `log/recorded.txt` has lines about: what, and bytes.
fn frames() -> Vec<(String, PacketState)> {
    let mut out = Vec::new();
    let mut what = String::new();
    for text in include_str!("log/recorded.txt").lines() {
        if let Some(rest) = text.strip_prefix("# ") {
            what = rest.to_owned();
        }
        let Some(frame) = text.strip_prefix("frame ").map(unhex) else {
            continue;
        };
        let head = EthHeader::read(&frame).unwrap();
        let tagged = head.ethertype == 0x8100;
        let (proto, start) = if tagged {
            (u16::from_be_bytes([frame[16], frame[17]]), 18)
        } else {
            (head.ethertype, 14)
        };
        let state = PacketState {
            mac: Some((head.dst, head.src, proto)),
            vlan: tagged.then(|| u16::from_be_bytes([frame[14], frame[15]])),
            proto,
            bytes: Arc::from(&frame[start..]),
            mark: 0,
            priority: 0,
            pkt_type: PktType::Host,
            traced: false,
            ct: None,
            owner: None,
        };
        assert_eq!(packet::frame(&state), frame, "{what}");
        out.push((what.clone(), state));
    }
    out
}

/// Every field lies in its layer, every layer in the packet, and all bytes
/// are in some layer.
fn check(what: &str, state: &PacketState) {
    let packet = packet::dissect(state);
    let total = packet.bytes.len() as u32 / 2;
    let mut covered = 0;
    for layer in &packet.layers {
        assert!(layer.start <= covered, "{what}: a gap before {}", layer.id);
        covered = covered.max(layer.start + layer.len);
        assert!(layer.start + layer.len <= total, "{what}: {}", layer.id);
        for field in &layer.fields {
            assert!(!field.value.is_empty(), "{what}: {}", field.id);
            assert!(field.id.starts_with(&layer.id), "{what}: {}", field.id);
            assert!(field.start >= layer.start, "{what}: {}", field.id);
            let end = field.start + field.len;
            assert!(end <= layer.start + layer.len, "{what}: {}", field.id);
        }
    }
    let known = [0x0800, 0x0806].contains(&state.proto);
    assert!(
        !known || covered == total,
        "{what}: {covered} of {total} bytes"
    );
    assert!(!packet.summary.is_empty());
}

#[test]
fn fields_lie_where_they_say() {
    let frames = frames();
    assert!(frames.len() > 150);
    for (what, state) in &frames {
        check(what, state);
        for len in 0..state.bytes.len() {
            let mut cut = state.clone();
            cut.bytes = Arc::from(&state.bytes[..len]);
            packet::dissect(&cut);
            packet::changes(&cut, state);
        }
    }
}

#[test]
fn summaries_are_what_tcpdump_would_say() {
    let frames = frames();
    let summary = |what: &str| {
        let (_, state) = frames.iter().find(|(name, _)| name == what).unwrap();
        (packet::summary(state), packet::kind(state))
    };
    for (what, text, kind) in [
        (
            "TCP SYN with options",
            "TCP SYN 10.9.0.1:40000 > 10.9.0.2:80",
            Kind::Request,
        ),
        ("UDP", "UDP 10.9.0.1:5353 > 10.9.0.2:53", Kind::Request),
        (
            "echo reply",
            "ICMP echo reply 10.9.0.1 > 10.9.0.2",
            Kind::Reply,
        ),
        (
            "port unreachable",
            "ICMP port unreachable 10.9.0.1 > 10.9.0.2",
            Kind::Error,
        ),
        (
            "later fragment of UDP",
            "UDP 10.9.0.1 > 10.9.0.2 (fragment at 24)",
            Kind::Request,
        ),
        (
            "ARP request",
            "ARP who-has 10.9.0.2 tell 10.9.0.1",
            Kind::Arp,
        ),
    ] {
        assert_eq!(summary(what), (text.to_owned(), kind), "{what}");
    }
}

#[test]
fn an_error_shows_the_packet_that_it_quotes() {
    let frames = frames();
    let (_, state) = frames
        .iter()
        .find(|(name, _)| name == "port unreachable")
        .unwrap();
    let layers: Vec<String> = packet::dissect(state)
        .layers
        .into_iter()
        .map(|l| l.id)
        .collect();
    assert_eq!(
        layers,
        [
            "ethernet",
            "ipv4",
            "icmp",
            "quoted.ipv4",
            "quoted.udp",
            "quoted.data"
        ]
    );
}

#[test]
fn what_forwarding_and_masquerade_change_is_named() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/article/2017/snapshot.txt");
    let mut world = packetwalk_snapshot::load(&std::fs::read_to_string(path).unwrap()).world;
    world.rec.level = Level::Full;
    let (flows, _) = packetwalk_snapshot::flow::parse("c1 ping 10.10.126.187");
    let timeline = Timeline::new(Arc::new(world.run_flow(&flows[0].1)));
    let changed = |kind: &str, nth: usize| -> Vec<(String, String)> {
        let moments = (0..timeline.len()).filter_map(|step| timeline.moment(step, Lang::En));
        let moment = moments
            .filter(|moment| moment.kind == kind)
            .nth(nth)
            .unwrap();
        let states = &timeline.walk().packets;
        let before = &states[moment.packet_before.unwrap() as usize];
        let after = &states[moment.packet.unwrap() as usize];
        let changes = packet::changes(before, after);
        let since = packet::dissect_since(after, before);
        for change in &changes {
            let all = since.layers.iter().flat_map(|layer| &layer.fields);
            let field = all.chain(&since.meta).find(|field| field.id == change.id);
            assert_eq!(field.unwrap().before, change.before);
        }
        changes
            .into_iter()
            .map(|change| (change.id, change.after.unwrap()))
            .collect()
    };
    let ids = |changes: &[(String, String)]| -> Vec<String> {
        changes.iter().map(|(id, _)| id.clone()).collect()
    };
    let ttl = changed("ttl", 0);
    assert_eq!(ids(&ttl), ["ipv4.ttl", "ipv4.check"]);
    assert_eq!(ttl[0].1, "63");
    assert!(ttl[1].1.ends_with("(correct)"));
    // The third NAT step rewrites the source; the others only decide.
    let nat = changed("nat", 2);
    assert_eq!(ids(&nat), ["ipv4.check", "ipv4.src"]);
    assert_eq!(nat[1].1, "10.10.126.101");
}
