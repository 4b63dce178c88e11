//! `ip -j neigh show`.

use packetwalk_core::ip::neigh::{Neighbour, Nud};
use packetwalk_core::wire::eth::MacAddr;
use packetwalk_core::world::Netns;
use serde_json::Value;

use super::Notes;
use super::json::{objects, text};

pub(super) fn read(section: &str, netns: &mut Netns, notes: &mut Notes) {
    for object in objects(section, notes) {
        let (Some(dev), Some(addr)) = (
            text(&object, "dev").and_then(|dev| netns.dev_named(dev)),
            text(&object, "dst").and_then(|addr| addr.parse().ok()),
        ) else {
            notes.error(0, "a neighbour without address or device", "");
            continue;
        };
        if object.get("proxy").is_some() {
            netns.neigh.proxies.push((dev, addr));
            continue;
        }
        let states: Vec<&str> = object
            .get("state")
            .and_then(Value::as_array)
            .map(|list| list.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let state = match states.first().copied().unwrap_or("STALE") {
            "INCOMPLETE" => Nud::Incomplete,
            "REACHABLE" => Nud::Reachable,
            "DELAY" => Nud::Delay,
            "PROBE" => Nud::Probe,
            "FAILED" => Nud::Failed,
            "NOARP" => Nud::NoArp,
            "PERMANENT" => Nud::Permanent,
            _ => Nud::Stale,
        };
        let mac = text(&object, "lladdr").and_then(|mac| mac.parse().ok());
        // Without a hardware address it is as good as unknown; so is one that
        // was being asked for when the snapshot was taken.
        let (mac, state) = match (mac, state) {
            (Some(mac), Nud::Incomplete | Nud::Failed) => (mac, Nud::Failed),
            (Some(mac), state) => (mac, state),
            (None, Nud::NoArp) => (MacAddr::ZERO, Nud::NoArp),
            (None, _) => (MacAddr::ZERO, Nud::Failed),
        };
        netns.neigh.entries.push(Neighbour {
            dev,
            addr,
            mac,
            state,
            probes: 0,
            queue: Vec::new(),
        });
    }
}
