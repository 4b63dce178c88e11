//! `physdev` (net/netfilter/xt_physdev.c).

use packetwalk_rules::xt::physdev::Physdev;
use packetwalk_rules::{IfaceMatch, Match, Neg};

use crate::walk::Has;
use crate::world::DevId;

use super::{Answer, Ask, all};

fn is(ask: &Ask<'_>, wants: Option<&Neg<()>>, option: &str, holds: bool) -> Answer {
    match wants {
        None => Answer::Yes,
        Some(wants) => ask.test(holds, option, wants.inverted, String::new, || Has::NoBridge),
    }
}

fn port(ask: &Ask<'_>, wants: Option<&IfaceMatch>, option: &str, dev: Option<DevId>) -> Answer {
    let Some(wants) = wants else {
        return Answer::Yes;
    };
    let name = dev.map(|dev| &*ask.world.dev(ask.ns, dev).name);
    ask.test(
        name.is_some_and(|name| wants.fits(name)),
        option,
        wants.inverted,
        || wants.name.to_string(),
        || name.map_or(Has::Nothing, |name| Has::Value(name.to_owned())),
    )
}

pub(super) fn matches(ask: &Ask<'_>, wants: &Physdev, _: &Match) -> Answer {
    let Some(info) = &ask.skb.bridge else {
        // Not bridged: only negations hold.
        let name = |option: &str, wants: Option<&IfaceMatch>| match wants {
            Some(wants) if !wants.inverted => {
                ask.no(option, false, || wants.name.to_string(), || Has::NoBridge)
            }
            _ => Answer::Yes,
        };
        return all!(
            is(
                ask,
                wants.is_bridged.as_ref(),
                "--physdev-is-bridged",
                false
            ),
            is(ask, wants.is_in.as_ref(), "--physdev-is-in", false),
            is(ask, wants.is_out.as_ref(), "--physdev-is-out", false),
            name("--physdev-in", wants.iface_in.as_ref()),
            name("--physdev-out", wants.iface_out.as_ref()),
        );
    };
    all!(
        is(
            ask,
            wants.is_bridged.as_ref(),
            "--physdev-is-bridged",
            info.physout.is_some()
        ),
        is(
            ask,
            wants.is_in.as_ref(),
            "--physdev-is-in",
            info.physin.is_some()
        ),
        is(
            ask,
            wants.is_out.as_ref(),
            "--physdev-is-out",
            info.physout.is_some()
        ),
        port(ask, wants.iface_in.as_ref(), "--physdev-in", info.physin),
        port(ask, wants.iface_out.as_ref(), "--physdev-out", info.physout),
    )
}
