//! Sets as `ipset save` and `ipset list` print them (lib/print.c,
//! lib/session.c: `list_create`, `list_adt`).

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::kinds::{MARKMASK, MASK};
use super::{Dim, Entry, IpSet, Key, Method, read};
use crate::addr::Printed;
use crate::names;

/// Prints sets as `ipset save` does.
pub fn save(sets: &[IpSet]) -> String {
    let mut out = String::new();
    for set in sets {
        let _ = write!(out, "create {} {}", set.name, set.kind.name);
        push_header(set, &mut out);
        out.push('\n');
        push_entries(set, &format!("add {} ", set.name), &mut out);
    }
    out
}

/// Prints sets as `ipset list` does. References are those of lists alone, and
/// the size in memory hangs on the kernel's random number: it is not told.
pub fn list(sets: &[IpSet]) -> String {
    let mut out = String::new();
    for set in sets {
        if !out.is_empty() {
            out.push('\n');
        }
        let members = sets.iter().flat_map(|list| &list.members);
        let references = members.filter(|(name, _)| *name == set.name).count();
        let number = set.entries.len() + set.members.len();
        let (kind, revision) = (set.kind.name, set.kind.revision);
        let _ = write!(
            out,
            "Name: {}\nType: {kind}\nRevision: {revision}\nHeader:",
            set.name
        );
        push_header(set, &mut out);
        let _ = write!(
            out,
            "\nSize in memory: unknown\nReferences: {references}\nNumber of entries: {number}\nMembers:\n"
        );
        push_entries(set, "", &mut out);
    }
    out
}

fn push_address(addr: u128, inet6: bool, out: &mut String) {
    let addr = match u32::try_from(addr) {
        Ok(addr) if !inet6 => Ipv4Addr::from(addr).into(),
        _ => Ipv6Addr::from(addr).into(),
    };
    let _ = write!(out, "{}", Printed(addr));
}

/// The options of `create` in the order of the type's own list, each with the
/// blank before it.
fn push_header(set: &IpSet, out: &mut String) {
    let kind = set.kind;
    // hash:ip tells its masks early, the others last.
    let early = kind.dims.len() == 1;
    match kind.method {
        Method::Hash => {
            if kind.has_family() {
                out.push_str(if set.inet6 {
                    " family inet6"
                } else {
                    " family inet"
                });
            }
            if kind.options & MARKMASK != 0 {
                let _ = write!(out, " markmask {:#010x}", set.markmask);
            }
            let _ = write!(out, " hashsize {} maxelem {}", set.hashsize, set.maxelem);
            if early {
                push_masks(set, out);
            }
        }
        Method::Bitmap => {
            let (low, high) = set.range;
            if kind.has(Dim::Port) {
                let _ = write!(out, " range {low}-{high}");
            } else {
                let (low, high) = (Ipv4Addr::from(low), Ipv4Addr::from(high));
                let _ = write!(out, " range {low}-{high}");
            }
            if set.netmask != 32 {
                let _ = write!(out, " netmask {}", set.netmask);
            }
        }
        Method::List => {
            let _ = write!(out, " size {}", set.size);
        }
    }
    if let Some(timeout) = set.timeout {
        let _ = write!(out, " timeout {timeout}");
    }
    for (on, name) in [
        (set.counters, " counters"),
        (set.comment, " comment"),
        (set.skbinfo, " skbinfo"),
    ] {
        if on {
            out.push_str(name);
        }
    }
    if kind.method == Method::Hash {
        let _ = write!(out, " bucketsize {}", set.bucketsize);
        if let Some(initval) = set.initval {
            let _ = write!(out, " initval {initval:#010x}");
        }
        if !early {
            push_masks(set, out);
        }
    }
}

fn push_masks(set: &IpSet, out: &mut String) {
    if set.kind.options & MASK == 0 {
        return;
    }
    if set.netmask != set.bits() {
        let _ = write!(out, " netmask {}", set.netmask);
    } else if set.mask != set.prefix(set.bits()) {
        out.push_str(" bitmask ");
        push_address(set.mask, set.inet6, out);
    }
}

fn push_entries(set: &IpSet, before: &str, out: &mut String) {
    for (name, entry) in &set.members {
        out.push_str(before);
        out.push_str(name);
        push_extensions(set, entry, out);
    }
    let mut entries: Vec<_> = set.entries.iter().collect();
    if set.kind.method == Method::Hash {
        crate::sort::by_key(&mut entries, |(_, entry)| entry.came);
    }
    for (key, entry) in entries {
        out.push_str(before);
        push_key(set, key, entry, out);
        push_extensions(set, entry, out);
    }
}

/// The element of an entry: its parts.
fn push_key(set: &IpSet, key: &Key, entry: &Entry, out: &mut String) {
    let mut slot = 0;
    for (nth, dim) in set.kind.dims.iter().enumerate() {
        if *dim == Dim::Mac && set.kind.method == Method::Bitmap {
            if let Some(mac) = entry.mac {
                out.push(',');
                push_mac(mac.0, out);
            }
            continue;
        }
        if nth > 0 {
            out.push(',');
        }
        match dim {
            Dim::Ip | Dim::Net => {
                let at = |list: &[u128; 2]| list.get(slot).copied().unwrap_or(0);
                push_address(at(&key.addr), set.inet6, out);
                let length = key.length.get(slot).copied().unwrap_or(0);
                if *dim == Dim::Net && length != set.bits() {
                    let _ = write!(out, "/{length}");
                }
                slot += 1;
            }
            Dim::Port if set.kind.method == Method::Bitmap => {
                let _ = write!(out, "{}", key.port);
            }
            Dim::Port => push_port(key.proto, key.port, set.inet6, out),
            Dim::Mac => push_mac(key.mac, out),
            Dim::Iface => {
                out.push_str(if key.physdev { "physdev:" } else { "" });
                out.push_str(key.iface.as_deref().unwrap_or_default());
            }
            Dim::Mark => {
                let _ = write!(out, "{:#010x}", key.mark);
            }
            Dim::Set => {}
        }
    }
}

fn push_mac(mac: [u8; 6], out: &mut String) {
    for (nth, byte) in mac.iter().enumerate() {
        let colon = if nth == 0 { "" } else { ":" };
        let _ = write!(out, "{colon}{byte:02X}");
    }
}

/// A protocol and its port, or what stands for one.
pub fn push_port(proto: u8, port: u16, inet6: bool, out: &mut String) {
    match names::protocol_name(proto) {
        Some(name) => out.push_str(name),
        None => {
            let _ = write!(out, "{proto}");
        }
    }
    out.push(':');
    let icmp = proto == if inet6 { 58 } else { 1 };
    match read::icmp_name(port, inet6).filter(|_| icmp) {
        Some(name) => out.push_str(name),
        None if icmp => {
            let [kind, code] = port.to_be_bytes();
            let _ = write!(out, "{kind}/{code}");
        }
        None => {
            let _ = write!(out, "{port}");
        }
    }
}

fn push_extensions(set: &IpSet, entry: &Entry, out: &mut String) {
    if set.timeout.is_some() {
        let _ = write!(out, " timeout {}", entry.timeout);
    }
    if entry.nomatch {
        out.push_str(" nomatch");
    }
    if entry.wildcard {
        out.push_str(" wildcard");
    }
    if set.counters {
        let _ = write!(out, " packets {} bytes {}", entry.packets, entry.bytes);
    }
    if let Some(comment) = &entry.comment {
        let _ = write!(out, " comment \"{comment}\"");
    }
    let (mark, mask) = entry.mark;
    if (mark, mask) != (0, 0) {
        let _ = write!(out, " skbmark {mark:#x}");
        if mask != u32::MAX {
            let _ = write!(out, "/{mask:#x}");
        }
    }
    if entry.priority != 0 {
        let _ = write!(
            out,
            " skbprio {:x}:{:x}",
            entry.priority >> 16,
            entry.priority & 0xffff
        );
    }
    if entry.queue != 0 {
        let _ = write!(out, " skbqueue {}", entry.queue);
    }
    out.push('\n');
}
