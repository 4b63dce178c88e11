//! What walking the chains of iptables and those of ebtables have in common:
//! what is written down of it, and what is counted.

use std::sync::Arc;

use crate::skb::Skb;
use crate::walk::{Event, Name, RuleRef, Verdict};
use crate::world::{NsId, World};

use super::HookState;
use super::matches::Answer;
use super::tables::{Chain, Compiled, Table};

/// A table that is asked what is to become of a packet.
pub(super) struct Asked<'a, R> {
    /// The namespace.
    pub ns: NsId,
    /// The table's number among those of the namespace.
    pub number: usize,
    /// The table.
    pub table: &'a Compiled<R>,
    /// The hook that asks.
    pub state: &'a HookState,
}

/// What a table says: the verdict, and the rule that gave it.
pub(super) type Said = (Verdict, Option<RuleRef>);

impl<R> Asked<'_, R> {
    /// Writes down a step, made only if every step is wanted.
    fn note(&self, world: &mut World, skb: &Skb, event: impl FnOnce() -> Event) {
        if world.rec.full() {
            world.step_hook(self.ns, self.state, skb, event());
        }
    }

    /// The hook enters the table.
    pub fn enter(&self, world: &mut World, skb: &Skb) {
        self.note(world, skb, || Event::TableEnter {
            family: self.state.family,
            table: self.table.name.clone(),
            hook: self.state.hook,
        });
    }

    /// The table has decided.
    pub fn leave(&self, world: &mut World, skb: &Skb, (verdict, rule): Said) -> Verdict {
        self.note(world, skb, || Event::TableLeave {
            family: self.state.family,
            table: self.table.name.clone(),
            hook: self.state.hook,
            verdict,
            rule,
        });
        verdict
    }

    /// Rule `at` of `chain` was asked: does it match, or is the packet's way over?
    pub fn rule(
        &self,
        world: &mut World,
        skb: &Skb,
        chain: &Chain<R>,
        at: usize,
        answer: Answer,
    ) -> Result<bool, Verdict> {
        let (matches, why_not) = match answer {
            Answer::Yes => (true, None),
            Answer::No(why_not) => (false, why_not),
            Answer::HotDrop => return Err(Verdict::Drop),
            Answer::NotModelled(what) => {
                let tool = self.state.tool();
                let what = format!(
                    "{tool}match {what} of rule {} in {} of table {}",
                    at + 1,
                    chain.name,
                    self.table.name
                );
                world.not_modelled(self.ns, skb, &what);
                return Err(Verdict::Stolen);
            }
        };
        self.note(world, skb, || Event::Rule {
            rule: self.table.rule_ref(chain, at),
            why_not: why_not.map(|why| *why),
        });
        Ok(matches)
    }

    /// No rule of `chain` has decided, so its policy does.
    pub fn policy(&self, world: &mut World, skb: &Skb, chain: &Chain<R>, verdict: Verdict) -> Said {
        self.note(world, skb, || Event::Policy {
            table: self.table.name.clone(),
            chain: chain.name.clone(),
            verdict,
        });
        (verdict, None)
    }

    /// The target of `rule` did something; `effect` says it in its options.
    pub fn target(
        &self,
        world: &mut World,
        skb: &Skb,
        rule: impl FnOnce() -> RuleRef,
        name: &str,
        effect: impl FnOnce(&mut String),
    ) {
        self.note(world, skb, || {
            let mut options = String::new();
            effect(&mut options);
            Event::Target {
                rule: rule(),
                target: Name::from(name),
                effect: options.trim().to_owned(),
            }
        });
    }

    /// On to the chain number `to`, by `rule`.
    pub fn jump(
        &self,
        world: &mut World,
        skb: &Skb,
        rule: impl FnOnce() -> RuleRef,
        to: usize,
        goto: bool,
    ) {
        if let Some(target) = self.table.chains.get(to) {
            self.note(world, skb, || Event::Jump {
                rule: rule(),
                to: target.name.clone(),
                goto,
            });
        }
    }

    /// Back from the chain `from` to the chain number `to`: by `rule`, or at the
    /// chain's end.
    pub fn back(
        &self,
        world: &mut World,
        skb: &Skb,
        rule: impl FnOnce() -> Option<RuleRef>,
        from: &Name,
        to: usize,
    ) {
        if let Some(to) = self.table.chains.get(to) {
            self.note(world, skb, || Event::Return {
                rule: rule(),
                from: from.clone(),
                to: to.name.clone(),
            });
        }
    }
}

/// Table number `number`, to be held while it changes the world.
pub(super) fn held<R>(tables: &[Table<R>], number: usize) -> Option<Arc<Compiled<R>>> {
    Some(Arc::clone(&tables.get(number)?.compiled))
}

/// Counts a packet of so many bytes at `place` of table number `number`.
pub(super) fn count<R>(tables: &mut [Table<R>], number: usize, place: usize, bytes: usize) {
    let table = tables.get_mut(number);
    if let Some(counters) = table.and_then(|table| table.counters.get_mut(place)) {
        counters.packets += 1;
        counters.bytes += bytes as u64;
    }
}
