//! `ip -j -d link show` and `ip -j addr show`.
//!
//! Not modelled: bonds, tunnels, ipvlan and the other kinds that
//! become [`DeviceKind::Other`]; a master that is not a bridge.

use std::collections::HashMap;
use std::net::IpAddr;

use packetwalk_core::wire::eth::MacAddr;
use packetwalk_core::world::device::{Bridge, BridgePort, Device, DeviceKind, IfAddr, MacvlanMode};
use packetwalk_core::world::{DevId, Netns, NsId};
use serde_json::Value;

use super::bridge::port_settings;
use super::json::{flag, number, objects, text, truth};
use super::pair::{End, Ends, Place};
use super::{Notes, routes};

/// Kinds that take what comes in by the device below (`netdev_rx_handler_register`)
/// and are not modelled.
const TAKERS: [&str; 5] = [
    "ipvlan",
    "ipvtap",
    "macvtap",
    "macsec",
    "macvlan of mode source",
];

/// The devices of a namespace by their names.
pub(super) type Names = HashMap<String, DevId>;

/// The device that `object` names under `key`, for `what`. Nothing is said if
/// no device is known at all: then the list of links is what is missing.
pub(super) fn device(
    object: &Value,
    key: &str,
    names: &Names,
    what: &str,
    notes: &mut Notes,
) -> Option<DevId> {
    let Some(name) = text(object, key) else {
        notes.error(0, format!("{what} has no device"), "");
        return None;
    };
    let found = names.get(name).copied();
    if found.is_none() && !names.is_empty() {
        notes.error(
            0,
            format!("{what}: there is no device {name}"),
            "ip link show of the same namespace does not list it",
        );
    }
    found
}

/// Reads devices; veth ends go to `ends`.
pub(super) fn links(
    section: &str,
    id: NsId,
    netns: &mut Netns,
    names: &mut Names,
    ends: &mut Ends,
    notes: &mut Notes,
) {
    let mut list = objects(section, notes);
    packetwalk_rules::sort::by_key(&mut list, |link| number::<u32>(link, "ifindex"));
    let mut new = Vec::new();
    for link in &list {
        let (Some(ifindex), Some(name)) = (number(link, "ifindex"), text(link, "ifname")) else {
            let word = text(link, "ifname").unwrap_or("without a name");
            notes.error(0, format!("device {word}: no ifindex or no ifname"), "");
            continue;
        };
        if names.contains_key(name) {
            continue;
        }
        let Ok(place) = u16::try_from(netns.devices.len()) else {
            notes.error(0, "more than 65535 devices", "");
            break;
        };
        names.insert(name.to_owned(), DevId(place));
        netns.devices.push(one(link, ifindex, name, notes));
        new.push((DevId(place), link));
    }
    for (dev, link) in new {
        let lower = text(link, "link").and_then(|name| names.get(name).copied());
        if let Some(master) = text(link, "master") {
            let port = port(link, master, netns, names, notes);
            let kind = names
                .get(master)
                .and_then(|id| netns.devices.get(usize::from(id.0)))
                .and_then(|device| match &device.kind {
                    DeviceKind::Other(kind) => Some(kind.clone()),
                    _ => None,
                });
            if let Some(device) = netns.devices.get_mut(usize::from(dev.0)) {
                device.port = port;
                device.captured = kind;
            }
        }
        let lower_index = lower.and_then(|lower| {
            let device = netns.devices.get(usize::from(lower.0))?;
            Some(device.ifindex)
        });
        let Some(device) = netns.devices.get_mut(usize::from(dev.0)) else {
            continue;
        };
        let end = End {
            ns: id,
            dev,
            ifindex: device.ifindex,
            peer_index: number(link, "link_index").or(lower_index).or_else(|| {
                // What iproute2 calls a device that it has no name for.
                text(link, "link")?.strip_prefix("if")?.parse().ok()
            }),
            place: place_of_peer(link, lower.is_some()),
            seen: notes.place(),
        };
        match &mut device.kind {
            DeviceKind::Vlan { lower: below, .. } => *below = lower,
            DeviceKind::Veth { .. } => ends.veths.push(end),
            DeviceKind::Macvlan { .. } => ends.uppers.push(end),
            DeviceKind::Other(kind) if TAKERS.contains(&&**kind) => ends.uppers.push(end),
            _ => {}
        }
    }
}

/// Where the other end of a veth is, as its own namespace tells.
fn place_of_peer(link: &Value, at_home: bool) -> Place {
    match link.get("link_netnsid") {
        // -1: the namespace has no number here.
        Some(id) => Place::Away(id.as_u64()),
        None if at_home => Place::Home,
        None => Place::Unknown,
    }
}

fn one(link: &Value, ifindex: u32, name: &str, notes: &mut Notes) -> Device {
    let info = link.get("linkinfo");
    let kind = info.and_then(|info| text(info, "info_kind")).unwrap_or("");
    let data = info.and_then(|info| info.get("info_data"));
    let other = |kind: &str, notes: &mut Notes| {
        notes.not_modelled(format!("device {name} of kind {kind}"));
        DeviceKind::Other(kind.into())
    };
    let kind = match kind {
        // Either says so; a text that was cut down may have kept one of them.
        "" if flag(link, "LOOPBACK") || text(link, "link_type") == Some("loopback") => {
            DeviceKind::Loopback
        }
        "bridge" => DeviceKind::Bridge(Box::new(bridge(data))),
        "veth" => DeviceKind::Veth { peer: None },
        "dummy" => DeviceKind::Dummy,
        "vlan" => DeviceKind::Vlan {
            lower: None,
            vid: data.and_then(|data| number(data, "id")).unwrap_or(0),
        },
        "macvlan" => match data.and_then(|data| text(data, "mode")) {
            Some("source") => other("macvlan of mode source", notes),
            mode => DeviceKind::Macvlan {
                lower: None,
                mode: match mode {
                    Some("vepa") => MacvlanMode::Vepa,
                    Some("bridge") => MacvlanMode::Bridge,
                    Some("passthru") => MacvlanMode::Passthru,
                    _ => MacvlanMode::Private,
                },
            },
        },
        // Without -d nothing tells a veth but that it has another end.
        "" if link.get("link_netnsid").is_some() => DeviceKind::Veth { peer: None },
        "" => DeviceKind::Outside,
        kind => other(kind, notes),
    };
    let mac = text(link, "address").and_then(|mac| mac.parse().ok());
    let mut device = Device::new(ifindex, name, kind, mac.unwrap_or(MacAddr::ZERO));
    device.up = flag(link, "UP");
    device.carrier = flag(link, "LOWER_UP");
    device.noarp = flag(link, "NOARP") || device.is_loopback();
    // A bridge's count tells of taps as well; a port's is its mastership.
    let count: u32 = number(link, "promiscuity").unwrap_or(0);
    device.promisc = flag(link, "PROMISC") || (device.bridge().is_some() && count > 0);
    device.allmulti = flag(link, "ALLMULTI");
    if let Some(mtu) = number(link, "mtu") {
        device.mtu = mtu;
    }
    device.group = match text(link, "group") {
        None | Some("default") => 0,
        Some(group) => group.parse().unwrap_or_else(|_| {
            notes.not_modelled(format!(
                "device group {group}, of {name}, without its number"
            ));
            0
        }),
    };
    device
}

/// How a device is a port of the bridge `master`.
fn port(
    link: &Value,
    master: &str,
    netns: &Netns,
    names: &Names,
    notes: &mut Notes,
) -> Option<BridgePort> {
    let name = text(link, "ifname").unwrap_or("");
    let what = format!("device {name}: its master");
    let id = device(link, "master", names, &what, notes)?;
    let is_bridge = netns
        .devices
        .get(usize::from(id.0))
        .is_some_and(|device| device.bridge().is_some());
    if !is_bridge {
        notes.not_modelled(format!("{master}, which is no bridge, as master of {name}"));
        return None;
    }
    let mut port = BridgePort::new(id);
    let info = link.get("linkinfo");
    if let Some(data) = info.and_then(|info| info.get("info_slave_data")) {
        port_settings(&mut port, data);
    }
    Some(port)
}

fn bridge(data: Option<&Value>) -> Bridge {
    let none = Value::Null;
    let data = data.unwrap_or(&none);
    let on = |key: &str| truth(data, key).unwrap_or(false);
    Bridge {
        // In hundredths of a second.
        ageing: u64::from(number::<u32>(data, "ageing_time").unwrap_or(30000)) * 10_000_000,
        vlan_filtering: on("vlan_filtering"),
        group_fwd_mask: text(data, "group_fwd_mask")
            .and_then(|mask| u16::from_str_radix(mask.trim_start_matches("0x"), 16).ok())
            .or_else(|| number(data, "group_fwd_mask"))
            .unwrap_or(0),
        nf_call_iptables: on("nf_call_iptables"),
        nf_call_ip6tables: on("nf_call_ip6tables"),
        nf_call_arptables: on("nf_call_arptables"),
        mcast_snooping: truth(data, "mcast_snooping").unwrap_or(true),
        stp: on("stp_state"),
        no_linklocal_learn: on("no_linklocal_learn"),
        ..Bridge::default()
    }
}

/// Reads addresses.
pub(super) fn addresses(section: &str, netns: &mut Netns, names: &Names, notes: &mut Notes) {
    for link in objects(section, notes) {
        let Some(dev) = device(&link, "ifname", names, "addresses", notes) else {
            continue;
        };
        let list = link.get("addr_info").and_then(Value::as_array);
        for addr in list.into_iter().flatten() {
            // What a filter left out is printed as {}.
            if addr.as_object().is_some_and(serde_json::Map::is_empty) {
                continue;
            }
            let Some(own) = address(addr) else {
                let word = text(addr, "local").unwrap_or("");
                let name = text(&link, "ifname").unwrap_or("");
                notes.error(0, format!("device {name}: {word:?} is no address"), "");
                continue;
            };
            if let Some(device) = netns.devices.get_mut(usize::from(dev.0))
                && !device.addrs.contains(&own)
            {
                device.addrs.push(own);
            }
        }
    }
}

fn address(addr: &Value) -> Option<IfAddr> {
    let local: IpAddr = text(addr, "local")?.parse().ok()?;
    let bits = if local.is_ipv4() { 32 } else { 128 };
    let prefix = match addr.get("prefixlen") {
        None => bits,
        Some(_) => number(addr, "prefixlen").filter(|prefix| *prefix <= bits)?,
    };
    let other = |key: &str| text(addr, key).and_then(|text| text.parse().ok());
    Some(IfAddr {
        local,
        peer: other("address"),
        prefix,
        scope: routes::scope(text(addr, "scope").unwrap_or("global")),
        secondary: truth(addr, "secondary").unwrap_or(false),
        broadcast: other("broadcast"),
    })
}
