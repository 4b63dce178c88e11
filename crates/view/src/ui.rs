//! Names and explanations that a page shows beside the pictures, by key.
//!
//! Keys: `station.ID` names a station, `about.station.ID` explains it (hooks
//! included), `about.chip.STATION/CHIP` explains a chip there, `state.STATE`,
//! `layer.LAYER`, `kind.KIND`, `look.LOOK`, `result.WORD` name values of the
//! shapes in this crate.

use std::collections::BTreeMap;

use packetwalk_core::walk::{Family, Hook};

use crate::timeline::Station;
use crate::words::{Lang, Pair, explain, pick};

/// Short names, by key.
const NAMES: &[(&str, Pair)] = &[
    ("station.ingress", ["device in", "设备收"]),
    ("station.egress", ["device out", "设备发"]),
    ("station.bridging", ["bridging", "桥接判断"]),
    ("station.bridging-out", ["bridging", "桥接判断"]),
    ("station.routing", ["routing", "路由"]),
    ("station.routing-out", ["routing", "路由"]),
    ("station.process", ["local process", "本地进程"]),
    ("station.neighbour", ["neighbour", "邻居"]),
    ("lane.link", ["link layer", "链路层"]),
    ("lane.network", ["network layer", "网络层"]),
    ("state.visited", ["visited", "走过"]),
    ("state.current", ["here now", "正在这里"]),
    ("state.skipped", ["skipped", "跳过"]),
    ("state.dropped", ["dropped", "丢弃"]),
    ("state.stolen", ["taken over", "被接管"]),
    ("state.not-modelled", ["not modelled", "未建模"]),
    ("layer.link", ["link layer", "链路层"]),
    ("layer.network", ["network layer", "网络层"]),
    ("layer.transport", ["transport layer", "传输层"]),
    ("layer.process", ["program", "程序"]),
    ("kind.arp", ["ARP", "ARP"]),
    ("kind.request", ["request", "请求"]),
    ("kind.reply", ["reply", "应答"]),
    ("kind.error", ["error", "错误"]),
    ("kind.other", ["other", "其他"]),
    ("room.host", ["host", "主机"]),
    ("room.container", ["container", "容器"]),
    ("room.remote", ["other host", "其他主机"]),
    ("look.loopback", ["loopback device", "环回设备"]),
    ("look.veth", ["end of a veth pair", "veth 的一端"]),
    ("look.bridge", ["bridge", "网桥"]),
    ("look.outside", ["network card", "网卡"]),
    ("look.dummy", ["dummy device", "dummy 设备"]),
    ("look.vlan", ["VLAN device", "VLAN 设备"]),
    ("look.other", ["device of another kind", "其他类型的设备"]),
    ("device.down", ["down", "未启用"]),
    ("result.ok", ["ok: it was answered", "成功：得到应答"]),
    ("result.refused", ["refused", "被拒绝"]),
    (
        "result.unreachable net",
        ["network unreachable", "网络不可达"],
    ),
    (
        "result.unreachable host",
        ["host unreachable", "主机不可达"],
    ),
    (
        "result.unreachable proto",
        ["protocol unreachable", "协议不可达"],
    ),
    (
        "result.unreachable admin",
        ["administratively prohibited", "被管理员禁止"],
    ),
    (
        "result.unreachable ttl",
        ["TTL ran out on the way", "途中 TTL 耗尽"],
    ),
    (
        "result.unreachable frag",
        [
            "too big for a link, and not to be fragmented",
            "超过链路 MTU 又不许分片",
        ],
    ),
    (
        "result.denied",
        [
            "denied: the local stack refused to send",
            "本地协议栈拒绝发送",
        ],
    ),
    (
        "result.timeout",
        ["timeout: nothing came back", "超时：没有回应"],
    ),
    ("result.sent", ["sent", "已发送"]),
    ("result.waited", ["waited", "已等待"]),
    (
        "result.not modelled",
        [
            "stopped: something on the way is not modelled",
            "停止：途中有未建模的部分",
        ],
    ),
];

const STATIONS: &[&str] = &[
    "ingress",
    "egress",
    "bridging",
    "bridging-out",
    "routing",
    "routing-out",
    "process",
    "neighbour",
];

const TABLES: &[(Family, &[&str])] = &[
    (
        Family::Ipv4,
        &["raw", "mangle", "nat", "filter", "security"],
    ),
    (Family::Bridge, &["broute", "nat", "filter"]),
    (Family::Arp, &["filter"]),
];

const HOOKS: &[Hook] = &[
    Hook::Brouting,
    Hook::Prerouting,
    Hook::Input,
    Hook::Forward,
    Hook::Output,
    Hook::Postrouting,
];

/// Everything in both languages.
fn all() -> BTreeMap<String, Pair> {
    let mut out: BTreeMap<String, Pair> = BTreeMap::new();
    for (key, pair) in NAMES {
        out.insert((*key).to_owned(), *pair);
    }
    for station in STATIONS {
        if let Some(pair) = explain::station(station) {
            out.insert(format!("about.station.{station}"), pair);
        }
    }
    for (family, tables) in TABLES {
        for hook in HOOKS {
            let station = Station::Hook(*family, *hook);
            out.insert(
                format!("about.station.{station}"),
                explain::hook(*family, *hook),
            );
            for table in *tables {
                if let Some(pair) = explain::table(*family, table) {
                    out.insert(format!("about.chip.{station}/{table}"), pair);
                }
            }
            for chip in ["defrag", "conntrack", "confirm", "br_netfilter", "sabotage"] {
                if let Some(pair) = explain::chip(chip) {
                    out.insert(format!("about.chip.{station}/{chip}"), pair);
                }
            }
        }
    }
    out
}

/// All texts of a language, by key.
pub fn texts(lang: Lang) -> BTreeMap<String, &'static str> {
    all()
        .into_iter()
        .map(|(key, pair)| (key, pick(pair, lang)))
        .collect()
}

/// The name that goes by this key; `None` if there is none.
pub fn name(key: &str, lang: Lang) -> Option<&'static str> {
    let mut names = NAMES.iter();
    let (_, pair) = names.find(|(name, _)| *name == key)?;
    Some(pick(*pair, lang))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_missing_in_either_language() {
        for (key, [en, zh]) in all() {
            assert!(!en.is_empty() && !zh.is_empty(), "{key}");
            assert!(en.is_ascii(), "{key}: {en}");
        }
        for station in STATIONS {
            assert!(explain::station(station).is_some(), "{station}");
        }
    }
}
