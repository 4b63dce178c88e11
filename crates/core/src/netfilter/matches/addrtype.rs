//! `addrtype` (net/netfilter/xt_addrtype.c).

use std::net::Ipv4Addr;

use packetwalk_rules::xt::addrtype::{AddrTypes, Addrtype, TYPE_NAMES};
use packetwalk_rules::{Match, Neg};

use crate::ip::fib::RouteType;
use crate::walk::Has;
use crate::world::DevId;

use super::{Answer, Ask, all, wanted};

/// `RTN_*`.
fn number(kind: RouteType) -> u8 {
    match kind {
        RouteType::Unicast => 1,
        RouteType::Local => 2,
        RouteType::Broadcast => 3,
        RouteType::Multicast => 5,
        RouteType::Blackhole => 6,
        RouteType::Unreachable => 7,
        RouteType::Prohibit => 8,
        RouteType::Throw => 9,
        RouteType::Other => 10,
    }
}

fn check(
    ask: &Ask<'_>,
    wants: Option<&Neg<AddrTypes>>,
    option: &str,
    addr: Ipv4Addr,
    dev: Option<DevId>,
    found: &Match,
) -> Answer {
    let Some(wants) = wants else {
        return Answer::Yes;
    };
    let kind = number(ask.world.inet_addr_type(ask.ns, addr, dev));
    ask.test(
        wants.value.contains(kind),
        option,
        wants.inverted,
        || wanted(found, option),
        || {
            let name = TYPE_NAMES.get(usize::from(kind)).copied().unwrap_or("");
            Has::Value(format!("{addr}: {name}"))
        },
    )
}

pub(super) fn matches(ask: &Ask<'_>, wants: &Addrtype, found: &Match) -> Answer {
    let dev = if wants.limit_in {
        ask.state.input
    } else if wants.limit_out {
        ask.state.output
    } else {
        None
    };
    let ip = ask.skb.ip();
    all!(
        check(ask, wants.src.as_ref(), "--src-type", ip.src(), dev, found),
        check(ask, wants.dst.as_ref(), "--dst-type", ip.dst(), dev, found),
    )
}
