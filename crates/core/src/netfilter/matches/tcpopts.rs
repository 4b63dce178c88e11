//! `tcpmss` and `ecn` (net/netfilter/xt_tcpmss.c, xt_ecn.c).

use packetwalk_rules::Match;
use packetwalk_rules::xt::ecn::Ecn;
use packetwalk_rules::xt::tcpmss::Tcpmss;

use crate::walk::Has;
use crate::wire::be16;
use crate::wire::tcp::Tcp;

use super::{Answer, Ask, all, wanted};

/// Kind and length of the option that announces a segment size (RFC 9293).
const MSS: [u8; 2] = [2, 4];
/// ECE and CWR among the flags (RFC 3168).
const ECE: u8 = 0x40;
const CWR: u8 = 0x80;

/// The size that the options announce.
fn announced(mut options: &[u8]) -> Option<u16> {
    while let Some(&kind) = options.first() {
        if options.starts_with(&MSS)
            && let Some(mss) = be16(options, 2)
        {
            return Some(mss);
        }
        let step = if kind < 2 || options.len() == 1 {
            1
        } else {
            usize::from(options.get(1).copied().unwrap_or(1).max(1))
        };
        options = options.get(step..).unwrap_or(&[]);
    }
    None
}

pub(super) fn tcpmss(ask: &Ask<'_>, wants: &Tcpmss, found: &Match) -> Answer {
    let option = "--mss";
    let ip = ask.skb.ip();
    let bytes = ip.payload();
    let segment = Tcp(bytes);
    if bytes.len() < 20 || segment.header_len() < 20 || segment.header_len() > bytes.len() {
        return Answer::HotDrop;
    }
    let (low, high) = wants.mss.value;
    match announced(segment.options()) {
        Some(mss) => ask.test(
            (low..=high).contains(&mss),
            option,
            wants.mss.inverted,
            || wanted(found, option),
            || Has::Value(mss.to_string()),
        ),
        None => ask.test(
            false,
            option,
            wants.mss.inverted,
            || wanted(found, option),
            || Has::Nothing,
        ),
    }
}

pub(super) fn ecn(ask: &Ask<'_>, wants: &Ecn, found: &Match) -> Answer {
    let ip = ask.skb.ip();
    let bytes = ip.payload();
    let bit = |wants: Option<bool>, option: &str, mask: u8| {
        let Some(inverted) = wants else {
            return Answer::Yes;
        };
        if bytes.len() < 20 {
            return ask.no(option, false, String::new, || Has::Truncated);
        }
        let set = bytes.get(13).is_some_and(|flags| flags & mask != 0);
        let has = || {
            if set {
                Has::Value("1".into())
            } else {
                Has::Nothing
            }
        };
        ask.test(set, option, inverted, String::new, has)
    };
    all!(
        match wants.ect {
            None => Answer::Yes,
            Some(ect) => {
                let has = ip.tos() & 3;
                ask.test(
                    has == ect.value,
                    "--ecn-ip-ect",
                    ect.inverted,
                    || wanted(found, "--ecn-ip-ect"),
                    || Has::Value(has.to_string()),
                )
            }
        },
        bit(wants.ece, "--ecn-tcp-ece", ECE),
        bit(wants.cwr, "--ecn-tcp-cwr", CWR),
    )
}
