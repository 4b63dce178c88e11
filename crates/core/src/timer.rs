//! Timers (kernel/time/timer.c): what goes off when, on the simulated clock.
//!
//! A timer is known by what it is for: setting it again moves it (`mod_timer`).
//! Not modelled: the ticks and the buckets of the timer wheel, which let a timer
//! go off a little late (at most an eighth of the time that it was set for).

use std::net::Ipv4Addr;

use crate::ip::frag;
use crate::world::{DevId, NsId};

/// What a timer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timer {
    /// The state of a neighbour (`neigh_timer_handler`).
    Neighbour(NsId, DevId, Ipv4Addr),
    /// How long the rest of a datagram is waited for (`ip_expire`).
    Fragments(NsId, frag::Key),
}

/// Timers that are set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timers {
    /// When each goes off, nanoseconds of simulated time; in the order in which
    /// they were set.
    set: Vec<(u64, Timer)>,
}

impl Timers {
    /// Sets `timer` to go off at `due`, wherever it stood before.
    pub(crate) fn set(&mut self, timer: Timer, due: u64) {
        self.cancel(timer);
        self.set.push((due, timer));
    }

    /// `timer` will not go off.
    pub(crate) fn cancel(&mut self, timer: Timer) {
        self.set.retain(|(_, other)| *other != timer);
    }

    /// Is `timer` set?
    pub(crate) fn is_set(&self, timer: Timer) -> bool {
        self.set.iter().any(|(_, other)| *other == timer)
    }

    /// All that are set.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Timer> {
        self.set.iter().map(|(_, timer)| *timer)
    }

    /// When the next one goes off.
    pub(crate) fn next_due(&self) -> Option<u64> {
        self.set.iter().map(|(due, _)| *due).min()
    }

    /// Takes those that go off at `due` or before. Of those set for one moment the
    /// last comes first (`hlist_add_head` in `enqueue_timer`).
    pub(crate) fn take_due(&mut self, due: u64) -> Vec<Timer> {
        let (gone, kept): (Vec<_>, Vec<_>) = self.set.iter().partition(|(at, _)| *at <= due);
        self.set = kept;
        gone.into_iter().rev().map(|(_, timer)| timer).collect()
    }

    /// No timer is set any more.
    pub(crate) fn clear(&mut self) {
        self.set.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timer(last: u8) -> Timer {
        Timer::Neighbour(NsId(0), DevId(1), Ipv4Addr::new(10, 0, 0, last))
    }

    #[test]
    fn the_last_one_set_for_a_moment_goes_off_first() {
        let mut timers = Timers::default();
        timers.set(timer(1), 10);
        timers.set(timer(2), 5);
        timers.set(timer(3), 5);
        assert_eq!(timers.next_due(), Some(5));
        assert_eq!(timers.take_due(5), [timer(3), timer(2)]);
        assert_eq!(timers.take_due(9), []);
        assert_eq!(timers.take_due(10), [timer(1)]);
        assert_eq!(timers.next_due(), None);
    }

    #[test]
    fn a_timer_that_is_set_again_moves() {
        let mut timers = Timers::default();
        timers.set(timer(1), 5);
        timers.set(timer(1), 7);
        assert_eq!(timers.take_due(6), []);
        timers.cancel(timer(1));
        assert_eq!(timers.next_due(), None);
    }
}
