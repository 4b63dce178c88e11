//! What could be typed at a place of a text.

use packetwalk_core::world::Netns;
use packetwalk_rules::xt::{MatchKind, Opt, TargetKind, match_names, target_names};
use packetwalk_rules::{Family, arpt, ebt, ipset, iptables};
use serde::Serialize;

use crate::Part;
use crate::switches::SYSCTLS;

/// What may stand at a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Completion {
    /// Column, in characters from 1, of the beginning of what is replaced.
    pub from: u32,
    /// What could stand there.
    pub choices: Vec<Choice>,
}

/// One thing that may stand at a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Choice {
    /// What is inserted.
    pub label: String,
    /// What it is.
    pub kind: ChoiceKind,
    /// Where it belongs: the match or target of an option, the table of a chain.
    pub detail: String,
}

/// What a choice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum ChoiceKind {
    /// A table.
    Table,
    /// A chain.
    Chain,
    /// An option.
    Option,
    /// A match.
    Match,
    /// A target.
    Target,
    /// A device.
    Device,
    /// A value.
    Value,
    /// A setting.
    Setting,
}

/// Options that iptables has by itself.
const OPTIONS: [&str; 11] = [
    "-s", "-d", "-i", "-o", "-p", "-f", "-m", "-j", "-g", "-c", "!",
];

/// Options that ebtables has by itself, with those of `-p IPv4` and `-p ARP`.
const EB_OPTIONS: [&str; 22] = [
    "-p",
    "-s",
    "-d",
    "-i",
    "-o",
    "-j",
    "--logical-in",
    "--logical-out",
    "--log",
    "--log-level",
    "--log-prefix",
    "--log-ip",
    "--log-arp",
    "--limit",
    "--mark",
    "--among-dst",
    "--ip-src",
    "--ip-dst",
    "--ip-proto",
    "--ip-dport",
    "--arp-op",
    "!",
];

/// Options that arptables has by itself.
const ARP_OPTIONS: [&str; 14] = [
    "-s",
    "-d",
    "-i",
    "-o",
    "-j",
    "-l",
    "-c",
    "--src-mac",
    "--dst-mac",
    "--opcode",
    "--h-type",
    "--h-length",
    "--proto-type",
    "!",
];

/// What could be typed at `column` (in characters, from 1) of `line` (from 1).
#[must_use]
pub fn at(part: Part, text: &str, line: u32, column: u32, netns: Option<&Netns>) -> Completion {
    let number = usize::try_from(line)
        .unwrap_or(usize::MAX)
        .saturating_sub(1);
    // The last line may be empty, and is one all the same.
    let Some(whole) = text.split('\n').nth(number) else {
        return Completion::default();
    };
    let cut = usize::try_from(column)
        .unwrap_or(usize::MAX)
        .saturating_sub(1);
    let before: String = whole.chars().take(cut).collect();
    let word = before.rsplit([' ', '\t']).next().unwrap_or_default();
    let from = before.chars().count() - word.chars().count() + 1;
    let lines: Vec<&str> = text.lines().take(number).collect();
    let around = Around {
        text,
        lines,
        words: before.split_whitespace().collect(),
        word,
        netns,
    };
    let mut choices = match part {
        Part::Iptables => around.iptables(),
        Part::Ebtables => around.ebtables(),
        Part::Arptables => around.arptables(),
        Part::Sysctl => around.sysctl(),
        Part::Ipset => around.ipset(),
    };
    // What is there already needs no completing.
    choices.retain(|choice| choice.label.starts_with(word) && choice.label != word);
    let mut seen = std::collections::HashSet::new();
    choices.retain(|choice| seen.insert(choice.label.clone()));
    Completion {
        from: u32::try_from(from).unwrap_or(1),
        choices,
    }
}

/// The text around a place.
struct Around<'a> {
    text: &'a str,
    /// Lines before.
    lines: Vec<&'a str>,
    /// Words of the line up to the place.
    words: Vec<&'a str>,
    /// The word that is being typed; empty after a blank.
    word: &'a str,
    netns: Option<&'a Netns>,
}

fn choose<'b>(
    kind: ChoiceKind,
    detail: &str,
    labels: impl IntoIterator<Item = &'b str>,
) -> Vec<Choice> {
    let labels = labels.into_iter();
    let labels = labels.map(|label| Choice {
        label: label.to_owned(),
        kind,
        detail: detail.to_owned(),
    });
    labels.collect()
}

impl Around<'_> {
    /// The table that the line stands in.
    fn table(&self) -> &str {
        let mut lines = self.lines.iter().rev();
        lines
            .find_map(|line| line.strip_prefix('*'))
            .map_or("", str::trim)
    }

    /// The whole word before the one that is being typed.
    fn previous(&self) -> &str {
        let back = if self.word.is_empty() { 1 } else { 2 };
        let at = self.words.len().checked_sub(back);
        at.and_then(|at| self.words.get(at)).copied().unwrap_or("")
    }

    /// Arguments of the options called `flag` on this line, but for the last
    /// one if it is still being typed.
    fn given(&self, flags: &[&str]) -> Vec<&str> {
        let pairs = self.words.windows(2);
        let done = pairs.filter_map(|pair| match pair {
            [flag, value] if flags.contains(flag) => Some(*value),
            _ => None,
        });
        done.collect()
    }

    /// Chains of the table that the line stands in, as the text declares them.
    fn chains(&self, builtin: &[&str], own: bool) -> Vec<Choice> {
        let table = self.table().to_owned();
        let mut inside = false;
        let mut names: Vec<&str> = Vec::new();
        for line in self.text.lines() {
            if let Some(name) = line.strip_prefix('*') {
                inside = name.trim() == table;
            } else if let Some(rest) = line.strip_prefix(':')
                && inside
            {
                names.extend(rest.split_whitespace().next());
            }
        }
        if own {
            names.retain(|name| !builtin.contains(name));
        }
        choose(ChoiceKind::Chain, &table, names)
    }

    fn devices(&self) -> Vec<Choice> {
        let all = self.netns.map(|netns| &netns.devices);
        let names = all.into_iter().flatten().map(|device| &*device.name);
        choose(ChoiceKind::Device, "", names)
    }

    fn start(&self, tables: &[&str], chains: &[&str], commit: bool) -> Vec<Choice> {
        let mut out = Vec::new();
        for table in tables {
            let label = format!("*{table}");
            out.extend(choose(ChoiceKind::Table, "", [label.as_str()]));
        }
        for chain in chains {
            let label = format!(":{chain}");
            out.extend(choose(ChoiceKind::Chain, self.table(), [label.as_str()]));
        }
        out.extend(choose(ChoiceKind::Option, "", ["-A"]));
        if commit {
            out.extend(choose(ChoiceKind::Value, "", ["COMMIT"]));
        }
        out
    }

    fn iptables(&self) -> Vec<Choice> {
        use ChoiceKind as K;
        let builtin = iptables::builtin_chains(self.table());
        let first = self.words.len() <= usize::from(!self.word.is_empty());
        if first {
            return self.start(&iptables::TABLES, builtin, true);
        }
        if self.words.first().is_some_and(|word| word.starts_with(':')) {
            return choose(K::Value, "", ["ACCEPT", "DROP", "-"]);
        }
        let family = Family::V4;
        match self.previous() {
            "-A" | "-I" | "--append" => self.chains(builtin, false),
            "-i" | "-o" | "--in-interface" | "--out-interface" | "--physdev-in"
            | "--physdev-out" => self.devices(),
            "-p" | "--protocol" => choose(K::Value, "", ["tcp", "udp", "icmp", "all"]),
            "-m" | "--match" => choose(K::Match, "", match_names(family)),
            "-g" | "--goto" => self.chains(builtin, true),
            "-j" | "--jump" => {
                let plain = ["ACCEPT", "DROP", "RETURN"];
                let mut out = choose(K::Target, "", plain);
                out.extend(choose(K::Target, "", target_names(family)));
                out.extend(self.chains(builtin, true));
                out
            }
            "--ctstate" | "--state" => choose(
                K::Value,
                "",
                [
                    "NEW",
                    "ESTABLISHED",
                    "RELATED",
                    "RELATED,ESTABLISHED",
                    "INVALID",
                    "UNTRACKED",
                ],
            ),
            "--dst-type" | "--src-type" => {
                choose(K::Value, "", ["LOCAL", "UNICAST", "BROADCAST", "MULTICAST"])
            }
            _ => self.options(family),
        }
    }

    /// Options of iptables, and of the matches and targets that the line names.
    fn options(&self, family: Family) -> Vec<Choice> {
        let own: &[&str] = match family {
            Family::Arp => &ARP_OPTIONS,
            _ => &OPTIONS,
        };
        let mut out = choose(ChoiceKind::Option, "", own.iter().copied());
        let mut add = |name: &str, options: &'static [Opt]| {
            for option in options {
                out.push(Choice {
                    label: format!("--{}", option.name),
                    kind: ChoiceKind::Option,
                    detail: name.to_owned(),
                });
            }
        };
        // `-p tcp` brings the options of `-m tcp` along.
        let named = self.given(&["-m", "--match", "-p", "--protocol"]);
        for name in named {
            if let Some(kind) = MatchKind::find(name, family) {
                add(name, kind.options(family));
            }
        }
        for name in self.given(&["-j", "--jump"]) {
            if let Some(kind) = TargetKind::find(name, family) {
                add(name, kind.options(family));
            }
        }
        out
    }

    fn ebtables(&self) -> Vec<Choice> {
        use ChoiceKind as K;
        let builtin = ebt::builtin_chains(self.table());
        if self.words.len() <= usize::from(!self.word.is_empty()) {
            return self.start(&["filter", "nat", "broute"], builtin, false);
        }
        if self.words.first().is_some_and(|word| word.starts_with(':')) {
            return choose(K::Value, "", ["ACCEPT", "DROP", "RETURN"]);
        }
        match self.previous() {
            "-A" | "-I" => self.chains(builtin, false),
            "-i" | "-o" | "--logical-in" | "--logical-out" => self.devices(),
            "-p" => choose(K::Value, "", ["IPv4", "ARP", "IPv6", "LENGTH"]),
            "--ip-proto" => choose(K::Value, "", ["icmp", "tcp", "udp"]),
            "-j" => {
                let targets = [
                    "ACCEPT", "DROP", "CONTINUE", "RETURN", "mark", "dnat", "snat", "redirect",
                    "arpreply",
                ];
                let mut out = choose(K::Target, "", targets);
                out.extend(self.chains(builtin, true));
                out
            }
            _ => choose(K::Option, "", EB_OPTIONS),
        }
    }

    fn arptables(&self) -> Vec<Choice> {
        use ChoiceKind as K;
        if self.words.len() <= usize::from(!self.word.is_empty()) {
            return self.start(&arpt::TABLES, &arpt::CHAINS, false);
        }
        if self.words.first().is_some_and(|word| word.starts_with(':')) {
            return choose(K::Value, "", ["ACCEPT", "DROP", "-"]);
        }
        match self.previous() {
            "-A" | "-I" | "--append" => self.chains(&arpt::NFT_CHAINS, false),
            "-i" | "-o" | "--in-interface" | "--out-interface" => self.devices(),
            "--opcode" => choose(K::Value, "", ["Request", "Reply"]),
            "--h-type" => choose(K::Value, "", ["Ethernet"]),
            "--proto-type" => choose(K::Value, "", ["IPv4"]),
            "--mangle-target" => choose(K::Value, "", ["ACCEPT", "DROP", "CONTINUE"]),
            "-j" | "--jump" => {
                let mut out = choose(K::Target, "", ["ACCEPT", "DROP", "RETURN"]);
                out.extend(choose(K::Target, "", target_names(Family::Arp)));
                out.extend(self.chains(&arpt::CHAINS, true));
                out
            }
            _ => self.options(Family::Arp),
        }
    }

    fn sysctl(&self) -> Vec<Choice> {
        if self.words.len() > usize::from(!self.word.is_empty()) {
            return Vec::new();
        }
        let mut out = Vec::new();
        for known in SYSCTLS {
            let named = known.replace("DEV", "all");
            out.extend(choose(ChoiceKind::Setting, "", [named.as_str()]));
            if known.contains("DEV") {
                let devices = self.netns.map(|netns| &netns.devices);
                for device in devices.into_iter().flatten() {
                    let named = known.replace("DEV", &device.name.replace('.', "/"));
                    out.extend(choose(ChoiceKind::Setting, "", [named.as_str()]));
                }
            }
        }
        out
    }

    fn ipset(&self) -> Vec<Choice> {
        use ChoiceKind as K;
        let made = self.text.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            (words.next() == Some("create"))
                .then(|| words.next())
                .flatten()
        });
        let kind = |word: Option<&&str>| word.and_then(|name| ipset::Kind::find(name));
        let place = self.words.len() - usize::from(!self.word.is_empty());
        let command = self.words.first().copied().unwrap_or_default();
        match (command, place) {
            (_, 0) => choose(K::Option, "", ipset::commands()),
            ("create", 1) => Vec::new(),
            ("create", 2) => choose(K::Value, "", ipset::KINDS.iter().map(|kind| kind.name)),
            ("create", _) => kind(self.words.get(2)).map_or_else(Vec::new, |kind| {
                choose(K::Option, "", kind.create_options())
            }),
            (_, 1) | ("rename" | "swap", 2) => choose(K::Value, "", made),
            ("add" | "del" | "test", 3..) => {
                let name = self.words.get(1).copied().unwrap_or_default();
                let created = self.text.lines().find_map(|line| {
                    let words: Vec<&str> = line.split_whitespace().collect();
                    (words.get(..2) == Some(&["create", name])).then(|| kind(words.get(2)))?
                });
                created.map_or_else(Vec::new, |kind| {
                    choose(K::Option, "", kind.entry_options(command))
                })
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use packetwalk_core::wire::eth::MacAddr;
    use packetwalk_core::world::device::{Device, DeviceKind};

    /// The place is marked by `|`.
    #[track_caller]
    fn check(part: Part, marked: &str, from: u32, some: &[&str], none: &[&str]) {
        let at_byte = marked.find('|').expect("a place");
        let before = &marked[..at_byte];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        let mut netns = Netns::new("host");
        let device = Device::new(1, "docker0", DeviceKind::Dummy, MacAddr::ZERO);
        netns.devices.push(device);
        let text = marked.replace('|', "");
        let found = at(part, &text, line as u32, column as u32, Some(&netns));
        let labels: Vec<&str> = found.choices.iter().map(|c| c.label.as_str()).collect();
        assert_eq!(found.from, from, "{marked}");
        for label in some {
            assert!(labels.contains(label), "{marked}: {label} in {labels:?}");
        }
        for label in none {
            assert!(!labels.contains(label), "{marked}: {label} in {labels:?}");
        }
    }

    #[test]
    fn iptables_knows_what_comes_next() {
        use Part::Iptables as I;
        check(I, "|", 1, &["*filter", "COMMIT"], &["-j"]);
        check(I, "*filter\n:IN|", 1, &[":INPUT"], &[":FORWARD"]);
        let text = "*nat\n:PREROUTING ACCEPT [0:0]\n:DOCKER - [0:0]\n";
        check(I, &format!("{text}-A D|"), 4, &["DOCKER"], &["PREROUTING"]);
        check(
            I,
            &format!("{text}-A DOCKER -j |"),
            14,
            &["DNAT", "DOCKER", "ACCEPT"],
            &["PREROUTING"],
        );
        check(I, &format!("{text}-A DOCKER -i |"), 14, &["docker0"], &[]);
        check(
            I,
            "*filter\n-A INPUT -p tcp --d|",
            17,
            &["--dport"],
            &["--sport"],
        );
        check(I, "*filter\n-A INPUT --d|", 10, &[], &["--dport"]);
        check(
            I,
            "*nat\n-A OUTPUT -j DNAT --to|",
            19,
            &["--to-destination"],
            &[],
        );
    }

    #[test]
    fn so_do_the_others() {
        check(Part::Ebtables, "*nat\n:PRE|", 1, &[":PREROUTING"], &[]);
        check(
            Part::Ebtables,
            "*nat\n-A OUTPUT -p I|",
            14,
            &["IPv4"],
            &["ARP"],
        );
        check(
            Part::Arptables,
            "*filter\n-A INPUT -j mangle --mangle-i|",
            20,
            &["--mangle-ip-s", "--mangle-ip-d"],
            &["--mangle-mac-s", "--opcode"],
        );
        check(Part::Arptables, "*filter\n:O|", 1, &[":OUTPUT"], &[]);
        check(
            Part::Sysctl,
            "net.ipv4.conf.docker0.rp|",
            1,
            &["net.ipv4.conf.docker0.rp_filter"],
            &[],
        );
        check(Part::Ipset, "create a hash:ip\nadd |", 5, &["a"], &[]);
        check(Part::Ipset, "fl|", 1, &["flush"], &["restore"]);
        let types = ["hash:net,port,net", "hash:mac"];
        check(Part::Ipset, "create a h|", 10, &types, &["list:set"]);
        let (some, none) = (["markmask", "timeout"], ["netmask", "range", "probes"]);
        check(Part::Ipset, "create a hash:ip,mark |", 23, &some, &none);
        let text = "create a hash:net\nadd a 10.0.0.0/8 |";
        check(
            Part::Ipset,
            text,
            18,
            &["nomatch", "comment"],
            &["wildcard"],
        );
    }

    #[test]
    fn no_place_is_no_trouble() {
        for (line, column) in [(0, 0), (1, 0), (9, 9), (u32::MAX, u32::MAX)] {
            let found = at(Part::Iptables, "*é filter", line, column, None);
            assert!(found.choices.len() < 20, "{found:?}");
        }
    }
}
