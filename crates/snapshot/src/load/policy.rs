//! `ip -j rule show`.
//!
//! Not modelled: `l3mdev`, `tun_id`, `suppress_ifgroup`, masks of ports, and
//! whatever condition this file does not name; a rule that has one is kept and
//! stops the lookup.

use ipnet::IpNet;
use packetwalk_core::ip::fib::{Rule, RuleAction};
use packetwalk_core::world::Netns;
use packetwalk_rules::names;
use serde_json::Value;

use crate::json;

use super::Notes;
use super::json::{number, objects, parse_number, text};
use super::routes::{TableNames, prefix, tos};

/// Keys that are read, or that change nothing: `detached` and `unresolved` say
/// what the device's or the target's absence says already.
const KEYS: [&str; 34] = [
    "priority",
    "not",
    "src",
    "srclen",
    "dst",
    "dstlen",
    "iif",
    "iif_detached",
    "oif",
    "oif_detached",
    "fwmark",
    "fwmask",
    "tos",
    "dsfield",
    "ipproto",
    "sport",
    "sport_start",
    "sport_end",
    "dport",
    "dport_start",
    "dport_end",
    "uid_start",
    "uid_end",
    "table",
    "suppress_prefixlen",
    "suppress_prefixlength",
    "action",
    "goto",
    "target",
    "unresolved",
    "nop",
    "protocol",
    "flow_from",
    "flow_to",
];

/// Reads policy rules.
pub(super) fn rules(section: &str, netns: &mut Netns, tables: &mut TableNames, notes: &mut Notes) {
    for object in objects(section, notes) {
        let Some(priority) = number::<u32>(&object, "priority") else {
            notes.error(0, "a rule without a priority", "");
            continue;
        };
        match rule(&object, priority, tables) {
            Ok(rule) => {
                if let Some(key) = &rule.unknown {
                    notes.not_modelled(format!("policy rule {priority} with {key}"));
                }
                netns.fib.rules.push(rule);
            }
            Err(key) => {
                let value = json::value(object.get(key).unwrap_or(&Value::Null));
                notes.error(0, format!("policy rule {priority}: {key} is {value}"), "");
            }
        }
    }
    packetwalk_rules::sort::by_key(&mut netns.fib.rules, |rule| rule.priority);
}

/// One rule, or the key whose value cannot be read.
fn rule(object: &Value, priority: u32, tables: &mut TableNames) -> Result<Rule, &'static str> {
    let unknown = object
        .as_object()
        .and_then(|object| object.keys().find(|key| !KEYS.contains(&key.as_str())));
    let name = |key: &str| text(object, key).map(Into::into);
    Ok(Rule {
        priority,
        invert: object.get("not").is_some(),
        src: net(object, "src", "srclen")?,
        dst: net(object, "dst", "dstlen")?,
        iif: name("iif"),
        oif: name("oif"),
        mark: mark(object)?,
        tos: tos(object),
        ipproto: match text(object, "ipproto") {
            None => number(object, "ipproto"),
            Some(name) => Some(names::protocol(name).map_err(|_| "ipproto")?),
        },
        sport: ports(object, "sport", "sport_start", "sport_end")?,
        dport: ports(object, "dport", "dport_start", "dport_end")?,
        uid: number(object, "uid_start").zip(number(object, "uid_end")),
        suppress_prefixlen: number(object, "suppress_prefixlen")
            .or_else(|| number(object, "suppress_prefixlength")),
        action: action(object, tables)?,
        unknown: unknown.map(|key| key.as_str().into()),
    })
}

fn net(
    object: &Value,
    key: &'static str,
    length: &'static str,
) -> Result<Option<IpNet>, &'static str> {
    let Some(word) = text(object, key).filter(|word| *word != "all") else {
        return Ok(None);
    };
    if object.get(length).is_none() {
        return prefix(word).map(Some).ok_or(key);
    }
    let bits = number(object, length).ok_or(length)?;
    let addr = word.parse().map_err(|_| key)?;
    IpNet::new(addr, bits).map(Some).map_err(|_| length)
}

fn mark(object: &Value) -> Result<Option<(u32, u32)>, &'static str> {
    // Some versions write "0x1/0xff" in one.
    let word = |key: &str| match object.get(key) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(number @ Value::Number(_)) => Some(json::value(number)),
        _ => None,
    };
    let Some(mark) = word("fwmark") else {
        return Ok(None);
    };
    let (mark, mask) = match mark.split_once('/') {
        Some((mark, mask)) => (mark.to_owned(), Some(mask.to_owned())),
        None => (mark, word("fwmask")),
    };
    let mask = match mask {
        None => u32::MAX,
        Some(mask) => parse_number(&mask).ok_or("fwmask")?,
    };
    Ok(Some((parse_number(&mark).ok_or("fwmark")?, mask)))
}

fn ports(
    object: &Value,
    one: &'static str,
    start: &'static str,
    end: &'static str,
) -> Result<Option<(u16, u16)>, &'static str> {
    if object.get(start).is_some() {
        let low = number(object, start).ok_or(start)?;
        return Ok(Some((low, number(object, end).ok_or(end)?)));
    }
    match object.get(one) {
        None => Ok(None),
        Some(Value::String(range)) => {
            let (low, high) = range.split_once('-').unwrap_or((range, range));
            let port = |word: &str| word.parse().map_err(|_| one);
            Ok(Some((port(low)?, port(high)?)))
        }
        Some(_) => {
            let port = number(object, one).ok_or(one)?;
            Ok(Some((port, port)))
        }
    }
}

fn action(object: &Value, tables: &mut TableNames) -> Result<RuleAction, &'static str> {
    if object.get("nop").is_some() {
        return Ok(RuleAction::Nop);
    }
    if object.get("goto").is_some() {
        return number(object, "goto").map(RuleAction::Goto).ok_or("goto");
    }
    match text(object, "action") {
        Some("unreachable") => return Ok(RuleAction::Unreachable),
        Some("blackhole") => return Ok(RuleAction::Blackhole),
        Some("prohibit") => return Ok(RuleAction::Prohibit),
        Some("nop") => return Ok(RuleAction::Nop),
        Some("goto") => {
            return number(object, "target")
                .map(RuleAction::Goto)
                .ok_or("target");
        }
        Some("to_tbl" | "lookup") | None => {}
        Some(_) => return Err("action"),
    }
    match object.get("table") {
        Some(Value::String(name)) => Ok(RuleAction::Table(tables.number(name))),
        Some(_) => number(object, "table")
            .map(RuleAction::Table)
            .ok_or("table"),
        // l3mdev finds its table by itself; it is told as not modelled.
        None => Ok(RuleAction::Nop),
    }
}
