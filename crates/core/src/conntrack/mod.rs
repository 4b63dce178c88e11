//! Connection tracking and NAT.
//!
//! Kernel: net/netfilter/nf_conntrack_core.c and its protocols. Not modelled:
//! helpers other than FTP's and TFTP's, and garbage collection other than by
//! the clock.

mod crc32c;
pub mod entry;
mod expect;
pub mod helper;
pub mod list;
pub mod nat;
mod nat_manip;
mod said;
pub mod sctp;
mod seqadj;
pub mod tcp;
mod template;
#[cfg(test)]
mod tests;
mod track;
pub mod tuple;
mod zone;

use std::collections::HashMap;

use crate::skb::Skb;
use crate::walk::CtView;
use crate::world::{NsId, World};

pub use entry::{Entry, status};
pub use helper::Helper;
pub use template::Template;
pub use tuple::Tuple;
pub use zone::Zone;

/// Identifier of an entry within its namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CtId(pub u32);

/// This packet's relation to its connection (`enum ip_conntrack_info`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CtInfo {
    /// `IP_CT_ESTABLISHED`, original direction.
    Established,
    /// `IP_CT_RELATED`, original direction.
    Related,
    /// `IP_CT_NEW`.
    New,
    /// `IP_CT_ESTABLISHED_REPLY`.
    EstablishedReply,
    /// `IP_CT_RELATED_REPLY`.
    RelatedReply,
    /// `IP_CT_UNTRACKED`: a rule said so; there is no entry.
    Untracked,
}

impl CtInfo {
    /// Does the packet run in the reply direction (`CTINFO2DIR`)?
    pub fn is_reply(self) -> bool {
        matches!(self, Self::EstablishedReply | Self::RelatedReply)
    }

    /// As `--ctstate` names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Established | Self::EstablishedReply => "ESTABLISHED",
            Self::Related | Self::RelatedReply => "RELATED",
            Self::Untracked => "UNTRACKED",
        }
    }
}

/// What a packet knows of its connection (`skb->_nfct`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CtRef {
    /// The entry; `None` for [`CtInfo::Untracked`], and while there is but a
    /// [`Template`].
    pub id: Option<CtId>,
    /// The relation.
    pub info: CtInfo,
}

/// A namespace's connection tracking.
#[derive(Clone, Debug, Default)]
pub struct Conntrack {
    /// Every entry that a packet may still know, by identifier.
    entries: HashMap<CtId, Entry>,
    /// Confirmed entries by both tuples; `true` for the reply's.
    tuples: HashMap<(Tuple, bool), CtId>,
    /// Confirmed entries by source, latest last: NAT gives the same source the
    /// same mapping if it can.
    sources: HashMap<nat::Source, Vec<CtId>>,
    /// Entries that no table holds yet, or any more.
    loose: Vec<CtId>,
    next: u32,
    /// Connections that are expected, latest first.
    expected: Vec<expect::Expectation>,
    /// What NAT's choice among several addresses hangs on.
    secret: Option<u64>,
}

impl Conntrack {
    /// `nf_conntrack_tcp_set_closing`: a reset is on its way to both ends. An
    /// entry that is not confirmed yet keeps its state, as recorded.
    pub(crate) fn set_closing(&mut self, id: CtId) {
        if let Some(entry) = self.entries.get_mut(&id)
            && entry.has(status::CONFIRMED)
            && let Some(tcp) = entry.tcp.as_mut()
        {
            tcp.state = tcp::State::Close;
        }
    }

    /// The entry `id`.
    pub fn get(&self, id: CtId) -> Option<&Entry> {
        self.entries.get(&id)
    }

    /// Confirmed entries, oldest first.
    pub fn confirmed(&self) -> Vec<&Entry> {
        let mut found: Vec<&Entry> = self
            .entries
            .values()
            .filter(|entry| entry.has(status::CONFIRMED) && !entry.has(status::DYING))
            .collect();
        found.sort_by_key(|entry| entry.id);
        found
    }

    /// The confirmed entry with this tuple in `zone`, alive or not, and whether
    /// it is the reply's tuple (`nf_conntrack_find_get`).
    fn find_any(&self, tuple: &Tuple, zone: Zone) -> Option<(CtId, bool)> {
        let get = |reply: bool| {
            let zone = zone.id(reply);
            let id = self.tuples.get(&(Tuple { zone, ..*tuple }, reply))?;
            Some((*id, reply))
        };
        // Within one zone, the reply's tuple stands in front: it was entered last.
        let first = zone.original == zone.reply;
        get(first).or_else(|| get(!first))
    }

    /// The confirmed, living entry with this tuple in `zone`, and whether it is
    /// the reply's tuple.
    pub fn find(&self, tuple: &Tuple, zone: Zone, now: u64) -> Option<(CtId, bool)> {
        let (id, reply) = self.find_any(tuple, zone)?;
        let entry = self.entries.get(&id)?;
        (entry.timeout > now).then_some((id, reply))
    }

    /// The confirmed, living entry that stands in the way of a new one with this
    /// tuple in one direction: the table's chains are by the zone of that
    /// direction, so that one whose number is another in its own is not met
    /// (`__nf_conntrack_confirm`, `hash_conntrack`).
    fn find_beside(&self, tuple: &Tuple, zone: Zone, reply: bool, now: u64) -> Option<CtId> {
        let number = zone.id(reply);
        [true, false]
            .into_iter()
            .filter(|other| zone.id(*other) == number)
            .filter_map(|other| {
                let key = Tuple {
                    zone: number,
                    ..*tuple
                };
                self.tuples.get(&(key, other)).copied()
            })
            .find(|id| {
                self.entries
                    .get(id)
                    .is_some_and(|entry| entry.timeout > now)
            })
    }

    fn add(&mut self, mut entry: Entry) -> CtId {
        self.next += 1;
        let id = CtId(self.next);
        entry.id = id;
        self.entries.insert(id, entry);
        self.loose.push(id);
        id
    }

    /// Enters a confirmed entry that a snapshot shows.
    pub fn insert(&mut self, entry: Entry) {
        let id = self.add(entry);
        self.hash(id);
    }

    fn hash(&mut self, id: CtId) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        entry.status |= status::CONFIRMED;
        self.tuples.insert((entry.original, false), id);
        self.tuples.insert((entry.reply, true), id);
        self.sources
            .entry(nat::Source::of(&entry.original, entry.zone()))
            .or_default()
            .push(id);
        self.loose.retain(|other| *other != id);
    }

    /// Takes an entry out of the table; packets may still know it.
    fn kill(&mut self, id: CtId) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        entry.status |= status::DYING;
        let (original, reply, zone) = (entry.original, entry.reply, entry.zone());
        self.forget_expected(id);
        for key in [(original, false), (reply, true)] {
            if self.tuples.get(&key) == Some(&id) {
                self.tuples.remove(&key);
            }
        }
        let source = nat::Source::of(&original, zone);
        if let Some(list) = self.sources.get_mut(&source) {
            list.retain(|other| *other != id);
        }
        self.loose.push(id);
    }

    /// Takes the entries whose time is over out of the table, oldest first.
    pub(crate) fn take_expired(&mut self, now: u64) -> Vec<Entry> {
        let confirmed = self.confirmed().into_iter();
        let over: Vec<CtId> = confirmed
            .filter(|entry| entry.timeout <= now)
            .map(|entry| entry.id)
            .collect();
        over.into_iter()
            .filter_map(|id| {
                self.kill(id);
                self.entries.get(&id).cloned()
            })
            .collect()
    }

    /// Forgets what no packet knows any more: no packet is under way.
    pub(crate) fn forget_loose(&mut self) {
        for id in self.loose.drain(..) {
            self.entries.remove(&id);
        }
    }
}

impl World {
    /// The packet's connection, if it has one; between the raw table and
    /// conntrack that may be a template.
    pub fn ct_entry<'a>(&'a self, ns: NsId, skb: &'a Skb) -> Option<&'a Entry> {
        match &skb.template {
            Some(template) => Some(&template.entry),
            None => self.ns(ns).ct.entries.get(&skb.ct?.id?),
        }
    }

    /// The packet's connection, to change it.
    pub fn ct_entry_mut(&mut self, ns: NsId, skb: &Skb) -> Option<&mut Entry> {
        let id = skb.ct?.id?;
        self.ns_mut(ns).ct.entries.get_mut(&id)
    }

    /// `nf_ct_attach`: an answer that this machine makes to `about` belongs to
    /// the same connection. If that is none, since the packet was not to be
    /// tracked, the answer is of nobody's: it is tracked, but no rule of the raw
    /// table changes that.
    pub(crate) fn ct_attach(&self, skb: &mut Skb, about: &Skb) {
        skb.ct = about.ct.map(|ct| CtRef {
            id: ct.id,
            info: if ct.info.is_reply() || ct.info == CtInfo::Untracked {
                CtInfo::Related
            } else {
                CtInfo::RelatedReply
            },
        });
    }

    /// The packet's connection as a walk shows it.
    pub fn ct_view(&self, ns: NsId, skb: &Skb) -> Option<CtView> {
        let CtRef { id, info } = skb.ct?;
        let entry = self.ns(ns).ct.entries.get(&id?)?;
        Some(entry.view(info, self.now))
    }
}
