//! The devices of a snapshot and which of them are two ends of one cable.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// One device of `ip -j -d link show`, as far as it can be rebuilt.
#[derive(Clone, Debug, Deserialize)]
pub struct Link {
    /// Number of the device in its namespace.
    pub ifindex: u32,
    /// Name of the device.
    pub ifname: String,
    /// Number of the device at the other end.
    pub link_index: Option<u32>,
    /// The other end's name, where it is in the same namespace.
    pub link: Option<String>,
    /// The namespace of the other end, in this namespace's own counting.
    pub link_netnsid: Option<i64>,
    /// UP, LOWER_UP, PROMISC, ...
    #[serde(default)]
    pub flags: Vec<String>,
    /// Maximum transmission unit in bytes.
    pub mtu: Option<u32>,
    /// MAC address.
    pub address: Option<String>,
    /// `ether`, `loopback`, ...
    pub link_type: Option<String>,
    /// The bridge that it is a port of.
    pub master: Option<String>,
    /// Transmit queue length.
    pub txqlen: Option<u32>,
    /// What kind of device it is and how it is set.
    #[serde(default)]
    pub linkinfo: LinkInfo,
}

/// The `linkinfo` of a device.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct LinkInfo {
    /// bridge, veth, macvlan, ...; none for hardware and loopback.
    pub info_kind: Option<String>,
    /// Settings of that kind.
    #[serde(default)]
    pub info_data: Map<String, Value>,
    /// Settings as a port of its master.
    #[serde(default)]
    pub info_slave_data: Map<String, Value>,
}

impl Link {
    /// Whether `flag` is set.
    #[must_use]
    pub fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|f| f == flag)
    }

    /// The kind, or an empty string.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.linkinfo.info_kind.as_deref().unwrap_or_default()
    }
}

/// A device, by the place of its namespace and its own place in there.
pub type End = (usize, usize);

/// Finds the veth pairs among the devices of all namespaces.
///
/// Two ends fit if each names the other's index. Where several fit, a
/// `link_netnsid` that is already known to mean a namespace decides, then
/// the order of the text.
#[must_use]
pub fn pairs(links: &[Vec<Link>]) -> Vec<(End, End)> {
    let mut pairs = Vec::new();
    let mut taken: Vec<Vec<bool>> = links.iter().map(|l| vec![false; l.len()]).collect();
    let mut known: BTreeMap<(usize, i64), usize> = BTreeMap::new();
    loop {
        let mut best: Option<(usize, End, End)> = None;
        for (n, devices) in links.iter().enumerate() {
            for (d, _) in devices.iter().enumerate() {
                let candidates = candidates(links, &taken, &known, (n, d));
                if let Some(first) = candidates.first()
                    && best.is_none_or(|(count, _, _)| candidates.len() < count)
                {
                    best = Some((candidates.len(), (n, d), *first));
                }
            }
        }
        let Some((_, a, b)) = best else {
            return pairs;
        };
        for ((n, d), (other, _)) in [(a, b), (b, a)] {
            taken[n][d] = true;
            if let Some(id) = links[n][d].link_netnsid {
                known.insert((n, id), other);
            }
        }
        pairs.push((a, b));
    }
}

fn candidates(
    links: &[Vec<Link>],
    taken: &[Vec<bool>],
    known: &BTreeMap<(usize, i64), usize>,
    (n, d): End,
) -> Vec<End> {
    let device = &links[n][d];
    if taken[n][d] || !is_veth(device) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (m, devices) in links.iter().enumerate() {
        for (e, other) in devices.iter().enumerate() {
            let fits = (m, e) != (n, d)
                && !taken[m][e]
                && is_veth(other)
                && names(device, other, n == m)
                && names(other, device, n == m)
                && reaches(known, n, device.link_netnsid, m)
                && reaches(known, m, other.link_netnsid, n);
            if fits {
                found.push((m, e));
            }
        }
    }
    found
}

/// A hardware device of a container host may be the far end of a test bench's
/// cable, so only what is certainly something else is left out.
fn is_veth(link: &Link) -> bool {
    matches!(link.kind(), "veth" | "") && link.link_type.as_deref() != Some("loopback")
}

fn names(device: &Link, other: &Link, same_netns: bool) -> bool {
    match (device.link_index, device.link.as_deref()) {
        (Some(index), _) => index == other.ifindex && (device.link_netnsid.is_none() == same_netns),
        (None, Some(name)) => same_netns && name == other.ifname,
        (None, None) => false,
    }
}

fn reaches(known: &BTreeMap<(usize, i64), usize>, from: usize, id: Option<i64>, to: usize) -> bool {
    match id {
        Some(id) => {
            known.get(&(from, id)).is_none_or(|netns| *netns == to)
                && known
                    .iter()
                    .all(|((n, other), netns)| *n != from || *other == id || *netns != to)
        }
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn veth(ifindex: u32, link_index: u32, netnsid: Option<i64>) -> Link {
        serde_json::from_value(serde_json::json!({
            "ifindex": ifindex, "ifname": format!("v{ifindex}"),
            "link_index": link_index, "link_netnsid": netnsid,
            "linkinfo": {"info_kind": "veth"},
        }))
        .unwrap()
    }

    #[test]
    fn equal_indexes_are_told_apart_by_what_is_certain() {
        // Two containers, both with eth0 at index 2 whose peer is index 3 or 4,
        // and a cable inside the first namespace.
        let host = vec![
            veth(3, 2, Some(0)),
            veth(4, 2, Some(1)),
            veth(7, 8, None),
            veth(8, 7, None),
        ];
        let links = vec![host, vec![veth(2, 3, Some(0))], vec![veth(2, 4, Some(0))]];
        let mut pairs = pairs(&links);
        pairs.sort_unstable();
        assert_eq!(
            pairs,
            [((0, 0), (1, 0)), ((0, 1), (2, 0)), ((0, 2), (0, 3))]
        );
    }
}
