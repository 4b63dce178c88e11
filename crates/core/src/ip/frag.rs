//! Fragments: cutting up (net/ipv4/ip_output.c) and putting together
//! (net/ipv4/ip_fragment.c, inet_fragment.c).
//!
//! Not modelled: memory limits, and the end of a piece that reaches over the
//! longest datagram.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use crate::conntrack::CtInfo;
use crate::flow::SECOND;
use crate::ip::fib::RouteType;
use crate::ip::output::SendError;
use crate::link::detail;
use crate::netfilter::HookState;
use crate::skb::Skb;
use crate::timer::Timer;
use crate::walk::{DropReason, Event, Hook, Layer, Origin};
use crate::wire::ipv4::{DF, MF};
use crate::wire::{icmp, ipv4, put16};
use crate::world::{DevId, NsId, World};

/// On whose behalf fragments are put together (`enum ip_defrag_users`):
/// pieces of different users do not mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum User {
    /// Local delivery.
    LocalDeliver,
    /// Conntrack at PREROUTING, in this zone.
    ConntrackIn(u16),
    /// Conntrack at OUTPUT, in this zone.
    ConntrackOut(u16),
    /// Conntrack at PREROUTING on a bridge.
    ConntrackBridge(u16),
}

/// Which datagram fragments belong to (`struct frag_v4_compare_key`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    src: Ipv4Addr,
    dst: Ipv4Addr,
    id: u16,
    proto: u8,
    user: User,
}

/// Fragments that wait for the rest of their datagram.
#[derive(Clone, Debug, Default)]
pub struct FragQueues {
    queues: HashMap<Key, Queue>,
}

/// The fragments of one datagram (`struct inet_frag_queue`).
#[derive(Clone, Debug, Default)]
struct Queue {
    /// In order of their offsets.
    pieces: Vec<Skb>,
    /// Where pieces that came one right after the other begin and end
    /// (`frag_run_len`), in order.
    runs: Vec<(usize, usize)>,
    /// Bytes up to the end of the last piece so far.
    len: usize,
    /// The end is known: a piece without MF was there.
    last: bool,
    /// Where the last piece came in (`iif`).
    dev: Option<DevId>,
}

/// What becomes of a fragment (`ip_frag_queue`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Kept,
    /// All of it is there already.
    Duplicate,
    /// It contradicts what is there: the whole queue goes (RFC 5722).
    Contradiction,
}

impl Queue {
    /// Takes in a piece from byte `start` to `end` of the datagram; `more` says
    /// that others follow.
    fn insert(&mut self, piece: Skb, (start, end): (usize, usize), more: bool) -> Fate {
        let beyond = match more {
            false => end < self.len || (self.last && end != self.len),
            true => end > self.len && self.last,
        };
        if beyond || start == end {
            return Fate::Contradiction;
        }
        self.last |= !more;
        self.len = self.len.max(end);
        // inet_frag_queue_insert.
        match self.runs.last_mut() {
            Some((_, tail)) if *tail < end => {
                if start < *tail {
                    return Fate::Contradiction;
                }
                if start == *tail {
                    *tail = end;
                } else {
                    self.runs.push((start, end));
                }
            }
            _ => {
                let hit = self
                    .runs
                    .iter()
                    .find(|(from, to)| start < *to && *from < end);
                match hit {
                    Some((from, to)) if *from <= start && end <= *to => return Fate::Duplicate,
                    Some(_) => return Fate::Contradiction,
                    None => {
                        let at = self.runs.partition_point(|(from, _)| *from < start);
                        self.runs.insert(at, (start, end));
                    }
                }
            }
        }
        let at = self
            .pieces
            .partition_point(|other| usize::from(other.ip().frag_offset()) * 8 < start);
        self.pieces.insert(at, piece);
        Fate::Kept
    }

    fn complete(&self) -> bool {
        let held: usize = self.runs.iter().map(|(from, to)| to - from).sum();
        self.last && held == self.len
    }
}

impl World {
    /// `ipv4_conntrack_defrag`: the whole datagram, or nothing while parts
    /// are missing.
    pub(crate) fn ip_defrag_hook(&mut self, ns: NsId, state: &HookState, skb: Skb) -> Option<Skb> {
        if !skb.ip().is_fragment() || skb.ct.is_some_and(|ct| ct.info == CtInfo::Untracked) {
            return Some(skb);
        }
        let user = match state.hook {
            Hook::Prerouting if skb.bridge.is_some() => User::ConntrackBridge(0),
            Hook::Prerouting => User::ConntrackIn(0),
            _ => User::ConntrackOut(0),
        };
        let mut whole = self.ip_defrag(ns, skb, user)?;
        whole.ignore_df = true;
        Some(whole)
    }

    /// `ip_defrag`.
    pub(crate) fn ip_defrag(&mut self, ns: NsId, mut skb: Skb, user: User) -> Option<Skb> {
        let more = skb.ip().frag_word() & MF != 0;
        if more {
            // ip_frag_queue: what is over is cut off.
            let over = skb.ip().payload().len() % 8;
            let whole = skb.data.len() - over;
            skb.data.truncate(whole);
        }
        let ip = skb.ip();
        let key = Key {
            src: ip.src(),
            dst: ip.dst(),
            id: ip.id(),
            proto: ip.proto(),
            user,
        };
        let start = usize::from(ip.frag_offset()) * 8;
        let end = start + ip.payload().len();
        if end > 65535 {
            // Waits for the rest, and is never whole.
            self.note(ns, Layer::Network, &skb, |_| Event::Defragment {
                complete: false,
            });
            return None;
        }
        let timer = Timer::Fragments(ns, key);
        if !self.ns(ns).frags.queues.contains_key(&key) {
            let seconds = u64::from(self.ns(ns).sysctl.ipv4.ipfrag_time);
            self.engine.timers.set(timer, self.now + seconds * SECOND);
        }
        let queue = self.ns_mut(ns).frags.queues.entry(key).or_default();
        queue.dev = Some(skb.dev);
        let fate = queue.insert(skb.clone(), (start, end), more);
        let complete = queue.complete();
        match fate {
            Fate::Duplicate => {
                self.drop_skb(ns, &skb, DropReason::DupFrag, None);
                return None;
            }
            Fate::Contradiction => {
                self.ns_mut(ns).frags.queues.remove(&key);
                self.engine.timers.cancel(timer);
                self.drop_skb(ns, &skb, DropReason::NotSpecified, detail("fragments"));
                return None;
            }
            Fate::Kept if !complete => {
                self.note(ns, Layer::Network, &skb, |_| Event::Defragment {
                    complete: false,
                });
                return None;
            }
            Fate::Kept => {}
        }
        self.engine.timers.cancel(timer);
        let queue = self.ns_mut(ns).frags.queues.remove(&key)?;
        self.ip_reassemble(ns, skb, &queue.pieces)
    }

    /// `ip_expire`: the rest did not come in time. The sender is told if the first
    /// piece has come and this is the host that it went to, or one that puts pieces
    /// together for itself.
    pub(crate) fn ip_expire(&mut self, ns: NsId, key: Key) {
        let Some(mut queue) = self.ns_mut(ns).frags.queues.remove(&key) else {
            return;
        };
        let reason = DropReason::FragReasmTimeout;
        let first = queue.pieces.first();
        if first.is_some_and(|skb| skb.ip().frag_offset() == 0) {
            let mut head = queue.pieces.remove(0);
            head.dev = queue.dev.unwrap_or(head.dev);
            let (src, dst) = (head.ip().src(), head.ip().dst());
            match self.route_input(ns, &head, dst, src, head.dev) {
                Ok(route) => {
                    let tells = key.user == User::LocalDeliver || route.kind == RouteType::Local;
                    head.dst = Some(route);
                    if tells {
                        self.icmp_send(ns, &head, icmp::TIME_EXCEEDED, icmp::FRAGTIME, 0);
                    }
                    self.drop_skb(ns, &head, reason, None);
                }
                Err(error) => self.drop_skb(ns, &head, error.reason(), None),
            }
        }
        for skb in queue.pieces {
            self.drop_skb(ns, &skb, reason, None);
        }
    }

    /// `ip_frag_reasm`: the buffer that came last lives on as the datagram.
    fn ip_reassemble(&mut self, ns: NsId, last: Skb, pieces: &[Skb]) -> Option<Skb> {
        let head = pieces.first()?;
        let mut whole = last;
        let header = head.ip().header_len();
        whole.data = head.data.get(..header)?.to_vec();
        let mut largest = 0;
        let mut largest_df = 0;
        let mut ecn = 0u8;
        for piece in pieces {
            ecn |= 1 << (piece.ip().tos() & 3);
            whole.data.extend_from_slice(piece.ip().payload());
            let len = piece.data.len();
            largest = largest.max(len);
            if piece.ip().df() {
                largest_df = largest_df.max(len);
            }
        }
        // ip_frag_ecn_table: pieces that know of ECN do not mix with others that
        // do not; one that met congestion counts for all.
        const NOT_ECT: u8 = 1;
        const CE: u8 = 8;
        if ecn & NOT_ECT != 0 && ecn != NOT_ECT {
            self.consume_skb(ns, &whole);
            return None;
        }
        if let Some(tos) = whole.data.get_mut(1)
            && ecn & CE != 0
        {
            *tos |= 3;
        }
        let total = whole.data.len().min(65535) as u16;
        put16(&mut whole.data, 2, total);
        // DF comes back only if the largest piece had it.
        let df = largest_df == largest;
        put16(&mut whole.data, 6, if df { DF } else { 0 });
        ipv4::set_check(&mut whole.data);
        whole.frag_max_size = largest.min(65535) as u16;
        whole.flags.frag_complete = true;
        self.note(ns, Layer::Network, &whole, |_| Event::Defragment {
            complete: true,
        });
        Some(whole)
    }

    /// `ip_fragment`: cuts a packet into pieces of at most `mtu` bytes.
    ///
    /// # Errors
    /// [`SendError::MsgSize`] when it must not be cut up; an ICMP error is on
    /// its way then.
    pub(crate) fn ip_fragment(
        &mut self,
        ns: NsId,
        skb: Skb,
        mtu: u32,
    ) -> Result<Vec<Skb>, SendError> {
        let mut mtu = mtu as usize;
        if skb.ip().df() {
            let too_big = usize::from(skb.frag_max_size) > mtu;
            if (!skb.ignore_df && skb.data.len() > mtu) || too_big {
                self.icmp_send(
                    ns,
                    &skb,
                    icmp::DEST_UNREACH,
                    icmp::unreach::FRAG_NEEDED,
                    mtu as u32,
                );
                // br_nf_ip_fragment gives no reason.
                let reason = match skb.dst {
                    Some(_) => DropReason::PktTooBig,
                    None => DropReason::NotSpecified,
                };
                self.drop_skb(ns, &skb, reason, None);
                return Err(SendError::MsgSize);
            }
        }
        if skb.frag_max_size != 0 && usize::from(skb.frag_max_size) < mtu {
            mtu = usize::from(skb.frag_max_size);
        }
        if skb.data.len() <= mtu {
            return Ok(vec![skb]);
        }
        let ip = skb.ip();
        let header = ip.header_len();
        let room = mtu.saturating_sub(header) & !7;
        if room == 0 {
            self.drop_skb(ns, &skb, DropReason::PktTooBig, None);
            return Err(SendError::MsgSize);
        }
        let word = ip.frag_word();
        let offset = ip.frag_offset();
        // IPSKB_FRAG_PMTU: the pieces that this was put together from had it. A
        // bridge forgets that on the packet's way through (it writes over the
        // control block).
        let keep_df = ip.df() && skb.frag_max_size != 0 && skb.dst.is_some();
        let payload = ip.payload().to_vec();
        let count = payload.len().div_ceil(room);
        self.note(ns, Layer::Network, &skb, |_| Event::Fragment {
            pieces: count as u32,
            mtu: mtu as u32,
        });
        let mut pieces = Vec::with_capacity(count);
        for (number, part) in payload.chunks(room).enumerate() {
            let mut piece = skb.clone();
            piece.id = self.next_buffer();
            piece.frag_max_size = 0;
            piece.data.truncate(header);
            if number > 0 {
                clear_uncopied_options(&mut piece.data);
            }
            piece.data.extend_from_slice(part);
            let total = piece.data.len() as u16;
            put16(&mut piece.data, 2, total);
            let more = number + 1 < count || word & MF != 0;
            let mut flags = offset + (number * room / 8) as u16;
            if more {
                flags |= MF;
            }
            if keep_df {
                flags |= DF;
            }
            put16(&mut piece.data, 6, flags);
            ipv4::set_check(&mut piece.data);
            self.note(ns, Layer::Network, &piece, |_| Event::Emit {
                parent: Some(skb.id),
                origin: Origin::Fragment,
            });
            pieces.push(piece);
        }
        Ok(pieces)
    }
}

/// `ip_options_fragment`: options that only the first piece keeps become NOPs.
fn clear_uncopied_options(header: &mut [u8]) {
    let mut at = 20;
    while let Some(&kind) = header.get(at) {
        let len = match kind {
            0 => return,
            1 => 1,
            _ => usize::from(header.get(at + 1).copied().unwrap_or(0)),
        };
        if len == 0 || at + len > header.len() {
            return;
        }
        if kind & 0x80 == 0 && kind != 1 {
            for byte in header.iter_mut().skip(at).take(len) {
                *byte = 1;
            }
        }
        at += len;
    }
}
