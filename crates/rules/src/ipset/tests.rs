//! What ipset 7.17 takes, refuses and prints.

use super::*;
use crate::diag::Severity;

/// Printed by ipset 7.17 on Linux 6.18.
const SAVED: &str = "\
create a2 hash:ip,port family inet hashsize 1024 maxelem 65536 timeout 0 counters comment bucketsize 12 initval 0x16786c6e
add a2 1.2.3.4,200:0 timeout 0 packets 0 bytes 0
add a2 1.2.3.4,tcp:80 timeout 0 packets 0 bytes 0 comment \"two words\"
add a2 1.2.3.4,icmp:echo-request timeout 0 packets 0 bytes 0
add a2 1.2.3.4,icmp:fragmentation-needed timeout 76 packets 0 bytes 0
add a2 1.2.3.4,gre:0 timeout 0 packets 0 bytes 0
create a3 hash:net,iface family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x0f9bbd86
add a3 10.3.0.0/16,eth0 nomatch
add a3 10.1.0.0/16,physdev:veth1
add a3 10.4.0.1,eth0
add a3 10.2.0.0/16,veth wildcard
create a4b bitmap:ip range 10.0.0.0-10.0.255.255 netmask 24
add a4b 10.0.3.0
create a5 bitmap:port range 1-100
add a5 80
create a6 bitmap:ip,mac range 10.0.0.0-10.0.0.255
add a6 10.0.0.1,02:42:AC:11:00:02
add a6 10.0.0.2
create b4 hash:net family inet6 hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1488e705
add b4 fe80::/64
create i hash:ip family inet hashsize 128 maxelem 10 netmask 24 timeout 100 counters comment skbinfo bucketsize 4 initval 0x7caba0c8
add i 1.2.3.0 timeout 99 packets 1 bytes 2 comment \"a b\" skbmark 0x1/0x2 skbprio 1:2 skbqueue 3
create b1 list:set size 8
add b1 a2
";

/// What `ipset list` of 7.17 printed of two of them.
const LISTED: &str = "\
Name: i
Type: hash:ip
Revision: 6
Header: family inet hashsize 128 maxelem 10 netmask 24 timeout 100 counters comment skbinfo bucketsize 4 initval 0x7caba0c8
Size in memory: unknown
References: 1
Number of entries: 1
Members:
1.2.3.0 timeout 99 packets 1 bytes 2 comment \"a b\" skbmark 0x1/0x2 skbprio 1:2 skbqueue 3

Name: l
Type: list:set
Revision: 3
Header: size 8
Size in memory: unknown
References: 0
Number of entries: 1
Members:
i
";

#[track_caller]
fn sets(text: &str) -> Vec<IpSet> {
    let parsed = parse(text);
    assert_eq!(parsed.diagnostics, []);
    parsed.value
}

/// What is saved of a text, headers left out.
#[track_caller]
fn check(text: &str, entries: &[&str]) {
    let saved = save(&sets(text));
    let lines: Vec<_> = saved
        .lines()
        .filter_map(|line| line.strip_prefix("add "))
        .collect();
    assert_eq!(lines, entries);
}

#[test]
fn what_ipset_saves_is_read_and_printed_back() {
    let sets = sets(SAVED);
    assert_eq!(save(&sets), SAVED);
    let keys: Vec<_> = sets[0].entries.keys().map(|k| (k.proto, k.port)).collect();
    assert_eq!(keys, [(1, 0x0304), (1, 0x0800), (6, 80), (47, 0), (200, 0)]);
    assert_eq!(sets[2].netmask, 24);
    assert_eq!(sets[7].members[0].0.as_ref(), "a2");
}

/// ipset 7.17 prints a prefix of its own behind a bitmask at times, any byte.
#[test]
fn a_prefix_behind_a_bitmask_says_nothing() {
    let text = "\
create x hash:ip,port family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x17473118 bitmask 255.255.0.255
";
    for printed in [".255/27\n", ".255/222\n"] {
        assert_eq!(save(&sets(&text.replace(".255\n", printed))), text);
    }
    assert_eq!(
        parse(&text.replace(".255\n", ".255/256\n"))
            .diagnostics
            .len(),
        1
    );
}

#[test]
fn sets_are_listed() {
    let of = |line: &&str| line.contains(" i ");
    let text: String = SAVED
        .lines()
        .filter(of)
        .flat_map(|line| [line, "\n"])
        .collect();
    assert_eq!(
        list(&sets(&(text + "create l list:set\nadd l i\n"))),
        LISTED
    );
}

/// Types that the kernel which the rest was compared with does not have: read by
/// their sources (ip_set_hash_netportnet.c and others).
#[test]
fn types_that_not_every_kernel_has() {
    let text = "\
create m hash:mac hashsize 1024 maxelem 65536 bucketsize 12 initval 0x00000001
add m 02:42:AC:11:00:02
create k hash:ip,mark family inet markmask 0x000000ff hashsize 1024 maxelem 65536 bucketsize 12 initval 0x00000001
add k 10.0.0.1,0x00000063
create n hash:net,net family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x00000001
add n 10.0.0.0/8,10.1.0.0/16 nomatch
create p hash:net,port,net family inet6 hashsize 1024 maxelem 65536 bucketsize 12 initval 0x00000001
add p ::/0,tcp:80,2001:db8::/32
create x hash:ip,mac family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x00000001
add x 10.0.0.1,02:42:AC:11:00:02
";
    assert_eq!(save(&sets(text)), text);
}

#[test]
fn ranges_and_networks_stand_for_entries() {
    check(
        "create a hash:ip\nadd a 10.0.0.9-10.0.0.7\nadd a 10.0.1.5/31\n",
        &[
            "a 10.0.0.7",
            "a 10.0.0.8",
            "a 10.0.0.9",
            "a 10.0.1.4",
            "a 10.0.1.5",
        ],
    );
    check(
        "create a hash:net\nadd a 10.0.0.1-10.0.0.8\n",
        &["a 10.0.0.1", "a 10.0.0.2/31", "a 10.0.0.4/30", "a 10.0.0.8"],
    );
    // The end of a range is not masked, and the range may be upside down.
    check(
        "create a hash:ip netmask 24\nadd a 10.0.1.77-10.0.0.5\n",
        &["a 10.0.0.5"],
    );
    check(
        "create a hash:ip,port\nadd a 10.0.0.1,udp:54-53\n",
        &["a 10.0.0.1,udp:53", "a 10.0.0.1,udp:54"],
    );
    check(
        "create a bitmap:ip range 10.0.0.0/8 netmask 16\nadd a 10.3.0.9-10.4.0.9\n",
        &["a 10.3.0.0", "a 10.4.0.0"],
    );
}

#[test]
fn commands_change_what_is_there() {
    let base = "create a hash:ip\nadd a 1.1.1.1\ncreate b hash:ip\nadd b 2.2.2.2\n";
    check(
        &format!("{base}swap a b\nrename b c\n"),
        &["a 2.2.2.2", "c 1.1.1.1"],
    );
    check(&format!("{base}flush a\ndestroy b\n"), &[]);
    check(
        &format!("{base}-exist del a 3.3.3.3\nadd a 1.1.1.1\nx nobody\n"),
        &["a 1.1.1.1", "b 2.2.2.2"],
    );
    check(
        &format!("{base}create l list:set\nadd l a\nadd l b before a\n"),
        &["a 1.1.1.1", "b 2.2.2.2", "l b", "l a"],
    );
}

/// An interface with `wildcard` is all that begin so, whichever came first.
#[test]
fn wildcards_hold_longer_names() {
    let base = "create a hash:net,iface\nadd a 1.2.3.0/24,eth wildcard\n";
    let parsed = parse(&format!("{base}add a 1.2.3.0/24,eth0\n"));
    assert_eq!(parsed.diagnostics[0].message, "it is in the set already");
    check(&format!("{base}del a 1.2.3.0/24,eth0\n"), &[]);
}

#[test]
fn a_range_that_is_too_much_is_told() {
    let parsed = parse("create a hash:ip maxelem 4294967295\nadd a 0.0.0.1-255.255.255.255\n");
    assert_eq!(
        parsed.diagnostics[0].message,
        "the ranges stand for too many entries"
    );
    assert_eq!(
        parsed.value[0].entries.len(),
        expand::MOST_STEPS as usize + 1
    );
}

/// Places and options of what ipset 7.17 refuses.
#[test]
fn mistakes_are_told_with_their_place() {
    let text = "\
create a hash:ip
add a 1.2.3.x
add b 1.2.3.4
create c hash:ship
add a 1.2.3.4 packets 1
flush z
create
create d hash:ip,port timeout 100
add d 1.2.3.4,tcp:99999
add d 1.2.3.4 timeout 5
add d 1.2.3.4,80 timeot 5
create e hash:net family inet6
add e ::1-::2
create a hash:ip
";
    let parsed = parse(text);
    let places: Vec<(u32, u32, &str)> = parsed
        .diagnostics
        .iter()
        .map(|d| (d.span.line, d.span.column, &*d.option))
        .collect();
    assert_eq!(
        places,
        [
            (2, 7, ""),
            (3, 5, ""),
            (4, 10, ""),
            (5, 23, "packets"),
            (6, 7, ""),
            (7, 1, ""),
            (9, 15, ""),
            (10, 7, ""),
            (11, 18, ""),
            (13, 7, ""),
            (14, 8, ""),
        ]
    );
    assert_eq!(parsed.value.len(), 3);
}

/// `ipset restore` ends without a word behind its own warnings.
#[test]
fn what_ends_the_text_is_a_warning() {
    let parsed = parse("create a hash:ip\nadd a 1.1.1.1\ntest a 1.1.1.1\nadd a 2.2.2.2\n");
    let found = &parsed.diagnostics[0];
    assert_eq!((found.severity, found.span.line), (Severity::Warning, 3));
    assert_eq!(parsed.value[0].entries.len(), 1);
    check(
        "create a hash:ip\nadd a 1.1.1.1\n-q test a 1.1.1.1\nadd a 2.2.2.2\n",
        &["a 1.1.1.1", "a 2.2.2.2"],
    );
}

/// ipset(8): an entry ends when its seconds are over, and 0 is for ever; a
/// `bitmap:ip,mac` begins to count when the Ethernet address is known.
#[test]
fn entries_end() {
    let text = "create a hash:ip timeout 10\nadd a 1.1.1.1\nadd a 2.2.2.2 timeout 0\n\
                create m bitmap:ip,mac range 10.0.0.0/24 timeout 10\nadd m 10.0.0.1\n";
    let mut sets = sets(text);
    let key = |addr: [u8; 4], bits| Key {
        addr: [u128::from(u32::from_be_bytes(addr)), 0],
        length: [bits, 0],
        ..Key::default()
    };
    let second = 1_000_000_000;
    sets[0].start(5 * second);
    sets[1].start(5 * second);
    let there = |set: &IpSet, key: &Key, at: u64| set.find(key, at * second).is_some();
    let (one, two) = (key([1, 1, 1, 1], 32), key([2, 2, 2, 2], 32));
    assert!(there(&sets[0], &one, 14) && !there(&sets[0], &one, 15));
    assert!(there(&sets[0], &two, 1_000_000));
    let waits = key([10, 0, 0, 1], 0);
    assert!(there(&sets[1], &waits, 1_000_000));
    let known = Entry {
        mac: Some(MacAddr([2; 6])),
        ..sets[1].blank()
    };
    sets[1]
        .add(waits.clone(), known, false, 100 * second)
        .unwrap();
    assert!(there(&sets[1], &waits, 109) && !there(&sets[1], &waits, 110));
    // What ended may come again.
    let again = sets[0].blank();
    assert_eq!(
        sets[0].add(one.clone(), again.clone(), false, 14 * second),
        Err(Refusal::Exists)
    );
    assert_eq!(sets[0].add(one, again, false, 15 * second), Ok(()));
}

/// Of two networks the first decides first (ipset(8), hash:net,net).
#[test]
fn the_longest_network_is_found() {
    let text = "create n hash:net,net\nadd n 10.0.0.0/8,10.1.0.0/24\nadd n 10.0.0.0/24,10.0.0.0/8\n\
                create p hash:net,port,net\nadd p 0.0.0.0/0,tcp:80,10.0.0.0/8\n";
    let sets = sets(text);
    let probe = |proto, port| Key {
        addr: [0x0a00_0001, 0x0a01_0001],
        length: [32, 32],
        proto,
        port,
        ..Key::default()
    };
    let found = |set: &IpSet, probe| set.find(&probe, 0).map(|key| key.length);
    assert_eq!(found(&sets[0], probe(0, 0)), Some([24, 8]));
    assert_eq!(found(&sets[1], probe(6, 80)), Some([0, 8]));
    assert_eq!(found(&sets[1], probe(6, 81)), None);
}
