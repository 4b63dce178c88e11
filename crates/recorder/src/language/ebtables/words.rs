//! Random lines for ebtables-restore: mostly right, at times not.
//!
//! Left out is what the tool of 1.8.9 gets wrong by itself: a comma at the end of
//! `--among-src`'s list, or the option given again (memory that was never
//! written); `! -i +` (a rule that it cannot print); an option of a target that
//! was not named; `-F` of a chain that is not there and a wrong policy of a
//! user's chain (taken or not, as it likes); `-F` of all chains (passed over for
//! those of the same text) and `-X` of all (takes policies back) or of a built-in
//! chain (the same, if the text named it before); a command that
//! fails in a table that another follows without COMMIT (it is passed over). Left out is
//! `--logical-in` as well, which needs a kernel with `nft_meta_bridge`.

use std::fmt::Write as _;

use packetwalk_rules::ebt;

use crate::conform::Random;

/// An option: its spellings, whether `!` may stand with it, and values for it
/// (none for a flag) and wrong ones; `|` stands between them.
struct Opt(&'static str, bool, &'static str, &'static str);

/// A match: what has to stand in front of it, and its options.
struct Match(&'static str, &'static [Opt]);

const CHAINS: &[(&str, &str)] = &[
    ("filter", "INPUT|FORWARD|OUTPUT"),
    ("nat", "PREROUTING|OUTPUT|POSTROUTING"),
];

const USER: &str = "web|Zeta|a-b|_under|chain-of-twenty-eight-bytes-";

const MACS: &str = "02:42:ac:11:00:02|2:42:ac:11:0:2|FF:ff:FF:ff:FF:ff|00:00:00:00:00:00|\
02:42:ac:11:00:02/ff:ff:ff:00:00:00|02:42:ac:11:00:02/ff:ff:ff:ff:ff:ff|\
01:00:00:00:00:00/01:00:00:00:00:00|00:00:00:00:00:00/01:00:00:00:00:00|\
02:42:ac:11:00:02/00:ff:00:ff:00:ff|02:42:ac:11:00:02/00:00:00:00:00:00|\
Unicast|Multicast|Broadcast|BGA|broadcast|01:80:c2:00:00:00";
const BAD_MACS: &str = "02:42:ac:11:00|02:42:ac:11:00:02:03|02:42:ac:11:00:g2|\
02:42:ac:11:00:102|nobody|02:42:ac:11:00:02/ff|02-42-ac-11-00-02|\
Broadcast/ff:ff:ff:ff:ff:ff";
const IFACES: &str = "eth0|veth+|br-lan.5|abcdefghijklmno|eth0:1|a+b";
const BAD_IFACES: &str = "abcdefghijklmnop";
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
const HEX: &str = "0|10|0x10|ff|FF|0xe0|8";
const BAD_HEX: &str = "100|0x100|xyz|-1|1g";
const VERDICTS: &str = "ACCEPT|DROP|CONTINUE|RETURN";
const BAD_VERDICTS: &str = "accept|REJECT|web|QUEUE";
const PRIO: &str = "0|1:5|32768|:100|65535|0x10|100:|7:7|0:65535";
const BAD_PRIO: &str = "65536|5:1|x|1:2:3";
const COST: &str = "0|1:5|4294967295|100:|:77|0:4294967295";
const BAD_COST: &str = "4294967296|5:1|x";

const MATCHES: &[Match] = &[
    Match(
        "-p IPv4",
        &[
            Opt("--ip-src|--ip-source", true, ADDRS, BAD_ADDRS),
            Opt("--ip-dst|--ip-destination", true, ADDRS, BAD_ADDRS),
            Opt("--ip-tos", true, HEX, BAD_HEX),
            Opt("--ip-proto|--ip-protocol", true, PROTOS, BAD_PROTOS),
        ],
    ),
    Match(
        "-p ip --ip-proto tcp",
        &[
            Opt("--ip-sport|--ip-source-port", true, PORTS, BAD_PORTS),
            Opt("--ip-dport|--ip-destination-port", true, PORTS, BAD_PORTS),
            Opt("--ip-icmp-type", true, ICMP, BAD_ICMP),
        ],
    ),
    Match(
        "-p IPv4 --ip-proto icmp",
        &[Opt("--ip-icmp-type", true, ICMP, BAD_ICMP)],
    ),
    Match(
        "-p IPv4 --ip-proto igmp",
        &[Opt("--ip-igmp-type", true, IGMP, BAD_ICMP)],
    ),
    Match(
        "-p IPv4 --ip-proto sctp",
        &[Opt("--ip-dport", true, PORTS, BAD_PORTS)],
    ),
    Match(
        "-p IPv6",
        &[
            Opt("--ip6-src|--ip6-source", true, ADDRS6, BAD_ADDRS6),
            Opt("--ip6-dst|--ip6-destination", true, ADDRS6, BAD_ADDRS6),
            Opt("--ip6-tclass", true, HEX, BAD_HEX),
            Opt("--ip6-proto|--ip6-protocol", true, PROTOS, BAD_PROTOS),
        ],
    ),
    Match(
        "-p 0x86dd --ip6-proto udp",
        &[
            Opt("--ip6-sport|--ip6-source-port", true, PORTS, BAD_PORTS),
            Opt("--ip6-dport|--ip6-destination-port", true, PORTS, BAD_PORTS),
        ],
    ),
    Match(
        "-p IPv6 --ip6-proto ipv6-icmp",
        &[Opt("--ip6-icmp-type", true, ICMP6, BAD_ICMP)],
    ),
    Match(
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
                "1|Ethernet|ethernet|65535|6|0x1",
                "65536|x",
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
        "-p RARP",
        &[Opt("--arp-op", true, "Request_Reverse|3", "x")],
    ),
    Match(
        "-p 802_1Q",
        &[
            Opt("--vlan-id", true, "0|1|4094|0x10|010|4095", "4096|x|-1"),
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
        "-p LENGTH",
        &[
            Opt("--802_3-sap", true, "0x42|42|ff|0|aa|AA", "100|x|1:2"),
            Opt("--802_3-type", true, "0x0800|800|ffff|0|86dd", "10000|x"),
        ],
    ),
    Match(
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
02:42:ac:11:00:02=10.1.2.3,02:42:ac:11:00:02=10.1.2.2|\
02:42:ac:11:00:02=10.1.2.3,02:42:ac:11:00:02",
                "nobody|02:42:ac:11:00:02=x|02:42:ac:11:00:02;02:42:ac:11:00:03",
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
        "",
        &[Opt(
            "--mark",
            true,
            "1|0x10|0x10/0xff|3/3|/0xf|/0|4294967295|010|0|0x1/0|0/0|0xff00/0xffffffff|/4294967295",
            "4294967296|x|1/x|1/|1/2/3",
        )],
    ),
    Match(
        "",
        &[Opt(
            "--pkttype-type",
            true,
            "host|broadcast|multicast|otherhost|outgoing|loopback|fastroute|0|6|7|255|Host|BROADCAST",
            "256|x|unicast",
        )],
    ),
    Match(
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
    Match(
        "",
        &[
            Opt("--nflog", false, "", ""),
            Opt("--nflog-group", false, "0|1|65535|0x10", "65536|x|-1"),
            Opt(
                "--nflog-prefix",
                false,
                "abc|\"two words\"|\"\"",
                "\"0123456789012345678901234567890123456789012345678901234567890123456789\"",
            ),
            Opt(
                "--nflog-range",
                false,
                "0|1|100|0x10|65535|4294967295",
                "x|4294967296",
            ),
            Opt("--nflog-threshold", false, "0|1|100|65535", "x|65536"),
        ],
    ),
];

const TARGETS: &[(&str, &[Opt])] = &[
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
            Opt("--mark-xor", false, "1|0xff", "x"),
        ],
    ),
    ("mark", &[Opt("--mark-xor", false, "1|0xff", "x")]),
    (
        "snat",
        &[
            Opt("--to-source|--to-src", false, MACS, BAD_MACS),
            Opt("--snat-target", false, VERDICTS, BAD_VERDICTS),
            Opt("--snat-arp", false, "", ""),
        ],
    ),
    (
        "dnat",
        &[
            Opt("--to-destination|--to-dst", false, MACS, BAD_MACS),
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
            Opt("--arpreply-mac", false, MACS, BAD_MACS),
            Opt("--arpreply-target", false, VERDICTS, BAD_VERDICTS),
        ],
    ),
];

const TYPES: &str = "IPv4|ip|IPv6|ARP|0x0800|800|802_1Q|LENGTH|length|0x88cc|LLDP|RARP|\
0xffff|ipx|600|PPP_DISC|0x1234|NetBEUI|MPLS|X25";
const BAD_TYPES: &str = "0x5ff|nothing|10000|tcp|-1";

/// What every rule may ask.
const BASICS: &[Opt] = &[
    Opt("-p|--proto|--protocol", true, TYPES, BAD_TYPES),
    Opt("-s|--src|--source", true, MACS, BAD_MACS),
    Opt("-d|--dst|--destination", true, MACS, BAD_MACS),
    Opt("-i|--in-if|--in-interface", true, IFACES, BAD_IFACES),
    Opt("-o|--out-if|--out-interface", true, IFACES, BAD_IFACES),
];

/// How often a wrong value is taken, in percent.
const WRONG: usize = 3;

/// Adds an option with a value.
fn option(random: &mut Random, option: &Opt, words: &mut Vec<String>) {
    let Opt(names, invertible, right, wrong) = option;
    let inverted = random.chance(if *invertible { 20 } else { 1 });
    let behind = inverted && random.chance(50);
    if inverted && !behind {
        words.push("!".to_owned());
    }
    words.push(one(random, names).to_owned());
    if behind {
        words.push("!".to_owned());
    }
    if !right.is_empty() {
        let values = if random.chance(WRONG) { wrong } else { right };
        words.push(one(random, values).to_owned());
    }
}

fn rule(random: &mut Random, table: &str, chain: &str, users: &[String]) -> String {
    let mut words = Vec::new();
    let asked = random.below(3);
    for number in 0..asked {
        let Match(before, options) = &MATCHES[random.below(MATCHES.len())];
        // Two protocols do not go together.
        if number > 0 && before.starts_with("-p") && !random.chance(5) {
            continue;
        }
        if !random.chance(2) {
            words.extend(before.split_whitespace().map(str::to_owned));
        }
        for _ in 0..random.range(1, 3) {
            let found = &options[random.below(options.len())];
            let once = found.0.split('|').next().unwrap_or("").to_owned();
            if !once.starts_with("--among") || !words.contains(&once) {
                option(random, found, &mut words);
            }
        }
    }
    for basic in BASICS {
        let unfit = match basic.0.split('|').next() {
            Some("-o" | "--logical-out") => matches!(chain, "INPUT" | "PREROUTING"),
            Some("-i" | "--logical-in") => matches!(chain, "OUTPUT" | "POSTROUTING"),
            Some("-p") => asked > 0,
            _ => false,
        };
        if random.chance(if unfit { 1 } else { 12 }) {
            option(random, basic, &mut words);
        }
    }
    if random.chance(5) {
        words.push(
            one(
                random,
                "-c 3 4|-c 0 0|-c 18446744073709551615 7|-c 1|-c x y",
            )
            .to_owned(),
        );
    }
    target(random, (table, chain), users, &mut words);
    words.join(" ")
}

fn target(
    random: &mut Random,
    (table, chain): (&str, &str),
    users: &[String],
    words: &mut Vec<String>,
) {
    match random.below(100) {
        0..8 => {}
        8..50 => {
            words.push(one(random, "-j|--jump").to_owned());
            words.push(one(random, VERDICTS).to_owned());
        }
        50..52 => {
            let wrong = "REJECT|accept|nowhere|INPUT|LOG|MARK|";
            words.push(format!("-j {}", one(random, wrong)));
        }
        52..62 if !users.is_empty() => words.push(format!("-j {}", random.pick(users))),
        _ => {
            let (name, options) = TARGETS[random.below(TARGETS.len())];
            let fits = match name {
                "snat" => table == "nat" && chain == "POSTROUTING",
                "dnat" => table == "nat" && chain != "POSTROUTING",
                "redirect" | "arpreply" => table == "nat" && chain == "PREROUTING",
                _ => true,
            };
            if !fits && !random.chance(5) {
                return;
            }
            words.push(format!("-j {name}"));
            for found in options {
                if !random.chance(20) {
                    option(random, found, words);
                }
            }
        }
    }
}

/// Rules of one text that is meant to be taken whole.
const TOGETHER: usize = 40;

/// A text, and the number of its rules. The tool stops at the first rule that it
/// does not like, so what we take ourselves stands together with many others, and
/// what we refuse stands alone.
pub(super) fn text(random: &mut Random) -> (String, usize) {
    match random.below(20) {
        0..3 => together(random),
        3..8 => mixed(random),
        _ => alone(random),
    }
}

fn taken(text: &str) -> bool {
    ebt::parse(text).diagnostics.is_empty()
}

/// Many rules that we take one by one.
fn together(random: &mut Random) -> (String, usize) {
    let (table, chains) = CHAINS[random.below(2)];
    let users: Vec<String> = USER.split('|').map(str::to_owned).collect();
    let mut head = format!("*{table}\n");
    for chain in chains.split('|') {
        let _ = writeln!(head, ":{chain} ACCEPT");
    }
    for user in &users {
        let _ = writeln!(head, ":{user} {}", one(random, "ACCEPT|DROP|RETURN"));
    }
    let mut text = head.clone();
    let mut rules = 0;
    for _ in 0..TOGETHER * 2 {
        let chain = match random.chance(80) {
            true => one(random, chains).to_owned(),
            false => random.pick(&users),
        };
        // No rule of a user's chain leads on, lest they go in circles.
        let on: &[String] = if users.contains(&chain) { &[] } else { &users };
        let line = format!("-A {chain} {}", rule(random, table, &chain, on));
        if rules < TOGETHER && taken(&format!("{head}{line}\n")) {
            let _ = writeln!(text, "{line}");
            rules += 1;
        }
    }
    (text, rules)
}

/// A text that we refuse, if a few tries bring such.
fn alone(random: &mut Random) -> (String, usize) {
    let mut drawn = mixed(random);
    for _ in 0..12 {
        if !taken(&drawn.0) {
            break;
        }
        drawn = mixed(random);
    }
    drawn
}

/// A text of one table or two.
fn mixed(random: &mut Random) -> (String, usize) {
    let mut out = String::new();
    let mut rules = 0;
    let long = random.chance(15);
    let first = random.below(2);
    let tables = if random.chance(10) { 2 } else { 1 };
    for at in first..first + tables {
        let (table, chains) = CHAINS[at % 2];
        let _ = writeln!(out, "*{table}");
        for (at, chain) in chains.split('|').enumerate() {
            // A table that nothing is said of does not come to be.
            if at == 0 || random.chance(40) {
                let policy = one(random, "ACCEPT|ACCEPT|DROP");
                let _ = writeln!(out, ":{chain} {policy}");
            }
        }
        let mut users = Vec::new();
        for name in USER.split('|') {
            if random.chance(15) {
                let policies = match random.chance(WRONG) {
                    true => "ACCEPT [1:2]|",
                    false => "ACCEPT|DROP|RETURN",
                };
                let _ = writeln!(out, ":{name} {}", one(random, policies));
                users.push(name.to_owned());
            }
        }
        for _ in 0..if long { random.range(2, 8) } else { 1 } {
            let chain = match users.is_empty() || random.chance(75) {
                true => one(random, chains).to_owned(),
                false => random.pick(&users),
            };
            rules += 1;
            let line = line(random, (table, &chain), &users, long);
            let _ = writeln!(out, "{line}");
        }
        if random.chance(30) || long && tables == 2 {
            let _ = writeln!(out, "COMMIT");
        }
    }
    (out, rules)
}

/// One line: mostly `-A`.
fn line(random: &mut Random, (table, chain): (&str, &str), users: &[String], long: bool) -> String {
    match random.below(if long { 100 } else { 70 }) {
        70..78 => {
            let number = one(random, "| 1| 2| 1| 0| 9");
            format!("-I {chain}{number} {}", rule(random, table, chain, users))
        }
        78..82 => {
            let what = "1|2|0|9|-j ACCEPT|-j DROP|1:2";
            format!("-D {chain} {}", one(random, what))
        }
        82..84 => format!("-F {chain}"),
        84..87 => {
            let policy = "ACCEPT|DROP|RETURN|CONTINUE|x";
            format!("-P {chain} {}", one(random, policy))
        }
        87..90 => {
            let names = "fresh|web|INPUT|a-name-of-thirty-two-bytes-length";
            format!("-N {}", one(random, names))
        }
        90..92 => format!("-X {}", one(random, "web|fresh|Zeta")),
        92..93 => "# a comment".to_owned(),
        _ => {
            let counters = match random.below(200) {
                0..20 => "[0:0] ",
                _ => "",
            };
            let chain = if random.chance(1) { "nowhere" } else { chain };
            format!("{counters}-A {chain} {}", rule(random, table, chain, users))
        }
    }
}

/// One of the words that `|` stands between.
fn one<'a>(random: &mut Random, words: &'a str) -> &'a str {
    let number = random.below(words.split('|').count());
    words.split('|').nth(number).unwrap_or("")
}
