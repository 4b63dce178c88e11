//! `limit`: a token bucket on the simulated clock (net/netfilter/xt_limit.c).

use packetwalk_rules::xt::limit::Limit;

use crate::walk::{Has, WhyNot};
use crate::world::{NsId, World};

use super::Answer;

/// The bucket of one rule.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    /// Credit left, in units of a ten-thousandth of a second.
    credit: u64,
    /// When it was last filled, nanoseconds.
    filled: u64,
}

impl World {
    pub(super) fn match_limit(
        &mut self,
        ns: NsId,
        limit: &Limit,
        place: (usize, usize, usize),
    ) -> Answer {
        let now = self.now;
        let full = self.rec.full();
        // A packet costs `period`; the bucket holds `burst` packets.
        let cost = u64::from(limit.period.max(1));
        let cap = cost * u64::from(limit.burst.max(1));
        let bucket = self
            .ns_mut(ns)
            .nf
            .state
            .limits
            .entry(place)
            .or_insert(Bucket {
                credit: cap,
                filled: now,
            });
        bucket.credit = (bucket.credit + now.saturating_sub(bucket.filled) / 100_000).min(cap);
        bucket.filled = now;
        if bucket.credit >= cost {
            bucket.credit -= cost;
            return Answer::Yes;
        }
        Answer::No(full.then(|| {
            Box::new(WhyNot {
                option: "--limit".into(),
                inverted: false,
                wants: format!("burst {}", limit.burst),
                has: Has::Exhausted(limit.burst.to_string()),
            })
        }))
    }
}
