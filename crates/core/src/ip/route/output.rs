//! The route of a packet that is made here (`ip_route_output_key`,
//! net/ipv4/route.c).

use std::net::Ipv4Addr;

use crate::ip::fib::{Dst, FlowKey, RouteType};
use crate::skb::Skb;
use crate::world::{DevId, NsId, World};

use super::{Answer, RouteError, SCOPE_LINK, SCOPE_UNIVERSE, v4};

impl World {
    /// `ip_route_output_key`: the route for a packet that is made here. The
    /// answer's `src` is the source to use when the key has none.
    ///
    /// # Errors
    /// When no route leads there.
    pub fn route_output(&mut self, ns: NsId, key: &FlowKey) -> Result<Dst, RouteError> {
        let mut key = *key;
        let unset = Ipv4Addr::UNSPECIFIED;
        if key.src != unset {
            if key.src.is_multicast() || key.src.is_broadcast() {
                return Err(RouteError::Invalid);
            }
            let owner = self.dev_with_addr(ns, key.src);
            if key.oif.is_none() && (key.dst.is_multicast() || key.dst.is_broadcast()) {
                let dev = owner.ok_or(RouteError::Invalid)?;
                key.oif = Some(dev);
                return self.make_output(ns, &key, dev, RouteType::Unicast, None);
            }
            if !key.any_src && owner.is_none() && !self.is_local_addr(ns, key.src) {
                return Err(RouteError::Invalid);
            }
        }
        if let Some(oif) = key.oif {
            if !self.dev(ns, oif).up {
                return Err(RouteError::NetUnreachable);
            }
            let local_group = key.dst.octets()[..3] == [224, 0, 0];
            if local_group || key.dst.is_broadcast() {
                if key.src == unset {
                    key.src = self.inet_select_addr(ns, oif, unset, SCOPE_LINK);
                }
                return self.make_output(ns, &key, oif, RouteType::Unicast, None);
            }
            if key.src == unset && key.dst.is_multicast() {
                key.src = self.inet_select_addr(ns, oif, unset, SCOPE_UNIVERSE);
            }
        }
        let loopback = self.loopback(ns);
        if key.dst == unset {
            key.dst = if key.src == unset {
                Ipv4Addr::LOCALHOST
            } else {
                key.src
            };
            if key.src == unset {
                key.src = Ipv4Addr::LOCALHOST;
            }
            let lo = loopback.ok_or(RouteError::NetUnreachable)?;
            return self.make_output(ns, &key, lo, RouteType::Local, None);
        }
        let found = match self.fib_lookup(ns, &key) {
            Ok(found) => found,
            Err(error) => {
                if let Some(oif) = key.oif
                    && error != RouteError::NotModelled
                {
                    // "Apparently, routing tables are wrong. Assume, that the
                    // destination is on link" is what a bound device means.
                    if key.src == unset {
                        key.src = self.inet_select_addr(ns, oif, unset, SCOPE_LINK);
                    }
                    return self.make_output(ns, &key, oif, RouteType::Unicast, None);
                }
                self.note_no_route(ns, &key, error);
                return Err(error);
            }
        };
        let kind = found.route.kind;
        let prefsrc = found.route.prefsrc.and_then(v4);
        if kind == RouteType::Local {
            if key.src == unset {
                key.src = prefsrc.unwrap_or(key.dst);
            }
            let answer = Answer::of(&found);
            let lo = loopback.ok_or(RouteError::NetUnreachable)?;
            return self.make_output(ns, &key, lo, kind, Some(&answer));
        }
        let answer = Answer::of(&found);
        let dev = answer.dev.ok_or(RouteError::NetUnreachable)?;
        if key.src == unset {
            key.src = prefsrc.unwrap_or_else(|| {
                let near = answer.via.unwrap_or(key.dst);
                self.inet_select_addr(ns, dev, near, answer.scope)
            });
        }
        self.make_output(ns, &key, dev, kind, Some(&answer))
    }

    /// `__mkroute_output`.
    fn make_output(
        &mut self,
        ns: NsId,
        key: &FlowKey,
        dev: DevId,
        kind: RouteType,
        answer: Option<&Answer>,
    ) -> Result<Dst, RouteError> {
        let device = self.dev(ns, dev);
        let route_localnet = self
            .ns(ns)
            .sysctl
            .or(&device.name, |conf| conf.route_localnet);
        if key.src.is_loopback() && !device.is_loopback() && !route_localnet {
            return Err(RouteError::Invalid);
        }
        let kind = if key.dst.is_broadcast() {
            RouteType::Broadcast
        } else if key.dst.is_multicast() {
            RouteType::Multicast
        } else if key.dst.is_unspecified() {
            return Err(RouteError::Invalid);
        } else {
            kind
        };
        // A group or broadcast needs no gateway.
        let via = answer
            .filter(|_| !matches!(kind, RouteType::Broadcast | RouteType::Multicast))
            .and_then(|answer| answer.via);
        let known = self.ns(ns).fib.exceptions.find(dev, via, key.dst);
        let dst = Dst {
            kind,
            dev,
            via: known.gateway.or(via),
            iif: answer
                .filter(|_| kind == RouteType::Local)
                .and_then(|answer| answer.dev),
            src: key.src,
            mtu: known
                .mtu
                .unwrap_or_else(|| answer.map_or(0, |answer| answer.mtu)),
            input: false,
            realm: answer.map_or(0, |answer| answer.realm),
            redirect: false,
            local_too: kind == RouteType::Broadcast
                || (kind == RouteType::Multicast && key.dst == Ipv4Addr::new(224, 0, 0, 1)),
        };
        self.note_route(ns, key, &dst, answer);
        Ok(dst)
    }

    /// `ip_route_me_harder`: routes a packet anew after its addresses or mark
    /// changed on the way out.
    ///
    /// # Errors
    /// When there is no route; kept in the packet for its sender.
    pub fn route_me_harder(&mut self, ns: NsId, skb: &mut Skb) -> Result<(), RouteError> {
        let ip = skb.ip();
        let (src, dst, tos) = (ip.src(), ip.dst(), ip.tos());
        let addr_type = self.inet_addr_type(ns, src, None);
        let local = addr_type == RouteType::Local;
        let key = FlowKey {
            src: if matches!(addr_type, RouteType::Local | RouteType::Unicast) {
                src
            } else {
                Ipv4Addr::UNSPECIFIED
            },
            mark: skb.mark,
            tos: tos & 0x1c,
            any_src: !local,
            oif: skb.sock.and_then(|sock| self.ns(ns).sockets.get(sock)?.dev),
            ..self.dissected(ns, skb, FlowKey::output(dst, src))
        };
        match self.route_output(ns, &key) {
            Ok(dst) => {
                skb.dst = Some(dst);
                Ok(())
            }
            Err(error) => {
                skb.unroutable = Some(error);
                Err(error)
            }
        }
    }
}
