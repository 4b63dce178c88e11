//! Sockets, and finding the one that a packet is for.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::walk::Name;
use crate::world::{DevId, SockId};

/// What a socket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketKind {
    /// TCP, listening.
    TcpListen,
    /// TCP, connecting or connected.
    Tcp(TcpState),
    /// UDP.
    Udp,
    /// Raw ICMP: ping.
    Ping,
}

/// State of a TCP connection, as far as these programs take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpState {
    /// SYN sent.
    SynSent,
    /// SYN received, SYN-ACK sent (a request socket).
    SynRecv,
    /// Both ends agree.
    Established,
    /// The other end has sent its FIN.
    CloseWait,
    /// Over.
    Closed,
}

impl TcpState {
    /// As `ss` and the kernel spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::SynSent => "SYN_SENT",
            Self::SynRecv => "SYN_RECV",
            Self::Established => "ESTABLISHED",
            Self::CloseWait => "CLOSE_WAIT",
            Self::Closed => "CLOSE",
        }
    }
}

/// What a relay passes connections on to (`docker-proxy`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relay {
    /// The back end.
    pub to: SocketAddr,
}

/// TCP options that both ends must want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Time stamps (option 8).
    pub timestamps: bool,
    /// Selective acknowledgements (option 4).
    pub sack: bool,
    /// Window scaling (option 3).
    pub scale: bool,
}

impl Offered {
    /// All of them: what a client offers.
    pub const ALL: Self = Self {
        timestamps: true,
        sack: true,
        scale: true,
    };
}

/// A socket.
#[derive(Clone, Debug)]
pub struct Socket {
    /// What it is.
    pub kind: SocketKind,
    /// Local address; unspecified when bound to any.
    pub local: IpAddr,
    /// An IPv6 socket bound to any address that takes IPv4 as well (`*:80`).
    pub dual: bool,
    /// Local port, or ICMP identifier.
    pub port: u16,
    /// Remote end, when connected.
    pub remote: Option<SocketAddr>,
    /// `SO_BINDTODEVICE`.
    pub dev: Option<DevId>,
    /// Program.
    pub program: Name,
    /// Process, 0 if unknown.
    pub pid: u32,
    /// User that owns it.
    pub uid: u32,
    /// Group that owns it.
    pub gid: u32,
    /// What the program does with what comes in.
    pub relay: Option<Relay>,
    /// Sequence number that is sent next (TCP).
    pub snd_nxt: u32,
    /// Sequence number that is expected next (TCP).
    pub rcv_nxt: u32,
    /// `rcv_nxt` when it was last acknowledged (TCP).
    pub rcv_wup: u32,
    /// When a segment out of place was last answered, nanoseconds (TCP;
    /// `last_oow_ack_time`).
    pub challenged: Option<u64>,
    /// The listener that it came from (TCP request), or the relay's other half.
    pub parent: Option<SockId>,
    /// For a relay's back-end socket: the client's socket, to answer it.
    pub peer: Option<SockId>,
    /// Options that the peer offered, as far as they are answered.
    pub offered: Offered,
    /// The other end has acknowledged something: what is sent next confirms the
    /// neighbour on the way there (`sk_dst_pending_confirm`).
    pub confirms: bool,
    /// When it was opened, nanoseconds (TCP request).
    pub opened: u64,
    /// Its program has closed it; TCP still says goodbye (`sock_orphan`).
    pub orphan: bool,
    /// Closed and gone.
    pub dead: bool,
}

impl Socket {
    /// A socket of a program, bound to `local:port`.
    pub fn new(kind: SocketKind, local: IpAddr, port: u16, program: &str) -> Self {
        Self {
            kind,
            local,
            dual: false,
            port,
            remote: None,
            dev: None,
            program: Name::from(program),
            pid: 0,
            uid: 0,
            gid: 0,
            relay: None,
            snd_nxt: 0,
            rcv_nxt: 0,
            rcv_wup: 0,
            challenged: None,
            parent: None,
            peer: None,
            offered: Offered::ALL,
            confirms: false,
            opened: 0,
            orphan: false,
            dead: false,
        }
    }

    /// Does it take IPv4 packets to `addr`?
    fn takes(&self, addr: Ipv4Addr) -> bool {
        match self.local {
            IpAddr::V4(local) => local.is_unspecified() || local == addr,
            IpAddr::V6(local) => {
                (local.is_unspecified() && self.dual) || local.to_ipv4_mapped() == Some(addr)
            }
        }
    }

    /// `compute_score`: how well a bound socket fits; `None` if not at all.
    fn score(&self, addr: Ipv4Addr, port: u16, dev: DevId) -> Option<u32> {
        if self.dead || self.port != port || !self.takes(addr) {
            return None;
        }
        let mut score = if self.local.is_ipv4() { 1 } else { 0 };
        if !self.local.is_unspecified() {
            score += 4;
        }
        match self.dev {
            Some(bound) if bound == dev => score += 4,
            Some(_) => return None,
            None => {}
        }
        Some(score)
    }

    /// As [`Self::score`], of a UDP socket that may be connected.
    fn udp_score(&self, local: (Ipv4Addr, u16), remote: SocketAddr, dev: DevId) -> Option<u32> {
        if self.kind != SocketKind::Udp {
            return None;
        }
        let score = self.score(local.0, local.1, dev)?;
        match self.remote {
            Some(peer) if peer == remote => Some(score + 8),
            Some(_) => None,
            None => Some(score),
        }
    }
}

/// A namespace's sockets.
#[derive(Clone, Debug, Default)]
pub struct Sockets {
    /// All that were ever opened; a [`SockId`] is a place here.
    pub list: Vec<Socket>,
}

impl Sockets {
    /// Opens one.
    pub fn open(&mut self, socket: Socket) -> SockId {
        self.list.push(socket);
        SockId(self.list.len() as u32 - 1)
    }

    /// The socket `id`.
    pub fn get(&self, id: SockId) -> Option<&Socket> {
        self.list.get(id.0 as usize)
    }

    /// The socket `id`, to change it.
    pub fn get_mut(&mut self, id: SockId) -> Option<&mut Socket> {
        self.list.get_mut(id.0 as usize)
    }

    fn ids(&self) -> impl Iterator<Item = (SockId, &Socket)> {
        self.list
            .iter()
            .enumerate()
            .map(|(at, socket)| (SockId(at as u32), socket))
    }

    /// The TCP connection with these ends, if any.
    pub fn tcp_connection(&self, local: (Ipv4Addr, u16), remote: SocketAddr) -> Option<SockId> {
        self.ids()
            .find(|(_, socket)| {
                !socket.dead
                    && matches!(socket.kind, SocketKind::Tcp(_))
                    && socket.port == local.1
                    && socket.local == IpAddr::V4(local.0)
                    && socket.remote == Some(remote)
            })
            .map(|(id, _)| id)
    }

    /// The listening socket for a SYN (`__inet_lookup_listener`).
    pub fn tcp_listener(&self, local: (Ipv4Addr, u16), dev: DevId) -> Option<SockId> {
        self.best(|socket| {
            (socket.kind == SocketKind::TcpListen)
                .then(|| socket.score(local.0, local.1, dev))
                .flatten()
        })
    }

    /// The UDP socket for a datagram (`__udp4_lib_lookup`).
    pub fn udp(&self, local: (Ipv4Addr, u16), remote: SocketAddr, dev: DevId) -> Option<SockId> {
        self.best(|socket| socket.udp_score(local, remote, dev))
    }

    /// All UDP sockets that a datagram to a group or broadcast address is for,
    /// the one opened last first (`__udp4_lib_mcast_deliver`).
    pub fn udp_all(&self, local: (Ipv4Addr, u16), remote: SocketAddr, dev: DevId) -> Vec<SockId> {
        let mut all: Vec<SockId> = self
            .ids()
            .filter(|(_, socket)| socket.udp_score(local, remote, dev).is_some())
            .map(|(id, _)| id)
            .collect();
        // The hash chain has the newest in front; its first taker gets the
        // packet itself, after the others have got their copies.
        all.reverse();
        if !all.is_empty() {
            all.rotate_left(1);
        }
        all
    }

    fn best(&self, score: impl Fn(&Socket) -> Option<u32>) -> Option<SockId> {
        // Among equals the first opened stays (`score > badness`).
        let mut best: Option<(SockId, u32)> = None;
        for (id, socket) in self.ids() {
            if let Some(score) = score(socket)
                && best.is_none_or(|(_, badness)| score > badness)
            {
                best = Some((id, score));
            }
        }
        best.map(|(id, _)| id)
    }

    /// Is `port` taken for a new TCP or UDP socket of address `local`?
    pub fn port_in_use(&self, udp: bool, port: u16) -> bool {
        self.list.iter().any(|socket| {
            !socket.dead
                && socket.port == port
                && match socket.kind {
                    SocketKind::Udp => udp,
                    SocketKind::Ping => false,
                    SocketKind::TcpListen | SocketKind::Tcp(_) => !udp,
                }
        })
    }
}
