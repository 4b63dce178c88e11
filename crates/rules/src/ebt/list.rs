//! Values as `ebtables -L` lists them.

use super::save::push_rule;
use super::{Backend, EbTable, EbVerdict};
use std::fmt::Write as _;

/// What `ebtables -L [chain]` prints; with `--Lc` the counters, with `--Ln`
/// numbers in front.
pub fn list(
    table: &EbTable,
    backend: Backend,
    chain: Option<&str>,
    counters: bool,
    numbers: bool,
) -> String {
    let mut out = format!("Bridge table: {}\n", table.name);
    for chain in table
        .chains
        .iter()
        .filter(|c| chain.is_none_or(|name| &*c.name == name))
    {
        // nf_tables lists the policy of a user's chain as RETURN, whatever it is.
        let policy = match backend {
            Backend::NfTables if !chain.builtin => EbVerdict::Return,
            _ => chain.policy,
        };
        let _ = writeln!(
            out,
            "\nBridge chain: {}, entries: {}, policy: {}",
            chain.name,
            chain.rules.len(),
            policy.name()
        );
        for (n, rule) in chain.rules.iter().enumerate() {
            let mut line = String::new();
            push_rule(rule, backend, &mut line);
            if numbers {
                let dot = if backend == Backend::Legacy { "." } else { "" };
                let _ = write!(out, "{}{dot} ", n + 1);
            }
            out.push_str(line.trim_start());
            if counters {
                let _ = write!(
                    out,
                    " , pcnt = {} -- bcnt = {}",
                    rule.counters.packets, rule.counters.bytes
                );
            }
            out.push('\n');
        }
    }
    out
}
