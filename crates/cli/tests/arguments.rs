//! What the command line says to bad input, and with which status.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn article() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/article/2017/snapshot.txt")
}

fn run(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_packetwalk"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that has complained may be gone before it has read everything.
    let _ = child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(input.as_bytes());
    child.wait_with_output().expect("the program ends")
}

/// Status 2, nothing on standard output, and this one line on standard error.
#[track_caller]
fn refused(args: &[&str], input: &str, line: &str) {
    let output = run(args, input);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said, format!("packetwalk: {line}\n"));
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
}

/// Status 0, nothing on standard error, and this on standard output.
#[track_caller]
fn says(args: &[&str], input: &str, text: &str) {
    let output = run(args, input);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stdout), text);
}

const TINY: &str = "@@packetwalk snapshot 1\n@@netns host\n\
    @@run ip -j -d link show\n\
    [{\"ifindex\":1,\"ifname\":\"lo\",\"link_type\":\"loopback\",\"flags\":[\"UP\",\"LOWER_UP\"],\"mtu\":65536}]\n\
    @@run ip -j addr show\n\
    [{\"ifname\":\"lo\",\"addr_info\":[{\"local\":\"127.0.0.1\",\"prefixlen\":8,\"scope\":\"host\"}]}]\n\
    @@end\n";

#[test]
fn flows_come_from_arguments_files_and_standard_input() {
    let article = article();
    let article = article.to_str().expect("a path in UTF-8");
    let result = ["--format", "result"];
    let with = |args: &[&'static str]| [&["trace", "-"], args, &result].concat();
    says(&with(&["host ping 127.0.0.1"]), TINY, "ok\n");
    says(&with(&["host", "ping", "127.0.0.1"]), TINY, "ok\n");
    let two = ["host ping 127.0.0.1", "host tcp 127.0.0.1:80"];
    says(&with(&two), TINY, "ok\nrefused\n");
    let flows = ["trace", article, "--flows=-", "--format=result", "--seen"];
    says(&flows, "# nothing\n\nc1 ping 192.168.0.3\n", "ok\n");
}

#[test]
fn every_format() {
    let article = article();
    let article = article.to_str().expect("a path in UTF-8");
    let print = |options: &[&str]| {
        let flows = "c1   ping 192.168.0.3\nhost tcp 127.0.0.1:1\n";
        let args = [&["trace", article, "--flows", "-"], options].concat();
        let output = run(&args, flows);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let kernel = print(&[]);
    assert_eq!(kernel, print(&["--format", "kernel"]));
    let lines: Vec<&str> = kernel.lines().collect();
    assert_eq!(lines[0], "@@flow 1 c1 ping 192.168.0.3");
    // The rules trace ICMP alone.
    assert_eq!(lines.last(), Some(&"@@flow 2 host tcp 127.0.0.1:1"));
    assert!(
        lines[1..lines.len() - 1]
            .iter()
            .all(|line| line.starts_with("TRACE: "))
    );
    let all = print(&["--trace-all"]);
    assert!(
        all.contains("TRACE: filter:OUTPUT:policy:1 IN= OUT=lo "),
        "{all}"
    );
    assert_eq!(print(&["--format", "result"]), "ok\nrefused\n");
    let json = print(&["--format", "json"]);
    assert_eq!(json.lines().count(), 2);
    assert!(
        json.lines()
            .all(|line| line.starts_with('{') && line.ends_with('}'))
    );
    let (english, chinese) = (
        print(&["--format", "text"]),
        print(&["--format", "text", "--lang", "zh"]),
    );
    assert!(english.is_ascii() && !chinese.is_ascii());
}

#[test]
fn arguments_that_cannot_be_understood() {
    let help = "see packetwalk --help";
    refused(&[], "", &format!("no command; {help}"));
    refused(&["trice"], "", &format!("no command \"trice\"; {help}"));
    refused(&["trace"], "", &format!("trace: no snapshot; {help}"));
    refused(&["trace", "-"], TINY, &format!("no flow; {help}"));
    refused(
        &["trace", "-", "--format", "xml", "host ping 127.0.0.1"],
        TINY,
        "no format \"xml\": kernel, result, json, text, conntrack or drops",
    );
    refused(&["rules"], "", &format!("rules: no file; {help}"));
    refused(
        &["rules", "-", "--tool", "nft"],
        "",
        "no tool \"nft\": iptables, ip6tables, ebtables or ipset",
    );
    refused(
        &["rules", "-", "--tool", "ipset", "--print", "names"],
        "",
        "of ebtables and ipset there is --print save and --print list",
    );
    refused(
        &["trace", "-", "--wibble"],
        TINY,
        &format!("invalid option '--wibble'; {help}"),
    );
    refused(
        &["trace", "-", "--flows", "-"],
        TINY,
        "snapshot and flows cannot both come from standard input",
    );
    refused(
        &["trace", "-", "--flows", "x", "host ping 127.0.0.1"],
        TINY,
        "flows come from --flows or from the command line, not from both",
    );
}

const RULES: &str = "*filter\n:INPUT DROP [1:2]\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n";

#[test]
fn rules_as_the_tools_print_them() {
    let says = |args: &[&str], input: &str, text: &str| {
        says(&[&["rules", "-"], args].concat(), input, text);
    };
    says(
        &[],
        RULES,
        "*filter\n:INPUT DROP [1:2]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n\
         -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\nCOMMIT\n",
    );
    says(
        &["--print", "rules", "--counters"],
        RULES,
        "-P INPUT DROP -c 1 2\n-P FORWARD ACCEPT -c 0 0\n-P OUTPUT ACCEPT -c 0 0\n\
         -A INPUT -p tcp -m tcp --dport 22 -c 0 0 -j ACCEPT\n",
    );
    says(
        &["--print=names"],
        RULES,
        "Chain INPUT (policy DROP)\n\
         target     prot opt source               destination         \n\
         ACCEPT     tcp  --  anywhere             anywhere             tcp dpt:ssh\n\n\
         Chain FORWARD (policy ACCEPT)\n\
         target     prot opt source               destination         \n\n\
         Chain OUTPUT (policy ACCEPT)\n\
         target     prot opt source               destination         \n",
    );
    says(
        &["--tool", "ebtables", "--print", "list"],
        "*nat\n-A OUTPUT -p arp -j ACCEPT\n",
        "Bridge table: nat\n\nBridge chain: PREROUTING, entries: 0, policy: ACCEPT\n\n\
         Bridge chain: OUTPUT, entries: 1, policy: ACCEPT\n\
         1 -p ARP -j ACCEPT , pcnt = 0 -- bcnt = 0\n\n\
         Bridge chain: POSTROUTING, entries: 0, policy: ACCEPT\n",
    );
    says(
        &["--tool", "ipset"],
        "create s hash:ip\nadd s 10.0.0.1\n",
        "create s hash:ip family inet hashsize 1024 maxelem 65536 bucketsize 12\n\
         add s 10.0.0.1\n",
    );
    let output = run(
        &["rules", "-"],
        &RULES.replace("tcp", "udpx").replace("22", "x"),
    );
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("-:3:"), "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("*filter\n:INPUT DROP [1:2]\n"));
}

#[test]
fn files_that_are_not_there() {
    refused(
        &["trace", "/nowhere/snapshot", "host ping 127.0.0.1"],
        "",
        "/nowhere/snapshot: No such file or directory (os error 2)",
    );
    refused(
        &["trace", "-", "--flows", "/nowhere/flows"],
        TINY,
        "/nowhere/flows: No such file or directory (os error 2)",
    );
}

#[test]
fn flows_with_mistakes() {
    refused(
        &["trace", "-", "c7 ping 127.0.0.1"],
        TINY,
        "flow: line 1: no namespace \"c7\" in the snapshot; it has host",
    );
    refused(
        &["trace", "-", "host frame eth7 ffffffffffff0242c0a800020800"],
        TINY,
        "flow: line 1: no device \"eth7\" in host; it has lo",
    );
    let output = run(&["trace", "-", "host pong 127.0.0.1"], TINY);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.starts_with("packetwalk: flow: line 1, column 6: "),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn snapshots_with_mistakes() {
    let cut = TINY.replace("127.0.0.1\",", "");
    refused(
        &["trace", "-", "host ping 127.0.0.1"],
        &cut,
        "-: line 6: netns host: ip -j addr show: not JSON at column 41 \
         (the whole output of the command with -j, unchanged)",
    );
    refused(
        &["trace", "-", "host ping 127.0.0.1"],
        "",
        "-: line 1: the snapshot is empty",
    );
}

#[test]
fn what_is_not_modelled_is_said_and_flows_run() {
    let nft = "@@run nft -j list ruleset\n{\"nftables\":[{\"rule\":{\"family\":\"inet\",\
               \"table\":\"t\",\"chain\":\"c\",\"expr\":[]}}]}\n@@end\n";
    let args = ["trace", "-", "--format", "result", "host ping 127.0.0.1"];
    let output = run(&args, &TINY.replace("@@end\n", nft));
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stdout, b"ok\n");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.starts_with(
            "packetwalk: note: line 8: netns host: nft -j list ruleset: nftables table inet t"
        ),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let flow = "host ping 127.0.0.1\n";
    let article = article();
    let mut child = Command::new(env!("CARGO_BIN_EXE_packetwalk"))
        .arg("trace")
        .arg(&article)
        .args(["--flows", "-", "--format", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let mut input = child.stdin.take().expect("a pipe");
    input
        .write_all(flow.repeat(50).as_bytes())
        .expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}
