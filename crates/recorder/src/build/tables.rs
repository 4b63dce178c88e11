//! Sets and rules.

use packetwalk_rules::arpt;
use packetwalk_snapshot::frame::Namespace;
use serde_json::{Value, json};

use super::{BuildError, commands, has_program};
use crate::command::run;
use crate::netns::Netns;

/// Loads the sets and rules of `netns` into `here`; what cannot be loaded
/// comes back, a sentence each.
pub(super) fn load(
    here: &Netns,
    netns: &Namespace<'_>,
    ipv6: bool,
) -> Result<Vec<String>, BuildError> {
    let mut notes = Vec::new();
    for (source, restore) in [
        (commands::IPSET, "ipset restore"),
        (commands::IPTABLES, "iptables-legacy-restore -c -w 10"),
        (commands::IP6TABLES, "ip6tables-legacy-restore -c -w 10"),
        (commands::EBTABLES, "ebtables-nft-restore"),
    ] {
        if source == commands::IP6TABLES && !ipv6 {
            continue;
        }
        let Some(text) = netns.run(source).map(|run| run.text.to_string()) else {
            continue;
        };
        if text.trim().is_empty() {
            continue;
        }
        let mut text = text.clone();
        if source == commands::EBTABLES {
            text = without_broute(&text);
            if text.len() != netns.run(source).map_or(0, |run| run.text.len()) {
                notes.push("the broute table is not recorded".to_owned());
            }
            text = without_counters(&text);
        }
        let output = run(here, restore, &text)?;
        if !output.success {
            notes.push(format!("{restore}: {}", output.stderr.trim()));
        }
    }
    if let Some(run) = netns.run(commands::ARPTABLES) {
        notes.extend(arptables(here, &run.text)?);
    }
    notes.extend(nftables(here, netns)?);
    Ok(notes)
}

/// Rules for ARP, of either front end. The legacy one's own restoring script runs
/// whichever arptables is the machine's, so its lines are given to it one by one.
fn arptables(here: &Netns, text: &str) -> Result<Option<String>, BuildError> {
    let text = without_counters(text);
    let tables = arpt::parse(&text).value.tables;
    if !tables.iter().any(arpt::is_legacy) {
        let restore = "arptables-nft-restore";
        let output = run(here, restore, &text)?;
        return Ok((!output.success).then(|| format!("{restore}: {}", output.stderr.trim())));
    }
    if !has_program(ARPTABLES_LEGACY) {
        let package = "Debian package arptables";
        return Ok(Some(format!("{ARPTABLES_LEGACY} is missing ({package})")));
    }
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let command = match words.as_slice() {
            [word, "-"] if word.starts_with(':') => format!("-N {}", word.trim_start_matches(':')),
            [word, policy, ..] if word.starts_with(':') => {
                format!("-P {} {policy}", word.trim_start_matches(':'))
            }
            [word, ..] if word.starts_with('-') => line.trim().to_owned(),
            _ => continue,
        };
        let output = run(here, &format!("{ARPTABLES_LEGACY} {command}"), "")?;
        if !output.success {
            return Ok(Some(format!(
                "{ARPTABLES_LEGACY}: {}",
                output.stderr.trim()
            )));
        }
    }
    Ok(None)
}

/// The front end for x_tables, the only one with FORWARD.
pub(crate) const ARPTABLES_LEGACY: &str = "arptables-legacy";

/// ebtables over nft reads no counters; it prints them all the same.
fn without_counters(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let rule = match line
            .strip_prefix('[')
            .and_then(|rest| rest.split_once("] "))
        {
            Some((_, rule)) => rule,
            None => line,
        };
        out.push_str(rule);
        out.push('\n');
    }
    out
}

/// The text without its `*broute` table, for which nft has no hook of that name.
fn without_broute(text: &str) -> String {
    let mut keep = true;
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if let Some(table) = line.strip_prefix('*') {
            keep = table.trim() != "broute";
        }
        if keep {
            out.push_str(line);
        }
    }
    out
}

/// Native nftables rules; tables that iptables, ebtables or arptables over nft keep are
/// in those programs' own output.
fn nftables(here: &Netns, netns: &Namespace<'_>) -> Result<Option<String>, BuildError> {
    let Some(run_) = netns.run(commands::NFT) else {
        return Ok(None);
    };
    if run_.text.trim().is_empty() {
        return Ok(None);
    }
    let Ok(parsed) = serde_json::from_str::<Value>(&run_.text) else {
        return Ok(Some(format!("{}: not JSON", commands::NFT)));
    };
    let native = |object: &&Value| {
        let Some((kind, body)) = object.as_object().and_then(|o| o.iter().next()) else {
            return false;
        };
        if kind == "metainfo" {
            return false;
        }
        let key = if kind == "table" { "name" } else { "table" };
        let table = body.get(key).and_then(Value::as_str).unwrap_or_default();
        let family = body
            .get("family")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let kept_elsewhere = matches!(family, "ip" | "ip6" | "bridge" | "arp")
            && matches!(
                table,
                "filter" | "nat" | "mangle" | "raw" | "security" | "broute"
            );
        !kept_elsewhere
    };
    let list = parsed.get("nftables").and_then(Value::as_array);
    let objects: Vec<Value> = list.into_iter().flatten().filter(native).cloned().collect();
    if objects.is_empty() {
        return Ok(None);
    }
    let text = json!({ "nftables": objects }).to_string();
    let output = run(here, "nft -j -f -", &text)?;
    Ok((!output.success).then(|| format!("nft: {}", output.stderr.trim())))
}
