//! `socket` (net/netfilter/xt_socket.c, net/ipv4/netfilter/nf_socket_ipv4.c).
//!
//! Whether a socket is transparent, or has a mark, is in no snapshot: where
//! that decides, the match is not modelled.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use packetwalk_rules::xt::socket::Socket as Wants;

use crate::conntrack::{CtInfo, status};
use crate::walk::Has;
use crate::wire::ipv4::Ipv4;
use crate::wire::{be16, icmp, ipv4};
use crate::world::SockId;

use super::{Answer, Ask};

/// Both ends, as this machine's socket sees them.
struct Ends {
    proto: u8,
    local: (Ipv4Addr, u16),
    remote: SocketAddr,
}

/// Of the packet, or of the packet that an ICMP error is about.
fn ends(packet: &Ipv4<'_>) -> Option<Ends> {
    let bytes = packet.payload();
    let ends = |ip: &Ipv4<'_>, bytes: &[u8], turned: bool| {
        let (sport, dport) = (be16(bytes, 0)?, be16(bytes, 2)?);
        let (src, dst) = ((ip.src(), sport), (ip.dst(), dport));
        let (remote, local) = if turned { (dst, src) } else { (src, dst) };
        Some(Ends {
            proto: ip.proto(),
            local,
            remote: SocketAddr::new(remote.0.into(), remote.1),
        })
    };
    match packet.proto() {
        ipv4::TCP | ipv4::UDP => ends(packet, bytes, false),
        ipv4::ICMP => {
            let error = matches!(
                bytes.first().copied()?,
                icmp::DEST_UNREACH
                    | icmp::SOURCE_QUENCH
                    | icmp::REDIRECT
                    | icmp::TIME_EXCEEDED
                    | icmp::PARAMETER_PROBLEM
            );
            let inner = Ipv4(bytes.get(8..).filter(|inner| error && inner.len() >= 20)?);
            if !matches!(inner.proto(), ipv4::TCP | ipv4::UDP) {
                return None;
            }
            ends(&inner, inner.0.get(inner.header_len()..)?, true)
        }
        _ => None,
    }
}

/// `nf_sk_lookup_slow_v4`.
fn lookup(ask: &Ask<'_>) -> Option<SockId> {
    let ip = ask.skb.ip();
    let mut ends = ends(&ip)?;
    // An answer to what NAT gave another source: the socket knows its own.
    if let (Some(entry), Some(ct)) = (ask.world.ct_entry(ask.ns, ask.skb), ask.skb.ct) {
        let answer = match ct.info {
            CtInfo::EstablishedReply => ip.proto() != ipv4::ICMP,
            CtInfo::RelatedReply => ip.proto() == ipv4::ICMP,
            _ => false,
        };
        if answer
            && entry.status & status::SRC_NAT_DONE != 0
            && let IpAddr::V4(src) = entry.original.src
        {
            ends.local = (src, entry.original.sport);
        }
    }
    let sockets = &ask.world.ns(ask.ns).sockets;
    let dev = ask.state.input?;
    match ends.proto {
        ipv4::TCP => sockets
            .tcp_connection(ends.local, ends.remote)
            .or_else(|| sockets.tcp_listener(ends.local, dev)),
        _ => sockets.udp(ends.local, ends.remote, dev),
    }
}

/// `socket_match`.
pub(super) fn matches(ask: &Ask<'_>, wants: &Wants) -> Answer {
    let sockets = &ask.world.ns(ask.ns).sockets;
    let found = lookup(ask).and_then(|id| sockets.get(id));
    let no = |has: Has| ask.no("--socket", false, String::new, || has);
    let Some(socket) = found else {
        return no(Has::Nothing);
    };
    let name = || format!("{}:{}", socket.local, socket.port);
    if !wants.nowildcard && socket.local.is_unspecified() {
        return no(Has::Value(name()));
    }
    if wants.transparent {
        return Answer::NotModelled(format!(
            "socket --transparent: whether {} is transparent is not known",
            name()
        ));
    }
    if wants.restore_skmark {
        return Answer::NotModelled(format!(
            "socket --restore-skmark: the mark of {} is not known",
            name()
        ));
    }
    Answer::Yes
}
