//! Walking a table's chains (`ipt_do_table`, net/ipv4/netfilter/ip_tables.c).

use std::sync::Arc;

use packetwalk_rules::{Rule, Target};

use crate::skb::Skb;
use crate::walk::{Event, LogFormat, LogRecord, Name, RuleRef, Verdict};
use crate::world::{NsId, World};

use super::HookState;
use super::matches::Answer;
use super::tables::{Chain, Compiled};
use super::targets::Done;

/// Most chains that may be entered one from the other: more is a loop, which
/// loading refuses.
const STACK_LIMIT: usize = 1024;

impl World {
    /// `ipt_do_table`: walks the chain of table number `table` at this hook.
    pub fn do_table(
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
            .ip
            .get(table)
            .map(|table| Arc::clone(&table.compiled))
        else {
            return Verdict::Accept;
        };
        let Some(start) = compiled.chain(state.hook.name()) else {
            return Verdict::Accept;
        };
        let mangle_out = &*compiled.name == "mangle" && state.hook == crate::walk::Hook::Output;
        let before = mangle_out.then(|| {
            let ip = skb.ip();
            (ip.src(), ip.dst(), ip.tos(), skb.mark)
        });
        self.enter_table(ns, &compiled.name, state, skb);
        let (verdict, rule) = self.walk_chains(ns, table, &compiled, start, state, skb);
        self.leave_table(ns, &compiled.name, state, skb, verdict, rule);
        // ipt_mangle_out: what routing looked at has changed.
        if let Some(before) = before
            && verdict == Verdict::Accept
        {
            let ip = skb.ip();
            if before != (ip.src(), ip.dst(), ip.tos(), skb.mark)
                && self.route_me_harder(ns, skb).is_err()
            {
                return Verdict::Drop;
            }
        }
        verdict
    }

    /// Writes down that a hook enters a table.
    pub(super) fn enter_table(&mut self, ns: NsId, table: &Name, state: &HookState, skb: &Skb) {
        if self.rec.full() {
            let event = Event::TableEnter {
                family: state.family,
                table: table.clone(),
                hook: state.hook,
            };
            self.step_hook(ns, state, skb, event);
        }
    }

    /// Writes down what a table said, and by which rule.
    pub(super) fn leave_table(
        &mut self,
        ns: NsId,
        table: &Name,
        state: &HookState,
        skb: &Skb,
        verdict: Verdict,
        rule: Option<RuleRef>,
    ) {
        if self.rec.full() {
            let event = Event::TableLeave {
                family: state.family,
                table: table.clone(),
                hook: state.hook,
                verdict,
                rule,
            };
            self.step_hook(ns, state, skb, event);
        }
    }

    fn walk_chains(
        &mut self,
        ns: NsId,
        table: usize,
        compiled: &Compiled<Rule>,
        start: usize,
        state: &HookState,
        skb: &mut Skb,
    ) -> (Verdict, Option<RuleRef>) {
        let mut stack: Vec<(usize, usize)> = Vec::new();
        let mut at = start;
        let mut next = 0;
        loop {
            let Some(chain) = compiled.chains.get(at) else {
                return (Verdict::Drop, None);
            };
            let Some(entry) = chain.rules.get(next) else {
                // The end of the chain.
                self.count(ns, table, chain.first + next, skb);
                self.trace(ns, state, skb, compiled, chain, next, true);
                if let Some(policy) = chain.policy {
                    if self.rec.full() {
                        let event = Event::Policy {
                            table: compiled.name.clone(),
                            chain: chain.name.clone(),
                            verdict: policy,
                        };
                        self.step_hook(ns, state, skb, event);
                    }
                    return (policy, None);
                }
                (at, next) =
                    self.chain_return(ns, state, skb, compiled, at, None, &mut stack, start);
                continue;
            };
            match self.rule_matches(ns, state, skb, &entry.rule, (table, chain.first + next)) {
                Answer::Yes => {
                    if self.rec.full() {
                        let event = Event::Rule {
                            rule: compiled.rule_ref(chain, next),
                            why_not: None,
                        };
                        self.step_hook(ns, state, skb, event);
                    }
                }
                Answer::No(why_not) => {
                    if self.rec.full() {
                        let event = Event::Rule {
                            rule: compiled.rule_ref(chain, next),
                            why_not: why_not.map(|why| *why),
                        };
                        self.step_hook(ns, state, skb, event);
                    }
                    next += 1;
                    continue;
                }
                Answer::HotDrop => return (Verdict::Drop, Some(compiled.rule_ref(chain, next))),
                Answer::NotModelled(what) => {
                    let what = format!(
                        "match {what} of rule {} in {} of table {}",
                        next + 1,
                        chain.name,
                        compiled.name
                    );
                    self.not_modelled(ns, skb, &what);
                    return (Verdict::Stolen, Some(compiled.rule_ref(chain, next)));
                }
            }
            self.count(ns, table, chain.first + next, skb);
            let verdict_rule = matches!(
                entry.rule.target,
                Target::Accept | Target::Drop | Target::Return | Target::Queue
            );
            self.trace(
                ns,
                state,
                skb,
                compiled,
                chain,
                next,
                entry.unconditional && verdict_rule,
            );
            match &entry.rule.target {
                Target::None => next += 1,
                Target::Accept => {
                    return (Verdict::Accept, Some(compiled.rule_ref(chain, next)));
                }
                Target::Drop => return (Verdict::Drop, Some(compiled.rule_ref(chain, next))),
                Target::Return => {
                    let rule = self.rec.full().then(|| compiled.rule_ref(chain, next));
                    if stack.is_empty() {
                        // Back to the built-in chain's end.
                        at = start;
                        next = compiled
                            .chains
                            .get(start)
                            .map_or(0, |chain| chain.rules.len());
                        if let Some(rule) = rule {
                            self.note_return(
                                ns,
                                state,
                                skb,
                                Some(rule),
                                chain.name.clone(),
                                compiled,
                                start,
                            );
                        }
                    } else {
                        (at, next) = self
                            .chain_return(ns, state, skb, compiled, at, rule, &mut stack, start);
                    }
                }
                Target::Jump(jump) => {
                    let Some(to) = entry.jump else {
                        return (Verdict::Drop, Some(compiled.rule_ref(chain, next)));
                    };
                    if self.rec.full()
                        && let Some(target) = compiled.chains.get(to)
                    {
                        let event = Event::Jump {
                            rule: compiled.rule_ref(chain, next),
                            to: target.name.clone(),
                            goto: jump.goto,
                        };
                        self.step_hook(ns, state, skb, event);
                    }
                    if !jump.goto {
                        if stack.len() >= STACK_LIMIT {
                            return (Verdict::Drop, Some(compiled.rule_ref(chain, next)));
                        }
                        stack.push((at, next + 1));
                    }
                    (at, next) = (to, 0);
                }
                target => {
                    let place = compiled.rule_ref(chain, next);
                    match self.run_target(ns, state, skb, target, &place) {
                        Done::Continue => next += 1,
                        Done::Verdict(verdict) => return (verdict, Some(place)),
                    }
                }
            }
        }
    }

    /// Back from a user-defined chain: to the rule behind the jump, or to the
    /// built-in chain's end if there was none (`-g` from it).
    #[allow(clippy::too_many_arguments)]
    fn chain_return(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &Skb,
        compiled: &Compiled<Rule>,
        from: usize,
        rule: Option<RuleRef>,
        stack: &mut Vec<(usize, usize)>,
        start: usize,
    ) -> (usize, usize) {
        let end = compiled
            .chains
            .get(start)
            .map_or(0, |chain| chain.rules.len());
        let back = stack.pop().unwrap_or((start, end));
        if let Some(chain) = compiled.chains.get(from) {
            self.note_return(ns, state, skb, rule, chain.name.clone(), compiled, back.0);
        }
        back
    }

    #[allow(clippy::too_many_arguments)]
    fn note_return(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &Skb,
        rule: Option<RuleRef>,
        from: Name,
        compiled: &Compiled<Rule>,
        to: usize,
    ) {
        if self.rec.full()
            && let Some(to) = compiled.chains.get(to)
        {
            let event = Event::Return {
                rule,
                from,
                to: to.name.clone(),
            };
            self.step_hook(ns, state, skb, event);
        }
    }

    fn count(&mut self, ns: NsId, table: usize, place: usize, skb: &Skb) {
        if let Some(counters) = self
            .ns_mut(ns)
            .nf
            .tables
            .ip
            .get_mut(table)
            .and_then(|table| table.counters.get_mut(place))
        {
            counters.packets += 1;
            counters.bytes += skb.data.len() as u64;
        }
    }

    /// `trace_packet`: a TRACE line, if the packet is being traced. `end` says
    /// that it is an unconditional verdict, which the kernel cannot tell from
    /// a chain's end.
    #[allow(clippy::too_many_arguments)]
    fn trace(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &Skb,
        compiled: &Compiled<Rule>,
        chain: &Chain<Rule>,
        at: usize,
        end: bool,
    ) {
        if !skb.traced {
            return;
        }
        let comment = match (end, chain.builtin) {
            (false, _) => "rule",
            (true, true) => "policy",
            (true, false) => "return",
        };
        let shift = u32::from(self.settings.faults.rule_number_off_by_one);
        let event = Event::Log(LogRecord {
            at: Some(self.hook_point(ns, state, skb)),
            format: LogFormat::Trace {
                table: compiled.name.clone(),
                chain: chain.name.clone(),
                comment: comment.into(),
                rulenum: at as u32 + 1 + shift,
            },
            level: 4,
        });
        self.step_hook(ns, state, skb, event);
    }
}
