//! What one line of rules says, once it is read.

use crate::addr::Family;
use crate::diag::Span;
use crate::rule::{Chain, Counters, Policy, Rule, position};

/// What a line wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum CommandKind {
    /// `-A`
    Append,
    /// `-I`, at this place from 1
    Insert(usize),
    /// `-D` by what the rule says
    DeleteRule,
    /// `-D` by number, from 1
    DeleteNumber(usize),
    /// `-R`, the number from 1
    Replace(usize),
    /// `-C`
    Check,
    /// `-F`; the chain is empty for all of them
    Flush,
    /// `-Z`, perhaps for one rule only, from 1
    Zero(Option<usize>),
    /// `-N`
    NewChain,
    /// `-X`; the chain is empty for all of them
    DeleteChain,
    /// `-E`
    Rename(String),
    /// `-P`
    SetPolicy(Option<Policy>),
    /// `-L`; the rule's number from 1
    List(Option<usize>),
    /// `-S`; the rule's number from 1
    ListRules(Option<usize>),
}

/// A line that was read.
#[derive(Debug)]
pub struct Line {
    /// What is to be done.
    pub command: CommandKind,
    /// With which chain.
    pub chain: String,
    /// Where the chain's name stands.
    pub chain_span: Span,
    /// `-t`.
    pub table: Option<String>,
    /// The rules.
    pub rules: Rules,
    /// `-c`, or the counters in front.
    pub counters: Option<Counters>,
    /// `-n`, `-v`, `-x`, `--line-numbers` in this order.
    pub flags: [bool; 4],
}

/// The rules of a line: one, several if it names several addresses, none if it
/// is for the other address family.
#[derive(Debug, Default)]
pub struct Rules {
    first: Option<Rule>,
    /// Mostly empty: such a list takes no memory.
    more: Vec<Rule>,
}

impl Rules {
    /// A single rule.
    pub fn one(rule: Rule) -> Self {
        Self {
            first: Some(rule),
            more: Vec::new(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.more.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One after the other.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Rule> {
        self.first.iter().chain(&self.more)
    }
}

impl FromIterator<Rule> for Rules {
    fn from_iter<I: IntoIterator<Item = Rule>>(rules: I) -> Self {
        let mut rules = rules.into_iter();
        Self {
            first: rules.next(),
            more: rules.collect(),
        }
    }
}

impl IntoIterator for Rules {
    type Item = Rule;
    type IntoIter = std::iter::Chain<std::option::IntoIter<Rule>, std::vec::IntoIter<Rule>>;

    fn into_iter(self) -> Self::IntoIter {
        self.first.into_iter().chain(self.more)
    }
}

/// What the words are read for.
pub struct Context<'a> {
    /// iptables or ip6tables.
    pub family: Family,
    /// The table, for extensions that ask.
    pub table: &'a str,
    /// Line number, from 1.
    pub line: u32,
    /// The chains that there are.
    pub chains: &'a [Chain],
    /// Whether this is iptables-restore, which does not take `-t`.
    pub restoring: bool,
}

impl Context<'_> {
    /// Whether there is a chain of that name.
    pub fn has_chain(&self, name: &str) -> bool {
        position(self.chains, name).is_some()
    }
}
