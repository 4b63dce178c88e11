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
        for chain in chains {
            for _ in 0..random.below(3) {
                let _ = writeln!(
                    text,
                    "-A {chain} {}",
                    rule(random, table, chain, &ports, places)
                );
            }
        }
    }
    host.ebtables = text;
}

fn rule(
    random: &mut Random,
    table: &str,
    chain: &str,
    ports: &[String],
    places: &[Place],
) -> String {
    let mut words = Vec::new();
    let not = |random: &mut Random| if random.chance(15) { "! " } else { "" };
    let proto = random.word(&["", "IPv4", "IPv4", "ARP"]);
    if !proto.is_empty() {
        words.push(format!("-p {proto}"));
    }
    if random.chance(25) {
        let mac = random.word(&[
            "02:42:ac:11:00:02",
            "02:42:ac:11:00:03",
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
    match proto {
        "IPv4" => match random.below(5) {
            0 => words.push(format!(
                "{}--ip-src {}",
                not(random),
                random.pick(places).address
            )),
            1 => words.push(format!(
                "{}--ip-dst {}",
                not(random),
                random.pick(places).address
            )),
            2 => words.push(format!(
                "--ip-proto {}",
                random.word(&["icmp", "tcp", "udp"])
            )),
            3 => words.push(format!(
                "--ip-proto tcp --ip-dport {}",
                random.word(&["80", "22", "1:1023"])
            )),
            _ => {}
        },
        "ARP" => match random.below(3) {
            0 => words.push(format!("--arp-op {}", random.word(&["Request", "Reply"]))),
            1 => words.push(format!("--arp-ip-dst {}", random.pick(places).address)),
            _ => {}
        },
        _ => {}
    }
    words.push(match (table, random.below(6)) {
        (_, 0..=1) => format!("--log --log-prefix \"eb {chain}\" --log-ip --log-arp -j CONTINUE"),
        ("filter", 2) => "-j DROP".to_owned(),
        ("nat", 2) if chain != "OUTPUT" => {
            "-j mark --mark-set 0x1 --mark-target CONTINUE".to_owned()
        }
        _ => random
            .word(&["-j ACCEPT", "-j CONTINUE", "-j ACCEPT"])
            .to_owned(),
    });
    words.join(" ")
}
