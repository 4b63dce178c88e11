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
use crate::language::{Text, Word};

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

/// What a vocabulary calls commands, and the options of making a set and an entry.
const COMMAND: &str = "command";
pub(super) const CREATE: &str = "create";
const ADD: &str = "add";

const COMMANDS: [&str; 8] = [
    "add", "del", "test", "flush", "destroy", "rename", "swap", "-exist",
];
pub(super) const CREATE_OPTIONS: [&str; 18] = [
    "family",
    "hashsize",
    "maxelem",
    "bucketsize",
    "initval",
    "forceadd",
    "netmask",
    "bitmask",
    "range",
    "from",
    "network",
    "size",
    "timeout",
    "counters",
    "comment",
    "skbinfo",
    "probes",
    "resize",
];
const ADD_OPTIONS: [&str; 10] = [
    "timeout", "packets", "bytes", "comment", "skbmark", "skbprio", "skbqueue", "nomatch",
    "wildcard", "before",
];

/// All that a run is to see taken.
pub(super) fn vocabulary(types: &[&'static str]) -> Vec<Word> {
    let word = |of: &str, name: &str| (of.to_owned(), name.to_owned());
    let kinds = types
        .iter()
        .flat_map(|kind| ["create", "add", "del", "test"].map(|command| word(kind, command)));
    let create = CREATE_OPTIONS.iter().map(|name| word(CREATE, name));
    let add = ADD_OPTIONS.iter().map(|name| word(ADD, name));
    let commands = COMMANDS.iter().map(|name| word(COMMAND, name));
    kinds.chain(create).chain(add).chain(commands).collect()
}

/// A text.
pub(super) fn text(random: &mut Random, types: &[&'static str]) -> Text {
    let mut out = Text::default();
    let mut sets: Vec<Made> = Vec::new();
    let mut number = 0;
    if random.chance(10) {
        out.text += random.word(&["# a comment\n", "\n", "  \n"]);
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
        let note = |command: &str, out: &mut Text| {
            let words = [Some(command), (!exist.is_empty()).then_some("-exist")];
            let words = words.into_iter().flatten();
            out.used
                .extend(words.map(|word| (COMMAND.to_owned(), word.to_owned())));
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
                let named = ADD_OPTIONS
                    .iter()
                    .filter(|name| options.contains(&format!(" {name}")));
                out.used
                    .extend(named.map(|name| (ADD.to_owned(), (*name).to_owned())));
                out.used.push((set.kind.to_owned(), "add".to_owned()));
                note("add", &mut out);
                let _ = writeln!(out.text, "{word}{exist} {} {entry}{options}", set.name);
                if set.kind == "list:set" && calm && random.chance(30) {
                    // What it is put in front of is there now.
                    let other = self::entry(random, &set, &sets, false);
                    if other != entry {
                        let _ = writeln!(out.text, "del {} {other} -exist", set.name);
                        let _ = writeln!(out.text, "add {} {other} before {entry}", set.name);
                        out.used.push((ADD.to_owned(), "before".to_owned()));
                    }
                }
            }
            64..78 => {
                let word = random.word(&["del", "del", "-D", "d"]);
                out.used.push((set.kind.to_owned(), "del".to_owned()));
                note("del", &mut out);
                let entry = entry(random, &set, &sets, true);
                let place = place(random, &set, &sets);
                let _ = writeln!(out.text, "{word} {} {entry}{place}{exist}", set.name);
            }
            78..82 => {
                let entry = entry(random, &set, &sets, false);
                let nomatch = if !calm && set.kind.contains("net") && random.chance(20) {
                    " nomatch"
                } else {
                    ""
                };
                if calm {
                    // What is not in the set is an error.
                    let _ = writeln!(out.text, "add -exist {} {entry}", set.name);
                }
                let quiet = random.word(&["-q ", "-quiet ", "-q ", ""]);
                out.used.push((set.kind.to_owned(), "test".to_owned()));
                note("test", &mut out);
                let _ = writeln!(out.text, "{quiet}test {} {entry}{nomatch}", set.name);
            }
            82..85 => {
                note("flush", &mut out);
                let _ = writeln!(
                    out.text,
                    "{} {}",
                    random.word(&["flush", "-F", "f"]),
                    set.name
                );
            }
            85..88 if calm && sets.iter().any(|set| set.kind == "list:set") => {}
            85..88 => {
                note("destroy", &mut out);
                let _ = writeln!(
                    out.text,
                    "{}{exist} {}",
                    random.word(&["destroy", "x"]),
                    set.name
                );
                sets.remove(at);
            }
            88..92 => {
                note("rename", &mut out);
                let taken = |name: &&&str| !sets.iter().any(|set| set.name == **name);
                let free = NAMES.iter().find(taken).filter(|_| calm);
                let other = free.copied().unwrap_or_else(|| random.word(&NAMES));
                let _ = writeln!(
                    out.text,
                    "{} {} {other}",
                    random.word(&["rename", "e"]),
                    set.name
                );
                if let Some(set) = sets.get_mut(at) {
                    set.name = other.to_owned();
                }
            }
            92..95 => {
                note("swap", &mut out);
                let like = |other: &&Made| other.kind == set.kind && other.inet6 == set.inet6;
                let other = if calm {
                    let like: Vec<Made> = sets.iter().filter(like).cloned().collect();
                    random.pick(&like)
                } else {
                    random.pick(&sets)
                };
                let _ = writeln!(
                    out.text,
                    "{} {} {}",
                    random.word(&["swap", "-W"]),
                    set.name,
                    other.name
                );
            }
            95 if calm => out.text += random.word(&["flush\n", "COMMIT\n", "# x\n"]),
            95 => {
                out.text += random.word(&[
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
    out.rules = number;
    out.right = calm;
    out
}
