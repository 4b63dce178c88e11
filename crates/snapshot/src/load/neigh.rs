//! `ip -j neigh show`.

use packetwalk_core::ip::neigh::{Neighbour, Nud};
use packetwalk_core::wire::eth::MacAddr;
use packetwalk_core::world::Netns;
use serde_json::Value;

use super::Notes;
use super::devices::{Names, device};
use super::json::{objects, text};

pub(super) fn read(section: &str, netns: &mut Netns, names: &Names, notes: &mut Notes) {
    for object in objects(section, notes) {
        let word = text(&object, "dst").unwrap_or("");
        let Ok(addr) = word.parse() else {
            notes.error(0, format!("a neighbour of address {word:?}"), "");
            continue;
        };
        let Some(dev) = device(&object, "dev", names, &format!("neighbour {word}"), notes) else {
            continue;
        };
        if object.get("proxy").is_some() {
            netns.neigh.proxies.push((dev, addr));
            continue;
        }
        let states = object.get("state").and_then(Value::as_array);
        let state = states.and_then(|list| list.first()).and_then(Value::as_str);
        let state = match state.unwrap_or("STALE") {
            "INCOMPLETE" => Nud::Incomplete,
            "REACHABLE" => Nud::Reachable,
            "STALE" => Nud::Stale,
            "DELAY" => Nud::Delay,
            "PROBE" => Nud::Probe,
            "FAILED" | "NONE" => Nud::Failed,
            "NOARP" => Nud::NoArp,
            "PERMANENT" => Nud::Permanent,
            other => {
                notes.error(0, format!("neighbour {word} in state {other:?}"), "");
                continue;
            }
        };
        let mac = match text(&object, "lladdr") {
            None => None,
            Some(word) => match word.parse() {
                Ok(mac) => Some(mac),
                // Tunnels and InfiniBand have hardware addresses of other kinds.
                Err(()) if word.split(':').count() != 6 => None,
                Err(()) => {
                    let message = format!("neighbour {addr} at {word:?}");
                    notes.error(0, message, "six bytes in hexadecimal");
                    continue;
                }
            },
        };
        // Without a hardware address it is as good as unknown; so is one that
        // was being asked for when the snapshot was taken.
        let (mac, state) = match (mac, state) {
            (Some(mac), Nud::Incomplete | Nud::Failed) => (mac, Nud::Failed),
            (Some(mac), state) => (mac, state),
            (None, Nud::NoArp) => (MacAddr::ZERO, Nud::NoArp),
            (None, _) => (MacAddr::ZERO, Nud::Failed),
        };
        let entry = Neighbour::new(dev, addr, mac, state);
        netns.neigh.entries.push(entry);
    }
}
