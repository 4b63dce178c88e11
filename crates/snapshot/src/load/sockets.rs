//! `ss -Htulnp`, and the `docker-proxy` lines of `ps`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use packetwalk_core::transport::{Relay, Socket, SocketKind};
use packetwalk_core::world::Netns;

use super::Notes;

pub(super) fn listening(section: &str, netns: &mut Netns, notes: &mut Notes) {
    for (at, line) in section.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [proto, state, _, _, local, ..] = words[..] else {
            if !line.trim().is_empty() {
                notes.error(at, format!("not a socket: {line}"), "a line of ss -Htulnp");
            }
            continue;
        };
        let kind = match (proto, state) {
            ("tcp", "LISTEN") => SocketKind::TcpListen,
            ("udp", "UNCONN") => SocketKind::Udp,
            ("Netid", _) => continue,
            _ => continue,
        };
        let Some((addr, dev, port, dual)) = address(local) else {
            notes.error(
                at,
                format!("not an address and port: {local}"),
                "such as 0.0.0.0:80",
            );
            continue;
        };
        let users = words.iter().find(|word| word.starts_with("users:"));
        let program = users
            .and_then(|users| users.split('"').nth(1))
            .unwrap_or("server");
        let mut socket = Socket::new(kind, addr, port, program);
        socket.dual = dual;
        socket.dev = dev.and_then(|dev| netns.dev_named(dev));
        socket.pid = users
            .and_then(|users| users.split("pid=").nth(1))
            .and_then(|rest| rest.split([',', ')']).next())
            .and_then(|pid| pid.parse().ok())
            .unwrap_or(0);
        netns.sockets.open(socket);
    }
}

/// An address as `ss` writes it: `0.0.0.0:80`, `*:80`, `[::]:80`,
/// `127.0.0.53%lo:53`, `[::ffff:10.0.0.1]:80`.
fn address(word: &str) -> Option<(IpAddr, Option<&str>, u16, bool)> {
    let (host, port) = word.rsplit_once(':')?;
    let port = port.parse().ok()?;
    let (host, dev) = match host.split_once('%') {
        Some((host, dev)) => (host, Some(dev.trim_end_matches(']'))),
        None => (host, None),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host == "*" {
        // Both families on one socket.
        return Some((IpAddr::V6(Ipv6Addr::UNSPECIFIED), dev, port, true));
    }
    let addr: IpAddr = host.parse().ok()?;
    // ss writes `*` for an IPv6 socket that takes IPv4 too, `[::]` for one
    // that does not.
    Some((addr, dev, port, false))
}

pub(super) fn relays(section: &str, netns: &mut Netns, notes: &mut Notes) {
    for (at, line) in section.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some(start) = words
            .iter()
            .position(|word| word.rsplit('/').next() == Some("docker-proxy"))
        else {
            continue;
        };
        let after = |flag: &str| {
            let place = words.iter().position(|word| *word == flag)?;
            words.get(place + 1).copied()
        };
        let parsed = (|| {
            let host: IpAddr = after("-host-ip")?.parse().ok()?;
            let port: u16 = after("-host-port")?.parse().ok()?;
            let to: IpAddr = after("-container-ip")?.parse().ok()?;
            let to_port: u16 = after("-container-port")?.parse().ok()?;
            Some((after("-proto")?, host, port, SocketAddr::new(to, to_port)))
        })();
        let Some((proto, host, port, to)) = parsed else {
            notes.error(
                at,
                "a docker-proxy whose options cannot be read",
                "-proto, -host-ip, ...",
            );
            continue;
        };
        let kind = match proto {
            "tcp" => SocketKind::TcpListen,
            "udp" => SocketKind::Udp,
            _ => {
                notes.not_modelled(format!("docker-proxy for {proto}"));
                continue;
            }
        };
        let pid: u32 = words
            .get(..start)
            .and_then(|before| before.iter().find_map(|word| word.parse().ok()))
            .unwrap_or(0);
        // By process, else by address; a relay that ss does not show listens too.
        let by_pid = netns.sockets.list.iter().position(|socket| {
            socket.kind == kind && socket.port == port && pid != 0 && socket.pid == pid
        });
        let by_addr =
            netns.sockets.list.iter().position(|socket| {
                socket.kind == kind && socket.port == port && socket.local == host
            });
        let found = by_pid.or(by_addr).unwrap_or_else(|| {
            let mut socket = Socket::new(kind, host, port, "docker-proxy");
            socket.pid = pid;
            netns.sockets.open(socket);
            netns.sockets.list.len() - 1
        });
        if let Some(socket) = netns.sockets.list.get_mut(found) {
            socket.relay = Some(Relay { to });
            // Its IPv6 twin is a process of its own.
            if host == IpAddr::V4(Ipv4Addr::UNSPECIFIED) && socket.local.is_ipv6() {
                socket.dual = true;
            }
        }
    }
}
