//! A snapshot, put up in real network namespaces.
//!
//! What cannot be put up is told in [`World::notes`] and the rest goes on: a
//! recording is only as good as the list of what it lacks.
//!
//! Left out, and told: VLAN and tunnel devices (a veth whose far end answers
//! nothing stands in for them), the spanning tree protocol (it takes time),
//! ebtables' broute table.

mod connections;
mod devices;
mod routes;
mod sysctls;
mod tables;

pub(crate) use tables::ARPTABLES_LEGACY;

use std::fmt;
use std::io;
use std::path::Path;

use packetwalk_core::flow::{Action, Flow};
use packetwalk_snapshot::frame::{Frame, Namespace};
use serde::de::DeserializeOwned;

use crate::command::CommandError;
use crate::links::Link;
use crate::netns::Netns;

/// The commands that a world is built from and that its snapshot is taken with.
pub mod commands {
    /// Devices.
    pub const LINKS: &str = "ip -j -d link show";
    /// Addresses.
    pub const ADDRESSES: &str = "ip -j addr show";
    /// Routes.
    pub const ROUTES: &str = "ip -j route show table all";
    /// Policy rules.
    pub const RULES: &str = "ip -j rule show";
    /// Neighbours.
    pub const NEIGHBOURS: &str = "ip -j neigh show";
    /// Bridge ports.
    pub const PORTS: &str = "bridge -j -d link show";
    /// Forwarding database.
    pub const FDB: &str = "bridge -j fdb show";
    /// Settings.
    pub const SYSCTL: &str = "sysctl -a";
    /// Sets.
    pub const IPSET: &str = "ipset save";
    /// IPv4 rules.
    pub const IPTABLES: &str = "iptables-save -c";
    /// IPv6 rules.
    pub const IP6TABLES: &str = "ip6tables-save -c";
    /// Bridge rules.
    pub const EBTABLES: &str = "ebtables-save -c";
    /// Rules for ARP.
    pub const ARPTABLES: &str = "arptables-save -c";
    /// Native nftables rules.
    pub const NFT: &str = "nft -j list ruleset";
    /// Connections.
    pub const CONNTRACK: &str = "conntrack -L -o extended,id";
    /// Listening sockets.
    pub const SOCKETS: &str = "ss -Htulnp";
    /// Relays.
    pub const PROCESSES: &str = "ps -eo pid,args";
}

/// Namespaces that stand as a snapshot says.
#[derive(Debug)]
pub struct World {
    /// One for each namespace of the snapshot, in its order.
    pub namespaces: Vec<Netns>,
    /// Where cables go whose other end the snapshot does not have. It has no
    /// address and answers nothing.
    pub sink: Netns,
    /// Names of all devices in `namespaces`.
    pub devices: Vec<String>,
    /// What could not be put up, a sentence each.
    pub notes: Vec<String>,
    /// What the flows want of it.
    pub wants: Wants,
}

/// What the flows that will be run want of a world.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wants {
    /// One uses IPv6. It is off otherwise: its own chatter (router solicitations,
    /// multicast listener reports) comes at times of its own.
    pub ipv6: bool,
    /// One waits: what depends on time is as the snapshot says, or the kernel's.
    /// Otherwise it is set so that the passing of time does not show.
    pub time: bool,
}

impl Wants {
    /// What `flows` want.
    #[must_use]
    pub fn of(flows: &[Flow]) -> Self {
        let ipv6 = |flow: &Flow| match &flow.action {
            Action::Ping { dst, .. } => dst.is_ipv6(),
            Action::Tcp { dst, .. } | Action::Udp { dst, .. } => dst.is_ipv6(),
            Action::Frame { .. } | Action::Wait { .. } => false,
        };
        let waits = |flow: &Flow| matches!(flow.action, Action::Wait { .. });
        Self {
            ipv6: flows.iter().any(ipv6),
            time: flows.iter().any(waits),
        }
    }
}

/// Why a world could not be built at all.
#[derive(Debug)]
pub enum BuildError {
    /// A namespace could not be made or entered.
    Netns(io::Error),
    /// A program is missing or does not start.
    Command(CommandError),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Netns(error) => write!(f, "network namespaces: {error}"),
            Self::Command(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BuildError {}

impl From<io::Error> for BuildError {
    fn from(error: io::Error) -> Self {
        Self::Netns(error)
    }
}

impl From<CommandError> for BuildError {
    fn from(error: CommandError) -> Self {
        Self::Command(error)
    }
}

impl World {
    /// Builds the namespaces of `frame`.
    ///
    /// # Errors
    ///
    /// If namespaces cannot be made or a program does not start. All else that
    /// goes wrong ends up in [`World::notes`].
    pub fn build(frame: &Frame<'_>, wants: Wants) -> Result<Self, BuildError> {
        let mut world = Self {
            namespaces: Vec::new(),
            sink: Netns::create("(outside)")?,
            devices: Vec::new(),
            notes: Vec::new(),
            wants,
        };
        for netns in &frame.namespaces {
            world.namespaces.push(Netns::create(&netns.name)?);
        }
        let links: Vec<Vec<Link>> = frame
            .namespaces
            .iter()
            .map(|netns| world.json(netns, commands::LINKS))
            .collect();
        world.devices = links.iter().flatten().map(|l| l.ifname.clone()).collect();
        world.devices.sort();
        world.devices.dedup();

        sysctls::before_devices(&mut world, frame)?;
        devices::create(&mut world, &links)?;
        sysctls::after_devices(&mut world, frame, &links)?;
        for (index, netns) in frame.namespaces.iter().enumerate() {
            let links = links.get(index).map(Vec::as_slice).unwrap_or_default();
            devices::configure(&mut world, index, netns, links)?;
        }
        devices::raise_sink(&mut world)?;
        for (index, netns) in frame.namespaces.iter().enumerate() {
            routes::configure(&mut world, index, netns)?;
        }
        // Each program that loads rules waits for the kernel more than it works.
        let here = world.namespaces.iter().zip(&frame.namespaces);
        let loaded = in_parallel(here.collect(), |(here, netns)| {
            tables::load(here, netns, wants.ipv6)
        });
        for (netns, notes) in frame.namespaces.iter().zip(loaded) {
            for note in notes? {
                world.note(&netns.name, note);
            }
        }
        for (index, netns) in frame.namespaces.iter().enumerate() {
            connections::enter(&mut world, index, netns)?;
        }
        devices::await_carrier(&mut world, &links)?;
        // Only a port that forwards takes an entry that it might have learnt.
        for (index, netns) in frame.namespaces.iter().enumerate() {
            let links = links.get(index).map(Vec::as_slice).unwrap_or_default();
            devices::forwarding_database(&mut world, index, netns, links)?;
        }
        Ok(world)
    }

    /// The namespace of this name.
    #[must_use]
    pub fn netns(&self, name: &str) -> Option<&Netns> {
        self.namespaces.iter().find(|netns| netns.name == name)
    }

    /// The list that a command printed as JSON; what cannot be read is noted.
    fn json<T: DeserializeOwned>(&mut self, netns: &Namespace<'_>, command: &str) -> Vec<T> {
        let Some(run) = netns.run(command) else {
            return Vec::new();
        };
        if run.text.trim().is_empty() {
            return Vec::new();
        }
        // iproute2 prints `{}` for an empty object in some lists.
        let values: Vec<serde_json::Value> = match serde_json::from_str(&run.text) {
            Ok(values) => values,
            Err(error) => {
                self.note(&netns.name, format!("{command}: {error}"));
                return Vec::new();
            }
        };
        let mut list = Vec::new();
        for value in values {
            if value.as_object().is_some_and(serde_json::Map::is_empty) {
                continue;
            }
            match serde_json::from_value(value) {
                Ok(entry) => list.push(entry),
                Err(error) => self.note(&netns.name, format!("{command}: {error}")),
            }
        }
        list
    }

    fn note(&mut self, netns: &str, text: impl fmt::Display) {
        self.notes.push(format!("netns {netns}: {text}"));
    }
}

/// What `work` makes of each of `list`, in its order, all at the same time.
pub(crate) fn in_parallel<T: Send, R: Send>(list: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = list
            .into_iter()
            .map(|entry| scope.spawn(move || work(entry)))
            .collect();
        threads
            .into_iter()
            .map(|thread| match thread.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    })
}

/// Whether `program` is on the path.
#[must_use]
pub fn has_program(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|dir| Path::new(&dir).join(program).is_file())
    })
}
