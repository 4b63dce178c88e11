//! Which veth is whose other end.
//!
//! A device knows its peer's ifindex and, when the peer is in another
//! namespace, a number for that namespace which means something only at home.
//! Two ends fit when each names the other's index; one number at home always
//! means the same namespace. What is certain is tied first, and what it says
//! about namespace numbers makes more certain.

use std::collections::HashMap;

use packetwalk_core::world::device::DeviceKind;
use packetwalk_core::world::{DevId, NsId, World};

use super::Notes;

/// One end of a veth pair, as its own namespace shows it.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub ns: NsId,
    pub dev: DevId,
    pub ifindex: u32,
    pub peer_index: Option<u32>,
    pub nsid: Option<u32>,
    pub peer_name: Option<String>,
}

struct Solver<'a> {
    world: &'a World,
    ends: &'a [End],
    peer: Vec<Option<usize>>,
    numbers: HashMap<(NsId, u32), NsId>,
}

impl Solver<'_> {
    fn fits(&self, a: usize, b: usize) -> bool {
        let (Some(x), Some(y)) = (self.ends.get(a), self.ends.get(b)) else {
            return false;
        };
        let free = |at: usize| self.peer.get(at).is_some_and(Option::is_none);
        let index =
            |mine: &End, other: &End| mine.peer_index.is_none_or(|index| index == other.ifindex);
        let number = |mine: &End, other: &End| match mine.nsid {
            None => mine.ns == other.ns,
            Some(nsid) => {
                mine.ns != other.ns
                    && self
                        .numbers
                        .get(&(mine.ns, nsid))
                        .is_none_or(|ns| *ns == other.ns)
            }
        };
        let name = |mine: &End, other: &End| match &mine.peer_name {
            // "if6" stands for an index whose name is not known here.
            Some(name) if mine.ns == other.ns => {
                self.world.dev(other.ns, other.dev).name.as_ref() == name
            }
            _ => true,
        };
        a != b
            && free(a)
            && free(b)
            && (x.peer_index.is_some() || y.peer_index.is_some() || x.peer_name.is_some())
            && index(x, y)
            && index(y, x)
            && number(x, y)
            && number(y, x)
            && name(x, y)
            && name(y, x)
    }

    fn tie(&mut self, a: usize, b: usize) {
        for (one, other) in [(a, b), (b, a)] {
            if let Some(place) = self.peer.get_mut(one) {
                *place = Some(other);
            }
            let (Some(x), Some(y)) = (self.ends.get(one), self.ends.get(other)) else {
                return;
            };
            if let Some(nsid) = x.nsid {
                self.numbers.insert((x.ns, nsid), y.ns);
            }
        }
    }

    fn candidates(&self, a: usize) -> Vec<usize> {
        (0..self.ends.len()).filter(|b| self.fits(a, *b)).collect()
    }

    /// Do the two ends share a subnet, a bridge's included?
    fn related(&self, a: usize, b: usize) -> bool {
        let nets = |at: usize| {
            let mut found = Vec::new();
            let Some(end) = self.ends.get(at) else {
                return found;
            };
            let device = self.world.dev(end.ns, end.dev);
            let master = device
                .port
                .as_ref()
                .map(|port| self.world.dev(end.ns, port.bridge));
            for addr in device
                .addrs
                .iter()
                .chain(master.into_iter().flat_map(|bridge| &bridge.addrs))
            {
                if addr.local.is_ipv4()
                    && let Ok(net) = ipnet::IpNet::new(addr.local, addr.prefix)
                {
                    found.push(net.trunc());
                }
            }
            found
        };
        let (one, other) = (nets(a), nets(b));
        one.iter().any(|net| other.contains(net)) || self.mac_known(a, b) || self.mac_known(b, a)
    }

    /// Does the bridge that `a` is a port of know `b`'s MAC behind it?
    fn mac_known(&self, a: usize, b: usize) -> bool {
        let (Some(x), Some(y)) = (self.ends.get(a), self.ends.get(b)) else {
            return false;
        };
        let Some(port) = &self.world.dev(x.ns, x.dev).port else {
            return false;
        };
        let mac = self.world.dev(y.ns, y.dev).mac;
        self.world
            .dev(x.ns, port.bridge)
            .bridge()
            .and_then(|bridge| bridge.fdb.find(mac, 0))
            .is_some_and(|entry| entry.port == Some(x.dev))
    }
}

/// Ties the ends together.
pub(super) fn pair(world: &mut World, ends: &[End], notes: &mut Notes) {
    let mut solver = Solver {
        world,
        ends,
        peer: vec![None; ends.len()],
        numbers: HashMap::new(),
    };
    loop {
        let mut progress = false;
        // What can be only one.
        for a in 0..ends.len() {
            if let [b] = solver.candidates(a)[..]
                && solver.candidates(b) == [a]
            {
                solver.tie(a, b);
                progress = true;
            }
        }
        if progress {
            continue;
        }
        // What shares a network is more likely than what does not.
        for a in 0..ends.len() {
            let near: Vec<usize> = solver
                .candidates(a)
                .into_iter()
                .filter(|b| solver.related(a, *b))
                .collect();
            if let [b] = near[..] {
                solver.tie(a, b);
                progress = true;
                break;
            }
        }
        if progress {
            continue;
        }
        // Any that fits; said aloud.
        for a in 0..ends.len() {
            if let Some(&b) = solver.candidates(a).first() {
                let (x, y) = (&ends[a], &ends[b]);
                let message = format!(
                    "the other end of {} in {} could be several; taking {} in {}",
                    solver.world.dev(x.ns, x.dev).name,
                    solver.world.ns(x.ns).name,
                    solver.world.dev(y.ns, y.dev).name,
                    solver.world.ns(y.ns).name,
                );
                notes.warn(0, message, "");
                solver.tie(a, b);
                progress = true;
                break;
            }
        }
        if !progress {
            break;
        }
    }
    let tied = solver.peer;
    for (at, peer) in tied.iter().enumerate() {
        let (Some(end), Some(peer)) = (ends.get(at), peer.and_then(|peer| ends.get(peer))) else {
            continue;
        };
        let target = (peer.ns, peer.dev);
        if let DeviceKind::Veth { peer } = &mut world.dev_mut(end.ns, end.dev).kind {
            *peer = Some(target);
        }
    }
}
