//! Which rule `-D` means.

use super::{Backend, EbMatch, EbProto, EbRule, MacMatch};
use crate::addr::MacAddr;
use crate::diag::Span;
use crate::rule::{Counters, Neg};

/// Whether two rules say the same, whatever they counted.
///
/// To nf_tables' tool they do as well where only watchers or the masks of addresses
/// differ, or where one asks for what the other's empty field holds
/// (nft-bridge.c, `nft_bridge_is_same`).
pub(super) fn same(one: &EbRule, other: &EbRule, backend: Backend) -> bool {
    match backend {
        Backend::Legacy => bare(one) == bare(other),
        Backend::NfTables => seen(one) == seen(other),
    }
}

fn bare(rule: &EbRule) -> EbRule {
    EbRule {
        span: Span::default(),
        counters: Counters::default(),
        ..rule.clone()
    }
}

/// What nf_tables' tool compares.
fn seen(rule: &EbRule) -> EbRule {
    let mac = |mac: Option<Neg<MacMatch>>| {
        let (addr, inverted) = mac.map_or_else(Default::default, |m| (m.value.addr, m.inverted));
        let mask = MacAddr::ONES;
        Some(Neg::new(MacMatch { addr, mask }, inverted))
    };
    let proto = match rule.proto {
        // The first number that is no length is one to it, exclamation mark or not.
        Some(Neg {
            value: EbProto::Type(0x600),
            ..
        })
        | None => Neg::new(EbProto::Length, false),
        Some(proto) => proto,
    };
    let heard = rule.matches.iter().filter(|m| !EbMatch::is_watcher(m));
    EbRule {
        proto: Some(proto),
        src: mac(rule.src),
        dst: mac(rule.dst),
        matches: heard.cloned().collect(),
        ..bare(rule)
    }
}
