//! What an ICMP error means to the socket whose packet it quotes
//! (`tcp_v4_err`, `udp_err`, `raw_err`).

use std::net::{IpAddr, SocketAddr};

use crate::engine::ProgramTurn;
use crate::flow::{Outcome, Unreachable};
use crate::skb::Skb;
use crate::transport::SocketKind;
use crate::transport::socket::TcpState;
use crate::wire::icmp::{self, unreach};
use crate::wire::ipv4::{self, Ipv4};
use crate::wire::{be16, be32};
use crate::world::{NsId, SockId, World};

/// What an error of this type and code makes of an attempt; `None` for those
/// that sockets do not hear of.
pub(crate) fn outcome_of(kind: u8, code: u8) -> Option<Outcome> {
    let which = match (kind, code) {
        (icmp::TIME_EXCEEDED, _) => Unreachable::Ttl,
        (icmp::DEST_UNREACH, unreach::PORT) => return Some(Outcome::Refused),
        (icmp::DEST_UNREACH, unreach::NET | 6 | 11) => Unreachable::Net,
        (icmp::DEST_UNREACH, unreach::PROT) => Unreachable::Proto,
        (icmp::DEST_UNREACH, unreach::FRAG_NEEDED) => Unreachable::Frag,
        (icmp::DEST_UNREACH, unreach::NET_ANO | unreach::HOST_ANO | unreach::PKT_FILTERED) => {
            Unreachable::Admin
        }
        (icmp::DEST_UNREACH, 0..=15) => Unreachable::Host,
        _ => return None,
    };
    Some(Outcome::Unreachable(which))
}

/// What `SO_ERROR` says of an error about a connection that already stands
/// (`icmp_err_convert`); `None` for those that leave it alone.
fn soft_error(kind: u8, code: u8) -> Option<Outcome> {
    match (kind, code) {
        (icmp::DEST_UNREACH, unreach::PORT) => Some(Outcome::Refused),
        (icmp::DEST_UNREACH, unreach::PROT) => Some(Outcome::Unreachable(Unreachable::Proto)),
        (icmp::DEST_UNREACH, unreach::FRAG_NEEDED) => None,
        (icmp::DEST_UNREACH, unreach::NET | 6 | unreach::NET_ANO | 11) => {
            Some(Outcome::Unreachable(Unreachable::Net))
        }
        // EOPNOTSUPP and EPROTO are nothing that a flow tells apart.
        (icmp::DEST_UNREACH, 5) | (icmp::PARAMETER_PROBLEM, _) => Some(Outcome::Timeout),
        (icmp::DEST_UNREACH, 0..=15) | (icmp::TIME_EXCEEDED, _) => {
            Some(Outcome::Unreachable(Unreachable::Host))
        }
        _ => None,
    }
}

impl World {
    /// The flow's own connection stands, and an error about it comes before its
    /// program has looked: that finds the error, and hangs up.
    fn connection_error(&mut self, ns: NsId, sock: SockId, kind: u8, code: u8) {
        let fresh = self.is_client(ns, sock)
            && matches!(self.engine.attempt.outcome, Some(Outcome::Ok { .. }));
        let Some(outcome) = soft_error(kind, code).filter(|_| fresh) else {
            return;
        };
        self.engine.attempt.outcome = Some(outcome);
        self.wake(ProgramTurn::HangUp(ns, sock));
    }

    /// An ICMP message came in that quotes `inner`, which a socket here sent:
    /// an error, or a redirect.
    pub(crate) fn socket_error(
        &mut self,
        ns: NsId,
        skb: &Skb,
        kind: u8,
        code: u8,
        inner: &Ipv4<'_>,
    ) {
        let quoted = inner.payload();
        let (Some(sport), Some(dport)) = (be16(quoted, 0), be16(quoted, 2)) else {
            return;
        };
        let remote = SocketAddr::new(IpAddr::V4(inner.dst()), dport);
        let sockets = &self.ns(ns).sockets;
        let found: Option<SockId> = match inner.proto() {
            ipv4::TCP => sockets
                .tcp_connection((inner.src(), sport), remote)
                .filter(|id| {
                    // It has to be about something that is under way.
                    let next = sockets.get(*id).map(|socket| socket.snd_nxt);
                    be32(quoted, 4).is_some_and(|seq| {
                        [seq, seq.wrapping_add(1)].contains(&next.unwrap_or(seq))
                    })
                }),
            ipv4::UDP => sockets.udp((inner.src(), sport), remote, skb.dev),
            // raw_v4_lookup looks at addresses alone, ping (iputils,
            // ping4_receive_error_msg) at what the error is about.
            ipv4::ICMP if quoted.first() == Some(&icmp::ECHO) => {
                sockets.ping(icmp::id(quoted), inner.src(), Some(inner.dst()))
            }
            _ => None,
        };
        // icmp_err: an echo reply is the kernel's own.
        let own = inner.proto() == ipv4::ICMP && quoted.first() == Some(&icmp::ECHO_REPLY);
        if found.is_none() && !own {
            return;
        }
        if kind == icmp::REDIRECT {
            // tcp_v4_err: not while the socket is its program's.
            let held = found.is_some_and(|id| self.owned_by_user(ns, id).is_some());
            if !held {
                self.learn_redirect(ns, skb, inner);
            }
            return;
        }
        let too_big = (kind, code) == (icmp::DEST_UNREACH, unreach::FRAG_NEEDED);
        if too_big {
            let mtu = icmp::info(skb.ip().payload()) & 0xffff;
            self.learn_path_mtu(ns, inner, mtu);
        }
        let Some(socket) = found else { return };
        let stands = self.ns(ns).sockets.get(socket).is_some_and(|socket| {
            socket.kind == SocketKind::Tcp(TcpState::Established) && !socket.orphan
        });
        if stands {
            self.connection_error(ns, socket, kind, code);
            return;
        }
        let Some(outcome) = outcome_of(kind, code) else {
            return;
        };
        // Only a connection that is being made gives up, and not because its
        // packets are too long.
        let tcp = self
            .ns(ns)
            .sockets
            .get(socket)
            .filter(|_| inner.proto() == ipv4::TCP);
        let gives_up =
            tcp.is_none_or(|socket| !too_big && socket.kind == SocketKind::Tcp(TcpState::SynSent));
        if !gives_up {
            return;
        }
        match self.owned_by_user(ns, socket) {
            Some(owned) => owned.error = Some(outcome),
            None => self.socket_failed(ns, socket, outcome),
        }
    }
}
