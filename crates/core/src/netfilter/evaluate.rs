//! Walking a table's chains (`ipt_do_table`, net/ipv4/netfilter/ip_tables.c).

use packetwalk_rules::{Rule, Target};

use crate::skb::Skb;
use crate::walk::{Event, Family, Hook, LogFormat, LogRecord, RuleRef, Verdict};
use crate::wire::eth::ETH_HLEN;
use crate::world::{NsId, World};

use super::HookState;
use super::chains::{self, Asked, Said};
use super::tables::Chain;
use super::targets::Done;

/// Most chains that may be entered one from the other: more is a loop, which
/// loading refuses.
const STACK_LIMIT: usize = 1024;

impl World {
    /// `ipt_do_table`: walks the chain of table number `number` at this hook.
    pub fn do_table(
        &mut self,
        ns: NsId,
        number: usize,
        state: &HookState,
        skb: &mut Skb,
    ) -> Verdict {
        let Some(table) = chains::held(self.ns(ns).nf.tables.of(state.family), number) else {
            return Verdict::Accept;
        };
        let Some(start) = table.chain(state.hook.name()) else {
            return Verdict::Accept;
        };
        let mangle_out = &*table.name == "mangle" && state.hook == Hook::Output;
        let before = mangle_out.then(|| {
            let ip = skb.ip();
            (ip.src(), ip.dst(), ip.tos(), skb.mark)
        });
        let asked = Asked {
            ns,
            number,
            table: &table,
            state,
        };
        asked.enter(self, skb);
        let said = self.walk_chains(&asked, start, skb);
        let verdict = asked.leave(self, skb, said);
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

    fn walk_chains(&mut self, asked: &Asked<'_, Rule>, start: usize, skb: &mut Skb) -> Said {
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
                self.count(asked, place, skb);
                self.trace(asked, skb, chain, next, true);
                if let Some(policy) = chain.policy {
                    return asked.policy(self, skb, chain, policy);
                }
                (at, next) = self.chain_return(asked, skb, chain, || None, &mut stack, start);
                continue;
            };
            let here = move || table.rule_ref(chain, next);
            let answer = self.rule_matches(ns, state, skb, &entry.rule, (number, place));
            match asked.rule(self, skb, chain, next, answer) {
                Ok(true) => {}
                Ok(false) => {
                    next += 1;
                    continue;
                }
                Err(verdict) => return (verdict, Some(here())),
            }
            self.count(asked, place, skb);
            let verdict_rule = matches!(
                entry.rule.target,
                Target::Accept | Target::Drop | Target::Return | Target::Queue
            );
            self.trace(asked, skb, chain, next, entry.unconditional && verdict_rule);
            match &entry.rule.target {
                Target::None => next += 1,
                Target::Accept => return (Verdict::Accept, Some(here())),
                Target::Drop => return (Verdict::Drop, Some(here())),
                Target::Return => {
                    let rule = || Some(here());
                    (at, next) = self.chain_return(asked, skb, chain, rule, &mut stack, start);
                }
                Target::Jump(jump) => {
                    let Some(to) = entry.jump else {
                        return (Verdict::Drop, Some(here()));
                    };
                    asked.jump(self, skb, here, to, jump.goto);
                    if !jump.goto {
                        if stack.len() >= STACK_LIMIT {
                            return (Verdict::Drop, Some(here()));
                        }
                        stack.push((at, next + 1));
                    }
                    (at, next) = (to, 0);
                }
                target => {
                    let place = here();
                    match self.run_target(ns, state, skb, target, &place) {
                        Done::Continue => next += 1,
                        Done::Verdict(verdict) => return (verdict, Some(place)),
                    }
                }
            }
        }
    }

    /// Back from a chain: to the rule behind the jump, or to the end of the
    /// built-in chain number `start` if there was none (`-g` from it, or RETURN
    /// in it).
    fn chain_return(
        &mut self,
        asked: &Asked<'_, Rule>,
        skb: &Skb,
        from: &Chain<Rule>,
        rule: impl FnOnce() -> Option<RuleRef>,
        stack: &mut Vec<(usize, usize)>,
        start: usize,
    ) -> (usize, usize) {
        let back = stack.pop().unwrap_or_else(|| {
            let chain = asked.table.chains.get(start);
            (start, chain.map_or(0, |chain| chain.rules.len()))
        });
        asked.back(self, skb, rule, &from.name, back.0);
        back
    }

    fn count(&mut self, asked: &Asked<'_, Rule>, place: usize, skb: &Skb) {
        let tables = &mut self.ns_mut(asked.ns).nf.tables;
        let bytes = match (asked.state.family, asked.state.hook) {
            // Of what is longer x_tables counts no more (`arpt_do_table`); nf_tables
            // counts the frame's header where it is there already (`arp_create`).
            (Family::Arp, _) if tables.arp_legacy => crate::wire::arp::LEN,
            (Family::Arp, Hook::Output) => skb.data.len() + ETH_HLEN,
            _ => skb.data.len(),
        };
        chains::count(
            tables.of_mut(asked.state.family),
            asked.number,
            place,
            bytes,
        );
    }

    /// `trace_packet`: a TRACE line, if the packet is being traced. `end` says
    /// that it is an unconditional verdict, which the kernel cannot tell from
    /// a chain's end.
    fn trace(
        &mut self,
        asked: &Asked<'_, Rule>,
        skb: &Skb,
        chain: &Chain<Rule>,
        at: usize,
        end: bool,
    ) {
        // nf_tables traces ARP to a program alone, x_tables not at all.
        if !skb.traced || asked.state.family == Family::Arp {
            return;
        }
        let comment = match (end, chain.builtin) {
            (false, _) => "rule",
            (true, true) => "policy",
            (true, false) => "return",
        };
        let shift = u32::from(self.settings.faults.rule_number_off_by_one);
        let event = Event::Log(LogRecord {
            at: Some(self.hook_point(asked.ns, asked.state, skb)),
            format: LogFormat::Trace {
                table: asked.table.name.clone(),
                chain: chain.name.clone(),
                comment: comment.into(),
                rulenum: at as u32 + 1 + shift,
            },
            level: 4,
        });
        self.step_hook(asked.ns, asked.state, skb, event);
    }
}
