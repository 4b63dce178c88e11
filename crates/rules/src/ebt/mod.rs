//! ebtables: what ebtables-save prints, and `ebtables -L` lists.
//!
//! The two implementations differ where it matters to a packet: the legacy one
//! asks all matches of a rule before its watchers (log, nflog), nf_tables takes
//! them in the order of the text; and their hooks have other priorities. The
//! header line tells them apart ([`Ebtables::backend`]).
//!
//! Not modelled: `--among-src-file`, and `ebtables --atomic-*`.

pub mod arp;
mod ext;
pub mod ip;
pub mod link;
mod list;
mod parse;
mod place;
mod rule;
mod same;
mod save;
pub mod stp;
pub mod targets;
pub mod watchers;

pub use crate::iptables::Backend;
pub use arp::Arp;
pub use ext::{EbMatch, EbMatchKind, EbTarget, EbTargetKind};
pub use ip::{IcmpRange, Ip, Ip6, MaskedAddr};
pub use link::{Among, AmongPair, AmongSide, EbLimit, EbMark, Ieee8023, PktType, Vlan};
pub use list::list;
pub use parse::{parse, restore};
pub use save::{push_rule, save};
pub use stp::{Stp, StpRange};
pub use targets::{ArpReply, Dnat, MarkAction, MarkSet, Redirect, Snat};
pub use watchers::{EbLog, EbNflog};

use crate::addr::MacAddr;
use crate::diag::Span;
use crate::rule::{Counters, IfaceMatch, Neg};

/// Everything that one ebtables-save shows. A table that is not there is not
/// registered with the kernel.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ebtables {
    /// Which implementation.
    pub backend: Backend,
    /// In the order of the text.
    pub tables: Vec<EbTable>,
}

impl Ebtables {
    /// The table of that name.
    pub fn table(&self, name: &str) -> Option<&EbTable> {
        self.tables.iter().find(|t| &*t.name == name)
    }

    /// The table of that name, to change it.
    pub fn table_mut(&mut self, name: &str) -> Option<&mut EbTable> {
        self.tables.iter_mut().find(|t| &*t.name == name)
    }
}

/// One table: filter, nat or broute.
#[derive(Debug, Clone, PartialEq)]
pub struct EbTable {
    /// Its name.
    pub name: Box<str>,
    /// Built-in chains first, in their order; then the user's.
    pub chains: Vec<EbChain>,
}

impl EbTable {
    /// The chain of that name.
    pub fn chain(&self, name: &str) -> Option<&EbChain> {
        self.chains.iter().find(|c| &*c.name == name)
    }

    /// The chain of that name, to change it.
    pub fn chain_mut(&mut self, name: &str) -> Option<&mut EbChain> {
        self.chains.iter_mut().find(|c| &*c.name == name)
    }
}

/// One chain. Unlike those of iptables the user's have a policy, too.
#[derive(Debug, Clone, PartialEq)]
pub struct EbChain {
    /// Its name, at most 28 bytes.
    pub name: Box<str>,
    /// Whether the kernel calls it at a hook.
    pub builtin: bool,
    /// What becomes of frames that reach the end.
    pub policy: EbVerdict,
    /// What the policy counted.
    pub counters: Counters,
    /// The rules, first to last.
    pub rules: Vec<EbRule>,
}

/// What becomes of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum EbVerdict {
    /// Let it pass.
    #[default]
    Accept,
    /// Drop it; in broute: route it.
    Drop,
    /// On to the next rule.
    Continue,
    /// Back to the chain that called.
    Return,
}

impl EbVerdict {
    /// The name that is printed.
    pub fn name(self) -> &'static str {
        match self {
            EbVerdict::Accept => "ACCEPT",
            EbVerdict::Drop => "DROP",
            EbVerdict::Continue => "CONTINUE",
            EbVerdict::Return => "RETURN",
        }
    }

    /// Reads one of the four names.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "ACCEPT" => EbVerdict::Accept,
            "DROP" => EbVerdict::Drop,
            "CONTINUE" => EbVerdict::Continue,
            "RETURN" => EbVerdict::Return,
            _ => return None,
        })
    }
}

/// What `-p` asks of the frame's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EbProto {
    /// The EtherType, 0x0600 and up.
    Type(u16),
    /// `Length`: an IEEE 802.3 frame, whose field is a length.
    Length,
}

/// An Ethernet address and the bits of it that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MacMatch {
    /// The address, bits outside of the mask cleared.
    pub addr: MacAddr,
    /// The mask.
    pub mask: MacAddr,
}

impl MacMatch {
    /// Whether the address lies within.
    pub fn contains(&self, mac: MacAddr) -> bool {
        mac.masked(self.mask) == self.addr
    }
}

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub struct EbRule {
    /// What it counted.
    pub counters: Counters,
    /// `-p`.
    pub proto: Option<Neg<EbProto>>,
    /// `-s`.
    pub src: Option<Neg<MacMatch>>,
    /// `-d`.
    pub dst: Option<Neg<MacMatch>>,
    /// `-i`: the bridge port that the frame came by.
    pub in_iface: Option<IfaceMatch>,
    /// `-o`: the bridge port that it leaves by.
    pub out_iface: Option<IfaceMatch>,
    /// `--logical-in`: the bridge that it came by.
    pub logical_in: Option<IfaceMatch>,
    /// `--logical-out`: the bridge that it leaves by.
    pub logical_out: Option<IfaceMatch>,
    /// Matches and watchers in the order of the text.
    pub matches: Box<[EbMatch]>,
    /// What it does.
    pub target: EbTarget,
    /// Where it stands in the text.
    pub span: Span,
}

/// The built-in chains of a table; empty for one that does not exist.
pub fn builtin_chains(table: &str) -> &'static [&'static str] {
    match table {
        "filter" => &["INPUT", "FORWARD", "OUTPUT"],
        "nat" => &["PREROUTING", "OUTPUT", "POSTROUTING"],
        "broute" => &["BROUTING"],
        _ => &[],
    }
}

/// The tables there are.
pub const TABLES: [&str; 3] = ["filter", "nat", "broute"];

/// Longest name of a chain, in bytes (`XT_EXTENSION_MAXNAMELEN` less its end).
pub const CHAIN_NAME_MAX: usize = 28;
