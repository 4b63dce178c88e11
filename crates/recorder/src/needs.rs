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
    ("ipset", "ipset"),
    ("conntrack", "conntrack"),
];

/// Settings of the whole machine that a recording changes, and leaves changed:
/// logging of all namespaces, and no limit on how often the kernel speaks.
const MACHINE: &[(&str, &str, bool)] = &[
    ("/proc/sys/net/netfilter/nf_log_all_netns", "1", true),
    ("/proc/sys/net/core/message_cost", "0", true),
    ("/proc/sys/net/ipv4/route/error_cost", "0", false),
    ("/proc/sys/net/ipv4/route/redirect_load", "0", false),
    ("/proc/sys/net/ipv4/route/redirect_number", "1000000", false),
];

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

/// Sets what recordings need of the whole machine.
///
/// # Errors
///
/// If a setting that no recording can do without cannot be made.
pub(crate) fn prepare() -> io::Result<()> {
    for (path, value, needed) in MACHINE {
        let now = fs::read_to_string(path).unwrap_or_default();
        if now.trim() == *value {
            continue;
        }
        match fs::write(path, value) {
            Err(error) if *needed => return Err(io::Error::other(format!("{path}: {error}"))),
            _ => {}
        }
    }
    Ok(())
}
