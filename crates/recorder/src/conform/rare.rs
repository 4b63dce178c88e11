//! What seldom comes about by itself: packets that are cut short, pieces that come
//! twice, sources that are no station's, more packets than may wait for a neighbour,
//! a bridge that is down.
//!
//! Not made: handshakes that go wrong. What conntrack makes of them hangs on sequence
//! numbers that the kernel draws.
//!
//! Drawn apart from the rest of a case, as the unusual part of a machine is.

use std::net::{IpAddr, Ipv4Addr};

use packetwalk_core::flow::{Action, Flow};
use packetwalk_core::wire::ipv4;

use super::random::Random;
use super::talks::{Speaker, speaker};
use crate::machine::Machine;

/// The host's address on docker0.
const HOST: Ipv4Addr = Ipv4Addr::new(172, 17, 0, 1);
/// An address of docker0's network that nobody has.
const NOBODY: Ipv4Addr = Ipv4Addr::new(172, 17, 0, 201);

/// Adds some of it to a case, its flows behind the others.
pub fn spice(machine: &mut Machine, flows: &mut Vec<Flow>, random: &mut Random) {
    let Some(one) = speaker(machine, random, "172.17.0.200", "docker0") else {
        return;
    };
    for _ in 0..random.range(1, 3) {
        match random.below(5) {
            0 => flows.push(short(&one, random)),
            1 => pieces(&one, flows, random),
            2 => flows.push(from_nobody(&one, random)),
            3 => queue(machine, flows, random),
            _ => {
                if let Some(bridge) = machine.device("host", "br1") {
                    bridge.up = random.chance(50);
                }
            }
        }
    }
}

/// A packet whose payload is shorter than the header of its protocol, or than that
/// header says, or whose header says that it is shorter than a header is.
fn short(one: &Speaker, random: &mut Random) -> Flow {
    let proto = [ipv4::UDP, ipv4::TCP, ipv4::ICMP, ipv4::SCTP][random.below(4)];
    let cut = vec![0; random.below(8)];
    let (proto, payload) = match random.below(3) {
        0 => (proto, cut),
        1 => (ipv4::UDP, vec![0, 53, 0, 53, 0, 99, 0, 0]),
        _ => {
            let header = [
                0, 80, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x40, 2, 1, 0, 0, 0, 0, 0,
            ];
            (ipv4::TCP, header.to_vec())
        }
    };
    one.frame(HOST, proto, &payload)
}

/// Pieces of a datagram: one of them twice, or half of it once more, and at times
/// the last.
fn pieces(one: &Speaker, flows: &mut Vec<Flow>, random: &mut Random) {
    let to = if random.chance(50) {
        HOST
    } else {
        Ipv4Addr::new(192, 0, 2, 1)
    };
    let first = one.piece(
        to,
        0,
        true,
        &[0, 53, 0, 53, 0, 24, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8],
    );
    flows.push(first.clone());
    flows.push(match random.below(3) {
        0 => first,
        1 => one.piece(to, 0, true, &[0, 53, 0, 53, 0, 24, 0, 0]),
        _ => one.piece(
            to,
            1,
            true,
            &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
        ),
    });
    if random.chance(50) {
        flows.push(one.piece(to, 2, false, &[1, 2, 3, 4, 5, 6, 7, 8]));
    }
}

/// A frame whose source is no station's address.
fn from_nobody(one: &Speaker, random: &mut Random) -> Flow {
    let mac = [[0; 6], [0xff; 6], [1, 0, 0x5e, 0, 0, 1]][random.below(3)];
    let mut odd = one.clone();
    odd.mac = mac;
    odd.frame(HOST, ipv4::UDP, &[0, 53, 0, 53, 0, 8, 0, 0])
}

/// More pieces than may wait for an answer to ARP.
fn queue(machine: &mut Machine, flows: &mut Vec<Flow>, random: &mut Random) {
    let key = "net.ipv4.neigh.docker0.unres_qlen".to_owned();
    machine.host("host").sysctls.insert(key, "1".to_owned());
    let size = [3000, 4000, 5000][random.below(3)];
    flows.push(Flow {
        netns: "host".to_owned(),
        action: Action::Ping {
            dst: IpAddr::V4(NOBODY),
            from: None,
            ttl: None,
            size: Some(size),
        },
    });
}
