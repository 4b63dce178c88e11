//! Taking the snapshot of a world: the standard commands, run in each of its
//! namespaces, so that a simulator loads what the kernel really had.

use std::collections::BTreeMap;
use std::fs;
use std::io;

use packetwalk_rules::arpt;
use packetwalk_snapshot::frame::{Frame, Namespace};
use serde_json::Value;

use crate::build::{ARPTABLES_LEGACY, BuildError, World, commands, in_parallel};
use crate::command::run;
use crate::netns::Netns;

/// Settings of a device (or `all`, `default`) that bear on a packet's way, with
/// the kernel's default for a device; `all` starts with 0 where it differs.
const CONF: &[(&str, &str)] = &[
    ("accept_local", "0"),
    ("accept_redirects", "1"),
    ("accept_source_route", "1"),
    ("arp_accept", "0"),
    ("arp_announce", "0"),
    ("arp_filter", "0"),
    ("arp_ignore", "0"),
    ("bc_forwarding", "0"),
    ("drop_gratuitous_arp", "0"),
    ("drop_unicast_in_l2_multicast", "0"),
    ("forwarding", "0"),
    ("ignore_routes_with_linkdown", "0"),
    ("log_martians", "0"),
    ("promote_secondaries", "0"),
    ("proxy_arp", "0"),
    ("proxy_arp_pvlan", "0"),
    ("route_localnet", "0"),
    ("rp_filter", "0"),
    ("secure_redirects", "1"),
    ("send_redirects", "1"),
    ("shared_media", "1"),
    ("src_valid_mark", "0"),
];

/// Settings of a namespace that bear on a packet's way.
const GLOBAL: &[&str] = &[
    "net.bridge.bridge-nf-call-arptables",
    "net.bridge.bridge-nf-call-ip6tables",
    "net.bridge.bridge-nf-call-iptables",
    "net.bridge.bridge-nf-filter-pppoe-tagged",
    "net.bridge.bridge-nf-filter-vlan-tagged",
    "net.bridge.bridge-nf-pass-vlan-input-dev",
    "net.ipv4.fib_multipath_hash_policy",
    "net.ipv4.fwmark_reflect",
    "net.ipv4.icmp_echo_ignore_all",
    "net.ipv4.icmp_echo_ignore_broadcasts",
    "net.ipv4.icmp_errors_use_inbound_ifaddr",
    "net.ipv4.icmp_msgs_burst",
    "net.ipv4.icmp_msgs_per_sec",
    "net.ipv4.icmp_ratelimit",
    "net.ipv4.tcp_invalid_ratelimit",
    "net.ipv4.icmp_ratemask",
    "net.ipv4.ip_default_ttl",
    "net.ipv4.ip_early_demux",
    "net.ipv4.ip_forward",
    "net.ipv4.ip_forward_update_priority",
    "net.ipv4.ip_forward_use_pmtu",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_no_pmtu_disc",
    "net.ipv4.ip_nonlocal_bind",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ipfrag_time",
    "net.ipv4.tcp_ecn",
    "net.ipv4.tcp_fwmark_accept",
    "net.ipv4.tcp_l3mdev_accept",
    "net.ipv4.tcp_sack",
    "net.ipv4.tcp_synack_retries",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_timestamps",
    "net.ipv4.tcp_window_scaling",
    "net.ipv4.udp_early_demux",
    "net.netfilter.nf_conntrack_acct",
    "net.netfilter.nf_conntrack_checksum",
    "net.netfilter.nf_conntrack_log_invalid",
    "net.netfilter.nf_conntrack_tcp_be_liberal",
    "net.netfilter.nf_conntrack_tcp_ignore_invalid_rst",
    "net.netfilter.nf_conntrack_tcp_loose",
];

/// How long connections are remembered, where time is not kept out.
const TIMEOUTS: &[&str] = &[
    "net.netfilter.nf_conntrack_generic_timeout",
    "net.netfilter.nf_conntrack_icmp_timeout",
    "net.netfilter.nf_conntrack_tcp_timeout_close",
    "net.netfilter.nf_conntrack_tcp_timeout_close_wait",
    "net.netfilter.nf_conntrack_tcp_timeout_established",
    "net.netfilter.nf_conntrack_tcp_timeout_fin_wait",
    "net.netfilter.nf_conntrack_tcp_timeout_last_ack",
    "net.netfilter.nf_conntrack_tcp_timeout_max_retrans",
    "net.netfilter.nf_conntrack_tcp_timeout_syn_recv",
    "net.netfilter.nf_conntrack_tcp_timeout_syn_sent",
    "net.netfilter.nf_conntrack_tcp_timeout_time_wait",
    "net.netfilter.nf_conntrack_tcp_timeout_unacknowledged",
    "net.netfilter.nf_conntrack_udp_timeout",
    "net.netfilter.nf_conntrack_udp_timeout_stream",
];

/// Settings of a device's neighbours that bear on how long a walk waits, with the
/// kernel's defaults.
const NEIGH: &[(&str, &str)] = &[
    ("base_reachable_time_ms", "30000"),
    ("delay_first_probe_time", "5"),
    ("mcast_resolicit", "0"),
    ("mcast_solicit", "3"),
    ("retrans_time_ms", "1000"),
    ("ucast_solicit", "3"),
    ("unres_qlen", "101"),
];

/// What the errors of routes cost: where recordings keep time out, nothing.
const ROUTE_ERRORS: &str = "net.ipv4.route.error_cost";

/// Settings whose default hangs on the machine's memory, so they are always
/// shown: the window scale of a SYN comes from it.
const SIZED: &[&str] = &["net.ipv4.tcp_rmem"];

/// Commands whose output is taken over from the source: the listening sockets
/// here are the recorder's, standing in for the programs of the source.
const CARRIED: &[&str] = &[commands::SOCKETS, commands::PROCESSES];

/// Commands of `ip` that take no option of their own.
const PLAIN: &[&str] = &[
    commands::ADDRESSES,
    commands::ROUTES,
    commands::RULES,
    commands::NEIGHBOURS,
];

/// Runs the commands in every namespace of `world`, which was built from
/// `source`. Device and bridge properties that say nothing about a packet's way
/// (queue and segmentation sizes, timers) are left out of the JSON.
///
/// # Errors
///
/// If a program does not start.
pub fn snapshot(world: &World, source: &Frame<'_>) -> Result<Frame<'static>, BuildError> {
    let pristine = pristine_settings(world.wants.time)?;
    let pairs = world.namespaces.iter().zip(&source.namespaces).collect();
    let taken = in_parallel(pairs, |(netns, from)| {
        take(netns, from, &pristine, world.wants.ipv6)
    });
    let mut frame = Frame::default();
    for (netns, taken) in world.namespaces.iter().zip(taken) {
        let section = frame.namespace_mut(netns.name.clone());
        for (command, text) in taken? {
            section.push(command, text);
        }
    }
    Ok(frame)
}

/// What each namespace's connection tracking holds, under `@@netns NAME`;
/// namespaces that hold nothing are left out.
///
/// # Errors
///
/// If the program does not start.
pub fn connections(world: &World) -> Result<String, BuildError> {
    let mut text = String::new();
    for netns in &world.namespaces {
        let listed = output(netns, commands::CONNTRACK)?;
        if !listed.trim().is_empty() {
            text += &format!("@@netns {}\n{}\n", netns.name, listed.trim_end());
        }
    }
    Ok(text)
}

/// The program that lists rules for ARP which were made of `text`.
fn arp_tool(text: &str) -> &'static str {
    let tables = arpt::parse(text).value.tables;
    match tables.iter().any(arpt::is_legacy) {
        true => ARPTABLES_LEGACY,
        false => "arptables-nft",
    }
}

/// Rules for ARP as arptables-save prints them, made of a listing as the legacy front
/// end's own script makes them. The other one's program would ask the machine's resolver
/// for a name of each address that `mangle` writes.
fn arptables(netns: &Netns, given: &str) -> Result<String, BuildError> {
    let (mut chains, mut rules) = ("*filter\n".to_owned(), String::new());
    let mut chain = "";
    let listed = output(netns, &format!("{} -nvL", arp_tool(given)))?;
    for line in listed.lines() {
        if let Some(title) = line.strip_prefix("Chain ") {
            let mut words = title.split([' ', '(', ')']);
            chain = words.next().unwrap_or("");
            let policy = words.skip_while(|word| *word != "policy").nth(1);
            chains += &format!(":{chain} {}\n", policy.unwrap_or("-"));
        } else if let Some((rule, _)) = line.split_once(", pcnt=") {
            let rule = rule.replace("-i * ", "").replace("-o * ", "");
            rules += &format!("-A {chain} {}\n", rule.trim_end());
        }
    }
    Ok(chains + &rules)
}

/// The rules of arptables that packets matched, each with its chain in front.
///
/// # Errors
///
/// If a command does not run.
pub fn arp_rules(world: &World, from: &Frame<'_>) -> Result<Vec<String>, BuildError> {
    let mut met = Vec::new();
    for netns in &world.namespaces {
        let given = from.namespace(&netns.name);
        let Some(run) = given.and_then(|given| given.run(commands::ARPTABLES)) else {
            continue;
        };
        let mut chain = "";
        let listed = output(netns, &format!("{} -nvL", arp_tool(&run.text)))?;
        for line in listed.lines() {
            match line.strip_prefix("Chain ") {
                Some(title) => chain = title.split(' ').next().unwrap_or(""),
                None if line.is_empty() || line.contains("pcnt=0 ") => {}
                None => met.push(format!("{chain} {line}")),
            }
        }
    }
    Ok(met)
}

/// The commands of one namespace and what each printed.
fn take(
    netns: &Netns,
    from: &Namespace<'_>,
    pristine: &BTreeMap<&'static str, String>,
    ipv6: bool,
) -> Result<Vec<(String, String)>, BuildError> {
    let mut taken = Vec::new();
    let mut push = |command: &str, text: String| taken.push((command.to_owned(), text));
    let links = trimmed(&output(netns, commands::LINKS)?);
    let bridges = links.contains("\"bridge\"");
    push(commands::LINKS, links);
    for (command, text) in PLAIN.iter().zip(ip_batch(netns)?) {
        push(command, text);
    }
    if bridges {
        for command in [commands::PORTS, commands::FDB] {
            push(command, trimmed(&output(netns, command)?));
        }
    }
    push(commands::SYSCTL, settings(netns, pristine)?);
    if from.run(commands::IPSET).is_some() {
        push(commands::IPSET, output(netns, commands::IPSET)?);
    }
    let rules = without_comments(&output(netns, "iptables-legacy-save -c")?);
    if rules.contains(" -m time ") {
        // What they match hangs on when that was.
        push("date +%s", output(netns, "date +%s")?);
    }
    let given = from.run(commands::IPTABLES).map(|run| &*run.text);
    push(
        commands::IPTABLES,
        with_wildcards(&rules, given.unwrap_or("")),
    );
    if ipv6 {
        push(
            commands::IP6TABLES,
            without_comments(&output(netns, "ip6tables-legacy-save -c")?),
        );
    }
    for (source, command) in [
        (commands::EBTABLES, "ebtables-nft-save -c"),
        (commands::NFT, commands::NFT),
    ] {
        if from
            .run(source)
            .is_some_and(|run| !run.text.trim().is_empty())
        {
            push(source, without_comments(&output(netns, command)?));
        }
    }
    if let Some(run) = from.run(commands::ARPTABLES)
        && !run.text.trim().is_empty()
    {
        push(commands::ARPTABLES, arptables(netns, &run.text)?);
    }
    if from.run(commands::CONNTRACK).is_some() {
        push(commands::CONNTRACK, output(netns, commands::CONNTRACK)?);
    }
    for run in &from.runs {
        if CARRIED.contains(&&*run.command) || run.command.starts_with("docker ") {
            push(&run.command, run.text.to_string());
        }
    }
    Ok(taken)
}

/// What `ip -j` prints for each of [`PLAIN`], by one run of it.
fn ip_batch(netns: &Netns) -> Result<Vec<String>, BuildError> {
    let lines: String = PLAIN
        .iter()
        .map(|command| command.trim_start_matches("ip -j ").to_owned() + "\n")
        .collect();
    let printed = run(netns, "ip -j -batch -", &lines)?.stdout;
    let mut texts: Vec<String> = serde_json::Deserializer::from_str(&printed)
        .into_iter::<Value>()
        .filter_map(Result::ok)
        .map(|mut value| {
            strip(&mut value);
            value.to_string() + "\n"
        })
        .collect();
    if texts.len() != PLAIN.len() {
        texts.clear();
        for command in PLAIN {
            texts.push(trimmed(&output(netns, command)?));
        }
    }
    Ok(texts)
}

fn output(netns: &Netns, command: &str) -> Result<String, BuildError> {
    Ok(run(netns, command, "")?.stdout)
}

/// `# Generated by ...` lines differ from day to day.
fn without_comments(text: &str) -> String {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// The rules of an `iptables-save` by table, chain and number.
fn numbered(text: &str) -> impl Iterator<Item = ((&str, &str, usize), &str)> {
    let mut table = "";
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    text.lines().filter_map(move |line| {
        if let Some(name) = line.strip_prefix('*') {
            table = name;
            numbers.clear();
        }
        let (_, rule) = line.split_once("-A ")?;
        let (chain, _) = rule.split_once(' ')?;
        let number = numbers.entry(chain).or_default();
        *number += 1;
        Some(((table, chain, *number), line))
    })
}

/// `saved` with what `iptables-save` leaves out of `given`, though the kernel
/// tells it apart: `-i +` and `-o +`, without which TRACE would call a rule a
/// policy.
fn with_wildcards(saved: &str, given: &str) -> String {
    let lost: BTreeMap<_, String> = numbered(given)
        .filter_map(|(key, line)| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let any = words.windows(2).filter_map(|pair| match pair {
                [option @ ("-i" | "-o"), "+"] => Some(format!("{option} + ")),
                _ => None,
            });
            let lost: String = any.collect();
            (!lost.is_empty()).then_some((key, lost))
        })
        .collect();
    let mut rules = numbered(saved);
    let mut next = rules.next();
    let mut out = String::with_capacity(saved.len());
    for line in saved.lines() {
        match next {
            Some((key, rule)) if std::ptr::eq(rule, line) => {
                next = rules.next();
                let head = format!("-A {} ", key.1);
                match (lost.get(&key), line.split_once(&head)) {
                    (Some(lost), Some((counts, rest))) => {
                        out += &format!("{counts}{head}{lost}{rest}");
                    }
                    _ => out += line,
                }
            }
            _ => out += line,
        }
        out.push('\n');
    }
    out
}

/// The JSON without what has nothing to do with a packet's way.
fn trimmed(text: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(text) else {
        return text.to_owned();
    };
    strip(&mut value);
    value.to_string() + "\n"
}

fn strip(value: &mut Value) {
    match value {
        Value::Array(list) => {
            // iproute2 leaves empty objects where another family was filtered.
            list.retain(|entry| entry.as_object().is_none_or(|object| !object.is_empty()));
            list.iter_mut().for_each(strip);
        }
        Value::Object(object) => {
            object.retain(|key, _| !is_noise(key));
            object.values_mut().for_each(strip);
        }
        _ => {}
    }
}

fn is_noise(key: &str) -> bool {
    const NOISE: &[&str] = &[
        "qdisc",
        "linkmode",
        "group",
        "txqlen",
        "min_mtu",
        "max_mtu",
        "inet6_addr_gen_mode",
        "num_tx_queues",
        "num_rx_queues",
        "promiscuity",
        "allmulti",
        "valid_life_time",
        "preferred_life_time",
        "designated_port",
        "designated_cost",
        "hold_timer",
        "message_age_timer",
        "forward_delay_timer",
        "topology_change_ack",
        "config_pending",
        "hello_timer",
        "tcn_timer",
        "topology_change_timer",
        "gc_timer",
        "topology_change",
        "topology_change_detected",
        "mcast_hash_elasticity",
        "mcast_hash_max",
        "root_port",
        "root_path_cost",
        "hello_time",
        "max_age",
        "forward_delay",
        "mcast_stats_enabled",
        "mcast_igmp_version",
        "mcast_mld_version",
        "mcast_vlan_snooping",
        "mcast_query_use_ifaddr",
        "group_fwd_mask_str",
        "id",
        "no",
        "bridge_id",
        "root_id",
    ];
    NOISE.contains(&key)
        || ["gso_", "tso_", "gro_"]
            .iter()
            .any(|prefix| key.starts_with(prefix))
        || (key.starts_with("mcast_") && (key.ends_with("_intvl") || key.ends_with("_cnt")))
}

/// The kernel's defaults of [`GLOBAL`], and of [`TIMEOUTS`] where `time` passes,
/// read in a namespace that nobody touched.
fn pristine_settings(time: bool) -> io::Result<BTreeMap<&'static str, String>> {
    Netns::create("(pristine)")?.enter(|| {
        let timeouts = TIMEOUTS.iter().filter(|_| time);
        GLOBAL
            .iter()
            .chain(timeouts)
            .filter_map(|key| read(key).map(|value| (*key, value)))
            .collect()
    })
}

fn read(key: &str) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/sys/{}", key.replace('.', "/"))).ok()?;
    Some(text.trim_end().to_owned())
}

/// The settings that differ from the kernel's defaults, as `sysctl -a` prints
/// them.
fn settings(netns: &Netns, pristine: &BTreeMap<&'static str, String>) -> io::Result<String> {
    let machine = read(ROUTE_ERRORS).filter(|cost| cost == "0");
    netns.enter(|| {
        let mut text = String::new();
        for (key, usual) in pristine {
            if let Some(value) = read(key)
                && value != *usual
            {
                text += &format!("{key} = {value}\n");
            }
        }
        for key in SIZED {
            if let Some(value) = read(key) {
                text += &format!("{key} = {value}\n");
            }
        }
        // A namespace's own do not show it: it is the machine's.
        if let Some(cost) = machine {
            text += &format!("{ROUTE_ERRORS} = {cost}\n");
        }
        for scope in scopes("conf") {
            for (name, usual) in CONF {
                let usual = match (*name, scope.as_str()) {
                    ("accept_source_route", "all") => "0",
                    _ => usual,
                };
                text += &unusual("conf", &scope, name, usual);
            }
        }
        for scope in scopes("neigh").iter().filter(|scope| *scope != "lo") {
            for (name, usual) in NEIGH {
                text += &unusual("neigh", scope, name, usual);
            }
        }
        text
    })
}

/// The devices under `net.ipv4.WHAT`, `all` and `default` among them.
fn scopes(what: &str) -> Vec<String> {
    let mut scopes: Vec<String> = fs::read_dir(format!("/proc/sys/net/ipv4/{what}"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    scopes.sort();
    scopes
}

/// The line of `net.ipv4.WHAT.SCOPE.NAME`, unless it has its usual value.
fn unusual(what: &str, scope: &str, name: &str, usual: &str) -> String {
    let path = format!("/proc/sys/net/ipv4/{what}/{scope}/{name}");
    let value = fs::read_to_string(path).unwrap_or_default();
    let value = value.trim_end();
    if value.is_empty() || value == usual {
        return String::new();
    }
    let scope = scope.replace('.', "/");
    format!("net.ipv4.{what}.{scope}.{name} = {value}\n")
}
