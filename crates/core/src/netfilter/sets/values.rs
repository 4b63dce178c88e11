//! What of a packet a set looks up (the `kadt` functions of
//! net/netfilter/ipset/ip_set_*.c, `get_port` of ip_set_getport.c).

use std::net::Ipv4Addr;

use packetwalk_rules::ipset::{Dim, IpSet, Key, Method, push_port};

use crate::netfilter::HookState;
use crate::skb::Skb;
use crate::walk::Name;
use crate::wire::{be16, eth, ipv4};
use crate::world::{NsId, World};

/// A packet's values, taken once for every set that it is looked up in.
pub(super) struct Values {
    src: Ipv4Addr,
    dst: Ipv4Addr,
    proto: u8,
    /// Source and destination; `None` where the packet has no ports to tell.
    ports: Option<(u16, u16)>,
    macs: Option<([u8; 6], [u8; 6])>,
    input: Option<Name>,
    output: Option<Name>,
    mark: u32,
    /// `skb->len`
    pub bytes: u64,
}

impl World {
    pub(super) fn set_values(&self, ns: NsId, state: &HookState, skb: &Skb) -> Values {
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
}

/// The ports of a packet; for ICMP type and code. The header has to be there.
fn ports(skb: &Skb) -> Option<(u16, u16)> {
    let ip = skb.ip();
    let bytes = ip.payload();
    let header = match ip.proto() {
        0 => return None,
        ipv4::TCP => 20,
        ipv4::SCTP => 12,
        ipv4::UDP | ipv4::UDPLITE | ipv4::ICMP => 8,
        _ => return Some((0, 0)),
    };
    if ip.frag_offset() != 0 || bytes.len() < header {
        return None;
    }
    let first = be16(bytes, 0)?;
    let second = if ip.proto() == ipv4::ICMP {
        first
    } else {
        be16(bytes, 2)?
    };
    Some((first, second))
}

impl Values {
    /// What is looked up in a set for each direction; `None` if the packet has no
    /// such thing or the set does not take it. A packet that is added or deleted
    /// goes by the longest network in the set.
    pub(super) fn key(&self, set: &IpSet, src: &[bool], test: bool) -> Option<Key> {
        let dims = set.kind.dims;
        if set.inet6 || src.len() < dims.len() {
            return None;
        }
        let mut key = Key::default();
        let mut slot = 0;
        for (dim, &src) in dims.iter().zip(src) {
            match dim {
                Dim::Ip | Dim::Net => {
                    let addr = u128::from(u32::from(if src { self.src } else { self.dst }));
                    let mut length = set.bits();
                    if set.kind.method == Method::Bitmap {
                        self.within(set, addr)?;
                        length = 0;
                    } else if *dim == Dim::Net && !test {
                        length = set.longest(slot);
                    }
                    let mut masked = addr & set.mask;
                    if *dim == Dim::Net {
                        masked &= set.prefix(length);
                    }
                    *key.addr.get_mut(slot)? = masked;
                    *key.length.get_mut(slot)? = length;
                    slot += 1;
                }
                Dim::Port => {
                    let (sport, dport) = self.ports?;
                    key.port = if src { sport } else { dport };
                    if set.kind.method == Method::Bitmap {
                        // Ports of TCP and UDP alone.
                        if !matches!(self.proto, ipv4::TCP | ipv4::UDP) {
                            return None;
                        }
                        self.within(set, key.port.into())?;
                    } else {
                        key.proto = self.proto;
                    }
                }
                Dim::Mac => {
                    let (from, to) = self.macs?;
                    key.mac = if src { from } else { to };
                    if key.mac == [0; 6] {
                        return None;
                    }
                }
                Dim::Iface => {
                    let name = if src { &self.input } else { &self.output };
                    key.iface = Some(name.clone()?);
                }
                Dim::Mark => key.mark = self.mark & set.markmask,
                Dim::Set => return None,
            }
        }
        // A zero is no entry of these two.
        let zero = matches!(dims, [Dim::Ip] | [Dim::Ip, Dim::Port]);
        let hash = set.kind.method == Method::Hash;
        (!(hash && zero && key.addr == [0, 0])).then_some(key)
    }

    fn within(&self, set: &IpSet, value: u128) -> Option<()> {
        let (first, last) = set.range;
        (u128::from(first)..=u128::from(last))
            .contains(&value)
            .then_some(())
    }

    /// One part of what is looked up, as `ipset test` would write it.
    pub(super) fn shown(&self, dim: Dim, src: bool) -> String {
        let missing = String::new;
        match dim {
            Dim::Ip | Dim::Net => if src { self.src } else { self.dst }.to_string(),
            Dim::Port => self.ports.map_or_else(missing, |(sport, dport)| {
                let mut out = String::new();
                push_port(self.proto, if src { sport } else { dport }, false, &mut out);
                out
            }),
            Dim::Mac => self.macs.map_or_else(missing, |(from, to)| {
                eth::MacAddr(if src { from } else { to }).to_string()
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
