//! What each option of ebtables may be given, right and wrong.

use crate::language::line::Opt;

/// A match: its name, what has to stand in front of it, and its options.
pub struct Match(pub &'static str, pub &'static str, pub &'static [Opt]);

pub const CHAINS: &[(&str, &str)] = &[
    ("filter", "INPUT|FORWARD|OUTPUT"),
    ("nat", "PREROUTING|OUTPUT|POSTROUTING"),
];

pub const USER: &str = "web|Zeta|a-b|_under|chain-of-twenty-eight-bytes-";

const MACS: &str = "02:42:ac:11:00:02|2:42:ac:11:0:2|FF:ff:FF:ff:FF:ff|00:00:00:00:00:00|\
02:42:ac:11:00:02/ff:ff:ff:00:00:00|02:42:ac:11:00:02/ff:ff:ff:ff:ff:ff|\
01:00:00:00:00:00/01:00:00:00:00:00|00:00:00:00:00:00/01:00:00:00:00:00|\
02:42:ac:11:00:02/00:ff:00:ff:00:ff|\
Unicast|Multicast|Broadcast|BGA|broadcast|01:80:c2:00:00:00";
const BAD_MACS: &str = "02:42:ac:11:00|02:42:ac:11:00:02:03|02:42:ac:11:00:g2|\
02:42:ac:11:00:102|nobody|02:42:ac:11:00:02/ff|02-42-ac-11-00-02|\
Broadcast/ff:ff:ff:ff:ff:ff|02:42:ac:11:00:02/00:00:00:00:00:00";
/// One address, without a mask.
const MAC: &str = "02:42:ac:11:00:02|2:42:ac:11:0:2|FF:ff:FF:ff:FF:ff|00:00:00:00:00:00";
const IFACES: &str = "eth0|veth+|br-lan.5|abcdefghijklmno|eth0:1";
const BAD_IFACES: &str = "abcdefghijklmnop|a+b";
const ADDRS: &str = "10.1.2.3|10.1.2.3/8|10.1.2.3/32|10.1.2.3/0|10.1.2.3/255.255.0.0|\
10.1.2.3/255.0.255.0|0.0.0.0/0|192.168.0.0/16|10/8|0x0a.1.2.3";
const BAD_ADDRS: &str = "10.1.2.3/33|10.1.2.300|10.1.2.3/255.0.0|1.2.3.4.5|::1";
const ADDRS6: &str = "2001:db8::1|2001:db8::1/64|2001:db8::1/128|::/0|fe80::/10|\
2001:db8::1/ffff:ffff::|2001:db8::1/ffff::ffff|::ffff:1.2.3.4";
const BAD_ADDRS6: &str = "2001:db8::1/129|10.1.2.3|2001:db8:::1|nowhere6";
const PROTOS: &str = "tcp|udp|icmp|igmp|ipv6-icmp|sctp|dccp|6|0x11|TCP|99|255|gre|0";
const BAD_PROTOS: &str = "256|nothing|-1";
const PORTS: &str = "80|22:80|0:65535|:1023|1024:|ssh|domain|53:53|0|65535|0x50|http:https";
const BAD_PORTS: &str = "65536|80:22|nowhere|1-2|22,80";
const ICMP: &str = "echo-request|echo-reply|ping|pong|8|3/1|3/0:255|0:8/0|5|\
destination-unreachable|network-unreachable|any|port-unreachable|\
time-exceeded|ttl-exceeded|3/3|255|0:255/0:255|fragmentation-needed|8/0|\
redirect|address-mask-request";
const BAD_ICMP: &str = "256|3/256|5:3|3/5:3|nothing|3/|/3|x/1";
const ICMP6: &str = "echo-request|echo-reply|128|1/4|1:4/0:255|neighbour-solicitation|\
router-advertisement|packet-too-big|135/0|destination-unreachable|\
no-route|redirect|parameter-problem|neighbor-advertisement|beyond-scope|\
unknown-option|time-exceeded";
const IGMP: &str = "membership-query|membership-report-v1|membership-report-v2|\
membership-report-v3|leave-group|17|0x16|0:255|1:5|34";
const TOS: &str = "0|10|0x10|255|0xe0|8";
const BAD_TOS: &str = "ff|256|0x100|xyz|-1|1g";
pub const VERDICTS: &str = "ACCEPT|DROP|CONTINUE|RETURN";
const BAD_VERDICTS: &str = "accept|REJECT|web|QUEUE";
const PRIO: &str = "0|1:5|32768|:100|65535|100:|7:7|0:65535";
const BAD_PRIO: &str = "0x10|65536|5:1|x|1:2:3";
const COST: &str = "0|1:5|4294967295|100:|:77|0:4294967295";
const BAD_COST: &str = "4294967296|5:1|x";

pub const MATCHES: &[Match] = &[
    Match(
        "ip",
        "-p IPv4",
        &[
            Opt("--ip-src|--ip-source", true, ADDRS, BAD_ADDRS),
            Opt("--ip-dst|--ip-destination", true, ADDRS, BAD_ADDRS),
            Opt("--ip-tos", true, TOS, BAD_TOS),
            Opt("--ip-proto|--ip-protocol", true, PROTOS, BAD_PROTOS),
        ],
    ),
    Match(
        "ip",
        "-p ip --ip-proto tcp",
        &[
            Opt("--ip-sport|--ip-source-port", true, PORTS, BAD_PORTS),
            Opt("--ip-dport|--ip-destination-port", true, PORTS, BAD_PORTS),
        ],
    ),
    Match(
        "ip",
        "-p IPv4 --ip-proto icmp",
        &[Opt("--ip-icmp-type", true, ICMP, BAD_ICMP)],
    ),
    Match(
        "ip",
        "-p IPv4 --ip-proto igmp",
        &[Opt("--ip-igmp-type", true, IGMP, BAD_ICMP)],
    ),
    Match(
        "ip",
        "-p IPv4 --ip-proto sctp",
        &[Opt("--ip-dport", true, PORTS, BAD_PORTS)],
    ),
    Match(
        "ip6",
        "-p IPv6",
        &[
            Opt("--ip6-src|--ip6-source", true, ADDRS6, BAD_ADDRS6),
            Opt("--ip6-dst|--ip6-destination", true, ADDRS6, BAD_ADDRS6),
            Opt("--ip6-tclass", true, TOS, BAD_TOS),
            Opt("--ip6-proto|--ip6-protocol", true, PROTOS, BAD_PROTOS),
        ],
    ),
    Match(
        "ip6",
        "-p 0x86dd --ip6-proto udp",
        &[
            Opt("--ip6-sport|--ip6-source-port", true, PORTS, BAD_PORTS),
            Opt("--ip6-dport|--ip6-destination-port", true, PORTS, BAD_PORTS),
        ],
    ),
    Match(
        "ip6",
        "-p IPv6 --ip6-proto ipv6-icmp",
        &[Opt("--ip6-icmp-type", true, ICMP6, BAD_ICMP)],
    ),
    Match(
        "arp",
        "-p ARP",
        &[
            Opt(
                "--arp-op|--arp-opcode",
                true,
                "Request|Reply|request|1|2|9|10|InARP_Request|ARP_NAK|65535|0|0x3|DRARP_Error",
                "65536|nothing",
            ),
            Opt(
                "--arp-htype",
                true,
                "1|Ethernet|ethernet|65535|6",
                "0x1|65536|x",
            ),
            Opt(
                "--arp-ptype",
                true,
                "0x800|IPv4|2048|ipv4|0x0806|ARP|800",
                "65536|nothing",
            ),
            Opt("--arp-ip-src", true, ADDRS, BAD_ADDRS),
            Opt("--arp-ip-dst", true, ADDRS, BAD_ADDRS),
            Opt("--arp-mac-src", true, MACS, BAD_MACS),
            Opt("--arp-mac-dst", true, MACS, BAD_MACS),
            Opt("--arp-gratuitous", true, "", ""),
        ],
    ),
    Match(
        "arp",
        "-p RARP",
        &[Opt("--arp-op", true, "Request_Reverse|3", "x")],
    ),
    Match(
        "vlan",
        "-p 802_1Q",
        &[
            Opt("--vlan-id", true, "0|1|4094|010", "4095|0x10|4096|x|-1"),
            Opt("--vlan-prio", true, "0|7|3", "8|x"),
            Opt(
                "--vlan-encap",
                true,
                "IPv4|ARP|0800|0x86dd|ipv6|88cc|0600|ffff",
                "10000|xyz|05ff|1|LENGTH",
            ),
        ],
    ),
    Match(
        "802_3",
        "-p LENGTH",
        &[
            Opt("--802_3-sap", true, "0x42|42|ff|0|aa|AA", "100|x|1:2"),
            Opt("--802_3-type", true, "0x0800|800|ffff|0|86dd", "10000|x"),
        ],
    ),
    Match(
        "stp",
        "-d BGA",
        &[
            Opt("--stp-type", true, "config|tcn|0|128|255|7|1:3", "256|x"),
            Opt(
                "--stp-flags",
                true,
                "topology-change|topology-change-ack|1|128|3|255|0",
                "256|x",
            ),
            Opt("--stp-root-prio", true, PRIO, BAD_PRIO),
            Opt("--stp-root-addr", true, MACS, BAD_MACS),
            Opt("--stp-root-cost", true, COST, BAD_COST),
            Opt("--stp-sender-prio", true, PRIO, BAD_PRIO),
            Opt("--stp-sender-addr", true, MACS, BAD_MACS),
            Opt("--stp-port", true, PRIO, BAD_PRIO),
            Opt("--stp-msg-age", true, PRIO, BAD_PRIO),
            Opt("--stp-max-age", true, PRIO, BAD_PRIO),
            Opt("--stp-hello-time", true, PRIO, BAD_PRIO),
            Opt("--stp-forward-delay", true, PRIO, BAD_PRIO),
        ],
    ),
    Match(
        "among",
        "",
        &[
            Opt(
                "--among-src",
                true,
                "02:42:ac:11:00:02|02:42:ac:11:00:02=10.1.2.3|\
02:42:ac:11:00:02,02:42:ac:11:00:03|\
02:42:ac:11:00:03=10.0.0.2,02:42:ac:11:00:02=10.0.0.1|\
02:42:ac:11:00:02|\
0:1:2:3:4:5,f:e:d:c:b:a,0:1:2:3:4:4|\
02:42:ac:11:00:02=10.1.2.3,02:42:ac:11:00:02=10.1.2.2",
                "02:42:ac:11:00:02=10.1.2.3,02:42:ac:11:00:02|nobody|02:42:ac:11:00:02=x|02:42:ac:11:00:02;02:42:ac:11:00:03",
            ),
            Opt(
                "--among-dst",
                true,
                "02:42:ac:11:00:02|2:2:2:2:2:2=1.1.1.1,1:1:1:1:1:1=2.2.2.2|ff:ff:ff:ff:ff:ff",
                "x|02:42:ac:11:00:02=1.2.3",
            ),
        ],
    ),
    Match(
        "limit",
        "",
        &[
            Opt(
                "--limit",
                false,
                "3/s|1/second|5/minute|10/h|7/day|10000/s|3|1/d|59/min|61/minute|\
1000/hour|90/m|3333/s|25/hour",
                "0/s|10001/s|x/s|3/fortnight|3/|-1/s",
            ),
            Opt("--limit-burst", false, "5|1|10000|0x10|7", "10001|x|0"),
        ],
    ),
    Match(
        "mark_m",
        "",
        &[Opt(
            "--mark",
            true,
            "1|0x10|0x10/0xff|3/3|/0xf|/0|4294967295|010|0|0x1/0|0/0|0xff00/0xffffffff|/4294967295",
            "4294967296|x|1/x|1/|1/2/3",
        )],
    ),
    Match(
        "pkttype",
        "",
        &[Opt(
            "--pkttype-type",
            true,
            "host|broadcast|multicast|otherhost|outgoing|loopback|fastroute|0|6|7|255|Host|BROADCAST",
            "256|x|unicast",
        )],
    ),
    Match(
        "log",
        "",
        &[
            Opt("--log", false, "", ""),
            Opt(
                "--log-level",
                false,
                "notice|debug|0|7|info|error|emerg|alert|crit|warning|4",
                "8|x|NOTHING",
            ),
            Opt(
                "--log-prefix",
                false,
                "abc|\"two words\"|\"\"|\"12345678901234567890123456789\"|a'b|x\\y|\"trailing \"|#no",
                "\"123456789012345678901234567890\"|\"say \\\"hi\\\"\"",
            ),
            Opt("--log-ip", false, "", ""),
            Opt("--log-arp", false, "", ""),
            Opt("--log-ip6", false, "", ""),
        ],
    ),
    Match("nflog", "", &[Opt("--nflog", false, "", "")]),
    Match(
        "nflog",
        "",
        &[
            Opt("--nflog-group", false, "1|65535|0x10", "0|65536|x|-1"),
            Opt(
                "--nflog-prefix",
                false,
                "abc|\"two words\"|\"\"",
                "\"0123456789012345678901234567890123456789012345678901234567890123456789\"",
            ),
            Opt(
                "--nflog-range",
                false,
                "1|100|0x10|65535|4294967295",
                "0|x|4294967296",
            ),
            Opt("--nflog-threshold", false, "1|100|65535", "0|x|65536"),
        ],
    ),
];

pub const TARGETS: &[(&str, &[Opt])] = &[
    (
        "mark",
        &[
            Opt(
                "--mark-set|--set-mark",
                false,
                "1|0x10|4294967295|0|010",
                "4294967296|x",
            ),
            Opt("--mark-target", false, VERDICTS, BAD_VERDICTS),
        ],
    ),
    (
        "mark",
        &[
            Opt("--mark-or", false, "1|0xff", "x"),
            Opt("--mark-target", false, VERDICTS, BAD_VERDICTS),
        ],
    ),
    (
        "mark",
        &[
            Opt("--mark-and", false, "1|0xff", "x"),
            Opt("--mark-target", false, VERDICTS, BAD_VERDICTS),
        ],
    ),
    ("mark", &[Opt("--mark-xor", false, "1|0xff", "x")]),
    (
        "snat",
        &[
            Opt("--to-source|--to-src", false, MAC, MACS),
            Opt("--snat-target", false, VERDICTS, BAD_VERDICTS),
            Opt("--snat-arp", false, "", ""),
        ],
    ),
    (
        "dnat",
        &[
            Opt("--to-destination|--to-dst", false, MAC, MACS),
            Opt("--dnat-target", false, VERDICTS, BAD_VERDICTS),
        ],
    ),
    (
        "redirect",
        &[Opt("--redirect-target", false, VERDICTS, BAD_VERDICTS)],
    ),
    (
        "arpreply",
        &[
            Opt("--arpreply-mac", false, MAC, MACS),
            Opt("--arpreply-target", false, VERDICTS, BAD_VERDICTS),
        ],
    ),
];

const TYPES: &str = "IPv4|ip|IPv6|ARP|0x0800|800|802_1Q|LENGTH|length|0x88cc|LLDP|RARP|\
0xffff|ipx|600|PPP_DISC|0x1234|NetBEUI|MPLS|X25";
const BAD_TYPES: &str = "0x5ff|nothing|10000|tcp|-1";

/// What every rule may ask.
pub const BASICS: &[Opt] = &[
    Opt("-p|--proto|--protocol", true, TYPES, BAD_TYPES),
    Opt("-s|--src|--source", true, MACS, BAD_MACS),
    Opt("-d|--dst|--destination", true, MACS, BAD_MACS),
    Opt("-i|--in-if|--in-interface", true, IFACES, BAD_IFACES),
    Opt("-o|--out-if|--out-interface", true, IFACES, BAD_IFACES),
];
