//! Looking a packet up, and entering its connection
//! (`nf_conntrack_in`, `nf_confirm`).

use crate::netfilter::HookState;
use crate::skb::Skb;
use crate::walk::{CtAct, Event, Hook, Verdict};
use crate::wire::ipv4::{self, Ipv4};
use crate::wire::{be16, checksum, icmp};
use crate::world::{NsId, World};

use super::entry::{Entry, status};
use super::said::Said;
use super::{CtId, CtInfo, CtRef, Helper, Tuple, Zone};

const SECOND: u64 = 1_000_000_000;

/// What a protocol's tracker says of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tracked {
    /// It belongs to its connection.
    Accept,
    /// It belongs to its connection, but neither counts nor keeps it alive.
    Uncounted,
    /// INVALID: it goes on without a connection.
    Invalid,
    /// The old connection is over: look again.
    Repeat,
}

impl World {
    fn note_ct(&mut self, ns: NsId, state: &HookState, skb: &Skb, act: CtAct) {
        if self.rec.full() {
            let ct = self.ct_view(ns, skb);
            self.step_hook(ns, state, skb, Event::Conntrack { act, ct });
        }
    }

    /// `nf_ct_kill`: takes an entry out of the table because of this packet.
    pub(crate) fn kill_ct(&mut self, ns: NsId, state: &HookState, skb: &Skb, id: CtId) {
        let now = self.now;
        let ct = &mut self.ns_mut(ns).ct;
        ct.kill(id);
        if self.rec.full() {
            let entry = self.ns(ns).ct.get(id);
            let info = skb
                .ct
                .filter(|ct| ct.id == Some(id))
                .map_or(CtInfo::Established, |ct| ct.info);
            let ct = entry.map(|entry| entry.view(info, now));
            let act = CtAct::Destroy;
            self.step_hook(ns, state, skb, Event::Conntrack { act, ct });
        }
    }

    /// `nf_conntrack_in`: finds or makes the packet's entry.
    pub fn conntrack_in(&mut self, ns: NsId, state: &HookState, skb: &mut Skb) -> Verdict {
        let template = skb.template.take();
        let act = match skb.ct {
            Some(CtRef { id: Some(_), .. }) => Some(CtAct::Already),
            Some(ct) if ct.info == CtInfo::Untracked => Some(CtAct::Untracked),
            // A template's, or nobody's.
            _ => None,
        };
        if let Some(act) = act {
            self.note_ct(ns, state, skb, act);
            return Verdict::Accept;
        }
        skb.ct = None;
        // Later fragments have no ports to look at.
        if skb.ip().frag_offset() != 0 {
            self.note_ct(ns, state, skb, CtAct::Invalid);
            return Verdict::Accept;
        }
        let wanted = template.as_ref().and_then(|template| template.zone);
        let zone = Zone::wanted(wanted, skb.mark);
        if skb.ip().proto() == ipv4::ICMP {
            let mut said = Said::new(self.ns(ns).sysctl.ct.log_invalid, ipv4::ICMP);
            let tracked = self.track_icmp_error(ns, state, skb, zone, &mut said);
            self.log_invalid(ns, state, skb, ipv4::ICMP, said);
            match tracked {
                Some(true) => {
                    self.note_ct(ns, state, skb, CtAct::Related);
                    return Verdict::Accept;
                }
                Some(false) => {
                    return self.ct_invalid(ns, state, skb);
                }
                None => {}
            }
        }
        // nf_conntrack_icmpv6_packet: not in IPv4.
        if skb.ip().proto() == ipv4::ICMPV6 {
            return self.ct_invalid(ns, state, skb);
        }
        loop {
            let helper = template
                .as_ref()
                .and_then(|template| template.entry.helper.as_ref());
            let Some(new) = self.resolve(ns, state, skb, zone, helper) else {
                return self.ct_invalid(ns, state, skb);
            };
            let (Some(id), Some(info)) = (skb.ct.and_then(|ct| ct.id), skb.ct.map(|ct| ct.info))
            else {
                return Verdict::Accept;
            };
            let mut said = Said::new(self.ns(ns).sysctl.ct.log_invalid, skb.ip().proto());
            let tracked = self.track_packet(ns, state, skb, id, info, &mut said);
            if tracked == Tracked::Invalid && skb.ip().proto() == ipv4::SCTP && said.wanted() {
                skb.ct = None;
                self.not_modelled(ns, skb, "nf_conntrack_log_invalid of SCTP");
                return Verdict::Stolen;
            }
            self.log_invalid(ns, state, skb, skb.ip().proto(), said);
            match tracked {
                Tracked::Accept | Tracked::Uncounted => {
                    if info == CtInfo::EstablishedReply
                        && let Some(entry) = self.ct_entry_mut(ns, skb)
                    {
                        entry.status |= status::SEEN_REPLY;
                    }
                    if tracked == Tracked::Accept {
                        self.account(ns, skb, id, info);
                    }
                    let act = if new { CtAct::New } else { CtAct::Found };
                    self.note_ct(ns, state, skb, act);
                    return Verdict::Accept;
                }
                Tracked::Invalid => {
                    return self.ct_invalid(ns, state, skb);
                }
                Tracked::Repeat => skb.ct = None,
            }
        }
    }

    /// The packet is of no connection.
    fn ct_invalid(&mut self, ns: NsId, state: &HookState, skb: &mut Skb) -> Verdict {
        skb.ct = None;
        self.note_ct(ns, state, skb, CtAct::Invalid);
        Verdict::Accept
    }

    fn account(&mut self, ns: NsId, skb: &Skb, id: CtId, info: CtInfo) {
        let len = skb.data.len() as u64;
        let netns = self.ns(ns);
        if netns.sysctl.ct.acct == 0 && !netns.nf.tables.needs_accounting {
            return;
        }
        if let Some(entry) = self.ns_mut(ns).ct.entries.get_mut(&id)
            && let Some((packets, bytes)) = entry.counters.get_mut(usize::from(info.is_reply()))
        {
            *packets += 1;
            *bytes += len;
        }
    }

    /// `resolve_normal_ct`: `Some(true)` when the connection is new, `None`
    /// when the packet can belong to none.
    fn resolve(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &mut Skb,
        zone: Zone,
        helper: Option<&Helper>,
    ) -> Option<bool> {
        let tuple = Tuple::of(&skb.ip())?;
        let now = self.now;
        let ct = &mut self.ns_mut(ns).ct;
        if let Some((id, reply)) = ct.find(&tuple, zone, now) {
            let entry = ct.entries.get(&id)?;
            let info = if reply {
                CtInfo::EstablishedReply
            } else if entry.has(status::SEEN_REPLY) {
                CtInfo::Established
            } else if entry.has(status::EXPECTED) {
                CtInfo::Related
            } else {
                CtInfo::New
            };
            skb.ct = Some(CtRef { id: Some(id), info });
            return Some(false);
        }
        // An expired entry with this tuple makes room.
        if let Some((old, _)) = ct.find_any(&tuple, zone) {
            self.kill_ct(ns, state, skb, old);
        }
        let ct = &mut self.ns_mut(ns).ct;
        let mut entry = Entry::new(tuple, zone)?;
        let expected = ct.take_expected(&tuple, zone, now);
        match &expected {
            Some(expected) => {
                entry.status |= status::EXPECTED;
                entry.master = Some(expected.master);
                entry.mark = ct.get(expected.master).map_or(0, |master| master.mark);
            }
            None => {
                entry.helper = helper.cloned();
                if helper.is_some() {
                    entry.status |= status::HELPER;
                }
            }
        }
        let id = ct.add(entry);
        skb.ct = Some(super::helper::first(id, expected.is_some()));
        if let Some(expected) = expected {
            self.follow_master(ns, skb, &expected);
        }
        Some(true)
    }

    /// `nf_conntrack_icmpv4_error`: `None` for a message that is no error,
    /// `Some(true)` when the error belongs to a connection.
    fn track_icmp_error(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &mut Skb,
        zone: Zone,
        said: &mut Said,
    ) -> Option<bool> {
        let check = self.ns(ns).sysctl.ct.checksum != 0 && state.hook == Hook::Prerouting;
        let ip = skb.ip();
        let message = ip.payload();
        let kind = message.first().copied();
        let Some(kind) = kind.filter(|_| message.len() >= 8) else {
            said.say(|| "short packet".into());
            return Some(false);
        };
        if check && !icmp::check_ok(message) {
            said.say(|| "bad hw icmp checksum".into());
            return Some(false);
        }
        if kind > 18 {
            said.say(|| "invalid icmp type".into());
            return Some(false);
        }
        if !icmp::is_error(kind) {
            return None;
        }
        let quoted = Ipv4(message.get(8..).unwrap_or(&[]));
        let inner = Tuple::of(&quoted).and_then(|tuple| tuple.invert());
        let Some(inner) = inner else {
            return Some(false);
        };
        let outer = std::net::IpAddr::V4(ip.dst());
        let now = self.now;
        let ct = &self.ns(ns).ct;
        let Some((id, reply)) = ct.find(&inner, zone, now) else {
            return Some(false);
        };
        let inner = ct.get(id)?.tuple(reply).dst;
        if inner != outer {
            said.say(|| format!("outer daddr {outer} != inner {inner}"));
            return Some(false);
        }
        skb.ct = Some(CtRef {
            id: Some(id),
            info: if reply {
                CtInfo::RelatedReply
            } else {
                CtInfo::Related
            },
        });
        Some(true)
    }

    /// `nf_conntrack_handle_packet`.
    fn track_packet(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &Skb,
        id: CtId,
        info: CtInfo,
        said: &mut Said,
    ) -> Tracked {
        let now = self.now;
        let sysctl = self.ns(ns).sysctl.ct.clone();
        let check = sysctl.checksum != 0 && state.hook == Hook::Prerouting;
        let ip = skb.ip();
        let ct = &mut self.ns_mut(ns).ct;
        let Some(entry) = ct.entries.get_mut(&id) else {
            return Tracked::Invalid;
        };
        match ip.proto() {
            ipv4::TCP => {
                let (tracked, kill) =
                    super::tcp::track(entry, &ip, info, &sysctl, now, check, said);
                if kill {
                    self.kill_ct(ns, state, skb, id);
                }
                tracked
            }
            ipv4::UDP | ipv4::UDPLITE => track_udp(entry, &ip, &sysctl, now, check, said),
            ipv4::ICMP => {
                let kind = entry.original.dport >> 8;
                let may_begin = matches!(
                    kind as u8,
                    icmp::ECHO | icmp::TIMESTAMP | icmp::INFO_REQUEST | icmp::ADDRESS
                );
                if !may_begin {
                    return Tracked::Invalid;
                }
                refresh(entry, now, sysctl.icmp_timeout);
                Tracked::Accept
            }
            ipv4::SCTP => {
                super::sctp::track(entry, ip.payload(), info.is_reply(), &sysctl, now, check)
            }
            ipv4::GRE => {
                let stream = entry.has(status::SEEN_REPLY);
                refresh(
                    entry,
                    now,
                    if stream {
                        sysctl.gre_timeout_stream
                    } else {
                        sysctl.gre_timeout
                    },
                );
                if stream {
                    entry.status |= status::ASSURED;
                }
                Tracked::Accept
            }
            _ => {
                refresh(entry, now, sysctl.generic_timeout);
                Tracked::Accept
            }
        }
    }

    /// `nf_confirm`: the packet leaves this machine's hooks, so its connection
    /// is entered into the table.
    pub fn conntrack_confirm(&mut self, ns: NsId, state: &HookState, skb: &mut Skb) -> Verdict {
        let Some(CtRef { id: Some(id), info }) = skb.ct else {
            return Verdict::Accept;
        };
        let helped = self.ct_help(ns, state, skb, id, info);
        if helped != Verdict::Accept {
            return helped;
        }
        let now = self.now;
        let ct = &mut self.ns_mut(ns).ct;
        let Some(entry) = ct.entries.get(&id) else {
            return Verdict::Accept;
        };
        if entry.has(status::CONFIRMED) || info.is_reply() {
            return Verdict::Accept;
        }
        if entry.has(status::DYING) {
            return Verdict::Drop;
        }
        let (original, reply, zone) = (entry.original, entry.reply, entry.zone());
        for (tuple, is_reply) in [(original, false), (reply, true)] {
            let ct = &mut self.ns_mut(ns).ct;
            let clash = ct
                .find_beside(&tuple, zone, is_reply, now)
                .filter(|other| *other != id);
            if let Some(other) = clash {
                let same = ct
                    .get(other)
                    .is_some_and(|entry| entry.original == original && entry.reply == reply);
                if same {
                    // Lost a race against itself: joins the winner.
                    skb.ct = Some(CtRef {
                        id: Some(other),
                        info,
                    });
                    return Verdict::Accept;
                }
                self.note_ct(ns, state, skb, CtAct::Clash);
                return Verdict::Drop;
            }
            let expired = ct
                .find_any(&tuple, zone)
                .filter(|(old, _)| ct.get(*old).is_some_and(|entry| entry.timeout <= now));
            if let Some((old, _)) = expired {
                self.kill_ct(ns, state, skb, old);
            }
        }
        self.ns_mut(ns).ct.hash(id);
        self.note_ct(ns, state, skb, CtAct::Confirm);
        Verdict::Accept
    }
}

pub(super) fn refresh(entry: &mut Entry, now: u64, seconds: u32) {
    entry.timeout = now + u64::from(seconds) * SECOND;
}

/// `nf_conntrack_udp_packet`.
pub(super) fn track_udp(
    entry: &mut Entry,
    ip: &Ipv4<'_>,
    sysctl: &crate::world::sysctl::CtSysctl,
    now: u64,
    check: bool,
    said: &mut Said,
) -> Tracked {
    let bytes = ip.payload();
    let mut wrong = |why: &str| {
        said.say(|| why.into());
        Tracked::Invalid
    };
    let (Some(len), Some(sum)) = (be16(bytes, 4), be16(bytes, 6)) else {
        return wrong("short packet");
    };
    let lite = ip.proto() == ipv4::UDPLITE;
    // UDP-Lite: how much the checksum covers; 0 is all of it.
    let len = if lite && len == 0 {
        bytes.len()
    } else {
        usize::from(len)
    };
    if len > bytes.len() || len < 8 {
        return wrong(match lite {
            true => "invalid checksum coverage",
            false => "truncated/malformed packet",
        });
    }
    if lite && sum == 0 {
        return wrong("checksum missing");
    }
    if check && sum != 0 {
        let covered = if lite { bytes.get(..len) } else { None };
        // The kernel takes UDP's number for UDP-Lite too (`udplite_error`), so
        // that a right checksum is wrong to it: tried on 6.18.
        let pseudo = checksum::pseudo_v4(ip.src(), ip.dst(), ipv4::UDP, bytes.len());
        if checksum::sum(covered.unwrap_or(bytes), pseudo) != 0xffff {
            return wrong("bad checksum");
        }
    }
    if !entry.has(status::CONFIRMED) {
        entry.stream_at = now + 2 * SECOND;
    }
    if entry.has(status::SEEN_REPLY) {
        if now > entry.stream_at {
            refresh(entry, now, sysctl.udp_timeout_stream);
            entry.status |= status::ASSURED;
        } else {
            refresh(entry, now, sysctl.udp_timeout);
        }
    } else {
        refresh(entry, now, sysctl.udp_timeout);
    }
    Tracked::Accept
}
