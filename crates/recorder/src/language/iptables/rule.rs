//! Random rules, right by construction: extensions with options that go together,
//! where the tables and protocols of all of them allow them to stand.

use packetwalk_rules::Family;
use packetwalk_rules::iptables::builtin_chains;
use packetwalk_rules::xt::{MatchKind, TargetKind, hook, match_names, target_names};

use super::forms::{Given, Slip, given, shuffle};
use super::home::{Home, home};
use super::pattern::expand;
use crate::conform::Random;

/// The user's chains that every table has. Rules of any kind stand in the last,
/// which no other leads to.
pub const USER_CHAINS: [&str; 3] = ["DOCKER-USER", "KUBE-SVC-ABCDEFGHIJKLMNOP", "x_y.z"];

/// What a vocabulary calls the options that belong to no extension.
pub const RULE: &str = "rule";

/// One rule, in words, and where it belongs.
#[derive(Clone)]
pub struct Drawn {
    /// The table.
    pub table: &'static str,
    /// The chain.
    pub chain: &'static str,
    /// What stands behind `-A CHAIN`, option by option.
    pub parts: Vec<Vec<String>>,
    /// `[packets:bytes]`, or nothing.
    pub counters: String,
    /// Its extensions and their options.
    pub used: Vec<(String, String)>,
    /// How many rules the kernel makes of it: one for each pair of addresses.
    pub times: usize,
}

impl Drawn {
    /// A rule with nothing but a target.
    pub fn plain(table: &'static str, chain: &'static str, target: &str) -> Self {
        Self {
            table,
            chain,
            parts: vec![vec!["-j".to_owned(), target.to_owned()]],
            counters: String::new(),
            used: vec![(target.to_owned(), String::new())],
            times: 1,
        }
    }

    /// The line that appends it.
    pub fn line(&self, random: &mut Random) -> String {
        format!("{}-A {} {}", self.counters, self.chain, self.body(random))
    }

    /// Everything behind the chain's name.
    pub fn body(&self, random: &mut Random) -> String {
        let words = self.parts.iter().flatten().map(|word| quote(word, random));
        words.collect::<Vec<_>>().join(" ")
    }
}

/// A word as it stands in a line.
pub fn quote(word: &str, random: &mut Random) -> String {
    let needs = word.is_empty() || word.contains([' ', '\t', '"']);
    if !needs && !random.chance(3) {
        return word.to_owned();
    }
    let escaped: String = word
        .chars()
        .flat_map(|c| match c {
            '"' | '\\' => vec!['\\', c],
            '\'' if random.chance(50) => vec!['\\', c],
            _ => vec![c],
        })
        .collect();
    format!("\"{escaped}\"")
}

/// A rule as it grows.
struct Growing {
    home: Home,
    family: Family,
    slip: Slip,
    used: Vec<(String, String)>,
}

impl Growing {
    /// The words of an extension, if it may stand beside what is there.
    fn extension(
        &mut self,
        name: &'static str,
        target: bool,
        random: &mut Random,
    ) -> Option<Vec<String>> {
        let family = self.family;
        let options = match target {
            true => TargetKind::find(name, family).map_or(&[][..], |kind| kind.options(family)),
            false => MatchKind::find(name, family).map_or(&[][..], |kind| kind.options(family)),
        };
        let slip = match self.slip != Slip::None && random.chance(60) {
            true => self.slip,
            false => Slip::None,
        };
        let given = given(name, options, slip, family, random);
        self.home = self.home.with(&home(name, &given, family))?;
        if slip != Slip::None {
            self.slip = Slip::None;
        }
        self.used.push((name.to_owned(), String::new()));
        let mut words = Vec::new();
        for option in given {
            let Given {
                name: option,
                inverted,
                value,
            } = option;
            let bang = if inverted { "! " } else { "" };
            self.used
                .push((name.to_owned(), format!("{bang}--{option}")));
            if inverted {
                words.push("!".to_owned());
            }
            match value.as_slice() {
                [first, rest @ ..] if random.chance(3) => {
                    words.push(format!("--{option}={first}"));
                    words.extend_from_slice(rest);
                }
                _ => {
                    words.push(format!("--{option}"));
                    words.extend(value);
                }
            }
        }
        Some(words)
    }

    /// A part with `!` in front, perhaps, and its option noted.
    fn base(&mut self, option: &str, inverted: bool, words: Vec<String>) -> Vec<String> {
        let bang = if inverted { "! " } else { "" };
        self.used.push((RULE.to_owned(), format!("{bang}{option}")));
        match inverted {
            true => [vec!["!".to_owned()], words].concat(),
            false => words,
        }
    }
}

/// A rule that a person could have written, right but for the slip.
pub fn drawn(family: Family, slip: Slip, random: &mut Random) -> Drawn {
    let mut rule = Growing {
        home: Home::anywhere(),
        family,
        slip,
        used: Vec::new(),
    };
    let mut target = Vec::new();
    let mut matches = Vec::new();
    match random.below(20) {
        0..=2 => {}
        3..=5 => {
            let verdict = random.word(&["ACCEPT", "DROP", "RETURN"]);
            rule.home = rule
                .home
                .with(&home(verdict, &[], family))
                .unwrap_or_else(Home::anywhere);
            rule.used.push((verdict.to_owned(), String::new()));
            target = vec![word(random, &["-j", "-j", "--jump"]), verdict.to_owned()];
        }
        6 | 7 => {
            let jump = random.word(&["-j", "-g", "--goto", "--jump"]);
            target = vec![jump.to_owned(), random.pick(&USER_CHAINS[..2]).to_owned()];
            let kind = if jump.contains('g') { "-g" } else { "-j" };
            let to = vec![];
            rule.base(&format!("{kind} CHAIN"), false, to);
        }
        _ => {
            let names: Vec<_> = target_names(family).collect();
            let name = random.pick(&names);
            if let Some(words) = rule.extension(name, true, random) {
                target = vec!["-j".to_owned(), name.to_owned()];
                target.extend(words);
            }
            if name == "TCPMSS" {
                matches.push(
                    "-m tcp --tcp-flags SYN,RST SYN"
                        .split(' ')
                        .map(str::to_owned)
                        .collect(),
                );
            }
        }
    }
    let names: Vec<_> = match_names(family).collect();
    let mut last = "";
    for _ in 0..random.below(5).clamp(1, 3) {
        // At times the same one again.
        let name = match !last.is_empty() && random.chance(4) {
            true => last,
            false => random.pick(&names),
        };
        if let Some(words) = rule.extension(name, false, random) {
            last = name;
            let named = vec![
                word(random, &["-m", "-m", "-m", "--match"]),
                name.to_owned(),
            ];
            matches.push([named, words].concat());
        }
    }
    finish(rule, matches, target, random)
}

/// Puts a rule into a chain where it may stand, with what belongs to no extension.
fn finish(
    mut rule: Growing,
    mut matches: Vec<Vec<String>>,
    target: Vec<String>,
    random: &mut Random,
) -> Drawn {
    let family = rule.family;
    let table = random.pick(&rule.home.tables);
    let fitting = rule.home.chains(table);
    let chain = match random.below(8) {
        0 => "x_y.z",
        _ if fitting.is_empty() => builtin_chains(table).first().copied().unwrap_or(""),
        _ => random.pick(&fitting),
    };
    let (mut base, times) = addresses(&mut rule, chain, random);
    let protos = rule.home.protos.clone();
    let mut proto = None;
    if !protos.is_empty() {
        let name = random.pick(&protos);
        let words = vec![proto_option(random), name.to_owned()];
        base.push(rule.base("-p", false, words));
        proto = Some(name);
    } else if random.chance(25) {
        let words = [
            vec![proto_option(random)],
            expand("<proto>", family, random),
        ]
        .concat();
        // All protocols cannot be none.
        let inverted = random.chance(25) && words.last().is_some_and(|word| word != "all");
        base.push(rule.base("-p", inverted, words));
    }
    // The protocol loads the match of its name.
    if let Some(proto) = proto
        && matches!(proto, "tcp" | "udp" | "icmp" | "sctp" | "dccp")
        && let Some(first) = matches
            .iter_mut()
            .find(|m| m.get(1).is_some_and(|n| n == proto))
        && random.chance(40)
    {
        first.drain(..2);
    }
    shuffle(&mut base, random);
    let mut parts = base;
    match random.chance(6) {
        true => {
            parts.push(target);
            parts.extend(matches);
        }
        false => {
            parts.extend(matches);
            parts.push(target);
        }
    }
    parts.retain(|part| !part.is_empty());
    let mut counters = match random.below(5) {
        0 => format!(
            "[{}:{}] ",
            random.draw() >> random.below(64),
            random.draw() >> random.below(64)
        ),
        1 => "[0:0] ".to_owned(),
        _ => String::new(),
    };
    if random.chance(3) {
        let words = expand("-c <=0..99999999> <=0..99999>", family, random);
        parts.push(rule.base("-c", false, words));
        counters.clear();
    }
    Drawn {
        table,
        chain,
        parts,
        counters,
        used: rule.used,
        times,
    }
}

fn word(random: &mut Random, words: &[&'static str]) -> String {
    random.word(words).to_owned()
}

fn proto_option(random: &mut Random) -> String {
    word(random, &["-p", "-p", "-p", "--protocol", "--proto"])
}

/// `-s`, `-d`, `-i`, `-o`, `-f`, and how many rules the addresses make.
fn addresses(rule: &mut Growing, chain: &str, random: &mut Random) -> (Vec<Vec<String>>, usize) {
    let mut parts = Vec::new();
    // A list of addresses makes rules of which each packet would match one if they
    // were inverted.
    let (mut times, mut any_inverted) = (1, false);
    let hooks = hook::of_chain(chain).unwrap_or(hook::ALL);
    let out = hook::OUT | hook::POST;
    for (short, long, pattern, foreign) in [
        ("-s", "--source", "<net>", 0),
        ("-d", "--destination", "<net>", 0),
        ("-i", "--in-interface", "<iface>", out),
        ("-o", "--out-interface", "<iface>", hook::PRE | hook::IN),
    ] {
        let unfit = hooks != hook::ALL && hooks & foreign != 0;
        if unfit || !random.chance(25) {
            continue;
        }
        let option = if random.chance(10) { long } else { short };
        let mut value = expand(pattern, rule.family, random);
        let inverted = times == 1 && random.chance(20);
        any_inverted |= inverted;
        if !any_inverted && pattern == "<net>" && random.chance(8) {
            value = expand("<net>,<net>", rule.family, random);
            times *= 2;
        }
        let mut words = [vec![option.to_owned()], value].concat();
        // The tool takes the whole word for the value then.
        if rule.slip != Slip::None && random.chance(10) {
            words = vec![words.join(if option == long { "=" } else { "" })];
        }
        parts.push(rule.base(short, inverted, words));
    }
    if rule.family == Family::V4 && random.chance(5) {
        let words = vec![word(random, &["-f", "--fragment", "--fragments"])];
        let inverted = random.chance(50);
        parts.push(rule.base("-f", inverted, words));
    }
    (parts, times)
}
