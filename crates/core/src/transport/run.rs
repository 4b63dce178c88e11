//! Running a flow from the program's first call to its outcome.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::engine::ProgramTurn;
use crate::flow::{Action, Flow, Outcome, Unreachable};
use crate::ip::output::SendError;
use crate::ip::route::RouteError;
use crate::skb::Skb;
use crate::transport::socket::TcpState;
use crate::transport::{Socket, SocketKind};
use crate::walk::{
    Event, FrameRefusal, Layer, Name, Origin, PktType, ProgramAct, SocketView, Walk,
};
use crate::wire::{be16, ipv4};
use crate::world::{NsId, SockId, World};

/// What the program that started the flow has seen so far.
#[derive(Clone, Debug, Default)]
pub struct Attempt {
    /// Its namespace and socket; `None` when it did not get that far.
    pub client: Option<(NsId, SockId)>,
    /// How it ended, if it has. The first word counts.
    pub outcome: Option<Outcome>,
    /// Whom the program at the far end took for its client.
    pub seen: Option<IpAddr>,
}

impl Attempt {
    pub(crate) fn started(ns: NsId, sock: SockId) -> Self {
        Self {
            client: Some((ns, sock)),
            ..Self::default()
        }
    }

    pub(crate) fn ended(outcome: Outcome) -> Self {
        Self {
            outcome: Some(outcome),
            ..Self::default()
        }
    }
}

/// What `connect()` or a send says when there is no route.
pub(crate) fn route_outcome(error: RouteError) -> Outcome {
    match error {
        // EINVAL too: a blackhole, or a source that is not this machine's.
        RouteError::NetUnreachable | RouteError::Invalid => Outcome::Unreachable(Unreachable::Net),
        RouteError::HostUnreachable => Outcome::Unreachable(Unreachable::Host),
        RouteError::Prohibited => Outcome::Denied,
        RouteError::NotModelled => Outcome::NotModelled,
    }
}

/// What a send says when the packet did not get out.
pub(crate) fn send_outcome(error: SendError) -> Option<Outcome> {
    match error {
        SendError::Perm => Some(Outcome::Denied),
        SendError::Route(error) => Some(route_outcome(error)),
        SendError::NetDown => Some(Outcome::Unreachable(Unreachable::Net)),
        SendError::MsgSize => Some(Outcome::Unreachable(Unreachable::Frag)),
        SendError::NotModelled => Some(Outcome::NotModelled),
        SendError::NoBufs => None,
    }
}

impl World {
    /// Runs one flow to its end and gives its walk. The world stays as the
    /// flow left it.
    pub fn run_flow(&mut self, flow: &Flow) -> Walk {
        let _ = self.rec.take();
        self.engine.redirected.clear();
        self.engine.begin_flow();
        self.engine.attempt = Attempt::default();
        let outcome = match self.ns_named(&flow.netns) {
            Some(ns) => self.run_action(ns, &flow.action),
            None => Outcome::Unreachable(Unreachable::Net),
        };
        for netns in &mut self.namespaces {
            netns.ct.forget_loose();
        }
        let (steps, packets, lost) = self.rec.take();
        Walk {
            flow: flow.clone(),
            steps,
            packets,
            outcome,
            lost,
        }
    }

    fn run_action(&mut self, ns: NsId, action: &Action) -> Outcome {
        let frame = matches!(action, Action::Frame { .. });
        let mut attempt = match action {
            Action::Ping {
                dst,
                from,
                ttl,
                size,
            } => self.flow_ping(ns, *dst, *from, *ttl, size.map_or(56, usize::from)),
            Action::Tcp {
                dst,
                from,
                from_port,
            } => self.flow_tcp(ns, *dst, *from, *from_port),
            Action::Udp {
                dst,
                from,
                from_port,
            } => self.flow_udp(ns, *dst, *from, *from_port),
            Action::Frame { dev, bytes } => self.flow_frame(ns, dev, bytes),
            Action::Wait { time } => self.flow_wait(ns, *time),
        };
        // What came back while it was being sent.
        let early = std::mem::take(&mut self.engine.attempt);
        attempt.outcome = attempt.outcome.or(early.outcome);
        attempt.seen = early.seen;
        self.engine.attempt = attempt;
        self.run_until_idle();
        let attempt = std::mem::take(&mut self.engine.attempt);
        let mut outcome = attempt.outcome.unwrap_or(Outcome::Timeout);
        if let Outcome::Ok { seen } = &mut outcome {
            *seen = attempt.seen;
        }
        let open = matches!(outcome, Outcome::Timeout | Outcome::Waited);
        if self.engine.not_modelled && open {
            outcome = Outcome::NotModelled;
        }
        if frame {
            outcome = Outcome::Sent;
        }
        self.note_program(
            ns,
            "".into(),
            ProgramAct::Done {
                outcome: Name::from(outcome.to_string()),
            },
        );
        self.close_client(&attempt, outcome);
        outcome
    }

    fn flow_frame(&mut self, ns: NsId, dev: &str, bytes: &[u8]) -> Attempt {
        self.note_program(ns, "frame".into(), ProgramAct::SendFrame);
        let taken = match self.ns(ns).dev_named(dev) {
            Some(dev) => self.packet_send(ns, dev, bytes),
            None => Err(FrameRefusal::NoDevice),
        };
        match taken {
            Ok(skb) => {
                self.note(ns, Layer::Link, &skb, |_| Event::Emit {
                    parent: None,
                    origin: Origin::Program,
                });
                let _ = self.dev_queue_xmit(ns, skb);
            }
            Err(why) => {
                let dev = Name::from(dev);
                self.note_program(ns, "frame".into(), ProgramAct::FrameRefused { dev, why });
            }
        }
        Attempt::ended(Outcome::Sent)
    }

    /// Sockets are closed when the flow ends, but for a connection that was
    /// made: that one stays.
    fn close_client(&mut self, attempt: &Attempt, outcome: Outcome) {
        let Some((ns, sock)) = attempt.client else {
            return;
        };
        if let Some(socket) = self.ns_mut(ns).sockets.get_mut(sock) {
            let made = matches!(outcome, Outcome::Ok { .. });
            let tcp = matches!(socket.kind, SocketKind::Tcp(_));
            socket.dead = !(tcp && (made || socket.orphan));
        }
    }

    /// A program's turn has come.
    pub(crate) fn run_program(&mut self, turn: ProgramTurn) {
        match turn {
            ProgramTurn::Accept(ns, sock) => self.program_accept(ns, sock),
            ProgramTurn::Datagram(ns, sock, datagram) => {
                self.program_datagram(ns, sock, &datagram);
            }
            ProgramTurn::Acknowledge(ns, sock) => self.tcp_ack(ns, sock, None),
            ProgramTurn::Relayed(..) => {}
            ProgramTurn::RelayFailed(ns, sock) | ProgramTurn::HangUp(ns, sock) => {
                self.tcp_close(ns, sock);
            }
        }
    }

    /// Is `sock` the socket of the flow's own program?
    pub(crate) fn is_client(&self, ns: NsId, sock: SockId) -> bool {
        self.engine.attempt.client == Some((ns, sock))
    }

    /// The attempt succeeded.
    pub(crate) fn socket_done(&mut self, ns: NsId, sock: SockId, outcome: Outcome) {
        if self.is_client(ns, sock) && self.engine.attempt.outcome.is_none() {
            self.engine.attempt.outcome = Some(outcome);
        }
    }

    /// The socket failed: an RST or an ICMP error.
    pub(crate) fn socket_failed(&mut self, ns: NsId, sock: SockId, outcome: Outcome) {
        let Some(socket) = self.ns_mut(ns).sockets.get_mut(sock) else {
            return;
        };
        if matches!(socket.kind, SocketKind::Tcp(_)) {
            socket.kind = SocketKind::Tcp(TcpState::Closed);
            socket.dead = true;
        }
        let peer = socket.peer;
        self.socket_done(ns, sock, outcome);
        if let Some(client) = peer {
            self.wake(ProgramTurn::RelayFailed(ns, client));
        }
    }

    /// The program at the far end learns who its client is.
    pub(crate) fn client_seen(&mut self, client: IpAddr) {
        self.engine.attempt.seen = Some(client);
    }

    /// May a program bind to `addr` (`inet_bind`)?
    pub(crate) fn can_bind(&self, ns: NsId, addr: Ipv4Addr) -> bool {
        self.is_local_addr(ns, addr) || self.ns(ns).sysctl.ipv4.ip_nonlocal_bind != 0
    }

    /// A free local port.
    pub(crate) fn ephemeral_port(&mut self, ns: NsId, udp: bool) -> u16 {
        let (low, high) = self.ns(ns).sysctl.local_port_range;
        let span = u32::from(high.saturating_sub(low)) + 1;
        let start = self.rng.below(span);
        (0..span)
            .map(|step| low.saturating_add(((start + step) % span) as u16))
            .find(|port| !self.ns(ns).sockets.port_in_use(udp, *port))
            .unwrap_or(low)
    }

    /// `ip_early_demux`: the connected socket that the packet is for, if a
    /// program holds one.
    pub(crate) fn early_demux(&self, ns: NsId, skb: &Skb) -> Option<SockId> {
        let ip = skb.ip();
        let bytes = ip.payload();
        let (sport, dport) = (be16(bytes, 0)?, be16(bytes, 2)?);
        let remote = SocketAddr::new(IpAddr::V4(ip.src()), sport);
        let sockets = &self.ns(ns).sockets;
        let found = match ip.proto() {
            ipv4::TCP if skb.pkt_type == PktType::Host => {
                sockets.tcp_connection((ip.dst(), dport), remote)
            }
            // udp_v4_early_demux: a group's only taker, or a connected socket.
            ipv4::UDP if skb.pkt_type == PktType::Multicast && ip.dst().is_multicast() => {
                match *sockets.udp_all((ip.dst(), dport), remote, skb.dev) {
                    [only] => Some(only),
                    _ => None,
                }
            }
            ipv4::UDP if skb.pkt_type == PktType::Host => sockets
                .udp((ip.dst(), dport), remote, skb.dev)
                .filter(|sock| {
                    sockets
                        .get(*sock)
                        .is_some_and(|socket| socket.remote == Some(remote))
                }),
            _ => None,
        }?;
        // A connection that was not accepted yet belongs to no program.
        sockets
            .get(found)
            .is_some_and(|socket| socket.parent.is_none())
            .then_some(found)
    }

    /// Writes down that a packet reached a socket.
    pub(crate) fn note_deliver(&mut self, ns: NsId, skb: &Skb, proto: u8, sock: Option<SockId>) {
        self.note(ns, Layer::Transport, skb, |world| {
            let view = |socket: &Socket| SocketView {
                local: SocketAddr::new(socket.local, socket.port),
                program: socket.program.clone(),
            };
            Event::Deliver {
                proto,
                socket: sock.and_then(|sock| world.ns(ns).sockets.get(sock).map(view)),
            }
        });
    }
}
