//! ipset: what `ipset save` prints and `ipset restore` takes, as text and as
//! values.
//!
//! [`parse`] reads a text as `ipset restore` would, line by line, and gives the
//! sets that are there at its end; [`save`] and [`list`] print them. What a set
//! does with an entry ([`IpSet::add`], [`IpSet::find`], ...) stands here as well,
//! so that `test` and a packet are answered by the same code.
//!
//! Facts: ipset(8), ipset 7.17, net/netfilter/ipset of Linux 6.18, and what the
//! two print. In a kernel the order of a hash's entries hangs on a random number
//! (`initval`); here entries keep the order in which they came. For the same
//! reason two things are not modelled: that a hash grows (`hashsize` stays as it
//! was created), and which entry has to go when a set with `forceadd` is full.
//! Told apart on purpose: a quotation mark that is not closed is an error, though
//! 7.17 drops the word; so is `quit`, which there drops the lines before it.

mod create;
mod element;
mod entry;
mod expand;
mod fault;
mod kinds;
mod print;
mod read;
mod restore;
mod set;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::addr::MacAddr;

pub use kinds::{Dim, KINDS, Kind, Method};
pub use print::{list, push_port, save};
pub use restore::parse;
pub use set::Refusal;
pub use words::commands;

/// For an entry that does not end.
pub const NEVER: u64 = u64::MAX;

/// A set.
#[derive(Debug, Clone, PartialEq)]
pub struct IpSet {
    /// Name, at most 31 bytes.
    pub name: Box<str>,
    /// Its type.
    pub kind: &'static Kind,
    /// Are its addresses of IPv6?
    pub inet6: bool,
    /// `range` of a bitmap, both ends included.
    pub range: (u32, u32),
    /// `netmask`: bits that count of an address.
    pub netmask: u8,
    /// `netmask` or `bitmask`: what is cut from addresses first. An IPv4 address
    /// stands in the lower 32 bits.
    pub mask: u128,
    /// `markmask`: what is cut from marks first.
    pub markmask: u32,
    /// `hashsize`, rounded up.
    pub hashsize: u32,
    /// `maxelem`: how many entries it takes.
    pub maxelem: u32,
    /// `bucketsize`
    pub bucketsize: u8,
    /// `initval`, if it was given; a kernel draws one else.
    pub initval: Option<u32>,
    /// `size` of a list.
    pub size: u32,
    /// `timeout`: seconds that an entry lives if it says nothing; 0 for ever.
    pub timeout: Option<u32>,
    /// `counters`: do entries count?
    pub counters: bool,
    /// `comment`: may entries have one?
    pub comment: bool,
    /// `skbinfo`: do entries bear marks for packets?
    pub skbinfo: bool,
    /// `forceadd`: does a new entry drive out an old one when it is full?
    pub forceadd: bool,
    /// Entries of hashes and bitmaps.
    pub entries: BTreeMap<Key, Entry>,
    /// Entries of a list, in order.
    pub members: Vec<(Box<str>, Entry)>,
    /// Lengths of the networks in it and how many have each, longest first, for
    /// the first and the second address.
    lengths: [Vec<(u8, u32)>; 2],
    /// How many entries there ever were: gives them an order.
    came: u32,
    /// What entries of a bitmap had counted when they went: whatever comes in
    /// their place goes on counting from there, unless it says otherwise.
    left: BTreeMap<Key, (u64, u64)>,
}

/// What an entry is found by. Parts that the set does not have are zero.
#[derive(Debug, Clone, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct Key {
    /// Addresses; one of IPv4 stands in the lower 32 bits.
    pub addr: [u128; 2],
    /// Lengths of their prefixes; all bits where the part is no network.
    pub length: [u8; 2],
    /// Protocol of the port.
    pub proto: u8,
    /// Port; for ICMP type (high byte) and code (low byte).
    pub port: u16,
    /// Mark.
    pub mark: u32,
    /// Ethernet address, but for `bitmap:ip,mac`.
    pub mac: [u8; 6],
    /// `physdev:`: is a bridge's port meant?
    pub physdev: bool,
    /// Device.
    pub iface: Option<Arc<str>>,
}

/// What an entry bears.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// Seconds that it lives from when it was written; 0 for ever.
    pub timeout: u32,
    /// When it ends, in the nanoseconds of a world's clock (in a text time runs
    /// from 0); [`NEVER`] if it does not.
    pub ends: u64,
    /// Packets counted.
    pub packets: u64,
    /// Bytes counted.
    pub bytes: u64,
    /// `skbmark`: mark and mask.
    pub mark: (u32, u32),
    /// `skbprio`: class, as `skb->priority` has it.
    pub priority: u32,
    /// `skbqueue`
    pub queue: u16,
    /// `nomatch`: what matches this entry is not in the set.
    pub nomatch: bool,
    /// `wildcard`: the device's name is the beginning of one.
    pub wildcard: bool,
    /// The Ethernet address of `bitmap:ip,mac`, once it is known.
    pub mac: Option<MacAddr>,
    /// `comment`
    pub comment: Option<Box<str>>,
    /// Its place in the order of entries.
    came: u32,
}

/// The mask of a prefix of an address.
fn prefix(length: u8, inet6: bool) -> u128 {
    let bits: u32 = if inet6 { 128 } else { 32 };
    let all = u128::MAX >> (128 - bits);
    let host = bits.saturating_sub(length.into());
    u128::MAX.checked_shl(host).unwrap_or(0) & all
}
