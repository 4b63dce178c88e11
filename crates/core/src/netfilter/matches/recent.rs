//! `recent` (net/netfilter/xt_recent.c): lists of addresses by name, shared by
//! all rules of a namespace. Not modelled: a list's limits in number (100
//! addresses, 20 to 65535 times each, by module parameters).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

use packetwalk_rules::Match;
use packetwalk_rules::xt::recent::{Act, Recent};

use crate::netfilter::HookState;
use crate::skb::Skb;
use crate::walk::{Has, WhyNot};
use crate::world::{NsId, World};

use super::{Answer, wanted};

/// Lists by name.
pub type Lists = HashMap<Box<str>, HashMap<Ipv4Addr, Seen>>;

/// When an address was seen.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// TTL of the last packet.
    ttl: u8,
    /// Times, nanoseconds, oldest first.
    times: Vec<u64>,
}

/// How many times of an address are kept.
const TIMES: usize = 256;

impl World {
    pub(super) fn match_recent(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &Skb,
        wants: &Recent,
        found: &Match,
    ) -> Answer {
        let (now, full) = (self.now, self.rec.full());
        let ip = skb.ip();
        let IpAddr::V4(mask) = wants.mask else {
            return Answer::Yes;
        };
        let addr = if wants.dest { ip.dst() } else { ip.src() };
        let addr = Ipv4Addr::from(u32::from(addr) & u32::from(mask));
        // The TTL as it was before forwarding counted it down.
        let own = skb.full != crate::skb::FullSock::None;
        let ttl = if state.output.is_some() && !own {
            ip.ttl().wrapping_add(1)
        } else {
            ip.ttl()
        };
        let lists = &mut self.ns_mut(ns).nf.state.recent;
        if !lists.contains_key(&wants.name) {
            lists.insert(wants.name.clone(), HashMap::new());
        }
        let Some(list) = lists.get_mut(&wants.name) else {
            return Answer::Yes;
        };
        let known = list
            .get(&addr)
            .is_some_and(|seen| !wants.rttl || seen.ttl == ttl || ttl == 0 || seen.ttl == 0);
        let mut hits = 0;
        let holds = match wants.act {
            Act::Set => {
                see(list.entry(addr).or_default(), now, ttl);
                true
            }
            Act::Remove => known && list.remove(&addr).is_some(),
            Act::Check | Act::Update => match list.get_mut(&addr).filter(|_| known) {
                None => false,
                Some(seen) => {
                    let since = u64::from(wants.seconds) * 1_000_000_000;
                    let fresh = |time: &&u64| wants.seconds == 0 || **time + since >= now;
                    hits = seen.times.iter().filter(fresh).count();
                    let enough = hits >= wants.hitcount.max(1) as usize;
                    if wants.reap {
                        seen.times.retain(|time| *time + since >= now);
                    }
                    // What counts for --update is the outcome, negation included.
                    if wants.act == Act::Update && enough != wants.inverted {
                        see(seen, now, ttl);
                    }
                    enough
                }
            },
        };
        if holds != wants.inverted {
            return Answer::Yes;
        }
        let option = match wants.act {
            Act::Set => "--set",
            Act::Check if wants.hitcount > 1 => "--hitcount",
            Act::Update if wants.hitcount > 1 => "--hitcount",
            Act::Check => "--rcheck",
            Act::Update => "--update",
            Act::Remove => "--remove",
        };
        Answer::No(full.then(|| {
            Box::new(WhyNot {
                option: option.into(),
                inverted: wants.inverted,
                wants: if option == "--hitcount" {
                    wanted(found, option)
                } else {
                    wants.name.to_string()
                },
                has: if option == "--hitcount" {
                    Has::Value(hits.to_string())
                } else {
                    Has::Value(addr.to_string())
                },
            })
        }))
    }
}

fn see(seen: &mut Seen, now: u64, ttl: u8) {
    seen.ttl = ttl;
    if seen.times.len() >= TIMES {
        seen.times.remove(0);
    }
    seen.times.push(now);
}
