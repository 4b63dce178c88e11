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

/// A namespace's netfilter: hooks, tables, sets.
#[derive(Clone, Debug, Default)]
pub struct Netfilter {
    /// What is asked where, in which order.
    pub hooks: HookTable,
    /// iptables' and ebtables' tables.
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
    use packetwalk_rules::xt::{MatchKind, TargetKind, match_names, target_names};

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
}
