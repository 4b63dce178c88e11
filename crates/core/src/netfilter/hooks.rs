//! The one table of hooks that drives everything.
//!
//! Whatever wants to see packets registers here with a family, a hook and a
//! priority; nothing else in this crate knows an order. Kernel: `nf_hook_slow`
//! in net/netfilter/core.c, priorities in
//! include/uapi/linux/netfilter_ipv4.h and netfilter_bridge.h.

use crate::ip::output::SendError;
use crate::skb::Skb;
use crate::walk::{Event, Family, Hook, HookPoint, Verdict};
use crate::world::{NsId, World};

use super::HookState;

/// Priorities of inet hooks (`enum nf_ip_hook_priorities`).
pub mod ip_prio {
    /// First of all.
    pub const FIRST: i32 = i32::MIN;
    /// raw before defragmentation.
    pub const RAW_BEFORE_DEFRAG: i32 = -450;
    /// Defragmentation for conntrack.
    pub const CONNTRACK_DEFRAG: i32 = -400;
    /// raw.
    pub const RAW: i32 = -300;
    /// Conntrack lookup.
    pub const CONNTRACK: i32 = -200;
    /// mangle.
    pub const MANGLE: i32 = -150;
    /// Destination NAT.
    pub const NAT_DST: i32 = -100;
    /// filter.
    pub const FILTER: i32 = 0;
    /// security.
    pub const SECURITY: i32 = 50;
    /// Source NAT.
    pub const NAT_SRC: i32 = 100;
    /// Conntrack helpers.
    pub const CONNTRACK_HELPER: i32 = 300;
    /// Conntrack confirmation.
    pub const CONNTRACK_CONFIRM: i32 = i32::MAX;
}

/// Priorities of bridge hooks (`enum nf_br_hook_priorities`).
pub mod br_prio {
    /// First of all: broute.
    pub const FIRST: i32 = i32::MIN;
    /// nat PREROUTING.
    pub const NAT_DST_BRIDGED: i32 = -300;
    /// filter FORWARD and INPUT.
    pub const FILTER_BRIDGED: i32 = -200;
    /// br_netfilter.
    pub const BRNF: i32 = 0;
    /// nat OUTPUT.
    pub const NAT_DST_OTHER: i32 = 100;
    /// filter OUTPUT (legacy ebtables).
    pub const FILTER_OTHER: i32 = 200;
    /// nat POSTROUTING.
    pub const NAT_SRC: i32 = 300;
    /// Last of all: br_netfilter's POSTROUTING.
    pub const LAST: i32 = i32::MAX;
}

/// What is called at a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookFn {
    /// Defragmentation (`ipv4_conntrack_defrag`).
    Defrag,
    /// An iptables table other than nat, or an arptables table, by its number in the
    /// namespace.
    Table(usize),
    /// Conntrack lookup (`ipv4_conntrack_in`, `ipv4_conntrack_local`).
    ConntrackIn,
    /// Conntrack confirmation (`nf_confirm`).
    ConntrackConfirm,
    /// NAT, with the nat table's number.
    Nat(usize),
    /// An ebtables table, by its number.
    EbTable(usize),
    /// br_netfilter at PREROUTING (`br_nf_pre_routing`).
    BridgePre,
    /// br_netfilter at FORWARD (`br_nf_forward`).
    BridgeForward,
    /// br_netfilter at POSTROUTING (`br_nf_post_routing`).
    BridgePost,
    /// br_netfilter at INPUT (`br_nf_local_in`).
    BridgeLocalIn,
    /// `ip_sabotage_in`: a packet that came up from a bridge has been here.
    SabotageIn,
}

/// A registered hook function.
#[derive(Clone, Copy, Debug)]
pub struct HookEntry {
    /// Lowest first.
    pub priority: i32,
    /// What is called.
    pub call: HookFn,
}

/// All that is registered in a namespace.
#[derive(Clone, Debug, Default)]
pub struct HookTable {
    at: Vec<((Family, Hook), Vec<HookEntry>)>,
}

impl HookTable {
    /// Registers `call`. Among equal priorities the latest comes last
    /// (`nf_hook_entries_grow`).
    pub fn register(&mut self, family: Family, hook: Hook, priority: i32, call: HookFn) {
        let key = (family, hook);
        let at = match self.at.iter().position(|(k, _)| *k == key) {
            Some(at) => at,
            None => {
                self.at.push((key, Vec::new()));
                self.at.len() - 1
            }
        };
        if let Some((_, entries)) = self.at.get_mut(at) {
            let place = entries.partition_point(|entry| entry.priority <= priority);
            entries.insert(place, HookEntry { priority, call });
        }
    }

    /// Takes everything away.
    pub fn clear(&mut self) {
        self.at.clear();
    }

    /// What is registered at a hook, in order.
    pub fn at(&self, family: Family, hook: Hook) -> &[HookEntry] {
        self.at
            .iter()
            .find(|(key, _)| *key == (family, hook))
            .map_or(&[], |(_, entries)| entries)
    }
}

/// What a hook decided, for the caller of [`World::nf_hook`].
#[derive(Debug)]
pub enum HookResult {
    /// Goes on (`okfn`) with this packet.
    Accept(Skb),
    /// Dropped, or taken over by somebody; what a sender is told of it.
    Gone(SendError),
}

impl World {
    /// Asks netfilter (`NF_HOOK`). The packet comes back if it may go on.
    pub fn nf_hook(&mut self, ns: NsId, state: &HookState, skb: Skb) -> HookResult {
        self.nf_hook_from(ns, state, skb, 0)
    }

    /// As [`Self::nf_hook`], from the `start`th function on.
    pub fn nf_hook_from(
        &mut self,
        ns: NsId,
        state: &HookState,
        mut skb: Skb,
        start: usize,
    ) -> HookResult {
        if self.ns(ns).nf.hooks.at(state.family, state.hook).len() <= start {
            return HookResult::Accept(skb);
        }
        if self.rec.full() && start == 0 {
            let point = self.hook_point(ns, state, &skb);
            self.step_hook(ns, state, &skb, Event::HookEnter(point));
        }
        let mut at = start;
        while let Some(&entry) = self.ns(ns).nf.hooks.at(state.family, state.hook).get(at) {
            at += 1;
            let verdict = match entry.call {
                HookFn::Defrag => match self.ip_defrag_hook(ns, state, skb) {
                    Some(whole) => {
                        skb = whole;
                        Verdict::Accept
                    }
                    None => return HookResult::Gone(SendError::Perm),
                },
                HookFn::Table(table) => self.do_table(ns, table, state, &mut skb),
                HookFn::ConntrackIn => self.conntrack_in(ns, state, &mut skb),
                HookFn::ConntrackConfirm => self.conntrack_confirm(ns, state, &mut skb),
                HookFn::Nat(table) => self.nat_hook(ns, state, &mut skb, table),
                HookFn::EbTable(table) => self.do_ebtable(ns, table, state, &mut skb),
                // br_netfilter goes to the IP hooks and comes back here.
                HookFn::BridgePre => match self.br_nf_pre_routing(ns, state, skb) {
                    Some(back) => {
                        skb = back;
                        Verdict::Accept
                    }
                    None => return HookResult::Gone(SendError::Perm),
                },
                HookFn::BridgeForward => match self.br_nf_forward(ns, state, skb) {
                    Some(back) => {
                        skb = back;
                        Verdict::Accept
                    }
                    None => return HookResult::Gone(SendError::Perm),
                },
                HookFn::BridgePost => match self.br_nf_post_routing(ns, state, skb) {
                    Some(back) => {
                        skb = back;
                        Verdict::Accept
                    }
                    None => return HookResult::Gone(SendError::Perm),
                },
                HookFn::BridgeLocalIn => self.br_nf_local_in(ns, state, &mut skb),
                HookFn::SabotageIn => {
                    if self.ip_sabotage_in(ns, state, &mut skb) {
                        return HookResult::Accept(skb);
                    }
                    Verdict::Accept
                }
            };
            if verdict != Verdict::Accept {
                self.hook_leave(ns, state, &skb, verdict);
                // NF_DROP_ERR, or EPERM without one.
                let error = skb.unroutable.map_or(SendError::Perm, SendError::Route);
                return HookResult::Gone(error);
            }
        }
        self.hook_leave(ns, state, &skb, Verdict::Accept);
        HookResult::Accept(skb)
    }

    fn hook_leave(&mut self, ns: NsId, state: &HookState, skb: &Skb, verdict: Verdict) {
        if !self.rec.full() {
            return;
        }
        let event = Event::HookLeave {
            family: state.family,
            hook: state.hook,
            verdict,
        };
        self.step_hook(ns, state, skb, event);
        if verdict == Verdict::Drop {
            let reason = crate::walk::DropReason::NetfilterDrop;
            self.drop_skb(ns, skb, reason, None);
        }
    }

    /// The hook's devices by name, for a walk and for log lines.
    pub fn hook_point(&self, ns: NsId, state: &HookState, skb: &Skb) -> HookPoint {
        let name = |dev: Option<_>| dev.map(|dev| self.dev(ns, dev).name.clone());
        let bridge = skb.bridge.as_ref();
        HookPoint {
            family: state.family,
            hook: state.hook,
            input: name(state.input),
            output: name(state.output),
            physin: name(bridge.and_then(|info| info.physin)),
            physout: name(bridge.and_then(|info| info.physout)),
        }
    }
}
