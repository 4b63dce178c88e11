//! Sets of ipset (net/netfilter/ipset/): what a packet is looked up in.
//!
//! What a set does with an entry is `packetwalk_rules::ipset`; here stand the
//! sets of a namespace, and what of a packet is looked up in them. Not modelled:
//! which entry has to go when a set with `forceadd` is full (said when it comes
//! to that); that a hash has no room for an entry though it is not full, which
//! hangs on a random number; queues (`--map-queue`), which change nothing that
//! is seen.

mod packet;
mod values;

use std::collections::HashMap;

use packetwalk_rules::ipset::{IpSet, Method};

use crate::walk::Name;

/// The sets of a namespace.
#[derive(Clone, Debug, Default)]
pub struct Sets {
    list: Vec<IpSet>,
    by_name: HashMap<Name, usize>,
}

impl Sets {
    /// Loads what `ipset save` printed; a set that is there is replaced. Entries'
    /// time runs from `now`.
    pub fn load(&mut self, sets: &[IpSet], now: u64) {
        for set in sets {
            let mut set = set.clone();
            set.start(now);
            match self.index(&set.name) {
                Some(at) => {
                    if let Some(place) = self.list.get_mut(at) {
                        *place = set;
                    }
                }
                None => {
                    self.by_name.insert(Name::from(&*set.name), self.list.len());
                    self.list.push(set);
                }
            }
        }
    }

    /// Is there a set of this name?
    pub fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The sets that a name stands for: itself, or those that a list holds at
    /// this time.
    fn plain(&self, at: usize, now: u64) -> Vec<usize> {
        match self.list.get(at) {
            Some(set) if set.kind.method == Method::List => {
                let members = set.members.iter().filter(|(_, entry)| entry.alive(now));
                members.filter_map(|(name, _)| self.index(name)).collect()
            }
            _ => vec![at],
        }
    }
}
