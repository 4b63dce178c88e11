//! `iptables-save`, `ip6tables-save`, `ebtables-save`, `arptables-save`, `ipset save`,
//! `nft -j list ruleset`, `conntrack -L`.

use std::borrow::Cow;
use std::collections::BTreeSet;

use packetwalk_core::conntrack::Entry;
use packetwalk_core::netfilter::tables::Table;
use packetwalk_core::world::Netns;
use packetwalk_rules::{Family, Rule, Severity, arpt, ebt, iptables as parser};
use serde_json::Value;

use super::Notes;
use super::json::{beginning, objects, text as word};

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

/// Reads iptables' tables.
pub(super) fn iptables(text: &str, netns: &mut Netns, notes: &mut Notes) {
    let parsed = parser::parse(text, Family::V4);
    say(notes, &parsed.diagnostics);
    other_front_end(text, notes);
    for table in &parsed.value.tables {
        let twice = |known: &Table<Rule>| *known.compiled.name == *table.name;
        if netns.nf.tables.ip.iter().any(twice) {
            let what = format!("a second table {}, of the other front end", table.name);
            notes.warn(0, format!("{what}, takes the place of the first"), "");
            notes.not_modelled(what);
        }
    }
    for what in netns.nf.load_iptables(&parsed.value) {
        notes.not_modelled(what);
    }
}

/// `iptables-save` says in a comment if there are tables that it does not show.
fn other_front_end(text: &str, notes: &mut Notes) {
    for (at, line) in text.lines().enumerate() {
        if line.starts_with("# Warning:") && line.contains("tables present") {
            notes.warn(at, line.trim_start_matches("# Warning: "), "");
        }
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

/// Reads ebtables' tables.
pub(super) fn ebtables(text: &str, netns: &mut Netns, notes: &mut Notes) {
    let parsed = ebt::parse(text);
    say(notes, &parsed.diagnostics);
    for what in netns.nf.load_ebtables(&parsed.value) {
        notes.not_modelled(what);
    }
}

/// Reads arptables' table.
pub(super) fn arptables(text: &str, netns: &mut Netns, notes: &mut Notes) {
    let parsed = arpt::parse(text);
    say(notes, &parsed.diagnostics);
    other_front_end(text, notes);
    for what in netns.nf.load_iptables(&parsed.value) {
        notes.not_modelled(what);
    }
}

/// Reads sets.
pub(super) fn ipset(text: &str, netns: &mut Netns, notes: &mut Notes) {
    let parsed = packetwalk_rules::ipset::parse(text);
    say(notes, &parsed.diagnostics);
    netns.nf.load_sets(&parsed.value, 0);
}

/// Native nftables rules, which are not modelled. Tables that an iptables,
/// ebtables or arptables front end made are shown by the `-save` command as well, and
/// are left to it.
pub(super) fn nft(text: &str, netns: &Netns, notes: &mut Notes) {
    let objects = objects(text, notes);
    let items = objects
        .iter()
        .filter_map(|object| object.get("nftables").and_then(Value::as_array))
        .flatten();
    let mut tables = BTreeSet::new();
    for item in items {
        // A chain that drops matters as much as a rule.
        let found = item.get("rule").or_else(|| {
            let chain = item.get("chain")?;
            (word(chain, "policy") == Some("drop")).then_some(chain)
        });
        if let Some(found) = found {
            let family = word(found, "family").unwrap_or("");
            let table = word(found, "table").unwrap_or("");
            tables.insert((family, table));
        }
    }
    for (family, table) in tables {
        if !saved_as_well(netns, family, table) {
            let what = format!("nftables table {family} {table}");
            let hint = "packets pass as if it were not there; only what iptables-save, \
                        ebtables-save and arptables-save print is modelled";
            notes.warn(0, format!("{what} is not modelled"), hint);
            notes.not_modelled(what);
        }
    }
}

/// Does `iptables-save`, `ebtables-save` or `arptables-save` of the same namespace show
/// this table? (ip6tables' concern no packet that is modelled.)
fn saved_as_well(netns: &Netns, family: &str, table: &str) -> bool {
    let tables = &netns.nf.tables;
    match family {
        "ip" => tables.ip.iter().any(|known| &*known.compiled.name == table),
        "bridge" => tables.eb.iter().any(|known| &*known.compiled.name == table),
        // The legacy one is no table of nf_tables.
        "arp" if tables.arp_legacy => false,
        "arp" => tables
            .arp
            .iter()
            .any(|known| &*known.compiled.name == table),
        "ip6" => true,
        _ => false,
    }
}

/// Reads connections that exist already.
pub(super) fn conntrack(text: &str, netns: &mut Netns, notes: &mut Notes) {
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        // "conntrack v1.4.7 (conntrack-tools): 3 flow entries have been shown."
        if line.is_empty() || line.starts_with("conntrack v") {
            continue;
        }
        // Without -o extended the family is left out.
        let whole = match line.split_whitespace().next() {
            Some("ipv4" | "ipv6") => Cow::Borrowed(line),
            _ if line.contains(':') => Cow::Owned(format!("ipv6 10 {line}")),
            _ => Cow::Owned(format!("ipv4 2 {line}")),
        };
        match Entry::parse(&whole, 0) {
            Some(entry) => netns.ct.insert(entry),
            None => {
                let message = format!("{:?} is no connection", beginning(line));
                notes.error(at, message, "a line of conntrack -L -o extended,id");
            }
        }
    }
}
