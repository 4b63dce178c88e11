//! ebtables' own options.

use super::super::link::parse_mac;
use super::super::{EbProto, MacMatch};
use super::Reader;
use super::command::takes_rule;
use crate::addr::MacAddr;
use crate::diag::Problem;
use crate::names;
use crate::num;
use crate::rule::{Counters, IfaceMatch, Neg};
use crate::xt::iface_name;

/// ebtables' own options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Proto,
    Src,
    Dst,
    In,
    Out,
    LogicalIn,
    LogicalOut,
    Jump,
    Counters,
    /// One of the commands, by letter.
    Command(char),
}

/// By their letters.
pub(super) const SHORT: &[(char, Key)] = &[
    ('p', Key::Proto),
    ('s', Key::Src),
    ('d', Key::Dst),
    ('i', Key::In),
    ('o', Key::Out),
    ('j', Key::Jump),
    ('c', Key::Counters),
    ('A', Key::Command('A')),
    ('I', Key::Command('I')),
    ('D', Key::Command('D')),
    ('F', Key::Command('F')),
    ('N', Key::Command('N')),
    ('X', Key::Command('X')),
    ('E', Key::Command('E')),
    ('P', Key::Command('P')),
    ('Z', Key::Command('Z')),
];

/// By their names.
pub(super) const LONG: &[(&str, Key)] = &[
    ("append", Key::Command('A')),
    ("insert", Key::Command('I')),
    ("delete", Key::Command('D')),
    ("flush", Key::Command('F')),
    ("new-chain", Key::Command('N')),
    ("delete-chain", Key::Command('X')),
    ("rename-chain", Key::Command('E')),
    ("policy", Key::Command('P')),
    ("zero", Key::Command('Z')),
    ("check", Key::Command('c')),
    ("proto", Key::Proto),
    ("protocol", Key::Proto),
    ("source", Key::Src),
    ("src", Key::Src),
    ("destination", Key::Dst),
    ("dst", Key::Dst),
    ("in-interface", Key::In),
    ("in-if", Key::In),
    ("out-interface", Key::Out),
    ("out-if", Key::Out),
    ("logical-in", Key::LogicalIn),
    ("logical-out", Key::LogicalOut),
    ("jump", Key::Jump),
    ("set-counters", Key::Counters),
];

impl Reader<'_, '_> {
    pub(super) fn base(&mut self, here: usize, key: Key, before: bool) {
        let option = self.text(here);
        if self.given.contains(&key) {
            let problem = Problem::new(format!("`{option}` is given twice"));
            self.error(here, option, problem);
        }
        self.given.push(key);
        if !self.command.as_ref().is_some_and(takes_rule) {
            let problem = Problem::new(format!("`{option}` stands before or without a command"))
                .hint("-A, -I, -D or --check and a chain come first");
            self.error(here, option, problem);
        }
        let (inverted, value) = match key {
            Key::Jump => (false, self.next()),
            _ => self.value(before),
        };
        let value_at = self.at.saturating_sub(1);
        let Some(value) = value else {
            let problem = Problem::new(format!("`{option}` needs a value"));
            return self.error(here, option, problem);
        };
        if let Err(problem) = self.base_value(value_at, key, value, inverted) {
            self.error(value_at, option, problem);
        }
    }

    fn base_value(
        &mut self,
        at: usize,
        key: Key,
        value: &str,
        inverted: bool,
    ) -> Result<(), Problem> {
        match key {
            Key::Proto => self.rule.proto = Some(Neg::new(proto(value)?, inverted)),
            Key::Src => self.rule.src = Some(Neg::new(self.frame_mac(at, value)?, inverted)),
            Key::Dst => self.rule.dst = Some(Neg::new(self.frame_mac(at, value)?, inverted)),
            Key::Jump => self.target(at, value),
            Key::Counters => {
                if inverted {
                    return Err("`!` cannot stand with counters".into());
                }
                let bytes = self.next().and_then(|b| b.parse().ok());
                match (value.parse().ok(), bytes) {
                    (Some(packets), Some(bytes)) => {
                        self.rule.counters = Counters { packets, bytes };
                    }
                    _ => return Err("two numbers are needed: packets and bytes".into()),
                }
            }
            _ => {
                let name = iface_name(value)?;
                if name.trim_end_matches('+').contains('+') || name.ends_with("++") {
                    return Err(Problem::new(format!("`{name}` has a `+` in the middle"))
                        .hint("`+` stands for anything at the end of a name"));
                }
                let iface = Some(IfaceMatch {
                    name: name.into(),
                    inverted,
                })
                // `+` alone asks nothing.
                .filter(|iface| !iface.name.is_empty() && (&*iface.name != "+" || iface.inverted));
                match key {
                    Key::In => self.rule.in_iface = iface,
                    Key::Out => self.rule.out_iface = iface,
                    Key::LogicalIn => self.rule.logical_in = iface,
                    _ => self.rule.logical_out = iface,
                }
            }
        }
        Ok(())
    }

    /// An address of the frame; nf_tables cannot compare no bits at all.
    fn frame_mac(&mut self, at: usize, value: &str) -> Result<MacMatch, Problem> {
        let mac = parse_mac(value)?;
        if mac.mask == MacAddr::default() {
            let problem = Problem::new(format!("the mask of `{value}` has no bits"))
                .hint("leave the option out to take any address");
            self.refuse(at, "", problem);
        }
        Ok(mac)
    }
}

/// Reads `-p`'s value.
fn proto(word: &str) -> Result<EbProto, Problem> {
    if word.eq_ignore_ascii_case("length") {
        return Ok(EbProto::Length);
    }
    let number = match num::in_base(word, 16) {
        Some(number) => u16::try_from(number).ok(),
        None => names::ethertype(word),
    };
    match number {
        Some(number) if number >= 0x0600 => Ok(EbProto::Type(number)),
        Some(number) => Err(Problem::new(format!("0x{number:04x} is not an EtherType"))
            .hint("the lowest is 0x0600; -p LENGTH is for frames with a length")),
        None => Err(Problem::new(format!("unknown protocol `{word}`"))
            .hint("a name such as IPv4, ARP, 802_1Q, or a hexadecimal number")),
    }
}
