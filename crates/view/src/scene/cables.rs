//! Cables between boxes that have their places.

use packetwalk_core::world::World;
use packetwalk_core::world::device::DeviceKind;

use super::build::Placed;
use super::{Cable, CableKind, DeviceBox, DeviceLook, Room, RoomKind, id, plan};
use crate::geometry::{Arrangement, Point, point};

/// All cables of the picture.
pub(super) fn all(world: &World, placed: &Placed, arrangement: Arrangement) -> Vec<Cable> {
    let drawing = Drawing {
        placed,
        wide: arrangement == Arrangement::Wide,
        host: placed.rooms.iter().find(|room| room.kind == RoomKind::Host),
    };
    let mut out = Vec::new();
    let mut buses = 0;
    let uplinks = drawing.uplinks();
    for (at, netns) in world.namespaces.iter().enumerate() {
        for device in &netns.devices {
            let name = id(&netns.name, &device.name);
            let Some(here) = drawing.device(&name) else {
                continue;
            };
            if let Some(bridge) = here.master.as_deref() {
                let bar = id(&netns.name, bridge);
                if let Some(bar) = drawing.device(&bar) {
                    out.push(drawing.port(here, bar));
                }
            }
            if let Some((below, lower)) = plan::lower(at, device)
                && let Some(netns) = world.namespaces.get(usize::from(below.0))
                && let Some(lower) = netns.devices.get(usize::from(lower.0))
                && let Some(lower) = drawing.device(&id(&netns.name, &lower.name))
            {
                out.push(cable(
                    CableKind::Stacked,
                    here,
                    Some(lower),
                    vec![here.area.center(), lower.area.center()],
                ));
            }
            match plan::peer(device) {
                Some((far, dev)) => {
                    // Each pair once, from the end that comes first.
                    let far_end = world.namespaces.get(usize::from(far.0)).and_then(|netns| {
                        let device = netns.devices.get(usize::from(dev.0))?;
                        drawing.device(&id(&netns.name, &device.name))
                    });
                    if let Some(far_end) = far_end
                        && (at, &here.id) < (usize::from(far.0), &far_end.id)
                    {
                        out.push(drawing.veth(here, far_end, &uplinks, &mut buses));
                    }
                }
                None => {
                    let outside =
                        matches!(device.kind, DeviceKind::Outside | DeviceKind::Veth { .. });
                    if outside {
                        out.push(drawing.stub(here));
                    }
                }
            }
        }
    }
    out
}

struct Drawing<'a> {
    placed: &'a Placed,
    wide: bool,
    host: Option<&'a Room>,
}

fn cable(kind: CableKind, from: &DeviceBox, to: Option<&DeviceBox>, line: Vec<Point>) -> Cable {
    let mut line = line;
    line.dedup();
    Cable {
        id: format!("{}--{}", from.id, to.map_or("outside", |to| to.id.as_str())),
        kind,
        from: from.id.clone(),
        to: to.map(|to| to.id.clone()),
        line,
        up: from.up && to.is_none_or(|to| to.up),
    }
}

impl Drawing<'_> {
    fn device(&self, id: &str) -> Option<&DeviceBox> {
        self.placed.devices.iter().find(|device| device.id == id)
    }

    fn lane(&self, device: &DeviceBox) -> Option<f32> {
        let mut lanes = self.placed.lanes.iter();
        lanes
            .find(|(id, _)| *id == device.id)
            .map(|(_, lane)| *lane)
    }

    fn kind(&self, device: &DeviceBox) -> Option<RoomKind> {
        let mut rooms = self.placed.rooms.iter();
        rooms
            .find(|room| room.netns == device.netns)
            .map(|room| room.kind)
    }

    /// The machine's devices that lead to other hosts, top to bottom or left
    /// to right.
    fn uplinks(&self) -> Vec<String> {
        let Some(host) = self.host else {
            return Vec::new();
        };
        let own = self.placed.devices.iter();
        own.filter(|device| {
            device.netns == host.netns
                && device.master.is_none()
                && !matches!(device.look, DeviceLook::Bridge | DeviceLook::Loopback)
        })
        .map(|device| device.id.clone())
        .collect()
    }

    fn port(&self, port: &DeviceBox, bar: &DeviceBox) -> Cable {
        let (from, to) = (port.anchor, bar.area);
        let inside = to.x <= from.x && from.x <= to.right();
        let line = if inside {
            let near = if from.y < to.y { to.y } else { to.bottom() };
            let edge = if from.y < to.y {
                port.area.bottom()
            } else {
                port.area.y
            };
            vec![point(from.x, edge), point(from.x, near)]
        } else {
            vec![port.area.center(), to.center()]
        };
        cable(CableKind::Port, port, Some(bar), line)
    }

    /// To the outside: a short line away from the room.
    fn stub(&self, device: &DeviceBox) -> Cable {
        let from = device.anchor;
        let host = self.kind(device) == Some(RoomKind::Host);
        let port = device.master.is_some();
        let to = match (host, self.wide) {
            (true, _) if port => {
                let top = self.host.map_or(from.y, |room| room.area.y);
                point(from.x, top - 24.0)
            }
            (true, true) => point(device.area.right() + 40.0, device.area.center().y),
            (true, false) => point(from.x, device.area.bottom() + 26.0),
            (false, _) => point(from.x - 24.0, from.y),
        };
        cable(CableKind::Outside, device, None, vec![from, to])
    }

    fn veth(&self, a: &DeviceBox, b: &DeviceBox, uplinks: &[String], buses: &mut usize) -> Cable {
        let (ka, kb) = (self.kind(a), self.kind(b));
        let (host, far) = match (ka, kb) {
            (Some(RoomKind::Host), _) => (a, b),
            (_, Some(RoomKind::Host)) => (b, a),
            _ => return self.across(a, b, buses),
        };
        let line = if self.kind(far) == Some(RoomKind::Container) && host.master.is_some() {
            self.plug(far, host, buses)
        } else {
            self.uplink(host, far, uplinks)
        };
        cable(
            CableKind::Veth,
            host,
            Some(far),
            line.into_iter().rev().collect(),
        )
    }

    /// From a container's device to its port.
    fn plug(&self, device: &DeviceBox, port: &DeviceBox, buses: &mut usize) -> Vec<Point> {
        let (from, to) = (device.anchor, port.anchor);
        let down = from.y < to.y;
        let sign = if down { 1.0 } else { -1.0 };
        let end = point(
            to.x,
            if down {
                port.area.y
            } else {
                port.area.bottom()
            },
        );
        let mut line = vec![from];
        let mut x = from.x;
        if let Some(lane) = self.lane(device) {
            line.push(point(x, from.y + sign * 9.0));
            line.push(point(lane, from.y + sign * 9.0));
            x = lane;
        }
        if (x - to.x).abs() > 0.5 {
            // Plugged in elsewhere: along the machine's wall, each cable at a
            // height of its own.
            let bus = end.y - sign * (6.0 + (*buses % 5) as f32 * 5.0);
            *buses += 1;
            line.push(point(x, bus));
            line.push(point(to.x, bus));
        }
        line.push(end);
        line
    }

    /// From another host's device to the machine's.
    fn uplink(&self, host: &DeviceBox, far: &DeviceBox, uplinks: &[String]) -> Vec<Point> {
        let (from, to) = (far.anchor, host.anchor);
        let count = uplinks.len();
        let at = uplinks.iter().position(|id| *id == host.id).unwrap_or(0);
        if self.wide {
            let x = to.x + 14.0 + (count.saturating_sub(at + 1) % 12) as f32 * 8.0;
            vec![from, point(x, from.y), point(x, to.y), to]
        } else {
            let y = from.y - 8.0 - (count.saturating_sub(at + 1) % 3) as f32 * 7.0;
            vec![from, point(from.x, y), point(to.x, y), to]
        }
    }

    /// Between two rooms neither of which is the machine.
    fn across(&self, a: &DeviceBox, b: &DeviceBox, buses: &mut usize) -> Cable {
        let (from, to) = (a.anchor, b.anchor);
        let shift = (*buses % 5) as f32 * 6.0;
        *buses += 1;
        let line = if self.wide {
            let x = to.x.max(from.x) - 14.0 - shift;
            vec![from, point(x, from.y), point(x, to.y), to]
        } else {
            let y = to.y.max(from.y) - 10.0 - shift;
            vec![from, point(from.x, y), point(to.x, y), to]
        };
        cable(CableKind::Veth, a, Some(b), line)
    }
}
