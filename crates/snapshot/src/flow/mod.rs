//! Flows as text: one line for each thing that a person would try.
//!
//! ```text
//! c1   ping 10.10.126.187 from 192.168.0.2 ttl 3 size 1200
//! ext  tcp  10.10.126.101:8080 from :40001
//! host wait 30
//! ```
//!
//! [`parse`] reads a whole file, [`parse_line`] one flow; [`print()`] writes a
//! flow back in the one form that logs and results use.

mod print;
#[cfg(test)]
mod tests;
mod words;

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use packetwalk_core::flow::{Action, Flow, SECOND};

pub use print::print;
use words::{Trouble, Words, address, meant, number, same_family, socket_address, source};

/// Length of an Ethernet header, the least that a frame can be.
const ETHERNET_HEADER: usize = 14;
/// The longest frame that is accepted: the largest IPv4 packet and its header.
const LONGEST_FRAME: usize = ETHERNET_HEADER + 65535;
/// Most data behind an ICMP header that fits into one IPv4 packet.
const LONGEST_PING: u16 = 65535 - 20 - 8;

/// The longest wait, seconds: a year.
const LONGEST_WAIT: u64 = 366 * 24 * 60 * 60;

const ACTIONS: &[&str] = &["ping", "tcp", "udp", "frame", "wait"];
const ONE_OF: &str = "one of ping, tcp, udp, frame, wait";

/// A flow that could not be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowError {
    /// The line, counted from 1.
    pub line: usize,
    /// The character of the line that the trouble starts at, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl fmt::Display for FlowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}, column {}: {}",
            self.line, self.column, self.message
        )?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for FlowError {}

/// Reads a file of flows. Blank lines and what follows a `#` are passed over.
///
/// Each flow comes with the line that it stands on; a line that cannot be read
/// is an error of its own and does not stop the others.
#[must_use]
pub fn parse(text: &str) -> (Vec<(usize, Flow)>, Vec<FlowError>) {
    let mut flows = Vec::new();
    let mut errors = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        match parse_words(line) {
            Ok(Some(flow)) => flows.push((index + 1, flow)),
            Ok(None) => {}
            Err(error) => errors.push(error.at(index + 1, line)),
        }
    }
    (flows, errors)
}

/// Reads one flow.
///
/// # Errors
///
/// Where the line is no flow; also where it is empty or a comment alone.
pub fn parse_line(line: &str) -> Result<Flow, FlowError> {
    match parse_words(line) {
        Ok(Some(flow)) => Ok(flow),
        Ok(None) => Err(Trouble::new(
            line.trim_end().len(),
            "no flow here",
            "write, for example: c1 ping 10.0.0.1",
        )
        .at(1, line)),
        Err(error) => Err(error.at(1, line)),
    }
}

fn parse_words(line: &str) -> Result<Option<Flow>, Trouble> {
    let mut words = Words::new(line);
    let Some((at, netns)) = words.next() else {
        return Ok(None);
    };
    let (action_at, action) = match words.next() {
        Some(word) => word,
        None if ACTIONS.contains(&netns) => {
            return Err(Trouble::new(
                at,
                "the namespace is missing",
                format!("write host {netns} ..., or another namespace's name"),
            ));
        }
        None => {
            return Err(Trouble::new(
                words.line.len(),
                "what to do is missing",
                ONE_OF,
            ));
        }
    };
    let action = match action {
        "ping" => ping(&mut words)?,
        "tcp" => {
            let (dst, from, from_port) = connection(&mut words, "tcp")?;
            Action::Tcp {
                dst,
                from,
                from_port,
            }
        }
        "udp" => {
            let (dst, from, from_port) = connection(&mut words, "udp")?;
            Action::Udp {
                dst,
                from,
                from_port,
            }
        }
        "frame" => frame(&mut words)?,
        "wait" => wait(&mut words)?,
        _ if ACTIONS.contains(&netns) => {
            return Err(Trouble::new(
                at,
                "the namespace is missing",
                format!("write host {netns} {action}, or another namespace's name"),
            ));
        }
        other => {
            return Err(Trouble::new(
                action_at,
                format!("unknown action {other:?}"),
                meant(other, ACTIONS, ONE_OF),
            ));
        }
    };
    if let Some((at, word)) = words.next() {
        return Err(Trouble::new(at, format!("{word:?} is too much"), ""));
    }
    Ok(Some(Flow {
        netns: netns.to_owned(),
        action,
    }))
}

fn ping(words: &mut Words<'_>) -> Result<Action, Trouble> {
    let word = words.expect("the destination", "an address, as in: c1 ping 10.0.0.1")?;
    let dst = address(word)?;
    let (mut from, mut ttl, mut size) = (None, None, None);
    while let Some((at, option)) = words.next() {
        let twice = match option {
            "from" => {
                let word = words.expect("the source address", "as in: from 10.0.0.1")?;
                let source = address(word)?;
                same_family(word.0, dst, source)?;
                from.replace(source).is_some()
            }
            "ttl" => {
                let word = words.expect("the TTL", "a number from 1 to 255")?;
                let value = number(word, 1, 255, "the TTL")?;
                ttl.replace(u8::try_from(value).unwrap_or(u8::MAX))
                    .is_some()
            }
            "size" => {
                let word = words.expect("the size", "bytes of data, 56 unless told")?;
                size.replace(number(word, 0, LONGEST_PING, "the size")?)
                    .is_some()
            }
            other => {
                return Err(Trouble::new(
                    at,
                    format!("unknown option {other:?} of ping"),
                    meant(
                        other,
                        &["from", "ttl", "size"],
                        "one of from SRC, ttl N, size N",
                    ),
                ));
            }
        };
        if twice {
            return Err(Trouble::new(at, format!("a second {option}"), ""));
        }
    }
    Ok(Action::Ping {
        dst,
        from,
        ttl,
        size,
    })
}

type Connection = (SocketAddr, Option<IpAddr>, Option<u16>);

fn connection(words: &mut Words<'_>, what: &str) -> Result<Connection, Trouble> {
    let example = format!("address and port, as in: c1 {what} 10.0.0.1:80");
    let word = words.expect("the destination", &example)?;
    let dst = socket_address(word)?;
    let Some((at, option)) = words.next() else {
        return Ok((dst, None, None));
    };
    if option != "from" {
        return Err(Trouble::new(
            at,
            format!("unknown option {option:?} of {what}"),
            meant(option, &["from"], "only from [SRC]:PORT may follow"),
        ));
    }
    let word = words.expect("the source", "as in: from :40001, or from 10.0.0.1:40001")?;
    let (from, from_port) = source(word)?;
    if let Some(from) = from {
        same_family(word.0, dst.ip(), from)?;
    }
    Ok((dst, from, from_port))
}

fn frame(words: &mut Words<'_>) -> Result<Action, Trouble> {
    let (_, dev) = words.expect("the device", "as in: c1 frame eth0 ffff...")?;
    let (at, hex) = words.expect("the frame", "its bytes in hexadecimal")?;
    let mut bytes = Vec::with_capacity(hex.len() / 2);
    let mut high = None;
    for (offset, c) in hex.char_indices() {
        let Some(digit) = c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()) else {
            return Err(Trouble::new(
                at + offset,
                format!("{c:?} is no hexadecimal digit"),
                "bytes in hexadecimal with nothing in between, as in ffffffffffff0242...",
            ));
        };
        match high.take() {
            None => high = Some(digit << 4),
            Some(high) => bytes.push(high | digit),
        }
    }
    if high.is_some() {
        return Err(Trouble::new(
            at + hex.len(),
            format!("an odd number of hexadecimal digits, {}", hex.len()),
            "two digits make a byte",
        ));
    }
    if !(ETHERNET_HEADER..=LONGEST_FRAME).contains(&bytes.len()) {
        return Err(Trouble::new(
            at,
            format!("a frame of {} bytes", bytes.len()),
            format!("from {ETHERNET_HEADER} (an Ethernet header) to {LONGEST_FRAME}"),
        ));
    }
    if let Some((at, _)) = words.next() {
        return Err(Trouble::new(
            at,
            "text behind the frame",
            "write its bytes without spaces",
        ));
    }
    Ok(Action::Frame {
        dev: dev.to_owned(),
        bytes,
    })
}

fn wait(words: &mut Words<'_>) -> Result<Action, Trouble> {
    let hint = "decimal seconds, as in: host wait 1.5";
    let (at, word) = words.expect("how long to wait", hint)?;
    let (whole, part) = word.split_once('.').unwrap_or((word, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) {
        return Err(Trouble::new(
            at,
            format!("{word:?} is no number of seconds"),
            hint,
        ));
    }
    if part.len() > 9 {
        return Err(Trouble::new(
            at,
            format!("{word} is finer than a nanosecond"),
            hint,
        ));
    }
    let part = format!("{part:0<9}").parse::<u64>().unwrap_or(0);
    match whole.parse::<u64>() {
        Ok(whole) if whole < LONGEST_WAIT && (whole, part) != (0, 0) => Ok(Action::Wait {
            time: whole * SECOND + part,
        }),
        _ => Err(Trouble::new(
            at,
            format!("a wait of {word} s is out of range"),
            format!("more than 0, less than {LONGEST_WAIT} (366 days)"),
        )),
    }
}
