//! `docker inspect` and `docker network inspect`: names for people. The kernel
//! knows nothing of them, and nothing here changes a walk.

use std::net::IpAddr;

use serde_json::Value;

use super::Notes;
use super::json::{objects, text};

/// What Docker says of the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Docker {
    /// Containers.
    pub containers: Vec<Container>,
    /// Networks.
    pub networks: Vec<Network>,
}

/// A container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Name, without the slash that Docker puts in front.
    pub name: String,
    /// Names of the networks that it is connected to, and its address there.
    pub networks: Vec<(String, Option<IpAddr>)>,
    /// Published ports.
    pub ports: Vec<PublishedPort>,
}

/// A published port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedPort {
    /// `tcp`, `udp` or `sctp`.
    pub proto: String,
    /// Port in the container.
    pub container_port: u16,
    /// Address on the host.
    pub host_ip: IpAddr,
    /// Port on the host.
    pub host_port: u16,
}

/// A network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Name.
    pub name: String,
    /// Driver: `bridge`, `host`, `macvlan`, ...
    pub driver: String,
    /// Name of the bridge, for that driver.
    pub bridge: Option<String>,
    /// Subnets, as Docker writes them.
    pub subnets: Vec<String>,
}

/// Reads what one of the two commands printed.
pub(super) fn read(section: &str, docker: &mut Docker, notes: &mut Notes) {
    for object in objects(section, notes) {
        let Some(name) = text(&object, "Name") else {
            continue;
        };
        if object.get("NetworkSettings").is_some() {
            docker.containers.push(container(name, &object));
        } else if object.get("IPAM").is_some() {
            docker.networks.push(network(name, &object));
        }
    }
}

fn container(name: &str, object: &Value) -> Container {
    let settings = object.get("NetworkSettings");
    let map = |key: &str| settings.and_then(|settings| settings.get(key)?.as_object());
    let networks = map("Networks")
        .into_iter()
        .flatten()
        .map(|(name, network)| {
            let addr = text(network, "IPAddress").and_then(|addr| addr.parse().ok());
            (name.clone(), addr)
        });
    let mut ports = Vec::new();
    for (inner, outer) in map("Ports").into_iter().flatten() {
        let (port, proto) = inner.split_once('/').unwrap_or((inner, "tcp"));
        for binding in outer.as_array().into_iter().flatten() {
            let published = (|| {
                Some(PublishedPort {
                    proto: proto.to_owned(),
                    container_port: port.parse().ok()?,
                    host_ip: text(binding, "HostIp")?.parse().ok()?,
                    host_port: text(binding, "HostPort")?.parse().ok()?,
                })
            })();
            ports.extend(published);
        }
    }
    Container {
        name: name.trim_start_matches('/').to_owned(),
        networks: networks.collect(),
        ports,
    }
}

fn network(name: &str, object: &Value) -> Network {
    let ipam = object
        .get("IPAM")
        .and_then(|ipam| ipam.get("Config")?.as_array());
    let subnets = ipam
        .into_iter()
        .flatten()
        .filter_map(|part| text(part, "Subnet"));
    let driver = text(object, "Driver").unwrap_or("");
    let options = object.get("Options");
    let given = options.and_then(|options| text(options, "com.docker.network.bridge.name"));
    // Without a name of its own a bridge is called after the network's id.
    let by_id = || Some(format!("br-{}", text(object, "Id")?.get(..12)?));
    let bridge = given.map(str::to_owned).or_else(by_id);
    Network {
        name: name.to_owned(),
        driver: driver.to_owned(),
        bridge: bridge.filter(|_| driver == "bridge"),
        subnets: subnets.map(str::to_owned).collect(),
    }
}
