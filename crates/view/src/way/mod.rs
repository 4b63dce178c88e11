//! The way through one namespace's kernel: the chart of hooks and tables that
//! everybody knows, made from the hooks that are registered there.
//!
//! Two lanes: the link layer with the bridge's hooks, the network layer with
//! those of IP. Where a station stands is a matter of drawing and is fixed in
//! `grid`; which chips a hook has, and in which order, is read from the
//! namespace's hook table and written out nowhere.
//!
//! Not drawn: IPv6, which has the same chart.

mod edges;
mod grid;

use packetwalk_core::netfilter::HookFn;
use packetwalk_core::walk::{Family, Hook, Name};
use packetwalk_core::world::device::DeviceKind;
use packetwalk_core::world::{Netns, NsId, World};
use serde::Serialize;

use crate::geometry::{Arrangement, Point, Rect};
use crate::timeline::{Place, Station};

/// The chart of one namespace.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Way {
    /// The namespace.
    pub netns: Name,
    /// Width of the whole.
    pub width: f32,
    /// Height of the whole.
    pub height: f32,
    /// The two lanes.
    pub lanes: Vec<LaneBox>,
    /// Stations.
    pub stations: Vec<StationBox>,
    /// Ways between them.
    pub edges: Vec<Edge>,
}

/// Layer that a station belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Lane {
    /// Devices and bridges.
    Link,
    /// IP and what is above it.
    Network,
}

/// A lane's background.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct LaneBox {
    /// Which.
    pub lane: Lane,
    /// Where.
    pub area: Rect,
}

/// What a station is, for its look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum StationLook {
    /// A hook.
    Hook,
    /// A decision: routing, bridging.
    Decision,
    /// Programs and sockets.
    Process,
    /// Devices.
    Device,
}

/// A station.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct StationBox {
    /// Its id, as in [`Place`]; its name for people is the hook's, or in the
    /// page's texts under `station.ID`.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub id: Station,
    /// The hook's name, if it is one.
    pub hook: Option<&'static str>,
    /// What it is.
    pub look: StationLook,
    /// Its layer.
    pub lane: Lane,
    /// Where it is.
    pub area: Rect,
    /// What is registered there, in the order in which it is asked.
    pub chips: Vec<Chip>,
}

/// What a chip is, for its look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum ChipLook {
    /// A table.
    Table,
    /// Connection tracking, defragmentation, confirmation.
    Conntrack,
    /// br_netfilter.
    Bridge,
}

/// Something that is registered at a hook.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Chip {
    /// Its name, as in [`Place`].
    pub name: Name,
    /// What it is.
    pub look: ChipLook,
    /// Its priority at the hook.
    pub priority: i32,
    /// Where it is.
    pub area: Rect,
}

/// What an edge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum EdgeKind {
    /// The usual way, one direction.
    Path,
    /// br_netfilter's hop to an IP hook and back.
    Hop,
}

/// A way from station to station.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Edge {
    /// Where from.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub from: Station,
    /// Where to.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub to: Station,
    /// What it is.
    pub kind: EdgeKind,
    /// Its course.
    pub line: Vec<Point>,
}

impl Way {
    /// The chart of a namespace; `None` if there is none of that name.
    pub fn new(world: &World, netns: &str, arrangement: Arrangement) -> Option<Self> {
        let ns = world.ns_named(netns)?;
        Some(Self::of(world, ns, arrangement))
    }

    /// The chart of a namespace of this world.
    pub fn of(world: &World, ns: NsId, arrangement: Arrangement) -> Self {
        let netns = world.ns(ns);
        let stations = stations(netns);
        let (lanes, stations, width, height) = grid::lay_out(stations, arrangement);
        let edges = edges::all(&stations, arrangement, width, has_hops(netns));
        Self {
            netns: netns.name.clone(),
            width,
            height,
            lanes,
            stations,
            edges,
        }
    }

    fn station(&self, id: Station) -> Option<&StationBox> {
        self.stations.iter().find(|station| station.id == id)
    }

    /// Where a place is.
    pub fn point(&self, place: &Place) -> Option<Point> {
        let station = self.station(place.station)?;
        let chip = place.chip.as_ref().and_then(|name| {
            let mut chips = station.chips.iter();
            chips.find(|chip| chip.name == *name)
        });
        Some(match chip {
            Some(chip) => chip.area.center(),
            None if station.chips.is_empty() => station.area.center(),
            None => Point {
                x: station.area.center().x,
                y: station.area.y + grid::TITLE / 2.0,
            },
        })
    }

    /// The course from one place to another, along the edge between their
    /// stations if there is one.
    pub fn course(&self, from: Option<&Place>, to: &Place) -> Vec<Point> {
        let Some(end) = self.point(to) else {
            return Vec::new();
        };
        let start = from.and_then(|from| Some((from.station, self.point(from)?)));
        let Some((station, start)) = start else {
            return vec![end];
        };
        let mut line = vec![start];
        if station != to.station {
            for edge in &self.edges {
                if (edge.from, edge.to) == (station, to.station) {
                    line.extend(&edge.line);
                    break;
                }
                if edge.kind == EdgeKind::Hop && (edge.to, edge.from) == (station, to.station) {
                    line.extend(edge.line.iter().rev());
                    break;
                }
            }
        }
        line.push(end);
        line.dedup();
        line
    }
}

fn has_bridge(netns: &Netns) -> bool {
    let bridge = |kind: &DeviceKind| matches!(kind, DeviceKind::Bridge(_));
    netns.devices.iter().any(|device| bridge(&device.kind)) || !netns.nf.tables.eb.is_empty()
}

/// Does br_netfilter stand at the bridge's hooks?
fn has_hops(netns: &Netns) -> bool {
    let at = netns.nf.hooks.at(Family::Bridge, Hook::Prerouting);
    has_bridge(netns) && at.iter().any(|entry| entry.call == HookFn::BridgePre)
}

/// Stations of a namespace, without places.
fn stations(netns: &Netns) -> Vec<StationBox> {
    let mut ids = vec![
        Station::Ingress,
        Station::Hook(Family::Ipv4, Hook::Prerouting),
        Station::Routing,
        Station::Hook(Family::Ipv4, Hook::Input),
        Station::Process,
        Station::RoutingOut,
        Station::Hook(Family::Ipv4, Hook::Output),
        Station::Hook(Family::Ipv4, Hook::Forward),
        Station::Hook(Family::Ipv4, Hook::Postrouting),
        Station::Neighbour,
        Station::Egress,
    ];
    if has_bridge(netns) {
        if !netns.nf.hooks.at(Family::Bridge, Hook::Brouting).is_empty() {
            ids.push(Station::Hook(Family::Bridge, Hook::Brouting));
        }
        ids.extend([
            Station::Hook(Family::Bridge, Hook::Prerouting),
            Station::Bridging,
            Station::Hook(Family::Bridge, Hook::Input),
            Station::Hook(Family::Bridge, Hook::Forward),
            Station::BridgingOut,
            Station::Hook(Family::Bridge, Hook::Output),
            Station::Hook(Family::Bridge, Hook::Postrouting),
        ]);
    }
    for hook in [Hook::Input, Hook::Forward, Hook::Output] {
        if !netns.nf.hooks.at(Family::Arp, hook).is_empty() {
            ids.push(Station::Hook(Family::Arp, hook));
        }
    }
    ids.into_iter().map(|id| station(netns, id)).collect()
}

fn station(netns: &Netns, id: Station) -> StationBox {
    let (hook, look, lane) = match id {
        Station::Hook(family, hook) => {
            let lane = match family {
                Family::Ipv4 | Family::Ipv6 => Lane::Network,
                Family::Bridge | Family::Arp => Lane::Link,
            };
            (Some(hook.name()), StationLook::Hook, lane)
        }
        Station::Ingress | Station::Egress => (None, StationLook::Device, Lane::Link),
        Station::Bridging | Station::BridgingOut => (None, StationLook::Decision, Lane::Link),
        Station::Routing | Station::RoutingOut | Station::Neighbour => {
            (None, StationLook::Decision, Lane::Network)
        }
        Station::Process => (None, StationLook::Process, Lane::Network),
    };
    StationBox {
        id,
        hook,
        look,
        lane,
        area: Rect::default(),
        chips: chips(netns, id),
    }
}

/// What is registered at a hook, in order.
fn chips(netns: &Netns, id: Station) -> Vec<Chip> {
    let Station::Hook(family, hook) = id else {
        return Vec::new();
    };
    let tables = &netns.nf.tables;
    let bridge = has_bridge(netns);
    let chip = |name: Name, look, priority| Chip {
        name,
        look,
        priority,
        area: Rect::default(),
    };
    let entries = netns.nf.hooks.at(family, hook).iter();
    entries
        .filter_map(|entry| {
            let (name, look) = match entry.call {
                HookFn::Defrag => (Name::from("defrag"), ChipLook::Conntrack),
                HookFn::ConntrackIn => (Name::from("conntrack"), ChipLook::Conntrack),
                HookFn::ConntrackConfirm => (Name::from("confirm"), ChipLook::Conntrack),
                HookFn::Table(at) if family == Family::Arp => {
                    (tables.arp.get(at)?.compiled.name.clone(), ChipLook::Table)
                }
                HookFn::Table(at) | HookFn::Nat(at) => {
                    (tables.ip.get(at)?.compiled.name.clone(), ChipLook::Table)
                }
                HookFn::EbTable(at) => (tables.eb.get(at)?.compiled.name.clone(), ChipLook::Table),
                HookFn::BridgePre
                | HookFn::BridgeForward
                | HookFn::BridgePost
                | HookFn::BridgeLocalIn => (Name::from("br_netfilter"), ChipLook::Bridge),
                // Shown by the words of a skipped hook; only bridges need it.
                HookFn::SabotageIn if bridge => (Name::from("sabotage"), ChipLook::Bridge),
                HookFn::SabotageIn => return None,
            };
            Some(chip(name, look, entry.priority))
        })
        .collect()
}
