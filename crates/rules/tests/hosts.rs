//! Files as Docker, Kubernetes and firewalls write them, and what the real
//! tools make of each (`hosts/record.sh`): each loads whole, prints back and
//! lists equal, with `-n` and without, and so does what iptables-nft-save prints of
//! it.
//!
//! `docker-20.10` (a swarm's manager with published ports and three networks),
//! `fail2ban-1.0`, `ferm-2.5` (the text that it gives to iptables-restore),
//! `firewalld-1.3` (its iptables backend), `podman-cni-1.1` (the plugins bridge, portmap
//! and firewall), `podman-netavark-1.4`, `shorewall-5.2` (three zones) and `ufw-0.36`
//! are what these programs of Debian 12 set up in a namespace; the others are written
//! after what such hosts showed.

use std::fs;
use std::path::{Path, PathBuf};

use packetwalk_rules::iptables::{ListOptions, list, list_named, parse, save};
use packetwalk_rules::{Family, Ruleset};

fn load(name: &str, text: &str, family: Family) -> Ruleset {
    let parsed = parse(text, family);
    let told: Vec<String> = parsed.diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(told, [""; 0], "{name}");
    parsed.value
}

fn read(file: &Path, ending: &str) -> String {
    let mut path = file.as_os_str().to_owned();
    path.push(ending);
    let path = PathBuf::from(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[track_caller]
fn check_equal(name: &str, ours: &str, real: &str) {
    for (ours, real) in ours.lines().zip(real.lines()) {
        assert_eq!(ours, real, "{name}");
    }
    assert_eq!(ours.lines().count(), real.lines().count(), "{name}");
}

fn check(file: &Path) {
    let name = file.display().to_string();
    let family = if name.ends_with('6') {
        Family::V6
    } else {
        Family::V4
    };
    let set = load(&name, &read(file, ""), family);
    check_equal(&name, &save(&set, true), &read(file, ".saved"));
    let options = ListOptions {
        verbose: true,
        exact: false,
        line_numbers: true,
    };
    let tables = set.tables.iter();
    let listed: String = tables.map(|t| list(t, family, None, options)).collect();
    check_equal(&name, &listed, &read(file, ".listed"));
    let tables = set.tables.iter();
    let named: String = tables
        .map(|t| list_named(t, family, None, ListOptions::default()))
        .collect();
    check_equal(&name, &named, &read(file, ".named"));

    // What is saved reads as what it was saved from.
    let again = load(&name, &save(&set, true), family);
    check_equal(&name, &save(&again, true), &save(&set, true));

    let nft = read(file, ".nft");
    let rules: String = nft
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| format!("{line}\n"))
        .collect();
    let name = format!("{name}.nft");
    check_equal(&name, &save(&load(&name, &nft, family), true), &rules);
}

#[test]
fn hosts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hosts");
    let entries =
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|e| e == "rules" || e == "rules6")
        })
        .collect();
    files.sort();
    assert!(files.len() > 10, "the files are there");
    files.iter().for_each(|file| check(file));
}
