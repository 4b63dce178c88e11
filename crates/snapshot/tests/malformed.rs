//! Broken sections: the diagnostic names namespace, command and line, and the
//! rest of the snapshot is there.

use packetwalk_snapshot::{Loaded, load};

const LINK: &str = "@@run ip -j -d link show\n\
    [{\"ifindex\":1,\"ifname\":\"lo\",\"link_type\":\"loopback\",\"flags\":[\"UP\",\"LOWER_UP\"]}]\n";

/// A namespace with `lo` and a section of `command` that begins on line 6, and
/// another namespace behind it.
fn snapshot(command: &str, text: &str) -> String {
    let end = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    format!(
        "@@packetwalk snapshot 1\n@@netns host\n{LINK}@@run {command}\n{text}{end}\
         @@netns c1\n{LINK}@@end\n"
    )
}

fn lines<T: ToString>(list: &[T]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn the_rest_is_there(loaded: &Loaded) {
    let names: Vec<&str> = loaded.world.namespaces.iter().map(|ns| &*ns.name).collect();
    assert_eq!(names, ["host", "c1"]);
    for netns in &loaded.world.namespaces {
        assert!(netns.dev_named("lo").is_some(), "{}", netns.name);
    }
}

/// One error, in the section of `command`.
#[track_caller]
fn check(command: &str, text: &str, error: &str) {
    let loaded = load(&snapshot(command, text));
    let (line, message) = error.split_once(": ").expect("LINE: MESSAGE");
    let whole = format!("line {line}: netns host: {command}: {message}");
    assert_eq!(lines(&loaded.errors), [whole]);
    assert_eq!(lines(&loaded.warnings), Vec::<String>::new());
    the_rest_is_there(&loaded);
}

/// No error, but this warning.
#[track_caller]
fn warned(command: &str, text: &str, warning: &str) {
    let loaded = load(&snapshot(command, text));
    assert_eq!(lines(&loaded.errors), Vec::<String>::new());
    let whole = format!("line 6: netns host: {command}: {warning}");
    assert_eq!(lines(&loaded.warnings), [whole]);
    the_rest_is_there(&loaded);
}

/// Neither.
#[track_caller]
fn silent(command: &str, text: &str) -> Loaded {
    let loaded = load(&snapshot(command, text));
    assert_eq!(lines(&loaded.errors), Vec::<String>::new());
    assert_eq!(lines(&loaded.warnings), Vec::<String>::new());
    the_rest_is_there(&loaded);
    loaded
}

const JSON: &str = "(the whole output of the command with -j, unchanged)";

#[test]
fn json_that_is_cut_off_or_is_none() {
    for command in [
        "ip -j addr show",
        "ip -j route show table all",
        "ip -j rule show",
        "ip -j neigh show",
        "bridge -j -d link show",
        "bridge -j fdb show",
        "nft -j list ruleset",
        "docker inspect c1",
    ] {
        let cut = format!("6: the JSON ends too early, at column 1 {JSON}");
        check(command, "[\n", &cut);
        let text = format!("6: no JSON but \"Dump terminated\" {JSON}");
        check(command, "Dump terminated\n", &text);
        silent(command, "");
        silent(command, "[]\n");
        silent(command, "[{},{}]\n");
    }
    check(
        "ip -j rule show",
        "[ {\n  \"priority\": 0,\n  \"src\": \"all\",\n  \"table\": \"local\"\n },{\n  \"priority\" 5 } ]\n",
        &format!("11: not JSON at column 14 {JSON}"),
    );
}

#[test]
fn what_stands_before_the_end_is_read() {
    let text = "[{\"dst\":\"10.0.0.1\",\"dev\":\"lo\",\"lladdr\":\"02:00:00:00:00:01\",\
                \"state\":[\"PERMANENT\"]},{\"dst\":\"10.0.0.2\",\"de";
    let loaded = load(&snapshot("ip -j neigh show", text));
    assert_eq!(loaded.errors.len(), 1);
    assert_eq!(loaded.world.namespaces[0].neigh.entries.len(), 1);
}

#[test]
fn values_that_cannot_be() {
    check(
        "ip -j addr show",
        "[{\"ifname\":\"lo\",\"addr_info\":[{\"local\":\"10.0.0.300\",\"prefixlen\":8}]}]",
        "6: device lo: \"10.0.0.300\" is no address",
    );
    check(
        "ip -j addr show",
        "[{\"ifname\":\"lo\",\"addr_info\":[{\"local\":\"10.0.0.3\",\"prefixlen\":33}]}]",
        "6: device lo: \"10.0.0.3\" is no address",
    );
    check(
        "ip -j route show table all",
        "[{\"dst\":\"10.0.0.0/99\",\"flags\":[]}]",
        "6: a route to \"10.0.0.0/99\" (an address, a prefix or default)",
    );
    check(
        "ip -j route show table all",
        "[{\"dst\":\"default\",\"gateway\":\"10.0.0.\",\"dev\":\"lo\",\"flags\":[]}]",
        "6: route to default via \"10.0.0.\", which is no address",
    );
    check(
        "ip -j rule show",
        "[{\"priority\":5,\"src\":\"10.0.0.0\",\"srclen\":40,\"table\":\"main\"}]",
        "6: policy rule 5: srclen is 40",
    );
    check(
        "ip -j rule show",
        "[{\"src\":\"all\",\"table\":\"main\"}]",
        "6: a rule without a priority",
    );
    check(
        "ip -j neigh show",
        "[{\"dst\":\"10.0.0.5\",\"dev\":\"lo\",\"lladdr\":\"02:00:00:00:00:0g\",\"state\":[\"STALE\"]}]",
        "6: neighbour 10.0.0.5 at \"02:00:00:00:00:0g\" (six bytes in hexadecimal)",
    );
    check(
        "bridge -j fdb show",
        "[{\"mac\":\"zz:00:00:00:00:00\",\"ifname\":\"lo\",\"master\":\"lo\"}]",
        "6: an entry for \"zz:00:00:00:00:00\" (six bytes in hexadecimal)",
    );
}

#[test]
fn devices_that_are_not_there() {
    let hint = "(ip link show of the same namespace does not list it)";
    check(
        "ip -j addr show",
        "[{\"ifname\":\"eth7\",\"addr_info\":[]}]",
        &format!("6: addresses: there is no device eth7 {hint}"),
    );
    check(
        "ip -j route show table all",
        "[{\"dst\":\"default\",\"gateway\":\"10.0.0.1\",\"dev\":\"eth7\",\"flags\":[]}]",
        &format!("6: route to default: there is no device eth7 {hint}"),
    );
    check(
        "ip -j neigh show",
        "[{\"dst\":\"10.0.0.3\",\"dev\":\"eth7\",\"state\":[\"REACHABLE\"]}]",
        &format!("6: neighbour 10.0.0.3: there is no device eth7 {hint}"),
    );
    check(
        "ss -Htulnp",
        "udp UNCONN 0 0 0.0.0.0%eth7:67 0.0.0.0:*\n",
        "6: 0.0.0.0%eth7:67 is bound to eth7, which there is not",
    );
}

#[test]
fn lines_that_are_cut_off() {
    check(
        "sysctl -a",
        "net.ipv4.ip_forward = 1\nnet.ipv4.conf.all.rp_fil\n",
        "7: \"net.ipv4.conf.all.rp_fil\" is no setting (NAME = VALUE)",
    );
    check(
        "sysctl -a",
        "net.ipv4.ip_forward = yes\n",
        "6: net.ipv4.ip_forward cannot be \"yes\"",
    );
    check(
        "ss -Htulnp",
        "tcp LISTEN 0 128 0.0.0.0:80 0.0.0.0:*\ntcp LISTEN 0 128 0.0.\n",
        "7: \"0.0.\" is no address and port (such as 0.0.0.0:80)",
    );
    check(
        "ss -Htulnp",
        "tcp\n",
        "6: \"tcp\" is no socket (a line of ss -Htulnp)",
    );
    check(
        "ps -eo pid,args",
        "  12 /usr/bin/docker-proxy -proto tcp -host-ip 0.0.0.0 -host-po\n",
        "6: a docker-proxy whose options cannot be read \
         (it has -proto, -host-ip, -host-port, -container-ip and -container-port)",
    );
    check(
        "conntrack -L -o extended,id",
        "ipv4 2 tcp 6 100 ESTABLISHED src=10.0.0.1 dst=10.0.\n",
        "6: \"ipv4 2 tcp 6 100 ESTABLISHED src=10.0.0.1 dst=10.0.\" is no connection \
         (a line of conntrack -L -o extended,id)",
    );
    check(
        "iptables-save -c",
        "*filter\n:INPUT ACCEPT [0:0]\n[0:0] -A INPUT -j ACCEPT\n",
        "8: column 1: the text ends without COMMIT \
         (without it the table is not loaded; was the text cut off?)",
    );
    check(
        "iptables-save -c",
        "*filter\n:INPUT ACCEPT [0:0]\n[0:0] -A INPUT -m wibble -j ACCEPT\nCOMMIT\n",
        "8: column 19: there is no match `wibble`",
    );
    check(
        "ebtables-save -c",
        "*filter\n:INPUT ACCEPT\n-A INPUT -p IPv4 --ip-proto wibble -j ACCEPT\n",
        "8: column 29: --ip-proto: unknown protocol `wibble` \
         (a name such as tcp, or a number from 0 to 255)",
    );
}

#[test]
fn sets_with_mistakes() {
    check(
        "ipset save",
        "create x hash:ip\nadd x 1.2.3.400\n",
        "7: column 7: `1.2.3.400` is not an IPv4 address",
    );
}

#[test]
fn a_snapshot_that_is_cut_off() {
    let whole = snapshot("sysctl -a", "net.ipv4.ip_forward = 1\n");
    // Wherever it is cut, it is read up to there, and something is said.
    for at in (1..whole.len() - 1).filter(|at| whole.is_char_boundary(*at)) {
        let loaded = load(&whole[..at]);
        assert!(!loaded.errors.is_empty(), "cut at {at}");
    }
    assert!(load(&whole).errors.is_empty());
}

#[test]
fn what_was_not_there_is_as_good_as_missing() {
    for said in [
        "sh: 1: ss: not found",
        "bash: ss: command not found",
        "OCI runtime exec failed: exec failed: \"ss\": executable file not found in $PATH",
    ] {
        warned(
            "ss -Htulnp",
            &format!("{said}\n"),
            &format!("the command was not there: {said:?}"),
        );
    }
}

#[test]
fn rules_of_a_kind_that_is_not_modelled_are_told() {
    let text = "{\"nftables\":[{\"metainfo\":{}},\
        {\"table\":{\"family\":\"ip\",\"name\":\"docker-bridges\"}},\
        {\"rule\":{\"family\":\"ip\",\"table\":\"docker-bridges\",\"chain\":\"x\",\"expr\":[]}}]}";
    warned(
        "nft -j list ruleset",
        text,
        "nftables table ip docker-bridges is not modelled (packets pass as if it were \
         not there; only what iptables-save, ebtables-save and arptables-save print is \
         modelled)",
    );
    let arp = "{\"nftables\":[{\"rule\":{\"family\":\"arp\",\"table\":\"filter\",\
        \"chain\":\"INPUT\",\"expr\":[]}}]}";
    warned(
        "nft -j list ruleset",
        arp,
        "nftables table arp filter is not modelled (packets pass as if it were not there; only \
         what iptables-save, ebtables-save and arptables-save print is modelled)",
    );
    // The same rule, as arptables-save shows it.
    let saved = "*filter\n:INPUT ACCEPT\n:OUTPUT ACCEPT\n-A INPUT -j DROP\n";
    silent(
        "arptables-save -c",
        &format!("{saved}@@run nft -j list ruleset\n{arp}"),
    );
    // What an empty table or chain does is nothing.
    silent(
        "nft -j list ruleset",
        "{\"nftables\":[{\"table\":{\"family\":\"inet\",\"name\":\"t\"}},\
         {\"chain\":{\"family\":\"inet\",\"table\":\"t\",\"name\":\"c\",\"policy\":\"accept\"}}]}",
    );
    warned(
        "iptables-save -c",
        "# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n",
        "iptables-legacy tables present, use iptables-legacy-save to see them",
    );
}

#[test]
fn commands_that_nobody_reads_are_listed() {
    let loaded = silent("uname -a", "Linux\n");
    assert_eq!(loaded.unused, [("host".to_owned(), "uname -a".to_owned())]);
    assert_eq!(
        silent("ip addr show", "1: lo: <LOOPBACK>\n").unused.len(),
        1
    );
}
