//! `TEE` and `TPROXY` (net/netfilter/xt_TEE.c, net/ipv4/netfilter/nf_dup_ipv4.c,
//! net/netfilter/xt_TPROXY.c).
//!
//! Whether a socket is transparent is in no snapshot: TPROXY is modelled as far
//! as there is no socket that could be.

use std::net::{IpAddr, SocketAddr};

use packetwalk_rules::xt::tee::{Tee, Tproxy};

use crate::conntrack::{CtInfo, CtRef};
use crate::ip::fib::FlowKey;
use crate::netfilter::HookState;
use crate::skb::Skb;
use crate::walk::{Hook, Verdict};
use crate::wire::{be16, ipv4, put16};
use crate::world::{NsId, World};

/// Don't fragment, in the word of flags and offset (RFC 791).
const DF: u16 = 0x4000;

impl World {
    /// `nf_dup_ipv4`: a copy goes to the gateway; the packet itself goes on.
    pub(super) fn tee_target(&mut self, ns: NsId, state: &HookState, skb: &Skb, target: &Tee) {
        let IpAddr::V4(gateway) = target.gateway else {
            return;
        };
        // Copies are not copied again.
        if skb.dup {
            return;
        }
        let oif = self.ns(ns).dev_named(&target.oif);
        let mut copy = self.clone_skb(ns, skb);
        copy.dup = true;
        copy.template = None;
        copy.ct = Some(CtRef {
            id: None,
            info: CtInfo::Untracked,
        });
        // A loop between two hosts ends, and senders hear of a smaller MTU.
        let word = copy.ip().frag_word();
        put16(&mut copy.data, 6, word | DF);
        if matches!(state.hook, Hook::Prerouting | Hook::Input) {
            let ttl = copy.ip().ttl();
            ipv4::set_ttl(&mut copy.data, ttl.wrapping_sub(1));
        }
        ipv4::set_check(&mut copy.data);
        let key = FlowKey {
            oif,
            tos: copy.ip().tos() & 0x1c,
            ..FlowKey::output(gateway, std::net::Ipv4Addr::UNSPECIFIED)
        };
        let Ok(mut route) = self.route_output(ns, &key) else {
            self.drop_skb(ns, &copy, crate::walk::DropReason::NotSpecified, None);
            return;
        };
        // FLOWI_FLAG_KNOWN_NH: the gateway is the next hop, whatever the
        // packet's destination says.
        route.via = route.via.or(Some(gateway));
        copy.dev = route.dev;
        copy.dst = Some(route);
        let _ = self.ip_local_out(ns, copy);
    }

    /// `tproxy_tg4`: the verdict, or what is not known.
    pub(super) fn tproxy_target(
        &self,
        ns: NsId,
        state: &HookState,
        skb: &Skb,
        target: &Tproxy,
    ) -> Result<Verdict, String> {
        let ip = skb.ip();
        let bytes = ip.payload();
        let (Some(sport), Some(dport)) = (be16(bytes, 0), be16(bytes, 2)) else {
            return Ok(Verdict::Drop);
        };
        if ip.frag_offset() != 0 || bytes.len() < 8 {
            return Ok(Verdict::Drop);
        }
        let remote = SocketAddr::new(ip.src().into(), sport);
        let dev = state.input.unwrap_or(skb.dev);
        let here = (ip.dst(), dport);
        let addr = match target.addr {
            IpAddr::V4(addr) if !addr.is_unspecified() => addr,
            _ => self
                .dev(ns, dev)
                .addrs
                .iter()
                .find_map(|own| match own.local {
                    IpAddr::V4(local) if !own.secondary => Some(local),
                    _ => None,
                })
                .unwrap_or(ip.dst()),
        };
        let port = if target.port == 0 { dport } else { target.port };
        let sockets = &self.ns(ns).sockets;
        let found = match ip.proto() {
            ipv4::TCP => sockets
                .tcp_connection(here, remote)
                .or_else(|| sockets.tcp_listener((addr, port), dev)),
            // Connected sockets first, then those that are bound.
            _ => sockets
                .udp(here, remote, dev)
                .filter(|id| sockets.get(*id).is_some_and(|s| s.remote.is_some()))
                .or_else(|| sockets.udp((addr, port), remote, dev)),
        };
        match found.and_then(|id| sockets.get(id)) {
            None => Ok(Verdict::Drop),
            Some(socket) => Err(format!(
                "whether the socket {}:{} is transparent is not known",
                socket.local, socket.port
            )),
        }
    }
}
