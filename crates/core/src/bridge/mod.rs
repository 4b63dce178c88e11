//! The learning bridge, and br_netfilter on top of it.
//!
//! Kernel: net/bridge/.
//!
//! Not modelled: VLAN filtering, and what the bridge itself does about ARP for
//! its ports (`neigh_suppress`, `proxy_arp`); a frame that meets it stops.

pub mod fdb;
pub mod forward;
pub mod input;
pub mod netfilter;

pub use fdb::Fdb;

use crate::skb::Skb;
use crate::wire::eth::ETH_P_ARP;
use crate::world::{DevId, NsId, World};

impl World {
    /// Would the bridge take part in ARP itself (`br_do_proxy_suppress_arp`)?
    /// That is not modelled; which setting asks for it.
    pub(crate) fn bridge_answers_arp(
        &self,
        ns: NsId,
        bridge: DevId,
        skb: &Skb,
    ) -> Option<&'static str> {
        if skb.proto != ETH_P_ARP {
            return None;
        }
        self.ns(ns).devs().find_map(|(_, dev)| {
            let port = dev.port.as_ref().filter(|port| port.bridge == bridge)?;
            [
                (port.neigh_suppress, "neigh_suppress of a bridge port"),
                (port.proxy_arp, "proxy_arp of a bridge port"),
                (port.proxy_arp_wifi, "proxy_arp_wifi of a bridge port"),
            ]
            .into_iter()
            .find_map(|(on, what)| on.then_some(what))
        })
    }
}
