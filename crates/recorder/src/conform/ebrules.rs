//! Random rules of ebtables.

use std::fmt::Write as _;

use super::machines::Place;
use super::random::Random;
use crate::machine::{Host, Kind};

/// Gives a host random bridge rules.
pub fn fill(host: &mut Host, random: &mut Random, places: &[Place]) {
    let ports: Vec<String> = host
        .devices
        .iter()
        .filter(|device| device.master.is_some() && !matches!(device.kind, Kind::Bridge(_)))
        .map(|device| device.name.clone())
        .collect();
    let mut text = String::new();
    for (table, chains) in [
        ("filter", ["INPUT", "FORWARD", "OUTPUT"]),
        ("nat", ["PREROUTING", "OUTPUT", "POSTROUTING"]),
    ] {
        if !random.chance(60) {
            continue;
        }
        let _ = writeln!(text, "*{table}");
        for chain in chains {
            if table == "filter" && random.chance(6) {
                let _ = writeln!(text, ":{chain} DROP");
            }
        }
        let user = random.chance(30);
        if user {
            let policy = random.word(&["RETURN", "RETURN", "ACCEPT", "DROP"]);
            let _ = writeln!(text, ":own {policy}");
        }
        for chain in chains {
            for _ in 0..random.below(3) {
                let mut asked = conditions(random, chain, &ports, places);
                if user && random.chance(30) {
                    asked.push("-j own".to_owned());
                } else {
                    act(random, table, chain, &mut asked);
                }
                let _ = writeln!(text, "-A {chain} {}", asked.join(" "));
            }
        }
        if user {
            for _ in 0..random.range(1, 2) {
                let mut asked = conditions(random, "own", &ports, places);
                match random.chance(20) {
                    true => asked.push("-j RETURN".to_owned()),
                    false => act(random, "filter", "own", &mut asked),
                }
                let _ = writeln!(text, "-A own {}", asked.join(" "));
            }
        }
    }
    host.ebtables = text;
}

fn not(random: &mut Random) -> &'static str {
    if random.chance(15) { "! " } else { "" }
}

/// What a rule asks, option by option.
fn conditions(random: &mut Random, chain: &str, ports: &[String], places: &[Place]) -> Vec<String> {
    let mut words = Vec::new();
    let proto = random.word(&[
        "", "", "IPv4", "IPv4", "IPv4", "ARP", "ARP", "802_1Q", "LENGTH",
    ]);
    if !proto.is_empty() {
        words.push(format!("-p {proto}"));
    }
    if random.chance(25) {
        let mac = random.word(&[
            MACS[0],
            MACS[1],
            "02:42:ac:00:00:00/ff:ff:ff:00:00:00",
            "Unicast",
            "Multicast",
            "ff:ff:ff:ff:ff:ff",
        ]);
        let option = if mac.starts_with("02") {
            random.word(&["-s", "-d"])
        } else {
            "-d"
        };
        words.push(format!("{}{option} {mac}", not(random)));
    }
    if matches!(chain, "INPUT" | "FORWARD" | "PREROUTING") && random.chance(30) {
        words.push(format!("{}-i {}", not(random), random.pick(ports)));
    }
    if matches!(chain, "FORWARD" | "OUTPUT" | "POSTROUTING") && random.chance(30) {
        words.push(format!("{}-o {}", not(random), random.pick(ports)));
    }
    of_protocol(random, proto, places, &mut words);
    if random.chance(20) {
        words.push(match random.below(4) {
            0 => {
                let kind = random.word(&["host", "broadcast", "multicast", "otherhost"]);
                format!("{}--pkttype-type {kind}", not(random))
            }
            1 => {
                let mark = random.word(&["0x1", "0x0", "0x0/0x3", "/0x1", "0x2/0xff"]);
                format!("{}--mark {mark}", not(random))
            }
            2 => {
                let side = random.word(&["src", "dst"]);
                let address = random.pick(places).address;
                let list = match random.below(3) {
                    0 => format!("{},{}", MACS[0], MACS[2]),
                    1 => format!("{}={address},{}={address}", MACS[0], MACS[1]),
                    _ => MACS[random.below(MACS.len())].to_owned(),
                };
                format!("{}--among-{side} {list}", not(random))
            }
            _ => format!("--limit 1/hour --limit-burst {}", random.range(1, 3)),
        });
    }
    words
}

const MACS: [&str; 3] = [
    "02:42:ac:11:00:02",
    "02:42:ac:11:00:03",
    "02:42:ac:11:00:04",
];

fn of_protocol(random: &mut Random, proto: &str, places: &[Place], words: &mut Vec<String>) {
    let address = random.pick(places).address;
    match proto {
        "IPv4" => match random.below(9) {
            0 => words.push(format!("{}--ip-src {address}", not(random))),
            1 => words.push(format!("{}--ip-dst {address}", not(random))),
            2 => words.push(format!(
                "{}--ip-proto {}",
                not(random),
                random.word(&["icmp", "tcp", "udp"])
            )),
            3 => {
                let proto = random.word(&["tcp", "udp"]);
                let side = random.word(&["dport", "sport"]);
                let port = random.word(&["80", "22", "1:1023", "1024:65535"]);
                words.push(format!(
                    "--ip-proto {proto} {}--ip-{side} {port}",
                    not(random)
                ));
            }
            4 => {
                let kind = random.word(&["echo-request", "echo-reply", "destination-unreachable"]);
                words.push(format!(
                    "--ip-proto icmp {}--ip-icmp-type {kind}",
                    not(random)
                ));
            }
            5 => words.push(format!(
                "{}--ip-tos {}",
                not(random),
                random.word(&["0x0", "0x10"])
            )),
            6 => words.push(format!(
                "--ip-src {address}/{}",
                random.word(&["8", "16", "24"])
            )),
            7 => words.push(format!(
                "--ip-proto igmp {}--ip-igmp-type membership-query",
                not(random)
            )),
            _ => {}
        },
        "ARP" => match random.below(8) {
            0 => words.push(format!(
                "{}--arp-op {}",
                not(random),
                random.word(&["Request", "Reply"])
            )),
            1 => words.push(format!("{}--arp-ip-dst {address}", not(random))),
            2 => words.push(format!("{}--arp-ip-src {address}", not(random))),
            3 => words.push(format!("{}--arp-mac-src {}", not(random), MACS[0])),
            4 => words.push(format!("--arp-mac-dst {}", MACS[1])),
            5 => words.push(format!("{}--arp-gratuitous", not(random))),
            6 => words.push(format!("--arp-htype 1 {}--arp-ptype 0x800", not(random))),
            _ => {}
        },
        "802_1Q" => words.push(match random.below(3) {
            0 => format!("{}--vlan-id {}", not(random), random.word(&["5", "6"])),
            1 => format!(
                "{}--vlan-prio {}",
                not(random),
                random.word(&["0", "1", "3"])
            ),
            _ => format!(
                "{}--vlan-encap {}",
                not(random),
                random.word(&["IPv4", "ARP"])
            ),
        }),
        "LENGTH" => words.push(match random.below(2) {
            0 => format!("{}--802_3-sap 0x42", not(random)),
            _ => format!("{}--802_3-type 0x0800", not(random)),
        }),
        _ => {}
    }
}

/// The target, or what looks on.
/// Adds what a rule does.
fn act(random: &mut Random, table: &str, chain: &str, asked: &mut Vec<String>) {
    let action = action(random, table, chain, asked);
    if action.starts_with("--log") {
        // ebtables-nft-save 1.8.9 prints but one match of a rule that logs.
        let mut matches = 0;
        asked.retain(|words| {
            let of_match = words.trim_start_matches("! ").starts_with("--");
            matches += usize::from(of_match);
            !of_match || matches == 1
        });
    }
    asked.push(action);
}

fn action(random: &mut Random, table: &str, chain: &str, asked: &[String]) -> String {
    let mac = MACS[random.below(MACS.len())];
    let goes_on = random.word(&["ACCEPT", "CONTINUE", "CONTINUE", "DROP"]);
    let arp = asked.iter().any(|word| word == "-p ARP");
    match (table, random.below(10)) {
        (_, 0..=2) => format!("--log --log-prefix \"eb {chain}\" --log-ip --log-arp -j CONTINUE"),
        (_, 3) => {
            let how = random.word(&["set 0x1", "or 0x2", "and 0xfe", "xor 0x3"]);
            format!("-j mark --mark-{how} --mark-target CONTINUE")
        }
        ("filter", 4 | 5) => "-j DROP".to_owned(),
        ("nat", 4) if chain == "PREROUTING" && arp => {
            format!("-j arpreply --arpreply-mac {mac} --arpreply-target {goes_on}")
        }
        ("nat", 4) if chain == "PREROUTING" => {
            format!("-j redirect --redirect-target {goes_on}")
        }
        ("nat", 4 | 5) if chain != "POSTROUTING" => {
            format!("-j dnat --to-dst {mac} --dnat-target {goes_on}")
        }
        ("nat", 4 | 5) => {
            let arp = if arp && random.chance(50) {
                " --snat-arp"
            } else {
                ""
            };
            format!("-j snat --to-src {mac}{arp} --snat-target {goes_on}")
        }
        _ => random
            .word(&["-j ACCEPT", "-j CONTINUE", "-j ACCEPT"])
            .to_owned(),
    }
}
