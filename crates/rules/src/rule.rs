//! The values: rule set, tables, chains, rules.

use crate::addr::{AddrMatch, Family};
use crate::arpt::ArpMatch;
use crate::xt::{Match, Target};

/// Everything that one iptables-save or ip6tables-save shows. A table that is
/// not in [`tables`](Self::tables) is not registered with the kernel; one that
/// is there, even without rules, is passed and named by TRACE.
#[derive(Debug, Clone, PartialEq)]
pub struct Ruleset {
    /// iptables or ip6tables.
    pub family: Family,
    /// In the order of the text.
    pub tables: Vec<Table>,
}

impl Ruleset {
    /// A rule set without any table.
    pub fn new(family: Family) -> Self {
        Self {
            family,
            tables: Vec::new(),
        }
    }

    /// The table of that name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|t| &*t.name == name)
    }

    /// The table of that name, to change it.
    pub fn table_mut(&mut self, name: &str) -> Option<&mut Table> {
        self.tables.iter_mut().find(|t| &*t.name == name)
    }
}

/// One table: raw, mangle, nat, filter or security.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its name.
    pub name: Box<str>,
    /// Built-in chains first, in the order of the hooks they stand at; then the
    /// user's, sorted by name as iptables-save shows them.
    pub chains: Vec<Chain>,
}

impl Table {
    /// The chain of that name.
    pub fn chain(&self, name: &str) -> Option<&Chain> {
        self.chains.get(position(&self.chains, name)?)
    }

    /// The chain of that name, to change it.
    pub fn chain_mut(&mut self, name: &str) -> Option<&mut Chain> {
        let at = position(&self.chains, name)?;
        self.chains.get_mut(at)
    }
}

/// Where the chain of that name stands, in [`Table::chains`]' order. A host of
/// Kubernetes has thousands of chains, so those of the user are not gone through.
pub(crate) fn position(chains: &[Chain], name: &str) -> Option<usize> {
    let builtin = chains.iter().take_while(|c| c.policy.is_some()).count();
    let (own, users) = chains.split_at_checked(builtin)?;
    let found = own.iter().position(|c| &*c.name == name);
    found.or_else(|| {
        let at = users.binary_search_by(|c| (*c.name).cmp(name)).ok()?;
        Some(builtin + at)
    })
}

/// One chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// Its name, at most 28 bytes.
    pub name: Box<str>,
    /// What becomes of packets that reach the end; `None` for a user's chain,
    /// whose end is a RETURN.
    pub policy: Option<Policy>,
    /// What the policy counted; zero for a user's chain.
    pub counters: Counters,
    /// The rules, first to last.
    pub rules: Vec<Rule>,
}

impl Chain {
    /// An empty chain of the user.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            policy: None,
            counters: Counters::default(),
            rules: Vec::new(),
        }
    }
}

/// What a built-in chain does at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Policy {
    /// Let the packet pass.
    Accept,
    /// Drop it.
    Drop,
}

impl Policy {
    /// `ACCEPT` or `DROP`.
    pub fn name(self) -> &'static str {
        match self {
            Policy::Accept => "ACCEPT",
            Policy::Drop => "DROP",
        }
    }
}

/// Packets and bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Counters {
    /// Packets.
    pub packets: u64,
    /// Bytes, network header included.
    pub bytes: u64,
}

/// A value with the exclamation mark that may stand in front of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Neg<T> {
    /// What is compared with.
    pub value: T,
    /// Packets match that do *not* have it.
    pub inverted: bool,
}

impl<T> Neg<T> {
    /// A value and its exclamation mark.
    pub fn new(value: T, inverted: bool) -> Self {
        Self { value, inverted }
    }

    /// Turns the outcome of a comparison round if inverted.
    pub fn apply(&self, outcome: bool) -> bool {
        outcome != self.inverted
    }

    /// The exclamation mark and a blank, or nothing.
    pub fn mark(&self) -> &'static str {
        if self.inverted { "! " } else { "" }
    }

    /// The exclamation mark as listings show it, without a blank.
    pub fn bang(&self) -> &'static str {
        if self.inverted { "!" } else { "" }
    }
}

/// The name of a device, or the beginning of one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IfaceMatch {
    /// As written: up to 15 bytes, a `+` at the end stands for anything.
    pub name: Box<str>,
    /// Packets match that come or go by another device.
    pub inverted: bool,
}

impl IfaceMatch {
    /// Whether the device's name fits, [`inverted`](Self::inverted) aside. A
    /// packet without a device has the empty name.
    pub fn fits(&self, device: &str) -> bool {
        match self.name.strip_suffix('+') {
            Some(beginning) => device.starts_with(beginning),
            None => device == &*self.name,
        }
    }
}

/// What a rule asks of the network header itself (`struct ipt_ip`,
/// `struct ip6t_ip6`, `struct arpt_arp`). `None` asks nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IpMatch {
    /// `-s`.
    pub src: Option<AddrMatch>,
    /// `-d`.
    pub dst: Option<AddrMatch>,
    /// `-i`.
    pub in_iface: Option<Box<IfaceMatch>>,
    /// `-o`.
    pub out_iface: Option<Box<IfaceMatch>>,
    /// `-p`, never 0.
    pub proto: Option<Neg<u8>>,
    /// `-f` (IPv4): second and later fragments. `Some(true)` is `! -f`.
    pub fragment: Option<bool>,
    /// What arptables asks beside addresses and devices.
    pub arp: Option<Box<ArpMatch>>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// What it counted.
    pub counters: Counters,
    /// What it asks of the network header.
    pub ip: IpMatch,
    /// Its matches, in their order.
    pub matches: Box<[Match]>,
    /// What it does.
    pub target: Target,
    /// Its line in the text, from 1; 0 if it came from another text.
    pub line: u32,
}

impl Rule {
    /// A rule that matches everything and only counts.
    pub fn empty() -> Self {
        Self {
            counters: Counters::default(),
            ip: IpMatch::default(),
            matches: Box::default(),
            target: Target::None,
            line: 0,
        }
    }

    /// The names of the sets that it asks or changes; the real tools refuse it
    /// unless they are there.
    pub fn sets(&self) -> impl Iterator<Item = &str> {
        let asked = self.matches.iter().filter_map(|m| match m {
            Match::Set(set) => Some(&set.set.value),
            _ => None,
        });
        let changed = match &self.target {
            Target::Set(set) => Some([&set.add, &set.del, &set.map]),
            _ => None,
        };
        let changed = changed.into_iter().flatten().flatten();
        asked.chain(changed).map(|set| &*set.name)
    }

    /// The comment, if it bears one.
    pub fn comment(&self) -> Option<&str> {
        self.matches.iter().find_map(|m| match m {
            Match::Comment(c) => Some(&*c.text),
            _ => None,
        })
    }
}
