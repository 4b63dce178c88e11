//! `ip -j route show table all` and `ip -j rule show`.

use std::net::IpAddr;

use ipnet::IpNet;
use packetwalk_core::ip::fib::{
    NextHop, Route, RouteType, Rule, RuleAction, TABLE_DEFAULT, TABLE_LOCAL, TABLE_MAIN,
};
use packetwalk_core::world::{DevId, Netns};
use serde_json::Value;

use super::Notes;
use super::json::{flags, number, objects, parse_number, text};

/// Scope by its name (`/etc/iproute2/rt_scopes`).
pub(super) fn scope(name: &str) -> u8 {
    match name {
        "global" => 0,
        "site" => 200,
        "link" => 253,
        "host" => 254,
        "nowhere" => 255,
        other => other.parse().unwrap_or(0),
    }
}

fn table(name: &str) -> Option<u32> {
    match name {
        "local" => Some(TABLE_LOCAL),
        "main" => Some(TABLE_MAIN),
        "default" => Some(TABLE_DEFAULT),
        other => parse_number(other),
    }
}

fn prefix(text: &str) -> Option<IpNet> {
    if text == "default" || text == "all" {
        return "0.0.0.0/0".parse().ok();
    }
    text.parse()
        .ok()
        .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

fn tos(object: &Value) -> u8 {
    let word = text(object, "tos").or_else(|| text(object, "dsfield"));
    word.and_then(|word| parse_number(word).or_else(|| u32::from_str_radix(word, 16).ok()))
        .unwrap_or(0) as u8
}

pub(super) fn routes(section: &str, netns: &mut Netns, notes: &mut Notes) {
    for object in objects(section, notes) {
        let Some(dst) = text(&object, "dst").and_then(prefix) else {
            notes.error(0, "a route without a destination", "");
            continue;
        };
        if matches!(dst, IpNet::V6(_)) {
            continue;
        }
        let kind = match text(&object, "type").unwrap_or("unicast") {
            "unicast" => RouteType::Unicast,
            "local" => RouteType::Local,
            "broadcast" => RouteType::Broadcast,
            "multicast" => RouteType::Multicast,
            "blackhole" => RouteType::Blackhole,
            "unreachable" => RouteType::Unreachable,
            "prohibit" => RouteType::Prohibit,
            "throw" => RouteType::Throw,
            other => {
                notes.not_modelled(format!("route type {other}"));
                RouteType::Other
            }
        };
        let id = text(&object, "table").map_or(Some(TABLE_MAIN), table);
        let Some(id) = id else {
            notes.warn(0, "a routing table by a name that is not known", "");
            continue;
        };
        let hops = hops(&object, netns);
        let metrics = object.get("metrics").and_then(Value::as_array);
        let mtu = metrics
            .into_iter()
            .flatten()
            .find_map(|metric| number(metric, "mtu"))
            .or_else(|| number(&object, "mtu"))
            .unwrap_or(0);
        let default_scope = if hops.iter().any(|hop| hop.via.is_some()) {
            "global"
        } else {
            "link"
        };
        netns.fib.add(
            id,
            Route {
                prefix: dst,
                kind,
                tos: tos(&object),
                metric: number(&object, "metric").unwrap_or(0),
                scope: scope(text(&object, "scope").unwrap_or(default_scope)),
                prefsrc: text(&object, "prefsrc").and_then(|src| src.parse().ok()),
                hops,
                mtu,
                realm: text(&object, "flow").and_then(parse_number).unwrap_or(0),
                protocol: text(&object, "protocol").unwrap_or("").into(),
            },
        );
    }
}

fn hops(object: &Value, netns: &Netns) -> Vec<NextHop> {
    if let Some(list) = object.get("nexthops").and_then(Value::as_array) {
        return list.iter().filter_map(|hop| next_hop(hop, netns)).collect();
    }
    next_hop(object, netns).into_iter().collect()
}

fn next_hop(object: &Value, netns: &Netns) -> Option<NextHop> {
    let dev = text(object, "dev").and_then(|dev| netns.dev_named(dev));
    let via = text(object, "gateway")
        .or_else(|| object.get("via").and_then(|via| text(via, "host")))
        .and_then(|via| via.parse().ok());
    if dev.is_none() && via.is_none() {
        return None;
    }
    let set = flags(object);
    Some(NextHop {
        dev,
        via,
        weight: number(object, "weight").unwrap_or(1),
        onlink: set.contains(&"onlink"),
        dead: set.contains(&"dead"),
    })
}

pub(super) fn rules(section: &str, netns: &mut Netns, notes: &mut Notes) {
    for object in objects(section, notes) {
        let net = |key: &str, len: &str| -> Option<IpNet> {
            let word = text(&object, key).filter(|word| *word != "all")?;
            match number(&object, len) {
                Some(bits) => IpNet::new(word.parse().ok()?, bits as u8).ok(),
                None => prefix(word),
            }
        };
        let mark = text(&object, "fwmark").and_then(parse_number);
        let mask = text(&object, "fwmask").and_then(parse_number);
        let range = |key: &str| -> Option<(u16, u16)> {
            let word = text(&object, key)
                .map(str::to_owned)
                .or_else(|| number(&object, key).map(|port| port.to_string()))?;
            let (low, high) = word.split_once('-').unwrap_or((&word, &word));
            Some((low.parse().ok()?, high.parse().ok()?))
        };
        let ports = |key: &str| {
            range(key).or_else(|| {
                Some((
                    number(&object, &format!("{key}_start"))? as u16,
                    number(&object, &format!("{key}_end"))? as u16,
                ))
            })
        };
        let action = match (text(&object, "table"), text(&object, "action")) {
            (_, Some("goto")) => RuleAction::Goto(
                number(&object, "goto")
                    .or_else(|| number(&object, "target"))
                    .unwrap_or(0),
            ),
            (_, Some("nop")) => RuleAction::Nop,
            (_, Some("unreachable")) => RuleAction::Unreachable,
            (_, Some("blackhole")) => RuleAction::Blackhole,
            (_, Some("prohibit")) => RuleAction::Prohibit,
            (Some(name), _) => match table(name) {
                Some(id) => RuleAction::Table(id),
                None => {
                    notes.warn(0, format!("table {name} is not known by number"), "");
                    RuleAction::Nop
                }
            },
            (None, _) => match number(&object, "goto") {
                Some(to) => RuleAction::Goto(to),
                None => RuleAction::Nop,
            },
        };
        let unknown = [
            "l3mdev",
            "tun_id",
            "suppress_ifgroup",
            "sport_mask",
            "dport_mask",
        ]
        .into_iter()
        .find(|key| object.get(*key).is_some());
        if let Some(key) = unknown {
            notes.not_modelled(format!("policy rule with {key}"));
        }
        netns.fib.rules.push(Rule {
            priority: number(&object, "priority").unwrap_or(0),
            invert: object.get("not").is_some(),
            src: net("src", "srclen"),
            dst: net("dst", "dstlen"),
            iif: text(&object, "iif").map(Into::into),
            oif: text(&object, "oif").map(Into::into),
            mark: mark.map(|mark| (mark, mask.unwrap_or(u32::MAX))),
            tos: tos(&object),
            ipproto: text(&object, "ipproto").and_then(|name| match name {
                "icmp" => Some(1),
                "tcp" => Some(6),
                "udp" => Some(17),
                other => other.parse().ok(),
            }),
            sport: ports("sport"),
            dport: ports("dport"),
            uid: number(&object, "uid_start").zip(number(&object, "uid_end")),
            suppress_prefixlen: number(&object, "suppress_prefixlen")
                .or_else(|| number(&object, "suppress_prefixlength"))
                .map(|len| len as u8),
            action,
            unknown: unknown.map(Into::into),
        });
    }
    netns.fib.rules.sort_by_key(|rule| rule.priority);
}

/// Adds what the kernel keeps by itself when the snapshot shows no routes:
/// local, broadcast and subnet routes of the addresses.
pub(super) fn complete(netns: &mut Netns) {
    if !netns.fib.tables.is_empty() {
        return;
    }
    let mut made = Vec::new();
    for (id, device) in netns.devs() {
        for addr in &device.addrs {
            if !addr.local.is_ipv4() || !device.up {
                continue;
            }
            let Ok(net) = IpNet::new(addr.local, addr.prefix) else {
                continue;
            };
            let own = if device.is_loopback() {
                net.trunc()
            } else {
                IpNet::from(addr.local)
            };
            made.push((
                TABLE_LOCAL,
                route(own, RouteType::Local, 254, id, addr.local),
            ));
            if !device.is_loopback() && addr.prefix < 32 {
                made.push((
                    TABLE_MAIN,
                    route(net.trunc(), RouteType::Unicast, 253, id, addr.local),
                ));
                if addr.prefix < 31 {
                    let broadcast = IpNet::from(net.broadcast());
                    made.push((
                        TABLE_LOCAL,
                        route(broadcast, RouteType::Broadcast, 253, id, addr.local),
                    ));
                }
            }
        }
    }
    for (id, route) in made {
        netns.fib.add(id, route);
    }
}

fn route(prefix: IpNet, kind: RouteType, scope: u8, dev: DevId, src: IpAddr) -> Route {
    Route {
        prefix,
        kind,
        tos: 0,
        metric: 0,
        scope,
        prefsrc: Some(src),
        hops: vec![NextHop {
            dev: Some(dev),
            via: None,
            weight: 1,
            onlink: false,
            dead: false,
        }],
        mtu: 0,
        realm: 0,
        protocol: "kernel".into(),
    }
}
