//! Sets of ipset: of every type, with every extension, looked up and changed by
//! rules in front of the others.
//!
//! Drawn apart from the rest, on top of it, so that it can be left out. Types that
//! kernels are often built without (`hash:ip,mac`, `hash:ip,mark`, `hash:mac`,
//! `hash:net,net`, `hash:net,port,net`) are not drawn: a case is the same on every
//! machine.

use std::fmt::Write as _;

use super::machines::{Place, places};
use super::random::Random;
use crate::machine::{Host, Machine};

/// The types, and how many sides of a packet each looks up.
const TYPES: [(&str, usize); 10] = [
    ("hash:ip", 1),
    ("hash:net", 1),
    ("hash:ip,port", 2),
    ("hash:net,port", 2),
    ("hash:net,iface", 2),
    ("hash:ip,port,ip", 3),
    ("hash:ip,port,net", 3),
    ("bitmap:ip", 1),
    ("bitmap:ip,mac", 2),
    ("bitmap:port", 1),
];

/// A set, as rules see it.
#[derive(Clone, Debug, Default)]
struct Made {
    name: String,
    sides: usize,
    counters: bool,
    skbinfo: bool,
    timeout: bool,
    nets: bool,
    /// How the addresses begin that a bitmap may hold.
    within: &'static str,
}

/// Adds sets to some of the hosts.
pub fn fill(machine: &mut Machine, random: &mut Random) {
    let places = places(machine);
    let names: Vec<String> = machine.hosts.iter().map(|host| host.name.clone()).collect();
    for name in names {
        let share = if name == "host" { 40 } else { 8 };
        if random.chance(share) {
            add(machine.host(&name), random, &places);
        }
    }
}

fn add(host: &mut Host, random: &mut Random, places: &[Place]) {
    let devices: Vec<String> = host.devices.iter().map(|dev| dev.name.clone()).collect();
    let mut made = Vec::new();
    let mut text = String::new();
    for number in 0..random.range(2, 5) {
        let (kind, sides) = TYPES[random.below(TYPES.len())];
        let set = set(random, &format!("x{number}"), kind, sides);
        create(random, kind, &set, &mut text);
        for _ in 0..random.range(0, 5) {
            let entry = entry(random, kind, &set, places, &devices);
            let options = extensions(random, &set);
            let _ = writeln!(text, "add -exist {} {entry}{options}", set.name);
        }
        made.push(set);
    }
    if random.chance(30) {
        let list = list(random, &made, &mut text);
        made.push(list);
    }
    host.ipset.push_str(&text);
    for table in ["raw", "mangle", "filter"] {
        if random.chance(60) {
            let mut rules = String::new();
            for _ in 0..random.range(1, 5) {
                let rule = rule(random, table, &made);
                let _ = writeln!(rules, "{rule}");
            }
            insert(host, table, &rules);
        }
    }
}

fn set(random: &mut Random, name: &str, kind: &str, sides: usize) -> Made {
    Made {
        name: name.to_owned(),
        sides,
        counters: random.chance(35),
        skbinfo: random.chance(25),
        timeout: random.chance(20),
        nets: kind.contains("net"),
        within: match kind {
            "bitmap:ip" | "bitmap:ip,mac" => random.word(&["172.17.", "192.0.2."]),
            _ => "",
        },
    }
}

fn create(random: &mut Random, kind: &str, set: &Made, text: &mut String) {
    let _ = write!(text, "create {} {kind}", set.name);
    text.push_str(match kind {
        "bitmap:port" => random.word(&[" range 0-65535", " range 50-1024"]),
        "bitmap:ip" if set.within == "172.17." => {
            random.word(&[" range 172.17.0.0/16", " range 172.16.0.0/12 netmask 24"])
        }
        "bitmap:ip,mac" if set.within == "172.17." => " range 172.17.0.0/16",
        "bitmap:ip" | "bitmap:ip,mac" => " range 192.0.2.0/24",
        "hash:ip" | "hash:ip,port" if random.chance(30) => {
            random.word(&[" netmask 24", " netmask 16", " bitmask 255.255.0.255"])
        }
        _ => "",
    });
    // Seconds enough that none passes.
    for (on, option) in [
        (set.timeout, " timeout 900000"),
        (set.counters, " counters"),
        (set.skbinfo, " skbinfo"),
    ] {
        if on {
            text.push_str(option);
        }
    }
    text.push('\n');
}

fn list(random: &mut Random, made: &[Made], text: &mut String) -> Made {
    let sides = random.range(1, 3);
    let mut list = set(random, "x-list", "list:set", sides);
    list.timeout = false;
    create(random, "list:set", &list, text);
    for member in made {
        if random.chance(60) {
            let options = extensions(random, &list);
            let _ = writeln!(text, "add x-list {}{options}", member.name);
        }
    }
    list
}

fn extensions(random: &mut Random, set: &Made) -> String {
    let mut out = String::new();
    if set.counters && random.chance(60) {
        out += random.word(&[" packets 1", " packets 2 bytes 100", " bytes 60"]);
    }
    if set.skbinfo && random.chance(70) {
        out += random.word(&[
            " skbmark 0x1",
            " skbmark 0x20/0xf0",
            " skbmark 0x300/0xff00 skbprio 1:3",
        ]);
    }
    if set.nets && random.chance(20) {
        out += " nomatch";
    }
    out
}

fn address(random: &mut Random, places: &[Place]) -> String {
    random.pick(places).address
}

fn net(random: &mut Random, places: &[Place]) -> String {
    let address = address(random, places);
    let length = random.word(&["/32", "/24", "/16", "/30", "/25", "/8"]);
    format!("{address}{length}")
}

fn port(random: &mut Random) -> &'static str {
    random.word(&[
        "tcp:80",
        "tcp:80",
        "udp:53",
        "udp:53",
        "tcp:8080",
        "icmp:echo-request",
        "icmp:echo-reply",
        "icmp:port-unreachable",
        "tcp:9",
    ])
}

fn entry(
    random: &mut Random,
    kind: &str,
    set: &Made,
    places: &[Place],
    devices: &[String],
) -> String {
    match kind {
        "bitmap:port" => return random.word(&["80", "53", "443", "1000"]).to_owned(),
        "bitmap:ip" | "bitmap:ip,mac" => return in_range(random, kind, set, places),
        _ => {}
    }
    let (_, dims) = kind.split_once(':').unwrap_or_default();
    let parts: Vec<String> = dims
        .split(',')
        .map(|dim| match dim {
            "ip" => address(random, places),
            "net" => net(random, places),
            "port" => port(random).to_owned(),
            _ => {
                let device = random.pick(devices);
                let kept = device.len() - random.below(device.len().max(1)).min(2);
                device.get(..kept).unwrap_or("lo").to_owned()
            }
        })
        .collect();
    let wildcard = kind.ends_with("iface") && random.chance(50);
    format!(
        "{}{}",
        parts.join(","),
        if wildcard { " wildcard" } else { "" }
    )
}

/// An entry that the bitmap's range holds.
fn in_range(random: &mut Random, kind: &str, set: &Made, places: &[Place]) -> String {
    let address = address(random, places);
    let address = if address.starts_with(set.within) {
        address
    } else {
        format!(
            "{}{}",
            set.within,
            random.word(if set.within.len() == 7 {
                &["0.2", "0.3"]
            } else {
                &["1", "10"]
            })
        )
    };
    let mac = kind.ends_with("mac") && random.chance(30);
    format!("{address}{}", if mac { ",02:00:00:00:00:99" } else { "" })
}

fn sides(random: &mut Random, number: usize) -> String {
    let sides: Vec<&str> = (0..number).map(|_| random.word(&["src", "dst"])).collect();
    sides.join(",")
}

fn rule(random: &mut Random, table: &str, made: &[Made]) -> String {
    let chain = match table {
        "raw" => random.word(&["PREROUTING", "PREROUTING", "OUTPUT"]),
        "mangle" => random.word(&["PREROUTING", "FORWARD", "POSTROUTING", "INPUT", "OUTPUT"]),
        _ => random.word(&["FORWARD", "FORWARD", "INPUT", "OUTPUT"]),
    };
    let mut words = vec![format!("-A {chain}")];
    if random.chance(75) {
        let set = random_set(random, made);
        words.push(lookup(random, &set));
    }
    let set = random_set(random, made);
    let sides_of = |random: &mut Random, set: &Made| sides(random, set.sides);
    match random.below(10) {
        0..4 => {}
        4 | 5 => {
            let exist = random.word(&["", " --exist"]);
            let timeout = if set.timeout && random.chance(50) {
                " --timeout 800000"
            } else {
                ""
            };
            let sides = sides_of(random, &set);
            words.push(format!(
                "-j SET --add-set {} {sides}{exist}{timeout}",
                set.name
            ));
        }
        6 => words.push(format!(
            "-j SET --del-set {} {}",
            set.name,
            sides_of(random, &set)
        )),
        7 if table == "mangle" => {
            let sides = sides_of(random, &set);
            words.push(format!("-j SET --map-set {} {sides} --map-mark", set.name));
        }
        8 if table == "filter" => words.push(
            random
                .word(&["-j ACCEPT", "-j DROP", "-j REJECT"])
                .to_owned(),
        ),
        _ => words.push("-m mark ! --mark 0x0".to_owned()),
    }
    words.join(" ")
}

fn random_set(random: &mut Random, made: &[Made]) -> Made {
    made.get(random.below(made.len()))
        .cloned()
        .unwrap_or_default()
}

fn lookup(random: &mut Random, set: &Made) -> String {
    // More sides than the set has parts are fine, fewer never match.
    let more = usize::from(random.chance(5));
    let mut out = format!(
        "-m set {}--match-set {} {}",
        super::rules::not(random),
        set.name,
        sides(random, set.sides + more)
    );
    if set.nets && random.chance(20) {
        out += " --return-nomatch";
    }
    if random.chance(15) {
        out += " ! --update-counters";
    }
    if random.chance(10) {
        out += " ! --update-subcounters";
    }
    if set.counters && random.chance(45) {
        out += random.word(&[
            " --packets-eq 2",
            " ! --packets-eq 2",
            " --packets-gt 2",
            " --packets-lt 3",
            " --bytes-gt 150",
            " --bytes-lt 150",
            " --packets-gt 1 --bytes-gt 100",
        ]);
    }
    out
}

/// Puts rules in front of a table's, behind its chains.
fn insert(host: &mut Host, table: &str, rules: &str) {
    let head = format!("*{table}\n");
    host.iptables = match host.iptables.split_once(&head) {
        None => format!("{head}{rules}{}", host.iptables),
        Some((before, after)) => {
            let at = after
                .find("-A ")
                .into_iter()
                .chain(after.find('*'))
                .min()
                .unwrap_or(after.len());
            let (chains, rest) = after.split_at(at);
            format!("{before}{head}{chains}{rules}{rest}")
        }
    };
}
