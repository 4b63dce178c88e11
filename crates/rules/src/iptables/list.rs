//! Values as `iptables -S`, `iptables -nL` and `iptables -L` list them.
//!
//! Without `-n` iptables asks the machine for names. Protocols, services, users,
//! groups and networks are those of a fresh Debian ([`crate::names`]); of hosts only
//! `localhost` has one, as if no resolver answered.

use super::save::push_rule;
use crate::addr::{AddrMatch, Family, Printed, prefix_length};
use crate::names::{address_name, protocol_name};
use crate::rule::{Chain, Counters, IfaceMatch, Rule, Table};
use crate::xt::{Listed, Target};
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv6Addr};

/// What `iptables -L` is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListOptions {
    /// `-v`: counters and devices.
    pub verbose: bool,
    /// `-x`: counters in full.
    pub exact: bool,
    /// `--line-numbers`.
    pub line_numbers: bool,
}

/// What `iptables -S [chain]` prints; `-v` adds the counters.
pub fn list_rules(table: &Table, family: Family, chain: Option<&str>, counters: bool) -> String {
    let mut out = String::new();
    let chosen = |c: &&Chain| chain.is_none_or(|name| &*c.name == name);
    for chain in table.chains.iter().filter(chosen) {
        let _ = match chain.policy {
            Some(policy) => write!(out, "-P {} {}", chain.name, policy.name()),
            None => write!(out, "-N {}", chain.name),
        };
        if counters && chain.policy.is_some() {
            let Counters { packets, bytes } = chain.counters;
            let _ = write!(out, " -c {packets} {bytes}");
        }
        out.push('\n');
    }
    for chain in table.chains.iter().filter(chosen) {
        for rule in &chain.rules {
            push_rule(rule, &chain.name, family, counters, &mut out);
            out.push('\n');
        }
    }
    out
}

/// What `iptables -nL [chain]` prints.
pub fn list(table: &Table, family: Family, chain: Option<&str>, options: ListOptions) -> String {
    print::<false>(table, family, chain, options)
}

/// What `iptables -L [chain]` prints, without `-n`.
pub fn list_named(
    table: &Table,
    family: Family,
    chain: Option<&str>,
    options: ListOptions,
) -> String {
    print::<true>(table, family, chain, options)
}

/// With names or without; what nobody asks for is not built.
fn print<const NAMES: bool>(
    table: &Table,
    family: Family,
    chain: Option<&str>,
    options: ListOptions,
) -> String {
    let mut out = String::new();
    let chosen = |c: &&Chain| chain.is_none_or(|name| &*c.name == name);
    for (n, chain) in table.chains.iter().filter(chosen).enumerate() {
        if n > 0 {
            out.push('\n');
        }
        header(table, chain, options, &mut out);
        for (n, rule) in chain.rules.iter().enumerate() {
            list_rule::<NAMES>(rule, n + 1, family, options, &mut out);
        }
    }
    out
}

/// Prints a chain's name with its policy, or how often rules jump to it.
pub(crate) fn push_title(table: &Table, chain: &Chain, options: ListOptions, out: &mut String) {
    let _ = write!(out, "Chain {}", chain.name);
    match chain.policy {
        Some(policy) => {
            let _ = write!(out, " (policy {}", policy.name());
            if options.verbose {
                out.push(' ');
                push_count(chain.counters.packets, options, 0, out);
                out.push_str("packets, ");
                push_count(chain.counters.bytes, options, 0, out);
                out.push_str("bytes");
            }
            out.push(')');
        }
        None => {
            let rules = table.chains.iter().flat_map(|c| &c.rules);
            let jumps = rules.filter(|r| match &r.target {
                Target::Jump(jump) => jump.chain == chain.name,
                _ => false,
            });
            let _ = write!(out, " ({} references)", jumps.count());
        }
    }
    out.push('\n');
}

fn header(table: &Table, chain: &Chain, options: ListOptions, out: &mut String) {
    push_title(table, chain, options, out);
    if options.line_numbers {
        out.push_str("num  ");
    }
    if options.verbose {
        out.push_str(if options.exact {
            "    pkts      bytes "
        } else {
            " pkts bytes "
        });
    }
    out.push_str("target     prot opt ");
    if options.verbose {
        out.push_str("in     out     ");
    }
    out.push_str("source               destination         \n");
}

/// Prints a counter and a blank; `width` of 0 does not pad.
pub(crate) fn push_count(number: u64, options: ListOptions, width: usize, out: &mut String) {
    let mut number = number;
    let mut unit = "";
    if !options.exact && number > 99_999 {
        for next in ["K", "M", "G", "T"] {
            // As in C, what is too much begins anew.
            number = number.wrapping_add(500) / 1000;
            unit = next;
            if number <= 9999 {
                break;
            }
        }
    }
    let width = width.saturating_sub(unit.len());
    let _ = write!(out, "{number:>width$}{unit} ");
}

fn list_rule<const NAMES: bool>(
    rule: &Rule,
    number: usize,
    family: Family,
    options: ListOptions,
    out: &mut String,
) {
    if options.line_numbers {
        let _ = write!(out, "{number:<4} ");
    }
    if options.verbose {
        // The bytes' heading is wider than the bytes are.
        let width = if options.exact { 8 } else { 5 };
        push_count(rule.counters.packets, options, width, out);
        push_count(rule.counters.bytes, options, width, out);
    }
    let _ = write!(out, "{:<9} ", rule.target.kernel_name());
    let (bang, proto) = rule.ip.proto.map_or((" ", 0), |p| match p.inverted {
        true => ("!", p.value),
        false => (" ", p.value),
    });
    match protocol_name(proto).filter(|_| NAMES) {
        Some(name) => {
            let _ = write!(out, "{bang}{name:<4} ");
        }
        None if NAMES && proto == 0 => {
            let _ = write!(out, "{bang}all  ");
        }
        None => {
            let _ = write!(out, "{bang}{proto:<4} ");
        }
    }
    out.push_str(match rule.ip.fragment {
        Some(false) => "-f",
        Some(true) => "!f",
        None => "--",
    });
    out.push(' ');
    if options.verbose {
        push_iface(rule.ip.in_iface.as_deref(), out);
        push_iface(rule.ip.out_iface.as_deref(), out);
        out.push(' ');
    }
    push_addr::<NAMES>(rule.ip.src.as_ref(), family, out);
    push_addr::<NAMES>(rule.ip.dst.as_ref(), family, out);
    if let Target::Jump(jump) = &rule.target
        && jump.goto
    {
        out.push_str("[goto] ");
    }
    if NAMES {
        let listed = Listed { family, proto };
        rule.matches
            .iter()
            .for_each(|m| m.push_list_named(listed, out));
        rule.target.push_list_named(listed, out);
    } else {
        rule.matches.iter().for_each(|m| m.push_list(family, out));
        rule.target.push_list(family, out);
    }
    out.push('\n');
}

fn push_iface(iface: Option<&IfaceMatch>, out: &mut String) {
    let text = match iface {
        None => "*".to_owned(),
        Some(i) => format!("{}{}", if i.inverted { "!" } else { "" }, i.name),
    };
    let _ = write!(out, " {text:<6}");
}

fn push_addr<const NAMES: bool>(addr: Option<&AddrMatch>, family: Family, out: &mut String) {
    let text = match addr {
        None if NAMES => "anywhere".to_owned(),
        None => format!("{}/0", family.unspecified()),
        Some(addr) => {
            let full = family.bits();
            let name = address_name(addr.addr()).filter(|_| NAMES);
            let ip = name.map_or_else(|| Printed(addr.addr()).to_string(), str::to_owned);
            match prefix_length(addr.mask()) {
                Some(0) if NAMES => "anywhere".to_owned(),
                // ip6tables looks at the address alone.
                _ if NAMES && addr.addr() == IpAddr::V6(Ipv6Addr::UNSPECIFIED) => {
                    "anywhere".to_owned()
                }
                Some(n) if n == full => ip,
                Some(n) => format!("{ip}/{n}"),
                None => format!("{ip}/{}", Printed(addr.mask())),
            }
        }
    };
    out.push(if addr.is_some_and(AddrMatch::inverted) {
        '!'
    } else {
        ' '
    });
    let _ = write!(out, "{text:<19} ");
}
