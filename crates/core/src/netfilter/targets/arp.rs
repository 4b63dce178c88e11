//! `mangle` of arptables (net/ipv4/netfilter/arpt_mangle.c).

use packetwalk_rules::xt::mangle::{Mangle, MangleVerdict};

use crate::skb::Skb;
use crate::walk::Verdict;

use super::Done;

/// Bytes that a hardware address may have in a rule (`ARPT_DEV_ADDR_LEN_MAX`).
const MOST: usize = 16;

/// Writes addresses into the packet; one that is too short for what its own header
/// says is dropped.
pub(super) fn mangle(skb: &mut Skb, wants: &Mangle) -> Done {
    let length = |at: usize| skb.data.get(at).map_or(0, |length| usize::from(*length));
    let (hlen, plen) = (length(4), length(5));
    let mut at = 8;
    for (mac, ip) in [(wants.mac_src, wants.ip_src), (wants.mac_dst, wants.ip_dst)] {
        let mac = mac.map(|mac| mac.0.to_vec());
        let ip = ip.map(|ip| ip.octets().to_vec());
        for (bytes, length, most) in [(mac, hlen, MOST), (ip, plen, 4)] {
            if let Some(mut bytes) = bytes {
                bytes.resize(length, 0);
                match skb.data.get_mut(at..at + length) {
                    Some(place) if length <= most => place.copy_from_slice(&bytes),
                    _ => return Done::Verdict(Verdict::Drop),
                }
            }
            at += length;
        }
    }
    match wants.verdict {
        MangleVerdict::Accept => Done::Verdict(Verdict::Accept),
        MangleVerdict::Drop => Done::Verdict(Verdict::Drop),
        MangleVerdict::Continue => Done::Continue,
    }
}
