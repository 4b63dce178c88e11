//! ICMP: what is answered, and the errors that are sent (net/ipv4/icmp.c).
//!
//! Not modelled: address mask replies (the kernel ignores them), and extended
//! echo. How often messages are sent is in [`super::limits`].

use std::net::Ipv4Addr;

use crate::ip::fib::{Dst, FlowKey, RouteType};
use crate::ip::options::echo;
use crate::ip::route::SCOPE_LINK;
use crate::link::detail;
use crate::skb::Skb;
use crate::walk::{DropReason, Event, Layer, Origin, PktType};
use crate::wire::icmp::{self, is_error};
use crate::wire::ipv4::{self, Build, Ipv4};
use crate::wire::put16;
use crate::world::{NsId, World};

/// `INADDR_DUMMY`: the source of errors of a machine without an address (RFC 7600).
const DUMMY: Ipv4Addr = Ipv4Addr::new(192, 0, 0, 8);

/// A message that the kernel sends.
struct Message<'a> {
    /// To whom: the first stop, where there is a source route.
    to: Ipv4Addr,
    tos: u8,
    mark: u32,
    /// Options of the IP header.
    options: &'a [u8],
    /// The ICMP header and what follows it.
    bytes: &'a [u8],
}

impl World {
    /// The mark that an answer bears (`IP4_REPLY_MARK`).
    pub(crate) fn reply_mark(&self, ns: NsId, mark: u32) -> u32 {
        if self.ns(ns).sysctl.ipv4.fwmark_reflect != 0 {
            mark
        } else {
            0
        }
    }

    /// `icmp_send`: an ICMP error about `about`. `info` is the second word of
    /// the message (MTU, gateway, pointer).
    pub fn icmp_send(&mut self, ns: NsId, about: &Skb, kind: u8, code: u8, info: u32) {
        if self.engine.icmp_busy {
            return;
        }
        let route = match &about.dst {
            Some(route) => route.clone(),
            // A bridged packet has the bridge's stand-in for a route
            // (`bridge_parent_rtable`).
            None if about.bridge.is_some() => Dst {
                kind: RouteType::Unicast,
                dev: about.dev,
                via: None,
                iif: None,
                src: Ipv4Addr::UNSPECIFIED,
                mtu: 0,
                input: false,
                realm: 0,
                redirect: false,
                local_too: false,
            },
            None => return,
        };
        let ip = about.ip();
        if about.pkt_type != PktType::Host
            || matches!(route.kind, RouteType::Broadcast | RouteType::Multicast)
            || ip.frag_offset() != 0
        {
            return;
        }
        // Never an error about an error (RFC 1122).
        if is_error(kind) && ip.proto() == ipv4::ICMP {
            let inner = ip.payload().first();
            if !inner.is_some_and(|inner| icmp::may_meet_error(*inner)) {
                return;
            }
        }
        let on_lo = self.dev(ns, about.dev).is_loopback();
        let limited = !on_lo && self.icmp_is_limited(ns, kind, code);
        if limited && !self.icmp_global_allows(ns, about, kind) {
            return;
        }
        let local = route.kind == RouteType::Local;
        let mut src = if local {
            ip.dst()
        } else {
            Ipv4Addr::UNSPECIFIED
        };
        if !local && route.input && self.ns(ns).sysctl.ipv4.icmp_errors_use_inbound_ifaddr != 0 {
            let dev = about.iif.unwrap_or(about.dev);
            src = self.inet_select_addr(ns, dev, ip.src(), SCOPE_LINK);
        }
        let tos = if is_error(kind) {
            (ip.tos() & 0x1e) | 0xc0
        } else {
            ip.tos()
        };
        let options = echo(&about.data, ip.src());
        let to = options.first.unwrap_or(ip.src());
        let mark = self.reply_mark(ns, about.mark);
        let key = FlowKey {
            mark,
            tos: tos & 0x1c,
            proto: ipv4::ICMP,
            ..FlowKey::output(to, src)
        };
        let Ok(mut back) = self.route_output(ns, &key) else {
            return;
        };
        self.icmp_relookup(ns, about);
        if limited && !self.icmp_peer_allows(ns, about, kind, (&back, to)) {
            return;
        }
        if back.src.is_unspecified() {
            back.src = DUMMY;
        }
        let room =
            (self.route_mtu(ns, &back).min(576) as usize).saturating_sub(28 + options.bytes.len());
        let quoted = about.data.get(..about.data.len().min(room)).unwrap_or(&[]);
        let message = icmp::build(kind, code, info, quoted);
        let message = Message {
            to,
            tos,
            mark,
            options: &options.bytes,
            bytes: &message,
        };
        self.icmp_push(ns, back, &message, about, Origin::IcmpError);
    }

    /// The second half of `icmp_route_lookup`: the kernel also routes the way
    /// that the quoted packet would have come back. All that is ever seen of it
    /// is a martian in the log, so nothing is asked where none is logged.
    fn icmp_relookup(&mut self, ns: NsId, about: &Skb) {
        let (src, dst) = (about.ip().src(), about.ip().dst());
        let local = |addr| self.inet_addr_type(ns, addr, None) == RouteType::Local;
        if local(src) || local(dst) {
            return;
        }
        // By which device would it come back? Linux 6.18 asks for the packet's
        // whole flow as if it were sent from here (recorded in
        // tests/corpus/found/martian-by-policy); earlier ones for `dst` alone.
        let key = FlowKey {
            mark: about.mark,
            tos: about.ip().tos() & 0x1c,
            any_src: true,
            ..self.dissected(ns, about, FlowKey::output(dst, src))
        };
        let Ok(found) = self.fib_lookup(ns, &key) else {
            return;
        };
        if let Some(dev) = found.hop.and_then(|hop| hop.dev)
            && self.dev_conf(ns, dev).log_martians
        {
            let _ = self.route_input(ns, about, src, dst, dev);
        }
    }

    /// `icmp_push_reply`: sends a message that the kernel made.
    fn icmp_push(
        &mut self,
        ns: NsId,
        route: Dst,
        message: &Message<'_>,
        parent: &Skb,
        origin: Origin,
    ) {
        let id = self.rng.next_u64() as u16;
        let packet = Build {
            src: route.src,
            dst: message.to,
            proto: ipv4::ICMP,
            ttl: self.ns(ns).sysctl.ipv4.ip_default_ttl,
            tos: message.tos,
            id,
            df: false,
            options: message.options,
        }
        .packet(message.bytes);
        let mut skb = self.new_skb(route.dev, crate::wire::eth::ETH_P_IP, packet);
        skb.dst = Some(route);
        skb.mark = message.mark;
        skb.ignore_df = true;
        skb.full = crate::skb::FullSock::Kernel;
        if origin == Origin::IcmpError {
            self.ct_attach(&mut skb, parent);
        }
        self.note(ns, Layer::Transport, &skb, |_| Event::Emit {
            parent: Some(parent.id),
            origin,
        });
        let busy = std::mem::replace(&mut self.engine.icmp_busy, true);
        let _ = self.ip_local_out(ns, skb);
        self.engine.icmp_busy = busy;
    }

    /// `ip_rt_send_redirect`: a better gateway is on the sender's own link. A
    /// sender hears of it once in a flow: before the next time a moment has to
    /// pass (`redirect_load`), and none does.
    pub(crate) fn send_redirect(&mut self, ns: NsId, skb: &Skb, gateway: Ipv4Addr) {
        let sender = (ns, skb.ip().src());
        if !self.engine.redirected.contains(&sender) {
            self.engine.redirected.push(sender);
            self.icmp_send(ns, skb, icmp::REDIRECT, 1, gateway.into());
            self.redirect_counts(ns, sender.1);
        }
    }

    /// `icmp_rcv`.
    pub(crate) fn icmp_rcv(&mut self, ns: NsId, skb: &Skb) {
        let message = skb.ip().payload();
        if !icmp::check_ok(message) {
            self.drop_skb(ns, skb, DropReason::IcmpCsum, None);
            return;
        }
        if message.len() < 8 {
            self.drop_skb(ns, skb, DropReason::NotSpecified, detail("ICMP header"));
            return;
        }
        let kind = message.first().copied().unwrap_or(255);
        if matches!(kind, icmp::EXT_ECHO | icmp::EXT_ECHO_REPLY) {
            // icmp_echo_enable_probe is off.
            self.consume_skb(ns, skb);
            return;
        }
        if kind > 18 {
            self.drop_skb(ns, skb, DropReason::UnhandledProto, detail("ICMP type"));
            return;
        }
        let group = skb
            .dst
            .as_ref()
            .is_some_and(|dst| matches!(dst.kind, RouteType::Broadcast | RouteType::Multicast));
        let sysctl = &self.ns(ns).sysctl.ipv4;
        if group {
            let query = matches!(kind, icmp::ECHO | icmp::TIMESTAMP);
            if query && sysctl.icmp_echo_ignore_broadcasts != 0 {
                self.drop_skb(ns, skb, DropReason::InvalidProto, detail("to a group"));
                return;
            }
            if !query && !matches!(kind, icmp::ADDRESS | icmp::ADDRESS_REPLY) {
                self.drop_skb(ns, skb, DropReason::InvalidProto, detail("to a group"));
                return;
            }
        }
        match kind {
            icmp::ECHO if sysctl.icmp_echo_ignore_all != 0 => {
                // The kernel gives no reason, and calls it consumed.
                self.consume_skb(ns, skb);
            }
            icmp::ECHO => {
                let mut reply = message.to_vec();
                if let Some(kind) = reply.first_mut() {
                    *kind = icmp::ECHO_REPLY;
                }
                self.icmp_reply(ns, skb, reply);
                self.consume_skb(ns, skb);
            }
            icmp::TIMESTAMP => {
                if message.len() < 20 {
                    self.drop_skb(ns, skb, DropReason::PktTooSmall, None);
                    return;
                }
                let mut reply = message.get(..20).unwrap_or(message).to_vec();
                if let Some(kind) = reply.first_mut() {
                    *kind = icmp::TIMESTAMP_REPLY;
                }
                self.icmp_reply(ns, skb, reply);
                self.consume_skb(ns, skb);
            }
            icmp::DEST_UNREACH
            | icmp::SOURCE_QUENCH
            | icmp::TIME_EXCEEDED
            | icmp::PARAMETER_PROBLEM
            | icmp::REDIRECT => self.icmp_unreach(ns, skb),
            _ => self.consume_skb(ns, skb),
        }
    }

    /// `icmp_reply`: the answer goes back with the addresses turned round.
    fn icmp_reply(&mut self, ns: NsId, skb: &Skb, mut message: Vec<u8>) {
        let kind = message.first().copied().unwrap_or(0);
        let limited = self.icmp_is_limited(ns, kind, 0);
        if limited && !self.icmp_global_allows(ns, skb, kind) {
            return;
        }
        icmp::set_check(&mut message);
        // The kernel sums up while it copies, from minus zero on: a message of
        // zeros alone gets a checksum that does not hold.
        if message
            .iter()
            .skip(4)
            .chain(message.get(..2).unwrap_or(&[]))
            .all(|byte| *byte == 0)
        {
            put16(&mut message, 2, 0);
        }
        let ip = skb.ip();
        let src = self.compute_spec_dst(ns, skb);
        let mark = self.reply_mark(ns, skb.mark);
        let options = echo(&skb.data, ip.src());
        let (to, tos) = (options.first.unwrap_or(ip.src()), ip.tos());
        let key = FlowKey {
            mark,
            tos: tos & 0x1c,
            proto: ipv4::ICMP,
            ..FlowKey::output(to, src)
        };
        let Ok(route) = self.route_output(ns, &key) else {
            return;
        };
        if limited && !self.icmp_peer_allows(ns, skb, kind, (&route, to)) {
            return;
        }
        let message = Message {
            to,
            tos,
            mark,
            options: &options.bytes,
            bytes: &message,
        };
        self.icmp_push(ns, route, &message, skb, Origin::EchoReply);
    }

    /// `icmp_unreach`, `icmp_redirect`: about something that was sent from here.
    fn icmp_unreach(&mut self, ns: NsId, skb: &Skb) {
        let message = skb.ip().payload();
        let (kind, code) = (
            message.first().copied().unwrap_or(0),
            message.get(1).copied().unwrap_or(0),
        );
        let quoted = message.get(8..).unwrap_or(&[]);
        let inner = Ipv4(quoted);
        if quoted.len() < 20 {
            let reason = match kind {
                icmp::REDIRECT => DropReason::PktTooSmall,
                _ => DropReason::NotSpecified,
            };
            self.drop_skb(ns, skb, reason, detail("quoted header"));
            return;
        }
        if kind != icmp::REDIRECT && inner.header_len() < 20 {
            self.drop_skb(ns, skb, DropReason::IpInHdr, detail("quoted header"));
            return;
        }
        // What follows is passed over without a reason, and counts as consumed.
        let odd = kind == icmp::DEST_UNREACH && code > 15;
        if odd || inner.header_len() < 20 || quoted.len() < inner.header_len() + 8 {
            self.consume_skb(ns, skb);
            return;
        }
        // A broadcast address cannot have sent what is quoted.
        if self.ns(ns).sysctl.ipv4.icmp_ignore_bogus_error_responses != 0
            && kind == icmp::DEST_UNREACH
            && self.inet_addr_type(ns, inner.dst(), None) == RouteType::Broadcast
        {
            self.consume_skb(ns, skb);
            return;
        }
        self.socket_error(ns, skb, kind, code, &inner);
        self.consume_skb(ns, skb);
    }
}
