//! Random texts for iptables-restore.

use std::fmt::Write as _;

use packetwalk_rules::Family;
use packetwalk_rules::iptables::{TABLES, builtin_chains, parse};

use super::rule::{Drawn, USER_CHAINS, quote, sound, spoil};
use super::{AGAIN, refuses};
use crate::conform::Random;

/// Rules of one text that is meant to be taken whole.
const TOGETHER: usize = 40;

/// One text, and how many rules it holds.
///
/// A real tool stops at the first rule that it does not like. So what we take
/// ourselves stands together with many others, and what we refuse stands alone:
/// each is then judged by itself, and few programs are started.
pub fn text(family: Family, random: &mut Random) -> (String, usize) {
    let (text, rules) = match random.below(40) {
        0..=3 => together(family, random),
        4..=8 => commands(family, random),
        9 => several(family, random),
        _ => alone(family, random),
    };
    match random.chance(12) {
        true => (dressed(&text, random), rules),
        false => (text, rules),
    }
}

/// Tables one behind the other, perhaps the same one again.
fn several(family: Family, random: &mut Random) -> (String, usize) {
    let mut whole = String::new();
    let mut count = 0;
    for _ in 0..random.range(2, 3) {
        let (text, rules) = match random.chance(70) {
            true => commands(family, random),
            false => alone(family, random),
        };
        // What is restored on top comes last.
        let text = text.split(AGAIN).next().unwrap_or_default();
        whole += text;
        count += rules;
    }
    if random.chance(3) {
        whole += "COMMIT\n";
    }
    (whole, count)
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

fn head(table: &str, random: &mut Random) -> String {
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
            2 if random.chance(4) => {
                // Without any counters -c refuses a policy, and we do not.
                let odd = [
                    "-",
                    "- [5:6]",
                    "ACCEPT [1:2] more",
                    "ACCEPT [:]",
                    "ACCEPT [1:2",
                    "ACCEPT 1:2",
                    "ACCEPT [ 1:2]",
                    "ACCEPT [18446744073709551615:1]",
                    "ACCEPT [-1:+2]",
                    "accept [0:0]",
                    "QUEUE [0:0]",
                    "RETURN [0:0]",
                    "",
                ];
                writeln!(text, ":{chain} {}", random.word(&odd))
            }
            _ => writeln!(text, ":{chain} ACCEPT [0:0]"),
        };
    }
    for chain in USER_CHAINS {
        let _ = writeln!(text, ":{chain} - [0:0]");
    }
    text
}

/// A rule as a text of its own.
fn single(table: &str, line: &str, random: &mut Random) -> String {
    format!("{}{line}\nCOMMIT\n", head(table, random))
}

fn taken(text: &str, family: Family) -> bool {
    !parse(text, family).diagnostics.iter().any(refuses)
}

fn together(family: Family, random: &mut Random) -> (String, usize) {
    let mut rules: Vec<(&str, String)> = Vec::new();
    for _ in 0..TOGETHER * 2 {
        let mut rule = sound(family, random);
        if random.chance(10) {
            spoil(&mut rule, random);
        }
        let line = rule.line(random);
        if rules.len() < TOGETHER && taken(&single(rule.table, &line, random), family) {
            rules.push((rule.table, line));
        }
    }
    let mut text = String::new();
    for table in TABLES {
        let of_table: Vec<_> = rules.iter().filter(|r| r.0 == table).collect();
        if of_table.is_empty() {
            continue;
        }
        text += &head(table, random);
        for (_, line) in of_table {
            text += line;
            text.push('\n');
        }
        text += "COMMIT\n";
    }
    (text, rules.len())
}

/// One rule; one that we refuse, if a few tries bring such.
fn alone(family: Family, random: &mut Random) -> (String, usize) {
    let mut text = String::new();
    for _ in 0..6 {
        let mut rule = sound(family, random);
        for _ in 0..random.range(1, 2) {
            spoil(&mut rule, random);
        }
        let line = rule.line(random);
        text = single(rule.table, &line, random);
        if !taken(&text, family) {
            break;
        }
    }
    (text, 1)
}

/// Commands that change chains, perhaps on top of what was there.
fn commands(family: Family, random: &mut Random) -> (String, usize) {
    let table = random.word(&TABLES);
    let mut drawn = Vec::new();
    while drawn.len() < 6 {
        let rule = sound(family, random);
        let line = rule.line(random);
        if rule.table == table && taken(&single(table, &line, random), family) {
            drawn.push(rule);
        } else if random.chance(5) {
            // Some tables have few rules of their own.
            let parts = vec![vec!["-j".to_owned(), "DROP".to_owned()]];
            let chain = builtin_chains(table)[0];
            drawn.push(Drawn {
                table,
                chain,
                parts,
                counters: String::new(),
            });
        }
    }
    let mut text = head(table, random);
    for rule in &drawn {
        text += &rule.line(random);
        text.push('\n');
    }
    if random.chance(40) {
        text += "COMMIT\n";
        text += AGAIN;
        let _ = writeln!(text, "*{table}");
        if random.chance(20) {
            text += ":x_y.z - [0:0]\n";
        }
    }
    let mut count = drawn.len();
    for _ in 0..random.range(1, 5) {
        let rule = &drawn[random.below(drawn.len())];
        text += &command(rule, random);
        text.push('\n');
        count += 1;
    }
    if !random.chance(2) {
        text += "COMMIT\n";
    }
    (text, count)
}

fn command(rule: &Drawn, random: &mut Random) -> String {
    let chain = match random.below(6) {
        0 => random.pick(&USER_CHAINS),
        1 => builtin_chains(rule.table)[random.below(builtin_chains(rule.table).len())],
        _ => rule.chain,
    };
    let body = rule.body(random);
    let number = random.below(5);
    match random.below(26) {
        0..=2 => format!("{}-I {chain} {body}", rule.counters),
        3 | 4 => format!("-I {chain} {number} {body}"),
        5..=7 => format!("-D {chain} {body}"),
        8 | 9 => format!("-D {chain} {number}"),
        10 | 11 => format!("-R {chain} {number} {body}"),
        12 => format!("-F {chain}"),
        13 => random.word(&["-F", "-X", "-Z"]).to_owned(),
        14 => format!("-Z {chain}"),
        15 => format!("-Z {chain} {number}"),
        16 => format!(
            "-N {}",
            random.word(&[
                "NEW",
                "x_y.z",
                "INPUT",
                "ACCEPT",
                "-x",
                "aVeryLongChainNameOfThirtyByte",
                "LOG",
                "two words",
                "A",
                "!x"
            ])
        ),
        17 => format!("-X {}", random.pick(&USER_CHAINS)),
        18 => format!(
            "-E {} {}",
            random.pick(&USER_CHAINS),
            random.word(&["renamed", "x_y.z", "INPUT", "ACCEPT", "zzz"])
        ),
        19 => format!(
            "-P {chain} {}",
            random.word(&["ACCEPT", "DROP", "REJECT", "RETURN", ""])
        ),
        20 => format!("-C {chain} {body}"),
        21 => format!(
            ":{} {}",
            random.word(&["NEW", "x_y.z", "INPUT", "OUTPUT"]),
            random.word(&["- [0:0]", "ACCEPT [1:2]", "DROP [0:0]", "-", "- [x]"])
        ),
        22 => format!(
            "-A {} -j {}",
            random.pick(&USER_CHAINS),
            random.pick(&USER_CHAINS)
        ),
        23 => {
            let odd = [
                "[1:2]-A INPUT",
                "[1:2]  -A INPUT",
                "[1:2 -A INPUT",
                "[x:2] -A INPUT",
                "[1:2] [3:4] -A INPUT",
                "[1:2] -A INPUT -c 3 4",
                "[1:2] -D INPUT 1",
                "[1:2] -F INPUT",
                "[1:2]",
                "-A",
                "-AINPUT",
                "-A INPUT -jACCEPT",
                "-A INPUT -ieth0",
                "-A INPUT -ptcp",
                "-A INPUT -nv -j ACCEPT",
                "-vA INPUT",
                "-A INPUT --jump=ACCEPT",
                "-I INPUT 01 -j DROP",
                "-I INPUT 0x1 -j DROP",
                "-I INPUT +1 -j DROP",
                "-I INPUT 1x",
                "-D INPUT 4294967297",
                "-R INPUT 1 -s 10.0.0.1,10.0.0.2",
                "-I INPUT -s 10.0.0.1,10.0.0.2 -d 10.0.0.3,10.0.0.4",
                "-D INPUT -s 10.0.0.1,10.0.0.2",
                "-N a b",
                "-X x_y.z DOCKER-USER",
                "-E x_y.z",
                "-F INPUT 1",
                "-P INPUT ACCEPT -c 5 6",
                "-P INPUT ACCEPT -v",
                "-P x_y.z DROP",
                "-Z INPUT 1 2",
                "-S",
                "-S INPUT",
                "COMMIT ",
                "COMMIT now",
                "commit",
                "-w -A INPUT",
                "-A INPUT -m comment --comment \"\"",
                "-A INPUT -m comment --comment \"a\"b",
                "-A INPUT -m comment --comment a\"b\"",
                "-A INPUT -m comment --comment 'a b'",
                "-A INPUT -m comment --comment a\\ b",
                "-A INPUT -m comment --comment \"a\\\"b\\\\c\"",
                "-A INPUT -m comment --comment \"\"\"\"",
            ];
            random.word(&odd).replace("INPUT", chain)
        }
        _ => format!(
            "--append {chain} {} {}",
            quote("-j", random),
            random.word(&["ACCEPT", "NEW", "renamed", "x_y.z"])
        ),
    }
}
