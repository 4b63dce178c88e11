//! Rooms and the boxes in them: what they say and how big they have to be.

use packetwalk_core::transport::SocketKind;
use packetwalk_core::world::device::{Device, DeviceKind, PortState};
use packetwalk_core::world::{DevId, NsId, World};

use super::{DeviceBox, DeviceLook, Room, RoomKind, id, plan};
use crate::geometry::{Point, Rect, point, rect, text_width, title_width};

/// Height of a device's box: name, address, hardware address.
pub(super) const DEVICE_H: f32 = 48.0;
/// Height of a line in it.
const LINE_H: f32 = 15.0;
/// Room for a namespace's name.
pub(super) const HEADER: f32 = 24.0;
/// Room for the places where programs and the IP layer have their packets.
pub(super) const INSIDE: f32 = 46.0;
/// Distance between things.
pub(super) const GAP: f32 = 12.0;

/// What a device is, for its look.
fn look(device: &Device) -> DeviceLook {
    match device.kind {
        DeviceKind::Loopback => DeviceLook::Loopback,
        DeviceKind::Veth { .. } => DeviceLook::Veth,
        DeviceKind::Bridge(_) => DeviceLook::Bridge,
        DeviceKind::Dummy => DeviceLook::Dummy,
        DeviceKind::Outside => DeviceLook::Outside,
        DeviceKind::Vlan { .. } | DeviceKind::Macvlan { .. } => DeviceLook::Vlan,
        DeviceKind::Other(_) => DeviceLook::Other,
    }
}

fn addresses(device: &Device) -> Vec<String> {
    let addrs = device.addrs.iter();
    addrs
        .map(|addr| format!("{}/{}", addr.local, addr.prefix))
        .collect()
}

/// Port settings that differ from what a fresh port has.
fn flags(device: &Device) -> Vec<String> {
    let Some(port) = &device.port else {
        return Vec::new();
    };
    let state = match port.state {
        PortState::Forwarding => "",
        PortState::Disabled => "disabled",
        PortState::Listening => "listening",
        PortState::Learning => "learning",
        PortState::Blocking => "blocking",
    };
    let unusual = [
        (port.hairpin, "hairpin"),
        (port.isolated, "isolated"),
        (!port.learning, "learning off"),
        (!port.flood, "flood off"),
        (!port.mcast_flood, "mcast_flood off"),
        (!port.bcast_flood, "bcast_flood off"),
        (port.locked, "locked"),
        (port.neigh_suppress, "neigh_suppress"),
        (!state.is_empty(), state),
    ];
    let unusual = unusual.iter().filter(|(is, _)| *is);
    unusual.map(|(_, name)| (*name).to_owned()).collect()
}

/// A device's box without a place.
pub(super) fn device_box(world: &World, ns: NsId, dev: DevId) -> Option<DeviceBox> {
    let netns = world.namespaces.get(usize::from(ns.0))?;
    let device = netns.devices.get(usize::from(dev.0))?;
    let master = device.port.as_ref().and_then(|port| {
        let bridge = netns.devices.get(usize::from(port.bridge.0))?;
        Some(bridge.name.clone())
    });
    Some(DeviceBox {
        id: id(&netns.name, &device.name),
        netns: netns.name.clone(),
        name: device.name.clone(),
        look: look(device),
        area: Rect::default(),
        anchor: Point::default(),
        vertical: false,
        lines: Vec::new(),
        addresses: addresses(device),
        mac: device.mac.to_string(),
        mtu: device.mtu,
        up: device.up && device.carrier,
        master,
        flags: flags(device),
    })
}

/// Says what fits into a box that has its place.
pub(super) fn fit(device: &mut DeviceBox) {
    let rows = if device.vertical {
        1
    } else {
        (device.area.h / LINE_H).floor().max(1.0) as usize
    };
    let mac = (device.look != DeviceLook::Loopback).then_some(device.mac.as_str());
    // Link-local addresses say little.
    let local = |text: &&str| !text.starts_with("fe80:");
    let addresses = device.addresses.iter().map(String::as_str).filter(local);
    let flags = device.flags.iter().map(String::as_str);
    let texts = flags.chain(addresses).chain(mac);
    let mut lines = vec![device.name.to_string()];
    if device.look == DeviceLook::Bridge {
        // A bar is low: all stands in one line.
        let mut left = device.area.w - text_width(&device.name) - 16.0;
        for text in texts {
            left -= text_width(text) + 14.0;
            if left < 0.0 {
                break;
            }
            lines.push(text.to_owned());
        }
        device.lines = lines;
        return;
    }
    lines.extend(
        texts
            .filter(|text| text_width(text) + 8.0 <= device.area.w)
            .take(rows.saturating_sub(1))
            .map(str::to_owned),
    );
    // With more addresses than rows, the hardware address keeps its row.
    if let Some(mac) = mac
        && rows > 2
        && lines.len() == rows
        && device.addresses.len() >= rows
        && text_width(mac) + 8.0 <= device.area.w
        && let Some(last) = lines.last_mut()
    {
        mac.clone_into(last);
    }
    device.lines = lines;
}

/// How wide a device's box wants to be; `spare` leaves the hardware address
/// out.
pub(super) fn device_width(device: &DeviceBox, spare: bool) -> f32 {
    let mut widest = text_width(&device.name);
    for address in &device.addresses {
        widest = widest.max(text_width(address));
    }
    if !spare && device.look != DeviceLook::Loopback {
        widest = widest.max(text_width(&device.mac));
    }
    (widest + 14.0).max(64.0)
}

/// Programs that listen: name, protocol and port.
fn listens(world: &World, ns: NsId) -> Vec<String> {
    let Some(netns) = world.namespaces.get(usize::from(ns.0)) else {
        return Vec::new();
    };
    let mut out: Vec<String> = Vec::new();
    for socket in netns.sockets.list.iter().filter(|socket| !socket.dead) {
        let proto = match socket.kind {
            SocketKind::TcpListen => "tcp",
            SocketKind::Udp if socket.remote.is_none() => "udp",
            _ => continue,
        };
        let text = format!("{} {proto}/{}", socket.program, socket.port);
        if !out.contains(&text) {
            out.push(text);
        }
    }
    out
}

/// A namespace's room without a place.
pub(super) fn room(world: &World, ns: NsId, kind: RoomKind) -> Option<Room> {
    let netns = world.namespaces.get(usize::from(ns.0))?;
    Some(Room {
        netns: netns.name.clone(),
        kind,
        area: Rect::default(),
        label: Point::default(),
        process: Point::default(),
        stack: Point::default(),
        listens: listens(world, ns),
    })
}

/// On which wall of a room its devices are.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Wall {
    Top,
    Bottom,
    Left,
}

/// A room with its devices, at the origin.
pub(super) struct Built {
    pub room: Room,
    pub devices: Vec<DeviceBox>,
}

impl Built {
    /// Moves the room and all in it.
    pub(super) fn shift(&mut self, dx: f32, dy: f32) {
        let shifted = |p: Point| point(p.x + dx, p.y + dy);
        self.room.area = self.room.area.moved(dx, dy);
        self.room.label = shifted(self.room.label);
        self.room.process = shifted(self.room.process);
        self.room.stack = shifted(self.room.stack);
        for device in &mut self.devices {
            device.area = device.area.moved(dx, dy);
            device.anchor = shifted(device.anchor);
        }
    }
}

/// Builds the room of a container or other host with its devices along one
/// wall. `first` comes first; `lo` is left out unless it is all there is.
pub(super) fn small_room(
    world: &World,
    ns: NsId,
    kind: RoomKind,
    wall: Wall,
    first: Option<DevId>,
    spare: bool,
) -> Option<Built> {
    let mut room = room(world, ns, kind)?;
    let mut order: Vec<DevId> = plan::by_index(world, ns)
        .into_iter()
        .map(|(dev, _)| dev)
        .collect();
    packetwalk_rules::sort::by_key(&mut order, |dev| Some(*dev) != first);
    let mut devices: Vec<DeviceBox> = order
        .into_iter()
        .filter_map(|dev| device_box(world, ns, dev))
        .filter(|device| device.look != DeviceLook::Loopback)
        .collect();
    let widths: Vec<f32> = devices
        .iter()
        .map(|device| device_width(device, spare))
        .collect();
    let name = title_width(&room.netns) + 16.0;
    let listens = room.listens.first().map_or(0.0, |text| text_width(text));
    match wall {
        Wall::Top | Wall::Bottom => {
            let sum: f32 = widths.iter().sum::<f32>() + GAP * widths.len() as f32 + GAP;
            let width = sum.max(name).max(84.0);
            let height = HEADER + INSIDE + DEVICE_H;
            room.area = rect(0.0, 0.0, width, height);
            let (device_y, inside_y, label_y) = if wall == Wall::Bottom {
                (height - DEVICE_H, HEADER, 16.0)
            } else {
                (0.0, DEVICE_H, height - 8.0)
            };
            let mut x = GAP + (width - sum) / 2.0;
            for (device, w) in devices.iter_mut().zip(&widths) {
                device.area = rect(x, device_y, *w, DEVICE_H);
                device.anchor = point(x + w / 2.0, wall_y(&device.area, wall));
                x += w + GAP;
            }
            let center = devices.first().map_or(width / 2.0, |d| d.anchor.x);
            room.label = point(10.0, label_y);
            let near = wall == Wall::Bottom;
            room.process = point(center, inside_y + if near { 8.0 } else { INSIDE - 8.0 });
            room.stack = point(center, inside_y + if near { INSIDE - 10.0 } else { 10.0 });
        }
        Wall::Left => {
            let widest = widths.iter().copied().fold(64.0, f32::max);
            let count = devices.len().max(1) as f32;
            let height = HEADER + count * (DEVICE_H + GAP) + 4.0;
            let width = (widest + 96.0)
                .max(name)
                .max(listens.min(120.0) + widest + 24.0);
            room.area = rect(0.0, 0.0, width, height);
            let mut y = HEADER;
            for device in &mut devices {
                device.area = rect(0.0, y, widest, DEVICE_H);
                device.anchor = point(0.0, y + DEVICE_H / 2.0);
                y += DEVICE_H + GAP;
            }
            room.label = point(10.0, 16.0);
            let middle = (HEADER + height) / 2.0 - 6.0;
            room.stack = point(widest + 26.0, middle);
            room.process = point(widest + 66.0, middle);
        }
    }
    Some(Built { room, devices })
}

/// Where a cable leaves a box towards its wall.
fn wall_y(area: &Rect, wall: Wall) -> f32 {
    match wall {
        Wall::Top => area.y,
        Wall::Bottom => area.bottom(),
        Wall::Left => area.center().y,
    }
}
