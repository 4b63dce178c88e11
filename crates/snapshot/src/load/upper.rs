//! Which device a macvlan or ipvlan stands on.
//!
//! It knows the ifindex of the device below and, when that is in another
//! namespace, a number for it which means something only at home. What the
//! cables have told of such numbers is used; among several that still fit, the
//! host's is taken, which is where Docker puts them.

use packetwalk_core::world::device::DeviceKind;
use packetwalk_core::world::{DevId, NsId, World};

use super::Notes;
use super::pair::{End, Numbers, Place};

fn candidates(world: &World, end: &End, numbers: &Numbers) -> Vec<(NsId, DevId)> {
    let fits = |ns: NsId| match end.place {
        Place::Unknown => true,
        Place::Home => ns == end.ns,
        Place::Away(number) => {
            let known = number.and_then(|number| numbers.get(&(end.ns, number)));
            ns != end.ns && known.is_none_or(|known| *known == ns)
        }
    };
    let all = (0u16..).map(NsId).zip(&world.namespaces);
    all.filter(|(ns, _)| fits(*ns))
        .filter_map(|(ns, netns)| {
            let dev = netns.dev_by_index(end.peer_index?)?;
            let device = world.dev(ns, dev);
            let stands_alone = !matches!(
                device.kind,
                DeviceKind::Loopback | DeviceKind::Macvlan { .. } | DeviceKind::Other(_)
            );
            (stands_alone && device.port.is_none()).then_some((ns, dev))
        })
        .collect()
}

/// Puts each of `uppers` onto the device below it.
pub(super) fn settle(world: &mut World, uppers: &[End], numbers: &Numbers, notes: &mut Notes) {
    for end in uppers {
        let found = candidates(world, end, numbers);
        let host = |(ns, _): &&(NsId, DevId)| &*world.ns(*ns).name == "host";
        let chosen = match found[..] {
            [one] => Some(one),
            _ => found.iter().find(host).copied(),
        };
        let name = world.dev(end.ns, end.dev).name.clone();
        let Some((ns, dev)) = chosen else {
            let message = format!("the device below {name} is not in the snapshot");
            notes.warn_at(&end.seen, message, "what it sends leads outside");
            continue;
        };
        match &mut world.dev_mut(end.ns, end.dev).kind {
            DeviceKind::Macvlan { lower, .. } => {
                *lower = Some((ns, dev));
                world.dev_mut(ns, dev).uppers.push((end.ns, end.dev));
            }
            DeviceKind::Other(kind) => {
                let kind = kind.clone();
                world.dev_mut(ns, dev).captured = Some(kind);
            }
            _ => {}
        }
    }
}
