//! Random `create` lines.

use std::fmt::Write as _;

use super::words::{CREATE, CREATE_OPTIONS, Made, NAMES};
use crate::conform::Random;
use crate::language::Text;

pub(super) fn create(
    random: &mut Random,
    types: &[&'static str],
    sets: &mut Vec<Made>,
    out: &mut Text,
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
            out.text,
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
    let named = options.iter().flat_map(|option| {
        let words = option.split(' ').map(|word| word.trim_start_matches('-'));
        let known = words.filter(|word| CREATE_OPTIONS.contains(word));
        known.map(|word| (CREATE.to_owned(), word.to_owned()))
    });
    let named: Vec<_> = named.collect();
    for option in options {
        let _ = write!(line, " {option}");
    }
    let _ = writeln!(out.text, "{line}");
    out.used.push((kind.to_owned(), CREATE.to_owned()));
    out.used.extend(named);
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
        "bitmap:port" if calm => random.word(&[
            "range 0-65535",
            "range 1000-0",
            "range udp:0-1000",
            "from 0 to 1000",
        ]),
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
