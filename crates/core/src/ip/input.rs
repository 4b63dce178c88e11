//! The way in (net/ipv4/ip_input.c).

use crate::ip::fib::RouteType;
use crate::link::detail;
use crate::netfilter::HookState;
use crate::netfilter::hooks::HookResult;
use crate::skb::{IpFlags, Skb};
use crate::walk::{DropReason, Event, Family, Hook, Layer, LogFormat, LogRecord, PktType};
use crate::wire::ipv4::Ipv4;
use crate::wire::{be16, checksum, icmp, ipv4};
use crate::world::{NsId, World};

/// What is wrong with an IPv4 header (`ip_rcv_core`, `br_validate_ipv4`).
pub(crate) fn check_header(data: &mut Vec<u8>) -> Result<(), DropReason> {
    let ip = Ipv4(data);
    if data.len() < 20 || ip.version() != 4 || ip.header_len() < 20 {
        return Err(DropReason::IpInHdr);
    }
    let (header, total) = (ip.header_len(), usize::from(ip.total_len()));
    if data.len() < header {
        return Err(DropReason::IpInHdr);
    }
    if !ip.check_ok() {
        return Err(DropReason::IpCsum);
    }
    if data.len() < total {
        return Err(DropReason::PktTooSmall);
    }
    if total < header {
        return Err(DropReason::IpInHdr);
    }
    // Padding of short frames goes.
    data.truncate(total);
    Ok(())
}

impl World {
    /// `ip_rcv`: an IPv4 packet came in by `skb.dev`.
    pub(crate) fn ip_rcv(&mut self, ns: NsId, mut skb: Skb) {
        if skb.pkt_type == PktType::OtherHost {
            self.drop_skb(ns, &skb, DropReason::OtherHost, None);
            return;
        }
        if let Err(reason) = check_header(&mut skb.data) {
            self.drop_skb(ns, &skb, reason, None);
            return;
        }
        skb.flags = IpFlags::default();
        skb.frag_max_size = 0;
        skb.sock = None;
        skb.full = crate::skb::FullSock::None;
        let state = HookState {
            family: Family::Ipv4,
            hook: Hook::Prerouting,
            input: Some(skb.dev),
            output: None,
            sock: None,
        };
        if let HookResult::Accept(skb) = self.nf_hook(ns, &state, skb) {
            self.ip_rcv_finish(ns, skb);
        }
    }

    /// `ip_rcv_finish`: where does it go?
    fn ip_rcv_finish(&mut self, ns: NsId, mut skb: Skb) {
        let dev = skb.dev;
        if skb.dst.is_none() {
            if !skb.ip().is_fragment() {
                skb.sock = self.early_demux(ns, &skb);
            }
            let (dst, src) = (skb.ip().dst(), skb.ip().src());
            match self.route_input(ns, &skb, dst, src, dev) {
                Ok(route) => {
                    // A bridge may have routed it before: ip_rcv_core has
                    // forgotten what came of that.
                    skb.flags.doredirect = route.redirect;
                    skb.dst = Some(route);
                }
                Err(error) => {
                    self.drop_skb(ns, &skb, error.reason(), None);
                    return;
                }
            }
        }
        if !skb.ip().options().is_empty() && !self.ip_rcv_options(ns, &mut skb) {
            return;
        }
        let Some(route) = skb.dst.clone() else { return };
        if matches!(skb.pkt_type, PktType::Broadcast | PktType::Multicast)
            && !matches!(route.kind, RouteType::Broadcast | RouteType::Multicast)
            && self.ns(ns).sysctl.or(&self.dev(ns, dev).name, |conf| {
                conf.drop_unicast_in_l2_multicast
            })
        {
            self.drop_skb(ns, &skb, DropReason::UnicastInL2Multicast, None);
            return;
        }
        // dst->input.
        match route.kind {
            RouteType::Local | RouteType::Broadcast | RouteType::Multicast => {
                self.ip_local_deliver(ns, skb);
            }
            RouteType::Unicast => self.ip_forward(ns, skb),
            RouteType::Blackhole
            | RouteType::Unreachable
            | RouteType::Prohibit
            | RouteType::Throw
            | RouteType::Other => self.ip_error(ns, &skb, route.kind),
        }
    }

    /// A line with fixed text for the kernel's log.
    pub(crate) fn log_kernel(&mut self, ns: NsId, skb: &Skb, text: String) {
        let event = Event::Log(LogRecord {
            at: None,
            format: LogFormat::Kernel { text },
            level: 4,
        });
        self.step(ns, Layer::Network, skb, event);
    }

    /// `ip_error`: the route says no.
    fn ip_error(&mut self, ns: NsId, skb: &Skb, kind: RouteType) {
        // The bridge, not its port.
        let dev = skb.dev;
        if kind == RouteType::Other {
            self.not_modelled(ns, skb, "a policy rule or route of this kind");
            return;
        }
        if !self.dev_conf(ns, dev).forwarding {
            self.drop_skb(
                ns,
                skb,
                DropReason::IpInAddrErrors,
                detail("forwarding is off"),
            );
            return;
        }
        let code = match kind {
            RouteType::Unreachable => Some(icmp::unreach::HOST),
            RouteType::Throw => Some(icmp::unreach::NET),
            RouteType::Prohibit => Some(icmp::unreach::PKT_FILTERED),
            _ => None,
        };
        if let Some(code) = code
            && self.route_error_allowed(ns, skb)
        {
            self.icmp_send(ns, skb, icmp::DEST_UNREACH, code, 0);
        }
        let reason = match kind {
            RouteType::Throw => DropReason::IpInNoRoute,
            _ => DropReason::NotSpecified,
        };
        self.drop_skb(ns, skb, reason, detail(kind.name()));
    }

    /// `ip_local_deliver`: it is for this machine.
    pub(crate) fn ip_local_deliver(&mut self, ns: NsId, skb: Skb) {
        let skb = if skb.ip().is_fragment() {
            match self.ip_defrag(ns, skb, crate::ip::frag::User::LocalDeliver) {
                Some(whole) => whole,
                None => return,
            }
        } else {
            skb
        };
        let state = HookState {
            family: Family::Ipv4,
            hook: Hook::Input,
            input: Some(skb.dev),
            output: None,
            sock: None,
        };
        if let HookResult::Accept(skb) = self.nf_hook(ns, &state, skb) {
            self.ip_local_deliver_finish(ns, &skb);
        }
    }

    /// `igmp_rcv`: queries and reports of version 1 and 2 are heard, all else is
    /// dropped.
    fn igmp_rcv(&mut self, ns: NsId, skb: &Skb) {
        let message = skb.ip().payload();
        let group = matches!(skb.pkt_type, PktType::Broadcast | PktType::Multicast);
        let heard = match message.first() {
            Some(0x11) => message.len() == 8 || message.len() >= 12,
            Some(0x12 | 0x16) => group,
            _ => false,
        };
        if heard && message.len() >= 8 && checksum::sum(message, 0) == 0xffff {
            self.consume_skb(ns, skb);
        } else {
            self.drop_skb(ns, skb, DropReason::NotSpecified, detail("IGMP"));
        }
    }

    /// `ip_protocol_deliver_rcu`: on to the transport layer.
    fn ip_local_deliver_finish(&mut self, ns: NsId, skb: &Skb) {
        let raw = self.raw_deliver(ns, skb);
        match skb.ip().proto() {
            ipv4::ICMP => self.icmp_rcv(ns, skb),
            ipv4::TCP => self.tcp_rcv(ns, skb),
            ipv4::UDP => self.udp_rcv(ns, skb),
            ipv4::IGMP => self.igmp_rcv(ns, skb),
            ipv4::UDPLITE => {
                // No program here listens on it. A checksum of zero is none.
                let ip = skb.ip();
                let bytes = ip.payload();
                if bytes.len() < 8 {
                    self.drop_skb(ns, skb, DropReason::NotSpecified, detail("UDP-Lite header"));
                    return;
                }
                let pseudo = checksum::pseudo_v4(ip.src(), ip.dst(), ipv4::UDPLITE, bytes.len());
                let covered = match be16(bytes, 4) {
                    Some(0) | None => bytes.len(),
                    Some(length) => usize::from(length),
                };
                let sum = bytes
                    .get(..covered)
                    .map(|bytes| checksum::sum(bytes, pseudo));
                if be16(bytes, 6) == Some(0) || sum != Some(0xffff) {
                    self.drop_skb(ns, skb, DropReason::UdpCsum, None);
                    return;
                }
                let mut bare = skb.clone();
                bare.ct = None;
                self.icmp_send(ns, &bare, icmp::DEST_UNREACH, icmp::unreach::PORT, 0);
                self.drop_skb(ns, skb, DropReason::NoSocket, None);
            }
            // pim_rcv: nobody routes groups here (CONFIG_IP_PIMSM_V2).
            ipv4::PIM => self.drop_skb(ns, skb, DropReason::NotSpecified, detail("PIM")),
            _ if raw => self.consume_skb(ns, skb),
            _ => {
                self.icmp_send(ns, skb, icmp::DEST_UNREACH, icmp::unreach::PROT, 0);
                self.drop_skb(ns, skb, DropReason::IpNoProto, None);
            }
        }
    }
}
