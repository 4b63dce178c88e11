//! The list of ebtables' extensions.

use super::{EbVerdict, arp, ip, link, stp, targets, watchers};
use crate::addr::Family;
use crate::xt::Read;
use crate::xt::registry::{BOTH, registry};
use crate::xt::{Arg, Env, Ext, KeptExt, Listed, Opt, Place};

registry! {
    /// One match or watcher of a rule.
    enum EbMatch, kind EbMatchKind, names match_names {
        /// `--802_3-*`
        Ieee8023(link::Ieee8023) = "802_3" BOTH,
        /// `--among-*`
        Among(link::Among) = "among" BOTH,
        /// `--arp-*`
        Arp(arp::Arp) = "arp" BOTH,
        /// `--ip-*`
        Ip(ip::Ip) = "ip" BOTH,
        /// `--ip6-*`
        Ip6(ip::Ip6) = "ip6" BOTH,
        /// `--limit`
        Limit(link::EbLimit) = "limit" BOTH,
        /// `--log*`, a watcher
        Log(watchers::EbLog) = "log" BOTH,
        /// `--mark`
        Mark(link::EbMark) = "mark_m" BOTH,
        /// `--nflog*`, a watcher
        Nflog(watchers::EbNflog) = "nflog" BOTH,
        /// `--pkttype-type`
        PktType(link::PktType) = "pkttype" BOTH,
        /// `--stp-*`
        Stp(stp::Stp) = "stp" BOTH,
        /// `--vlan-*`
        Vlan(link::Vlan) = "vlan" BOTH,
    }
    plus {
        /// One that is not modelled.
        Kept(Box<KeptExt>),
    }
}

registry! {
    /// What a rule does.
    enum EbTarget, kind EbTargetKind, names target_names {
        /// `-j arpreply`
        ArpReply(targets::ArpReply) = "arpreply" BOTH,
        /// `-j dnat`
        Dnat(targets::Dnat) = "dnat" BOTH,
        /// `-j mark`
        Mark(targets::MarkSet) = "mark" BOTH,
        /// `-j redirect`
        Redirect(targets::Redirect) = "redirect" BOTH,
        /// `-j snat`
        Snat(targets::Snat) = "snat" BOTH,
    }
    plus {
        /// ACCEPT, DROP, CONTINUE or RETURN.
        Verdict(EbVerdict),
        /// To a chain of the user.
        Jump(Box<str>),
        /// One that is not modelled.
        Kept(Box<KeptExt>),
    }
}

/// All matches and watchers, to find the one that an option belongs to.
pub(super) const MATCHES: [EbMatchKind; 12] = [
    EbMatchKind::Ieee8023,
    EbMatchKind::Among,
    EbMatchKind::Arp,
    EbMatchKind::Ip,
    EbMatchKind::Ip6,
    EbMatchKind::Limit,
    EbMatchKind::Log,
    EbMatchKind::Mark,
    EbMatchKind::Nflog,
    EbMatchKind::PktType,
    EbMatchKind::Stp,
    EbMatchKind::Vlan,
];

impl EbMatch {
    /// Whether it only looks on: log and nflog never keep a rule from matching.
    pub fn is_watcher(&self) -> bool {
        matches!(self, EbMatch::Log(_) | EbMatch::Nflog(_))
    }

    /// The name of the extension.
    pub fn name(&self) -> &str {
        match self {
            EbMatch::Kept(ext) => &ext.name,
            other => other.kind().map_or("", EbMatchKind::name),
        }
    }

    /// Prints its options, each with a blank in front.
    pub fn push_save(&self, out: &mut String) {
        match self {
            EbMatch::Kept(ext) => ext.push_args(out),
            other => other.save_ext(Family::V4, out),
        }
    }
}

impl EbTarget {
    /// The name as `-j` gives it.
    pub fn name(&self) -> &str {
        match self {
            EbTarget::Verdict(verdict) => verdict.name(),
            EbTarget::Jump(chain) => chain,
            EbTarget::Kept(ext) => &ext.name,
            other => other.kind().map_or("", EbTargetKind::name),
        }
    }

    /// Prints ` -j NAME OPTIONS`.
    pub fn push_save(&self, out: &mut String) {
        out.push_str(" -j ");
        out.push_str(self.name());
        self.push_options(out);
    }

    /// Prints its options, each with a blank in front.
    pub fn push_options(&self, out: &mut String) {
        match self {
            // The tool prints the blank before options of which it takes none.
            EbTarget::Kept(ext) if &*ext.name == "NFLOG" => out.push(' '),
            EbTarget::Kept(ext) => ext.push_args(out),
            other => other.save_ext(Family::V4, out),
        }
    }
}
