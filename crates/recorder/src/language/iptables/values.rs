//! What the options of each extension may be given, as [patterns](super::pattern).
//!
//! The options themselves are those of the registry; one without a line here is
//! an error, so that an extension cannot be added and left untested.

/// Extension, option, patterns.
type Line = (&'static str, &'static str, &'static [&'static str]);

/// The patterns for one option's value; `None` if there is no line for it.
pub fn patterns(extension: &str, option: &str) -> Option<&'static [&'static str]> {
    let mut lists = MATCHES.iter().chain(TARGETS);
    lists
        .find(|line| line.0 == extension && line.1.split('|').any(|name| name == option))
        .map(|line| line.2)
}

const PORTS: &[&str] = &[
    "<port>",
    "<port>:<port>",
    "<0..30000>:<30000..65535>",
    ":<port>",
    "<port>:",
    ":",
];
const MULTIPORTS: &[&str] = &[
    "<*port|port>",
    "<port>,<port>,<port>",
    "<0..1000>:<1000..65535>",
    "<port>,<1..9>:<10..99>,<port>",
    "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15",
    "1,2,3,4,5,6,7,8,9,10,11,12,13,14:16",
    "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16",
];
const MARK: &[&str] = &[
    "<0..4294967295>",
    "<0..4294967295>/<0..4294967295>",
    "0x1/0x1",
    "0/0",
    "0xffffffff/0xffffffff",
];
const PLAIN_MARK: &[&str] = &["<0..4294967295>", "0x4000", "0"];
const DSCP_CLASS: &[&str] = &["<CS0|CS1|CS7|BE|AF11|AF43|EF|ef|cs3|af21|AF44>"];
const SPI: &[&str] = &[
    "<0..4294967295>",
    "<0..1000>:<1000..4294967295>",
    ":<0..100>",
    "<0..100>:",
    "<5..9>:<0..4>",
];
const RATE: &[&str] = &[
    "<1..10000>/<sec|second|s|min|minute|m|hour|h|day|d>",
    "<1..10000>",
    "<0..100>/S",
    "1/day",
    "<10000..20000>/sec",
    "3/mi",
    "5/houri",
];
const SET: &[&str] = &[
    "s4 <src|dst|SRC>",
    "s4p <src,dst|dst,dst|src,src|dst>",
    "s4 src,dst,src",
    "s4 <one|src,>",
];
const U8: &[&str] = &["<0..255>"];
const NUMBER: &[&str] = &["<0..4294967295>"];

const MATCHES: &[Line] = &[
    (
        "addrtype",
        "src-type|dst-type",
        &[
            "<*UNICAST|LOCAL|BROADCAST|ANYCAST|MULTICAST|BLACKHOLE|UNREACHABLE|PROHIBIT|UNSPEC|local|Unicast>",
            "<THROW|NAT|XRESOLVE>",
            "LOCAL,",
        ],
    ),
    ("ah", "ahspi", SPI),
    ("ah", "ahlen", SPI),
    ("bpf", "bytecode", &["4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"]),
    ("bpf", "object-pinned", &["/sys/fs/bpf/x"]),
    ("cgroup", "cgroup", &["<0..4294967295>"]),
    ("cgroup", "path", &["/"]),
    ("cluster", "cluster-total-nodes", &["<1..32>", "2", "0"]),
    ("cluster", "cluster-local-node", &["<1..32>", "1"]),
    (
        "cluster",
        "cluster-local-nodemask",
        &["<1..4294967295>", "1"],
    ),
    ("cluster", "cluster-hash-seed", NUMBER),
    ("comment", "comment", &["<text>", "<text>", "<name>"]),
    (
        "connbytes",
        "connbytes",
        &[
            "<0..1000>:<1000..18446744073709551615>",
            "<0..99>:",
            "<0..99>",
            ":<0..99>",
            "<50..99>:<0..49>",
        ],
    ),
    (
        "connbytes",
        "connbytes-dir",
        &["<original|reply|both|Both>"],
    ),
    (
        "connbytes",
        "connbytes-mode",
        &["<packets|bytes|avgpkt|Bytes>"],
    ),
    ("connlabel", "label", &["<0..127>", "bit40"]),
    ("connlimit", "connlimit-upto|connlimit-above", NUMBER),
    (
        "connlimit",
        "connlimit-mask",
        &["<0..32>", "<0..128>", "255.255.0.0", "ffff::"],
    ),
    ("connmark", "mark", MARK),
    (
        "conntrack",
        "ctstate",
        &[
            "<*NEW|ESTABLISHED|RELATED|INVALID|UNTRACKED|SNAT|DNAT|new|Related>",
            "NEW,",
            "<NONE|ANY>",
        ],
    ),
    ("conntrack", "ctproto", &["<proto>", "<0..255>"]),
    (
        "conntrack",
        "ctorigsrc|ctorigdst|ctreplsrc|ctrepldst",
        &["<net>", "<ip>", "<ip>,<ip>"],
    ),
    (
        "conntrack",
        "ctorigsrcport|ctorigdstport|ctreplsrcport|ctrepldstport",
        PORTS,
    ),
    (
        "conntrack",
        "ctstatus",
        &["<*NONE|EXPECTED|SEEN_REPLY|ASSURED|CONFIRMED|assured|ANY|all>"],
    ),
    (
        "conntrack",
        "ctexpire",
        &[
            "<0..4294967295>",
            "<0..100>:<100..4294967295>",
            ":<0..100>",
            "<0..100>:",
            "<50..99>:<0..49>",
        ],
    ),
    (
        "conntrack",
        "ctdir",
        &["<ORIGINAL|REPLY|original|reply|orig>"],
    ),
    ("cpu", "cpu", &["<0..64>", "<0..4294967295>"]),
    ("dccp", "source-port|sport|destination-port|dport", PORTS),
    (
        "dccp",
        "dccp-types",
        &[
            "<*REQUEST|RESPONSE|DATA|ACK|DATAACK|CLOSEREQ|CLOSE|RESET|SYNC|SYNCACK|INVALID|request|4>",
        ],
    ),
    ("dccp", "dccp-option", &["<1..255>", "0"]),
    (
        "devgroup",
        "src-group|dst-group",
        &[
            "<0..4294967295>",
            "<0..4294967295>/<0..4294967295>",
            "default",
        ],
    ),
    ("dscp", "dscp", &["<0..63>", "<0..255>"]),
    ("dscp", "dscp-class", DSCP_CLASS),
    ("dst", "dst-len", &["<0..4294967295>", "8"]),
    (
        "dst",
        "dst-opts",
        &[
            "<0..255>:<0..253>",
            "<0..255>",
            "<0..255>:<0..253>,<0..255>",
        ],
    ),
    ("ecn", "ecn-ip-ect", &["<0..3>", "<0..9>"]),
    ("esp", "espspi", SPI),
    ("frag", "fragid", SPI),
    ("frag", "fraglen", &["<0..4294967295>"]),
    ("hbh", "hbh-len", &["<0..4294967295>", "8"]),
    (
        "hbh",
        "hbh-opts",
        &[
            "<0..255>:<0..253>",
            "<0..255>",
            "<0..255>:<0..253>,<0..255>",
        ],
    ),
    (
        "hashlimit",
        "hashlimit|hashlimit-upto",
        &[
            "<1..10000>/<sec|second|s|min|hour|day>",
            "<1..100>",
            "1/day",
            "<1..999>kb/s",
            "<1..99>mb/s",
            "<1..9999>b/s",
            "10b/sec",
            "512k/sec",
            "<1000000..2000000>/sec",
        ],
    ),
    (
        "hashlimit",
        "hashlimit-above",
        &[
            "<1..10000>/<sec|second|s|min|hour|day>",
            "<1..100>",
            "<1..999>kb/s",
            "<1..99>mb/s",
            "<1..9999>b/s",
        ],
    ),
    (
        "hashlimit",
        "hashlimit-burst",
        &["<1..10000>", "<1..99>kb", "<1..9>mb", "0"],
    ),
    (
        "hashlimit",
        "hashlimit-mode",
        &["<*srcip|srcport|dstip|dstport>", "srcip", "bogus"],
    ),
    (
        "hashlimit",
        "hashlimit-name",
        &["<a_|ssh-|x.y|chars____><unique>"],
    ),
    ("hashlimit", "hashlimit-htable-size", &["<1..4096>"]),
    ("hashlimit", "hashlimit-htable-max", &["<1..100000>"]),
    (
        "hashlimit",
        "hashlimit-htable-expire|hashlimit-htable-gcinterval",
        &["<1..100000>", "0"],
    ),
    (
        "hashlimit",
        "hashlimit-srcmask|hashlimit-dstmask",
        &["<0..32>", "<0..128>"],
    ),
    ("hashlimit", "hashlimit-rate-interval", &["<1..60>"]),
    ("helper", "helper", &["<ftp|sip|irc|name>", "ftp-2121", ""]),
    ("hl", "hl-eq|hl-lt|hl-gt", &["<0..255>", "<0..300>"]),
    ("hl", "hl", &["<0..255>"]),
    (
        "icmp",
        "icmp-type",
        &[
            "<0..255>",
            "<0..255>/<0..255>",
            "<any|echo-reply|pong|destination-unreachable|network-unreachable|host-unreachable|port-unreachable|fragmentation-needed|source-route-failed|network-unknown|host-unknown|network-prohibited|host-prohibited|TOS-network-unreachable|TOS-host-unreachable|communication-prohibited|host-precedence-violation|precedence-cutoff|source-quench|redirect|network-redirect|host-redirect|TOS-network-redirect|echo-request|ping|router-advertisement|router-solicitation|time-exceeded|ttl-exceeded|ttl-zero-during-transit|ttl-zero-during-reassembly|parameter-problem|ip-header-bad|required-option-missing|timestamp-request|timestamp-reply|address-mask-request|address-mask-reply>",
            "<ECHO-REQUEST|echo-req|redir|dest|ti|8/|/0|host-un|255/255>",
        ],
    ),
    (
        "icmp6",
        "icmpv6-type",
        &[
            "<0..255>",
            "<0..255>/<0..255>",
            "<destination-unreachable|no-route|communication-prohibited|beyond-scope|address-unreachable|port-unreachable|failed-policy|reject-route|packet-too-big|time-exceeded|ttl-exceeded|ttl-zero-during-transit|ttl-zero-during-reassembly|parameter-problem|bad-header|unknown-header-type|unknown-option|echo-request|ping|echo-reply|pong|mld-listener-query|mld-listener-report|mld-listener-done|mld-listener-reduction|router-solicitation|router-advertisement|neighbour-solicitation|neighbor-solicitation|neighbour-advertisement|neighbor-advertisement|redirect>",
            "<ECHO-REQUEST|echo-req|echo|128/>",
        ],
    ),
    ("ipcomp", "ipcompspi", SPI),
    (
        "iprange",
        "src-range|dst-range",
        &[
            "<ip>-<ip>",
            "10.0.0.1-10.0.0.9",
            "10.0.0.1",
            "2001:db8::1-2001:db8::ff",
            "10.0.0.9-10.0.0.1",
            "10.0.0.1-",
        ],
    ),
    (
        "ipv6header",
        "header",
        &["<*hop|dst|route|frag|auth|esp|none|prot|proto|hop-by-hop|ipv6-opts|0|43>"],
    ),
    (
        "length",
        "length",
        &[
            "<0..65535>",
            "<0..100>:<100..65535>",
            ":<0..65535>",
            "<0..65535>:",
            "<50..99>:<0..49>",
        ],
    ),
    ("limit", "limit", RATE),
    ("limit", "limit-burst", &["<0..10000>", "<1..20>"]),
    (
        "mac",
        "mac-source",
        &["<mac>", "00:11:22:33:44", "00-11-22-33-44-55"],
    ),
    ("mark", "mark", MARK),
    (
        "mh",
        "mh-type",
        &[
            "<0..255>",
            "<0..9>:<9..255>",
            "<brr|binding-refresh-request|hoti|home-test-init|bu|binding-update|be|binding-error>",
        ],
    ),
    (
        "multiport",
        "source-ports|sports|destination-ports|dports|ports",
        MULTIPORTS,
    ),
    ("nfacct", "nfacct-name", &["<acct1|nothing>"]),
    ("osf", "genre", &["<Linux|Windows|unknown>"]),
    ("osf", "ttl|log", &["<0..2>"]),
    (
        "owner",
        "uid-owner",
        &[
            "<0..4294967294>",
            "<0..10>-<10..4294967294>",
            "root",
            "<root|daemon|nobody|www-data>",
            "nosuchuser",
            "5-2",
        ],
    ),
    (
        "owner",
        "gid-owner",
        &[
            "<0..4294967294>",
            "<0..10>-<10..4294967294>",
            "root",
            "<root|daemon|nogroup>",
            "nosuchgroup",
        ],
    ),
    (
        "physdev",
        "physdev-in|physdev-out",
        &["<iface>", "abcdefghijklmnop", ""],
    ),
    (
        "pkttype",
        "pkt-type",
        &["<unicast|broadcast|multicast|Unicast|host|bcast|mcast>"],
    ),
    ("policy", "dir", &["<in|out|fwd>"]),
    ("policy", "pol", &["<none|ipsec>"]),
    ("policy", "reqid|spi", NUMBER),
    ("policy", "tunnel-src|tunnel-dst", &["<net>", "<ip>"]),
    ("policy", "proto", &["<esp|ah|ipcomp|tcp|50>"]),
    ("policy", "mode", &["<tunnel|transport>"]),
    ("quota", "quota", &["<0..18446744073709551615>"]),
    ("rateest", "rateest|rateest1|rateest2", &["RE1"]),
    (
        "rateest",
        "rateest-bps|rateest-bps1|rateest-bps2",
        &["<1..99>kbit"],
    ),
    (
        "rateest",
        "rateest-pps|rateest-pps1|rateest-pps2",
        &["<1..999>"],
    ),
    (
        "realm",
        "realm",
        &["<0..4294967295>", "<0..255>/<0..4294967295>", "cosmos"],
    ),
    ("recent", "name", &["<a|b|DEFAULT|ssh-brute|list_1>"]),
    (
        "recent",
        "seconds|hitcount|reap",
        &["<1..255>", "<0..4294967295>"],
    ),
    (
        "recent",
        "mask",
        &["255.255.255.0", "255.255.255.255", "ffff:ffff::", "<0..32>"],
    ),
    ("rt", "rt-type|rt-segsleft", SPI),
    ("rt", "rt-len", NUMBER),
    ("rt", "rt-0-addrs", &["<ip>", "<ip>,<ip>"]),
    ("sctp", "source-port|sport|destination-port|dport", PORTS),
    (
        "sctp",
        "chunk-types",
        &[
            "<all|any|only> <*DATA|INIT|INIT_ACK|SACK|HEARTBEAT|HEARTBEAT_ACK|ABORT|SHUTDOWN|SHUTDOWN_ACK|ERROR|COOKIE_ECHO|COOKIE_ACK|ECN_ECNE|ECN_CWR|SHUTDOWN_COMPLETE|ASCONF|ASCONF_ACK|FORWARD_TSN|I_DATA|RE_CONFIG|PAD|data>",
            "<all|any|only> <ALL|NONE|all>",
            "<all|any|only> <DATA:Be|DATA:ube|ABORT:T|SHUTDOWN_COMPLETE:t|DATA:IUBE>",
            "any",
        ],
    ),
    ("set", "match-set|set", SET),
    (
        "set",
        "packets-eq|packets-lt|packets-gt|bytes-eq|bytes-lt|bytes-gt",
        &["<0..18446744073709551615>", "<0..99>"],
    ),
    ("srh", "srh-next-hdr", &["<proto>", "<0..255>"]),
    (
        "srh",
        "srh-hdr-len-eq|srh-hdr-len-gt|srh-hdr-len-lt|srh-segs-left-eq|srh-segs-left-gt|srh-segs-left-lt|srh-last-entry-eq|srh-last-entry-gt|srh-last-entry-lt",
        U8,
    ),
    ("srh", "srh-tag", &["<0..65535>"]),
    ("srh", "srh-psid|srh-nsid|srh-lsid", &["<net>"]),
    (
        "state",
        "state",
        &[
            "<*NEW|ESTABLISHED|RELATED|INVALID|UNTRACKED|new>",
            "NEW,ESTABLISHED,",
        ],
    ),
    ("statistic", "mode", &["<random|nth|nt>", "random", "nth"]),
    (
        "statistic",
        "probability",
        &[
            "0.5",
            "0.<0..9>",
            "1",
            "0",
            "0.33333333349",
            "1.1",
            ".25",
            "5e-1",
            "0.20000000019",
        ],
    ),
    ("statistic", "every", &["<1..65535>", "<0..9>"]),
    ("statistic", "packet", &["<0..9>", "0", "1"]),
    ("string", "from|to", &["<0..65535>", "<0..99>"]),
    ("string", "algo", &["<bm|kmp|BM>"]),
    ("string", "string", &["<text>", "<name>", "GET /index.html"]),
    (
        "string",
        "hex-string",
        &[
            "|0d 0a|",
            "a|62|c",
            "|DEADBEEF|",
            "plain",
            "|0|",
            "ab|20|cd|0a0b|",
            "\\|x",
            "|zz|",
        ],
    ),
    ("tcp", "source-port|sport|destination-port|dport", PORTS),
    (
        "tcp",
        "tcp-flags",
        &[
            "<*SYN|ACK|FIN|RST|URG|PSH|syn> <*SYN|ACK|FIN|RST|URG|PSH>",
            "ALL NONE",
            "<ALL|SYN,RST> <SYN|NONE|ALL>",
            "SYN,RST,ACK,FIN SYN",
            "ALL",
            "SYN,ACK BOGUS",
        ],
    ),
    ("tcp", "tcp-option", &["<1..255>", "0", "256"]),
    (
        "tcpmss",
        "mss",
        &[
            "<0..65535>",
            "<0..500>:<500..65535>",
            ":<9..99>",
            "<50..99>:<0..49>",
            "<9..99>:",
        ],
    ),
    (
        "time",
        "datestart|datestop",
        &[
            "<1970..2038>-<10|11|12>-<10..28>",
            "2024-05-06T07:08:09",
            "2024-05-06T07:08",
            "2024-05",
            "2024",
            "2024-13-01",
            "2024-05-06T",
        ],
    ),
    (
        "time",
        "timestart|timestop",
        &[
            "<10..23>:<10..59>",
            "<10..23>:<10..59>:<10..59>",
            "00:00",
            "23:59:59",
            "24:00",
            "7:5",
            "08:09",
        ],
    ),
    (
        "time",
        "weekdays",
        &["<*Mon|Tue|Wed|Thu|Fri|Sat|Sun|mon|1|7|Su>", "8"],
    ),
    ("time", "monthdays", &["<*1|2|15|28|30|31|9>", "0", "32"]),
    (
        "tos",
        "tos",
        &[
            "<0..255>",
            "<0..255>/<0..255>",
            "<Minimize-Delay|Maximize-Throughput|Maximize-Reliability|Minimize-Cost|Normal-Service|minimize-cost>",
        ],
    ),
    ("ttl", "ttl-eq|ttl|ttl-lt|ttl-gt", &["<0..255>", "<0..300>"]),
    (
        "u32",
        "u32",
        &[
            "0>>22&0x3C@0>>24=0",
            "6&0xFF=1",
            "0=0",
            "4&0x3FFF=0 && 0>>22&0x3C@12>>26@8=0x1:0x5,7",
            "0x0=0x0:0xffffffff",
            "<0..99>=<0..99>,<100..200>:<200..300>",
            "0<<1=2",
            "6&0xFF",
            "6&0xFF=1&&",
            "6 & 0xFF = 1",
        ],
    ),
    ("udp", "source-port|sport|destination-port|dport", PORTS),
];

const TARGETS: &[Line] = &[
    ("AUDIT", "type", &["<accept|drop|reject|ACCEPT>"]),
    (
        "CLASSIFY",
        "set-class",
        &[
            "<0..65535>:<0..65535>",
            "1:ffff",
            "abcd:1",
            "1",
            "10000:1",
            ":1",
            "1:",
        ],
    ),
    ("CONNMARK", "set-mark|set-xmark", MARK),
    (
        "CONNMARK",
        "and-mark|or-mark|xor-mark|mask|nfmask|ctmask",
        PLAIN_MARK,
    ),
    ("CONNMARK", "left-shift-mark|right-shift-mark", &["<0..32>"]),
    (
        "CT",
        "helper",
        &["sip", "sip", "<ftp|tftp|Q.931|snmp_trap|SIP|nosuch>"],
    ),
    ("CT", "timeout", &[]),
    (
        "CT",
        "ctevents",
        &["<*new|related|destroy|reply|assured|protoinfo|helper|mark|NEW>"],
    ),
    ("CT", "expevents", &["new"]),
    ("CT", "zone|zone-orig|zone-reply", &["<0..65535>", "mark"]),
    (
        "DNAT",
        "to-destination",
        &[
            "<ip>",
            "<ip>-<ip>",
            "<ip>:<1..65535>",
            "<ip>:<1..99>-<100..200>",
            ":<1..65535>",
            "10.0.0.1-10.0.0.9:<1..99>",
            "10.0.0.1:<1..99>-<99..999>/<1..99>",
            "[2001:db8::1]:<1..65535>",
            "[2001:db8::1]",
            "[2001:db8::1]-[2001:db8::9]:1-2",
            "2001:db8::1-2001:db8::9",
            "10.0.0.1:http",
            "10.0.0.1:0",
            "10.0.0.9-10.0.0.1",
        ],
    ),
    (
        "DNPT",
        "src-pfx|dst-pfx",
        &["2001:db8:<1|ab|1d20>::/<0..64>"],
    ),
    (
        "SNPT",
        "src-pfx|dst-pfx",
        &["2001:db8:<1|ab|1d20>::/<0..64>"],
    ),
    ("DSCP", "set-dscp", &["<0..63>", "<0..255>"]),
    ("DSCP", "set-dscp-class", DSCP_CLASS),
    ("ECN", "ecn-tcp-cwr|ecn-tcp-ece", &["<0..1>"]),
    ("ECN", "ecn-ip-ect", &["<0..3>"]),
    ("HL", "hl-set|hl-inc|hl-dec", &["<0..255>", "<0..300>"]),
    ("HMARK", "hmark-tuple", &["<*src|dst|sport|dport|spi|ct>"]),
    ("HMARK", "hmark-mod", &["<1..4294967295>"]),
    ("HMARK", "hmark-offset|hmark-rnd", &["<0..4294967295>"]),
    ("HMARK", "hmark-src-prefix|hmark-dst-prefix", &["<0..32>"]),
    (
        "HMARK",
        "hmark-sport-mask|hmark-dport-mask",
        &["0x<10..99>"],
    ),
    ("HMARK", "hmark-sport|hmark-dport", &["0x<10..99>"]),
    ("HMARK", "hmark-spi-mask|hmark-spi", &["0x<10..99>"]),
    ("HMARK", "hmark-proto-mask|hmark-proto", &["0x<10..99>"]),
    // A label cannot be with and without it, in all tables of both families.
    ("IDLETIMER", "alarm", &[]),
    ("IDLETIMER", "timeout", &["<1..10000>", "0"]),
    ("IDLETIMER", "label", &["<a|b|lte>"]),
    ("LED", "led-trigger-id", &["<a|b>"]),
    ("LED", "led-delay", &["<0..1000>", "inf"]),
    (
        "LOG",
        "log-level",
        &[
            "<0..7>",
            "<emerg|alert|crit|error|err|warning|warn|notice|info|debug|panic|DEBUG|8>",
        ],
    ),
    (
        "LOG",
        "log-prefix",
        &[
            "<text>",
            "<name>",
            "a prefix of exactly 29 bytes:",
            "a prefix of exactly 30 bytes:",
        ],
    ),
    ("MARK", "set-mark|set-xmark", MARK),
    ("MARK", "and-mark|or-mark|xor-mark", PLAIN_MARK),
    (
        "MASQUERADE",
        "to-ports",
        &["<1..65535>", "<1..99>-<100..65535>", "0", "90-80", "http"],
    ),
    ("NETMAP", "to", &["<net>", "10.5.0.0/16", "2001:db8:5::/48"]),
    ("NFLOG", "nflog-group", &["<0..65535>"]),
    ("NFLOG", "nflog-prefix", &["<text>", "<name>"]),
    ("NFLOG", "nflog-range|nflog-size", NUMBER),
    ("NFLOG", "nflog-threshold", &["<0..65535>"]),
    ("NFQUEUE", "queue-num", &["<0..65535>"]),
    ("NFQUEUE", "queue-balance", &["<0..99>:<100..65535>", "5:4"]),
    ("RATEEST", "rateest-name", &["<a|b|RE><unique>"]),
    (
        "RATEEST",
        "rateest-interval|rateest-ewmalog",
        &["250ms", "1s", "500ms", "8s", "4s", "2s", "16s", "3000us"],
    ),
    (
        "REDIRECT",
        "to-ports",
        &["<1..65535>", "<1..99>-<100..65535>", "0", "http", "90-80"],
    ),
    (
        "REJECT",
        "reject-with",
        &[
            "<icmp-net-unreachable|icmp-host-unreachable|icmp-port-unreachable|icmp-proto-unreachable|icmp-net-prohibited|icmp-host-prohibited|icmp-admin-prohibited|tcp-reset|net-unreach|host-unreach|port-unreach|proto-unreach|net-prohib|host-prohib|admin-prohib|tcp-rst|echo-reply>",
            "<icmp6-no-route|no-route|icmp6-adm-prohibited|adm-prohibited|icmp6-addr-unreachable|addr-unreach|icmp6-port-unreachable|icmp6-policy-fail|policy-fail|icmp6-reject-route|reject-route>",
            "<icmp-net|icmp|TCP-RESET|tcp|icmp6-no>",
        ],
    ),
    ("SECMARK", "selctx", &["system_u:object_r:x_t:s0"]),
    ("SET", "add-set|del-set|map-set", SET),
    ("SET", "timeout", &["<0..4294967295>", "<0..99>"]),
    (
        "SNAT",
        "to-source",
        &[
            "<ip>",
            "<ip>-<ip>",
            "<ip>:<1..65535>",
            "<ip>:<1..99>-<100..200>",
            ":<1..65535>",
            "10.0.0.1-10.0.0.9:<1..99>",
            "[2001:db8::1]:<1..65535>",
            "[2001:db8::1]",
            "2001:db8::1-2001:db8::9",
            "10.0.0.1:0",
            "10.0.0.9-10.0.0.1",
            "10.0.0.1:http",
        ],
    ),
    ("SYNPROXY", "wscale", &["<0..14>", "<0..255>"]),
    ("SYNPROXY", "mss", &["<0..65535>"]),
    ("TCPMSS", "set-mss", &["<0..65535>"]),
    (
        "TCPOPTSTRIP",
        "strip-options",
        &["<*wscale|mss|sack-permitted|sack|timestamp|md5|5|19|255|1>"],
    ),
    ("TEE", "gateway", &["<ip>"]),
    ("TEE", "oif", &["<iface>"]),
    (
        "TOS",
        "set-tos",
        &[
            "<0..255>",
            "<0..255>/<0..255>",
            "<Minimize-Delay|Maximize-Throughput|Maximize-Reliability|Minimize-Cost|Normal-Service|x>",
        ],
    ),
    ("TOS", "and-tos|or-tos|xor-tos", U8),
    ("TPROXY", "on-port", &["<0..65535>", "http"]),
    ("TPROXY", "on-ip", &["<ip>"]),
    ("TPROXY", "tproxy-mark", MARK),
    ("TTL", "ttl-set|ttl-inc|ttl-dec", &["<0..255>", "<0..300>"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use packetwalk_rules::Family;
    use packetwalk_rules::xt::{MatchKind, TargetKind, match_names, target_names};

    #[test]
    fn every_option_of_the_registry_has_values() {
        let mut missing = Vec::new();
        for family in [Family::V4, Family::V6] {
            let matches = match_names(family)
                .filter_map(|name| Some((name, MatchKind::find(name, family)?.options(family))));
            let targets = target_names(family)
                .filter_map(|name| Some((name, TargetKind::find(name, family)?.options(family))));
            for (name, options) in matches.chain(targets) {
                for option in options.iter().filter(|o| o.args > 0) {
                    if patterns(name, option.name).is_none() {
                        missing.push(format!("{name} --{}", option.name));
                    }
                }
            }
        }
        assert_eq!(missing, [""; 0], "give each a line in this file");
    }
}
