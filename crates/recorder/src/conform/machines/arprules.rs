//! Random rules of arptables, of either front end.

use std::fmt::Write as _;

use super::Place;
use crate::build::{ARPTABLES_LEGACY, has_program};
use crate::conform::random::Random;
use crate::machine::{Host, Kind};

/// Gives a host random rules for ARP; with `bridges`, at times those of the legacy
/// front end, which has FORWARD, if this machine has it.
pub fn fill(host: &mut Host, random: &mut Random, places: &[Place], bridges: bool) {
    let legacy = bridges && random.chance(50) && has_program(ARPTABLES_LEGACY);
    let chains: &[&str] = match legacy {
        true => &["INPUT", "OUTPUT", "FORWARD"],
        false => &["INPUT", "OUTPUT"],
    };
    let is_port = |kind: &Kind, master: bool| master && !matches!(kind, Kind::Bridge(_));
    let devices = host.devices.iter();
    let (ports, others): (Vec<_>, Vec<_>) =
        devices.partition(|device| is_port(&device.kind, device.master.is_some()));
    let names = |list: Vec<&crate::machine::Device>| -> Vec<String> {
        list.into_iter().map(|device| device.name.clone()).collect()
    };
    let (ports, others) = (names(ports), names(others));
    let mut text = "*filter\n".to_owned();
    for chain in chains {
        let policy = if random.chance(4) { "DROP" } else { "ACCEPT" };
        let _ = writeln!(text, ":{chain} {policy}");
    }
    let user = random.chance(35);
    if user {
        text += ":own -\n";
    }
    let mut rule = |chain: &str, random: &mut Random| {
        let devices = if chain == "FORWARD" { &ports } else { &others };
        let mut words = conditions(random, chain, devices, places);
        let target = match random.below(12) {
            0 | 1 if user && chain != "own" => "-j own".to_owned(),
            0..=3 => "-j ACCEPT".to_owned(),
            // What drops is narrow, or nothing would be left to see.
            4 | 5 if words.len() > 1 => "-j DROP".to_owned(),
            6 => "-j RETURN".to_owned(),
            7 => format!("-j MARK {}", random.word(&["--set-mark 1", "--or-mark 3"])),
            8 | 9 if words.len() > 1 => {
                // The legacy front end wants to know how long the addresses are.
                words.retain(|word| !word.starts_with("--h-length"));
                words.extend(legacy.then(|| "--h-length 6".to_owned()));
                mangle(random, places)
            }
            10 if matches!(chain, "OUTPUT" | "FORWARD") => "-j CLASSIFY --set-class 1:2".to_owned(),
            _ => String::new(),
        };
        words.push(target);
        let _ = writeln!(text, "-A {chain} {}", words.join(" ").trim_end());
    };
    for chain in chains {
        for _ in 0..random.range(1, 3) {
            rule(chain, random);
        }
    }
    if user {
        for _ in 0..random.range(1, 3) {
            rule("own", random);
        }
    }
    host.arptables = text;
}

fn not(random: &mut Random) -> &'static str {
    if random.chance(15) { "! " } else { "" }
}

/// A machine's hardware address as containers have it, of some address of theirs.
fn mac(random: &mut Random) -> &'static str {
    random.word(&[
        "02:42:ac:11:00:02",
        "02:42:ac:11:00:03",
        "02:42:ac:12:00:02",
    ])
}

/// What a rule asks, option by option.
fn conditions(
    random: &mut Random,
    chain: &str,
    devices: &[String],
    places: &[Place],
) -> Vec<String> {
    let mut words = Vec::new();
    if matches!(chain, "INPUT" | "FORWARD") && random.chance(25) {
        words.push(format!("{}-i {}", not(random), random.pick(devices)));
    }
    if matches!(chain, "OUTPUT" | "FORWARD") && random.chance(25) {
        words.push(format!("{}-o {}", not(random), random.pick(devices)));
    }
    for option in ["-s", "-d"] {
        if random.chance(40) {
            let address = random.pick(places).address;
            let length = random.word(&["", "", "", "/24", "/16", "/255.255.0.255"]);
            words.push(format!("{}{option} {address}{length}", not(random)));
        }
    }
    if random.chance(15) {
        let mac = match random.below(4) {
            0 => "Broadcast".to_owned(),
            1 => "02:42:a0:00:00:00/ff:ff:f0:00:00:00".to_owned(),
            _ => mac(random).to_owned(),
        };
        words.push(format!("{}--src-mac {mac}", not(random)));
    }
    if random.chance(15) {
        let mac = random.word(&["00:00:00:00:00:00", "02:42:ac:11:00:02"]);
        words.push(format!("{}--dst-mac {mac}", not(random)));
    }
    if random.chance(40) {
        let operation = random.word(&["1", "Reply", "3"]);
        words.push(format!("{}--opcode {operation}", not(random)));
    }
    if random.chance(5) {
        let kind = random.word(&["--proto-type 0x800", "--h-type 1", "--h-length 6"]);
        words.push(kind.to_owned());
    }
    words
}

fn mangle(random: &mut Random, places: &[Place]) -> String {
    let mut out = "-j mangle".to_owned();
    let first = random.below(4);
    for (at, option) in ["ip-s", "ip-d", "mac-s", "mac-d"].iter().enumerate() {
        if at != first && !random.chance(20) {
            continue;
        }
        let value = match at {
            0 | 1 => random.pick(places).address,
            _ => mac(random).to_owned(),
        };
        let _ = write!(out, " --mangle-{option} {value}");
    }
    if random.chance(40) {
        let verdict = random.word(&["CONTINUE", "CONTINUE", "DROP"]);
        let _ = write!(out, " --mangle-target {verdict}");
    }
    out
}
