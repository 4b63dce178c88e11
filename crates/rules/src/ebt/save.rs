//! Values as ebtables-save prints them.

use super::link::push_named_mac;
use super::{Backend, EbMatch, EbProto, EbRule, Ebtables};
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
                push_rule(rule, set.backend, &mut out);
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
pub fn push_rule(rule: &EbRule, backend: Backend, out: &mut String) {
    if let Some(proto) = rule.proto {
        // To nf_tables a length is what is less than 0x600: it takes a comparison
        // with that very number for one, and overlooks an exclamation mark.
        let like_length = EbProto::Type(0x600);
        let _ = match proto.value {
            value if value == like_length && backend == Backend::NfTables => {
                write!(out, " -p Length")
            }
            EbProto::Length => write!(out, " -p {}Length", proto.mark()),
            EbProto::Type(number) => match names::ethertype_name(number) {
                Some(name) => write!(out, " -p {}{name}", proto.mark()),
                None => write!(out, " -p {}0x{number:x}", proto.mark()),
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
    let outs = [
        (&rule.out_iface, "-o"),
        (&rule.logical_out, "--logical-out"),
    ];
    let (first, second) = match backend {
        Backend::NfTables => (outs[0], outs[1]),
        Backend::Legacy => (outs[1], outs[0]),
    };
    push_iface(first.0.as_ref(), first.1, out);
    push_iface(second.0.as_ref(), second.1, out);
    // ebtables-nft 1.8.9 forgets the blank behind some types of IGMP.
    let mut glued = false;
    for m in &rule.matches {
        let start = out.len();
        m.push_save(out);
        unglue(glued, start, out);
        let forgets = match m {
            EbMatch::Ip(ip) => ip.igmp_without_name(),
            _ => false,
        };
        glued = forgets && backend == Backend::NfTables;
    }
    let start = out.len();
    rule.target.push_save(out);
    unglue(glued, start, out);
}

/// Takes the blank at `start` away.
fn unglue(glued: bool, start: usize, out: &mut String) {
    if glued && out.is_char_boundary(start) && start < out.len() {
        out.remove(start);
    }
}

fn push_iface(iface: Option<&IfaceMatch>, option: &str, out: &mut String) {
    if let Some(iface) = iface {
        let mark = if iface.inverted { "! " } else { "" };
        let _ = write!(out, " {option} {mark}{}", iface.name);
    }
}
