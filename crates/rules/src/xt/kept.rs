//! Extensions that are not modelled: their names, and what is kept of them.

use super::registry::BOTH;
use super::{MatchKind, TargetKind};
use crate::addr::Family;
use crate::text;

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
                text::push_kept(out, arg);
            }
        }
    }
}

const V4: &[Family] = &[Family::V4];
const V6: &[Family] = &[Family::V6];
const ARP: &[Family] = &[Family::Arp];

/// Matches of iptables 1.8.9 without a type of their own here.
const MATCHES: &[(&str, &[Family])] = &[("ipvs", BOTH), ("rateest", BOTH), ("srh", V6)];

/// Targets of iptables 1.8.9 without a type of their own here.
const TARGETS: &[(&str, &[Family])] = &[
    ("CLUSTERIP", V4),
    ("HMARK", BOTH),
    ("LED", BOTH),
    ("SECMARK", BOTH),
    ("ULOG", V4),
    // Those of any family, which kernels may take for arptables.
    ("AUDIT", ARP),
    ("CHECKSUM", ARP),
    ("CONNMARK", ARP),
    ("CONNSECMARK", ARP),
    ("CT", ARP),
    ("IDLETIMER", ARP),
    ("LED", ARP),
    ("LOG", ARP),
    ("NFLOG", ARP),
    ("NFQUEUE", ARP),
    ("NOTRACK", ARP),
    ("RATEEST", ARP),
    ("SECMARK", ARP),
    ("SET", ARP),
    ("SYNPROXY", ARP),
    ("TCPOPTSTRIP", ARP),
    ("TOS", ARP),
];

/// Matches of modules outside of the kernel, and of other releases: a host that
/// shows them has them.
const FOREIGN_MATCHES: &[&str] = &[
    "account",
    "condition",
    "dhcpmac",
    "fuzzy",
    "geoip",
    "gradm",
    "iface",
    "ipp2p",
    "ipv4options",
    "layer7",
    "length2",
    "lscan",
    "ndpi",
    "pknock",
    "psd",
    "quota2",
    "tls",
    "udplite",
    "unclean",
];

/// Targets of modules outside of the kernel, and of other releases.
const FOREIGN_TARGETS: &[&str] = &[
    "MIRROR",
    "ACCOUNT",
    "CHAOS",
    "DELUDE",
    "DHCPMAC",
    "DNETMAP",
    "ECHO",
    "FLOWOFFLOAD",
    "FULLCONENAT",
    "IPMARK",
    "LOGMARK",
    "NDPI",
    "PROTO",
    "RTPENGINE",
    "SYSRQ",
    "TARPIT",
];

/// Why an extension is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kept {
    /// iptables has it; it is not modelled here.
    Own,
    /// It belongs to a module outside of the kernel, or to another release.
    Foreign,
}

/// Whether a match of that name is one that is kept.
pub fn kept_match(name: &str, family: Family) -> Option<Kept> {
    kept(name, family, MATCHES, FOREIGN_MATCHES)
}

/// Whether a target of that name is one that is kept.
pub fn kept_target(name: &str, family: Family) -> Option<Kept> {
    kept(name, family, TARGETS, FOREIGN_TARGETS)
}

fn kept(name: &str, family: Family, own: &[(&str, &[Family])], foreign: &[&str]) -> Option<Kept> {
    let own = own
        .iter()
        .any(|(n, families)| *n == name && families.contains(&family));
    if own {
        return Some(Kept::Own);
    }
    foreign.contains(&name).then_some(Kept::Foreign)
}

/// The matches of iptables that are kept.
pub fn kept_match_names(family: Family) -> impl Iterator<Item = &'static str> {
    names(MATCHES, family).filter(move |name| MatchKind::find(name, family).is_none())
}

/// The targets of iptables that are kept.
pub fn kept_target_names(family: Family) -> impl Iterator<Item = &'static str> {
    names(TARGETS, family).filter(move |name| TargetKind::find(name, family).is_none())
}

fn names(
    list: &'static [(&'static str, &'static [Family])],
    family: Family,
) -> impl Iterator<Item = &'static str> {
    list.iter()
        .filter(move |(_, families)| families.contains(&family))
        .map(|(name, _)| *name)
}
