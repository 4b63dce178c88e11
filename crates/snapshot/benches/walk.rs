//! How fast a machine with 100,000 rules is loaded, and rules are asked; and
//! machines with many containers: 64 times as many take about a hundred times as
//! long, and not 4096 times.

use divan::{Bencher, counter::ItemsCount};
use packetwalk_snapshot::{flow, load};
use std::fmt::Write as _;

fn main() {
    divan::main();
}

/// A host that pings itself through so many rules that do not match.
fn machine(rules: usize) -> String {
    let mut text = String::from(
        "@@packetwalk snapshot 1\n@@netns host\n@@run ip -j -d link show\n\
         [{\"ifindex\":1,\"ifname\":\"lo\",\"link_type\":\"loopback\",\"flags\":[\"LOOPBACK\",\"UP\",\"LOWER_UP\"]}]\n\
         @@run ip -j addr show\n[{\"ifname\":\"lo\",\"addr_info\":[{\"family\":\"inet\",\
         \"local\":\"127.0.0.1\",\"prefixlen\":8,\"scope\":\"host\"}]}]\n\
         @@run ip -j route show table all\n[{\"type\":\"local\",\"dst\":\"127.0.0.1\",\"dev\":\"lo\",\
         \"table\":\"local\",\"prefsrc\":\"127.0.0.1\",\"scope\":\"host\",\"protocol\":\"kernel\"}]\n\
         @@run iptables-save -c\n*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n",
    );
    for n in 0..rules {
        let _ = writeln!(
            text,
            "[0:0] -A OUTPUT -p icmp -d 10.{}.{}.{}/32 -j DROP",
            n >> 16,
            n >> 8 & 255,
            n & 255
        );
    }
    text + "COMMIT\n@@end\n"
}

#[divan::bench(sample_count = 5)]
fn load_100_000_rules(bencher: Bencher<'_, '_>) {
    let text = machine(100_000);
    bencher
        .counter(ItemsCount::new(100_000usize))
        .bench_local(|| load(&text));
}

/// The request and the reply pass OUTPUT, so each rule is asked twice.
#[divan::bench(sample_count = 10)]
fn ask_20_000_rules(bencher: Bencher<'_, '_>) {
    let loaded = load(&machine(10_000));
    let Ok(ping) = flow::parse_line("host ping 127.0.0.1") else {
        return;
    };
    bencher
        .counter(ItemsCount::new(20_000usize))
        .with_inputs(|| loaded.world.clone())
        .bench_local_values(|mut world| world.run_flow(&ping));
}

/// A host with so many containers on cables of their own.
#[divan::bench(args = [400, 25_600], sample_count = 5)]
fn load_containers(bencher: Bencher<'_, '_>, containers: usize) {
    let mut host = String::new();
    let mut others = String::new();
    for at in 0..containers {
        let index = 10 + at;
        let comma = if at == 0 { "" } else { "," };
        let _ = write!(
            host,
            "{comma}{{\"ifindex\":{index},\"link_index\":2,\"ifname\":\"veth{at}\",\"flags\":[\"UP\"],\
             \"link_netnsid\":{at},\"linkinfo\":{{\"info_kind\":\"veth\"}}}}"
        );
        let _ = writeln!(
            others,
            "@@netns c{at}\n@@run ip -j -d link show\n[{{\"ifindex\":2,\"link_index\":{index},\
             \"ifname\":\"eth0\",\"flags\":[\"UP\"],\"link_netnsid\":0,\
             \"linkinfo\":{{\"info_kind\":\"veth\"}}}}]"
        );
    }
    let text = format!(
        "@@packetwalk snapshot 1\n@@netns host\n@@run ip -j -d link show\n[{host}]\n{others}@@end\n"
    );
    bencher
        .counter(ItemsCount::new(containers))
        .bench_local(|| load(&text));
}
