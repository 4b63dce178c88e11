//! Tables, compiled when they are loaded, and where they register.
//!
//! A compiled table is never changed: what counts stands beside it, so that a
//! walk can hold the table while it changes the world.

use std::collections::HashMap;
use std::sync::Arc;

use packetwalk_rules::ebt::{Backend, EbRule, EbTarget, EbVerdict, Ebtables};
use packetwalk_rules::{Counters, Family as RuleFamily, Match, Policy, Rule, Ruleset, Target};

use crate::walk::{Family, Hook, Name, RuleRef, Verdict};

use super::hooks::{HookFn, br_prio, ip_prio};
use super::{HookTable, Netfilter};

/// The tables of a namespace.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// iptables' tables.
    pub ip: Vec<Table<Rule>>,
    /// ebtables' tables.
    pub eb: Vec<Table<EbRule>>,
    /// Which ebtables made them: it fixes where they register.
    pub eb_backend: Backend,
    /// arptables' tables.
    pub arp: Vec<Table<Rule>>,
    /// Are those of x_tables? They count, and ask, in another way.
    pub arp_legacy: bool,
    /// Is anything that needs connection tracking in the rules?
    pub needs_conntrack: bool,
    /// Is anything in the rules that needs fragments put together?
    pub needs_defrag: bool,
    /// Does a rule turn the counting of connections on (`nf_ct_set_acct`)?
    pub needs_accounting: bool,
}

impl Tables {
    /// The tables of a family that iptables' rules are for: arptables' or iptables'.
    pub(super) fn of(&self, family: Family) -> &[Table<Rule>] {
        match family {
            Family::Arp => &self.arp,
            _ => &self.ip,
        }
    }

    /// The same, to count in.
    pub(super) fn of_mut(&mut self, family: Family) -> &mut Vec<Table<Rule>> {
        match family {
            Family::Arp => &mut self.arp,
            _ => &mut self.ip,
        }
    }
}

/// A table and what it has counted.
#[derive(Clone, Debug)]
pub struct Table<R> {
    /// The table, as it was loaded.
    pub compiled: Arc<Compiled<R>>,
    /// Counters by [`Chain::first`] plus the rule's place; behind the last
    /// rule of a chain stands its policy's.
    pub counters: Vec<Counters>,
}

/// A table that does not change any more.
#[derive(Debug)]
pub struct Compiled<R> {
    /// Name.
    pub name: Name,
    /// Chains.
    pub chains: Vec<Chain<R>>,
}

/// A chain.
#[derive(Debug)]
pub struct Chain<R> {
    /// Name.
    pub name: Name,
    /// Policy of a built-in chain; for ebtables also what a user-defined chain
    /// does at its end, which is nothing for RETURN.
    pub policy: Option<Verdict>,
    /// Is it one that a hook enters?
    pub builtin: bool,
    /// Rules.
    pub rules: Vec<CompiledRule<R>>,
    /// Place of its first rule's counters.
    pub first: usize,
}

/// A rule, with its jump found.
#[derive(Debug)]
pub struct CompiledRule<R> {
    /// The rule.
    pub rule: R,
    /// The chain that it jumps to.
    pub jump: Option<usize>,
    /// No condition at all: TRACE calls such a verdict `policy` or `return`.
    pub unconditional: bool,
}

impl<R> Compiled<R> {
    /// The chain with this name.
    pub fn chain(&self, name: &str) -> Option<usize> {
        self.chains.iter().position(|chain| &*chain.name == name)
    }

    /// The place of rule `at` of one of its chains, as a walk names it.
    pub(super) fn rule_ref(&self, chain: &Chain<R>, at: usize) -> RuleRef {
        RuleRef {
            table: self.name.clone(),
            chain: chain.name.clone(),
            number: at as u32 + 1,
        }
    }
}

fn verdict(policy: Policy) -> Verdict {
    match policy {
        Policy::Accept => Verdict::Accept,
        Policy::Drop => Verdict::Drop,
    }
}

impl Netfilter {
    /// Loads the tables of an `iptables-save` or `arptables-save`; what is there stays
    /// if the text does not name it. Gives a sentence for every rule that is kept but not
    /// modelled.
    pub fn load_iptables(&mut self, set: &Ruleset) -> Vec<String> {
        let mut notes = Vec::new();
        let (family, tool) = match set.family {
            RuleFamily::V4 => (Family::Ipv4, ""),
            RuleFamily::Arp => (Family::Arp, "arptables "),
            RuleFamily::V6 => return notes,
        };
        for table in &set.tables {
            let places = places(table.chains.iter().map(|chain| &*chain.name));
            let mut chains = Vec::with_capacity(table.chains.len());
            let mut counters = Vec::new();
            for chain in &table.chains {
                let first = counters.len();
                let mut rules = Vec::with_capacity(chain.rules.len());
                for (at, rule) in chain.rules.iter().enumerate() {
                    counters.push(rule.counters);
                    notes.extend(not_modelled(rule).map(|what| {
                        let (table, chain) = (&table.name, &chain.name);
                        format!("{tool}{table} {chain} rule {}: {what}", at + 1)
                    }));
                    self.provide(rule);
                    rules.push(CompiledRule {
                        jump: match &rule.target {
                            Target::Jump(jump) => places.get(&*jump.chain).copied(),
                            _ => None,
                        },
                        unconditional: is_unconditional(rule),
                        rule: rule.clone(),
                    });
                }
                counters.push(chain.counters);
                chains.push(Chain {
                    name: Name::from(&*chain.name),
                    policy: chain.policy.map(verdict),
                    builtin: chain.policy.is_some(),
                    rules,
                    first,
                });
            }
            if family == Family::Arp {
                self.tables.arp_legacy = packetwalk_rules::arpt::is_legacy(table);
            }
            put(self.tables.of_mut(family), &table.name, chains, counters);
        }
        notes
    }

    /// What a rule needs from the rest of netfilter once it is loaded.
    fn provide(&mut self, rule: &Rule) {
        let needs = &mut self.tables;
        for found in &rule.matches {
            needs.needs_conntrack |= super::matches::needs_conntrack(found);
            needs.needs_defrag |= super::matches::needs_defrag(found);
            needs.needs_accounting |= matches!(found, Match::Connbytes(_));
            if let Match::Hashlimit(wants) = found {
                // The first rule with the name makes the table.
                let tables = &mut self.state.hashlimits;
                if !tables.contains_key(&wants.name) {
                    let table = super::matches::hashlimit_table(wants);
                    tables.insert(wants.name.clone(), table);
                }
            }
        }
        needs.needs_conntrack |= super::targets::needs_conntrack(&rule.target);
        needs.needs_defrag |= matches!(rule.target, Target::Tproxy(_));
    }

    /// Loads the tables of an `ebtables-save`.
    pub fn load_ebtables(&mut self, set: &Ebtables) -> Vec<String> {
        let mut notes = Vec::new();
        self.tables.eb_backend = set.backend;
        for table in &set.tables {
            let places = places(table.chains.iter().map(|chain| &*chain.name));
            let mut chains = Vec::with_capacity(table.chains.len());
            let mut counters = Vec::new();
            for chain in &table.chains {
                let first = counters.len();
                let mut rules = Vec::with_capacity(chain.rules.len());
                for (at, rule) in chain.rules.iter().enumerate() {
                    counters.push(rule.counters);
                    notes.extend(super::ebtables::not_modelled(rule).map(|what| {
                        let (table, chain) = (&table.name, &chain.name);
                        format!("ebtables {table} {chain} rule {}: {what}", at + 1)
                    }));
                    rules.push(CompiledRule {
                        jump: match &rule.target {
                            EbTarget::Jump(name) => places.get(&**name).copied(),
                            _ => None,
                        },
                        unconditional: false,
                        rule: rule.clone(),
                    });
                }
                counters.push(chain.counters);
                chains.push(Chain {
                    name: Name::from(&*chain.name),
                    policy: match chain.policy {
                        EbVerdict::Drop => Some(Verdict::Drop),
                        EbVerdict::Return if !chain.builtin => None,
                        _ => Some(Verdict::Accept),
                    },
                    builtin: chain.builtin,
                    rules,
                    first,
                });
            }
            put(&mut self.tables.eb, &table.name, chains, counters);
        }
        notes
    }

    /// Loads what `ipset save` printed. `now` is the world's time, from which
    /// entries' time to live counts.
    pub fn load_sets(&mut self, sets: &[packetwalk_rules::ipset::IpSet], now: u64) {
        self.sets.load(sets, now);
    }

    /// Registers everything that is loaded at its hooks, as the kernel would.
    pub fn register(&mut self) {
        let mut hooks = HookTable::default();
        self.register_bridge(&mut hooks);
        if self.tables.needs_conntrack || self.tables.needs_defrag {
            for hook in [Hook::Prerouting, Hook::Output] {
                let priority = ip_prio::CONNTRACK_DEFRAG;
                hooks.register(Family::Ipv4, hook, priority, HookFn::Defrag);
            }
        }
        if self.tables.needs_conntrack {
            for (hook, priority, call) in [
                (Hook::Prerouting, ip_prio::CONNTRACK, HookFn::ConntrackIn),
                (Hook::Output, ip_prio::CONNTRACK, HookFn::ConntrackIn),
                (
                    Hook::Postrouting,
                    ip_prio::CONNTRACK_CONFIRM,
                    HookFn::ConntrackConfirm,
                ),
                (
                    Hook::Input,
                    ip_prio::CONNTRACK_CONFIRM,
                    HookFn::ConntrackConfirm,
                ),
            ] {
                hooks.register(Family::Ipv4, hook, priority, call);
            }
        }
        for (at, table) in self.tables.ip.iter().enumerate() {
            let compiled = &table.compiled;
            for (chain, hook) in [
                ("PREROUTING", Hook::Prerouting),
                ("INPUT", Hook::Input),
                ("FORWARD", Hook::Forward),
                ("OUTPUT", Hook::Output),
                ("POSTROUTING", Hook::Postrouting),
            ] {
                if compiled.chain(chain).is_none() {
                    continue;
                }
                let (priority, call) = match &*compiled.name {
                    "raw" => (ip_prio::RAW, HookFn::Table(at)),
                    "mangle" => (ip_prio::MANGLE, HookFn::Table(at)),
                    "filter" => (ip_prio::FILTER, HookFn::Table(at)),
                    "security" => (ip_prio::SECURITY, HookFn::Table(at)),
                    "nat" => match hook {
                        Hook::Prerouting | Hook::Output => (ip_prio::NAT_DST, HookFn::Nat(at)),
                        _ => (ip_prio::NAT_SRC, HookFn::Nat(at)),
                    },
                    _ => continue,
                };
                hooks.register(Family::Ipv4, hook, priority, call);
            }
        }
        for (at, table) in self.tables.arp.iter().enumerate() {
            for hook in [Hook::Input, Hook::Output, Hook::Forward] {
                let chain = table.compiled.chain(hook.name());
                let chain = chain.and_then(|chain| table.compiled.chains.get(chain));
                if chain.is_some_and(|chain| chain.builtin) {
                    hooks.register(Family::Arp, hook, ip_prio::FILTER, HookFn::Table(at));
                }
            }
        }
        self.hooks = hooks;
    }

    fn register_bridge(&self, hooks: &mut HookTable) {
        // br_netfilter is there before any table is.
        for (hook, priority, call) in [
            (Hook::Prerouting, br_prio::BRNF, HookFn::BridgePre),
            (Hook::Input, br_prio::LAST, HookFn::BridgeLocalIn),
            (Hook::Forward, br_prio::BRNF, HookFn::BridgeForward),
            (Hook::Postrouting, br_prio::LAST, HookFn::BridgePost),
        ] {
            hooks.register(Family::Bridge, hook, priority, call);
        }
        hooks.register(
            Family::Ipv4,
            Hook::Prerouting,
            ip_prio::FIRST,
            HookFn::SabotageIn,
        );
        let legacy = self.tables.eb_backend == Backend::Legacy;
        for (at, table) in self.tables.eb.iter().enumerate() {
            let places: &[(Hook, i32)] = match (&*table.compiled.name, legacy) {
                ("broute", true) => &[(Hook::Brouting, br_prio::FIRST)],
                ("broute", false) => &[(Hook::Prerouting, br_prio::FIRST)],
                ("nat", _) => &[
                    (Hook::Prerouting, br_prio::NAT_DST_BRIDGED),
                    (Hook::Output, br_prio::NAT_DST_OTHER),
                    (Hook::Postrouting, br_prio::NAT_SRC),
                ],
                ("filter", true) => &[
                    (Hook::Input, br_prio::FILTER_BRIDGED),
                    (Hook::Forward, br_prio::FILTER_BRIDGED),
                    (Hook::Output, br_prio::FILTER_OTHER),
                ],
                ("filter", false) => &[
                    (Hook::Input, br_prio::FILTER_BRIDGED),
                    (Hook::Forward, br_prio::FILTER_BRIDGED),
                    (Hook::Output, br_prio::FILTER_BRIDGED),
                ],
                _ => &[],
            };
            for (hook, priority) in places {
                hooks.register(Family::Bridge, *hook, *priority, HookFn::EbTable(at));
            }
        }
    }
}

/// What of a rule is not modelled.
fn not_modelled(rule: &Rule) -> impl Iterator<Item = String> + '_ {
    let kept = |found: &&Match| !super::matches::is_modelled(found);
    let matches = rule.matches.iter().filter(kept);
    let matches = matches.map(|found| format!("match {}", found.name()));
    let target = (!super::targets::is_modelled(&rule.target))
        .then(|| format!("target {}", rule.target.name()));
    let timeout = match &rule.target {
        Target::Ct(ct) if !ct.timeout.is_empty() => Some(format!("timeout policy {}", ct.timeout)),
        _ => None,
    };
    matches.chain(target).chain(timeout)
}

/// Where chains stand, by their names: a machine may have thousands.
fn places<'a>(names: impl Iterator<Item = &'a str>) -> HashMap<&'a str, usize> {
    names.enumerate().map(|(at, name)| (name, at)).collect()
}

/// Puts a table in the place of an older one of its name.
fn put<R>(tables: &mut Vec<Table<R>>, name: &str, chains: Vec<Chain<R>>, counters: Vec<Counters>) {
    tables.retain(|old| &*old.compiled.name != name);
    tables.push(Table {
        compiled: Arc::new(Compiled {
            name: Name::from(name),
            chains,
        }),
        counters,
    });
}

/// `unconditional()` of ip_tables.c: no match and nothing asked of the header.
fn is_unconditional(rule: &Rule) -> bool {
    let ip = &rule.ip;
    rule.matches.is_empty()
        && ip.src.is_none()
        && ip.dst.is_none()
        && ip.in_iface.is_none()
        && ip.out_iface.is_none()
        && ip.proto.is_none()
        && ip.fragment.is_none()
        && ip.arp.is_none()
}
