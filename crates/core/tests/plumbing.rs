//! Packets move through a small machine without any rules: bridge, ARP,
//! routing, ICMP, UDP, TCP. What netfilter adds is held against recordings.

use std::net::{IpAddr, Ipv4Addr};

use packetwalk_core::bridge::fdb::FdbEntry;
use packetwalk_core::flow::{Action, Flow, Outcome, Unreachable};
use packetwalk_core::ip::fib::{NextHop, Route, RouteType, TABLE_LOCAL, TABLE_MAIN};
use packetwalk_core::transport::{Socket, SocketKind};
use packetwalk_core::walk::{Event, Walk};
use packetwalk_core::wire::eth::MacAddr;
use packetwalk_core::world::device::{BridgePort, Device, DeviceKind, IfAddr};
use packetwalk_core::world::{DevId, Netns, NsId, World};

fn mac(last: u8) -> MacAddr {
    MacAddr([2, 0, 0, 0, 0, last])
}

fn route(prefix: &str, kind: RouteType, dev: u16, via: Option<&str>) -> Route {
    Route {
        prefix: prefix.parse().expect("a prefix"),
        kind,
        tos: 0,
        metric: 0,
        scope: 0,
        prefsrc: None,
        hops: vec![NextHop {
            dev: Some(DevId(dev)),
            via: via.map(|via| via.parse().expect("an address")),
            weight: 1,
            onlink: false,
            dead: false,
        }],
        mtu: 0,
        realm: 0,
        protocol: "".into(),
    }
}

fn address(netns: &mut Netns, dev: u16, addr: &str, prefix: u8) {
    let local: IpAddr = addr.parse().expect("an address");
    netns.devices[usize::from(dev)].addrs.push(IfAddr {
        local,
        peer: None,
        prefix,
        scope: 0,
        secondary: false,
        broadcast: None,
    });
    netns.fib.add(
        TABLE_LOCAL,
        route(&format!("{addr}/32"), RouteType::Local, dev, None),
    );
    let net = ipnet::IpNet::new(local, prefix).expect("a prefix").trunc();
    netns.fib.add(
        TABLE_MAIN,
        route(&net.to_string(), RouteType::Unicast, dev, None),
    );
}

fn station(name: &str, last: u8, addr: &str, gateway: &str) -> Netns {
    let mut netns = Netns::new(name);
    netns
        .devices
        .push(Device::new(1, "lo", DeviceKind::Loopback, MacAddr::ZERO));
    address(&mut netns, 0, "127.0.0.1", 8);
    let kind = DeviceKind::Veth { peer: None };
    netns.devices.push(Device::new(2, "eth0", kind, mac(last)));
    address(&mut netns, 1, addr, 24);
    netns.fib.add(
        TABLE_MAIN,
        route("0.0.0.0/0", RouteType::Unicast, 1, Some(gateway)),
    );
    netns
}

fn connect(world: &mut World, a: (usize, usize), b: (usize, usize)) {
    for (from, to) in [(a, b), (b, a)] {
        world.namespaces[from.0].devices[from.1].kind = DeviceKind::Veth {
            peer: Some((NsId(to.0 as u16), DevId(to.1 as u16))),
        };
    }
}

/// A host with a bridge and two containers, and a host outside.
fn machine() -> World {
    let mut world = World::new(1);
    let mut host = Netns::new("host");
    host.devices
        .push(Device::new(1, "lo", DeviceKind::Loopback, MacAddr::ZERO));
    address(&mut host, 0, "127.0.0.1", 8);
    let bridge = DeviceKind::Bridge(Box::default());
    host.devices.push(Device::new(2, "br0", bridge, mac(1)));
    address(&mut host, 1, "10.0.0.1", 24);
    for (index, name) in [(3, "veth1"), (4, "veth2"), (5, "eth0")] {
        let kind = DeviceKind::Veth { peer: None };
        let mut device = Device::new(index, name, kind, mac(10 + index as u8));
        if name != "eth0" {
            device.port = Some(BridgePort::new(DevId(1)));
        }
        host.devices.push(device);
    }
    address(&mut host, 4, "192.0.2.1", 24);
    let own = mac(1);
    if let Some(bridge) = host.devices[1].bridge_mut() {
        bridge.fdb.entries.push(FdbEntry {
            mac: own,
            vlan: 0,
            port: None,
            local: true,
            is_static: true,
            sticky: false,
            updated: 0,
        });
    }
    host.sysctl.set("net.ipv4.ip_forward", "1").expect("known");
    world.namespaces.push(host);
    world
        .namespaces
        .push(station("c1", 21, "10.0.0.2", "10.0.0.1"));
    world
        .namespaces
        .push(station("c2", 22, "10.0.0.3", "10.0.0.1"));
    world
        .namespaces
        .push(station("ext", 23, "192.0.2.9", "192.0.2.1"));
    connect(&mut world, (0, 2), (1, 1));
    connect(&mut world, (0, 3), (2, 1));
    connect(&mut world, (0, 4), (3, 1));
    let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    for kind in [SocketKind::TcpListen, SocketKind::Udp] {
        let socket = Socket::new(kind, any, 80, "server");
        world.namespaces[2].sockets.open(socket);
    }
    world
}

fn ping(netns: &str, dst: &str) -> Flow {
    Flow {
        netns: netns.into(),
        action: Action::Ping {
            dst: dst.parse().expect("an address"),
            from: None,
            ttl: None,
            size: None,
        },
    }
}

fn tcp(netns: &str, dst: &str) -> Flow {
    Flow {
        netns: netns.into(),
        action: Action::Tcp {
            dst: dst.parse().expect("an address"),
            from: None,
            from_port: None,
        },
    }
}

fn udp(netns: &str, dst: &str) -> Flow {
    Flow {
        netns: netns.into(),
        action: Action::Udp {
            dst: dst.parse().expect("an address"),
            from: None,
            from_port: None,
        },
    }
}

fn events(walk: &Walk) -> String {
    walk.steps
        .iter()
        .map(|step| format!("{} {:?} {:?}\n", step.netns, step.dev, step.event))
        .collect()
}

#[track_caller]
fn check(world: &mut World, flow: &Flow, expected: Outcome) {
    let walk = world.run_flow(flow);
    assert_eq!(walk.outcome, expected, "{}", events(&walk));
}

const OK: Outcome = Outcome::Ok { seen: None };

#[test]
fn bridged_routed_and_local_pings_are_answered() {
    let mut world = machine();
    for (netns, dst) in [
        ("c1", "10.0.0.3"),
        ("host", "10.0.0.2"),
        ("c1", "10.0.0.1"),
        ("c1", "192.0.2.9"),
        ("ext", "10.0.0.3"),
        ("host", "127.0.0.1"),
        ("host", "10.0.0.1"),
    ] {
        check(&mut world, &ping(netns, dst), OK);
    }
}

#[test]
fn a_neighbour_that_nobody_is_makes_the_host_unreachable() {
    let mut world = machine();
    let gone = Outcome::Unreachable(Unreachable::Host);
    check(&mut world, &ping("c1", "10.0.0.77"), gone);
    check(&mut world, &ping("ext", "10.0.0.77"), gone);
    check(&mut world, &tcp("c1", "10.0.0.77:80"), gone);
}

#[test]
fn tcp_and_udp_reach_servers_and_learn_of_closed_ports() {
    let mut world = machine();
    let seen = |addr: &str| Outcome::Ok {
        seen: Some(addr.parse().expect("an address")),
    };
    check(&mut world, &tcp("c1", "10.0.0.3:80"), seen("10.0.0.2"));
    check(&mut world, &udp("c1", "10.0.0.3:80"), seen("10.0.0.2"));
    check(&mut world, &tcp("ext", "10.0.0.3:80"), seen("192.0.2.9"));
    check(&mut world, &tcp("c1", "10.0.0.3:81"), Outcome::Refused);
    check(&mut world, &udp("c1", "10.0.0.3:81"), Outcome::Refused);
}

#[test]
fn ttl_runs_out_and_forwarding_can_be_off() {
    let mut world = machine();
    let mut short = ping("c1", "192.0.2.9");
    if let Action::Ping { ttl, .. } = &mut short.action {
        *ttl = Some(1);
    }
    check(&mut world, &short, Outcome::Unreachable(Unreachable::Ttl));
    world.namespaces[0]
        .sysctl
        .set("net.ipv4.ip_forward", "0")
        .expect("known");
    check(&mut world, &ping("c1", "192.0.2.9"), Outcome::Timeout);
}

#[test]
fn big_pings_are_cut_up_and_put_together() {
    let mut world = machine();
    let mut big = ping("c1", "192.0.2.9");
    if let Action::Ping { size, .. } = &mut big.action {
        *size = Some(4000);
    }
    let walk = world.run_flow(&big);
    assert_eq!(walk.outcome, OK, "{}", events(&walk));
    let cut = |event: &Event| matches!(event, Event::Fragment { pieces: 3, .. });
    assert_eq!(walk.steps.iter().filter(|step| cut(&step.event)).count(), 2);
}
