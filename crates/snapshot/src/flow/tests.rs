//! Every form of a flow, and what is said of slips.

use super::*;

/// Reads `line` and compares what is printed back: the flow, or the error.
#[track_caller]
fn check(line: &str, expected: &str) {
    let printed = match parse_line(line) {
        Ok(flow) => {
            let printed = print(&flow);
            assert_eq!(parse_line(&printed), Ok(flow), "does not read back");
            printed
        }
        Err(error) => error.to_string(),
    };
    assert_eq!(printed, expected);
}

#[test]
fn every_form() {
    check("c1   ping 192.168.0.3", "c1 ping 192.168.0.3");
    check(
        "c1 ping 10.10.126.187 size 1200 ttl 3 from 192.168.0.2 # why",
        "c1 ping 10.10.126.187 from 192.168.0.2 ttl 3 size 1200",
    );
    check(
        "ext  tcp  10.10.126.101:8080 from :40001",
        "ext tcp 10.10.126.101:8080 from :40001",
    );
    check("host tcp  127.0.0.1:8080", "host tcp 127.0.0.1:8080");
    check(
        "c2 udp 8.8.8.8:53 from 10.0.0.2:5353",
        "c2 udp 8.8.8.8:53 from 10.0.0.2:5353",
    );
    check(
        "c2 udp [fd00::1]:53 from ::1",
        "c2 udp [fd00::1]:53 from ::1",
    );
    check(
        "c2 udp [fd00::1]:53 from [::1]:9",
        "c2 udp [fd00::1]:53 from [::1]:9",
    );
    check("c1 ping fd00::1", "c1 ping fd00::1");
    check(
        "ext frame eth0 FFFFFFFFFFFF0242c0a800020800",
        "ext frame eth0 ffffffffffff0242c0a800020800",
    );
}

#[test]
fn seconds_are_decimal() {
    check("host wait 30", "host wait 30");
    check("host wait 1.50", "host wait 1.5");
    check("host wait 0.000000001", "host wait 0.000000001");
    check(
        "host wait",
        "line 1, column 10: how long to wait is missing (decimal seconds, as in: host wait 1.5)",
    );
    check(
        "host wait 1s",
        "line 1, column 11: \"1s\" is no number of seconds (decimal seconds, as in: host wait 1.5)",
    );
    check(
        "host wait .5",
        "line 1, column 11: \".5\" is no number of seconds (decimal seconds, as in: host wait 1.5)",
    );
    check(
        "host wait 0.0",
        "line 1, column 11: a wait of 0.0 s is out of range (more than 0, less than 31622400 (366 days))",
    );
    check(
        "host wait 99999999999999999999",
        "line 1, column 11: a wait of 99999999999999999999 s is out of range (more than 0, less than 31622400 (366 days))",
    );
    check(
        "host wait 0.0000000001",
        "line 1, column 11: 0.0000000001 is finer than a nanosecond (decimal seconds, as in: host wait 1.5)",
    );
    check("host wait 1 2", "line 1, column 13: \"2\" is too much");
}

#[test]
fn slips_are_told_with_place_and_hint() {
    check(
        "c1 tpc 1.2.3.4:5",
        "line 1, column 4: unknown action \"tpc\" (did you mean tcp?)",
    );
    check(
        "c1 quux",
        "line 1, column 4: unknown action \"quux\" (one of ping, tcp, udp, frame, wait)",
    );
    check(
        "c1",
        "line 1, column 3: what to do is missing (one of ping, tcp, udp, frame, wait)",
    );
    check(
        "",
        "line 1, column 1: no flow here (write, for example: c1 ping 10.0.0.1)",
    );
    check(
        "ping 1.2.3.4",
        "line 1, column 1: the namespace is missing (write host ping 1.2.3.4, or another namespace's name)",
    );
    check(
        "c1 tcp 1.2.3.4",
        "line 1, column 15: the port is missing (as in 1.2.3.4:80)",
    );
    check(
        "c1 tcp 1.2.3.4:",
        "line 1, column 16: the port is missing (a number from 1 to 65535)",
    );
    check(
        "c1 tcp 1.2.3.4:0",
        "line 1, column 16: the port 0 is out of range (a number from 1 to 65535)",
    );
    check(
        "c1 tcp 1.2.3.4:http",
        "line 1, column 16: the port \"http\" is no number (a number from 1 to 65535)",
    );
    check(
        "c1 tcp fd00::1",
        "line 1, column 15: the port is missing (as in [fd00::1]:80)",
    );
    check(
        "c1 tcp",
        "line 1, column 7: the destination is missing (address and port, as in: c1 tcp 10.0.0.1:80)",
    );
    check(
        "c1 ping web",
        "line 1, column 9: \"web\" is no address (write an address: names are not looked up)",
    );
    check(
        "c1 ping 1.2.3.4:80",
        "line 1, column 9: \"1.2.3.4:80\" is no address (no port belongs here)",
    );
    check(
        "c1 ping 1.2.3.0/24",
        "line 1, column 9: \"1.2.3.0/24\" is no address (an address without a prefix length)",
    );
    check(
        "c1 ping 1.2.3.4 ttl 256",
        "line 1, column 21: the TTL 256 is out of range (a number from 1 to 255)",
    );
    check(
        "c1 ping 1.2.3.4 ttl 0",
        "line 1, column 21: the TTL 0 is out of range (a number from 1 to 255)",
    );
    check(
        "c1 ping 1.2.3.4 ttl 3 ttl 4",
        "line 1, column 23: a second ttl",
    );
    check(
        "c1 ping 1.2.3.4 size 65508",
        "line 1, column 22: the size 65508 is out of range (a number from 0 to 65507)",
    );
    check(
        "c1 ping 1.2.3.4 sise 9",
        "line 1, column 17: unknown option \"sise\" of ping (did you mean size?)",
    );
    check(
        "c1 ping 1.2.3.4 from ::1",
        "line 1, column 22: source and destination are of two address families (both IPv4 or both IPv6)",
    );
    check(
        "c1 tcp 1.2.3.4:5 form :6",
        "line 1, column 18: unknown option \"form\" of tcp (did you mean from?)",
    );
    check(
        "c1 tcp 1.2.3.4:5 from :6 x",
        "line 1, column 26: \"x\" is too much",
    );
    check(
        "c1 frame eth0 ffzz",
        "line 1, column 17: 'z' is no hexadecimal digit (bytes in hexadecimal with nothing in between, as in ffffffffffff0242...)",
    );
    check(
        "c1 frame eth0 fff",
        "line 1, column 18: an odd number of hexadecimal digits, 3 (two digits make a byte)",
    );
    check(
        "c1 frame eth0 ffff",
        "line 1, column 15: a frame of 2 bytes (from 14 (an Ethernet header) to 65549)",
    );
    check(
        "c1 frame eth0",
        "line 1, column 14: the frame is missing (its bytes in hexadecimal)",
    );
    check(
        "容器 ping 一",
        "line 1, column 9: \"一\" is no address (as in 10.0.0.1, or fd00::1)",
    );
}

#[test]
fn a_file_keeps_its_good_lines() {
    let (flows, errors) =
        parse("# title\n\nc1 ping 1.2.3.4\nc1 pin 1.2.3.4\r\nc1 udp 1.2.3.4:5 # x\n");
    let lines: Vec<_> = flows
        .iter()
        .map(|(line, flow)| (*line, print(flow)))
        .collect();
    assert_eq!(
        lines,
        [
            (3, "c1 ping 1.2.3.4".to_owned()),
            (5, "c1 udp 1.2.3.4:5".to_owned())
        ]
    );
    assert_eq!(
        errors.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["line 4, column 4: unknown action \"pin\" (did you mean ping?)"]
    );
}
