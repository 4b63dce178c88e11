//! Random elements and what stands behind them.

use super::words::Made;
use crate::conform::Random;

/// The part of a list: before or behind another.
pub(super) fn place(random: &mut Random, set: &Made, sets: &[Made]) -> String {
    if set.kind != "list:set" || set.wrong == 0 || !random.chance(25) {
        return String::new();
    }
    let other = random.pick(sets).name;
    format!(" {} {other}", random.word(&["before", "after"]))
}

pub(super) fn add_options(random: &mut Random, set: &Made, sets: &[Made]) -> String {
    let mut out = place(random, set, sets);
    let [timeout, counters, comment, skbinfo] = set.extensions;
    let mut give = |random: &mut Random, has: bool, words: &[&'static str]| {
        if (has && random.chance(45)) || random.chance(set.wrong) && random.chance(15) {
            out.push(' ');
            out += random.word(words);
        }
    };
    give(
        random,
        timeout,
        &[
            "timeout 0",
            "timeout 300",
            "timeout 2147483",
            "timeout 100000",
        ],
    );
    give(
        random,
        counters,
        &["packets 5", "packets 0x10", "packets 18446744073709551614"],
    );
    give(
        random,
        counters,
        &["bytes 100", "bytes 010", "bytes 1", "bytes -7"],
    );
    give(
        random,
        comment,
        &[
            "comment \"two words\"",
            "comment x",
            "comment a\"b c\"d",
            "comment it's",
        ],
    );
    give(
        random,
        skbinfo,
        &[
            "skbmark 0x5",
            "skbmark 0x5/0xff",
            "skbmark 0x0",
            "skbmark 0x1ffffffff/0x7",
        ],
    );
    give(
        random,
        skbinfo,
        &[
            "skbprio 1:2",
            "skbprio a:ffff",
            "skbprio 0:0",
            "skbprio 12345:12345",
        ],
    );
    give(
        random,
        skbinfo,
        &["skbqueue 3", "skbqueue 0", "skbqueue 65535"],
    );
    if set.kind.contains("net") && random.chance(12) {
        out += " nomatch";
    }
    if set.kind.ends_with("iface") && random.chance(20) {
        out += " wildcard";
    }
    if random.chance(set.wrong) && random.chance(50) {
        out += random.word(&[
            " timeout",
            " packets -1",
            " skbmark 5",
            " skbprio 1",
            " skbqueue 65536",
            " nomatc",
            " timeout 2147484",
            " comment",
            " timeout 1 timeout 2",
            " bytes 18446744073709551615",
        ]);
    }
    out
}

pub(super) fn entry(random: &mut Random, set: &Made, sets: &[Made], ranges: bool) -> String {
    if set.kind == "list:set" {
        if set.wrong == 0 {
            let plain = sets.iter().filter(|set| set.kind != "list:set");
            let names: Vec<String> = plain.map(|set| set.name.clone()).collect();
            return random.pick(&names);
        }
        return match random.below(12) {
            0 => format!(
                "{},{},{}",
                random.pick(sets).name,
                random.word(&["before", "after"]),
                random.pick(sets).name
            ),
            1 if random.chance(20) => "nowhere".to_owned(),
            _ => random.pick(sets).name,
        };
    }
    if random.chance(set.wrong) && random.chance(40) {
        return random
            .word(&[
                "1.2.3",
                "1.2.3.4,",
                ",",
                "x",
                "1.2.3.4,80,90,100",
                "10.0.0.1/33",
                "10.0.0.1-",
                "::1",
                "[10.0.0.1",
                "1.2.3.4,tcp:",
            ])
            .to_owned();
    }
    let (_, dims) = set.kind.split_once(':').unwrap_or_default();
    let mut parts = Vec::new();
    for dim in dims.split(',') {
        // Two ranges of three parts are so many entries that a hash could grow.
        let grows = dims.split(',').count() > 2
            && parts.iter().any(|part: &String| part.contains(['-', '/']));
        let ranges = ranges && !grows && random.chance(20);
        let part = match dim {
            "ip" => {
                // A range stands in front alone, and not with an Ethernet address.
                let first = parts.is_empty() && set.kind != "bitmap:ip,mac";
                ip(random, set, ranges && first, first || set.wrong > 0)
            }
            "net" => net(random, set, ranges),
            "port" => port(random, set, ranges),
            "mac" => {
                if set.kind == "bitmap:ip,mac" && (set.extensions[0] || random.chance(40)) {
                    // Adding it twice with time is left out: see above.
                    if set.extensions[0] {
                        random.word(&["02:42:ac:11:00:02", "1:2:3:4:5:6"])
                    } else {
                        continue;
                    }
                } else {
                    random.word(&[
                        "02:42:ac:11:00:02",
                        "1:2:3:4:5:6",
                        "FF:ff:0A:00:00:00",
                        "02:42:AC:11:00:02",
                    ])
                }
                .to_owned()
            }
            "iface" if set.wrong == 0 => random
                .word(&["eth0", "eth", "eth01", "physdev:eth0", "lo", "physdev:eth"])
                .to_owned(),
            "iface" => random
                .word(&[
                    "eth0",
                    "eth",
                    "eth01",
                    "physdev:eth0",
                    "lo",
                    "physdev:eth",
                    "eth0",
                    "veth1234567890123",
                ])
                .to_owned(),
            _ => random
                .word(&["0x63", "0", "111236", "4294967295"])
                .to_owned(),
        };
        parts.push(part);
    }
    parts.join(",")
}

fn ip(random: &mut Random, set: &Made, ranges: bool, lengths: bool) -> String {
    if set.inet6 {
        let addrs = [
            "2001:db8::1",
            "2001:db8::2",
            "fe80::1",
            "::ffff:1.2.3.4",
            "2001:DB8:0::1",
            "::1.2.3.4",
            "2001:db8::1/128",
        ];
        let number = addrs.len() - usize::from(!lengths);
        return random.word(&addrs[..number]).to_owned();
    }
    if ranges {
        return random
            .word(&[
                "10.0.0.0/29",
                "10.0.0.5/30",
                "10.0.0.1-10.0.0.6",
                "10.0.0.9-10.0.0.7",
                "10.0.0.1/32",
                "[10.0.0.3]-[10.0.0.4]",
                "10.0.1.77-10.0.0.250",
                "10.0.0.0/25",
            ])
            .to_owned();
    }
    if random.chance(3) && set.wrong > 0 {
        return random
            .word(&["0.0.0.0", "255.255.255.255", "10.0.0.7/32"])
            .to_owned();
    }
    random
        .word(&[
            "10.0.0.1",
            "10.0.0.2",
            "10.0.0.3",
            "10.0.0.40",
            "10.0.0.1",
            "10.2",
            "012.0.0.1",
            "10.0.1.1",
            "[10.0.0.8]",
        ])
        .to_owned()
}

fn net(random: &mut Random, set: &Made, ranges: bool) -> String {
    if random.chance(2) && set.wrong > 0 {
        return random.word(&["0.0.0.0/0", "::/0", "10.0.0.0/0"]).to_owned();
    }
    if set.inet6 {
        return random
            .word(&[
                "2001:db8::/32",
                "2001:db8::1/64",
                "2001:db8::1",
                "fe80::/10",
                "2001:db8::1/128",
                "::/1",
                "2001:db8::2/127",
            ])
            .to_owned();
    }
    if ranges && set.kind == "hash:net" && random.chance(10) {
        return "0.0.0.0-255.255.255.254".to_owned();
    }
    if ranges {
        return random
            .word(&[
                "10.0.0.1-10.0.0.14",
                "10.0.0.0-10.0.3.255",
                "10.0.0.77-10.0.0.3",
                "10.0.0.0-10.0.0.0",
                "10.0.0.0-10.0.0.254",
            ])
            .to_owned();
    }
    random
        .word(&[
            "10.0.0.0/24",
            "10.0.0.0/16",
            "10.0.0.77/24",
            "10.0.0.1",
            "10.0.0.1/32",
            "192.168.0.0/16",
            "10.1.2.3/9",
            "0.0.0.0",
            "128.0.0.0/1",
        ])
        .to_owned()
}

fn port(random: &mut Random, set: &Made, ranges: bool) -> String {
    if ranges {
        if set.kind == "bitmap:port" {
            return random
                .word(&["80-83", "tcp:25-20", "udp:53-54", "tcp:[ftp-data]-22"])
                .to_owned();
        }
        return random
            .word(&[
                "80-83",
                "tcp:25-20",
                "udp:53-54",
                "sctp:5-6",
                "tcp:[ftp-data]-22",
            ])
            .to_owned();
    }
    if set.kind == "bitmap:port" {
        let ports = [
            "80",
            "443",
            "22",
            "tcp:25",
            "udp:53",
            "http",
            "udp:domain",
            "0",
            // Beyond what the set holds.
            "1000",
        ];
        let within = ports.len() - usize::from(set.wrong == 0);
        return random.word(&ports[..within]).to_owned();
    }
    let icmp: &[&str] = if set.inet6 {
        &[
            "icmpv6:echo-request",
            "ipv6-icmp:1/0",
            "icmpv6:pong",
            "icmpv6:neighbour-advertisement",
            "icmpv6:200/7",
        ]
    } else {
        &[
            "icmp:echo-request",
            "icmp:8/0",
            "icmp:PING",
            "icmp:tos-host",
            "1:3/4",
            "icmp:200/9",
            "icmp:net",
        ]
    };
    match random.below(10) {
        0 | 1 => random.word(icmp).to_owned(),
        2 => random
            .word(&[
                "gre:0",
                "47:0",
                "200:0",
                "esp:0",
                "udplite:9",
                "sctp:80",
                "132:7",
                "255:0",
            ])
            .to_owned(),
        3 if set.wrong > 0 && random.chance(20) => random
            .word(&[
                "0:0",
                "gre:1",
                "icmp:echo",
                "icmp:x",
                "icmpv6:1/0",
                "tcp:70000",
                "nope:1",
                "udp:",
                "icmp:8",
                "tcp:nosuch",
                "300:0",
            ])
            .to_owned(),
        _ => random
            .word(&[
                "80",
                "tcp:443",
                "udp:53",
                "http",
                "udp:domain",
                "TCP:22",
                "6:22",
                "17:53",
                "tcp:[ftp-data]",
            ])
            .to_owned(),
    }
}
