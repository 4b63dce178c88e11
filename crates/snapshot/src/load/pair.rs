//! Which veth is whose other end.
//!
//! A device knows its peer's ifindex and, when the peer is in another
//! namespace, a number for that namespace which means something only at home.
//! Two ends fit when each names the other's index; one number at home always
//! means the same namespace, and two numbers never do. What is certain is tied
//! first, and what it says about namespace numbers makes more certain. Where
//! several still fit, subnets, forwarding databases and neighbour tables tell;
//! where they do not either, the ends stay loose, and that is said.

use std::collections::HashMap;

use ipnet::IpNet;
use packetwalk_core::world::device::DeviceKind;
use packetwalk_core::world::{DevId, NsId, World};

use super::{Notes, Seen};

/// One end of a veth pair, as its own namespace shows it.
#[derive(Clone, Debug)]
pub(super) struct End {
    /// Its namespace.
    pub ns: NsId,
    /// Itself.
    pub dev: DevId,
    /// Its ifindex.
    pub ifindex: u32,
    /// The ifindex of its other end, if told.
    pub peer_index: Option<u32>,
    /// Where the other end is.
    pub place: Place,
    /// Where it stands in the snapshot.
    pub seen: Seen,
}

/// Devices that stand on, or are cabled to, one that may be in another namespace.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// Ends of veth pairs.
    pub veths: Vec<End>,
    /// Devices on top of another.
    pub uppers: Vec<End>,
}

/// Which namespace a number means, in the namespace that uses it.
pub(super) type Numbers = HashMap<(NsId, u64), NsId>;

/// Where the other end of a veth is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Not told.
    Unknown,
    /// In the same namespace.
    Home,
    /// In another one; with the number that it has here, if it has one.
    Away(Option<u64>),
}

/// What an end offers to the other: its ifindex, and its peer's.
type Key = (u32, Option<u32>);

struct Solver<'a> {
    world: &'a World,
    ends: &'a [End],
    /// Ends by what they offer.
    offers: HashMap<Key, Vec<usize>>,
    /// Ends by their peer's ifindex.
    wants: HashMap<u32, Vec<usize>>,
    peer: Vec<Option<usize>>,
    numbers: Numbers,
    /// `numbers` the other way round.
    numbered: HashMap<(NsId, NsId), u64>,
}

impl<'a> Solver<'a> {
    fn new(world: &'a World, ends: &'a [End]) -> Self {
        let mut offers: HashMap<Key, Vec<usize>> = HashMap::new();
        let mut wants: HashMap<u32, Vec<usize>> = HashMap::new();
        for (at, end) in ends.iter().enumerate() {
            let key = (end.ifindex, end.peer_index);
            offers.entry(key).or_default().push(at);
            if let Some(index) = end.peer_index {
                wants.entry(index).or_default().push(at);
            }
        }
        Self {
            world,
            ends,
            offers,
            wants,
            peer: vec![None; ends.len()],
            numbers: HashMap::new(),
            numbered: HashMap::new(),
        }
    }

    fn free(&self, at: usize) -> bool {
        self.peer.get(at).is_some_and(Option::is_none)
    }

    /// May `other` be in the place that `mine` tells of?
    fn place_fits(&self, mine: &End, other: &End) -> bool {
        match mine.place {
            Place::Unknown => true,
            Place::Home => mine.ns == other.ns,
            Place::Away(None) => mine.ns != other.ns,
            Place::Away(Some(number)) => {
                let known = self.numbers.get(&(mine.ns, number));
                let numbered = self.numbered.get(&(mine.ns, other.ns));
                mine.ns != other.ns
                    && known.is_none_or(|ns| *ns == other.ns)
                    && numbered.is_none_or(|known| *known == number)
            }
        }
    }

    /// The ends that may be the other end of `a`.
    fn candidates(&self, a: usize) -> Vec<usize> {
        let Some(x) = self.ends.get(a).filter(|_| self.free(a)) else {
            return Vec::new();
        };
        let lists = match x.peer_index {
            Some(index) => [
                self.offers.get(&(index, Some(x.ifindex))),
                self.offers.get(&(index, None)),
            ],
            None => [self.wants.get(&x.ifindex), None],
        };
        let fits = |b: &usize| {
            *b != a
                && self.free(*b)
                && self
                    .ends
                    .get(*b)
                    .is_some_and(|y| self.place_fits(x, y) && self.place_fits(y, x))
        };
        let all = lists.into_iter().flatten().flatten();
        all.copied().filter(fits).collect()
    }

    fn tie(&mut self, a: usize, b: usize) {
        for (one, other) in [(a, b), (b, a)] {
            if let Some(place) = self.peer.get_mut(one) {
                *place = Some(other);
            }
            let (Some(x), Some(y)) = (self.ends.get(one), self.ends.get(other)) else {
                return;
            };
            if let Place::Away(Some(number)) = x.place {
                self.numbers.insert((x.ns, number), y.ns);
                self.numbered.insert((x.ns, y.ns), number);
            }
        }
    }

    /// Ties every pair of which neither end may be another's; says whether
    /// there was one.
    fn tie_certain(&mut self) -> bool {
        let mut progress = false;
        for a in 0..self.ends.len() {
            if let [b] = self.candidates(a)[..]
                && self.candidates(b) == [a]
            {
                self.tie(a, b);
                progress = true;
            }
        }
        progress
    }

    /// Ties the first pair that has more in common than either end has with
    /// any other; says whether there was one.
    fn tie_likely(&mut self) -> bool {
        for a in 0..self.ends.len() {
            if let Some(b) = self.likeliest(a)
                && self.likeliest(b) == Some(a)
            {
                self.tie(a, b);
                return true;
            }
        }
        false
    }

    fn likeliest(&self, a: usize) -> Option<usize> {
        let mut best = None;
        let mut most = 0;
        for b in self.candidates(a) {
            let common = self.in_common(a, b);
            if common > most {
                (best, most) = (Some(b), common);
            } else if common == most {
                best = None;
            }
        }
        best
    }

    /// How much speaks for these two: a MAC address that one side has seen
    /// there, or a common subnet.
    fn in_common(&self, a: usize, b: usize) -> u32 {
        let (Some(x), Some(y)) = (self.ends.get(a), self.ends.get(b)) else {
            return 0;
        };
        let (near, far) = (self.nets(x), self.nets(y));
        let mut common = u32::from(near.iter().any(|net| far.contains(net)));
        for (one, other) in [(x, y), (y, x)] {
            common += 4 * u32::from(self.learnt(one, other));
            common += 4 * u32::from(self.neighbours(one, other));
        }
        common
    }

    /// The device that has the addresses: the end itself, or its bridge.
    fn upper(&self, end: &End) -> DevId {
        let device = self.world.dev(end.ns, end.dev);
        device.port.as_ref().map_or(end.dev, |port| port.bridge)
    }

    fn nets(&self, end: &End) -> Vec<IpNet> {
        let device = self.world.dev(end.ns, self.upper(end));
        // Link-local subnets are the same on every link.
        let addrs = device.addrs.iter().filter(|addr| addr.scope == 0);
        addrs
            .filter_map(|addr| IpNet::new(addr.local, addr.prefix).ok())
            .map(|net| net.trunc())
            .collect()
    }

    /// Has the bridge that `x` is a port of learnt `y`'s MAC address there?
    fn learnt(&self, x: &End, y: &End) -> bool {
        let Some(port) = &self.world.dev(x.ns, x.dev).port else {
            return false;
        };
        let mac = self.world.dev(y.ns, y.dev).mac;
        let bridge = self.world.dev(x.ns, port.bridge).bridge();
        let entry = bridge.and_then(|bridge| bridge.fdb.find(mac, 0));
        entry.is_some_and(|entry| entry.port == Some(x.dev) && !entry.local)
    }

    /// Does `x`'s neighbour table know one of `y`'s addresses, at its MAC?
    fn neighbours(&self, x: &End, y: &End) -> bool {
        let dev = self.upper(x);
        let device = self.world.dev(y.ns, self.upper(y));
        device.addrs.iter().any(|addr| {
            let entry = self.world.ns(x.ns).neigh.find(dev, addr.local);
            entry.is_some_and(|entry| entry.mac == device.mac && entry.state.is_valid())
        })
    }

    fn name(&self, at: usize) -> String {
        self.ends.get(at).map_or_else(String::new, |end| {
            let netns = &self.world.ns(end.ns).name;
            format!("{} in {netns}", self.world.dev(end.ns, end.dev).name)
        })
    }

    /// Says which ends could not be told apart.
    fn report(&self, notes: &mut Notes) {
        for (a, end) in self.ends.iter().enumerate() {
            let candidates = self.candidates(a);
            if candidates.is_empty() || candidates.iter().any(|b| *b < a) {
                continue;
            }
            let names: Vec<String> = candidates.iter().map(|b| self.name(*b)).collect();
            notes.warn_at(
                &end.seen,
                format!(
                    "the other end of {} may be {}; it is left loose",
                    self.name(a),
                    names.join(" or ")
                ),
                "addresses, neighbours or forwarding databases would tell",
            );
        }
    }
}

/// Ties the ends together, and gives what that has told of namespace numbers.
pub(super) fn pair(world: &mut World, ends: &[End], notes: &mut Notes) -> Numbers {
    let mut solver = Solver::new(world, ends);
    while solver.tie_certain() || solver.tie_likely() {}
    solver.report(notes);
    let (tied, numbers) = (solver.peer, solver.numbers);
    for (end, peer) in ends.iter().zip(tied) {
        let Some(peer) = peer.and_then(|peer| ends.get(peer)) else {
            continue;
        };
        if let DeviceKind::Veth { peer: place } = &mut world.dev_mut(end.ns, end.dev).kind {
            *place = Some((peer.ns, peer.dev));
        }
    }
    numbers
}
