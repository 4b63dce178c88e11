//! `bridge -j -d link show` and `bridge -j fdb show`.
//!
//! Not modelled: the entries of a device's own list (`self`), and VLANs.

use packetwalk_core::bridge::fdb::FdbEntry;
use packetwalk_core::wire::eth::MacAddr;
use packetwalk_core::world::device::{BridgePort, PortState};
use packetwalk_core::world::{DevId, Netns};
use serde_json::Value;

use super::Notes;
use super::devices::{Names, device};
use super::json::{flag, number, objects, text, truth};

/// Reads the settings of a port, by the names that both `ip -d link`
/// and `bridge -d link` use.
pub(super) fn port_settings(port: &mut BridgePort, data: &Value) {
    if let Some(state) = text(data, "state") {
        port.state = match state {
            "disabled" => PortState::Disabled,
            "listening" => PortState::Listening,
            "learning" => PortState::Learning,
            "blocking" => PortState::Blocking,
            _ => PortState::Forwarding,
        };
    }
    for (key, place) in [
        ("hairpin", &mut port.hairpin),
        ("isolated", &mut port.isolated),
        ("learning", &mut port.learning),
        ("flood", &mut port.flood),
        ("mcast_flood", &mut port.mcast_flood),
        ("bcast_flood", &mut port.bcast_flood),
        ("locked", &mut port.locked),
        ("neigh_suppress", &mut port.neigh_suppress),
        ("neigh_vlan_suppress", &mut port.neigh_vlan_suppress),
        ("proxy_arp", &mut port.proxy_arp),
        ("proxy_arp_wifi", &mut port.proxy_arp_wifi),
    ] {
        if let Some(value) = truth(data, key) {
            *place = value;
        }
    }
}

/// Reads the settings of ports.
pub(super) fn ports(section: &str, netns: &mut Netns, names: &Names, notes: &mut Notes) {
    for link in objects(section, notes) {
        // The bridge itself, and what has no bridge, is listed as well.
        if link.get("master").is_none() {
            continue;
        }
        let what = format!("port {}", text(&link, "ifname").unwrap_or(""));
        let (Some(dev), Some(master)) = (
            device(&link, "ifname", names, &what, notes),
            device(&link, "master", names, &what, notes),
        ) else {
            continue;
        };
        if dev == master {
            continue;
        }
        if let Some(device) = netns.devices.get_mut(usize::from(dev.0)) {
            let port = device.port.get_or_insert_with(|| BridgePort::new(master));
            port_settings(port, &link);
        }
    }
}

/// Reads forwarding databases.
pub(super) fn fdb(section: &str, netns: &mut Netns, names: &Names, notes: &mut Notes) {
    for entry in objects(section, notes) {
        // Without a master it is in the device's own list, not the bridge's.
        if entry.get("master").is_none() {
            continue;
        }
        let word = text(&entry, "mac").unwrap_or("");
        let Ok(mac) = word.parse::<MacAddr>() else {
            notes.error(
                0,
                format!("an entry for {word:?}"),
                "six bytes in hexadecimal",
            );
            continue;
        };
        let what = format!("entry {mac}");
        let (Some(dev), Some(master)) = (
            device(&entry, "ifname", names, &what, notes),
            device(&entry, "master", names, &what, notes),
        ) else {
            continue;
        };
        let Some(bridge) = netns
            .devices
            .get_mut(usize::from(master.0))
            .and_then(|device| device.bridge_mut())
        else {
            continue;
        };
        let vlan = number(&entry, "vlan").unwrap_or(0);
        if vlan != 0 && !bridge.vlan_filtering {
            continue;
        }
        let state = text(&entry, "state").unwrap_or("");
        let local = state == "permanent";
        let flags = entry.get("flags").and_then(Value::as_array);
        let outer = flags.is_some_and(|flags| flags.iter().any(|flag| flag == "extern_learn"));
        bridge.fdb.entries.push(FdbEntry {
            mac,
            vlan,
            port: (dev != master).then_some(dev),
            local,
            is_static: local || outer || state == "static",
            sticky: flag(&entry, "sticky"),
            updated: 0,
        });
    }
}

/// Adds the entries that a bridge always has: its own address and its ports'.
pub(super) fn complete(netns: &mut Netns) {
    let mut missing: Vec<(DevId, MacAddr, Option<DevId>)> = Vec::new();
    for (id, device) in netns.devs() {
        if device.bridge().is_some() {
            missing.push((id, device.mac, None));
        }
        if let Some(port) = &device.port {
            missing.push((port.bridge, device.mac, Some(id)));
        }
    }
    for (bridge, mac, port) in missing {
        let Some(bridge) = netns
            .devices
            .get_mut(usize::from(bridge.0))
            .and_then(|device| device.bridge_mut())
        else {
            continue;
        };
        if bridge.fdb.find(mac, 0).is_none() {
            bridge.fdb.entries.push(FdbEntry {
                mac,
                vlan: 0,
                port,
                local: true,
                is_static: true,
                sticky: false,
                updated: 0,
            });
        }
    }
}
