//! Sets of ipset (net/netfilter/ipset/): what a packet is looked up in.
//!
//! An entry is found by its parts. Parts that are networks are looked up for
//! every length that the set holds, the longest first, as the kernel does
//! (`mtype_test_cidrs`). Not modelled: eviction when a set is full
//! (`forceadd`), and entries of IPv6 sets, which no IPv4 packet matches.

mod packet;

use std::collections::HashMap;

use packetwalk_rules::ipset::{Dim, IpSet, Method, Part};

use crate::walk::Name;

/// The sets of a namespace.
#[derive(Clone, Debug, Default)]
pub struct Sets {
    list: Vec<Set>,
    by_name: HashMap<Name, usize>,
}

/// A set.
#[derive(Clone, Debug)]
pub(crate) struct Set {
    /// Name.
    pub name: Name,
    method: Method,
    dims: Box<[Dim]>,
    inet6: bool,
    range: Option<(u32, u32)>,
    mask: u32,
    markmask: u32,
    timeout: Option<u32>,
    counters: bool,
    entries: HashMap<Key, Member>,
    /// Lengths of the prefixes in use, longest first, for each part that is a
    /// network.
    lengths: [Vec<u8>; 2],
    /// Names of devices that stand for all that begin so.
    wildcards: Vec<Name>,
    /// Members of a `list:set`, in order.
    members: Vec<Name>,
}

/// What an entry is found by. Parts that a set does not have are zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Key {
    addr: [u32; 2],
    length: [u8; 2],
    proto: u8,
    port: u16,
    mac: [u8; 6],
    iface: Option<Name>,
    physdev: bool,
    wildcard: bool,
    mark: u32,
}

/// What an entry bears.
#[derive(Clone, Debug, Default)]
struct Member {
    /// When it ends, nanoseconds; `None` for never.
    ends: Option<u64>,
    packets: u64,
    bytes: u64,
    nomatch: bool,
    mark: Option<(u32, u32)>,
    priority: Option<u32>,
}

/// The mask of a prefix.
fn prefix(length: u8) -> u32 {
    u32::MAX
        .checked_shl(32 - u32::from(length.min(32)))
        .unwrap_or(0)
}

impl Sets {
    /// Loads what `ipset save` printed; a set that is there is replaced.
    pub fn load(&mut self, sets: &[IpSet], now: u64) {
        for set in sets {
            let compiled = Set::new(set, now);
            match self.by_name.get(&compiled.name) {
                Some(&at) => {
                    if let Some(place) = self.list.get_mut(at) {
                        *place = compiled;
                    }
                }
                None => {
                    self.by_name.insert(compiled.name.clone(), self.list.len());
                    self.list.push(compiled);
                }
            }
        }
    }

    /// Is there a set of this name?
    pub fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }
}

impl Set {
    fn new(set: &IpSet, now: u64) -> Self {
        let mut new = Self {
            name: Name::from(&*set.name),
            method: set.method,
            dims: set.dims.clone(),
            inet6: set.inet6,
            range: set.range,
            mask: set.mask,
            markmask: set.markmask,
            timeout: set.timeout,
            counters: set.counters,
            entries: HashMap::with_capacity(set.entries.len()),
            lengths: [Vec::new(), Vec::new()],
            wildcards: Vec::new(),
            members: Vec::new(),
        };
        for entry in &set.entries {
            let mut key = Key {
                wildcard: entry.wildcard,
                ..Key::default()
            };
            let mut slot = 0;
            for part in &entry.parts {
                match part {
                    Part::Net(addr, length) => {
                        if let (Some(place), Some(long)) =
                            (key.addr.get_mut(slot), key.length.get_mut(slot))
                        {
                            (*place, *long) = (u32::from(*addr), *length);
                        }
                        slot += 1;
                    }
                    Part::Port(proto, port) => (key.proto, key.port) = (*proto, *port),
                    Part::Mac(mac) => key.mac = mac.unwrap_or_default().0,
                    Part::Iface(name, physdev) => {
                        (key.iface, key.physdev) = (Some(Name::from(&**name)), *physdev);
                    }
                    Part::Mark(mark) => key.mark = *mark,
                    Part::Set(name) => new.members.push(Name::from(&**name)),
                }
            }
            if set.inet6 || set.method == Method::List {
                continue;
            }
            let seconds = entry.timeout.or(set.timeout).unwrap_or(0);
            let member = Member {
                ends: ends(seconds, now),
                packets: entry.counted.0,
                bytes: entry.counted.1,
                nomatch: entry.nomatch,
                mark: entry.mark,
                priority: entry.priority,
            };
            new.insert(key, member);
        }
        new
    }

    fn insert(&mut self, key: Key, member: Member) {
        let nets = self
            .dims
            .iter()
            .filter(|dim| matches!(dim, Dim::Ip | Dim::Net));
        for ((dim, lengths), length) in nets.zip(&mut self.lengths).zip(key.length) {
            if *dim == Dim::Net && !lengths.contains(&length) {
                lengths.push(length);
                lengths.sort_unstable_by(|a, b| b.cmp(a));
            }
        }
        if key.wildcard
            && let Some(name) = &key.iface
            && !self.wildcards.contains(name)
        {
            self.wildcards.push(name.clone());
        }
        self.entries.insert(key, member);
    }

    /// The entry that `probe`, an address in full, falls into.
    fn find(&self, probe: &Key, now: u64) -> Option<Key> {
        // Addresses that are no networks have one length only.
        let whole: &[u8] = &[32];
        let mut slots = [whole, whole];
        let nets = self
            .dims
            .iter()
            .filter(|dim| matches!(dim, Dim::Ip | Dim::Net));
        for ((dim, slot), lengths) in nets.clone().zip(&mut slots).zip(&self.lengths) {
            if *dim == Dim::Net {
                *slot = lengths;
            }
        }
        let used = nets.count();
        let mut key = probe.clone();
        let unused: &[u8] = &[0];
        let [first, second] = slots;
        for &one in if used > 0 { first } else { unused } {
            for &two in if used > 1 { second } else { unused } {
                key.length = [one, two];
                let [a, b] = probe.addr;
                key.addr = [a & prefix(one), b & prefix(two)];
                if self.alive(&key, now) {
                    return Some(key);
                }
                let Some(name) = &probe.iface else { continue };
                for wildcard in self.wildcards.iter().filter(|w| name.starts_with(&***w)) {
                    let wide = Key {
                        iface: Some(wildcard.clone()),
                        wildcard: true,
                        ..key.clone()
                    };
                    if self.alive(&wide, now) {
                        return Some(wide);
                    }
                }
            }
        }
        None
    }

    fn alive(&self, key: &Key, now: u64) -> bool {
        self.entries
            .get(key)
            .is_some_and(|member| member.ends.is_none_or(|ends| ends > now))
    }
}

fn ends(seconds: u32, now: u64) -> Option<u64> {
    (seconds != 0).then(|| now + u64::from(seconds) * 1_000_000_000)
}
