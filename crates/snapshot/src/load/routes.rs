//! `ip -j route show table all`.
//!
//! Not modelled: IPv6 routes, which are passed over; IPv4 routes by an IPv6
//! gateway; metrics other than the MTU.

use std::net::IpAddr;

use ipnet::IpNet;
use packetwalk_core::ip::fib::{NextHop, Route, RouteType, TABLE_DEFAULT, TABLE_LOCAL, TABLE_MAIN};
use packetwalk_core::world::{DevId, Netns};
use serde_json::Value;

use super::Notes;
use super::devices::{Names, device};
use super::json::{flag, number, objects, parse_number, text};

/// Names of tables that `/etc/iproute2/rt_tables` of the machine gave numbers
/// to. A snapshot has no such file: each gets a number that no other table has.
#[derive(Debug, Default)]
pub(super) struct TableNames(Vec<String>);

/// Above what iproute2 lets names stand for.
const FIRST_NAMED: u32 = 0xf000_0000;

impl TableNames {
    /// The table called `name`.
    pub(super) fn number(&mut self, name: &str) -> u32 {
        match name {
            "local" => return TABLE_LOCAL,
            "main" => return TABLE_MAIN,
            "default" => return TABLE_DEFAULT,
            _ => {}
        }
        if let Some(number) = parse_number(name) {
            return number;
        }
        let at = self.0.iter().position(|known| known == name);
        let at = at.unwrap_or_else(|| {
            self.0.push(name.to_owned());
            self.0.len() - 1
        });
        FIRST_NAMED + u32::try_from(at).unwrap_or(0)
    }
}

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

/// A prefix as iproute2 writes it: `default` and bare addresses included.
pub(super) fn prefix(text: &str) -> Option<IpNet> {
    if text == "default" || text == "all" {
        return "0.0.0.0/0".parse().ok();
    }
    let addr = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(addr)
}

/// The TOS under `tos`, `dsfield` in some versions.
pub(super) fn tos(object: &Value) -> u8 {
    let word = text(object, "tos").or_else(|| text(object, "dsfield"));
    let number = word.and_then(|word| {
        let hex = || u32::from_str_radix(word, 16).ok();
        parse_number(word).or_else(hex)
    });
    number.and_then(|tos| u8::try_from(tos).ok()).unwrap_or(0)
}

/// Is it a route of IPv6? `table all` lists both families, and `default` alone
/// does not tell.
fn is_ipv6(object: &Value, dst: &IpNet) -> bool {
    let v6 = |key: &str| text(object, key).is_some_and(|word| word.contains(':'));
    matches!(dst, IpNet::V6(_)) || object.get("pref").is_some() || v6("gateway") || v6("prefsrc")
}

/// Reads routes.
pub(super) fn routes(
    section: &str,
    netns: &mut Netns,
    names: &Names,
    tables: &mut TableNames,
    notes: &mut Notes,
) {
    for object in objects(section, notes) {
        let word = text(&object, "dst").unwrap_or("");
        let Some(dst) = prefix(word) else {
            notes.error(
                0,
                format!("a route to {word:?}"),
                "an address, a prefix or default",
            );
            continue;
        };
        if is_ipv6(&object, &dst) {
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
                notes.not_modelled(format!("route to {word} of type {other}"));
                RouteType::Other
            }
        };
        let Some(hops) = hops(&object, word, netns, names, notes) else {
            continue;
        };
        let metrics = object.get("metrics").and_then(Value::as_array);
        let mtu = metrics
            .into_iter()
            .flatten()
            .find_map(|metric| number(metric, "mtu"))
            .or_else(|| number(&object, "mtu"));
        let route = Route {
            prefix: dst,
            kind,
            tos: tos(&object),
            metric: number(&object, "metric").unwrap_or(0),
            // iproute2 leaves out the scope that is global, and only that.
            scope: scope(text(&object, "scope").unwrap_or("global")),
            prefsrc: text(&object, "prefsrc").and_then(|src| src.parse().ok()),
            hops,
            mtu: mtu.unwrap_or(0),
            realm: realm(&object),
            protocol: text(&object, "protocol").unwrap_or("").into(),
        };
        let id = tables.number(text(&object, "table").unwrap_or("main"));
        netns.fib.add(id, route);
    }
}

/// The realm: `{"from": "5", "to": "7"}`, the sources' in the upper 16 bits.
fn realm(object: &Value) -> u32 {
    let Some(flow) = object.get("flow") else {
        return 0;
    };
    match flow.as_str() {
        Some(to) => parse_number(to).unwrap_or(0),
        None => {
            let part = |key: &str| number::<u16>(flow, key).map_or(0, u32::from);
            part("from") << 16 | part("to")
        }
    }
}

/// The next hops; `None` if one of them cannot be read.
fn hops(
    object: &Value,
    word: &str,
    netns: &Netns,
    names: &Names,
    notes: &mut Notes,
) -> Option<Vec<NextHop>> {
    let several = object.get("nexthops").and_then(Value::as_array);
    let list = several.map_or_else(|| std::slice::from_ref(object), Vec::as_slice);
    let mut hops = Vec::with_capacity(list.len());
    for hop in list {
        let what = format!("route to {word}");
        let via = text(hop, "gateway").or_else(|| text(hop.get("via")?, "host"));
        let gateway = match via {
            None => None,
            Some(via) => match via.parse::<IpAddr>() {
                Ok(addr) => Some(addr),
                Err(_) => {
                    notes.error(0, format!("{what} via {via:?}, which is no address"), "");
                    return None;
                }
            },
        };
        if gateway.is_some_and(|gateway| gateway.is_ipv6()) {
            notes.not_modelled(format!("{what}, an IPv4 route, via an IPv6 gateway"));
        }
        let dev = match hop.get("dev") {
            None => None,
            Some(_) => Some(device(hop, "dev", names, &what, notes)?),
        };
        if dev.is_none() && gateway.is_none() {
            continue;
        }
        hops.push(NextHop {
            dev,
            via: gateway,
            weight: number(hop, "weight").unwrap_or(1),
            onlink: flag(hop, "onlink"),
            dead: flag(hop, "dead") || flag(hop, "linkdown") && ignores_linkdown(netns, dev),
        });
    }
    Some(hops)
}

/// `IN_DEV_IGNORE_ROUTES_WITH_LINKDOWN` (include/linux/inetdevice.h).
fn ignores_linkdown(netns: &Netns, dev: Option<DevId>) -> bool {
    let device = dev.and_then(|dev| netns.devices.get(usize::from(dev.0)));
    device.is_some_and(|device| {
        let ignore =
            |conf: &packetwalk_core::world::sysctl::Ipv4Conf| conf.ignore_routes_with_linkdown;
        netns.sysctl.or(&device.name, ignore)
    })
}

/// Adds what the kernel keeps by itself where the snapshot does not show it:
/// the local table, if it has no local route, and the subnets' routes, if it
/// has no route at all.
pub(super) fn complete(netns: &mut Netns) {
    let has_local = netns.fib.table(TABLE_LOCAL).is_some();
    let has_routes = !netns.fib.tables.is_empty();
    let mut made = Vec::new();
    for (id, device) in netns.devs() {
        for addr in &device.addrs {
            let Ok(net) = IpNet::new(addr.peer.unwrap_or(addr.local), addr.prefix) else {
                continue;
            };
            if !addr.local.is_ipv4() || !device.up {
                continue;
            }
            let host = scope("host");
            let link = scope("link");
            if !has_local {
                let own = IpNet::from(addr.local);
                made.push((
                    TABLE_LOCAL,
                    route(own, RouteType::Local, host, id, addr.local),
                ));
                if device.is_loopback() && addr.prefix < 32 {
                    let all = route(net.trunc(), RouteType::Local, host, id, addr.local);
                    made.push((TABLE_LOCAL, all));
                }
                if addr.prefix < 31 {
                    let last = IpNet::from(net.broadcast());
                    let broadcast = route(last, RouteType::Broadcast, link, id, addr.local);
                    made.push((TABLE_LOCAL, broadcast));
                }
            }
            if !has_routes && !device.is_loopback() && (addr.prefix < 32 || addr.peer.is_some()) {
                let subnet = route(net.trunc(), RouteType::Unicast, link, id, addr.local);
                made.push((TABLE_MAIN, subnet));
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
