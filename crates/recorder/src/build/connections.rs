//! Connections that exist already, entered with `conntrack -I`.
//!
//! Not put up: what TCP knows of windows. Neither does `conntrack -L` show it,
//! and the kernel is liberal with such a connection.

use std::fmt::Write as _;
use std::net::IpAddr;

use packetwalk_core::conntrack::{Entry, Tuple, status};
use packetwalk_snapshot::frame::Namespace;

use super::{BuildError, World, commands};
use crate::command::run;

pub(super) fn enter(
    world: &mut World,
    index: usize,
    netns: &Namespace<'_>,
) -> Result<(), BuildError> {
    let Some(listed) = netns.run(commands::CONNTRACK) else {
        return Ok(());
    };
    for line in listed.text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with("conntrack v") {
            continue;
        }
        let Some(command) = Entry::parse(line, 0).and_then(|entry| command(line, &entry)) else {
            world.note(&netns.name, format!("connection not entered: {line}"));
            continue;
        };
        let output = run(&world.namespaces[index], &command, "")?;
        if !output.success {
            let said = output.stderr.trim();
            world.note(&netns.name, format!("{command}: {said}"));
        }
    }
    Ok(())
}

/// The command that enters the connection; `None` if the tool has no way to.
fn command(line: &str, entry: &Entry) -> Option<String> {
    let original = &entry.original;
    let mut words = format!(
        "conntrack -I -p {} -s {} -d {} -t 86400",
        line.split_whitespace().nth(2)?,
        original.src,
        original.dst
    );
    let icmp = original.proto == 1;
    let ports = match original.proto {
        1 => {
            let [kind, code] = original.dport.to_be_bytes();
            let id = original.sport;
            format!(" --icmp-type {kind} --icmp-code {code} --icmp-id {id}")
        }
        6 | 17 | 132 | 136 => format!(" --sport {} --dport {}", original.sport, original.dport),
        _ => return None,
    };
    words += &ports;
    if let Some(tcp) = &entry.tcp {
        let _ = write!(words, " --state {}", tcp.state.name());
    }
    let bits: Vec<&str> = [
        (status::SEEN_REPLY, "SEEN_REPLY"),
        (status::ASSURED, "ASSURED"),
    ]
    .into_iter()
    .filter(|(bit, _)| entry.has(*bit))
    .map(|(_, name)| name)
    .collect();
    if !bits.is_empty() {
        let _ = write!(words, " -u {}", bits.join(","));
    }
    if entry.mark != 0 {
        let _ = write!(words, " -m {}", entry.mark);
    }
    if original.zone != 0 {
        let _ = write!(words, " -w {}", original.zone);
    }
    let plain = original.invert()?;
    let to = |addr: IpAddr, port: u16, moved: bool| match moved && !icmp {
        true => format!("{addr}:{port}"),
        false => addr.to_string(),
    };
    let Tuple { src, dst, .. } = entry.reply;
    let (sport, dport) = (entry.reply.sport, entry.reply.dport);
    if (dst, dport) != (plain.dst, plain.dport) {
        let _ = write!(words, " --src-nat {}", to(dst, dport, dport != plain.dport));
    }
    if (src, sport) != (plain.src, plain.sport) {
        let _ = write!(words, " --dst-nat {}", to(src, sport, sport != plain.sport));
    }
    Some(words)
}
