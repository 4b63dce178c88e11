//! What multicast snooping looks at before a frame to a group goes on
//! (net/bridge/br_multicast.c, net/ipv4/igmp.c).
//!
//! Not modelled: learning who has joined. Without a querier, and none is heard
//! of before seconds have passed, that changes nothing: groups are flooded.

use crate::skb::Skb;
use crate::wire::eth::{ETH_P_IP, MacAddr};
use crate::wire::{be16, be32, checksum, ipv4};
use crate::world::{DevId, NsId, World};

/// Sort of destination, as the bridge sees it (`enum br_pkt_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cast {
    Unicast,
    Multicast,
    Broadcast,
}

impl Cast {
    pub(crate) fn of(mac: MacAddr) -> Self {
        if mac.is_broadcast() {
            Self::Broadcast
        } else if mac.is_multicast() {
            Self::Multicast
        } else {
            Self::Unicast
        }
    }
}

impl World {
    /// `br_multicast_rcv`: what is wrong with a frame to a group, so that a
    /// bridge that snoops drops it.
    pub(crate) fn multicast_fault(
        &self,
        ns: NsId,
        bridge: DevId,
        skb: &Skb,
    ) -> Option<&'static str> {
        let snoops = self
            .dev(ns, bridge)
            .bridge()
            .is_some_and(|bridge| bridge.mcast_snooping);
        if !snoops || skb.proto != ETH_P_IP {
            return None;
        }
        // ip_mc_check_iphdr.
        let ip = skb.ip();
        let (header, total) = (ip.header_len(), usize::from(ip.total_len()));
        let whole = skb.data.get(header..total);
        let Some(message) = whole.filter(|_| ip.version() == 4 && header >= 20 && ip.check_ok())
        else {
            return Some("IP header, for multicast snooping");
        };
        let bad = ip.proto() == ipv4::IGMP && !igmp_ok(message, ip.dst() == ALL_HOSTS);
        bad.then_some("IGMP, for multicast snooping")
    }
}

/// `INADDR_ALLHOSTS_GROUP`.
const ALL_HOSTS: std::net::Ipv4Addr = std::net::Ipv4Addr::new(224, 0, 0, 1);

/// `ip_mc_check_igmp`; what is of no known type is let through.
fn igmp_ok(message: &[u8], to_all_hosts: bool) -> bool {
    if message.len() < 8 || checksum::sum(message, 0) != 0xffff {
        return false;
    }
    match message.first() {
        // A query: version 1 and 2 have 8 bytes, version 3 at least 12; one for
        // all groups is for all hosts.
        Some(0x11) => {
            (message.len() == 8 || message.len() >= 12)
                && (be32(message, 4) != Some(0) || to_all_hosts)
        }
        Some(0x22) => igmp3_records(message),
        _ => true,
    }
}

/// `br_ip4_multicast_igmp3_report`: are all records there that are announced?
fn igmp3_records(message: &[u8]) -> bool {
    let count = be16(message, 6).unwrap_or(0);
    let end = (0..count).try_fold(8, |at, _| {
        let sources = usize::from(be16(message, at + 2)?);
        Some(at + 8 + 4 * sources).filter(|end| *end <= message.len())
    });
    end.is_some()
}
