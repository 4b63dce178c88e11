//! Netfilter in a step: hooks, tables, rules, and lines for the log.

use serde::Serialize;

use super::Name;

/// Which family's hooks (`NFPROTO_*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// `NFPROTO_IPV4`: iptables.
    Ipv4,
    /// `NFPROTO_IPV6`: ip6tables.
    Ipv6,
    /// `NFPROTO_BRIDGE`: ebtables.
    Bridge,
    /// `NFPROTO_ARP`: arptables.
    Arp,
}

/// A place where the stack asks netfilter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Hook {
    /// ebtables' broute table, before the bridge decides.
    Brouting,
    /// Received, not yet routed.
    Prerouting,
    /// On the way to a local socket (or up from the bridge).
    Input,
    /// Passing through.
    Forward,
    /// Made here.
    Output,
    /// About to leave.
    Postrouting,
}

impl Hook {
    /// The name of the chain at this hook.
    pub fn name(self) -> &'static str {
        match self {
            Self::Brouting => "BROUTING",
            Self::Prerouting => "PREROUTING",
            Self::Input => "INPUT",
            Self::Forward => "FORWARD",
            Self::Output => "OUTPUT",
            Self::Postrouting => "POSTROUTING",
        }
    }
}

/// What netfilter decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Goes on.
    Accept,
    /// Ends here.
    Drop,
    /// Somebody took it over (a REJECT's original, a broute, a queue).
    Stolen,
}

/// Where netfilter is asked, and with what (`struct nf_hook_state`).
#[derive(Clone, Debug, Serialize)]
pub struct HookPoint {
    /// Family.
    pub family: Family,
    /// Hook.
    pub hook: Hook,
    /// Input device.
    pub input: Option<Name>,
    /// Output device.
    pub output: Option<Name>,
    /// Bridge port that the frame came in by.
    pub physin: Option<Name>,
    /// Bridge port that it will leave by.
    pub physout: Option<Name>,
}

/// Why a table was not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TableSkip {
    /// nat: the connection's translation was settled by an earlier packet.
    NatSettled,
    /// nat: the packet belongs to no tracked connection.
    NatUntracked,
    /// nat: the packet is a reply or an error; it follows its connection.
    NatReply,
    /// The packet came down from the bridge and has been here already.
    Sabotage,
}

/// Where a rule stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct RuleRef {
    /// Table.
    pub table: Name,
    /// Chain.
    pub chain: Name,
    /// Number in its chain, from 1, as `--line-numbers` prints it.
    pub number: u32,
}

/// The first condition of a rule that did not hold, with both values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhyNot {
    /// The option as iptables spells it: `-s`, `--dport`, `--ctstate`.
    pub option: Name,
    /// Was it negated with `!`?
    pub inverted: bool,
    /// What the rule wants, as iptables prints it.
    pub wants: String,
    /// What the packet has.
    pub has: Has,
}

/// What a packet had where a rule wanted something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", content = "value", rename_all = "kebab-case")]
pub enum Has {
    /// A value, in the option's own notation.
    Value(String),
    /// Nothing there: no such device at this hook.
    Nothing,
    /// The packet is of another protocol.
    OtherProtocol(String),
    /// A later fragment: no transport header.
    Fragment,
    /// Too short to tell.
    Truncated,
    /// No connection: untracked or invalid.
    NoConnection,
    /// No socket at this hook.
    NoSocket,
    /// The frame came by no bridge port.
    NoBridge,
    /// A limit is used up; the value says how much there was.
    Exhausted(String),
}

/// A line for the kernel's log, before it is text.
#[derive(Clone, Debug, Serialize)]
pub struct LogRecord {
    /// Where netfilter stood.
    pub at: Option<HookPoint>,
    /// What kind of line.
    pub format: LogFormat,
    /// Syslog level, 0 (emergency) to 7 (debug).
    pub level: u8,
}

/// Kinds of log lines.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "line", rename_all = "kebab-case")]
pub enum LogFormat {
    /// `TRACE: table:chain:comment:rulenum`.
    Trace {
        /// Table.
        table: Name,
        /// Chain.
        chain: Name,
        /// `rule`, `return` or `policy`.
        comment: Name,
        /// Number of the rule.
        rulenum: u32,
    },
    /// `-j LOG`.
    Log {
        /// `--log-prefix`.
        prefix: Name,
        /// `NF_LOG_*` bits: TCPSEQ 1, TCPOPT 2, IPOPT 4, UID 8, MACDECODE 0x20.
        flags: u8,
    },
    /// ebtables `--log`.
    Ebtables {
        /// `--log-prefix`.
        prefix: Name,
        /// `--log-ip`.
        ip: bool,
        /// `--log-arp`.
        arp: bool,
        /// `--log-ip6`.
        ip6: bool,
    },
    /// `nf_ct_proto_N: ...`, `nf_ct_ftp: ...`: what connection tracking finds
    /// wrong (`nf_conntrack_log_invalid`), or a helper.
    Conntrack {
        /// Who says it, and what is wrong.
        text: String,
    },
    /// A line with fixed text: martians, a bridge's complaint about its own
    /// address.
    Kernel {
        /// The text.
        text: String,
    },
}
