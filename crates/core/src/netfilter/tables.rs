//! The tables of iptables and ebtables, compiled, and their evaluation.

use crate::netfilter::HookState;
use crate::skb::Skb;
use crate::walk::Verdict;
use crate::world::{NsId, World};

/// The tables of a namespace.
#[derive(Clone, Debug, Default)]
pub struct Tables {}

impl World {
    /// `ipt_do_table`: walks the chain of table number `table` at this hook.
    pub fn do_table(
        &mut self,
        _ns: NsId,
        _table: usize,
        _state: &HookState,
        _skb: &mut Skb,
    ) -> Verdict {
        Verdict::Accept
    }

    /// `ebt_do_table`: the same for ebtables.
    pub fn do_ebtable(
        &mut self,
        _ns: NsId,
        _table: usize,
        _state: &HookState,
        _skb: &mut Skb,
    ) -> Verdict {
        Verdict::Accept
    }
}
