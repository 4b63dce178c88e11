//! UDP (net/ipv4/udp.c), and the programs that speak it: a client with a
//! connected socket, a server that sends back what it got, a relay.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::engine::ProgramTurn;
use crate::flow::{Outcome, Unreachable};
use crate::ip::fib::{FlowKey, RouteType};
use crate::ip::output::SendError;
use crate::ip::route::{RouteError, v4};
use crate::link::detail;
use crate::skb::Skb;
use crate::transport::run::{Attempt, route_outcome, send_outcome};
use crate::transport::{Socket, SocketKind};
use crate::walk::{DropReason, ProgramAct};
use crate::wire::{be16, checksum, icmp, ipv4, udp};
use crate::world::{NsId, SockId, World};

use super::send::Message;

/// What a client sends (the recorder's sends the same).
const DATAGRAM: &[u8] = b"walk";

/// A datagram that a program has to read.
#[derive(Clone, Debug)]
pub struct Datagram {
    /// Who sent it.
    pub from: SocketAddr,
    /// The address that it was sent to, or what stands for a broadcast one
    /// (`ipi_spec_dst`): a server answers from there.
    pub to: Ipv4Addr,
    /// Its data.
    pub data: Vec<u8>,
}

/// Up to this length checksums are checked at once (include/linux/skbuff.h).
const CHECKSUM_BREAK: usize = 76;

impl World {
    /// Sends one datagram of four bytes from a connected socket.
    pub(crate) fn flow_udp(
        &mut self,
        ns: NsId,
        dst: SocketAddr,
        from: Option<IpAddr>,
        from_port: Option<u16>,
    ) -> Attempt {
        let (Some(to), Some(bound)) = (v4(dst.ip()), from.map_or(Some(Ipv4Addr::UNSPECIFIED), v4))
        else {
            return Attempt::ended(Outcome::NotModelled);
        };
        self.note_program(ns, "udp".into(), ProgramAct::SendTo { dst });
        match self.udp_connect(ns, (to, dst.port()), bound, from_port, "udp") {
            Ok(sock) => {
                self.engine.attempt = Attempt::started(ns, sock);
                let sent = self.udp_send(ns, sock, None, dst, DATAGRAM);
                let mut attempt = std::mem::take(&mut self.engine.attempt);
                attempt.outcome = sent.err().and_then(send_outcome).or(attempt.outcome);
                attempt
            }
            Err(outcome) => Attempt::ended(outcome),
        }
    }

    /// Opens a UDP socket and connects it (`ip4_datagram_connect`).
    fn udp_connect(
        &mut self,
        ns: NsId,
        (to, port): (Ipv4Addr, u16),
        bound: Ipv4Addr,
        from_port: Option<u16>,
        program: &str,
    ) -> Result<SockId, Outcome> {
        if !bound.is_unspecified() && !self.can_bind(ns, bound) {
            return Err(Outcome::Unreachable(Unreachable::Net));
        }
        let sport = from_port.unwrap_or_else(|| self.ephemeral_port(ns, true));
        let key = FlowKey {
            proto: ipv4::UDP,
            sport,
            dport: port,
            ..FlowKey::output(to, bound)
        };
        let route = self.route_output(ns, &key).map_err(route_outcome)?;
        if route.kind == RouteType::Broadcast {
            return Err(Outcome::Denied);
        }
        let to = route.target(to);
        let mut socket = Socket::new(SocketKind::Udp, IpAddr::V4(route.src), sport, program);
        socket.remote = Some(SocketAddr::new(IpAddr::V4(to), port));
        Ok(self.ns_mut(ns).sockets.open(socket))
    }

    /// `udp_sendmsg`: from `src` if it is given, else from the socket's address.
    fn udp_send(
        &mut self,
        ns: NsId,
        sock: SockId,
        src: Option<Ipv4Addr>,
        dst: SocketAddr,
        data: &[u8],
    ) -> Result<(), SendError> {
        let Some(socket) = self.ns(ns).sockets.get(sock).cloned() else {
            return Err(SendError::Route(RouteError::Invalid));
        };
        let to = socket.remote.unwrap_or(dst);
        let (Some(to_ip), to_port) = (v4(to.ip()), to.port()) else {
            return Err(SendError::NotModelled);
        };
        let from = src
            .or_else(|| v4(socket.local))
            .unwrap_or(Ipv4Addr::UNSPECIFIED);
        let key = FlowKey {
            proto: ipv4::UDP,
            sport: socket.port,
            dport: to_port,
            oif: socket.dev,
            ..FlowKey::output(to_ip, from)
        };
        let route = self.route_output(ns, &key).map_err(SendError::Route)?;
        let to_ip = route.target(to_ip);
        let segment = udp::build((route.src, socket.port), (to_ip, to_port), data);
        let message = Message {
            dst: to_ip,
            proto: ipv4::UDP,
            ttl: None,
            bytes: &segment,
        };
        self.send_message(ns, sock, route, &message)
    }

    /// `udp_rcv`.
    pub(crate) fn udp_rcv(&mut self, ns: NsId, skb: &Skb) {
        let ip = skb.ip();
        let segment = ip.payload();
        let (Some(sport), Some(dport), Some(len), Some(check)) = (
            be16(segment, 0),
            be16(segment, 2),
            be16(segment, 4),
            be16(segment, 6),
        ) else {
            self.drop_skb(ns, skb, DropReason::NotSpecified, detail("UDP header"));
            return;
        };
        let len = usize::from(len);
        let Some(segment) = segment.get(..len).filter(|_| len >= 8) else {
            self.drop_skb(ns, skb, DropReason::PktTooSmall, None);
            return;
        };
        let (src, dst) = (ip.src(), ip.dst());
        let pseudo = checksum::pseudo_v4(src, dst, ipv4::UDP, len);
        let bad = check != 0 && checksum::sum(segment, pseudo) != 0xffff;
        let from = SocketAddr::new(IpAddr::V4(src), sport);
        let group = skb
            .dst
            .as_ref()
            .is_some_and(|dst| matches!(dst.kind, RouteType::Broadcast | RouteType::Multicast));
        let dev = skb.inet_iif();
        let sockets = &self.ns(ns).sockets;
        let found = match group {
            true => sockets.udp_all((dst, dport), from, dev),
            false => Vec::from_iter(sockets.udp((dst, dport), from, dev)),
        };
        // udp4_csum_init: a short packet is summed up as it comes in, a longer one
        // by the socket that takes it, unless conntrack has done so before (and
        // then knows of no connection).
        let netns = self.ns(ns);
        let tracked = netns.nf.tables.needs_conntrack && netns.sysctl.ct.checksum != 0;
        let summed = len <= CHECKSUM_BREAK || (tracked && skb.ct.is_none());
        if bad && (summed || !group || !found.is_empty()) {
            self.drop_skb(ns, skb, DropReason::UdpCsum, None);
            return;
        }
        if found.is_empty() {
            if group {
                self.drop_skb(ns, skb, DropReason::NotSpecified, detail("no socket"));
                return;
            }
            // nf_reset_ct: the error does not inherit the connection.
            let mut bare = skb.clone();
            bare.ct = None;
            self.icmp_send(ns, &bare, icmp::DEST_UNREACH, icmp::unreach::PORT, 0);
            self.drop_skb(ns, skb, DropReason::NoSocket, None);
            return;
        }
        let data = segment.get(8..).unwrap_or(&[]).to_vec();
        let to = self.compute_spec_dst(ns, skb);
        for sock in found {
            self.note_deliver(ns, skb, ipv4::UDP, Some(sock));
            let data = data.clone();
            let datagram = Datagram { from, to, data };
            self.wake(ProgramTurn::Datagram(ns, sock, datagram));
        }
    }

    /// A program reads its datagram.
    pub(crate) fn program_datagram(&mut self, ns: NsId, sock: SockId, datagram: &Datagram) {
        let Some(socket) = self.ns(ns).sockets.get(sock).cloned() else {
            return;
        };
        if socket.dead {
            return;
        }
        self.note_program(
            ns,
            socket.program.clone(),
            ProgramAct::Receive {
                from: datagram.from,
            },
        );
        if let Some(client) = socket.peer {
            // A relay's back-end socket: the answer goes to the client.
            if let Some(front) = self.ns(ns).sockets.get(client).cloned()
                && let Some(to) = front.remote
            {
                let src = v4(front.local);
                let listener = front.parent.unwrap_or(client);
                let _ = self.udp_send(ns, listener, src, to, &datagram.data);
            }
            return;
        }
        if self.is_client(ns, sock) {
            self.socket_done(ns, sock, Outcome::Ok { seen: None });
            return;
        }
        if let Some(relay) = socket.relay {
            self.relay_datagram(ns, sock, datagram, relay.to);
            return;
        }
        if socket.remote.is_some() {
            return;
        }
        self.client_seen(datagram.from.ip());
        let _ = self.udp_send(ns, sock, Some(datagram.to), datagram.from, &datagram.data);
    }

    /// A relay passes a datagram on from a socket of its own.
    fn relay_datagram(&mut self, ns: NsId, sock: SockId, datagram: &Datagram, to: SocketAddr) {
        let Some(to_ip) = v4(to.ip()) else { return };
        let program = "docker-proxy";
        self.note_program(ns, program.into(), ProgramAct::Relay { dst: to });
        // Remembers whom to answer, and from which address.
        let mut front = Socket::new(SocketKind::Udp, IpAddr::V4(datagram.to), 0, program);
        front.remote = Some(datagram.from);
        front.parent = Some(sock);
        front.dead = true;
        let front = self.ns_mut(ns).sockets.open(front);
        if let Ok(back) =
            self.udp_connect(ns, (to_ip, to.port()), Ipv4Addr::UNSPECIFIED, None, program)
        {
            if let Some(socket) = self.ns_mut(ns).sockets.get_mut(back) {
                socket.peer = Some(front);
            }
            let _ = self.udp_send(ns, back, None, to, &datagram.data);
        }
    }
}
