//! The lookup in rules and tables (`fib_rules_lookup`, `fib_table_lookup`).

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use super::fib::{
    Fib, FlowKey, NextHop, Route, RouteType, Rule, RuleAction, TABLE_DEFAULT, TABLE_LOCAL,
    TABLE_MAIN,
};
use crate::ip::route::RouteError;
use crate::walk::Name;
use crate::world::rng::Rng;
use crate::world::{DevId, NsId, World};

/// A route that fits, and which of its next hops.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The route.
    pub route: &'a Route,
    /// The next hop chosen, if it has any.
    pub hop: Option<&'a NextHop>,
    /// The table that it stands in.
    pub table: u32,
    /// Priority of the rule that led there.
    pub rule: u32,
}

impl Fib {
    /// The routes of table `id`.
    pub fn table(&self, id: u32) -> Option<&[Route]> {
        self.tables
            .iter()
            .find(|(table, _)| *table == id)
            .map(|(_, routes)| routes.as_slice())
    }

    /// Adds a route to table `id`, where the lookup wants it: by prefix length
    /// downwards, then tos downwards, then metric upwards.
    pub fn add(&mut self, id: u32, route: Route) {
        let at = match self.tables.iter().position(|(table, _)| *table == id) {
            Some(at) => at,
            None => {
                self.tables.push((id, Vec::new()));
                self.tables.len() - 1
            }
        };
        if let Some((_, routes)) = self.tables.get_mut(at) {
            let rank = |route: &Route| {
                (
                    std::cmp::Reverse(route.prefix.prefix_len()),
                    std::cmp::Reverse(route.tos),
                    route.metric,
                )
            };
            let place = routes.partition_point(|other| rank(other) <= rank(&route));
            routes.insert(place, route);
        }
    }

    /// Does a policy rule look at protocol or ports (`fib_rules_require_fldissect`)?
    pub fn asks_for_ports(&self) -> bool {
        self.rules
            .iter()
            .any(|rule| rule.ipproto.is_some() || rule.sport.is_some() || rule.dport.is_some())
    }

    /// Are there policy rules beyond the kernel's own three
    /// (`fib4_has_custom_rules`)?
    pub fn has_custom_rules(&self) -> bool {
        !self.rules.is_empty()
            && (self.rules.len() != 3
                || self.rules.iter().any(|rule| {
                    !matches!(
                        (rule.priority, &rule.action),
                        (0, RuleAction::Table(TABLE_LOCAL))
                            | (32766, RuleAction::Table(TABLE_MAIN))
                            | (32767, RuleAction::Table(TABLE_DEFAULT))
                    )
                }))
    }
}

fn contains(net: &IpNet, addr: Ipv4Addr) -> bool {
    net.contains(&IpAddr::V4(addr))
}

impl World {
    fn policy_matches(&self, ns: NsId, rule: &Rule, key: &FlowKey) -> bool {
        let name_is = |dev: Option<DevId>, name: &Option<Name>| match name {
            None => true,
            // Packets made here come in by `lo`, as rules see them.
            Some(name) => match dev {
                Some(dev) => self.dev(ns, dev).name == *name,
                None => &**name == "lo",
            },
        };
        let ports_known = key.sport != 0 || key.dport != 0;
        let within = |range: Option<(u16, u16)>, port: u16| {
            range.is_none_or(|(low, high)| ports_known && (low..=high).contains(&port))
        };
        let fits = name_is(key.iif, &rule.iif)
            && rule
                .oif
                .as_ref()
                .is_none_or(|name| key.oif.is_some_and(|dev| self.dev(ns, dev).name == *name))
            && rule.src.as_ref().is_none_or(|net| contains(net, key.src))
            && rule.dst.as_ref().is_none_or(|net| contains(net, key.dst))
            && rule
                .mark
                .is_none_or(|(value, mask)| (value ^ key.mark) & mask == 0)
            && (rule.tos == 0 || rule.tos == key.tos)
            && rule.ipproto.is_none_or(|proto| proto == key.proto)
            && within(rule.sport, key.sport)
            && within(rule.dport, key.dport)
            && rule
                .uid
                .is_none_or(|(low, high)| (low..=high).contains(&key.uid));
        fits != rule.invert
    }

    /// `fib_lookup`.
    ///
    /// # Errors
    /// What the kernel returns when nothing leads there.
    pub fn fib_lookup(&self, ns: NsId, key: &FlowKey) -> Result<Found<'_>, RouteError> {
        let fib = &self.ns(ns).fib;
        if fib.rules.is_empty() {
            for (rule, table) in [
                (0, TABLE_LOCAL),
                (32766, TABLE_MAIN),
                (32767, TABLE_DEFAULT),
            ] {
                if let Some(found) = self.table_lookup(ns, table, rule, key, None)? {
                    return Ok(found);
                }
            }
            return Err(RouteError::NetUnreachable);
        }
        let mut at = 0;
        while let Some(rule) = fib.rules.get(at) {
            at += 1;
            if rule.unknown.is_some() {
                return Err(RouteError::NotModelled);
            }
            if !self.policy_matches(ns, rule, key) {
                continue;
            }
            match rule.action {
                RuleAction::Table(table) => {
                    let suppress = rule.suppress_prefixlen;
                    if let Some(found) =
                        self.table_lookup(ns, table, rule.priority, key, suppress)?
                    {
                        return Ok(found);
                    }
                }
                RuleAction::Goto(priority) => {
                    // Only ever forward.
                    match fib.rules.iter().position(|to| to.priority >= priority) {
                        Some(to) if to >= at => at = to,
                        _ => {}
                    }
                }
                RuleAction::Nop => {}
                RuleAction::Unreachable => return Err(RouteError::NetUnreachable),
                RuleAction::Blackhole => return Err(RouteError::Invalid),
                RuleAction::Prohibit => return Err(RouteError::Prohibited),
            }
        }
        Err(RouteError::NetUnreachable)
    }

    /// `fib_table_lookup`: `Ok(None)` is "ask the next rule".
    fn table_lookup(
        &self,
        ns: NsId,
        table: u32,
        rule: u32,
        key: &FlowKey,
        suppress: Option<u8>,
    ) -> Result<Option<Found<'_>>, RouteError> {
        let Some(routes) = self.ns(ns).fib.table(table) else {
            return Ok(None);
        };
        for route in routes {
            if !contains(&route.prefix, key.dst) || (route.tos != 0 && route.tos != key.tos) {
                continue;
            }
            match route.kind {
                RouteType::Blackhole => return Err(RouteError::Invalid),
                RouteType::Unreachable => return Err(RouteError::HostUnreachable),
                RouteType::Prohibit => return Err(RouteError::Prohibited),
                RouteType::Throw => return Ok(None),
                RouteType::Other => return Err(RouteError::NotModelled),
                RouteType::Unicast
                | RouteType::Local
                | RouteType::Broadcast
                | RouteType::Multicast => {}
            }
            let hop = self.select_hop(ns, route, key);
            if hop.is_none() && !route.hops.is_empty() {
                continue;
            }
            if suppress.is_some_and(|most| route.prefix.prefix_len() <= most) {
                return Ok(None);
            }
            return Ok(Some(Found {
                route,
                hop,
                table,
                rule,
            }));
        }
        Ok(None)
    }

    /// `fib_select_multipath`: of several next hops, in proportion to their weights,
    /// one that stays the same for the same two addresses. The kernel's hash has
    /// a secret, so which one a real machine takes cannot be known.
    fn select_hop<'a>(&self, ns: NsId, route: &'a Route, key: &FlowKey) -> Option<&'a NextHop> {
        let usable = || {
            route.hops.iter().filter(|hop| {
                self.hop_usable(ns, route.kind, hop)
                    && key.oif.is_none_or(|oif| hop.dev == Some(oif))
            })
        };
        let all: u32 = usable().map(|hop| hop.weight.max(1)).sum();
        let ends = u64::from(u32::from(key.src)) << 32 | u64::from(u32::from(key.dst));
        let mut point = Rng::new(ends).below(all);
        usable().find(|hop| {
            let weight = hop.weight.max(1);
            let here = point < weight;
            point = point.saturating_sub(weight);
            here
        })
    }

    fn hop_usable(&self, ns: NsId, kind: RouteType, hop: &NextHop) -> bool {
        if hop.dead {
            return false;
        }
        // An own address stays one while its device is down (`fib_sync_down_dev`).
        kind == RouteType::Local || hop.dev.is_none_or(|dev| self.dev(ns, dev).up)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::wire::eth::MacAddr;
    use crate::world::Netns;
    use crate::world::device::{Device, DeviceKind};

    /// How many of 1,000 destinations go by each next hop of weights 1 and 3.
    fn shares(dead: bool) -> BTreeMap<Option<IpAddr>, u32> {
        let mut world = World::new(1);
        let mut netns = Netns::new("r");
        let kind = DeviceKind::Outside;
        netns
            .devices
            .push(Device::new(2, "eth0", kind, MacAddr::ZERO));
        let hop = |via: [u8; 4], weight, dead| NextHop {
            dev: Some(DevId(0)),
            via: Some(via.into()),
            weight,
            onlink: false,
            dead,
        };
        netns.fib.add(
            TABLE_MAIN,
            Route {
                prefix: "0.0.0.0/0".parse().unwrap(),
                kind: RouteType::Unicast,
                tos: 0,
                metric: 0,
                scope: 0,
                prefsrc: None,
                hops: vec![hop([10, 0, 0, 1], 1, false), hop([10, 0, 0, 2], 3, dead)],
                mtu: 0,
                realm: 0,
                protocol: Name::from("static"),
            },
        );
        world.namespaces.push(netns);
        let mut shares = BTreeMap::new();
        for host in 0..1000u32 {
            let dst = Ipv4Addr::from(0xc000_0200 + host);
            let key = FlowKey::output(dst, Ipv4Addr::new(10, 0, 0, 9));
            let found = world.fib_lookup(NsId(0), &key).unwrap();
            let again = world.fib_lookup(NsId(0), &key).unwrap();
            assert_eq!(found.hop, again.hop);
            *shares.entry(found.hop.and_then(|hop| hop.via)).or_default() += 1;
        }
        shares
    }

    #[test]
    fn next_hops_share_by_weight() {
        let heavy = shares(false)[&Some([10, 0, 0, 2].into())];
        assert!((700..800).contains(&heavy), "{heavy}");
    }

    #[test]
    fn a_dead_next_hop_gets_nothing() {
        assert_eq!(
            shares(true),
            BTreeMap::from([(Some([10, 0, 0, 1].into()), 1000)])
        );
    }
}
