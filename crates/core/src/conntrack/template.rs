//! What a `CT` rule of the raw table gives a packet on its way to conntrack
//! (`nf_ct_tmpl_alloc`, net/netfilter/xt_CT.c): which zone, which helper.
//!
//! Not modelled: timeout policies (`--timeout`): no snapshot holds what they
//! say, so a connection has the usual ones. `--ctevents` and `--expevents`
//! change what listeners are told, and nothing else.

use std::net::{IpAddr, Ipv4Addr};

use packetwalk_rules::xt::ct::{Ct, Zone as Wanted, ZoneDir};

use super::{Entry, Helper, Tuple};

/// A template: to matches that look between the raw table and conntrack, a
/// connection of nobody.
#[derive(Clone, Debug)]
pub struct Template {
    /// The connection that it pretends to be.
    pub entry: Entry,
    /// The zone that the packet's connection will be in.
    pub zone: Option<(ZoneDir, Wanted)>,
}

impl Template {
    /// The template of a rule.
    pub fn new(rule: &Ct) -> Self {
        let nobody = Tuple {
            src: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            dst: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            proto: 0,
            sport: 0,
            dport: 0,
            zone: 0,
        };
        let mut entry = Entry::between(nobody, nobody);
        entry.timeout = 0;
        entry.helper = Helper::named(&rule.helper);
        Self {
            entry,
            zone: rule.zone,
        }
    }
}
