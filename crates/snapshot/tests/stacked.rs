//! Devices on top of others: which is below, and what takes the frames.

use packetwalk_core::world::World;
use packetwalk_core::world::device::DeviceKind;
use packetwalk_snapshot::load;

fn link(index: u32, name: &str, more: &str) -> String {
    format!(
        r#"{{"ifindex":{index},"ifname":"{name}","flags":["BROADCAST","UP","LOWER_UP"],"mtu":1500,
            "link_type":"ether","address":"02:00:00:00:00:{index:02x}"{more}}}"#
    )
}

fn world(namespaces: &[(&str, &[String])]) -> (World, Vec<String>) {
    let mut text = "@@packetwalk snapshot 1\n".to_owned();
    for (name, links) in namespaces {
        let links = links.join(",");
        text += &format!("@@netns {name}\n@@run ip -j -d link show\n[{links}]\n");
    }
    let loaded = load(&(text + "@@end\n"));
    assert!(loaded.errors.is_empty(), "{:?}", loaded.errors);
    (loaded.world, loaded.not_modelled)
}

const MACVLAN: &str = r#","link_index":2,"link_netnsid":0,"linkinfo":{"info_kind":"macvlan","info_data":{"mode":"bridge"}}"#;

/// The device below `eth0` of the last namespace.
fn below(world: &World) -> Option<String> {
    let last = world.namespaces.last().expect("a namespace");
    let eth0 = last.devices.last().expect("a device");
    let DeviceKind::Macvlan { lower, .. } = eth0.kind else {
        panic!("{:?}", eth0.kind);
    };
    lower.map(|(ns, dev)| format!("{}/{}", world.ns(ns).name, world.dev(ns, dev).name))
}

#[test]
fn a_macvlan_is_on_the_hosts_card() {
    let eth0 = || link(2, "eth0", "");
    let (world, _) = world(&[
        ("lan", &[eth0()]),
        ("host", &[eth0()]),
        ("m1", &[link(9, "eth0", MACVLAN)]),
    ]);
    assert_eq!(below(&world).as_deref(), Some("host/eth0"));
    assert_eq!(world.namespaces[1].devices[0].uppers.len(), 1);
    assert!(world.namespaces[0].devices[0].uppers.is_empty());
}

#[test]
fn what_cables_tell_of_namespace_numbers_counts() {
    // m1 has a cable to lan, whose number is 0 there; so is the macvlan's.
    let cable = |to: u32| {
        format!(r#","link_index":{to},"link_netnsid":0,"linkinfo":{{"info_kind":"veth"}}"#)
    };
    let (world, _) = world(&[
        ("host", &[link(2, "eth0", "")]),
        ("lan", &[link(2, "card", ""), link(7, "cable", &cable(8))]),
        (
            "m1",
            &[link(8, "cable", &cable(7)), link(9, "eth0", MACVLAN)],
        ),
    ]);
    assert_eq!(below(&world).as_deref(), Some("lan/card"));
}

#[test]
fn a_macvlan_whose_card_is_not_there_leads_outside() {
    let (world, _) = world(&[
        ("host", &[link(5, "eth0", "")]),
        ("m1", &[link(9, "eth0", MACVLAN)]),
    ]);
    assert_eq!(below(&world), None);
}

#[test]
fn what_is_not_modelled_takes_the_frames_of_the_device_below() {
    let ipvlan = r#","link_index":2,"link_netnsid":0,"linkinfo":{"info_kind":"ipvlan","info_data":{"mode":"l2"}}"#;
    let bond = r#","linkinfo":{"info_kind":"bond"}"#;
    let (world, not_modelled) = world(&[
        (
            "host",
            &[
                link(2, "eth0", ""),
                link(3, "eth1", r#","master":"bond0""#),
                link(4, "bond0", bond),
            ],
        ),
        ("c1", &[link(9, "eth0", ipvlan)]),
    ]);
    let captured: Vec<Option<&str>> = world.namespaces[0]
        .devices
        .iter()
        .map(|device| device.captured.as_deref())
        .collect();
    assert_eq!(captured, [Some("ipvlan"), Some("bond"), None]);
    assert_eq!(
        not_modelled,
        [
            "host: device bond0 of kind bond",
            "host: bond0, which is no bridge, as master of eth1",
            "c1: device eth0 of kind ipvlan"
        ]
    );
}
