//! What time does to a neighbour (net/core/neighbour.c, `neigh_timer_handler`):
//! INCOMPLETE to FAILED, REACHABLE to STALE, and of one that is in use DELAY and
//! PROBE until it answers or has FAILED.
//!
//! Not modelled: `app_solicit`, `gc_stale_time` (below 128 entries nothing is
//! collected), and the delay of `proxy_delay` before an address of others is
//! answered for.

use std::net::Ipv4Addr;

use crate::ip::neigh::Nud;
use crate::timer::Timer;
use crate::walk::{Event, Layer, NeighbourAct};
use crate::world::{DevId, NsId, World};

/// Nanoseconds of a millisecond.
const MILLISECOND: u64 = 1_000_000;
/// The least time between two probes (`HZ / 100`), nanoseconds.
const LEAST: u64 = 10 * MILLISECOND;

impl World {
    /// Nanoseconds between two requests.
    fn retrans_time(&self, ns: NsId, dev: DevId) -> u64 {
        (u64::from(self.neigh_conf(ns, dev).retrans_time_ms) * MILLISECOND).max(LEAST)
    }

    /// Nanoseconds that a stale neighbour is used before it is asked.
    fn delay_time(&self, ns: NsId, dev: DevId) -> u64 {
        u64::from(self.neigh_conf(ns, dev).delay_first_probe_time) * 1000 * MILLISECOND
    }

    /// Nanoseconds that an answer holds: drawn for each device, and always the same
    /// for a seed (`neigh_rand_reach_time`).
    fn reachable_time(&self, ns: NsId, dev: DevId) -> u64 {
        let base = self.neigh_conf(ns, dev).base_reachable_time_ms;
        let place = u64::from(ns.0) << 16 | u64::from(dev.0);
        let drawn = self.rng.apart(place).below(base);
        (u64::from(base / 2) + u64::from(drawn)) * MILLISECOND
    }

    /// A neighbour that was not known is asked for the first time.
    pub(super) fn neigh_ask_first(&mut self, ns: NsId, dev: DevId, addr: Ipv4Addr) {
        if let Some(entry) = self.ns_mut(ns).neigh.find_mut(dev, addr.into()) {
            entry.probes = 0;
        }
        self.neigh_timer(ns, dev, addr);
    }

    /// A stale neighbour is in use: it will be asked unless it is confirmed.
    pub(super) fn neigh_delay(&mut self, ns: NsId, dev: DevId, addr: Ipv4Addr) {
        let due = self.now + self.delay_time(ns, dev);
        self.neigh_add_timer(ns, dev, addr, due);
    }

    /// `neigh_add_timer`: whoever is confirmed counts as used.
    fn neigh_add_timer(&mut self, ns: NsId, dev: DevId, addr: Ipv4Addr, due: u64) {
        if let Some(entry) = self.ns_mut(ns).neigh.find_mut(dev, addr.into()) {
            entry.used = entry.used.max(entry.confirmed.unwrap_or(0));
        }
        let timer = Timer::Neighbour(ns, dev, addr);
        self.engine.timers.set(timer, due);
    }

    /// Sets the timer that the state asks for, which another station has changed
    /// (`neigh_update`) or a snapshot tells.
    pub(crate) fn neigh_timer_follows(&mut self, ns: NsId, dev: DevId, addr: Ipv4Addr) {
        let timer = Timer::Neighbour(ns, dev, addr);
        let entry = self.ns(ns).neigh.find(dev, addr.into());
        match entry.map(|entry| (entry.state, entry.confirmed)) {
            Some((Nud::Reachable, at)) => {
                let due = at.unwrap_or(self.now) + self.reachable_time(ns, dev);
                self.neigh_add_timer(ns, dev, addr, due);
            }
            Some((Nud::Delay, _)) => self.neigh_delay(ns, dev, addr),
            Some((state, _)) if state.is_asked() => {
                let due = self.now + self.retrans_time(ns, dev);
                self.neigh_add_timer(ns, dev, addr, due);
            }
            _ => self.engine.timers.cancel(timer),
        }
    }

    /// `neigh_timer_handler`.
    pub(crate) fn neigh_timer(&mut self, ns: NsId, dev: DevId, addr: Ipv4Addr) {
        let (now, moment) = (self.now, (self.engine.flow(), self.now));
        let reachable = self.reachable_time(ns, dev);
        let delay = self.delay_time(ns, dev);
        let retrans = self.retrans_time(ns, dev);
        let conf = self.neigh_conf(ns, dev);
        let (ucast, mcast, again) = (conf.ucast_solicit, conf.mcast_solicit, conf.mcast_resolicit);
        let Some(entry) = self.ns_mut(ns).neigh.find_mut(dev, addr.into()) else {
            return;
        };
        let until = |time: u64| entry.confirmed.map_or(0, |at| at + time);
        let (state, due, act) = match entry.state {
            Nud::Reachable if now < until(reachable) => {
                (Nud::Reachable, Some(until(reachable)), None)
            }
            Nud::Reachable if now <= entry.used + delay => {
                (Nud::Delay, Some(now + delay), Some(NeighbourAct::Stale))
            }
            Nud::Reachable => (Nud::Stale, None, Some(NeighbourAct::Stale)),
            // A timer is a little late: what confirmed at its very start is not enough.
            Nud::Delay if now < until(delay) => (
                Nud::Reachable,
                Some(until(reachable).max(now + LEAST)),
                Some(NeighbourAct::Confirmed),
            ),
            Nud::Delay => (Nud::Probe, Some(now + retrans), Some(NeighbourAct::Probe)),
            state @ (Nud::Incomplete | Nud::Probe) => (state, Some(now + retrans), None),
            _ => return,
        };
        if state != entry.state {
            entry.updated = moment;
            entry.state = state;
            entry.probes = 0;
        }
        let most = match state {
            Nud::Incomplete => mcast,
            Nud::Probe => ucast + again,
            _ => u32::MAX,
        };
        let failed = entry.probes >= most;
        let (probes, mac) = (entry.probes, entry.mac);
        if failed {
            entry.state = Nud::Failed;
            entry.updated = moment;
        } else if state.is_asked() {
            entry.probes += 1;
        }
        let about = entry.queue.last().map(|skb| (skb.id, skb.ip().src()));
        if let Some(state) = act {
            let event = Event::Neighbour {
                addr: addr.into(),
                state,
                mac: Some(mac),
            };
            self.note_idle(ns, Some(dev), Layer::Link, event);
        }
        if failed {
            self.neigh_invalidate(ns, dev, addr);
            return;
        }
        if let Some(due) = due {
            let timer = Timer::Neighbour(ns, dev, addr);
            self.engine.timers.set(timer, due);
        }
        if state.is_asked() {
            // arp_solicit: first those who are thought to have it.
            let to = (state == Nud::Probe && probes < ucast).then_some(mac);
            self.arp_solicit(ns, dev, addr, about, to);
        }
    }
}
