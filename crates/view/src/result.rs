//! The line of `--format result`: what the program that started a flow saw.

use std::fmt::Write as _;

use packetwalk_core::flow::{Action, Flow, Outcome, seconds};
use packetwalk_core::walk::Walk;

/// The line for a walk; `seen` adds whom the far end of a TCP or UDP flow took
/// for its client.
pub fn line(walk: &Walk, seen: bool) -> String {
    let mut out = walk.outcome.to_string();
    if seen && let Some(seen) = self::seen(walk) {
        out.push(' ');
        out.push_str(&seen);
    }
    out
}

/// Whom the far end took for its client, where that is known.
pub fn seen(walk: &Walk) -> Option<String> {
    match walk.outcome {
        Outcome::Ok { seen } => seen.map(|seen| seen.to_string()),
        _ => None,
    }
}

/// A flow as it is typed.
pub fn flow_text(flow: &Flow) -> String {
    let mut out = flow.netns.clone();
    let source = |out: &mut String, from: &Option<std::net::IpAddr>, port: &Option<u16>| {
        if from.is_some() || port.is_some() {
            out.push_str(" from ");
        }
        match (from, port) {
            (Some(from), Some(port)) => {
                let _ = write!(out, "{}", std::net::SocketAddr::new(*from, *port));
            }
            (Some(from), None) => {
                let _ = write!(out, "{from}");
            }
            (None, Some(port)) => {
                let _ = write!(out, ":{port}");
            }
            (None, None) => {}
        }
    };
    match &flow.action {
        Action::Ping {
            dst,
            from,
            ttl,
            size,
        } => {
            let _ = write!(out, " ping {dst}");
            source(&mut out, from, &None);
            if let Some(ttl) = ttl {
                let _ = write!(out, " ttl {ttl}");
            }
            if let Some(size) = size {
                let _ = write!(out, " size {size}");
            }
        }
        Action::Tcp {
            dst,
            from,
            from_port,
        } => {
            let _ = write!(out, " tcp {dst}");
            source(&mut out, from, from_port);
        }
        Action::Udp {
            dst,
            from,
            from_port,
        } => {
            let _ = write!(out, " udp {dst}");
            source(&mut out, from, from_port);
        }
        Action::Frame { dev, bytes } => {
            let _ = write!(out, " frame {dev} ");
            for byte in bytes {
                let _ = write!(out, "{byte:02x}");
            }
        }
        Action::Wait { time } => {
            let _ = write!(out, " wait {}", seconds(*time));
        }
    }
    out
}
