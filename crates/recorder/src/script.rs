//! The little language that the corpus' machines are written in.
//!
//! ```text
//! == bridging/two-containers
//! # What the case is for.
//! docker
//! trace host
//! iptables host:
//!     *filter
//!     :FORWARD DROP
//! flow c1 ping 172.17.0.3
//! ```
//!
//! | line | what it does |
//! | --- | --- |
//! | `docker` | host with docker0 (172.17.0.1/16), c1 (.2), c2 (.3), and ext (192.0.2.1) behind eth0 (192.0.2.10) |
//! | `router` | client (10.1.0.2) - r - server (10.2.0.2), no bridge |
//! | `bridge NS NAME [ADDR/LEN] [OPTION=VALUE ...]` | a bridge |
//! | `container NAME NS:BRIDGE ADDR/LEN [GATEWAY]` | a namespace behind a port |
//! | `veth NS:DEV NS:DEV` | a cable |
//! | `macvlan NS:DEV NS:DEV MODE` | a macvlan on top of a device |
//! | `outside NS:DEV` | a cable that leads outside |
//! | `addr NS:DEV ADDR/LEN` | an address |
//! | `set NS:DEV mtu N`, `mac M`, `down`, `flag F`, `master BRIDGE`, `unaddr` | a property |
//! | `port NS:DEV OPTION=VALUE ...` | settings of a bridge port |
//! | `route NS [TYPE] DST [via A] [dev D] [src A] [table T] [metric N] [mtu N] [onlink]` | a route |
//! | `unroute NS DST` | takes a route away again |
//! | `rule NS PRIORITY KEY VALUE ...` | a policy rule, keys as in `ip -j rule` |
//! | `neigh NS:DEV ADDR MAC [STATE]` | a neighbour, PERMANENT unless told |
//! | `fdb NS:PORT BRIDGE MAC [STATE]` | a forwarding database entry |
//! | `sysctl NS KEY=VALUE ...` | settings; `net.ipv4.` may be left out |
//! | `listen NS tcp|udp ADDR:PORT` | a listening socket |
//! | `unlisten NS` | nobody listens |
//! | `relay NS tcp|udp ADDR:PORT ADDR:PORT` | a docker-proxy |
//! | `trace NS`, `ebtrace NS` | trace every packet; log in every ebtables chain |
//! | `iptables NS:`, `ebtables NS:`, `ipset NS:` | the indented lines below are rules |
//! | `arptables NS:` | the same; of the legacy tool if there is a line `:FORWARD ACCEPT` or `DROP` |
//! | `conntrack NS:` | the indented lines below are connections that exist |
//! | `flow LINE` | a flow |

use std::fmt;

use serde_json::{Map, Value, json};

use crate::machine::{Kind, Machine, Route};

/// One case of a script.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// Topic and name, separated by a slash.
    pub name: String,
    /// What it is for, on one line.
    pub about: String,
    /// The machine.
    pub machine: Machine,
    /// The flows, one a line.
    pub flows: String,
}

/// A line that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ScriptError {}

/// Reads all cases of a script.
///
/// # Errors
///
/// At the first line that makes no sense.
pub fn parse(text: &str) -> Result<Vec<Case>, ScriptError> {
    let mut cases: Vec<Case> = Vec::new();
    let mut block: Option<(String, String)> = None;
    for (index, line) in text.lines().enumerate() {
        let fail = |message: String| ScriptError {
            line: index + 1,
            message,
        };
        if line.trim().is_empty() {
            continue;
        }
        if let Some(name) = line.strip_prefix("== ") {
            cases.push(Case {
                name: name.trim().to_owned(),
                ..Case::default()
            });
            block = None;
            continue;
        }
        let Some(case) = cases.last_mut() else {
            if line.starts_with('#') {
                continue;
            }
            return Err(fail("a script starts with == TOPIC/NAME".to_owned()));
        };
        if let Some(about) = line.strip_prefix('#') {
            if !case.about.is_empty() {
                case.about.push(' ');
            }
            case.about += about.trim();
            continue;
        }
        if line.starts_with([' ', '\t']) {
            let Some((kind, netns)) = &block else {
                return Err(fail("an indented line under no heading".to_owned()));
            };
            let host = case.machine.host(netns);
            let text = match kind.as_str() {
                "iptables" => &mut host.iptables,
                "ebtables" => &mut host.ebtables,
                "arptables" => &mut host.arptables,
                "conntrack" => &mut host.conntrack,
                _ => &mut host.ipset,
            };
            text.push_str(line.trim());
            text.push('\n');
            continue;
        }
        block = None;
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [
            kind @ ("iptables" | "ebtables" | "arptables" | "ipset" | "conntrack"),
            netns,
        ] = words.as_slice()
        {
            block = Some(((*kind).to_owned(), netns.trim_end_matches(':').to_owned()));
            continue;
        }
        if let Some(flow) = line.strip_prefix("flow ") {
            case.flows.push_str(flow.trim());
            case.flows.push('\n');
            continue;
        }
        directive(&mut case.machine, &words)
            .ok_or_else(|| fail(format!("cannot read {line:?}")))?;
    }
    Ok(cases)
}

fn directive(machine: &mut Machine, words: &[&str]) -> Option<()> {
    match words {
        ["docker"] => docker(machine),
        ["router"] => router(machine),
        ["netns", name] => {
            machine.host(name);
        }
        ["bridge", netns, name, rest @ ..] => {
            let device = machine.bridge(netns, name);
            for word in rest {
                match word.split_once('=') {
                    Some((key, value)) => {
                        if let Kind::Bridge(options) = &mut device.kind {
                            options.insert(key.to_owned(), scalar(value));
                        }
                    }
                    None => device.addresses.push((*word).to_owned()),
                }
            }
        }
        ["container", name, bridge, address, gateway @ ..] => {
            let gateway = gateway.first().copied().unwrap_or_default();
            machine.container(name, bridge.split_once(':')?, address, gateway);
        }
        ["veth", a, b] => machine.veth(a.split_once(':')?, b.split_once(':')?),
        ["macvlan", at, lower, mode] => {
            machine.macvlan(at.split_once(':')?, lower.split_once(':')?, mode);
        }
        ["outside", place] => {
            let (netns, dev) = place.split_once(':')?;
            machine.outside(netns, dev);
        }
        ["addr", place, address] => {
            let (netns, dev) = place.split_once(':')?;
            machine
                .device(netns, dev)?
                .addresses
                .push((*address).to_owned());
        }
        ["set", place, rest @ ..] => {
            let (netns, dev) = place.split_once(':')?;
            let device = machine.device(netns, dev)?;
            match rest {
                ["mtu", mtu] => device.mtu = mtu.parse().ok()?,
                ["mac", mac] => device.mac = (*mac).to_owned(),
                ["down"] => device.up = false,
                ["unaddr"] => device.addresses.clear(),
                ["flag", flag] => device.flags.push((*flag).to_owned()),
                ["master", bridge] => device.master = Some(((*bridge).to_owned(), Map::new())),
                _ => return None,
            }
        }
        ["port", place, rest @ ..] => {
            let (netns, dev) = place.split_once(':')?;
            let (_, options) = machine.device(netns, dev)?.master.as_mut()?;
            for word in rest {
                let (key, value) = word.split_once('=')?;
                options.insert(key.to_owned(), scalar(value));
            }
        }
        ["route", netns, rest @ ..] => {
            let route = route(rest)?;
            machine.host(netns).routes.push(route);
        }
        ["unroute", netns, dst] => machine.host(netns).routes.retain(|route| route.dst != *dst),
        ["rule", netns, priority, rest @ ..] => {
            let mut rule = Map::new();
            rule.insert("priority".to_owned(), json!(priority.parse::<u32>().ok()?));
            rule.insert("src".to_owned(), json!("all"));
            for pair in rest.chunks(2) {
                let [key, value] = pair else { return None };
                match (*key, value.split_once('/')) {
                    ("src" | "dst", Some((net, length))) => {
                        rule.insert((*key).to_owned(), json!(net));
                        rule.insert(format!("{key}len"), json!(length.parse::<u8>().ok()?));
                    }
                    ("fwmark", Some((mark, mask))) => {
                        rule.insert("fwmark".to_owned(), json!(mark));
                        rule.insert("fwmask".to_owned(), json!(mask));
                    }
                    _ => {
                        rule.insert((*key).to_owned(), json!(value));
                    }
                }
            }
            machine.host(netns).rules.push(Value::Object(rule));
        }
        ["neigh", place, address, mac, state @ ..] => {
            let (netns, dev) = place.split_once(':')?;
            machine.host(netns).neighbours.push((
                (*address).to_owned(),
                dev.to_owned(),
                (*mac).to_owned(),
                state.first().unwrap_or(&"PERMANENT").to_string(),
            ));
        }
        ["fdb", place, bridge, mac, state @ ..] => {
            let (netns, dev) = place.split_once(':')?;
            machine.host(netns).fdb.push((
                (*mac).to_owned(),
                dev.to_owned(),
                (*bridge).to_owned(),
                state.first().unwrap_or(&"static").to_string(),
            ));
        }
        ["sysctl", netns, rest @ ..] => {
            for word in rest {
                let (key, value) = word.split_once('=')?;
                let key = match key.starts_with("net.") {
                    true => key.to_owned(),
                    false => format!("net.ipv4.{key}"),
                };
                machine.host(netns).sysctls.insert(key, value.to_owned());
            }
        }
        ["listen", netns, proto, address] => {
            let listener = ((*proto).to_owned(), (*address).to_owned());
            machine.host(netns).listeners.push(listener);
        }
        ["unlisten", netns] => machine.host(netns).listeners.clear(),
        ["relay", netns, proto, from, to] => {
            let (host, port) = from.rsplit_once(':')?;
            let (target, target_port) = to.rsplit_once(':')?;
            machine.host(netns).relays.push((
                (*proto).to_owned(),
                host.to_owned(),
                port.parse().ok()?,
                target.to_owned(),
                target_port.parse().ok()?,
            ));
        }
        ["trace", netns] => machine.host(netns).trace = true,
        ["ebtrace", netns] => machine.host(netns).ebtrace = true,
        _ => return None,
    }
    Some(())
}

fn route(words: &[&str]) -> Option<Route> {
    const KINDS: &[&str] = &[
        "unicast",
        "blackhole",
        "prohibit",
        "unreachable",
        "throw",
        "local",
        "broadcast",
    ];
    let mut route = Route::default();
    let mut words = words.iter();
    let first = words.next()?;
    if KINDS.contains(first) {
        route.kind = (*first).to_owned();
        route.dst = (*words.next()?).to_owned();
    } else {
        route.dst = (*first).to_owned();
    }
    while let Some(word) = words.next() {
        let field = match *word {
            "onlink" => {
                route.onlink = true;
                continue;
            }
            "via" => &mut route.via,
            "dev" => &mut route.dev,
            "src" => &mut route.src,
            "table" => &mut route.table,
            "metric" => &mut route.metric,
            "scope" => &mut route.scope,
            "mtu" => &mut route.mtu,
            _ => return None,
        };
        *field = (*words.next()?).to_owned();
    }
    Some(route)
}

fn scalar(text: &str) -> Value {
    match text {
        "on" | "true" => json!(true),
        "off" | "false" => json!(false),
        _ => text
            .parse::<i64>()
            .map_or_else(|_| json!(text), |number| json!(number)),
    }
}

fn listen(machine: &mut Machine, netns: &str, tcp: u16, udp: u16) {
    let listeners = &mut machine.host(netns).listeners;
    listeners.push(("tcp".to_owned(), format!("0.0.0.0:{tcp}")));
    listeners.push(("udp".to_owned(), format!("0.0.0.0:{udp}")));
}

/// A host with docker0, two containers, and one machine outside that knows no
/// way to the containers.
fn docker(machine: &mut Machine) {
    machine.host("host");
    let bridge = machine.bridge("host", "docker0");
    bridge.addresses.push("172.17.0.1/16".to_owned());
    bridge.mac = "02:42:00:00:00:01".to_owned();
    machine.container("c1", ("host", "docker0"), "172.17.0.2/16", "172.17.0.1");
    machine.container("c2", ("host", "docker0"), "172.17.0.3/16", "172.17.0.1");
    machine.veth(("host", "eth0"), ("ext", "eth0"));
    for (netns, address) in [("host", "192.0.2.10/24"), ("ext", "192.0.2.1/24")] {
        if let Some(device) = machine.device(netns, "eth0") {
            device.addresses.push(address.to_owned());
        }
    }
    let host = machine.host("host");
    host.sysctls
        .insert("net.ipv4.ip_forward".to_owned(), "1".to_owned());
    host.routes.push(Route {
        dst: "default".to_owned(),
        via: "192.0.2.1".to_owned(),
        dev: "eth0".to_owned(),
        ..Route::default()
    });
    listen(machine, "host", 22, 123);
    for netns in ["c1", "c2", "ext"] {
        listen(machine, netns, 80, 53);
    }
}

/// A client and a server with a router in between.
fn router(machine: &mut Machine) {
    machine.veth(("r", "left"), ("client", "eth0"));
    machine.veth(("r", "right"), ("server", "eth0"));
    for (netns, dev, address) in [
        ("r", "left", "10.1.0.1/24"),
        ("r", "right", "10.2.0.1/24"),
        ("client", "eth0", "10.1.0.2/24"),
        ("server", "eth0", "10.2.0.2/24"),
    ] {
        if let Some(device) = machine.device(netns, dev) {
            device.addresses.push(address.to_owned());
        }
    }
    for (netns, via) in [("client", "10.1.0.1"), ("server", "10.2.0.1")] {
        machine.host(netns).routes.push(Route {
            dst: "default".to_owned(),
            via: via.to_owned(),
            dev: "eth0".to_owned(),
            ..Route::default()
        });
        listen(machine, netns, 80, 53);
    }
    let router = machine.host("r");
    router
        .sysctls
        .insert("net.ipv4.ip_forward".to_owned(), "1".to_owned());
    listen(machine, "r", 22, 123);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_becomes_machines() {
        let cases = parse(
            "# a file\n== a/b\n# one\n# line\ndocker\ntrace host\niptables host:\n  *filter\n  \
             :FORWARD DROP\nroute host blackhole 10.0.0.0/8\nflow c1 ping 172.17.0.3\n== a/c\nrouter\n",
        )
        .unwrap();
        assert_eq!(cases.len(), 2);
        assert_eq!(
            (&*cases[0].about, &*cases[0].flows),
            ("one line", "c1 ping 172.17.0.3\n")
        );
        let text = cases[0].machine.snapshot().to_string();
        assert!(text.contains(
            "*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n[0:0] -A PREROUTING -j TRACE\n"
        ));
        assert!(text.contains(":FORWARD DROP [0:0]\nCOMMIT\n"));
        assert_eq!(
            parse("== a/b\nfrobnicate\n").unwrap_err().to_string(),
            "line 2: cannot read \"frobnicate\""
        );
    }
}
