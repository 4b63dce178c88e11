//! What one line of rules says, once it is read.

use crate::addr::Family;
use crate::diag::Span;
use crate::rule::{Chain, Policy, Rule};

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
    /// The rules; several if it names several addresses.
    pub rules: Vec<Rule>,
    /// Where `-j` or `-g` stands, for what is found out later.
    pub jump_span: Span,
    /// `-n`, `-v`, `-x`, `--line-numbers` in this order.
    pub flags: [bool; 4],
    /// The line is for the other address family (`-4`, `-6`).
    pub skip: bool,
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
