//! Targets that change TCP's header: `TCPMSS`, `TCPOPTSTRIP`, `ECN`
//! (net/netfilter/xt_TCPMSS.c, xt_TCPOPTSTRIP.c, net/ipv4/netfilter/ipt_ECN.c).

use packetwalk_rules::xt::ecn::EcnTarget;
use packetwalk_rules::xt::tcpmss::{TcpmssTarget, Tcpoptstrip};

use crate::ip::fib::FlowKey;
use crate::skb::Skb;
use crate::walk::Verdict;
use crate::wire::checksum::replace16;
use crate::wire::{be16, ipv4, put16};
use crate::world::{NsId, World};

use std::net::Ipv4Addr;

/// A TCP header without options.
const HEADER: usize = 20;
/// Where the checksum is.
const CHECK: usize = 16;
/// Kind and length of the option that announces a segment size.
const MSS: [u8; 2] = [2, 4];
/// What a peer that announces nothing takes (RFC 9293, 3.7.1).
const DEFAULT_MSS: u16 = 536;

/// Length of the option at `at`, at least 1 (`optlen`).
fn option_len(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(0 | 1) | None => 1,
        Some(_) => usize::from(bytes.get(at + 1).copied().unwrap_or(1).max(1)),
    }
}

/// Writes 16 bits into the segment that begins at `tcp`, and puts the checksum
/// right.
fn set16(data: &mut [u8], tcp: usize, at: usize, value: u16) {
    let (Some(old), Some(check)) = (be16(data, tcp + at), be16(data, tcp + CHECK)) else {
        return;
    };
    put16(data, tcp + at, value);
    put16(data, tcp + CHECK, replace16(check, old, value));
}

/// Writes one byte of the segment, and puts the checksum right.
fn set8(data: &mut [u8], tcp: usize, at: usize, value: u8) {
    let even = at & !1;
    let Some(old) = be16(data, tcp + even) else {
        return;
    };
    let new = if at == even {
        (old & 0x00ff) | u16::from(value) << 8
    } else {
        (old & 0xff00) | u16::from(value)
    };
    set16(data, tcp, even, new);
}

impl World {
    /// `tcpmss_tg4`. Gives the verdict if the packet is dropped, and what was
    /// changed.
    pub(super) fn tcpmss_target(
        &mut self,
        ns: NsId,
        skb: &mut Skb,
        target: &TcpmssTarget,
    ) -> (Option<Verdict>, String) {
        const DROP: (Option<Verdict>, String) = (Some(Verdict::Drop), String::new());
        let ip = skb.ip();
        let tcp = ip.header_len();
        if ip.frag_offset() != 0 {
            return (None, String::new());
        }
        let length = skb.data.len().saturating_sub(tcp);
        let header = ip.payload().get(12).map_or(0, |b| usize::from(b >> 4) * 4);
        if length < HEADER || length < header || header < HEADER {
            return DROP;
        }
        let mss = match target.mss {
            Some(mss) => mss,
            None => {
                let least = tcp.min(20) + HEADER;
                let mtu = self.least_mtu(ns, skb) as usize;
                if mtu <= least {
                    return DROP;
                }
                u16::try_from(mtu - least).unwrap_or(u16::MAX)
            }
        };
        let mut at = HEADER;
        while at + MSS.len() + 2 <= header {
            let here = tcp + at;
            if skb.data.get(here..here + 2) == Some(&MSS) {
                let old = be16(&skb.data, here + 2).unwrap_or(0);
                // It is never raised.
                if old > mss {
                    // The checksum is put right as if the value began at an
                    // even byte. Where it does not, it is wrong from here on.
                    let check = be16(&skb.data, tcp + CHECK).unwrap_or(0);
                    put16(&mut skb.data, here + 2, mss);
                    put16(&mut skb.data, tcp + CHECK, replace16(check, old, mss));
                    return (None, mss.to_string());
                }
                return (None, old.to_string());
            }
            at += option_len(&skb.data, here);
        }
        // No option: one is put in, unless data stands behind the header.
        if length > header || header >= 15 * 4 {
            return (None, String::new());
        }
        let mss = mss.min(DEFAULT_MSS);
        let [high, low] = mss.to_be_bytes();
        let option = [MSS[0], MSS[1], high, low];
        let begin = tcp + HEADER;
        skb.data.splice(begin..begin, option);
        // The pseudo header's length, then the words that were put in.
        let check = be16(&skb.data, tcp + CHECK).unwrap_or(0);
        let check = replace16(check, length as u16, (length + 4) as u16);
        let check = replace16(check, 0, u16::from_be_bytes(MSS));
        put16(&mut skb.data, tcp + CHECK, replace16(check, 0, mss));
        let offset = skb.data.get(tcp + 12).copied().unwrap_or(0);
        set8(&mut skb.data, tcp, 12, offset.wrapping_add(0x10));
        let total = skb.data.len() as u16;
        put16(&mut skb.data, 2, total);
        ipv4::set_check(&mut skb.data);
        (None, mss.to_string())
    }

    /// The smaller MTU of the way out and of the way back
    /// (`tcpmss_reverse_mtu`).
    fn least_mtu(&mut self, ns: NsId, skb: &Skb) -> u32 {
        let out = skb
            .dst
            .as_ref()
            .map_or(u32::MAX, |route| self.route_mtu(ns, route));
        let key = FlowKey::output(skb.ip().src(), Ipv4Addr::UNSPECIFIED);
        let back = self
            .route_output(ns, &key)
            .map_or(u32::MAX, |route| self.route_mtu(ns, &route));
        out.min(back)
    }
}

/// Options that go become padding (`tcpoptstrip_mangle_packet`).
pub(super) fn strip(skb: &mut Skb, target: &Tcpoptstrip) -> (Option<Verdict>, String) {
    let ip = skb.ip();
    let tcp = ip.header_len();
    if ip.frag_offset() != 0 {
        return (None, String::new());
    }
    let header = ip.payload().get(12).map_or(0, |b| usize::from(b >> 4) * 4);
    if header < HEADER || skb.data.len() < tcp + header {
        return (Some(Verdict::Drop), String::new());
    }
    let mut stripped = Vec::new();
    let mut at = HEADER;
    while at + 1 < header {
        let length = option_len(&skb.data, tcp + at);
        if at + length > header {
            break;
        }
        let kind = skb.data.get(tcp + at).copied().unwrap_or(0);
        if target.strips(kind) {
            stripped.push(kind.to_string());
            for byte in at..at + length {
                set8(&mut skb.data, tcp, byte, 1);
            }
        }
        at += length;
    }
    (None, stripped.join(","))
}

/// `ecn_tg`.
pub(super) fn ecn(skb: &mut Skb, target: &EcnTarget) -> (Option<Verdict>, String) {
    let old = skb.ip().tos();
    if let Some(ect) = target.ect
        && old & 3 != ect
    {
        ipv4::set_tos(&mut skb.data, (old & !3) | ect);
    }
    let ip = skb.ip();
    if ip.proto() == ipv4::TCP && (target.ece.is_some() || target.cwr.is_some()) {
        let tcp = ip.header_len();
        let Some(mut flags) = ip
            .payload()
            .get(13)
            .copied()
            .filter(|_| ip.payload().len() >= HEADER)
        else {
            return (Some(Verdict::Drop), String::new());
        };
        for (bit, wanted) in [(0x40, target.ece), (0x80, target.cwr)] {
            match wanted {
                Some(true) => flags |= bit,
                Some(false) => flags &= !bit,
                None => {}
            }
        }
        set8(&mut skb.data, tcp, 13, flags);
    }
    (None, String::new())
}
