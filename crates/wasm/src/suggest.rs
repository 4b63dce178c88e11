//! Flows that one could try on a machine: who can be pinged, who listens.

use std::net::IpAddr;

use packetwalk_core::transport::SocketKind;
use packetwalk_core::world::{Netns, World};

/// How many are suggested at most.
const MOST: usize = 60;

/// Flows worth trying: containers first, each to everybody else.
pub(crate) fn flows(world: &World) -> Vec<String> {
    let mut from: Vec<&Netns> = world.namespaces.iter().collect();
    from.sort_by_key(|netns| &*netns.name == "host");
    let mut out = Vec::new();
    for netns in &from {
        for other in &from {
            if netns.name == other.name {
                continue;
            }
            let Some(address) = address(other) else {
                continue;
            };
            out.push(format!("{} ping {address}", netns.name));
        }
    }
    for netns in &from {
        for other in &from {
            if netns.name != other.name {
                out.extend(services(netns, other));
            }
        }
    }
    // One that there always is.
    out.extend(from.iter().map(|netns| format!("{} ping 127.0.0.1", netns.name)));
    out.truncate(MOST);
    out
}

/// The first address by which others may reach a namespace.
fn address(netns: &Netns) -> Option<IpAddr> {
    let devices = netns.devices.iter().filter(|device| !device.is_loopback());
    let mut addresses = devices.flat_map(|device| &device.addrs);
    addresses
        .find(|addr| addr.local.is_ipv4())
        .map(|addr| addr.local)
}

/// To each socket of `other` that listens for everybody.
fn services<'a>(netns: &'a Netns, other: &'a Netns) -> impl Iterator<Item = String> + 'a {
    let sockets = other.sockets.list.iter().filter(|socket| !socket.dead);
    sockets.filter_map(move |socket| {
        let verb = match socket.kind {
            SocketKind::TcpListen => "tcp",
            SocketKind::Udp if socket.remote.is_none() => "udp",
            _ => return None,
        };
        Some(format!("{} {verb} {}:{}", netns.name, address(other)?, socket.port))
    })
}
