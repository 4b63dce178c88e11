//! The raw ICMP socket of ping (net/ipv4/raw.c).

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::flow::{Outcome, Unreachable};
use crate::ip::fib::{FlowKey, RouteType};
use crate::ip::route::v4;
use crate::skb::Skb;
use crate::transport::run::{Attempt, route_outcome, send_outcome};
use crate::transport::{Socket, SocketKind};
use crate::walk::ProgramAct;
use crate::wire::{icmp, ipv4};
use crate::world::{NsId, SockId, World};

use super::Sockets;
use super::send::Message;

impl Sockets {
    /// The ping that uses this identifier at `local`, or at any address
    /// (`raw_v4_match`), and asks `remote`, if that is given.
    pub(crate) fn ping(
        &self,
        id: u16,
        local: Ipv4Addr,
        remote: Option<Ipv4Addr>,
    ) -> Option<SockId> {
        self.list
            .iter()
            .position(|socket| {
                !socket.dead
                    && socket.kind == SocketKind::Ping
                    && socket.port == id
                    && (socket.local.is_unspecified() || socket.local == IpAddr::V4(local))
                    && remote.is_none_or(|remote| {
                        socket.remote.is_none_or(|to| to.ip() == IpAddr::V4(remote))
                    })
            })
            .map(|at| SockId(at as u32))
    }
}

impl World {
    /// Sends one echo request.
    pub(crate) fn flow_ping(
        &mut self,
        ns: NsId,
        dst: IpAddr,
        from: Option<IpAddr>,
        ttl: Option<u8>,
        size: usize,
    ) -> Attempt {
        let (Some(to), Some(src)) = (v4(dst), from.map_or(Some(Ipv4Addr::UNSPECIFIED), v4)) else {
            return Attempt::ended(Outcome::NotModelled);
        };
        let id = (self.rng.next_u64() as u16).max(1);
        let mut socket = Socket::new(SocketKind::Ping, IpAddr::V4(src), id, "ping");
        socket.remote = Some(SocketAddr::new(dst, 0));
        let sock = self.ns_mut(ns).sockets.open(socket);
        self.note_program(ns, "ping".into(), ProgramAct::Ping { dst });
        if from.is_some() && !self.can_bind(ns, src) {
            return Attempt::ended(Outcome::Unreachable(Unreachable::Net));
        }
        let key = FlowKey {
            proto: ipv4::ICMP,
            ..FlowKey::output(to, src)
        };
        let route = match self.route_output(ns, &key) {
            Ok(route) => route,
            Err(error) => return Attempt::ended(route_outcome(error)),
        };
        let to = if to.is_unspecified() { route.src } else { to };
        // No SO_BROADCAST: EACCES.
        if route.kind == RouteType::Broadcast {
            return Attempt::ended(Outcome::Denied);
        }
        let to = route.target(to);
        // Each byte is its place in the message, as the recorder sends them.
        let data: Vec<u8> = (0..size).map(|at| at.wrapping_add(8) as u8).collect();
        let message = Message {
            dst: to,
            proto: ipv4::ICMP,
            ttl,
            bytes: &icmp::build(icmp::ECHO, 0, u32::from(id) << 16 | 1, &data),
        };
        self.engine.attempt = Attempt::started(ns, sock);
        let sent = self.send_message(ns, sock, route, &message);
        // What the send itself says counts before any ICMP error.
        let mut attempt = std::mem::take(&mut self.engine.attempt);
        attempt.outcome = sent.err().and_then(send_outcome).or(attempt.outcome);
        attempt
    }

    /// `raw_local_deliver`: gives raw sockets their copy; `true` if one took it.
    pub(crate) fn raw_deliver(&mut self, ns: NsId, skb: &Skb) -> bool {
        let ip = skb.ip();
        let message = ip.payload();
        if ip.proto() != ipv4::ICMP || message.first() != Some(&icmp::ECHO_REPLY) {
            return false;
        }
        let id = icmp::id(message);
        let Some(sock) = self.ns(ns).sockets.ping(id, ip.dst(), None) else {
            return false;
        };
        if !icmp::check_ok(message) {
            return true;
        }
        self.note_deliver(ns, skb, ipv4::ICMP, Some(sock));
        let from = SocketAddr::new(IpAddr::V4(ip.src()), 0);
        self.note_program(ns, "ping".into(), ProgramAct::Receive { from });
        self.socket_done(ns, sock, Outcome::Ok { seen: None });
        true
    }
}
