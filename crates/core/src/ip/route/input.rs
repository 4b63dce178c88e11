//! The route of a packet that came in (`ip_route_input`, net/ipv4/route.c).

use std::net::Ipv4Addr;

use crate::ip::fib::{Dst, FlowKey, RouteType};
use crate::skb::Skb;
use crate::walk::DropReason;
use crate::wire::eth::ETH_P_IP;
use crate::world::{DevId, NsId, World};

use super::{Answer, InputError, RouteError};

impl World {
    /// `ip_route_input`: the route for a packet that came in by `dev`. Whoever
    /// asks, IP or ARP, martians are logged where that is wanted.
    ///
    /// # Errors
    /// When it must not have come from there, or go there.
    pub(crate) fn route_input(
        &mut self,
        ns: NsId,
        skb: &Skb,
        dst: Ipv4Addr,
        src: Ipv4Addr,
        dev: DevId,
    ) -> Result<Dst, InputError> {
        let route = self.route_input_slow(ns, skb, dst, src, dev);
        if let Err(error) = &route
            && self.dev_conf(ns, dev).log_martians
        {
            self.log_martian(ns, skb, (dst, src), dev, *error);
        }
        route
    }

    /// The kernel's words about a martian (`ip_handle_martian_source` and the
    /// end of `ip_route_input_slow`).
    fn log_martian(
        &mut self,
        ns: NsId,
        skb: &Skb,
        (dst, src): (Ipv4Addr, Ipv4Addr),
        dev: DevId,
        error: InputError,
    ) {
        let name = self.dev(ns, dev).name.clone();
        match error {
            InputError::MartianSource(_) => {
                let text = format!("IPv4: martian source {dst} from {src}, on dev {name}");
                self.log_kernel(ns, skb, text);
                let Some(eth) = skb.mac else { return };
                let bytes = eth.bytes();
                let hex = bytes.iter().map(|byte| format!(" {byte:02x}"));
                let text = "ll header: 00000000:".to_owned() + &hex.collect::<String>();
                self.log_kernel(ns, skb, text);
            }
            InputError::MartianDestination(_) => {
                let text = format!("IPv4: martian destination {dst} from {src}, dev {name}");
                self.log_kernel(ns, skb, text);
            }
            InputError::Invalid(_) => {}
        }
    }

    /// `ip_route_input_slow`.
    fn route_input_slow(
        &mut self,
        ns: NsId,
        skb: &Skb,
        dst: Ipv4Addr,
        src: Ipv4Addr,
        dev: DevId,
    ) -> Result<Dst, InputError> {
        let conf = self.dev_conf(ns, dev);
        let unset = Ipv4Addr::UNSPECIFIED;
        let key = FlowKey {
            dst,
            src,
            iif: Some(dev),
            oif: None,
            mark: skb.mark,
            tos: skb.ip().tos() & 0x1c,
            any_src: true,
            ..self.dissected(ns, skb, FlowKey::output(dst, src))
        };
        if dst.is_multicast() {
            // ip_route_input_rcu: groups are taken when they were joined; the
            // all-hosts group always is.
            if dst == Ipv4Addr::new(224, 0, 0, 1) && !self.dev(ns, dev).is_loopback() {
                if src.is_multicast() || src.is_broadcast() {
                    return Err(InputError::Invalid(DropReason::IpInvalidSource));
                }
                // ip_mc_validate_source.
                if src.is_loopback() && !conf.route_localnet {
                    return Err(InputError::Invalid(DropReason::IpLocalnet));
                }
                if !src.is_unspecified() {
                    self.validate_source(ns, skb, src, unset, dev, None)
                        .map_err(InputError::Invalid)?;
                }
                return Ok(input_route(RouteType::Multicast, dev, None, 0));
            }
            return Err(InputError::Invalid(DropReason::NotSpecified));
        }
        if src.is_multicast() || src.is_broadcast() {
            return Err(InputError::MartianSource(DropReason::IpInvalidSource));
        }
        let mut broadcast = dst.is_broadcast() || (src == unset && dst == unset);
        let mut answer = None;
        let mut forwarded = conf.forwarding;
        if !broadcast {
            if src.is_unspecified() {
                return Err(InputError::MartianSource(DropReason::IpInvalidSource));
            }
            if dst.is_unspecified() {
                return Err(InputError::MartianDestination(DropReason::IpInvalidDest));
            }
            if dst.is_loopback() {
                if !conf.route_localnet {
                    return Err(InputError::MartianDestination(DropReason::IpLocalnet));
                }
            } else if src.is_loopback() && !conf.route_localnet {
                return Err(InputError::MartianSource(DropReason::IpLocalnet));
            }
            let found = match self.fib_lookup(ns, &key) {
                Ok(found) => found,
                Err(error) => {
                    self.note_no_route(ns, &key, error);
                    // no_route: the packet is delivered to `ip_error`.
                    let kind = match (error, conf.forwarding) {
                        (_, false) => RouteType::Unreachable,
                        (RouteError::Prohibited, _) => RouteType::Prohibit,
                        (RouteError::Invalid, _) => RouteType::Blackhole,
                        (RouteError::NetUnreachable, _) => RouteType::Throw,
                        (RouteError::NotModelled, _) => RouteType::Other,
                        (RouteError::HostUnreachable, _) => RouteType::Unreachable,
                    };
                    return Ok(input_route(kind, dev, None, 0));
                }
            };
            match found.route.kind {
                RouteType::Broadcast if conf.bc_forwarding => {
                    // make_route: past the check of `forwarding`.
                    forwarded = true;
                    answer = Some(Answer {
                        kind: RouteType::Unicast,
                        ..Answer::of(&found)
                    });
                }
                RouteType::Broadcast => broadcast = true,
                RouteType::Local => {
                    let found = Answer::of(&found);
                    self.validate_source(ns, skb, src, dst, dev, None)
                        .map_err(InputError::MartianSource)?;
                    let route = input_route(RouteType::Local, dev, None, 0);
                    self.note_route(ns, &key, &route, Some(&found));
                    return Ok(route);
                }
                _ => answer = Some(Answer::of(&found)),
            }
        }
        if broadcast {
            // brd_input: an ARP request may not ask for such an address.
            if skb.proto != ETH_P_IP {
                return Err(InputError::Invalid(DropReason::NotSpecified));
            }
            if !src.is_unspecified() {
                self.validate_source(ns, skb, src, unset, dev, None)
                    .map_err(InputError::MartianSource)?;
            }
            let route = input_route(RouteType::Broadcast, dev, None, 0);
            self.note_route(ns, &key, &route, None);
            return Ok(route);
        }
        let Some(answer) = answer else {
            return Err(InputError::Invalid(DropReason::NotSpecified));
        };
        if !forwarded {
            let route = input_route(RouteType::Unreachable, dev, None, 0);
            self.note_route(ns, &key, &route, Some(&answer));
            return Ok(route);
        }
        if answer.kind != RouteType::Unicast {
            return Err(InputError::MartianDestination(DropReason::IpInvalidDest));
        }
        let Some(out) = answer.dev else {
            return Err(InputError::Invalid(DropReason::NotSpecified));
        };
        // __mkroute_input.
        let near = self
            .validate_source(ns, skb, src, dst, dev, Some(out))
            .map_err(InputError::MartianSource)?;
        let known = self.ns(ns).fib.exceptions.find(out, answer.via, dst);
        let mtu = known
            .mtu
            .filter(|_| self.ns(ns).sysctl.ipv4.ip_forward_use_pmtu != 0)
            .unwrap_or(answer.mtu);
        let via = known.gateway.or(answer.via);
        let mut route = input_route(RouteType::Unicast, out, via, mtu);
        route.realm = answer.realm;
        if out == dev && near && conf.send_redirects {
            let shared = self
                .ns(ns)
                .sysctl
                .or(&self.dev(ns, out).name, |conf| conf.shared_media);
            let gateway = via.unwrap_or(unset);
            route.redirect = shared || self.on_link(ns, out, src, gateway);
        }
        self.note_route(ns, &key, &route, Some(&answer));
        Ok(route)
    }
}

/// A route for a packet that came in, by `dev` and a gateway.
fn input_route(kind: RouteType, dev: DevId, via: Option<Ipv4Addr>, mtu: u32) -> Dst {
    Dst {
        kind,
        dev,
        via,
        iif: None,
        src: Ipv4Addr::UNSPECIFIED,
        mtu,
        input: true,
        realm: 0,
        redirect: false,
        local_too: false,
    }
}
