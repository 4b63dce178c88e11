//! br_netfilter: bridged frames before the IP hooks.

use crate::netfilter::HookState;
use crate::skb::Skb;
use crate::world::{NsId, World};

impl World {
    /// `br_nf_pre_routing`.
    pub(crate) fn br_nf_pre_routing(&mut self, _: NsId, _: &HookState, skb: Skb) -> Option<Skb> {
        Some(skb)
    }
    /// `br_nf_forward`.
    pub(crate) fn br_nf_forward(&mut self, _: NsId, _: &HookState, skb: Skb) -> Option<Skb> {
        Some(skb)
    }
    /// `br_nf_post_routing`.
    pub(crate) fn br_nf_post_routing(&mut self, _: NsId, _: &HookState, skb: Skb) -> Option<Skb> {
        Some(skb)
    }
    /// `ip_sabotage_in`: `true` when the packet has been through these hooks.
    pub(crate) fn ip_sabotage_in(&mut self, _: NsId, _: &HookState, _: &mut Skb) -> bool {
        false
    }
}
