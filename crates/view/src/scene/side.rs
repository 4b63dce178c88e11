//! Containers over the bridges that they are plugged into, on one side of the
//! machine.
//!
//! Containers stand in columns, a column in rows. The row next to the machine
//! is plugged in straight; a cable from a row behind it runs down a lane of
//! its own to the left of the column. So no two cables of a side cross.

use packetwalk_core::world::{DevId, NsId, World};

use super::plan::Group;
use super::room::{self, Built, GAP, Wall};
use super::{DeviceBox, RoomKind};
use crate::geometry::{point, rect, text_width};

/// Width of a lane and of a port whose name runs downwards.
const LANE: f32 = 24.0;
/// Height of a port whose name runs downwards.
const TALL: f32 = 88.0;
/// Height of a port whose name runs along.
const FLAT: f32 = 24.0;
/// Between two rows of containers.
const ROW_GAP: f32 = 20.0;

/// One side, laid out with its left edge at 0. Distances from the machine's
/// wall count outwards.
pub(super) struct Side {
    /// Width of it all.
    pub width: f32,
    /// How far the containers reach.
    pub depth: f32,
    /// Height of its ports.
    pub port_h: f32,
    /// Bridges with the span of their ports.
    pub bars: Vec<(DevId, f32, f32)>,
    /// Ports: left edge and width.
    pub ports: Vec<Port>,
    /// Containers: left edge of the room, distance of its near wall from the
    /// machine's containers line, and the column's lane for each device behind
    /// the first row.
    pub rooms: Vec<Placed>,
}

/// A port.
pub(super) struct Port {
    pub device: DeviceBox,
    pub x: f32,
    pub w: f32,
    pub vertical: bool,
}

/// A container's room.
pub(super) struct Placed {
    pub built: Built,
    pub x: f32,
    /// From the line that the containers stand on.
    pub out: f32,
    /// Lane for each of its devices; empty in the first row.
    pub lanes: Vec<f32>,
}

/// How a side is to be laid out.
#[derive(Clone, Copy)]
pub(super) struct Manner<'a> {
    pub world: &'a World,
    /// The machine.
    pub host: NsId,
    /// Containers in a column.
    pub rows: usize,
    /// Where a container's devices are: the wall towards the machine.
    pub wall: Wall,
    /// Leave hardware addresses out.
    pub spare: bool,
}

/// Lays `groups` of the host out in columns.
pub(super) fn side(manner: Manner<'_>, groups: &[&Group]) -> Side {
    let Manner {
        world, host, rows, ..
    } = manner;
    let mut side = Side {
        width: 0.0,
        depth: 0.0,
        port_h: if rows > 1 { TALL } else { FLAT },
        bars: Vec::new(),
        ports: Vec::new(),
        rooms: Vec::new(),
    };
    let mut x = GAP;
    for group in groups {
        let start = x;
        let bridge = room::device_box(world, host, group.bridge);
        let (with, without): (Vec<_>, Vec<_>) =
            group.ports.iter().partition(|(_, ns)| ns.is_some());
        for column in with.chunks(rows.max(1)) {
            x = side.column(manner, column, x);
        }
        for (dev, _) in without {
            let Some(device) = room::device_box(world, host, *dev) else {
                continue;
            };
            let w = port_width(&device, rows > 1);
            side.port(device, x + w / 2.0, rows > 1);
            x += w + GAP;
        }
        let want = bridge.map_or(120.0, |bridge| bar_width(&bridge));
        x = x.max(start + want + GAP);
        side.bars.push((group.bridge, start, x - GAP));
        x += GAP;
    }
    side.width = x;
    side
}

/// How wide a bridge's bar has to be for its name and addresses.
fn bar_width(bridge: &DeviceBox) -> f32 {
    let addresses = bridge
        .addresses
        .first()
        .map_or(0.0, |text| text_width(text));
    (text_width(&bridge.name) + addresses + 36.0).max(text_width(&bridge.mac) + 16.0)
}

fn port_width(device: &DeviceBox, vertical: bool) -> f32 {
    if vertical {
        LANE - 2.0
    } else {
        text_width(&device.name) + 12.0
    }
}

impl Side {
    fn port(&mut self, device: DeviceBox, center: f32, vertical: bool) {
        let w = port_width(&device, vertical);
        self.ports.push(Port {
            device,
            x: center - w / 2.0,
            w,
            vertical,
        });
    }

    /// One column from `x` on; returns where the next begins. Its last
    /// container stands in the first row, the others behind it.
    fn column(&mut self, manner: Manner<'_>, column: &[&(DevId, Option<NsId>)], x: f32) -> f32 {
        let Manner {
            world,
            host,
            rows,
            wall,
            spare,
        } = manner;
        let vertical = rows > 1;
        let mut rooms = Vec::new();
        for (port, ns) in column {
            let device = room::device_box(world, host, *port);
            let first = world
                .namespaces
                .get(usize::from(host.0))
                .and_then(|netns| netns.devices.get(usize::from(port.0)))
                .and_then(super::plan::peer)
                .map(|(_, dev)| dev);
            let built = ns.and_then(|ns| {
                room::small_room(world, ns, RoomKind::Container, wall, first, spare)
            });
            if let (Some(device), Some(built)) = (device, built) {
                rooms.push((device, built));
            }
        }
        let behind = rooms.len().saturating_sub(1);
        let lanes: usize = rooms
            .iter()
            .take(behind)
            .map(|(_, built)| built.devices.len().max(1))
            .sum();
        let left = x + lanes as f32 * LANE;
        let widest = rooms
            .iter()
            .map(|(_, built)| built.room.area.w)
            .fold(0.0, f32::max);
        let mut lane = x + LANE / 2.0;
        let count = rooms.len();
        let mut flat_right = 0.0_f32;
        for (at, (device, built)) in rooms.into_iter().enumerate() {
            // All rooms of a side are equally high.
            let h = built.room.area.h;
            let out = (count - 1 - at) as f32 * (h + ROW_GAP);
            self.depth = self.depth.max(out + h);
            let near = at + 1 == count;
            let room_x = left + (widest - built.room.area.w) / 2.0;
            let mut own = Vec::new();
            let center = if near {
                built
                    .devices
                    .first()
                    .map_or(room_x, |d| room_x + d.anchor.x)
            } else {
                for _ in 0..built.devices.len().max(1) {
                    own.push(lane);
                    lane += LANE;
                }
                own.first().copied().unwrap_or(lane)
            };
            if near {
                flat_right = center + port_width(&device, vertical) / 2.0;
            }
            self.port(device, center, vertical);
            self.rooms.push(Placed {
                built,
                x: room_x,
                out,
                lanes: own,
            });
        }
        (left + widest).max(flat_right) + GAP
    }
}

/// Puts a side's rooms where they belong: `line` is where the containers
/// stand, outwards is up for [`Wall::Bottom`] (containers above the machine).
pub(super) fn place(side: &mut Side, dx: f32, line: f32, wall: Wall) {
    for placed in &mut side.rooms {
        let h = placed.built.room.area.h;
        let y = if wall == Wall::Bottom {
            line - placed.out - h
        } else {
            line + placed.out
        };
        placed.built.shift(dx + placed.x, y);
        for lane in &mut placed.lanes {
            *lane += dx;
        }
    }
}

/// Puts a side's ports on the machine's wall at `wall_y`.
pub(super) fn place_ports(side: &mut Side, dx: f32, wall_y: f32, wall: Wall) {
    for port in &mut side.ports {
        let y = if wall == Wall::Bottom {
            wall_y
        } else {
            wall_y - side.port_h
        };
        port.device.area = rect(dx + port.x, y, port.w, side.port_h);
        port.device.vertical = port.vertical;
        port.device.anchor = point(dx + port.x + port.w / 2.0, y + side.port_h / 2.0);
    }
}
