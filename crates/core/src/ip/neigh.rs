//! The neighbour table (net/core/neighbour.c). What time does to it is in
//! `nud`.
//!
//! Not modelled: `locktime` between flows. What one answer has told, another of
//! the same flow does not change until that time is over; one of a later flow
//! does. The memory of a waiting packet is reckoned from its length, as measured for
//! packets that programs made here; fragments and forwarded ones were not measured.

use std::net::{IpAddr, Ipv4Addr};

use crate::ip::fib::RouteType;
use crate::ip::output::SendError;
use crate::skb::Skb;
use crate::walk::{DropReason, Event, Layer, NeighbourAct};
use crate::wire::eth::MacAddr;
use crate::wire::{arp, icmp};
use crate::world::{DevId, NsId, World};

/// Nanoseconds of a tick of `USER_HZ`, which `locktime` is given in.
const CENTISECOND: u64 = 10_000_000;

/// Bytes that may wait for a neighbour, if the sysctl says `packets`
/// (`proc_unres_qlen`): so many buffers for a whole Ethernet frame each. 101 is
/// what the default of 212992 bytes is shown as.
fn queue_room(packets: u32) -> u64 {
    match packets {
        101 => 212_992,
        packets => u64::from(packets) * 2090,
    }
}

/// Bytes of memory that a buffer takes (`skb->truesize`) which a program or the
/// kernel itself has filled: measured on Linux 6.18 (x86-64) by how many wait for a
/// neighbour. Of the memory of 576, 1024, 2048 ... bytes that holds the data, 320
/// are the kernel's, 31 are kept free before the packet; 256 are the buffer's own.
fn truesize(skb: &Skb) -> u64 {
    let wants = skb.data.len() as u64 + 31 + 320;
    let head = match wants {
        ..=576 => 576,
        wants => wants.next_power_of_two().max(1024),
    };
    head + 256
}

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

    /// Is nothing to be found out about it (`NUD_CONNECTED`)?
    pub fn is_connected(self) -> bool {
        matches!(self, Self::Reachable | Self::NoArp | Self::Permanent)
    }

    /// Is it being asked, so that a flow waits for what becomes of it?
    pub fn is_asked(self) -> bool {
        matches!(self, Self::Incomplete | Self::Probe)
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
    /// The flow that changed it last (`updated`) and when, nanoseconds; flow 0 if
    /// none has.
    pub updated: (u32, u64),
    /// When it was last known to be reachable, nanoseconds; `None` if that is long
    /// ago.
    pub confirmed: Option<u64>,
    /// When a packet last went to it that looked at its state, nanoseconds.
    pub used: u64,
    /// Packets that wait for it.
    pub queue: Vec<Skb>,
}

impl Neighbour {
    /// One that nothing has been done with yet.
    pub fn new(dev: DevId, addr: IpAddr, mac: MacAddr, state: Nud) -> Self {
        Self {
            dev,
            addr,
            mac,
            state,
            probes: 0,
            updated: (0, 0),
            confirmed: (state == Nud::Reachable).then_some(0),
            used: 0,
            queue: Vec::new(),
        }
    }
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

    #[expect(clippy::indexing_slicing, reason = "it was found or put there")]
    pub(crate) fn find_or_make(&mut self, dev: DevId, addr: IpAddr) -> &mut Neighbour {
        let at = match self
            .entries
            .iter()
            .position(|entry| entry.dev == dev && entry.addr == addr)
        {
            Some(at) => at,
            None => {
                let new = Neighbour::new(dev, addr, MacAddr::ZERO, Nud::Failed);
                self.entries.push(new);
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
        let room = queue_room(self.neigh_conf(ns, dev).unres_qlen);
        let moment = (self.engine.flow(), self.now);
        let entry = self.ns_mut(ns).neigh.find_or_make(dev, next.into());
        if skb.confirms {
            entry.confirmed = Some(moment.1);
        }
        if !entry.state.is_connected() {
            entry.used = moment.1;
        }
        if entry.state.is_valid() {
            let mac = entry.mac;
            if entry.state == Nud::Stale {
                entry.state = Nud::Delay;
                entry.updated = moment;
                self.neigh_delay(ns, dev, next);
            }
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
        // The oldest give way when too much waits (`__neigh_event_send`).
        let mut waiting: u64 = entry.queue.iter().map(truesize).sum();
        let mut out = Vec::new();
        while waiting + truesize(&skb) > room && !entry.queue.is_empty() {
            let oldest = entry.queue.remove(0);
            waiting -= truesize(&oldest);
            out.push(oldest);
        }
        entry.queue.push(skb.clone());
        if first {
            entry.probes = 0;
        }
        for out in out {
            self.drop_skb(ns, &out, DropReason::NeighQueueFull, None);
        }
        self.note(ns, Layer::Link, &skb, |_| Event::Neighbour {
            addr: next.into(),
            state: NeighbourAct::Incomplete,
            mac: None,
        });
        if first {
            self.neigh_ask_first(ns, dev, next);
        }
        Ok(())
    }

    /// `neigh_invalidate`: the packets that wait for a neighbour that failed are
    /// reported one by one. A report that goes to this very neighbour asks for
    /// it anew; then the rest is dropped unreported, and so is the report.
    pub(super) fn neigh_invalidate(&mut self, ns: NsId, dev: DevId, addr: Ipv4Addr) {
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
            .is_none_or(|entry| {
                let (flow, at) = entry.updated;
                let locked = u64::from(self.neigh_conf(ns, dev).locktime) * CENTISECOND;
                flow != self.engine.flow() || self.now > at + locked
            })
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
        let moment = (self.engine.flow(), self.now);
        let entry = self.ns_mut(ns).neigh.find_or_make(dev, addr.into());
        let valid = entry.state.is_valid();
        // A packet that does not confirm does not make a known one stale.
        let same = valid && entry.mac == mac;
        let before = entry.state;
        if state == Nud::Reachable {
            entry.confirmed = Some(moment.1);
        }
        if !(same && state == Nud::Stale) {
            if !same || before != state {
                entry.updated = moment;
            }
            entry.state = state;
        }
        entry.mac = mac;
        entry.probes = 0;
        let waiting = std::mem::take(&mut entry.queue);
        if entry.state != before {
            self.neigh_timer_follows(ns, dev, addr);
        }
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
