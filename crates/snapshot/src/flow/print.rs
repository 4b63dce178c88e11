//! Flows back to text.

use std::net::{IpAddr, SocketAddr};

use packetwalk_core::flow::{Action, Flow, seconds};

/// The flow as a line of text, in words that [`parse_line`](super::parse_line) reads back.
#[must_use]
pub fn print(flow: &Flow) -> String {
    let netns = &flow.netns;
    match &flow.action {
        Action::Ping {
            dst,
            from,
            ttl,
            size,
        } => {
            let mut line = format!("{netns} ping {dst}");
            if let Some(from) = from {
                line += &format!(" from {from}");
            }
            if let Some(ttl) = ttl {
                line += &format!(" ttl {ttl}");
            }
            if let Some(size) = size {
                line += &format!(" size {size}");
            }
            line
        }
        Action::Tcp {
            dst,
            from,
            from_port,
        } => format!("{netns} tcp {dst}{}", print_source(*from, *from_port)),
        Action::Udp {
            dst,
            from,
            from_port,
        } => format!("{netns} udp {dst}{}", print_source(*from, *from_port)),
        Action::Frame { dev, bytes } => {
            let mut line = format!("{netns} frame {dev} ");
            for byte in bytes {
                line += &format!("{byte:02x}");
            }
            line
        }
        Action::Wait { time } => format!("{netns} wait {}", seconds(*time)),
    }
}

fn print_source(from: Option<IpAddr>, port: Option<u16>) -> String {
    match (from, port) {
        (None, None) => String::new(),
        (Some(from), None) => format!(" from {from}"),
        (None, Some(port)) => format!(" from :{port}"),
        (Some(from), Some(port)) => format!(" from {}", SocketAddr::new(from, port)),
    }
}
