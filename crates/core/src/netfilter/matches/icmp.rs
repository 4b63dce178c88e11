//! `icmp` (`icmp_match`, net/netfilter/xt_tcpudp.c).

use packetwalk_rules::Match;
use packetwalk_rules::xt::icmp::Icmp;

use crate::walk::Has;

use super::{Answer, Ask, wanted};

pub(super) fn matches(ask: &Ask<'_>, wants: &Icmp, found: &Match) -> Answer {
    let ip = ask.skb.ip();
    if ip.frag_offset() != 0 {
        return ask.no("--icmp-type", false, String::new, || Has::Fragment);
    }
    let Some(&[kind, code, ..]) = ip.payload().get(..8) else {
        return Answer::HotDrop;
    };
    let want = &wants.kind.value;
    // 255 stands for any type.
    let holds =
        want.kind == 0xff || (want.kind == kind && (want.codes.0..=want.codes.1).contains(&code));
    ask.test(
        holds,
        "--icmp-type",
        wants.kind.inverted,
        || wanted(found, "--icmp-type"),
        || Has::Value(format!("{kind}/{code}")),
    )
}
