//! Rewriting packets for their connection's translation
//! (net/netfilter/nf_nat_proto.c).

use std::net::Ipv4Addr;

use crate::ip::route::v4;
use crate::skb::Skb;
use crate::wire::ipv4::{self, Ipv4};
use crate::wire::{be16, checksum, icmp, put16};
use crate::world::{NsId, World};

use super::crc32c;
use super::entry::status;
use super::nat::Manip;
use super::{CtId, CtInfo, Tuple};

/// Does the connection translate this end of a packet that runs this way?
fn applies(bits: u32, manip: Manip, reply: bool) -> bool {
    let wanted = match (manip, reply) {
        (Manip::Src, false) | (Manip::Dst, true) => status::SRC_NAT,
        (Manip::Dst, false) | (Manip::Src, true) => status::DST_NAT,
    };
    bits & wanted != 0
}

/// `nf_nat_ipv4_manip_pkt`: makes one end of the packet at `at` what `target`
/// says, checksums included.
pub(super) fn manip_packet(data: &mut [u8], at: usize, target: &Tuple, manip: Manip, proto: u8) {
    let Some(packet) = data.get_mut(at..) else {
        return;
    };
    let ip = Ipv4(packet);
    let header = ip.header_len();
    let old: Ipv4Addr = match manip {
        Manip::Src => ip.src(),
        Manip::Dst => ip.dst(),
    };
    let Some(new) = v4(match manip {
        Manip::Src => target.src,
        Manip::Dst => target.dst,
    }) else {
        return;
    };
    if ip.frag_offset() == 0 {
        manip_transport(packet, header, proto, old, new, target, manip);
    }
    ipv4::set_addr(packet, manip == Manip::Dst, new);
}

fn manip_transport(
    packet: &mut [u8],
    header: usize,
    proto: u8,
    old: Ipv4Addr,
    new: Ipv4Addr,
    target: &Tuple,
    manip: Manip,
) {
    let Some(bytes) = packet.get_mut(header..) else {
        return;
    };
    let (port_at, port) = match manip {
        Manip::Src => (0, target.sport),
        Manip::Dst => (2, target.dport),
    };
    let check_at = match proto {
        ipv4::TCP => 16,
        ipv4::UDP | ipv4::UDPLITE => 6,
        ipv4::ICMP => {
            // Only messages with an identifier have something to translate.
            let query = bytes
                .first()
                .is_some_and(|kind| super::tuple::icmp_inverse(*kind).is_some());
            if let (true, Some(was), Some(check)) = (query, be16(bytes, 4), be16(bytes, 2)) {
                put16(bytes, 4, target.sport);
                put16(bytes, 2, checksum::replace16(check, was, target.sport));
            }
            return;
        }
        ipv4::SCTP => {
            // Its checksum covers the packet alone, not the addresses.
            put16(bytes, port_at, port);
            crc32c::fill(bytes);
            return;
        }
        _ => return,
    };
    let Some(was) = be16(bytes, port_at) else {
        return;
    };
    put16(bytes, port_at, port);
    let Some(check) = be16(bytes, check_at) else {
        return;
    };
    if proto == ipv4::UDP && check == 0 {
        return;
    }
    let check = checksum::replace32(check, old.into(), new.into());
    let check = checksum::replace16(check, was, port);
    let check = if proto != ipv4::TCP && check == 0 {
        0xffff
    } else {
        check
    };
    put16(bytes, check_at, check);
}

impl World {
    /// `nf_nat_packet`: rewrites one end of a packet, if its connection is
    /// translated there.
    pub(super) fn nat_packet(
        &mut self,
        ns: NsId,
        skb: &mut Skb,
        id: CtId,
        info: CtInfo,
        manip: Manip,
    ) {
        let reply = info.is_reply();
        let Some(entry) = self.ns(ns).ct.get(id) else {
            return;
        };
        if !applies(entry.status, manip, reply) {
            return;
        }
        let Some(target) = entry.tuple(!reply).invert() else {
            return;
        };
        let proto = skb.ip().proto();
        manip_packet(&mut skb.data, 0, &target, manip, proto);
    }

    /// `nf_nat_icmp_reply_translation`: an ICMP error, and the packet that it
    /// quotes. `false`: the error is to be dropped.
    pub(super) fn nat_icmp_error(
        &mut self,
        ns: NsId,
        skb: &mut Skb,
        id: CtId,
        info: CtInfo,
        manip: Manip,
    ) -> bool {
        let reply = info.is_reply();
        let header = skb.ip().header_len();
        let message = skb.ip().payload();
        if message.len() < 8 || !icmp::check_ok(message) {
            return false;
        }
        let kind = message.first().copied().unwrap_or(0);
        let Some(entry) = self.ns(ns).ct.get(id) else {
            return true;
        };
        if kind == icmp::REDIRECT {
            let done = status::SRC_NAT_DONE | status::DST_NAT_DONE;
            if !entry.has(done) || entry.status & (status::SRC_NAT | status::DST_NAT) != 0 {
                return false;
            }
        }
        if !applies(entry.status, manip, reply) {
            return true;
        }
        let inner = *entry.tuple(!reply);
        let Some(mut outer) = inner.invert() else {
            return false;
        };
        let at = header + 8;
        let Some(proto) = skb.data.get(at + 9).copied() else {
            return false;
        };
        // The quoted packet ran the other way: its other end is translated.
        let other = match manip {
            Manip::Src => Manip::Dst,
            Manip::Dst => Manip::Src,
        };
        manip_packet(&mut skb.data, at, &inner, other, proto);
        if let Some(message) = skb.data.get_mut(header..) {
            icmp::set_check(message);
        }
        outer.proto = ipv4::ICMP;
        manip_packet(&mut skb.data, 0, &outer, manip, ipv4::ICMP);
        true
    }
}
