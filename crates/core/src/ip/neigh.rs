//! The neighbour table (net/core/neighbour.c).
//!
//! Not modelled: the passing of time from REACHABLE to STALE and on to PROBE.
//! No time passes in a world unless it is told to, so a neighbour that is
//! known stays known. `locktime` counts as the length of a flow: what one answer
//! has told, another of the same flow does not change; one of a later flow does.

use std::net::{IpAddr, Ipv4Addr};

use crate::ip::fib::RouteType;
use crate::ip::output::SendError;
use crate::skb::Skb;
use crate::walk::{DropReason, Event, Layer, NeighbourAct};
use crate::wire::eth::MacAddr;
use crate::wire::{arp, icmp};
use crate::world::{DevId, NsId, World};

/// State of a neighbour (`NUD_*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nud {
    /// Asked for, not answered yet.
    Incomplete,
    /// Confirmed.
    Reachable,
    /// Known, but not confirmed lately.
    Stale,
    /// Stale and in use.
    Delay,
    /// Being asked again.
    Probe,
    /// Did not answer.
    Failed,
    /// Needs no resolution.
    NoArp,
    /// Set by hand.
    Permanent,
}

impl Nud {
    /// Is the hardware address usable (`NUD_VALID`)?
    pub fn is_valid(self) -> bool {
        !matches!(self, Self::Incomplete | Self::Failed)
    }
}

/// A neighbour.
#[derive(Clone, Debug)]
pub struct Neighbour {
    /// Device behind which it lives.
    pub dev: DevId,
    /// Its address.
    pub addr: IpAddr,
    /// Its hardware address, when known.
    pub mac: MacAddr,
    /// State.
    pub state: Nud,
    /// Requests sent without an answer.
    pub probes: u32,
    /// The flow that changed it last (`updated`); 0 if none has.
    pub updated: u32,
    /// Packets that wait for it.
    pub queue: Vec<Skb>,
}

/// A namespace's neighbour table.
#[derive(Clone, Debug, Default)]
pub struct Neighbours {
    /// Entries in the order in which they were made.
    pub entries: Vec<Neighbour>,
    /// `ip neigh add proxy`: addresses answered for.
    pub proxies: Vec<(DevId, IpAddr)>,
}

impl Neighbours {
    /// The entry for `addr` behind `dev`.
    pub fn find(&self, dev: DevId, addr: IpAddr) -> Option<&Neighbour> {
        self.entries
            .iter()
            .find(|entry| entry.dev == dev && entry.addr == addr)
    }

    /// The entry for `addr` behind `dev`, to change it.
    pub fn find_mut(&mut self, dev: DevId, addr: IpAddr) -> Option<&mut Neighbour> {
        self.entries
            .iter_mut()
            .find(|entry| entry.dev == dev && entry.addr == addr)
    }

    pub(crate) fn find_or_make(&mut self, dev: DevId, addr: IpAddr) -> &mut Neighbour {
        let at = match self
            .entries
            .iter()
            .position(|entry| entry.dev == dev && entry.addr == addr)
        {
            Some(at) => at,
            None => {
                self.entries.push(Neighbour {
                    dev,
                    addr,
                    mac: MacAddr::ZERO,
                    state: Nud::Failed,
                    probes: 0,
                    updated: 0,
                    queue: Vec::new(),
                });
                self.entries.len() - 1
            }
        };
        &mut self.entries[at]
    }
}

impl World {
    /// `neigh_output`: sends `skb` (whose `dev` is the output device) to the
    /// station that bears `next`, asking for its hardware address first if
    /// need be.
    pub(crate) fn neigh_output(
        &mut self,
        ns: NsId,
        mut skb: Skb,
        next: Ipv4Addr,
    ) -> Result<(), SendError> {
        let dev = skb.dev;
        let device = self.dev(ns, dev);
        let own = device.mac;
        // arp_constructor: what needs no resolution.
        let fixed = if device.is_loopback() || device.noarp {
            Some(device.mac)
        } else if next.is_multicast() {
            let [_, b, c, d] = next.octets();
            Some(MacAddr([0x01, 0, 0x5e, b & 0x7f, c, d]))
        } else if next.is_broadcast()
            || self.inet_addr_type(ns, next, Some(dev)) == RouteType::Broadcast
        {
            Some(MacAddr::BROADCAST)
        } else {
            None
        };
        if let Some(mac) = fixed {
            self.note(ns, Layer::Link, &skb, |_| Event::Neighbour {
                addr: next.into(),
                state: NeighbourAct::NoArp,
                mac: Some(mac),
            });
            skb.set_mac(mac, own);
            return self.dev_queue_xmit(ns, skb);
        }
        let limit = self.neigh_conf(ns, dev).unres_qlen.max(1) as usize;
        let flow = self.engine.flow();
        let entry = self.ns_mut(ns).neigh.find_or_make(dev, next.into());
        if entry.state.is_valid() {
            if entry.state == Nud::Stale {
                entry.state = Nud::Delay;
                entry.updated = flow;
            }
            let mac = entry.mac;
            self.note(ns, Layer::Link, &skb, |_| Event::Neighbour {
                addr: next.into(),
                state: NeighbourAct::Known,
                mac: Some(mac),
            });
            skb.set_mac(mac, own);
            return self.dev_queue_xmit(ns, skb);
        }
        let first = entry.state != Nud::Incomplete;
        entry.state = Nud::Incomplete;
        // The oldest gives way when too many wait (`__neigh_event_send`).
        let out = (entry.queue.len() >= limit).then(|| entry.queue.remove(0));
        entry.queue.push(skb.clone());
        if first {
            entry.probes = 0;
        }
        if let Some(out) = out {
            self.drop_skb(ns, &out, DropReason::NeighQueueFull, None);
        }
        self.note(ns, Layer::Link, &skb, |_| Event::Neighbour {
            addr: next.into(),
            state: NeighbourAct::Incomplete,
            mac: None,
        });
        if first {
            self.neigh_probe(ns, dev, next);
        }
        Ok(())
    }

    /// Sends the next request for an incomplete neighbour, or gives up.
    pub(crate) fn neigh_probe(&mut self, ns: NsId, dev: DevId, addr: Ipv4Addr) {
        let most = self.neigh_conf(ns, dev).mcast_solicit;
        let Some(entry) = self.ns_mut(ns).neigh.find_mut(dev, addr.into()) else {
            return;
        };
        if entry.state != Nud::Incomplete {
            return;
        }
        if entry.probes >= most {
            entry.state = Nud::Failed;
            self.neigh_invalidate(ns, dev, addr);
            return;
        }
        entry.probes += 1;
        let about = entry.queue.last().map(|skb| (skb.id, skb.ip().src()));
        self.arp_solicit(ns, dev, addr, about);
        self.engine_timer(ns, dev, addr);
    }

    /// `neigh_invalidate`: the packets that wait for a neighbour that failed are
    /// reported one by one. A report that goes to this very neighbour asks for
    /// it anew; then the rest is dropped unreported, and so is the report.
    fn neigh_invalidate(&mut self, ns: NsId, dev: DevId, addr: Ipv4Addr) {
        while let Some(entry) = self.ns_mut(ns).neigh.find_mut(dev, addr.into())
            && entry.state == Nud::Failed
            && !entry.queue.is_empty()
        {
            let skb = entry.queue.remove(0);
            self.note(ns, Layer::Link, &skb, |_| Event::Neighbour {
                addr: addr.into(),
                state: NeighbourAct::Failed,
                mac: None,
            });
            // arp_error_report -> ipv4_link_failure.
            self.icmp_send(ns, &skb, icmp::DEST_UNREACH, icmp::unreach::HOST, 0);
            self.drop_skb(ns, &skb, DropReason::NeighFailed, None);
        }
        if let Some(entry) = self.ns_mut(ns).neigh.find_mut(dev, addr.into()) {
            for skb in std::mem::take(&mut entry.queue) {
                self.drop_skb(ns, &skb, DropReason::QueuePurge, None);
            }
        }
    }

    /// May an ARP packet change the address of `addr`, or does the first one that
    /// told it stay (`locktime`)?
    pub(crate) fn neigh_unlocked(&self, ns: NsId, dev: DevId, addr: Ipv4Addr) -> bool {
        self.ns(ns)
            .neigh
            .find(dev, addr.into())
            .is_none_or(|entry| entry.updated != self.engine.flow())
    }

    /// Does `neigh_update` heed an ARP packet that says `addr` lives at `mac`?
    /// Nothing changes an entry that was made by hand, and without `overrides`
    /// nothing another address.
    pub(crate) fn neigh_heeds(
        &self,
        ns: NsId,
        dev: DevId,
        addr: Ipv4Addr,
        mac: MacAddr,
        overrides: bool,
    ) -> bool {
        self.ns(ns)
            .neigh
            .find(dev, addr.into())
            .is_none_or(|entry| match entry.state {
                Nud::Permanent | Nud::NoArp => false,
                state => overrides || !state.is_valid() || entry.mac == mac,
            })
    }

    /// `neigh_update`: an ARP packet that is heeded told where `addr` lives. An
    /// entry is made if there is none.
    pub(crate) fn neigh_update(
        &mut self,
        ns: NsId,
        dev: DevId,
        addr: Ipv4Addr,
        mac: MacAddr,
        state: Nud,
    ) {
        let flow = self.engine.flow();
        let entry = self.ns_mut(ns).neigh.find_or_make(dev, addr.into());
        let valid = entry.state.is_valid();
        // A packet that does not confirm does not make a known one stale.
        let same = valid && entry.mac == mac;
        if !(same && state == Nud::Stale) {
            if !same || entry.state != state {
                entry.updated = flow;
            }
            entry.state = state;
        }
        entry.mac = mac;
        entry.probes = 0;
        let waiting = std::mem::take(&mut entry.queue);
        for skb in waiting {
            // neigh->output of a valid neighbour.
            let _ = self.neigh_output(ns, skb, addr);
        }
    }

    /// Neighbour settings of a device.
    pub(crate) fn neigh_conf(&self, ns: NsId, dev: DevId) -> &crate::world::sysctl::NeighConf {
        let netns = self.ns(ns);
        netns.sysctl.neigh(&self.dev(ns, dev).name)
    }
}

/// Which ARP operation a probe is.
pub const PROBE_OP: u16 = arp::REQUEST;
