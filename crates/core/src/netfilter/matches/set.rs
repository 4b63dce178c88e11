//! `set` (net/netfilter/xt_set.c).

use packetwalk_rules::xt::set::SetMatch;

use crate::netfilter::HookState;
use crate::skb::Skb;
use crate::walk::{Has, WhyNot};
use crate::world::{NsId, World};

use super::Answer;

impl World {
    pub(super) fn match_set(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &Skb,
        wants: &SetMatch,
    ) -> Answer {
        let set = &wants.set.value;
        let Some(inside) = self.set_test(ns, state, skb, wants) else {
            return Answer::NotModelled(format!("set {}, which was not loaded,", set.name));
        };
        if inside != wants.set.inverted {
            return Answer::Yes;
        }
        Answer::No(self.rec.full().then(|| {
            Box::new(WhyNot {
                option: "--match-set".into(),
                inverted: wants.set.inverted,
                wants: set.name.to_string(),
                has: Has::Value(self.set_shown(ns, state, skb, set)),
            })
        }))
    }
}
