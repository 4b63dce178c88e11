//! Chains as text, with room for counters.

use std::fmt::Write as _;

use packetwalk_core::netfilter::tables::{Chain, Compiled};
use packetwalk_core::walk::{Name, Verdict};
use packetwalk_rules::arpt;
use packetwalk_rules::ebt::{self, Backend, EbRule, EbVerdict};
use packetwalk_rules::iptables::{self, ListOptions};
use packetwalk_rules::{Counters, Family, Policy, Rule};

use crate::timeline::Tool;

/// Where the counters stand in a line that `iptables -nvL --line-numbers`
/// prints: behind the number and its blank.
const BEFORE: usize = 5;
/// Two counters of five digits, a blank behind each.
const COUNTERS: usize = 12;

/// A chain as text.
#[derive(Debug)]
pub(super) struct ChainText {
    pub name: Name,
    pub builtin: bool,
    pub policy: Option<Verdict>,
    /// Place of its first rule's counters.
    pub first: usize,
    pub columns: String,
    pub rules: Vec<RuleText>,
    /// The title of a chain that has no policy.
    plain: String,
    tool: Tool,
}

/// A rule as text.
#[derive(Debug)]
pub(super) struct RuleText {
    pub spec: String,
    pub jump: Option<Name>,
    /// What comes behind the counters; but for iptables what comes before them.
    rest: String,
    tool: Tool,
}

/// Both together.
pub(super) fn sum(a: Counters, b: Counters) -> Counters {
    Counters {
        packets: a.packets.saturating_add(b.packets),
        bytes: a.bytes.saturating_add(b.bytes),
    }
}

/// A counter as iptables prints it without `-x`: in thousands of thousands
/// once it has more than five digits.
fn short(number: u64) -> String {
    let mut number = number;
    let mut unit = "";
    if number > 99_999 {
        for next in ["K", "M", "G", "T"] {
            number = number.saturating_add(500) / 1000;
            unit = next;
            if number <= 9999 {
                break;
            }
        }
    }
    format!("{number}{unit}")
}

impl RuleText {
    /// The whole line.
    pub(super) fn line(&self, number: u32, counters: Counters) -> String {
        let Counters { packets, bytes } = counters;
        match self.tool {
            Tool::Ebtables => {
                return format!("{} , pcnt = {packets} -- bcnt = {bytes}", self.rest);
            }
            Tool::Arptables => {
                let (packets, bytes) = (short(packets), short(bytes));
                return format!("{} , pcnt={packets} -- bcnt={bytes} ", self.rest);
            }
            Tool::Iptables => {}
        }
        format!(
            "{number:<4} {:>5} {:>5} {}",
            short(packets),
            short(bytes),
            self.rest
        )
    }
}

impl ChainText {
    /// The line above the rules.
    pub(super) fn title(&self, counters: Counters) -> String {
        let policy = match self.policy {
            Some(_) if self.tool == Tool::Ebtables => return self.plain.clone(),
            Some(Verdict::Drop) => "DROP",
            Some(_) => "ACCEPT",
            None => return self.plain.clone(),
        };
        format!(
            "Chain {} (policy {policy} {} packets, {} bytes)",
            self.name,
            short(counters.packets),
            short(counters.bytes)
        )
    }
}

/// iptables' chains.
pub(super) fn ip(table: &Compiled<Rule>) -> Vec<ChainText> {
    let whole = packetwalk_rules::Table {
        name: (&*table.name).into(),
        chains: table.chains.iter().map(ip_chain).collect(),
    };
    let options = ListOptions {
        verbose: true,
        exact: false,
        line_numbers: true,
    };
    let mut out = Vec::new();
    for chain in &table.chains {
        let text = iptables::list(&whole, Family::V4, Some(&chain.name), options);
        let mut lines = text.lines();
        let plain = lines.next().unwrap_or_default().to_owned();
        let columns = lines.next().unwrap_or_default().to_owned();
        let mut rules = Vec::with_capacity(chain.rules.len());
        for (compiled, line) in chain.rules.iter().zip(lines) {
            // The number takes as many places as it has digits, at least four.
            let number = (rules.len() + 1).to_string().len().max(4) + 1;
            let cut = number.max(BEFORE) + COUNTERS;
            let mut spec = String::new();
            iptables::push_rule(&compiled.rule, &chain.name, Family::V4, false, &mut spec);
            rules.push(RuleText {
                spec,
                jump: jump(&table.chains, compiled.jump),
                rest: line.get(cut..).unwrap_or_default().to_owned(),
                tool: Tool::Iptables,
            });
        }
        out.push(ChainText {
            name: chain.name.clone(),
            builtin: chain.builtin,
            policy: chain.policy,
            first: chain.first,
            columns,
            rules,
            plain,
            tool: Tool::Iptables,
        });
    }
    out
}

fn jump<R>(chains: &[Chain<R>], to: Option<usize>) -> Option<Name> {
    Some(chains.get(to?)?.name.clone())
}

/// The chain as a value again, without counters.
fn ip_chain(chain: &Chain<Rule>) -> packetwalk_rules::Chain {
    packetwalk_rules::Chain {
        name: (&*chain.name).into(),
        policy: chain.policy.map(|policy| match policy {
            Verdict::Drop => Policy::Drop,
            Verdict::Accept | Verdict::Stolen => Policy::Accept,
        }),
        counters: Counters::default(),
        rules: chain
            .rules
            .iter()
            .map(|compiled| Rule {
                counters: Counters::default(),
                ..compiled.rule.clone()
            })
            .collect(),
    }
}

/// arptables' chains.
pub(super) fn arp(table: &Compiled<Rule>) -> Vec<ChainText> {
    let whole = packetwalk_rules::Table {
        name: (&*table.name).into(),
        chains: table.chains.iter().map(ip_chain).collect(),
    };
    let options = ListOptions {
        verbose: true,
        exact: false,
        line_numbers: true,
    };
    let mut out = Vec::new();
    for chain in &table.chains {
        let text = arpt::list(&whole, Some(&chain.name), options);
        let mut lines = text.lines();
        let plain = lines.next().unwrap_or_default().to_owned();
        let mut rules = Vec::with_capacity(chain.rules.len());
        for (compiled, line) in chain.rules.iter().zip(lines) {
            let mut spec = String::new();
            arpt::push_rule(&compiled.rule, &chain.name, &mut spec);
            let (rest, _) = line.rsplit_once(" , pcnt=").unwrap_or((line, ""));
            rules.push(RuleText {
                spec: spec.trim_end().to_owned(),
                jump: jump(&table.chains, compiled.jump),
                rest: rest.to_owned(),
                tool: Tool::Arptables,
            });
        }
        out.push(ChainText {
            name: chain.name.clone(),
            builtin: chain.builtin,
            policy: chain.policy,
            first: chain.first,
            columns: String::new(),
            rules,
            plain,
            tool: Tool::Arptables,
        });
    }
    out
}

/// ebtables' chains.
pub(super) fn eb(table: &Compiled<EbRule>, backend: Backend) -> Vec<ChainText> {
    let whole = ebt::EbTable {
        name: (&*table.name).into(),
        chains: table.chains.iter().map(eb_chain).collect(),
    };
    let mut out = Vec::new();
    for chain in &table.chains {
        let text = ebt::list(&whole, backend, Some(&chain.name), false, true);
        // The table's name and a blank line stand above it.
        let mut lines = text.lines().skip(2);
        let plain = lines.next().unwrap_or_default().to_owned();
        let mut rules = Vec::with_capacity(chain.rules.len());
        for (compiled, line) in chain.rules.iter().zip(lines) {
            let mut spec = format!("-A {}", chain.name);
            let (_, options) = line.split_once(' ').unwrap_or_default();
            let _ = write!(spec, " {options}");
            rules.push(RuleText {
                spec,
                jump: jump(&table.chains, compiled.jump),
                rest: line.to_owned(),
                tool: Tool::Ebtables,
            });
        }
        out.push(ChainText {
            name: chain.name.clone(),
            builtin: chain.builtin,
            policy: chain.policy.filter(|_| chain.builtin),
            first: chain.first,
            columns: String::new(),
            rules,
            plain,
            tool: Tool::Ebtables,
        });
    }
    out
}

fn eb_chain(chain: &Chain<EbRule>) -> ebt::EbChain {
    ebt::EbChain {
        name: (&*chain.name).into(),
        builtin: chain.builtin,
        policy: match chain.policy {
            Some(Verdict::Drop) => EbVerdict::Drop,
            _ => EbVerdict::Accept,
        },
        counters: Counters::default(),
        rules: chain
            .rules
            .iter()
            .map(|compiled| compiled.rule.clone())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_shortened_as_iptables_does() {
        for (number, text) in [
            (0, "0"),
            (99_999, "99999"),
            (100_000, "100K"),
            (9_999_499, "9999K"),
            (9_999_500, "10M"),
        ] {
            assert_eq!(short(number), text);
        }
    }
}
