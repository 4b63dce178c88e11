//! `quota` (net/netfilter/xt_quota.c).

use packetwalk_rules::xt::quota::Quota;

use crate::skb::Skb;
use crate::walk::{Has, WhyNot};
use crate::world::{NsId, World};

use super::Answer;

impl World {
    pub(super) fn match_quota(
        &mut self,
        ns: NsId,
        skb: &Skb,
        wants: &Quota,
        place: (usize, usize, usize),
    ) -> Answer {
        let full = self.rec.full();
        let total = wants.quota.value;
        let left = self
            .ns_mut(ns)
            .nf
            .state
            .quotas
            .entry(place)
            .or_insert(total);
        let before = *left;
        let rest = before.checked_sub(skb.data.len() as u64);
        // A packet that does not fit ends the quota.
        *left = rest.unwrap_or(0);
        if rest.is_some() != wants.quota.inverted {
            return Answer::Yes;
        }
        Answer::No(full.then(|| {
            Box::new(WhyNot {
                option: "--quota".into(),
                inverted: wants.quota.inverted,
                wants: total.to_string(),
                has: Has::Exhausted(before.to_string()),
            })
        }))
    }
}
