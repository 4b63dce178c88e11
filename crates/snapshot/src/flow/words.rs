//! The words of a flow's line, and the values that they stand for.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use packetwalk_rules::diag;

use super::FlowError;

/// An error before its line number is known; `at` is a byte offset.
pub(super) struct Trouble {
    at: usize,
    message: String,
    hint: Option<String>,
}

impl Trouble {
    pub(super) fn new(at: usize, message: impl Into<String>, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        Self {
            at,
            message: message.into(),
            hint: (!hint.is_empty()).then_some(hint),
        }
    }

    pub(super) fn at(self, line: usize, text: &str) -> FlowError {
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
pub(super) type Word<'a> = (usize, &'a str);

pub(super) struct Words<'a> {
    pub(super) line: &'a str,
    at: usize,
}

impl<'a> Words<'a> {
    pub(super) fn new(line: &'a str) -> Self {
        let end = line.find('#').unwrap_or(line.len());
        Self {
            line: line.get(..end).unwrap_or(line).trim_end(),
            at: 0,
        }
    }

    pub(super) fn next(&mut self) -> Option<Word<'a>> {
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
    pub(super) fn expect(&mut self, what: &str, hint: &str) -> Result<Word<'a>, Trouble> {
        let end = self.line.len();
        self.next()
            .ok_or_else(|| Trouble::new(end, format!("{what} is missing"), hint))
    }
}

/// What `word` may be a slip of, as a hint; else what there is.
pub(super) fn meant(word: &str, known: &[&str], otherwise: &str) -> String {
    match diag::nearest(&word.to_ascii_lowercase(), known.iter().copied()) {
        Some(near) => format!("did you mean {near}?"),
        None => otherwise.to_owned(),
    }
}

/// `:PORT`, `SRC:PORT` or `SRC` alone.
pub(super) fn source((at, word): Word<'_>) -> Result<(Option<IpAddr>, Option<u16>), Trouble> {
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

pub(super) fn address((at, word): Word<'_>) -> Result<IpAddr, Trouble> {
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

pub(super) fn socket_address((at, word): Word<'_>) -> Result<SocketAddr, Trouble> {
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

pub(super) fn number(
    (at, word): Word<'_>,
    least: u16,
    most: u16,
    what: &str,
) -> Result<u16, Trouble> {
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

pub(super) fn same_family(at: usize, dst: IpAddr, from: IpAddr) -> Result<(), Trouble> {
    if dst.is_ipv4() == from.is_ipv4() {
        return Ok(());
    }
    Err(Trouble::new(
        at,
        "source and destination are of two address families",
        "both IPv4 or both IPv6",
    ))
}
