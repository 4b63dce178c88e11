//! What can be switched in a namespace, and how it stands.

use packetwalk_core::netfilter::tables::Table;
use packetwalk_core::transport::SocketKind;
use packetwalk_core::walk::Verdict;
use packetwalk_core::world::device::{Device, DeviceKind};
use packetwalk_core::world::sysctl::Sysctls;
use packetwalk_core::world::{DevId, Netns, World};
use serde::Serialize;

use crate::Part;

/// Settings of a bridge's port that can be switched, by the names that
/// `bridge -d link` shows.
pub const PORT_FLAGS: [&str; 8] = [
    "hairpin",
    "isolated",
    "learning",
    "flood",
    "mcast_flood",
    "bcast_flood",
    "locked",
    "neigh_suppress",
];

/// Settings that are offered; `DEV` stands for `all` and each device.
pub const SYSCTLS: [&str; 22] = [
    "net.ipv4.ip_forward",
    "net.ipv4.conf.DEV.rp_filter",
    "net.ipv4.conf.DEV.route_localnet",
    "net.ipv4.conf.DEV.forwarding",
    "net.ipv4.conf.DEV.accept_local",
    "net.ipv4.conf.DEV.proxy_arp",
    "net.ipv4.conf.DEV.log_martians",
    "net.ipv4.conf.DEV.send_redirects",
    "net.ipv4.conf.DEV.arp_ignore",
    "net.ipv4.conf.DEV.arp_filter",
    "net.ipv4.conf.DEV.bc_forwarding",
    "net.bridge.bridge-nf-call-iptables",
    "net.bridge.bridge-nf-call-arptables",
    "net.ipv4.icmp_echo_ignore_all",
    "net.ipv4.icmp_echo_ignore_broadcasts",
    "net.ipv4.ip_default_ttl",
    "net.ipv4.ip_nonlocal_bind",
    "net.ipv4.fwmark_reflect",
    "net.netfilter.nf_conntrack_tcp_loose",
    "net.netfilter.nf_conntrack_tcp_be_liberal",
    "net.netfilter.nf_conntrack_max",
    "net.netfilter.nf_conntrack_acct",
];

/// How everything that can be switched in a namespace stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Switches {
    /// The namespace.
    pub netns: String,
    /// Its devices, in the order of their numbers.
    pub devices: Vec<DeviceSwitches>,
    /// Policies of built-in chains.
    pub policies: Vec<PolicySwitch>,
    /// Settings of the namespace itself, and of `all`.
    pub sysctls: Vec<Setting>,
    /// Who listens.
    pub listens: Vec<Listener>,
}

/// A device and its switches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DeviceSwitches {
    /// Name.
    pub name: String,
    /// Switched on?
    pub up: bool,
    /// Has it a carrier?
    pub carrier: bool,
    /// The bridge that it is a port of.
    pub master: Option<String>,
    /// Is it a bridge with an IPv4 subnet, so that a container fits?
    pub bridge: bool,
    /// Does it lead outside, so that a host fits?
    pub outside: bool,
    /// IPv4 addresses.
    pub addresses: Vec<String>,
    /// Settings of the port, if it is one.
    pub port: Vec<PortFlag>,
    /// Settings under `net.ipv4.conf` of the device.
    pub sysctls: Vec<Setting>,
}

/// A setting of a port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PortFlag {
    /// One of [`PORT_FLAGS`].
    pub name: &'static str,
    /// On?
    pub on: bool,
}

/// The policy of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PolicySwitch {
    /// Whose table it is.
    pub tool: Part,
    /// Table.
    pub table: String,
    /// Chain.
    pub chain: String,
    /// `ACCEPT`, `DROP`, ...
    pub policy: String,
}

/// A setting and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Setting {
    /// Full name.
    pub name: String,
    /// The part of the name that tells it apart here.
    pub short: String,
    /// Value.
    pub value: String,
    /// Is it either 0 or 1?
    pub switch: bool,
}

/// A program that listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Listener {
    /// TCP, or UDP?
    pub tcp: bool,
    /// Port.
    pub port: u16,
    /// Address, as it is bound.
    pub address: String,
    /// The program.
    pub program: String,
}

/// How the switches of the namespace `name` stand.
#[must_use]
pub fn of(world: &World, name: &str) -> Option<Switches> {
    let ns = world.ns_named(name)?;
    let netns = world.ns(ns);
    let devices = netns
        .devs()
        .map(|(id, device)| device_switches(world, netns, id, device));
    let ip = netns.nf.tables.ip.iter();
    let eb = netns.nf.tables.eb.iter();
    let arp = netns.nf.tables.arp.iter();
    let policies = ip.flat_map(|table| policies_of(table, Part::Iptables));
    let policies = policies.chain(eb.flat_map(|table| policies_of(table, Part::Ebtables)));
    let policies = policies.chain(arp.flat_map(|table| policies_of(table, Part::Arptables)));
    let policies: Vec<PolicySwitch> = policies.collect();
    let listens = netns.sockets.list.iter().filter(|socket| !socket.dead);
    let listens = listens.filter_map(|socket| {
        let tcp = match socket.kind {
            SocketKind::TcpListen => true,
            SocketKind::Udp if socket.remote.is_none() => false,
            _ => return None,
        };
        Some(Listener {
            tcp,
            port: socket.port,
            address: socket.local.to_string(),
            program: socket.program.to_string(),
        })
    });
    Some(Switches {
        netns: name.to_owned(),
        devices: devices.collect(),
        policies,
        sysctls: settings(&netns.sysctl, "all"),
        listens: listens.collect(),
    })
}

fn device_switches(world: &World, netns: &Netns, _: DevId, device: &Device) -> DeviceSwitches {
    let port = device.port.as_ref();
    let ipv4 = device.addrs.iter().filter(|addr| addr.local.is_ipv4());
    let addresses: Vec<String> = ipv4
        .map(|addr| format!("{}/{}", addr.local, addr.prefix))
        .collect();
    let leads_out = match device.kind {
        DeviceKind::Outside | DeviceKind::Veth { peer: None } => true,
        // To somebody who is no container of ours: an address on both ends.
        DeviceKind::Veth {
            peer: Some((ns, dev)),
        } => {
            let there = world.dev(ns, dev);
            &*netns.name == "host" || there.port.is_some()
        }
        _ => false,
    };
    let own = settings_named(&netns.sysctl, &device.name, true);
    DeviceSwitches {
        name: device.name.to_string(),
        up: device.up,
        carrier: device.carrier,
        master: port.map(|port| {
            let bridge = netns.devices.get(usize::from(port.bridge.0));
            bridge.map_or_else(String::new, |bridge| bridge.name.to_string())
        }),
        bridge: device.bridge().is_some() && !addresses.is_empty(),
        outside: leads_out && port.is_none() && !addresses.is_empty(),
        addresses,
        port: port.map_or_else(Vec::new, |port| {
            let values = [
                port.hairpin,
                port.isolated,
                port.learning,
                port.flood,
                port.mcast_flood,
                port.bcast_flood,
                port.locked,
                port.neigh_suppress,
            ];
            let flags = PORT_FLAGS.into_iter().zip(values);
            flags.map(|(name, on)| PortFlag { name, on }).collect()
        }),
        sysctls: own,
    }
}

fn policies_of<R>(table: &Table<R>, tool: Part) -> Vec<PolicySwitch> {
    let chains = table.compiled.chains.iter();
    let chains = chains.filter(|chain| chain.builtin);
    let policies = chains.map(|chain| PolicySwitch {
        tool,
        table: table.compiled.name.to_string(),
        chain: chain.name.to_string(),
        policy: match chain.policy {
            Some(Verdict::Drop) => "DROP",
            _ => "ACCEPT",
        }
        .to_owned(),
    });
    policies.collect()
}

fn settings(sysctl: &Sysctls, dev: &str) -> Vec<Setting> {
    let mut out = settings_named(sysctl, dev, false);
    out.extend(settings_named(sysctl, dev, true));
    out
}

/// The offered settings that name a device, or those that name none.
fn settings_named(sysctl: &Sysctls, dev: &str, of_device: bool) -> Vec<Setting> {
    let names = SYSCTLS
        .iter()
        .filter(|name| name.contains("DEV") == of_device);
    let settings = names.filter_map(|name| {
        let value = value(sysctl, name, dev)?;
        let full = name.replace("DEV", &dev.replace('.', "/"));
        let short = match name.strip_prefix("net.ipv4.conf.DEV.") {
            Some(short) if dev != "all" => short.to_owned(),
            Some(short) => format!("all.{short}"),
            None => full.rsplit('.').next().unwrap_or_default().to_owned(),
        };
        let many = [
            "rp_filter",
            "arp_ignore",
            "ip_default_ttl",
            "nf_conntrack_max",
        ];
        Some(Setting {
            switch: !many.iter().any(|many| name.ends_with(many)) && matches!(&*value, "0" | "1"),
            name: full,
            short,
            value,
        })
    });
    settings.collect()
}

fn value(sysctl: &Sysctls, name: &str, dev: &str) -> Option<String> {
    let (key, list) = if let Some(key) = name.strip_prefix("net.ipv4.conf.DEV.") {
        let conf = if dev == "all" {
            &sysctl.all
        } else {
            sysctl.dev(dev)
        };
        (key, conf.list())
    } else if let Some(key) = name.strip_prefix("net.bridge.") {
        (key, sysctl.bridge.list())
    } else if let Some(key) = name.strip_prefix("net.netfilter.") {
        (key, sysctl.ct.list())
    } else {
        (name.strip_prefix("net.ipv4.")?, sysctl.ipv4.list())
    };
    let mut list = list.into_iter();
    list.find(|(known, _)| *known == key)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_that_is_offered_is_modelled() {
        let sysctl = Sysctls::default();
        for name in SYSCTLS {
            assert!(value(&sysctl, name, "all").is_some(), "{name}");
            let mut scratch = Sysctls::default();
            assert_eq!(
                scratch.set(&name.replace("DEV", "eth0"), "1"),
                Ok(()),
                "{name}"
            );
        }
    }
}
