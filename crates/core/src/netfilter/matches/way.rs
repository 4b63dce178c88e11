//! What is known around a packet: `policy`, `rpfilter`, `devgroup`, `realm`
//! (net/netfilter/xt_policy.c, xt_devgroup.c, xt_realm.c,
//! net/ipv4/netfilter/ipt_rpfilter.c).
//!
//! IPsec is not modelled: no policy of it applies to any packet.

use packetwalk_rules::xt::group::{Devgroup, Masked, Realm};
use packetwalk_rules::xt::policy::Policy;
use packetwalk_rules::xt::rpfilter::Rpfilter;
use packetwalk_rules::{Match, Neg};

use crate::ip::fib::{FlowKey, RouteType};
use crate::ip::route::RouteError;
use crate::walk::{Has, PktType};
use crate::world::DevId;

use super::{Answer, Ask, all, wanted};

pub(super) fn policy(ask: &Ask<'_>, wants: &Policy) -> Answer {
    let text = |none: bool| if none { "none" } else { "ipsec" }.to_owned();
    ask.test(
        wants.none,
        "--pol",
        false,
        || text(wants.none),
        || Has::Value(text(true)),
    )
}

/// `rpfilter_mt`.
pub(super) fn rpfilter(ask: &Ask<'_>, wants: &Rpfilter) -> Answer {
    let (world, ns, skb) = (ask.world, ask.ns, ask.skb);
    let Some(dev) = ask.state.input else {
        return Answer::NotModelled("rpfilter without an input device".into());
    };
    let ip = skb.ip();
    let answer = |holds: bool, way: String| {
        ask.test(
            holds,
            "--rpfilter",
            wants.invert,
            || world.dev(ns, dev).name.to_string(),
            || match way.as_str() {
                "" => Has::Nothing,
                _ => Has::Value(way),
            },
        )
    };
    let zeronet = |addr: std::net::Ipv4Addr| addr.octets()[0] == 0;
    let group = |addr: std::net::Ipv4Addr| addr.octets()[..3] == [224, 0, 0];
    if skb.pkt_type == PktType::Loopback || world.dev(ns, dev).is_loopback() {
        return answer(true, "lo".into());
    }
    if zeronet(ip.src()) && (ip.dst().is_broadcast() || group(ip.dst())) {
        return answer(true, ip.src().to_string());
    }
    let unset = std::net::Ipv4Addr::UNSPECIFIED;
    let src = if ip.dst().is_multicast() || ip.dst().is_broadcast() || zeronet(ip.dst()) {
        unset
    } else {
        ip.dst()
    };
    let key = FlowKey {
        iif: world.loopback(ns),
        mark: if wants.validmark { skb.mark } else { 0 },
        tos: ip.tos() & 0x1c,
        any_src: true,
        ..FlowKey::output(ip.src(), src)
    };
    let found = match world.fib_lookup(ns, &key) {
        Ok(found) => found,
        Err(RouteError::NotModelled) => {
            return Answer::NotModelled("rpfilter: a policy rule that is not modelled".into());
        }
        Err(_) => return answer(false, String::new()),
    };
    let kind = found.route.kind;
    if kind != RouteType::Unicast && (kind != RouteType::Local || !wants.accept_local) {
        return answer(false, kind.name().to_owned());
    }
    let hops = &found.route.hops;
    let names = || -> Vec<String> {
        let devs = hops.iter().filter_map(|hop| hop.dev);
        devs.map(|dev| world.dev(ns, dev).name.to_string())
            .collect()
    };
    let uses = hops.iter().any(|hop| hop.dev == Some(dev));
    answer(uses || wants.loose, names().join(", "))
}

fn member(
    ask: &Ask<'_>,
    wants: Option<Neg<Masked>>,
    option: &str,
    dev: Option<DevId>,
    found: &Match,
) -> Answer {
    let (Some(wants), Some(dev)) = (wants, dev) else {
        return Answer::Yes;
    };
    let has = ask.world.dev(ask.ns, dev).group;
    ask.test(
        (wants.value.value ^ has) & wants.value.mask == 0,
        option,
        wants.inverted,
        || wanted(found, option),
        || Has::Value(format!("{has:#x}")),
    )
}

pub(super) fn devgroup(ask: &Ask<'_>, wants: &Devgroup, found: &Match) -> Answer {
    all!(
        member(ask, wants.src, "--src-group", ask.state.input, found),
        member(ask, wants.dst, "--dst-group", ask.state.output, found),
    )
}

/// `realm_mt`: the realm of the route that the packet follows.
pub(super) fn realm(ask: &Ask<'_>, wants: &Realm, found: &Match) -> Answer {
    let has = ask.skb.dst.as_ref().map_or(0, |dst| dst.realm);
    ask.test(
        wants.realm.value.value == has & wants.realm.value.mask,
        "--realm",
        wants.realm.inverted,
        || wanted(found, "--realm"),
        || Has::Value(format!("{has:#x}")),
    )
}
