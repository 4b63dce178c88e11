//! How often ICMP speaks (net/ipv4/icmp.c, `icmpv4_global_allow` and
//! `icmpv4_xrlim_allow`; net/ipv4/inetpeer.c; net/ipv4/route.c, `ip_error`).
//!
//! Each host that is spoken to has a bucket of tokens (`struct inet_peer`), which
//! ICMP, routes that say no and redirects share; each namespace has credit for all
//! messages together, of which the kernel takes 0, 1 or 2 for one, as it draws. So
//! after many at once it is not known how much is left, which is said.
//!
//! Not modelled: that hosts are forgotten which nobody spoke to for long
//! (`inet_peer_threshold`), and other values of `net.ipv4.route.error_cost` than 0
//! and the kernel's, as no snapshot says how long a tick is.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use crate::flow::SECOND;
use crate::ip::fib::Dst;
use crate::skb::Skb;
use crate::walk::{Event, IcmpLimit, Layer};
use crate::wire::icmp;
use crate::world::{NsId, World};

/// The most that a bucket holds, in messages (`XRLIM_BURST_FACTOR`).
const BURST: u64 = 6;
/// What a host that is new has gathered (`inet_getpeer`), nanoseconds.
const START: u64 = 60 * SECOND;
/// What a route's error costs (`ip_rt_error_cost`), nanoseconds.
const ERROR_COST: u64 = SECOND;
/// The most that routes' errors leave in a bucket (`ip_rt_error_burst`).
const ERROR_BURST: u64 = 5 * SECOND;
/// After so long without redirects they begin anew (`ip_rt_redirect_silence`).
const REDIRECT_SILENCE: u64 = (SECOND / 50) << 10;
/// The least time between two additions to the credit (`HZ / 50`).
const REFILL: u64 = SECOND / 50;

/// What a namespace remembers of how often it spoke.
#[derive(Clone, Debug, Default)]
pub struct IcmpLimits {
    peers: HashMap<Ipv4Addr, Peer>,
    credit: Credit,
}

/// `struct inet_peer`: tokens are nanoseconds.
#[derive(Clone, Copy, Debug)]
struct Peer {
    tokens: u64,
    last: u64,
}

impl Peer {
    fn new(now: u64) -> Self {
        Self {
            tokens: START,
            last: now,
        }
    }

    /// What has been gathered by `now`, at most `most`.
    fn gather(&mut self, now: u64, most: u64) {
        self.tokens = (self.tokens + now.saturating_sub(self.last)).min(most);
        self.last = now;
    }

    /// Takes `cost`, if there is as much.
    fn take(&mut self, cost: u64) -> bool {
        let enough = self.tokens >= cost;
        if enough {
            self.tokens -= cost;
        }
        enough
    }
}

/// `icmp_global_credit`, between the least and the most that it can be.
#[derive(Clone, Copy, Debug, Default)]
struct Credit {
    least: i64,
    most: i64,
    /// When it was added to; `None` before the first time.
    stamp: Option<u64>,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    /// It hangs on what the kernel has drawn.
    Drawn,
}

impl Credit {
    /// `icmp_global_allow`.
    fn allows(&mut self, now: u64, per_second: u32, burst: u32) -> Answer {
        if self.least > 0 {
            return Answer::Yes;
        }
        let since = self.stamp.map_or(SECOND, |stamp| now - stamp).min(SECOND);
        let gained = u64::from(per_second) * since / SECOND;
        if since >= REFILL && gained > 0 {
            let full = |credit: i64| (credit + gained as i64).min(i64::from(burst));
            // What was above zero stays as it is.
            self.least = full(self.least).min(if self.most > 0 { 1 } else { i64::MAX });
            self.most = self.most.max(full(self.most.min(0)));
            self.stamp = Some(now);
            return Answer::Yes;
        }
        if self.most > 0 {
            Answer::Drawn
        } else {
            Answer::No
        }
    }

    /// `icmp_global_consume`.
    fn consume(&mut self) {
        self.least -= 2;
    }
}

impl World {
    /// May a message of this type be sent, as far as all of them together go
    /// (`icmpv4_global_allow`)? What cannot be known ends `about`'s walk.
    pub(super) fn icmp_global_allows(&mut self, ns: NsId, about: &Skb, kind: u8) -> bool {
        let now = self.now;
        let netns = self.ns_mut(ns);
        let sysctl = &netns.sysctl.ipv4;
        let (rate, burst) = (sysctl.icmp_msgs_per_sec, sysctl.icmp_msgs_burst);
        match netns.icmp.credit.allows(now, rate, burst) {
            Answer::Yes => true,
            Answer::No => {
                self.note_limited(ns, about, kind, IcmpLimit::Global);
                false
            }
            Answer::Drawn => {
                self.not_modelled(ns, about, "icmp_msgs_burst, of which the kernel draws");
                false
            }
        }
    }

    /// Is a message of this type and code limited at all (`icmpv4_mask_allow`)?
    pub(super) fn icmp_is_limited(&self, ns: NsId, kind: u8, code: u8) -> bool {
        let path_mtu = (kind, code) == (icmp::DEST_UNREACH, icmp::unreach::FRAG_NEEDED);
        let mask = self.ns(ns).sysctl.ipv4.icmp_ratemask;
        !path_mtu && mask.checked_shr(kind.into()).unwrap_or(0) & 1 != 0
    }

    /// May a message go to `to` by `route` (`icmpv4_xrlim_allow`)? If it may, it
    /// counts.
    pub(super) fn icmp_peer_allows(
        &mut self,
        ns: NsId,
        about: &Skb,
        kind: u8,
        (route, to): (&Dst, Ipv4Addr),
    ) -> bool {
        let now = self.now;
        let cost = u64::try_from(self.ns(ns).sysctl.ipv4.icmp_ratelimit).unwrap_or(0);
        let cost = cost * (SECOND / 1000);
        let free = self.dev(ns, route.dev).is_loopback();
        let limits = &mut self.ns_mut(ns).icmp;
        if !free {
            let peer = limits.peers.entry(to).or_insert_with(|| Peer::new(now));
            peer.gather(now, BURST * cost);
            if !peer.take(cost) {
                self.note_limited(ns, about, kind, IcmpLimit::Peer { peer: to.into() });
                return false;
            }
        }
        self.ns_mut(ns).icmp.credit.consume();
        true
    }

    /// May the error of a route that says no be sent to the packet's sender
    /// (`ip_error`)?
    pub(super) fn route_error_allowed(&mut self, ns: NsId, about: &Skb) -> bool {
        let now = self.now;
        let to = about.ip().src();
        let cost = match self.ns(ns).sysctl.ipv4.route_error_cost {
            0 => 0,
            _ => ERROR_COST,
        };
        let peers = &mut self.ns_mut(ns).icmp.peers;
        let peer = peers.entry(to).or_insert_with(|| Peer::new(now));
        peer.gather(now, ERROR_BURST);
        let allowed = peer.take(cost);
        if !allowed {
            let limit = IcmpLimit::Route { peer: to.into() };
            self.note_limited(ns, about, icmp::DEST_UNREACH, limit);
        }
        allowed
    }

    /// A redirect was sent to `to`: the bucket of errors has been emptied
    /// (`ip_rt_send_redirect`).
    pub(super) fn redirect_counts(&mut self, ns: NsId, to: Ipv4Addr) {
        let now = self.now;
        let peers = &mut self.ns_mut(ns).icmp.peers;
        let new = !peers.contains_key(&to);
        let peer = peers.entry(to).or_insert_with(|| Peer::new(now));
        if new || now > peer.last + REDIRECT_SILENCE {
            peer.tokens = 0;
        }
        peer.last = now;
    }

    fn note_limited(&mut self, ns: NsId, about: &Skb, kind: u8, limit: IcmpLimit) {
        self.note(ns, Layer::Transport, about, |_| Event::IcmpLimited {
            icmp: kind,
            limit,
        });
    }
}
