//! Settings under `/proc/sys/net`.
//!
//! Besides the snapshot's own, some are set so that the passing of time does
//! not show, unless a flow waits: nothing expires, nothing is limited to so many in
//! a second, and a neighbour that nobody answers for is given up after milliseconds.

use std::collections::BTreeMap;
use std::fs;

use packetwalk_snapshot::frame::Frame;

use super::{BuildError, Wants, World, commands};
use crate::links::Link;

/// Milliseconds between two ARP requests.
const RETRANS_TIME: &str = "12";

/// The kernel's own defaults where a new namespace inherits the machine's
/// (kernel: net/ipv4/devinet.c, `ipv4_devconf` and `ipv4_devconf_dflt`).
const INHERITED: &[(&str, &str, &str)] = &[
    ("accept_local", "0", "0"),
    ("accept_redirects", "1", "1"),
    ("accept_source_route", "0", "1"),
    ("arp_accept", "0", "0"),
    ("arp_announce", "0", "0"),
    ("arp_filter", "0", "0"),
    ("arp_ignore", "0", "0"),
    ("arp_notify", "0", "0"),
    ("bc_forwarding", "0", "0"),
    ("forwarding", "0", "0"),
    ("log_martians", "0", "0"),
    ("proxy_arp", "0", "0"),
    ("proxy_arp_pvlan", "0", "0"),
    ("route_localnet", "0", "0"),
    ("rp_filter", "0", "0"),
    ("secure_redirects", "1", "1"),
    ("send_redirects", "1", "1"),
    ("shared_media", "1", "1"),
    ("src_valid_mark", "0", "0"),
];

/// What makes time stand still, whatever the snapshot says.
const TIMELESS: &[(&str, &str)] = &[
    ("net.ipv4.icmp_msgs_burst", "1000000"),
    ("net.ipv4.icmp_msgs_per_sec", "1000000"),
    ("net.ipv4.icmp_ratelimit", "0"),
];

/// What is never left to time: TCP sends nothing again, and no host speaks unasked.
const QUIET: &[(&str, &str)] = &[
    ("net.ipv4.igmp_link_local_mcast_reports", "0"),
    ("net.ipv4.tcp_synack_retries", "0"),
    ("net.ipv4.tcp_challenge_ack_limit", "2147483647"),
    ("net.ipv4.tcp_invalid_ratelimit", "0"),
];

/// Prefix of the settings that say how long a connection is remembered.
const TIMEOUTS: &str = "/proc/sys/net/netfilter";
const LEAST_TIMEOUT: u64 = 600;

/// Whether a setting is one that the recorder decides about; with `time`, fewer are.
fn is_ours(key: &str, time: bool) -> bool {
    let timeless = TIMELESS.iter().any(|(ours, _)| *ours == key)
        || (key.starts_with("net.ipv4.neigh.") && !key.ends_with(".unres_qlen"))
        || key.contains("_timeout");
    (timeless && !time)
        || QUIET.iter().any(|(ours, _)| *ours == key)
        || key.starts_with("net.ipv6.neigh.")
        || key.ends_with(".stable_secret")
        || key.contains("nf_log")
        || matches!(
            key,
            "net.netfilter.nf_conntrack_count"
                | "net.netfilter.nf_conntrack_buckets"
                | "net.netfilter.nf_conntrack_max"
                | "net.netfilter.nf_conntrack_expect_max"
                | "net.ipv4.route.flush"
                | "net.ipv6.route.flush"
        )
}

/// `net.ipv4.conf.eth0/1.rp_filter` is `/proc/sys/net/ipv4/conf/eth0.1/rp_filter`.
#[must_use]
pub(super) fn path(key: &str) -> String {
    let swapped: String = key
        .chars()
        .map(|c| match c {
            '.' => '/',
            '/' => '.',
            other => other,
        })
        .collect();
    format!("/proc/sys/{swapped}")
}

/// The `key = value` lines of a snapshot.
fn lines(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim(), value.trim()))
}

/// A key's device, if it belongs to one: `net.ipv4.conf.DEV.rp_filter`.
fn device(key: &str) -> Option<&str> {
    let rest = key
        .strip_prefix("net.ipv4.conf.")
        .or_else(|| key.strip_prefix("net.ipv6.conf."))
        .or_else(|| key.strip_prefix("net.ipv4.neigh."))?;
    let name = rest.rsplit_once('.')?.0;
    (!matches!(name, "all" | "default")).then_some(name)
}

fn wanted(world: &World, frame: &Frame<'_>, index: usize, devices: bool) -> Vec<(String, String)> {
    let run = frame
        .namespaces
        .get(index)
        .and_then(|n| n.run(commands::SYSCTL));
    let mut found: Vec<(String, String)> = lines(run.map_or("", |run| &*run.text))
        .filter(|(key, _)| {
            (key.starts_with("net.ipv4.")
                || key.starts_with("net.bridge.")
                || key.starts_with("net.netfilter.")
                || (world.wants.ipv6 && key.starts_with("net.ipv6.")))
                && !is_ours(key, world.wants.time)
                && device(key).is_some() == devices
        })
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    // Forwarding resets others, and `all` sets every device.
    found.sort_by_key(|(key, _)| match key.as_str() {
        "net.ipv4.ip_forward" | "net.ipv6.conf.all.forwarding" => 0,
        "net.ipv4.conf.all.forwarding" => 1,
        _ if key.contains(".conf.all.") => 2,
        _ if key.contains(".conf.default.") => 3,
        _ if key.ends_with(".forwarding") => 4,
        _ => 5,
    });
    found
}

pub(super) fn before_devices(world: &mut World, frame: &Frame<'_>) -> Result<(), BuildError> {
    for index in 0..world.namespaces.len() {
        let mut settings = inherited();
        settings.extend(wanted(world, frame, index, false));
        write(world, index, settings)?;
    }
    let sink = world.namespaces.len();
    let mut settings = inherited();
    settings.push(("net.ipv4.conf.all.arp_ignore".to_owned(), "8".to_owned()));
    write(world, sink, settings)
}

fn inherited() -> Vec<(String, String)> {
    let mut settings = Vec::new();
    for (name, all, default) in INHERITED {
        settings.push((format!("net.ipv4.conf.all.{name}"), (*all).to_owned()));
        settings.push((
            format!("net.ipv4.conf.default.{name}"),
            (*default).to_owned(),
        ));
    }
    settings
}

pub(super) fn after_devices(
    world: &mut World,
    frame: &Frame<'_>,
    links: &[Vec<Link>],
) -> Result<(), BuildError> {
    for (index, links) in links.iter().enumerate() {
        let mut settings = wanted(world, frame, index, true);
        let timeless = links.iter().filter(|_| !world.wants.time);
        for link in timeless {
            let neigh = format!("net.ipv4.neigh.{}", link.ifname.replace('.', "/"));
            for (name, value) in [
                ("retrans_time_ms", RETRANS_TIME),
                ("base_reachable_time_ms", "3600000"),
                ("delay_first_probe_time", "3600"),
                ("gc_stale_time", "7200"),
                ("proxy_delay", "0"),
                ("locktime", "0"),
            ] {
                settings.push((format!("{neigh}.{name}"), value.to_owned()));
                if world.wants.ipv6 && name != "proxy_delay" {
                    settings.push((
                        format!("{neigh}.{name}").replace("ipv4", "ipv6"),
                        value.to_owned(),
                    ));
                }
            }
        }
        write(world, index, settings)?;
    }
    Ok(())
}

/// Writes `settings` in a namespace, the sink being the one behind the last.
/// What has its value already is left alone; what is missing is told.
fn write(
    world: &mut World,
    index: usize,
    settings: Vec<(String, String)>,
) -> Result<(), BuildError> {
    let Wants { ipv6, time } = world.wants;
    let netns = world.namespaces.get(index).unwrap_or(&world.sink);
    let timeless = TIMELESS.iter().filter(|_| !time);
    let mut all: Vec<(String, String)> = QUIET
        .iter()
        .chain(timeless)
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    if !ipv6 {
        for scope in ["all", "default"] {
            all.push((
                format!("net.ipv6.conf.{scope}.disable_ipv6"),
                "1".to_owned(),
            ));
        }
    } else {
        for scope in ["all", "default"] {
            all.push((
                format!("net.ipv6.conf.{scope}.router_solicitations"),
                "0".to_owned(),
            ));
            all.push((format!("net.ipv6.conf.{scope}.accept_dad"), "0".to_owned()));
            all.push((
                format!("net.ipv6.conf.{scope}.dad_transmits"),
                "0".to_owned(),
            ));
            all.push((
                format!("net.ipv6.conf.{scope}.addr_gen_mode"),
                "1".to_owned(),
            ));
        }
    }
    all.extend(settings);
    let notes = netns.enter(|| {
        let mut notes = BTreeMap::new();
        for (key, value) in &all {
            let path = path(key);
            let Ok(now) = fs::read_to_string(&path) else {
                // Not one of a namespace's own, or not of this kernel.
                continue;
            };
            if now.split_whitespace().eq(value.split_whitespace()) {
                continue;
            }
            if let Err(error) = fs::write(&path, value) {
                notes.insert(key.clone(), format!("sysctl {key} = {value}: {error}"));
            }
        }
        let timeouts = fs::read_dir(TIMEOUTS).into_iter().filter(|_| !time);
        for entry in timeouts.flatten().flatten() {
            let name = entry.file_name();
            if !name.to_string_lossy().contains("_timeout") {
                continue;
            }
            let seconds = fs::read_to_string(entry.path()).unwrap_or_default();
            if seconds
                .trim()
                .parse::<u64>()
                .is_ok_and(|s| s < LEAST_TIMEOUT)
            {
                // One that cannot be raised only shortens how long a recording may take.
                let _ = fs::write(entry.path(), LEAST_TIMEOUT.to_string());
            }
        }
        notes
    })?;
    let name = netns.name.clone();
    for note in notes.into_values() {
        world.note(&name, note);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_in_a_device_name_is_told_from_the_others() {
        assert_eq!(
            path("net.ipv4.conf.eth0/1.rp_filter"),
            "/proc/sys/net/ipv4/conf/eth0.1/rp_filter"
        );
        assert_eq!(device("net.ipv4.conf.eth0/1.rp_filter"), Some("eth0/1"));
        assert_eq!(device("net.ipv4.conf.all.rp_filter"), None);
        assert_eq!(device("net.ipv4.ip_forward"), None);
    }
}
