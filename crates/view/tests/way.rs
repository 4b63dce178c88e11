//! The chart of the kernel, of machines of the corpus.

use std::path::Path;

use packetwalk_core::netfilter::HookFn;
use packetwalk_core::walk::{Family, Hook};
use packetwalk_core::world::World;
use packetwalk_view::geometry::Arrangement;
use packetwalk_view::timeline::Station;
use packetwalk_view::way::{EdgeKind, Way};

fn world(machine: &str) -> World {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/corpus")
        .join(machine)
        .join("snapshot.txt");
    packetwalk_snapshot::load(&std::fs::read_to_string(path).unwrap()).world
}

const MACHINES: [&str; 3] = [
    "article/2017",
    "dockerd/20.10.24-default-bridge-p",
    "dockerd/28.5.2-two-usernets-isolation",
];

#[test]
fn nothing_overlaps() {
    for machine in MACHINES {
        let world = world(machine);
        for netns in &world.namespaces {
            for arrangement in [Arrangement::Wide, Arrangement::Narrow] {
                let way = Way::new(&world, &netns.name, arrangement).unwrap();
                let what = format!("{machine} {} {arrangement:?}", netns.name);
                if arrangement == Arrangement::Narrow {
                    assert!(way.width <= 390.0, "{what}: {} wide", way.width);
                    // The names of both lanes stand side by side at the top: 16 down, letters of 4 below.
                    let top = way.stations.iter().map(|station| station.area.y);
                    assert!(top.fold(f32::MAX, f32::min) > 20.0, "{what}");
                }
                for (at, station) in way.stations.iter().enumerate() {
                    for other in &way.stations[at + 1..] {
                        let apart = !station.area.overlaps(&other.area);
                        assert!(apart, "{what}: {} and {}", station.id, other.id);
                    }
                    for chip in &station.chips {
                        assert!(station.area.holds(&chip.area), "{what}: {}", chip.name);
                    }
                    let mut lane = way.lanes.iter().filter(|lane| lane.lane == station.lane);
                    assert!(
                        lane.any(|lane| lane.area.holds(&station.area)),
                        "{what}: {} is out of its lane",
                        station.id
                    );
                }
                // A line meets other stations at its ends only.
                for edge in &way.edges {
                    for station in &way.stations {
                        if [edge.from, edge.to].contains(&station.id) {
                            continue;
                        }
                        for pair in edge.line.windows(2) {
                            let line = packetwalk_view::geometry::rect(
                                pair[0].x.min(pair[1].x),
                                pair[0].y.min(pair[1].y),
                                (pair[0].x - pair[1].x).abs(),
                                (pair[0].y - pair[1].y).abs(),
                            );
                            assert!(
                                !line.overlaps(&station.area),
                                "{what}: {} to {} runs through {}",
                                edge.from,
                                edge.to,
                                station.id
                            );
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn chips_are_what_is_registered() {
    for machine in MACHINES {
        let world = world(machine);
        let host = world.ns(world.ns_named("host").unwrap());
        let way = Way::new(&world, "host", Arrangement::Wide).unwrap();
        for family in [Family::Ipv4, Family::Bridge] {
            for hook in [
                Hook::Brouting,
                Hook::Prerouting,
                Hook::Input,
                Hook::Forward,
                Hook::Output,
                Hook::Postrouting,
            ] {
                let entries = host.nf.hooks.at(family, hook);
                let station = way
                    .stations
                    .iter()
                    .find(|station| station.id == Station::Hook(family, hook));
                let chips: Vec<i32> = station
                    .map(|station| station.chips.iter().map(|chip| chip.priority).collect())
                    .unwrap_or_default();
                let priorities: Vec<i32> = entries.iter().map(|entry| entry.priority).collect();
                assert_eq!(chips, priorities, "{machine} {family:?} {hook:?}");
                let names = station.into_iter().flat_map(|station| &station.chips);
                for (chip, entry) in names.zip(entries) {
                    if let HookFn::EbTable(at) = entry.call {
                        assert_eq!(chip.name, host.nf.tables.eb[at].compiled.name);
                    }
                    if let HookFn::Table(at) | HookFn::Nat(at) = entry.call {
                        assert_eq!(chip.name, host.nf.tables.ip[at].compiled.name);
                    }
                }
            }
        }
    }
}

#[test]
fn the_article_machine_has_the_chart_that_everyone_knows() {
    let way = Way::new(&world("article/2017"), "host", Arrangement::Wide).unwrap();
    let chips = |family, hook| -> Vec<String> {
        let station = way
            .stations
            .iter()
            .find(|station| station.id == Station::Hook(family, hook));
        let chips = &station.unwrap().chips;
        chips.iter().map(|chip| chip.name.to_string()).collect()
    };
    assert_eq!(
        chips(Family::Ipv4, Hook::Prerouting),
        ["sabotage", "defrag", "raw", "conntrack", "nat"]
    );
    assert_eq!(
        chips(Family::Ipv4, Hook::Input),
        ["filter", "nat", "confirm"]
    );
    assert_eq!(chips(Family::Ipv4, Hook::Forward), ["filter"]);
    assert_eq!(
        chips(Family::Ipv4, Hook::Output),
        ["defrag", "raw", "conntrack", "nat", "filter"]
    );
    assert_eq!(chips(Family::Ipv4, Hook::Postrouting), ["nat", "confirm"]);
    assert_eq!(
        chips(Family::Bridge, Hook::Postrouting),
        ["nat", "br_netfilter"]
    );
    let hops = way.edges.iter().filter(|edge| edge.kind == EdgeKind::Hop);
    assert_eq!(hops.count(), 3);
    // A container has no bridge and no tables of its own.
    let way = Way::new(&world("article/2017"), "c1", Arrangement::Wide).unwrap();
    assert!(way.stations.iter().all(|station| station.chips.is_empty()));
    let bridged = |id| matches!(id, Station::Bridging | Station::Hook(Family::Bridge, _));
    assert!(!way.stations.iter().any(|station| bridged(station.id)));
}
