//! Random text for `ipset restore`, right and wrong.
//!
//! Left out, as real programs disagree with themselves there or chance decides:
//! entries so many that the hash could grow, an open quotation mark, `quit`, sets
//! with `forceadd` that are full, seconds so few that they could pass, adding again
//! without an Ethernet address what is in a `bitmap:ip,mac` with time (the kernel
//! then takes seconds for a moment).

use std::fmt::Write as _;

use super::create::create;
use super::entry::{add_options, entry, place};
use crate::conform::Random;

/// A set that the text has made, as far as it went well.
#[derive(Clone, Default)]
pub(super) struct Made {
    pub name: String,
    pub kind: &'static str,
    pub inet6: bool,
    /// `timeout`, `counters`, `comment`, `skbinfo`.
    pub extensions: [bool; 4],
    /// Percent of places where something is wrong.
    pub wrong: usize,
}

pub(super) const NAMES: [&str; 6] = ["a", "b", "web", "k8s-nodes", "a_b.c", "F2B:sshd"];

/// A text, and how many commands it has.
pub(super) fn text(random: &mut Random, types: &[&'static str]) -> (String, usize) {
    let mut out = String::new();
    let mut sets: Vec<Made> = Vec::new();
    let mut number = 0;
    if random.chance(10) {
        out += random.word(&["# a comment\n", "\n", "  \n"]);
    }
    // Most texts are meant to be right: what is there already does not matter.
    let calm = random.chance(65);
    let wrong = if calm { 0 } else { 2 };
    for nth in 0..random.range(1, 4) {
        let exist = (calm && nth == 0) || random.chance(8);
        create(random, types, &mut sets, &mut out, exist, wrong);
        number += 1;
    }
    let sticky = random.chance(50);
    for _ in 0..random.range(2, 16) {
        number += 1;
        let exist = if (sticky && number % 3 == 0) || random.chance(4) {
            random.word(&[" -exist", " -!"])
        } else {
            ""
        };
        let at = random.below(sets.len());
        let Some(set) = sets.get(at).cloned() else {
            create(random, types, &mut sets, &mut out, false, wrong);
            continue;
        };
        match random.below(100) {
            0..64 => {
                let word = random.word(&["add", "add", "add", "-A", "--add", "a"]);
                let entry = entry(random, &set, &sets, true);
                let options = add_options(random, &set, &sets);
                let _ = writeln!(out, "{word}{exist} {} {entry}{options}", set.name);
            }
            64..78 => {
                let word = random.word(&["del", "del", "-D", "d"]);
                let entry = entry(random, &set, &sets, true);
                let place = place(random, &set, &sets);
                let _ = writeln!(out, "{word} {} {entry}{place}{exist}", set.name);
            }
            78..82 => {
                let entry = entry(random, &set, &sets, false);
                let nomatch = if set.kind.contains("net") && random.chance(20) {
                    " nomatch"
                } else {
                    ""
                };
                let quiet = random.word(&["-q ", "-quiet ", "-q ", ""]);
                if calm && random.chance(80) {
                    continue;
                }
                let _ = writeln!(out, "{quiet}test {} {entry}{nomatch}", set.name);
            }
            82..85 => {
                let _ = writeln!(out, "{} {}", random.word(&["flush", "-F", "f"]), set.name);
            }
            85..88 if calm && sets.iter().any(|set| set.kind == "list:set") => {}
            85..88 => {
                let _ = writeln!(
                    out,
                    "{}{exist} {}",
                    random.word(&["destroy", "x"]),
                    set.name
                );
                sets.remove(at);
            }
            88..92 => {
                let taken = |name: &&&str| !sets.iter().any(|set| set.name == **name);
                let free = NAMES.iter().find(taken).filter(|_| calm);
                let other = free.copied().unwrap_or_else(|| random.word(&NAMES));
                let _ = writeln!(
                    out,
                    "{} {} {other}",
                    random.word(&["rename", "e"]),
                    set.name
                );
                if let Some(set) = sets.get_mut(at) {
                    set.name = other.to_owned();
                }
            }
            92..95 => {
                let like = |other: &&Made| other.kind == set.kind && other.inet6 == set.inet6;
                let other = if calm {
                    let like: Vec<Made> = sets.iter().filter(like).cloned().collect();
                    random.pick(&like)
                } else {
                    random.pick(&sets)
                };
                let _ = writeln!(
                    out,
                    "{} {} {}",
                    random.word(&["swap", "-W"]),
                    set.name,
                    other.name
                );
            }
            95 if calm => out += random.word(&["flush\n", "COMMIT\n", "# x\n"]),
            95 => {
                out += random.word(&[
                    "flush\n",
                    "destroy\n",
                    "COMMIT\n",
                    "save\n",
                    "# x\n",
                    "lst a\n",
                ]);
            }
            _ => create(random, types, &mut sets, &mut out, !exist.is_empty(), wrong),
        }
    }
    (out, number)
}
