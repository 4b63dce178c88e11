//! From an element to the entries that it stands for: ranges and networks taken
//! apart as the kernel takes them apart (the `uadt` functions of
//! ip_set_hash_*.c and ip_set_bitmap_*.c).

use super::element::{Address, Element};
use super::read::Read;
use super::{Dim, IpSet, Key, Method};
use crate::diag::Problem;

/// So many entries the ranges of one text may stand for, the first of each line
/// not counted: a mistyped range is told, and does not fill the memory.
pub(super) const MOST_STEPS: u32 = 1 << 18;

/// Calls `each` with every entry that the element stands for, until it fails.
/// In a `test` the first address counts alone.
pub(super) fn each(
    element: &Element,
    set: &IpSet,
    test: bool,
    each: &mut dyn FnMut(Key) -> Read<()>,
) -> Read<()> {
    if set.kind.method == Method::Bitmap {
        return bitmap(element, set, test, each);
    }
    let bits = set.bits();
    let mut key = Key {
        proto: element.proto,
        mark: element.mark & set.markmask,
        mac: element.mac.unwrap_or_default(),
        physdev: element.physdev,
        iface: element.iface.clone(),
        ..Key::default()
    };
    for (slot, _) in set.kind.addresses().enumerate() {
        if let Some(length) = key.length.get_mut(slot) {
            *length = bits;
        }
    }
    let mut wanted = element.address;
    for (slot, (dim, address)) in set.kind.addresses().zip(&mut wanted).enumerate() {
        check_length(address, dim, slot, set, test)?;
    }
    let [first, second] = &mut wanted;
    let whole = first.length.is_none_or(|length| length == bits);
    zero(first, element, &key, set, whole)?;
    let ranges = !test && (first.to.is_some() || second.to.is_some());
    for (slot, address) in [&mut *first, &mut *second].into_iter().enumerate() {
        // Ends of ranges are not masked, and neither is what lies between.
        if set.kind.net(slot) && ranges {
            continue;
        }
        address.from &= set.mask;
    }
    let ports = ports(element, set);
    // hash:ip alone steps from network to network.
    let step = match set.kind.dims {
        [Dim::Ip] => 1_u128 << (bits - set.netmask).min(31),
        _ => 1,
    };
    let mut outer = Spans::new(*first, set, 0, step, test);
    while let Some((addr, length)) = outer.next() {
        for port in ports.clone() {
            let mut inner = Spans::new(*second, set, 1, 1, test);
            while let Some((addr2, length2)) = inner.next() {
                key.addr = [addr, addr2];
                if set.kind.net(0) {
                    key.length[0] = length;
                }
                if set.kind.net(1) {
                    key.length[1] = length2;
                }
                key.port = port;
                each(key.clone())?;
            }
        }
    }
    Ok(())
}

fn ports(element: &Element, set: &IpSet) -> std::ops::RangeInclusive<u16> {
    let icmp = if set.inet6 { 58 } else { 1 };
    let with_ports = matches!(element.proto, 6 | 17 | 132 | 136);
    let from = if with_ports || element.proto == icmp {
        element.port
    } else {
        0
    };
    let to = element.port_to.filter(|_| with_ports).unwrap_or(from);
    from.min(to)..=from.max(to)
}

/// Which lengths of a prefix there may be.
fn check_length(address: &Address, dim: Dim, slot: usize, set: &IpSet, test: bool) -> Read<()> {
    let Some(length) = address.length else {
        return Ok(());
    };
    // hash:net,iface and hash:net,port,net take a network of everything.
    let everything = set.kind.has(Dim::Iface) || (set.kind.dims.len() == 3 && set.kind.net(0));
    let good = match dim {
        Dim::Net => length > 0 || everything,
        _ => test || slot > 0 || length > 0,
    };
    if good {
        return Ok(());
    }
    Err(Problem::new("a network of length 0 cannot be in it")
        .hint("two halves can: 0.0.0.0/1 and 128.0.0.0/1"))
}

/// What a kernel does not take because it is zero.
fn zero(first: &mut Address, element: &Element, key: &Key, set: &IpSet, whole: bool) -> Read<()> {
    let addr = first.from & set.mask;
    let ends_at_zero = first.to == Some(0) && addr > 0;
    let bad = match set.kind.dims {
        [Dim::Ip] => addr == 0 || ends_at_zero,
        [Dim::Ip, Dim::Port] => addr == 0,
        [Dim::Ip, Dim::Mark] => !set.inet6 && key.mark == 0 && (addr == 0 || ends_at_zero),
        [Dim::Net, Dim::Net] => set.inet6 && whole && addr == 0,
        [Dim::Mac] | [Dim::Ip, Dim::Mac] => element.mac == Some([0; 6]),
        _ => false,
    };
    if bad {
        return Err(Problem::new("an entry of zeros cannot be in a hash"));
    }
    Ok(())
}

/// The addresses or networks that an address of an element stands for.
struct Spans {
    next: Option<u128>,
    last: u128,
    net: bool,
    inet6: bool,
    /// The length of the one network, if there is no range.
    length: Option<u8>,
    step: u128,
}

impl Spans {
    fn new(address: Address, set: &IpSet, slot: usize, step: u128, test: bool) -> Self {
        let net = set.kind.net(slot);
        let bits = set.bits();
        let mut new = Self {
            next: Some(address.from),
            last: address.from,
            net,
            inet6: set.inet6,
            length: None,
            step,
        };
        match (address.to, address.length) {
            (Some(to), _) if !test => {
                new.next = Some(address.from.min(to));
                new.last = address.from.max(to);
            }
            (_, length) if net => {
                let length = length.unwrap_or(bits);
                new.length = Some(length);
                new.next = Some(address.from & set.prefix(length));
            }
            (_, Some(length)) if !test => {
                let mask = set.prefix(length);
                new.next = Some(address.from & mask);
                new.last = address.from | (set.prefix(bits) & !mask);
            }
            _ => {}
        }
        new
    }

    fn next(&mut self) -> Option<(u128, u8)> {
        let at = self.next?;
        if let Some(length) = self.length {
            self.next = None;
            return Some((at, length));
        }
        let (end, length) = if self.net {
            largest(at, self.last)
        } else {
            (at, if self.inet6 { 128 } else { 32 })
        };
        let step = if self.net { 1 } else { self.step };
        self.next = end.checked_add(step).filter(|next| *next <= self.last);
        Some((at, length))
    }
}

/// The largest network that begins at `from` and ends by `to`: its last address
/// and its length (`ip_set_range_to_cidr`). Ranges are of IPv4 only.
fn largest(from: u128, to: u128) -> (u128, u8) {
    for length in 1..32_u8 {
        let host = u128::from(u32::MAX >> length);
        if from & host == 0 && from | host <= to {
            return (from | host, length);
        }
    }
    (from, 32)
}

/// Entries of bitmaps have to lie in the range of the set.
fn bitmap(
    element: &Element,
    set: &IpSet,
    test: bool,
    each: &mut dyn FnMut(Key) -> Read<()>,
) -> Read<()> {
    let (low, high) = set.range;
    let outside = || {
        Problem::new("outside of the range of the set")
            .hint("the range that `create` gave, both ends included")
    };
    let within = |at: u32| {
        if (low..=high).contains(&at) {
            Ok(at)
        } else {
            Err(outside())
        }
    };
    if set.kind.has(Dim::Port) {
        let from = within(element.port.into())?;
        let to = within(element.port_to.map_or(from, u32::from))?;
        for port in from.min(to)..=from.max(to) {
            each(Key {
                port: u16::try_from(port).unwrap_or(0),
                ..Key::default()
            })?;
        }
        return Ok(());
    }
    let narrow = |addr: u128| u32::try_from(addr).unwrap_or(u32::MAX);
    let [address, _] = element.address;
    let mut from = within(narrow(address.from))?;
    let mut to = from;
    if !test {
        if let Some(end) = address.to {
            let end = narrow(end);
            (from, to) = (from.min(end), from.max(end));
        } else if let Some(length) = address.length {
            if length == 0 {
                return Err(Problem::new("a network of length 0 cannot be in it"));
            }
            let mask = narrow(set.prefix(length));
            (from, to) = (from & mask, from | !mask);
        }
        within(from)?;
        within(to)?;
    }
    let mask = narrow(set.mask);
    let step = 1_u32 << (32 - set.netmask).min(31);
    // More than half of all addresses come out as fewer than none (`before`).
    if to.wrapping_sub(from) > u32::MAX / 2 {
        return Ok(());
    }
    let mut at = from;
    loop {
        each(Key {
            addr: [u128::from(at & mask), 0],
            ..Key::default()
        })?;
        match at.checked_add(step).filter(|next| *next <= to) {
            Some(next) => at = next,
            None => return Ok(()),
        }
    }
}
