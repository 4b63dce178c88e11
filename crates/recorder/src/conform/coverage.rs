//! What the random cases have touched, and what never.

use std::collections::BTreeMap;
use std::fmt;

use super::Case;
use super::rules::{MATCHES, TARGETS};
use packetwalk_core::walk::DropReason;

use crate::output;
use crate::record::Recording;

/// Counts by what was hit.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    matches: BTreeMap<String, usize>,
    targets: BTreeMap<String, usize>,
    hooks: BTreeMap<String, usize>,
    states: BTreeMap<String, usize>,
    outcomes: BTreeMap<String, usize>,
    drops: BTreeMap<String, usize>,
    arptables: BTreeMap<String, usize>,
    lines: usize,
}

impl Coverage {
    /// Counts what a recording shows of its case: each `TRACE` line of a rule
    /// counts for the matches and the target of that rule.
    pub fn add(&mut self, case: &Case, recording: &Recording) {
        let rules = rules_of(case, recording);
        for rule in &recording.arp_rules {
            self.arp_rule(rule);
        }
        for record in &recording.records {
            let outcome = output::result([&record.outcome], false);
            *self
                .outcomes
                .entry(outcome.trim_end().to_owned())
                .or_default() += 1;
            for drop in &record.drops {
                let reason = drop.split(' ').next().unwrap_or_default();
                *self.drops.entry(reason.to_owned()).or_default() += 1;
            }
            for line in &record.lines {
                self.lines += 1;
                self.line(line, &rules);
            }
        }
    }

    /// Counts a rule for ARP that packets matched, for its chain and all that it says.
    fn arp_rule(&mut self, rule: &str) {
        let (said, _) = rule.split_once(", pcnt=").unwrap_or((rule, ""));
        let mut words = said.split_whitespace().peekable();
        let chain = words.next().unwrap_or_default();
        if chain != "own" {
            *self.hooks.entry(format!("arptables {chain}")).or_default() += 1;
        }
        let mut not = "";
        while let Some(word) = words.next() {
            let what = match (word, words.peek()) {
                ("!", _) => {
                    not = "! ";
                    continue;
                }
                (_, Some(&"*")) => continue,
                ("-j", Some(target)) => format!("-j {target}"),
                (option, _) if option.starts_with('-') => format!("{not}{option}"),
                _ => continue,
            };
            not = "";
            *self.arptables.entry(what).or_default() += 1;
        }
    }

    fn line(&mut self, line: &str, rules: &BTreeMap<(String, String, usize), Vec<String>>) {
        if line.contains("MAC source = ") {
            *self.hooks.entry("ebtables".to_owned()).or_default() += 1;
            return;
        }
        let Some(place) = line
            .strip_prefix("TRACE: ")
            .and_then(|l| l.split(' ').next())
        else {
            let key = if line.contains("martian") {
                "martian"
            } else {
                "LOG"
            };
            *self.hooks.entry(key.to_owned()).or_default() += 1;
            return;
        };
        let mut parts = place.split(':');
        let (Some(table), Some(chain), Some(kind), Some(number)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return;
        };
        if chain.chars().all(|c| c.is_ascii_uppercase()) {
            *self.hooks.entry(format!("{table} {chain}")).or_default() += 1;
        }
        if kind != "rule" {
            return;
        }
        let number = number.parse().unwrap_or(0);
        for rule in rules
            .get(&(table.to_owned(), chain.to_owned(), number))
            .into_iter()
            .flatten()
        {
            let mut words = rule.split_whitespace();
            while let Some(word) = words.next() {
                let next = || words.clone().next().unwrap_or_default().to_owned();
                match word {
                    "-m" => *self.matches.entry(next()).or_default() += 1,
                    "-j" | "-g" => *self.targets.entry(next()).or_default() += 1,
                    "--ctstate" | "--state" => *self.states.entry(next()).or_default() += 1,
                    _ => {}
                }
            }
        }
    }
}

/// The rules by table, chain and number. Where two namespaces have one of the
/// same name, only the first is taken: a line does not say whose it is.
fn rules_of(case: &Case, recording: &Recording) -> BTreeMap<(String, String, usize), Vec<String>> {
    let mut rules: BTreeMap<(String, String, usize), Vec<String>> = BTreeMap::new();
    for host in case.machine.hosts.iter().filter(|host| host.trace) {
        let Some(run) = recording
            .snapshot
            .namespace(&host.name)
            .and_then(|netns| netns.run("iptables-save -c"))
        else {
            continue;
        };
        let mut table = String::new();
        let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
        for line in run.text.lines() {
            if let Some(name) = line.strip_prefix('*') {
                name.clone_into(&mut table);
                numbers.clear();
            } else if let Some((_, rule)) = line.split_once("-A ")
                && let Some((chain, rest)) = rule.split_once(' ')
            {
                let number = numbers.entry(chain.to_owned()).or_default();
                *number += 1;
                let list = rules
                    .entry((table.clone(), chain.to_owned(), *number))
                    .or_default();
                if list.is_empty() {
                    list.push(rest.to_owned());
                }
            }
        }
    }
    rules
}

/// States of conntrack that rules ask for.
const STATES: &[&str] = &[
    "INVALID",
    "NEW",
    "ESTABLISHED",
    "RELATED",
    "UNTRACKED",
    "SNAT",
    "DNAT",
];

/// Tables and chains that a packet can pass.
const HOOKS: &[&str] = &[
    "raw PREROUTING",
    "raw OUTPUT",
    "mangle PREROUTING",
    "mangle INPUT",
    "mangle FORWARD",
    "mangle OUTPUT",
    "mangle POSTROUTING",
    "nat PREROUTING",
    "nat INPUT",
    "nat OUTPUT",
    "nat POSTROUTING",
    "filter INPUT",
    "filter FORWARD",
    "filter OUTPUT",
    "security INPUT",
    "security FORWARD",
    "security OUTPUT",
    "ebtables",
    "arptables INPUT",
    "arptables OUTPUT",
    "arptables FORWARD",
    "LOG",
    "martian",
];

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} lines of the kernel's log", self.lines)?;
        for (what, counts) in [
            ("hooks", &self.hooks),
            ("matches", &self.matches),
            ("targets", &self.targets),
            ("arptables", &self.arptables),
            ("states", &self.states),
            ("results", &self.outcomes),
            ("drop reasons", &self.drops),
        ] {
            let list: Vec<String> = counts
                .iter()
                .map(|(name, n)| format!("{name} {n}"))
                .collect();
            writeln!(f, "{what}: {}", list.join(", "))?;
        }
        let asked = |state: &str| {
            let mut lists = self.states.keys();
            lists.any(|list| list.split(',').any(|one| one == state))
        };
        let reasons = DropReason::ALL.iter().map(|reason| reason.name());
        for (what, never) in [
            (
                "hooks",
                HOOKS
                    .iter()
                    .copied()
                    .filter(|hook| !self.hooks.contains_key(*hook))
                    .collect::<Vec<_>>(),
            ),
            (
                "states",
                STATES
                    .iter()
                    .copied()
                    .filter(|state| !asked(state))
                    .collect(),
            ),
            (
                "drop reasons",
                reasons
                    .filter(|reason| !self.drops.contains_key(*reason))
                    .collect(),
            ),
        ] {
            let never = if never.is_empty() {
                "nothing".to_owned()
            } else {
                never.join(", ")
            };
            writeln!(f, "{what} never hit: {never}")?;
        }
        let never: Vec<&str> = MATCHES
            .iter()
            .filter(|name| !self.matches.contains_key(**name))
            .chain(
                TARGETS
                    .iter()
                    .filter(|name| !self.targets.contains_key(**name)),
            )
            .copied()
            .collect();
        writeln!(
            f,
            "matches and targets never hit: {}",
            if never.is_empty() {
                "nothing".to_owned()
            } else {
                never.join(", ")
            }
        )
    }
}
