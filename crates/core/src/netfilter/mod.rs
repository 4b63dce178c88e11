//! Netfilter: hooks sorted by priority, and what is registered at them.
//!
//! Kernel: net/netfilter/core.c. Native nftables rules are not modelled.

mod chains;
pub mod ebtables;
pub mod evaluate;
pub mod hooks;
pub mod matches;
pub mod sets;
pub mod tables;
pub mod targets;

use crate::walk::{Family, Hook};
use crate::world::{DevId, SockId};

pub use hooks::{HookEntry, HookFn, HookTable};

/// Where netfilter is asked, and between which devices
/// (`struct nf_hook_state`).
#[derive(Clone, Copy, Debug)]
pub struct HookState {
    /// Family.
    pub family: Family,
    /// Hook.
    pub hook: Hook,
    /// Input device.
    pub input: Option<DevId>,
    /// Output device.
    pub output: Option<DevId>,
    /// Socket that the hook was called for.
    pub sock: Option<SockId>,
}

impl HookState {
    /// What is put in front of "match" and "target" where something of a rule is not
    /// modelled; of iptables it is nothing.
    pub(crate) fn tool(&self) -> &'static str {
        match self.family {
            Family::Bridge => "ebtables ",
            Family::Arp => "arptables ",
            _ => "",
        }
    }
}

/// A namespace's netfilter: hooks, tables, sets.
#[derive(Clone, Debug, Default)]
pub struct Netfilter {
    /// What is asked where, in which order.
    pub hooks: HookTable,
    /// iptables', ebtables' and arptables' tables.
    pub tables: tables::Tables,
    /// ipset's sets.
    pub sets: sets::Sets,
    /// What matches remember: buckets of `limit`, counts of `statistic`.
    pub state: matches::State,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use packetwalk_rules::Family;
    use packetwalk_rules::xt::{
        MatchKind, TargetKind, kept_match_names, kept_target_names, match_names, target_names,
    };
    use packetwalk_rules::{Match, Target, iptables};

    const DOCS: &str = include_str!("../../../../docs/extensions.md");

    /// What the table below the heading says of each extension.
    fn documented(heading: &str) -> Vec<(&'static str, bool)> {
        let (_, part) = DOCS.split_once(heading).expect("the heading is there");
        let part = part.split("\n## ").next().unwrap_or(part);
        let rows = part.lines().filter_map(|line| {
            let mut cells = line.strip_prefix("| ")?.split(" | ");
            let name = cells.next()?;
            match cells.next()? {
                "modelled" => Some((name, true)),
                "kept" => Some((name, false)),
                _ => None,
            }
        });
        rows.collect()
    }

    #[test]
    fn documentation_says_what_is_modelled() {
        let families = [Family::V4, Family::V6];
        let mut names: BTreeSet<(&str, bool)> = BTreeSet::new();
        for family in families {
            for name in match_names(family) {
                let kind = MatchKind::find(name, family).expect("it has a kind");
                names.insert((name, super::matches::is_modelled(&kind.make(family))));
            }
        }
        let names: Vec<_> = names.into_iter().collect();
        assert_eq!(documented("\n## Matches"), names);

        let mut names: BTreeSet<(&str, bool)> = BTreeSet::new();
        for family in families {
            for name in target_names(family) {
                let kind = TargetKind::find(name, family).expect("it has a kind");
                names.insert((name, super::targets::is_modelled(&kind.make(family))));
            }
        }
        let names: Vec<_> = names.into_iter().collect();
        assert_eq!(documented("\n## Targets"), names);
    }

    /// The names in the sentence that begins so.
    fn listed(beginning: &str) -> BTreeSet<&'static str> {
        let (_, rest) = DOCS.split_once(beginning).expect("the sentence is there");
        let words = rest.split_whitespace();
        let names = words.map_while(|word| word.strip_suffix(','));
        names.collect()
    }

    #[test]
    fn documentation_says_what_is_kept_word_by_word() {
        let families = [Family::V4, Family::V6];
        let names: BTreeSet<&str> = families.into_iter().flat_map(kept_match_names).collect();
        let beginning = "Kept word by word, without a check of their options:";
        assert_eq!(listed(beginning), names);
        let mut names: BTreeSet<&str> = families.into_iter().flat_map(kept_target_names).collect();
        // The documentation says beside it what it does.
        assert!(names.remove("LED"));
        assert_eq!(listed("Kept word by word: "), names);
    }

    #[test]
    fn what_is_kept_word_by_word_is_read() {
        for family in [Family::V4, Family::V6] {
            let rule = |words: &str| {
                let text = format!("*filter\n-A INPUT {words} --some option\nCOMMIT\n");
                let read = iptables::parse(&text, family);
                assert!(
                    read.errors().next().is_none(),
                    "{words}: {:?}",
                    read.diagnostics
                );
                let table = read.value.table("filter").expect("the table is there");
                table
                    .chains
                    .iter()
                    .flat_map(|chain| chain.rules.clone())
                    .next()
            };
            for name in kept_match_names(family) {
                let read = rule(&format!("-m {name}")).expect("there is a rule");
                assert!(matches!(&read.matches[..], [Match::Kept(_)]), "{name}");
            }
            for name in kept_target_names(family) {
                let read = rule(&format!("-j {name}")).expect("there is a rule");
                assert!(matches!(&read.target, Target::Kept(_)), "{name}");
            }
        }
    }
}
