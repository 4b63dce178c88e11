//! The types of sets there are: one table for all of them
//! (net/netfilter/ipset/ip_set_*.c, and lib/ipset_*.c of ipset 7.17).

/// How a set keeps its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `hash:`
    Hash,
    /// `bitmap:`
    Bitmap,
    /// `list:`
    List,
}

/// One part of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dim {
    /// `ip`
    Ip,
    /// `net`
    Net,
    /// `port`
    Port,
    /// `mac`
    Mac,
    /// `iface`
    Iface,
    /// `mark`
    Mark,
    /// `set`
    Set,
}

/// A type of sets.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// As `create` names it: `hash:ip,port`.
    pub name: &'static str,
    /// What it was called before ipset 6.
    pub alias: &'static str,
    /// How it keeps its entries.
    pub method: Method,
    /// The parts of an entry.
    pub dims: &'static [Dim],
    /// The revision that ipset 7.17 and Linux 6.18 agree on.
    pub revision: u8,
    /// Options of `create`, a bit for each group.
    pub(super) options: u16,
    /// Where an address of the first part may be a range or a network.
    pub(super) spans: u8,
}

/// `family`, `-4`, `-6`
pub(super) const FAMILY: u16 = 1;
/// `hashsize`, `maxelem`, `forceadd`, `bucketsize`, `initval`
pub(super) const HASH: u16 = 2;
/// `netmask` and `bitmask`
pub(super) const MASK: u16 = 4;
/// `markmask`
pub(super) const MARKMASK: u16 = 8;
/// `range`, `from`, `to`
pub(super) const RANGE: u16 = 16;
/// `netmask` of a bitmap
pub(super) const NETMASK: u16 = 32;
/// `network`, the old word for `range`
pub(super) const NETWORK: u16 = 64;
/// `size`
pub(super) const SIZE: u16 = 128;
/// `probes` and `resize`, which mean nothing any more
pub(super) const PROBES: u16 = 256;
/// `gc`, likewise
pub(super) const GC: u16 = 512;
/// `from`, `to` and `network`, likewise
pub(super) const OLD_RANGE: u16 = 1024;
/// What every type knows: `timeout`, `counters`, `comment`, `skbinfo`
pub(super) const ANY: u16 = 2048;

/// A range or a network may be added and deleted.
pub(super) const CHANGE: u8 = 1;
/// And named in `test`, where the first address alone counts.
pub(super) const TEST: u8 = 2;

use Dim::{Iface, Ip, Mac, Mark, Net, Port, Set};

const fn hash(
    name: &'static str,
    alias: &'static str,
    dims: &'static [Dim],
    revision: u8,
    options: u16,
    spans: u8,
) -> Kind {
    Kind {
        name,
        alias,
        method: Method::Hash,
        dims,
        revision,
        options: options | HASH | ANY,
        spans,
    }
}

const fn bitmap(
    name: &'static str,
    alias: &'static str,
    dims: &'static [Dim],
    options: u16,
    spans: u8,
) -> Kind {
    Kind {
        name,
        alias,
        method: Method::Bitmap,
        dims,
        revision: 3,
        options: options | RANGE | ANY,
        spans,
    }
}

const OLD: u16 = PROBES | OLD_RANGE;

/// Every type.
pub const KINDS: [Kind; 16] = [
    bitmap("bitmap:ip", "ipmap", &[Ip], NETMASK | NETWORK, CHANGE),
    bitmap("bitmap:ip,mac", "macipmap", &[Ip, Mac], NETWORK, 0),
    bitmap("bitmap:port", "portmap", &[Port], 0, 0),
    hash(
        "hash:ip",
        "iphash",
        &[Ip],
        6,
        FAMILY | MASK | PROBES | GC,
        CHANGE | TEST,
    ),
    hash("hash:ip,mac", "ipmachash", &[Ip, Mac], 1, FAMILY, 0),
    hash(
        "hash:ip,mark",
        "ipmarkhash",
        &[Ip, Mark],
        3,
        FAMILY | MARKMASK | OLD,
        CHANGE | TEST,
    ),
    hash(
        "hash:ip,port",
        "ipporthash",
        &[Ip, Port],
        7,
        FAMILY | MASK | OLD,
        CHANGE,
    ),
    hash(
        "hash:ip,port,ip",
        "ipportiphash",
        &[Ip, Port, Ip],
        6,
        FAMILY | OLD,
        CHANGE,
    ),
    hash(
        "hash:ip,port,net",
        "ipportnethash",
        &[Ip, Port, Net],
        8,
        FAMILY | OLD,
        CHANGE,
    ),
    hash("hash:mac", "machash", &[Mac], 1, 0, 0),
    hash("hash:net", "nethash", &[Net], 7, FAMILY | PROBES, CHANGE),
    hash(
        "hash:net,iface",
        "netifacehash",
        &[Net, Iface],
        8,
        FAMILY,
        CHANGE,
    ),
    hash(
        "hash:net,net",
        "netnethash",
        &[Net, Net],
        4,
        FAMILY | MASK,
        CHANGE,
    ),
    hash(
        "hash:net,port",
        "netporthash",
        &[Net, Port],
        8,
        FAMILY,
        CHANGE,
    ),
    hash(
        "hash:net,port,net",
        "netportnethash",
        &[Net, Port, Net],
        3,
        FAMILY,
        CHANGE,
    ),
    Kind {
        name: "list:set",
        alias: "setlist",
        method: Method::List,
        dims: &[Set],
        revision: 3,
        options: SIZE | ANY,
        spans: 0,
    },
];

impl Kind {
    /// The type of this name, today's or the old one.
    pub fn find(name: &str) -> Option<&'static Self> {
        const ALL: &[Kind] = &KINDS;
        ALL.iter()
            .find(|kind| kind.name == name || kind.alias == name)
    }

    /// Has an entry such a part?
    pub fn has(&self, dim: Dim) -> bool {
        self.dims.contains(&dim)
    }

    /// Do its sets hold addresses of one family, which `family` chooses?
    pub fn has_family(&self) -> bool {
        self.options & FAMILY != 0
    }

    /// Those parts that are addresses.
    pub fn addresses(&self) -> impl Iterator<Item = Dim> + use<> {
        let dims = self.dims.iter().copied();
        dims.filter(|dim| matches!(dim, Ip | Net))
    }

    /// Is the first, or the second address a network?
    pub fn net(&self, slot: usize) -> bool {
        self.addresses().nth(slot) == Some(Net)
    }

    /// What two types need to have in common to be swapped (`features` of
    /// struct `ip_set_type`): an address and a network count as the same,
    /// but for the `nomatch` that only networks know.
    pub(super) fn features(&self) -> (usize, [bool; 6]) {
        let has = |dim| self.has(dim);
        (
            self.addresses().count(),
            [Port, Mac, Iface, Mark, Set, Net].map(has),
        )
    }
}
