//! `limit`: a token bucket on the simulated clock (net/netfilter/xt_limit.c, and
//! net/bridge/netfilter/ebt_limit.c, which does the same).

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
    /// Takes a packet's worth out of the bucket of the rule at `place`.
    /// `period` is what one packet costs, in ten-thousandths of a second.
    pub(in crate::netfilter) fn match_limit(
        &mut self,
        ns: NsId,
        period: u32,
        burst: u32,
        place: (usize, usize, usize),
    ) -> Answer {
        let now = self.now;
        let full = self.rec.full();
        // A packet costs `period`; the bucket holds `burst` packets.
        let cost = u64::from(period.max(1));
        let cap = cost * u64::from(burst.max(1));
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
                wants: format!("burst {burst}"),
                has: Has::Exhausted(burst.to_string()),
            })
        }))
    }
}
