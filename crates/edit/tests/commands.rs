//! Edits held against real commands: `tests/edits` has what the standard
//! commands said before and after each, in namespaces of a Linux 6.18.

use std::fs;
use std::path::{Path, PathBuf};

use packetwalk_core::world::{DevId, Netns, World};
use packetwalk_edit::{Document, Edit, Part};
use packetwalk_snapshot::load;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/edits")
}

fn text(case: &str, when: &str) -> String {
    let file = folder().join(format!("{case}.{when}.txt"));
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// What of a namespace an edit may change, one thing a line.
fn told(netns: &Netns) -> Vec<String> {
    let mut out = Vec::new();
    let name = |dev: DevId| {
        let device = netns.devices.get(usize::from(dev.0));
        device.map_or("?", |device| &*device.name)
    };
    for device in &netns.devices {
        let port = device.port.as_ref().map(|port| {
            let settings = format!("{port:?}").replace(&format!("{:?}", port.bridge), "");
            format!("{} {settings}", name(port.bridge))
        });
        let (up, carrier) = (device.up, device.carrier);
        out.push(format!(
            "{}: up {up} carrier {carrier} {port:?}",
            device.name
        ));
        for entry in device
            .bridge()
            .iter()
            .flat_map(|bridge| &bridge.fdb.entries)
        {
            let port = entry.port.map(name);
            out.push(format!("fdb {} {port:?} local {}", entry.mac, entry.local));
        }
        let conf = netns.sysctl.dev(&device.name);
        out.push(format!("{}.forwarding = {}", device.name, conf.forwarding));
    }
    for (table, routes) in &netns.fib.tables {
        for route in routes {
            let hops = route.hops.iter().map(|hop| {
                let dead = if hop.dead { "dead" } else { "" };
                format!("{:?} {:?} {dead}", hop.dev.map(name), hop.via)
            });
            let hops: Vec<String> = hops.collect();
            let (kind, from) = (route.kind.name(), route.prefsrc);
            out.push(format!(
                "route {table} {kind} {} {from:?} {hops:?}",
                route.prefix
            ));
        }
    }
    for entry in netns
        .neigh
        .entries
        .iter()
        .filter(|entry| entry.state.is_valid())
    {
        let (dev, addr, mac) = (name(entry.dev), entry.addr, entry.mac);
        out.push(format!("neighbour {dev} {addr} {mac}"));
    }
    let (all, ipv4) = (&netns.sysctl.all, &netns.sysctl.ipv4);
    out.push(format!("ip_forward = {}", ipv4.ip_forward));
    out.push(format!("all.forwarding = {}", all.forwarding));
    out.push(format!("all.accept_redirects = {}", all.accept_redirects));
    out.push(format!(
        "default.forwarding = {}",
        netns.sysctl.default.forwarding
    ));
    for table in &netns.nf.tables.ip {
        for chain in &table.compiled.chains {
            out.push(format!(
                "{} {} {:?}",
                table.compiled.name, chain.name, chain.policy
            ));
        }
    }
    out.sort();
    out
}

fn world(text: &str) -> Vec<String> {
    let loaded = load(text);
    assert_eq!(loaded.errors, []);
    let world: World = loaded.world;
    let namespaces = world.namespaces.iter();
    let lines = namespaces.flat_map(|netns| {
        let lines = told(netns).into_iter();
        lines.map(|line| format!("{}: {line}", netns.name))
    });
    lines.collect()
}

#[track_caller]
fn check(case: &str, edit: Edit) {
    let mut document = Document::new(&text(case, "before"));
    document.edit(edit).expect("it can be done");
    let (ours, kernel) = (world(document.text()), world(&text(case, "after")));
    let only = |some: &[String], other: &[String]| {
        let lines = some.iter().filter(|line| !other.contains(line));
        lines
            .map(|line| format!("\n    {line}"))
            .collect::<String>()
    };
    let (extra, missing) = (only(&ours, &kernel), only(&kernel, &ours));
    assert!(
        extra.is_empty() && missing.is_empty(),
        "{case}:\n  only ours:{extra}\n  only the kernel's:{missing}"
    );
    // And the command did something at all.
    assert_ne!(world(&text(case, "before")), kernel, "{case}");
}

fn link(netns: &str, dev: &str, up: bool) -> Edit {
    Edit::Link {
        netns: netns.to_owned(),
        dev: dev.to_owned(),
        up,
    }
}

fn sysctl(name: &str, value: &str) -> Edit {
    Edit::Sysctl {
        netns: "host".to_owned(),
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

fn policy(table: &str, chain: &str) -> Edit {
    Edit::Policy {
        netns: "host".to_owned(),
        tool: Part::Iptables,
        table: table.to_owned(),
        chain: chain.to_owned(),
        policy: "DROP".to_owned(),
    }
}

#[test]
fn a_container_s_link() {
    check("c1-down", link("c1", "eth0", false));
    check("c1-up", link("c1", "eth0", true));
}

#[test]
fn a_port_s_link() {
    check("port-down", link("host", "vethc1", false));
    check("port-up", link("host", "vethc1", true));
    check("last-port-down", link("host", "vethc1", false));
    check("last-port-up", link("host", "vethc1", true));
}

#[test]
fn a_bridge_s_link() {
    check("bridge-down", link("host", "br0", false));
    check("bridge-up", link("host", "br0", true));
}

#[test]
fn the_way_out() {
    check("eth0-down", link("host", "eth0", false));
    check("eth0-up", link("host", "eth0", true));
}

#[test]
fn forwarding() {
    check("forward-off", sysctl("net.ipv4.ip_forward", "0"));
    check("forward-on", sysctl("net.ipv4.ip_forward", "1"));
    check(
        "all-forwarding-off",
        sysctl("net.ipv4.conf.all.forwarding", "0"),
    );
    check(
        "br0-forwarding-off",
        sysctl("net.ipv4.conf.br0.forwarding", "0"),
    );
}

#[test]
fn a_port_s_setting() {
    let edit = Edit::Port {
        netns: "host".to_owned(),
        dev: "vethc1".to_owned(),
        flag: "isolated".to_owned(),
        on: true,
    };
    check("isolated", edit);
}

#[test]
fn policies() {
    check("policy", policy("filter", "FORWARD"));
    check("policy-fresh", policy("mangle", "INPUT"));
}

#[test]
fn a_container_that_goes() {
    check(
        "gone",
        Edit::Remove {
            netns: "c1".to_owned(),
        },
    );
}
