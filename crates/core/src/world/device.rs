//! Network devices, bridges and bridge ports.

use std::net::IpAddr;

use crate::bridge::Fdb;
use crate::walk::Name;
use crate::wire::eth::MacAddr;

use super::{DevId, NsId};

/// A network device.
#[derive(Clone, Debug)]
pub struct Device {
    /// `ifindex`.
    pub ifindex: u32,
    /// Name.
    pub name: Name,
    /// What it is.
    pub kind: DeviceKind,
    /// Hardware address.
    pub mac: MacAddr,
    /// MTU in bytes, without the link-layer header.
    pub mtu: u32,
    /// Administratively up (`IFF_UP`).
    pub up: bool,
    /// Has a carrier (`LOWER_UP`).
    pub carrier: bool,
    /// `IFF_NOARP`.
    pub noarp: bool,
    /// Promiscuity count (`IFF_PROMISC` when above zero). A bridge port is
    /// promiscuous by its mastership, not by this.
    pub promisc: bool,
    /// `IFF_ALLMULTI`.
    pub allmulti: bool,
    /// `ip link set group`, for `devgroup`.
    pub group: u32,
    /// Addresses, in the order in which `ip addr` lists them.
    pub addrs: Vec<IfAddr>,
    /// The bridge that it is a port of, and how.
    pub port: Option<BridgePort>,
    /// The macvlans on top of it, oldest first.
    pub uppers: Vec<(NsId, DevId)>,
    /// A kind of device that takes what comes in here, and is not modelled.
    pub captured: Option<Name>,
}

/// What a device is.
#[derive(Clone, Debug)]
pub enum DeviceKind {
    /// `lo`.
    Loopback,
    /// One end of a veth pair; `None` when the other end is not in the world.
    Veth {
        /// The other end.
        peer: Option<(NsId, DevId)>,
    },
    /// A bridge.
    Bridge(Box<Bridge>),
    /// `dummy`: swallows what it is given.
    Dummy,
    /// A real card, or anything whose other end is not in the world.
    Outside,
    /// An 802.1Q device on top of another.
    Vlan {
        /// The device below.
        lower: Option<DevId>,
        /// VLAN identifier.
        vid: u16,
    },
    /// A device with a hardware address of its own on top of another.
    Macvlan {
        /// The device below, wherever it is.
        lower: Option<(NsId, DevId)>,
        /// How it deals with its siblings.
        mode: MacvlanMode,
    },
    /// A kind that is not modelled, by its `info_kind`.
    Other(Name),
}

/// How macvlans on one device deal with each other (`MACVLAN_MODE_*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MacvlanMode {
    /// Not at all.
    Private,
    /// By way of a switch outside.
    Vepa,
    /// Straight.
    Bridge,
    /// There is but one.
    Passthru,
}

/// An address of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IfAddr {
    /// The address itself.
    pub local: IpAddr,
    /// Peer address of a point-to-point link.
    pub peer: Option<IpAddr>,
    /// Length of the prefix.
    pub prefix: u8,
    /// Scope (`RT_SCOPE_*`: 0 global, 200 site, 253 link, 254 host).
    pub scope: u8,
    /// Secondary address of the same subnet.
    pub secondary: bool,
    /// Broadcast address, if one is set.
    pub broadcast: Option<IpAddr>,
}

/// Settings and state of a bridge.
#[derive(Clone, Debug, Default)]
pub struct Bridge {
    /// Forwarding database.
    pub fdb: Fdb,
    /// Ageing time in nanoseconds (300 s by default).
    pub ageing: u64,
    /// `vlan_filtering`. Not modelled beyond being told.
    pub vlan_filtering: bool,
    /// `group_fwd_mask`.
    pub group_fwd_mask: u16,
    /// `nf_call_iptables` of this bridge.
    pub nf_call_iptables: bool,
    /// `nf_call_ip6tables` of this bridge.
    pub nf_call_ip6tables: bool,
    /// `nf_call_arptables` of this bridge.
    pub nf_call_arptables: bool,
    /// `mcast_snooping`.
    pub mcast_snooping: bool,
    /// `stp_state`.
    pub stp: bool,
    /// `no_linklocal_learn`.
    pub no_linklocal_learn: bool,
}

/// How a device is a bridge's port (`struct net_bridge_port`).
#[derive(Clone, Debug)]
pub struct BridgePort {
    /// The bridge.
    pub bridge: DevId,
    /// STP state: does it forward? (`disabled`, `listening`, `learning`,
    /// `blocking` do not.)
    pub state: PortState,
    /// Frames may go back where they came from.
    pub hairpin: bool,
    /// Frames do not pass between two isolated ports.
    pub isolated: bool,
    /// Source addresses are learnt.
    pub learning: bool,
    /// Unknown unicast is flooded here.
    pub flood: bool,
    /// Multicast is flooded here.
    pub mcast_flood: bool,
    /// Broadcast is flooded here.
    pub bcast_flood: bool,
    /// `locked`.
    pub locked: bool,
    /// `neigh_suppress`.
    pub neigh_suppress: bool,
    /// `neigh_vlan_suppress`: `neigh_suppress` VLAN by VLAN.
    pub neigh_vlan_suppress: bool,
    /// `proxy_arp`.
    pub proxy_arp: bool,
    /// `proxy_arp_wifi`.
    pub proxy_arp_wifi: bool,
}

/// STP state of a port (`BR_STATE_*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortState {
    /// Not in use.
    Disabled,
    /// Listening.
    Listening,
    /// Learning.
    Learning,
    /// Forwarding.
    Forwarding,
    /// Blocking.
    Blocking,
}

impl BridgePort {
    /// A port with the defaults of `br_add_if`.
    pub fn new(bridge: DevId) -> Self {
        Self {
            bridge,
            state: PortState::Forwarding,
            hairpin: false,
            isolated: false,
            learning: true,
            flood: true,
            mcast_flood: true,
            bcast_flood: true,
            locked: false,
            neigh_suppress: false,
            neigh_vlan_suppress: false,
            proxy_arp: false,
            proxy_arp_wifi: false,
        }
    }
}

impl Device {
    /// A device that is up, has a carrier and the MTU of Ethernet.
    pub fn new(ifindex: u32, name: &str, kind: DeviceKind, mac: MacAddr) -> Self {
        let loopback = matches!(kind, DeviceKind::Loopback);
        Self {
            ifindex,
            name: Name::from(name),
            kind,
            mac,
            mtu: if loopback { 65536 } else { 1500 },
            up: true,
            carrier: true,
            noarp: loopback,
            promisc: false,
            allmulti: false,
            group: 0,
            addrs: Vec::new(),
            port: None,
            uppers: Vec::new(),
            captured: None,
        }
    }

    /// Is it `lo`?
    pub fn is_loopback(&self) -> bool {
        matches!(self.kind, DeviceKind::Loopback)
    }

    /// The bridge, if it is one.
    pub fn bridge(&self) -> Option<&Bridge> {
        match &self.kind {
            DeviceKind::Bridge(bridge) => Some(bridge),
            _ => None,
        }
    }

    /// The bridge, to change it.
    pub fn bridge_mut(&mut self) -> Option<&mut Bridge> {
        match &mut self.kind {
            DeviceKind::Bridge(bridge) => Some(bridge),
            _ => None,
        }
    }
}
