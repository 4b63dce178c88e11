//! TCP, as far as a connection is made and refused (net/ipv4/tcp_ipv4.c,
//! tcp_input.c, tcp_output.c), and the programs that use it.
//!
//! Not modelled: retransmission, congestion control, window management, and
//! everything that moves more data than a segment.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::engine::{Owned, ProgramTurn};
use crate::flow::{Outcome, Unreachable};
use crate::ip::fib::{FlowKey, RouteType};
use crate::ip::route::v4;
use crate::link::detail;
use crate::skb::{FullSock, Skb};
use crate::transport::run::{Attempt, route_outcome};
use crate::transport::sequence::Reply;
use crate::transport::socket::{Offered, TcpState};
use crate::transport::{Socket, SocketKind};
use crate::walk::{DropReason, Event, Layer, Name, Origin, PktType, ProgramAct};
use crate::wire::ipv4::{self, Build};
use crate::wire::tcp::{self, ACK, CWR, ECE, FIN, RST, SYN, Tcp};
use crate::wire::{checksum, eth};
use crate::world::{NsId, SockId, World};

/// A segment to be sent from a socket.
struct Segment {
    flags: u8,
    seq: u32,
    ack: u32,
    syn_options: bool,
    origin: Origin,
}

impl World {
    /// `connect()`.
    pub(crate) fn flow_tcp(
        &mut self,
        ns: NsId,
        dst: SocketAddr,
        from: Option<IpAddr>,
        from_port: Option<u16>,
    ) -> Attempt {
        let (Some(_), Some(bound)) = (v4(dst.ip()), from.map_or(Some(Ipv4Addr::UNSPECIFIED), v4))
        else {
            return Attempt::ended(Outcome::NotModelled);
        };
        self.note_program(ns, "tcp".into(), ProgramAct::Connect { dst });
        match self.tcp_connect(ns, dst, bound, from_port, "tcp") {
            Ok(sock) => {
                let attempt = Attempt::started(ns, sock);
                self.tcp_send_syn(ns, sock);
                attempt
            }
            Err(outcome) => Attempt::ended(outcome),
        }
    }

    /// `tcp_v4_connect`, without the SYN.
    fn tcp_connect(
        &mut self,
        ns: NsId,
        dst: SocketAddr,
        bound: Ipv4Addr,
        from_port: Option<u16>,
        program: &str,
    ) -> Result<SockId, Outcome> {
        let to = v4(dst.ip()).ok_or(Outcome::NotModelled)?;
        if !bound.is_unspecified() && !self.can_bind(ns, bound) {
            return Err(Outcome::Unreachable(Unreachable::Net));
        }
        let sport = from_port.unwrap_or_else(|| self.ephemeral_port(ns, false));
        let key = FlowKey {
            proto: ipv4::TCP,
            sport,
            dport: dst.port(),
            ..FlowKey::output(to, bound)
        };
        let route = self.route_output(ns, &key).map_err(route_outcome)?;
        if matches!(route.kind, RouteType::Broadcast | RouteType::Multicast) {
            return Err(Outcome::Unreachable(Unreachable::Net));
        }
        let to = route.target(to);
        // EADDRNOTAVAIL (__inet_check_established), which no outcome stands for.
        let remote = SocketAddr::new(IpAddr::V4(to), dst.port());
        let sockets = &self.ns(ns).sockets;
        if sockets.tcp_connection((route.src, sport), remote).is_some() {
            return Err(Outcome::Timeout);
        }
        let mut socket = Socket::new(
            SocketKind::Tcp(TcpState::SynSent),
            IpAddr::V4(route.src),
            sport,
            program,
        );
        socket.remote = Some(remote);
        socket.snd_nxt = self.rng.next_u64() as u32;
        Ok(self.ns_mut(ns).sockets.open(socket))
    }

    fn tcp_send_syn(&mut self, ns: NsId, sock: SockId) {
        let Some(socket) = self.ns_mut(ns).sockets.get_mut(sock) else {
            return;
        };
        let seq = socket.snd_nxt;
        socket.snd_nxt = seq.wrapping_add(1);
        self.engine.owned = Some(Owned {
            ns,
            sock,
            held: Vec::new(),
            error: None,
        });
        let ecn = self.ns(ns).sysctl.ipv4.tcp_ecn == 1;
        // A SYN that the own OUTPUT drops is as good as lost on the way.
        self.tcp_send(
            ns,
            sock,
            None,
            &Segment {
                // Asks for explicit congestion notification (RFC 3168).
                flags: if ecn { SYN | ECE | CWR } else { SYN },
                seq,
                ack: 0,
                syn_options: true,
                origin: Origin::Program,
            },
        );
    }

    /// `release_sock`: `connect()` has sent its SYN and waits; what came for the
    /// socket meanwhile is taken up.
    pub(crate) fn release_sock(&mut self, owned: Owned) {
        let Owned { ns, sock, .. } = owned;
        for skb in owned.held {
            self.tcp_connection_rcv(ns, sock, &skb);
            // What it sent goes its way before the next is looked at.
            self.serve_backlog();
        }
        let waits = self
            .ns(ns)
            .sockets
            .get(sock)
            .is_some_and(|socket| socket.kind == SocketKind::Tcp(TcpState::SynSent));
        if let Some(outcome) = owned.error.filter(|_| waits) {
            self.socket_failed(ns, sock, outcome);
        }
    }

    /// The socket, if it is in the middle of its program's call.
    pub(crate) fn owned_by_user(&mut self, ns: NsId, sock: SockId) -> Option<&mut Owned> {
        self.engine
            .owned
            .as_mut()
            .filter(|owned| (owned.ns, owned.sock) == (ns, sock))
    }

    /// Sends a segment of a connection.
    fn tcp_send(&mut self, ns: NsId, sock: SockId, parent: Option<u32>, segment: &Segment) {
        let Some(socket) = self.ns_mut(ns).sockets.get_mut(sock) else {
            return;
        };
        let confirms = std::mem::take(&mut socket.confirms);
        let socket = socket.clone();
        let (Some(src), Some(remote)) = (v4(socket.local), socket.remote) else {
            return;
        };
        let Some(dst) = v4(remote.ip()) else { return };
        let key = FlowKey {
            proto: ipv4::TCP,
            sport: socket.port,
            dport: remote.port(),
            oif: socket.dev,
            ..FlowKey::output(dst, src)
        };
        let Ok(route) = self.route_output(ns, &key) else {
            return;
        };
        let sysctl = self.ns(ns).sysctl.ipv4.clone();
        let stamps = socket.offered.timestamps && sysctl.tcp_timestamps != 0;
        let mut options = Vec::with_capacity(20);
        if segment.syn_options {
            let mss = self.route_mtu(ns, &route).saturating_sub(40).min(65495) as u16;
            options.extend([2, 4]);
            options.extend(mss.to_be_bytes());
            let sack = socket.offered.sack && sysctl.tcp_sack != 0;
            let scale = socket.offered.scale && sysctl.tcp_window_scaling != 0;
            if stamps {
                options.extend(if sack { [4, 2] } else { [1, 1] });
                options.extend([8, 10, 0, 0, 0, 1, 0, 0, 0, 0]);
            } else if sack {
                options.extend([1, 1, 4, 2]);
            }
            if scale {
                // tcp_select_initial_window.
                let shift = self
                    .ns(ns)
                    .sysctl
                    .tcp_rmem_max
                    .checked_ilog2()
                    .unwrap_or(0)
                    .saturating_sub(15)
                    .min(14);
                options.extend([1, 3, 3, shift as u8]);
            }
        } else if stamps {
            options.extend([1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 1]);
        }
        let bytes = tcp::Build {
            sport: socket.port,
            dport: remote.port(),
            seq: segment.seq,
            ack: segment.ack,
            flags: segment.flags,
            window: if segment.syn_options { 64240 } else { 502 },
            options: &options,
            data: &[],
        }
        .segment(src, dst);
        let synack = segment.flags & (SYN | ACK) == SYN | ACK;
        let packet = Build {
            src,
            dst,
            proto: ipv4::TCP,
            ttl: sysctl.ip_default_ttl,
            tos: 0,
            id: if synack {
                0
            } else {
                self.rng.next_u64() as u16
            },
            // A SYN-ACK has it whatever the setting.
            df: synack || sysctl.ip_no_pmtu_disc == 0,
            options: &[],
        }
        .packet(&bytes);
        let mut skb = self.new_skb(route.dev, eth::ETH_P_IP, packet);
        skb.dst = Some(route);
        skb.confirms = confirms;
        // A SYN-ACK belongs to a request socket, which no program holds; nor
        // does one hold a connection before it is accepted.
        skb.sock = (socket.parent.is_none()).then_some(sock);
        skb.full = match socket.parent {
            None => FullSock::Program(sock),
            Some(listener) if synack => FullSock::Program(listener),
            Some(_) => FullSock::None,
        };
        self.note(ns, Layer::Transport, &skb, |_| Event::Emit {
            parent,
            origin: segment.origin,
        });
        let _ = self.ip_local_out(ns, skb);
    }

    /// `tcp_v4_rcv`.
    pub(crate) fn tcp_rcv(&mut self, ns: NsId, skb: &Skb) {
        if skb.pkt_type != PktType::Host {
            self.drop_skb(ns, skb, DropReason::NotSpecified, None);
            return;
        }
        let ip = skb.ip();
        let (src, dst) = (ip.src(), ip.dst());
        let bytes = ip.payload();
        let segment = Tcp(bytes);
        if bytes.len() < 20 || bytes.len() < segment.header_len() {
            self.drop_skb(ns, skb, DropReason::NotSpecified, detail("TCP header"));
            return;
        }
        if segment.header_len() < 20 {
            self.drop_skb(ns, skb, DropReason::PktTooSmall, None);
            return;
        }
        let pseudo = checksum::pseudo_v4(src, dst, ipv4::TCP, bytes.len());
        if checksum::sum(bytes, pseudo) != 0xffff {
            self.drop_skb(ns, skb, DropReason::TcpCsum, None);
            return;
        }
        let remote = SocketAddr::new(IpAddr::V4(src), segment.sport());
        let local = (dst, segment.dport());
        let sockets = &self.ns(ns).sockets;
        if let Some(sock) = sockets.tcp_connection(local, remote) {
            self.note_deliver(ns, skb, ipv4::TCP, Some(sock));
            match self.owned_by_user(ns, sock) {
                Some(owned) => owned.held.push(skb.clone()),
                None => self.tcp_connection_rcv(ns, sock, skb),
            }
            return;
        }
        if let Some(listener) = sockets.tcp_listener(local, skb.inet_iif()) {
            self.note_deliver(ns, skb, ipv4::TCP, Some(listener));
            self.tcp_listen_rcv(ns, listener, skb);
            return;
        }
        self.tcp_send_reset(ns, skb, None);
        self.drop_skb(ns, skb, DropReason::NoSocket, None);
    }

    /// `tcp_v4_send_reset`: nobody wants this segment. `about` is the socket
    /// that was found for it; the reset counts as that one's.
    pub(crate) fn tcp_send_reset(&mut self, ns: NsId, skb: &Skb, about: Option<SockId>) {
        let ip = skb.ip();
        let segment = Tcp(ip.payload());
        let local = skb
            .dst
            .as_ref()
            .is_some_and(|dst| dst.kind == RouteType::Local);
        if segment.flags() & RST != 0 || !local {
            return;
        }
        // The type of service is sent back, the ECN bits are not.
        let (src, dst, tos) = (ip.dst(), ip.src(), ip.tos() & !3);
        let mark = self.reply_mark(ns, skb.mark);
        let key = FlowKey {
            proto: ipv4::TCP,
            sport: segment.dport(),
            dport: segment.sport(),
            mark,
            oif: about.and_then(|sock| self.ns(ns).sockets.get(sock)?.dev),
            tos: tos & 0x1c,
            ..FlowKey::output(dst, src)
        };
        let Ok(route) = self.route_output(ns, &key) else {
            return;
        };
        let bytes = tcp::Build::reset(&segment).segment(src, dst);
        let packet = Build {
            src,
            dst,
            proto: ipv4::TCP,
            ttl: self.ns(ns).sysctl.ipv4.ip_default_ttl,
            tos,
            id: 0,
            df: true,
            options: &[],
        }
        .packet(&bytes);
        let mut reset = self.new_skb(route.dev, eth::ETH_P_IP, packet);
        reset.dst = Some(route);
        reset.mark = mark;
        reset.sock = about;
        reset.full = about.map_or(FullSock::Kernel, FullSock::Program);
        self.note(ns, Layer::Transport, &reset, |_| Event::Emit {
            parent: Some(skb.id),
            origin: Origin::Reset,
        });
        let _ = self.ip_local_out(ns, reset);
    }

    /// A segment for a listening socket (`tcp_rcv_state_process`, LISTEN).
    fn tcp_listen_rcv(&mut self, ns: NsId, listener: SockId, skb: &Skb) {
        let ip = skb.ip();
        let segment = Tcp(ip.payload());
        let flags = segment.flags();
        if flags & ACK != 0 {
            self.tcp_send_reset(ns, skb, Some(listener));
            self.drop_skb(ns, skb, DropReason::TcpFlags, None);
            return;
        }
        if flags & RST != 0 {
            self.drop_skb(ns, skb, DropReason::TcpReset, None);
            return;
        }
        if flags & SYN == 0 || flags & FIN != 0 {
            self.drop_skb(ns, skb, DropReason::TcpFlags, None);
            return;
        }
        let Some(server) = self.ns(ns).sockets.get(listener).cloned() else {
            return;
        };
        let remote = SocketAddr::new(IpAddr::V4(ip.src()), segment.sport());
        let mut request = Socket::new(
            SocketKind::Tcp(TcpState::SynRecv),
            IpAddr::V4(ip.dst()),
            segment.dport(),
            &server.program,
        );
        (request.uid, request.gid, request.relay) = (server.uid, server.gid, server.relay);
        request.dev = server.dev;
        request.opened = self.now;
        request.remote = Some(remote);
        request.rcv_nxt = segment.seq().wrapping_add(1);
        request.rcv_wup = request.rcv_nxt;
        let seq = self.rng.next_u64() as u32;
        request.snd_nxt = seq.wrapping_add(1);
        request.parent = Some(listener);
        request.offered = offered(segment.options());
        let ack = request.rcv_nxt;
        let ecn = flags & (ECE | CWR) == ECE | CWR && self.ns(ns).sysctl.ipv4.tcp_ecn != 0;
        let sock = self.ns_mut(ns).sockets.open(request);
        self.note_socket(ns, skb, sock);
        self.tcp_send(
            ns,
            sock,
            Some(skb.id),
            &Segment {
                flags: if ecn { SYN | ACK | ECE } else { SYN | ACK },
                seq,
                ack,
                syn_options: true,
                origin: Origin::Tcp,
            },
        );
        self.consume_skb(ns, skb);
    }

    /// A segment for a connection.
    fn tcp_connection_rcv(&mut self, ns: NsId, sock: SockId, skb: &Skb) {
        let segment = Tcp(skb.ip().payload());
        let (flags, seq, ack) = (segment.flags(), segment.seq(), segment.ack());
        let data = segment.data().len() as u32;
        let peer = offered(segment.options());
        let Some(socket) = self.ns_mut(ns).sockets.get_mut(sock) else {
            return;
        };
        let SocketKind::Tcp(state) = socket.kind else {
            return;
        };
        match state {
            TcpState::SynSent => {
                if flags & ACK != 0 && ack != socket.snd_nxt {
                    self.tcp_send_reset(ns, skb, Some(sock));
                    self.drop_skb(ns, skb, DropReason::TcpInvalidSequence, None);
                } else if flags & RST != 0 {
                    if flags & ACK != 0 {
                        self.socket_failed(ns, sock, Outcome::Refused);
                    }
                    self.consume_skb(ns, skb);
                } else if flags & (SYN | ACK) == SYN | ACK {
                    socket.kind = SocketKind::Tcp(TcpState::Established);
                    socket.confirms = true;
                    socket.rcv_nxt = seq.wrapping_add(1);
                    socket.offered = peer;
                    self.note_socket(ns, skb, sock);
                    self.tcp_ack(ns, sock, Some(skb.id));
                    self.tcp_connected(ns, sock);
                    self.consume_skb(ns, skb);
                } else {
                    self.drop_skb(ns, skb, DropReason::TcpFlags, None);
                }
            }
            TcpState::SynRecv => {
                if flags & RST != 0 {
                    if seq == socket.rcv_nxt {
                        socket.dead = true;
                    }
                    self.drop_skb(ns, skb, DropReason::NotSpecified, detail("reset"));
                } else if flags & SYN != 0 {
                    // The SYN again: the SYN-ACK again.
                    let segment = Segment {
                        flags: SYN | ACK,
                        seq: socket.snd_nxt.wrapping_sub(1),
                        ack: socket.rcv_nxt,
                        syn_options: true,
                        origin: Origin::Tcp,
                    };
                    self.tcp_send(ns, sock, Some(skb.id), &segment);
                    self.drop_skb(ns, skb, DropReason::NotSpecified, detail("the SYN again"));
                } else if flags & ACK != 0 && ack == socket.snd_nxt {
                    socket.kind = SocketKind::Tcp(TcpState::Established);
                    socket.confirms = true;
                    let rcv_nxt = socket.rcv_nxt;
                    self.note_socket(ns, skb, sock);
                    self.wake(ProgramTurn::Accept(ns, sock));
                    let fin = flags & FIN != 0;
                    if seq == rcv_nxt && self.tcp_take(ns, skb, sock, data, fin) {
                        // A delayed ACK: the program comes first.
                        self.wake(ProgramTurn::Acknowledge(ns, sock));
                    }
                    self.consume_skb(ns, skb);
                } else {
                    let listener = socket.parent;
                    self.tcp_send_reset(ns, skb, listener);
                    self.drop_skb(ns, skb, DropReason::TcpFlags, None);
                }
            }
            TcpState::Established | TcpState::CloseWait => {
                if flags & RST != 0 && seq == socket.rcv_nxt {
                    socket.kind = SocketKind::Tcp(TcpState::Closed);
                    socket.dead = true;
                    self.note_socket(ns, skb, sock);
                    // connect() has not returned yet: it fails (ECONNRESET).
                    if self.is_client(ns, sock) {
                        self.engine.attempt.outcome = Some(Outcome::Refused);
                    }
                    self.consume_skb(ns, skb);
                } else if let Some((reason, reply)) = socket.refuses(&segment) {
                    let silent = match reply {
                        Reply::Nothing => true,
                        Reply::Ack => false,
                        Reply::Challenge => self.tcp_oow_limited(ns, sock),
                    };
                    if !silent {
                        self.tcp_ack(ns, sock, Some(skb.id));
                    }
                    self.drop_skb(ns, skb, reason, None);
                } else if data == 0 && flags & FIN == 0 {
                    self.consume_skb(ns, skb);
                } else if seq != socket.rcv_nxt {
                    // Its turn has not come (`tcp_data_queue_ofo`).
                    self.not_modelled(ns, skb, "TCP segments out of order");
                } else {
                    if self.tcp_take(ns, skb, sock, data, flags & FIN != 0) {
                        self.tcp_ack(ns, sock, Some(skb.id));
                    }
                    self.consume_skb(ns, skb);
                }
            }
            TcpState::Closed => {
                self.drop_skb(ns, skb, DropReason::TcpClose, None);
            }
        }
    }

    /// Takes the data and the FIN that come next (`tcp_data_queue`); whether
    /// there was anything to acknowledge.
    fn tcp_take(&mut self, ns: NsId, skb: &Skb, sock: SockId, data: u32, fin: bool) -> bool {
        let Some(socket) = self.ns_mut(ns).sockets.get_mut(sock) else {
            return false;
        };
        socket.rcv_nxt = socket.rcv_nxt.wrapping_add(data).wrapping_add(fin.into());
        if fin {
            socket.kind = SocketKind::Tcp(TcpState::CloseWait);
            self.note_socket(ns, skb, sock);
        }
        data > 0 || fin
    }

    pub(crate) fn tcp_ack(&mut self, ns: NsId, sock: SockId, parent: Option<u32>) {
        let Some(socket) = self.ns_mut(ns).sockets.get_mut(sock) else {
            return;
        };
        socket.rcv_wup = socket.rcv_nxt;
        let segment = Segment {
            flags: ACK,
            seq: socket.snd_nxt,
            ack: socket.rcv_nxt,
            syn_options: false,
            origin: Origin::Tcp,
        };
        self.tcp_send(ns, sock, parent, &segment);
    }

    /// `connect()` returned.
    fn tcp_connected(&mut self, ns: NsId, sock: SockId) {
        if self.is_client(ns, sock) {
            self.socket_done(ns, sock, Outcome::Ok { seen: None });
        } else {
            self.wake(ProgramTurn::Relayed(ns, sock));
        }
    }

    /// A server accepts.
    pub(crate) fn program_accept(&mut self, ns: NsId, sock: SockId) {
        let Some(socket) = self.ns_mut(ns).sockets.get_mut(sock) else {
            return;
        };
        // Now a program holds it.
        socket.parent = None;
        let (program, remote, relay) = (socket.program.clone(), socket.remote, socket.relay);
        let Some(client) = remote else { return };
        self.note_program(ns, program, ProgramAct::Accept { client });
        // Behind a relay, the back end's word comes later and counts.
        self.client_seen(client.ip());
        let Some(relay) = relay else {
            return;
        };
        let name: Name = "docker-proxy".into();
        self.note_program(ns, name, ProgramAct::Relay { dst: relay.to });
        match self.tcp_connect(ns, relay.to, Ipv4Addr::UNSPECIFIED, None, "docker-proxy") {
            Ok(back) => {
                if let Some(socket) = self.ns_mut(ns).sockets.get_mut(back) {
                    socket.peer = Some(sock);
                }
                self.tcp_send_syn(ns, back);
            }
            Err(_) => self.tcp_close(ns, sock),
        }
    }

    /// The program closes its end: a FIN.
    pub(crate) fn tcp_close(&mut self, ns: NsId, sock: SockId) {
        let Some(socket) = self.ns_mut(ns).sockets.get_mut(sock) else {
            return;
        };
        let established = socket.kind == SocketKind::Tcp(TcpState::Established);
        if socket.dead || socket.orphan || !established {
            return;
        }
        let (seq, ack) = (socket.snd_nxt, socket.rcv_nxt);
        socket.snd_nxt = seq.wrapping_add(1);
        let segment = Segment {
            flags: FIN | ACK,
            seq,
            ack,
            syn_options: false,
            origin: Origin::Program,
        };
        self.tcp_send(ns, sock, None, &segment);
        if let Some(socket) = self.ns_mut(ns).sockets.get_mut(sock) {
            socket.orphan = true;
        }
    }

    /// Writes down a socket's state.
    fn note_socket(&mut self, ns: NsId, skb: &Skb, sock: SockId) {
        self.note(ns, Layer::Transport, skb, |world| {
            match world.ns(ns).sockets.get(sock) {
                Some(socket) => Event::Socket {
                    local: SocketAddr::new(socket.local, socket.port),
                    remote: socket.remote,
                    state: Name::from(match socket.kind {
                        SocketKind::Tcp(state) => state.name(),
                        SocketKind::TcpListen => "LISTEN",
                        SocketKind::Udp | SocketKind::Ping => "",
                    }),
                },
                None => Event::Consume,
            }
        });
    }
}

/// Which of the options that matter here a segment bears.
fn offered(mut options: &[u8]) -> Offered {
    let mut found = Offered {
        timestamps: false,
        sack: false,
        scale: false,
    };
    while let Some(&kind) = options.first() {
        let len = match kind {
            0 => break,
            1 => 1,
            _ => usize::from(options.get(1).copied().unwrap_or(0)),
        };
        match kind {
            3 => found.scale = true,
            4 => found.sack = true,
            8 => found.timestamps = true,
            _ => {}
        }
        if len == 0 {
            break;
        }
        options = options.get(len..).unwrap_or(&[]);
    }
    found
}
