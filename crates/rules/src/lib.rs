#![doc = env!("CARGO_PKG_DESCRIPTION")]
//!
//! Text in, value out, text again: what [`iptables::parse`], [`ebt::parse`] and
//! [`ipset::parse`] read, [`iptables::save`], [`ebt::save`] and [`ipset::save`]
//! print back as the real tools would. Every parser returns what it could read
//! together with everything that was wrong ([`Parsed`]); none of them panics.
//!
//! ```
//! use packetwalk_rules::{Family, iptables};
//!
//! let text = "*filter\n:FORWARD DROP [0:0]\n-A FORWARD -i docker0 -j ACEPT\nCOMMIT\n";
//! let parsed = iptables::parse(text, Family::V4);
//! // A chain of this name may be meant; there is none.
//! assert_eq!(parsed.diagnostics[0].span.line, 3);
//!
//! let right = text.replace("ACEPT", "ACCEPT");
//! let parsed = iptables::parse(&right, Family::V4);
//! assert!(parsed.diagnostics.is_empty());
//! assert!(iptables::save(&parsed.value, false).contains("-A FORWARD -i docker0 -j ACCEPT\n"));
//! ```
//!
//! The facts here (options, their order when printed, what is refused) are those
//! of iptables 1.8.9, ebtables 1.8.9, arptables 1.8.9 and ipset 7.17, checked against the tools
//! themselves by `cargo xtask language`.
//!
//! Not modelled: host names as addresses (they would need a resolver), and
//! service names beyond those in [`names`].
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

pub mod addr;
pub mod arpt;
pub mod decimal;
pub mod diag;
pub mod ebt;
pub mod ipset;
pub mod iptables;
pub mod names;
pub mod num;
mod rule;
pub mod sort;
pub mod text;
pub mod xt;

pub use addr::{AddrMatch, Family, IpRange, MacAddr};
pub use diag::{Diagnostic, Parsed, Severity, Span};
pub use rule::{Chain, Counters, IfaceMatch, IpMatch, Neg, Policy, Rule, Ruleset, Table};
pub use xt::{KeptExt, Match, Target};
