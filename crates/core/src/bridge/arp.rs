//! ARP that a bridge answers for its ports, and keeps away from them
//! (net/bridge/br_arp_nd_proxy.c): `proxy_arp`, `proxy_arp_wifi`,
//! `neigh_suppress`.

use std::net::Ipv4Addr;

use crate::skb::Skb;
use crate::walk::Origin;
use crate::wire::arp::{Arp, REPLY, REQUEST};
use crate::wire::eth::{ETH_P_ARP, ETH_P_RARP};
use crate::world::device::{BridgePort, DeviceKind};
use crate::world::{DevId, NsId, World};

/// `ARPOP_RREQUEST`, `ARPOP_RREPLY`.
const REVERSE: [u16; 2] = [3, 4];

impl World {
    fn bridge_port(&self, ns: NsId, dev: DevId) -> Option<&BridgePort> {
        self.dev(ns, dev).port.as_ref()
    }

    /// Does any port of the bridge suppress (`BROPT_NEIGH_SUPPRESS_ENABLED`)?
    pub(super) fn bridge_suppresses(&self, ns: NsId, bridge: DevId) -> bool {
        let mut ports = self.ns(ns).devs().filter_map(|(_, dev)| dev.port.as_ref());
        ports.any(|port| port.bridge == bridge && (port.neigh_suppress || port.neigh_vlan_suppress))
    }

    /// `br_do_proxy_suppress_arp`: answers a request that came in by `port`
    /// (`None`: this machine's own) if the bridge can. `true`: the frame is not
    /// to be flooded to ports that ask to be spared (`proxyarp_replied`).
    pub(super) fn bridge_proxies_arp(
        &mut self,
        ns: NsId,
        bridge: DevId,
        port: Option<DevId>,
        skb: &Skb,
    ) -> bool {
        if !matches!(skb.proto, ETH_P_ARP | ETH_P_RARP) || self.dev(ns, bridge).noarp {
            return false;
        }
        let Some(arp) = Arp::read_any(&skb.data) else {
            return false;
        };
        if arp.tip.is_loopback() || arp.tip.is_multicast() {
            return false;
        }
        let suppresses = self.bridge_suppresses(ns, bridge);
        let from = port.and_then(|port| self.bridge_port(ns, port));
        let from_proxies = from.is_some_and(|port| port.proxy_arp);
        if suppresses {
            if from.is_some_and(|port| port.neigh_suppress) {
                return false;
            }
            // Who is asked directly shall answer himself.
            let direct = skb.mac.is_some_and(|eth| !eth.dst.is_multicast());
            if direct && arp.op == REQUEST {
                return false;
            }
            let [net, ..] = arp.sip.octets();
            if !REVERSE.contains(&arp.op) && (net == 0 || arp.sip == arp.tip) {
                return true;
            }
        }
        if arp.op != REQUEST {
            return false;
        }
        if suppresses && self.bridge_has_address(ns, bridge, arp.tip) {
            return true;
        }
        let known = self.ns(ns).neigh.find(bridge, arp.tip.into());
        let Some(mac) = known
            .filter(|entry| entry.state.is_valid())
            .map(|entry| entry.mac)
        else {
            return false;
        };
        let fdb = self.dev(ns, bridge).bridge().map(|bridge| &bridge.fdb);
        let Some(entry) = fdb.and_then(|fdb| fdb.find(mac, 0)) else {
            return false;
        };
        let to = entry.port.and_then(|port| self.bridge_port(ns, port));
        let to_asks = to.is_some_and(|port| port.proxy_arp_wifi || port.neigh_suppress);
        let answers = from_proxies || to_asks;
        if answers {
            // br_arp_send: out of the very device that the request came in by.
            let reply = Arp {
                op: REPLY,
                sha: mac,
                sip: arp.tip,
                tha: arp.sha,
                tip: arp.sip,
            };
            let dev = port.unwrap_or(bridge);
            self.arp_send(ns, dev, reply, arp.sha, Some(skb.id), Origin::ArpReply);
        }
        answers || suppresses
    }

    /// `br_is_local_ip`: is it an address of the bridge, or of a device on top?
    fn bridge_has_address(&self, ns: NsId, bridge: DevId, addr: Ipv4Addr) -> bool {
        let mut waiting = vec![(ns, bridge)];
        let mut seen = Vec::new();
        while let Some((ns, dev)) = waiting.pop() {
            if seen.contains(&(ns, dev)) {
                continue;
            }
            seen.push((ns, dev));
            let device = self.dev(ns, dev);
            if device.addrs.iter().any(|own| own.local == addr) {
                return true;
            }
            waiting.extend(&device.uppers);
            let on_top = |kind: &DeviceKind| matches!(kind, DeviceKind::Vlan { lower, .. } if *lower == Some(dev));
            let vlans = self.ns(ns).devs().filter(|(_, upper)| on_top(&upper.kind));
            waiting.extend(vlans.map(|(upper, _)| (ns, upper)));
        }
        false
    }
}
