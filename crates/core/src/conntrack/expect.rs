//! Expectations: connections that were announced by another
//! (net/netfilter/nf_conntrack_expect.c).

use super::{Conntrack, CtId, Tuple, Zone, status};

/// An announced connection (`struct nf_conntrack_expect`). Its source port may
/// be any.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expectation {
    /// Who announced it.
    pub master: CtId,
    /// What its first packet is like.
    pub tuple: Tuple,
    /// Its master's zone.
    pub zone: Zone,
    /// How its master's translation carries over to it.
    pub follow: Option<Follow>,
    /// When it is forgotten, nanoseconds of simulated time.
    pub timeout: u64,
}

/// `nf_nat_follow_master`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Follow {
    /// It runs in the master's reply direction.
    pub reply: bool,
    /// The port that was announced.
    pub port: u16,
}

impl Expectation {
    fn fits(&self, tuple: &Tuple) -> bool {
        let own = &self.tuple;
        (own.src, own.dst, own.proto, own.dport) == (tuple.src, tuple.dst, tuple.proto, tuple.dport)
    }
}

impl Conntrack {
    /// `nf_ct_find_expectation`: takes the expectation that a new connection
    /// meets.
    pub(super) fn take_expected(
        &mut self,
        tuple: &Tuple,
        zone: Zone,
        now: u64,
    ) -> Option<Expectation> {
        let at = self.expected.iter().position(|expected| {
            expected.timeout > now
                && expected.zone.number() == zone.number()
                && expected.fits(tuple)
        })?;
        let master = self.get(self.expected.get(at)?.master)?;
        if !master.has(status::CONFIRMED) || master.has(status::DYING) {
            return None;
        }
        Some(self.expected.remove(at))
    }

    /// `nf_ct_expect_related`: expects a connection. `false` if another's stands
    /// in the way. A master of these helpers has one expectation at a time; a
    /// new one takes the old one's place.
    pub(super) fn expect(&mut self, new: Expectation, now: u64) -> bool {
        self.expected.retain(|old| old.timeout > now);
        let same = |old: &Expectation| old.master == new.master && old.fits(&new.tuple);
        let zone = new.zone.number();
        let clash = self
            .expected
            .iter()
            .any(|old| !same(old) && old.zone.number() == zone && old.fits(&new.tuple));
        if clash {
            return false;
        }
        self.expected.retain(|old| old.master != new.master);
        self.expected.insert(0, new);
        true
    }

    /// `nf_ct_remove_expectations`.
    pub(super) fn forget_expected(&mut self, master: CtId) {
        self.expected.retain(|expected| expected.master != master);
    }
}
