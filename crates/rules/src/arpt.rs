//! arptables: what arptables-save prints, and `arptables -L` lists.
//!
//! arptables 1.8.9 (nf_tables) reads its lines as iptables does, with other options,
//! so rules are those of [`crate::iptables`] with [`ArpMatch`] beside them. It knows
//! one table, `filter`, with INPUT and OUTPUT. The legacy tool has FORWARD as well
//! ([`is_legacy`]), which ARP of a bridge passes where br_netfilter is told to ask.
//!
//! Not modelled: `-p`, which the tool takes and forgets.

use crate::addr::{AddrMatch, Family, MacAddr, Printed, prefix_length};
use crate::diag::{Diagnostic, Parsed, Problem};
use crate::ebt::MacMatch;
use crate::ebt::arp::OP_NAMES;
use crate::ebt::link::push_mac;
use crate::iptables::{self, RestoreOptions};
use crate::names::address_name;
use crate::rule::{Chain, Counters, IfaceMatch, Neg, Rule, Ruleset, Table};
use std::fmt::Write as _;

/// The one table.
pub const TABLES: [&str; 1] = ["filter"];

/// Its built-in chains. nf_tables has none for ARP that is bridged.
pub const CHAINS: [&str; 3] = ["INPUT", "OUTPUT", "FORWARD"];

/// The built-in chains of the tool for nf_tables.
pub const NFT_CHAINS: [&str; 2] = ["INPUT", "OUTPUT"];

/// A number and the bits of it that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Masked<T> {
    /// What it has to be.
    pub value: T,
    /// The bits.
    pub mask: T,
}

/// What a rule asks of the ARP packet beside its IP addresses (`struct arpt_arp`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ArpMatch {
    /// `--src-mac`: the sender's hardware address, in the packet itself.
    pub src_mac: Option<Neg<MacMatch>>,
    /// `--dst-mac`: the target's.
    pub dst_mac: Option<Neg<MacMatch>>,
    /// `--h-length`: bytes of a hardware address. nf_tables asks for 6 unless told.
    pub hlen: Option<Neg<Masked<u8>>>,
    /// `--opcode`.
    pub opcode: Option<Neg<Masked<u16>>>,
    /// `--h-type`. nf_tables asks for 1 (Ethernet) unless told.
    pub htype: Option<Neg<Masked<u16>>>,
    /// `--proto-type`.
    pub ptype: Option<Neg<Masked<u16>>>,
}

/// arptables' own options: long name, letter, arguments. Those without a letter
/// have the number that the tool knows them by.
pub(crate) const BASE: &[(&str, char, u8)] = &[
    ("append", 'A', 1),
    ("delete", 'D', 1),
    ("check", 'C', 1),
    ("insert", 'I', 1),
    ("replace", 'R', 1),
    ("list", 'L', 0),
    ("list-rules", 'S', 0),
    ("flush", 'F', 0),
    ("zero", 'Z', 0),
    ("new-chain", 'N', 1),
    ("delete-chain", 'X', 0),
    ("rename-chain", 'E', 1),
    ("policy", 'P', 1),
    ("source-ip", 's', 1),
    ("destination-ip", 'd', 1),
    ("src-ip", 's', 1),
    ("dst-ip", 'd', 1),
    ("source-mac", SRC_MAC, 1),
    ("destination-mac", DST_MAC, 1),
    ("src-mac", SRC_MAC, 1),
    ("dst-mac", DST_MAC, 1),
    ("h-length", 'l', 1),
    ("opcode", OPCODE, 1),
    ("h-type", HTYPE, 1),
    ("proto-type", PTYPE, 1),
    ("in-interface", 'i', 1),
    ("jump", 'j', 1),
    ("table", 't', 1),
    ("numeric", 'n', 0),
    ("out-interface", 'o', 1),
    ("verbose", 'v', 0),
    ("exact", 'x', 0),
    ("line-numbers", '0', 0),
    ("set-counters", 'c', 1),
    ("modprobe", 'M', 1),
];

const SRC_MAC: char = '\u{2}';
const DST_MAC: char = '\u{3}';
const OPCODE: char = '\u{4}';
const HTYPE: char = '\u{5}';
const PTYPE: char = '\u{6}';

/// The options that only arptables has.
pub(crate) const OWN: &str = "\u{2}\u{3}\u{4}\u{5}\u{6}l";

impl ArpMatch {
    /// Takes the value of one of the options of [`OWN`].
    ///
    /// # Errors
    /// A value that is none.
    pub(crate) fn set(&mut self, letter: char, value: &str, inverted: bool) -> Result<(), Problem> {
        match letter {
            SRC_MAC => self.src_mac = Some(Neg::new(mac(value)?, inverted)),
            DST_MAC => self.dst_mac = Some(Neg::new(mac(value)?, inverted)),
            OPCODE => {
                let problem = || {
                    Problem::new(format!("`{value}` is no operation of ARP"))
                        .hint("Request, Reply, another name, or a number")
                };
                let found = masked(value, 10).or_else(|| {
                    let named = OP_NAMES.iter().position(|n| n.eq_ignore_ascii_case(value));
                    u16::try_from(named? + 1).ok().map(whole)
                });
                self.opcode = Some(Neg::new(found.ok_or_else(problem)?, inverted));
            }
            HTYPE => {
                let problem = || {
                    Problem::new(format!("`{value}` is no type of hardware"))
                        .hint("Ethernet, or a hexadecimal number")
                };
                let named = || value.eq_ignore_ascii_case("Ethernet").then_some(whole(1));
                let found = masked(value, 16).or_else(named);
                self.htype = Some(Neg::new(found.ok_or_else(problem)?, inverted));
            }
            PTYPE => {
                let problem = || {
                    Problem::new(format!("`{value}` is no type of a protocol"))
                        .hint("IPv4, or a number such as 0x800")
                };
                let named = || value.eq_ignore_ascii_case("ipv4").then_some(whole(0x800));
                let found = masked(value, 0).or_else(named);
                self.ptype = Some(Neg::new(found.ok_or_else(problem)?, inverted));
            }
            _ => {
                let byte = |n: u16| u8::try_from(n).ok();
                let found = masked(value, 10).and_then(|both| {
                    let mask = if both.mask == u16::MAX {
                        0xff
                    } else {
                        both.mask
                    };
                    Some(Masked {
                        value: byte(both.value)?,
                        mask: byte(mask)?,
                    })
                });
                let found = found.ok_or_else(|| {
                    Problem::new(format!("`{value}` is no length of an address"))
                        .hint("bytes of a hardware address: 6")
                })?;
                self.hlen = Some(Neg::new(found, inverted));
            }
        }
        Ok(())
    }

    /// Takes out what nf_tables does not tell from nothing: numbers that it asks
    /// for anyway, and zeros, which it does not ask for.
    ///
    /// # Errors
    /// Another length of hardware addresses than Ethernet's.
    pub(crate) fn for_nft(&mut self) -> Result<(), Problem> {
        if self.hlen.is_some_and(|asked| asked.value.value != 6) {
            return Err(Problem::new("hardware addresses can only have 6 bytes")
                .hint("arptables for nf_tables knows no other length"));
        }
        let drop_if = |asked: &mut Option<Neg<Masked<u16>>>, what: u16| {
            asked.take_if(|asked| !asked.inverted && asked.value == whole(what));
        };
        drop_if(&mut self.opcode, 0);
        drop_if(&mut self.ptype, 0);
        drop_if(&mut self.htype, 1);
        self.hlen
            .take_if(|asked| !asked.inverted && asked.value.mask == 0xff);
        Ok(())
    }
}

fn mac(value: &str) -> Result<MacMatch, Problem> {
    crate::ebt::link::parse_mac(value)
}

fn whole(value: u16) -> Masked<u16> {
    Masked {
        value,
        mask: u16::MAX,
    }
}

/// Reads `value[/mask]` in this base; 0 takes the one that the number shows.
fn masked(word: &str, base: u32) -> Option<Masked<u16>> {
    let (value, mask) = match word.rsplit_once('/') {
        // Masks are printed in hexadecimal and without 0x.
        Some((value, mask)) if base == 0 => (value, number(mask, 0).or_else(|| number(mask, 16))?),
        Some((value, mask)) => (value, number(mask, base)?),
        None => (word, u16::MAX),
    };
    Some(Masked {
        value: number(value, base)?,
        mask,
    })
}

/// A whole word as strtol(3) reads it: blanks and a plus sign in front.
fn number(word: &str, base: u32) -> Option<u16> {
    let word = word.trim_start_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    let digits = word.strip_prefix('+').unwrap_or(word);
    let bare = digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"));
    let (digits, base) = match (bare, base) {
        (Some(bare), 0 | 16) => (bare, 16),
        (None, 0) if digits.len() > 1 && digits.starts_with('0') => (digits, 8),
        (_, 0) => (digits, 10),
        (_, base) => (digits, base),
    };
    // The standard library would take a second sign.
    let plain = digits.starts_with(|c: char| c.is_digit(base));
    u16::from_str_radix(digits, base).ok().filter(|_| plain)
}

/// Reads what arptables-save printed, or what arptables-restore would take.
/// Counters are kept, though the tool of 1.8.9 forgets them.
pub fn parse(text: &str) -> Parsed<Ruleset> {
    iptables::parse(text, Family::Arp)
}

/// Does to a rule set what arptables-restore would do.
pub fn restore(text: &str, set: &mut Ruleset) -> Vec<Diagnostic> {
    iptables::restore(text, set, RestoreOptions::default())
}

/// Whether the legacy tool made the text: that of nf_tables has no built-in FORWARD,
/// and says in a comment that it printed it.
pub(crate) fn text_is_legacy(text: &str) -> bool {
    let nft = text
        .lines()
        .take_while(|l| l.starts_with('#') || l.is_empty())
        .any(|l| l.contains("(nf_tables)") || l.contains("-nft-save"));
    let forward = text.lines().any(|line| {
        let mut words = line.strip_prefix(':').unwrap_or("").split_whitespace();
        words.next() == Some("FORWARD") && matches!(words.next(), Some("ACCEPT" | "DROP"))
    });
    forward && !nft
}

/// Whether a table is of the legacy tool. Its rules do not ask for Ethernet unless
/// told, and count 28 bytes for a packet, whatever stands in front of it.
pub fn is_legacy(table: &Table) -> bool {
    table
        .chain("FORWARD")
        .is_some_and(|chain| chain.policy.is_some())
}

/// Prints all tables as arptables-save does, without its comment lines.
pub fn save(set: &Ruleset, counters: bool) -> String {
    let mut out = String::new();
    for table in &set.tables {
        let legacy = is_legacy(table);
        let _ = writeln!(out, "*{}", table.name);
        for chain in &table.chains {
            let policy = chain.policy.map_or("-", |p| p.name());
            let _ = writeln!(out, ":{} {policy}", chain.name);
        }
        for chain in &table.chains {
            for rule in &chain.rules {
                if counters && !legacy {
                    let Counters { packets, bytes } = rule.counters;
                    let _ = write!(out, "[{packets}:{bytes}] ");
                }
                push_rule(rule, &chain.name, &mut out);
                out.push('\n');
            }
        }
    }
    out
}

/// Prints `-A CHAIN ...`, without a line end.
pub fn push_rule(rule: &Rule, chain: &str, out: &mut String) {
    out.push_str("-A ");
    out.push_str(chain);
    out.push(' ');
    push_details::<false>(rule, false, out);
    rule.target.push_options(Family::Arp, out);
}

/// What `arptables -L` is told, beside `-n`.
pub use crate::iptables::ListOptions;

/// What `arptables -nL [chain]` prints.
pub fn list(table: &Table, chain: Option<&str>, options: ListOptions) -> String {
    print::<false>(table, chain, options)
}

/// What `arptables -L [chain]` prints, without `-n`.
pub fn list_named(table: &Table, chain: Option<&str>, options: ListOptions) -> String {
    print::<true>(table, chain, options)
}

/// What `arptables -S` prints.
pub fn list_rules(table: &Table) -> String {
    let mut out = String::new();
    for chain in &table.chains {
        let _ = match chain.policy {
            Some(policy) => writeln!(out, "-P {} {}", chain.name, policy.name()),
            None => writeln!(out, "-N {}", chain.name),
        };
    }
    for chain in &table.chains {
        for rule in &chain.rules {
            push_rule(rule, &chain.name, &mut out);
            out.push('\n');
        }
    }
    out
}

fn print<const NAMES: bool>(table: &Table, chain: Option<&str>, options: ListOptions) -> String {
    let mut out = String::new();
    let chosen = |c: &&Chain| chain.is_none_or(|name| &*c.name == name);
    for (n, chain) in table.chains.iter().filter(chosen).enumerate() {
        if n > 0 {
            out.push('\n');
        }
        iptables::push_title(table, chain, options, &mut out);
        for (n, rule) in chain.rules.iter().enumerate() {
            if options.line_numbers {
                let _ = write!(out, "{} ", n + 1);
            }
            push_details::<NAMES>(rule, options.verbose, &mut out);
            rule.target.push_options(Family::Arp, &mut out);
            if options.verbose {
                out.push_str(" , pcnt=");
                iptables::push_count(rule.counters.packets, options, 0, &mut out);
                out.push_str("-- bcnt=");
                iptables::push_count(rule.counters.bytes, options, 0, &mut out);
            }
            out.push('\n');
        }
    }
    out
}

/// Prints the target's name and what the rule asks; `via` shows devices that it does
/// not ask for, too.
fn push_details<const NAMES: bool>(rule: &Rule, via: bool, out: &mut String) {
    let mut line = Line { out, first: true };
    let name = rule.target.name();
    if !name.is_empty() {
        line.option(false, "-j", name);
    }
    let any = if NAMES { "any" } else { "*" };
    for (iface, option) in [(&rule.ip.in_iface, "-i"), (&rule.ip.out_iface, "-o")] {
        match iface.as_deref() {
            Some(IfaceMatch { name, inverted }) => line.option(*inverted, option, name),
            None if via => line.option(false, option, any),
            None => {}
        }
    }
    let bare = ArpMatch::default();
    let arp = rule.ip.arp.as_deref().unwrap_or(&bare);
    line.address::<NAMES>(rule.ip.src.as_ref(), "-s");
    line.mac(arp.src_mac, "--src-mac");
    line.address::<NAMES>(rule.ip.dst.as_ref(), "-d");
    line.mac(arp.dst_mac, "--dst-mac");
    if let Some(asked) = arp.hlen {
        let Masked { value, mask } = asked.value;
        let mask = (mask != u8::MAX).then(|| format!("/{mask}"));
        line.number(asked.inverted, "--h-length", &value.to_string(), mask);
    }
    if let Some(asked) = arp.opcode {
        let Masked { value, mask } = asked.value;
        let named = usize::from(value)
            .checked_sub(1)
            .and_then(|n| OP_NAMES.get(n));
        let text = match named {
            Some(name) if NAMES => (*name).to_owned(),
            _ => value.to_string(),
        };
        let mask = (mask != u16::MAX).then(|| format!("/{mask}"));
        line.number(asked.inverted, "--opcode", &text, mask);
    }
    // 1.8.9 prints no comparison with Ethernet, not even an inverted one.
    if let Some(asked) = arp.htype.filter(|asked| asked.value != whole(1)) {
        let Masked { value, mask } = asked.value;
        // It reads hexadecimal numbers and prints decimal ones.
        let mask = (mask != u16::MAX).then(|| format!("/{mask}"));
        line.number(asked.inverted, "--h-type", &value.to_string(), mask);
    }
    if let Some(asked) = arp.ptype {
        let Masked { value, mask } = asked.value;
        let text = match value {
            0x800 if NAMES => "IPv4".to_owned(),
            other => format!("0x{other:x}"),
        };
        let mask = (mask != u16::MAX).then(|| format!("/{mask:x}"));
        line.number(asked.inverted, "--proto-type", &text, mask);
    }
}

/// Options with a blank between them.
struct Line<'a> {
    out: &'a mut String,
    first: bool,
}

impl Line<'_> {
    fn option(&mut self, inverted: bool, option: &str, value: &str) {
        if !std::mem::take(&mut self.first) {
            self.out.push(' ');
        }
        let mark = if inverted { "! " } else { "" };
        let _ = write!(self.out, "{mark}{option} {value}");
    }

    fn number(&mut self, inverted: bool, option: &str, value: &str, mask: Option<String>) {
        self.option(inverted, option, value);
        self.out.push_str(&mask.unwrap_or_default());
    }

    fn mac(&mut self, asked: Option<Neg<MacMatch>>, option: &str) {
        if let Some(asked) = asked.filter(|asked| asked.value.mask != MacAddr::default()) {
            let mut text = String::new();
            push_mac(asked.value, &mut text);
            self.option(asked.inverted, option, &text);
        }
    }

    fn address<const NAMES: bool>(&mut self, asked: Option<&AddrMatch>, option: &str) {
        let Some(asked) = asked else { return };
        let name = address_name(asked.addr()).filter(|_| NAMES);
        let ip = name.map_or_else(|| Printed(asked.addr()).to_string(), str::to_owned);
        let text = match prefix_length(asked.mask()) {
            Some(0) => return,
            Some(32) => ip,
            Some(n) => format!("{ip}/{n}"),
            None => format!("{ip}/{}", Printed(asked.mask())),
        };
        self.option(asked.inverted(), option, &text);
    }
}
