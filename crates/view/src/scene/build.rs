//! From the plan to coordinates.

use packetwalk_core::world::{NsId, World};

use super::plan::{self, Group, Plan};
use super::room::{self, Built, DEVICE_H, GAP, Wall};
use super::side::{self, Manner, Side};
use super::{DeviceBox, Room, RoomKind, Scene, cables};
use crate::geometry::{Arrangement, Point, point, rect};

/// Width that a wide picture keeps to where it can.
const WIDE: f32 = 1180.0;
/// Width that a narrow picture keeps to where it can.
const NARROW: f32 = 390.0;
/// Edge around it all.
const EDGE: f32 = 10.0;
/// Between the containers and the machine, for cables.
const BUS: f32 = 34.0;
/// Height of a bridge's bar.
const BAR_H: f32 = 36.0;
/// Between ports and bar.
const DROP: f32 = 16.0;

/// Everything placed so far.
#[derive(Default)]
pub(super) struct Placed {
    pub rooms: Vec<Room>,
    pub devices: Vec<DeviceBox>,
    /// Lane of a container's device that stands behind the first row.
    pub lanes: Vec<(String, f32)>,
}

impl Placed {
    fn add(&mut self, built: Built) {
        self.rooms.push(built.room);
        self.devices.extend(built.devices);
    }
}

pub(super) fn scene(world: &World, arrangement: Arrangement) -> Scene {
    let Some(plan) = plan::plan(world) else {
        return Scene {
            width: 0.0,
            height: 0.0,
            rooms: Vec::new(),
            devices: Vec::new(),
            cables: Vec::new(),
        };
    };
    let (mut above, mut below) = sides(world, &plan, arrangement);
    let mut placed = Placed::default();

    // Inside the machine: what it has besides bridges.
    let mut uplinks: Vec<DeviceBox> = boxes(world, &plan, &plan.uplinks);
    let mut inner: Vec<DeviceBox> = boxes(world, &plan, &plan.inner);
    let wide = arrangement == Arrangement::Wide;
    let uplink_w = widest(&uplinks);
    let inner_w = widest(&inner);
    let inner_h = inner.len() as f32 * (DEVICE_H + GAP) + GAP;
    let uplinks_h = uplinks.len() as f32 * (DEVICE_H + GAP) + GAP;
    let middle_h = if wide {
        inner_h.max(uplinks_h).max(112.0)
    } else {
        inner_h.max(104.0)
            + if uplinks.is_empty() {
                0.0
            } else {
                DEVICE_H + GAP
            }
    };
    let least = if wide {
        inner_w + uplink_w + 250.0
    } else {
        let row = uplinks
            .iter()
            .map(|device| device.area.w + GAP)
            .sum::<f32>();
        (inner_w + 200.0).max(row + GAP).max(NARROW - 2.0 * EDGE)
    };
    let width = above
        .width
        .max(below.as_ref().map_or(0.0, |side| side.width))
        .max(least);

    let line = EDGE + above.depth;
    let top = if above.rooms.is_empty() && above.ports.is_empty() {
        EDGE
    } else {
        line + BUS
    };
    let bar_y = top + above.port_h + DROP;
    let middle = if above.bars.is_empty() {
        top + 24.0
    } else {
        bar_y + BAR_H + GAP
    };
    let mut bottom = middle + middle_h;
    let low_bar = bottom + GAP;
    if let Some(side) = &below {
        bottom = low_bar + BAR_H + DROP + side.port_h;
    }
    let area = rect(EDGE, top, width, bottom - top);
    if let Some(mut room) = room::room(world, plan.host, RoomKind::Host) {
        room.area = area;
        room.label = point(area.x + 12.0, middle + 14.0);
        let x = if wide {
            area.x + inner_w + (width - inner_w - uplink_w) / 2.0
        } else {
            area.x + inner_w + (width - inner_w) / 2.0
        };
        let low = if wide {
            bottom_of(middle, middle_h)
        } else {
            middle + 84.0
        };
        room.stack = point(x, middle + 28.0);
        room.process = point(x, low);
        placed.rooms.push(room);
    }
    stand(&mut inner, area.x + GAP, middle + 22.0, Stack::Down);
    if wide {
        let x = area.right() - uplink_w;
        stand(&mut uplinks, x, middle + GAP, Stack::Down);
        for device in &mut uplinks {
            device.area.x = area.right() - device.area.w;
            device.anchor = point(area.right(), device.area.center().y);
        }
    } else {
        let y = middle + middle_h - DEVICE_H;
        stand(&mut uplinks, area.x + GAP, y, Stack::Right);
        for device in &mut uplinks {
            device.anchor = point(device.area.center().x, device.area.bottom());
        }
    }

    // Containers, ports and bars.
    add_side(
        world,
        &plan,
        &mut above,
        Wall::Bottom,
        (line, top, bar_y),
        &mut placed,
    );
    if let Some(side) = &mut below {
        let below_line = bottom + BUS;
        add_side(
            world,
            &plan,
            side,
            Wall::Top,
            (below_line, bottom, low_bar),
            &mut placed,
        );
    }

    // Other hosts.
    let lowest = bottom + below.as_ref().map_or(0.0, |side| BUS + side.depth);
    let reach = if wide {
        let first = uplinks.first().map_or(middle, |device| device.area.y);
        let count = uplinks.len().max(1) as f32;
        let from = point(
            area.right() + 46.0 + 8.0 * count,
            (first - room::HEADER).max(EDGE),
        );
        beside(world, &plan, from, &mut placed)
    } else {
        under(world, &plan, lowest + BUS, width.max(NARROW), &mut placed)
    };
    let (mut right, mut lowest) = (area.right().max(reach.x), lowest.max(reach.y));
    placed.devices.extend(inner);
    placed.devices.extend(uplinks);
    placed.devices.iter_mut().for_each(room::fit);
    let cables = cables::all(world, &placed, arrangement);
    for end in cables.iter().flat_map(|cable| &cable.line) {
        right = right.max(end.x);
        lowest = lowest.max(end.y);
    }
    Scene {
        width: right + EDGE,
        height: lowest + EDGE,
        rooms: placed.rooms,
        devices: placed.devices,
        cables,
    }
}

/// Other hosts to the right of the machine, a column for each ring around it.
/// Gives how far they reach.
fn beside(world: &World, plan: &Plan, from: Point, placed: &mut Placed) -> Point {
    let (mut x, mut reach) = (from.x, point(0.0, 0.0));
    for ring in &plan.remotes {
        let mut y = from.y;
        let mut widest = 0.0_f32;
        for ns in ring {
            let Some(mut built) = remote(world, *ns, Wall::Left) else {
                continue;
            };
            built.shift(x, y);
            y = built.room.area.bottom() + 2.0 * GAP;
            widest = widest.max(built.room.area.w);
            reach.y = reach.y.max(built.room.area.bottom());
            placed.add(built);
        }
        reach.x = reach.x.max(x + widest);
        x += widest + 60.0;
    }
    reach
}

/// Other hosts below the machine, a row or several for each ring around it.
/// Gives how far they reach.
fn under(world: &World, plan: &Plan, from: f32, width: f32, placed: &mut Placed) -> Point {
    let (mut y, mut reach) = (from, point(0.0, 0.0));
    for ring in &plan.remotes {
        let mut x = EDGE;
        let mut row_bottom = y;
        for ns in ring {
            let Some(mut built) = remote(world, *ns, Wall::Top) else {
                continue;
            };
            if x > EDGE && x + built.room.area.w > width {
                x = EDGE;
                y = row_bottom + BUS;
            }
            built.shift(x, y);
            x = built.room.area.right() + 2.0 * GAP;
            row_bottom = row_bottom.max(built.room.area.bottom());
            reach.x = reach.x.max(built.room.area.right());
            placed.add(built);
        }
        reach.y = row_bottom;
        y = row_bottom + BUS;
    }
    reach
}

/// Another host's room, with its devices on one wall.
fn remote(world: &World, ns: NsId, wall: Wall) -> Option<Built> {
    room::small_room(world, ns, RoomKind::Remote, wall, None, false)
}

fn bottom_of(middle: f32, height: f32) -> f32 {
    middle + height - 26.0
}

/// Which bridges go above the machine, which below, and in how many rows:
/// the first choice that fits the width, so that small machines look simple.
fn sides(world: &World, plan: &Plan, arrangement: Arrangement) -> (Side, Option<Side>) {
    let all: Vec<&Group> = plan.groups.iter().collect();
    let wide = arrangement == Arrangement::Wide;
    let containers = all
        .iter()
        .flat_map(|group| &group.ports)
        .filter(|(_, ns)| ns.is_some())
        .count();
    let spare = containers > 12 || !wide;
    let target = if wide { WIDE } else { NARROW - 2.0 * EDGE };
    let build = |groups: &[&Group], rows, wall| {
        let manner = Manner {
            world,
            host: plan.host,
            rows,
            wall,
            spare,
        };
        side::side(manner, groups)
    };
    let two_sides = wide && all.len() > 1;
    let mut best: Option<(Side, Option<Side>)> = None;
    for rows in 1..=if wide { 4 } else { 6 } {
        for both in [false, true] {
            if both && !two_sides {
                continue;
            }
            let made = if both {
                let (up, down) = all.split_at(all.len().div_ceil(2));
                (
                    build(up, rows, Wall::Bottom),
                    Some(build(down, rows, Wall::Top)),
                )
            } else {
                (build(&all, rows, Wall::Bottom), None)
            };
            let width = made
                .0
                .width
                .max(made.1.as_ref().map_or(0.0, |side| side.width));
            if width <= target {
                return made;
            }
            let narrower = best.as_ref().is_none_or(|best| {
                width < best.0.width.max(best.1.as_ref().map_or(0.0, |s| s.width)) - 1.0
            });
            if narrower {
                best = Some(made);
            }
        }
    }
    best.unwrap_or_else(|| (build(&all, 1, Wall::Bottom), None))
}

fn boxes(world: &World, plan: &Plan, devices: &[packetwalk_core::world::DevId]) -> Vec<DeviceBox> {
    let boxes = devices
        .iter()
        .filter_map(|dev| room::device_box(world, plan.host, *dev));
    boxes
        .map(|mut device| {
            device.area.w = room::device_width(&device, false);
            device.area.h = DEVICE_H;
            device
        })
        .collect()
}

fn widest(devices: &[DeviceBox]) -> f32 {
    let widths = devices.iter().map(|device| device.area.w);
    widths.fold(0.0, f32::max) + if devices.is_empty() { 0.0 } else { GAP }
}

#[derive(Clone, Copy)]
enum Stack {
    Down,
    Right,
}

/// Stands boxes in a row or column from a corner on.
fn stand(devices: &mut [DeviceBox], mut x: f32, mut y: f32, stack: Stack) {
    for device in devices {
        device.area.x = x;
        device.area.y = y;
        device.anchor = device.area.center();
        match stack {
            Stack::Down => y += DEVICE_H + GAP,
            Stack::Right => x += device.area.w + GAP,
        }
    }
}

/// Adds a side's containers, ports and bridges. `lines`: where the containers
/// stand, the machine's wall, the top of the bars.
fn add_side(
    world: &World,
    plan: &Plan,
    side: &mut Side,
    wall: Wall,
    lines: (f32, f32, f32),
    placed: &mut Placed,
) {
    let (line, wall_y, bar_y) = lines;
    side::place(side, EDGE, line, wall);
    side::place_ports(side, EDGE, wall_y, wall);
    for (bridge, from, to) in &side.bars {
        if let Some(mut device) = room::device_box(world, plan.host, *bridge) {
            device.area = rect(EDGE + from, bar_y, to - from, BAR_H);
            device.anchor = device.area.center();
            placed.devices.push(device);
        }
    }
    for port in side.ports.drain(..) {
        placed.devices.push(port.device);
    }
    for room in side.rooms.drain(..) {
        for (device, lane) in room.built.devices.iter().zip(&room.lanes) {
            placed.lanes.push((device.id.clone(), *lane));
        }
        placed.add(room.built);
    }
}
