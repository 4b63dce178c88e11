//! Connection tracking and NAT.

use crate::netfilter::HookState;
use crate::skb::Skb;
use crate::walk::{CtView, Verdict};
use crate::world::{NsId, World};

/// Identifier of an entry within its namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CtId(pub u32);

/// This packet's relation to its connection (`enum ip_conntrack_info`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CtInfo {
    /// `IP_CT_ESTABLISHED`, original direction.
    Established,
    /// `IP_CT_RELATED`, original direction.
    Related,
    /// `IP_CT_NEW`.
    New,
    /// `IP_CT_ESTABLISHED_REPLY`.
    EstablishedReply,
    /// `IP_CT_RELATED_REPLY`.
    RelatedReply,
    /// `IP_CT_UNTRACKED`: a rule said so; there is no entry.
    Untracked,
}

impl CtInfo {
    /// Does the packet run in the reply direction (`CTINFO2DIR`)?
    pub fn is_reply(self) -> bool {
        matches!(self, Self::EstablishedReply | Self::RelatedReply)
    }
}

/// What a packet knows of its connection (`skb->_nfct`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CtRef {
    /// The entry; `None` for [`CtInfo::Untracked`].
    pub id: Option<CtId>,
    /// The relation.
    pub info: CtInfo,
}

/// A namespace's connection tracking.
#[derive(Clone, Debug, Default)]
pub struct Conntrack {}

impl World {
    /// `nf_conntrack_in`: finds or makes the packet's entry.
    pub fn conntrack_in(&mut self, _ns: NsId, _state: &HookState, _skb: &mut Skb) -> Verdict {
        Verdict::Accept
    }

    /// `nf_confirm`: helper, sequence adjustment, and entry into the table.
    pub fn conntrack_confirm(&mut self, _ns: NsId, _state: &HookState, _skb: &mut Skb) -> Verdict {
        Verdict::Accept
    }

    /// `nf_nat_inet_fn` at this hook: asks the nat table `table` for a new
    /// connection, then rewrites the packet. PREROUTING and OUTPUT translate
    /// destinations, INPUT and POSTROUTING sources.
    pub fn nat_hook(
        &mut self,
        _ns: NsId,
        _state: &HookState,
        _skb: &mut Skb,
        _table: usize,
    ) -> Verdict {
        Verdict::Accept
    }

    /// The packet's connection as a walk shows it.
    pub fn ct_view(&self, _ns: NsId, _skb: &Skb) -> Option<CtView> {
        None
    }
}
