//! Random machines: one to three bridges with containers, a host outside, at
//! times a router in between, and settings that bear on a packet's way.

mod arprules;

use std::net::Ipv4Addr;

use serde_json::{Map, json};

use super::random::Random;
use super::{ebrules, rules};
use crate::machine::{Device, Host, Kind, Machine, Route};

/// Ports that something listens on, somewhere.
pub const PORTS: &[u16] = &[22, 53, 80, 123, 443, 8080, 8000];

/// An address of a machine and where it is.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Namespace.
    pub netns: String,
    /// Device.
    pub device: String,
    /// Address.
    pub address: String,
    /// Prefix length.
    pub length: u8,
}

/// All addresses of a machine.
#[must_use]
pub fn places(machine: &Machine) -> Vec<Place> {
    let mut places = Vec::new();
    for host in &machine.hosts {
        for device in &host.devices {
            for address in &device.addresses {
                if let Some((address, length)) = address.split_once('/') {
                    places.push(Place {
                        netns: host.name.clone(),
                        device: device.name.clone(),
                        address: address.to_owned(),
                        length: length.parse().unwrap_or(32),
                    });
                }
            }
        }
    }
    places
}

/// A random machine.
pub fn machine(random: &mut Random) -> Machine {
    let mut machine = Machine::default();
    machine.host("host");
    for index in 0..random.range(1, 3) {
        bridge(&mut machine, random, index);
    }
    outside(&mut machine, random);
    extras(&mut machine, random);
    listeners(&mut machine, random);
    routes(&mut machine, random);
    sysctls(&mut machine, random);
    let all = places(&machine);
    let names: Vec<String> = machine.hosts.iter().map(|host| host.name.clone()).collect();
    for name in names {
        let (share, bridges) = match name.as_str() {
            "host" => (100, true),
            "router" => (40, false),
            _ => (12, false),
        };
        let host = machine.host(&name);
        if random.chance(share) {
            rules::fill(host, random, &all);
        }
        host.trace = name == "host" || random.chance(25);
        if bridges && random.chance(35) {
            ebrules::fill(host, random, &all);
        }
        if bridges {
            host.ebtrace = random.chance(60);
        }
    }
    arp(&mut machine, random);
    machine
}

/// Rules for ARP, drawn beside the rest: a seed's machine is else what it was.
fn arp(machine: &mut Machine, random: &Random) {
    let mut random = Random::new(!random.clone().draw());
    let all = places(machine);
    for host in &mut machine.hosts {
        let bridges = host.name == "host";
        if random.chance(if bridges { 35 } else { 6 }) {
            arprules::fill(host, &mut random, &all, bridges);
        }
    }
}

fn bridge(machine: &mut Machine, random: &mut Random, index: usize) {
    let name = ["docker0", "br1", "br2"][index.min(2)];
    let net = 17 + index;
    let device = machine.bridge("host", name);
    device.addresses.push(format!("172.{net}.0.1/16"));
    if random.chance(5)
        && let Kind::Bridge(options) = &mut device.kind
    {
        options.insert("nf_call_iptables".to_owned(), json!(1));
    }
    if random.chance(3) {
        device.flags.push("PROMISC".to_owned());
    }
    for number in 0..random.range(1, 3) {
        let container = format!("{}{}", ["a", "b", "c"][index.min(2)], number + 1);
        let address = format!("172.{net}.0.{}/16", number + 2);
        let gateway = if random.chance(95) {
            format!("172.{net}.0.1")
        } else {
            String::new()
        };
        machine.container(&container, ("host", name), &address, &gateway);
        let Some(port) = machine.device("host", &format!("veth{container}")) else {
            continue;
        };
        let Some((_, options)) = &mut port.master else {
            continue;
        };
        for (option, value, usual) in [
            ("hairpin", true, 80),
            ("isolated", true, 93),
            ("learning", false, 95),
            ("flood", false, 97),
            ("mcast_flood", false, 97),
            ("bcast_flood", false, 98),
        ] {
            if !random.chance(usual) {
                options.insert(option.to_owned(), json!(value));
            }
        }
    }
}

fn add(machine: &mut Machine, netns: &str, device: &str, address: &str) {
    if let Some(device) = machine.device(netns, device) {
        device.addresses.push(address.to_owned());
    }
}

fn default_route(host: &mut Host, via: &str) {
    host.routes.push(Route {
        dst: "default".to_owned(),
        via: via.to_owned(),
        dev: "eth0".to_owned(),
        ..Route::default()
    });
}

fn outside(machine: &mut Machine, random: &mut Random) {
    if random.chance(35) {
        machine.veth(("host", "eth0"), ("router", "lan"));
        machine.veth(("router", "wan"), ("ext", "eth0"));
        add(machine, "host", "eth0", "192.0.2.10/24");
        add(machine, "router", "lan", "192.0.2.1/24");
        add(machine, "router", "wan", "198.51.100.1/24");
        add(machine, "ext", "eth0", "198.51.100.2/24");
        default_route(machine.host("host"), "192.0.2.1");
        default_route(machine.host("ext"), "198.51.100.1");
        let router = machine.host("router");
        router
            .sysctls
            .insert("net.ipv4.ip_forward".to_owned(), "1".to_owned());
        if random.chance(50) {
            router.routes.push(Route {
                dst: "172.16.0.0/12".to_owned(),
                via: "192.0.2.10".to_owned(),
                dev: "lan".to_owned(),
                ..Route::default()
            });
        }
        if random.chance(15) {
            set_mtu(machine, &[("router", "wan"), ("ext", "eth0")], 1400);
        }
    } else {
        machine.veth(("host", "eth0"), ("ext", "eth0"));
        add(machine, "host", "eth0", "192.0.2.10/24");
        add(machine, "ext", "eth0", "192.0.2.1/24");
        default_route(machine.host("host"), "192.0.2.1");
        if random.chance(50) {
            machine.host("ext").routes.push(Route {
                dst: "172.16.0.0/12".to_owned(),
                via: "192.0.2.10".to_owned(),
                dev: "eth0".to_owned(),
                ..Route::default()
            });
        }
        if random.chance(10) {
            set_mtu(machine, &[("host", "eth0"), ("ext", "eth0")], 1400);
        }
    }
}

/// A container on two networks, a second address of the host, a relay.
fn extras(machine: &mut Machine, random: &mut Random) {
    let second = machine.device("host", "br1").is_some();
    if second && random.chance(20) {
        machine.veth(("host", "vetha1x"), ("a1", "eth1"));
        if let Some(port) = machine.device("host", "vetha1x") {
            port.master = Some(("br1".to_owned(), Map::new()));
        }
        add(machine, "a1", "eth1", "172.18.0.200/16");
    }
    if random.chance(15) {
        let address = random.word(&["192.0.2.11/24", "203.0.113.5/32"]);
        add(machine, "host", "eth0", address);
    }
    if random.chance(15) {
        let proto = random.word(&["tcp", "udp"]);
        let relay = (
            "0.0.0.0",
            8000,
            "172.17.0.2",
            if proto == "tcp" { 80 } else { 53 },
        );
        let (host, port, to, to_port) = relay;
        let relay = (
            proto.to_owned(),
            host.to_owned(),
            port,
            to.to_owned(),
            to_port,
        );
        machine.host("host").relays.push(relay);
    }
}

fn set_mtu(machine: &mut Machine, devices: &[(&str, &str)], mtu: u32) {
    for (netns, name) in devices {
        if let Some(device) = machine.device(netns, name) {
            device.mtu = mtu;
        }
    }
}

fn listeners(machine: &mut Machine, random: &mut Random) {
    for host in &mut machine.hosts {
        for port in PORTS {
            for proto in ["tcp", "udp"] {
                let relayed = host.relays.iter().any(|r| r.0 == proto && r.2 == *port);
                if !relayed && random.chance(45) {
                    let bound: Vec<&Device> = host
                        .devices
                        .iter()
                        .filter(|d| !d.addresses.is_empty())
                        .collect();
                    let address = match bound.get(random.below(12)) {
                        Some(device) => device.addresses[0]
                            .split('/')
                            .next()
                            .unwrap_or("*")
                            .to_owned(),
                        None => "0.0.0.0".to_owned(),
                    };
                    host.listeners
                        .push((proto.to_owned(), format!("{address}:{port}")));
                }
            }
        }
    }
}

fn routes(machine: &mut Machine, random: &mut Random) {
    let containers: Vec<String> = machine
        .hosts
        .iter()
        .filter(|host| !matches!(host.name.as_str(), "host" | "ext" | "router"))
        .map(|host| host.name.clone())
        .collect();
    if random.chance(12) {
        let netns = random.pick(&["host".to_owned(), random.clone().pick(&containers)]);
        machine.host(&netns).routes.push(Route {
            kind: random
                .word(&["blackhole", "unreachable", "prohibit", "throw"])
                .to_owned(),
            dst: random
                .word(&["10.9.0.0/16", "198.51.100.0/24", "172.18.0.0/16"])
                .to_owned(),
            table: String::new(),
            ..Route::default()
        });
    }
    if random.chance(15) {
        let host = machine.host("host");
        host.rules
            .push(json!({"priority": 100, "src": "all", "fwmark": "0x1", "table": "100"}));
        let mut route = Route {
            dst: "default".to_owned(),
            table: "100".to_owned(),
            ..Route::default()
        };
        match random.below(3) {
            0 => {
                route.kind = random
                    .word(&["blackhole", "unreachable", "prohibit"])
                    .to_owned();
            }
            1 => (route.via, route.dev) = ("192.0.2.1".to_owned(), "eth0".to_owned()),
            _ => (route.via, route.dev) = ("172.17.0.2".to_owned(), "docker0".to_owned()),
        }
        host.routes.push(route);
    }
    if random.chance(8) {
        let host = machine.host("host");
        let key = random.word(&["iif", "src", "dst"]);
        let value = match key {
            "iif" => "docker0",
            "src" => "172.17.0.2",
            _ => "192.0.2.1",
        };
        let action = random.word(&["unreachable", "prohibit", "blackhole"]);
        let mut rule = json!({"priority": 200, "src": "all", "action": action});
        rule[key] = json!(value);
        host.rules.push(rule);
    }
}

fn sysctls(machine: &mut Machine, random: &mut Random) {
    let host = machine.host("host");
    let mut set = |key: String, value: &str| {
        host.sysctls.insert(key, value.to_owned());
    };
    if random.chance(94) {
        set("net.ipv4.ip_forward".to_owned(), "1");
    }
    if random.chance(15) {
        set("net.bridge.bridge-nf-call-iptables".to_owned(), "0");
    }
    if random.chance(10) {
        set("net.bridge.bridge-nf-filter-vlan-tagged".to_owned(), "1");
    }
    if random.chance(10) {
        set("net.netfilter.nf_conntrack_tcp_loose".to_owned(), "0");
    }
    if random.chance(5) {
        set("net.netfilter.nf_conntrack_tcp_be_liberal".to_owned(), "1");
    }
    if random.chance(5) {
        set("net.ipv4.ip_default_ttl".to_owned(), "77");
    }
    if random.chance(6) {
        set("net.ipv4.fwmark_reflect".to_owned(), "1");
    }
    for scope in ["all", "docker0", "eth0"] {
        for (name, values, share) in [
            ("rp_filter", ["1", "1"], 40),
            ("route_localnet", ["1", "1"], 8),
            ("accept_local", ["1", "1"], 5),
            ("log_martians", ["1", "1"], 12),
            ("proxy_arp", ["1", "1"], 5),
            ("arp_ignore", ["1", "2"], 4),
            ("send_redirects", ["0", "0"], 10),
            ("src_valid_mark", ["1", "1"], 4),
        ] {
            if random.chance(share) {
                let value = match name {
                    "rp_filter" => random.word(&["1", "1", "2"]),
                    _ => random.word(&values),
                };
                set(format!("net.ipv4.conf.{scope}.{name}"), value);
            }
        }
    }
}

/// The broadcast address of a place's network.
#[must_use]
pub fn broadcast(place: &Place) -> String {
    let address = place.address.parse::<Ipv4Addr>().map_or(0, u32::from);
    let last = address | u32::MAX.checked_shr(place.length.into()).unwrap_or(0);
    Ipv4Addr::from(last).to_string()
}
