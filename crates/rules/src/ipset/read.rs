//! Words that are values: numbers, addresses, ports, Ethernet addresses
//! (lib/parse.c of ipset 7.17).

use std::net::IpAddr;

use crate::addr::{Family, parse_host};
use crate::diag::{Problem, nearest};
use crate::names::{self, Transport};
use crate::num;
use crate::xt::icmp::{NAMES4, NAMES6};

pub(super) type Read<T> = Result<T, Problem>;

/// A whole number as strtoull(3) reads it, a sign included.
pub(super) fn number(word: &str, min: u64, max: u64) -> Read<u64> {
    let range = || format!("a whole number from {min} to {max}");
    match num::strtoul(word) {
        Some(n) if (min..=max).contains(&n) => Ok(n),
        Some(_) => Err(Problem::new(format!("`{word}` is out of range")).hint(range())),
        None => Err(Problem::new(format!("`{word}` is not a number")).hint(range())),
    }
}

pub(super) fn u32(word: &str) -> Read<u32> {
    Ok(u32::try_from(number(word, 0, u32::MAX.into())?).unwrap_or(0))
}

pub(super) fn u16(word: &str) -> Read<u16> {
    Ok(u16::try_from(number(word, 0, u16::MAX.into())?).unwrap_or(0))
}

pub(super) fn u8(word: &str, min: u64, max: u64) -> Read<u8> {
    Ok(u8::try_from(number(word, min, max)?).unwrap_or(0))
}

/// Seconds; a kernel counts them in milliseconds of 31 bits.
pub(super) fn timeout(word: &str) -> Read<u32> {
    Ok(u32::try_from(number(word, 0, 2_147_483)?).unwrap_or(0))
}

/// A number that sscanf(3) reads with `%x`, and what is behind it.
fn scan_hex(word: &str) -> Option<(u64, &str)> {
    let word = word.trim_start();
    let digits = word.strip_prefix("0x").unwrap_or(word);
    let end = digits
        .find(|c: char| !c.is_ascii_hexdigit())
        .unwrap_or(digits.len());
    let (number, rest) = digits.split_at_checked(end)?;
    let value = u64::from_str_radix(number, 16).ok()?;
    Some((value, rest))
}

fn low(value: u64) -> u32 {
    (value & 0xffff_ffff) as u32
}

/// `0xMARK` or `0xMARK/0xMASK`.
pub(super) fn skbmark(word: &str) -> Read<(u32, u32)> {
    let scan = |word: &str| {
        let (value, rest) = scan_hex(word.strip_prefix("0x")?)?;
        Some((low(value), rest.to_owned()))
    };
    let Some((mark, rest)) = scan(word) else {
        return Err(Problem::new(format!("`{word}` is not a mark"))
            .hint("hexadecimal, 0xMARK or 0xMARK/0xMASK"));
    };
    let mask = rest.strip_prefix('/').and_then(scan);
    Ok((mark, mask.map_or(u32::MAX, |(mask, _)| mask)))
}

/// `MAJOR:MINOR`, both hexadecimal.
pub(super) fn skbprio(word: &str) -> Read<u32> {
    let scan = || {
        let (major, rest) = scan_hex(word)?;
        let (minor, _) = scan_hex(rest.strip_prefix(':')?)?;
        Some(low(major) << 16 | (low(minor) & 0xffff))
    };
    scan().ok_or_else(|| {
        Problem::new(format!("`{word}` is not a class")).hint("MAJOR:MINOR, both hexadecimal")
    })
}

/// Six hexadecimal numbers; as strtol(3) reads them, one may be left out.
pub(super) fn ether(word: &str) -> Read<[u8; 6]> {
    let read = || {
        let mut bytes = [0; 6];
        let mut parts = word.split(':');
        for byte in &mut bytes {
            let part = parts.next()?.trim_start();
            let part = part.strip_prefix('+').unwrap_or(part);
            let digits = part.strip_prefix("0x").filter(|d| !d.is_empty());
            let digits = digits.unwrap_or(part);
            if !digits.is_empty() {
                if digits.starts_with('+') {
                    return None;
                }
                *byte = u8::from_str_radix(digits, 16).ok()?;
            }
        }
        (parts.next().is_none() && word.len() <= 17).then_some(bytes)
    };
    read().ok_or_else(|| {
        Problem::new(format!("`{word}` is not an Ethernet address"))
            .hint("six hexadecimal numbers with colons, such as 02:42:ac:11:00:02")
    })
}

/// A separator counts only between two things.
pub(super) fn split(word: &str, separator: char) -> Option<(&str, &str)> {
    if word.starts_with(separator) || word.ends_with(separator) {
        return None;
    }
    word.split_once(separator)
}

/// What stands in front of a dash and behind it. A name with dashes stands in
/// square brackets.
pub(super) fn dash(word: &str) -> Read<Option<(&str, &str)>> {
    if !word.starts_with('[') {
        return Ok(split(word, '-'));
    }
    let Some((name, rest)) = word.split_once(']') else {
        return Err("the square bracket is not closed".into());
    };
    if rest.is_empty() {
        return Ok(None);
    }
    match rest.strip_prefix('-') {
        Some(to) => Ok(Some((word.get(..=name.len()).unwrap_or(name), to))),
        None => Err("behind the square bracket a dash has to come".into()),
    }
}

fn unbracket(word: &str) -> Read<&str> {
    match word.strip_prefix('[') {
        None => Ok(word),
        Some(inner) => inner
            .strip_suffix(']')
            .ok_or_else(|| "the square bracket is not closed".into()),
    }
}

/// An address, as gethostbyname(3) reads numbers; names are not resolved.
pub(super) fn host(word: &str, inet6: bool) -> Read<u128> {
    let word = unbracket(word)?;
    let (family, fits): (_, fn(char) -> bool) = if inet6 {
        let fits = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.');
        (Family::V6, fits)
    } else {
        (Family::V4, |c: char| c.is_ascii_digit() || c == '.')
    };
    let which = if inet6 { "IPv6" } else { "IPv4" };
    let bad = || {
        let problem = Problem::new(format!("`{word}` is not an {which} address"));
        if word.contains(char::is_alphabetic) && !word.contains(':') {
            problem.hint("names of hosts are not resolved")
        } else {
            problem
        }
    };
    if !word.chars().all(fits) || word.ends_with('.') || (inet6 && !word.contains(':')) {
        return Err(bad());
    }
    match parse_host(word, family).map_err(|_| bad())? {
        IpAddr::V4(addr) => Ok(u32::from(addr).into()),
        IpAddr::V6(addr) => Ok(addr.into()),
    }
}

/// A protocol's number or name. 0 is none.
pub(super) fn protocol(word: &str) -> Read<u8> {
    if let Ok(number) = number(word, 0, 255) {
        return Ok(u8::try_from(number).unwrap_or(0));
    }
    if num::strtoul(word).is_some() {
        return Err(Problem::new(format!("`{word}` is too large")).hint("protocols end at 255"));
    }
    if word.eq_ignore_ascii_case("icmpv6") {
        return Ok(58);
    }
    names::protocol(word)
}

/// What of iptables' names ipset does not know; `redirect` it knows in IPv6.
const NOT_IPSETS: [&str; 11] = [
    "any",
    "destination-unreachable",
    "time-exceeded",
    "ttl-exceeded",
    "parameter-problem",
    "redirect",
    "beyond-scope",
    "failed-policy",
    "reject-route",
    "neighbor-solicitation",
    "neighbor-advertisement",
];

fn icmp_names(inet6: bool) -> impl Iterator<Item = (&'static str, u16)> {
    let list = if inet6 { NAMES6 } else { NAMES4 };
    let known = move |name: &str| !NOT_IPSETS.contains(&name) || (inet6 && name == "redirect");
    list.iter()
        .filter(move |(name, ..)| known(name))
        .map(|(name, kind, code, _)| (*name, u16::from_be_bytes([*kind, *code])))
}

/// A type and code of ICMP: the beginning of a name, or two numbers.
pub(super) fn icmp(word: &str, inet6: bool) -> Read<u16> {
    let begins = |name: &str| {
        let start = name.get(..word.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    if let Some((_, found)) = icmp_names(inet6).find(|(name, _)| begins(name)) {
        return Ok(found);
    }
    if let Some((kind, code)) = split(word, '/') {
        return Ok(u16::from_be_bytes([u8(kind, 0, 255)?, u8(code, 0, 255)?]));
    }
    let problem = Problem::new(format!("`{word}` is not a type of ICMP"));
    Err(match nearest(word, icmp_names(inet6).map(|n| n.0)) {
        Some(name) => problem.hint(format!("did you mean `{name}`?")),
        None => problem.hint("a name such as echo-request, or TYPE/CODE"),
    })
}

/// The name that ipset prints for a type and code.
pub(super) fn icmp_name(value: u16, inet6: bool) -> Option<&'static str> {
    icmp_names(inet6)
        .find(|(_, known)| *known == value)
        .map(|(name, _)| name)
}

/// A port's number or the name of its service.
pub(super) fn port(word: &str, proto: u8) -> Read<u16> {
    if let Ok(port) = u16(word) {
        return Ok(port);
    }
    let transport = match proto {
        6 => Transport::Tcp,
        17 => Transport::Udp,
        132 => Transport::Sctp,
        _ => Transport::Udplite,
    };
    names::service(unbracket(word)?, transport).ok_or_else(|| {
        Problem::new(format!("`{word}` is not a port"))
            .hint("a number from 0 to 65535, or the name of a service of this protocol")
    })
}
