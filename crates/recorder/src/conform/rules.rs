//! Random rules of iptables, made so that the kernel takes them: every match
//! and target only where it is allowed.

use std::fmt::Write as _;

use packetwalk_rules::iptables::builtin_chains;

use super::extras;
use super::machines::{PORTS, Place};
use super::random::Random;
use crate::machine::Host;

/// Matches that the generator makes, for the report of what was never hit.
pub const MATCHES: &[&str] = &[
    "addrtype",
    "ah",
    "bpf",
    "cluster",
    "comment",
    "connbytes",
    "connlabel",
    "connlimit",
    "connmark",
    "conntrack",
    "dccp",
    "devgroup",
    "dscp",
    "ecn",
    "esp",
    "hashlimit",
    "helper",
    "icmp",
    "ipcomp",
    "iprange",
    "length",
    "limit",
    "mac",
    "mark",
    "multiport",
    "owner",
    "physdev",
    "pkttype",
    "policy",
    "quota",
    "realm",
    "recent",
    "rpfilter",
    "sctp",
    "set",
    "socket",
    "state",
    "statistic",
    "string",
    "tcp",
    "tcpmss",
    "time",
    "tos",
    "ttl",
    "u32",
    "udp",
];

/// Targets that the generator makes.
pub const TARGETS: &[&str] = &[
    "ACCEPT",
    "AUDIT",
    "CHECKSUM",
    "CLASSIFY",
    "CONNMARK",
    "CT",
    "DNAT",
    "DROP",
    "DSCP",
    "ECN",
    "IDLETIMER",
    "LOG",
    "MARK",
    "MASQUERADE",
    "NETMAP",
    "NFLOG",
    "NOTRACK",
    "RATEEST",
    "REDIRECT",
    "REJECT",
    "RETURN",
    "SET",
    "SNAT",
    "TCPMSS",
    "TCPOPTSTRIP",
    "TOS",
    "TTL",
];

/// What a rule may use: its table, the base chain that leads to it, and the
/// machine around.
pub struct Where<'a> {
    /// Its table.
    pub table: &'a str,
    /// The base chain that leads to it.
    pub hook: &'a str,
    places: &'a [Place],
    devices: &'a [String],
    sets: bool,
}

/// Gives a host random tables.
pub fn fill(host: &mut Host, random: &mut Random, places: &[Place]) {
    let devices: Vec<String> = host
        .devices
        .iter()
        .map(|device| device.name.clone())
        .collect();
    let sets = random.chance(20);
    if sets {
        host.ipset = set_text(random, places);
    }
    if host.name == "host" && random.chance(30) {
        host.iptables = docker(random, places);
        return;
    }
    let mut text = String::new();
    for (table, share) in [
        ("raw", 15),
        ("mangle", 35),
        ("nat", 70),
        ("filter", 90),
        ("security", 5),
    ] {
        if random.chance(share) {
            write_table(&mut text, table, random, places, &devices, sets);
        }
    }
    host.iptables = text;
}

/// Rules in the way of dockerd, with what people add to them.
fn docker(random: &mut Random, places: &[Place]) -> String {
    let mut text = String::new();
    if random.chance(30) {
        text += "*mangle\n";
        let mark = random.word(&["PREROUTING", "OUTPUT", "FORWARD"]);
        let _ = writeln!(text, "-A {mark} -p tcp -j MARK --set-xmark 0x1/0xffffffff");
    }
    text += "*nat\n:DOCKER -\n-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n";
    text += random.word(&[
        "-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER\n",
        "-A OUTPUT -m addrtype --dst-type LOCAL -j DOCKER\n",
    ]);
    text += "-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE\n";
    if random.chance(50) {
        text += "-A POSTROUTING -s 172.17.0.2/32 -d 172.17.0.2/32 -p tcp -m tcp --dport 80 -j MASQUERADE\n";
        text += "-A DOCKER -i docker0 -j RETURN\n";
    }
    let inward = random.word(&["! -i docker0 ", ""]);
    let _ = writeln!(
        text,
        "-A DOCKER {inward}-p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80"
    );
    let _ = writeln!(
        text,
        "-A DOCKER {inward}-p udp -m udp --dport 8080 -j DNAT --to-destination 172.17.0.2:53"
    );
    text += "*filter\n:DOCKER -\n:DOCKER-USER -\n";
    text += random.word(&[":FORWARD DROP\n", ":FORWARD DROP\n", ""]);
    text += "-A FORWARD -j DOCKER-USER\n";
    text += "-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n";
    text += "-A FORWARD -o docker0 -j DOCKER\n-A FORWARD -i docker0 ! -o docker0 -j ACCEPT\n";
    text += random.word(&[
        "-A FORWARD -i docker0 -o docker0 -j ACCEPT\n",
        "-A FORWARD -i docker0 -o docker0 -j DROP\n",
    ]);
    text +=
        "-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT\n";
    text +=
        "-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p udp -m udp --dport 53 -j ACCEPT\n";
    let here = Where {
        table: "filter",
        hook: "FORWARD",
        places,
        devices: &[],
        sets: false,
    };
    for _ in 0..random.below(3) {
        let _ = writeln!(text, "-A DOCKER-USER {}", rule(random, &here, &[]));
    }
    text
}

fn set_text(random: &mut Random, places: &[Place]) -> String {
    let mut text = String::from("create s-ip hash:ip family inet hashsize 1024 maxelem 65536\n");
    text += "create s-net hash:net family inet hashsize 1024 maxelem 65536\n";
    text += "create s-port hash:ip,port family inet hashsize 1024 maxelem 65536\n";
    let mut used = Vec::new();
    for _ in 0..random.range(1, 3) {
        let address = random.pick(places).address;
        if used.contains(&address) {
            continue;
        }
        let _ = writeln!(text, "add s-ip {address}");
        let _ = writeln!(text, "add s-port {address},tcp:80");
        let _ = writeln!(text, "add s-port {address},udp:53");
        used.push(address);
    }
    text += random.word(&["add s-net 172.17.0.0/16\n", "add s-net 192.0.2.0/24\n", ""]);
    text
}

fn write_table(
    text: &mut String,
    table: &str,
    random: &mut Random,
    places: &[Place],
    devices: &[String],
    sets: bool,
) {
    let _ = writeln!(text, "*{table}");
    let chains = builtin_chains(table);
    let mut rules = String::new();
    let mut user = Vec::new();
    for hook in chains {
        if matches!(table, "filter" | "mangle") && random.chance(7) {
            let _ = writeln!(text, ":{hook} DROP");
        }
        let here = Where {
            table,
            hook,
            places,
            devices,
            sets,
        };
        let own: Vec<String> = (0..random.below(3))
            .map(|number| format!("{}-{number}", hook.to_lowercase()))
            .collect();
        for name in &own {
            let _ = writeln!(text, ":{name} -");
        }
        for _ in 0..random.below(5) {
            let _ = writeln!(rules, "-A {hook} {}", rule(random, &here, &own));
        }
        for (index, name) in own.iter().enumerate() {
            let deeper = own.get(index + 1..).unwrap_or_default();
            for _ in 0..random.below(4) {
                let _ = writeln!(rules, "-A {name} {}", rule(random, &here, deeper));
            }
        }
        user.extend(own);
    }
    text.push_str(&rules);
}

fn rule(random: &mut Random, here: &Where<'_>, chains: &[String]) -> String {
    let mut words = Vec::new();
    let target = target(random, here, chains);
    // A REJECT with a reset, and a target with ports, want TCP or UDP.
    let proto = if ["tcp-reset", "TCP", "ecn-tcp"]
        .iter()
        .any(|word| target.contains(word))
    {
        "tcp"
    } else if target.contains("--to-ports") || target.contains(":80") || target.contains(":53") {
        random.word(&["tcp", "udp"])
    } else {
        random.word(&["", "", "", "tcp", "udp", "icmp", "icmp"])
    };
    address_words(random, here, &mut words);
    if proto.is_empty() && random.chance(3) {
        words.push(extras::foreign(random));
    } else if !proto.is_empty() {
        words.push(format!("-p {proto}"));
        proto_words(random, proto, &mut words);
    }
    for _ in 0..random.word(&["", "", "x", "x", "xx"]).len() {
        let drawn = if random.chance(30) {
            extras::matching(random, here, proto)
        } else {
            extra(random, here, proto)
        };
        if let Some(text) = drawn {
            words.push(text);
        }
    }
    if !target.is_empty() {
        words.push(target);
    }
    words.join(" ")
}

pub fn not(random: &mut Random) -> &'static str {
    if random.chance(20) { "! " } else { "" }
}

fn address_words(random: &mut Random, here: &Where<'_>, words: &mut Vec<String>) {
    for option in ["-s", "-d"] {
        if random.chance(25) {
            let place = random.pick(here.places);
            let length = random.word(&["32", "32", "16", "24"]);
            let bits: u8 = length.parse().unwrap_or(32);
            let address = place
                .address
                .parse::<std::net::Ipv4Addr>()
                .map_or(0, u32::from);
            let mask = u32::MAX.checked_shl(u32::from(32 - bits)).unwrap_or(0);
            let net = std::net::Ipv4Addr::from(address & mask);
            words.push(format!("{}{option} {net}/{length}", not(random)));
        }
    }
    let takes_in = matches!(here.hook, "PREROUTING" | "INPUT" | "FORWARD");
    let takes_out = matches!(here.hook, "FORWARD" | "OUTPUT" | "POSTROUTING");
    for (allowed, option) in [(takes_in, "-i"), (takes_out, "-o")] {
        if allowed && random.chance(20) {
            let mut device = random.pick(here.devices);
            if device.is_empty() || random.chance(10) {
                device = random.word(&["lo", "veth+", "br+", "nowhere"]).to_owned();
            }
            words.push(format!("{}{option} {device}", not(random)));
        }
    }
}

fn port(random: &mut Random) -> String {
    match random.below(6) {
        0 => "1:1023".to_owned(),
        1 => "40000:40100".to_owned(),
        2 => "9".to_owned(),
        _ => PORTS[random.below(PORTS.len())].to_string(),
    }
}

fn proto_words(random: &mut Random, proto: &str, words: &mut Vec<String>) {
    match proto {
        "tcp" | "udp" if random.chance(60) => {
            let mut text = format!("-m {proto}");
            if random.chance(70) {
                let _ = write!(text, " {}--dport {}", not(random), port(random));
            } else {
                let _ = write!(text, " {}--sport {}", not(random), port(random));
            }
            if proto == "tcp" && random.chance(20) {
                text += random.word(&[
                    " --tcp-flags FIN,SYN,RST,ACK SYN",
                    " ! --tcp-flags FIN,SYN,RST,ACK SYN",
                    " --tcp-flags SYN,ACK SYN,ACK",
                    " --tcp-flags RST RST",
                ]);
            }
            words.push(text);
        }
        "icmp" if random.chance(40) => {
            let kind = random.word(&["8", "0", "3", "3/3", "11", "3/1", "3/4"]);
            words.push(format!("-m icmp {}--icmp-type {kind}", not(random)));
        }
        _ => {}
    }
}

/// A match besides addresses, devices and ports, or none if the one drawn has
/// no place here.
fn extra(random: &mut Random, here: &Where<'_>, proto: &str) -> Option<String> {
    let with_ports = matches!(proto, "tcp" | "udp");
    let local = matches!(here.hook, "OUTPUT" | "POSTROUTING");
    let inward = matches!(here.hook, "PREROUTING" | "INPUT" | "FORWARD");
    Some(match random.below(21) {
        0..=2 => {
            let states = random.word(&[
                "NEW",
                "ESTABLISHED",
                "RELATED,ESTABLISHED",
                "INVALID",
                "RELATED",
                "NEW,ESTABLISHED",
                "UNTRACKED",
                "DNAT",
                "SNAT",
            ]);
            format!("-m conntrack {}--ctstate {states}", not(random))
        }
        3 => format!(
            "-m conntrack --ctdir {}",
            random.word(&["ORIGINAL", "REPLY"])
        ),
        4 => {
            let place = random.pick(here.places);
            let option = random.word(&["--ctorigsrc", "--ctorigdst", "--ctreplsrc", "--ctrepldst"]);
            format!("-m conntrack {}{option} {}", not(random), place.address)
        }
        5 => format!(
            "-m conntrack {}--ctstatus {}",
            not(random),
            random.word(&["SEEN_REPLY", "CONFIRMED", "ASSURED", "NONE"])
        ),
        6 => format!(
            "-m state --state {}",
            random.word(&["NEW", "ESTABLISHED", "INVALID", "RELATED"])
        ),
        7 => {
            let kind = random.word(&["LOCAL", "UNICAST", "BROADCAST", "MULTICAST"]);
            let mut text = format!(
                "-m addrtype {}--{}-type {kind}",
                not(random),
                random.word(&["dst", "src"])
            );
            if here.hook == "PREROUTING" && random.chance(20) {
                text += " --limit-iface-in";
            }
            text
        }
        8 => {
            let (address, address2) = (
                random.pick(here.places).address,
                random.pick(here.places).address,
            );
            let (low, high) = order(&address, &address2);
            format!(
                "-m iprange {}--{}-range {low}-{high}",
                not(random),
                random.word(&["src", "dst"])
            )
        }
        9 if with_ports => {
            let list = random.word(&[
                "22,80",
                "53,123,443",
                "1:1023",
                "40000:50000",
                "80,8000:9000",
            ]);
            format!(
                "-m multiport {}--{} {list}",
                not(random),
                random.word(&["dports", "sports", "ports"])
            )
        }
        10 => format!(
            "-m mark {}--mark {}",
            not(random),
            random.word(&["0x0", "0x1", "0x1/0x3", "0x2/0xff"])
        ),
        11 => format!(
            "-m connmark {}--mark {}",
            not(random),
            random.word(&["0x0", "0x1", "0x2/0xf"])
        ),
        12 if inward => {
            let mac = random.word(&[
                "02:42:ac:11:00:02",
                "02:42:ac:12:00:02",
                "02:00:00:00:00:05",
            ]);
            format!("-m mac {}--mac-source {mac}", not(random))
        }
        13 if local => random
            .word(&[
                "-m owner --uid-owner 0",
                "-m owner ! --uid-owner 0",
                "-m owner --socket-exists",
                "-m owner --gid-owner 0",
            ])
            .to_owned(),
        14 if inward => format!(
            "-m physdev {}",
            match random.below(4) {
                0 => "--physdev-is-in".to_owned(),
                1 => "! --physdev-is-in".to_owned(),
                2 => "--physdev-is-bridged".to_owned(),
                _ => format!(
                    "{}--physdev-in {}",
                    not(random),
                    random.word(&["vetha1", "vetha2", "vethb1", "veth+"])
                ),
            }
        ),
        15 => format!(
            "-m length {}--length {}",
            not(random),
            random.word(&["84", "0:60", "61:1500", "32"])
        ),
        16 => format!(
            "-m ttl --ttl-{}",
            random.word(&["eq 64", "lt 64", "gt 63", "eq 63"])
        ),
        17 => random
            .word(&[
                "-m tos --tos 0x10/0x3f",
                "-m tos ! --tos 0x00/0xff",
                "-m dscp --dscp 0x2e",
                "-m dscp ! --dscp 0x00",
            ])
            .to_owned(),
        18 => format!(
            "-m pkttype {}--pkt-type {}",
            not(random),
            random.word(&["unicast", "broadcast", "multicast"])
        ),
        19 => random
            .word(&[
                "-m statistic --mode nth --every 2 --packet 0",
                "-m statistic --mode nth --every 3 --packet 1",
                "-m limit --limit 1/hour --limit-burst 3",
                "-m comment --comment \"two words\"",
                "-m connbytes --connbytes 2 --connbytes-mode packets --connbytes-dir both",
            ])
            .to_owned(),
        20 if here.sets => {
            let (set, sides) = match random.below(3) {
                0 => ("s-ip", random.word(&["src", "dst"])),
                1 => ("s-net", random.word(&["src", "dst"])),
                _ => ("s-port", random.word(&["src,src", "dst,dst", "src,dst"])),
            };
            format!("-m set {}--match-set {set} {sides}", not(random))
        }
        _ => return None,
    })
}

fn order<'a>(a: &'a str, b: &'a str) -> (&'a str, &'a str) {
    let number = |text: &str| text.parse::<std::net::Ipv4Addr>().map_or(0, u32::from);
    if number(a) <= number(b) {
        (a, b)
    } else {
        (b, a)
    }
}

fn target(random: &mut Random, here: &Where<'_>, chains: &[String]) -> String {
    if !chains.is_empty() && random.chance(30) {
        let jump = if random.chance(15) { "-g" } else { "-j" };
        return format!("{jump} {}", random.pick(chains));
    }
    if random.chance(12) {
        return String::new();
    }
    if random.chance(12) {
        return format!(
            "-j LOG --log-prefix \"{}: \"{}",
            here.hook.to_lowercase(),
            random.word(&[
                "",
                " --log-uid",
                " --log-tcp-options",
                " --log-ip-options",
                " --log-macdecode",
                " --log-level 6",
            ])
        );
    }
    if random.chance(10)
        && let Some(target) = extras::target(random, here)
    {
        return target;
    }
    if here.sets && random.chance(5) {
        return "-j SET --add-set s-ip src".to_owned();
    }
    let container = random.word(&[
        "172.17.0.2",
        "172.17.0.3",
        "172.18.0.2",
        "192.0.2.1",
        "172.17.0.1",
    ]);
    match (here.table, here.hook) {
        ("nat", "PREROUTING" | "OUTPUT") => match random.below(7) {
            0..=1 => format!("-j DNAT --to-destination {container}"),
            2 => format!("-j DNAT --to-destination {container}:80"),
            3 => "-j REDIRECT --to-ports 22".to_owned(),
            4 => "-j REDIRECT".to_owned(),
            5 => "-j NETMAP --to 172.17.0.0/24".to_owned(),
            _ => random.word(&["-j ACCEPT", "-j RETURN"]).to_owned(),
        },
        ("nat", "INPUT") => random
            .word(&["-j ACCEPT", "-j RETURN", "-j SNAT --to-source 192.0.2.77"])
            .to_owned(),
        ("nat", _) => random
            .word(&[
                "-j MASQUERADE",
                "-j MASQUERADE",
                "-j MASQUERADE",
                "-j SNAT --to-source 192.0.2.10",
                "-j SNAT --to-source 172.17.0.1",
                "-j ACCEPT",
                "-j RETURN",
            ])
            .to_owned(),
        ("mangle", _) => random
            .word(&[
                "-j MARK --set-xmark 0x1/0xffffffff",
                "-j MARK --set-xmark 0x2/0xff",
                "-j MARK --set-xmark 0x0/0xffffffff",
                "-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff",
                "-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff",
                "-j CONNMARK --set-xmark 0x2/0xffffffff",
                "-j TTL --ttl-set 10",
                "-j TTL --ttl-dec 1",
                "-j TTL --ttl-inc 1",
                "-j TOS --set-tos 0x10/0x3f",
                "-j DSCP --set-dscp 0x2e",
                "-j ACCEPT",
                "-j RETURN",
                "-j DROP",
            ])
            .to_owned(),
        ("raw", _) => random
            .word(&[
                "-j CT --notrack",
                "-j NOTRACK",
                "-j ACCEPT",
                "-j RETURN",
                "-j DROP",
            ])
            .to_owned(),
        ("filter", _) if random.chance(30) => format!(
            "-j REJECT --reject-with {}",
            random.word(&[
                "icmp-port-unreachable",
                "icmp-host-unreachable",
                "icmp-net-unreachable",
                "icmp-proto-unreachable",
                "icmp-admin-prohibited",
                "icmp-net-prohibited",
                "icmp-host-prohibited",
                "tcp-reset",
                "tcp-reset",
            ])
        ),
        _ => random
            .word(&[
                "-j ACCEPT",
                "-j ACCEPT",
                "-j ACCEPT",
                "-j RETURN",
                "-j DROP",
            ])
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::extras::NOT_MADE;
    use super::*;

    const DOCS: &str = include_str!("../../../../docs/extensions.md");

    /// What the documentation calls modelled below a heading.
    fn modelled(heading: &str) -> BTreeSet<&'static str> {
        let (_, part) = DOCS.split_once(heading).expect("the heading is there");
        let part = part.split("\n## ").next().unwrap_or(part);
        let rows = part.lines().filter_map(|line| {
            let mut cells = line.strip_prefix("| ")?.split(" | ");
            let name = cells.next()?;
            (cells.next()? == "modelled").then_some(name)
        });
        rows.collect()
    }

    #[test]
    fn what_is_modelled_is_made() {
        let not_made: BTreeSet<&str> = NOT_MADE.iter().map(|(name, _)| *name).collect();
        for (heading, made) in [("\n## Matches", MATCHES), ("\n## Targets", TARGETS)] {
            let made: BTreeSet<&str> = made.iter().copied().collect();
            let wanted = modelled(heading);
            let missing: Vec<&&str> = wanted.difference(&made).collect();
            let missing: Vec<&&&str> = missing.iter().filter(|n| !not_made.contains(**n)).collect();
            assert!(missing.is_empty(), "in no random rule: {missing:?}");
            let more: Vec<&&str> = made.difference(&wanted).collect();
            let verdicts = ["ACCEPT", "DROP", "RETURN"];
            let more: Vec<&&&str> = more.iter().filter(|n| !verdicts.contains(**n)).collect();
            assert!(more.is_empty(), "not modelled: {more:?}");
        }
    }

    #[test]
    fn what_is_listed_is_made() {
        // Rules of every place, as many as it takes.
        let mut random = Random::new(5);
        let place = Place {
            address: "192.0.2.1".to_owned(),
            ..Place::default()
        };
        let mut text = String::new();
        for _ in 0..4000 {
            for (table, hook) in [
                ("raw", "PREROUTING"),
                ("mangle", "PREROUTING"),
                ("mangle", "POSTROUTING"),
                ("nat", "PREROUTING"),
                ("nat", "POSTROUTING"),
                ("filter", "FORWARD"),
                ("filter", "INPUT"),
                ("filter", "OUTPUT"),
            ] {
                let here = Where {
                    table,
                    hook,
                    places: std::slice::from_ref(&place),
                    devices: &["eth0".to_owned()],
                    sets: true,
                };
                text += &rule(&mut random, &here, &[]);
                text.push('\n');
            }
        }
        let never = |option: &str, names: &[&'static str]| -> Vec<&'static str> {
            let made = |name: &&&str| !text.contains(&format!("{option} {name}"));
            names.iter().filter(made).copied().collect()
        };
        assert_eq!(never("-m", MATCHES), [""; 0]);
        assert_eq!(never("-j", TARGETS), [""; 0]);
    }
}
