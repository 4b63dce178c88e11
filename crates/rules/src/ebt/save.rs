//! Values as ebtables-save prints them.

use super::link::push_named_mac;
use super::{Backend, EbProto, EbRule, Ebtables};
use crate::names;
use crate::rule::{Counters, IfaceMatch};
use std::fmt::Write as _;

/// Prints all tables as ebtables-save does, without its comment lines.
pub fn save(set: &Ebtables, counters: bool) -> String {
    let mut out = String::new();
    for table in &set.tables {
        let _ = writeln!(out, "*{}", table.name);
        for chain in &table.chains {
            let _ = writeln!(out, ":{} {}", chain.name, chain.policy.name());
        }
        for chain in &table.chains {
            for rule in &chain.rules {
                let Counters { packets, bytes } = rule.counters;
                let nft = set.backend == Backend::NfTables;
                if counters && nft {
                    let _ = write!(out, "[{packets}:{bytes}] ");
                }
                let _ = write!(out, "-A {}", chain.name);
                push_rule(rule, &mut out);
                if counters && !nft {
                    let _ = write!(out, " -c {packets} {bytes}");
                }
                out.push('\n');
            }
        }
        if set.backend == Backend::Legacy {
            out.push('\n');
        }
    }
    out
}

/// Prints a rule's options, each with a blank in front.
pub fn push_rule(rule: &EbRule, out: &mut String) {
    if let Some(proto) = rule.proto {
        let _ = write!(out, " -p {}", proto.mark());
        let _ = match proto.value {
            EbProto::Length => write!(out, "Length"),
            EbProto::Type(number) => match names::ethertype_name(number) {
                Some(name) => write!(out, "{name}"),
                None => write!(out, "0x{number:x}"),
            },
        };
    }
    for (mac, option) in [(rule.src, "-s"), (rule.dst, "-d")] {
        if let Some(mac) = mac {
            let _ = write!(out, " {option} {}", mac.mark());
            push_named_mac(mac.value, out);
        }
    }
    push_iface(rule.in_iface.as_ref(), "-i", out);
    push_iface(rule.logical_in.as_ref(), "--logical-in", out);
    push_iface(rule.logical_out.as_ref(), "--logical-out", out);
    push_iface(rule.out_iface.as_ref(), "-o", out);
    for m in &rule.matches {
        m.push_save(out);
    }
    rule.target.push_save(out);
}

fn push_iface(iface: Option<&IfaceMatch>, option: &str, out: &mut String) {
    if let Some(iface) = iface {
        let mark = if iface.inverted { "! " } else { "" };
        let _ = write!(out, " {option} {mark}{}", iface.name);
    }
}
