//! What a program writes to a raw or UDP socket becomes a packet (`__ip_make_skb`,
//! net/ipv4/ip_output.c; `raw_sendmsg`, net/ipv4/raw.c).

use std::net::Ipv4Addr;

use crate::ip::fib::{Dst, RouteType};
use crate::ip::output::SendError;
use crate::skb::FullSock;
use crate::walk::{Event, Layer, Origin};
use crate::wire::eth;
use crate::wire::ipv4::Build;
use crate::world::{NsId, SockId, World};

/// What a program sends.
pub(super) struct Message<'a> {
    /// To whom.
    pub dst: Ipv4Addr,
    /// The protocol, whose header `bytes` begin with.
    pub proto: u8,
    /// The TTL that the program chose, if it did.
    pub ttl: Option<u8>,
    /// What the packet carries.
    pub bytes: &'a [u8],
}

impl World {
    /// Sends a message of socket `sock` by `route`. One that is longer than the
    /// MTU is sent in fragments; any other has DF set (`__ip_make_skb`).
    pub(super) fn send_message(
        &mut self,
        ns: NsId,
        sock: SockId,
        route: Dst,
        message: &Message<'_>,
    ) -> Result<(), SendError> {
        let fits = message.bytes.len() + 20 <= self.route_mtu(ns, &route) as usize;
        let packet = Build {
            src: route.src,
            dst: message.dst,
            proto: message.proto,
            ttl: message.ttl.unwrap_or_else(|| self.default_ttl(ns, &route)),
            tos: 0,
            id: self.rng.next_u64() as u16,
            df: fits && self.ns(ns).sysctl.ipv4.ip_no_pmtu_disc == 0,
            options: &[],
        }
        .packet(message.bytes);
        let mut skb = self.new_skb(route.dev, eth::ETH_P_IP, packet);
        skb.dst = Some(route);
        skb.sock = Some(sock);
        skb.full = FullSock::Program(sock);
        skb.ignore_df = true;
        self.note(ns, Layer::Transport, &skb, |_| Event::Emit {
            parent: None,
            origin: Origin::Program,
        });
        self.ip_local_out(ns, skb)
    }

    /// TTL of a packet that no program chose one for (`ip_select_ttl`).
    pub(crate) fn default_ttl(&self, ns: NsId, route: &Dst) -> u8 {
        match route.kind {
            RouteType::Multicast => 1,
            _ => self.ns(ns).sysctl.ipv4.ip_default_ttl,
        }
    }
}
