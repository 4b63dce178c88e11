//! Extensions: matches and targets, one file each, and the list of all.
//!
//! An extension is a struct with public fields, and an [`Ext`] that says which
//! options it has, how each sets a field, and how it is saved and listed. The
//! registry at the end of this file makes [`Match`] and [`Target`] of them.
//! To add one: write its file, add a line to the registry.

mod opt;
mod ports;
pub(crate) mod registry;

pub use opt::{Arg, Env, Ext, Opt, Place, Read, Seen, hook, iface_name};
pub use ports::PortRange;
pub use registry::{Jump, Match, MatchKind, Target, TargetKind, match_names, target_names};

pub mod addrtype;
pub mod comment;
pub mod connbytes;
pub mod conntrack;
pub mod ct;
pub mod icmp;
pub mod iprange;
pub mod length;
pub mod limit;
pub mod log;
pub mod mac;
pub mod mark;
pub mod multiport;
pub mod nat;
pub mod netmap;
pub mod owner;
pub mod physdev;
pub mod pkttype;
pub mod quota;
pub mod recent;
pub mod reject;
pub mod set;
pub mod simple;
pub mod state;
pub mod statistic;
pub mod tcp;
pub mod tos;
pub mod ttl;
pub mod udp;

/// An extension that is not modelled: kept as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptExt {
    /// Its name, as given to `-m` or `-j`.
    pub name: Box<str>,
    /// Its options and their arguments, exclamation marks included, word by
    /// word and without quotes.
    pub args: Vec<String>,
    /// Whether the name is one that iptables has; a foreign one may belong to a
    /// module of that host's own.
    pub known: bool,
}

impl KeptExt {
    /// Prints the arguments, each with a blank in front.
    pub fn push_args(&self, out: &mut String) {
        for arg in &self.args {
            let option = arg
                .strip_prefix("--")
                .is_some_and(|rest| !rest.contains(['"', ' ']));
            if arg == "!" || option {
                out.push(' ');
                out.push_str(arg);
            } else {
                crate::text::push_kept(out, arg);
            }
        }
    }
}
