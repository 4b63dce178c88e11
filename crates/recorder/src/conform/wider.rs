//! What machines have that Docker does not put there: macvlans, several ways to
//! a place, neighbours and devices in odd states, settings that few people touch.
//!
//! Drawn apart from the rest of a machine, on top of it, so that it can be left
//! out.

use serde_json::{Map, json};

use super::random::Random;
use crate::machine::{Host, Kind, Machine, Route};

/// Adds some of it.
pub fn widen(machine: &mut Machine, random: &mut Random) {
    if random.chance(12) {
        macvlans(machine, random);
    }
    routes(machine, random);
    neighbours(machine, random);
    devices(machine, random);
    let names: Vec<String> = machine.hosts.iter().map(|host| host.name.clone()).collect();
    for name in names {
        let host = machine.host(&name);
        sysctls(host, random);
        listeners(host, random);
    }
}

fn outside_net(machine: &mut Machine) -> &'static str {
    match machine.device("router", "lan") {
        Some(_) => "192.0.2.1",
        None => "",
    }
}

/// One or two macvlans on the host's card, in containers of their own; at times
/// one of the host itself.
fn macvlans(machine: &mut Machine, random: &mut Random) {
    let gateway = match outside_net(machine) {
        "" => "192.0.2.1",
        router => router,
    };
    for number in 0..random.range(1, 2) {
        let mode = random.word(&["bridge", "bridge", "bridge", "private", "vepa"]);
        let name = format!("m{}", number + 1);
        machine.macvlan((&name, "eth0"), ("host", "eth0"), mode);
        if let Some(device) = machine.device(&name, "eth0") {
            device.addresses.push(format!("192.0.2.{}/24", 50 + number));
        }
        let host = machine.host(&name);
        host.trace = random.chance(50);
        host.listeners
            .push(("tcp".to_owned(), "0.0.0.0:80".to_owned()));
        host.listeners
            .push(("udp".to_owned(), "0.0.0.0:53".to_owned()));
        host.routes.push(Route {
            dst: "default".to_owned(),
            via: gateway.to_owned(),
            dev: "eth0".to_owned(),
            ..Route::default()
        });
    }
    if random.chance(30) {
        machine.macvlan(("host", "mv0"), ("host", "eth0"), "bridge");
        if let Some(device) = machine.device("host", "mv0") {
            device.addresses.push("192.0.2.12/32".to_owned());
        }
        machine.host("host").routes.push(Route {
            dst: "192.0.2.50".to_owned(),
            dev: "mv0".to_owned(),
            ..Route::default()
        });
    }
}

/// Routes with metrics, sources, MTUs, next hops beside the link; rules by
/// protocol, port and interface.
fn routes(machine: &mut Machine, random: &mut Random) {
    let bridge = machine.device("host", "br1").is_some();
    let host = machine.host("host");
    if random.chance(15) {
        // The better of two ways, and the worse.
        for (metric, via, dev) in [("10", "172.17.0.2", "docker0"), ("20", "192.0.2.1", "eth0")] {
            if random.chance(70) {
                host.routes.push(Route {
                    dst: "10.9.0.0/16".to_owned(),
                    via: via.to_owned(),
                    dev: dev.to_owned(),
                    metric: metric.to_owned(),
                    ..Route::default()
                });
            }
        }
    }
    if random.chance(8) {
        host.routes.push(Route {
            dst: "10.8.0.0/16".to_owned(),
            via: "10.99.0.1".to_owned(),
            dev: "docker0".to_owned(),
            onlink: true,
            ..Route::default()
        });
    }
    if random.chance(10) {
        host.routes.push(Route {
            dst: "172.17.0.2".to_owned(),
            dev: "docker0".to_owned(),
            src: if random.chance(50) { "192.0.2.10" } else { "" }.to_owned(),
            mtu: if random.chance(50) { "1200" } else { "" }.to_owned(),
            ..Route::default()
        });
    }
    if random.chance(12) {
        let mut rule = json!({"priority": 150, "src": "all"});
        match random.below(4) {
            0 => rule["ipproto"] = json!(random.word(&["tcp", "udp", "icmp"])),
            1 => {
                rule["ipproto"] = json!("tcp");
                rule["dport"] = json!(80);
            }
            2 => {
                rule["ipproto"] = json!("udp");
                rule["sport_start"] = json!(40001);
                rule["sport_end"] = json!(40005);
            }
            _ => {
                rule["not"] = json!(null);
                rule["dst"] = json!("172.16.0.0");
                rule["dstlen"] = json!(12);
            }
        }
        match random.chance(50) {
            true => rule["action"] = json!(random.word(&["unreachable", "prohibit"])),
            false => {
                rule["table"] = json!("150");
                host.routes.push(Route {
                    dst: "default".to_owned(),
                    via: "192.0.2.1".to_owned(),
                    dev: "eth0".to_owned(),
                    table: "150".to_owned(),
                    ..Route::default()
                });
            }
        }
        host.rules.push(rule);
    }
    if bridge && random.chance(10) {
        // A better gateway on the same network: the host says so.
        machine.host("a1").routes.push(Route {
            dst: "10.9.0.0/16".to_owned(),
            via: "172.17.0.1".to_owned(),
            dev: "eth0".to_owned(),
            ..Route::default()
        });
        if let Some(device) = machine.device("a2", "eth0") {
            device.addresses.push("10.9.0.1/32".to_owned());
            machine.host("host").routes.push(Route {
                dst: "10.9.0.1".to_owned(),
                via: "172.17.0.3".to_owned(),
                dev: "docker0".to_owned(),
                ..Route::default()
            });
        }
    }
}

fn neighbours(machine: &mut Machine, random: &mut Random) {
    for (netns, dev, address) in [
        ("host", "docker0", "172.17.0.2"),
        ("host", "docker0", "172.17.0.99"),
        ("host", "eth0", "192.0.2.1"),
        ("a1", "eth0", "172.17.0.1"),
        ("a1", "eth0", "172.17.0.3"),
    ] {
        if !random.chance(6) {
            continue;
        }
        let right = machine.device("a2", "eth0").map_or_else(
            || "02:00:00:00:99:98".to_owned(),
            |device| device.mac.clone(),
        );
        let mac = match random.chance(50) {
            true => right,
            false => "02:00:00:00:99:99".to_owned(),
        };
        let state = random.word(&["PERMANENT", "STALE", "REACHABLE"]);
        machine.host(netns).neighbours.push((
            address.to_owned(),
            dev.to_owned(),
            mac,
            state.to_owned(),
        ));
    }
}

/// Devices and bridges in odd states.
fn devices(machine: &mut Machine, random: &mut Random) {
    if random.chance(4)
        && let Some(device) = machine.device("a2", "eth0")
    {
        device.up = false;
        machine.host("a2").routes.clear();
    }
    for host in &mut machine.hosts {
        for device in &mut host.devices {
            if let Kind::Bridge(options) = &mut device.kind {
                bridge_options(options, random);
            }
            if random.chance(2) {
                device.flags.push("PROMISC".to_owned());
            }
        }
    }
    if random.chance(6)
        && let Some(device) = machine.device("a1", "eth0")
    {
        device.addresses.push("172.17.0.222/16".to_owned());
    }
}

fn bridge_options(options: &mut Map<String, serde_json::Value>, random: &mut Random) {
    for (name, value, share) in [
        ("group_fwd_mask", 0x4008, 4),
        ("mcast_snooping", 0, 6),
        ("nf_call_arptables", 1, 3),
    ] {
        if random.chance(share) {
            options.insert(name.to_owned(), json!(value));
        }
    }
}

fn sysctls(host: &mut Host, random: &mut Random) {
    for (name, value, share) in [
        ("net.ipv4.icmp_errors_use_inbound_ifaddr", "1", 5),
        ("net.ipv4.icmp_echo_ignore_broadcasts", "0", 6),
        ("net.ipv4.icmp_echo_ignore_all", "1", 1),
        ("net.ipv4.ip_no_pmtu_disc", "1", 3),
        ("net.ipv4.ip_forward_use_pmtu", "1", 3),
        ("net.ipv4.ip_nonlocal_bind", "1", 3),
        ("net.ipv4.tcp_timestamps", "0", 3),
        ("net.ipv4.tcp_ecn", "1", 3),
        ("net.ipv4.fwmark_reflect", "1", 3),
        ("net.netfilter.nf_conntrack_acct", "1", 10),
        ("net.netfilter.nf_conntrack_checksum", "0", 4),
        ("net.netfilter.nf_conntrack_tcp_ignore_invalid_rst", "1", 3),
        ("net.ipv4.conf.all.arp_announce", "1", 4),
        ("net.ipv4.conf.all.arp_announce", "2", 3),
        ("net.ipv4.conf.all.arp_filter", "1", 3),
        ("net.ipv4.conf.all.arp_accept", "1", 3),
        ("net.ipv4.conf.all.arp_ignore", "2", 2),
        ("net.ipv4.conf.all.proxy_arp", "1", 3),
        ("net.ipv4.conf.default.proxy_arp_pvlan", "1", 3),
        ("net.ipv4.conf.default.shared_media", "0", 3),
        ("net.ipv4.conf.all.shared_media", "0", 3),
        ("net.ipv4.conf.all.accept_redirects", "0", 5),
        ("net.ipv4.conf.all.bc_forwarding", "1", 3),
        ("net.ipv4.conf.default.bc_forwarding", "1", 5),
        ("net.ipv4.conf.all.drop_unicast_in_l2_multicast", "1", 3),
        ("net.ipv4.conf.all.drop_gratuitous_arp", "1", 3),
        ("net.ipv4.conf.default.rp_filter", "2", 3),
    ] {
        if random.chance(share) {
            host.sysctls.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// Sockets of both families, and of one device.
fn listeners(host: &mut Host, random: &mut Random) {
    let device = host
        .devices
        .iter()
        .find(|device| !device.addresses.is_empty())
        .map(|device| device.name.clone());
    for (_, address) in &mut host.listeners {
        if let Some(port) = address.strip_prefix("0.0.0.0:") {
            match (random.below(20), &device) {
                (0, _) => *address = format!("*:{port}"),
                (1, Some(device)) => *address = format!("0.0.0.0%{device}:{port}"),
                _ => {}
            }
        }
    }
}
