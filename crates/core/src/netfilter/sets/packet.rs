//! A packet in a set: looked up, added, deleted (ip_set_core.c: `ip_set_test`,
//! `ip_set_add`, `ip_set_del`; ip_set_list_set.c; xt_set.c).

use packetwalk_rules::addr::MacAddr;
use packetwalk_rules::ipset::{Dim, Entry, IpSet, Key, Method, Refusal};
use packetwalk_rules::xt::set::{CounterOp, CounterTest, SetMatch, SetRef, SetTarget};

use crate::netfilter::HookState;
use crate::skb::Skb;
use crate::walk::Name;
use crate::world::{NsId, World};

use super::Sets;
use super::values::Values;

/// Seconds that `--timeout` gives at most.
const LONGEST: u32 = 2_147_483;

/// How an entry is looked at.
#[derive(Clone, Copy)]
struct Look {
    /// `--return-nomatch`
    return_nomatch: bool,
    /// Does the entry count the packet?
    counts: bool,
    /// Do the counters of a list's members count it?
    counts_below: bool,
    packets: Option<CounterTest>,
    bytes: Option<CounterTest>,
}

/// What a found entry bears for packets: mark, mask and priority.
type Bears = ((u32, u32), u32);

impl Look {
    /// Plain, as a SET target looks.
    const PLAIN: Self = Self {
        return_nomatch: false,
        counts: true,
        counts_below: true,
        packets: None,
        bytes: None,
    };

    fn of(wants: &SetMatch) -> Self {
        Self {
            return_nomatch: wants.return_nomatch,
            counts: !wants.no_update_counters,
            counts_below: !wants.no_update_counters && !wants.no_update_subcounters,
            packets: wants.packets,
            bytes: wants.bytes,
        }
    }

    /// At the sets of a list no counters are compared (`list_set_ktest`).
    fn below(self) -> Self {
        Self {
            counts: self.counts_below,
            packets: None,
            bytes: None,
            ..self
        }
    }

    /// Is the entry accepted? A packet is counted first and compared then
    /// (`ip_set_match_extensions`).
    fn accepts(&self, set: &IpSet, entry: &Entry, bytes: u64, now: u64) -> bool {
        let counted = u64::from(self.counts);
        let packets = entry.packets.wrapping_add(counted);
        let bytes = entry.bytes.wrapping_add(counted * bytes);
        entry.alive(now)
            && (!set.counters || (holds(self.packets, packets) && holds(self.bytes, bytes)))
    }

    fn count(&self, entry: &mut Entry, bytes: u64) {
        if self.counts {
            entry.packets = entry.packets.wrapping_add(1);
            entry.bytes = entry.bytes.wrapping_add(bytes);
        }
    }
}

fn holds(test: Option<CounterTest>, has: u64) -> bool {
    test.is_none_or(|test| match test.op {
        CounterOp::Equal => has == test.value,
        CounterOp::NotEqual => has != test.value,
        CounterOp::Less => has < test.value,
        CounterOp::Greater => has > test.value,
    })
}

impl Sets {
    /// What the entry that the packet is in bears; `None` if it is in none.
    fn test(
        &mut self,
        at: usize,
        values: &Values,
        src: &[bool],
        look: Look,
        now: u64,
    ) -> Option<Bears> {
        let set = self.list.get_mut(at)?;
        if set.kind.method == Method::List {
            return self.test_list(at, values, src, look, now);
        }
        let probe = values.key(set, src, true)?;
        if set.kind.method == Method::Bitmap && set.kind.has(Dim::Mac) {
            return test_mac(set, &probe, values, look, now);
        }
        let mut refused = Vec::new();
        let found = set.find_by(&probe, &mut |key, entry| {
            let accepted = look.accepts(set, entry, values.bytes, now);
            if !accepted && entry.alive(now) {
                refused.push(key.clone());
            }
            accepted
        });
        // An entry whose counters do not fit has counted all the same.
        let touched = refused.iter().chain(&found);
        for key in touched {
            if let Some(entry) = set.entries.get_mut(key).filter(|_| set.counters) {
                look.count(entry, values.bytes);
            }
        }
        let entry = set.entries.get(&found?)?;
        // Sets of networks alone know entries with `nomatch`.
        let exceptions = look.return_nomatch && set.kind.has(Dim::Net);
        (entry.nomatch == exceptions).then_some((entry.mark, entry.priority))
    }

    /// The packet is in a list if it is in one of its sets (`list_set_ktest`).
    fn test_list(
        &mut self,
        at: usize,
        values: &Values,
        src: &[bool],
        look: Look,
        now: u64,
    ) -> Option<Bears> {
        let members = self.list.get(at)?.members.len();
        for nth in 0..members {
            let (name, _) = self.list.get(at)?.members.get(nth)?;
            let Some(bears) = self
                .index(name)
                .and_then(|member| self.test(member, values, src, look.below(), now))
            else {
                continue;
            };
            let list = self.list.get_mut(at)?;
            let fits = list
                .members
                .get(nth)
                .is_some_and(|(_, entry)| look.accepts(list, entry, values.bytes, now));
            let (_, entry) = list.members.get_mut(nth)?;
            if list.counters && entry.alive(now) {
                look.count(entry, values.bytes);
            }
            if fits {
                return Some(if list.skbinfo {
                    (entry.mark, entry.priority)
                } else {
                    bears
                });
            }
        }
        None
    }

    /// Enters the packet into the first set that takes it. `Err` is the name of
    /// a set that would have to let an entry go.
    fn add(
        &mut self,
        at: usize,
        values: &Values,
        set: &SetRef,
        target: &SetTarget,
        now: u64,
    ) -> Result<bool, Name> {
        for at in self.plain(at, now) {
            let Some(found) = self.list.get_mut(at) else {
                continue;
            };
            let Some(mut key) = values.key(found, &set.src, false) else {
                continue;
            };
            let entry = new_entry(found, &mut key, values, target.timeout);
            match found.add(key, entry, target.exist, now) {
                Ok(()) => return Ok(true),
                Err(Refusal::Evicts) => return Err(Name::from(&*found.name)),
                Err(Refusal::Exists | Refusal::Full) => {}
            }
        }
        Ok(false)
    }

    fn del(&mut self, at: usize, values: &Values, set: &SetRef, now: u64) -> bool {
        let places = self.plain(at, now);
        places.into_iter().any(|at| {
            let Some(found) = self.list.get_mut(at) else {
                return false;
            };
            let key = values.key(found, &set.src, false);
            key.is_some_and(|mut key| {
                if found.kind.method == Method::Bitmap {
                    key.mac = [0; 6];
                }
                found.del(&key, now)
            })
        })
    }
}

/// An entry for a packet: it has counted the packet (`IP_SET_INIT_KEXT`). That
/// of a `bitmap:ip,mac` bears the Ethernet address.
fn new_entry(set: &IpSet, key: &mut Key, values: &Values, timeout: Option<u32>) -> Entry {
    let mut entry = set.blank();
    if set.kind.method == Method::Bitmap && set.kind.has(Dim::Mac) {
        entry.mac = Some(MacAddr(std::mem::take(&mut key.mac)));
    }
    if set.timeout.is_some() {
        entry.timeout = timeout.map_or(entry.timeout, |seconds| seconds.min(LONGEST));
    }
    if set.counters {
        (entry.packets, entry.bytes) = (1, values.bytes);
    }
    entry
}

/// `bitmap:ip,mac`: an address that waits for its Ethernet address is a match,
/// and takes it from the packet.
fn test_mac(set: &mut IpSet, probe: &Key, values: &Values, look: Look, now: u64) -> Option<Bears> {
    let mut key = probe.clone();
    let fresh = new_entry(set, &mut key, values, None);
    match set.entries.get(&key)?.mac {
        None => {
            // It waited: nothing else can keep it from being taken.
            let _ = set.add(key, fresh, false, now);
            Some(((0, 0), 0))
        }
        Some(mac) if Some(mac) == fresh.mac => {
            let fits = look.accepts(set, set.entries.get(&key)?, values.bytes, now);
            let entry = set.entries.get_mut(&key)?;
            if set.counters && entry.alive(now) {
                look.count(entry, values.bytes);
            }
            fits.then_some((entry.mark, entry.priority))
        }
        Some(_) => None,
    }
}

impl World {
    /// `ip_set_test`; `None` if there is no set of that name.
    pub(crate) fn set_test(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &Skb,
        wants: &SetMatch,
    ) -> Option<bool> {
        let set = &wants.set.value;
        let at = self.ns(ns).nf.sets.index(&set.name)?;
        let values = self.set_values(ns, state, skb);
        let now = self.now;
        let sets = &mut self.ns_mut(ns).nf.sets;
        Some(
            sets.test(at, &values, &set.src, Look::of(wants), now)
                .is_some(),
        )
    }

    /// What of the packet was looked up, as `ipset test` would write it.
    pub(crate) fn set_shown(&self, ns: NsId, state: &HookState, skb: &Skb, set: &SetRef) -> String {
        let values = self.set_values(ns, state, skb);
        let sets = &self.ns(ns).nf.sets;
        // A list's members tell what is looked up.
        let at = sets.index(&set.name);
        let at = at.and_then(|at| sets.plain(at, self.now).first().copied());
        let dims = at
            .and_then(|at| sets.list.get(at))
            .map_or(&[][..], |set| set.kind.dims);
        let parts: Vec<String> = dims
            .iter()
            .zip(&set.src)
            .map(|(dim, src)| values.shown(*dim, *src))
            .collect();
        parts.join(",")
    }

    /// `SET` (net/netfilter/xt_set.c): gives what it did, or what is not
    /// modelled about it.
    pub(crate) fn set_target(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &mut Skb,
        target: &SetTarget,
    ) -> Result<String, String> {
        let values = self.set_values(ns, state, skb);
        let now = self.now;
        let mut effect = String::new();
        let mut say = |text: &str, name: &str| {
            if !effect.is_empty() {
                effect.push_str(", ");
            }
            effect.push_str(text);
            effect.push(' ');
            effect.push_str(name);
        };
        let sets = &mut self.ns_mut(ns).nf.sets;
        let find = |sets: &Sets, set: &SetRef| {
            let missing = || format!("target SET: set {}, which was not loaded", set.name);
            sets.index(&set.name).ok_or_else(missing)
        };
        if let Some(set) = &target.add {
            let at = find(sets, set)?;
            match sets.add(at, &values, set, target, now) {
                Ok(true) => say("add", &set.name),
                Ok(false) => {}
                Err(name) => return Err(format!("target SET: forceadd of the full set {name}")),
            }
        }
        if let Some(set) = &target.del {
            let at = find(sets, set)?;
            if sets.del(at, &values, set, now) {
                say("del", &set.name);
            }
        }
        if let Some(set) = &target.map {
            let at = find(sets, set)?;
            if let Some(((value, mask), class)) = sets.test(at, &values, &set.src, Look::PLAIN, now)
            {
                if target.map_mark {
                    skb.mark = (skb.mark & !mask) ^ value;
                    say("mark", &format!("{:#x}", skb.mark));
                }
                if target.map_prio {
                    skb.priority = class;
                    say("priority", &format!("{class:#x}"));
                }
            }
        }
        Ok(effect)
    }
}
