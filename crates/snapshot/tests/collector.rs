//! `www/collect.sh`, run for real in namespaces that are made for it and go
//! with it; what it prints is read.

use std::path::PathBuf;
use std::process::{Command, Output};

use packetwalk_core::world::World;
use packetwalk_core::world::device::DeviceKind;
use packetwalk_snapshot::load;

fn script() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../www/collect.sh"))
}

/// A machine of its own: nobody else's namespaces, processes or mounts.
const MACHINE: &str = "set -e
mount -t tmpfs none /run/netns 2>/dev/null || { mkdir -p /run/netns; mount -t tmpfs none /run/netns; }
ip link set lo up
ip link add br-test type bridge
ip addr add 10.77.0.1/24 dev br-test
ip link set br-test up
ip netns add box
ip link add vethbox type veth peer name eth0 netns box
ip link set vethbox master br-test up
bridge link set dev vethbox hairpin on
ip -n box addr add 10.77.0.2/24 dev eth0
ip -n box link set eth0 up
ip -n box route add default via 10.77.0.1
ip netns exec box iptables-legacy -A INPUT -p tcp --dport 81 -j DROP
sysctl -qw net.ipv4.conf.br-test.route_localnet=1
unshare -n sleep 60 &
while [ \"$(readlink /proc/$!/ns/net)\" = \"$(readlink /proc/self/ns/net)\" ]; do :; done
";

fn find(program: &str) -> bool {
    Command::new(program).arg("--help").output().is_ok()
}

/// Takes programs away from that machine.
const WITHOUT: &str = "for program in bridge ss; do
  mount --bind /dev/null \"$(readlink -f \"$(command -v $program)\")\"
done
";

/// Runs the collector by `shell` on that machine, once `before` has been done;
/// `None` where this user may not make one.
fn collect(shell: &str, before: &str) -> Option<Output> {
    let may = Command::new("unshare")
        .args([
            "--net",
            "--mount",
            "--pid",
            "--fork",
            "--mount-proc",
            "ip",
            "link",
        ])
        .output();
    if !may.is_ok_and(|tried| tried.status.success()) {
        eprintln!("not run: this user may not make network namespaces");
        return None;
    }
    let text = format!("{MACHINE}{before}exec {shell} {}", script().display());
    let output = Command::new("unshare")
        .args([
            "--net",
            "--mount",
            "--pid",
            "--fork",
            "--mount-proc",
            "--kill-child",
        ])
        .args(["sh", "-c", &text])
        .output();
    Some(output.expect("unshare runs"))
}

#[track_caller]
fn check(shell: &str) {
    let Some(output) = collect(shell, "") else {
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shell}: {said}");
    assert_eq!(said, "", "{shell}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let loaded = load(&text);
    assert_eq!(loaded.errors, [], "{shell}: {text}");
    assert_eq!(loaded.unused, [], "{shell}");
    let world: World = loaded.world;
    let names: Vec<&str> = world.namespaces.iter().map(|netns| &*netns.name).collect();
    let [host, boxed, other] = &names[..] else {
        panic!("{shell}: {names:?}");
    };
    assert_eq!((*host, *boxed), ("host", "box"), "{shell}");
    assert!(other.starts_with("sleep-"), "{shell}: {other}");

    // The cable has two ends, and the port its settings.
    let host = world.ns_named("host").expect("host");
    let boxed = world.ns_named("box").expect("box");
    let port = world.ns(host).dev_named("vethbox").expect("the port");
    let DeviceKind::Veth { peer } = world.dev(host, port).kind else {
        panic!("{shell}: vethbox is no veth");
    };
    assert_eq!(peer.map(|(ns, _)| ns), Some(boxed), "{shell}");
    assert!(
        world
            .dev(host, port)
            .port
            .as_ref()
            .is_some_and(|port| port.hairpin)
    );
    assert_eq!(
        world.ns(host).sysctl.dev("br-test").route_localnet,
        1,
        "{shell}"
    );
    assert_eq!(
        world.ns(boxed).sysctl.dev("eth0").route_localnet,
        0,
        "{shell}"
    );
    let tables = &world.ns(boxed).nf.tables.ip;
    assert!(
        tables.iter().any(|table| &*table.compiled.name == "filter"),
        "{shell}: {text}"
    );
}

#[test]
fn it_collects_by_dash_and_bash() {
    check("sh");
    if find("bash") {
        check("bash --posix");
    }
}

#[test]
fn it_collects_by_the_shell_of_alpine() {
    if find("busybox") {
        check("busybox sh");
    } else {
        eprintln!("not run: there is no busybox");
    }
}

#[test]
fn what_the_machine_lacks_is_said_once() {
    let Some(output) = collect("sh", WITHOUT) else {
        return;
    };
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let loaded = load(&text);
    assert_eq!(loaded.errors, [], "{text}");
    let mut said = Vec::new();
    for warning in &loaded.warnings {
        // This machine may lack more.
        let command = warning.command.as_deref().unwrap_or("");
        if command.starts_with("bridge ") || command.starts_with("ss ") {
            said.push((command, &*warning.message));
        }
    }
    let bridge = "the command was not there: \"bridge: not found\"";
    let ss = "the command was not there: \"ss: not found\"";
    let lacks = [
        ("bridge -j -d link show", bridge),
        ("bridge -j fdb show", bridge),
        ("ss -Htulnp", ss),
    ];
    assert_eq!(said, lacks);
}

#[test]
fn it_is_short_enough_to_be_read_first() {
    let text = std::fs::read_to_string(script()).expect("the script");
    assert!(text.lines().count() <= 80, "{} lines", text.lines().count());
    assert!(text.starts_with("#!/bin/sh\n"));
}

#[test]
fn it_has_nothing_that_shellcheck_warns_of() {
    if !find("shellcheck") {
        eprintln!("not run: there is no shellcheck");
        return;
    }
    let checked = Command::new("shellcheck")
        .arg(script())
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success(), "{said}");
}
