//! `ip -j -d link show` and `ip -j addr show`.

use packetwalk_core::wire::eth::MacAddr;
use packetwalk_core::world::device::{Bridge, BridgePort, Device, DeviceKind, IfAddr};
use packetwalk_core::world::{DevId, Netns, NsId};
use serde_json::Value;

use super::bridge::port_settings;
use super::json::{flags, number, objects, text, truth};
use super::pair::End;
use super::{Notes, routes};

pub(super) fn links(
    section: &str,
    id: NsId,
    netns: &mut Netns,
    ends: &mut Vec<End>,
    notes: &mut Notes,
) {
    let mut list = objects(section, notes);
    list.sort_by_key(|link| number(link, "ifindex"));
    for link in &list {
        let (Some(ifindex), Some(name)) = (number(link, "ifindex"), text(link, "ifname")) else {
            notes.error(0, "a device without ifindex or ifname", "");
            continue;
        };
        let info = link.get("linkinfo");
        let kind = info.and_then(|info| text(info, "info_kind")).unwrap_or("");
        let data = info.and_then(|info| info.get("info_data"));
        let device_kind = match kind {
            "" if text(link, "link_type") == Some("loopback") => DeviceKind::Loopback,
            "bridge" => DeviceKind::Bridge(Box::new(bridge(data))),
            "veth" => {
                ends.push(End {
                    ns: id,
                    dev: DevId(netns.devices.len() as u16),
                    ifindex,
                    peer_index: number(link, "link_index"),
                    nsid: number(link, "link_netnsid"),
                    peer_name: text(link, "link").map(str::to_owned),
                });
                DeviceKind::Veth { peer: None }
            }
            "dummy" => DeviceKind::Dummy,
            "vlan" => DeviceKind::Vlan {
                // The lower device is found below, by name or index.
                lower: None,
                vid: data.and_then(|data| number(data, "id")).unwrap_or(0) as u16,
            },
            "" => DeviceKind::Outside,
            other => DeviceKind::Other(other.into()),
        };
        let mac = text(link, "address")
            .and_then(|mac| mac.parse().ok())
            .unwrap_or(MacAddr::ZERO);
        let mut device = Device::new(ifindex, name, device_kind, mac);
        let set = flags(link);
        device.up = set.contains(&"UP");
        device.carrier = set.contains(&"LOWER_UP");
        device.noarp = set.contains(&"NOARP") || device.is_loopback();
        // A bridge port is promiscuous for its bridge's sake.
        device.promisc = set.contains(&"PROMISC");
        device.allmulti = set.contains(&"ALLMULTI");
        if let Some(mtu) = number(link, "mtu") {
            device.mtu = mtu;
        }
        device.group = match text(link, "group") {
            None | Some("default") => 0,
            Some(group) => group.parse().unwrap_or(0),
        };
        netns.devices.push(device);
    }
    for link in &list {
        let Some(dev) = text(link, "ifname").and_then(|name| netns.dev_named(name)) else {
            continue;
        };
        let at = usize::from(dev.0);
        if let Some(master) = text(link, "master") {
            let slave = link.get("linkinfo");
            let master_id = netns.dev_named(master);
            let is_bridge = master_id
                .and_then(|id| netns.devices.get(usize::from(id.0)))
                .is_some_and(|device| device.bridge().is_some());
            match master_id {
                Some(master_id) if is_bridge => {
                    let mut port = BridgePort::new(master_id);
                    if let Some(data) = slave.and_then(|info| info.get("info_slave_data")) {
                        port_settings(&mut port, data);
                    }
                    if let Some(device) = netns.devices.get_mut(at) {
                        device.port = Some(port);
                    }
                }
                Some(_) => notes.not_modelled(format!("{master} as master of a device")),
                None => notes.error(
                    0,
                    format!("no device called {master}, the master of one"),
                    "",
                ),
            }
        }
        let lower = text(link, "link")
            .and_then(|name| netns.dev_named(name))
            .or_else(|| netns.dev_by_index(number(link, "link_index")?));
        if let Some(device) = netns.devices.get_mut(at)
            && let DeviceKind::Vlan { lower: place, .. } = &mut device.kind
        {
            *place = lower;
        }
    }
    for device in &netns.devices {
        if let DeviceKind::Other(kind) = &device.kind {
            notes.not_modelled(format!("device {} of kind {kind}", device.name));
        }
    }
}

fn bridge(data: Option<&Value>) -> Bridge {
    let Some(data) = data else {
        return Bridge {
            ageing: 300,
            mcast_snooping: true,
            ..Bridge::default()
        };
    };
    let on = |key: &str| truth(data, key).unwrap_or(false);
    Bridge {
        ageing: number(data, "ageing_time").unwrap_or(30000) / 100,
        vlan_filtering: on("vlan_filtering"),
        group_fwd_mask: text(data, "group_fwd_mask")
            .and_then(|mask| u16::from_str_radix(mask.trim_start_matches("0x"), 16).ok())
            .or_else(|| number(data, "group_fwd_mask").map(|mask| mask as u16))
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

pub(super) fn addresses(section: &str, netns: &mut Netns, notes: &mut Notes) {
    for link in objects(section, notes) {
        let Some(dev) = text(&link, "ifname").and_then(|name| netns.dev_named(name)) else {
            continue;
        };
        let list = link.get("addr_info").and_then(Value::as_array);
        for addr in list.into_iter().flatten() {
            if addr.as_object().is_some_and(serde_json::Map::is_empty) {
                continue;
            }
            let Some(local) = text(addr, "local").and_then(|local| local.parse().ok()) else {
                notes.error(0, "an address that is not one", "");
                continue;
            };
            let parse = |key: &str| text(addr, key).and_then(|text| text.parse().ok());
            let own = IfAddr {
                local,
                peer: parse("address"),
                prefix: number(addr, "prefixlen").unwrap_or(32) as u8,
                scope: routes::scope(text(addr, "scope").unwrap_or("global")),
                secondary: truth(addr, "secondary").unwrap_or(false),
                broadcast: parse("broadcast"),
            };
            if let Some(device) = netns.devices.get_mut(usize::from(dev.0)) {
                device.addrs.push(own);
            }
        }
    }
}
