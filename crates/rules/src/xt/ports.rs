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
        let range = Self::parse_any_order(arg, transport)?;
        let Self { first, last } = range.value;
        if first > last {
            let word = arg.text();
            return Err(
                Problem::new(format!("the port range `{word}` is upside down"))
                    .hint(format!("write {last}:{first}")),
            );
        }
        Ok(range)
    }

    /// As [`parse`](Self::parse), where nobody minds a range upside down.
    ///
    /// # Errors
    /// No port.
    pub fn parse_any_order(arg: &Arg<'_>, transport: Transport) -> Read<Neg<Self>> {
        let word = arg.text();
        let range = match word.split_once(':') {
            None => {
                let port = names::port(word, transport)?;
                Self {
                    first: port,
                    last: port,
                }
            }
            Some((first, last)) => Self {
                first: if first.is_empty() {
                    0
                } else {
                    names::port(first, transport)?
                },
                last: if last.is_empty() {
                    u16::MAX
                } else {
                    names::port(last, transport)?
                },
            },
        };
        Ok(arg.neg(range))
    }

    /// Prints ` [! ]OPTION first[:last]`; nothing for every port.
    pub fn push_save(range: &Option<Neg<Self>>, option: &str, out: &mut String) {
        let Some(range) = range else { return };
        if range.value == Self::ALL && !range.inverted {
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
}
