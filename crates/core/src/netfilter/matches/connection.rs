//! `helper`, `cluster` and `connlabel` (net/netfilter/xt_helper.c,
//! xt_cluster.c, xt_connlabel.c).

use packetwalk_rules::xt::cluster::Cluster;
use packetwalk_rules::xt::connlabel::Connlabel;
use packetwalk_rules::xt::helper::Helper;

use crate::skb::Skb;
use crate::walk::{Has, PktType, WhyNot};
use crate::world::{NsId, World};

use super::{Answer, Ask};

/// `helper_mt`: the helper of the connection that announced this one.
pub(super) fn helper(ask: &Ask<'_>, wants: &Helper) -> Answer {
    let ct = &ask.world.ns(ask.ns).ct;
    let entry = ask.world.ct_entry(ask.ns, ask.skb);
    let master = entry.and_then(|entry| ct.get(entry.master?));
    let name = master.and_then(|master| Some(&master.helper.as_ref()?.name));
    let wanted = &*wants.name.value;
    let holds = name.is_some_and(|name| wanted.is_empty() || wanted.starts_with(&**name));
    ask.test(
        holds,
        "--helper",
        wants.name.inverted,
        || wanted.to_owned(),
        || name.map_or(Has::Nothing, |name| Has::Value(name.to_string())),
    )
}

/// `jhash_1word` (include/linux/jhash.h).
fn jhash_1word(word: u32, seed: u32) -> u32 {
    const GOLDEN: u32 = 0xdead_beef;
    let start = seed.wrapping_add(GOLDEN).wrapping_add(1 << 2);
    let (mut a, mut b, mut c) = (start.wrapping_add(word), start, start);
    for (of, with, turn) in [
        (2, 1, 14),
        (0, 2, 11),
        (1, 0, 25),
        (2, 1, 16),
        (0, 2, 4),
        (1, 0, 14),
        (2, 1, 24),
    ] {
        let values = [a, b, c];
        let by = values.get(with).copied().unwrap_or(0);
        let slot = match of {
            0 => &mut a,
            1 => &mut b,
            _ => &mut c,
        };
        *slot = (*slot ^ by).wrapping_sub(by.rotate_left(turn));
    }
    c
}

/// `xt_cluster_mt`: the node that the connection's first sender falls to.
pub(super) fn cluster(ask: &Ask<'_>, wants: &Cluster) -> Answer {
    let option = "--cluster-local-nodemask";
    let wanted = || format!("{:#010x}", wants.nodes);
    // A template is nobody's, so it falls to no node, nor to any other.
    let entry = match ask.world.ct_entry(ask.ns, ask.skb) {
        Some(entry) if ask.skb.template.is_none() => entry,
        _ => return ask.no(option, false, wanted, || Has::NoConnection),
    };
    let std::net::IpAddr::V4(src) = entry.original.src else {
        return ask.no(option, false, wanted, || Has::NoConnection);
    };
    // The kernel hashes the bytes as they lie in memory, on machines that put
    // the lowest first.
    let hash = jhash_1word(u32::from_le_bytes(src.octets()), wants.seed);
    let node = (u64::from(hash) * u64::from(wants.total)) >> 32;
    ask.test(
        wants.nodes & (1 << node) != 0,
        option,
        wants.inverted,
        wanted,
        || Has::Value((node + 1).to_string()),
    )
}

/// `xt_cluster_mt` again: nodes may share a multicast MAC address; so a packet to
/// it, but to one station's IP address, counts from here on as addressed to this
/// machine, whether it falls to it or not.
pub(super) fn cluster_takes(skb: &mut Skb) {
    if skb.pkt_type == PktType::Multicast && !skb.ip().dst().is_multicast() {
        skb.pkt_type = PktType::Host;
    }
}

impl World {
    /// `connlabel_mt`.
    pub(super) fn match_connlabel(&mut self, ns: NsId, skb: &Skb, wants: &Connlabel) -> Answer {
        let bit = 1u128 << wants.label.value;
        let (holds, known) = match self.ct_entry_mut(ns, skb) {
            None => (false, false),
            Some(entry) => {
                if wants.set {
                    entry.labels |= bit;
                }
                (entry.labels & bit != 0, true)
            }
        };
        if holds != wants.label.inverted {
            return Answer::Yes;
        }
        Answer::No(self.rec.full().then(|| {
            Box::new(WhyNot {
                option: "--label".into(),
                inverted: wants.label.inverted,
                wants: wants.label.value.to_string(),
                has: match (known, holds) {
                    (false, _) => Has::NoConnection,
                    (true, true) => Has::Value(wants.label.value.to_string()),
                    (true, false) => Has::Nothing,
                },
            })
        }))
    }
}
