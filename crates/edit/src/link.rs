//! Devices switched on and off, and the settings of bridge ports.
//!
//! What a kernel does along with it was recorded (`tests/edits`): carriers
//! (drivers/net/veth.c `veth_open`, `veth_close`), routes (net/ipv4/
//! fib_frontend.c `fib_netdev_event`), neighbours (net/core/neighbour.c
//! `neigh_ifdown`, `neigh_carrier_down`), ports and what a bridge learnt
//! (net/bridge/br_stp_if.c `br_stp_enable_port`, `br_stp_disable_port`).

use ipnet::{IpNet, Ipv4Net};
use packetwalk_core::world::World;
use packetwalk_core::world::device::DeviceKind;
use packetwalk_snapshot::frame::{Frame, Namespace};
use packetwalk_snapshot::{Kind, load};
use serde_json::{Value, json};

use crate::Refused;
use crate::section::{self, Object};
use crate::switches::PORT_FLAGS;

/// Commands that a section is added under.
pub(crate) const LINK: &str = "ip -j -d link show";
pub(crate) const ADDR: &str = "ip -j addr show";
pub(crate) const ROUTE: &str = "ip -j route show table all";
pub(crate) const NEIGH: &str = "ip -j neigh show";
pub(crate) const BRIDGE_LINK: &str = "bridge -j -d link show";
pub(crate) const FDB: &str = "bridge -j fdb show";

/// The other end of a veth: namespace and device.
pub(crate) fn peer_of(world: &World, netns: &str, dev: &str) -> Option<(String, String)> {
    let ns = world.ns_named(netns)?;
    let id = world.ns(ns).dev_named(dev)?;
    match world.dev(ns, id).kind {
        DeviceKind::Veth {
            peer: Some((ns, id)),
        } => Some((
            world.ns(ns).name.to_string(),
            world.dev(ns, id).name.to_string(),
        )),
        _ => None,
    }
}

/// The world that the frame is the text of.
pub(crate) fn world(frame: &Frame<'_>) -> World {
    load(&frame.to_string()).world
}

/// What `ip link set DEV up` or `down` does.
pub(crate) fn set(
    frame: &mut Frame<'static>,
    name: &str,
    dev: &str,
    up: bool,
) -> Result<(), Refused> {
    let world = world(frame);
    let netns = section::netns(frame, name)?;
    let link = find(netns, dev)
        .ok_or_else(|| Refused::because(format!("there is no device {dev} in {name}")))?;
    if section::has_flag(&link, "UP") == up {
        return Ok(());
    }
    let peer = peer_of(&world, name, dev);
    let carrier = match &peer {
        // A veth has a carrier while both ends are up.
        Some((other, other_dev)) => {
            let there = section::netns(frame, other)?;
            find(there, other_dev).is_some_and(|link| section::has_flag(&link, "UP"))
        }
        None => true,
    };
    let netns = section::netns(frame, name)?;
    flags(netns, dev, |link| {
        section::flag(link, "UP", up);
        section::flag(link, "LOWER_UP", up && carrier);
        section::flag(link, "NO-CARRIER", up && !carrier);
        let state = match (up, carrier) {
            (false, _) => "DOWN",
            (true, true) => "UP",
            (true, false) => "LOWERLAYERDOWN",
        };
        link.insert("operstate".into(), state.into());
    });
    if up {
        routes_of_addresses(netns, dev);
    } else {
        section::change(netns, Kind::Route, ROUTE, |routes| {
            routes.retain(|route| !section::is(route, "dev", dev) || stays(route));
        });
        section::change(netns, Kind::Neigh, NEIGH, |entries| {
            entries.retain(|entry| !section::is(entry, "dev", dev));
        });
    }
    if is_bridge(&link) {
        bridge(netns, dev);
    }
    port_state(netns, dev);
    if let Some((other, other_dev)) = peer {
        let there = section::netns(frame, &other)?;
        carrier_changed(there, &other_dev, up);
    }
    Ok(())
}

/// The other end of a veth went up or down.
fn carrier_changed(netns: &mut Namespace<'static>, dev: &str, on: bool) {
    let Some(link) = find(netns, dev) else { return };
    if !section::has_flag(&link, "UP") {
        return;
    }
    flags(netns, dev, |link| {
        section::flag(link, "LOWER_UP", on);
        section::flag(link, "NO-CARRIER", !on);
        let state = if on { "UP" } else { "LOWERLAYERDOWN" };
        link.insert("operstate".into(), state.into());
    });
    link_down_routes(netns, dev, on);
    port_state(netns, dev);
}

/// Routes over a device without a carrier stay, marked; neighbours go.
fn link_down_routes(netns: &mut Namespace<'static>, dev: &str, on: bool) {
    section::change(netns, Kind::Route, ROUTE, |routes| {
        for route in routes.iter_mut() {
            // Only unicast routes and broadcasts are marked.
            if section::is(route, "dev", dev) && section::text(route, "type") != Some("local") {
                section::flag(route, "linkdown", !on);
            }
        }
    });
    if !on {
        section::change(netns, Kind::Neigh, NEIGH, |entries| {
            entries.retain(|entry| {
                let permanent = entry.get("state").is_some_and(|state| {
                    state
                        .as_array()
                        .is_some_and(|list| list.contains(&json!("PERMANENT")))
                });
                !section::is(entry, "dev", dev) || permanent
            });
        });
    }
}

/// Ports of a bridge that goes up or down.
fn bridge(netns: &mut Namespace<'static>, dev: &str) {
    let ports: Vec<String> = section::objects(netns, Kind::Link)
        .iter()
        .filter(|link| section::is(link, "master", dev))
        .filter_map(|link| section::text(link, "ifname").map(str::to_owned))
        .collect();
    for port in &ports {
        port_state(netns, port);
    }
    bridge_carrier(netns, dev);
}

/// Gives a port the state that follows from its bridge and its carrier, and
/// the bridge its carrier. A device that is no port is left alone.
fn port_state(netns: &mut Namespace<'static>, dev: &str) {
    let Some(link) = find(netns, dev) else { return };
    let Some(master) = section::text(&link, "master").map(str::to_owned) else {
        return;
    };
    let bridge_up = find(netns, &master).is_some_and(|link| section::has_flag(&link, "UP"));
    let on = bridge_up && section::has_flag(&link, "UP") && section::has_flag(&link, "LOWER_UP");
    let state: Value = if on { "forwarding" } else { "disabled" }.into();
    section::change(netns, Kind::Link, LINK, |links| {
        for link in links
            .iter_mut()
            .filter(|link| section::is(link, "ifname", dev))
        {
            if let Some(data) = slave(link) {
                data.insert("state".into(), state.clone());
            }
        }
    });
    section::change(netns, Kind::BridgeLink, BRIDGE_LINK, |ports| {
        for port in ports
            .iter_mut()
            .filter(|port| section::is(port, "ifname", dev))
        {
            port.insert("state".into(), state.clone());
        }
    });
    if !on {
        // What was learnt there is forgotten; what was set stays.
        section::change(netns, Kind::Fdb, FDB, |entries| {
            entries.retain(|entry| {
                let learnt = section::text(entry, "state").unwrap_or("").is_empty()
                    || section::is(entry, "state", "stale")
                    || section::is(entry, "state", "reachable");
                !(section::is(entry, "ifname", dev) && entry.contains_key("master") && learnt)
            });
        });
    }
    bridge_carrier(netns, &master);
}

/// A bridge has a carrier while one of its ports forwards.
fn bridge_carrier(netns: &mut Namespace<'static>, dev: &str) {
    let links = section::objects(netns, Kind::Link);
    let Some(own) = find(netns, dev) else { return };
    let up = section::has_flag(&own, "UP");
    let mut ports = links.iter().filter(|link| section::is(link, "master", dev));
    let on = up && ports.any(|port| state(netns, port).as_deref() == Some("forwarding"));
    let had = section::has_flag(&own, "LOWER_UP");
    flags(netns, dev, |link| {
        section::flag(link, "LOWER_UP", on);
        section::flag(link, "NO-CARRIER", up && !on);
        let state = if on { "UP" } else { "DOWN" };
        link.insert("operstate".into(), state.into());
    });
    if up && on != had {
        link_down_routes(netns, dev, on);
    }
}

/// The ports of a bridge are others than before.
pub(crate) fn ports_changed(netns: &mut Namespace<'static>, bridge: &str) {
    bridge_carrier(netns, bridge);
}

/// The state of a port, by whichever command tells it.
fn state(netns: &Namespace<'_>, port: &Object) -> Option<String> {
    let name = section::text(port, "ifname")?;
    let ports = section::objects(netns, Kind::BridgeLink);
    let told = ports
        .iter()
        .find(|other| section::is(other, "ifname", name));
    let told = told.and_then(|port| section::text(port, "state"));
    let data = port
        .get("linkinfo")
        .and_then(|info| info.get("info_slave_data"));
    let other = data.and_then(|data| data.get("state")?.as_str());
    let up = section::has_flag(port, "UP") && section::has_flag(port, "LOWER_UP");
    let default = if up { "forwarding" } else { "disabled" };
    Some(told.or(other).unwrap_or(default).to_owned())
}

/// Does a route stay when its device goes down? Those to its own addresses do.
fn stays(route: &Object) -> bool {
    let v6 = section::text(route, "dst").is_some_and(|dst| dst.contains(':'))
        || route.contains_key("pref");
    v6 || section::is(route, "type", "local")
}

/// Adds the routes that addresses bring along (`fib_add_ifaddr`).
pub(crate) fn routes_of_addresses(netns: &mut Namespace<'static>, dev: &str) {
    let devices = section::objects(netns, Kind::Addr);
    let device = devices
        .iter()
        .find(|device| section::is(device, "ifname", dev));
    let list = device.and_then(|device| device.get("addr_info")?.as_array());
    let mut wanted = Vec::new();
    for addr in list.into_iter().flatten() {
        let local = addr.get("local").and_then(Value::as_str);
        let prefix = addr.get("prefixlen").and_then(Value::as_u64);
        let net = local.and_then(|local| local.parse().ok()).zip(prefix);
        let Some(Ok(net)) =
            net.map(|(local, prefix)| IpNet::new(local, u8::try_from(prefix).unwrap_or(u8::MAX)))
        else {
            continue;
        };
        if let IpNet::V4(net) = net {
            let broadcast = addr.get("broadcast").and_then(Value::as_str);
            let secondary = addr.get("secondary").and_then(Value::as_bool) == Some(true);
            wanted.extend(address_routes(dev, net, broadcast, secondary));
        }
    }
    section::change(netns, Kind::Route, ROUTE, |routes| {
        for route in wanted {
            let same = |other: &Object| {
                ["dst", "dev", "type"]
                    .iter()
                    .all(|key| other.get(*key) == route.get(*key))
                    && other.get("prefsrc") == route.get("prefsrc")
            };
            if !routes.iter().any(same) {
                routes.push(route);
            }
        }
    });
}

fn address_routes(
    dev: &str,
    net: Ipv4Net,
    broadcast: Option<&str>,
    secondary: bool,
) -> Vec<Object> {
    let addr = net.addr();
    let mut out = vec![
        json!({"type": "local", "dst": addr, "dev": dev, "table": "local",
        "protocol": "kernel", "scope": "host", "prefsrc": addr, "flags": []}),
    ];
    if !secondary && net.prefix_len() < 32 {
        out.push(
            json!({"dst": net.trunc().to_string(), "dev": dev, "protocol": "kernel",
            "scope": "link", "prefsrc": addr, "flags": []}),
        );
    }
    // The subnet's last address is a broadcast, whatever was asked for.
    let mut broadcasts = Vec::new();
    if net.prefix_len() < 31 && !secondary {
        broadcasts.push(net.broadcast().to_string());
    }
    if let Some(broadcast) = broadcast.filter(|word| *word != "255.255.255.255")
        && !broadcasts.iter().any(|known| known == broadcast)
    {
        broadcasts.push(broadcast.to_owned());
    }
    for broadcast in broadcasts {
        out.push(
            json!({"type": "broadcast", "dst": broadcast, "dev": dev, "table": "local",
            "protocol": "kernel", "scope": "link", "prefsrc": addr, "flags": []}),
        );
    }
    out.into_iter().map(section::object).collect()
}

/// What `bridge link set dev DEV FLAG on` or `off` does.
pub(crate) fn port(
    netns: &mut Namespace<'static>,
    dev: &str,
    flag: &str,
    on: bool,
) -> Result<(), Refused> {
    if !PORT_FLAGS.contains(&flag) {
        return Err(Refused::because(format!("a port has no setting {flag:?}")));
    }
    let is_port = |netns: &Namespace<'_>| {
        let of = |kind| section::objects(netns, kind);
        let mut all = of(Kind::Link).into_iter().chain(of(Kind::BridgeLink));
        all.any(|link| section::is(&link, "ifname", dev) && link.contains_key("master"))
    };
    if !is_port(netns) {
        return Err(Refused::because(format!("{dev} is no port of a bridge")));
    }
    section::change(netns, Kind::Link, LINK, |links| {
        for link in links
            .iter_mut()
            .filter(|link| section::is(link, "ifname", dev))
        {
            if link.contains_key("master")
                && let Some(data) = slave(link)
            {
                data.insert(flag.into(), on.into());
            }
        }
    });
    if section::has(netns, Kind::BridgeLink) {
        section::change(netns, Kind::BridgeLink, BRIDGE_LINK, |ports| {
            for port in ports
                .iter_mut()
                .filter(|port| section::is(port, "ifname", dev))
            {
                port.insert(flag.into(), on.into());
            }
        });
    }
    Ok(())
}

/// The device as `ip link` shows it.
pub(crate) fn find(netns: &Namespace<'_>, dev: &str) -> Option<Object> {
    let mut links = section::objects(netns, Kind::Link).into_iter();
    links.find(|link| section::is(link, "ifname", dev))
}

pub(crate) fn is_bridge(link: &Object) -> bool {
    let kind = link.get("linkinfo").and_then(|info| info.get("info_kind"));
    kind.is_some_and(|kind| kind == "bridge")
}

/// Changes a device in both lists that show its flags.
fn flags(netns: &mut Namespace<'static>, dev: &str, change: impl Fn(&mut Object)) {
    for (kind, command) in [
        (Kind::Link, LINK),
        (Kind::Addr, ADDR),
        (Kind::BridgeLink, BRIDGE_LINK),
    ] {
        section::change(netns, kind, command, |links| {
            for link in links
                .iter_mut()
                .filter(|link| section::is(link, "ifname", dev))
            {
                change(link);
            }
        });
    }
}

/// `info_slave_data` of a port, made if it is missing.
fn slave(link: &mut Object) -> Option<&mut Object> {
    let info = link.entry("linkinfo").or_insert_with(|| json!({}));
    let info = info.as_object_mut()?;
    let data = info.entry("info_slave_data").or_insert_with(|| json!({}));
    data.as_object_mut()
}
