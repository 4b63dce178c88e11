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
    out.extend(
        from.iter()
            .map(|netns| format!("{} ping 127.0.0.1", netns.name)),
    );
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
        Some(format!(
            "{} {verb} {}:{}",
            netns.name,
            address(other)?,
            socket.port
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use packetwalk_snapshot::{flow, load};

    #[test]
    fn what_is_suggested_can_be_run() {
        let text = include_str!("../../../www/scenarios/article-2017.snapshot.txt");
        let world = load(text).world;
        let flows = flows(&world);
        assert_eq!(
            flows.first().map(String::as_str),
            Some("c1 ping 192.168.0.3")
        );
        assert!(flows.iter().any(|flow| flow == "c1 tcp 10.10.126.187:80"));
        for line in flows {
            let flow = flow::parse_line(&line).expect(&line);
            assert!(world.ns_named(&flow.netns).is_some(), "{line}");
        }
    }

    #[test]
    fn a_lonely_machine_can_ping_itself() {
        let world = load("@@packetwalk snapshot 1\n@@netns host\n@@end\n").world;
        assert_eq!(flows(&world), ["host ping 127.0.0.1"]);
    }
}
