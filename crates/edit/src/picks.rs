//! What a flow can be put together from: who sends, who listens where.

use std::net::IpAddr;

use packetwalk_core::transport::SocketKind;
use packetwalk_core::world::{Netns, World};
use packetwalk_rules::addr::IpRange;
use packetwalk_rules::xt::{Match, PortRange, Target};
use packetwalk_rules::{Neg, Rule};
use serde::Serialize;

/// Everybody that a flow may begin at or lead to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Picks {
    /// Namespaces, containers first.
    pub from: Vec<String>,
    /// Addresses.
    pub to: Vec<Destination>,
}

/// An address that somebody has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Destination {
    /// The address.
    pub address: String,
    /// Whose it is.
    pub netns: String,
    /// The device that has it.
    pub dev: String,
    /// Who listens there.
    pub services: Vec<Service>,
}

/// A port that answers at an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Service {
    /// TCP, or UDP?
    pub tcp: bool,
    /// Port.
    pub port: u16,
    /// The program; empty where a rule leads elsewhere.
    pub program: String,
    /// Where the port is published from: the address and port behind it.
    pub published: Option<String>,
}

/// What a flow on this machine can be put together from.
#[must_use]
pub fn of(world: &World) -> Picks {
    let mut all: Vec<&Netns> = world.namespaces.iter().collect();
    packetwalk_rules::sort::by_key(&mut all, |netns| &*netns.name == "host");
    let mut out = Picks::default();
    for netns in &all {
        out.from.push(netns.name.to_string());
        for device in &netns.devices {
            for addr in device.addrs.iter().filter(|addr| addr.local.is_ipv4()) {
                out.to.push(Destination {
                    address: addr.local.to_string(),
                    netns: netns.name.to_string(),
                    dev: device.name.to_string(),
                    services: services(netns, addr.local),
                });
            }
        }
    }
    // 127.0.0.1 is everybody's own: once is enough.
    let mut seen = false;
    out.to
        .retain(|to| to.dev != "lo" || !std::mem::replace(&mut seen, true));
    out
}

fn services(netns: &Netns, address: IpAddr) -> Vec<Service> {
    let mut out: Vec<Service> = Vec::new();
    // A rule comes before a socket: it takes the packet first.
    if !address.is_loopback() {
        let tables = netns.nf.tables.ip.iter();
        let nat = tables.filter(|table| &*table.compiled.name == "nat");
        let rules = nat.flat_map(|table| table.compiled.chains.iter());
        let rules = rules.flat_map(|chain| chain.rules.iter());
        out.extend(rules.filter_map(|rule| published(&rule.rule, address)));
    }
    for socket in netns.sockets.list.iter().filter(|socket| !socket.dead) {
        let tcp = match socket.kind {
            SocketKind::TcpListen => true,
            SocketKind::Udp if socket.remote.is_none() => false,
            _ => continue,
        };
        let bound = socket.local.is_unspecified() && (socket.local.is_ipv4() || socket.dual);
        if bound || socket.local == address {
            out.push(Service {
                tcp,
                port: socket.port,
                program: socket.program.to_string(),
                published: socket.relay.as_ref().map(|relay| relay.to.to_string()),
            });
        }
    }
    let mut seen = std::collections::HashSet::new();
    out.retain(|service| seen.insert((service.tcp, service.port)));
    packetwalk_rules::sort::by_key(&mut out, |service| (!service.tcp, service.port));
    out
}

/// The port that a rule publishes at `address`, if it does.
fn published(rule: &Rule, address: IpAddr) -> Option<Service> {
    let Target::Dnat(dnat) = &rule.target else {
        return None;
    };
    let elsewhere = rule
        .ip
        .dst
        .as_ref()
        .is_some_and(|dst| !dst.contains(address));
    if elsewhere {
        return None;
    }
    let one = |range: Option<Neg<PortRange>>| {
        range.filter(|range| !range.inverted && range.value.first == range.value.last)
    };
    let (tcp, port) = rule.matches.iter().find_map(|found| match found {
        Match::Tcp(tcp) => one(tcp.dport).map(|range| (true, range.value.first)),
        Match::Udp(udp) => one(udp.dport).map(|range| (false, range.value.first)),
        _ => None,
    })?;
    let to: IpRange = dnat.range.addr?;
    let behind = dnat.range.ports.map_or(port, |(first, _)| first);
    Some(Service {
        tcp,
        port,
        program: String::new(),
        published: Some(format!("{}:{behind}", to.first)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use packetwalk_snapshot::{flow, load};

    const HOST: &str = "@@packetwalk snapshot 1\n@@netns host\n\
        @@run ip -j -d link show\n[{\"ifindex\":2,\"ifname\":\"eth0\",\"flags\":[\"UP\"]}]\n\
        @@run ip -j addr show\n[{\"ifname\":\"eth0\",\"addr_info\":[{\"family\":\"inet\",\
        \"local\":\"10.0.0.1\",\"prefixlen\":24}]}]\n\
        @@run ss -Htulnp\ntcp LISTEN 0 5 127.0.0.1:631 0.0.0.0:* users:((\"cupsd\",pid=1,fd=3))\n\
        tcp LISTEN 0 5 0.0.0.0:22 0.0.0.0:* users:((\"sshd\",pid=1,fd=3))\n\
        @@run iptables-save\n*nat\n-A PREROUTING -d 10.0.0.1/32 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80\n\
        -A PREROUTING -d 10.0.0.9/32 -p tcp -m tcp --dport 81 -j DNAT --to-destination 172.17.0.2:80\nCOMMIT\n@@end\n";

    #[test]
    fn who_listens_where_and_what_is_published() {
        let picks = of(&load(HOST).world);
        let [to] = &picks.to[..] else {
            panic!("{picks:?}")
        };
        let ports: Vec<_> = to
            .services
            .iter()
            .map(|s| (s.port, s.published.as_deref()))
            .collect();
        assert_eq!(ports, [(22, None), (8080, Some("172.17.0.2:80"))]);
    }

    #[test]
    fn whatever_is_picked_is_a_flow() {
        let text = include_str!("../../../www/scenarios/article-2017.snapshot.txt");
        let picks = of(&load(text).world);
        assert_eq!(picks.from, ["c1", "c2", "ext", "host"]);
        for from in &picks.from {
            for to in &picks.to {
                let line = format!("{from} ping {}", to.address);
                assert!(flow::parse_line(&line).is_ok(), "{line}");
                for service in &to.services {
                    let verb = if service.tcp { "tcp" } else { "udp" };
                    let line = format!("{from} {verb} {}:{}", to.address, service.port);
                    assert!(flow::parse_line(&line).is_ok(), "{line}");
                }
            }
        }
    }
}
