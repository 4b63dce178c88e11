//! ebtables (net/bridge/netfilter/): walking a table's chains (`ebt_do_table`).
//! What rules ask stands in `matches`, what they do in `targets`.

mod llc;
mod matches;
mod targets;

use std::sync::Arc;

use packetwalk_rules::MacAddr as RuleMac;
use packetwalk_rules::ebt::{EbMatch, EbRule, EbTarget, EbVerdict};

use crate::netfilter::HookState;
use crate::netfilter::matches::Answer;
use crate::netfilter::tables::Compiled;
use crate::skb::Skb;
use crate::walk::{Event, RuleRef, Verdict};
use crate::wire::eth::MacAddr;
use crate::world::{NsId, World};

/// Places of rules that remember something are told apart from iptables' by
/// this, added to the table's number.
const EB_PLACES: usize = 1 << 16;

/// What of a rule is not modelled.
pub(super) fn not_modelled(rule: &EbRule) -> impl Iterator<Item = String> + '_ {
    let matches = rule.matches.iter().filter_map(|found| match found {
        EbMatch::Kept(ext) => Some(format!("match {}", ext.name)),
        _ => None,
    });
    let target = match &rule.target {
        EbTarget::Kept(ext) => Some(format!("target {}", ext.name)),
        _ => None,
    };
    matches.chain(target)
}

/// A rule's address as frames hold it.
fn mac(mac: RuleMac) -> MacAddr {
    MacAddr(mac.0)
}

impl World {
    /// `ebt_do_table`: walks the chain of ebtables table number `table`.
    pub fn do_ebtable(
        &mut self,
        ns: NsId,
        table: usize,
        state: &HookState,
        skb: &mut Skb,
    ) -> Verdict {
        let Some(compiled) = self
            .ns(ns)
            .nf
            .tables
            .eb
            .get(table)
            .map(|table| Arc::clone(&table.compiled))
        else {
            return Verdict::Accept;
        };
        let broute = &*compiled.name == "broute";
        let name = if broute {
            "BROUTING"
        } else {
            state.hook.name()
        };
        let Some(start) = compiled.chain(name) else {
            return Verdict::Accept;
        };
        self.enter_table(ns, &compiled.name, state, skb);
        let (verdict, rule) = self.walk_eb_chains(ns, table, &compiled, start, state, skb);
        self.leave_table(ns, &compiled.name, state, skb, verdict, rule);
        if broute && verdict == Verdict::Drop && state.hook != crate::walk::Hook::Brouting {
            // nft's broute: "routed, not bridged" once the hook is over.
            skb.broute = true;
            return Verdict::Accept;
        }
        verdict
    }

    fn walk_eb_chains(
        &mut self,
        ns: NsId,
        table: usize,
        compiled: &Compiled<EbRule>,
        start: usize,
        state: &HookState,
        skb: &mut Skb,
    ) -> (Verdict, Option<RuleRef>) {
        let mut stack: Vec<(usize, usize)> = Vec::new();
        let (mut at, mut next) = (start, 0);
        loop {
            let Some(chain) = compiled.chains.get(at) else {
                return (Verdict::Drop, None);
            };
            let Some(entry) = chain.rules.get(next) else {
                self.count_eb(ns, table, chain.first + next, skb);
                // A user-defined chain may have a policy too, which is final.
                if chain.policy.is_none()
                    && let Some(back) = stack.pop()
                {
                    if self.rec.full() {
                        let event = Event::Return {
                            rule: None,
                            from: chain.name.clone(),
                            to: compiled
                                .chains
                                .get(back.0)
                                .map_or_else(|| "".into(), |chain| chain.name.clone()),
                        };
                        self.step_hook(ns, state, skb, event);
                    }
                    (at, next) = back;
                    continue;
                }
                let policy = chain.policy.unwrap_or(Verdict::Accept);
                if self.rec.full() {
                    let event = Event::Policy {
                        table: compiled.name.clone(),
                        chain: chain.name.clone(),
                        verdict: policy,
                    };
                    self.step_hook(ns, state, skb, event);
                }
                return (policy, None);
            };
            let answer = self.eb_rule_matches(
                ns,
                state,
                skb,
                &entry.rule,
                (EB_PLACES + table, chain.first + next),
            );
            let rule = compiled.rule_ref(chain, next);
            match answer {
                Answer::Yes => {
                    if self.rec.full() {
                        let event = Event::Rule {
                            rule: rule.clone(),
                            why_not: None,
                        };
                        self.step_hook(ns, state, skb, event);
                    }
                }
                Answer::No(why_not) => {
                    if self.rec.full() {
                        let event = Event::Rule {
                            rule,
                            why_not: why_not.map(|why| *why),
                        };
                        self.step_hook(ns, state, skb, event);
                    }
                    next += 1;
                    continue;
                }
                Answer::HotDrop => return (Verdict::Drop, Some(rule)),
                Answer::NotModelled(what) => {
                    let what = format!(
                        "ebtables match {what} of rule {} in {} of table {}",
                        next + 1,
                        chain.name,
                        compiled.name
                    );
                    self.not_modelled(ns, skb, &what);
                    return (Verdict::Stolen, Some(rule));
                }
            }
            self.count_eb(ns, table, chain.first + next, skb);
            let verdict = match &entry.rule.target {
                EbTarget::Jump(_) => match entry.jump {
                    Some(to) => {
                        if self.rec.full()
                            && let Some(target) = compiled.chains.get(to)
                        {
                            let event = Event::Jump {
                                rule,
                                to: target.name.clone(),
                                goto: false,
                            };
                            self.step_hook(ns, state, skb, event);
                        }
                        stack.push((at, next + 1));
                        (at, next) = (to, 0);
                        continue;
                    }
                    None => return (Verdict::Drop, Some(rule)),
                },
                target => match self.eb_target(ns, state, skb, target) {
                    Some(verdict) => verdict,
                    None => {
                        let what =
                            format!("ebtables target of rule {} in {}", next + 1, chain.name);
                        self.not_modelled(ns, skb, &what);
                        return (Verdict::Stolen, Some(rule));
                    }
                },
            };
            match verdict {
                EbVerdict::Accept => return (Verdict::Accept, Some(rule)),
                EbVerdict::Drop => return (Verdict::Drop, Some(rule)),
                EbVerdict::Continue => next += 1,
                EbVerdict::Return => match stack.pop() {
                    Some(back) => (at, next) = back,
                    None => {
                        // At the top it means the policy.
                        next = chain.rules.len();
                    }
                },
            }
        }
    }

    fn count_eb(&mut self, ns: NsId, table: usize, place: usize, skb: &Skb) {
        if let Some(counters) = self
            .ns_mut(ns)
            .nf
            .tables
            .eb
            .get_mut(table)
            .and_then(|table| table.counters.get_mut(place))
        {
            counters.packets += 1;
            counters.bytes += skb.data.len() as u64;
        }
    }
}
