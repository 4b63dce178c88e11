//! Machines as values: a few namespaces, their devices and their rules, from
//! which a snapshot is written. The corpus' scripts and the random generator
//! both make these.
//!
//! The snapshot that [`Machine::snapshot`] writes holds what a recorder needs to
//! build the machine. It is not all that a real machine would print (local
//! routes, link-local multicast addresses, ...): the recorder takes the whole
//! snapshot of what it has built, and that is the one for simulators.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::Ipv4Addr;

use packetwalk_rules::iptables::builtin_chains;
use packetwalk_snapshot::frame::Frame;
use serde_json::{Map, Value, json};

/// A machine: namespaces and the cables between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Machine {
    /// The namespaces, `host` first as a rule.
    pub hosts: Vec<Host>,
}

/// One network namespace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Devices besides `lo`.
    pub devices: Vec<Device>,
    /// Routes besides those that come with addresses.
    pub routes: Vec<Route>,
    /// Policy rules besides the three that are always there, as `ip -j rule`
    /// shows them.
    pub rules: Vec<Value>,
    /// Neighbours as address, device, MAC, state.
    pub neighbours: Vec<(String, String, String, String)>,
    /// Forwarding database entries as MAC, port, bridge, state.
    pub fdb: Vec<(String, String, String, String)>,
    /// Settings by their full name.
    pub sysctls: BTreeMap<String, String>,
    /// Text for `iptables-restore`; counters and COMMIT may be left out.
    pub iptables: String,
    /// Text for `ebtables-restore`.
    pub ebtables: String,
    /// Text for `arptables-restore`.
    pub arptables: String,
    /// Text for `ipset restore`.
    pub ipset: String,
    /// Connections that exist, as `conntrack -L -o extended` prints them.
    pub conntrack: String,
    /// Whether every packet is traced, by `-j TRACE` in raw.
    pub trace: bool,
    /// Whether every ebtables chain logs what passes.
    pub ebtrace: bool,
    /// Listening sockets as protocol and local address, e.g. `("tcp", "*:80")`.
    pub listeners: Vec<(String, String)>,
    /// docker-proxy relays as protocol, address, port, container's address and port.
    pub relays: Vec<(String, String, u16, String, u16)>,
}

/// A network device.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    /// Name.
    pub name: String,
    /// Number, unique in the whole machine.
    pub index: u32,
    /// MAC address.
    pub mac: String,
    /// MTU in bytes.
    pub mtu: u32,
    /// Whether it is up.
    pub up: bool,
    /// Flags besides the usual, e.g. `PROMISC`.
    pub flags: Vec<String>,
    /// What it is.
    pub kind: Kind,
    /// The bridge that it is a port of, and its settings there.
    pub master: Option<(String, Map<String, Value>)>,
    /// Addresses with prefix length, e.g. `10.0.0.1/24`.
    pub addresses: Vec<String>,
}

/// What a device is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A bridge and its settings.
    Bridge(Map<String, Value>),
    /// One end of a cable; the namespace and device at the other end, or none
    /// if it leads outside.
    Veth(Option<(String, String)>),
    /// A macvlan: the namespace and device below, and its mode.
    Macvlan((String, String), String),
}

/// A route; what is empty is left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Route {
    /// `unicast` if empty; or blackhole, prohibit, unreachable, throw, local...
    pub kind: String,
    /// Destination prefix or `default`.
    pub dst: String,
    /// Next hop.
    pub via: String,
    /// Device.
    pub dev: String,
    /// Preferred source address.
    pub src: String,
    /// Table; main if empty.
    pub table: String,
    /// Metric; 0 if empty.
    pub metric: String,
    /// Scope; the usual one if empty.
    pub scope: String,
    /// Path MTU; none if empty.
    pub mtu: String,
    /// Whether the next hop counts as on link.
    pub onlink: bool,
}

impl Machine {
    /// The namespace of this name, made if it is not there yet.
    pub fn host(&mut self, name: &str) -> &mut Host {
        let index = match self.hosts.iter().position(|host| host.name == name) {
            Some(index) => index,
            None => {
                self.hosts.push(Host {
                    name: name.to_owned(),
                    ..Host::default()
                });
                self.hosts.len() - 1
            }
        };
        &mut self.hosts[index]
    }

    /// The device of this name in this namespace.
    pub fn device(&mut self, host: &str, name: &str) -> Option<&mut Device> {
        self.hosts
            .iter_mut()
            .find(|h| h.name == host)?
            .devices
            .iter_mut()
            .find(|device| device.name == name)
    }

    /// A number that no device has yet.
    fn next_index(&self) -> u32 {
        let devices = self.hosts.iter().flat_map(|host| &host.devices);
        devices.map(|device| device.index).max().unwrap_or(1) + 1
    }

    fn add(&mut self, host: &str, name: &str, kind: Kind) -> &mut Device {
        let index = self.next_index();
        let devices = &mut self.host(host).devices;
        devices.push(Device {
            name: name.to_owned(),
            index,
            mac: format!("02:00:00:00:{:02x}:{:02x}", index >> 8, index & 255),
            mtu: 1500,
            up: true,
            flags: Vec::new(),
            kind,
            master: None,
            addresses: Vec::new(),
        });
        let last = devices.len() - 1;
        &mut devices[last]
    }

    /// Adds a bridge.
    pub fn bridge(&mut self, host: &str, name: &str) -> &mut Device {
        self.add(host, name, Kind::Bridge(Map::new()))
    }

    /// Adds a cable between two namespaces (or inside one).
    pub fn veth(&mut self, a: (&str, &str), b: (&str, &str)) {
        let to = |(host, dev): (&str, &str)| Some((host.to_owned(), dev.to_owned()));
        self.add(a.0, a.1, Kind::Veth(to(b)));
        self.add(b.0, b.1, Kind::Veth(to(a)));
    }

    /// Adds a macvlan on top of a device, with that device's MTU: the kernel
    /// takes no greater one (`macvlan_common_newlink`).
    pub fn macvlan(&mut self, at: (&str, &str), lower: (&str, &str), mode: &str) {
        let mtu = self.device(lower.0, lower.1).map(|device| device.mtu);
        let lower = (lower.0.to_owned(), lower.1.to_owned());
        let device = self.add(at.0, at.1, Kind::Macvlan(lower, mode.to_owned()));
        device.mtu = mtu.unwrap_or(device.mtu);
    }

    /// Adds a cable that leads outside.
    pub fn outside(&mut self, host: &str, name: &str) -> &mut Device {
        self.add(host, name, Kind::Veth(None))
    }

    /// Adds a container: a namespace with `eth0` behind a port of `bridge`, a
    /// MAC made of its address as dockerd does, and a default route to `gateway`.
    pub fn container(&mut self, name: &str, bridge: (&str, &str), address: &str, gateway: &str) {
        let port = format!("veth{name}");
        self.veth((bridge.0, &port), (name, "eth0"));
        if let Some(device) = self.device(bridge.0, &port) {
            device.master = Some((bridge.1.to_owned(), Map::new()));
        }
        if let Some(device) = self.device(name, "eth0") {
            device.addresses.push(address.to_owned());
            if let Some(ip) = address
                .split('/')
                .next()
                .and_then(|a| a.parse::<Ipv4Addr>().ok())
            {
                let [a, b, c, d] = ip.octets();
                device.mac = format!("02:42:{a:02x}:{b:02x}:{c:02x}:{d:02x}");
            }
        }
        if !gateway.is_empty() {
            self.host(name).routes.push(Route {
                dst: "default".to_owned(),
                via: gateway.to_owned(),
                dev: "eth0".to_owned(),
                ..Route::default()
            });
        }
    }

    /// The snapshot to build the machine from.
    #[must_use]
    pub fn snapshot(&self) -> Frame<'static> {
        let mut frame = Frame::default();
        for host in &self.hosts {
            let links = self.links(host);
            let netns = frame.namespace_mut(host.name.clone());
            netns.push("ip -j -d link show", Value::Array(links).to_string());
            netns.push("ip -j addr show", host.addresses().to_string());
            netns.push("ip -j route show table all", host.route_list().to_string());
            netns.push("ip -j rule show", host.rule_list().to_string());
            netns.push("ip -j neigh show", host.neighbour_list().to_string());
            netns.push("bridge -j fdb show", host.fdb_list().to_string());
            netns.push("sysctl -a", host.sysctl_text());
            netns.push("ss -Htulnp", host.socket_text());
            if !host.relays.is_empty() {
                netns.push("ps -eo pid,args", host.process_text());
            }
            for (command, text) in [
                ("ipset save", host.ipset.clone()),
                ("iptables-save -c", host.iptables_text()),
                ("ebtables-save -c", host.ebtables_text()),
                ("arptables-save -c", host.arptables.clone()),
                ("conntrack -L -o extended,id", host.conntrack.clone()),
            ] {
                if !text.is_empty() {
                    netns.push(command, text);
                }
            }
        }
        frame
    }

    fn links(&self, host: &Host) -> Vec<Value> {
        let mut links = vec![json!({
            "ifindex": 1, "ifname": "lo", "flags": ["LOOPBACK", "UP", "LOWER_UP"],
            "link_type": "loopback", "address": "00:00:00:00:00:00",
        })];
        for device in &host.devices {
            let mut flags = vec!["BROADCAST", "MULTICAST"];
            if device.up {
                flags.push("UP");
                flags.push(match self.has_carrier(device) {
                    true => "LOWER_UP",
                    false => "NO-CARRIER",
                });
            }
            flags.extend(device.flags.iter().map(String::as_str));
            let mut link = json!({
                "ifindex": device.index, "ifname": device.name, "flags": flags,
                "mtu": device.mtu, "link_type": "ether", "address": device.mac,
            });
            match &device.kind {
                Kind::Bridge(options) => {
                    link["linkinfo"] = json!({"info_kind": "bridge", "info_data": options});
                }
                Kind::Veth(peer) => {
                    link["linkinfo"] = json!({"info_kind": "veth"});
                    self.peer(host, peer.as_ref(), &mut link);
                }
                Kind::Macvlan(lower, mode) => {
                    let data = json!({"mode": mode});
                    link["linkinfo"] = json!({"info_kind": "macvlan", "info_data": data});
                    self.peer(host, Some(lower), &mut link);
                }
            }
            if let Some((bridge, options)) = &device.master {
                link["master"] = json!(bridge);
                link["linkinfo"]["info_slave_kind"] = json!("bridge");
                link["linkinfo"]["info_slave_data"] = json!(options);
            }
            links.push(link);
        }
        links
    }

    /// Whether the other end of a cable is up.
    fn has_carrier(&self, device: &Device) -> bool {
        let Kind::Veth(Some((host, name))) = &device.kind else {
            return true;
        };
        let hosts = self.hosts.iter().filter(|h| &h.name == host);
        let mut ends = hosts.flat_map(|h| &h.devices).filter(|d| &d.name == name);
        ends.next().is_none_or(|end| end.up)
    }

    fn peer(&self, host: &Host, peer: Option<&(String, String)>, link: &mut Value) {
        let Some((other, name)) = peer else { return };
        let Some((id, there)) = self
            .hosts
            .iter()
            .enumerate()
            .find(|(_, h)| &h.name == other)
        else {
            return;
        };
        let Some(device) = there.devices.iter().find(|device| &device.name == name) else {
            return;
        };
        link["link_index"] = json!(device.index);
        if there.name == host.name {
            link["link"] = json!(device.name);
        } else {
            link["link_netnsid"] = json!(id);
        }
    }
}

impl Host {
    fn addresses(&self) -> Value {
        let mut list = vec![json!({"ifindex": 1, "ifname": "lo", "addr_info": [
            {"family": "inet", "local": "127.0.0.1", "prefixlen": 8, "scope": "host", "label": "lo"}
        ]})];
        for device in &self.devices {
            let infos: Vec<Value> = device
                .addresses
                .iter()
                .filter_map(|address| {
                    let (local, length) = address.split_once('/')?;
                    let length = length.parse::<u8>().ok()?;
                    let mut info = json!({"local": local, "prefixlen": length, "scope": "global"});
                    if let Ok(ip) = local.parse::<Ipv4Addr>() {
                        info["family"] = json!("inet");
                        info["label"] = json!(device.name);
                        if length < 31 {
                            let last =
                                u32::from(ip) | u32::MAX.checked_shr(length.into()).unwrap_or(0);
                            info["broadcast"] = json!(Ipv4Addr::from(last).to_string());
                        }
                    } else {
                        info["family"] = json!("inet6");
                    }
                    Some(info)
                })
                .collect();
            list.push(json!({"ifindex": device.index, "ifname": device.name, "addr_info": infos}));
        }
        Value::Array(list)
    }

    fn route_list(&self) -> Value {
        let list = self.routes.iter().map(|route| {
            let mut object = Map::new();
            for (key, value) in [
                ("type", &route.kind),
                ("dst", &route.dst),
                ("gateway", &route.via),
                ("dev", &route.dev),
                ("prefsrc", &route.src),
                ("table", &route.table),
                ("metric", &route.metric),
                ("scope", &route.scope),
            ] {
                if !value.is_empty() {
                    object.insert(key.to_owned(), json!(value));
                }
            }
            if !route.mtu.is_empty() {
                object.insert("metrics".to_owned(), json!([{"mtu": route.mtu}]));
            }
            let flags: &[&str] = if route.onlink { &["onlink"] } else { &[] };
            object.insert("flags".to_owned(), json!(flags));
            Value::Object(object)
        });
        Value::Array(list.collect())
    }

    fn rule_list(&self) -> Value {
        let mut list = vec![
            json!({"priority": 0, "src": "all", "table": "local"}),
            json!({"priority": 32766, "src": "all", "table": "main"}),
            json!({"priority": 32767, "src": "all", "table": "default"}),
        ];
        list.extend(self.rules.iter().cloned());
        Value::Array(list)
    }

    fn neighbour_list(&self) -> Value {
        let list = self.neighbours.iter().map(|(dst, dev, mac, state)| {
            json!({"dst": dst, "dev": dev, "lladdr": mac, "state": [state]})
        });
        Value::Array(list.collect())
    }

    fn fdb_list(&self) -> Value {
        let list = self.fdb.iter().map(|(mac, dev, bridge, state)| {
            json!({"mac": mac, "ifname": dev, "master": bridge, "state": state, "flags": []})
        });
        Value::Array(list.collect())
    }

    fn sysctl_text(&self) -> String {
        self.sysctls
            .iter()
            .fold(String::new(), |mut text, (key, value)| {
                let _ = writeln!(text, "{key} = {value}");
                text
            })
    }

    fn socket_text(&self) -> String {
        let mut text = String::new();
        for (proto, address) in &self.listeners {
            let state = if proto == "tcp" { "LISTEN" } else { "UNCONN" };
            let peer = if address.starts_with('*') {
                "*:*"
            } else {
                "0.0.0.0:*"
            };
            let _ = writeln!(
                text,
                "{proto} {state} 0 128 {address} {peer} users:((\"server\",pid=100,fd=3))"
            );
        }
        for (index, (proto, host, port, ..)) in self.relays.iter().enumerate() {
            let state = if proto == "tcp" { "LISTEN" } else { "UNCONN" };
            let pid = 200 + index;
            let _ = writeln!(
                text,
                "{proto} {state} 0 4096 {host}:{port} 0.0.0.0:* users:((\"docker-proxy\",pid={pid},fd=4))"
            );
        }
        text
    }

    fn process_text(&self) -> String {
        let mut text = String::from("    PID COMMAND\n");
        for (index, (proto, host, port, to, to_port)) in self.relays.iter().enumerate() {
            let pid = 200 + index;
            let _ = writeln!(
                text,
                "    {pid} /usr/bin/docker-proxy -proto {proto} -host-ip {host} -host-port {port} \
                 -container-ip {to} -container-port {to_port}"
            );
        }
        text
    }

    /// The rules with what a person leaves out: counters, policies, COMMIT.
    fn iptables_text(&self) -> String {
        let mut source = self.iptables.clone();
        if self.trace && !source.lines().any(|line| line.trim() == "*raw") {
            source = format!("*raw\n{source}");
        }
        let mut text = String::new();
        let mut blocks: Vec<(String, Vec<String>)> = Vec::new();
        for line in source
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            if let Some(table) = line.strip_prefix('*') {
                blocks.push((table.to_owned(), Vec::new()));
            } else if line != "COMMIT"
                && let Some((_, lines)) = blocks.last_mut()
            {
                lines.push(line.to_owned());
            }
        }
        for (table, lines) in blocks {
            let _ = writeln!(text, "*{table}");
            for chain in builtin_chains(&table) {
                let declared =
                    |line: &String| line.split_whitespace().next() == Some(&format!(":{chain}"));
                if !lines.iter().any(declared) {
                    let _ = writeln!(text, ":{chain} ACCEPT [0:0]");
                }
            }
            for line in lines.iter().filter(|line| line.starts_with(':')) {
                let mut words = line.split_whitespace();
                let chain = words.next().unwrap_or(":");
                let _ = writeln!(text, "{chain} {} [0:0]", words.next().unwrap_or("-"));
            }
            if table == "raw" && self.trace {
                text += "[0:0] -A PREROUTING -j TRACE\n[0:0] -A OUTPUT -j TRACE\n";
            }
            for line in lines.iter().filter(|line| !line.starts_with(':')) {
                let counted = if line.starts_with('[') { "" } else { "[0:0] " };
                let _ = writeln!(text, "{counted}{line}");
            }
            text += "COMMIT\n";
        }
        text
    }

    fn ebtables_text(&self) -> String {
        let mut tables: Vec<(&str, &[&str])> = vec![
            ("filter", &["INPUT", "FORWARD", "OUTPUT"]),
            ("nat", &["PREROUTING", "OUTPUT", "POSTROUTING"]),
        ];
        let has = |table: &str| {
            self.ebtables
                .lines()
                .any(|line| line.trim() == format!("*{table}"))
        };
        tables.retain(|(table, _)| self.ebtrace || has(table));
        let mut text = String::new();
        for (table, chains) in tables {
            let _ = writeln!(text, "*{table}");
            let mut inside = false;
            let lines: Vec<&str> = self
                .ebtables
                .lines()
                .map(str::trim)
                .filter(|line| {
                    if let Some(name) = line.strip_prefix('*') {
                        inside = name == table;
                        return false;
                    }
                    inside && !line.is_empty()
                })
                .collect();
            for chain in chains {
                let declared =
                    |line: &&str| line.split_whitespace().next() == Some(&format!(":{chain}"));
                if !lines.iter().any(declared) {
                    let _ = writeln!(text, ":{chain} ACCEPT");
                }
            }
            for line in lines.iter().filter(|line| line.starts_with(':')) {
                let _ = writeln!(text, "{line}");
            }
            if self.ebtrace {
                for chain in chains {
                    let _ = writeln!(
                        text,
                        "-A {chain} --log-level info --log-prefix \"TRACE: eb:{table}:{chain}\" \
                         --log-ip --log-arp -j CONTINUE"
                    );
                }
            }
            for line in lines.iter().filter(|line| !line.starts_with(':')) {
                let _ = writeln!(text, "{line}");
            }
        }
        text
    }
}
