//! The lookup in rules and tables (`fib_rules_lookup`, `fib_table_lookup`).

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use super::fib::{
    Fib, FlowKey, NextHop, Route, RouteType, Rule, RuleAction, TABLE_DEFAULT, TABLE_LOCAL,
    TABLE_MAIN,
};
use crate::ip::route::RouteError;
use crate::walk::Name;
use crate::world::{DevId, NsId, World};

/// A route that fits, and which of its next hops.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The route.
    pub route: &'a Route,
    /// The next hop chosen first; [`World::select_hop`] may choose another.
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
            let hop = route.hops.iter().find(|hop| {
                self.hop_usable(ns, route.kind, hop)
                    && key.oif.is_none_or(|oif| hop.dev == Some(oif))
            });
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

    fn hop_usable(&self, ns: NsId, kind: RouteType, hop: &NextHop) -> bool {
        if hop.dead {
            return false;
        }
        // An own address stays one while its device is down (`fib_sync_down_dev`).
        kind == RouteType::Local || hop.dev.is_none_or(|dev| self.dev(ns, dev).up)
    }
}
