//! iptables and ip6tables: what iptables-restore reads, iptables-save prints,
//! and `iptables -S` and `-L` list.

mod apply;
mod check;
mod list;
mod restore;
mod rule;
mod save;

use crate::addr::Family;
use crate::arpt;

pub use list::{ListOptions, list, list_named, list_rules};
pub(crate) use list::{push_count, push_title};
pub use restore::{Backend, RestoreOptions, parse, restore};
pub use rule::{CommandKind, parse_words};
pub use save::{push_rule, save, save_table};

/// The built-in chains of a table in the order of their hooks; empty for a
/// table that does not exist.
pub fn builtin_chains(table: &str) -> &'static [&'static str] {
    match table {
        "raw" => &["PREROUTING", "OUTPUT"],
        "mangle" => &["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
        "nat" => &["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
        "filter" | "security" => &["INPUT", "FORWARD", "OUTPUT"],
        _ => &[],
    }
}

/// Those of an address family's table; of arptables those that every text of it has.
pub(crate) fn chains_of(family: Family, table: &str) -> &'static [&'static str] {
    match family {
        Family::Arp => &arpt::NFT_CHAINS,
        _ => builtin_chains(table),
    }
}

/// The tables there are.
pub const TABLES: [&str; 5] = ["raw", "mangle", "nat", "filter", "security"];

/// Longest name of a chain, in bytes (`XT_EXTENSION_MAXNAMELEN` less its end).
pub const CHAIN_NAME_MAX: usize = 28;
