//! Random flows, odd frames among them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use packetwalk_core::flow::{Action, Flow};
use packetwalk_core::wire::checksum;

use super::machines::{PORTS, Place, broadcast, places};
use super::random::Random;
use crate::machine::Machine;

/// Random flows between the places of a machine.
pub fn flows(machine: &Machine, random: &mut Random, count: usize) -> Vec<Flow> {
    let places = places(machine);
    let mut flows: Vec<Flow> = (0..count)
        .map(|number| flow(machine, &places, random, number))
        .collect();
    // Two that have the same source port, from different places: a clash for NAT.
    for at in 1..flows.len() {
        let (before, after) = flows.split_at_mut(at);
        let (Some(one), Some(other)) = (before.last(), after.first_mut()) else {
            continue;
        };
        if one.netns != other.netns
            && let (Some(port), Some(own)) = (source_port(&one.action), port_mut(&mut other.action))
            && random.chance(30)
        {
            *own = port;
        }
    }
    flows
}

fn source_port(action: &Action) -> Option<u16> {
    match action {
        Action::Tcp { from_port, .. } | Action::Udp { from_port, .. } => *from_port,
        _ => None,
    }
}

fn port_mut(action: &mut Action) -> Option<&mut u16> {
    match action {
        Action::Tcp { from_port, .. } | Action::Udp { from_port, .. } => from_port.as_mut(),
        _ => None,
    }
}

fn flow(machine: &Machine, places: &[Place], random: &mut Random, number: usize) -> Flow {
    let from = random.pick(places);
    let dst = destination(places, random, &from);
    // Every flow has a source port of its own, so that nothing but NAT draws one.
    let source = Some(u16::try_from(40001 + number).unwrap_or(40000));
    let port = if random.chance(85) {
        PORTS[random.below(PORTS.len())]
    } else {
        9
    };
    let bound = (random.chance(8)).then(|| {
        from.address
            .parse()
            .unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
    });
    let action = match random.below(23) {
        0..=5 => Action::Ping {
            dst: IpAddr::V4(dst),
            from: bound,
            ttl: random
                .chance(12)
                .then(|| u8::try_from(random.range(1, 4)).unwrap_or(1)),
            size: random
                .chance(15)
                .then(|| [0, 1, 100, 1372, 1472, 1473, 2000, 4000][random.below(8)]),
        },
        6..=11 => Action::Tcp {
            dst: SocketAddr::new(IpAddr::V4(dst), port),
            from: bound,
            from_port: source,
        },
        12..=16 => Action::Udp {
            dst: SocketAddr::new(IpAddr::V4(dst), port),
            from: bound,
            from_port: source,
        },
        _ => return frame(machine, places, random, &from, dst),
    };
    Flow {
        netns: from.netns,
        action,
    }
}

fn destination(places: &[Place], random: &mut Random, from: &Place) -> Ipv4Addr {
    let text = match random.below(24) {
        0 => "10.9.0.1".to_owned(),
        1 => "127.0.0.1".to_owned(),
        2 => broadcast(from),
        3 => "172.17.0.99".to_owned(),
        4 => random
            .word(&["224.0.0.1", "239.1.2.3", "8.8.8.8", "255.255.255.255"])
            .to_owned(),
        _ => random.pick(places).address,
    };
    text.parse().unwrap_or(Ipv4Addr::LOCALHOST)
}

fn frame(
    machine: &Machine,
    places: &[Place],
    random: &mut Random,
    from: &Place,
    dst: Ipv4Addr,
) -> Flow {
    let mac_of = |netns: &str, device: &str| {
        let host = machine.hosts.iter().find(|host| host.name == netns)?;
        let device = host.devices.iter().find(|d| d.name == device)?;
        mac(&device.mac)
    };
    // A source that is none of one's own, sent to a router: what rp_filter is for.
    let spoof = random.chance(35);
    let outer: Vec<Place> = places
        .iter()
        .filter(|p| !matches!(p.netns.as_str(), "host" | "router"))
        .cloned()
        .collect();
    let from = &if spoof {
        random.pick(&outer)
    } else {
        from.clone()
    };
    let own = mac_of(&from.netns, &from.device).unwrap_or([2; 6]);
    // The next hop: somebody else on the same network, as a rule.
    let near: Vec<&Place> = places
        .iter()
        .filter(|p| p.netns != from.netns && broadcast(p) == broadcast(from))
        .collect();
    let next = match near.is_empty() {
        true => [2, 0, 0, 0, 0x99, 0x99],
        false => {
            let gateways: Vec<&&Place> = near
                .iter()
                .filter(|p| matches!(p.netns.as_str(), "host" | "router"))
                .collect();
            let place = match gateways.is_empty() || (!spoof && random.chance(40)) {
                true => near[random.below(near.len())],
                false => gateways[random.below(gateways.len())],
            };
            mac_of(&place.netns, &place.device).unwrap_or([0xff; 6])
        }
    };
    let target = match random.below(10) {
        _ if spoof => next,
        0 => [0xff; 6],
        1 => [2, 0, 0, 0, 0x99, 0x99],
        2 => [1, 0, 0x5e, 1, 2, 3],
        _ => next,
    };
    let source: Ipv4Addr = match random.below(8) {
        0 => "10.9.0.7".parse().unwrap_or(Ipv4Addr::LOCALHOST),
        _ if spoof => random
            .pick(places)
            .address
            .parse()
            .unwrap_or(Ipv4Addr::LOCALHOST),
        1 => random
            .pick(places)
            .address
            .parse()
            .unwrap_or(Ipv4Addr::LOCALHOST),
        _ => from.address.parse().unwrap_or(Ipv4Addr::LOCALHOST),
    };
    let mut bytes = target.to_vec();
    bytes.extend(own);
    if random.chance(6) {
        bytes.extend([0x81, 0, u8::try_from(random.below(16) * 16).unwrap_or(0), 5]);
    }
    if random.chance(12) {
        bytes.extend([8, 6]);
        bytes.extend(arp(random, own, source, dst));
    } else {
        bytes.extend([8, 0]);
        bytes.extend(packet(random, source, dst));
    }
    Flow {
        netns: from.netns.clone(),
        action: Action::Frame {
            dev: from.device.clone(),
            bytes,
        },
    }
}

fn mac(text: &str) -> Option<[u8; 6]> {
    let bytes: Vec<u8> = text
        .split(':')
        .filter_map(|byte| u8::from_str_radix(byte, 16).ok())
        .collect();
    bytes.try_into().ok()
}

fn arp(random: &mut Random, own: [u8; 6], source: Ipv4Addr, dst: Ipv4Addr) -> Vec<u8> {
    let operation = if random.chance(70) { 1 } else { 2 };
    let mut bytes = vec![0, 1, 8, 0, 6, 4, 0, operation];
    bytes.extend(own);
    bytes.extend(source.octets());
    bytes.extend([0; 6]);
    bytes.extend(dst.octets());
    bytes
}

fn packet(random: &mut Random, source: Ipv4Addr, dst: Ipv4Addr) -> Vec<u8> {
    let (protocol, payload) = match random.below(8) {
        0..=3 => (6, segment(random, source, dst)),
        4..=5 => (17, datagram(random, source, dst)),
        6 => (1, icmp(random, source, dst)),
        _ => (
            u8::try_from([47, 50, 132, 253][random.below(4)]).unwrap_or(253),
            vec![0; 24],
        ),
    };
    let total = u16::try_from(20 + payload.len()).unwrap_or(u16::MAX);
    let mut header = vec![0x45, 0];
    if random.chance(8) {
        header[1] = 0x10;
    }
    header.extend(total.to_be_bytes());
    header.extend([0, 1]);
    let (flags, offset) = match random.below(20) {
        0 => (0x20u8, 0u8),
        1 => (0, 4),
        2 => (0, 0),
        _ => (0x40, 0),
    };
    header.extend([flags, offset]);
    let ttl = match random.below(15) {
        0 => 1,
        1 => 0,
        2 => 2,
        _ => 64,
    };
    header.extend([ttl, protocol, 0, 0]);
    header.extend(source.octets());
    header.extend(dst.octets());
    let mut sum = checksum::of(&header);
    if random.chance(3) {
        sum ^= 0x5555;
    }
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    header.extend(payload);
    header
}

fn segment(random: &mut Random, source: Ipv4Addr, dst: Ipv4Addr) -> Vec<u8> {
    let flags = [0x02u8, 0x02, 0x10, 0x18, 0x04, 0x14, 0x12, 0x11, 0x00, 0x29][random.below(10)];
    let (sport, dport) = ports(random);
    let mut bytes = sport.to_be_bytes().to_vec();
    bytes.extend(dport.to_be_bytes());
    bytes.extend([
        0, 0, 3, 0xe8, 0, 0, 7, 0xd0, 0x50, flags, 0xfa, 0xf0, 0, 0, 0, 0,
    ]);
    finish(random, bytes, 16, checksum::pseudo_v4(source, dst, 6, 20))
}

fn ports(random: &mut Random) -> (u16, u16) {
    // Not the ports of real connections: what the kernel makes of a segment that
    // does not fit one hangs on sequence numbers, which it draws.
    let client = u16::try_from(45001 + random.below(12)).unwrap_or(45001);
    let server = PORTS[random.below(PORTS.len())];
    if random.chance(80) {
        (client, server)
    } else {
        (server, client)
    }
}

fn datagram(random: &mut Random, source: Ipv4Addr, dst: Ipv4Addr) -> Vec<u8> {
    let (sport, dport) = ports(random);
    let mut bytes = sport.to_be_bytes().to_vec();
    bytes.extend(dport.to_be_bytes());
    bytes.extend([0, 12, 0, 0]);
    bytes.extend(b"walk");
    finish(random, bytes, 6, checksum::pseudo_v4(source, dst, 17, 12))
}

fn icmp(random: &mut Random, source: Ipv4Addr, dst: Ipv4Addr) -> Vec<u8> {
    let (kind, code) = [(8, 0), (0, 0), (3, 3), (3, 1), (11, 0), (13, 0), (5, 1)][random.below(7)];
    let mut bytes = vec![kind, code, 0, 0, 0, 7, 0, 1];
    if matches!(kind, 3 | 11 | 5) {
        if kind == 3 {
            bytes[4..8].copy_from_slice(&[0; 4]);
        }
        // About a datagram that went the other way, and may never have.
        let inner = datagram(random, dst, source);
        let mut header = vec![0x45, 0, 0, 32, 0, 9, 0x40, 0, 63, 17, 0, 0];
        header.extend(dst.octets());
        header.extend(source.octets());
        let sum = checksum::of(&header);
        header[10..12].copy_from_slice(&sum.to_be_bytes());
        bytes.extend(header);
        bytes.extend(inner);
    } else {
        bytes.extend([0; 12]);
    }
    finish(random, bytes, 2, 0)
}

/// Fills in the checksum at `at`, a wrong one at times.
fn finish(random: &mut Random, mut bytes: Vec<u8>, at: usize, start: u32) -> Vec<u8> {
    let mut sum = !(checksum::sum(&bytes, start) as u16);
    if random.chance(4) {
        sum ^= 0x5555;
    }
    if let Some(field) = bytes.get_mut(at..at + 2) {
        field.copy_from_slice(&sum.to_be_bytes());
    }
    bytes
}
