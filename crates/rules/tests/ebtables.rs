//! ebtables' text. What is expected was printed by ebtables-nft 1.8.9 (some of
//! its oddities among it); random rules are `packetwalk-recorder language`'s.

use packetwalk_rules::ebt;

/// The rules of a filter table as ebtables-save prints them, or the complaints.
#[track_caller]
fn check(lines: &str, expected: &str) {
    let parsed = ebt::parse(&format!("*filter\n:INPUT ACCEPT\n{lines}\n"));
    let mut got: Vec<String> = parsed.diagnostics.iter().map(ToString::to_string).collect();
    if got.is_empty() {
        let skip = [
            "*filter",
            ":INPUT ACCEPT",
            ":FORWARD ACCEPT",
            ":OUTPUT ACCEPT",
        ];
        let saved = ebt::save(&parsed.value, false);
        let kept = saved.lines().filter(|line| !skip.contains(line));
        got = kept.map(str::to_owned).collect();
    }
    assert_eq!(got.join("\n"), expected);
}

#[test]
fn options_stand_in_any_order_and_spelling() {
    check(
        "-A INPUT --ip-proto=tcp -pIPv4 --ip-dport ! ssh -jDROP",
        "-A INPUT -p IPv4 --ip-proto tcp --ip-dport ! 22 -j DROP",
    );
    check(
        "-A INPUT --ip-sr 1.2.3.4/255.0.255.0 -p ip -i +",
        "-A INPUT -p IPv4 --ip-src 1.0.3.0/255.0.255.0 -j CONTINUE",
    );
    check(
        "-A INPUT --among-src 3:3:3:3:3:3,2:2:2:2:2:2=1.1.1.1",
        "-A INPUT --among-src 2:2:2:2:2:2=1.1.1.1,3:3:3:3:3:3 -j CONTINUE",
    );
}

#[test]
fn the_last_of_several_values_counts_and_an_exclamation_mark_stays() {
    check(
        "-A INPUT --mark ! 3 --mark /0xff -j DROP",
        "-A INPUT --mark ! /0xff -j DROP",
    );
    check(
        "-A INPUT -p ARP --arp-op 1 --arp-op 2",
        "3:28: error: `--arp-op` is given twice",
    );
}

#[test]
fn the_tool_s_oddities_are_kept() {
    check(
        "-A INPUT -p IPv4 --ip-proto igmp --ip-igmp-type 1:5 -j ACCEPT",
        "-A INPUT -p IPv4 --ip-proto igmp --ip-igmp-type 1:5-j ACCEPT",
    );
    check("-A INPUT -p 600", "-A INPUT -p Length -j CONTINUE");
    check(
        "-A INPUT -p IPv6 --ip6-tclass 0x1g -j ACCEPT",
        "-A INPUT -p IPv6 --ip6-tclass 0x01 -j ACCEPT",
    );
    check(
        "-A INPUT -p 802_1Q --vlan-id 1 --vlan-prio 3",
        "-A INPUT -p 802_1Q --vlan-id 1 -j CONTINUE",
    );
}

#[test]
fn jumps_are_followed() {
    check(":x DROP\n-A x -j x", ":x DROP\n-A x -j x");
    check(
        ":x DROP\n-A x -j x\n-A INPUT -j x",
        "4:1: error: `x` jumps too deep, or in a circle \
         (at most 16 chains are entered at a time)",
    );
    check(
        "-A INPUT -j ACCPET",
        "3:13: error: there is no target and no chain `ACCPET` (did you mean `ACCEPT`?)",
    );
}

#[test]
fn the_kernel_has_a_burst_of_its_own() {
    check(
        "-A INPUT --limit-burst 0 --limit 3/s",
        "-A INPUT --limit 3/sec --limit-burst 5 -j CONTINUE",
    );
    check(
        "-A INPUT --limit-burst 7",
        "-A INPUT --limit 3/hour --limit-burst 7 -j CONTINUE",
    );
}

#[test]
fn targets_stand_where_no_chain_leads_them_astray() {
    let check = |rules: &str, expected: &str| {
        let parsed = ebt::parse(&format!("*nat\n:x DROP\n:y DROP\n{rules}\n"));
        let told: Vec<String> = parsed.diagnostics.iter().map(ToString::to_string).collect();
        assert_eq!(told.join("\n"), expected, "{rules}");
    };
    let dnat = "dnat --to-dst 02:42:ac:11:00:02";
    check(
        &format!("-A x -j {dnat}\n-A OUTPUT -j x\n-A PREROUTING -j x"),
        "",
    );
    check(&format!("-A x -j {dnat}\n-A y -j x"), "");
    check(
        &format!("-A x -j {dnat}\n-A POSTROUTING -j y\n-A y -j ACCEPT\n-A y -j x"),
        "4:1: error: `dnat` cannot stand in nat POSTROUTING, which leads to `x` \
         (only in nat PREROUTING, nat OUTPUT, broute BROUTING)",
    );
}

#[test]
fn a_table_comes_to_be_when_a_chain_is_named() {
    let check = |text: &str, expected: &[&str]| {
        let set = ebt::parse(text).value;
        let names: Vec<&str> = set.tables.iter().map(|table| &*table.name).collect();
        assert_eq!(names, expected, "{text}");
    };
    check("*filter\n", &[]);
    check("*filter\n-F\n-X\nCOMMIT\n*nat\n:OUTPUT ACCEPT\n", &["nat"]);
    check("*filter\n-F INPUT\n", &["filter"]);
    check("*filter\n-N web\n", &["filter"]);
    check("*filter\n:web ACCEPT\nCOMMIT\n*filter\n", &[]);
}

#[test]
fn what_only_the_kernel_refuses_may_be_flushed_again() {
    let flushed = [
        "-A INPUT --ip-igmp-type 0:255",
        "-A INPUT -p IPv4 --ip-proto tcp --ip-icmp-type 3",
        "-A INPUT -p IPv6 --ip6-proto ipv6-icmp --ip6-icmp-type 5:3",
        "-A INPUT -p IPv4 --ip-dport 80",
        "-A INPUT --arp-op 1",
        "-A INPUT --vlan-id 1",
        "-A INPUT -s 00:00:00:00:00:00/00:00:00:00:00:00",
        "-A INPUT -j snat --to-src 02:42:ac:11:00:02",
        "-A INPUT -j arpreply",
        "-A INPUT -j INPUT",
        "-A INPUT -j LOG",
        "-A INPUT -j ACCEPT\n-I INPUT 2 --ip-tos 1",
    ];
    for rules in flushed {
        check(
            &format!("{rules}\n-F INPUT\n-A INPUT -j DROP"),
            "-A INPUT -j DROP",
        );
        for left in ["-F OUTPUT", "-F", "-D INPUT 1", "COMMIT\n*filter\n-F INPUT"] {
            let parsed = ebt::parse(&format!("*filter\n:INPUT ACCEPT\n{rules}\n{left}\n"));
            assert!(!parsed.diagnostics.is_empty(), "{rules}\n{left}");
        }
    }
    for refused in [
        "-A INPUT -o eth0",
        "-A OUTPUT -i eth0",
        "-A INPUT --802_3-sap 1",
        "-A INPUT -j dnat",
        "-A INPUT -j MARK",
        "-A INPUT -j nowhere",
        "-A INPUT -j later\n-N later",
        "-A INPUT -j later\n:later ACCEPT",
        "-A INPUT -j ACCEPT\n-I INPUT 3 -j DROP",
    ] {
        let text = format!("*filter\n:INPUT ACCEPT\n{refused}\n-F INPUT\n-F OUTPUT\n");
        assert_eq!(ebt::parse(&text).diagnostics.len(), 1, "{text}");
    }
}

#[test]
fn numbers_may_have_blanks_and_a_sign_in_front() {
    check(
        "-A INPUT -p \" 0800\" --pkttype-type \" 1\" --stp-root-prio -0",
        "-A INPUT -p IPv4 --pkttype-type broadcast --stp-root-prio 0 -j CONTINUE",
    );
    check(
        "-A INPUT -p ARP --arp-op \" 1\" --arp-htype -0 --arp-ptype +800",
        "-A INPUT -p ARP --arp-op Request --arp-htype 0 --arp-ptype 0x800 -j CONTINUE",
    );
    check(
        "-A INPUT -p LENGTH --802_3-sap \" 1\"",
        "-A INPUT -p Length --802_3-sap 0x01 -j CONTINUE",
    );
    check(
        "-A INPUT -p 802_1Q --vlan-id \" 3\"",
        "-A INPUT -p 802_1Q --vlan-id 3 -j CONTINUE",
    );
}

#[test]
fn flushing_all_chains_leaves_what_the_text_made() {
    check("-A INPUT -j DROP\n-F", "-A INPUT -j DROP");
}

#[test]
fn a_rule_is_deleted_by_what_the_tool_compares() {
    let deletes = |rule: &str, other: &str, expected: bool| {
        let text = format!("*nat\n-A PREROUTING {rule}\n-D PREROUTING {other}\n");
        let told = ebt::parse(&text).diagnostics;
        assert_eq!(told.is_empty(), expected, "{text}{told:?}");
    };
    deletes("--nflog-prefix x", "--log -j CONTINUE", true);
    deletes("--mark 3 --log --limit 1/s", "--mark 3 --limit 1/s", true);
    deletes("--mark 3 --limit 1/s", "--limit 1/s --mark 3", false);
    deletes("-s 00:00:00:00:00:00", "", true);
    deletes("", "-s Unicast", true);
    deletes("! -s 00:00:00:00:00:00", "", false);
    deletes("-s 00:00:00:00:00:01", "", false);
    deletes(
        "-s 00:00:00:00:00:01/00:00:00:00:00:ff",
        "-s 00:00:00:00:00:01/00:00:00:00:ff:ff",
        true,
    );
    deletes("-s ! 00:00:00:00:00:01", "-s 00:00:00:00:00:01", false);
    deletes("-p LENGTH", "", true);
    deletes("-p LENGTH", "-p 600", true);
    deletes("-p ! 600", "-p 600", true);
    deletes("-p ! 600", "-p ! LENGTH", false);
    deletes("-i eth0", "-i ! eth0", false);
    deletes("-j mark --mark-set 1", "-j mark --mark-set 2", false);
    deletes("-j TRACE", "", false);
}

#[test]
fn a_rule_that_the_kernel_refuses_is_left_out() {
    let text = "*filter\n:x DROP\n-A x --ip-tos 1\n-A x -j ACCEPT\n-A x -o eth0 -j x\nCOMMIT\n\
                *nat\n-A OUTPUT -j nowhere\n-A OUTPUT --ip-tos 1\n-A OUTPUT -j DROP\n";
    let parsed = ebt::parse(text);
    let told: Vec<u32> = parsed.diagnostics.iter().map(|d| d.span.line).collect();
    assert_eq!(told, [3, 8, 9], "in the order of the text");
    let saved = ebt::save(&parsed.value, false);
    let rules: Vec<&str> = saved.lines().filter(|l| l.starts_with("-A")).collect();
    assert_eq!(
        rules,
        ["-A x -j ACCEPT", "-A x -o eth0 -j x", "-A OUTPUT -j DROP"]
    );
}

#[test]
fn of_iptables_targets_two_stand_in_a_bridge_s_rules() {
    check("-A INPUT -j TRACE", "-A INPUT -j TRACE");
    check("-A INPUT -j NFLOG", "-A INPUT -j NFLOG ");
    check(
        "-A INPUT -j TRACE --log-level 3",
        "-A INPUT --log-level error -j TRACE",
    );
    check(
        "-A INPUT -j LOG",
        "3:13: error: `LOG` is a target of iptables, which the kernel does not take for a \
         bridge (--log is ebtables' own)",
    );
    check(":LOG DROP\n-A INPUT -j LOG", ":LOG DROP\n-A INPUT -j LOG");
}

#[test]
fn chains_may_be_named_as_all_targets_but_the_standard_ones() {
    check(
        ":mark DROP\n:CONTINUE DROP\n:standard DROP\n:log ACCEPT",
        ":CONTINUE DROP\n:log ACCEPT\n:mark DROP\n:standard DROP",
    );
    check(
        ":QUEUE ACCEPT",
        "3:1: error: `QUEUE` is the name of a target",
    );
    check(
        ":RETURN ACCEPT",
        "3:1: error: `RETURN` is the name of a target",
    );
}
