//! Who stands where, before any coordinates: which namespace is the machine,
//! which are containers on which bridge, which are other hosts.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use packetwalk_core::world::device::{Device, DeviceKind};
use packetwalk_core::world::{DevId, NsId, World};

/// A device of a namespace.
pub(super) type Dev = (NsId, DevId);

/// The plan.
pub(super) struct Plan {
    /// The machine itself.
    pub host: NsId,
    /// Its bridges, each with its ports and the containers over them.
    pub groups: Vec<Group>,
    /// Devices of the host that lead to other hosts or outside, in order.
    pub uplinks: Vec<DevId>,
    /// Devices of the host that lead nowhere (`lo`, `dummy`).
    pub inner: Vec<DevId>,
    /// Other hosts, by their distance from the machine; those without any
    /// connection come last.
    pub remotes: Vec<Vec<NsId>>,
}

/// A bridge of the host.
pub(super) struct Group {
    /// The bridge.
    pub bridge: DevId,
    /// Its ports in the order of their ifindex, and the container that stands
    /// over each, if it is the first that it is plugged into.
    pub ports: Vec<(DevId, Option<NsId>)>,
}

/// The other end of a veth pair.
pub(super) fn peer(device: &Device) -> Option<Dev> {
    match device.kind {
        DeviceKind::Veth { peer } => peer,
        _ => None,
    }
}

/// The device below one of namespace number `at`.
pub(super) fn lower(at: usize, device: &Device) -> Option<Dev> {
    match device.kind {
        DeviceKind::Vlan { lower, .. } => Some((NsId(u16::try_from(at).ok()?), lower?)),
        DeviceKind::Macvlan { lower, .. } => lower,
        _ => None,
    }
}

/// Does the device lead outside of its namespace?
fn leads_out(device: &Device) -> bool {
    matches!(
        device.kind,
        DeviceKind::Veth { .. } | DeviceKind::Outside | DeviceKind::Other(_)
    )
}

/// Makes the plan; `None` for a world without namespaces.
pub(super) fn plan(world: &World) -> Option<Plan> {
    let host = host(world)?;
    let mut placed: BTreeSet<NsId> = BTreeSet::from([host]);
    let mut groups = Vec::new();
    let mut uplinks = Vec::new();
    let mut inner = Vec::new();
    let netns = world.ns(host);
    for (id, device) in by_index(world, host) {
        match device.kind {
            DeviceKind::Bridge(_) => groups.push(Group {
                bridge: id,
                ports: Vec::new(),
            }),
            _ if device.port.is_some() => {}
            _ if leads_out(device) => uplinks.push(id),
            _ => inner.push(id),
        }
    }
    for group in &mut groups {
        for (id, device) in by_index(world, host) {
            let Some(port) = &device.port else { continue };
            if port.bridge != group.bridge {
                continue;
            }
            let container = peer(device)
                .map(|(ns, _)| ns)
                .filter(|ns| exists(world, *ns) && placed.insert(*ns));
            group.ports.push((id, container));
        }
    }
    // Other hosts, ring by ring from the machine and its containers outwards.
    let mut remotes: Vec<Vec<NsId>> = Vec::new();
    let mut ring: VecDeque<(NsId, usize)> = VecDeque::new();
    let mut seen = placed.clone();
    let near = uplinks
        .iter()
        .filter_map(|dev| netns.devices.get(usize::from(dev.0)))
        .filter_map(peer);
    let behind = groups.iter().flat_map(|group| &group.ports);
    let behind = behind.filter_map(|(_, container)| *container);
    let behind: Vec<NsId> = behind.flat_map(|ns| neighbours(world, ns)).collect();
    for ns in near.map(|(ns, _)| ns).chain(behind) {
        if exists(world, ns) && seen.insert(ns) {
            ring.push_back((ns, 0));
        }
    }
    while let Some((ns, distance)) = ring.pop_front() {
        if remotes.len() <= distance {
            remotes.resize_with(distance + 1, Vec::new);
        }
        if let Some(column) = remotes.get_mut(distance) {
            column.push(ns);
        }
        for next in neighbours(world, ns) {
            if exists(world, next) && seen.insert(next) {
                ring.push_back((next, distance + 1));
            }
        }
    }
    let lonely: Vec<NsId> = all(world).filter(|ns| !seen.contains(ns)).collect();
    if !lonely.is_empty() {
        remotes.push(lonely);
    }
    Some(Plan {
        host,
        groups,
        uplinks,
        inner,
        remotes,
    })
}

fn all(world: &World) -> impl Iterator<Item = NsId> {
    (0..world.namespaces.len()).map(|at| NsId(at as u16))
}

fn exists(world: &World, ns: NsId) -> bool {
    usize::from(ns.0) < world.namespaces.len()
}

fn neighbours(world: &World, ns: NsId) -> Vec<NsId> {
    let devices = by_index(world, ns).into_iter();
    devices
        .filter_map(|(_, device)| peer(device))
        .map(|(ns, _)| ns)
        .collect()
}

/// Devices in the order of their ifindex.
pub(super) fn by_index(world: &World, ns: NsId) -> Vec<(DevId, &Device)> {
    let mut devices: Vec<_> = world
        .namespaces
        .get(usize::from(ns.0))
        .map(|netns| netns.devs().collect())
        .unwrap_or_default();
    packetwalk_rules::sort::by_key(&mut devices, |(_, device)| device.ifindex);
    devices
}

/// The namespace called `host`; otherwise the one with the most bridge ports,
/// then with the most devices.
fn host(world: &World) -> Option<NsId> {
    if let Some(host) = world.ns_named("host") {
        return Some(host);
    }
    let mut best: BTreeMap<(usize, usize), NsId> = BTreeMap::new();
    for ns in all(world) {
        let devices = by_index(world, ns);
        let ports = devices.iter().filter(|(_, dev)| dev.port.is_some()).count();
        best.entry((ports, devices.len())).or_insert(ns);
    }
    best.into_values().next_back()
}
