//! Devices, bridges and their ports, addresses, the forwarding database.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

use packetwalk_snapshot::frame::Namespace;
use serde_json::Value;

use super::{BuildError, World, commands};
use crate::command::{batch, run_ok};
use crate::links::{Link, pairs};

/// Settings of a bridge that can be put back, as `ip link` names them, and
/// what a new bridge has.
const BRIDGE_OPTIONS: &[(&str, &str)] = &[
    ("ageing_time", "30000"),
    ("priority", "32768"),
    ("vlan_filtering", "0"),
    ("vlan_default_pvid", "1"),
    ("group_fwd_mask", "0"),
    ("mcast_snooping", "1"),
    ("mcast_router", "1"),
    ("no_linklocal_learn", "0"),
    ("nf_call_iptables", "0"),
    ("nf_call_ip6tables", "0"),
    ("nf_call_arptables", "0"),
];

/// Settings of a bridge port that can be put back, as `ip link` names them.
const PORT_OPTIONS: &[&str] = &[
    "priority",
    "cost",
    "hairpin",
    "guard",
    "root_block",
    "fastleave",
    "learning",
    "flood",
    "proxy_arp",
    "proxy_arp_wifi",
    "mcast_router",
    "mcast_flood",
    "bcast_flood",
    "mcast_to_unicast",
    "neigh_suppress",
    "vlan_tunnel",
    "isolated",
    "locked",
];

/// Makes the devices of all namespaces, with their numbers, names, MACs and
/// MTUs, in one run of `ip`.
pub(super) fn create(world: &mut World, links: &[Vec<Link>]) -> Result<(), BuildError> {
    // The kernel goes through devices in the order that they were made in, on a
    // real machine that of their numbers.
    let mut numbered: Vec<(u32, String)> = Vec::new();
    let mut late = Vec::new();
    let mut done: BTreeSet<(usize, usize)> = BTreeSet::new();
    for (a, b) in pairs(links) {
        done.insert(a);
        done.insert(b);
        let (left, right) = (&links[a.0][a.1], &links[b.0][b.1]);
        let command = format!(
            "link add {} type veth peer {}",
            end(left, &world.namespaces[a.0].path()),
            end(right, &world.namespaces[b.0].path())
        );
        let first = if a.0 <= b.0 { left } else { right };
        numbered.push((first.ifindex, command));
    }
    let mut outside = 0;
    for (n, devices) in links.iter().enumerate() {
        let path = world.namespaces[n].path();
        for (d, link) in devices.iter().enumerate() {
            if done.contains(&(n, d)) || link.link_type.as_deref() == Some("loopback") {
                continue;
            }
            match link.kind() {
                "bridge" => numbered.push((
                    link.ifindex,
                    format!("link add {} type bridge", end(link, &path)),
                )),
                "macvlan" => match lower(links, n, link) {
                    Some((there, lower)) => {
                        let mode = link.linkinfo.info_data.get("mode").and_then(Value::as_str);
                        let command = format!(
                            "link add link {lower} {} type macvlan mode {}",
                            end(link, &path),
                            mode.unwrap_or("private")
                        );
                        late.push((there, command));
                    }
                    None => world.note(
                        &world.namespaces[n].name.clone(),
                        format!(
                            "{}: the device below it is not in the snapshot",
                            link.ifname
                        ),
                    ),
                },
                kind => {
                    if !matches!(kind, "" | "veth" | "dummy") {
                        world.note(
                            &world.namespaces[n].name.clone(),
                            format!(
                                "{}: a {kind} device is recorded as a veth that leads outside",
                                link.ifname
                            ),
                        );
                    }
                    outside += 1;
                    let command = format!(
                        "link add {} type veth peer name out{outside} mtu 65535 netns {}",
                        end(link, &path),
                        world.sink.path()
                    );
                    numbered.push((link.ifindex, command));
                }
            }
        }
    }
    numbered.sort();
    let lines: Vec<String> = numbered.into_iter().map(|(_, line)| line).collect();
    let failed = batch(&world.sink, "ip", &lines)?;
    world.notes.extend(failed);
    for (there, line) in late {
        let failed = batch(&world.namespaces[there], "ip", &[line])?;
        world.notes.extend(failed);
    }
    Ok(())
}

fn end(link: &Link, path: &str) -> String {
    let mut words = format!("name {} index {} netns {path}", link.ifname, link.ifindex);
    if let Some(mtu) = link.mtu {
        words += &format!(" mtu {mtu}");
    }
    if let Some(address) = &link.address {
        words += &format!(" address {address}");
    }
    if let Some(length) = link.txqlen {
        words += &format!(" txqueuelen {length}");
    }
    words
}

/// The namespace and name of the device that a macvlan of namespace `n` stands
/// on; where several fit, the first.
fn lower<'a>(links: &'a [Vec<Link>], n: usize, link: &Link) -> Option<(usize, &'a str)> {
    let away = link.link_netnsid.is_some();
    links.iter().enumerate().find_map(|(there, devices)| {
        let fits = |other: &&Link| {
            let named = Some(other.ifindex) == link.link_index
                || (!away && Some(&other.ifname) == link.link.as_ref());
            named && (there == n) != away && matches!(other.kind(), "" | "veth" | "bridge")
        };
        let lower = devices.iter().find(fits)?;
        Some((there, lower.ifname.as_str()))
    })
}

/// Puts ports into bridges, sets options, brings devices up, adds addresses.
pub(super) fn configure(
    world: &mut World,
    index: usize,
    netns: &Namespace<'_>,
    links: &[Link],
) -> Result<(), BuildError> {
    let mut lines = Vec::new();
    for link in links {
        if link.kind() == "bridge" {
            bridge_options(world, &netns.name, link, &mut lines);
        }
    }
    for link in links {
        let name = &link.ifname;
        if let Some(master) = &link.master {
            lines.push(format!("link set dev {name} master {master}"));
        }
        for (flag, option, usual) in [
            ("PROMISC", "promisc", false),
            ("ALLMULTI", "allmulticast", false),
            ("NOARP", "arp", false),
            ("MULTICAST", "multicast", true),
        ] {
            if link.link_type.as_deref() != Some("loopback") && link.has(flag) != usual {
                // NOARP is switched the other way round: `arp off`.
                let on = if option == "arp" { usual } else { !usual };
                lines.push(format!("link set dev {name} {option} {}", on_off(on)));
            }
        }
        if link.link_type.as_deref() == Some("loopback")
            && let Some(mtu) = link.mtu
        {
            lines.push(format!("link set dev {name} mtu {mtu}"));
        }
    }
    let addresses: Vec<Value> = world.json(netns, commands::ADDRESSES);
    // Ports first, so that a bridge has carrier when it comes up.
    for pass in [true, false] {
        for link in links.iter().filter(|l| l.master.is_some() == pass) {
            if link.has("UP") {
                lines.push(format!("link set dev {} up", link.ifname));
            }
        }
    }
    for device in &addresses {
        address_lines(device, world.wants.ipv6, &mut lines);
    }
    // Port options want the port in its state; `ip` sets them one by one so
    // that an unknown one costs only itself.
    let ports: Vec<Value> = world.json(netns, commands::PORTS);
    for link in links.iter().filter(|l| l.master.is_some()) {
        port_options(link, &ports, &mut lines);
    }
    let failed = batch(&world.namespaces[index], "ip", &lines)?;
    // The kernel has given loopback its address already.
    world.notes.extend(
        failed
            .into_iter()
            .filter(|note| !note.contains("already assigned")),
    );
    Ok(())
}

fn bridge_options(world: &mut World, netns: &str, link: &Link, lines: &mut Vec<String>) {
    let data = &link.linkinfo.info_data;
    if data.get("stp_state").and_then(Value::as_u64).unwrap_or(0) != 0 {
        world.note(
            netns,
            format!(
                "{}: recorded without the spanning tree protocol",
                link.ifname
            ),
        );
    }
    let name = &link.ifname;
    for (option, usual) in BRIDGE_OPTIONS {
        if let Some(value) = data.get(*option).map(scalar)
            && value != *usual
        {
            lines.push(format!("link set dev {name} type bridge {option} {value}"));
        }
    }
    if let Some(group) = data.get("group_addr").and_then(Value::as_str)
        && group != "01:80:c2:00:00:00"
    {
        lines.push(format!(
            "link set dev {name} type bridge group_address {group}"
        ));
    }
}

fn port_options(link: &Link, ports: &[Value], lines: &mut Vec<String>) {
    let mut options = link.linkinfo.info_slave_data.clone();
    let shown = ports
        .iter()
        .find(|port| port.get("ifname").and_then(Value::as_str) == Some(&link.ifname));
    for (name, value) in shown.and_then(Value::as_object).into_iter().flatten() {
        options.insert(name.clone(), value.clone());
    }
    if let Some(value) = options.remove("multicast_router") {
        options.entry("mcast_router").or_insert(value);
    }
    for name in PORT_OPTIONS {
        let Some(value) = options.get(*name) else {
            continue;
        };
        if usual_port_option(name, value) {
            continue;
        }
        lines.push(format!(
            "link set dev {} type bridge_slave {name} {}",
            link.ifname,
            scalar(value)
        ));
    }
}

/// Whether a new port has this setting already.
fn usual_port_option(name: &str, value: &Value) -> bool {
    match name {
        "priority" => value.as_u64() == Some(32),
        "cost" => value.as_u64() == Some(2),
        "mcast_router" => value.as_u64() == Some(1),
        "learning" | "flood" | "mcast_flood" | "bcast_flood" => value.as_bool() == Some(true),
        _ => value.as_bool() == Some(false),
    }
}

fn address_lines(device: &Value, ipv6: bool, lines: &mut Vec<String>) {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let Some(dev) = text(device, "ifname") else {
        return;
    };
    let infos = device.get("addr_info").and_then(Value::as_array);
    for info in infos.into_iter().flatten() {
        let family = text(info, "family").unwrap_or_default();
        if family == "inet6" && !ipv6 {
            continue;
        }
        let (Some(local), Some(length)) = (
            text(info, "local"),
            info.get("prefixlen").and_then(Value::as_u64),
        ) else {
            continue;
        };
        let mut line = match text(info, "address") {
            Some(peer) => format!("addr add {local} peer {peer}/{length}"),
            None => format!("addr add {local}/{length}"),
        };
        if let Some(broadcast) = text(info, "broadcast") {
            line += &format!(" broadcast {broadcast}");
        }
        if let Some(scope) = text(info, "scope") {
            line += &format!(" scope {scope}");
        }
        if let Some(label) = text(info, "label") {
            line += &format!(" label {label}");
        }
        if info.get("noprefixroute").is_some() {
            line += " noprefixroute";
        }
        if family == "inet6" {
            line += " nodad";
        }
        lines.push(format!("{line} dev {dev}"));
    }
}

/// Brings up the far ends of the cables that lead outside.
pub(super) fn raise_sink(world: &mut World) -> Result<(), BuildError> {
    let shown = run_ok(&world.sink, "ip -j link show", "")?;
    let links: Vec<Link> = serde_json::from_str(&shown).unwrap_or_default();
    let lines: Vec<String> = links
        .iter()
        .filter(|link| link.ifname.starts_with("out"))
        .map(|link| format!("link set dev {} arp off up", link.ifname))
        .collect();
    let failed = batch(&world.sink, "ip", &lines)?;
    world.notes.extend(failed);
    Ok(())
}

/// Adds the entries of the forwarding database that a bridge does not make
/// by itself.
pub(super) fn forwarding_database(
    world: &mut World,
    index: usize,
    netns: &Namespace<'_>,
    links: &[Link],
) -> Result<(), BuildError> {
    let entries: Vec<Value> = world.json(netns, commands::FDB);
    let mut lines = Vec::new();
    for entry in &entries {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
        let (mac, dev) = (text("mac"), text("ifname"));
        if text("master").is_empty() {
            continue;
        }
        let own = links
            .iter()
            .any(|link| link.ifname == dev && link.address.as_deref() == Some(mac));
        let state = match text("state") {
            "permanent" if own => continue,
            "permanent" => "local",
            "static" => "static",
            _ => "dynamic",
        };
        let mut line = format!("fdb replace {mac} dev {dev} master {state}");
        if let Some(vlan) = entry.get("vlan").and_then(Value::as_u64) {
            line += &format!(" vlan {vlan}");
        }
        let flags = entry.get("flags").and_then(Value::as_array);
        for flag in flags.into_iter().flatten().filter_map(Value::as_str) {
            if matches!(flag, "sticky" | "extern_learn") {
                line += &format!(" {flag}");
            }
        }
        lines.push(line);
    }
    let failed = batch(&world.namespaces[index], "bridge", &lines)?;
    world.notes.extend(failed);
    Ok(())
}

/// Waits until every device that should have carrier has it: the kernel sees
/// to that in a work queue. A bridge port forwards only from then on.
pub(super) fn await_carrier(world: &mut World, links: &[Vec<Link>]) -> Result<(), BuildError> {
    let deadline = Instant::now() + Duration::from_secs(3);
    for (index, wanted) in links.iter().enumerate() {
        let up: Vec<&Link> = wanted.iter().filter(|l| l.has("LOWER_UP")).collect();
        if !up
            .iter()
            .any(|link| link.master.is_some() || link.kind() == "bridge")
        {
            continue;
        }
        loop {
            let shown = run_ok(&world.namespaces[index], "ip -j -d link show", "")?;
            let now: Vec<Link> = serde_json::from_str(&shown).unwrap_or_default();
            let missing = up.iter().find(|link| {
                let bridge = wanted
                    .iter()
                    .find(|l| Some(&l.ifname) == link.master.as_ref());
                let forwards = bridge.is_some_and(|bridge| bridge.has("UP"));
                !now.iter().any(|other| {
                    other.ifname == link.ifname
                        && other.has("LOWER_UP")
                        && (!forwards || state(other) == Some("forwarding"))
                })
            });
            match missing {
                None => break,
                Some(link) if Instant::now() > deadline => {
                    let name = world.namespaces[index].name.clone();
                    world.note(&name, format!("{} did not come up", link.ifname));
                    break;
                }
                Some(_) => sleep(Duration::from_millis(3)),
            }
        }
        // A port can be told its state only once it is up; without the spanning
        // tree protocol most kernels set it back.
        let lines: Vec<String> = up
            .iter()
            .filter_map(|link| {
                let state = match state(link)? {
                    "disabled" => 0,
                    "listening" => 1,
                    "learning" => 2,
                    "blocking" => 4,
                    _ => return None,
                };
                let name = &link.ifname;
                Some(format!(
                    "link set dev {name} type bridge_slave state {state}"
                ))
            })
            .collect();
        let failed = batch(&world.namespaces[index], "ip", &lines)?;
        world.notes.extend(failed);
    }
    Ok(())
}

fn state(link: &Link) -> Option<&str> {
    link.linkinfo.info_slave_data.get("state")?.as_str()
}

fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Bool(on) => on_off(*on).to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
