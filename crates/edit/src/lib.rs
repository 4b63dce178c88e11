#![doc = env!("CARGO_PKG_DESCRIPTION")]
//!
//! A [`Document`] is the text of a snapshot and the [`Edit`]s made to it. An
//! edit is a value: it is done to the text, section by section, as the real
//! command would change what the standard commands print; what it does not
//! touch stays as it was, byte for byte. So the text that comes out can be
//! read by whoever reads snapshots, undoing is doing one edit less, and a link
//! ([`share`]) carries the edits instead of a whole machine.
//!
//! ```
//! use packetwalk_edit::{Document, Edit};
//!
//! let snapshot = "@@packetwalk snapshot 1\n@@netns host\n@@run sysctl -a\nnet.ipv4.ip_forward = 1\n@@end\n";
//! let mut document = Document::new(snapshot);
//! let edit = Edit::Sysctl {
//!     netns: "host".to_owned(),
//!     name: "net.ipv4.ip_forward".to_owned(),
//!     value: "0".to_owned(),
//! };
//! document.edit(edit).expect("such a setting");
//! assert!(document.text().contains("net.ipv4.ip_forward = 0"));
//! document.undo();
//! assert_eq!(document.text(), snapshot);
//! ```
//!
//! | edit | the command |
//! | --- | --- |
//! | [`Edit::Text`] | `iptables-restore`, `ebtables-restore`, `arptables-restore`, `ipset restore`, `sysctl -p` |
//! | [`Edit::Policy`] | `iptables -P`, `ebtables -P`, `arptables -P` |
//! | [`Edit::Sysctl`] | `sysctl -w` |
//! | [`Edit::Link`] | `ip link set DEV up`, `down` |
//! | [`Edit::Port`] | `bridge link set dev DEV hairpin on`, ... |
//! | [`Edit::Listen`] | a program that begins or ceases to listen |
//! | [`Edit::AddContainer`], [`Edit::AddHost`], [`Edit::Remove`] | namespaces that come and go |
//!
//! Not modelled: the rules that dockerd writes when a container comes or goes;
//! connections that MASQUERADE forgets when its device goes down; IPv6
//! addresses and routes, which stay as they are; devices that are neither veth
//! nor bridge get no carrier from elsewhere.
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

pub mod check;
pub mod complete;
mod document;
mod edit;
mod hosts;
mod link;
pub mod picks;
mod policy;
mod read;
mod section;
pub mod share;
pub mod switches;
mod sysctl;
pub mod words;

pub use document::{Document, FLOWS};
pub use edit::{Edit, Part, Refused, apply, write};
