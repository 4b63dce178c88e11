//! `create`: the options of each type (lib/args.c, and the `create` functions of
//! net/netfilter/ipset).

use super::element::{Address, any_address, port};
use super::kinds::{
    ANY, FAMILY, GC, HASH, MARKMASK, MASK, NETMASK, NETWORK, OLD_RANGE, PROBES, RANGE, SIZE,
};
use super::read::{self, Read};
use super::{Dim, IpSet, Kind, Method, prefix};
use crate::diag::{Problem, nearest};

/// An option: its name, whether a word comes behind it, and the types that know
/// it.
pub(super) type Opt = (&'static str, bool, u16);

pub(super) const OPTIONS: [Opt; 23] = [
    ("family", true, FAMILY),
    ("-4", false, FAMILY),
    ("-6", false, FAMILY),
    ("hashsize", true, HASH),
    ("maxelem", true, HASH),
    ("bucketsize", true, HASH),
    ("initval", true, HASH),
    ("forceadd", false, HASH),
    ("netmask", true, MASK | NETMASK),
    ("bitmask", true, MASK),
    ("markmask", true, MARKMASK),
    ("range", true, RANGE),
    ("from", true, RANGE | OLD_RANGE),
    ("to", true, RANGE | OLD_RANGE),
    ("network", true, NETWORK | OLD_RANGE),
    ("size", true, SIZE),
    ("timeout", true, ANY),
    ("counters", false, ANY),
    ("comment", false, ANY),
    ("skbinfo", false, ANY),
    ("probes", true, PROBES),
    ("resize", true, PROBES),
    ("gc", true, GC),
];

impl Kind {
    /// The options of `create` for this type, but for those of ipset 4.
    pub fn create_options(&self) -> impl Iterator<Item = &'static str> {
        let old = |opt: &Opt| ignored(*opt, self) || matches!(opt.0, "from" | "to" | "network");
        let own = OPTIONS.iter().filter(|opt| opt.2 & self.options != 0);
        own.filter(move |opt| !old(opt)).map(|opt| opt.0)
    }

    /// The option of `create` that a word is; two dashes may stand before it.
    pub(super) fn create_option(&self, word: &str) -> Read<Opt> {
        let name = word.strip_prefix("--").unwrap_or(word);
        let own = || OPTIONS.iter().filter(|opt| opt.2 & self.options != 0);
        if let Some(opt) = own().find(|opt| opt.0 == name) {
            return Ok(*opt);
        }
        let problem = Problem::new(format!("{} has no option `{word}`", self.name));
        Err(match nearest(name, own().map(|opt| opt.0)) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem,
        })
    }
}

/// What `create` was told, beyond the set itself.
#[derive(Debug, Default)]
pub(super) struct Asked {
    from: Option<Address>,
    to: Option<u128>,
    ports: (Option<u16>, Option<u16>),
    netmask: bool,
    bitmask: bool,
    /// Options that were there and stand for one value each.
    seen: Vec<&'static str>,
}

impl Asked {
    /// Options that may not come twice; flags may, and so may those that are
    /// ignored.
    pub(super) fn note(&mut self, opt: Opt, kind: &Kind) -> Read<()> {
        let (name, word, group) = opt;
        let flag = !word && group != FAMILY;
        if flag || ignored(opt, kind) {
            return Ok(());
        }
        let slot = match name {
            "-4" | "-6" => "family",
            "from" | "network" => "range",
            _ => name,
        };
        if self.seen.contains(&slot) || (name == "to" && self.to.is_some()) {
            return Err(format!("`{name}` was given already").into());
        }
        self.seen.push(slot);
        Ok(())
    }

    /// Takes one option.
    pub(super) fn set(&mut self, set: &mut IpSet, opt: Opt, word: &str) -> Read<()> {
        if ignored(opt, set.kind) {
            return Ok(());
        }
        match opt.0 {
            "family" => set.inet6 = family(word)?,
            "-6" => set.inet6 = true,
            "hashsize" => set.hashsize = hashsize(read::u32(word)?)?,
            "maxelem" => set.maxelem = read::u32(word)?,
            "bucketsize" => {
                let size = read::u8(word, 0, 255)?.clamp(2, 12);
                set.bucketsize = size + size % 2;
            }
            "initval" => set.initval = Some(read::u32(word)?),
            "forceadd" => set.forceadd = true,
            "netmask" => {
                set.netmask = read::u8(word, 1, set.bits().into())?;
                set.mask = set.prefix(set.netmask);
                self.netmask = true;
            }
            "bitmask" => {
                // A prefix may follow, and says nothing: `ipset save` itself
                // prints one at times, out of memory that it never wrote. What
                // it would not take back (more than 32) must load all the same.
                let mask = match word.split_once('/') {
                    Some((mask, prefix)) => {
                        read::u8(prefix, 0, u8::MAX.into())?;
                        mask
                    }
                    None => word,
                };
                set.mask = read::host(mask, set.inet6)?;
                if set.mask == 0 {
                    return Err("a mask of zeros leaves nothing".into());
                }
                self.bitmask = true;
            }
            "markmask" => {
                set.markmask = read::u32(word)?;
                if set.markmask == 0 {
                    return Err("a mask of zeros leaves nothing".into());
                }
            }
            "size" => set.size = read::u32(word)?.max(4),
            "timeout" => set.timeout = Some(read::timeout(word)?),
            "counters" => set.counters = true,
            "comment" => set.comment = true,
            "skbinfo" => set.skbinfo = true,
            "range" | "from" | "to" | "network" => self.range(set.kind, opt.0, word)?,
            _ => {}
        }
        if self.netmask && self.bitmask {
            return Err("netmask and bitmask exclude each other".into());
        }
        Ok(())
    }

    fn range(&mut self, kind: &Kind, name: &str, word: &str) -> Read<()> {
        if kind.has(Dim::Port) {
            let (from, to) = &mut self.ports;
            match name {
                "range" => {
                    let (proto, port, end) = port(word, false)?;
                    if !matches!(proto, 6 | 17) {
                        return Err("only tcp and udp have ports in a bitmap:port".into());
                    }
                    (*from, *to) = (Some(port), end);
                }
                "from" => *from = Some(read::port(word, 6)?),
                _ => *to = Some(read::port(word, 6)?),
            }
            return Ok(());
        }
        if matches!(name, "from" | "to") {
            let addr = read::host(word.strip_suffix("/32").unwrap_or(word), false)?;
            if name == "to" {
                self.to = Some(addr);
            } else {
                self.from = Some(Address {
                    from: addr,
                    ..Address::default()
                });
            }
            return Ok(());
        }
        let read = any_address(word, false)?;
        if read.length.is_none() && (read.to.is_none() || name == "network") {
            return Err(
                Problem::new(format!("`{word}` is no range")).hint("FIRST-LAST or NET/LENGTH")
            );
        }
        self.from = Some(read);
        Ok(())
    }

    /// Puts the range of a bitmap into the set, once all options are there.
    pub(super) fn finish(&self, set: &mut IpSet) -> Read<()> {
        if set.kind.method != Method::Bitmap {
            return Ok(());
        }
        let missing = || {
            Problem::new(format!("{} needs a range", set.kind.name))
                .hint("range FIRST-LAST, or range NET/LENGTH")
        };
        if set.kind.has(Dim::Port) {
            let (Some(from), Some(to)) = self.ports else {
                return Err(missing());
            };
            set.range = (from.min(to).into(), from.max(to).into());
            return Ok(());
        }
        let from = self.from.ok_or_else(missing)?;
        let narrow = |addr: u128| u32::try_from(addr).unwrap_or(u32::MAX);
        let first = narrow(from.from);
        set.range = match (from.to.or(self.to), from.length) {
            (Some(to), _) => (first.min(narrow(to)), first.max(narrow(to))),
            (None, Some(32)) => return Err("one address is no range".into()),
            (None, Some(length)) => {
                let mask = narrow(prefix(length, false));
                (first & mask, first | !mask)
            }
            (None, None) => return Err(missing()),
        };
        bitmap_size(set)
    }
}

/// Options of ipset 4 that are read over.
pub(super) fn ignored(opt: Opt, kind: &Kind) -> bool {
    opt.2 & (PROBES | GC) != 0 || (opt.2 & OLD_RANGE != 0 && kind.method == Method::Hash)
}

fn family(word: &str) -> Read<bool> {
    match word {
        "inet" | "ipv4" | "-4" => Ok(false),
        "inet6" | "ipv6" | "-6" => Ok(true),
        _ => Err(Problem::new(format!("`{word}` is not a family")).hint("inet or inet6")),
    }
}

fn hashsize(asked: u32) -> Read<u32> {
    asked
        .max(64)
        .checked_next_power_of_two()
        .ok_or_else(|| "no hash is as large as that".into())
}

/// A bitmap holds at most 65536 addresses or networks (`bitmap_ip_create`).
fn bitmap_size(set: &mut IpSet) -> Read<()> {
    let (low, high) = set.range;
    let large = Problem::new("the range is too large").hint("a bitmap holds at most 65536 entries");
    if set.netmask == 32 {
        return if high - low > 0xffff {
            Err(large)
        } else {
            Ok(())
        };
    }
    let mask = u32::try_from(set.mask).unwrap_or(u32::MAX);
    let (low, high) = (low & mask, high | !mask);
    set.range = (low, high);
    // The range has to be a network, and larger than one of its entries.
    let network = (0..32_u8).rev().find(|bits| {
        let mask = u32::try_from(prefix(*bits, false)).unwrap_or(0);
        high & mask == low && (*bits > 0 || high == u32::MAX)
    });
    let Some(bits) = network.filter(|bits| set.netmask > *bits) else {
        return Err(Problem::new("the range is no network of such networks")
            .hint("with netmask the range has to be a network that is wider"));
    };
    if set.netmask - bits > 16 {
        Err(large)
    } else {
        Ok(())
    }
}

/// Is it the set that is there, as far as `create -exist` cares (`same_set`)?
pub(super) fn same(a: &IpSet, b: &IpSet) -> bool {
    let extensions = |s: &IpSet| (s.timeout, s.counters, s.comment, s.skbinfo);
    let masks = |s: &IpSet| {
        let counts = s.kind.options & (MASK | NETMASK) != 0;
        counts.then_some((s.netmask, s.mask))
    };
    let method = match a.kind.method {
        Method::Hash => a.maxelem == b.maxelem && a.markmask == b.markmask,
        Method::Bitmap => a.range == b.range,
        Method::List => a.size == b.size,
    };
    a.kind == b.kind && extensions(a) == extensions(b) && masks(a) == masks(b) && method
}
