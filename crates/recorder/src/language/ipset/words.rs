//! Random text for `ipset restore`, right and wrong.
//!
//! Left out, as real programs disagree with themselves there or chance decides:
//! entries so many that the hash could grow, an open quotation mark, `quit`, sets with `forceadd` that are full, seconds
//! so few that they could pass, adding again without an Ethernet address what is
//! in a `bitmap:ip,mac` with time (the kernel then takes seconds for a moment).

use std::fmt::Write as _;

use crate::conform::Random;

/// A set that the text has made, as far as it went well.
#[derive(Clone, Default)]
struct Made {
    name: String,
    kind: &'static str,
    inet6: bool,
    extensions: [bool; 4],
    /// Percent of places where something is wrong.
    wrong: usize,
}

const NAMES: [&str; 6] = ["a", "b", "web", "k8s-nodes", "a_b.c", "F2B:sshd"];

/// A text, and how many commands it has.
pub(super) fn text(random: &mut Random, types: &[&'static str]) -> (String, usize) {
    let mut out = String::new();
    let mut sets: Vec<Made> = Vec::new();
    let mut number = 0;
    if random.chance(10) {
        out += random.word(&["# a comment\n", "\n", "  \n"]);
    }
    // Most texts are meant to be right: what is there already does not matter.
    let calm = random.chance(65);
    let wrong = if calm { 0 } else { 2 };
    for nth in 0..random.range(1, 4) {
        let exist = (calm && nth == 0) || random.chance(8);
        create(random, types, &mut sets, &mut out, exist, wrong);
        number += 1;
    }
    let sticky = random.chance(50);
    for _ in 0..random.range(2, 16) {
        number += 1;
        let exist = if (sticky && number % 3 == 0) || random.chance(4) {
            random.word(&[" -exist", " -!"])
        } else {
            ""
        };
        let at = random.below(sets.len());
        let Some(set) = sets.get(at).cloned() else {
            create(random, types, &mut sets, &mut out, false, wrong);
            continue;
        };
        match random.below(100) {
            0..64 => {
                let word = random.word(&["add", "add", "add", "-A", "--add", "a"]);
                let entry = entry(random, &set, &sets, true);
                let options = add_options(random, &set, &sets);
                let _ = writeln!(out, "{word}{exist} {} {entry}{options}", set.name);
            }
            64..78 => {
                let word = random.word(&["del", "del", "-D", "d"]);
                let entry = entry(random, &set, &sets, true);
                let place = place(random, &set, &sets);
                let _ = writeln!(out, "{word} {} {entry}{place}{exist}", set.name);
            }
            78..82 => {
                let entry = entry(random, &set, &sets, false);
                let nomatch = if set.kind.contains("net") && random.chance(20) {
                    " nomatch"
                } else {
                    ""
                };
                let quiet = random.word(&["-q ", "-quiet ", "-q ", ""]);
                if calm && random.chance(80) {
                    continue;
                }
                let _ = writeln!(out, "{quiet}test {} {entry}{nomatch}", set.name);
            }
            82..85 => {
                let _ = writeln!(out, "{} {}", random.word(&["flush", "-F", "f"]), set.name);
            }
            85..88 if calm && sets.iter().any(|set| set.kind == "list:set") => {}
            85..88 => {
                let _ = writeln!(
                    out,
                    "{}{exist} {}",
                    random.word(&["destroy", "x"]),
                    set.name
                );
                sets.remove(at);
            }
            88..92 => {
                let taken = |name: &&&str| !sets.iter().any(|set| set.name == **name);
                let free = NAMES.iter().find(taken).filter(|_| calm);
                let other = free.copied().unwrap_or_else(|| random.word(&NAMES));
                let _ = writeln!(
                    out,
                    "{} {} {other}",
                    random.word(&["rename", "e"]),
                    set.name
                );
                if let Some(set) = sets.get_mut(at) {
                    set.name = other.to_owned();
                }
            }
            92..95 => {
                let like = |other: &&Made| other.kind == set.kind && other.inet6 == set.inet6;
                let other = if calm {
                    let like: Vec<Made> = sets.iter().filter(like).cloned().collect();
                    random.pick(&like)
                } else {
                    random.pick(&sets)
                };
                let _ = writeln!(
                    out,
                    "{} {} {}",
                    random.word(&["swap", "-W"]),
                    set.name,
                    other.name
                );
            }
            95 if calm => out += random.word(&["flush\n", "COMMIT\n", "# x\n"]),
            95 => {
                out += random.word(&[
                    "flush\n",
                    "destroy\n",
                    "COMMIT\n",
                    "save\n",
                    "# x\n",
                    "lst a\n",
                ]);
            }
            _ => create(random, types, &mut sets, &mut out, !exist.is_empty(), wrong),
        }
    }
    (out, number)
}

fn create(
    random: &mut Random,
    types: &[&'static str],
    sets: &mut Vec<Made>,
    out: &mut String,
    exist: bool,
    wrong: usize,
) {
    let free: Vec<&str> = NAMES
        .into_iter()
        .filter(|name| !sets.iter().any(|set| set.name == *name))
        .collect();
    if free.is_empty() && wrong == 0 {
        return;
    }
    let again = random.chance(wrong) || (wrong > 0 && exist && random.chance(50));
    let name = if free.is_empty() || again {
        random.word(&NAMES).to_owned()
    } else {
        random.pick(&free).to_owned()
    };
    if random.chance(wrong) && random.chance(50) {
        let _ = writeln!(
            out,
            "create {}",
            random.word(&["x hash:ipp", "x", "", "y hash:port", "z list:ip"])
        );
        return;
    }
    let kind = random.pick(types);
    let hash = kind.starts_with("hash");
    let mut set = Made {
        name,
        kind,
        wrong,
        ..Made::default()
    };
    let mut options: Vec<String> = Vec::new();
    if hash && kind != "hash:mac" {
        set.inet6 = random.chance(35);
        if set.inet6 {
            options.push(
                random
                    .word(&["family inet6", "-6", "family ipv6"])
                    .to_owned(),
            );
        } else if random.chance(30) {
            options.push(
                random
                    .word(&["family inet", "-4", "--family inet"])
                    .to_owned(),
            );
        }
    }
    if hash {
        hash_options(random, &set, &mut options);
    } else {
        bitmap_options(random, &set, &mut options);
    }
    for (nth, option) in ["timeout", "counters", "comment", "skbinfo"]
        .into_iter()
        .enumerate()
    {
        let given = random.chance(30);
        set.extensions[nth] = given;
        if given {
            let value = match option {
                "timeout" => random.word(&[" 0", " 600", " 1000", " 2147483", " 0x400"]),
                _ => "",
            };
            options.push(format!("{option}{value}"));
        }
    }
    if random.chance(wrong) {
        let wrong = [
            "nomatch",
            "timeout x",
            "timeout 2147484",
            "netmask 0",
            "range 1-2",
            "size 3",
            "family inet",
            "markmask 0",
            "hashsize",
            "bitmask 0.0.0.0",
            "counters counters",
        ];
        options.push(random.word(&wrong).to_owned());
    }
    for at in (1..options.len()).rev() {
        let other = random.below(at + 1);
        options.swap(at, other);
    }
    let exist = if exist { " -exist" } else { "" };
    let word = random.word(&["create", "create", "-N", "new", "c"]);
    let mut line = format!("{word}{exist} {} {kind}", set.name);
    for option in options {
        let _ = write!(line, " {option}");
    }
    let _ = writeln!(out, "{line}");
    sets.push(set);
}

fn hash_options(random: &mut Random, set: &Made, options: &mut Vec<String>) {
    let mut give = |random: &mut Random, percent, words: &[&'static str]| {
        if random.chance(percent) {
            options.push(random.word(words).to_owned());
        }
    };
    give(
        random,
        20,
        &[
            "hashsize 1024",
            "hashsize 1500",
            "hashsize 4000",
            "--hashsize 2048",
        ],
    );
    give(
        random,
        20,
        &["maxelem 1000", "maxelem 100000", "maxelem 65536"],
    );
    give(
        random,
        15,
        &[
            "bucketsize 2",
            "bucketsize 5",
            "bucketsize 12",
            "bucketsize 200",
            "bucketsize 0",
        ],
    );
    give(random, 20, &["initval 0x12345678", "initval 5"]);
    // Never so many that one has to go.
    give(random, 10, &["forceadd"]);
    match set.kind {
        "hash:ip" | "hash:ip,port" | "hash:net,net" => {
            let masks: &[&str] = if set.inet6 {
                &[
                    "netmask 64",
                    "netmask 128",
                    "bitmask ffff:ffff::ff",
                    "bitmask ffff::",
                    "netmask 127",
                ]
            } else {
                &[
                    "netmask 24",
                    "netmask 32",
                    "netmask 9",
                    "bitmask 255.255.0.255",
                    "bitmask 255.255.0.0",
                    "bitmask 255.255.255.255",
                ]
            };
            give(random, 25, masks);
            give(random, set.wrong, masks);
        }
        "hash:ip,mark" => give(random, 40, &["markmask 0xff", "markmask 65535"]),
        _ => {}
    }
    if matches!(set.kind, "hash:ip" | "hash:net" | "hash:ip,port") {
        give(random, set.wrong * 2, &["probes 3", "resize 50"]);
    }
}

fn bitmap_options(random: &mut Random, set: &Made, options: &mut Vec<String>) {
    let calm = set.wrong == 0;
    let range = match set.kind {
        "bitmap:port" if calm => {
            random.word(&["range 0-65535", "range 1000-0", "range udp:0-1000"])
        }
        "bitmap:ip" if calm => random.word(&[
            "range 10.0.0.0/22",
            "range 10.0.0.0/16 netmask 29",
            "range 10.2.0.0-10.0.0.0 netmask 24",
            "network 10.0.0.9/16",
            "range 8.0.0.0/5 netmask 16",
        ]),
        "bitmap:ip,mac" if calm => random.word(&["range 10.0.0.0/16", "range 10.0.1.255-10.0.0.0"]),
        "list:set" => random.word(&["", "size 3", "size 20", ""]),
        "bitmap:port" => random.word(&[
            "range 0-65535",
            "range 20-100",
            "range tcp:http-20",
            "range udp:1-53",
            "range 443-80",
            "from 20 to 443",
            "range 0-1023",
        ]),
        "bitmap:ip" => random.word(&[
            "range 10.0.0.0/24",
            "range 10.0.0.0-10.0.0.255",
            "range 10.0.0.77/16",
            "range 10.0.0.9-10.0.0.1",
            "range 10.0.0.0/8 netmask 24",
            "range 10.0.0.0/16 netmask 24",
            "range 10.0.0.0-10.0.1.255 netmask 24",
            "from 10.0.0.0 to 10.0.0.63",
            "network 10.0.0.0/24",
            "range 10.0.0.3-10.0.1.4 netmask 28",
            "range 0.0.0.0/0 netmask 16",
            "range 10.0.0.0/24 netmask 24",
        ]),
        _ => random.word(&[
            "range 10.0.0.0/24",
            "range 10.0.0.0-10.0.0.40",
            "range 10.0.0.77/16",
            "range 10.0.0.0/8",
            "network 10.0.0.0/24",
        ]),
    };
    if !range.is_empty() && !random.chance(set.wrong) {
        options.push(range.to_owned());
    }
}

/// The part of a list: before or behind another.
fn place(random: &mut Random, set: &Made, sets: &[Made]) -> String {
    if set.kind != "list:set" || set.wrong == 0 || !random.chance(25) {
        return String::new();
    }
    let other = random.pick(sets).name;
    format!(" {} {other}", random.word(&["before", "after"]))
}

fn add_options(random: &mut Random, set: &Made, sets: &[Made]) -> String {
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

fn entry(random: &mut Random, set: &Made, sets: &[Made], ranges: bool) -> String {
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
        let ranges = ranges && random.chance(20);
        let part = match dim {
            "ip" => ip(random, set, ranges && parts.is_empty()),
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

fn ip(random: &mut Random, set: &Made, ranges: bool) -> String {
    if set.inet6 {
        return random
            .word(&[
                "2001:db8::1",
                "2001:db8::2",
                "fe80::1",
                "::ffff:1.2.3.4",
                "2001:DB8:0::1",
                "::1.2.3.4",
                "2001:db8::1/128",
            ])
            .to_owned();
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
    if set.kind == "bitmap:port" && set.wrong == 0 {
        return random
            .word(&[
                "80",
                "443",
                "22",
                "tcp:25",
                "udp:53",
                "http",
                "udp:domain",
                "0",
            ])
            .to_owned();
    }
    if set.kind == "bitmap:port" {
        return random
            .word(&[
                "80",
                "443",
                "22",
                "tcp:25",
                "udp:53",
                "http",
                "udp:domain",
                "0",
                "1000",
            ])
            .to_owned();
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
