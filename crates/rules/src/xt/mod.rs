//! Extensions: matches and targets, one file each, and the list of all.
//!
//! An extension is a struct with public fields, and an [`Ext`] that says which
//! options it has, how each sets a field, and how it is saved and listed. The
//! registry at the end of this file makes [`Match`] and [`Target`] of them.
//! To add one: write its file, add a line to the registry.

mod kept;
mod opt;
mod ports;
pub(crate) mod registry;

pub use kept::{Kept, KeptExt, kept_match, kept_match_names, kept_target, kept_target_names};
pub use opt::{Arg, Env, Ext, Listed, Opt, Place, Read, Seen, hook, iface_name};
pub use ports::PortRange;
pub use registry::{Jump, Match, MatchKind, Target, TargetKind, match_names, target_names};

pub mod addrtype;
pub mod bpf;
pub mod cgroup;
pub mod classify;
pub mod cluster;
pub mod comment;
pub mod connbytes;
pub mod connlabel;
pub mod connlimit;
pub mod conntrack;
pub mod cpu;
pub mod ct;
pub mod dccp;
pub mod ecn;
pub mod group;
pub mod hashlimit;
pub mod header6;
pub mod helper;
pub mod icmp;
pub mod iprange;
pub mod length;
pub mod limit;
pub mod log;
pub mod mac;
pub mod mangle;
pub mod mark;
pub mod multiport;
pub mod nat;
pub mod netmap;
pub mod nfacct;
pub mod nflog;
pub mod npt;
pub mod osf;
pub mod owner;
pub mod physdev;
pub mod pkttype;
pub mod policy;
pub mod quota;
pub mod recent;
pub mod reject;
pub mod rpfilter;
pub mod sctp;
pub mod set;
pub mod simple;
pub mod socket;
pub mod spi;
pub mod state;
pub mod statistic;
pub mod string;
pub mod synproxy;
pub mod tcp;
pub mod tcpmss;
pub mod tee;
pub mod time;
pub mod tos;
pub mod ttl;
pub mod u32;
pub mod udp;
pub mod watch;
