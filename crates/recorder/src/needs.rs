//! What a recording needs of the machine, checked and named before it starts.

use std::fs;
use std::io;

use crate::build::has_program;

/// Programs, and the Debian package each comes in.
const PROGRAMS: &[(&str, &str)] = &[
    ("ip", "iproute2"),
    ("bridge", "iproute2"),
    ("iptables-legacy-restore", "iptables"),
    ("iptables-legacy-save", "iptables"),
    ("ebtables-nft-restore", "ebtables"),
    ("ebtables-nft-save", "ebtables"),
    ("arptables-nft-restore", "iptables"),
    ("arptables-nft-save", "iptables"),
    ("ipset", "ipset"),
    ("conntrack", "conntrack"),
];

/// Settings of the whole machine that a recording changes, and leaves changed:
/// logging of all namespaces, and no limit on how often the kernel speaks.
const MACHINE: &[(&str, &str)] = &[
    ("/proc/sys/net/netfilter/nf_log_all_netns", "1"),
    ("/proc/sys/net/core/message_cost", "0"),
];

/// Where limits on how often routing speaks are, which are the whole machine's;
/// what they are where time is kept out, and in 1/1000 s where it is not (kernel:
/// net/ipv4/route.c).
const ROUTE: &[(&str, &str, u64)] = &[("error_cost", "0", 1000), ("redirect_load", "0", 20)];

/// Everything that is missing, a sentence each; empty if recording can start.
#[must_use]
pub fn missing() -> Vec<String> {
    let mut missing = Vec::new();
    if !nix::unistd::geteuid().is_root() {
        missing.push("root: namespaces, packet sockets and the kernel's log want it".to_owned());
    }
    for (program, package) in PROGRAMS {
        if !has_program(program) {
            missing.push(format!("the program {program} (Debian package {package})"));
        }
    }
    for (path, what) in [
        ("/proc/self/ns/net", "a kernel with network namespaces"),
        ("/dev/kmsg", "the kernel's log, /dev/kmsg"),
        (
            "/proc/sys/net/bridge",
            "br_netfilter (modprobe br_netfilter)",
        ),
        (
            "/proc/sys/net/netfilter/nf_conntrack_max",
            "connection tracking (modprobe nf_conntrack)",
        ),
        (
            "/proc/sys/net/netfilter/nf_log_all_netns",
            "net.netfilter.nf_log_all_netns (modprobe nf_log_syslog)",
        ),
    ] {
        if fs::metadata(path).is_err() {
            missing.push(what.to_owned());
        }
    }
    missing
}

/// Sets what recordings need of the whole machine; with `time`, the limits of
/// routing are those of the kernel.
///
/// # Errors
///
/// If a setting that no recording can do without cannot be made.
pub(crate) fn prepare(time: bool) -> io::Result<()> {
    for (path, value) in MACHINE {
        set(path, value).map_err(|error| io::Error::other(format!("{path}: {error}")))?;
    }
    // Ticks of a second: nothing else says how long a tick is.
    let burst = fs::read_to_string(route("error_burst")).unwrap_or_default();
    let second = burst.trim().parse::<u64>().unwrap_or(0) / 5;
    for (name, off, usual) in ROUTE {
        let value = match time {
            true => (usual * second / 1000).to_string(),
            false => (*off).to_owned(),
        };
        // Without them a recording lacks little.
        let _ = set(&route(name), &value);
    }
    let _ = set(
        &route("redirect_number"),
        if time { "9" } else { "1000000" },
    );
    Ok(())
}

fn route(name: &str) -> String {
    format!("/proc/sys/net/ipv4/route/{name}")
}

fn set(path: &str, value: &str) -> io::Result<()> {
    if fs::read_to_string(path).unwrap_or_default().trim() == value {
        return Ok(());
    }
    fs::write(path, value)
}
