//! What a set does with an entry: takes it, gives it up, finds it
//! (`mtype_add`, `mtype_del`, `mtype_test` of ip_set_hash_gen.h and
//! ip_set_bitmap_gen.h).

use std::sync::Arc;

use super::{Dim, Entry, IpSet, Key, Kind, Method, NEVER, prefix};

/// Why an entry was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is there.
    Exists,
    /// The set is full.
    Full,
    /// The set is full and would drive out an entry (`forceadd`): which one, if
    /// any, hangs on the kernel's random number.
    Evicts,
}

/// A counter of an entry that is to be added, if nothing was said of it.
pub(super) const UNSAID: u64 = u64::MAX;

/// Devices that one network of `hash:net,iface` may stand with.
const MOST_DEVICES: u8 = 64;

impl Entry {
    /// What nobody said of the counters stays as it was (`ip_set_init_counter`).
    pub(super) fn inherit(&mut self, packets: u64, bytes: u64) {
        for (counter, was) in [(&mut self.packets, packets), (&mut self.bytes, bytes)] {
            if *counter == UNSAID {
                *counter = was;
            }
        }
    }

    /// Lets its time run from now.
    pub fn start(&mut self, now: u64) {
        let seconds = u64::from(self.timeout);
        self.ends = match seconds {
            0 => NEVER,
            _ => now.saturating_add(seconds * 1_000_000_000),
        };
    }

    /// Is it there at this time?
    pub fn alive(&self, now: u64) -> bool {
        self.ends > now
    }
}

impl IpSet {
    /// A set as `create` makes it if nothing else is said.
    pub fn new(name: &str, kind: &'static Kind, inet6: bool) -> Self {
        Self {
            name: name.into(),
            kind,
            inet6,
            range: (0, 0),
            netmask: if inet6 { 128 } else { 32 },
            mask: prefix(128, inet6),
            markmask: u32::MAX,
            hashsize: 1024,
            maxelem: 65_536,
            bucketsize: 12,
            initval: None,
            size: 8,
            timeout: None,
            counters: false,
            comment: false,
            skbinfo: false,
            forceadd: false,
            entries: std::collections::BTreeMap::new(),
            members: Vec::new(),
            lengths: [Vec::new(), Vec::new()],
            came: 0,
            left: std::collections::BTreeMap::new(),
        }
    }

    /// Bits of its addresses.
    pub fn bits(&self) -> u8 {
        if self.inet6 { 128 } else { 32 }
    }

    /// The mask of a prefix of its addresses.
    pub fn prefix(&self, length: u8) -> u128 {
        prefix(length, self.inet6)
    }

    /// The longest network in it, which a packet that is added gets
    /// (`INIT_CIDR`).
    pub fn longest(&self, slot: usize) -> u8 {
        let lengths = self.lengths.get(slot).and_then(|list| list.first());
        lengths.map_or(self.bits(), |(length, _)| *length)
    }

    fn count_lengths(&mut self, key: &Key, by: i32) {
        let kind = self.kind;
        let slots = self.lengths.iter_mut().zip(key.length).enumerate();
        for (slot, (list, length)) in slots {
            if !kind.net(slot) {
                continue;
            }
            let place = list.binary_search_by(|(known, _)| length.cmp(known));
            match place {
                Ok(at) => {
                    if let Some((_, count)) = list.get_mut(at) {
                        *count = count.saturating_add_signed(by);
                        if *count == 0 {
                            list.remove(at);
                        }
                    }
                }
                Err(at) if by > 0 => list.insert(at, (length, 1)),
                Err(_) => {}
            }
        }
    }

    /// Entries with the same network on the same kind of device, in the order
    /// in which they came.
    fn group(&self, key: &Key) -> Vec<(&Key, &Entry)> {
        let first = Key {
            iface: None,
            ..key.clone()
        };
        let same = |other: &&Key| {
            (other.addr, other.length, other.physdev) == (key.addr, key.length, key.physdev)
        };
        let mut found: Vec<_> = self
            .entries
            .range(first..)
            .take_while(|(other, _)| same(other))
            .collect();
        crate::sort::by_key(&mut found, |(_, entry)| entry.came);
        found
    }

    /// The entry that counts as equal to this one. A device with `wildcard` is
    /// equal to every one that begins so (`hash_netiface4_data_equal`).
    fn equal(&self, key: &Key) -> Option<Key> {
        if key.iface.is_none() {
            return self.entries.contains_key(key).then(|| key.clone());
        }
        let mut group = self.group(key).into_iter();
        group
            .find(|(known, entry)| same_device(known, entry, key))
            .map(|(known, _)| known.clone())
    }

    /// An entry of `bitmap:ip,mac` ends only once its Ethernet address is known.
    fn waits(&self, entry: &Entry) -> bool {
        self.kind.method == Method::Bitmap && self.kind.has(Dim::Mac) && entry.mac.is_none()
    }

    /// Lets the time of every entry run from now.
    pub fn start(&mut self, now: u64) {
        let waits = self.kind.method == Method::Bitmap && self.kind.has(Dim::Mac);
        let entries = self.entries.values_mut();
        for entry in entries.chain(self.members.iter_mut().map(|(_, entry)| entry)) {
            if !waits || entry.mac.is_some() {
                entry.start(now);
            }
        }
    }

    /// Takes an entry, or gives the one that is there new values if `exist`; its
    /// time runs from now.
    ///
    /// # Errors
    /// Why it did not.
    pub fn add(&mut self, key: Key, entry: Entry, exist: bool, now: u64) -> Result<(), Refusal> {
        if let Some(known) = self.equal(&key) {
            return self.replace(&known, entry, exist, now);
        }
        if self.kind.method == Method::Hash && self.full(now) {
            return Err(if self.forceadd {
                Refusal::Evicts
            } else {
                Refusal::Full
            });
        }
        if key.iface.is_some() {
            let beside = u8::try_from(self.group(&key).len()).unwrap_or(u8::MAX);
            if beside % 2 == 0 && beside >= self.bucketsize {
                if self.bucketsize >= MOST_DEVICES {
                    return Err(Refusal::Full);
                }
                self.bucketsize += 2;
            }
        }
        self.count_lengths(&key, 1);
        self.came += 1;
        let mut entry = Entry {
            came: self.came,
            ..entry
        };
        let (packets, bytes) = self.left.remove(&key).unwrap_or_default();
        entry.inherit(packets, bytes);
        if !self.waits(&entry) {
            entry.start(now);
        }
        self.entries.insert(key, entry);
        Ok(())
    }

    fn full(&mut self, now: u64) -> bool {
        let most = self.maxelem as usize;
        if self.entries.len() >= most && self.timeout.is_some() {
            let dead = self.entries.iter().filter(|(_, entry)| !entry.alive(now));
            let dead: Vec<Key> = dead.map(|(key, _)| key.clone()).collect();
            for key in dead {
                self.count_lengths(&key, -1);
                self.entries.remove(&key);
            }
        }
        self.entries.len() >= most
    }

    fn replace(&mut self, key: &Key, entry: Entry, exist: bool, now: u64) -> Result<(), Refusal> {
        let stored = self.timeout;
        let kind = self.kind;
        let bitmap_mac = kind.method == Method::Bitmap && kind.has(Dim::Mac);
        let Some(known) = self.entries.get_mut(key) else {
            return Err(Refusal::Exists);
        };
        // An address that waits for its Ethernet address takes it, and its time
        // begins (`bitmap_ipmac_do_add`).
        let completes = bitmap_mac && known.mac.is_none() && entry.mac.is_some();
        if !exist && known.alive(now) && !completes {
            return Err(Refusal::Exists);
        }
        let timeout = if completes && Some(entry.timeout) == stored {
            known.timeout
        } else {
            entry.timeout
        };
        let mut entry = entry;
        entry.inherit(known.packets, known.bytes);
        *known = Entry {
            timeout,
            mac: entry.mac.or(known.mac),
            came: known.came,
            wildcard: known.wildcard,
            ..entry
        };
        if !bitmap_mac || known.mac.is_some() {
            known.start(now);
        }
        Ok(())
    }

    /// Gives an entry up; says whether it was there.
    pub fn del(&mut self, key: &Key, now: u64) -> bool {
        let Some(known) = self.equal(key) else {
            return false;
        };
        if self.kind.method == Method::Hash
            && !self.entries.get(&known).is_some_and(|e| e.alive(now))
        {
            return false;
        }
        self.count_lengths(&known, -1);
        let entry = self.entries.remove(&known);
        let alive = entry.as_ref().is_some_and(|entry| entry.alive(now));
        if let Some(entry) = entry {
            self.leave(known, &entry);
        }
        alive
    }

    /// A bitmap keeps the counters of what went (`mtype_add` does not clear them).
    fn leave(&mut self, key: Key, entry: &Entry) {
        if self.kind.method == Method::Bitmap && self.counters {
            self.left.insert(key, (entry.packets, entry.bytes));
        }
    }

    /// Gives all entries up.
    pub fn flush(&mut self) {
        for (key, entry) in std::mem::take(&mut self.entries) {
            self.leave(key, &entry);
        }
        self.members.clear();
        self.lengths = [Vec::new(), Vec::new()];
    }

    /// The entry that an address falls into: the longest network first, the first
    /// address before the second (`mtype_test_cidrs`). An address with a shorter
    /// length is looked up as it stands.
    pub fn find(&self, probe: &Key, now: u64) -> Option<Key> {
        self.find_by(probe, &mut |_, entry| entry.alive(now))
    }

    /// [`find`](Self::find) where more is asked of the entry: the search goes on
    /// behind one that is not accepted.
    pub fn find_by(
        &self,
        probe: &Key,
        accept: &mut dyn FnMut(&Key, &Entry) -> bool,
    ) -> Option<Key> {
        let bits = self.bits();
        let nets = [self.kind.net(0), self.kind.net(1)];
        let slots = nets.iter().zip(&probe.length);
        let whole = slots
            .into_iter()
            .all(|(net, length)| !net || *length == bits);
        if !nets.contains(&true) || !whole {
            return self.hit(probe, accept).ok();
        }
        let [first, second] = &self.lengths;
        let mut key = probe.clone();
        for one in lengths_of(first, nets.first(), probe.length.first()) {
            for two in lengths_of(second, nets.get(1), probe.length.get(1)) {
                key.length = [one, two];
                let [a, b] = probe.addr;
                key.addr = [a & self.prefix(one), b & self.prefix(two)];
                match self.hit(&key, accept) {
                    Ok(found) => return Some(found),
                    // A network that stands there with other devices alone ends
                    // the search: wider networks are not tried.
                    Err(true) => return None,
                    Err(false) => {}
                }
            }
        }
        None
    }

    /// The entry of just this key; else whether its network is there with other
    /// devices.
    fn hit(&self, key: &Key, accept: &mut dyn FnMut(&Key, &Entry) -> bool) -> Result<Key, bool> {
        if key.iface.is_none() {
            let found = self.entries.get_key_value(key);
            let found = found.filter(|(key, entry)| accept(key, entry));
            return found.map(|(key, _)| key.clone()).ok_or(false);
        }
        let mut others = false;
        for (known, entry) in self.group(key) {
            if !same_device(known, entry, key) {
                others = true;
            } else if accept(known, entry) {
                return Ok(known.clone());
            } else {
                others = false;
            }
        }
        Err(others)
    }

    /// An entry to be added, of which nothing is said.
    pub fn blank(&self) -> Entry {
        Entry {
            timeout: self.timeout.unwrap_or(0),
            ends: NEVER,
            packets: UNSAID,
            bytes: UNSAID,
            ..Entry::default()
        }
    }
}

fn same_device(known: &Key, entry: &Entry, key: &Key) -> bool {
    match (&known.iface, &key.iface) {
        (Some(known), Some(name)) if entry.wildcard => name.starts_with(&**known),
        (known, name) => known.as_ref().map(Arc::as_ref) == name.as_ref().map(Arc::as_ref),
    }
}

/// The lengths to try for one address: those in the set if it is a network.
fn lengths_of<'a>(
    list: &'a [(u8, u32)],
    net: Option<&bool>,
    own: Option<&u8>,
) -> impl Iterator<Item = u8> + use<'a> {
    let net = net.copied().unwrap_or(false);
    let single = (!net).then(|| own.copied().unwrap_or(0));
    let list = if net { list } else { &[] };
    single
        .into_iter()
        .chain(list.iter().map(|(length, _)| *length))
}
