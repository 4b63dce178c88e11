//! `MARK` and `CONNMARK` (net/netfilter/xt_mark.c, xt_connmark.c).

use packetwalk_rules::xt::mark::{ConnmarkMode, ConnmarkTarget, MarkTarget};

use crate::skb::Skb;
use crate::world::{NsId, World};

pub(super) fn mark(skb: &mut Skb, target: &MarkTarget) -> String {
    skb.mark = (skb.mark & !target.mask) ^ target.value;
    format!("{:#x}", skb.mark)
}

fn shifted(value: u32, target: &ConnmarkTarget) -> u32 {
    match target.shift {
        None => value,
        Some(shift) if shift.left => value.checked_shl(shift.bits.into()).unwrap_or(0),
        Some(shift) => value.checked_shr(shift.bits.into()).unwrap_or(0),
    }
}

impl World {
    pub(super) fn connmark_target(
        &mut self,
        ns: NsId,
        skb: &mut Skb,
        target: &ConnmarkTarget,
    ) -> String {
        let mark = skb.mark;
        let Some(entry) = self.ct_entry_mut(ns, skb) else {
            return String::new();
        };
        match target.mode {
            ConnmarkMode::Set => {
                let new = (entry.mark & !target.ctmask) ^ target.value;
                entry.mark = shifted(new, target);
                format!("{:#x}", entry.mark)
            }
            ConnmarkMode::Save => {
                let saved = shifted(mark & target.nfmask, target);
                entry.mark = (entry.mark & !target.ctmask) ^ saved;
                format!("{:#x}", entry.mark)
            }
            ConnmarkMode::Restore => {
                let restored = shifted(entry.mark & target.ctmask, target);
                skb.mark = (mark & !target.nfmask) ^ restored;
                format!("{:#x}", skb.mark)
            }
        }
    }
}
