//! Values as iptables-save prints them.

use crate::addr::{AddrMatch, Family};
use crate::arpt;
use crate::names;
use crate::rule::{Chain, Counters, IfaceMatch, Rule, Ruleset, Table};
use std::fmt::Write as _;

/// Prints all tables as iptables-save does, without its comment lines.
pub fn save(set: &Ruleset, counters: bool) -> String {
    if set.family == Family::Arp {
        return arpt::save(set, counters);
    }
    let mut out = String::new();
    for table in &set.tables {
        save_table(table, set.family, counters, &mut out);
    }
    out
}

/// Prints one table, from `*TABLE` to `COMMIT`.
pub fn save_table(table: &Table, family: Family, counters: bool, out: &mut String) {
    let _ = writeln!(out, "*{}", table.name);
    for chain in &table.chains {
        let policy = chain.policy.map_or("-", |p| p.name());
        let Counters { packets, bytes } = chain.counters;
        let _ = writeln!(out, ":{} {policy} [{packets}:{bytes}]", chain.name);
    }
    for chain in &table.chains {
        save_chain(chain, family, counters, out);
    }
    out.push_str("COMMIT\n");
}

fn save_chain(chain: &Chain, family: Family, counters: bool, out: &mut String) {
    for rule in &chain.rules {
        if counters {
            let Counters { packets, bytes } = rule.counters;
            let _ = write!(out, "[{packets}:{bytes}] ");
        }
        push_rule(rule, &chain.name, family, false, out);
        out.push('\n');
    }
}

/// Prints `-A CHAIN ...`, with `-c PACKETS BYTES` if wanted, without a line end.
pub fn push_rule(rule: &Rule, chain: &str, family: Family, counters: bool, out: &mut String) {
    out.push_str("-A ");
    out.push_str(chain);
    push_addr(rule.ip.src.as_ref(), "-s", out);
    push_addr(rule.ip.dst.as_ref(), "-d", out);
    push_iface(rule.ip.in_iface.as_deref(), "-i", out);
    push_iface(rule.ip.out_iface.as_deref(), "-o", out);
    if let Some(proto) = rule.ip.proto {
        let _ = match names::protocol_name(proto.value) {
            Some(name) => write!(out, " {}-p {name}", proto.mark()),
            None => write!(out, " {}-p {}", proto.mark(), proto.value),
        };
    }
    if let Some(inverted) = rule.ip.fragment {
        out.push_str(if inverted { " ! -f" } else { " -f" });
    }
    for m in &rule.matches {
        m.push_save(family, out);
    }
    if counters {
        let _ = write!(out, " -c {} {}", rule.counters.packets, rule.counters.bytes);
    }
    rule.target.push_save(family, out);
}

fn push_addr(addr: Option<&AddrMatch>, option: &str, out: &mut String) {
    let Some(addr) = addr else { return };
    if addr.is_any() {
        return;
    }
    out.push_str(if addr.inverted() { " ! " } else { " " });
    out.push_str(option);
    out.push(' ');
    addr.push_save(out);
}

fn push_iface(iface: Option<&IfaceMatch>, option: &str, out: &mut String) {
    let Some(iface) = iface else { return };
    if &*iface.name == "+" {
        return;
    }
    out.push_str(if iface.inverted { " ! " } else { " " });
    out.push_str(option);
    out.push(' ');
    out.push_str(&iface.name);
}
