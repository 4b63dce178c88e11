//! `-4` in a text for ip6tables, `-6` in one for iptables: what ip6tables-restore
//! 1.8.9 makes of each line was tried with the tool itself.

use packetwalk_rules::{Family, iptables};

/// Does a line to `INPUT` with one rule and an empty chain `a`. The rules and user
/// chains then; or `refused`.
#[track_caller]
fn check(line: &str, expected: &str) {
    let text = format!("*filter\n:a - [0:0]\n-A INPUT -j ACCEPT\n{line}\nCOMMIT\n");
    let parsed = iptables::parse(&text, Family::V6);
    let got = if parsed.errors().next().is_some() {
        "refused".to_owned()
    } else {
        let saved = iptables::save(&parsed.value, false);
        let shown = |line: &&str| line.starts_with("-A") || line.ends_with(" - [0:0]");
        saved.lines().filter(shown).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(got, expected, "{line}");
}

const SAME: &str = ":a - [0:0]\n-A INPUT -j ACCEPT";

#[test]
fn a_rule_for_the_other_family_is_no_rule() {
    check("-A INPUT -4", SAME);
    check("-I INPUT 9 -4", SAME);
    check("-A NOSUCH -4", SAME);
    check("-D INPUT -j RETURN -4", SAME);
    check("-C INPUT -j DROP -4", SAME);
    check("-4", SAME);
    check("-4 --bogus", SAME);
    check("! -4 -A INPUT -s ::1", SAME);
}

#[test]
fn what_is_asked_when_the_line_is_complete_is_not_asked() {
    check("-A INPUT -s \"\" -4", SAME);
    check("-A INPUT -s 1.2.3.4,x -4", SAME);
    check("-A INPUT -o eth0 -4", SAME);
    check("-A INPUT -g ACCEPT -4", SAME);
    check("-A INPUT -m state -4", SAME);
}

#[test]
fn what_is_asked_word_by_word_is() {
    check("-A INPUT -i \"\" -4", "refused");
    check("-A INPUT -p tcp -p udp -4", "refused");
    check("-A INPUT -j NOSUCH -4", "refused");
    check("-A INPUT -m limit --limit x -4", "refused");
    check("-D INPUT 0 -4", "refused");
    check("-N -x -4", "refused");
    check("-A INPUT -s -4", "refused");
}

#[test]
fn what_needs_no_rule_is_done() {
    check("-F INPUT -4", ":a - [0:0]");
    check("-F INPUT -j DROP -4", ":a - [0:0]");
    check("-D INPUT 1 -4", ":a - [0:0]");
    check("-X a -4", "-A INPUT -j ACCEPT");
    check("-E a b -4", ":b - [0:0]\n-A INPUT -j ACCEPT");
    check("-N x -4", ":a - [0:0]\n:x - [0:0]\n-A INPUT -j ACCEPT");
    check("-P a DROP -4", "refused");
    check("-D INPUT 9 -4", "refused");
    check("-F NOSUCH -4", "refused");
    // The tool ends by a signal.
    check("-R INPUT 1 -j DROP -4", "refused");
}
