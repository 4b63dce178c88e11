//! `iptables-save`, `ip6tables-save`, `ebtables-save`, `ipset save`,
//! `nft -j list ruleset`, `conntrack -L`.

use packetwalk_core::conntrack::Entry;
use packetwalk_core::world::Netns;
use packetwalk_rules::{Family, Severity, ebt, iptables as parser};

use super::Notes;

fn say(notes: &mut Notes, diagnostics: &[packetwalk_rules::Diagnostic]) {
    for diagnostic in diagnostics {
        let line = (diagnostic.span.line as usize).saturating_sub(1);
        let message = format!("column {}: {}", diagnostic.span.column, diagnostic.message);
        match diagnostic.severity {
            Severity::Error => notes.error(line, message, &diagnostic.hint),
            Severity::Warning => notes.warn(line, message, &diagnostic.hint),
        }
    }
}

pub(super) fn iptables(text: &str, netns: &mut Netns, notes: &mut Notes) {
    let parsed = parser::parse(text, Family::V4);
    say(notes, &parsed.diagnostics);
    for what in netns.nf.load_iptables(&parsed.value) {
        notes.not_modelled(what);
    }
}

/// IPv6 does not walk yet: rules are read for their mistakes only.
pub(super) fn ip6tables(text: &str, notes: &mut Notes) {
    let parsed = parser::parse(text, Family::V6);
    say(notes, &parsed.diagnostics);
    let rules = parsed
        .value
        .tables
        .iter()
        .flat_map(|table| &table.chains)
        .any(|chain| !chain.rules.is_empty());
    if rules {
        notes.not_modelled("ip6tables: IPv6");
    }
}

pub(super) fn ebtables(text: &str, netns: &mut Netns, notes: &mut Notes) {
    let parsed = ebt::parse(text);
    say(notes, &parsed.diagnostics);
    for what in netns.nf.load_ebtables(&parsed.value) {
        notes.not_modelled(what);
    }
}

pub(super) fn ipset(text: &str, _: &mut Netns, notes: &mut Notes) {
    let sets = text
        .lines()
        .filter(|line| line.starts_with("create "))
        .count();
    if sets > 0 {
        notes.not_modelled(format!("{sets} sets of ipset"));
    }
}

/// Native nftables rules. Those that the iptables front end made are shown by
/// `iptables-save` as well, and are left to it.
pub(super) fn nft(text: &str, notes: &mut Notes) {
    for object in super::json::objects(text, notes) {
        let list = object.get("nftables").and_then(serde_json::Value::as_array);
        for item in list.into_iter().flatten() {
            let Some(table) = item.get("table") else {
                continue;
            };
            let field = |key: &str| {
                table
                    .get(key)
                    .and_then(serde_json::Value::as_str)
                    .unwrap_or("")
            };
            let (family, name) = (field("family"), field("name"));
            let compat = matches!(family, "ip" | "ip6" | "bridge" | "arp")
                && matches!(
                    name,
                    "raw" | "mangle" | "nat" | "filter" | "security" | "broute"
                );
            if !compat {
                notes.not_modelled(format!("nftables table {family} {name}"));
            }
        }
    }
}

pub(super) fn conntrack(text: &str, netns: &mut Netns, notes: &mut Notes) {
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        // "conntrack v1.4.7 (conntrack-tools): 3 flow entries have been shown."
        if line.is_empty() || line.starts_with("conntrack ") {
            continue;
        }
        match Entry::parse(line, 0) {
            Some(entry) => netns.ct.insert(entry),
            None => notes.error(at, "not a connection", "conntrack -L -o extended,id"),
        }
    }
}
