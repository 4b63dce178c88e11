//! IP options (RFC 791; net/ipv4/ip_options.c): checked when a packet comes
//! in, filled in on its way, turned round for the answer.
//!
//! Not modelled: the time stamps' time (it is that of a standing clock: 0),
//! CIPSO, and source routes, which end a walk when they are accepted.

use std::net::Ipv4Addr;

use crate::ip::fib::{Dst, FlowKey, RouteType};
use crate::link::detail;
use crate::skb::Skb;
use crate::walk::DropReason;
use crate::wire::{icmp, ipv4, put32};
use crate::world::{NsId, World};

const END: u8 = 0;
const NOOP: u8 = 1;
const RECORD_ROUTE: u8 = 7;
const TIMESTAMP: u8 = 68;
const LOOSE_ROUTE: u8 = 131;
const STRICT_ROUTE: u8 = 137;

/// Where an address is to be filled in when the packet leaves
/// (`rr_needaddr`, `ts_needaddr`): the place of its first byte in the packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// In a record-route option.
    pub record: Option<usize>,
    /// In a time stamp option.
    pub stamp: Option<usize>,
}

/// Options as places in a packet: (offset, kind, length).
fn list(packet: &[u8]) -> Result<Vec<(usize, u8, usize)>, usize> {
    let end = ipv4::Ipv4(packet).header_len();
    let mut found = Vec::new();
    let mut at = 20;
    while at < end {
        let Some(&kind) = packet.get(at) else { break };
        let len = match kind {
            END => break,
            NOOP => 1,
            _ => usize::from(packet.get(at + 1).copied().unwrap_or(0)),
        };
        if (kind != NOOP && len < 2) || at + len > end {
            return Err(at + usize::from(kind != NOOP && at + 1 < end));
        }
        found.push((at, kind, len));
        at += len;
    }
    Ok(found)
}

impl World {
    /// `ip_rcv_options`: `false` when the packet does not go on.
    pub(crate) fn ip_rcv_options(&mut self, ns: NsId, skb: &mut Skb) -> bool {
        match self.ip_options_compile(ns, skb) {
            Ok(()) => {}
            Err(pointer) => {
                let info = (pointer as u32) << 24;
                self.icmp_send(ns, skb, icmp::PARAMETER_PROBLEM, 0, info);
                self.drop_skb(ns, skb, DropReason::IpInHdr, detail("options"));
                return false;
            }
        }
        let source_route = list(&skb.data)
            .unwrap_or_default()
            .iter()
            .any(|(_, kind, _)| matches!(*kind, LOOSE_ROUTE | STRICT_ROUTE));
        if source_route {
            let accept = self
                .ns(ns)
                .sysctl
                .and(&self.dev(ns, skb.dev).name, |conf| conf.accept_source_route);
            if accept {
                self.not_modelled(ns, skb, "IP option: source route");
            } else {
                self.drop_skb(
                    ns,
                    skb,
                    DropReason::NotSpecified,
                    detail("accept_source_route"),
                );
            }
            return false;
        }
        true
    }

    /// `ip_options_compile`: checks the options of a packet that came in, and
    /// enters this machine's address where it is asked for. An error is the
    /// place of the byte that is wrong.
    fn ip_options_compile(&mut self, ns: NsId, skb: &mut Skb) -> Result<(), usize> {
        let own = self.compute_spec_dst(ns, skb);
        for (at, kind, len) in list(&skb.data)? {
            let pointer = usize::from(skb.data.get(at + 2).copied().unwrap_or(0));
            match kind {
                LOOSE_ROUTE | STRICT_ROUTE if len < 3 => return Err(at + 1),
                LOOSE_ROUTE | STRICT_ROUTE if pointer < 4 => return Err(at + 2),
                RECORD_ROUTE => {
                    if len < 3 {
                        return Err(at + 1);
                    }
                    if pointer < 4 {
                        return Err(at + 2);
                    }
                    if pointer <= len {
                        if pointer + 3 > len {
                            return Err(at + 2);
                        }
                        let place = at + pointer - 1;
                        put32(&mut skb.data, place, own.into());
                        bump(&mut skb.data, at + 2, 4);
                        skb.options.record = Some(place);
                    }
                }
                TIMESTAMP => {
                    if len < 4 {
                        return Err(at + 1);
                    }
                    if pointer < 5 {
                        return Err(at + 2);
                    }
                    self.compile_stamp(ns, skb, at, len, pointer, own)?;
                }
                _ => {}
            }
        }
        ipv4::set_check(&mut skb.data);
        Ok(())
    }

    fn compile_stamp(
        &mut self,
        ns: NsId,
        skb: &mut Skb,
        at: usize,
        len: usize,
        pointer: usize,
        own: Ipv4Addr,
    ) -> Result<(), usize> {
        let flags = skb.data.get(at + 3).copied().unwrap_or(0);
        if pointer <= len {
            if pointer + 3 > len {
                return Err(at + 2);
            }
            let place = at + pointer - 1;
            match flags & 0xf {
                0 => {
                    put32(&mut skb.data, place, 0);
                    bump(&mut skb.data, at + 2, 4);
                }
                1 => {
                    if pointer + 7 > len {
                        return Err(at + 2);
                    }
                    put32(&mut skb.data, place, own.into());
                    put32(&mut skb.data, place + 4, 0);
                    bump(&mut skb.data, at + 2, 8);
                    skb.options.stamp = Some(place);
                }
                3 => {
                    if pointer + 7 > len {
                        return Err(at + 2);
                    }
                    let wanted = crate::wire::be32(&skb.data, place).unwrap_or(0);
                    if self.inet_addr_type(ns, wanted.into(), None) != RouteType::Unicast {
                        put32(&mut skb.data, place + 4, 0);
                        bump(&mut skb.data, at + 2, 8);
                    }
                }
                _ => return Err(at + 3),
            }
        } else if flags & 0xf != 3 {
            // No room left: the overflow counter.
            if flags >> 4 == 15 {
                return Err(at + 3);
            }
            bump(&mut skb.data, at + 3, 16);
        }
        Ok(())
    }

    /// `ip_forward_options`: enters the address by which the packet leaves.
    pub(crate) fn ip_forward_options(&mut self, ns: NsId, skb: &mut Skb) {
        let pending = std::mem::take(&mut skb.options);
        if pending == Pending::default() {
            return;
        }
        let Some(route) = skb.dst.clone() else { return };
        let own = self.rt_source(ns, skb, &route);
        for place in [pending.record, pending.stamp].into_iter().flatten() {
            put32(&mut skb.data, place, own.into());
        }
        ipv4::set_check(&mut skb.data);
    }

    /// `ip_rt_get_source`: the source that this machine would use on a route.
    fn rt_source(&mut self, ns: NsId, skb: &Skb, route: &Dst) -> Ipv4Addr {
        if !route.input {
            return skb.ip().src();
        }
        let dst = skb.ip().dst();
        let key = FlowKey {
            oif: Some(route.dev),
            ..FlowKey::output(dst, Ipv4Addr::UNSPECIFIED)
        };
        let level = std::mem::replace(&mut self.rec.level, crate::walk::Level::Off);
        let found = self.route_output(ns, &key);
        self.rec.level = level;
        found.map_or_else(
            |_| self.inet_select_addr(ns, route.dev, dst, 0),
            |found| found.src,
        )
    }
}

fn bump(packet: &mut [u8], at: usize, by: u8) {
    if let Some(byte) = packet.get_mut(at) {
        *byte = byte.wrapping_add(by);
    }
}

/// `ip_options_echo`: the options that an answer to `packet` bears. Record
/// route and time stamps go back as they are; other options do not.
pub(crate) fn echo(packet: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for kind in [RECORD_ROUTE, TIMESTAMP] {
        for (at, found, len) in list(packet).unwrap_or_default() {
            if found == kind {
                out.extend_from_slice(packet.get(at..at + len).unwrap_or(&[]));
            }
        }
    }
    while out.len() % 4 != 0 {
        out.push(END);
    }
    out
}
