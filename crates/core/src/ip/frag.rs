//! Fragments: cutting up and putting together.

use crate::netfilter::HookState;
use crate::skb::Skb;
use crate::world::{NsId, World};

/// Fragments that wait for the rest of their datagram.
#[derive(Clone, Debug, Default)]
pub struct FragQueues {}

impl World {
    /// `ipv4_conntrack_defrag`: the whole datagram, or nothing while parts
    /// are missing.
    pub(crate) fn ip_defrag_hook(&mut self, _: NsId, _: &HookState, skb: Skb) -> Option<Skb> {
        Some(skb)
    }
}
