//! What few machines have, but a whole way needs: bridges that answer ARP for
//! their ports, zones of connection tracking.
//!
//! Drawn apart from the rest, on top of it, so that it can be left out.

use serde_json::json;

use super::random::Random;
use crate::machine::{Host, Machine};

/// Adds some of it.
pub fn complete(machine: &mut Machine, random: &mut Random) {
    if random.chance(15) {
        arp_ports(machine, random);
    }
    if random.chance(15) {
        zones(machine.host("host"), random);
    }
    let names: Vec<String> = machine.hosts.iter().map(|host| host.name.clone()).collect();
    for name in names {
        let host = machine.host(&name);
        for (key, value, share) in [
            ("net.netfilter.nf_conntrack_log_invalid", "255", 12),
            ("net.ipv4.conf.all.accept_source_route", "1", 8),
            ("net.ipv4.conf.default.accept_source_route", "1", 8),
        ] {
            if random.chance(share) {
                host.sysctls.insert(key.to_owned(), value.to_owned());
            }
        }
    }
}

/// Rules in front of the raw table that tell connections apart by zone.
fn zones(host: &mut Host, random: &mut Random) {
    let devices: Vec<String> = host.devices.iter().map(|dev| dev.name.clone()).collect();
    let mut rules = String::new();
    for _ in 0..random.range(1, 4) {
        let chain = random.word(&["PREROUTING", "PREROUTING", "OUTPUT"]);
        let mut words = vec![format!("-A {chain}")];
        if chain == "PREROUTING" && random.chance(70) {
            words.push(format!("-i {}", random.pick(&devices)));
        }
        let proto = random.word(&["", "", "-p tcp", "-p udp", "-p icmp"]);
        words.push(proto.to_owned());
        let zone = random.word(&["1", "1", "2", "mark", "0"]);
        words.push(match random.below(6) {
            0 => "-j CT --ctevents new,destroy --expevents new".to_owned(),
            1 => format!("-j CT --zone-orig {zone}"),
            2 => format!("-j CT --zone-reply {zone}"),
            _ => format!("-j CT --zone {zone}"),
        });
        rules += &(words.join(" ") + "\n");
        if random.chance(20) {
            // What a packet looks like between the rule and conntrack.
            let state = random.word(&["NEW", "INVALID", "UNTRACKED"]);
            rules += &format!("-A {chain} -m conntrack --ctstate {state}\n");
        }
    }
    first_in_raw(host, &rules);
}

/// Puts rules in front of all others of a host's raw table, which is made if there
/// is none.
pub(super) fn first_in_raw(host: &mut Host, rules: &str) {
    host.iptables = match host.iptables.split_once("*raw\n") {
        None => format!("*raw\n{rules}{}", host.iptables),
        Some((before, after)) => {
            // Chains stand in front of rules.
            let at = after
                .find("-A ")
                .unwrap_or(after.find('*').unwrap_or(after.len()));
            let (chains, rest) = after.split_at(at);
            format!("{before}*raw\n{chains}{rules}{rest}")
        }
    };
}

/// Ports that the bridge answers ARP for, and neighbours that it knows.
fn arp_ports(machine: &mut Machine, random: &mut Random) {
    let stations: Vec<(String, String)> = machine
        .hosts
        .iter()
        .filter(|host| host.name != "host")
        .flat_map(|host| &host.devices)
        .filter_map(|device| {
            let address = device.addresses.first()?.split('/').next()?;
            Some((address.to_owned(), device.mac.clone()))
        })
        .collect();
    let host = machine.host("host");
    let mut bridges = Vec::new();
    for device in &mut host.devices {
        let Some((bridge, options)) = &mut device.master else {
            continue;
        };
        for (option, share) in [
            ("neigh_suppress", 40),
            ("proxy_arp", 20),
            ("proxy_arp_wifi", 25),
        ] {
            if random.chance(share) {
                options.insert(option.to_owned(), json!(true));
                bridges.push(bridge.clone());
            }
        }
    }
    bridges.dedup();
    for bridge in bridges {
        for (address, mac) in &stations {
            let known = host
                .neighbours
                .iter()
                .any(|(a, dev, ..)| a == address && *dev == bridge);
            if !known && random.chance(40) {
                let state = random.word(&["PERMANENT", "REACHABLE"]).to_owned();
                host.neighbours
                    .push((address.clone(), bridge.clone(), mac.clone(), state));
            }
        }
    }
}
