//! Random commands of iptables-restore: such as can be done, and odd ones.

use std::fmt::Write as _;

use packetwalk_rules::Family;
use packetwalk_rules::iptables::{TABLES, builtin_chains};

use super::AGAIN;
use super::forms::Slip;
use super::rule::{Drawn, USER_CHAINS, drawn, quote};
use super::script::{COMMAND, head, push};
use crate::conform::Random;
use crate::language::Text;

/// The chains of a table and what is in them, as far as the text has come.
struct Table {
    name: &'static str,
    chains: Vec<(String, Vec<Drawn>)>,
}

/// Rules for one table that have one pair of addresses each.
fn rules_of(table: &'static str, number: usize, family: Family, random: &mut Random) -> Vec<Drawn> {
    let mut rules = Vec::new();
    while rules.len() < number {
        let rule = drawn(family, Slip::None, random);
        let counted = rule.used.iter().any(|word| word.1 == "-c");
        if rule.table == table && rule.times == 1 && !counted {
            rules.push(rule);
        } else if random.chance(5) {
            // Some tables have few rules of their own.
            let chain = builtin_chains(table).first().copied().unwrap_or("");
            rules.push(Drawn::plain(table, chain, "ACCEPT"));
        }
    }
    rules
}

/// Commands that change chains, perhaps on top of what was there; each can be done.
pub fn sound(family: Family, random: &mut Random) -> Text {
    let name = random.word(&TABLES);
    let mut text = Text {
        text: head(name, random),
        right: true,
        ..Text::default()
    };
    let builtin = builtin_chains(name).iter().copied();
    let mut table = Table {
        name,
        chains: builtin
            .chain(USER_CHAINS)
            .map(|chain| (chain.to_owned(), Vec::new()))
            .collect(),
    };
    for rule in rules_of(name, random.range(2, 5), family, random) {
        push(&rule, &mut text, random);
        let chain = table.chains.iter_mut().find(|chain| chain.0 == rule.chain);
        if let Some(chain) = chain {
            chain.1.push(rule);
        }
    }
    if random.chance(40) {
        let _ = writeln!(text.text, "COMMIT\n{AGAIN}*{name}");
    }
    for _ in 0..random.range(1, 6) {
        let (line, command) = table.command(family, random);
        text.text += &line;
        text.text.push('\n');
        text.rules += 1;
        text.used.push((COMMAND.to_owned(), command.to_owned()));
    }
    text.text += "COMMIT\n";
    text
}

impl Table {
    /// The number of a chain that has rules.
    fn filled(&self, random: &mut Random) -> Option<usize> {
        let filled = self
            .chains
            .iter()
            .enumerate()
            .filter(|chain| !chain.1.1.is_empty());
        let filled: Vec<usize> = filled.map(|chain| chain.0).collect();
        (!filled.is_empty()).then(|| random.pick(&filled))
    }

    /// A command that can be done, and its short name.
    fn command(&mut self, family: Family, random: &mut Random) -> (String, &'static str) {
        let user = random.below(USER_CHAINS.len());
        let user = self.chains.len() - 1 - user.min(self.chains.len() - 1);
        match (random.below(24), self.filled(random)) {
            (0..=3, _) => {
                let rule = rules_of(self.name, 1, family, random).remove(0);
                let Some(chain) = self.chains.iter_mut().find(|chain| chain.0 == rule.chain) else {
                    return (rule.line(random), "-A");
                };
                let at = random.below(chain.1.len() + 1);
                let body = rule.body(random);
                let place = match random.chance(50) {
                    true if at > 0 || random.chance(50) => format!(" {}", at + 1),
                    _ if at == 0 => String::new(),
                    _ => format!(" {}", at + 1),
                };
                let option = random.word(&["-I", "-I", "--insert"]);
                let line = format!("{}{option} {}{place} {body}", rule.counters, chain.0);
                chain.1.insert(at, rule);
                (line, "-I")
            }
            (4..=6, Some(chain)) => {
                let (name, rules) = &mut self.chains[chain];
                let rule = rules[random.below(rules.len())].clone();
                let body = rule.body(random);
                // The first that is equal goes.
                let first = rules.iter().position(|other| other.parts == rule.parts);
                rules.remove(first.unwrap_or(0));
                (
                    format!("{} {name} {body}", random.word(&["-D", "--delete"])),
                    "-D",
                )
            }
            (7 | 8, Some(chain)) => {
                let (name, rules) = &mut self.chains[chain];
                let at = random.below(rules.len());
                rules.remove(at);
                (format!("-D {name} {}", at + 1), "-D NUMBER")
            }
            (9 | 10, Some(chain)) => {
                let (name, rules) = &mut self.chains[chain];
                let at = random.below(rules.len());
                let new = rules[random.below(rules.len())].clone();
                let option = random.word(&["-R", "--replace"]);
                let line = format!("{option} {name} {} {}", at + 1, new.body(random));
                rules[at] = new;
                (line, "-R")
            }
            (11 | 12, Some(chain)) => {
                let (name, rules) = &self.chains[chain];
                let rule = &rules[random.below(rules.len())];
                let option = random.word(&["-C", "--check"]);
                (format!("{option} {name} {}", rule.body(random)), "-C")
            }
            (13, Some(chain)) => {
                let (name, rules) = &self.chains[chain];
                match random.below(3) {
                    0 => ("-Z".to_owned(), "-Z"),
                    1 => (format!("--zero {name}"), "-Z CHAIN"),
                    _ => {
                        let at = random.below(rules.len());
                        (format!("-Z {name} {}", at + 1), "-Z CHAIN NUMBER")
                    }
                }
            }
            (14, _) => {
                self.chains[user].1.clear();
                let option = random.word(&["-F", "--flush"]);
                (format!("{option} {}", self.chains[user].0), "-F CHAIN")
            }
            (15, _) if random.chance(30) => {
                self.chains.iter_mut().for_each(|chain| chain.1.clear());
                ("-F".to_owned(), "-F")
            }
            (16 | 17, _) => {
                let name = format!("new-{:x}", random.draw() >> 40);
                self.chains.push((name.clone(), Vec::new()));
                let option = random.word(&["-N", "--new-chain", ":"]);
                match option {
                    ":" => (format!(":{name} - [0:0]"), ":CHAIN"),
                    _ => (format!("{option} {name}"), "-N"),
                }
            }
            (18, _) => {
                match self
                    .chains
                    .iter()
                    .position(|chain| chain.0.starts_with("new-"))
                {
                    Some(at) => {
                        let (name, _) = self.chains.remove(at);
                        let option = random.word(&["-X", "--delete-chain"]);
                        (format!("{option} {name}"), "-X")
                    }
                    None => self.policy(random),
                }
            }
            (19, _) => {
                let renamed = format!("new-{:x}", random.draw() >> 40);
                let new = |chain: &&mut (String, _)| chain.0.starts_with("new-");
                match self.chains.iter_mut().find(new) {
                    Some(chain) => {
                        let option = random.word(&["-E", "--rename-chain"]);
                        let line = format!("{option} {} {renamed}", chain.0);
                        chain.0 = renamed;
                        (line, "-E")
                    }
                    None => self.policy(random),
                }
            }
            (20 | 21, _) => {
                let rule = Drawn::plain(self.name, "x_y.z", USER_CHAINS[0]);
                let option = random.word(&["-A", "--append"]);
                let line = format!("{option} x_y.z {}", rule.body(random));
                if let Some(chain) = self.chains.iter_mut().find(|chain| chain.0 == "x_y.z") {
                    chain.1.push(rule);
                }
                (line, "-A")
            }
            _ => self.policy(random),
        }
    }

    /// A policy for one of the built-in chains.
    fn policy(&self, random: &mut Random) -> (String, &'static str) {
        let chain = random.pick(builtin_chains(self.name));
        let policy = match self.name {
            "nat" => "ACCEPT",
            _ => random.word(&["ACCEPT", "DROP"]),
        };
        match random.below(4) {
            0 => (
                format!("-P {chain} {policy} -c 5 {}", random.below(99)),
                "-P -c",
            ),
            1 => (format!("--policy {chain} {policy}"), "-P"),
            _ => (format!("-P {chain} {policy}"), "-P"),
        }
    }
}

/// Commands as nobody should write them; some are taken all the same.
pub fn odd(family: Family, random: &mut Random) -> Text {
    let table = random.word(&TABLES);
    let mut text = Text {
        text: head(table, random),
        ..Text::default()
    };
    if random.chance(20) {
        let chain = random.pick(builtin_chains(table));
        let _ = writeln!(text.text, ":{chain} {}", random.word(HEADS));
    }
    let rules = rules_of(table, 3, family, random);
    for rule in &rules {
        push(rule, &mut text, random);
    }
    if random.chance(40) {
        let _ = writeln!(text.text, "COMMIT\n{AGAIN}*{table}");
        if random.chance(20) {
            text.text += ":x_y.z - [0:0]\n";
        }
    }
    for _ in 0..random.range(1, 2) {
        text.text += &line(&rules[random.below(rules.len())], random);
        text.text.push('\n');
        text.rules += 1;
    }
    if !random.chance(2) {
        text.text += "COMMIT\n";
    }
    text
}

/// What may stand behind a chain's name, or not. Without any counters -c refuses
/// a policy, and we do not.
const HEADS: &[&str] = &[
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

/// Lines for any chain in the place of INPUT.
const LINES: &[&str] = &[
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

/// One command, more or less wrong.
fn line(rule: &Drawn, random: &mut Random) -> String {
    let chains = builtin_chains(rule.table);
    let chain = match random.below(6) {
        0 => random.pick(&USER_CHAINS),
        1 => random.pick(chains),
        _ => rule.chain,
    };
    let body = rule.body(random);
    let number = random.below(5);
    match random.below(18) {
        0 => format!("-I {chain} {number} {body}"),
        1 => format!("-D {chain} {body}"),
        2 => format!("-D {chain} {number}"),
        3 => format!("-R {chain} {number} {body}"),
        4 => random.word(&["-F", "-X", "-Z"]).to_owned(),
        5 => format!("-Z {chain} {number}"),
        6 => format!(
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
        7 => format!("-X {}", random.pick(&USER_CHAINS)),
        8 => format!(
            "-E {} {}",
            random.pick(&USER_CHAINS),
            random.word(&["renamed", "x_y.z", "INPUT", "ACCEPT", "zzz"])
        ),
        9 => format!(
            "-P {chain} {}",
            random.word(&["ACCEPT", "DROP", "REJECT", "RETURN", ""])
        ),
        10 => format!("-C {chain} {body}"),
        11 => format!(
            ":{} {}",
            random.word(&["NEW", "x_y.z", "INPUT", "OUTPUT"]),
            random.word(&["- [0:0]", "ACCEPT [1:2]", "DROP [0:0]", "-", "- [x]"])
        ),
        12 => format!(
            "-A {} -j {}",
            random.pick(&USER_CHAINS),
            random.pick(&USER_CHAINS)
        ),
        13 => format!(
            "--append {chain} {} {}",
            quote("-j", random),
            random.word(&["ACCEPT", "NEW", "renamed", "x_y.z"])
        ),
        _ => random.word(LINES).replace("INPUT", chain),
    }
}
