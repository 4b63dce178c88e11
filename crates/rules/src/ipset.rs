//! `ipset save`: sets and their entries, as text and as values.
//!
//! Facts: ipset(8), and what ipset 7.17 prints. Ranges of addresses, which
//! `ipset save` never prints for hash types, are not read.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use crate::addr::MacAddr;
use crate::diag::{Diagnostic, Parsed, Problem, Severity, Span};
use crate::text::{self, Word};
use crate::xt::icmp::type_v4;
use crate::{names, num};

/// How a set keeps its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `hash:`
    Hash,
    /// `bitmap:`
    Bitmap,
    /// `list:`
    List,
}

/// One part of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dim {
    /// `ip`
    Ip,
    /// `net`
    Net,
    /// `port`
    Port,
    /// `mac`
    Mac,
    /// `iface`
    Iface,
    /// `mark`
    Mark,
    /// `set`
    Set,
}

/// A set.
#[derive(Debug, Clone, PartialEq)]
pub struct IpSet {
    /// Name, at most 31 bytes.
    pub name: Box<str>,
    /// How it keeps its entries.
    pub method: Method,
    /// The parts of an entry.
    pub dims: Box<[Dim]>,
    /// `family inet6`: its entries are kept as text only.
    pub inet6: bool,
    /// `range` of a bitmap, both ends included.
    pub range: Option<(u32, u32)>,
    /// `netmask` or `bitmask`: what is cut from addresses first.
    pub mask: u32,
    /// `markmask`: what is cut from marks first.
    pub markmask: u32,
    /// `timeout`: seconds that an entry lives if it says nothing; 0 for ever.
    pub timeout: Option<u32>,
    /// `counters`: do entries count?
    pub counters: bool,
    /// `skbinfo`: do entries bear marks for packets?
    pub skbinfo: bool,
    /// The options as they were written.
    pub options: Box<str>,
    /// Entries, in the order of the text.
    pub entries: Vec<SetEntry>,
}

/// An entry.
#[derive(Debug, Clone, PartialEq)]
pub struct SetEntry {
    /// Its parts; empty in a set of IPv6 addresses.
    pub parts: Box<[Part]>,
    /// Seconds left; 0 or nothing for ever.
    pub timeout: Option<u32>,
    /// Packets and bytes counted.
    pub counted: (u64, u64),
    /// `nomatch`: what matches this entry is not in the set.
    pub nomatch: bool,
    /// `wildcard`: the device's name is the beginning of one.
    pub wildcard: bool,
    /// `skbmark`: mark and mask.
    pub mark: Option<(u32, u32)>,
    /// `skbprio`: class, as `skb->priority` has it.
    pub priority: Option<u32>,
    /// Entry and options, as they were written.
    pub text: Box<str>,
}

/// One part of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Address and length of the prefix.
    Net(Ipv4Addr, u8),
    /// Protocol and port; for ICMP type (high byte) and code (low byte).
    Port(u8, u16),
    /// Ethernet address; `None` in a `bitmap:ip,mac` that has not seen it yet.
    Mac(Option<MacAddr>),
    /// Device, and whether a bridge's port is meant.
    Iface(Box<str>, bool),
    /// Mark.
    Mark(u32),
    /// Name of a set.
    Set(Box<str>),
}

/// Reads what `ipset save` prints.
pub fn parse(text: &str) -> Parsed<Vec<IpSet>> {
    let mut sets: Vec<IpSet> = Vec::new();
    let mut diagnostics = Vec::new();
    let mut words = Vec::new();
    for (at, line) in text.lines().enumerate() {
        text::words_into(line, &mut words);
        let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
        if let Err((problem, word)) = read_line(line, &words, &mut sets) {
            diagnostics.push(Diagnostic {
                severity: Severity::Error,
                span: words.get(word).map_or(
                    Span {
                        line: number,
                        column: 1,
                        length: 1,
                    },
                    |word| word.span(number),
                ),
                message: problem.message,
                hint: problem.hint,
                option: String::new(),
            });
        }
    }
    Parsed {
        value: sets,
        diagnostics,
    }
}

/// Prints sets as `ipset save` does.
pub fn save(sets: &[IpSet]) -> String {
    let mut out = String::new();
    for set in sets {
        let _ = write!(out, "create {} {}", set.name, kind_name(set));
        if !set.options.is_empty() {
            let _ = write!(out, " {}", set.options);
        }
        out.push('\n');
        for entry in &set.entries {
            let _ = writeln!(out, "add {} {}", set.name, entry.text);
        }
    }
    out
}

const DIMS: [(&str, Dim); 7] = [
    ("ip", Dim::Ip),
    ("net", Dim::Net),
    ("port", Dim::Port),
    ("mac", Dim::Mac),
    ("iface", Dim::Iface),
    ("mark", Dim::Mark),
    ("set", Dim::Set),
];

const METHODS: [(&str, Method); 3] = [
    ("hash", Method::Hash),
    ("bitmap", Method::Bitmap),
    ("list", Method::List),
];

/// As `create` names it: `hash:ip,port`.
pub fn kind_name(set: &IpSet) -> String {
    let mut out = METHODS
        .iter()
        .find(|(_, method)| *method == set.method)
        .map_or(String::new(), |(name, _)| (*name).to_owned());
    for (at, dim) in set.dims.iter().enumerate() {
        out.push(if at == 0 { ':' } else { ',' });
        if let Some((name, _)) = DIMS.iter().find(|(_, other)| other == dim) {
            out.push_str(name);
        }
    }
    out
}

/// Where in the line a problem is, by word.
type Line<T> = Result<T, (Problem, usize)>;

fn word<'a>(words: &'a [Word<'_>], at: usize) -> Line<&'a str> {
    words.get(at).map(|word| word.text.as_ref()).ok_or_else(|| {
        (
            Problem::new("the line ends too early"),
            at.saturating_sub(1),
        )
    })
}

/// The rest of the line as it stands, from a word on.
fn rest(line: &str, words: &[Word<'_>], at: usize) -> Box<str> {
    words.get(at).map_or("".into(), |word| {
        let skip = (word.column as usize).saturating_sub(1);
        let rest: String = line.chars().skip(skip).collect();
        rest.trim_end().into()
    })
}

fn read_line(line: &str, words: &[Word<'_>], sets: &mut Vec<IpSet>) -> Line<()> {
    let Some(first) = words.first() else {
        return Ok(());
    };
    if first.text.starts_with('#') {
        return Ok(());
    }
    match first.text.as_ref() {
        "create" | "-N" => {
            let set = create(line, words)?;
            if sets.iter().any(|other| other.name == set.name) {
                return Err((Problem::new(format!("the set `{}` exists", set.name)), 1));
            }
            sets.push(set);
            Ok(())
        }
        "add" | "-A" => {
            let name = word(words, 1)?;
            let Some(set) = sets.iter_mut().find(|set| &*set.name == name) else {
                return Err((
                    Problem::new(format!("there is no set `{name}`"))
                        .hint("`create` comes before `add`"),
                    1,
                ));
            };
            let entry = add(line, words, set)?;
            set.entries.push(entry);
            Ok(())
        }
        other => Err((
            Problem::new(format!("`{other}` is not a line of `ipset save`"))
                .hint("create and add are"),
            0,
        )),
    }
}

fn number(words: &[Word<'_>], at: usize, max: u64) -> Line<u64> {
    num::parse(word(words, at)?, max).map_err(|problem| (problem, at))
}

fn small(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn address(text: &str) -> Result<Ipv4Addr, Problem> {
    text.parse()
        .map_err(|_| Problem::new(format!("`{text}` is not an IPv4 address")))
}

/// The mask of a prefix.
fn prefix(length: u8) -> u32 {
    u32::MAX
        .checked_shl(32 - u32::from(length.min(32)))
        .unwrap_or(0)
}

fn create(line: &str, words: &[Word<'_>]) -> Line<IpSet> {
    let name = word(words, 1)?;
    if name.len() > 31 {
        return Err((
            Problem::new("the name is too long").hint("names of sets have at most 31 bytes"),
            1,
        ));
    }
    let kind = word(words, 2)?;
    let unknown = || {
        (
            Problem::new(format!("unknown type `{kind}`")).hint("such as hash:ip or hash:net,port"),
            2,
        )
    };
    let (method, dims) = kind.split_once(':').ok_or_else(unknown)?;
    let method = METHODS
        .iter()
        .find(|(name, _)| *name == method)
        .map(|(_, method)| *method)
        .ok_or_else(unknown)?;
    let dims: Option<Box<[Dim]>> = dims
        .split(',')
        .map(|dim| DIMS.iter().find(|(name, _)| *name == dim).map(|(_, d)| *d))
        .collect();
    let mut set = IpSet {
        name: name.into(),
        method,
        dims: dims.ok_or_else(unknown)?,
        inet6: false,
        range: None,
        mask: u32::MAX,
        markmask: u32::MAX,
        timeout: None,
        counters: false,
        skbinfo: false,
        options: rest(line, words, 3),
        entries: Vec::new(),
    };
    let mut at = 3;
    while let Some(option) = words.get(at) {
        let mut taken = 2;
        match option.text.as_ref() {
            "family" => set.inet6 = matches!(word(words, at + 1)?, "inet6" | "ipv6"),
            "timeout" => set.timeout = Some(small(number(words, at + 1, u32::MAX.into())?)),
            "range" => set.range = Some(range(word(words, at + 1)?).map_err(|p| (p, at + 1))?),
            "netmask" => {
                let length = number(words, at + 1, 128)?;
                set.mask = prefix(u8::try_from(length).unwrap_or(32));
            }
            "bitmask" if !set.inet6 => {
                set.mask = address(word(words, at + 1)?)
                    .map_err(|p| (p, at + 1))?
                    .into();
            }
            "markmask" => set.markmask = small(number(words, at + 1, u32::MAX.into())?),
            "counters" => (set.counters, taken) = (true, 1),
            "skbinfo" => (set.skbinfo, taken) = (true, 1),
            "comment" | "forceadd" => taken = 1,
            "hashsize" | "maxelem" | "bucketsize" | "initval" | "size" | "bitmask" => {
                word(words, at + 1)?;
            }
            other => {
                return Err((Problem::new(format!("unknown option `{other}`")), at));
            }
        }
        at += taken;
    }
    Ok(set)
}

fn range(text: &str) -> Result<(u32, u32), Problem> {
    let bad = || Problem::new(format!("`{text}` is not a range")).hint("FIRST-LAST or NET/LENGTH");
    if let Some((net, length)) = text.split_once('/') {
        let mask = prefix(length.parse().map_err(|_| bad())?);
        let first = u32::from(address(net)?) & mask;
        return Ok((first, first | !mask));
    }
    let (first, last) = text.split_once('-').ok_or_else(bad)?;
    let end = |text: &str| {
        text.parse::<u32>()
            .or_else(|_| address(text).map(u32::from))
            .map_err(|_| bad())
    };
    Ok((end(first)?, end(last)?))
}

fn part(dim: Dim, bitmap: bool, text: &str) -> Result<Part, Problem> {
    Ok(match dim {
        Dim::Ip | Dim::Net => {
            let (addr, length) = match text.split_once('/') {
                None => (text, 32),
                Some((addr, length)) => (addr, num::parse(length, 32)?),
            };
            if addr.contains('-') {
                return Err(Problem::new(format!("`{text}` is a range"))
                    .hint("`ipset save` prints each entry by itself"));
            }
            let length = u8::try_from(length).unwrap_or(32);
            let addr = u32::from(address(addr)?) & prefix(length);
            Part::Net(addr.into(), length)
        }
        Dim::Port => {
            let (proto, port) = match text.split_once(':') {
                None => ("tcp", text),
                Some(two) => two,
            };
            let number = if bitmap { 0 } else { names::protocol(proto)? };
            let port = if number == 1 {
                let (kind, code) = type_v4(port)?;
                u16::from_be_bytes([kind, code])
            } else {
                names::port(port, names::Transport::Any)?
            };
            Part::Port(number, port)
        }
        Dim::Mac => Part::Mac(Some(MacAddr::parse(text).ok_or_else(|| {
            Problem::new(format!("`{text}` is not an Ethernet address"))
        })?)),
        Dim::Iface => match text.strip_prefix("physdev:") {
            Some(port) => Part::Iface(port.into(), true),
            None => Part::Iface(text.into(), false),
        },
        Dim::Mark => Part::Mark(small(num::parse(text, u32::MAX.into())?)),
        Dim::Set => Part::Set(text.into()),
    })
}

fn add(line: &str, words: &[Word<'_>], set: &IpSet) -> Line<SetEntry> {
    let element = word(words, 2)?;
    let mut parts = Vec::with_capacity(set.dims.len());
    if !set.inet6 {
        let bitmap = set.method == Method::Bitmap;
        let mut texts = element.split(',');
        for dim in &set.dims {
            match texts.next() {
                Some(text) => parts.push(part(*dim, bitmap, text).map_err(|p| (p, 2))?),
                // bitmap:ip,mac may not know the address yet.
                None if bitmap && *dim == Dim::Mac => parts.push(Part::Mac(None)),
                None => {
                    return Err((
                        Problem::new(format!("`{element}` has too few parts")).hint(format!(
                            "{} has {}",
                            set.name,
                            kind_name(set)
                        )),
                        2,
                    ));
                }
            }
        }
        if texts.next().is_some() {
            return Err((
                Problem::new(format!("`{element}` has too many parts")).hint(format!(
                    "{} has {}",
                    set.name,
                    kind_name(set)
                )),
                2,
            ));
        }
    }
    let mut entry = SetEntry {
        parts: parts.into(),
        timeout: None,
        counted: (0, 0),
        nomatch: false,
        wildcard: false,
        mark: None,
        priority: None,
        text: rest(line, words, 2),
    };
    let mut at = 3;
    while let Some(option) = words.get(at) {
        let mut taken = 2;
        match option.text.as_ref() {
            "timeout" => entry.timeout = Some(small(number(words, at + 1, u32::MAX.into())?)),
            "packets" => entry.counted.0 = number(words, at + 1, u64::MAX)?,
            "bytes" => entry.counted.1 = number(words, at + 1, u64::MAX)?,
            "nomatch" => (entry.nomatch, taken) = (true, 1),
            "wildcard" => (entry.wildcard, taken) = (true, 1),
            "skbmark" => {
                let (value, mask) = num::value_mask(word(words, at + 1)?, u32::MAX.into())
                    .map_err(|problem| (problem, at + 1))?;
                entry.mark = Some((small(value), small(mask)));
            }
            "skbprio" => {
                let text = word(words, at + 1)?;
                let (major, minor) = text.split_once(':').unwrap_or((text, "0"));
                let half = |text| u32::from_str_radix(text, 16).ok().filter(|n| *n <= 0xffff);
                let (Some(major), Some(minor)) = (half(major), half(minor)) else {
                    return Err((Problem::new(format!("`{text}` is not a class")), at + 1));
                };
                entry.priority = Some(major << 16 | minor);
            }
            "comment" | "skbqueue" => {
                word(words, at + 1)?;
            }
            other => {
                return Err((Problem::new(format!("unknown option `{other}`")), at));
            }
        }
        at += taken;
    }
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Printed by ipset 7.17 on Linux 6.18.
    const SAVED: &str = "\
create a2 hash:ip,port family inet hashsize 1024 maxelem 65536 timeout 0 counters comment bucketsize 12 initval 0x16786c6e
add a2 1.2.3.4,200:0 timeout 0 packets 0 bytes 0
add a2 1.2.3.4,tcp:80 timeout 0 packets 0 bytes 0 comment \"two words\"
add a2 1.2.3.4,icmp:echo-request timeout 0 packets 0 bytes 0
add a2 1.2.3.4,icmp:fragmentation-needed timeout 76 packets 0 bytes 0
add a2 1.2.3.4,gre:0 timeout 0 packets 0 bytes 0
create a3 hash:net,iface family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x0f9bbd86
add a3 10.3.0.0/16,eth0 nomatch
add a3 10.1.0.0/16,physdev:veth1
add a3 10.4.0.1,eth0
add a3 10.2.0.0/16,veth wildcard
create a4b bitmap:ip range 10.0.0.0-10.0.255.255 netmask 24
add a4b 10.0.3.0
create a5 bitmap:port range 1-100
add a5 80
create a6 bitmap:ip,mac range 10.0.0.0-10.0.0.255
add a6 10.0.0.1,02:42:AC:11:00:02
add a6 10.0.0.2
create b4 hash:net family inet6 hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1488e705
add b4 fe80::/64
create b1 list:set size 8
add b1 a1
";

    #[test]
    fn what_ipset_saves_is_read_and_printed_back() {
        let parsed = parse(SAVED);
        assert_eq!(parsed.diagnostics, []);
        assert_eq!(save(&parsed.value), SAVED);
        let part = |set: usize, entry: usize, part: usize| {
            parsed.value[set].entries[entry].parts[part].clone()
        };
        assert_eq!(part(0, 0, 1), Part::Port(200, 0));
        assert_eq!(part(0, 2, 1), Part::Port(1, 0x0800));
        assert_eq!(part(0, 3, 1), Part::Port(1, 0x0304));
        assert_eq!(part(0, 4, 1), Part::Port(47, 0));
        assert_eq!(part(1, 1, 1), Part::Iface("veth1".into(), true));
        assert_eq!(part(1, 2, 0), Part::Net([10, 4, 0, 1].into(), 32));
        assert_eq!(part(4, 1, 1), Part::Mac(None));
        assert!(parsed.value[1].entries[0].nomatch);
        assert_eq!(parsed.value[0].entries[3].timeout, Some(76));
        assert_eq!(parsed.value[2].mask, 0xffff_ff00);
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let text = "create a hash:ip\nadd a 1.2.3\nadd b 1.2.3.4\ncreate c hash:ship\n\
                    add a 1.2.3.4 packets x\nflush a\ncreate\nadd a 1.2.3.4,tcp:80\n";
        let parsed = parse(text);
        let places: Vec<(u32, u32)> = parsed
            .diagnostics
            .iter()
            .map(|d| (d.span.line, d.span.column))
            .collect();
        assert_eq!(
            places,
            [(2, 7), (3, 5), (4, 10), (5, 23), (6, 1), (7, 1), (8, 7)]
        );
        assert_eq!(parsed.value.len(), 1);
    }
}
