//! Ranges of ports, as tcp, udp, sctp and dccp match them.

use super::opt::{Arg, Read};
use crate::diag::Problem;
use crate::names::{self, Transport};
use crate::rule::Neg;
use std::fmt::Write as _;

/// Ports from the first to the last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PortRange {
    /// The lowest.
    pub first: u16,
    /// The highest.
    pub last: u16,
}

impl PortRange {
    /// Every port.
    pub const ALL: Self = Self {
        first: 0,
        last: u16::MAX,
    };

    /// Whether the port is one of them.
    pub fn contains(self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }

    /// Reads `port` or `[first]:[last]`.
    ///
    /// # Errors
    /// No port, or a range upside down.
    pub fn parse(arg: &Arg<'_>, transport: Transport) -> Read<Neg<Self>> {
        let range = Self::read(arg.text(), |word| names::port(word, transport))?;
        if range.first > range.last {
            let word = arg.text();
            return Err(
                Problem::new(format!("the port range `{word}` is upside down"))
                    .hint(format!("write {}:{}", range.last, range.first)),
            );
        }
        Ok(arg.neg(range))
    }

    /// The same for the extensions that take any service's name, decimal
    /// numbers only, and ranges upside down, which match nothing (xtoptions.c,
    /// `xtopt_parse_mport`).
    ///
    /// # Errors
    /// No port.
    pub fn parse_any(arg: &Arg<'_>) -> Read<Neg<Self>> {
        // An empty word is port 0 here.
        match arg.text() {
            "" => Ok(arg.neg(Self { first: 0, last: 0 })),
            word => Self::read(word, names::port_or_service).map(|range| arg.neg(range)),
        }
    }

    fn read(word: &str, port: impl Fn(&str) -> Read<u16>) -> Read<Self> {
        let or = |word: &str, default| match word {
            "" => Ok(default),
            word => port(word),
        };
        match word.split_once(':') {
            None => port(word).map(|port| Self {
                first: port,
                last: port,
            }),
            Some((first, last)) => Ok(Self {
                first: or(first, 0)?,
                last: or(last, u16::MAX)?,
            }),
        }
    }

    /// Prints ` [! ]OPTION first[:last]`; nothing for every port.
    pub fn push_save(range: &Option<Neg<Self>>, option: &str, out: &mut String) {
        let Some(range) = range else { return };
        // Even inverted, which is a mistake of iptables' own.
        if range.value == Self::ALL {
            return;
        }
        let PortRange { first, last } = range.value;
        let _ = write!(out, " {}{option} {first}", range.mark());
        if first != last {
            let _ = write!(out, ":{last}");
        }
    }

    /// Prints ` NAME[s]:[!]first[:last]`; nothing for every port.
    pub fn push_list(range: &Option<Neg<Self>>, name: &str, out: &mut String) {
        let Some(range) = range else { return };
        if range.value == Self::ALL && !range.inverted {
            return;
        }
        let PortRange { first, last } = range.value;
        let bang = range.bang();
        if first == last {
            let _ = write!(out, " {name}:{bang}{first}");
        } else {
            let _ = write!(out, " {name}s:{bang}{first}:{last}");
        }
    }

    /// The same with the names of services.
    pub fn push_named(
        range: &Option<Neg<Self>>,
        name: &str,
        transport: Transport,
        out: &mut String,
    ) {
        let Some(range) = range else { return };
        if range.value == Self::ALL && !range.inverted {
            return;
        }
        let PortRange { first, last } = range.value;
        out.push(' ');
        out.push_str(name);
        out.push_str(if first == last { ":" } else { "s:" });
        out.push_str(range.bang());
        push_port(first, transport, out);
        if first != last {
            out.push(':');
            push_port(last, transport, out);
        }
    }
}

/// A port's service, or its number.
pub(super) fn push_port(port: u16, transport: Transport, out: &mut String) {
    match names::service_name(port, transport) {
        Some(name) => out.push_str(name),
        None => {
            let _ = write!(out, "{port}");
        }
    }
}
