//! What iptables-restore refuses, and how it is told: line, column, option, and
//! a hint. Every line that is refused here is refused by iptables 1.8.9 too.

use packetwalk_rules::{Family, Severity, iptables};

/// A text and everything that is said of it: `line:column option: message | hint`.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let parsed = iptables::parse(text, Family::V4);
    let told: Vec<String> = parsed
        .diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .map(|d| format!("{} {}: {} | {}", d.span, d.option, d.message, d.hint))
        .map(|told| told.trim_end().to_owned())
        .collect();
    assert_eq!(told, expected, "{text}");
}

/// One rule of the filter table, with a chain `web`; the rule is in line 3.
#[track_caller]
fn check_rule(rule: &str, expected: &[&str]) {
    check(
        &format!("*filter\n:web - [0:0]\n{rule}\nCOMMIT\n"),
        expected,
    );
}

#[test]
fn targets_and_chains() {
    check_rule(
        "-A INPUT -j DORP",
        &["3:13 -j: there is no target and no chain `DORP` | did you mean `DROP`?"],
    );
    check_rule(
        "-A INPUT -j wbe",
        &["3:13 -j: there is no target and no chain `wbe` | did you mean `web`?"],
    );
    check_rule(
        "-A INPTU -j DROP",
        &["3:4 : there is no chain `INPTU` in table filter | did you mean `INPUT`?"],
    );
    check_rule(
        "-A INPUT -j FORWARD",
        &["3:13 -j: `FORWARD` is a built-in chain | rules can only jump to chains of the user"],
    );
    check_rule(
        "-A INPUT -g ACCEPT",
        &[
            "3:13 -g: there is no chain `ACCEPT` to go to | -g takes a chain of the user; declare it with -N or a line `:NAME - [0:0]`",
        ],
    );
    check_rule(
        "-A INPUT -j ACCEPT -j DROP",
        &["3:20 -j: `-j` is given twice | a rule has one target; write a second rule"],
    );
    check_rule(
        "-N a-name-that-is-thirty-bytes-xx",
        &[
            "3:4 -N: the chain name `a-name-that-is-thirty-bytes-xx` is too long | names of chains have at most 28 bytes",
        ],
    );
    check_rule(
        "-N LOG",
        &["3:4 -N: `LOG` is the name of a target | a chain cannot have it"],
    );
}

#[test]
fn loops() {
    check(
        "*filter\n:a - [0:0]\n:b - [0:0]\n-A INPUT -j a\n-A a -j b\n-A b -j a\nCOMMIT\n",
        &[
            "6:9 -j: a loop: the jump from `b` to `a` leads back to where it came from | the kernel refuses chains that call each other in a circle",
        ],
    );
}

#[test]
fn options() {
    check_rule(
        "-A INPUT --dport 80 -j ACCEPT",
        &["3:10 --dport: unknown option `--dport` | ports need -p tcp or -p udp in front"],
    );
    check_rule(
        "-A INPUT -p tcp --dprot 80",
        &["3:17 --dprot: unknown option `--dprot` | did you mean `--dport`?"],
    );
    check_rule(
        "-A INPUT -p tcp --dport 80 --dport 81",
        &["3:28 --dport: `--dport` is given twice |"],
    );
    check_rule(
        "-A INPUT -p tcp --dport 90:80",
        &["3:25 --dport: --dport: the port range `90:80` is upside down | write 80:90"],
    );
    check_rule(
        "-A INPUT -p tcp -m multiport --dports 90:80",
        &[
            "3:39 --dports: --dports: the range `90:80` is upside down or empty | the lower port first",
        ],
    );
    check_rule(
        "-A INPUT -p tcq",
        &["3:13 -p: unknown protocol `tcq` | did you mean `tcp`?"],
    );
    check_rule(
        "-A INPUT -s 10.0.0.0/33",
        &["3:13 -s: invalid mask `33` | the range is 0 to 32"],
    );
    check_rule(
        "-A INPUT -s fe80::1",
        &["3:13 -s: `fe80::1` is not an IPv4 address | an IPv6 address belongs into ip6tables"],
    );
    check_rule(
        "-A INPUT -i a-device-of-16-by",
        &[
            "3:13 -i: the device name `a-device-of-16-by` is too long: 17 bytes | names of devices have at most 15",
        ],
    );
    check_rule(
        "-A INPUT -m limit --limit-burst",
        &["3:19 --limit-burst: `--limit-burst` needs a value |"],
    );
    check_rule(
        "-A INPUT -m conntrack --ctstate NWE",
        &["3:33 --ctstate: --ctstate: unknown state `NWE` | did you mean `NEW`?"],
    );
    check_rule(
        "-A INPUT ! -m comment --comment x",
        &["3:12 -m: `!` cannot stand in front of `-m` |"],
    );
    check_rule(
        "-A INPUT -m limti --limit 3/s",
        &["3:13 -m: there is no match `limti` | did you mean `limit`?"],
    );
}

#[test]
fn helpers() {
    let check = |rule: &str, expected: &str| {
        check(&format!("*raw\n-A OUTPUT {rule}\nCOMMIT\n"), &[expected]);
    };
    check(
        "-p udp -m physdev --physdev-in eth0 -j CT --helper sipx",
        "2:50 : there is no helper `sipx` | did you mean `sip`?",
    );
    check(
        "-p udp -j CT --helper ftp",
        "2:21 : the helper `ftp` is not for this protocol | add -p tcp",
    );
}

#[test]
fn places() {
    check_rule(
        "-A INPUT -o eth0",
        &["3:10 -o: `-o` cannot be used in INPUT | where a packet leaves is not known there"],
    );
    check_rule(
        "-A OUTPUT -i eth0",
        &["3:11 -i: `-i` cannot be used in OUTPUT | where a packet came from is not known there"],
    );
    check_rule(
        "-A INPUT -j MASQUERADE",
        &["3:13 -j MASQUERADE: `MASQUERADE` cannot stand in table filter | only in nat"],
    );
    check(
        "*nat\n-A PREROUTING -j MASQUERADE\n-A PREROUTING -o eth0\n-A POSTROUTING -j DROP\nCOMMIT\n",
        &[
            "2:18 -j MASQUERADE: `MASQUERADE` cannot stand in PREROUTING | only in POSTROUTING, or chains that are reached from there",
            "3:15 -o: `-o` cannot be used in PREROUTING | where a packet leaves is not known there",
            "4:19 -j: DROP cannot stand in table nat | it is not for filtering: it sees the first packet of a connection only",
        ],
    );
    check(
        "*nat\n:web - [0:0]\n-A PREROUTING -j web\n-A web -j MASQUERADE\nCOMMIT\n",
        &[
            "4:11 -j MASQUERADE: `MASQUERADE` cannot stand in `web`, which PREROUTING leads to | only in POSTROUTING, or chains that are reached from there",
        ],
    );
}

#[test]
fn listing_what_is_not_committed() {
    check(
        "*filter\n:web - [0:0]\n-A OUTPUT -j ACCEPT\n-A OUTPUT -g web\n-S OUTPUT\nCOMMIT\n",
        &[
            "5:4 : -S cannot print the rule of line 4, which jumps to a chain | list it behind COMMIT",
        ],
    );
    check(
        "*filter\n:web - [0:0]\n-A OUTPUT -j web\n-S web\n-L OUTPUT -n\nCOMMIT\n",
        &[],
    );
}

#[test]
fn the_frame_of_a_text() {
    check(
        "*fliter\nCOMMIT\n",
        &["1:1 : there is no table `fliter` | did you mean `filter`?"],
    );
    check(
        "-A INPUT -j DROP\n",
        &["1:1 : this line stands in no table | a line `*filter` begins a table"],
    );
    check(
        "*filter\n-A INPUT -j DROP\n",
        &[
            "2:1 : the text ends without COMMIT | without it the table is not loaded; was the text cut off?",
        ],
    );
    check(
        "*filter\n:INPUT REJECT [0:0]\n:web DROP [0:0]\n:a - [0:0]\n:a - [0:0]\nCOMMIT\n",
        &[
            "2:1 : `REJECT` is no policy | ACCEPT or DROP; - for a chain of the user",
            "3:1 : the chain `web` can have no policy | only built-in chains have one; write - instead",
            "5:1 : the chain `a` is declared twice |",
        ],
    );
    check(
        "*filter\n-A INPUT -t nat -j DROP\n-A INPUT\n",
        &[
            "2:13 -t: `-t` cannot stand in the input of iptables-restore | a line `*TABLE` begins each table",
            "3:1 : the text ends without COMMIT | without it the table is not loaded; was the text cut off?",
        ],
    );
}

#[test]
fn all_of_a_file_and_the_rest_is_loaded() {
    let text = "*filter\n-A INPUT -j DORP\n-A INPUT -p tcp --dport 22 -j ACCEPT\n-A INPUT --dport 80\n-A NOWHERE\nCOMMIT\n";
    let parsed = iptables::parse(text, Family::V4);
    let lines: Vec<u32> = parsed.errors().map(|d| d.span.line).collect();
    assert_eq!(lines, [2, 4, 5]);
    let saved = iptables::save(&parsed.value, false);
    assert!(saved.contains("-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n"));
    assert_eq!(saved.matches("-A ").count(), 1);
}
