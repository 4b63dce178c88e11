//! `REJECT` (net/ipv4/netfilter/nf_reject_ipv4.c).

use packetwalk_rules::xt::reject::RejectWith;

use crate::ip::fib::{FlowKey, RouteType};
use crate::link::detail;
use crate::netfilter::HookState;
use crate::skb::Skb;
use crate::walk::{DropReason, Event, Hook, Layer, Origin};
use crate::wire::icmp::{self, unreach};
use crate::wire::ipv4::{self, Build, Ipv4};
use crate::wire::tcp::{self, RST, Tcp};
use crate::wire::{checksum, eth};
use crate::world::{NsId, World};

/// As `--reject-with` spells it.
pub(super) fn name(with: RejectWith) -> &'static str {
    match with {
        RejectWith::TcpReset => "tcp-reset",
        RejectWith::IcmpNetUnreachable => "icmp-net-unreachable",
        RejectWith::IcmpHostUnreachable => "icmp-host-unreachable",
        RejectWith::IcmpProtoUnreachable => "icmp-proto-unreachable",
        RejectWith::IcmpPortUnreachable => "icmp-port-unreachable",
        RejectWith::IcmpNetProhibited => "icmp-net-prohibited",
        RejectWith::IcmpHostProhibited => "icmp-host-prohibited",
        RejectWith::IcmpAdminProhibited => "icmp-admin-prohibited",
        _ => "",
    }
}

/// Do transport checksums hold (`nf_ip_checksum`)? Of protocols that have none,
/// or one of another kind, that is not asked (`nf_reject_verify_csum`); of all
/// others it is taken for granted that they have ICMP's. The IP header is summed
/// up with it, so that zeros alone are right.
fn transport_ok(ip: &Ipv4<'_>) -> bool {
    let bytes = ip.payload();
    match ip.proto() {
        ipv4::TCP | ipv4::UDP => {
            let empty = ip.proto() == ipv4::UDP && crate::wire::be16(bytes, 6) == Some(0);
            let pseudo = checksum::pseudo_v4(ip.src(), ip.dst(), ip.proto(), bytes.len());
            empty || checksum::sum(bytes, pseudo) == 0xffff
        }
        ipv4::AH | ipv4::ESP | ipv4::GRE | ipv4::SCTP | ipv4::UDPLITE => true,
        _ => matches!(checksum::sum(bytes, 0), 0 | 0xffff),
    }
}

impl World {
    pub(super) fn reject_target(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &Skb,
        with: RejectWith,
    ) {
        let mut about = skb.clone();
        if state.hook == Hook::Prerouting {
            // nf_reject_fill_skb_dst: routed back to where it came from.
            let back = FlowKey::output(about.ip().src(), std::net::Ipv4Addr::UNSPECIFIED);
            match self.route_output(ns, &back) {
                Ok(mut route) => {
                    route.kind = RouteType::Unicast;
                    about.dst = Some(route);
                }
                Err(_) => return,
            }
        }
        let code = match with {
            RejectWith::TcpReset => {
                self.reject_reset(ns, &about);
                return;
            }
            RejectWith::IcmpNetUnreachable => unreach::NET,
            RejectWith::IcmpHostUnreachable => unreach::HOST,
            RejectWith::IcmpProtoUnreachable => unreach::PROT,
            RejectWith::IcmpNetProhibited => unreach::NET_ANO,
            RejectWith::IcmpHostProhibited => unreach::HOST_ANO,
            RejectWith::IcmpAdminProhibited => unreach::PKT_FILTERED,
            _ => unreach::PORT,
        };
        if about.ip().frag_offset() != 0 || !transport_ok(&about.ip()) {
            return;
        }
        self.icmp_send(ns, &about, icmp::DEST_UNREACH, code, 0);
    }

    /// `nf_send_reset`.
    fn reject_reset(&mut self, ns: NsId, about: &Skb) {
        let ip = about.ip();
        let segment = Tcp(ip.payload());
        if ip.frag_offset() != 0
            || ip.proto() != ipv4::TCP
            || ip.payload().len() < 20
            || segment.flags() & RST != 0
            || !transport_ok(&ip)
        {
            return;
        }
        if about
            .dst
            .as_ref()
            .is_some_and(|dst| matches!(dst.kind, RouteType::Broadcast | RouteType::Multicast))
        {
            return;
        }
        let (src, dst) = (ip.dst(), ip.src());
        let bytes = tcp::Build::reset(&segment).segment(src, dst);
        let packet = Build {
            src,
            dst,
            proto: ipv4::TCP,
            ttl: self.ns(ns).sysctl.ipv4.ip_default_ttl,
            tos: 0,
            id: 0,
            df: true,
            options: &[],
        }
        .packet(&bytes);
        let mut reset = self.new_skb(about.dev, eth::ETH_P_IP, packet);
        reset.mark = self.reply_mark(ns, about.mark);
        let routed = self.route_me_harder(ns, &mut reset).is_ok();
        if routed {
            self.ct_attach(&mut reset, about);
            // nf_ct_set_closing: both ends will forget the connection.
            if let Some(id) = about.ct.and_then(|ct| ct.id) {
                self.ns_mut(ns).ct.set_closing(id);
            }
            if let Some(dst) = &reset.dst {
                reset.dev = dst.dev;
            }
        }
        self.note(ns, Layer::Transport, &reset, |_| Event::Emit {
            parent: Some(about.id),
            origin: Origin::Reset,
        });
        if !routed {
            self.drop_skb(ns, &reset, DropReason::NotSpecified, detail("no route"));
            return;
        }
        // A bridged packet's reset goes straight back out of its port, as if
        // the other station had sent it.
        if let (Some(port), Some(eth)) = (
            about.bridge.as_ref().and_then(|info| info.physin),
            about.mac,
        ) {
            reset.dev = port;
            reset.set_mac(eth.src, eth.dst);
            let _ = self.dev_queue_xmit(ns, reset);
        } else {
            let _ = self.ip_local_out(ns, reset);
        }
    }
}
