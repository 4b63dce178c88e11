//! Which veth ends belong together, and what the kernel has by itself, on
//! machines that real kernels and real Docker daemons described.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use packetwalk_core::world::World;
use packetwalk_core::world::device::DeviceKind;
use packetwalk_snapshot::{Loaded, load};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus")
}

fn read(case: &str) -> String {
    let path = corpus().join(case).join("snapshot.txt");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every veth with its other end: `host/veth1 c1/eth0`, `host/veth2 -`.
fn pairs(world: &World) -> Vec<String> {
    let mut all = Vec::new();
    for netns in &world.namespaces {
        for device in &netns.devices {
            let DeviceKind::Veth { peer } = device.kind else {
                continue;
            };
            let peer = peer.map_or("-".to_owned(), |(ns, dev)| {
                format!("{}/{}", world.ns(ns).name, world.dev(ns, dev).name)
            });
            all.push(format!("{}/{} {peer}", netns.name, device.name));
        }
    }
    all
}

#[track_caller]
fn check(text: &str, expected: &[&str]) -> Loaded {
    let loaded = load(text);
    assert!(loaded.errors.is_empty(), "{:?}", loaded.errors);
    assert_eq!(pairs(&loaded.world), expected);
    loaded
}

#[test]
fn docker_machines() {
    check(
        &read("article/2017"),
        &[
            "host/vethf7a28b2 c1/eth0",
            "host/vethc1db80a c2/eth0",
            "host/eth0 ext/eth0",
            "c1/eth0 host/vethf7a28b2",
            "c2/eth0 host/vethc1db80a",
            "ext/eth0 host/eth0",
        ],
    );
}

/// Recorded machines with a device whose other end was left out on purpose
/// (`outside` in `tests/corpus/*.cases`).
const LEAD_OUTSIDE: &[(&str, &str)] = &[("found/martian-by-policy", "host/eth1")];

#[test]
fn all_recorded_machines() {
    let mut folders = vec![corpus()];
    let mut machines = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.ends_with("snapshot.txt") {
                let text = fs::read_to_string(&path).expect("a text");
                let loaded = load(&text);
                assert!(
                    loaded.errors.is_empty(),
                    "{}: {:?}",
                    path.display(),
                    loaded.errors
                );
                let pairs = pairs(&loaded.world);
                // Each is recorded with all of its namespaces, and who is whose
                // other end goes both ways.
                let both: BTreeSet<&str> = pairs.iter().map(String::as_str).collect();
                for pair in &pairs {
                    let (one, other) = pair.split_once(' ').expect("two ends");
                    if other == "-"
                        && LEAD_OUTSIDE.iter().any(|(case, end)| {
                            path.parent().is_some_and(|folder| folder.ends_with(case))
                                && *end == one
                        })
                    {
                        continue;
                    }
                    let back = format!("{other} {one}");
                    assert!(both.contains(&*back), "{}: {pair}", path.display());
                }
                machines += 1;
            }
        }
    }
    assert!(machines > 200, "{machines} machines");
}

/// A veth: ifindex, name, the peer's ifindex, the peer's namespace number,
/// hardware address, address.
type Veth = (u32, &'static str, u32, i32, &'static str, &'static str);

/// A snapshot of namespaces with veths; `more` goes behind the first.
fn snapshot(namespaces: &[(&str, &[Veth])], more: &str) -> String {
    let mut text = String::from("@@packetwalk snapshot 1\n");
    for (at, (name, veths)) in namespaces.iter().enumerate() {
        let links: Vec<String> = veths
            .iter()
            .map(|(index, name, peer, id, mac, _)| {
                format!(
                    "{{\"ifindex\":{index},\"link_index\":{peer},\"ifname\":\"{name}\",\
                     \"flags\":[\"UP\",\"LOWER_UP\"],\"mtu\":1500,\"link_type\":\"ether\",\
                     \"address\":\"{mac}\",\"link_netnsid\":{id},\
                     \"linkinfo\":{{\"info_kind\":\"veth\"}}}}"
                )
            })
            .collect();
        let addrs: Vec<String> = veths
            .iter()
            .filter(|veth| !veth.5.is_empty())
            .map(|(_, name, _, _, _, addr)| {
                format!(
                    "{{\"ifname\":\"{name}\",\"addr_info\":[{{\"local\":\"{addr}\",\
                     \"prefixlen\":24,\"scope\":\"global\"}}]}}"
                )
            })
            .collect();
        text += &format!(
            "@@netns {name}\n@@run ip -j -d link show\n[{}]\n@@run ip -j addr show\n[{}]\n",
            links.join(","),
            addrs.join(",")
        );
        if at == 0 {
            text += more;
        }
    }
    text + "@@end\n"
}

const A: &str = "02:00:00:00:00:0a";
const B: &str = "02:00:00:00:00:0b";
const C: &str = "02:00:00:00:00:0c";
const D: &str = "02:00:00:00:00:0d";

#[test]
fn one_index_in_every_container() {
    let host: &[Veth] = &[(5, "v1", 2, 0, A, ""), (7, "v2", 2, 1, B, "")];
    let text = snapshot(
        &[
            ("host", host),
            ("c1", &[(2, "eth0", 7, 0, C, "")]),
            ("c2", &[(2, "eth0", 5, 0, D, "")]),
        ],
        "",
    );
    let expected = [
        "host/v1 c2/eth0",
        "host/v2 c1/eth0",
        "c1/eth0 host/v2",
        "c2/eth0 host/v1",
    ];
    assert!(check(&text, &expected).warnings.is_empty());
}

#[test]
fn one_number_means_one_namespace() {
    // h1/a and h2/a look alike, but number 0 of c1 means h1 already.
    let text = snapshot(
        &[
            ("h1", &[(5, "a", 2, 0, A, ""), (9, "b", 3, 0, B, "")]),
            ("h2", &[(5, "a", 2, 0, C, "")]),
            ("c1", &[(2, "eth0", 5, 0, D, ""), (3, "eth1", 9, 0, A, "")]),
            ("c2", &[(2, "eth0", 5, 0, B, "")]),
        ],
        "",
    );
    let expected = [
        "h1/a c1/eth0",
        "h1/b c1/eth1",
        "h2/a c2/eth0",
        "c1/eth0 h1/a",
        "c1/eth1 h1/b",
        "c2/eth0 h2/a",
    ];
    assert!(check(&text, &expected).warnings.is_empty());
}

/// Two pairs that indices alone cannot tell apart, between other addresses.
fn alike(addrs: [&'static str; 4], more: &str) -> String {
    let [a, b, c, d] = addrs;
    snapshot(
        &[
            ("h1", &[(5, "v", 2, 0, A, a)]),
            ("h2", &[(5, "v", 2, 0, B, b)]),
            ("c1", &[(2, "eth0", 5, 0, C, c)]),
            ("c2", &[(2, "eth0", 5, 0, D, d)]),
        ],
        more,
    )
}

const CROSSED: [&str; 4] = [
    "h1/v c2/eth0",
    "h2/v c1/eth0",
    "c1/eth0 h2/v",
    "c2/eth0 h1/v",
];

#[test]
fn a_common_subnet_tells() {
    let text = alike(["10.1.0.1", "10.2.0.1", "10.2.0.2", "10.1.0.2"], "");
    assert!(check(&text, &CROSSED).warnings.is_empty());
}

#[test]
fn a_neighbour_tells() {
    let neigh = format!(
        "@@run ip -j neigh show\n[{{\"dst\":\"10.1.0.3\",\"dev\":\"v\",\"lladdr\":\"{D}\",\
         \"state\":[\"REACHABLE\"]}}]\n"
    );
    let text = alike(["10.1.0.1", "10.1.0.1", "10.1.0.2", "10.1.0.3"], &neigh);
    assert!(check(&text, &CROSSED).warnings.is_empty());
}

#[test]
fn what_nothing_tells_is_left_loose_and_said() {
    let text = alike([""; 4], "");
    let loose = ["h1/v -", "h2/v -", "c1/eth0 -", "c2/eth0 -"];
    let said: Vec<String> = check(&text, &loose)
        .warnings
        .iter()
        .map(ToString::to_string)
        .collect();
    let hint = "(addresses, neighbours or forwarding databases would tell)";
    assert_eq!(
        said,
        [
            format!(
                "line 4: netns h1: ip -j -d link show: the other end of v in h1 may be \
                 eth0 in c1 or eth0 in c2; it is left loose {hint}"
            ),
            format!(
                "line 9: netns h2: ip -j -d link show: the other end of v in h2 may be \
                 eth0 in c1 or eth0 in c2; it is left loose {hint}"
            ),
        ]
    );
}

#[test]
fn an_end_that_is_not_in_the_snapshot() {
    let text = snapshot(
        &[
            ("host", &[(5, "v1", 2, 0, A, ""), (7, "v2", 2, 1, B, "")]),
            ("c1", &[(2, "eth0", 7, 0, C, "")]),
        ],
        "",
    );
    let expected = ["host/v1 -", "host/v2 c1/eth0", "c1/eth0 host/v2"];
    assert!(check(&text, &expected).warnings.is_empty());
}

/// The local table without the kernel's word is what the kernel says it is.
#[test]
fn the_local_table_is_what_the_kernel_makes_of_addresses() {
    let text = read("article/2017");
    let without: String = text
        .lines()
        .map(|line| {
            if !line.starts_with("[{") || !line.contains("\"table\":\"local\"") {
                return format!("{line}\n");
            }
            let mut routes: Vec<serde_json::Value> = serde_json::from_str(line).expect("JSON");
            routes.retain(|route| route["table"] != "local");
            // Policy rules name tables as well; those stay.
            match routes.iter().any(|route| route.get("dst").is_some()) {
                true => format!("{}\n", serde_json::to_string(&routes).expect("JSON")),
                false => format!("{line}\n"),
            }
        })
        .collect();
    assert!(without.len() < text.len());
    let [with, without] = [load(&text), load(&without)].map(|loaded| {
        let mut all = BTreeSet::new();
        for netns in &loaded.world.namespaces {
            for (table, routes) in &netns.fib.tables {
                for route in routes {
                    let mut route = route.clone();
                    route.protocol = "".into();
                    all.insert(format!("{} {table} {route:?}", netns.name));
                }
            }
        }
        all
    });
    let missing: Vec<_> = with.difference(&without).collect();
    let extra: Vec<_> = without.difference(&with).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "missing {missing:#?}\nextra {extra:#?}"
    );
}

/// The ends of very many containers are told apart (how long that takes:
/// `benches/walk.rs`).
#[test]
fn large_machines() {
    const CONTAINERS: u32 = 3200;
    let mut links = Vec::new();
    let mut others = String::new();
    for at in 0..CONTAINERS {
        let index = 10 + at;
        links.push(format!(
            "{{\"ifindex\":{index},\"link_index\":2,\"ifname\":\"veth{at}\",\"flags\":[\"UP\"],\
             \"link_netnsid\":{at},\"linkinfo\":{{\"info_kind\":\"veth\"}}}}"
        ));
        others += &format!(
            "@@netns c{at}\n@@run ip -j -d link show\n[{{\"ifindex\":2,\"link_index\":{index},\
             \"ifname\":\"eth0\",\"flags\":[\"UP\"],\"link_netnsid\":0,\
             \"linkinfo\":{{\"info_kind\":\"veth\"}}}}]\n"
        );
    }
    let text = format!(
        "@@packetwalk snapshot 1\n@@netns host\n@@run ip -j -d link show\n[{}]\n{others}@@end\n",
        links.join(",")
    );
    let loaded = load(&text);
    let mut expected = Vec::new();
    for at in 0..CONTAINERS {
        expected.push(format!("host/veth{at} c{at}/eth0"));
    }
    for at in 0..CONTAINERS {
        expected.push(format!("c{at}/eth0 host/veth{at}"));
    }
    assert_eq!(pairs(&loaded.world), expected);
}
