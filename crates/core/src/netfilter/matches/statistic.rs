//! `statistic` (net/netfilter/xt_statistic.c).

use packetwalk_rules::decimal;
use packetwalk_rules::xt::statistic::{Mode, Statistic};

use crate::walk::{Has, WhyNot};
use crate::world::{NsId, World};

use super::Answer;

/// A draw of 31 bits as a number from 0 to 1.
fn share(draw: u32) -> String {
    let mut out = String::new();
    decimal::push_share(draw, 3, &mut out);
    out
}

impl World {
    pub(super) fn match_statistic(
        &mut self,
        ns: NsId,
        wants: &Statistic,
        place: (usize, usize, usize),
    ) -> Answer {
        let full = self.rec.full();
        let (holds, inverted, option, text, has) = match wants.mode {
            Mode::Random => {
                let draw = (self.rng.next_u64() >> 33) as u32;
                (
                    draw < wants.probability.value,
                    wants.probability.inverted,
                    "--probability",
                    share(wants.probability.value),
                    share(draw),
                )
            }
            Mode::Nth => {
                let every = wants.every.value.max(1);
                // The count begins so that packet number `packet` is the one.
                let count = self
                    .ns_mut(ns)
                    .nf
                    .state
                    .counts
                    .entry(place)
                    .or_insert(every - 1 - wants.packet.min(every - 1));
                let seen = *count;
                let holds = seen == every - 1;
                *count = if holds { 0 } else { seen + 1 };
                (
                    holds,
                    wants.every.inverted,
                    "--every",
                    every.to_string(),
                    seen.to_string(),
                )
            }
        };
        if holds != inverted {
            return Answer::Yes;
        }
        Answer::No(full.then(|| {
            Box::new(WhyNot {
                option: option.into(),
                inverted,
                wants: text,
                has: Has::Value(has),
            })
        }))
    }
}
