//! How long 100,000 lines take to be read and printed, and what memory they take:
//! `max alloc` is all of it, the text itself aside.

use divan::{AllocProfiler, Bencher, counter::ItemsCount};
use packetwalk_rules::{Family, ebt, ipset, iptables};
use std::fmt::Write as _;

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

const LINES: usize = 100_000;

fn main() {
    divan::main();
}

/// `LINES` lines between a beginning and an end.
fn text(begin: &str, end: &str, line: impl Fn(usize, &mut String)) -> String {
    let mut out = String::from(begin);
    for n in 0..LINES {
        line(n, &mut out);
        out.push('\n');
    }
    out + end
}

fn filter() -> String {
    let begin = "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n";
    text(begin, "COMMIT\n", |n, out| {
        let (a, b) = (n / 250, n % 250);
        let _ = write!(
            out,
            "-A FORWARD -s 10.{}.{}.{b}/32 -i eth0 -p tcp -m tcp --dport {} -j ACCEPT",
            a / 250,
            a % 250,
            1 + n % 65535,
        );
    })
}

#[divan::bench(sample_count = 10)]
fn iptables_rules(bencher: Bencher<'_, '_>) {
    let text = filter();
    bencher
        .counter(ItemsCount::new(LINES))
        .bench_local(|| iptables::parse(&text, Family::V4));
}

#[divan::bench(sample_count = 10)]
fn iptables_rules_printed(bencher: Bencher<'_, '_>) {
    let set = iptables::parse(&filter(), Family::V4).value;
    bencher
        .counter(ItemsCount::new(LINES))
        .bench_local(|| iptables::save(&set, true));
}

#[divan::bench(sample_count = 10)]
fn ebtables_rules(bencher: Bencher<'_, '_>) {
    let text = text("*filter\n:FORWARD ACCEPT\n", "", |n, out| {
        let _ = write!(
            out,
            "-A FORWARD -p IPv4 -i veth{} --ip-proto tcp --ip-dport {} -j DROP",
            n % 1000,
            1 + n % 65535,
        );
    });
    bencher
        .counter(ItemsCount::new(LINES))
        .bench_local(|| ebt::parse(&text));
}

#[divan::bench(sample_count = 10)]
fn ipset_entries(bencher: Bencher<'_, '_>) {
    let begin = "create s hash:ip family inet hashsize 65536 maxelem 200000\n";
    let text = text(begin, "", |n, out| {
        let _ = write!(out, "add s 10.{}.{}.{}", n >> 16, n >> 8 & 255, n & 255);
    });
    bencher
        .counter(ItemsCount::new(LINES))
        .bench_local(|| ipset::parse(&text));
}
