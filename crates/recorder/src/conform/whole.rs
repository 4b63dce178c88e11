//! What few machines have, but a whole way needs: bridges that answer ARP for
//! their ports.
//!
//! Drawn apart from the rest, on top of it, so that it can be left out.

use serde_json::json;

use super::random::Random;
use crate::machine::Machine;

/// Adds some of it.
pub fn complete(machine: &mut Machine, random: &mut Random) {
    if random.chance(15) {
        arp_ports(machine, random);
    }
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
