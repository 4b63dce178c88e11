//! `connlimit` (net/netfilter/xt_connlimit.c, nf_conncount.c): the connections
//! of an address. Each rule counts what it has seen, and forgets connections
//! that are gone or closed when it counts again.

use std::collections::HashMap;

use packetwalk_rules::Match;
use packetwalk_rules::xt::connlimit::Connlimit;

use crate::conntrack::tcp::State;
use crate::conntrack::{Conntrack, Tuple};
use crate::skb::Skb;
use crate::walk::{Has, WhyNot};
use crate::world::{NsId, World};

use super::{Answer, wanted};

/// Connections by masked address and zone.
pub type Counts = HashMap<(u32, u16), Vec<Tuple>>;

/// Is the connection over (`already_closed`)?
fn closed(ct: &Conntrack, tuple: &Tuple, now: u64) -> bool {
    match ct.find(tuple, now).and_then(|(id, _)| ct.get(id)) {
        None => true,
        Some(entry) => entry
            .tcp
            .as_ref()
            .is_some_and(|tcp| matches!(tcp.state, State::TimeWait | State::Close)),
    }
}

impl World {
    pub(super) fn match_connlimit(
        &mut self,
        ns: NsId,
        skb: &Skb,
        wants: &Connlimit,
        place: (usize, usize, usize),
        found: &Match,
    ) -> Answer {
        let now = self.now;
        let tuple = match self.ct_entry(ns, skb) {
            Some(entry) => entry.original,
            None => match Tuple::of(&skb.ip(), 0) {
                Some(tuple) => tuple,
                None => return Answer::HotDrop,
            },
        };
        let ip = skb.ip();
        let addr = u32::from(if wants.dest { ip.dst() } else { ip.src() });
        let mask = u32::MAX
            .checked_shl(32 - u32::from(wants.mask.min(32)))
            .unwrap_or(0);
        let netns = self.ns_mut(ns);
        let list = netns
            .nf
            .state
            .connections
            .entry(place)
            .or_default()
            .entry((addr & mask, tuple.zone))
            .or_default();
        list.retain(|other| *other != tuple && !closed(&netns.ct, other, now));
        list.push(tuple);
        let count = list.len();
        if (count > wants.limit as usize) == wants.above {
            return Answer::Yes;
        }
        let option = if wants.above {
            "--connlimit-above"
        } else {
            "--connlimit-upto"
        };
        Answer::No(self.rec.full().then(|| {
            Box::new(WhyNot {
                option: option.into(),
                inverted: false,
                wants: wanted(found, option),
                has: Has::Value(count.to_string()),
            })
        }))
    }
}
