//! Conditions of iptables rules: does it hold, and if not, why not.
//!
//! The header part stands in `ip`, each family of extensions in a file of
//! its own. A condition that has no file here is not modelled: a packet that
//! meets it goes no further.

mod addrtype;
mod arp;
mod bpf;
mod connbytes;
mod connection;
mod connlimit;
mod conntrack;
mod hashlimit;
mod header;
mod icmp;
mod ip;
mod limit;
mod mark;
mod payload;
mod physdev;
mod ports;
mod quota;
mod recent;
mod set;
mod socket;
mod statistic;
mod tcpopts;
mod time;
mod transport;
mod way;

use std::collections::HashMap;

use packetwalk_rules::{Family, IfaceMatch, Match, Rule};

use crate::skb::Skb;
use crate::walk::{Family as HookFamily, Has, Name, WhyNot};
use crate::world::{DevId, NsId, World};

use super::HookState;

/// The table that a `hashlimit` makes.
pub(crate) fn hashlimit_table(
    wants: &packetwalk_rules::xt::hashlimit::Hashlimit,
) -> hashlimit::Table {
    hashlimit::Table::new(wants)
}

/// What matches remember between packets, by the place of their rule.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Bytes left of each `quota`.
    pub quotas: HashMap<(usize, usize, usize), u64>,
    /// Tables of `hashlimit`.
    pub hashlimits: hashlimit::Tables,
    /// What each `connlimit` has counted.
    pub connections: HashMap<(usize, usize, usize), connlimit::Counts>,
    /// Lists of `recent`.
    pub recent: recent::Lists,
    /// Buckets of `limit`.
    pub limits: HashMap<(usize, usize, usize), limit::Bucket>,
    /// Packets counted by `statistic --mode nth`.
    pub counts: HashMap<(usize, usize, usize), u32>,
}

/// Does a condition hold?
#[derive(Debug)]
pub(crate) enum Answer {
    /// It does.
    Yes,
    /// It does not; the reason is there when every step is written down.
    No(Option<Box<WhyNot>>),
    /// The packet is so broken that the match drops it (`hotdrop`).
    HotDrop,
    /// The condition is not modelled.
    NotModelled(String),
}

/// A packet at a rule.
pub(crate) struct Ask<'a> {
    pub world: &'a World,
    pub ns: NsId,
    pub state: &'a HookState,
    pub skb: &'a Skb,
}

impl Ask<'_> {
    /// "No", with its reason if every step is written down.
    pub fn no(
        &self,
        option: &str,
        inverted: bool,
        wants: impl FnOnce() -> String,
        has: impl FnOnce() -> Has,
    ) -> Answer {
        Answer::No(self.world.rec.full().then(|| {
            Box::new(WhyNot {
                option: Name::from(option),
                inverted,
                wants: wants(),
                has: has(),
            })
        }))
    }

    /// Is `dev` a device that a rule wants (`-i`, `-o` and the like)?
    pub fn device(&self, wants: Option<&IfaceMatch>, option: &str, dev: Option<DevId>) -> Answer {
        let Some(wants) = wants else {
            return Answer::Yes;
        };
        let name = dev.map(|dev| &*self.world.dev(self.ns, dev).name);
        self.test(
            wants.fits(name.unwrap_or("")),
            option,
            wants.inverted,
            || wants.name.to_string(),
            || name.map_or(Has::Nothing, |name| Has::Value(name.to_owned())),
        )
    }

    /// `Yes` if `holds` is not `inverted`, else "no".
    pub fn test(
        &self,
        holds: bool,
        option: &str,
        inverted: bool,
        wants: impl FnOnce() -> String,
        has: impl FnOnce() -> Has,
    ) -> Answer {
        if holds != inverted {
            Answer::Yes
        } else {
            self.no(option, inverted, wants, has)
        }
    }
}

/// What a rule wants of `option`, as `iptables-save` prints it.
pub(crate) fn wanted(found: &Match, option: &str) -> String {
    let mut text = String::new();
    found.push_save(Family::V4, &mut text);
    let mut words = text.split(' ').skip_while(|word| *word != option).skip(1);
    words.next().unwrap_or("").to_owned()
}

macro_rules! all {
    ($($answer:expr),* $(,)?) => {{
        $(match $answer {
            Answer::Yes => {}
            other => return other,
        })*
        Answer::Yes
    }};
}
pub(crate) use all;

/// Is this match modelled?
pub(crate) fn is_modelled(found: &Match) -> bool {
    matches!(
        found,
        Match::Addrtype(_)
            | Match::Comment(_)
            | Match::Connbytes(_)
            | Match::Connmark(_)
            | Match::Conntrack(_)
            | Match::Icmp(_)
            | Match::Dscp(_)
            | Match::Iprange(_)
            | Match::Length(_)
            | Match::Limit(_)
            | Match::Mac(_)
            | Match::Mark(_)
            | Match::Multiport(_)
            | Match::Owner(_)
            | Match::Physdev(_)
            | Match::PktType(_)
            | Match::Quota(_)
            | Match::Recent(_)
            | Match::Set(_)
            | Match::State(_)
            | Match::Statistic(_)
            | Match::Tcp(_)
            | Match::Tos(_)
            | Match::Ttl(_)
            | Match::Udp(_)
            | Match::Ah(_)
            | Match::Bpf(_)
            | Match::Cluster(_)
            | Match::Connlabel(_)
            | Match::Connlimit(_)
            | Match::Dccp(_)
            | Match::Devgroup(_)
            | Match::Ecn(_)
            | Match::Esp(_)
            | Match::Hashlimit(_)
            | Match::Helper(_)
            | Match::Ipcomp(_)
            | Match::Policy(_)
            | Match::Realm(_)
            | Match::Rpfilter(_)
            | Match::Sctp(_)
            | Match::Socket(_)
            | Match::String(_)
            | Match::Tcpmss(_)
            | Match::Time(_)
            | Match::U32(_)
    )
}

/// Does this match turn the reassembly of fragments on (`nf_defrag_ipv4_enable`)?
pub(crate) fn needs_defrag(found: &Match) -> bool {
    matches!(found, Match::Socket(_))
}

/// Does this match turn connection tracking on (`nf_ct_netns_get`)?
pub(crate) fn needs_conntrack(found: &Match) -> bool {
    matches!(
        found,
        Match::Cluster(_)
            | Match::Connbytes(_)
            | Match::Connlabel(_)
            | Match::Connlimit(_)
            | Match::Connmark(_)
            | Match::Conntrack(_)
            | Match::Helper(_)
            | Match::State(_)
    )
}

impl World {
    /// Does the rule match? `place` identifies it for matches that remember.
    pub(crate) fn rule_matches(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &mut Skb,
        rule: &Rule,
        place: (usize, usize),
    ) -> Answer {
        let ask = Ask {
            world: self,
            ns,
            state,
            skb,
        };
        let header = match state.family {
            HookFamily::Arp => arp::matches(&ask, &rule.ip, self.ns(ns).nf.tables.arp_legacy),
            _ => ip::matches(&ask, &rule.ip),
        };
        match header {
            Answer::Yes => {}
            other => return other,
        }
        for (number, found) in rule.matches.iter().enumerate() {
            let answer = match found {
                Match::Limit(limit) => {
                    let place = (place.0, place.1, number);
                    self.match_limit(ns, limit.period, limit.burst, place)
                }
                Match::Hashlimit(wants) => self.match_hashlimit(ns, skb, wants),
                Match::Connlimit(wants) => {
                    let place = (place.0, place.1, number);
                    self.match_connlimit(ns, skb, wants, place, found)
                }
                Match::Connlabel(wants) => self.match_connlabel(ns, skb, wants),
                Match::Quota(wants) => self.match_quota(ns, skb, wants, (place.0, place.1, number)),
                Match::Recent(wants) => self.match_recent(ns, state, skb, wants, found),
                Match::Set(wants) => self.match_set(ns, state, skb, wants),
                Match::Statistic(wants) => {
                    self.match_statistic(ns, wants, (place.0, place.1, number))
                }
                other => {
                    if let Match::Cluster(_) = other {
                        connection::cluster_takes(skb);
                    }
                    let ask = Ask {
                        world: self,
                        ns,
                        state,
                        skb,
                    };
                    plain(&ask, other)
                }
            };
            match answer {
                Answer::Yes => {}
                other => return other,
            }
        }
        Answer::Yes
    }
}

/// A match that remembers nothing.
fn plain(ask: &Ask<'_>, found: &Match) -> Answer {
    match found {
        Match::Comment(_) => Answer::Yes,
        Match::Tcp(tcp) => ports::tcp(ask, tcp, found),
        Match::Udp(udp) => ports::udp(ask, udp, found),
        Match::Icmp(icmp) => icmp::matches(ask, icmp, found),
        Match::Conntrack(conntrack) => conntrack::matches(ask, conntrack, found),
        Match::State(state) => conntrack::state(ask, state, found),
        Match::Addrtype(addrtype) => addrtype::matches(ask, addrtype, found),
        Match::Mark(mark) => mark::mark(ask, mark, found),
        Match::Connbytes(wants) => connbytes::matches(ask, wants, found),
        Match::Connmark(mark) => mark::connmark(ask, mark, found),
        Match::Multiport(wants) => header::multiport(ask, wants, found),
        Match::Mac(wants) => header::mac(ask, wants, found),
        Match::Iprange(wants) => header::iprange(ask, wants, found),
        Match::Length(wants) => header::length(ask, wants, found),
        Match::PktType(wants) => header::pkttype(ask, wants, found),
        Match::Ttl(wants) => header::ttl(ask, wants, found),
        Match::Tos(wants) => header::tos(ask, wants, found),
        Match::Dscp(wants) => header::dscp(ask, wants, found),
        Match::Owner(wants) => header::owner(ask, wants, found),
        Match::Physdev(physdev) => physdev::matches(ask, physdev, found),
        Match::Bpf(wants) => bpf::matches(ask, wants, found),
        Match::Ah(wants) => transport::ah(ask, wants, found),
        Match::Cluster(wants) => connection::cluster(ask, wants),
        Match::Dccp(wants) => transport::dccp(ask, wants, found),
        Match::Devgroup(wants) => way::devgroup(ask, wants, found),
        Match::Ecn(wants) => tcpopts::ecn(ask, wants, found),
        Match::Esp(wants) => transport::esp(ask, wants, found),
        Match::Helper(wants) => connection::helper(ask, wants),
        Match::Ipcomp(wants) => transport::ipcomp(ask, wants, found),
        Match::Policy(wants) => way::policy(ask, wants),
        Match::Realm(wants) => way::realm(ask, wants, found),
        Match::Rpfilter(wants) => way::rpfilter(ask, wants),
        Match::Sctp(wants) => transport::sctp(ask, wants, found),
        Match::Socket(wants) => socket::matches(ask, wants),
        Match::String(wants) => payload::string(ask, wants),
        Match::Tcpmss(wants) => tcpopts::tcpmss(ask, wants, found),
        Match::Time(wants) => time::matches(ask, wants, found),
        Match::U32(wants) => payload::u32(ask, wants, found),
        other => Answer::NotModelled(other.name().to_owned()),
    }
}
