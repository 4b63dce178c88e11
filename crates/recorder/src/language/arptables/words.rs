//! Random texts for arptables-restore: right ones, and ones with something wrong.
//!
//! Left out is what the tool of 1.8.9 gets wrong by itself, and what it forgets and we
//! keep: masks of numbers, which it reads and drops (1.8.10 does not); masks of hardware
//! addresses that end with a byte, `! --h-length` and `--h-type 0`, which it cannot print;
//! `-l` with something that is no number (it takes it for 6); `! --opcode 0` (a name that it
//! does not have); `! -s 0/0` and `! -i +`; counters in brackets; `-p`; a name for an
//! address in `--mangle-ip-*`, which it prints; `-D` by what a rule says, where it takes
//! others for the same; `-R`, which fails for a rule of the same text; targets of any family that this kernel has not.

use std::fmt::Write as _;

use crate::conform::Random;
use crate::language::line::{Line, Opt, one};
use crate::language::{Text, Word};

/// What a vocabulary calls the options that belong to no target, and commands.
const RULE: &str = "rule";
const COMMAND: &str = "command";
const COMMANDS: [&str; 7] = ["-A", "-I", "-I NUMBER", "-D NUMBER", "-F CHAIN", "-P", "-N"];

const USER: &str = "web|Zeta|a-b|_under|FORWARD|chain-of-twenty-eight-bytes-";
const ADDRS: &str = "10.1.2.3|10.1.2.3/8|10.1.2.3/32|10.1.2.3/255.255.0.0|\
10.1.2.3/255.0.255.0|192.168.0.0/16|10/8|0x0a.1.2.3|127.0.0.1|169.254.0.0/16|10.1.2.3/13|\
10.0.0.1,10.0.0.2|172.16.0.0/255.240.0.0";
const BAD_ADDRS: &str = "10.1.2.3/33|10.1.2.300|10.1.2.3/255.0.0|1.2.3.4.5|::1|nobody.invalid";
const MACS: &str = "02:42:ac:11:00:02|2:42:ac:11:0:2|FF:ff:FF:ff:FF:ff|\
02:42:ac:11:00:02/ff:ff:ff:ff:ff:ff|01:00:00:00:00:00/01:00:00:00:00:00|\
02:42:ac:11:00:02/00:ff:00:ff:00:ff|02:42:ac:11:00:02/ff:ff:ff:ff:f0:00|\
Unicast|Multicast|Broadcast|BGA|broadcast";
const BAD_MACS: &str = "02:42:ac:11:00|02:42:ac:11:00:02:03|02:42:ac:11:00:g2|\
02:42:ac:11:00:102|nobody|02:42:ac:11:00:02/ff|02-42-ac-11-00-02";
const MAC: &str = "02:42:ac:11:00:02|2:42:ac:11:0:2|FF:ff:FF:ff:FF:ff|00:00:00:00:00:00";
const IFACES: &str = "eth0|veth+|br-lan.5|abcdefghijklmno|eth0:1|a+b";
const ADDR: &str = "10.1.2.3|10.1.2.3/8|255.255.255.255|10.1";

const BASICS: &[Opt] = &[
    Opt("-i|--in-interface", true, IFACES, "abcdefghijklmnop"),
    Opt("-o|--out-interface", true, IFACES, "abcdefghijklmnop"),
    Opt("-s|--source-ip|--src-ip", true, ADDRS, BAD_ADDRS),
    Opt("-d|--destination-ip|--dst-ip", true, ADDRS, BAD_ADDRS),
    Opt("--source-mac|--src-mac", true, MACS, BAD_MACS),
    Opt("--destination-mac|--dst-mac", true, MACS, BAD_MACS),
    Opt("-l|--h-length", false, "6", "7|0|255"),
    Opt(
        "--opcode",
        true,
        "1|2|Request|reply|Request_Reverse|ARP_NAK|9|10|65535|+3|DRARP_Error|010",
        "65536|-1|0x1|x|Requests|1/x",
    ),
    Opt(
        "--h-type",
        true,
        "1|Ethernet|ethernet|2|0x12|12|ffff|0XA",
        "10000|x|-1|Ether|1/x",
    ),
    Opt(
        "--proto-type",
        true,
        "0x800|IPv4|ipv4|0x806|2048|04000|65535",
        "65536|x|-1|IP|0x|08",
    ),
];

const TARGETS: &[(&str, &[Opt])] = &[
    (
        "mangle",
        &[
            Opt("--mangle-ip-s", true, ADDR, BAD_ADDRS),
            Opt("--mangle-ip-d", true, ADDR, BAD_ADDRS),
            Opt("--mangle-mac-s", true, MAC, BAD_MACS),
            Opt("--mangle-mac-d", true, MAC, BAD_MACS),
            Opt(
                "--mangle-target",
                true,
                "ACCEPT|DROP|CONTINUE",
                "accept|RETURN|web",
            ),
        ],
    ),
    (
        "MARK",
        &[
            Opt("--set-mark", true, "1|0x10|ff|0|FFFFFFFF|1/2|8z", "x|"),
            Opt("--and-mark", true, "1|0x10|ff|0|ffffffff", "x|"),
            Opt("--or-mark", true, "1|0x10|ff|0|ffffffff", "x|"),
        ],
    ),
    (
        "CLASSIFY",
        &[Opt(
            "--set-class",
            false,
            "1:2|0:0|ffff:FFFF|0x1:0x10",
            "1|x:y|:",
        )],
    ),
    ("TRACE", &[]),
];

const VERDICTS: &str = "ACCEPT|DROP|RETURN";

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
    add(RULE, BASICS);
    for (name, options) in TARGETS {
        add(&format!("-j {name}"), options);
    }
    let targets = VERDICTS.split('|').chain(["CHAIN", "TRACE"]);
    words.extend(targets.map(|target| (format!("-j {target}"), String::new())));
    words.push((RULE.to_owned(), "-c".to_owned()));
    words.extend(COMMANDS.map(|command| (COMMAND.to_owned(), command.to_owned())));
    words
}

impl Line<'_> {
    fn arp_basics(&mut self, chain: &str) {
        let wrong = self.wrong > 0;
        for basic in BASICS {
            let unfit = match basic.0.get(..2) {
                Some("-o") => chain == "INPUT",
                Some("-i") => chain == "OUTPUT",
                _ => false,
            };
            let slips = if wrong { 1 } else { 0 };
            if self.random.chance(if unfit { slips } else { 18 }) {
                let before = self.words.len();
                self.option(RULE, basic);
                self.tell_apart(before);
                if wrong && self.random.chance(1) {
                    self.option(RULE, basic);
                }
            }
        }
        if self.random.chance(5) {
            let counters = match wrong {
                false => "-c 3 4|-c 0 0|--set-counters 1844674407370955161 7|-c 120000 99999999",
                true => "-c 3 4|-c 1|-c x y",
            };
            self.words.push(one(self.random, counters).to_owned());
            self.used.push((RULE.to_owned(), "-c".to_owned()));
        }
    }

    /// Takes out what is left out, and a list of addresses with `!`, which not every
    /// text that is meant to be right can have.
    fn tell_apart(&mut self, before: usize) {
        let added = self.words.get(before..).unwrap_or_default();
        let inverted = added.iter().any(|word| word == "!");
        let value = added.last().map_or("", String::as_str);
        let list = value.contains(',') && self.wrong == 0 && inverted;
        let length = inverted && added.iter().any(|w| w == "-l" || w == "--h-length");
        if list || length {
            self.words.truncate(before);
            self.used.pop();
        }
    }

    /// `!` stands in front of a target's option alone.
    fn target_option(&mut self, extension: &str, option: &Opt) {
        let before = self.words.len();
        self.option(extension, option);
        let behind = self.words.get(before + 1).is_some_and(|word| word == "!");
        if behind && (self.wrong == 0 || self.random.chance(80)) {
            self.words.swap(before, before + 1);
        }
    }

    fn arp_target(&mut self, chain: &str, users: &[String]) {
        match self.random.below(100) {
            0..8 => {}
            8..40 => {
                let verdict = one(self.random, VERDICTS);
                self.words.push(one(self.random, "-j|--jump").to_owned());
                self.words.push(verdict.to_owned());
                self.used.push((format!("-j {verdict}"), String::new()));
            }
            40..42 if self.wrong > 0 => {
                let wrong = "REJECT|accept|nowhere|INPUT|DNAT|CONTINUE|QUEUE";
                self.words.push(format!("-j {}", one(self.random, wrong)));
            }
            42..52 if !users.is_empty() => {
                self.words.push(format!("-j {}", self.random.pick(users)));
                self.used.push(("-j CHAIN".to_owned(), String::new()));
            }
            _ => {
                let (name, options) = TARGETS[self.random.below(TARGETS.len())];
                let fits = name != "CLASSIFY" || chain == "OUTPUT";
                if !(fits || self.wrong > 0 && self.random.chance(5)) {
                    return;
                }
                let extension = format!("-j {name}");
                self.words.push(extension.clone());
                if options.is_empty() {
                    self.used.push((extension, String::new()));
                    return;
                }
                let first = self.random.below(options.len());
                if name == "MARK" || name == "CLASSIFY" {
                    self.target_option(&extension, &options[first]);
                    if self.wrong > 0 && self.random.chance(4) {
                        let again = self.random.below(options.len());
                        self.target_option(&extension, &options[again]);
                    }
                    return;
                }
                for (at, found) in options.iter().enumerate() {
                    let needed = at == first % 4 && (self.wrong == 0 || self.random.chance(95));
                    if needed || self.random.chance(30) {
                        self.target_option(&extension, found);
                    }
                }
            }
        }
    }
}

/// A rule for a chain, and what it uses.
fn rule(random: &mut Random, wrong: usize, chain: &str, users: &[String]) -> (String, Vec<Word>) {
    let mut line = Line {
        random,
        wrong,
        words: Vec::new(),
        used: Vec::new(),
    };
    line.arp_basics(chain);
    line.arp_target(chain, users);
    (line.words.join(" "), line.used)
}

/// A text: right by construction, or with something wrong.
pub(super) fn text(random: &mut Random) -> Text {
    let right = random.chance(50);
    let mut text = Text {
        text: "*filter\n".to_owned(),
        right,
        ..Text::default()
    };
    let mut chains: Vec<(String, usize, bool)> = Vec::new();
    for name in ["INPUT", "OUTPUT"] {
        let policies = match !right && random.chance(3) {
            true => "RETURN|accept|",
            false => "ACCEPT|ACCEPT|DROP",
        };
        let _ = writeln!(text.text, ":{name} {}", one(random, policies));
        chains.push((name.to_owned(), 0, false));
    }
    for user in USER.split('|') {
        if random.chance(25) {
            let _ = writeln!(text.text, ":{user} {}", policy(random, user));
            chains.push((user.to_owned(), 0, true));
        }
    }
    let lines = if right {
        random.range(1, 8)
    } else {
        random.range(1, 3)
    };
    for _ in 0..lines {
        let (line, command) = line(random, right, &mut chains, &mut text.used);
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

/// What stands behind a user's chain. `:FORWARD ACCEPT` is how the legacy tool's text is
/// told apart.
fn policy(random: &mut Random, user: &str) -> &'static str {
    let policies = if user == "FORWARD" {
        "-"
    } else {
        "-|-|-|ACCEPT"
    };
    one(random, policies)
}

/// How often a wrong value is taken, in percent, where texts are not to be right.
const WRONG: usize = 6;

/// A line, and the short name of its command.
fn line(
    random: &mut Random,
    right: bool,
    chains: &mut Vec<(String, usize, bool)>,
    used: &mut Vec<Word>,
) -> (String, &'static str) {
    let at = random.below(chains.len());
    let (mut name, rules, own) = chains[at].clone();
    // No rule of a user's chain leads on, lest they go in circles.
    let users: Vec<String> = match own {
        true => Vec::new(),
        false => {
            let users = chains.iter().filter(|chain| chain.2);
            users.map(|chain| chain.0.clone()).collect()
        }
    };
    let wrong = if right { 0 } else { WRONG };
    let mut make = |random: &mut Random| {
        let (rule, words) = rule(random, wrong, &name, &users);
        used.extend(words);
        rule
    };
    match random.below(24) {
        0 | 1 => {
            let rule = make(random);
            let several = rule.contains(',');
            chains[at].1 += 1 + usize::from(several);
            match random.chance(50) || several {
                true => (format!("-I {name} {rule}"), "-I"),
                false => {
                    let most = rules + if right { 1 } else { 3 };
                    let number = random.range(1, most);
                    (format!("-I {name} {number} {rule}"), "-I NUMBER")
                }
            }
        }
        2 if rules > 0 => {
            chains[at].1 -= 1;
            (format!("-D {name} {}", random.range(1, rules)), "-D NUMBER")
        }
        4 => {
            chains[at].1 = 0;
            (format!("-F {name}"), "-F CHAIN")
        }
        5 if !own => {
            let policies = if right {
                "ACCEPT|DROP"
            } else {
                "ACCEPT|DROP|RETURN|x"
            };
            (format!("-P {name} {}", one(random, policies)), "-P")
        }
        6 => {
            let new = format!("new-{:x}", random.draw() >> 40);
            let new = match !right && random.chance(30) {
                true => one(
                    random,
                    "web|INPUT|mangle|DROP|a-name-of-thirty-two-bytes-length",
                ),
                false => new.as_str(),
            };
            chains.push((new.to_owned(), 0, true));
            (format!("-N {new}"), "-N")
        }
        7 if !right => ("# a comment".to_owned(), "-A"),
        _ => {
            let rule = make(random);
            let several = rule.matches(',').count();
            chains[at].1 += 1 << several.min(2);
            if !right && random.chance(2) {
                name = "nowhere".to_owned();
            }
            (format!("-A {name} {rule}"), "-A")
        }
    }
}
