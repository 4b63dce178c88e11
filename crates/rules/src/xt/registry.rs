//! The list of all extensions, and [`Match`] and [`Target`] made of it.

use super::opt::{Arg, Env, Ext, Listed, Opt, Place, Read};
use super::*;
use crate::addr::Family;

/// Families that an extension exists for.
pub(crate) const BOTH: &[Family] = &[Family::V4, Family::V6];
const V4: &[Family] = &[Family::V4];
const V6: &[Family] = &[Family::V6];
const ARP: &[Family] = &[Family::Arp];
const ALL: &[Family] = &[Family::V4, Family::V6, Family::Arp];

macro_rules! registry {
    (
        $(#[$meta:meta])*
        enum $enum:ident, kind $kind:ident, names $names:ident {
            $( $(#[$vmeta:meta])* $variant:ident($ty:ty) = $name:literal $families:ident $([$($alias:literal)*])? ),* $(,)?
        }
        plus { $( $(#[$pmeta:meta])* $plain:ident $(($pty:ty))? ),* $(,)? }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub enum $enum {
            $( $(#[$pmeta])* $plain $(($pty))?, )*
            $( $(#[$vmeta])* $variant(Box<$ty>), )*
        }

        /// Which extension, before it has any options.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "named as the extensions are")]
        pub enum $kind { $( $variant, )* }

        impl $kind {
            /// Finds an extension by the name that `-m` or `-j` gives it.
            pub fn find(name: &str, family: Family) -> Option<Self> {
                match name {
                    $( $name $($( | $alias )*)? if $families.contains(&family) => Some(Self::$variant), )*
                    _ => None,
                }
            }

            /// The name that is printed.
            pub fn name(self) -> &'static str {
                match self { $( Self::$variant => $name, )* }
            }

            /// The options it has.
            pub fn options(self, family: Family) -> &'static [Opt] {
                match self { $( Self::$variant => <$ty as Ext>::options(family), )* }
            }

            /// What it is before any option was given.
            pub fn make(self, family: Family) -> $enum {
                match self { $( Self::$variant => $enum::$variant(Box::new(<$ty as Ext>::new(family))), )* }
            }
        }

        impl $enum {
            #[allow(dead_code, reason = "ebtables has no such list")]
            pub(crate) fn list_ext_named(&self, rule: Listed, out: &mut String) {
                match self {
                    $( Self::$variant(ext) => ext.list_named(rule, out), )*
                    _ => {}
                }
            }

            /// The extension behind it, if it is one that is modelled.
            pub fn kind(&self) -> Option<$kind> {
                match self {
                    $( Self::$variant(_) => Some($kind::$variant), )*
                    _ => None,
                }
            }

            pub(crate) fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
                match self {
                    $( Self::$variant(ext) => ext.set(arg), )*
                    _ => Ok(()),
                }
            }

            pub(crate) fn check(&mut self, env: &Env<'_>) -> Read<()> {
                match self {
                    $( Self::$variant(ext) => ext.check(env), )*
                    _ => Ok(()),
                }
            }

            #[allow(dead_code, reason = "where what ebtables has stands, `ebt::place` says")]
            pub(crate) fn place(&self, family: Family) -> Place {
                match self {
                    $( Self::$variant(ext) => ext.place(family), )*
                    _ => Place::ANY,
                }
            }

            pub(crate) fn save_ext(&self, family: Family, out: &mut String) {
                match self {
                    $( Self::$variant(ext) => ext.save(family, out), )*
                    _ => {}
                }
            }

            #[allow(dead_code, reason = "ebtables lists rules as it saves them")]
            pub(crate) fn list_ext(&self, family: Family, out: &mut String) {
                match self {
                    $( Self::$variant(ext) => ext.list(family, out), )*
                    _ => {}
                }
            }
        }

        /// The names of all of them.
        #[allow(dead_code, reason = "of ebtables' targets, nobody asks")]
        pub fn $names(family: Family) -> impl Iterator<Item = &'static str> {
            [$( ($name, $families), )*].into_iter()
                .filter(move |(_, f)| f.contains(&family)).map(|(n, _)| n)
        }
    };
}

pub(crate) use registry;

registry! {
    /// One match of a rule.
    enum Match, kind MatchKind, names match_names {
        /// `-m addrtype`
        Addrtype(addrtype::Addrtype) = "addrtype" BOTH,
        /// `-m comment`
        Comment(comment::Comment) = "comment" BOTH,
        /// `-m connbytes`
        Connbytes(connbytes::Connbytes) = "connbytes" BOTH,
        /// `-m connmark`
        Connmark(mark::ConnmarkMatch) = "connmark" BOTH,
        /// `-m conntrack`
        Conntrack(conntrack::Conntrack) = "conntrack" BOTH,
        /// `-m icmp`
        Icmp(icmp::Icmp) = "icmp" V4,
        /// `-m icmp6`
        Icmp6(icmp::Icmp6) = "icmp6" V6 ["icmpv6" "ipv6-icmp"],
        /// `-m limit`
        Limit(limit::Limit) = "limit" BOTH,
        /// `-m dscp`
        Dscp(tos::Dscp) = "dscp" BOTH,
        /// `-m iprange`
        Iprange(iprange::Iprange) = "iprange" BOTH,
        /// `-m length`
        Length(length::Length) = "length" BOTH,
        /// `-m mac`
        Mac(mac::Mac) = "mac" BOTH,
        /// `-m multiport`
        Multiport(multiport::Multiport) = "multiport" BOTH,
        /// `-m owner`
        Owner(owner::Owner) = "owner" BOTH,
        /// `-m pkttype`
        PktType(pkttype::PktType) = "pkttype" BOTH,
        /// `-m quota`
        Quota(quota::Quota) = "quota" BOTH,
        /// `-m recent`
        Recent(recent::Recent) = "recent" BOTH,
        /// `-m statistic`
        Statistic(statistic::Statistic) = "statistic" BOTH,
        /// `-m tos`
        Tos(tos::Tos) = "tos" BOTH,
        /// `-m ttl`
        Ttl(ttl::Ttl) = "ttl" V4,
        /// `-m mark`
        Mark(mark::MarkMatch) = "mark" BOTH,
        /// `-m physdev`
        Physdev(physdev::Physdev) = "physdev" BOTH,
        /// `-m set`
        Set(set::SetMatch) = "set" BOTH,
        /// `-m state`
        State(state::State) = "state" BOTH,
        /// `-m tcp`
        Tcp(tcp::Tcp) = "tcp" BOTH,
        /// `-m udp`
        Udp(udp::Udp) = "udp" BOTH,
        /// `-m ah`
        Ah(spi::Ah) = "ah" BOTH,
        /// `-m bpf`
        Bpf(bpf::Bpf) = "bpf" BOTH,
        /// `-m cgroup`
        Cgroup(cgroup::Cgroup) = "cgroup" BOTH,
        /// `-m cluster`
        Cluster(cluster::Cluster) = "cluster" BOTH,
        /// `-m connlabel`
        Connlabel(connlabel::Connlabel) = "connlabel" BOTH,
        /// `-m connlimit`
        Connlimit(connlimit::Connlimit) = "connlimit" BOTH,
        /// `-m cpu`
        Cpu(cpu::Cpu) = "cpu" BOTH,
        /// `-m dccp`
        Dccp(dccp::Dccp) = "dccp" BOTH,
        /// `-m devgroup`
        Devgroup(group::Devgroup) = "devgroup" BOTH,
        /// `-m dst`
        Dst(header6::Dst) = "dst" V6,
        /// `-m ecn`
        Ecn(ecn::Ecn) = "ecn" BOTH,
        /// `-m esp`
        Esp(spi::Esp) = "esp" BOTH,
        /// `-m eui64`
        Eui64(header6::Eui64) = "eui64" V6,
        /// `-m frag`
        Frag(header6::Frag) = "frag" V6,
        /// `-m hashlimit`
        Hashlimit(hashlimit::Hashlimit) = "hashlimit" BOTH,
        /// `-m hbh`
        Hbh(header6::Hbh) = "hbh" V6,
        /// `-m helper`
        Helper(helper::Helper) = "helper" BOTH,
        /// `-m hl`
        Hl(ttl::Hl) = "hl" V6,
        /// `-m ipcomp`
        Ipcomp(spi::Ipcomp) = "ipcomp" BOTH,
        /// `-m ipv6header`
        Ipv6header(header6::Ipv6header) = "ipv6header" V6,
        /// `-m mh`
        Mh(header6::Mh) = "mh" V6,
        /// `-m nfacct`
        Nfacct(nfacct::Nfacct) = "nfacct" BOTH,
        /// `-m osf`
        Osf(osf::Osf) = "osf" V4,
        /// `-m policy`
        Policy(policy::Policy) = "policy" BOTH,
        /// `-m realm`
        Realm(group::Realm) = "realm" V4,
        /// `-m rpfilter`
        Rpfilter(rpfilter::Rpfilter) = "rpfilter" BOTH,
        /// `-m rt`
        Rt(header6::Rt) = "rt" V6,
        /// `-m sctp`
        Sctp(sctp::Sctp) = "sctp" BOTH,
        /// `-m socket`
        Socket(socket::Socket) = "socket" BOTH,
        /// `-m string`
        String(string::StringMatch) = "string" BOTH,
        /// `-m tcpmss`
        Tcpmss(tcpmss::Tcpmss) = "tcpmss" BOTH,
        /// `-m time`
        Time(time::Time) = "time" BOTH,
        /// `-m u32`
        U32(u32::U32) = "u32" BOTH,
    }
    plus {
        /// One that is not modelled.
        Kept(Box<KeptExt>),
    }
}

registry! {
    /// What a rule does.
    enum Target, kind TargetKind, names target_names {
        /// `-j CONNMARK`
        Connmark(mark::ConnmarkTarget) = "CONNMARK" BOTH,
        /// `-j CT`
        Ct(ct::Ct) = "CT" BOTH,
        /// `-j DSCP`
        Dscp(tos::DscpTarget) = "DSCP" BOTH,
        /// `-j NETMAP`
        Netmap(netmap::Netmap) = "NETMAP" BOTH,
        /// `-j NOTRACK`
        Notrack(ct::Notrack) = "NOTRACK" BOTH,
        /// `-j TOS`
        Tos(tos::TosTarget) = "TOS" BOTH,
        /// `-j TTL`
        Ttl(ttl::TtlTarget) = "TTL" V4,
        /// `-j DNAT`
        Dnat(nat::Dnat) = "DNAT" BOTH,
        /// `-j LOG`
        Log(log::Log) = "LOG" BOTH,
        /// `-j MARK`
        Mark(mark::MarkTarget) = "MARK" ALL,
        /// `-j MASQUERADE`
        Masquerade(nat::Masquerade) = "MASQUERADE" BOTH,
        /// `-j REDIRECT`
        Redirect(nat::Redirect) = "REDIRECT" BOTH,
        /// `-j REJECT`
        Reject(reject::Reject) = "REJECT" BOTH,
        /// `-j SET`
        Set(set::SetTarget) = "SET" BOTH,
        /// `-j SNAT`
        Snat(nat::Snat) = "SNAT" BOTH,
        /// `-j TRACE`
        Trace(simple::Trace) = "TRACE" ALL,
        /// `-j AUDIT`
        Audit(simple::Audit) = "AUDIT" BOTH,
        /// `-j CHECKSUM`
        Checksum(simple::Checksum) = "CHECKSUM" BOTH,
        /// `-j CLASSIFY`
        Classify(classify::Classify) = "CLASSIFY" ALL,
        /// `-j CONNSECMARK`
        Connsecmark(simple::Connsecmark) = "CONNSECMARK" BOTH,
        /// `-j mangle` of arptables
        Mangle(mangle::Mangle) = "mangle" ARP,
        /// `-j DNPT`
        Dnpt(npt::Dnpt) = "DNPT" V6,
        /// `-j ECN`
        Ecn(ecn::EcnTarget) = "ECN" V4,
        /// `-j HL`
        Hl(ttl::HlTarget) = "HL" V6,
        /// `-j IDLETIMER`
        Idletimer(watch::Idletimer) = "IDLETIMER" BOTH,
        /// `-j NFLOG`
        Nflog(nflog::Nflog) = "NFLOG" BOTH,
        /// `-j NFQUEUE`
        Nfqueue(nflog::Nfqueue) = "NFQUEUE" BOTH,
        /// `-j RATEEST`
        Rateest(watch::Rateest) = "RATEEST" BOTH,
        /// `-j SNPT`
        Snpt(npt::Snpt) = "SNPT" V6,
        /// `-j SYNPROXY`
        Synproxy(synproxy::Synproxy) = "SYNPROXY" BOTH,
        /// `-j TCPMSS`
        Tcpmss(tcpmss::TcpmssTarget) = "TCPMSS" BOTH,
        /// `-j TCPOPTSTRIP`
        Tcpoptstrip(tcpmss::Tcpoptstrip) = "TCPOPTSTRIP" BOTH,
        /// `-j TEE`
        Tee(tee::Tee) = "TEE" BOTH,
        /// `-j TPROXY`
        Tproxy(tee::Tproxy) = "TPROXY" BOTH,
    }
    plus {
        /// No `-j`: the rule only counts, and the walk goes on.
        None,
        /// `-j ACCEPT`
        Accept,
        /// `-j DROP`
        Drop,
        /// `-j RETURN`
        Return,
        /// `-j QUEUE`: to queue 0 of a program in user space.
        Queue,
        /// `-j CHAIN` or `-g CHAIN`: to a chain of the user.
        Jump(Jump),
        /// One that is not modelled.
        Kept(Box<KeptExt>),
    }
}

/// To a chain of the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jump {
    /// The chain's name.
    pub chain: Box<str>,
    /// `-g`: its end returns to where the chain with this rule was called from.
    pub goto: bool,
}

impl Match {
    /// The name as `-m` gives it.
    pub fn name(&self) -> &str {
        match self {
            Match::Kept(ext) => &ext.name,
            other => other.kind().map_or("", MatchKind::name),
        }
    }

    /// Prints ` -m NAME OPTIONS`.
    pub fn push_save(&self, family: Family, out: &mut String) {
        out.push_str(" -m ");
        out.push_str(self.name());
        match self {
            Match::Kept(ext) => ext.push_args(out),
            other => other.save_ext(family, out),
        }
    }

    /// Prints what `iptables -nL` shows of it, with a blank in front.
    pub fn push_list(&self, family: Family, out: &mut String) {
        match self {
            Match::Kept(ext) => {
                out.push(' ');
                out.push_str(&ext.name);
                ext.push_args(out);
            }
            other => other.list_ext(family, out),
        }
    }

    /// Prints what `iptables -L` shows of it without `-n`, with a blank in front.
    pub fn push_list_named(&self, rule: Listed, out: &mut String) {
        match self {
            Match::Kept(_) => self.push_list(rule.family, out),
            other => other.list_ext_named(rule, out),
        }
    }
}

impl Target {
    /// The name as `-j` gives it; empty if there is none.
    pub fn name(&self) -> &str {
        match self {
            Target::None => "",
            Target::Accept => "ACCEPT",
            Target::Drop => "DROP",
            Target::Return => "RETURN",
            Target::Queue => "QUEUE",
            Target::Jump(jump) => &jump.chain,
            Target::Kept(ext) => &ext.name,
            other => other.kind().map_or("", TargetKind::name),
        }
    }

    /// The name that the kernel knows it by, which listings show.
    pub fn kernel_name(&self) -> &str {
        match self {
            Target::Notrack(_) => "CT",
            other => other.name(),
        }
    }

    /// Prints ` -j NAME OPTIONS`; nothing if there is none.
    pub fn push_save(&self, family: Family, out: &mut String) {
        let goto = match self {
            Target::None => return,
            Target::Jump(jump) => jump.goto,
            _ => false,
        };
        out.push_str(if goto { " -g " } else { " -j " });
        out.push_str(self.name());
        self.push_options(family, out);
    }

    /// Prints its options as they are saved, each with a blank in front.
    pub fn push_options(&self, family: Family, out: &mut String) {
        match self {
            Target::Kept(ext) => ext.push_args(out),
            other => other.save_ext(family, out),
        }
    }

    /// Prints what `iptables -nL` shows behind the addresses.
    pub fn push_list(&self, family: Family, out: &mut String) {
        match self {
            Target::Kept(ext) => ext.push_args(out),
            other => other.list_ext(family, out),
        }
    }

    /// Prints what `iptables -L` shows without `-n` behind the addresses.
    pub fn push_list_named(&self, rule: Listed, out: &mut String) {
        match self {
            Target::Kept(_) => self.push_list(rule.family, out),
            other => other.list_ext_named(rule, out),
        }
    }
}
