//! Who listens, from `ss -Htulnp`, and what relays, from `ps -eo pid,args`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use packetwalk_snapshot::frame::Namespace;

use crate::build::commands;

/// TCP or UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A listening TCP socket.
    Tcp,
    /// An unconnected UDP socket.
    Udp,
}

/// A socket that waits for clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Protocol.
    pub transport: Transport,
    /// Address and port; the unspecified address for any.
    pub address: SocketAddr,
    /// Device that it is bound to, if to one.
    pub device: Option<String>,
    /// Where it sends everything on to, if it is docker-proxy's.
    pub relay: Option<SocketAddr>,
}

/// The sockets of a namespace, and a note for each line that makes no sense.
#[must_use]
pub fn listeners(netns: &Namespace<'_>) -> (Vec<Listener>, Vec<String>) {
    let relays = netns
        .run(commands::PROCESSES)
        .map(|run| relays(&run.text))
        .unwrap_or_default();
    let mut found = Vec::new();
    let mut notes = Vec::new();
    let text = netns.run(commands::SOCKETS).map_or("", |run| &*run.text);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        match listener(line, &relays) {
            Some(listeners) => found.extend(listeners),
            None => notes.push(format!("ss: cannot read {line:?}")),
        }
    }
    (found, notes)
}

/// A relay: pid and what it relays.
type Relay = (String, Transport, IpAddr, u16, SocketAddr);

fn relays(text: &str) -> Vec<Relay> {
    text.lines()
        .filter(|line| line.contains("docker-proxy"))
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let option = |name: &str| {
                let at = words
                    .iter()
                    .position(|word| word.trim_start_matches('-') == name)?;
                words.get(at + 1).copied()
            };
            let transport = match option("proto")? {
                "tcp" => Transport::Tcp,
                "udp" => Transport::Udp,
                _ => return None,
            };
            let to = SocketAddr::new(
                option("container-ip")?.parse().ok()?,
                option("container-port")?.parse().ok()?,
            );
            Some((
                (*words.first()?).to_owned(),
                transport,
                option("host-ip")?.parse().ok()?,
                option("host-port")?.parse().ok()?,
                to,
            ))
        })
        .collect()
}

/// `tcp LISTEN 0 4096 0.0.0.0:8080 0.0.0.0:* users:(("docker-proxy",pid=13352))`
fn listener(line: &str, relays: &[Relay]) -> Option<Vec<Listener>> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let transport = match *words.first()? {
        "tcp" => Transport::Tcp,
        "udp" => Transport::Udp,
        _ => return None,
    };
    let (host, port) = words.get(4)?.rsplit_once(':')?;
    let port: u16 = port.parse().ok()?;
    let (host, device) = match host.split_once('%') {
        Some((host, device)) => (host, Some(device.trim_end_matches(']').to_owned())),
        None => (host, None),
    };
    let host = host.trim_matches(['[', ']']);
    let address = match host {
        // Both families; IPv4 is what is recorded of it.
        "*" => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        other => other.parse().ok()?,
    };
    let address = SocketAddr::new(address, port);
    let relay = relays.iter().find(|(pid, proto, host, port, _)| {
        *proto == transport
            && *host == address.ip()
            && *port == address.port()
            && line.contains(&format!("pid={pid},")) | line.contains(&format!("pid={pid})"))
    });
    Some(vec![Listener {
        transport,
        address,
        device,
        relay: relay.map(|(.., to)| *to),
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_is_found_by_its_process() {
        let mut netns = Namespace::default();
        netns.push(
            commands::SOCKETS,
            "udp UNCONN 0 0 127.0.0.1%lo:53 0.0.0.0:* users:((\"x\",pid=1,fd=3))\n\
             tcp LISTEN 0 4096 0.0.0.0:8080 0.0.0.0:* users:((\"docker-proxy\",pid=13352))\n\
             tcp LISTEN 0 16 *:9000 *:* users:((\"peer\",pid=13164))\n\
             nonsense\n",
        );
        netns.push(
            commands::PROCESSES,
            "  PID COMMAND\n13352 docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080 \
             -container-ip 172.17.0.2 -container-port 80\n",
        );
        let (found, notes) = listeners(&netns);
        assert_eq!(notes, ["ss: cannot read \"nonsense\""]);
        let shown: Vec<_> = found
            .iter()
            .map(|l| {
                (
                    l.address.to_string(),
                    l.device.clone(),
                    l.relay.map(|r| r.to_string()),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("127.0.0.1:53".to_owned(), Some("lo".to_owned()), None),
                (
                    "0.0.0.0:8080".to_owned(),
                    None,
                    Some("172.17.0.2:80".to_owned())
                ),
                ("0.0.0.0:9000".to_owned(), None, None),
            ]
        );
    }
}
