//! Where an extension may stand: tables, chains, protocols.

use packetwalk_rules::Family;
use packetwalk_rules::iptables::builtin_chains;
use packetwalk_rules::xt::hook;

use super::forms::Given;

/// Where a rule may stand.
#[derive(Clone)]
pub struct Home {
    /// Its tables.
    pub tables: Vec<&'static str>,
    /// Hooks, as bits of [`hook`], that its chain may be reached from.
    pub hooks: u8,
    /// What `-p` may be given; empty if the rule needs no protocol.
    pub protos: Vec<&'static str>,
}

const PORTED: &[&str] = &["tcp", "udp", "sctp", "dccp", "udplite", "6", "17"];
const NATTED: &[&str] = &["tcp", "udp", "sctp", "dccp", "6", "17"];
const TCP: &[&str] = &["tcp", "6", "TCP"];
const UDP: &[&str] = &["udp", "17", "0x11"];

const IN_SIDE: u8 = hook::PRE | hook::IN | hook::FWD;
const OUT_SIDE: u8 = hook::FWD | hook::OUT | hook::POST;

impl Home {
    /// Of a rule that has nothing but a verdict.
    pub fn anywhere() -> Self {
        Self {
            tables: vec!["raw", "mangle", "nat", "filter", "security"],
            hooks: hook::ALL,
            protos: Vec::new(),
        }
    }

    /// The chains of a table where a rule of this home may stand.
    pub fn chains(&self, table: &str) -> Vec<&'static str> {
        let fits = |chain: &&&str| hook::of_chain(chain).is_some_and(|bit| self.hooks & bit != 0);
        builtin_chains(table).iter().filter(fits).copied().collect()
    }

    /// Where both may stand; `None` if nowhere.
    pub fn with(&self, other: &Self) -> Option<Self> {
        let protos = match (self.protos.is_empty(), other.protos.is_empty()) {
            (true, _) => other.protos.clone(),
            (_, true) => self.protos.clone(),
            _ => {
                let both = self.protos.iter().filter(|p| other.protos.contains(p));
                let both: Vec<_> = both.copied().collect();
                if both.is_empty() {
                    return None;
                }
                both
            }
        };
        let mut both = Self {
            tables: self.tables.clone(),
            hooks: self.hooks & other.hooks,
            protos,
        };
        both.tables.retain(|table| other.tables.contains(table));
        let with = both.clone();
        both.tables.retain(|table| !with.chains(table).is_empty());
        (!both.tables.is_empty()).then_some(both)
    }
}

/// Where an extension may stand with these options.
pub fn home(extension: &str, given: &[Given], family: Family) -> Home {
    let has = |name: &str| given.iter().any(|option| option.name == name);
    let value = |name: &str| {
        let option = given.iter().find(|option| option.name == name);
        option
            .and_then(|option| option.value.first())
            .map_or("", |v| v)
    };
    let mut home = Home::anywhere();
    let (tables, hooks, protos): (&[&'static str], u8, &[&'static str]) = match extension {
        "DNAT" | "REDIRECT" => (&["nat"], hook::PRE | hook::OUT, NATTED),
        "SNAT" => (&["nat"], hook::POST | hook::IN, NATTED),
        "MASQUERADE" => (&["nat"], hook::POST, NATTED),
        "NETMAP" => (&["nat"], hook::ALL, &[]),
        "DROP" => (&["raw", "mangle", "filter", "security"], hook::ALL, &[]),
        "REJECT" => (&["filter"], hook::IN | hook::FWD | hook::OUT, TCP),
        "CT" if has("helper") => (&["raw"], hook::ALL, &["tcp", "udp", "6"]),
        "CT" | "NOTRACK" | "TRACE" => (&["raw"], hook::ALL, &[]),
        "TPROXY" => (&["mangle"], hook::PRE, &["tcp", "udp"]),
        "TTL" | "HL" | "TOS" | "DSCP" | "CHECKSUM" => (&["mangle"], hook::ALL, &[]),
        "DNPT" => (&["mangle"], hook::PRE | hook::OUT, &[]),
        "SNPT" => (&["mangle"], hook::IN | hook::POST, &[]),
        "ECN" | "TCPOPTSTRIP" => (&["mangle"], hook::ALL, TCP),
        "TCPMSS" if has("set-mss") => (&["mangle", "filter"], hook::ALL, TCP),
        "TCPMSS" => (&["mangle", "filter"], OUT_SIDE, TCP),
        "CLASSIFY" => (&["mangle"], OUT_SIDE, &[]),
        "SYNPROXY" => (&["filter"], hook::IN | hook::FWD, TCP),
        "CONNSECMARK" => (&["mangle", "security"], hook::ALL, &[]),
        "SET" if has("map-prio") || has("map-queue") => (&["mangle"], OUT_SIDE, &[]),
        "SET" if has("map-set") => (&["mangle"], hook::ALL, &[]),
        "owner" => (&[], hook::OUT | hook::POST, &[]),
        "cgroup" => (&[], hook::IN | hook::OUT | hook::POST, &[]),
        "rpfilter" => (&["raw", "mangle"], hook::PRE, &[]),
        "socket" => (&[], hook::PRE | hook::IN, &[]),
        "realm" => (&[], hook::ALL & !hook::PRE, &[]),
        "mac" | "eui64" => (&[], IN_SIDE, &[]),
        "osf" => (&[], IN_SIDE, TCP),
        "addrtype" if has("limit-iface-in") => (&[], IN_SIDE, &[]),
        "addrtype" if has("limit-iface-out") => (&[], OUT_SIDE, &[]),
        "devgroup" if has("src-group") && has("dst-group") => (&[], hook::FWD, &[]),
        "devgroup" if has("src-group") => (&[], IN_SIDE, &[]),
        "devgroup" => (&[], OUT_SIDE, &[]),
        "policy" if value("dir") == "in" => (&[], IN_SIDE, &[]),
        "policy" => (&[], OUT_SIDE, &[]),
        "physdev" if has("physdev-out") || has("physdev-is-out") => {
            (&[], hook::ALL & !hook::OUT, &[])
        }
        "tcp" | "tcpmss" | "ecn" => (&[], hook::ALL, TCP),
        "udp" => (&[], hook::ALL, UDP),
        "sctp" => (&[], hook::ALL, &["sctp", "132"]),
        "dccp" => (&[], hook::ALL, &["dccp", "33"]),
        "ah" if family == Family::V4 => (&[], hook::ALL, &["ah", "51"]),
        "esp" => (&[], hook::ALL, &["esp", "50"]),
        "ipcomp" => (&[], hook::ALL, &["ipcomp", "108"]),
        "icmp" => (&[], hook::ALL, &["icmp", "1", "ICMP"]),
        "icmp6" => (&[], hook::ALL, &["ipv6-icmp", "icmpv6", "58"]),
        "mh" => (&[], hook::ALL, &["mh", "ipv6-mh", "135"]),
        "multiport" => (&[], hook::ALL, PORTED),
        _ => (&[], hook::ALL, &[]),
    };
    if !tables.is_empty() {
        home.tables = tables.to_vec();
    }
    home.hooks = hooks;
    home.protos = protos.to_vec();
    home
}
