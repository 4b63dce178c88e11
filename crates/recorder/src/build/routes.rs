//! Routes of all tables, policy rules, neighbours.

use std::collections::BTreeSet;

use packetwalk_snapshot::frame::Namespace;
use serde_json::Value;

use super::{BuildError, World, commands};
use crate::command::{batch, run_ok};

pub(super) fn configure(
    world: &mut World,
    index: usize,
    netns: &Namespace<'_>,
) -> Result<(), BuildError> {
    let mut lines = Vec::new();
    // A policy rule may hide the way to a next hop, so routes come first.
    routes(world, index, netns, &mut lines)?;
    rules(world, netns, &mut lines);
    neighbours(world, netns, &mut lines);
    let failed = batch(&world.namespaces[index], "ip", &lines)?;
    world.notes.extend(failed);
    Ok(())
}

/// Adds the routes that are missing. The kernel makes the local and on-link
/// ones itself; those that it made and the snapshot lacks are taken away, if
/// the snapshot shows local routes at all.
fn routes(
    world: &mut World,
    index: usize,
    netns: &Namespace<'_>,
    lines: &mut Vec<String>,
) -> Result<(), BuildError> {
    let wanted: Vec<Value> = world.json(netns, commands::ROUTES);
    if wanted.is_empty() {
        return Ok(());
    }
    let shown = run_ok(&world.namespaces[index], commands::ROUTES, "")?;
    let have: Vec<Value> = serde_json::from_str(&shown).unwrap_or_default();
    let have: BTreeSet<String> = have.iter().filter_map(route_words).collect();
    let ipv6 = world.wants.ipv6;
    let mut wanted: Vec<&Value> = wanted.iter().filter(|r| ipv6 || !is_ipv6(r)).collect();
    // A gateway has to be on link when its route is added.
    wanted.sort_by_key(|route| route.get("gateway").is_some() || route.get("nexthops").is_some());
    let words: Vec<String> = wanted
        .iter()
        .filter_map(|route| route_words(route))
        .collect();
    let complete = wanted
        .iter()
        .any(|route| text(route, "table") == Some("local"));
    if complete {
        for route in have
            .iter()
            .filter(|route| !words.contains(route) && !route.contains(':'))
        {
            lines.push(format!("route del {route}"));
        }
    }
    for route in words.iter().filter(|route| !have.contains(*route)) {
        lines.push(format!("route append {route}"));
    }
    Ok(())
}

fn is_ipv6(route: &Value) -> bool {
    route.get("pref").is_some()
        || ["dst", "gateway", "prefsrc"]
            .iter()
            .any(|key| text(route, key).is_some_and(|text| text.contains(':')))
}

/// A route as `ip route add` wants it; the same route has the same words.
fn route_words(route: &Value) -> Option<String> {
    let mut words = String::new();
    if let Some(kind) = text(route, "type") {
        words += &format!("{kind} ");
    }
    words += text(route, "dst")?;
    if let Some(tos) = text(route, "tos") {
        words += &format!(" tos {tos}");
    }
    words += &hop_words(route);
    for (key, option) in [
        ("table", "table"),
        ("protocol", "proto"),
        ("scope", "scope"),
        ("prefsrc", "src"),
        ("metric", "metric"),
    ] {
        if let Some(value) = route.get(key) {
            words += &format!(" {option} {}", plain(value));
        }
    }
    let metrics = route.get("metrics").and_then(Value::as_array);
    for (name, value) in metrics
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .flatten()
    {
        words += &format!(" {name} {}", plain(value));
    }
    for hop in route
        .get("nexthops")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        words += " nexthop";
        words += &hop_words(hop);
        if let Some(weight) = hop.get("weight") {
            words += &format!(" weight {}", plain(weight));
        }
    }
    Some(words)
}

fn hop_words(hop: &Value) -> String {
    let mut words = String::new();
    if let Some(via) = hop.get("via") {
        let family = text(via, "family").unwrap_or("inet6");
        words += &format!(" via {family} {}", text(via, "host").unwrap_or_default());
    } else if let Some(gateway) = text(hop, "gateway") {
        words += &format!(" via {gateway}");
    }
    if let Some(dev) = text(hop, "dev") {
        words += &format!(" dev {dev}");
    }
    let flags = hop.get("flags").and_then(Value::as_array);
    if flags.into_iter().flatten().any(|flag| flag == "onlink") {
        words += " onlink";
    }
    words
}

fn rules(world: &mut World, netns: &Namespace<'_>, lines: &mut Vec<String>) {
    let rules: Vec<Value> = world.json(netns, commands::RULES);
    let words: Vec<String> = rules.iter().map(rule_words).collect();
    let usual = [
        "pref 0 from all table local",
        "pref 32766 from all table main",
        "pref 32767 from all table default",
    ];
    if words.is_empty() || words == usual {
        return;
    }
    for (old, pref) in usual.iter().zip(["0", "32766", "32767"]) {
        if !words.iter().any(|new| new == old) {
            lines.push(format!("rule del pref {pref}"));
        }
    }
    for new in words.iter().filter(|new| !usual.contains(&new.as_str())) {
        lines.push(format!("rule add {new}"));
    }
}

/// A policy rule as `ip rule add` wants it.
fn rule_words(rule: &Value) -> String {
    let mut words = format!(
        "pref {}",
        rule.get("priority").map_or_else(String::new, plain)
    );
    if rule.get("not").is_some() {
        words += " not";
    }
    for (key, length, option) in [("src", "srclen", "from"), ("dst", "dstlen", "to")] {
        let Some(net) = text(rule, key) else { continue };
        words += &format!(" {option} {net}");
        if let Some(length) = rule.get(length) {
            words += &format!("/{}", plain(length));
        }
    }
    if let Some(mark) = text(rule, "fwmark") {
        words += &format!(" fwmark {mark}");
        if let Some(mask) = text(rule, "fwmask") {
            words += &format!("/{mask}");
        }
    }
    for (key, option) in [
        ("tos", "tos"),
        ("iif", "iif"),
        ("oif", "oif"),
        ("ipproto", "ipproto"),
        ("sport", "sport"),
        ("dport", "dport"),
    ] {
        if let Some(value) = rule.get(key) {
            words += &format!(" {option} {}", plain(value));
        }
    }
    if let Some(start) = rule.get("sport_start") {
        words += &format!(
            " sport {}-{}",
            plain(start),
            rule.get("sport_end").map_or_else(String::new, plain)
        );
    }
    if let Some(start) = rule.get("dport_start") {
        words += &format!(
            " dport {}-{}",
            plain(start),
            rule.get("dport_end").map_or_else(String::new, plain)
        );
    }
    if let Some(table) = rule.get("table") {
        words += &format!(" table {}", plain(table));
    }
    if let Some(length) = rule.get("suppress_prefixlen") {
        words += &format!(" suppress_prefixlength {}", plain(length));
    }
    if let Some(target) = rule.get("goto") {
        words += &format!(" goto {}", plain(target));
    }
    if let Some(action) = text(rule, "action")
        && action != "goto"
    {
        words += &format!(" {action}");
    }
    words
}

fn neighbours(world: &mut World, netns: &Namespace<'_>, lines: &mut Vec<String>) {
    let neighbours: Vec<Value> = world.json(netns, commands::NEIGHBOURS);
    for entry in &neighbours {
        let (Some(dst), Some(dev)) = (text(entry, "dst"), text(entry, "dev")) else {
            continue;
        };
        if dst.contains(':') && !world.wants.ipv6 {
            continue;
        }
        if entry.get("proxy").is_some() {
            lines.push(format!("neigh add proxy {dst} dev {dev}"));
            continue;
        }
        let Some(mac) = text(entry, "lladdr") else {
            continue;
        };
        let states = entry.get("state").and_then(Value::as_array);
        let state = states.and_then(|s| s.first()).and_then(Value::as_str);
        let state = match state {
            Some("PERMANENT") => "permanent",
            Some("NOARP") => "noarp",
            Some("FAILED" | "INCOMPLETE") => continue,
            Some("STALE" | "DELAY" | "PROBE") if world.wants.time => "stale",
            // Whether it is due for a check is a matter of time, which stands.
            _ => "reachable",
        };
        lines.push(format!(
            "neigh replace {dst} lladdr {mac} dev {dev} nud {state}"
        ));
    }
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
