//! Counters of policies and rules, and lines that are oddly framed: each text was given to
//! `iptables-restore -c` 1.8.9, which saved the line that is expected.

use packetwalk_rules::{Family, iptables};

/// The lines of a table, and how the chain INPUT is saved then.
#[track_caller]
fn check(lines: &str, expected: &str) {
    let parsed = iptables::parse(&format!("*filter\n{lines}\nCOMMIT\n"), Family::V4);
    let saved = iptables::save(&parsed.value, true);
    let line = saved.lines().find(|line| line.starts_with(":INPUT"));
    let got = match parsed.errors().next() {
        Some(_) => "refused",
        None => line.unwrap_or("nothing"),
    };
    assert_eq!(got, expected, "{lines}");
}

#[test]
fn a_policy_may_bring_its_counters() {
    check("-P INPUT ACCEPT -c 5 6", ":INPUT ACCEPT [5:6]");
    check("[1:2] -P INPUT ACCEPT", ":INPUT ACCEPT [1:2]");
    check("-P INPUT ACCEPT -c 5 6\n-A INPUT", ":INPUT ACCEPT [5:6]");
    check("-P INPUT ACCEPT -c 5 6\n-Z", ":INPUT ACCEPT [5:6]");
    check(
        ":INPUT DROP [7:8]\n-P INPUT ACCEPT -c 5 6",
        ":INPUT ACCEPT [5:6]",
    );
}

#[test]
fn a_policy_without_counters_begins_anew() {
    check(":INPUT DROP [7:8]\n-P INPUT ACCEPT", ":INPUT ACCEPT [0:0]");
    check("-P INPUT ACCEPT -c 5 6\n-P INPUT DROP", ":INPUT DROP [0:0]");
}

#[test]
fn counters_are_read_as_far_as_they_are_numbers() {
    check(":INPUT ACCEPT [1:2", ":INPUT ACCEPT [1:2]");
    check(":INPUT ACCEPT [1:2]x more", ":INPUT ACCEPT [1:2]");
    check(
        ":INPUT ACCEPT [-1:+2]",
        ":INPUT ACCEPT [18446744073709551615:2]",
    );
    check(":INPUT ACCEPT [ 1:2]", "refused");
    check(":INPUT ACCEPT [1;2]", "refused");
    check(":INPUT accept [1:2]", "refused");
}

#[test]
fn a_rule_s_counters_need_no_blank_behind_them() {
    let check = |line: &str, expected: &str| {
        let parsed = iptables::parse(&format!("*filter\n{line}\nCOMMIT\n"), Family::V4);
        let saved = iptables::save(&parsed.value, true);
        let rule = saved.lines().find(|line| line.contains("-A INPUT"));
        assert_eq!(rule.unwrap_or("none"), expected, "{line}");
    };
    check("[1:2]-A INPUT", "[1:2] -A INPUT");
    check("[ 1 : 2 ]\t-A INPUT", "[1:2] -A INPUT");
    check("[-1:2x]-A INPUT", "[18446744073709551615:2] -A INPUT");
    check(
        "-A INPUT -c -1 71060",
        "[18446744073709551615:71060] -A INPUT",
    );
    check("-A INPUT -c 5 0x7", "[5:0] -A INPUT");
    check("[1:-2] -A INPUT", "none");
    check("[1:2 -A INPUT", "none");
    check("[1;2] -A INPUT", "none");
    check("[:2] -A INPUT", "none");
    check("-A INPUT -c 5 -1", "none");
    check("[1:2] -A INPUT -c 3 4", "none");
    // No mark of an older release: a device of that name, and what is not udp.
    check("-A INPUT -i ! ! -p 17", "[0:0] -A INPUT -i ! ! -p udp");
}

#[test]
fn a_line_is_a_command_to_its_last_blank() {
    check(" ", "refused");
    check("\t", "refused");
    check("-A INPUT\nCOMMIT ", "refused");
    check(" [1:2] -A INPUT", "refused");
    check(" -A INPUT\t", ":INPUT ACCEPT [0:0]");
    check("\n# a comment\n-A INPUT", ":INPUT ACCEPT [0:0]");
    check("-S\n-L", ":INPUT ACCEPT [0:0]");
    check("-S NOSUCH", "refused");
    check("-A INPUT\r", ":INPUT ACCEPT [0:0]");
}
