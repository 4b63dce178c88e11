//! Asking the routing tables: for a packet made here, and for one that came in.
//!
//! Kernel: net/ipv4/route.c, net/ipv4/fib_frontend.c. Not modelled: multicast
//! routing, and which of several next hops a kernel's secret chooses.

use std::net::{IpAddr, Ipv4Addr};

use crate::ip::fib::{Dst, FlowKey, RouteType};
use crate::ip::lookup::Found;
use crate::skb::Skb;
use crate::walk::{DropReason, Event, Layer, Name, RouteKey, RouteResult};
use crate::wire::eth::ETH_P_IP;
use crate::wire::{be16, ipv4};
use crate::world::{DevId, NsId, World};

/// `RT_SCOPE_UNIVERSE`.
pub const SCOPE_UNIVERSE: u8 = 0;
/// `RT_SCOPE_LINK`.
pub const SCOPE_LINK: u8 = 253;
/// `RT_SCOPE_HOST`.
pub const SCOPE_HOST: u8 = 254;

/// Why there is no route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteError {
    /// ENETUNREACH: nothing fits.
    NetUnreachable,
    /// EHOSTUNREACH: an `unreachable` route.
    HostUnreachable,
    /// EACCES: a `prohibit` route.
    Prohibited,
    /// EINVAL: a `blackhole` route, or addresses that cannot be.
    Invalid,
    /// A rule or route that is not modelled.
    NotModelled,
}

/// Why a packet that came in is not routed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputError {
    /// The source address must not come from there.
    MartianSource(DropReason),
    /// The destination address must not come from there.
    MartianDestination(DropReason),
    /// Not acceptable, without a word in the log.
    Invalid(DropReason),
}

impl InputError {
    /// The kernel's reason.
    pub fn reason(self) -> DropReason {
        match self {
            Self::MartianSource(reason)
            | Self::MartianDestination(reason)
            | Self::Invalid(reason) => reason,
        }
    }
}

pub(crate) fn v4(addr: IpAddr) -> Option<Ipv4Addr> {
    match addr {
        IpAddr::V4(addr) => Some(addr),
        IpAddr::V6(_) => None,
    }
}

impl FlowKey {
    /// The question for a packet made here.
    pub fn output(dst: Ipv4Addr, src: Ipv4Addr) -> Self {
        Self {
            dst,
            src,
            iif: None,
            oif: None,
            mark: 0,
            tos: 0,
            proto: 0,
            sport: 0,
            dport: 0,
            uid: 0,
            any_src: false,
        }
    }
}

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
            && self.dev(ns, dev).clone_conf(self, ns).log_martians
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
        let device = self.dev(ns, dev).clone_conf(self, ns);
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
                if src.is_loopback() && !device.route_localnet {
                    return Err(InputError::Invalid(DropReason::IpLocalnet));
                }
                if !src.is_unspecified() {
                    self.validate_source(ns, skb, src, unset, dev, None)
                        .map_err(InputError::Invalid)?;
                }
                return Ok(self.input_route(RouteType::Multicast, dev, dst, None, 0));
            }
            return Err(InputError::Invalid(DropReason::NotSpecified));
        }
        if src.is_multicast() || src.is_broadcast() {
            return Err(InputError::MartianSource(DropReason::IpInvalidSource));
        }
        let mut broadcast = dst.is_broadcast() || (src == unset && dst == unset);
        let mut answer = None;
        if !broadcast {
            if src.is_unspecified() {
                return Err(InputError::MartianSource(DropReason::IpInvalidSource));
            }
            if dst.is_unspecified() {
                return Err(InputError::MartianDestination(DropReason::IpInvalidDest));
            }
            if dst.is_loopback() {
                if !device.route_localnet {
                    return Err(InputError::MartianDestination(DropReason::IpLocalnet));
                }
            } else if src.is_loopback() && !device.route_localnet {
                return Err(InputError::MartianSource(DropReason::IpLocalnet));
            }
            let found = match self.fib_lookup(ns, &key) {
                Ok(found) => found,
                Err(error) => {
                    self.note_no_route(ns, &key, error);
                    // no_route: the packet is delivered to `ip_error`.
                    let kind = match (error, device.forwarding) {
                        (_, false) => RouteType::Unreachable,
                        (RouteError::Prohibited, _) => RouteType::Prohibit,
                        (RouteError::Invalid, _) => RouteType::Blackhole,
                        (RouteError::NetUnreachable, _) => RouteType::Throw,
                        (RouteError::NotModelled, _) => RouteType::Other,
                        (RouteError::HostUnreachable, _) => RouteType::Unreachable,
                    };
                    return Ok(self.input_route(kind, dev, dst, None, 0));
                }
            };
            match found.route.kind {
                RouteType::Broadcast if device.bc_forwarding => {
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
                    let route = self.input_route(RouteType::Local, dev, dst, None, 0);
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
            let route = self.input_route(RouteType::Broadcast, dev, dst, None, 0);
            self.note_route(ns, &key, &route, None);
            return Ok(route);
        }
        let Some(answer) = answer else {
            return Err(InputError::Invalid(DropReason::NotSpecified));
        };
        if !device.forwarding {
            let route = self.input_route(RouteType::Unreachable, dev, dst, None, 0);
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
        let mut route = self.input_route(RouteType::Unicast, out, dst, via, mtu);
        route.realm = answer.realm;
        if out == dev && near && self.send_redirects(ns, out) {
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

    /// `fib4_rules_early_flow_dissect`: protocol and ports, where a policy rule
    /// asks for them.
    pub(super) fn dissected(&self, ns: NsId, skb: &Skb, mut key: FlowKey) -> FlowKey {
        let ip = skb.ip();
        if self.ns(ns).fib.asks_for_ports() && !skb.data.is_empty() {
            key.proto = ip.proto();
            let ports = matches!(
                key.proto,
                ipv4::TCP | ipv4::UDP | ipv4::SCTP | ipv4::UDPLITE
            );
            if ports && !ip.is_fragment() {
                key.sport = be16(ip.payload(), 0).unwrap_or(0);
                key.dport = be16(ip.payload(), 2).unwrap_or(0);
            }
        }
        key
    }

    fn input_route(
        &self,
        kind: RouteType,
        dev: DevId,
        _dst: Ipv4Addr,
        via: Option<Ipv4Addr>,
        mtu: u32,
    ) -> Dst {
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

    fn send_redirects(&self, ns: NsId, dev: DevId) -> bool {
        self.ns(ns)
            .sysctl
            .or(&self.dev(ns, dev).name, |conf| conf.send_redirects)
    }

    /// `inet_addr_onlink`: is `a` (and `b`, if set) in a subnet of `dev`?
    pub(super) fn on_link(&self, ns: NsId, dev: DevId, a: Ipv4Addr, b: Ipv4Addr) -> bool {
        self.dev(ns, dev).addrs.iter().any(|addr| {
            let inside = |ip: Ipv4Addr| {
                ipnet::IpNet::new(addr.local, addr.prefix)
                    .is_ok_and(|net| net.contains(&IpAddr::V4(ip)))
            };
            inside(a) && (b.is_unspecified() || inside(b))
        })
    }

    /// The device that bears `addr` (`__ip_dev_find`, without the local table).
    pub fn dev_with_addr(&self, ns: NsId, addr: Ipv4Addr) -> Option<DevId> {
        self.ns(ns)
            .devs()
            .find(|(_, dev)| dev.addrs.iter().any(|own| own.local == IpAddr::V4(addr)))
            .map(|(id, _)| id)
    }

    /// Does the local table hold `addr`?
    pub fn is_local_addr(&self, ns: NsId, addr: Ipv4Addr) -> bool {
        self.inet_addr_type(ns, addr, None) == RouteType::Local
    }

    /// `lo`.
    pub fn loopback(&self, ns: NsId) -> Option<DevId> {
        self.ns(ns)
            .devs()
            .find(|(_, dev)| dev.is_loopback())
            .map(|(id, _)| id)
    }

    /// `inet_addr_type` / `inet_dev_addr_type`: what kind of address it is, by
    /// the local table. With `dev`, only if the route is that device's.
    pub fn inet_addr_type(&self, ns: NsId, addr: Ipv4Addr, dev: Option<DevId>) -> RouteType {
        if addr.is_unspecified() || addr.is_broadcast() {
            return RouteType::Broadcast;
        }
        if addr.is_multicast() {
            return RouteType::Multicast;
        }
        let Some(routes) = self.ns(ns).fib.table(super::fib::TABLE_LOCAL) else {
            return RouteType::Unicast;
        };
        let found = routes
            .iter()
            .find(|route| route.prefix.contains(&IpAddr::V4(addr)));
        match found {
            Some(route)
                if dev.is_none() || route.hops.first().is_some_and(|hop| hop.dev == dev) =>
            {
                route.kind
            }
            _ => RouteType::Unicast,
        }
    }

    /// `inet_select_addr`: the source address that `dev` offers for `dst` in
    /// a scope; unspecified if nobody has one.
    pub fn inet_select_addr(&self, ns: NsId, dev: DevId, dst: Ipv4Addr, scope: u8) -> Ipv4Addr {
        let usable = |dev: DevId| {
            let mut first = None;
            for addr in &self.dev(ns, dev).addrs {
                let Some(local) = v4(addr.local) else {
                    continue;
                };
                if addr.secondary || addr.scope.min(SCOPE_LINK) > scope {
                    continue;
                }
                let inside = ipnet::IpNet::new(addr.peer.unwrap_or(addr.local), addr.prefix)
                    .is_ok_and(|net| net.contains(&IpAddr::V4(dst)));
                if dst.is_unspecified() || inside {
                    return Some(local);
                }
                first = first.or(Some(local));
            }
            first
        };
        if let Some(addr) = usable(dev) {
            return addr;
        }
        // Another device's address, as long as it is not for the link only.
        for (id, device) in self.ns(ns).devs() {
            if id == dev || !device.up {
                continue;
            }
            for addr in &device.addrs {
                if !addr.secondary
                    && addr.scope != SCOPE_LINK
                    && addr.scope <= scope
                    && let Some(local) = v4(addr.local)
                {
                    return local;
                }
            }
        }
        Ipv4Addr::UNSPECIFIED
    }

    /// `fib_compute_spec_dst`: the address that an answer to `skb` comes from.
    pub(crate) fn compute_spec_dst(&self, ns: NsId, skb: &Skb) -> Ipv4Addr {
        let ip = skb.ip();
        if skb
            .dst
            .as_ref()
            .is_some_and(|dst| dst.kind == RouteType::Local)
        {
            return ip.dst();
        }
        let dev = skb.iif.unwrap_or(skb.dev);
        if ip.src().is_unspecified() {
            return self.inet_select_addr(ns, dev, ip.src(), SCOPE_LINK);
        }
        let vmark = self.dev(ns, dev).clone_conf(self, ns).src_valid_mark;
        let key = FlowKey {
            mark: if vmark { skb.mark } else { 0 },
            tos: ip.tos() & 0x1c,
            ..FlowKey::output(ip.src(), Ipv4Addr::UNSPECIFIED)
        };
        match self.fib_lookup(ns, &key) {
            // fib_result_prefsrc.
            Ok(found) => found.route.prefsrc.and_then(v4).unwrap_or_else(|| {
                let hop = found.hop;
                let near = hop.and_then(|hop| hop.via).and_then(v4);
                let out = hop.and_then(|hop| hop.dev).unwrap_or(dev);
                let near = near.unwrap_or(Ipv4Addr::UNSPECIFIED);
                self.inet_select_addr(ns, out, near, found.route.scope)
            }),
            Err(_) => self.inet_select_addr(ns, dev, ip.src(), SCOPE_UNIVERSE),
        }
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

    fn note_route(&mut self, ns: NsId, key: &FlowKey, dst: &Dst, answer: Option<&Answer>) {
        if !self.rec.full() {
            return;
        }
        let name = |dev: Option<DevId>| dev.map(|dev| self.dev(ns, dev).name.clone());
        let result = RouteResult {
            kind: Name::from(dst.kind.name()),
            dev: name(Some(dst.dev)),
            via: dst.via.map(IpAddr::V4),
            src: (!dst.src.is_unspecified()).then_some(IpAddr::V4(dst.src)),
            table: answer.map(|answer| answer.table),
            prefix: answer.map(|answer| answer.prefix.clone()),
            rule: answer.map(|answer| answer.rule),
        };
        self.push_route(ns, key, result);
    }

    fn note_no_route(&mut self, ns: NsId, key: &FlowKey, error: RouteError) {
        let kind = match error {
            RouteError::NetUnreachable => "none",
            RouteError::HostUnreachable => "unreachable",
            RouteError::Prohibited => "prohibit",
            RouteError::Invalid => "blackhole",
            RouteError::NotModelled => "other",
        };
        let result = RouteResult {
            kind: Name::from(kind),
            dev: None,
            via: None,
            src: None,
            table: None,
            prefix: None,
            rule: None,
        };
        self.push_route(ns, key, result);
    }

    fn push_route(&mut self, ns: NsId, key: &FlowKey, result: RouteResult) {
        if !self.rec.full() {
            return;
        }
        let name = |dev: Option<DevId>| dev.map(|dev| self.dev(ns, dev).name.clone());
        let event = Event::Route {
            key: RouteKey {
                dst: key.dst.into(),
                src: (!key.src.is_unspecified()).then_some(key.src.into()),
                iif: name(key.iif),
                oif: name(key.oif),
                mark: key.mark,
                tos: key.tos,
            },
            result,
        };
        let netns = self.ns(ns).name.clone();
        self.rec
            .push(netns, None, Layer::Network, None, self.now, event);
    }
}

/// What a lookup found, without borrowing the world.
#[derive(Clone, Debug)]
struct Answer {
    kind: RouteType,
    dev: Option<DevId>,
    via: Option<Ipv4Addr>,
    scope: u8,
    mtu: u32,
    realm: u32,
    table: u32,
    rule: u32,
    prefix: Name,
}

impl Answer {
    fn of(found: &Found<'_>) -> Self {
        let route = found.route;
        let prefix = if route.prefix.prefix_len() == 0 {
            "default".to_owned()
        } else if route.prefix.prefix_len() == route.prefix.max_prefix_len() {
            route.prefix.addr().to_string()
        } else {
            route.prefix.to_string()
        };
        Self {
            kind: route.kind,
            dev: found.hop.and_then(|hop| hop.dev),
            via: found.hop.and_then(|hop| hop.via).and_then(v4),
            scope: route.scope,
            mtu: route.mtu,
            realm: route.realm,
            table: found.table,
            rule: found.rule,
            prefix: Name::from(prefix),
        }
    }
}

/// A device's settings that routing looks at.
#[derive(Clone, Debug)]
pub(crate) struct DevConf {
    pub forwarding: bool,
    pub rp_filter: i32,
    pub accept_local: bool,
    pub route_localnet: bool,
    pub send_redirects: bool,
    pub src_valid_mark: bool,
    pub log_martians: bool,
    pub bc_forwarding: bool,
}

impl crate::world::device::Device {
    /// The settings that are in force for this device.
    pub(crate) fn clone_conf(&self, world: &World, ns: NsId) -> DevConf {
        let sysctl = &world.ns(ns).sysctl;
        DevConf {
            forwarding: sysctl.dev(&self.name).forwarding != 0,
            rp_filter: sysctl.max(&self.name, |conf| conf.rp_filter),
            accept_local: sysctl.or(&self.name, |conf| conf.accept_local),
            route_localnet: sysctl.or(&self.name, |conf| conf.route_localnet),
            send_redirects: sysctl.or(&self.name, |conf| conf.send_redirects),
            src_valid_mark: sysctl.or(&self.name, |conf| conf.src_valid_mark),
            log_martians: sysctl.or(&self.name, |conf| conf.log_martians),
            bc_forwarding: sysctl.and(&self.name, |conf| conf.bc_forwarding),
        }
    }
}
