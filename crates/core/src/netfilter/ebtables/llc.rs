//! What ebtables asks of frames with a length in place of a type: 802.2 headers
//! and BPDUs (net/bridge/netfilter/ebt_802_3.c, ebt_stp.c). The data of such a
//! frame begins with the 802.2 header.

use packetwalk_rules::Neg;
use packetwalk_rules::ebt::MacMatch;
use packetwalk_rules::ebt::link::Ieee8023;
use packetwalk_rules::ebt::stp::{Stp, StpRange};

use crate::walk::Has;
use crate::wire::be16;
use crate::wire::eth::MacAddr;

use super::matches::{address, value};
use crate::netfilter::matches::{Answer, Ask, all};

/// Both service access points of a frame whose header goes on with SNAP.
const SNAP: u8 = 0xaa;

/// `ebt_802_3_mt`. It looks at what it wants of the frame's memory, however short
/// the frame is; what is behind a frame's end nobody knows.
pub(super) fn ieee_802_3(ask: &Ask<'_>, wants: &Ieee8023) -> Answer {
    let bytes = &ask.skb.data;
    let (Some(dsap), Some(ssap)) = (bytes.first().copied(), bytes.get(1).copied()) else {
        return Answer::NotModelled("802_3 of a short frame".into());
    };
    all!(
        value(ask, wants.sap.as_ref(), "--802_3-sap", Some(ssap)),
        value(ask, wants.sap.as_ref(), "--802_3-sap", Some(dsap)),
        match &wants.kind {
            None => Answer::Yes,
            Some(kind) if dsap != SNAP || ssap != SNAP => ask.no(
                "--802_3-type",
                kind.inverted,
                || format!("{:#06x}", kind.value),
                || Has::Nothing,
            ),
            Some(kind) => {
                // Unnumbered headers have a control field of one byte; behind one
                // of two the kernel's structure has a gap.
                let unnumbered = bytes.get(2).is_some_and(|control| control & 3 != 0);
                match be16(bytes, if unnumbered { 6 } else { 8 }) {
                    None => Answer::NotModelled("802_3 of a short frame".into()),
                    has => value(ask, Some(kind), "--802_3-type", has),
                }
            }
        },
    )
}

/// What a BPDU begins with, as far as the kernel looks at it: 802.2 header,
/// protocol, version.
const BPDU: [u8; 6] = [0x42, 0x42, 0x03, 0, 0, 0];

/// The fields behind that in a configuration BPDU, as the kernel's structure has
/// them. The protocol has two bytes and the structure one: version and type are
/// taken for type and flags, and every field is looked for one byte too early.
const FIELDS: usize = 31;

/// `ebt_stp_mt`.
pub(super) fn stp(ask: &Ask<'_>, wants: &Stp) -> Answer {
    let bytes = &ask.skb.data;
    let Some(rest) = bytes.strip_prefix(&BPDU) else {
        return ask.no("-d", false, || "BGA".into(), || Has::Nothing);
    };
    // What stands there is the version, and the beginning had it zero.
    let kind = value(ask, wants.kind.as_ref(), "--stp-type", Some(0));
    let asks_fields = wants.flags.is_some()
        || wants.root_addr.is_some()
        || wants.sender_addr.is_some()
        || ranges(wants).any(|(wanted, ..)| wanted.is_some());
    if !asks_fields || !matches!(kind, Answer::Yes) {
        return kind;
    }
    if rest.len() < FIELDS {
        return ask.no("--stp-type", false, || "config".into(), || Has::Truncated);
    }
    let mut answer = value(
        ask,
        wants.flags.as_ref(),
        "--stp-flags",
        rest.first().copied(),
    );
    for (wanted, option, at, size) in ranges(wants) {
        if matches!(answer, Answer::Yes) {
            answer = range(ask, wanted, option, number(rest, at, size));
        }
    }
    all!(
        answer,
        mac(ask, wants.root_addr.as_ref(), "--stp-root-addr", rest, 3),
        mac(
            ask,
            wants.sender_addr.as_ref(),
            "--stp-sender-addr",
            rest,
            15
        ),
    )
}

/// The numbers: what is wanted, the option, where the field begins, its size.
fn ranges(
    wants: &Stp,
) -> impl Iterator<Item = (Option<Neg<StpRange>>, &'static str, usize, usize)> {
    [
        (wants.root_prio, "--stp-root-prio", 1, 2),
        (wants.root_cost, "--stp-root-cost", 9, 4),
        (wants.sender_prio, "--stp-sender-prio", 13, 2),
        (wants.port, "--stp-port", 21, 2),
        (wants.msg_age, "--stp-msg-age", 23, 2),
        (wants.max_age, "--stp-max-age", 25, 2),
        (wants.hello_time, "--stp-hello-time", 27, 2),
        (wants.forward_delay, "--stp-forward-delay", 29, 2),
    ]
    .into_iter()
}

/// A number of so many bytes, the high one first.
fn number(bytes: &[u8], at: usize, size: usize) -> u32 {
    let field = bytes.get(at..at + size).unwrap_or_default();
    field.iter().fold(0, |n, byte| n << 8 | u32::from(*byte))
}

fn range(ask: &Ask<'_>, wants: Option<Neg<StpRange>>, option: &str, has: u32) -> Answer {
    let Some(wants) = wants else {
        return Answer::Yes;
    };
    let (low, high) = wants.value;
    ask.test(
        (low..=high).contains(&has),
        option,
        wants.inverted,
        || match low == high {
            true => low.to_string(),
            false => format!("{low}:{high}"),
        },
        || Has::Value(has.to_string()),
    )
}

fn mac(
    ask: &Ask<'_>,
    wants: Option<&Neg<MacMatch>>,
    option: &str,
    bytes: &[u8],
    at: usize,
) -> Answer {
    let mut has = [0; 6];
    let field = bytes.iter().skip(at);
    for (slot, byte) in has.iter_mut().zip(field) {
        *slot = *byte;
    }
    address(ask, wants, option, MacAddr(has))
}
