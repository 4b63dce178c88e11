//! The element of `add`, `del` and `test`: its parts, and whether they may be
//! ranges (lib/parse.c, `ipset_parse_elem`; lib/ipset.c, `check_allowed`).

use std::sync::Arc;

use super::kinds::{CHANGE, TEST};
use super::read::{self, Read};
use super::{Dim, IpSet, Method};
use crate::diag::Problem;

/// An element as it was written.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// The first and the second address.
    pub address: [Address; 2],
    pub proto: u8,
    pub port: u16,
    pub port_to: Option<u16>,
    pub mac: Option<[u8; 6]>,
    pub mark: u32,
    pub physdev: bool,
    pub iface: Option<Arc<str>>,
    /// Of a list.
    pub member: Member,
}

/// An address, a network or a range.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Address {
    pub from: u128,
    pub to: Option<u128>,
    pub length: Option<u8>,
}

/// A set's name, and where in the list it stands.
#[derive(Debug, Default)]
pub(super) struct Member {
    pub name: Box<str>,
    /// The neighbour, and whether it comes behind.
    pub beside: Option<(Box<str>, bool)>,
}

/// A problem with a part of a word: where it begins, and its length in bytes.
pub(super) type Part<T> = Result<T, (Problem, usize, usize)>;

/// Names of sets have at most 31 bytes.
pub(super) fn set_name(word: &str) -> Read<Box<str>> {
    if word.len() > 31 {
        return Err(
            Problem::new("the name is too long").hint("names of sets have at most 31 bytes")
        );
    }
    Ok(word.into())
}

/// Splits an element at the commas that stand between two things.
fn parts(word: &str) -> Vec<&str> {
    let mut list = Vec::with_capacity(3);
    let mut rest = word;
    while let Some((part, behind)) = read::split(rest, ',') {
        list.push(part);
        rest = behind;
    }
    list.push(rest);
    list
}

/// Reads an element of the set; `test` if it is only looked for.
pub(super) fn read(word: &str, set: &IpSet, test: bool) -> Part<Element> {
    let mut element = Element::default();
    let all = |problem: Problem| (problem, 0, word.len());
    let parts = parts(word);
    let dims = set.kind.dims;
    if set.kind.method == Method::List {
        element.member = member(&parts).map_err(all)?;
        return Ok(element);
    }
    // bitmap:ip,mac may not know the Ethernet address yet.
    let least = match set.kind.method {
        Method::Bitmap => 1,
        _ => dims.len(),
    };
    if parts.len() < least || parts.len() > dims.len() {
        let many = if parts.len() < least { "few" } else { "many" };
        let problem = Problem::new(format!("`{word}` has too {many} parts"));
        return Err(all(
            problem.hint(format!("{} is a {}", set.name, set.kind.name))
        ));
    }
    let mut slot = 0;
    let mut at = 0;
    for (dim, part) in dims.iter().zip(&parts) {
        let placed = |problem| (problem, at, part.len());
        if matches!(dim, Dim::Ip | Dim::Net) {
            let read = address(part, *dim, slot, set, test).map_err(placed)?;
            if let Some(place) = element.address.get_mut(slot) {
                *place = read;
            }
            slot += 1;
        } else {
            element.part(part, *dim, set, test).map_err(placed)?;
        }
        at += part.len() + 1;
    }
    Ok(element)
}

impl Element {
    fn part(&mut self, part: &str, dim: Dim, set: &IpSet, test: bool) -> Read<()> {
        match dim {
            Dim::Port => {
                (self.proto, self.port, self.port_to) = port(part, set.inet6)?;
                if set.kind.method == Method::Bitmap && !matches!(self.proto, 6 | 17) {
                    return Err("only tcp and udp have ports in a bitmap:port".into());
                }
                if test && self.port_to.is_some() {
                    return Err(
                        Problem::new("a range of ports cannot be tested").hint("one port, please")
                    );
                }
            }
            Dim::Mac => self.mac = Some(read::ether(part)?),
            Dim::Mark => self.mark = read::u32(part)?,
            Dim::Iface => {
                let name = part.strip_prefix("physdev:");
                self.physdev = name.is_some();
                let name = name.unwrap_or(part);
                if name.len() > 15 {
                    return Err(
                        Problem::new(format!("the device's name `{name}` is too long"))
                            .hint("names of devices have at most 15 bytes"),
                    );
                }
                self.iface = Some(name.into());
            }
            Dim::Ip | Dim::Net | Dim::Set => {}
        }
        Ok(())
    }
}

/// Name, or name, `before` or `after`, and name, as ipset 4 wrote it.
fn member(parts: &[&str]) -> Read<Member> {
    let beside = match parts {
        [_] => None,
        [_, word @ ("before" | "after"), other] => Some((set_name(other)?, *word == "before")),
        _ => {
            return Err(Problem::new("a list takes the name of one set")
                .hint("NAME, NAME before OTHER, or NAME after OTHER"));
        }
    };
    let name = set_name(parts.first().copied().unwrap_or_default())?;
    Ok(Member { name, beside })
}

/// Reads `FROM`, `FROM-TO` or `ADDRESS/LENGTH`.
pub(super) fn any_address(word: &str, inet6: bool) -> Read<Address> {
    if let Some((from, length)) = read::split(word, '/') {
        let most = if inet6 { 128 } else { 32 };
        return Ok(Address {
            from: read::host(from, inet6)?,
            to: None,
            length: Some(read::u8(length, 0, most)?),
        });
    }
    let Some((from, to)) = read::dash(word)? else {
        return Ok(Address {
            from: read::host(word, inet6)?,
            ..Address::default()
        });
    };
    Ok(Address {
        from: read::host(from, inet6)?,
        to: Some(read::host(to, inet6)?),
        length: None,
    })
}

/// An address of an element; says if it may not be a range or a network.
fn address(word: &str, dim: Dim, slot: usize, set: &IpSet, test: bool) -> Read<Address> {
    let read = any_address(word, set.inet6)?;
    let net = dim == Dim::Net;
    let spans = if slot == 0 { set.kind.spans } else { 0 };
    let (wants, refused) = if test {
        (TEST, "cannot be tested")
    } else {
        (CHANGE, "cannot be in this part of an entry")
    };
    let may_be_range = if net { !test } else { spans & wants != 0 };
    if read.to.is_some() && (set.inet6 || !may_be_range) {
        let problem = Problem::new(format!("a range of addresses {refused}"));
        return Err(if set.inet6 {
            problem.hint("sets of IPv6 addresses know no ranges")
        } else {
            problem.hint(format!("{} is a {}", set.name, set.kind.name))
        });
    }
    if let Some(length) = read.length
        && !net
    {
        let whole = word.ends_with(if set.inet6 { "/128" } else { "/32" });
        if spans & wants == 0 || (set.inet6 && !whole) {
            return Err(Problem::new(format!("a network (/{length}) {refused}"))
                .hint(format!("{} is a {}", set.name, set.kind.name)));
        }
    }
    Ok(read)
}

/// Reads `[PROTOCOL:]PORT[-PORT]`: protocol, port, and the range's end.
pub(super) fn port(word: &str, inet6: bool) -> Read<(u8, u16, Option<u16>)> {
    let (proto, rest) = match read::split(word, ':') {
        None => (6, word),
        Some((proto, rest)) => (read::protocol(proto)?, rest),
    };
    match proto {
        6 | 17 | 132 | 136 => {
            let Some((from, to)) = read::dash(rest)? else {
                return Ok((proto, read::port(rest, proto)?, None));
            };
            let to = read::port(to, proto)?;
            Ok((proto, read::port(from, proto)?, Some(to)))
        }
        0 => Err(Problem::new("there is no protocol 0").hint("such as tcp, udp, icmp or 47")),
        1 | 58 if (proto == 58) == inet6 => Ok((proto, read::icmp(rest, inet6)?, None)),
        1 | 58 => Err(Problem::new("ICMP of the other family")
            .hint("icmp in a set of inet, icmpv6 in one of inet6")),
        _ if rest == "0" => Ok((proto, 0, None)),
        _ => Err(Problem::new(format!("`{rest}` is not 0"))
            .hint("a protocol without ports is written with a 0, such as gre:0")),
    }
}
