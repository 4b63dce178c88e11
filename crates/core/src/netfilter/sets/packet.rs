//! What of a packet is looked up in a set (the `kadt` functions of
//! net/netfilter/ipset/ip_set_*.c, `get_port` of ip_set_getport.c).

use std::net::Ipv4Addr;

use packetwalk_rules::ipset::{Dim, Method};
use packetwalk_rules::xt::set::{CounterOp, CounterTest, SetMatch, SetRef, SetTarget};

use crate::netfilter::HookState;
use crate::skb::Skb;
use crate::walk::Name;
use crate::wire::{be16, ipv4};
use crate::world::{NsId, World};

use super::{Key, Member, Set, Sets, ends};

/// Sets of sets may stand in each other this deep.
const DEPTH: u8 = 2;

/// A packet's values, taken once for every set that it is looked up in.
struct Values {
    src: Ipv4Addr,
    dst: Ipv4Addr,
    proto: u8,
    /// Source and destination; `None` where the packet has no ports to tell.
    ports: Option<(u16, u16)>,
    macs: Option<([u8; 6], [u8; 6])>,
    input: Option<Name>,
    output: Option<Name>,
    mark: u32,
    bytes: u64,
}

fn ports(skb: &Skb) -> Option<(u16, u16)> {
    let ip = skb.ip();
    let bytes = ip.payload();
    match ip.proto() {
        0 => None,
        ipv4::TCP | ipv4::UDP | ipv4::UDPLITE | ipv4::SCTP => {
            if ip.frag_offset() != 0 {
                return None;
            }
            Some((be16(bytes, 0)?, be16(bytes, 2)?))
        }
        ipv4::ICMP => {
            if ip.frag_offset() != 0 {
                return None;
            }
            let kind = be16(bytes, 0)?;
            Some((kind, kind))
        }
        _ => Some((0, 0)),
    }
}

impl Values {
    fn shown(&self, dim: Dim, src: bool) -> String {
        let missing = String::new;
        match dim {
            Dim::Ip | Dim::Net => if src { self.src } else { self.dst }.to_string(),
            Dim::Port => self.ports.map_or_else(missing, |(sport, dport)| {
                let proto = crate::netfilter::matches::protocol(self.proto);
                let port = if src { sport } else { dport };
                if self.proto == ipv4::ICMP {
                    format!("{proto}:{}/{}", port >> 8, port & 0xff)
                } else {
                    format!("{proto}:{port}")
                }
            }),
            Dim::Mac => self.macs.map_or_else(missing, |(from, to)| {
                crate::wire::eth::MacAddr(if src { from } else { to }).to_string()
            }),
            Dim::Iface => {
                let name = if src { &self.input } else { &self.output };
                name.as_ref().map_or_else(missing, ToString::to_string)
            }
            Dim::Mark => format!("{:#x}", self.mark),
            Dim::Set => missing(),
        }
    }
}

impl Set {
    /// What the packet is looked up by; `None` if it has no such thing.
    fn key(&self, values: &Values, src: &[bool]) -> Option<Key> {
        if self.inet6 || src.len() < self.dims.len() {
            return None;
        }
        let mut key = Key::default();
        let mut slot = 0;
        for (dim, &src) in self.dims.iter().zip(src) {
            match dim {
                Dim::Ip | Dim::Net => {
                    let addr = u32::from(if src { values.src } else { values.dst });
                    let addr = if *dim == Dim::Ip {
                        addr & self.mask
                    } else {
                        addr
                    };
                    if self.method == Method::Bitmap {
                        let (first, last) = self.range?;
                        if !(first..=last).contains(&addr) {
                            return None;
                        }
                    } else if addr == 0 && *dim == Dim::Ip && self.dims.len() == 1 {
                        return None;
                    }
                    *key.addr.get_mut(slot)? = addr;
                    *key.length.get_mut(slot)? = 32;
                    slot += 1;
                }
                Dim::Port => {
                    let (sport, dport) = values.ports?;
                    key.port = if src { sport } else { dport };
                    if self.method == Method::Bitmap {
                        // Ports of TCP and UDP alone (bitmap_port.c).
                        let (first, last) = self.range?;
                        if !matches!(values.proto, ipv4::TCP | ipv4::UDP)
                            || !(first..=last).contains(&key.port.into())
                        {
                            return None;
                        }
                    } else {
                        key.proto = values.proto;
                    }
                }
                Dim::Mac => {
                    let (from, to) = values.macs?;
                    key.mac = if src { from } else { to };
                    if key.mac == [0; 6] {
                        return None;
                    }
                }
                Dim::Iface => {
                    let name = if src { &values.input } else { &values.output };
                    key.iface = Some(name.clone()?);
                }
                Dim::Mark => key.mark = values.mark & self.markmask,
                Dim::Set => return None,
            }
        }
        Some(key)
    }
}

impl Sets {
    fn index(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    fn test(
        &mut self,
        at: usize,
        values: &Values,
        src: &[bool],
        wants: &SetMatch,
        now: u64,
        depth: u8,
    ) -> bool {
        let Some(set) = self.list.get_mut(at) else {
            return false;
        };
        if set.method == Method::List {
            if depth == 0 {
                return false;
            }
            let members: Vec<usize> = set
                .members
                .iter()
                .filter_map(|name| self.by_name.get(name).copied())
                .collect();
            return members
                .into_iter()
                .any(|member| self.test(member, values, src, wants, now, depth - 1));
        }
        let Some(probe) = set.key(values, src) else {
            return false;
        };
        let Some(key) = set.find(&probe, now).or_else(|| set.complete(&probe, now)) else {
            return false;
        };
        let counters = set.counters;
        // Sets of networks alone know entries with `nomatch`.
        let exceptions = wants.return_nomatch && set.dims.contains(&Dim::Net);
        let Some(member) = set.entries.get_mut(&key) else {
            return false;
        };
        if member.nomatch {
            return exceptions;
        }
        if counters {
            if !wants.no_update_counters {
                member.packets += 1;
                member.bytes += values.bytes;
            }
            if !holds(wants.packets, member.packets) || !holds(wants.bytes, member.bytes) {
                return false;
            }
        }
        !exceptions
    }
}

impl Set {
    /// A `bitmap:ip,mac` entry that has not seen its Ethernet address learns
    /// it from the first packet.
    fn complete(&mut self, probe: &Key, now: u64) -> Option<Key> {
        if self.method != Method::Bitmap || probe.mac == [0; 6] {
            return None;
        }
        let open = Key {
            mac: [0; 6],
            ..probe.clone()
        };
        if !self.alive(&open, now) {
            return None;
        }
        let member = self.entries.remove(&open)?;
        self.entries.insert(probe.clone(), member);
        Some(probe.clone())
    }
}

fn holds(test: Option<CounterTest>, has: u64) -> bool {
    test.is_none_or(|test| match test.op {
        CounterOp::Equal => has == test.value,
        CounterOp::NotEqual => has != test.value,
        CounterOp::Less => has < test.value,
        CounterOp::Greater => has > test.value,
    })
}

impl World {
    fn set_values(&self, ns: NsId, state: &HookState, skb: &Skb) -> Values {
        let name = |dev: Option<_>| dev.map(|dev| self.dev(ns, dev).name.clone());
        let ip = skb.ip();
        Values {
            src: ip.src(),
            dst: ip.dst(),
            proto: ip.proto(),
            ports: ports(skb),
            macs: skb.mac.map(|eth| (eth.src.0, eth.dst.0)),
            input: name(state.input),
            output: name(state.output),
            mark: skb.mark,
            bytes: skb.data.len() as u64,
        }
    }

    /// `ip_set_test`; `None` if there is no set of that name.
    pub(crate) fn set_test(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &Skb,
        wants: &SetMatch,
    ) -> Option<bool> {
        let set = &wants.set.value;
        let at = self.ns(ns).nf.sets.index(&set.name)?;
        let values = self.set_values(ns, state, skb);
        let now = self.now;
        let sets = &mut self.ns_mut(ns).nf.sets;
        Some(sets.test(at, &values, &set.src, wants, now, DEPTH))
    }

    /// What of the packet was looked up, as `ipset test` would write it.
    pub(crate) fn set_shown(&self, ns: NsId, state: &HookState, skb: &Skb, set: &SetRef) -> String {
        let values = self.set_values(ns, state, skb);
        let sets = &self.ns(ns).nf.sets;
        let mut at = sets.index(&set.name);
        // A list's members tell what is looked up.
        if let Some(list) = at.and_then(|at| sets.plain(at).first().copied()) {
            at = Some(list);
        }
        let dims = at
            .and_then(|at| sets.list.get(at))
            .map_or(&[][..], |set| &set.dims);
        let parts: Vec<String> = dims
            .iter()
            .zip(&set.src)
            .map(|(dim, src)| values.shown(*dim, *src))
            .collect();
        parts.join(",")
    }

    /// `SET` (net/netfilter/xt_set.c): gives what it did, or the name of a set
    /// that is not there.
    pub(crate) fn set_target(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &mut Skb,
        target: &SetTarget,
    ) -> Result<String, Name> {
        let values = self.set_values(ns, state, skb);
        let now = self.now;
        let mut effect = String::new();
        let mut say = |text: &str, name: &str| {
            if !effect.is_empty() {
                effect.push_str(", ");
            }
            effect.push_str(text);
            effect.push(' ');
            effect.push_str(name);
        };
        let sets = &mut self.ns_mut(ns).nf.sets;
        let find =
            |sets: &Sets, set: &SetRef| sets.index(&set.name).ok_or_else(|| Name::from(&*set.name));
        if let Some(set) = &target.add {
            let at = find(sets, set)?;
            if sets.add(at, &values, set, target, now) {
                say("add", &set.name);
            }
        }
        if let Some(set) = &target.del {
            let at = find(sets, set)?;
            if sets.del(at, &values, set, now) {
                say("del", &set.name);
            }
        }
        if let Some(set) = &target.map {
            let at = find(sets, set)?;
            if let Some((mark, priority)) = sets.map(at, &values, set, now) {
                if let Some((value, mask)) = mark.filter(|_| target.map_mark) {
                    skb.mark = (skb.mark & !mask) ^ value;
                    say("mark", &format!("{:#x}", skb.mark));
                }
                if let Some(class) = priority.filter(|_| target.map_prio) {
                    skb.priority = class;
                    say("priority", &format!("{class:#x}"));
                }
            }
        }
        Ok(effect)
    }
}

impl Sets {
    /// The sets that a name stands for: itself, or a list's members.
    fn plain(&self, at: usize) -> Vec<usize> {
        match self.list.get(at) {
            Some(set) if set.method == Method::List => set
                .members
                .iter()
                .filter_map(|name| self.index(name))
                .collect(),
            _ => vec![at],
        }
    }

    /// Enters the packet into the first set that takes it.
    fn add(
        &mut self,
        at: usize,
        values: &Values,
        set: &SetRef,
        target: &SetTarget,
        now: u64,
    ) -> bool {
        for at in self.plain(at) {
            let Some(found) = self.list.get_mut(at) else {
                continue;
            };
            let Some(mut key) = found.key(values, &set.src) else {
                continue;
            };
            // A network set gets the longest network that it has (INIT_CIDR).
            let nets = found
                .dims
                .iter()
                .filter(|dim| matches!(dim, Dim::Ip | Dim::Net));
            let slots = key.addr.iter_mut().zip(&mut key.length);
            for ((dim, lengths), (addr, length)) in nets.zip(&found.lengths).zip(slots) {
                if *dim == Dim::Net {
                    *length = lengths.first().copied().unwrap_or(32);
                    *addr &= super::prefix(*length);
                }
            }
            if found.alive(&key, now) && !target.exist {
                continue;
            }
            let seconds = match found.timeout {
                Some(default) => target.timeout.unwrap_or(default),
                None => 0,
            };
            let member = Member {
                ends: ends(seconds, now),
                ..Member::default()
            };
            found.insert(key, member);
            return true;
        }
        false
    }

    fn del(&mut self, at: usize, values: &Values, set: &SetRef, now: u64) -> bool {
        for at in self.plain(at) {
            let Some(found) = self.list.get_mut(at) else {
                continue;
            };
            if let Some(probe) = found.key(values, &set.src)
                && let Some(key) = found.find(&probe, now)
            {
                found.entries.remove(&key);
                return true;
            }
        }
        false
    }

    #[allow(clippy::type_complexity)]
    fn map(
        &self,
        at: usize,
        values: &Values,
        set: &SetRef,
        now: u64,
    ) -> Option<(Option<(u32, u32)>, Option<u32>)> {
        self.plain(at).into_iter().find_map(|at| {
            let found = self.list.get(at)?;
            let key = found.find(&found.key(values, &set.src)?, now)?;
            let member = found.entries.get(&key).filter(|member| !member.nomatch)?;
            Some((member.mark, member.priority))
        })
    }
}
