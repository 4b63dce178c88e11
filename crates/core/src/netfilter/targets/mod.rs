//! What a matching rule does, beyond ACCEPT, DROP, RETURN and jumps.

mod arp;
mod divert;
mod header;
mod kept;
mod mark;
mod nat;
mod reject;
mod tcp;

use packetwalk_rules::Target;
use packetwalk_rules::xt::log::Log;

use crate::conntrack::Helper;
use crate::skb::Skb;
use crate::walk::{Event, LogFormat, LogRecord, Name, RuleRef, Verdict};
use crate::world::{NsId, World};

use super::HookState;

/// What becomes of the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// `XT_CONTINUE`: on to the next rule.
    Continue,
    /// The table has decided.
    Verdict(Verdict),
}

/// Is this target modelled?
pub(crate) fn is_modelled(target: &Target) -> bool {
    if kept::is_silent(target) {
        return true;
    }
    matches!(
        target,
        Target::None
            | Target::Accept
            | Target::Drop
            | Target::Return
            | Target::Jump(_)
            | Target::Classify(_)
            | Target::Connmark(_)
            | Target::Dnat(_)
            | Target::Dscp(_)
            | Target::Ecn(_)
            | Target::Log(_)
            | Target::Mangle(_)
            | Target::Mark(_)
            | Target::Masquerade(_)
            | Target::Netmap(_)
            | Target::Notrack(_)
            | Target::Redirect(_)
            | Target::Reject(_)
            | Target::Set(_)
            | Target::Snat(_)
            | Target::Tcpmss(_)
            | Target::Tcpoptstrip(_)
            | Target::Tee(_)
            | Target::Tos(_)
            | Target::Tproxy(_)
            | Target::Trace(_)
            | Target::Ttl(_)
    ) || matches!(target, Target::Ct(ct) if ct.helper.is_empty() || Helper::named(&ct.helper).is_some())
}

/// Does this target turn connection tracking on (`nf_ct_netns_get`)?
pub(crate) fn needs_conntrack(target: &Target) -> bool {
    // NOTRACK alone tracks nothing (`xt_ct_tg_check`).
    if let Target::Ct(ct) = target {
        return !ct.notrack;
    }
    matches!(
        target,
        Target::Connmark(_)
            | Target::Netmap(_)
            | Target::Dnat(_)
            | Target::Masquerade(_)
            | Target::Redirect(_)
            | Target::Snat(_)
    )
}

impl World {
    /// Runs the target of a rule that matched.
    pub(crate) fn run_target(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &mut Skb,
        target: &Target,
        place: &RuleRef,
    ) -> Done {
        match target {
            Target::Trace(_) => {
                skb.traced = true;
                self.note_target(ns, state, skb, target, place, String::new());
                Done::Continue
            }
            Target::Log(log) => {
                self.log_target(ns, state, skb, log);
                Done::Continue
            }
            Target::Mark(mark) => {
                let effect = mark::mark(skb, mark);
                self.note_target(ns, state, skb, target, place, effect);
                Done::Continue
            }
            Target::Connmark(_) if skb.template.is_some() => {
                // It would mark what every packet of that CT rule is given.
                self.not_modelled(ns, skb, "target CONNMARK between CT and conntrack");
                Done::Verdict(Verdict::Stolen)
            }
            Target::Connmark(connmark) => {
                let effect = self.connmark_target(ns, skb, connmark);
                self.note_target(ns, state, skb, target, place, effect);
                Done::Continue
            }
            Target::Reject(reject) => {
                self.reject_target(ns, state, skb, reject.with);
                let effect = reject::name(reject.with).to_owned();
                self.note_target(ns, state, skb, target, place, effect);
                Done::Verdict(Verdict::Drop)
            }
            Target::Ttl(ttl) => {
                let effect = header::ttl(skb, ttl);
                self.note_target(ns, state, skb, target, place, effect);
                Done::Continue
            }
            Target::Tos(tos) => {
                let effect = header::tos(skb, tos);
                self.note_target(ns, state, skb, target, place, effect);
                Done::Continue
            }
            Target::Dscp(dscp) => {
                let effect = header::dscp(skb, dscp);
                self.note_target(ns, state, skb, target, place, effect);
                Done::Continue
            }
            Target::Notrack(_) => {
                header::notrack(skb);
                self.note_target(ns, state, skb, target, place, String::new());
                Done::Continue
            }
            Target::Ct(ct) if is_modelled(target) => {
                let effect = header::ct(skb, ct);
                self.note_target(ns, state, skb, target, place, effect);
                Done::Continue
            }
            Target::Snat(_)
            | Target::Dnat(_)
            | Target::Masquerade(_)
            | Target::Redirect(_)
            | Target::Netmap(_) => {
                let verdict = self.nat_target(ns, state, skb, target);
                let mut effect = String::new();
                target.push_save(packetwalk_rules::Family::V4, &mut effect);
                self.note_target(ns, state, skb, target, place, effect.trim().to_owned());
                Done::Verdict(verdict)
            }
            Target::Set(set) => match self.set_target(ns, state, skb, set) {
                Ok(effect) => {
                    self.note_target(ns, state, skb, target, place, effect);
                    Done::Continue
                }
                Err(what) => {
                    self.not_modelled(ns, skb, &what);
                    Done::Verdict(Verdict::Stolen)
                }
            },
            Target::Classify(classify) => {
                let effect = header::classify(skb, classify);
                self.note_target(ns, state, skb, target, place, effect);
                Done::Continue
            }
            Target::Mangle(wants) => {
                let done = arp::mangle(skb, wants);
                let mut effect = String::new();
                target.push_options(packetwalk_rules::Family::Arp, &mut effect);
                self.note_target(ns, state, skb, target, place, effect.trim().to_owned());
                done
            }
            Target::Tcpmss(wants) => {
                let (verdict, effect) = self.tcpmss_target(ns, skb, wants);
                self.note_target(ns, state, skb, target, place, effect);
                verdict.map_or(Done::Continue, Done::Verdict)
            }
            Target::Tcpoptstrip(wants) => {
                let (verdict, effect) = tcp::strip(skb, wants);
                self.note_target(ns, state, skb, target, place, effect);
                verdict.map_or(Done::Continue, Done::Verdict)
            }
            Target::Ecn(wants) => {
                let (verdict, effect) = tcp::ecn(skb, wants);
                self.note_target(ns, state, skb, target, place, effect);
                verdict.map_or(Done::Continue, Done::Verdict)
            }
            Target::Tee(tee) => {
                self.note_target(ns, state, skb, target, place, tee.gateway.to_string());
                self.tee_target(ns, state, skb, tee);
                Done::Continue
            }
            Target::Tproxy(tproxy) => match self.tproxy_target(ns, state, skb, tproxy) {
                Ok(verdict) => {
                    self.note_target(ns, state, skb, target, place, String::new());
                    Done::Verdict(verdict)
                }
                Err(why) => {
                    self.not_modelled(ns, skb, &format!("target TPROXY: {why}"));
                    Done::Verdict(Verdict::Stolen)
                }
            },
            silent if kept::is_silent(silent) => {
                self.note_target(ns, state, skb, target, place, String::new());
                Done::Continue
            }
            other => {
                let what = format!(
                    "{}target {} of rule {} in {} of table {}",
                    state.tool(),
                    other.name(),
                    place.number,
                    place.chain,
                    place.table
                );
                self.not_modelled(ns, skb, &what);
                Done::Verdict(Verdict::Stolen)
            }
        }
    }

    fn note_target(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &Skb,
        target: &Target,
        place: &RuleRef,
        effect: String,
    ) {
        if self.rec.full() {
            let event = Event::Target {
                rule: place.clone(),
                target: Name::from(target.name()),
                effect,
            };
            self.step_hook(ns, state, skb, event);
        }
    }

    /// `LOG` (net/netfilter/xt_LOG.c).
    fn log_target(&mut self, ns: NsId, state: &HookState, skb: &Skb, log: &Log) {
        let flags = u8::from(log.tcp_sequence)
            | u8::from(log.tcp_options) << 1
            | u8::from(log.ip_options) << 2
            | u8::from(log.uid) << 3
            | u8::from(log.macdecode) << 5;
        let event = Event::Log(LogRecord {
            at: Some(self.hook_point(ns, state, skb)),
            format: LogFormat::Log {
                prefix: Name::from(&*log.prefix),
                flags,
            },
            level: log.level,
        });
        self.step_hook(ns, state, skb, event);
    }
}
