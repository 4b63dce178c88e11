//! IP options (RFC 791; net/ipv4/ip_options.c): checked when a packet comes
//! in, filled in on its way, turned round for the answer.
//!
//! Not modelled: the time stamps' time (it is that of a standing clock: 0), and
//! CIPSO.

use std::net::Ipv4Addr;

use crate::ip::fib::{Dst, FlowKey, RouteType};
use crate::link::detail;
use crate::skb::Skb;
use crate::walk::{DropReason, PktType};
use crate::wire::{be32, icmp, ipv4, put32};
use crate::world::{NsId, World};

const END: u8 = 0;
const NOOP: u8 = 1;
const RECORD_ROUTE: u8 = 7;
const TIMESTAMP: u8 = 68;
const LOOSE_ROUTE: u8 = 131;
const STRICT_ROUTE: u8 = 137;
const ROUTER_ALERT: u8 = 148;

/// Where an address is to be filled in when the packet leaves
/// (`rr_needaddr`, `ts_needaddr`): the place of its first byte in the packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// In a record-route option.
    pub record: Option<u8>,
    /// In a time stamp option.
    pub stamp: Option<u8>,
    /// The source route that the packet bears.
    pub route: Option<SourceRoute>,
}

/// A source route (`opt->srr`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceRoute {
    /// Place of the option in the packet.
    at: u8,
    /// Only by way of these hosts (`is_strictroute`).
    pub strict: bool,
    /// The next of them, if this host was one (`srr_is_hit`).
    next: Option<Ipv4Addr>,
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
            return Err(at);
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
        if skb.options.route.is_none() {
            return true;
        }
        let sysctl = &self.ns(ns).sysctl;
        let name = &self.dev(ns, skb.dev).name;
        if !sysctl.and(name, |conf| conf.accept_source_route) {
            if sysctl.or(name, |conf| conf.log_martians) {
                let (src, dst) = (skb.ip().src(), skb.ip().dst());
                let text = format!("IPv4: source route option {src} -> {dst}");
                self.log_kernel(ns, skb, text);
            }
            let why = detail("accept_source_route");
            self.drop_skb(ns, skb, DropReason::NotSpecified, why);
            return false;
        }
        if let Err(why) = self.ip_options_rcv_srr(ns, skb) {
            self.drop_skb(ns, skb, DropReason::NotSpecified, detail(why));
            return false;
        }
        true
    }

    /// `ip_options_rcv_srr`: where the source route leads on from here.
    fn ip_options_rcv_srr(&mut self, ns: NsId, skb: &mut Skb) -> Result<(), &'static str> {
        let (Some(route), Some(dst)) = (skb.options.route, skb.dst.as_ref()) else {
            return Ok(());
        };
        if skb.pkt_type != PktType::Host {
            return Err("source route: not to this MAC");
        }
        match dst.kind {
            RouteType::Local => {}
            // It may pass other routers, if it does not say otherwise.
            RouteType::Unicast if !route.strict => return Ok(()),
            RouteType::Unicast => {
                self.icmp_send(ns, skb, icmp::PARAMETER_PROBLEM, 0, 16 << 24);
                return Err("strict source route");
            }
            _ => return Err("source route: not to this host"),
        }
        let byte = |skb: &Skb, at: usize| usize::from(skb.data.get(at).copied().unwrap_or(0));
        let at = usize::from(route.at);
        let (len, mut pointer) = (byte(skb, at + 1), byte(skb, at + 2));
        while pointer <= len {
            if pointer + 3 > len {
                let place = (at + 2) as u32;
                self.icmp_send(ns, skb, icmp::PARAMETER_PROBLEM, 0, place << 24);
                return Err("source route: no room for an address");
            }
            let next = be32(&skb.data, at + pointer - 1).unwrap_or(0);
            let next = Ipv4Addr::from(next);
            let src = skb.ip().src();
            let found = self.route_input(ns, skb, next, src, skb.dev);
            let found = found.map_err(|_| "source route: no way to the next host")?;
            let local = found.kind == RouteType::Local;
            if !local && found.kind != RouteType::Unicast {
                return Err("source route: no way to the next host");
            }
            skb.dst = Some(found);
            if !local {
                skb.options.route = Some(SourceRoute {
                    next: Some(next),
                    ..route
                });
                break;
            }
            // Another address of this very host.
            ipv4::set_addr(&mut skb.data, true, next);
            pointer += 4;
        }
        Ok(())
    }

    /// `ip_options_compile`: checks the options of a packet that came in, and
    /// enters this machine's address where it is asked for. An error is the
    /// place of the byte that is wrong.
    fn ip_options_compile(&mut self, ns: NsId, skb: &mut Skb) -> Result<(), usize> {
        let own = self.compute_spec_dst(ns, skb);
        skb.options = Pending::default();
        // What stands behind the end of the list becomes ends, too.
        let header = ipv4::Ipv4(&skb.data).header_len();
        let last = list(&skb.data)?.last().map_or(20, |(at, _, len)| at + len);
        if let Some(rest) = skb.data.get_mut(last..header) {
            rest.fill(END);
        }
        let (mut records, mut stamps) = (false, false);
        for (at, kind, len) in list(&skb.data)? {
            let pointer = usize::from(skb.data.get(at + 2).copied().unwrap_or(0));
            match kind {
                ROUTER_ALERT if len < 4 => return Err(at + 1),
                LOOSE_ROUTE | STRICT_ROUTE if len < 3 => return Err(at + 1),
                LOOSE_ROUTE | STRICT_ROUTE if pointer < 4 => return Err(at + 2),
                LOOSE_ROUTE | STRICT_ROUTE if skb.options.route.is_some() => return Err(at),
                LOOSE_ROUTE | STRICT_ROUTE => {
                    skb.options.route = Some(SourceRoute {
                        at: at as u8,
                        strict: kind == STRICT_ROUTE,
                        next: None,
                    });
                }
                RECORD_ROUTE => {
                    if std::mem::replace(&mut records, true) {
                        return Err(at);
                    }
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
                        skb.options.record = Some(place as u8);
                    }
                }
                TIMESTAMP => {
                    if std::mem::replace(&mut stamps, true) {
                        return Err(at);
                    }
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
                    skb.options.stamp = Some(place as u8);
                }
                3 => {
                    if pointer + 7 > len {
                        return Err(at + 2);
                    }
                    let wanted = be32(&skb.data, place).unwrap_or(0);
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
        if let Some(place) = pending.record {
            put32(&mut skb.data, place.into(), own.into());
        }
        // As the kernel has it, a time stamp's address is entered only then.
        if let Some(SourceRoute {
            at,
            next: Some(next),
            ..
        }) = pending.route
        {
            let at = usize::from(at);
            let byte = |at: usize| usize::from(skb.data.get(at).copied().unwrap_or(0));
            let (len, first) = (byte(at + 1), byte(at + 2));
            let mut places = (first..)
                .step_by(4)
                .take_while(|pointer| pointer + 3 <= len);
            let place =
                places.find(|pointer| be32(&skb.data, at + pointer - 1) == Some(next.into()));
            if let Some(pointer) = place {
                ipv4::set_addr(&mut skb.data, true, next);
                let own = self.rt_source(ns, skb, &route);
                put32(&mut skb.data, at + pointer - 1, own.into());
                if let Some(byte) = skb.data.get_mut(at + 2) {
                    *byte = (pointer + 4) as u8;
                }
            }
            if let Some(place) = pending.stamp {
                put32(&mut skb.data, place.into(), own.into());
            }
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

/// The options that an answer bears.
#[derive(Clone, Debug, Default)]
pub(crate) struct Echo {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Where the answer goes first, if it goes back by a source route.
    pub first: Option<Ipv4Addr>,
}

/// `ip_options_echo`: the options that an answer to `packet` bears. Record
/// route and time stamps go back as they are, a source route is turned round;
/// other options do not go back. `to` is whom the answer is for.
pub(crate) fn echo(packet: &[u8], to: Ipv4Addr) -> Echo {
    let mut out = Vec::new();
    let mut first = None;
    let all = list(packet).unwrap_or_default();
    for kind in [RECORD_ROUTE, TIMESTAMP] {
        if let Some((at, _, len)) = all.iter().find(|(_, found, _)| *found == kind) {
            out.extend_from_slice(packet.get(*at..at + len).unwrap_or(&[]));
        }
    }
    let mut routes = all.iter();
    if let Some((at, _, len)) =
        routes.find(|(_, kind, _)| matches!(*kind, LOOSE_ROUTE | STRICT_ROUTE))
        && let Some(option) = packet.get(*at..at + len)
        && let Some((next, bytes)) = turned(option, ipv4::Ipv4(packet).src(), to)
    {
        first = Some(next);
        out.extend(bytes);
    }
    while out.len() % 4 != 0 {
        out.push(END);
    }
    Echo { bytes: out, first }
}

/// A source route for the way back: the first stop, and the option with the
/// rest of them and `to` at its end. `None` if no stop is left.
fn turned(option: &[u8], src: Ipv4Addr, to: Ipv4Addr) -> Option<(Ipv4Addr, Vec<u8>)> {
    let kind = option.first().copied()?;
    let used = usize::from(option.get(2).copied()?).min(option.len() + 1);
    // Those that the packet has passed, latest first.
    let mut stops = Vec::new();
    let mut place = used.checked_sub(4)?;
    while place > 3 {
        stops.push(Ipv4Addr::from(be32(option, place - 1)?));
        place -= 4;
    }
    // RFC 1812 5.2.4.1: an illegal one ends with the sender itself.
    if stops.last() == Some(&src) {
        stops.pop();
    }
    let (next, rest) = stops.split_first()?;
    let mut bytes = vec![kind, (3 + 4 * stops.len()) as u8, 4];
    for stop in rest.iter().chain([&to]) {
        bytes.extend(stop.octets());
    }
    Some((*next, bytes))
}
