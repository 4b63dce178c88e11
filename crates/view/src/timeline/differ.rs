//! Which steps of a walk are not as they were before something was changed.
//!
//! Steps are compared, not what is said of them: where it happens, what is
//! decided, and the packet as it is then. A rule is known by what it says, as
//! its number may be another by the change. Not compared is what a kernel draws
//! (IP identifiers, sequence numbers) and what follows from the rest
//! (checksums, counters).

use std::collections::HashMap;
use std::fmt::Write as _;

use packetwalk_core::walk::{Event, LogFormat, PacketState, RuleRef, Walk};
use packetwalk_core::wire::ipv4::Ipv4;

use super::Tool;
use crate::packet;
use crate::rules::RuleBook;

/// Middles up to this many pairs of steps are compared exactly; longer ones
/// step by step in order.
const EXACT: usize = 4_000_000;

/// A walk, and the rules that it met.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// The walk.
    pub walk: &'a Walk,
    /// The rules of its world.
    pub rules: &'a RuleBook,
}

/// Steps of `after` that `before` has no counterpart for, in order; what lies
/// between is matched in order, as `diff` does.
pub fn differing(before: Side<'_>, after: Side<'_>) -> Vec<u32> {
    compare(&told(before), &told(after))
}

/// The same, and how many steps of `before` have no counterpart in `after`.
pub(super) fn both_ways(before: Side<'_>, after: Side<'_>) -> (Vec<u32>, u32) {
    let (old, new) = (told(before), told(after));
    let gone = compare(&new, &old).len() as u32;
    (compare(&old, &new), gone)
}

fn compare(old: &[String], new: &[String]) -> Vec<u32> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old, new) = (
        old.get(head..).unwrap_or_default(),
        new.get(head..).unwrap_or_default(),
    );
    let both = old.iter().rev().zip(new.iter().rev());
    let tail = both.take_while(|(a, b)| a == b).count();
    let old = old.get(..old.len() - tail).unwrap_or_default();
    let new = new.get(..new.len() - tail).unwrap_or_default();
    let fresh = if old.len().saturating_mul(new.len()) <= EXACT {
        exact(old, new)
    } else {
        in_order(old, new)
    };
    fresh.into_iter().map(|at| (at + head) as u32).collect()
}

/// What makes each step the one it is.
fn told(side: Side<'_>) -> Vec<String> {
    let Side { walk, rules } = side;
    let mut tool = Tool::Iptables;
    let mut packets: HashMap<u32, String> = HashMap::new();
    let steps = walk.steps.iter();
    steps
        .map(|step| {
            if let Event::TableEnter { family, .. } = &step.event {
                tool = Tool::of(*family);
            }
            let dev = step.dev.as_deref().unwrap_or_default();
            let says = |rule: &RuleRef| rules.spec(&step.netns, tool, rule).unwrap_or_default();
            let mut out = format!("{} {dev} ", step.netns);
            if let Some(at) = step.packet
                && let Some(state) = walk.packets.get(at as usize)
            {
                let told = packets.entry(at).or_insert_with(|| of_packet(state));
                out.push_str(told);
            }
            of_event(&mut out, &step.event, says);
            out
        })
        .collect()
}

/// A packet without what is drawn or follows.
fn of_packet(state: &PacketState) -> String {
    let ttl = match packet::kind(state) {
        packet::Kind::Arp => 0,
        _ => Ipv4(&state.bytes).ttl(),
    };
    let ends = state.mac.map(|(dst, src, _)| (dst, src));
    let title = packet::summary(state);
    format!("{title} {ttl} {:x} {ends:?} ", state.mark)
}

fn of_event<'a>(out: &mut String, event: &Event, says: impl Fn(&RuleRef) -> &'a str) {
    // Writing into a string does not fail.
    let _ = match event {
        Event::Rule { rule, why_not } => {
            write!(
                out,
                "rule {} {} {} {why_not:?}",
                rule.table,
                rule.chain,
                says(rule)
            )
        }
        Event::Target {
            rule,
            target,
            effect,
        } => {
            write!(
                out,
                "target {} {} {target} {effect}",
                rule.chain,
                says(rule)
            )
        }
        Event::Jump { rule, to, goto } => {
            write!(out, "jump {} {} {to} {goto}", rule.chain, says(rule))
        }
        Event::Return { rule, from, to } => {
            write!(
                out,
                "return {from} {to} {}",
                rule.as_ref().map_or("", &says)
            )
        }
        Event::TableLeave {
            family,
            table,
            hook,
            verdict,
            rule,
        } => {
            let rule = rule.as_ref().map_or("", &says);
            write!(out, "leave {family:?} {table} {hook:?} {verdict:?} {rule}")
        }
        Event::Log(record) => match &record.format {
            LogFormat::Trace {
                table,
                chain,
                comment,
                ..
            } => {
                write!(out, "log {table} {chain} {comment}")
            }
            other => write!(out, "log {other:?}"),
        },
        Event::Conntrack { act, .. } => write!(out, "conntrack {act:?}"),
        Event::Nat { act, from, to, .. } => write!(out, "nat {act:?} {from:?} {to:?}"),
        other => write!(out, "{other:?}"),
    };
}

/// The longest common subsequence; what of `new` is not in it.
fn exact(old: &[String], new: &[String]) -> Vec<usize> {
    let width = new.len() + 1;
    let mut length = vec![0_u32; width * (old.len() + 1)];
    let at = |o: usize, n: usize| o * width + n;
    for (o, was) in old.iter().enumerate().rev() {
        for (n, is) in new.iter().enumerate().rev() {
            let get = |place: usize| length.get(place).copied().unwrap_or(0);
            let best = if was == is {
                get(at(o + 1, n + 1)) + 1
            } else {
                get(at(o + 1, n)).max(get(at(o, n + 1)))
            };
            if let Some(slot) = length.get_mut(at(o, n)) {
                *slot = best;
            }
        }
    }
    let get = |o: usize, n: usize| length.get(at(o, n)).copied().unwrap_or(0);
    let (mut o, mut n, mut out) = (0, 0, Vec::new());
    while let Some(is) = new.get(n) {
        match old.get(o) {
            Some(was) if was == is => {
                o += 1;
                n += 1;
            }
            Some(_) if get(o + 1, n) >= get(o, n + 1) => o += 1,
            _ => {
                out.push(n);
                n += 1;
            }
        }
    }
    out
}

/// Each step of `new` is held against what is left of `old`.
fn in_order(old: &[String], new: &[String]) -> Vec<usize> {
    let (mut o, mut out) = (0, Vec::new());
    for (n, is) in new.iter().enumerate() {
        let rest = old.get(o..).unwrap_or_default();
        match rest.iter().take(256).position(|was| was == is) {
            Some(found) => o += found + 1,
            None => out.push(n),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(text: &str) -> Vec<String> {
        text.chars().map(String::from).collect()
    }

    #[test]
    fn finds_what_is_new() {
        for (old, new, fresh) in [
            ("abc", "abc", vec![]),
            ("abc", "abxc", vec![2]),
            ("abc", "ac", vec![]),
            ("", "ab", vec![0, 1]),
            ("abcd", "axcy", vec![1, 3]),
            ("xabc", "abcx", vec![3]),
        ] {
            assert_eq!(exact(&letters(old), &letters(new)), fresh, "{old} {new}");
            assert_eq!(
                in_order(&letters(old), &letters(new)).is_empty(),
                fresh.is_empty()
            );
        }
    }
}
