//! Random texts for ebtables-restore: right ones, and ones with something wrong.
//!
//! Left out is what the tool of 1.8.9 gets wrong by itself: a comma at the end of
//! `--among-src`'s list, or the option given again (memory that was never
//! written); counters in brackets, which it forgets and we keep, as a person who brings
//! `ebtables-save -c` means them; `-D` or `-F` of a rule with `--among-*` in the text that
//! made it (the kernel then refuses the whole text); `! -i +` (a rule that it cannot print); an option of a target that
//! was not named; `-F` of a chain that is not there and a wrong policy of a
//! user's chain (taken or not, as it likes); `-X` of all (takes policies back) or of a
//! built-in chain (the same, if the text named it before); a command that
//! fails in a table that another follows without COMMIT (it is passed over). Left out is
//! `--logical-in` as well, which needs a kernel with `nft_meta_bridge`.

use std::fmt::Write as _;

use super::values::{BASICS, CHAINS, MATCHES, Match, TARGETS, USER, VERDICTS};
use crate::conform::Random;
use crate::language::line::{Line, Opt, one};
use crate::language::{Text, Word};

/// What a vocabulary calls the options that belong to no extension, and commands.
const RULE: &str = "rule";
const COMMAND: &str = "command";
const COMMANDS: [&str; 9] = [
    "-A",
    "-I",
    "-I NUMBER",
    "-D",
    "-D NUMBER",
    "-F",
    "-F CHAIN",
    "-P",
    "-N",
];

/// All that a run is to see taken.
pub(super) fn vocabulary() -> Vec<Word> {
    let mut words = Vec::new();
    let mut add = |extension: &str, options: &[Opt]| {
        for Opt(names, invertible, ..) in options {
            let name = names.split('|').next().unwrap_or("");
            words.push((extension.to_owned(), name.to_owned()));
            if *invertible {
                words.push((extension.to_owned(), format!("! {name}")));
            }
        }
    };
    MATCHES
        .iter()
        .for_each(|Match(name, _, options)| add(name, options));
    TARGETS
        .iter()
        .for_each(|(name, options)| add(&format!("-j {name}"), options));
    add(RULE, BASICS);
    let targets = VERDICTS.split('|').chain(["CHAIN"]);
    words.extend(targets.map(|target| (format!("-j {target}"), String::new())));
    words.push((RULE.to_owned(), "-c".to_owned()));
    words.extend(COMMANDS.map(|command| (COMMAND.to_owned(), command.to_owned())));
    words
}

impl Line<'_> {
    /// What the rule asks; whether it has asked for a protocol or an address.
    fn matches(&mut self) -> [bool; 2] {
        let mut taken = [false; 2];
        for _ in 0..self.random.below(3) {
            let Match(extension, before, options) = &MATCHES[self.random.below(MATCHES.len())];
            let wants = [before.starts_with("-p"), before.starts_with("-d")];
            // Two protocols do not go together.
            let clash = wants
                .iter()
                .zip(taken)
                .any(|(wants, taken)| *wants && taken);
            if clash && !(self.wrong > 0 && self.random.chance(5)) {
                continue;
            }
            if self.used.iter().any(|word| word.0 == *extension) && self.wrong == 0 {
                continue;
            }
            for (taken, wants) in taken.iter_mut().zip(wants) {
                *taken |= wants;
            }
            if self.wrong == 0 || !self.random.chance(2) {
                self.words
                    .extend(before.split_whitespace().map(str::to_owned));
            }
            for _ in 0..self.random.range(1, 3) {
                let found = &options[self.random.below(options.len())];
                let once = found.0.split('|').next().unwrap_or("");
                let again = self
                    .used
                    .iter()
                    .any(|word| word.1.trim_start_matches("! ") == once);
                // The tool reads memory that it never wrote if --among-* comes twice.
                if !again || self.wrong > 0 && !once.starts_with("--among") {
                    self.option(extension, found);
                }
            }
        }
        taken
    }

    fn basics(&mut self, chain: &str, taken: [bool; 2]) {
        for basic in BASICS {
            let unfit = match basic.0.split('|').next() {
                Some("-o") => matches!(chain, "INPUT" | "PREROUTING"),
                Some("-i") => matches!(chain, "OUTPUT" | "POSTROUTING"),
                Some("-p") => taken[0],
                Some("-d") => taken[1],
                _ => false,
            };
            let slips = if self.wrong > 0 { 1 } else { 0 };
            if self.random.chance(if unfit { slips } else { 12 }) {
                self.option(RULE, basic);
            }
        }
        if self.random.chance(5) {
            let counters = match self.wrong {
                0 => "-c 3 4|-c 0 0|-c 18446744073709551615 7",
                _ => "-c 3 4|-c 1|-c x y",
            };
            self.words.push(one(self.random, counters).to_owned());
            self.used.push((RULE.to_owned(), "-c".to_owned()));
        }
    }

    fn target(&mut self, (table, chain): (&str, &str), users: &[String]) {
        match self.random.below(100) {
            0..8 => {}
            8..40 => {
                let verdict = one(self.random, VERDICTS);
                // Of a built-in chain nothing returns.
                let own = !chain.chars().all(|c| c.is_ascii_uppercase());
                if verdict == "RETURN" && !own && self.wrong == 0 {
                    return;
                }
                self.words.push(one(self.random, "-j|--jump").to_owned());
                self.words.push(verdict.to_owned());
                self.used.push((format!("-j {verdict}"), String::new()));
            }
            40..42 if self.wrong > 0 => {
                let wrong = "REJECT|accept|nowhere|INPUT|LOG|MARK|TRACE|NFLOG|QUEUE|";
                self.words.push(format!("-j {}", one(self.random, wrong)));
            }
            42..52 if !users.is_empty() => {
                self.words.push(format!("-j {}", self.random.pick(users)));
                self.used.push(("-j CHAIN".to_owned(), String::new()));
            }
            _ => {
                let (name, options) = TARGETS[self.random.below(TARGETS.len())];
                let any = self
                    .words
                    .iter()
                    .all(|word| !word.starts_with("-p") && !word.starts_with("--proto"));
                if name == "arpreply" && (table, chain) == ("nat", "PREROUTING") && any {
                    self.words.extend(["-p".to_owned(), "ARP".to_owned()]);
                }
                let fits = match name {
                    "snat" => table == "nat" && chain == "POSTROUTING",
                    "dnat" => table == "nat" && matches!(chain, "PREROUTING" | "OUTPUT"),
                    "redirect" => table == "nat" && chain == "PREROUTING",
                    "arpreply" => {
                        table == "nat"
                            && chain == "PREROUTING"
                            && (self.wrong > 0 || self.words.windows(2).any(|w| w == ["-p", "ARP"]))
                    }
                    _ => true,
                };
                if !(fits || self.wrong > 0 && self.random.chance(5)) {
                    return;
                }
                self.words.push(format!("-j {name}"));
                let extension = format!("-j {name}");
                for (at, found) in options.iter().enumerate() {
                    let needed = at == 0 && self.wrong == 0;
                    if needed || !self.random.chance(20) {
                        self.option(&extension, found);
                    }
                }
            }
        }
    }
}

/// A rule for a chain, and what it uses.
fn rule(
    random: &mut Random,
    wrong: usize,
    place: (&str, &str),
    users: &[String],
) -> (String, Vec<Word>) {
    let mut line = Line {
        random,
        wrong,
        words: Vec::new(),
        used: Vec::new(),
    };
    let taken = line.matches();
    line.basics(place.1, taken);
    line.target(place, users);
    (line.words.join(" "), line.used)
}

/// A text: right by construction, or with something wrong.
pub(super) fn text(random: &mut Random) -> Text {
    match random.chance(35) {
        true => right(random),
        false => wrong(random),
    }
}

/// The chains of a text, and how many rules each has.
struct Chains {
    table: &'static str,
    /// Name, rules, whether it is the user's.
    chains: Vec<(String, usize, bool)>,
    /// Whether a rule asks `--among-*`.
    among: bool,
}

/// Rules and commands that can all be done.
fn right(random: &mut Random) -> Text {
    let (table, builtin) = CHAINS[random.below(CHAINS.len())];
    let mut text = Text {
        text: format!("*{table}\n"),
        right: true,
        ..Text::default()
    };
    let mut chains = Chains {
        table,
        chains: builtin
            .split('|')
            .map(|name| (name.to_owned(), 0, false))
            .collect(),
        among: false,
    };
    for (chain, ..) in &chains.chains {
        let _ = writeln!(text.text, ":{chain} {}", one(random, "ACCEPT|ACCEPT|DROP"));
    }
    for user in USER.split('|') {
        if random.chance(40) {
            let _ = writeln!(text.text, ":{user} {}", one(random, "ACCEPT|DROP|RETURN"));
            chains.chains.push((user.to_owned(), 0, true));
        }
    }
    for _ in 0..random.range(1, 8) {
        let (line, command) = chains.line(random, &mut text.used);
        text.text += &line;
        text.text.push('\n');
        text.rules += 1;
        text.used.push((COMMAND.to_owned(), command.to_owned()));
    }
    if random.chance(30) {
        text.text += "COMMIT\n";
    }
    text
}

impl Chains {
    /// A line that can be done, and the short name of its command.
    fn line(&mut self, random: &mut Random, used: &mut Vec<Word>) -> (String, &'static str) {
        let at = random.below(self.chains.len());
        let (name, rules, own) = self.chains[at].clone();
        // No rule of a user's chain leads on, lest they go in circles or to where
        // a target cannot stand.
        let users: Vec<String> = match own {
            true => Vec::new(),
            false => {
                let users = self.chains.iter().filter(|chain| chain.2);
                users.map(|chain| chain.0.clone()).collect()
            }
        };
        match random.below(20) {
            0 | 1 => {
                let (rule, words) = rule(random, 0, (self.table, &name), &users);
                used.extend(words);
                self.among |= rule.contains("--among");
                self.chains[at].1 += 1;
                match random.chance(50) {
                    true => (format!("-I {name} {rule}"), "-I"),
                    false => {
                        let number = random.range(1, rules + 1);
                        (format!("-I {name} {number} {rule}"), "-I NUMBER")
                    }
                }
            }
            // Not what was put there by the same text: see above.
            2 if rules > 0 && !self.among => {
                self.chains[at].1 -= 1;
                (format!("-D {name} {}", random.range(1, rules)), "-D NUMBER")
            }
            3 => {
                // What it takes away it has put there.
                let (rule, words) = rule(random, 0, (self.table, &name), &users);
                used.extend(words);
                match rule.contains("--among") {
                    true => {
                        self.among = true;
                        self.chains[at].1 += 1;
                        (format!("-A {name} {rule}"), "-A")
                    }
                    false => (format!("-A {name} {rule}\n-D {name} {rule}"), "-D"),
                }
            }
            4 if !self.among => {
                match random.chance(80) {
                    true => {
                        self.chains[at].1 = 0;
                        (format!("-F {name}"), "-F CHAIN")
                    }
                    // Nothing of the same text.
                    false => ("-F".to_owned(), "-F"),
                }
            }
            5 => {
                let policies = if own {
                    "ACCEPT|DROP|RETURN"
                } else {
                    "ACCEPT|DROP"
                };
                (format!("-P {name} {}", one(random, policies)), "-P")
            }
            6 => {
                let new = format!("new-{:x}", random.draw() >> 40);
                self.chains.push((new.clone(), 0, true));
                (format!("-N {new}"), "-N")
            }
            number => {
                let (rule, words) = rule(random, 0, (self.table, &name), &users);
                used.extend(words);
                self.among |= rule.contains("--among");
                self.chains[at].1 += 1;
                match number {
                    8 => (format!("[0:0] -A {name} {rule}"), "-A"),
                    _ => (format!("-A {name} {rule}"), "-A"),
                }
            }
        }
    }
}

/// How often a wrong value is taken, in percent, where texts are not to be right.
const WRONG: usize = 8;

/// A text of one table or two, with something wrong, most likely.
fn wrong(random: &mut Random) -> Text {
    let mut out = Text::default();
    let long = random.chance(15);
    let first = random.below(2);
    let tables = if random.chance(10) { 2 } else { 1 };
    for at in first..first + tables {
        let (table, chains) = CHAINS[at % 2];
        let _ = writeln!(out.text, "*{table}");
        for (at, chain) in chains.split('|').enumerate() {
            // A table that nothing is said of does not come to be.
            if at == 0 || random.chance(40) {
                let policy = one(random, "ACCEPT|ACCEPT|DROP");
                let _ = writeln!(out.text, ":{chain} {policy}");
            }
        }
        let mut users = Vec::new();
        for name in USER.split('|') {
            if random.chance(15) {
                let policies = match random.chance(WRONG) {
                    true => "ACCEPT [1:2]|",
                    false => "ACCEPT|DROP|RETURN",
                };
                let _ = writeln!(out.text, ":{name} {}", one(random, policies));
                users.push(name.to_owned());
            }
        }
        for _ in 0..if long { random.range(2, 8) } else { 1 } {
            let chain = match users.is_empty() || random.chance(75) {
                true => one(random, chains).to_owned(),
                false => random.pick(&users),
            };
            out.rules += 1;
            let line = line(random, (table, &chain), &users, long, &mut out.used);
            let _ = writeln!(out.text, "{line}");
        }
        if random.chance(30) || long && tables == 2 {
            let _ = writeln!(out.text, "COMMIT");
        }
    }
    out
}

/// One line: mostly `-A`.
fn line(
    random: &mut Random,
    (table, chain): (&str, &str),
    users: &[String],
    long: bool,
    used: &mut Vec<Word>,
) -> String {
    // The kernel refuses to take away what the same text made: see above.
    let among = used.iter().any(|word| word.1.contains("--among"));
    let mut rule = |random: &mut Random| {
        let (rule, words) = rule(random, WRONG, (table, chain), users);
        used.extend(words);
        rule
    };
    match random.below(if long { 100 } else { 70 }) {
        70..78 => {
            let number = one(random, "| 1| 2| 1| 0| 9");
            format!("-I {chain}{number} {}", rule(random))
        }
        78..82 if !among => {
            let what = "1|2|0|9|-j ACCEPT|-j DROP|1:2";
            format!("-D {chain} {}", one(random, what))
        }
        82..84 if !among => format!("-F {chain}"),
        84 => "-F".to_owned(),
        85..87 => {
            let policy = "ACCEPT|DROP|RETURN|CONTINUE|x";
            format!("-P {chain} {}", one(random, policy))
        }
        87..90 => {
            let names = "fresh|web|INPUT|a-name-of-thirty-two-bytes-length";
            format!("-N {}", one(random, names))
        }
        90..92 => format!("-X {}", one(random, "web|fresh|Zeta")),
        92..93 => "# a comment".to_owned(),
        _ => {
            let counters = match random.below(200) {
                0..20 => "[0:0] ",
                _ => "",
            };
            let chain = if random.chance(1) { "nowhere" } else { chain };
            format!("{counters}-A {chain} {}", rule(random))
        }
    }
}
