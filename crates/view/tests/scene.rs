//! Pictures of made-up machines: nothing overlaps, cables do not cross, and
//! one more container leaves the others where they were.

use packetwalk_core::wire::eth::MacAddr;
use packetwalk_core::world::device::{Bridge, BridgePort, Device, DeviceKind, IfAddr};
use packetwalk_core::world::{DevId, Netns, NsId, World};
use packetwalk_view::geometry::{Arrangement, Point, text_width, title_width};
use packetwalk_view::scene::{CableKind, DeviceLook, Scene};

const BOTH: [Arrangement; 2] = [Arrangement::Wide, Arrangement::Narrow];

fn mac(a: u8, b: u8) -> MacAddr {
    MacAddr([2, 0x42, 0xac, 0x11, a, b])
}

fn address(device: &mut Device, text: &str, prefix: u8) {
    device.addrs.push(IfAddr {
        local: text.parse().unwrap(),
        peer: None,
        prefix,
        scope: 0,
        secondary: false,
        broadcast: None,
    });
}

fn add(netns: &mut Netns, name: &str, kind: DeviceKind, mac: MacAddr) -> DevId {
    let index = netns.devices.len() as u32 + 1;
    netns.devices.push(Device::new(index, name, kind, mac));
    DevId(index as u16 - 1)
}

fn lo(netns: &mut Netns) {
    let lo = add(netns, "lo", DeviceKind::Loopback, MacAddr::ZERO);
    address(&mut netns.devices[usize::from(lo.0)], "127.0.0.1", 8);
}

/// A machine with `networks` bridges, `containers` spread over them, and
/// `hosts` other hosts, each on a card of its own.
fn machine(networks: usize, containers: usize, hosts: usize) -> World {
    let mut world = World::new(1);
    let mut host = Netns::new("host");
    lo(&mut host);
    for at in 0..hosts {
        let kind = DeviceKind::Veth { peer: None };
        let dev = add(&mut host, &format!("eth{at}"), kind, mac(200, at as u8));
        address(
            &mut host.devices[usize::from(dev.0)],
            &format!("10.{at}.0.1"),
            24,
        );
    }
    let mut bridges = Vec::new();
    for at in 0..networks {
        let name = if at == 0 {
            "docker0".to_owned()
        } else {
            format!("br-{at:012x}")
        };
        let kind = DeviceKind::Bridge(Box::<Bridge>::default());
        let dev = add(&mut host, &name, kind, mac(100, at as u8));
        address(
            &mut host.devices[usize::from(dev.0)],
            &format!("172.{}.0.1", 17 + at),
            16,
        );
        bridges.push(dev);
    }
    world.namespaces.push(host);
    for at in 0..containers {
        let name = format!("project-service-{at}");
        let far = NsId(world.namespaces.len() as u16);
        let host = &mut world.namespaces[0];
        let kind = DeviceKind::Veth {
            peer: Some((far, DevId(1))),
        };
        let port = add(host, &format!("veth{at:07x}"), kind, mac(101, at as u8));
        host.devices[usize::from(port.0)].port = Some(BridgePort::new(bridges[at % networks]));
        let mut netns = Netns::new(&name);
        lo(&mut netns);
        let kind = DeviceKind::Veth {
            peer: Some((NsId(0), port)),
        };
        let dev = add(&mut netns, "eth0", kind, mac(102, at as u8));
        let text = format!("172.{}.0.{}", 17 + at % networks, at + 2);
        address(&mut netns.devices[usize::from(dev.0)], &text, 16);
        world.namespaces.push(netns);
    }
    for at in 0..hosts {
        let far = NsId(world.namespaces.len() as u16);
        let near = DevId(at as u16 + 1);
        world.namespaces[0].devices[usize::from(near.0)].kind = DeviceKind::Veth {
            peer: Some((far, DevId(1))),
        };
        let mut netns = Netns::new(&format!("lan{at}"));
        lo(&mut netns);
        let kind = DeviceKind::Veth {
            peer: Some((NsId(0), near)),
        };
        let dev = add(&mut netns, "eth0", kind, mac(201, at as u8));
        address(
            &mut netns.devices[usize::from(dev.0)],
            &format!("10.{at}.0.2"),
            24,
        );
        world.namespaces.push(netns);
    }
    world
}

/// What must hold of every picture.
fn check(scene: &Scene, what: &str) {
    for (at, room) in scene.rooms.iter().enumerate() {
        let whole = packetwalk_view::geometry::rect(0.0, 0.0, scene.width, scene.height);
        assert!(whole.holds(&room.area), "{what}: {} sticks out", room.netns);
        for other in &scene.rooms[at + 1..] {
            assert!(
                !room.area.overlaps(&other.area),
                "{what}: {} and {}",
                room.netns,
                other.netns
            );
        }
        let end = room.label.x + title_width(&room.netns);
        assert!(
            end <= room.area.x + room.area.w,
            "{what}: the name of {} is longer than its room",
            room.netns
        );
        for spot in [room.process, room.stack] {
            let inside = packetwalk_view::geometry::rect(spot.x, spot.y, 0.0, 0.0);
            assert!(room.area.holds(&inside), "{what}: spot of {}", room.netns);
        }
    }
    for (at, device) in scene.devices.iter().enumerate() {
        let room = scene.room(&device.netns).unwrap();
        assert!(
            room.area.holds(&device.area),
            "{what}: {} sticks out",
            device.id
        );
        for other in &scene.devices[at + 1..] {
            assert!(
                !device.area.overlaps(&other.area),
                "{what}: {} and {}",
                device.id,
                other.id
            );
        }
        for line in &device.lines {
            let room = if device.vertical {
                device.area.h
            } else {
                device.area.w
            };
            let fits = text_width(line) <= room || device.look == DeviceLook::Bridge;
            assert!(fits, "{what}: {line:?} does not fit {}", device.id);
        }
    }
    for cable in &scene.cables {
        assert!(cable.line.len() >= 2, "{what}: {}", cable.id);
    }
}

fn crossings(scene: &Scene) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (at, cable) in scene.cables.iter().enumerate() {
        for other in &scene.cables[at + 1..] {
            // A port's cable begins where the veth ends.
            let joined = cable.kind == CableKind::Port || other.kind == CableKind::Port;
            if !joined && meet(&cable.line, &other.line) {
                out.push((cable.id.clone(), other.id.clone()));
            }
        }
    }
    out
}

fn meet(a: &[Point], b: &[Point]) -> bool {
    let turn = |p: Point, q: Point, r: Point| (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x);
    let between = |p: Point, q: Point, r: Point| {
        r.x >= p.x.min(q.x) && r.x <= p.x.max(q.x) && r.y >= p.y.min(q.y) && r.y <= p.y.max(q.y)
    };
    a.windows(2).any(|a| {
        b.windows(2).any(|b| {
            let (d1, d2) = (turn(b[0], b[1], a[0]), turn(b[0], b[1], a[1]));
            let (d3, d4) = (turn(a[0], a[1], b[0]), turn(a[0], a[1], b[1]));
            (d1 * d2 < 0.0 && d3 * d4 < 0.0)
                || (d1 == 0.0 && between(b[0], b[1], a[0]))
                || (d2 == 0.0 && between(b[0], b[1], a[1]))
                || (d3 == 0.0 && between(a[0], a[1], b[0]))
                || (d4 == 0.0 && between(a[0], a[1], b[1]))
        })
    })
}

#[test]
fn nothing_overlaps_and_no_cables_cross() {
    for networks in 1..=5 {
        for containers in [0, 1, 2, 3, 5, 8, 12, 20, 30, 50] {
            for hosts in 0..=3 {
                for arrangement in BOTH {
                    let what = format!(
                        "{networks} networks, {containers} containers, {hosts} hosts, {arrangement:?}"
                    );
                    let world = machine(networks, containers, hosts);
                    let scene = Scene::new(&world, arrangement);
                    check(&scene, &what);
                    assert_eq!(scene.rooms.len(), world.namespaces.len(), "{what}");
                    let veths = scene.cables.iter().filter(|c| c.kind == CableKind::Veth);
                    assert_eq!(veths.count(), containers + hosts, "{what}");
                    assert_eq!(crossings(&scene), [], "{what}");
                }
            }
        }
    }
}

#[test]
fn fifty_containers_stay_readable() {
    let world = machine(5, 50, 1);
    let scene = Scene::new(&world, Arrangement::Wide);
    // At 1440 pixels a text of 12 units is still 7 pixels high without zoom.
    assert!(scene.width < 2400.0, "{} wide", scene.width);
    for device in scene
        .devices
        .iter()
        .filter(|d| &*d.name == "eth0" && &*d.netns != "host")
    {
        assert!(
            device.lines.len() >= 2,
            "{} shows {:?}",
            device.id,
            device.lines
        );
    }
}

#[test]
fn small_machines_fit_a_telephone() {
    for containers in 1..=6 {
        let scene = Scene::new(&machine(1, containers, 1), Arrangement::Narrow);
        assert!(scene.width <= 390.5, "{containers}: {} wide", scene.width);
    }
}

#[test]
fn one_more_container_does_not_shuffle_the_others() {
    for networks in 1..=3 {
        for containers in 1..24 {
            for arrangement in BOTH {
                let order = |count| {
                    let scene = Scene::new(&machine(networks, count, 1), arrangement);
                    let mut ports: Vec<_> = scene
                        .devices
                        .iter()
                        .filter(|device| device.master.is_some())
                        .map(|device| (device.master.clone(), device.area.x, device.name.clone()))
                        .collect();
                    ports.sort_by(|a, b| (&a.0, a.1).partial_cmp(&(&b.0, b.1)).unwrap());
                    ports
                        .into_iter()
                        .map(|(master, _, name)| (master, name))
                        .collect::<Vec<_>>()
                };
                let (before, after) = (order(containers), order(containers + 1));
                let new = format!("veth{containers:07x}");
                let rest: Vec<_> = after.into_iter().filter(|(_, n)| **n != *new).collect();
                assert_eq!(before, rest, "{networks} networks, {containers} containers");
            }
        }
    }
}

#[test]
fn odd_worlds_are_drawn_too() {
    for arrangement in BOTH {
        assert_eq!(Scene::new(&World::new(1), arrangement).rooms, []);

        // A container on two networks, a port without another end, a device
        // that claims an end that is not there.
        let mut world = machine(2, 4, 1);
        let far = NsId(1);
        let host = &mut world.namespaces[0];
        let kind = DeviceKind::Veth {
            peer: Some((far, DevId(2))),
        };
        let second = add(host, "vethsecond", kind, mac(9, 1));
        host.devices[usize::from(second.0)].port = Some(BridgePort::new(DevId(3)));
        let card = add(host, "eth9", DeviceKind::Outside, mac(9, 2));
        host.devices[usize::from(card.0)].port = Some(BridgePort::new(DevId(2)));
        let kind = DeviceKind::Veth {
            peer: Some((NsId(99), DevId(99))),
        };
        add(host, "vethlost", kind, mac(9, 3));
        add(host, "eth7", DeviceKind::Outside, mac(9, 4));
        add(host, "dummy0", DeviceKind::Dummy, mac(9, 5));
        add(
            host,
            "wg0",
            DeviceKind::Other("wireguard".into()),
            mac(9, 6),
        );
        let kind = DeviceKind::Veth {
            peer: Some((NsId(0), second)),
        };
        add(&mut world.namespaces[1], "eth1", kind, mac(9, 7));
        let mut lonely = Netns::new("nobody");
        lo(&mut lonely);
        world.namespaces.push(lonely);
        let scene = Scene::new(&world, arrangement);
        check(&scene, &format!("odd, {arrangement:?}"));
        assert_eq!(scene.rooms.len(), world.namespaces.len());
        assert!(scene.device("project-service-0", "eth1").is_some());
        let outside = scene.cables.iter().filter(|c| c.kind == CableKind::Outside);
        assert_eq!(outside.count(), 2);
    }
}
