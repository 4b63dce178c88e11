//! Targets that change one value of the packet: `TTL`, `TOS`, `DSCP`,
//! `CLASSIFY` (net/netfilter/xt_HL.c, xt_DSCP.c, xt_CLASSIFY.c); and `CT`, `NOTRACK` (xt_CT.c).

use std::sync::Arc;

use packetwalk_rules::xt::Ext;
use packetwalk_rules::xt::classify::Classify;
use packetwalk_rules::xt::ct::Ct;
use packetwalk_rules::xt::tos::{DscpTarget, TosTarget};
use packetwalk_rules::xt::ttl::{Change, TtlTarget};

use crate::conntrack::{CtInfo, CtRef, Template};
use crate::skb::Skb;
use crate::wire::ipv4;

pub(super) fn ttl(skb: &mut Skb, target: &TtlTarget) -> String {
    let old = skb.ip().ttl();
    let new = match target.change {
        Change::Set => target.ttl,
        Change::Increment => old.saturating_add(target.ttl),
        Change::Decrement => old.saturating_sub(target.ttl),
    };
    if new != old {
        ipv4::set_ttl(&mut skb.data, new);
    }
    new.to_string()
}

pub(super) fn tos(skb: &mut Skb, target: &TosTarget) -> String {
    let old = skb.ip().tos();
    let new = (old & !target.mask) ^ target.value;
    ipv4::set_tos(&mut skb.data, new);
    format!("{new:#04x}")
}

pub(super) fn dscp(skb: &mut Skb, target: &DscpTarget) -> String {
    let new = (skb.ip().tos() & 3) | target.dscp << 2;
    ipv4::set_tos(&mut skb.data, new);
    format!("{:#04x}", target.dscp)
}

pub(super) fn classify(skb: &mut Skb, target: &Classify) -> String {
    skb.priority = target.class;
    format!("{:x}:{:x}", target.class >> 16, target.class & 0xffff)
}

/// The packet will belong to no connection (`IP_CT_UNTRACKED`).
pub(super) fn notrack(skb: &mut Skb) {
    if skb.ct.is_none() {
        skb.ct = Some(CtRef {
            id: None,
            info: CtInfo::Untracked,
        });
    }
}

/// `xt_ct_target`: what conntrack shall make of the packet. Only the first such
/// rule counts.
pub(super) fn ct(skb: &mut Skb, target: &Ct) -> String {
    if target.notrack {
        notrack(skb);
    } else if skb.ct.is_none() {
        skb.template = Some(Arc::new(Template::new(target)));
        skb.ct = Some(CtRef {
            id: None,
            info: CtInfo::New,
        });
    }
    let mut effect = String::new();
    target.save(packetwalk_rules::Family::V4, &mut effect);
    effect.trim().to_owned()
}
