//! Edits of the article's machine, held against what a packet then meets.

use packetwalk_core::world::World;
use packetwalk_edit::{Document, Edit, Part};
use packetwalk_snapshot::{flow, load};

const ARTICLE: &str = include_str!("../../../www/scenarios/article-2017.snapshot.txt");

/// The machine after these edits; whatever is wrong with the text is a failure.
#[track_caller]
fn after(edits: &[Edit]) -> World {
    let mut document = Document::new(ARTICLE);
    for edit in edits {
        document.edit(edit.clone()).expect("it can be done");
    }
    let loaded = load(document.text());
    assert_eq!(loaded.errors, []);
    assert_eq!(loaded.warnings, []);
    loaded.world
}

#[track_caller]
fn check(edits: &[Edit], line: &str, outcome: &str) {
    let mut world = after(edits);
    let flow = flow::parse_line(line).expect(line);
    let walk = world.run_flow(&flow);
    assert_eq!(walk.outcome.to_string(), outcome, "{line} after {edits:?}");
}

fn text(value: &str) -> String {
    value.to_owned()
}

#[test]
fn a_policy_drops() {
    let policy = Edit::Policy {
        netns: text("host"),
        tool: Part::Iptables,
        table: text("filter"),
        chain: text("OUTPUT"),
        policy: text("DROP"),
    };
    check(&[], "host ping 192.168.0.2", "ok");
    check(&[policy], "host ping 192.168.0.2", "denied");
}

#[test]
fn no_forwarding_no_way_out() {
    let off = |name: &str| Edit::Sysctl {
        netns: text("host"),
        name: text(name),
        value: text("0"),
    };
    check(&[], "c1 ping 10.10.126.187", "ok");
    check(
        &[off("net.ipv4.ip_forward")],
        "c1 ping 10.10.126.187",
        "timeout",
    );
    // The devices' own settings alone do it as well, as in the kernel.
    check(
        &[off("net.ipv4.conf.docker0.forwarding")],
        "c1 ping 10.10.126.187",
        "timeout",
    );
}

#[test]
fn a_new_container_is_reached_and_reaches() {
    let add = Edit::AddContainer {
        name: text("c3"),
        netns: text("host"),
        bridge: text("docker0"),
        ports: vec![8080],
    };
    let edits = [add.clone()];
    check(&edits, "c1 ping 192.168.0.4", "ok");
    check(&edits, "c3 ping 10.10.126.187", "ok");
    check(&edits, "host tcp 192.168.0.4:8080", "ok");
    check(&edits, "host tcp 192.168.0.4:8081", "refused");
    // Two of them get different addresses, and one goes without the other.
    let Edit::AddContainer { netns, bridge, .. } = add.clone() else {
        unreachable!()
    };
    let second = Edit::AddContainer {
        name: text("c4"),
        netns,
        bridge,
        ports: vec![],
    };
    let edits = [add, second, Edit::Remove { netns: text("c3") }];
    check(&edits, "c4 ping 192.168.0.2", "ok");
    check(&edits, "c4 ping 192.168.0.4", "unreachable host");
}

#[test]
fn a_second_host_outside_is_behind_a_switch() {
    let add = |name: &str| Edit::AddHost {
        name: text(name),
        netns: text("host"),
        dev: text("eth0"),
        ports: vec![443],
    };
    let edits = [add("web"), add("mail")];
    let world = after(&edits);
    let address = |name: &str| {
        let ns = world.ns_named(name).expect(name);
        let device = world.ns(ns).devices.iter().find(|dev| &*dev.name == "eth0");
        device
            .expect("eth0")
            .addrs
            .first()
            .expect("an address")
            .local
    };
    for name in ["ext", "web", "mail"] {
        check(&edits, &format!("host ping {}", address(name)), "ok");
        check(&edits, &format!("c1 ping {}", address(name)), "ok");
    }
    check(&edits, &format!("web tcp {}:443", address("mail")), "ok");
}

#[test]
fn whoever_is_removed_no_longer_answers() {
    let gone = |name: &str| Edit::Remove { netns: text(name) };
    // c1 still knows the address.
    check(&[gone("c2")], "c1 ping 192.168.0.3", "timeout");
    check(&[gone("ext")], "host ping 10.10.126.187", "timeout");
    let world = after(&[gone("c2")]);
    let host = world.ns_named("host").expect("host");
    assert_eq!(world.ns(host).dev_named("vethc1db80a"), None);
}

#[test]
fn a_program_listens_or_does_not() {
    let listen = |port, on| Edit::Listen {
        netns: text("c1"),
        tcp: true,
        port,
        on,
    };
    check(&[], "c2 tcp 192.168.0.2:9000", "refused");
    check(&[listen(9000, true)], "c2 tcp 192.168.0.2:9000", "ok");
    check(&[], "c2 tcp 192.168.0.2:80", "ok");
    check(&[listen(80, false)], "c2 tcp 192.168.0.2:80", "refused");
}

#[test]
fn ports_are_isolated() {
    let isolate = |dev: &str| Edit::Port {
        netns: text("host"),
        dev: text(dev),
        flag: text("isolated"),
        on: true,
    };
    let edits = [isolate("vethf7a28b2"), isolate("vethc1db80a")];
    check(&edits[..1], "c1 ping 192.168.0.3", "ok");
    check(&edits, "c1 ping 192.168.0.3", "timeout");
    check(&edits, "host ping 192.168.0.3", "ok");
}

#[test]
fn links_go_down_and_come_back_without_their_routes() {
    let link = |netns: &str, up| Edit::Link {
        netns: text(netns),
        dev: text("eth0"),
        up,
    };
    // Its neighbours still know its address, and wait.
    check(&[link("c1", false)], "c2 ping 192.168.0.2", "timeout");
    let again = [link("c1", false), link("c1", true)];
    check(&again, "c2 ping 192.168.0.2", "ok");
    // The default route is gone, as on a real machine.
    check(&again, "c1 ping 10.10.126.187", "unreachable net");
}

#[test]
fn rules_written_anew_are_walked() {
    let document = Document::new(ARTICLE);
    let rules = document.part("host", Part::Iptables);
    let rules = rules.replace("*filter\n", "*filter\n-A FORWARD -s 192.168.0.2 -j DROP\n");
    let edit = Edit::Text {
        netns: text("host"),
        part: Part::Iptables,
        text: rules,
    };
    check(&[edit], "c1 ping 192.168.0.3", "timeout");
}
