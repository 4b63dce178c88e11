//! arptables' text. What is expected was printed by arptables-nft 1.8.9 and by the
//! arptables 0.0.5 of x_tables; random rules are `packetwalk-recorder language`'s.

use packetwalk_rules::arpt::{self, ListOptions};

/// The rules of a table as arptables-save prints them, or the complaints.
#[track_caller]
fn check(lines: &str, expected: &str) {
    let parsed = arpt::parse(&format!("*filter\n:INPUT ACCEPT\n{lines}\n"));
    let mut got: Vec<String> = parsed.diagnostics.iter().map(ToString::to_string).collect();
    if got.is_empty() {
        let saved = arpt::save(&parsed.value, false);
        let kept = saved.lines().filter(|line| line.starts_with("-A"));
        got = kept.map(str::to_owned).collect();
    }
    assert_eq!(got.join("\n"), expected);
}

#[test]
fn options_stand_in_the_order_of_the_tool() {
    check(
        "-A INPUT ! -s 10.0.0.0/24 -d 10.1.0.0/16 -i eth0 --opcode 1 --h-type 1 \
         --proto-type 0x800 -l 6 -j ACCEPT",
        "-A INPUT -j ACCEPT -i eth0 ! -s 10.0.0.0/24 -d 10.1.0.0/16 --opcode 1 --proto-type 0x800",
    );
    check(
        "-A OUTPUT ! --destination-mac 00:11:22:33:44:66 ! -o eth+ --opcode Reply -j mangle \
         --mangle-mac-d 00:11:22:33:44:55 --mangle-ip-s 1.2.3.4 --mangle-target DROP",
        "-A OUTPUT -j mangle ! -o eth+ ! --dst-mac 00:11:22:33:44:66 --opcode 2 \
         --mangle-ip-s 1.2.3.4 --mangle-mac-d 00:11:22:33:44:55 --mangle-target DROP",
    );
    check("-A OUTPUT", "-A OUTPUT ");
}

#[test]
fn an_exclamation_mark_may_stand_behind_its_option() {
    check("-A INPUT -s ! 10.0.0.1", "-A INPUT ! -s 10.0.0.1");
    check(
        "-A INPUT --opcode ! Request -j DROP",
        "-A INPUT -j DROP ! --opcode 1",
    );
}

#[test]
fn a_hardware_type_is_read_as_hexadecimal_and_printed_as_decimal() {
    check("-A INPUT --h-type 12", "-A INPUT --h-type 18");
}

#[test]
fn marks_are_those_of_the_tool() {
    check(
        "-A INPUT -j MARK --set-mark 10",
        "-A INPUT -j MARK --set-mark 10",
    );
    check(
        "-A INPUT -j MARK --set-mark 0",
        "-A INPUT -j MARK --and-mark ffffffff",
    );
    check(
        "-A OUTPUT -j CLASSIFY --set-class 1:0x12",
        "-A OUTPUT -j CLASSIFY --set-class 1:12",
    );
}

#[test]
fn what_the_tool_refuses_is_refused_with_its_place() {
    check(
        "-A INPUT -m mark --mark 1 -j DROP",
        "3:10: error: unknown option `-m` (arptables asks for the ARP packet alone)\n\
         3:18: error: unknown option `--mark`",
    );
    check(
        "-A INPUT -o eth0 -j DROP",
        "3:10: error: `-o` cannot be used in INPUT (where a packet leaves is not known there)",
    );
    check(
        "-A INPUT --opcode Requests",
        "3:19: error: `Requests` is no operation of ARP (Request, Reply, another name, or a number)",
    );
    check(
        "-A INPUT -l 8",
        "3:13: error: hardware addresses can only have 6 bytes (arptables for nf_tables knows no \
         other length)",
    );
    check(
        "-A INPUT -j CLASSIFY --set-class 1:2",
        "3:13: error: `CLASSIFY` cannot stand in INPUT (only in FORWARD, OUTPUT, POSTROUTING, or \
         chains that are reached from there)",
    );
    check(
        "-A INPUT -j mangle --mangle-target DROP",
        "3:13: error: `-j mangle` needs to know what to change (--mangle-ip-s, --mangle-ip-d, \
         --mangle-mac-s or --mangle-mac-d)",
    );
    check(
        "-A FORWARD -j DROP",
        "3:4: error: there is no chain `FORWARD` in table filter (a line `:FORWARD - [0:0]` or -N \
         FORWARD makes one)",
    );
}

#[test]
fn a_target_of_any_family_is_kept() {
    let text = "*filter\n-A INPUT -j NFLOG --nflog-group 3 -s 10.0.0.1\n";
    let parsed = arpt::parse(text);
    assert_eq!(parsed.errors().count(), 0, "{:?}", parsed.diagnostics);
    assert_eq!(parsed.diagnostics.len(), 1);
}

/// What `arptables-legacy-save` printed.
const LEGACY: &str = "\
*filter
:INPUT ACCEPT
:OUTPUT DROP
:FORWARD ACCEPT
:foo -
-A INPUT -j ACCEPT -i eth0 ! -s 10.0.0.0/24 -d 10.1.0.0/16 --h-length 6 --opcode 1 --h-type 1 --proto-type 0x800 
-A OUTPUT -j mangle ! -o eth+ --src-mac 00:11:22:00:00:00/ff:ff:ff:00:00:00 ! --dst-mac 00:11:22:33:44:66 --h-length 6 --opcode 2/3 --mangle-ip-s 1.2.3.4 --mangle-mac-d 00:11:22:33:44:55 --mangle-target DROP 
-A FORWARD -j foo -i a -o b 
-A foo -j MARK ! --opcode 12 --set-mark 3
-A foo -j CLASSIFY --h-length 7/15 --proto-type 0x806/ff0f --set-class 1:2 

";

#[test]
fn the_legacy_tool_s_text_is_read() {
    let text = LEGACY.replace("-A foo -j CLASSIFY", "-A OUTPUT -j CLASSIFY");
    let parsed = arpt::parse(&text);
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let table = parsed.value.table("filter").expect("there");
    assert!(arpt::is_legacy(table));
    let bare = |text: &str| {
        let lines = text.lines().map(str::trim_end).filter(|l| !l.is_empty());
        let mut lines: Vec<String> = lines.map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let saved = arpt::save(&parsed.value, true);
    let expected = text.replace(" --h-type 1 ", " ");
    assert_eq!(bare(&saved), bare(&expected));
}

#[test]
fn a_table_is_listed_as_by_the_tool() {
    let text = "\
*filter
:INPUT DROP
:OUTPUT ACCEPT
:foo -
-A INPUT -s 10.0.0.1 -d 127.0.0.1 --opcode 2 -j DROP -c 120000 7
-A OUTPUT -j foo
-A foo -j RETURN
";
    let parsed = arpt::parse(text);
    let table = parsed.value.table("filter").expect("there");
    let options = ListOptions {
        verbose: true,
        exact: false,
        line_numbers: true,
    };
    assert_eq!(
        arpt::list(table, None, options),
        "\
Chain INPUT (policy DROP 0 packets, 0 bytes)
1 -j DROP -i * -o * -s 10.0.0.1 -d 127.0.0.1 --opcode 2 , pcnt=120K -- bcnt=7 

Chain OUTPUT (policy ACCEPT 0 packets, 0 bytes)
1 -j foo -i * -o * , pcnt=0 -- bcnt=0 

Chain foo (1 references)
1 -j RETURN -i * -o * , pcnt=0 -- bcnt=0 
"
    );
    assert_eq!(
        arpt::list_named(table, Some("INPUT"), ListOptions::default()),
        "Chain INPUT (policy DROP)\n-j DROP -s 10.0.0.1 -d localhost --opcode Reply\n"
    );
}
