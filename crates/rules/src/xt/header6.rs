//! Matches for the extension headers of IPv6: `frag`, `rt`, `hbh`, `dst`,
//! `mh`, `ipv6header`, `eui64` (net/ipv6/netfilter/ip6t_*.c). Text only: no
//! IPv6 packet walks.

use super::opt::{Arg, Env, Ext, Listed, Opt, Place, Read, hook};
use crate::addr::Family;
use crate::diag::{Problem, nearest};
use crate::names;
use crate::num;
use crate::rule::Neg;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv6Addr};

/// Lowest and highest number. They may be the wrong way round, and fit nothing
/// then.
type Range = Neg<(u32, u32)>;

const ALL: (u32, u32) = (0, u32::MAX);

fn range(arg: &Arg<'_>) -> Read<Range> {
    let (low, high) = num::range_or_zero(arg.text(), u64::from(u32::MAX))?;
    Ok(arg.neg((low as u32, high as u32)))
}

fn save_range(range: Range, option: &str, out: &mut String) {
    let (low, high) = range.value;
    if range.value == ALL {
        return;
    }
    let _ = write!(out, " {}--{option} {low}", range.mark());
    if low != high {
        let _ = write!(out, ":{high}");
    }
}

/// `NAME:5` or `NAMEs:5:9`.
fn list_range(range: Range, name: &str, out: &mut String) {
    let ((low, high), bang) = (range.value, range.bang());
    if range.value == ALL && !range.inverted {
        return;
    }
    let _ = if low == high {
        write!(out, "{name}:{bang}{low}")
    } else {
        write!(out, "{name}s:{bang}{low}:{high}")
    };
}

fn flag(given: bool, text: &str, out: &mut String) {
    if given {
        out.push_str(text);
    }
}

/// `-m frag`: the fragment header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frag {
    /// `--fragid`.
    pub id: Range,
    /// `--fraglen`; kept for old rules, never compared.
    pub length: Option<Neg<u32>>,
    /// `--fragres`: reserved bits are set.
    pub reserved: bool,
    /// `--fragfirst`.
    pub first: bool,
    /// `--fragmore`: more are to come.
    pub more: bool,
    /// `--fraglast`.
    pub last: bool,
}

const FRAG_OPTS: &[Opt] = &[
    Opt::new("fragid", 0).inv(),
    Opt::new("fraglen", 1).inv(),
    Opt::new("fragres", 2).flag(),
    Opt::new("fragfirst", 3).flag(),
    Opt::new("fragmore", 4).flag().not_with(&[5]),
    Opt::new("fraglast", 5).flag().not_with(&[4]),
];

impl Ext for Frag {
    fn options(_: Family) -> &'static [Opt] {
        FRAG_OPTS
    }

    fn new(_: Family) -> Self {
        Self {
            id: Neg::new(ALL, false),
            length: None,
            reserved: false,
            first: false,
            more: false,
            last: false,
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.id = range(arg)?,
            1 => self.length = Some(arg.neg(arg.u32()?)),
            2 => self.reserved = true,
            3 => self.first = true,
            4 => self.more = true,
            _ => self.last = true,
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        save_range(self.id, "fragid", out);
        if let Some(length) = self.length {
            let _ = write!(out, " {}--fraglen {}", length.mark(), length.value);
        }
        flag(self.reserved, " --fragres", out);
        flag(self.first, " --fragfirst", out);
        flag(self.more, " --fragmore", out);
        flag(self.last, " --fraglast", out);
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" frag ");
        list_range(self.id, "id", out);
        if let Some(length) = self.length {
            let _ = write!(out, " length:{}{}", length.bang(), length.value);
        }
        flag(self.reserved, " reserved", out);
        flag(self.first, " first", out);
        flag(self.more, " more", out);
        flag(self.last, " last", out);
    }
}

/// `-m rt`: the routing header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rt {
    /// `--rt-type`.
    pub kind: Option<Neg<u32>>,
    /// `--rt-segsleft`.
    pub segments: Range,
    /// `--rt-len`.
    pub length: Option<Neg<u32>>,
    /// `--rt-0-res`: the reserved field holds something.
    pub reserved: bool,
    /// `--rt-0-addrs`.
    pub addrs: Vec<Ipv6Addr>,
    /// `--rt-0-not-strict`: others may be between.
    pub not_strict: bool,
}

const RT_OPTS: &[Opt] = &[
    Opt::new("rt-type", 0).inv(),
    Opt::new("rt-segsleft", 1).inv(),
    Opt::new("rt-len", 2).inv(),
    Opt::new("rt-0-res", 3).flag(),
    Opt::new("rt-0-addrs", 4),
    Opt::new("rt-0-not-strict", 5).flag(),
];

/// Most addresses (`IP6T_RT_HOPS`).
const HOPS: usize = 16;

impl Ext for Rt {
    fn options(_: Family) -> &'static [Opt] {
        RT_OPTS
    }

    fn new(_: Family) -> Self {
        Self {
            kind: None,
            segments: Neg::new(ALL, false),
            length: None,
            reserved: false,
            addrs: Vec::new(),
            not_strict: false,
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        let zero = self.kind.is_some_and(|k| k.value == 0 && !k.inverted);
        if (3..=5).contains(&arg.id) && !zero {
            return Err(Problem::new("this belongs to type 0")
                .hint("`--rt-type 0` has to stand in front of it"));
        }
        match arg.id {
            0 => self.kind = Some(arg.neg(arg.u32()?)),
            1 => self.segments = range(arg)?,
            2 => self.length = Some(arg.neg(arg.u32()?)),
            3 => self.reserved = true,
            4 => {
                for word in arg.text().split(',') {
                    let IpAddr::V6(addr) = arg.family.address(word)? else {
                        return Err("an IPv6 address is needed".into());
                    };
                    self.addrs.push(addr);
                }
                if self.addrs.len() > HOPS {
                    return Err(Problem::new("too many addresses").hint("at most 16"));
                }
            }
            _ if self.addrs.is_empty() => {
                return Err(Problem::new("there are no addresses yet")
                    .hint("`--rt-0-addrs` has to stand in front of it"));
            }
            _ => self.not_strict = true,
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        let zero = self.kind.is_some_and(|k| k.value == 0 && !k.inverted);
        if env.seen.any(&[3, 4, 5]) && !zero {
            return Err("options of type 0 need `--rt-type 0`".into());
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        if let Some(kind) = self.kind {
            let _ = write!(out, " {}--rt-type {}", kind.mark(), kind.value);
        }
        save_range(self.segments, "rt-segsleft", out);
        if let Some(length) = self.length {
            let _ = write!(out, " {}--rt-len {}", length.mark(), length.value);
        }
        flag(self.reserved, " --rt-0-res", out);
        self.push_addrs(" --rt-0-addrs ", out);
        flag(self.not_strict, " --rt-0-not-strict", out);
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" rt");
        if let Some(kind) = self.kind {
            // iptables prints it as a signed number.
            let _ = write!(out, " type:{}{}", kind.bang(), kind.value.cast_signed());
        }
        let mut text = String::new();
        list_range(self.segments, "segsleft", &mut text);
        if !text.is_empty() {
            let _ = write!(out, " {text}");
        }
        if let Some(length) = self.length {
            let _ = write!(out, " length:{}{}", length.bang(), length.value);
        }
        flag(self.reserved, " reserved", out);
        self.push_addrs(" 0-addrs ", out);
        flag(self.not_strict, " 0-not-strict", out);
    }
}

impl Rt {
    fn push_addrs(&self, before: &str, out: &mut String) {
        let addrs: Vec<String> = self.addrs.iter().map(Ipv6Addr::to_string).collect();
        if !addrs.is_empty() {
            let _ = write!(out, "{before}{}", addrs.join(","));
        }
    }
}

/// The options of a hop-by-hop or destination header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Opts {
    /// Length of the header.
    pub length: Option<Neg<u32>>,
    /// Options that it must hold: number and, if it counts, length.
    pub options: Vec<(u8, Option<u8>)>,
}

/// Most options (`IP6T_OPTS_OPTSNR`).
const OPTIONS: usize = 16;

impl Opts {
    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        if arg.id == 0 {
            self.length = Some(arg.neg(arg.u32()?));
            return Ok(());
        }
        for word in arg.text().split(',') {
            let (number, length) = match word.split_once(':') {
                Some((number, length)) => (number, Some(length)),
                None => (word, None),
            };
            // What is too large loses its upper bits, as iptables has it, and so
            // does what is below zero.
            let number = match num::strtoul(number).filter(|_| number.starts_with('-')) {
                Some(negative) => negative as u8,
                None => num::parse(number, u64::MAX)? as u8,
            };
            let length = match length {
                None => None,
                Some(length) => Some(num::parse(length, u64::MAX)? as u8),
            };
            if number == 0 && length.is_some() {
                return Err(Problem::new("option 0 has no length")
                    .hint("it is one byte, which fills the header"));
            }
            self.options.push((number, length));
        }
        if self.options.len() > OPTIONS {
            return Err(Problem::new("too many options").hint("at most 16"));
        }
        Ok(())
    }

    fn save(&self, name: &str, out: &mut String) {
        if let Some(length) = self.length {
            let _ = write!(out, " {}--{name}-len {}", length.mark(), length.value);
        }
        self.push(&format!(" --{name}-opts "), out);
    }

    fn list(&self, name: &str, out: &mut String) {
        let _ = write!(out, " {name}");
        if let Some(length) = self.length {
            let _ = write!(out, " length:{}{}", length.bang(), length.value);
        }
        self.push(" opts ", out);
    }

    fn push(&self, before: &str, out: &mut String) {
        for (n, (number, length)) in self.options.iter().enumerate() {
            let _ = write!(out, "{}{number}", if n == 0 { before } else { "," });
            if let Some(length) = length {
                let _ = write!(out, ":{length}");
            }
        }
    }
}

/// `-m hbh`: the hop-by-hop header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hbh(pub Opts);

const HBH_OPTS: &[Opt] = &[Opt::new("hbh-len", 0).inv(), Opt::new("hbh-opts", 1)];

impl Ext for Hbh {
    fn options(_: Family) -> &'static [Opt] {
        HBH_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.0.set(arg)
    }

    fn save(&self, _: Family, out: &mut String) {
        self.0.save("hbh", out);
    }

    fn list(&self, _: Family, out: &mut String) {
        self.0.list("hbh", out);
    }
}

/// `-m dst`: the destination header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dst(pub Opts);

const DST_OPTS: &[Opt] = &[Opt::new("dst-len", 0).inv(), Opt::new("dst-opts", 1)];

impl Ext for Dst {
    fn options(_: Family) -> &'static [Opt] {
        DST_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.0.set(arg)
    }

    fn save(&self, _: Family, out: &mut String) {
        self.0.save("dst", out);
    }

    fn list(&self, _: Family, out: &mut String) {
        self.0.list("dst", out);
    }
}

/// `-m mh`: messages of mobile hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mh {
    /// `--mh-type`, first and last.
    pub kind: Neg<(u8, u8)>,
}

const MH_OPTS: &[Opt] = &[Opt::new("mh-type", 0).inv()];

/// Types and their other names (RFC 6275).
const MESSAGES: [(&str, u8); 16] = [
    ("binding-refresh-request", 0),
    ("brr", 0),
    ("home-test-init", 1),
    ("hoti", 1),
    ("careof-test-init", 2),
    ("coti", 2),
    ("home-test", 3),
    ("hot", 3),
    ("careof-test", 4),
    ("cot", 4),
    ("binding-update", 5),
    ("bu", 5),
    ("binding-acknowledgement", 6),
    ("ba", 6),
    ("binding-error", 7),
    ("be", 7),
];

/// Reads a type: its name, or the beginning of one, of which the first that has
/// it is meant (libip6t_mh.c, `name_to_type`); or a number.
fn message(word: &str) -> Read<u8> {
    let lower = word.to_ascii_lowercase();
    if let Some((_, number)) = MESSAGES.iter().find(|(name, _)| *name == lower) {
        return Ok(*number);
    }
    if let Some((_, number)) = MESSAGES.iter().find(|(name, _)| name.starts_with(&lower)) {
        return Ok(*number);
    }
    num::parse(word, 255).map(|n| n as u8).map_err(|problem| {
        match nearest(&lower, MESSAGES.iter().map(|m| m.0)) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem,
        }
    })
}

fn push_message(number: u8, out: &mut String) {
    match MESSAGES.iter().find(|(_, n)| *n == number) {
        Some((name, _)) => out.push_str(name),
        None => {
            let _ = write!(out, "{number}");
        }
    }
}

impl Ext for Mh {
    fn options(_: Family) -> &'static [Opt] {
        MH_OPTS
    }

    fn new(_: Family) -> Self {
        Self {
            kind: Neg::new((0, 255), false),
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        let word = arg.text();
        let (first, last) = match word.split_once(':') {
            None => {
                let number = message(word)?;
                (number, number)
            }
            Some((first, last)) => (
                if first.is_empty() { 0 } else { message(first)? },
                if last.is_empty() { 255 } else { message(last)? },
            ),
        };
        if first > last {
            return Err(Problem::new(format!("the range `{word}` is upside down")));
        }
        self.kind = arg.neg((first, last));
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if !env.is_proto(135) {
            return Err(Problem::new("`-m mh` needs `-p mh`").hint("add -p mh to the rule"));
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        self.push(" ", &format!("{}--mh-type ", self.kind.mark()), out);
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" mh");
        match self.kind {
            Neg {
                value: (0, 255),
                inverted: true,
            } => out.push_str(" !0:255"),
            kind => self.push(" ", kind.bang(), out),
        }
    }

    fn list_named(&self, rule: Listed, out: &mut String) {
        let (first, last) = self.kind.value;
        if (first, last) == (0, 255) && !self.kind.inverted {
            return self.list(rule.family, out);
        }
        let _ = write!(out, " mh {}", self.kind.bang());
        push_message(first, out);
        if first != last {
            out.push(':');
            push_message(last, out);
        }
    }
}

impl Mh {
    fn push(&self, blank: &str, before: &str, out: &mut String) {
        let (first, last) = self.kind.value;
        if (first, last) == (0, 255) {
            return;
        }
        let _ = write!(out, "{blank}{before}{first}");
        if first != last {
            let _ = write!(out, ":{last}");
        }
    }
}

/// `-m ipv6header`: which headers there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ipv6header {
    /// `--header`: a bit for each.
    pub headers: Neg<u8>,
    /// `--soft`: there may be others.
    pub soft: bool,
}

const HEADER_OPTS: &[Opt] = &[
    Opt::new("header", 0).inv().must(),
    Opt::new("soft", 1).flag(),
];

/// Printed name, short name, number and bit of each header.
const HEADERS: [(&str, &str, u8, u8); 8] = [
    ("hop-by-hop", "hop", 0, 0x80),
    ("ipv6-opts", "dst", 60, 0x40),
    ("ipv6-route", "route", 43, 0x20),
    ("ipv6-frag", "frag", 44, 0x10),
    ("ah", "auth", 51, 0x08),
    ("esp", "esp", 50, 0x04),
    ("ipv6-nonxt", "none", 59, 0x02),
    ("protocol", "prot", 255, 0x01),
];

fn headers(list: &str) -> Read<u8> {
    let mut bits = 0;
    // As strtok() divides a list; but it has to hold something.
    let mut words = list.split(',').filter(|word| !word.is_empty()).peekable();
    if words.peek().is_none() {
        return Err("the list of headers is empty".into());
    }
    for word in words {
        let number = names::protocol_number(word);
        let found = HEADERS.into_iter().find(|(name, short, n, _)| {
            *name == word || *short == word || number == Some(*n) || n.to_string() == word
        });
        bits |= match found {
            Some((.., bit)) => bit,
            None => {
                let names: Vec<&str> = HEADERS.iter().map(|h| h.1).collect();
                return Err(Problem::new(format!("unknown header `{word}`")).hint(names.join(", ")));
            }
        };
    }
    Ok(bits)
}

impl Ipv6header {
    /// The names of the headers, with commas between.
    fn names(&self) -> String {
        let asked = |(.., bit): &(_, _, _, u8)| self.headers.value & bit != 0;
        let names: Vec<&str> = HEADERS.into_iter().filter(asked).map(|h| h.0).collect();
        names.join(",")
    }
}

impl Ext for Ipv6header {
    fn options(_: Family) -> &'static [Opt] {
        HEADER_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.headers = arg.neg(headers(arg.text())?),
            _ => self.soft = true,
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(out, " {}--header {}", self.headers.mark(), self.names());
        flag(self.soft, " --soft", out);
    }

    fn list(&self, _: Family, out: &mut String) {
        let bits = self.headers.value;
        let _ = write!(out, " ipv6header flags:{}0x{bits:02X}", self.headers.bang());
        flag(self.soft, " soft", out);
    }

    fn list_named(&self, _: Listed, out: &mut String) {
        let (bang, names) = (self.headers.bang(), self.names());
        let _ = write!(out, " ipv6header flags:{bang}{names}");
        flag(self.soft, " soft", out);
    }
}

/// `-m eui64`: the address was made of the Ethernet address that it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Eui64;

impl Ext for Eui64 {
    fn options(_: Family) -> &'static [Opt] {
        &[]
    }

    fn new(_: Family) -> Self {
        Self
    }

    fn set(&mut self, _: &Arg<'_>) -> Read<()> {
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&[], hook::PRE | hook::IN | hook::FWD)
    }

    fn save(&self, _: Family, _: &mut String) {}

    fn list(&self, _: Family, out: &mut String) {
        out.push_str("eui64 ");
    }
}
