//! ebtables (net/bridge/netfilter/): walking a table's chains (`ebt_do_table`).
//! What rules ask stands in `matches`, what they do in `targets`.

mod llc;
mod matches;
mod targets;

use packetwalk_rules::MacAddr as RuleMac;
use packetwalk_rules::ebt::{EbMatch, EbRule, EbTarget, EbVerdict};

use crate::netfilter::HookState;
use crate::netfilter::chains::{self, Asked, Said};
use crate::skb::Skb;
use crate::walk::{Hook, Verdict};
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
    /// `ebt_do_table`: walks the chain of ebtables table number `number`.
    pub fn do_ebtable(
        &mut self,
        ns: NsId,
        number: usize,
        state: &HookState,
        skb: &mut Skb,
    ) -> Verdict {
        let Some(table) = chains::held(&self.ns(ns).nf.tables.eb, number) else {
            return Verdict::Accept;
        };
        let broute = &*table.name == "broute";
        let name = if broute {
            "BROUTING"
        } else {
            state.hook.name()
        };
        let Some(start) = table.chain(name) else {
            return Verdict::Accept;
        };
        let asked = Asked {
            ns,
            number,
            table: &table,
            state,
        };
        asked.enter(self, skb);
        let said = self.walk_eb_chains(&asked, start, skb);
        let verdict = asked.leave(self, skb, said);
        if broute && verdict == Verdict::Drop && state.hook != Hook::Brouting {
            // nft's broute: "routed, not bridged" once the hook is over.
            skb.broute = true;
            return Verdict::Accept;
        }
        verdict
    }

    fn walk_eb_chains(&mut self, asked: &Asked<'_, EbRule>, start: usize, skb: &mut Skb) -> Said {
        let Asked {
            ns,
            number,
            table,
            state,
        } = *asked;
        // Where a RETURN leads: chains, and the rules behind the jumps.
        let mut stack: Vec<(usize, usize)> = Vec::new();
        let (mut at, mut next) = (start, 0);
        loop {
            let Some(chain) = table.chains.get(at) else {
                return (Verdict::Drop, None);
            };
            let place = chain.first + next;
            let Some(entry) = chain.rules.get(next) else {
                self.count_eb(ns, number, place, skb);
                // A user-defined chain may have a policy too, which is final.
                if chain.policy.is_none()
                    && let Some(back) = stack.pop()
                {
                    asked.back(self, skb, || None, &chain.name, back.0);
                    (at, next) = back;
                    continue;
                }
                return asked.policy(self, skb, chain, chain.policy.unwrap_or(Verdict::Accept));
            };
            let here = move || table.rule_ref(chain, next);
            let remembers = (EB_PLACES + number, place);
            let answer = self.eb_rule_matches(ns, state, skb, &entry.rule, remembers);
            match asked.rule(self, skb, chain, next, answer) {
                Ok(true) => {}
                Ok(false) => {
                    next += 1;
                    continue;
                }
                Err(verdict) => return (verdict, Some(here())),
            }
            self.count_eb(ns, number, place, skb);
            if let EbTarget::Jump(_) = &entry.rule.target {
                let Some(to) = entry.jump else {
                    return (Verdict::Drop, Some(here()));
                };
                asked.jump(self, skb, here, to, false);
                stack.push((at, next + 1));
                (at, next) = (to, 0);
                continue;
            }
            let Some(verdict) = self.eb_target(ns, state, skb, &entry.rule.target) else {
                let what = format!("ebtables target of rule {} in {}", next + 1, chain.name);
                self.not_modelled(ns, skb, &what);
                return (Verdict::Stolen, Some(here()));
            };
            let target = &entry.rule.target;
            if !matches!(target, EbTarget::Verdict(_)) {
                asked.target(self, skb, here, target.name(), |out| {
                    target.push_options(out);
                });
            }
            match verdict {
                EbVerdict::Accept => return (Verdict::Accept, Some(here())),
                EbVerdict::Drop => return (Verdict::Drop, Some(here())),
                EbVerdict::Continue => next += 1,
                EbVerdict::Return => {
                    // At the top it means the policy.
                    let back = stack.pop().unwrap_or((at, chain.rules.len()));
                    asked.back(self, skb, || Some(here()), &chain.name, back.0);
                    (at, next) = back;
                }
            }
        }
    }

    fn count_eb(&mut self, ns: NsId, number: usize, place: usize, skb: &Skb) {
        chains::count(
            &mut self.ns_mut(ns).nf.tables.eb,
            number,
            place,
            skb.data.len(),
        );
    }
}
