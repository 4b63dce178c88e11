//! Where stations stand.

use packetwalk_core::walk::{Family, Hook};

use super::{Lane, LaneBox, StationBox, StationLook};
use crate::geometry::{Arrangement, rect};
use crate::timeline::Station;

/// Height of a station's name.
pub(super) const TITLE: f32 = 22.0;
/// Height of a chip, gap included.
const CHIP: f32 = 18.0;
/// Edge inside of a station.
const PAD: f32 = 5.0;
/// What the name of a lane takes at the top of a narrow chart.
const LANE_NAME: f32 = 28.0;
/// Edge of the whole.
const EDGE: f32 = 12.0;

/// Column and row of a station.
fn cell(id: Station, arrangement: Arrangement) -> (usize, usize) {
    use Family::{Arp, Bridge};
    use Station as S;
    let wide = arrangement == Arrangement::Wide;
    let (w, n) = match id {
        S::Ingress => ((0, 3), (0, 0)),
        S::Hook(Bridge, Hook::Brouting) => ((1, 3), (0, 1)),
        S::Hook(Bridge, Hook::Prerouting) => ((2, 3), (0, 2)),
        S::Bridging => ((3, 3), (0, 3)),
        S::Hook(Bridge, Hook::Input) => ((3, 2), (0, 4)),
        S::Hook(Bridge, Hook::Forward) => ((4, 3), (0, 8)),
        S::BridgingOut => ((5, 2), (0, 11)),
        S::Hook(Bridge, Hook::Output) => ((6, 2), (0, 10)),
        S::Hook(Bridge, Hook::Postrouting) => ((7, 3), (0, 9)),
        S::Egress => ((8, 3), (0, 12)),
        S::Hook(Arp, Hook::Output) => ((8, 2), (0, 7)),
        S::Hook(Arp, _) => ((0, 2), (0, 6)),
        S::Hook(_, Hook::Prerouting | Hook::Brouting) => ((2, 1), (1, 2)),
        S::Routing => ((3, 1), (1, 3)),
        S::Hook(_, Hook::Input) => ((3, 0), (1, 4)),
        S::Process => ((4, 0), (1, 5)),
        S::RoutingOut => ((5, 0), (1, 6)),
        S::Hook(_, Hook::Output) => ((6, 0), (1, 7)),
        S::Hook(_, Hook::Forward) => ((4, 1), (1, 8)),
        S::Hook(_, Hook::Postrouting) => ((7, 1), (1, 9)),
        S::Neighbour => ((8, 1), (1, 10)),
    };
    if wide { w } else { n }
}

fn width(station: &StationBox, arrangement: Arrangement) -> f32 {
    match (arrangement, station.look) {
        (Arrangement::Narrow, _) => 158.0,
        (_, StationLook::Hook) => 104.0,
        (_, StationLook::Process) => 104.0,
        (_, StationLook::Decision | StationLook::Device) => 84.0,
    }
}

fn height(station: &StationBox) -> f32 {
    let chips = station.chips.len() as f32;
    if chips == 0.0 {
        TITLE + 10.0
    } else {
        TITLE + chips * CHIP + PAD
    }
}

/// Gives every station and chip its place.
pub(super) fn lay_out(
    mut stations: Vec<StationBox>,
    arrangement: Arrangement,
) -> (Vec<LaneBox>, Vec<StationBox>, f32, f32) {
    let wide = arrangement == Arrangement::Wide;
    let (mut widths, mut heights) = (vec![0.0_f32; 9], vec![0.0_f32; 13]);
    for station in &stations {
        let (column, row) = cell(station.id, arrangement);
        if let Some(slot) = widths.get_mut(column) {
            *slot = slot.max(width(station, arrangement));
        }
        if let Some(slot) = heights.get_mut(row) {
            *slot = slot.max(height(station));
        }
    }
    let (column_gap, row_gap) = if wide { (26.0, 22.0) } else { (26.0, 20.0) };
    // Where lanes stand beside each other, their names stand above all stations.
    let (side, top) = if wide {
        (EDGE, EDGE + 6.0)
    } else {
        (24.0, LANE_NAME)
    };
    let (xs, right) = starts(&widths, side, column_gap);
    let (ys, bottom) = starts(&heights, top, row_gap);
    for station in &mut stations {
        let (column, row) = cell(station.id, arrangement);
        let (w, h) = (width(station, arrangement), height(station));
        let room = widths.get(column).copied().unwrap_or(w);
        let x = xs.get(column).copied().unwrap_or_default() + (room - w) / 2.0;
        let y = ys.get(row).copied().unwrap_or_default();
        station.area = rect(x, y, w, h);
        let mut chip_y = y + TITLE;
        for chip in &mut station.chips {
            chip.area = rect(x + PAD, chip_y, w - 2.0 * PAD, CHIP - 2.0);
            chip_y += CHIP;
        }
    }
    let (width, height) = (right + side, bottom + EDGE);
    let lanes = lanes(&stations, wide, width, height);
    (lanes, stations, width, height)
}

/// Where each slot begins, and where the last ends; empty ones take no room.
fn starts(sizes: &[f32], edge: f32, gap: f32) -> (Vec<f32>, f32) {
    let mut at = edge;
    let mut end = edge;
    let starts = sizes
        .iter()
        .map(|size| {
            let start = at;
            if *size > 0.0 {
                end = at + size;
                at = end + gap;
            }
            start
        })
        .collect();
    (starts, end)
}

/// The background of the two layers: as far as their stations reach.
fn lanes(stations: &[StationBox], wide: bool, width: f32, height: f32) -> Vec<LaneBox> {
    let of = |lane: Lane| stations.iter().filter(move |station| station.lane == lane);
    if wide {
        let low = of(Lane::Network)
            .map(|station| station.area.bottom())
            .fold(0.0, f32::max);
        let high = of(Lane::Link)
            .map(|station| station.area.y)
            .fold(height, f32::min);
        let border = (low + high) / 2.0;
        vec![
            LaneBox {
                lane: Lane::Network,
                area: rect(0.0, 0.0, width, border),
            },
            LaneBox {
                lane: Lane::Link,
                area: rect(0.0, border, width, height - border),
            },
        ]
    } else {
        let right = of(Lane::Link)
            .map(|station| station.area.right())
            .fold(0.0, f32::max);
        let left = of(Lane::Network)
            .map(|station| station.area.x)
            .fold(width, f32::min);
        let border = (right + left) / 2.0;
        vec![
            LaneBox {
                lane: Lane::Link,
                area: rect(0.0, 0.0, border, height),
            },
            LaneBox {
                lane: Lane::Network,
                area: rect(border, 0.0, width - border, height),
            },
        ]
    }
}
