//! Containers and outside hosts that come and go, and programs that listen.

use std::borrow::Cow;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use packetwalk_core::world::World;
use packetwalk_core::world::device::DeviceKind;
use packetwalk_snapshot::Kind;
use packetwalk_snapshot::frame::{Frame, Namespace, Run};
use packetwalk_snapshot::json;
use serde_json::{Value, json};

use crate::Refused;
use crate::link::{self, ADDR, FDB, LINK, NEIGH, ROUTE, find, is_bridge};
use crate::section::{self, Object};

/// Longest name of a namespace that is made here.
const LONGEST: usize = 40;

/// A program begins or ceases to listen: a line of `ss -Htulnp`.
pub(crate) fn listen(netns: &mut Namespace<'static>, tcp: bool, port: u16, on: bool) {
    let text = section::read(netns, Kind::Ss);
    let proto = if tcp { "tcp" } else { "udp" };
    let is_it = |line: &str| {
        let mut words = line.split_whitespace();
        let proto_fits = words.next() == Some(proto);
        let local = words.nth(3).unwrap_or("");
        let its_port = local.rsplit(':').next().and_then(|port| port.parse().ok());
        proto_fits && its_port == Some(port)
    };
    let lines = text.split_inclusive('\n');
    let mut out: String = lines.filter(|line| !is_it(line)).collect();
    if on {
        out.push_str(&socket(tcp, port));
    }
    section::write(netns, Kind::Ss, "ss -Htulnp", out);
}

fn socket(tcp: bool, port: u16) -> String {
    let (proto, state) = if tcp {
        ("tcp", "LISTEN")
    } else {
        ("udp", "UNCONN")
    };
    format!("{proto} {state} 0 0 0.0.0.0:{port} 0.0.0.0:* users:((\"server\",pid=0,fd=3))\n")
}

/// Plugs a container into a bridge.
pub(crate) fn add_container(
    frame: &mut Frame<'static>,
    name: &str,
    host: &str,
    bridge: &str,
    ports: &[u16],
) -> Result<(), Refused> {
    fresh_name(frame, name)?;
    let netns = section::netns(frame, host)?;
    if !find(netns, bridge).is_some_and(|link| is_bridge(&link)) {
        return Err(Refused::because(format!(
            "there is no bridge {bridge} in {host}"
        )));
    }
    let net = subnet(netns, bridge)
        .ok_or_else(|| Refused::because(format!("{bridge} has no IPv4 subnet")))?;
    let addr = free_address(frame, net)
        .ok_or_else(|| Refused::because(format!("{net} has no free address")))?;
    let netns = section::netns(frame, host)?;
    let up = find(netns, bridge).is_some_and(|link| section::has_flag(&link, "UP"));
    let sysctls = inherited(netns);
    let near = port_name(netns, name);
    let [outer, inner] = pair_of_indices(frame);
    let id = free_nsid(section::netns(frame, host)?);
    let far = End {
        name: "eth0",
        index: inner,
        peer: outer,
        nsid: 0,
        mac: mac_of(addr),
    };
    let own = Ipv4Net::new(addr, net.prefix_len()).unwrap_or(net);
    let inside = newcomer(name, &far, own, Some(net.addr()), &sysctls, ports);
    frame.namespaces.push(inside);

    let port = End {
        name: &near,
        index: outer,
        peer: inner,
        nsid: id,
        mac: port_mac(outer),
    };
    let netns = section::netns(frame, host)?;
    plug(netns, &port, Some((bridge, up)));
    link::ports_changed(netns, bridge);
    Ok(())
}

/// Puts a host beyond a device: at the other end of its cable, or at a switch
/// if somebody is there already.
pub(crate) fn add_host(
    frame: &mut Frame<'static>,
    name: &str,
    near: &str,
    dev: &str,
    ports: &[u16],
) -> Result<(), Refused> {
    fresh_name(frame, name)?;
    let world = link::world(frame);
    let netns = section::netns(frame, near)?;
    let link = find(netns, dev)
        .ok_or_else(|| Refused::because(format!("there is no device {dev} in {near}")))?;
    if link.contains_key("master") || is_bridge(&link) {
        return Err(Refused::because(format!("{dev} does not lead outside")));
    }
    let net =
        subnet(netns, dev).ok_or_else(|| Refused::because(format!("{dev} has no IPv4 address")))?;
    // An outside host is where the way out leads, if nobody is there yet.
    let gateway = gateway(netns, dev).filter(|gateway| !taken(frame).contains(gateway));
    let addr = gateway
        .or_else(|| free_address(frame, net))
        .ok_or_else(|| Refused::because(format!("{net} has no free address")))?;
    let own = Ipv4Net::new(addr, net.prefix_len()).unwrap_or(net);
    match link::peer_of(&world, near, dev) {
        None => {
            let [inner, _] = pair_of_indices(frame);
            let id = free_nsid(section::netns(frame, near)?);
            let netns = section::netns(frame, near)?;
            let index = section::number(&link, "ifindex").unwrap_or(0);
            section::change(netns, Kind::Link, LINK, |links| {
                for link in links
                    .iter_mut()
                    .filter(|link| section::is(link, "ifname", dev))
                {
                    link.insert("link_index".into(), inner.into());
                    link.insert("link_netnsid".into(), id.into());
                    link.insert("linkinfo".into(), json!({"info_kind": "veth"}));
                }
            });
            let far = End {
                name: "eth0",
                index: inner,
                peer: index,
                nsid: 0,
                mac: mac_of(addr),
            };
            frame
                .namespaces
                .push(newcomer(name, &far, own, None, "", ports));
        }
        Some((other, other_dev)) => {
            let switch = switch_at(frame, &world, near, dev, &other, &other_dev)?;
            let [outer, inner] = pair_of_indices(frame);
            let netns = section::netns(frame, &switch)?;
            let id = free_nsid(netns);
            let port = End {
                name: &format!("p{outer}"),
                index: outer,
                peer: inner,
                nsid: id,
                mac: port_mac(outer),
            };
            plug(netns, &port, Some((SWITCH_BRIDGE, true)));
            let far = End {
                name: "eth0",
                index: inner,
                peer: outer,
                nsid: 0,
                mac: mac_of(addr),
            };
            frame
                .namespaces
                .push(newcomer(name, &far, own, None, "", ports));
        }
    }
    Ok(())
}

/// The bridge of a switch that is made here.
const SWITCH_BRIDGE: &str = "br0";

/// The switch that the cable from `near`'s `dev` leads to: the one that is
/// there, or a new one between the two ends.
fn switch_at(
    frame: &mut Frame<'static>,
    world: &World,
    near: &str,
    dev: &str,
    other: &str,
    other_dev: &str,
) -> Result<String, Refused> {
    let is_switch = world.ns_named(other).is_some_and(|ns| {
        let netns = world.ns(ns);
        let port = netns.dev_named(other_dev);
        let bridge = port.and_then(|id| world.dev(ns, id).port.as_ref());
        bridge.is_some_and(|port| &*world.dev(ns, port.bridge).name == SWITCH_BRIDGE)
            && netns
                .devices
                .iter()
                .all(|dev| dev.addrs.iter().all(|addr| addr.local.is_loopback()))
    });
    if is_switch {
        return Ok(other.to_owned());
    }
    let mut name = "switch".to_owned();
    let mut number = 2;
    while frame.namespace(&name).is_some() {
        name = format!("switch{number}");
        number += 1;
    }
    let mut switch = Namespace {
        name: Cow::Owned(name.clone()),
        runs: Vec::new(),
    };
    let bridge = json!({"ifindex": 2, "ifname": SWITCH_BRIDGE,
        "flags": ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"], "mtu": 1500, "operstate": "UP",
        "link_type": "ether", "address": "02:00:00:00:00:02",
        "linkinfo": {"info_kind": "bridge", "info_data": {"ageing_time": 30000,
            "mcast_snooping": 0}}});
    put(&mut switch, LINK, &[lo_link(), section::object(bridge)]);
    // A switch does not look into what it carries.
    let quiet = "net.bridge.bridge-nf-call-iptables = 0\nnet.bridge.bridge-nf-call-arptables = 0\n";
    run(&mut switch, "sysctl -a", quiet.to_owned());
    frame.namespaces.push(switch);
    // Both ends of the old cable now lead to ports of the switch.
    for (id, (end, end_dev)) in [(near, dev), (other, other_dev)].into_iter().enumerate() {
        let [outer, _] = pair_of_indices(frame);
        let netns = section::netns(frame, end)?;
        let nsid = free_nsid(netns);
        let mut index = 0;
        section::change(netns, Kind::Link, LINK, |links| {
            for link in links
                .iter_mut()
                .filter(|link| section::is(link, "ifname", end_dev))
            {
                index = section::number(link, "ifindex").unwrap_or(0);
                link.insert("link_index".into(), outer.into());
                link.insert("link_netnsid".into(), nsid.into());
                link.remove("link");
            }
        });
        let port = End {
            name: &format!("p{outer}"),
            index: outer,
            peer: index,
            nsid: id as u64,
            mac: port_mac(outer),
        };
        let switch = section::netns(frame, &name)?;
        plug(switch, &port, Some((SWITCH_BRIDGE, true)));
    }
    Ok(name)
}

/// Takes a namespace away, with the bridge ports that led to it.
pub(crate) fn remove(frame: &mut Frame<'static>, name: &str) -> Result<(), Refused> {
    section::netns(frame, name)?;
    if frame.namespaces.len() == 1 {
        return Err(Refused::because("the last namespace stays"));
    }
    let world = link::world(frame);
    let mut gone = Vec::new();
    if let Some(ns) = world.ns_named(name) {
        for device in &world.ns(ns).devices {
            if let DeviceKind::Veth {
                peer: Some((other, id)),
            } = device.kind
                && other != ns
                && world.dev(other, id).port.is_some()
            {
                let netns = world.ns(other).name.to_string();
                gone.push((netns, world.dev(other, id).name.to_string()));
            }
        }
    }
    frame.namespaces.retain(|netns| netns.name != name);
    for (netns, dev) in gone {
        unplug(section::netns(frame, &netns)?, &dev);
    }
    Ok(())
}

/// Takes a port away; the bridge may lose its carrier by it.
fn unplug(netns: &mut Namespace<'static>, dev: &str) {
    let master =
        find(netns, dev).and_then(|link| section::text(&link, "master").map(str::to_owned));
    for (kind, command, key) in [
        (Kind::Link, LINK, "ifname"),
        (Kind::Addr, ADDR, "ifname"),
        (Kind::BridgeLink, link::BRIDGE_LINK, "ifname"),
        (Kind::Fdb, FDB, "ifname"),
        (Kind::Neigh, NEIGH, "dev"),
        (Kind::Route, ROUTE, "dev"),
    ] {
        section::change(netns, kind, command, |list| {
            list.retain(|object| !section::is(object, key, dev));
        });
    }
    if let Some(master) = master {
        link::ports_changed(netns, &master);
    }
}

/// One end of a cable.
struct End<'a> {
    name: &'a str,
    index: u64,
    peer: u64,
    nsid: u64,
    mac: String,
}

/// Puts a device into a namespace, as a port of `bridge`, which is up or not.
fn plug(netns: &mut Namespace<'static>, end: &End<'_>, bridge: Option<(&str, bool)>) {
    let mut link = end_link(end);
    if let Some((bridge, up)) = bridge {
        let state = if up { "forwarding" } else { "disabled" };
        link.insert("master".into(), bridge.into());
        link.insert(
            "linkinfo".into(),
            json!({"info_kind": "veth", "info_slave_kind": "bridge", "info_slave_data": {
                "state": state, "hairpin": false, "learning": true, "flood": true,
                "mcast_flood": true, "bcast_flood": true, "neigh_suppress": false,
                "isolated": false, "locked": false}}),
        );
        if section::has(netns, Kind::BridgeLink) {
            let port = json!({"ifindex": end.index, "ifname": end.name,
                "flags": ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"], "mtu": 1500,
                "master": bridge, "state": state, "hairpin": false, "learning": true,
                "flood": true, "mcast_flood": true, "bcast_flood": true,
                "neigh_suppress": false, "isolated": false, "locked": false});
            section::change(netns, Kind::BridgeLink, link::BRIDGE_LINK, |ports| {
                ports.push(section::object(port));
            });
        }
    }
    section::change(netns, Kind::Link, LINK, |links| links.push(link));
}

/// A device of a cable as `ip link` shows it.
fn end_link(end: &End<'_>) -> Object {
    section::object(
        json!({"ifindex": end.index, "link_index": end.peer, "ifname": end.name,
        "flags": ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"], "mtu": 1500,
        "operstate": "UP", "group": "default", "link_type": "ether", "address": end.mac,
        "broadcast": "ff:ff:ff:ff:ff:ff", "link_netnsid": end.nsid,
        "linkinfo": {"info_kind": "veth"}}),
    )
}

fn lo_link() -> Object {
    section::object(json!({"ifindex": 1, "ifname": "lo",
        "flags": ["LOOPBACK", "UP", "LOWER_UP"], "mtu": 65536, "operstate": "UNKNOWN",
        "link_type": "loopback", "address": "00:00:00:00:00:00"}))
}

/// A namespace with one device.
fn newcomer(
    name: &str,
    end: &End<'_>,
    own: Ipv4Net,
    gateway: Option<Ipv4Addr>,
    sysctls: &str,
    ports: &[u16],
) -> Namespace<'static> {
    let mut netns = Namespace {
        name: Cow::Owned(name.to_owned()),
        runs: Vec::new(),
    };
    put(&mut netns, LINK, &[lo_link(), end_link(end)]);
    let lo = json!({"ifindex": 1, "ifname": "lo", "addr_info": [{"family": "inet",
        "local": "127.0.0.1", "prefixlen": 8, "scope": "host", "label": "lo"}]});
    let eth = json!({"ifindex": end.index, "ifname": end.name, "addr_info": [{"family": "inet",
        "local": own.addr(), "prefixlen": own.prefix_len(), "broadcast": own.broadcast(),
        "scope": "global", "label": end.name}]});
    put(
        &mut netns,
        ADDR,
        &[section::object(lo), section::object(eth)],
    );
    let mut routes = Vec::new();
    if let Some(gateway) = gateway {
        let route = json!({"dst": "default", "gateway": gateway, "dev": end.name, "flags": []});
        routes.push(section::object(route));
    }
    put(&mut netns, ROUTE, &routes);
    link::routes_of_addresses(&mut netns, "lo");
    link::routes_of_addresses(&mut netns, end.name);
    run(&mut netns, "sysctl -a", sysctls.to_owned());
    let sockets = ports.iter().map(|port| socket(true, *port)).collect();
    run(&mut netns, "ss -Htulnp", sockets);
    netns
}

fn put(netns: &mut Namespace<'static>, command: &'static str, list: &[Object]) {
    let list: Vec<Value> = list.iter().cloned().map(Value::Object).collect();
    run(netns, command, json::value(&Value::Array(list)) + "\n");
}

fn run(netns: &mut Namespace<'static>, command: &'static str, text: String) {
    netns.runs.push(Run {
        command: Cow::Borrowed(command),
        text: Cow::Owned(text),
        line: 0,
    });
}

/// What a new namespace has of the settings of the machine's own
/// (`devinet_init_net` of net/ipv4/devinet.c): `all` and `default`.
fn inherited(host: &Namespace<'_>) -> String {
    let text = section::read(host, Kind::Sysctl);
    let lines = text.lines().filter(|line| {
        crate::sysctl::parse(line).is_some_and(|(name, _)| {
            name.starts_with("net.ipv4.conf.all.")
                || name.starts_with("net.ipv4.conf.default.")
                || name == "net.ipv4.ip_forward"
        })
    });
    lines.map(|line| format!("{}\n", line.trim())).collect()
}

fn fresh_name(frame: &Frame<'_>, name: &str) -> Result<(), Refused> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let starts = name
        .chars()
        .next()
        .is_some_and(|c| c.is_ascii_alphanumeric());
    if !starts || name.len() > LONGEST || !name.chars().all(fine) {
        let what = format!("{name:?} is no name: letters, digits, _ . and -, at most {LONGEST}");
        return Err(Refused::because(what));
    }
    match frame.namespace(name) {
        Some(_) => Err(Refused::because(format!("there is a {name} already"))),
        None => Ok(()),
    }
}

/// The first IPv4 address of a device, with its prefix.
pub(crate) fn subnet(netns: &Namespace<'_>, dev: &str) -> Option<Ipv4Net> {
    addresses(netns)
        .into_iter()
        .find(|(name, _)| name == dev)
        .map(|(_, net)| net)
}

fn addresses(netns: &Namespace<'_>) -> Vec<(String, Ipv4Net)> {
    let mut out = Vec::new();
    for device in section::objects(netns, Kind::Addr) {
        let Some(name) = section::text(&device, "ifname") else {
            continue;
        };
        let list = device.get("addr_info").and_then(Value::as_array);
        for addr in list.into_iter().flatten() {
            let local = addr.get("local").and_then(Value::as_str);
            let local: Option<Ipv4Addr> = local.and_then(|local| local.parse().ok());
            let prefix = addr.get("prefixlen").and_then(Value::as_u64).unwrap_or(32);
            let prefix = u8::try_from(prefix).unwrap_or(32);
            if let Some(Ok(net)) = local.map(|local| Ipv4Net::new(local, prefix)) {
                out.push((name.to_owned(), net));
            }
        }
    }
    out
}

fn taken(frame: &Frame<'_>) -> Vec<Ipv4Addr> {
    let all = frame.namespaces.iter().flat_map(addresses);
    all.map(|(_, net)| net.addr()).collect()
}

/// The lowest address of the subnet that nobody has, after the device's own.
fn free_address(frame: &Frame<'_>, net: Ipv4Net) -> Option<Ipv4Addr> {
    let taken = taken(frame);
    net.hosts().find(|addr| !taken.contains(addr))
}

/// Where the default route by `dev` leads.
fn gateway(netns: &Namespace<'_>, dev: &str) -> Option<Ipv4Addr> {
    let routes = section::objects(netns, Kind::Route);
    let mut routes = routes.iter();
    let route = routes
        .find(|route| section::is(route, "dst", "default") && section::is(route, "dev", dev))?;
    section::text(route, "gateway")?.parse().ok()
}

/// Two numbers that no device has: a namespace's own numbers may be another's,
/// but a veth that came from the same place has one that is free in both.
fn pair_of_indices(frame: &Frame<'_>) -> [u64; 2] {
    let all = frame.namespaces.iter();
    let links = all.flat_map(|netns| section::objects(netns, Kind::Link));
    let indices = links.flat_map(|link| {
        [
            section::number(&link, "ifindex"),
            section::number(&link, "link_index"),
        ]
    });
    let most = indices.flatten().max().unwrap_or(1);
    [most + 1, most + 2]
}

/// The lowest number that stands for no namespace yet.
fn free_nsid(netns: &Namespace<'_>) -> u64 {
    let links = section::objects(netns, Kind::Link);
    let most = links
        .iter()
        .filter_map(|link| section::number(link, "link_netnsid"))
        .max();
    most.map_or(0, |most| most + 1)
}

/// The name of a port that leads to `name`.
fn port_name(netns: &Namespace<'_>, name: &str) -> String {
    let short: String = name.chars().filter(|c| *c != '.').take(10).collect();
    let mut port = format!("veth{short}");
    let mut number = 2;
    while find(netns, &port).is_some() {
        port = format!("veth{}{number}", short.get(..8).unwrap_or(&short));
        number += 1;
    }
    port
}

/// Docker's way: the address in the lower bytes.
fn mac_of(addr: Ipv4Addr) -> String {
    let [a, b, c, d] = addr.octets();
    format!("02:42:{a:02x}:{b:02x}:{c:02x}:{d:02x}")
}

fn port_mac(index: u64) -> String {
    let [.., a, b, c, d] = index.to_be_bytes();
    format!("06:00:{a:02x}:{b:02x}:{c:02x}:{d:02x}")
}
