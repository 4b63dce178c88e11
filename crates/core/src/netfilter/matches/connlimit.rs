//! `connlimit` (net/netfilter/xt_connlimit.c, nf_conncount.c): the connections
//! of an address. Each rule counts what it has seen, and forgets connections
//! that are gone or closed when it counts again.

use std::collections::HashMap;

use packetwalk_rules::Match;
use packetwalk_rules::xt::connlimit::Connlimit;

use crate::conntrack::tcp::State;
use crate::conntrack::{Conntrack, Entry, Tuple, Zone};
use crate::skb::Skb;
use crate::walk::{Has, WhyNot};
use crate::world::{NsId, World};

use super::{Answer, wanted};

/// Connections by masked address and zone.
pub type Counts = HashMap<(u32, u16), Vec<(Tuple, Zone)>>;

/// Is the connection over (`already_closed`)?
fn closed(ct: &Conntrack, (tuple, zone): &(Tuple, Zone), now: u64) -> bool {
    match ct.find(tuple, *zone, now).and_then(|(id, _)| ct.get(id)) {
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
        let entry = self.ct_entry(ns, skb);
        let zone = entry.map(Entry::zone).unwrap_or_default();
        let tuple = entry.map_or_else(|| Tuple::of(&skb.ip()), |entry| Some(entry.original));
        let Some(tuple) = tuple else {
            return Answer::HotDrop;
        };
        let own = (tuple, zone);
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
            .entry((addr & mask, zone.number()))
            .or_default();
        list.retain(|other| *other != own && !closed(&netns.ct, other, now));
        list.push(own);
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
