//! Helpers: what connections carry that announces others (`nf_confirm` of
//! net/netfilter/nf_conntrack_proto.c, nf_conntrack_helper.c, nf_nat_helper.c).
//!
//! Not modelled: all but FTP and TFTP.

pub mod ftp;

use std::net::{IpAddr, Ipv4Addr};

use crate::conntrack::expect::{Expectation, Follow};
use crate::conntrack::nat::{Manip, NatFlags, NatRange};
use crate::conntrack::{CtId, CtInfo, CtRef, Tuple, seqadj, status};
use crate::skb::Skb;
use crate::walk::{Event, LogFormat, LogRecord, Name, Verdict};
use crate::wire::tcp::Tcp;
use crate::wire::{be16, checksum, ipv4, put16};
use crate::world::{NsId, World};

use crate::netfilter::HookState;

/// How long an expectation lasts (`ftp_exp_policy`, `tftp_exp_policy`).
const EXPECTED_FOR: u64 = 5 * 60 * 1_000_000_000;

/// A connection's helper.
#[derive(Clone, Debug)]
pub struct Helper {
    /// Name, as `conntrack -L` prints it.
    pub name: Name,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Ftp(ftp::Lines),
    Tftp,
}

impl Helper {
    /// The helper of this name, if it is modelled.
    pub fn named(name: &str) -> Option<Self> {
        let kind = match name {
            "ftp" => Kind::Ftp(ftp::Lines::default()),
            "tftp" => Kind::Tftp,
            _ => return None,
        };
        Some(Self {
            name: name.into(),
            kind,
        })
    }
}

impl World {
    /// The part of `nf_confirm` before confirmation: the helper looks at the
    /// packet, shifted sequence numbers are put right.
    pub(super) fn ct_help(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &mut Skb,
        id: CtId,
        info: CtInfo,
    ) -> Verdict {
        let Some(entry) = self.ns(ns).ct.get(id) else {
            return Verdict::Accept;
        };
        let out = state.output.or(state.input);
        let looped = out.is_some_and(|dev| self.dev(ns, dev).is_loopback());
        let shifted = entry.seqadj.filter(|_| !looped);
        let kind = entry.helper.as_ref().map(|helper| helper.kind);
        if info == CtInfo::RelatedReply || (kind.is_none() && shifted.is_none()) {
            return Verdict::Accept;
        }
        let verdict = match kind {
            Some(Kind::Ftp(lines)) => self.help_ftp(ns, state, skb, id, info, lines),
            Some(Kind::Tftp) => self.help_tftp(ns, skb, id),
            None => Verdict::Accept,
        };
        if verdict == Verdict::Accept
            && let Some(ways) = shifted
        {
            seqadj::adjust(&mut skb.data, &ways, info.is_reply());
        }
        verdict
    }

    /// `help` of nf_conntrack_ftp.c.
    fn help_ftp(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &mut Skb,
        id: CtId,
        info: CtInfo,
        mut lines: ftp::Lines,
    ) -> Verdict {
        if !matches!(info, CtInfo::Established | CtInfo::EstablishedReply) {
            return Verdict::Accept;
        }
        let reply = info.is_reply();
        let segment = Tcp(skb.ip().payload());
        let (seq, data) = (segment.seq(), segment.data().to_vec());
        let Some(last) = data.last() else {
            return Verdict::Accept;
        };
        let end = (*last == b'\n').then(|| seq.wrapping_add(data.len() as u32));
        let mut verdict = Verdict::Accept;
        if lines.begins(seq, reply) {
            match ftp::look(&data, reply) {
                ftp::Data::Nothing => {}
                ftp::Data::Partial(what) => {
                    let text = format!("nf_ct_ftp: dropping packet: partial matching of `{what}'");
                    self.log_helper(ns, state, skb, text);
                    return Verdict::Drop;
                }
                ftp::Data::Found(found) => {
                    verdict = self.expect_ftp(ns, state, skb, id, reply, found);
                }
            }
        }
        if let Some(end) = end {
            lines.ended(end, reply);
            if let Some(entry) = self.ns_mut(ns).ct.entries.get_mut(&id)
                && let Some(helper) = &mut entry.helper
            {
                helper.kind = Kind::Ftp(lines);
            }
        }
        verdict
    }

    /// Expects what FTP announced, and has NAT rewrite the announcement.
    fn expect_ftp(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &mut Skb,
        id: CtId,
        reply: bool,
        found: ftp::Found,
    ) -> Verdict {
        let Some(entry) = self.ns(ns).ct.get(id) else {
            return Verdict::Accept;
        };
        let (this, other) = (*entry.tuple(reply), *entry.tuple(!reply));
        let named = found.addr.map_or(this.src, IpAddr::V4);
        if named != this.src {
            // Somebody else's: that would be `loose`, which is off.
            return Verdict::Accept;
        }
        let translated = entry.status & (status::SRC_NAT | status::DST_NAT) != 0;
        let mut expected = Expectation {
            master: id,
            tuple: Tuple {
                src: other.src,
                dst: other.dst,
                proto: ipv4::TCP,
                sport: 0,
                dport: found.port,
                zone: 0,
            },
            zone: entry.zone(),
            follow: translated.then_some(Follow {
                reply: !reply,
                port: found.port,
            }),
            timeout: self.now + EXPECTED_FOR,
        };
        let port = self.expect_port(ns, &mut expected);
        let refused = match (port, translated) {
            (None, true) => Some("all ports in use"),
            (None, false) => Some("cannot add expectation"),
            _ => None,
        };
        if let Some(why) = refused {
            self.log_helper(ns, state, skb, format!("nf_ct_ftp: dropping packet: {why}"));
            return Verdict::Drop;
        }
        if let (Some(port), true, IpAddr::V4(addr)) = (port, translated, other.dst) {
            self.mangle_tcp(ns, skb, id, reply, found.at, &found.kind.format(addr, port));
        }
        Verdict::Accept
    }

    /// `nf_nat_exp_find_port`: expects it at its port, or at a free one where it
    /// is translated anyway.
    fn expect_port(&mut self, ns: NsId, expected: &mut Expectation) -> Option<u16> {
        let now = self.now;
        let first = expected.tuple.dport;
        if self.ns_mut(ns).ct.expect(*expected, now) {
            return Some(first);
        }
        expected.follow?;
        /// Ports that are tried in vain before it gives up.
        const ATTEMPTS: u32 = 128;
        (0..ATTEMPTS).find_map(|_| {
            let port = 1024 + self.rng.below(65536 - 1024) as u16;
            expected.tuple.dport = port;
            let free = self.ns_mut(ns).ct.expect(*expected, now);
            free.then_some(port)
        })
    }

    /// `tftp_help`: the answer to a request comes from another port.
    fn help_tftp(&mut self, ns: NsId, skb: &Skb, id: CtId) -> Verdict {
        const READ: u16 = 1;
        const WRITE: u16 = 2;
        let opcode = be16(skb.ip().payload(), 8);
        let Some(entry) = self.ns(ns).ct.get(id) else {
            return Verdict::Accept;
        };
        if !matches!(opcode, Some(READ | WRITE)) {
            return Verdict::Accept;
        }
        let translated = entry.status & (status::SRC_NAT | status::DST_NAT) != 0;
        let expected = Expectation {
            master: id,
            tuple: Tuple {
                sport: 0,
                zone: 0,
                ..entry.reply
            },
            zone: entry.zone(),
            follow: translated.then_some(Follow {
                reply: true,
                port: entry.original.sport,
            }),
            timeout: self.now + EXPECTED_FOR,
        };
        let now = self.now;
        match self.ns_mut(ns).ct.expect(expected, now) {
            true => Verdict::Accept,
            false => Verdict::Drop,
        }
    }

    /// `nf_nat_follow_master`: an expected connection goes where its master's
    /// packets go.
    pub(super) fn follow_master(&mut self, ns: NsId, skb: &mut Skb, expected: &Expectation) {
        let (Some(follow), Some(master)) = (expected.follow, self.ns(ns).ct.get(expected.master))
        else {
            return;
        };
        let other = *master.tuple(!follow.reply);
        let range = |addr, port: u16| NatRange {
            flags: NatFlags {
                map_ips: true,
                proto_specified: port != 0,
                ..NatFlags::default()
            },
            min_addr: addr,
            max_addr: addr,
            min_proto: port,
            max_proto: port,
            base_proto: 0,
        };
        let _ = self.nat_setup_info(ns, skb, &range(other.dst, 0), Manip::Src);
        let _ = self.nat_setup_info(ns, skb, &range(other.src, follow.port), Manip::Dst);
    }

    /// `nf_nat_mangle_tcp_packet`: puts `text` in place of some of the data.
    fn mangle_tcp(
        &mut self,
        ns: NsId,
        skb: &mut Skb,
        id: CtId,
        reply: bool,
        (at, length): (usize, usize),
        text: &str,
    ) {
        let ip = skb.ip();
        let header = ip.header_len();
        let segment = Tcp(ip.payload());
        let seq = segment.seq();
        let first = header + segment.header_len() + at;
        if skb.data.get(first..first + length).is_none() {
            return;
        }
        skb.data.splice(first..first + length, text.bytes());
        let total = skb.data.len() as u16;
        put16(&mut skb.data, 2, total);
        ipv4::set_check(&mut skb.data);
        let (src, dst): (Ipv4Addr, Ipv4Addr) = (skb.ip().src(), skb.ip().dst());
        if let Some(bytes) = skb.data.get_mut(header..) {
            put16(bytes, 16, 0);
            let pseudo = checksum::pseudo_v4(src, dst, ipv4::TCP, bytes.len());
            let check = !(checksum::sum(bytes, pseudo) as u16);
            put16(bytes, 16, check);
        }
        let by = text.len() as i32 - length as i32;
        if by != 0
            && let Some(entry) = self.ns_mut(ns).ct.entries.get_mut(&id)
        {
            entry.status |= status::SEQ_ADJUST;
            let ways = entry.seqadj.get_or_insert_default();
            if let Some(way) = ways.get_mut(usize::from(reply)) {
                way.shift(seq, by);
            }
        }
    }

    /// `nf_ct_helper_log`.
    fn log_helper(&mut self, ns: NsId, state: &HookState, skb: &Skb, text: String) {
        // nf_ct_helper_log names no device, but a bridge's port is the packet's own.
        let mut at = self.hook_point(ns, state, skb);
        (at.input, at.output) = (None, None);
        let event = Event::Log(LogRecord {
            at: Some(at),
            format: LogFormat::Conntrack { text },
            level: 5,
        });
        self.step_hook(ns, state, skb, event);
    }
}

/// A packet's reference to a connection that has just begun, as its first.
pub(super) fn first(id: CtId, expected: bool) -> CtRef {
    CtRef {
        id: Some(id),
        info: match expected {
            true => CtInfo::Related,
            false => CtInfo::New,
        },
    }
}
