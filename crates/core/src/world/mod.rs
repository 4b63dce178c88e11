//! The simulated machine and its neighbours: namespaces and what is in them.

pub mod device;
pub mod rng;
pub mod sysctl;

use crate::conntrack::Conntrack;
use crate::engine::Engine;
use crate::ip::fib::Fib;
use crate::ip::frag::FragQueues;
use crate::ip::limits::IcmpLimits;
use crate::ip::neigh::Neighbours;
use crate::netfilter::Netfilter;
use crate::transport::Sockets;
use crate::walk::{Name, Recorder};

use device::Device;
use rng::Rng;
use sysctl::Sysctls;

/// Index of a namespace in a [`World`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NsId(pub u16);

/// Index of a device in its [`Netns`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DevId(pub u16);

/// Index of a socket in its [`Netns`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SockId(pub u32);

/// Settings of the simulation itself.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Trace every packet, as if each began with `-j TRACE`.
    pub trace_all: bool,
    /// Deliberate faults, to show that the comparison with real kernels would
    /// notice them. None in normal use.
    pub faults: Faults,
}

/// Deliberate faults (see [`Settings::faults`]).
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// filter before mangle.
    pub swapped_priority: bool,
    /// nat asked for every packet, not once a connection.
    pub nat_every_packet: bool,
    /// TRACE names the rule after.
    pub rule_number_off_by_one: bool,
    /// rp_filter does nothing.
    pub no_rp_filter: bool,
}

/// Everything that takes part.
#[derive(Clone, Debug)]
pub struct World {
    /// The machine itself, its containers, and the hosts around it.
    pub namespaces: Vec<Netns>,
    /// Simulated time, nanoseconds.
    pub now: u64,
    /// Seconds since 1970 when `now` was 0; `None` if no snapshot says.
    pub wall: Option<u64>,
    /// Where choices come from that a kernel makes at random.
    pub rng: Rng,
    /// What is being written down.
    pub rec: Recorder,
    /// Settings.
    pub settings: Settings,
    /// Packets and programs that wait for their turn.
    pub engine: Engine,
}

/// A network namespace.
#[derive(Clone, Debug)]
pub struct Netns {
    /// Its name: `host`, a container's, another host's.
    pub name: Name,
    /// Devices, in the order of their ifindex.
    pub devices: Vec<Device>,
    /// Routing tables and policy rules.
    pub fib: Fib,
    /// Neighbour table.
    pub neigh: Neighbours,
    /// Settings.
    pub sysctl: Sysctls,
    /// Tables, hooks, sets.
    pub nf: Netfilter,
    /// Connection tracking.
    pub ct: Conntrack,
    /// How often ICMP has spoken.
    pub icmp: IcmpLimits,
    /// Fragments that wait for the rest.
    pub frags: FragQueues,
    /// Sockets.
    pub sockets: Sockets,
}

impl Netns {
    /// An empty namespace, with the kernel's default settings and no device.
    pub fn new(name: &str) -> Self {
        Self {
            name: Name::from(name),
            devices: Vec::new(),
            fib: Fib::default(),
            neigh: Neighbours::default(),
            sysctl: Sysctls::default(),
            nf: Netfilter::default(),
            ct: Conntrack::default(),
            icmp: IcmpLimits::default(),
            frags: FragQueues::default(),
            sockets: Sockets::default(),
        }
    }

    /// The device with this name.
    pub fn dev_named(&self, name: &str) -> Option<DevId> {
        self.devices
            .iter()
            .position(|dev| &*dev.name == name)
            .map(|at| DevId(at as u16))
    }

    /// The device with this ifindex.
    pub fn dev_by_index(&self, ifindex: u32) -> Option<DevId> {
        self.devices
            .iter()
            .position(|dev| dev.ifindex == ifindex)
            .map(|at| DevId(at as u16))
    }

    /// All devices with their ids.
    pub fn devs(&self) -> impl Iterator<Item = (DevId, &Device)> {
        self.devices
            .iter()
            .enumerate()
            .map(|(at, dev)| (DevId(at as u16), dev))
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "ids come from the world that they are asked of"
)]
impl World {
    /// An empty world; `seed` fixes everything that a kernel draws at random.
    pub fn new(seed: u64) -> Self {
        Self {
            namespaces: Vec::new(),
            now: 0,
            wall: None,
            rng: Rng::new(seed),
            rec: Recorder::default(),
            settings: Settings::default(),
            engine: Engine::default(),
        }
    }

    /// The namespace with this name.
    pub fn ns_named(&self, name: &str) -> Option<NsId> {
        self.namespaces
            .iter()
            .position(|ns| &*ns.name == name)
            .map(|at| NsId(at as u16))
    }

    /// All namespaces with their ids.
    pub fn all_ns(&self) -> impl Iterator<Item = (NsId, &Netns)> {
        self.namespaces
            .iter()
            .enumerate()
            .map(|(at, ns)| (NsId(at as u16), ns))
    }

    /// The namespace `id`. Ids come from this world, so it exists.
    pub fn ns(&self, id: NsId) -> &Netns {
        &self.namespaces[usize::from(id.0)]
    }

    /// The namespace `id`, to change it.
    pub fn ns_mut(&mut self, id: NsId) -> &mut Netns {
        &mut self.namespaces[usize::from(id.0)]
    }

    /// The device `dev` of namespace `ns`. Ids come from this world, so it
    /// exists.
    pub fn dev(&self, ns: NsId, dev: DevId) -> &Device {
        &self.ns(ns).devices[usize::from(dev.0)]
    }

    /// The device `dev` of namespace `ns`, to change it.
    pub fn dev_mut(&mut self, ns: NsId, dev: DevId) -> &mut Device {
        &mut self.ns_mut(ns).devices[usize::from(dev.0)]
    }
}
