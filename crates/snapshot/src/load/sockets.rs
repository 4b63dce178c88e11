//! `ss -Htulnp`, and the `docker-proxy` lines of `ps`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use packetwalk_core::transport::{Relay, Socket, SocketKind};
use packetwalk_core::world::Netns;

use super::Notes;
use super::devices::Names;
use super::json::beginning;

/// Reads listening sockets.
pub(super) fn listening(section: &str, netns: &mut Netns, names: &Names, notes: &mut Notes) {
    for (at, line) in section.lines().enumerate() {
        let mut words = line.split_whitespace();
        let (Some(proto), state) = (words.next(), words.next()) else {
            continue;
        };
        let kind = match (proto, state) {
            ("tcp", Some("LISTEN")) => SocketKind::TcpListen,
            ("udp", Some("UNCONN")) => SocketKind::Udp,
            // The heading, connections, and sockets of other kinds.
            ("Netid" | "tcp" | "udp", Some(_)) => continue,
            (other, Some(_)) if OTHERS.contains(&other) => continue,
            _ => {
                let message = format!("{:?} is no socket", beginning(line));
                notes.error(at, message, "a line of ss -Htulnp");
                continue;
            }
        };
        let local = words.nth(2).unwrap_or("");
        let Some((addr, dev, port, dual)) = address(local) else {
            let message = format!("{local:?} is no address and port");
            notes.error(at, message, "such as 0.0.0.0:80");
            continue;
        };
        // Programs may have spaces in their names.
        let users = line.split_once("users:").map_or("", |(_, users)| users);
        let program = users.split('"').nth(1).unwrap_or("server");
        let mut socket = Socket::new(kind, addr, port, program);
        socket.dual = dual;
        socket.pid = users
            .split("pid=")
            .nth(1)
            .and_then(|rest| rest.split([',', ')']).next())
            .and_then(|pid| pid.parse().ok())
            .unwrap_or(0);
        if let Some(dev) = dev {
            let Some(id) = names.get(dev) else {
                let message = format!("{local} is bound to {dev}, which there is not");
                notes.error(at, message, "");
                continue;
            };
            socket.dev = Some(*id);
        }
        netns.sockets.open(socket);
    }
}

/// What `ss` calls sockets that no flow can reach.
const OTHERS: [&str; 16] = [
    "nl", "p_raw", "p_dgr", "raw", "icmp", "icmp6", "u_str", "u_dgr", "u_seq", "v_str", "v_dgr",
    "vsock", "tipc", "xdp", "sctp", "dccp",
];

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

/// Reads `docker-proxy` processes; what else runs does not matter.
pub(super) fn relays(section: &str, netns: &mut Netns, notes: &mut Notes) {
    for (at, line) in section.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_proxy = |pair: &[&str]| {
            matches!(pair, [program, option] if option.starts_with('-')
                && program.rsplit('/').next() == Some("docker-proxy"))
        };
        let Some(start) = words.windows(2).position(is_proxy) else {
            continue;
        };
        // "-host-ip 0.0.0.0"; "--host-ip=0.0.0.0" means the same to it.
        let after = |flag: &str| {
            let mut words = words.iter();
            while let Some(word) = words.next() {
                let word = word.trim_start_matches('-');
                match word.split_once('=') {
                    Some((name, value)) if name == flag => return Some(value),
                    None if word == flag => return words.next().copied(),
                    _ => {}
                }
            }
            None
        };
        let parsed = (|| {
            let host: IpAddr = after("host-ip")?.parse().ok()?;
            let port: u16 = after("host-port")?.parse().ok()?;
            let to: IpAddr = after("container-ip")?.parse().ok()?;
            let to_port: u16 = after("container-port")?.parse().ok()?;
            Some((after("proto")?, host, port, SocketAddr::new(to, to_port)))
        })();
        let Some((proto, host, port, to)) = parsed else {
            notes.error(
                at,
                "a docker-proxy whose options cannot be read",
                "it has -proto, -host-ip, -host-port, -container-ip and -container-port",
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
