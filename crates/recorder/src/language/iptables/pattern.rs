//! Values from patterns.
//!
//! A pattern is text with choices in angle brackets: `<a|b|c>` is one of them,
//! `<*a|b|c>` a list of some with commas between, `<0..255>` a number in any of
//! the ways that numbers are written (`<=0..9>` in the usual one), `<long9>` is a
//! word of nine bytes, and `<port>`, `<net>` and their like are what their names
//! say; `<unique>` is a word that no other rule has. Blanks divide the words of one
//! option's value.

use packetwalk_rules::Family;

use crate::conform::Random;

/// Words made of a pattern.
pub fn expand(pattern: &str, family: Family, random: &mut Random) -> Vec<String> {
    pattern
        .split(' ')
        .map(|word| expand_word(word, family, random))
        .collect()
}

/// The words that an option takes: one, blanks and all, or several.
pub fn value(pattern: &str, words: u8, family: Family, random: &mut Random) -> Vec<String> {
    match words {
        1 => vec![expand_word(pattern, family, random)],
        _ => expand(pattern, family, random),
    }
}

fn expand_word(mut rest: &str, family: Family, random: &mut Random) -> String {
    let mut word = String::new();
    while let Some((before, more)) = rest.split_once('<') {
        let (inside, behind) = more.split_once('>').unwrap_or((more, ""));
        word += before;
        word += &choose(inside, family, random);
        rest = behind;
    }
    word + rest
}

fn choose(inside: &str, family: Family, random: &mut Random) -> String {
    if let Some(list) = inside.strip_prefix('*') {
        let names: Vec<&str> = list.split('|').collect();
        let number = random.range(1, names.len().min(4));
        let chosen: Vec<String> = (0..number)
            .map(|_| expand_named(names[random.below(names.len())], family, random))
            .collect();
        return chosen.join(",");
    }
    let names: Vec<&str> = inside.split('|').collect();
    expand_named(names[random.below(names.len())], family, random)
}

fn expand_named(name: &str, family: Family, random: &mut Random) -> String {
    let (plain, range) = match name.strip_prefix('=') {
        Some(range) => (true, range),
        None => (false, name),
    };
    if let Some((low, high)) = range.split_once("..")
        && let (Ok(low), Ok(high)) = (low.parse(), high.parse())
    {
        let value = within(low, high, random);
        return if plain {
            value.to_string()
        } else {
            spelled(value, random)
        };
    }
    if let Some(length) = name.strip_prefix("long").and_then(|n| n.parse().ok()) {
        return "a".repeat(length);
    }
    match name {
        "port" => random.range(0, 65_535).to_string(),
        "service" => random
            .word(&[
                "http", "ssh", "domain", "https", "ntp", "syslog", "mysql", "sip", "tftp",
            ])
            .to_owned(),
        "ip" => ip(family, random),
        "net" => network(family, random),
        "mac" => mac(random),
        "iface" => random
            .word(&[
                "eth0",
                "lo",
                "docker0",
                "br-1234567890ab",
                "eth+",
                "+",
                "veth1",
                "wg0",
                "ens3.100",
            ])
            .to_owned(),
        "proto" => random
            .word(&[
                "tcp",
                "udp",
                "icmp",
                "sctp",
                "dccp",
                "gre",
                "esp",
                "ah",
                "ospf",
                "all",
                "TCP",
                "ipv6-icmp",
                "icmpv6",
                "6",
                "17",
                "132",
                "255",
                "0x11",
                "vrrp",
                "udplite",
                "igmp",
            ])
            .to_owned(),
        "lt" => "<".to_owned(),
        "unique" => format!("{:x}", random.draw() >> 24),
        "text" => text(random),
        "one" => match family {
            Family::V4 | Family::Arp => format!("10.{}.0.1", random.below(256)),
            Family::V6 => format!("2001:db8::{:x}", random.below(65_536)),
        },
        "word" => random
            .word(&[
                "plain",
                "two words",
                "it's",
                "a \"q\" b",
                "back\\slash",
                "-x",
                "a,b",
                "# no",
                "cali:x_-1",
                "[UFW] ",
            ])
            .to_owned(),
        "name" => random
            .word(&["a", "DEFAULT", "ssh-brute", "list_1", "x.y", "A1", "http 1"])
            .to_owned(),
        other => other.to_owned(),
    }
}

/// A number between two, both included; often one of the ends.
fn within(low: u64, high: u64, random: &mut Random) -> u64 {
    match random.below(8) {
        0 => low,
        1 => high,
        2..=4 => low + random.draw() % high.saturating_sub(low).min(300).saturating_add(1),
        _ => low + random.draw() % high.saturating_sub(low).saturating_add(1).max(1),
    }
}

/// A number in one of the ways that C reads.
fn spelled(value: u64, random: &mut Random) -> String {
    match random.below(12) {
        0 | 1 => format!("{value:#x}"),
        2 => format!("0{value:o}"),
        3 => format!("0X{value:X}"),
        _ => value.to_string(),
    }
}

fn ip(family: Family, random: &mut Random) -> String {
    match family {
        Family::V4 | Family::Arp => match random.below(12) {
            0 => "0.0.0.0".to_owned(),
            1 => "255.255.255.255".to_owned(),
            2 => "127.0.0.1".to_owned(),
            _ => {
                let mut octet = || random.below(256);
                format!("{}.{}.{}.{}", octet(), octet(), octet(), octet())
            }
        },
        Family::V6 => match random.below(10) {
            0 => "::".to_owned(),
            1 => "::1".to_owned(),
            2 => "::ffff:10.1.2.3".to_owned(),
            3 => "2001:DB8:0:0:1::1".to_owned(),
            4 => format!("fe80::{:x}", random.below(65_536)),
            5 => format!("2001:db8:0:0:{:x}:0:0:1", random.below(65_536)),
            _ => format!(
                "2001:db8:{:x}::{:x}",
                random.below(65_536),
                random.below(65_536)
            ),
        },
    }
}

fn network(family: Family, random: &mut Random) -> String {
    let address = ip(family, random);
    match (family, random.below(10)) {
        (_, 0..=2) => address,
        (Family::V4, 3) => format!(
            "{address}/{}",
            random.word(&[
                "255.255.0.0",
                "255.0.255.0",
                "0.0.0.255",
                "255.255.255.255",
                "0.0.0.0",
                "128.0.0.0"
            ])
        ),
        (Family::V4, 4) => random
            .word(&[
                "10/8",
                "10.1/16",
                "172.16/12",
                "192.168.1/24",
                "10.0.0/255.255.0.0",
                "0/0",
                "10",
                "10.1",
            ])
            .to_owned(),
        (Family::V6, 3) => format!(
            "{address}/{}",
            random.word(&[
                "ffff::",
                "ffff::ffff",
                "::",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "::1"
            ])
        ),
        (Family::V4 | Family::Arp, _) => format!("{address}/{}", random.below(33)),
        (Family::V6, _) => format!("{address}/{}", random.below(129)),
    }
}

fn mac(random: &mut Random) -> String {
    let bytes: Vec<String> = (0..6)
        .map(|_| {
            let byte = random.below(256);
            match random.below(6) {
                0 => format!("{byte:X}"),
                1 => format!("{byte:x}"),
                _ => format!("{byte:02x}"),
            }
        })
        .collect();
    bytes.join(":")
}

/// Something to be quoted, or not.
fn text(random: &mut Random) -> String {
    random
        .word(&[
            "plain",
            "two words",
            "it's",
            "a \"quoted\" word",
            "back\\slash",
            "",
            "-",
            "!",
            "-x",
            "über",
            "漢字",
            "a,b",
            "a;b|c",
            "# no comment",
            "tab\there",
            "$HOME `x`",
            "100%",
            "--dport 80",
            "cali:abcDEF_-1234",
            "default/web:http cluster IP",
            "[UFW BLOCK] ",
            "x'y\"z\\",
            " lead",
            "trail ",
        ])
        .to_owned()
}
