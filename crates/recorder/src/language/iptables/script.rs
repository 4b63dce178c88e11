//! Random texts for iptables-restore.

use std::fmt::Write as _;

use packetwalk_rules::Family;
use packetwalk_rules::iptables::{TABLES, builtin_chains};

use super::AGAIN;
use super::commands::{odd, sound};
use super::forms::Slip;
use super::rule::{Drawn, USER_CHAINS, drawn};
use super::spoil::spoil;
use crate::conform::Random;
use crate::language::Text;

/// What a vocabulary calls commands.
pub const COMMAND: &str = "command";

/// One text: right by construction, or with one thing wrong.
pub fn text(family: Family, random: &mut Random) -> Text {
    let right = random.chance(40);
    let mut text = match (right, random.below(10)) {
        (true, 0..=5) => rules(family, random),
        (true, 6..=8) => sound(family, random),
        (true, _) => several(family, random),
        (false, 0..=7) => slipped(family, random),
        (false, _) => odd(family, random),
    };
    if random.chance(12) {
        text.text = dressed(&text.text, random);
        // Blanks stand oddly at times.
        text.right = false;
    }
    text
}

/// A few rules, each where it may stand.
fn rules(family: Family, random: &mut Random) -> Text {
    let drawn: Vec<Drawn> = (0..random.range(1, 6))
        .map(|_| drawn(family, Slip::None, random))
        .collect();
    let mut text = Text::default();
    for table in TABLES {
        let of_table: Vec<_> = drawn.iter().filter(|rule| rule.table == table).collect();
        if of_table.is_empty() {
            continue;
        }
        text.text += &head(table, random);
        for rule in of_table {
            push(rule, &mut text, random);
        }
        text.text += "COMMIT\n";
    }
    text.right = true;
    text
}

/// Adds a rule to a text.
pub fn push(rule: &Drawn, text: &mut Text, random: &mut Random) {
    text.text += &rule.line(random);
    text.text.push('\n');
    text.rules += rule.times;
    text.used.extend_from_slice(&rule.used);
}

/// A rule with one thing wrong, perhaps behind right ones.
fn slipped(family: Family, random: &mut Random) -> Text {
    let slip = match random.below(10) {
        0..=3 => Slip::Value,
        4 => Slip::Missing,
        5 => Slip::TooMany,
        6 => Slip::Inverted,
        _ => Slip::None,
    };
    let mut wrong = drawn(family, slip, random);
    if slip == Slip::None {
        spoil(&mut wrong, random);
    }
    let mut text = Text {
        text: head(wrong.table, random),
        ..Text::default()
    };
    for _ in 0..random.below(3) {
        let rule = drawn(family, Slip::None, random);
        if rule.table == wrong.table {
            push(&rule, &mut text, random);
        }
    }
    push(&wrong, &mut text, random);
    text.text += "COMMIT\n";
    text
}

/// Tables one behind the other, perhaps the same one again.
fn several(family: Family, random: &mut Random) -> Text {
    let mut whole = Text {
        right: true,
        ..Text::default()
    };
    for _ in 0..random.range(2, 3) {
        let text = match random.chance(50) {
            true => sound(family, random),
            false => rules(family, random),
        };
        // What is restored on top comes last.
        whole.text += text.text.split(AGAIN).next().unwrap_or_default();
        whole.rules += text.rules;
        whole.used.extend(text.used);
    }
    if random.chance(2) {
        whole.text += "COMMIT\n";
        whole.right = false;
    }
    whole
}

/// The text as somebody's editor could have left it: other blanks, empty lines,
/// comments, lines that are oddly framed.
fn dressed(text: &str, random: &mut Random) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        if line == AGAIN || line.starts_with('*') {
            out += line;
            continue;
        }
        match random.below(30) {
            0 => out += "\n",
            1 => out += "# a comment -A INPUT\n",
            2 => out += "#\n",
            3 if random.chance(30) => out += " \n",
            4 if random.chance(10) => out += "\t# behind a tab\n",
            _ => {}
        }
        let line = line.trim_end_matches('\n');
        if random.chance(3) {
            out += random.word(&[" ", "\t", "  "]);
        }
        let mut quoted = false;
        let mut escaped = false;
        for c in line.chars() {
            let blank = c == ' ' && !quoted && random.chance(10);
            out += match blank {
                true => random.word(&["\t", "  ", " \t ", "   "]),
                false => "",
            };
            if !blank {
                out.push(c);
            }
            if quoted && escaped {
                escaped = false;
            } else if quoted && c == '\\' {
                escaped = true;
            } else if c == '"' {
                quoted = !quoted;
            }
        }
        if random.chance(5) {
            out += random.word(&[" ", "\t", "  "]);
        }
        out.push('\n');
    }
    out
}

/// The lines that begin a table.
pub fn head(table: &str, random: &mut Random) -> String {
    let mut text = format!("*{table}\n");
    for chain in builtin_chains(table) {
        let _ = match random.below(4) {
            0 => writeln!(
                text,
                ":{chain} DROP [{}:{}]",
                random.below(99),
                random.draw()
            ),
            1 => Ok(()),
            _ => writeln!(text, ":{chain} ACCEPT [0:0]"),
        };
    }
    for chain in USER_CHAINS {
        let _ = writeln!(text, ":{chain} - [0:0]");
    }
    text
}
