//! Random rules: mostly such as a person could have written, some of them wrong.

use packetwalk_rules::Family;
use packetwalk_rules::iptables::builtin_chains;
use packetwalk_rules::xt::{MatchKind, Opt, TargetKind, match_names, target_names};

use super::pattern::expand;
use super::values::patterns;
use crate::conform::Random;

/// The user's chains that every table has.
pub const USER_CHAINS: [&str; 3] = ["DOCKER-USER", "KUBE-SVC-ABCDEFGHIJKLMNOP", "x_y.z"];

/// Where an extension may stand: tables, chains, protocols; empty is any.
struct Home(
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
);

const PORTED: &[&str] = &["tcp", "udp", "sctp", "dccp", "udplite", "6", "17"];
const TCP: &[&str] = &["tcp", "6", "TCP"];
const UDP: &[&str] = &["udp", "17", "0x11"];

fn home(extension: &str) -> Home {
    match extension {
        "DNAT" | "REDIRECT" => Home(&["nat"], &["PREROUTING", "OUTPUT"], PORTED),
        "SNAT" => Home(&["nat"], &["POSTROUTING", "INPUT"], PORTED),
        "MASQUERADE" => Home(&["nat"], &["POSTROUTING"], PORTED),
        "NETMAP" => Home(&["nat"], &[], &[]),
        "REJECT" => Home(&["filter"], &["INPUT", "FORWARD", "OUTPUT"], TCP),
        "CT" => Home(&["raw"], &[], &["tcp", "udp"]),
        "NOTRACK" => Home(&["raw"], &[], &[]),
        "TPROXY" => Home(&["mangle"], &["PREROUTING"], &["tcp", "udp"]),
        "TTL" | "HL" | "TOS" | "DSCP" | "CHECKSUM" | "DNPT" | "SNPT" => Home(&["mangle"], &[], &[]),
        "ECN" => Home(&["mangle"], &[], TCP),
        "TCPOPTSTRIP" => Home(&["mangle"], &[], TCP),
        "TCPMSS" => Home(&["mangle"], &["FORWARD", "OUTPUT", "POSTROUTING"], TCP),
        "CLASSIFY" => Home(&["mangle"], &["FORWARD", "OUTPUT", "POSTROUTING"], &[]),
        "SYNPROXY" => Home(&["filter"], &["INPUT", "FORWARD"], TCP),
        "SECMARK" | "CONNSECMARK" => Home(&["mangle", "security"], &[], &[]),
        "owner" => Home(&[], &["OUTPUT", "POSTROUTING"], &[]),
        "rpfilter" => Home(&["raw", "mangle"], &["PREROUTING"], &[]),
        "socket" => Home(&[], &["PREROUTING", "INPUT"], &[]),
        "realm" => Home(&[], &["INPUT", "FORWARD", "OUTPUT", "POSTROUTING"], &[]),
        "mac" => Home(&[], &["PREROUTING", "INPUT", "FORWARD"], &[]),
        "tcp" | "tcpmss" => Home(&[], &[], TCP),
        "ecn" => Home(&[], &[], TCP),
        "udp" => Home(&[], &[], UDP),
        "sctp" => Home(&[], &[], &["sctp", "132"]),
        "dccp" => Home(&[], &[], &["dccp", "33"]),
        "ah" => Home(&[], &[], &["ah", "51"]),
        "esp" => Home(&[], &[], &["esp", "50"]),
        "ipcomp" => Home(&[], &[], &["ipcomp", "108"]),
        "icmp" => Home(&[], &[], &["icmp", "1", "ICMP"]),
        "icmp6" => Home(&[], &[], &["ipv6-icmp", "icmpv6", "58"]),
        "mh" => Home(&[], &[], &["mh", "ipv6-mh", "135"]),
        "multiport" => Home(&[], &[], PORTED),
        _ => Home(&[], &[], &[]),
    }
}

/// One rule, in words, and where it belongs.
pub struct Drawn {
    /// The table.
    pub table: &'static str,
    /// The chain.
    pub chain: &'static str,
    /// What stands behind `-A CHAIN`, option by option.
    pub parts: Vec<Vec<String>>,
    /// `[packets:bytes]`, or nothing.
    pub counters: String,
}

impl Drawn {
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

/// A rule that a person could have written.
pub fn sound(family: Family, random: &mut Random) -> Drawn {
    let mut protos: &[&'static str] = &[];
    let mut tables: &[&'static str] = &["raw", "mangle", "nat", "filter", "filter", "security"];
    let mut chains: &[&'static str] = &[];
    let mut needs_proto = false;
    let mut target = Vec::new();
    match random.below(20) {
        0..=2 => {}
        3..=5 => {
            target = vec![
                word(random, &["-j", "-j", "--jump"]),
                word(random, &["ACCEPT", "DROP", "RETURN"]),
            ];
        }
        6 | 7 => {
            let jump = word(random, &["-j", "-g", "--goto"]);
            target = vec![jump, random.pick(&USER_CHAINS).to_owned()];
        }
        _ => {
            let names: Vec<_> = target_names(family).collect();
            let name = random.pick(&names);
            let place = home(name);
            if !random.chance(3) {
                (tables, chains) = (or(place.0, tables), place.1);
            }
            if !place.2.is_empty() {
                protos = place.2;
                needs_proto =
                    !matches!(name, "DNAT" | "SNAT" | "MASQUERADE" | "REDIRECT" | "REJECT")
                        || random.chance(70);
            }
            let kind = TargetKind::find(name, family);
            target = vec!["-j".to_owned(), name.to_owned()];
            target.extend(options(
                name,
                kind.map_or(&[], |k| k.options(family)),
                family,
                random,
            ));
        }
    }
    let mut matches = Vec::new();
    let names: Vec<_> = match_names(family).collect();
    let mut last = "";
    for _ in 0..random
        .word(&["0", "1", "1", "1", "2", "3"])
        .parse()
        .unwrap_or(1)
    {
        let name = match matches.last() {
            // The same one again.
            Some(_) if random.chance(6) => last,
            _ => random.pick(&names),
        };
        last = name;
        let place = home(name);
        let clash = !place.2.is_empty()
            && !protos.is_empty()
            && !place.2.iter().any(|p| protos.contains(p));
        if clash && !random.chance(4) {
            continue;
        }
        if !place.2.is_empty() {
            protos = if protos.is_empty() { place.2 } else { protos };
            if place.2.len() < protos.len() {
                protos = place.2;
            }
            needs_proto = true;
        }
        if !place.0.is_empty() && tables.len() > 2 {
            tables = place.0;
        }
        if !place.1.is_empty() && chains.is_empty() {
            chains = place.1;
        }
        let mut found = vec![
            word(random, &["-m", "-m", "-m", "--match"]),
            name.to_owned(),
        ];
        let implied = matches!(name, "tcp" | "udp" | "icmp" | "sctp" | "dccp") && random.chance(40);
        if implied {
            found.clear();
        }
        let kind = MatchKind::find(name, family);
        found.extend(options(
            name,
            kind.map_or(&[], |k| k.options(family)),
            family,
            random,
        ));
        matches.push(found);
    }
    let table = random.pick(tables);
    let table = if table.is_empty() { "filter" } else { table };
    let fitting: Vec<&'static str> = builtin_chains(table)
        .iter()
        .copied()
        .filter(|c| chains.is_empty() || chains.contains(c))
        .collect();
    let chain = match random.below(12) {
        0 => "x_y.z",
        _ if fitting.is_empty() => builtin_chains(table)[0],
        _ => random.pick(&fitting),
    };
    let mut base = addresses(chain, family, random);
    if needs_proto && !random.chance(2) {
        let not = if random.chance(2) { "!" } else { "" };
        base.push(with_bang(
            not,
            vec![proto_option(random), random.pick(protos).to_owned()],
        ));
    } else if random.chance(25) {
        let not = if random.chance(15) { "!" } else { "" };
        base.push(with_bang(
            not,
            [
                vec![proto_option(random)],
                expand("<proto>", family, random),
            ]
            .concat(),
        ));
    }
    shuffle(&mut base, random);
    let mut parts = base;
    parts.extend(matches);
    parts.push(target);
    if random.chance(6) {
        // The order hardly matters, except for what a protocol loads.
        shuffle(&mut parts, random);
    }
    let counters = match random.below(5) {
        0 => format!(
            "[{}:{}] ",
            random.draw() >> random.below(64),
            random.draw() >> random.below(64)
        ),
        1 => "[0:0] ".to_owned(),
        _ => String::new(),
    };
    if random.chance(3) {
        parts.push(expand("-c <0..99999999> <0..99999>", family, random));
    }
    Drawn {
        table,
        chain,
        parts,
        counters,
    }
}

fn or<'a>(list: &'a [&'static str], other: &'a [&'static str]) -> &'a [&'static str] {
    if list.is_empty() { other } else { list }
}

fn word(random: &mut Random, words: &[&'static str]) -> String {
    random.word(words).to_owned()
}

fn proto_option(random: &mut Random) -> String {
    word(random, &["-p", "-p", "-p", "--protocol", "--proto"])
}

fn shuffle<T>(list: &mut [T], random: &mut Random) {
    for at in (1..list.len()).rev() {
        list.swap(at, random.below(at + 1));
    }
}

fn with_bang(bang: &str, words: Vec<String>) -> Vec<String> {
    if bang.is_empty() {
        words
    } else {
        [vec![bang.to_owned()], words].concat()
    }
}

/// `-s`, `-d`, `-i`, `-o`, `-f`.
fn addresses(chain: &str, family: Family, random: &mut Random) -> Vec<Vec<String>> {
    let mut parts = Vec::new();
    for (short, long, pattern) in [
        ("-s", "--source", "<net>"),
        ("-d", "--destination", "<net>"),
        ("-i", "--in-interface", "<iface>"),
        ("-o", "--out-interface", "<iface>"),
    ] {
        let foreign = match short {
            "-i" => matches!(chain, "OUTPUT" | "POSTROUTING"),
            "-o" => matches!(chain, "PREROUTING" | "INPUT"),
            _ => false,
        };
        if !random.chance(if foreign { 1 } else { 25 }) {
            continue;
        }
        let option = if random.chance(10) { long } else { short };
        let mut value = expand(pattern, family, random);
        let inverted = random.chance(20);
        if !inverted && pattern == "<net>" && random.chance(8) {
            value = expand("<net>,<net>", family, random);
        }
        let mut words = [vec![option.to_owned()], value].concat();
        if random.chance(1) {
            let glue = if option == long { "=" } else { "" };
            words = vec![words.join(glue)];
        }
        parts.push(with_bang(if inverted { "!" } else { "" }, words));
    }
    if family == Family::V4 && random.chance(4) {
        parts.push(with_bang(
            if random.chance(50) { "!" } else { "" },
            vec![word(random, &["-f", "--fragment", "--fragments"])],
        ));
    }
    parts
}

/// Options of an extension that go together.
fn options(name: &str, options: &[Opt], family: Family, random: &mut Random) -> Vec<String> {
    // What hangs on the machine is left out.
    let tried = |o: &&Opt| patterns(name, o.name).is_none_or(|list| !list.is_empty());
    let options: Vec<Opt> = options.iter().filter(tried).copied().collect();
    let mut chosen: Vec<Opt> = Vec::new();
    let taken = |option: Opt, chosen: &mut Vec<Opt>, random: &mut Random| {
        let clash = chosen.iter().any(|c| {
            (c.id == option.id && !option.multi)
                || c.excl & (1 << option.id) != 0
                || option.excl & (1 << c.id) != 0
        });
        if !clash || random.chance(1) {
            chosen.push(option);
        }
    };
    for option in options.iter().filter(|o| o.mandatory) {
        if !random.chance(3) {
            taken(*option, &mut chosen, random);
        }
    }
    let more = random.range(
        usize::from(!matches!(
            name,
            "REJECT" | "LOG" | "MASQUERADE" | "REDIRECT"
        )),
        3,
    );
    for _ in 0..if options.len() > 8 { more + 1 } else { more } {
        if !options.is_empty() {
            let option = options[random.below(options.len())];
            taken(option, &mut chosen, random);
        }
    }
    shuffle(&mut chosen, random);
    let mut words = Vec::new();
    for option in chosen {
        if random.chance(if option.invert { 20 } else { 1 }) {
            words.push("!".to_owned());
        }
        let long = format!("--{}", option.name);
        let value = match patterns(name, option.name) {
            Some(list) if option.args > 0 => expand(list[random.below(list.len())], family, random),
            _ => Vec::new(),
        };
        match (random.below(40), value.as_slice()) {
            (0, [first, rest @ ..]) => {
                words.push(format!("{long}={first}"));
                words.extend_from_slice(rest);
            }
            (1, _) if long.len() > 8 => {
                words.push(long[..long.len() - 1 - random.below(3)].to_owned());
                words.extend(value);
            }
            _ => {
                words.push(long);
                words.extend(value);
            }
        }
    }
    words
}

/// Makes a rule wrong, most likely.
pub fn spoil(rule: &mut Drawn, random: &mut Random) {
    let number = rule.parts.len();
    if number == 0 {
        return;
    }
    let at = random.below(number);
    match random.below(12) {
        0 => {
            let again = rule.parts[at].clone();
            rule.parts.push(again);
        }
        1 => {
            rule.parts.remove(at);
        }
        2 => rule.parts.swap(at, 0),
        3 => {
            let part = &mut rule.parts[at];
            part.insert(random.below(part.len() + 1), "!".to_owned());
        }
        4 => {
            rule.parts[at].pop();
        }
        5 => {
            let stray = [
                "--no-such-option",
                "-j NOSUCH",
                "-j accept",
                "-m nosuch",
                "--dport 80",
                "-j PREROUTING",
                "-g ACCEPT",
                "-g INPUT",
                "-o eth0",
                "-i eth0",
                "-i abcdefghijklmnop",
                "-p nosuch",
                "-s 1.2.3.4/33",
                "-s fe80::/129",
                "-s host.invalid",
                "-s 300.1.1.1",
                "! -p all",
                "-p 0",
                "-p 256",
                "--sport 1:0",
                "word",
                "-t nat",
                "-q",
                "-j LOG",
                "-j ACCEPT",
                "-m comment",
                "--syn",
                "-c 1",
                "-c 1 x",
                "-j",
                "-m",
                "!",
                "-4",
                "-6",
                "-n",
                "-v",
                "--jum ACCEPT",
                "--s 1.2.3.4",
                "-j MASQUERADE",
                "-j aVeryLongChainNameOfThirtyByte",
                "-f",
                "-A INPUT",
                "-w",
                "-x",
                "--line-numbers",
                "--set-counters 1 2",
                "-i ''",
                "-p tcp",
                "-p udp",
                "-s 10.0.0.1",
            ];
            let words = random.word(&stray).split(' ').map(str::to_owned).collect();
            rule.parts.insert(at, words);
        }
        6 => {
            rule.chain = random.word(&[
                "NOSUCH",
                "FORWARD",
                "PREROUTING",
                "input",
                "POSTROUTING",
                "OUTPUT",
                "INPUT",
            ]);
        }
        7 => rule.table = random.word(&["raw", "mangle", "nat", "filter", "security"]),
        _ => {
            let part = &mut rule.parts[at];
            if part.is_empty() {
                return;
            }
            let at = random.below(part.len());
            let word = &mut part[at];
            if word == "/" || word.ends_with("=/") {
                // Whether another path is there hangs on the machine.
                return;
            }
            *word = match random.below(10) {
                0 => String::new(),
                1 => "-1".to_owned(),
                2 => "4294967296".to_owned(),
                3 => format!("{word}x"),
                4 => format!("{word},"),
                5 => format!(" {word}"),
                6 if !word.starts_with("--") => word.chars().skip(1).collect(),
                6 => String::new(),
                7 => word
                    .chars()
                    .rev()
                    .skip(1)
                    .collect::<Vec<_>>()
                    .into_iter()
                    .rev()
                    .collect(),
                8 => word.to_uppercase(),
                _ => format!("0{word}"),
            };
            if word.starts_with("-h") || word.starts_with("-V") {
                // Help, and the end of the program.
                word.clear();
            }
        }
    }
}
