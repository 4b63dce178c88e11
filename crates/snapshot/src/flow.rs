//! Flows as text: one line for each thing that a person would try.
//!
//! ```text
//! c1   ping 10.10.126.187 from 192.168.0.2 ttl 3 size 1200
//! ext  tcp  10.10.126.101:8080 from :40001
//! ```
//!
//! [`parse`] reads a whole file, [`parse_line`] one flow; [`print()`] writes a
//! flow back in the one form that logs and results use.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use packetwalk_core::flow::{Action, Flow, SECOND, seconds};

/// Length of an Ethernet header, the least that a frame can be.
const ETHERNET_HEADER: usize = 14;
/// The longest frame that is accepted: the largest IPv4 packet and its header.
const LONGEST_FRAME: usize = ETHERNET_HEADER + 65535;
/// Most data behind an ICMP header that fits into one IPv4 packet.
const LONGEST_PING: u16 = 65535 - 20 - 8;

/// The longest wait, seconds: a year.
const LONGEST_WAIT: u64 = 366 * 24 * 60 * 60;

const ACTIONS: &[&str] = &["ping", "tcp", "udp", "frame", "wait"];

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

/// The flow as a line of text, in words that [`parse_line`] reads back.
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

/// An error before its line number is known; `at` is a byte offset.
struct Trouble {
    at: usize,
    message: String,
    hint: Option<String>,
}

impl Trouble {
    fn new(at: usize, message: impl Into<String>, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        Self {
            at,
            message: message.into(),
            hint: (!hint.is_empty()).then_some(hint),
        }
    }

    fn at(self, line: usize, text: &str) -> FlowError {
        let before = text.get(..self.at).unwrap_or(text);
        FlowError {
            line,
            column: before.chars().count() + 1,
            message: self.message,
            hint: self.hint,
        }
    }
}

/// A word and its byte offset in the line.
type Word<'a> = (usize, &'a str);

struct Words<'a> {
    line: &'a str,
    at: usize,
}

impl<'a> Words<'a> {
    fn new(line: &'a str) -> Self {
        let end = line.find('#').unwrap_or(line.len());
        Self {
            line: line.get(..end).unwrap_or(line).trim_end(),
            at: 0,
        }
    }

    fn next(&mut self) -> Option<Word<'a>> {
        let rest = self.line.get(self.at..)?;
        let start = self.at + (rest.len() - rest.trim_start().len());
        let rest = rest.trim_start();
        if rest.is_empty() {
            return None;
        }
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        self.at = start + length;
        rest.get(..length).map(|word| (start, word))
    }

    /// The next word, or an error behind the last one.
    fn expect(&mut self, what: &str, hint: &str) -> Result<Word<'a>, Trouble> {
        let end = self.line.len();
        self.next()
            .ok_or_else(|| Trouble::new(end, format!("{what} is missing"), hint))
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
                "one of ping, tcp, udp, frame, wait",
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
                match nearest(other, ACTIONS) {
                    Some(word) => format!("did you mean {word}?"),
                    None => "one of ping, tcp, udp, frame, wait".to_owned(),
                },
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
                    match nearest(other, &["from", "ttl", "size"]) {
                        Some(word) => format!("did you mean {word}?"),
                        None => "one of from SRC, ttl N, size N".to_owned(),
                    },
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
            match nearest(option, &["from"]) {
                Some(word) => format!("did you mean {word}?"),
                None => "only from [SRC]:PORT may follow".to_owned(),
            },
        ));
    }
    let word = words.expect("the source", "as in: from :40001, or from 10.0.0.1:40001")?;
    let (from, from_port) = source(word)?;
    if let Some(from) = from {
        same_family(word.0, dst.ip(), from)?;
    }
    Ok((dst, from, from_port))
}

/// `:PORT`, `SRC:PORT` or `SRC` alone.
fn source((at, word): Word<'_>) -> Result<(Option<IpAddr>, Option<u16>), Trouble> {
    if let Ok(from) = word.parse::<IpAddr>() {
        return Ok((Some(from), None));
    }
    match word.strip_prefix(':') {
        Some(digits) if !digits.contains(':') => {
            let port = number((at + 1, digits), 1, u16::MAX, "the source port")?;
            Ok((None, Some(port)))
        }
        _ => {
            let from = socket_address((at, word))?;
            Ok((Some(from.ip()), Some(from.port())))
        }
    }
}

fn address((at, word): Word<'_>) -> Result<IpAddr, Trouble> {
    if let Ok(address) = word.parse() {
        return Ok(address);
    }
    let hint = if word.parse::<SocketAddr>().is_ok() {
        "no port belongs here"
    } else if word
        .split_once('/')
        .is_some_and(|(net, _)| net.parse::<IpAddr>().is_ok())
    {
        "an address without a prefix length"
    } else if word.contains('%') {
        "an address without a zone"
    } else if word.contains(|c: char| c.is_ascii_alphabetic()) && !word.contains(':') {
        "write an address: names are not looked up"
    } else {
        "as in 10.0.0.1, or fd00::1"
    };
    Err(Trouble::new(at, format!("{word:?} is no address"), hint))
}

fn socket_address((at, word): Word<'_>) -> Result<SocketAddr, Trouble> {
    if let Ok(ip) = word.parse::<IpAddr>() {
        return Err(Trouble::new(
            at + word.len(),
            "the port is missing",
            format!("as in {}", SocketAddr::new(ip, 80)),
        ));
    }
    let split = word.rfind(':').filter(|colon| {
        let host = word.get(..*colon).unwrap_or_default();
        !host.contains(':') || host.starts_with('[')
    });
    let Some(colon) = split else {
        let hint = if word.contains(':') {
            "an IPv6 address with a port is written [fd00::1]:80"
        } else {
            "address and port, as in 10.0.0.1:80"
        };
        return Err(Trouble::new(
            at,
            format!("{word:?} is no address and port"),
            hint,
        ));
    };
    let (host, port) = word.split_at(colon);
    let port = port.get(1..).unwrap_or_default();
    let ip = match host.strip_prefix('[') {
        Some(inner) => inner
            .strip_suffix(']')
            .and_then(|inner| inner.parse::<Ipv6Addr>().ok())
            .map(IpAddr::V6)
            .ok_or_else(|| {
                Trouble::new(
                    at,
                    format!("{host:?} is no IPv6 address"),
                    "as in [fd00::1]:80",
                )
            })?,
        None => address((at, host))?,
    };
    let port = number((at + colon + 1, port), 1, u16::MAX, "the port")?;
    Ok(SocketAddr::new(ip, port))
}

fn number((at, word): Word<'_>, least: u16, most: u16, what: &str) -> Result<u16, Trouble> {
    if word.is_empty() {
        return Err(Trouble::new(
            at,
            format!("{what} is missing"),
            format!("a number from {least} to {most}"),
        ));
    }
    let digits = word.bytes().all(|byte| byte.is_ascii_digit());
    match word.parse::<u16>() {
        Ok(value) if digits && (least..=most).contains(&value) => Ok(value),
        _ => Err(Trouble::new(
            at,
            if digits {
                format!("{what} {word} is out of range")
            } else {
                format!("{what} {word:?} is no number")
            },
            format!("a number from {least} to {most}"),
        )),
    }
}

fn same_family(at: usize, dst: IpAddr, from: IpAddr) -> Result<(), Trouble> {
    if dst.is_ipv4() == from.is_ipv4() {
        return Ok(());
    }
    Err(Trouble::new(
        at,
        "source and destination are of two address families",
        "both IPv4 or both IPv6",
    ))
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

/// The candidate that `word` is a slip of: at most two letters off, and not
/// everything replaced.
fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .iter()
        .map(|candidate| (distance(&word, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= 2 && *distance < candidate.len())
        .min()
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours between two words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut previous = None;
    for (i, ca) in a.chars().enumerate() {
        let mut row = vec![i + 1];
        for (j, cb) in b.iter().enumerate() {
            let at =
                |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX - 1);
            let mut best = (at(&last, j) + usize::from(ca != *cb))
                .min(at(&last, j + 1) + 1)
                .min(at(&row, j) + 1);
            if j > 0 && previous == Some(*cb) && b.get(j - 1) == Some(&ca) {
                best = best.min(at(&before_last, j - 1) + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
        previous = Some(ca);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `line` and compares what is printed back: the flow, or the error.
    #[track_caller]
    fn check(line: &str, expected: &str) {
        let printed = match parse_line(line) {
            Ok(flow) => {
                let printed = print(&flow);
                assert_eq!(parse_line(&printed), Ok(flow), "does not read back");
                printed
            }
            Err(error) => error.to_string(),
        };
        assert_eq!(printed, expected);
    }

    #[test]
    fn every_form_of_the_contract() {
        check("c1   ping 192.168.0.3", "c1 ping 192.168.0.3");
        check(
            "c1 ping 10.10.126.187 size 1200 ttl 3 from 192.168.0.2 # why",
            "c1 ping 10.10.126.187 from 192.168.0.2 ttl 3 size 1200",
        );
        check(
            "ext  tcp  10.10.126.101:8080 from :40001",
            "ext tcp 10.10.126.101:8080 from :40001",
        );
        check("host tcp  127.0.0.1:8080", "host tcp 127.0.0.1:8080");
        check(
            "c2 udp 8.8.8.8:53 from 10.0.0.2:5353",
            "c2 udp 8.8.8.8:53 from 10.0.0.2:5353",
        );
        check(
            "c2 udp [fd00::1]:53 from ::1",
            "c2 udp [fd00::1]:53 from ::1",
        );
        check(
            "c2 udp [fd00::1]:53 from [::1]:9",
            "c2 udp [fd00::1]:53 from [::1]:9",
        );
        check("c1 ping fd00::1", "c1 ping fd00::1");
        check(
            "ext frame eth0 FFFFFFFFFFFF0242c0a800020800",
            "ext frame eth0 ffffffffffff0242c0a800020800",
        );
    }

    #[test]
    fn seconds_are_decimal() {
        check("host wait 30", "host wait 30");
        check("host wait 1.50", "host wait 1.5");
        check("host wait 0.000000001", "host wait 0.000000001");
        check(
            "host wait",
            "line 1, column 10: how long to wait is missing (decimal seconds, as in: host wait 1.5)",
        );
        check(
            "host wait 1s",
            "line 1, column 11: \"1s\" is no number of seconds (decimal seconds, as in: host wait 1.5)",
        );
        check(
            "host wait .5",
            "line 1, column 11: \".5\" is no number of seconds (decimal seconds, as in: host wait 1.5)",
        );
        check(
            "host wait 0.0",
            "line 1, column 11: a wait of 0.0 s is out of range (more than 0, less than 31622400 (366 days))",
        );
        check(
            "host wait 99999999999999999999",
            "line 1, column 11: a wait of 99999999999999999999 s is out of range (more than 0, less than 31622400 (366 days))",
        );
        check(
            "host wait 0.0000000001",
            "line 1, column 11: 0.0000000001 is finer than a nanosecond (decimal seconds, as in: host wait 1.5)",
        );
        check("host wait 1 2", "line 1, column 13: \"2\" is too much");
    }

    #[test]
    fn slips_are_told_with_place_and_hint() {
        check(
            "c1 tpc 1.2.3.4:5",
            "line 1, column 4: unknown action \"tpc\" (did you mean tcp?)",
        );
        check(
            "c1 quux",
            "line 1, column 4: unknown action \"quux\" (one of ping, tcp, udp, frame, wait)",
        );
        check(
            "c1",
            "line 1, column 3: what to do is missing (one of ping, tcp, udp, frame, wait)",
        );
        check(
            "",
            "line 1, column 1: no flow here (write, for example: c1 ping 10.0.0.1)",
        );
        check(
            "ping 1.2.3.4",
            "line 1, column 1: the namespace is missing (write host ping 1.2.3.4, or another namespace's name)",
        );
        check(
            "c1 tcp 1.2.3.4",
            "line 1, column 15: the port is missing (as in 1.2.3.4:80)",
        );
        check(
            "c1 tcp 1.2.3.4:",
            "line 1, column 16: the port is missing (a number from 1 to 65535)",
        );
        check(
            "c1 tcp 1.2.3.4:0",
            "line 1, column 16: the port 0 is out of range (a number from 1 to 65535)",
        );
        check(
            "c1 tcp 1.2.3.4:http",
            "line 1, column 16: the port \"http\" is no number (a number from 1 to 65535)",
        );
        check(
            "c1 tcp fd00::1",
            "line 1, column 15: the port is missing (as in [fd00::1]:80)",
        );
        check(
            "c1 tcp",
            "line 1, column 7: the destination is missing (address and port, as in: c1 tcp 10.0.0.1:80)",
        );
        check(
            "c1 ping web",
            "line 1, column 9: \"web\" is no address (write an address: names are not looked up)",
        );
        check(
            "c1 ping 1.2.3.4:80",
            "line 1, column 9: \"1.2.3.4:80\" is no address (no port belongs here)",
        );
        check(
            "c1 ping 1.2.3.0/24",
            "line 1, column 9: \"1.2.3.0/24\" is no address (an address without a prefix length)",
        );
        check(
            "c1 ping 1.2.3.4 ttl 256",
            "line 1, column 21: the TTL 256 is out of range (a number from 1 to 255)",
        );
        check(
            "c1 ping 1.2.3.4 ttl 0",
            "line 1, column 21: the TTL 0 is out of range (a number from 1 to 255)",
        );
        check(
            "c1 ping 1.2.3.4 ttl 3 ttl 4",
            "line 1, column 23: a second ttl",
        );
        check(
            "c1 ping 1.2.3.4 size 65508",
            "line 1, column 22: the size 65508 is out of range (a number from 0 to 65507)",
        );
        check(
            "c1 ping 1.2.3.4 sise 9",
            "line 1, column 17: unknown option \"sise\" of ping (did you mean size?)",
        );
        check(
            "c1 ping 1.2.3.4 from ::1",
            "line 1, column 22: source and destination are of two address families (both IPv4 or both IPv6)",
        );
        check(
            "c1 tcp 1.2.3.4:5 form :6",
            "line 1, column 18: unknown option \"form\" of tcp (did you mean from?)",
        );
        check(
            "c1 tcp 1.2.3.4:5 from :6 x",
            "line 1, column 26: \"x\" is too much",
        );
        check(
            "c1 frame eth0 ffzz",
            "line 1, column 17: 'z' is no hexadecimal digit (bytes in hexadecimal with nothing in between, as in ffffffffffff0242...)",
        );
        check(
            "c1 frame eth0 fff",
            "line 1, column 18: an odd number of hexadecimal digits, 3 (two digits make a byte)",
        );
        check(
            "c1 frame eth0 ffff",
            "line 1, column 15: a frame of 2 bytes (from 14 (an Ethernet header) to 65549)",
        );
        check(
            "c1 frame eth0",
            "line 1, column 14: the frame is missing (its bytes in hexadecimal)",
        );
        check(
            "容器 ping 一",
            "line 1, column 9: \"一\" is no address (as in 10.0.0.1, or fd00::1)",
        );
    }

    #[test]
    fn a_file_keeps_its_good_lines() {
        let (flows, errors) =
            parse("# title\n\nc1 ping 1.2.3.4\nc1 pin 1.2.3.4\r\nc1 udp 1.2.3.4:5 # x\n");
        let lines: Vec<_> = flows
            .iter()
            .map(|(line, flow)| (*line, print(flow)))
            .collect();
        assert_eq!(
            lines,
            [
                (3, "c1 ping 1.2.3.4".to_owned()),
                (5, "c1 udp 1.2.3.4:5".to_owned())
            ]
        );
        assert_eq!(
            errors.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["line 4, column 4: unknown action \"pin\" (did you mean ping?)"]
        );
    }
}
