//! NAT: settling what a connection's addresses become (net/netfilter/nf_nat_core.c).
//!
//! Where the kernel chooses at random (a port among free ones, an address of
//! a range), the world's generator does.

use std::net::{IpAddr, Ipv4Addr};

use crate::netfilter::HookState;
use crate::skb::Skb;
use crate::walk::{Event, Hook, NatAct, TableSkip, Verdict};
use crate::wire::ipv4;
use crate::world::rng::Rng;
use crate::world::{NsId, World};

use super::entry::status;
use super::{Conntrack, CtId, CtInfo, CtRef, Entry, Tuple, Zone};

/// Which end is translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manip {
    /// The source.
    Src,
    /// The destination.
    Dst,
}

/// `NF_NAT_RANGE_*`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NatFlags {
    /// Addresses are given.
    pub map_ips: bool,
    /// Ports are given.
    pub proto_specified: bool,
    /// `--random`.
    pub proto_random: bool,
    /// `--random-fully`.
    pub proto_random_fully: bool,
    /// `--persistent`.
    pub persistent: bool,
    /// Ports are shifted from `base_proto`.
    pub proto_offset: bool,
    /// A whole network is mapped.
    pub netmap: bool,
}

impl NatFlags {
    fn random(self) -> bool {
        self.proto_random || self.proto_random_fully
    }
}

/// What a connection may be translated to (`struct nf_nat_range2`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NatRange {
    /// Flags.
    pub flags: NatFlags,
    /// Lowest address.
    pub min_addr: IpAddr,
    /// Highest address.
    pub max_addr: IpAddr,
    /// Lowest port.
    pub min_proto: u16,
    /// Highest port.
    pub max_proto: u16,
    /// Port that `min_proto` stands for.
    pub base_proto: u16,
}

/// A source, for finding connections that have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Source {
    src: IpAddr,
    sport: u16,
    proto: u8,
    /// What `hash_by_src` takes in, and what `nf_ct_zone_equal` asks for.
    zone: (u16, u16),
}

impl Source {
    pub(super) fn of(tuple: &Tuple, zone: Zone) -> Self {
        let both = zone.original == zone.reply;
        Self {
            src: tuple.src,
            sport: tuple.sport,
            proto: tuple.proto,
            zone: (if both { zone.original } else { 0 }, zone.original),
        }
    }
}

fn number(addr: IpAddr) -> u128 {
    match addr {
        IpAddr::V4(addr) => u128::from(u32::from(addr)),
        IpAddr::V6(addr) => addr.into(),
    }
}

fn addr_at(low: IpAddr, offset: u32) -> IpAddr {
    match low {
        IpAddr::V4(addr) => IpAddr::V4(Ipv4Addr::from(u32::from(addr).wrapping_add(offset))),
        IpAddr::V6(addr) => IpAddr::V6((u128::from(addr).wrapping_add(u128::from(offset))).into()),
    }
}

/// `nf_in_range`: does the source lie within?
fn in_range(tuple: &Tuple, range: &NatRange) -> bool {
    if range.flags.map_ips
        && !(number(range.min_addr)..=number(range.max_addr)).contains(&number(tuple.src))
    {
        return false;
    }
    !range.flags.proto_specified
        || !has_ports(tuple.proto)
        || (range.min_proto..=range.max_proto).contains(&tuple.sport)
}

fn has_ports(proto: u8) -> bool {
    matches!(
        proto,
        ipv4::TCP | ipv4::UDP | ipv4::UDPLITE | ipv4::SCTP | ipv4::ICMP
    )
}

impl Conntrack {
    /// `nf_nat_used_tuple`: would the answers look like another connection's?
    fn used(&self, tuple: &Tuple, except: CtId, now: u64) -> bool {
        let Some(reply) = tuple.invert() else {
            return false;
        };
        let zone = self.get(except).map(Entry::zone).unwrap_or_default();
        let Some((other, is_reply)) = self.find(&reply, zone, now) else {
            return false;
        };
        // nf_conntrack_tuple_taken looks where the reply's zone leads alone.
        if other == except || (!is_reply && zone.original != zone.reply) {
            return false;
        }
        // The very same connection is no clash.
        let (Some(a), Some(b)) = (self.get(other), self.get(except)) else {
            return true;
        };
        a.original != b.original
    }

    /// `nf_nat_used_tuple_new`: the same of a tuple that the range leaves as it
    /// is. Where it is merely the other way of an untranslated UDP flow, it
    /// counts as free: two ends that speak at once must keep their ports. Such
    /// a packet is dropped when it is to be entered beside the other, if zones
    /// keep it from being that one's answer.
    fn used_unchanged(&self, tuple: &Tuple, except: CtId, now: u64) -> bool {
        const TRANSLATED: u32 = status::SRC_NAT | status::DST_NAT | status::SEQ_ADJUST;
        if !self.used(tuple, except, now) {
            return false;
        }
        let Some(new) = self.get(except).filter(|new| new.status & TRANSLATED == 0) else {
            return true;
        };
        // Of the protocols whose ports NAT knows, those that allow a clash.
        if !matches!(tuple.proto, ipv4::UDP | ipv4::UDPLITE) {
            return true;
        }
        let other = self
            .find(tuple, new.zone(), now)
            .or_else(|| self.find(&tuple.invert()?, new.zone(), now))
            .and_then(|(other, _)| self.get(other));
        let plain = |tuple: &Tuple| Tuple { zone: 0, ..*tuple };
        other.is_some_and(|old| {
            old.status & TRANSLATED != 0
                || plain(&old.original) != plain(&new.reply)
                || plain(&old.reply) != plain(&new.original)
        })
    }

    /// `find_appropriate_src`: what an earlier connection from the same source
    /// was given.
    fn same_source(&self, tuple: &Tuple, zone: Zone, range: &NatRange) -> Option<Tuple> {
        let list = self.sources.get(&Source::of(tuple, zone))?;
        for id in list.iter().rev() {
            let mut result = self.get(*id)?.reply.invert()?;
            result.dst = tuple.dst;
            result.dport = tuple.dport;
            result.zone = tuple.zone;
            if in_range(&result, range) {
                return Some(result);
            }
        }
        None
    }
}

impl World {
    /// `nf_nat_setup_info`: settles one end of a new connection.
    pub fn nat_setup_info(
        &mut self,
        ns: NsId,
        skb: &mut Skb,
        range: &NatRange,
        manip: Manip,
    ) -> Verdict {
        let Some(CtRef { id: Some(id), .. }) = skb.ct else {
            return Verdict::Accept;
        };
        let done = match manip {
            Manip::Src => status::SRC_NAT_DONE,
            Manip::Dst => status::DST_NAT_DONE,
        };
        let Some(entry) = self.ns(ns).ct.get(id) else {
            return Verdict::Accept;
        };
        if entry.has(status::CONFIRMED) {
            return Verdict::Accept;
        }
        if entry.has(done) {
            return Verdict::Drop;
        }
        let Some(current) = entry.reply.invert() else {
            return Verdict::Drop;
        };
        let new = self.unique_tuple(ns, &current, range, id, manip);
        let Some(entry) = self.ns_mut(ns).ct.entries.get_mut(&id) else {
            return Verdict::Accept;
        };
        if new != current {
            let Some(reply) = new.invert() else {
                return Verdict::Drop;
            };
            entry.reply = reply;
            entry.status |= match manip {
                Manip::Src => status::SRC_NAT,
                Manip::Dst => status::DST_NAT,
            };
        }
        entry.status |= done;
        Verdict::Accept
    }

    /// `get_unique_tuple`.
    fn unique_tuple(
        &mut self,
        ns: NsId,
        original: &Tuple,
        range: &NatRange,
        id: CtId,
        manip: Manip,
    ) -> Tuple {
        let now = self.now;
        let ct = &self.ns(ns).ct;
        let zone = ct.get(id).map(Entry::zone).unwrap_or_default();
        if manip == Manip::Src && !range.flags.random() {
            if in_range(original, range) {
                if !ct.used_unchanged(original, id, now) {
                    return *original;
                }
            } else if let Some(same) = ct.same_source(original, zone, range)
                && !ct.used(&same, id, now)
            {
                return same;
            }
        }
        let mut tuple = *original;
        self.best_address(ns, &mut tuple, range, manip);
        let ct = &self.ns(ns).ct;
        if !range.flags.random() {
            if range.flags.proto_specified {
                let key = match manip {
                    Manip::Src => tuple.sport,
                    Manip::Dst => tuple.dport,
                };
                let inside =
                    !has_ports(tuple.proto) || (range.min_proto..=range.max_proto).contains(&key);
                if !range.flags.proto_offset
                    && inside
                    && (range.min_proto == range.max_proto || !ct.used(&tuple, id, now))
                {
                    return tuple;
                }
            } else if !ct.used(&tuple, id, now) {
                return tuple;
            }
        }
        self.unique_port(ns, tuple, range, id, manip)
    }

    /// What the choice among addresses hangs on (`nf_nat_hash_rnd`), drawn when
    /// it is first needed.
    fn nat_secret(&mut self, ns: NsId) -> u64 {
        let drawn = self.ns(ns).ct.secret;
        let secret = drawn.unwrap_or_else(|| self.rng.next_u64());
        self.ns_mut(ns).ct.secret = Some(secret);
        secret
    }

    /// `find_best_ips_proto`.
    pub(super) fn best_address(
        &mut self,
        ns: NsId,
        tuple: &mut Tuple,
        range: &NatRange,
        manip: Manip,
    ) {
        if !range.flags.map_ips {
            return;
        }
        let span = number(range.max_addr).saturating_sub(number(range.min_addr));
        let span = u32::try_from(span).unwrap_or(u32::MAX);
        let chosen = if span == 0 {
            range.min_addr
        } else {
            // The kernel hashes the two ends with a secret of its own, so that
            // the same two always get the same address; `--persistent` leaves
            // the destination out.
            let far = if range.flags.persistent {
                0
            } else {
                number(tuple.dst)
            };
            let ends = number(tuple.src).rotate_left(64) ^ far ^ u128::from(tuple.zone);
            let seed = self.nat_secret(ns) ^ (ends as u64) ^ ((ends >> 64) as u64).rotate_left(32);
            let offset = Rng::new(seed).below(span.saturating_add(1));
            addr_at(range.min_addr, offset)
        };
        match manip {
            Manip::Src => tuple.src = chosen,
            Manip::Dst => tuple.dst = chosen,
        }
    }

    /// `nf_nat_l4proto_unique_tuple`: a port that makes the tuple unique.
    fn unique_port(
        &mut self,
        ns: NsId,
        mut tuple: Tuple,
        range: &NatRange,
        id: CtId,
        manip: Manip,
    ) -> Tuple {
        if !has_ports(tuple.proto) {
            return tuple;
        }
        let icmp = tuple.proto == ipv4::ICMP;
        // ICMP has an identifier only, on the source's side.
        let key = if icmp || manip == Manip::Src {
            tuple.sport
        } else {
            tuple.dport
        };
        let (min, size) = if range.flags.proto_specified {
            let (low, high) = (
                range.min_proto.min(range.max_proto),
                range.min_proto.max(range.max_proto),
            );
            (low, u32::from(high - low) + 1)
        } else if icmp {
            (0, 65536)
        } else if manip == Manip::Dst {
            return tuple;
        } else if key < 512 {
            (1, 511)
        } else if key < 1024 {
            (600, 1023 - 600 + 1)
        } else {
            (1024, 65535 - 1024 + 1)
        };
        let mut offset = if range.flags.proto_offset {
            u32::from(key.wrapping_sub(range.base_proto))
        } else if range.flags.random() || manip != Manip::Dst {
            self.rng.below(65536)
        } else {
            0
        };
        let mut attempts = size.min(128);
        let now = self.now;
        loop {
            for _ in 0..attempts {
                let port = min.wrapping_add((offset % size) as u16);
                if icmp || manip == Manip::Src {
                    tuple.sport = port;
                } else {
                    tuple.dport = port;
                }
                if !self.ns(ns).ct.used(&tuple, id, now) {
                    return tuple;
                }
                offset = offset.wrapping_add(1);
            }
            if attempts >= size || attempts < 16 {
                return tuple;
            }
            attempts /= 2;
            offset = self.rng.below(65536);
        }
    }

    /// `nf_nat_ipv4_*` at this hook: asks the nat table `table` for a new
    /// connection, then rewrites the packet. PREROUTING and OUTPUT translate
    /// destinations, INPUT and POSTROUTING sources.
    pub fn nat_hook(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &mut Skb,
        table: usize,
    ) -> Verdict {
        let Some(CtRef { id: Some(id), info }) = skb.ct else {
            self.note_nat_skip(ns, state, skb, table, TableSkip::NatUntracked);
            return Verdict::Accept;
        };
        let before = skb.ip().dst();
        let verdict = self.nat_inet(ns, state, skb, table, id, info);
        if verdict != Verdict::Accept {
            return verdict;
        }
        let after = skb.ip().dst();
        match state.hook {
            Hook::Prerouting if before != after => skb.dst = None,
            Hook::Output => {
                // nf_nat_ipv4_local_fn: routed anew if the destination changed.
                let changed = self.ns(ns).ct.get(id).is_some_and(|entry| {
                    let reply = info.is_reply();
                    entry.tuple(reply).dst != entry.tuple(!reply).src
                });
                if changed && self.route_me_harder(ns, skb).is_err() {
                    return Verdict::Drop;
                }
            }
            _ => {}
        }
        Verdict::Accept
    }

    /// `nf_nat_inet_fn`.
    fn nat_inet(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &mut Skb,
        table: usize,
        id: CtId,
        info: CtInfo,
    ) -> Verdict {
        let manip = match state.hook {
            Hook::Prerouting | Hook::Output => Manip::Dst,
            _ => Manip::Src,
        };
        let related = matches!(info, CtInfo::Related | CtInfo::RelatedReply);
        if related && skb.ip().proto() == ipv4::ICMP {
            self.note_nat_skip(ns, state, skb, table, TableSkip::NatReply);
            let before = skb.data.clone();
            if !self.nat_icmp_error(ns, skb, id, info, manip) {
                return Verdict::Drop;
            }
            self.note_rewrite(ns, state, skb, manip, &before);
            return Verdict::Accept;
        }
        let done = match manip {
            Manip::Src => status::SRC_NAT_DONE,
            Manip::Dst => status::DST_NAT_DONE,
        };
        let Some(entry) = self.ns(ns).ct.get(id) else {
            return Verdict::Accept;
        };
        let settled = entry.has(done);
        // nf_nat_oif_changed: MASQUERADE's device is not this one any more.
        if state.hook == Hook::Postrouting
            && !info.is_reply()
            && settled
            && entry.masq.is_some_and(|dev| Some(dev) != state.output)
        {
            self.kill_ct(ns, state, skb, id);
            return Verdict::Drop;
        }
        let first = matches!(info, CtInfo::New) || related;
        if first && !settled {
            let verdict = self.do_table(ns, table, state, skb);
            if verdict != Verdict::Accept {
                return verdict;
            }
            let by_rule = self.ns(ns).ct.get(id).is_some_and(|entry| entry.has(done));
            if !by_rule && self.null_binding(ns, skb, id, manip) != Verdict::Accept {
                return Verdict::Drop;
            }
            self.note_setup(ns, state, skb, id, manip, by_rule);
        } else if self.settings.faults.nat_every_packet {
            let _ = self.do_table(ns, table, state, skb);
        } else {
            let why = if info.is_reply() {
                TableSkip::NatReply
            } else {
                TableSkip::NatSettled
            };
            self.note_nat_skip(ns, state, skb, table, why);
        }
        let before = skb.data.clone();
        self.nat_packet(ns, skb, id, info, manip);
        self.note_rewrite(ns, state, skb, manip, &before);
        Verdict::Accept
    }

    /// `nf_nat_alloc_null_binding`: the address stays, but for a clash.
    fn null_binding(&mut self, ns: NsId, skb: &mut Skb, id: CtId, manip: Manip) -> Verdict {
        let Some(entry) = self.ns(ns).ct.get(id) else {
            return Verdict::Accept;
        };
        let addr = match manip {
            Manip::Src => entry.reply.dst,
            Manip::Dst => entry.reply.src,
        };
        let range = NatRange {
            flags: NatFlags {
                map_ips: true,
                ..NatFlags::default()
            },
            min_addr: addr,
            max_addr: addr,
            min_proto: 0,
            max_proto: 0,
            base_proto: 0,
        };
        self.nat_setup_info(ns, skb, &range, manip)
    }

    fn note_nat_skip(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &Skb,
        table: usize,
        why: TableSkip,
    ) {
        if !self.rec.full() {
            return;
        }
        let Some(name) = self
            .ns(ns)
            .nf
            .tables
            .ip
            .get(table)
            .map(|table| table.compiled.name.clone())
        else {
            return;
        };
        let event = Event::TableSkip {
            family: state.family,
            table: name,
            hook: state.hook,
            why,
        };
        self.step_hook(ns, state, skb, event);
    }

    fn note_setup(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &Skb,
        id: CtId,
        manip: Manip,
        by_rule: bool,
    ) {
        if !self.rec.full() {
            return;
        }
        let Some(entry) = self.ns(ns).ct.get(id) else {
            return;
        };
        let translated = match manip {
            Manip::Src => entry.has(status::SRC_NAT),
            Manip::Dst => entry.has(status::DST_NAT),
        };
        let act = match (manip, by_rule || translated) {
            (Manip::Src, true) => NatAct::SetupSource,
            (Manip::Dst, true) => NatAct::SetupDestination,
            (Manip::Src, false) => NatAct::NullSource,
            (Manip::Dst, false) => NatAct::NullDestination,
        };
        let ends = |addr, port| Some(std::net::SocketAddr::new(addr, port));
        let (from, to) = match manip {
            Manip::Src => (
                ends(entry.original.src, entry.original.sport),
                ends(entry.reply.dst, entry.reply.dport),
            ),
            Manip::Dst => (
                ends(entry.original.dst, entry.original.dport),
                ends(entry.reply.src, entry.reply.sport),
            ),
        };
        let event = Event::Nat {
            act,
            ct: self.ct_view(ns, skb),
            from,
            to,
        };
        self.step_hook(ns, state, skb, event);
    }

    fn note_rewrite(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &Skb,
        manip: Manip,
        before: &[u8],
    ) {
        if !self.rec.full() || before == skb.data.as_slice() {
            return;
        }
        let end = |bytes: &[u8]| {
            let ip = ipv4::Ipv4(bytes);
            let ports = matches!(ip.proto(), ipv4::TCP | ipv4::UDP);
            let (addr, at) = match manip {
                Manip::Src => (ip.src(), 0),
                Manip::Dst => (ip.dst(), 2),
            };
            let port = if ports {
                crate::wire::be16(ip.payload(), at).unwrap_or(0)
            } else {
                0
            };
            Some(std::net::SocketAddr::new(addr.into(), port))
        };
        let event = Event::Nat {
            act: match manip {
                Manip::Src => NatAct::RewriteSource,
                Manip::Dst => NatAct::RewriteDestination,
            },
            ct: self.ct_view(ns, skb),
            from: end(before),
            to: end(&skb.data),
        };
        self.step_hook(ns, state, skb, event);
    }
}
