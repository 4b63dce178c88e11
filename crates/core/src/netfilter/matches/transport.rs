//! `sctp`, `dccp`, `ah`, `esp` and `ipcomp` (net/netfilter/xt_sctp.c,
//! xt_dccp.c, xt_esp.c, xt_ipcomp.c, net/ipv4/netfilter/ipt_ah.c).

use packetwalk_rules::Match;
use packetwalk_rules::xt::dccp::Dccp;
use packetwalk_rules::xt::sctp::{Chunks, Sctp, Which};
use packetwalk_rules::xt::spi::{Ah, Esp, Ipcomp, Spis};

use crate::walk::Has;
use crate::wire::{be16, be32};

use super::ports::port;
use super::{Answer, Ask, all, wanted};

/// Where chunks begin.
const SCTP_HEADER: usize = 12;

/// The bytes behind the IP header, at least so many of them; otherwise what the
/// match says: no to later fragments, and a drop of what is too short.
fn header<'a>(ask: &'a Ask<'_>, option: &str, length: usize) -> Result<&'a [u8], Answer> {
    let ip = ask.skb.ip();
    if ip.frag_offset() != 0 {
        return Err(ask.no(option, false, String::new, || Has::Fragment));
    }
    let bytes = ip.payload();
    if bytes.len() < length {
        return Err(Answer::HotDrop);
    }
    Ok(bytes)
}

/// `match_packet` of xt_sctp.c; `None` if a chunk has no header or no length.
fn has_chunks(mut rest: &[u8], wants: &Chunks) -> Option<bool> {
    let listed = |kind: u8| {
        if wants.all {
            return Some((0, 0));
        }
        let found = wants.types.iter().find(|(other, ..)| *other == kind);
        found.map(|(_, mask, value)| (*mask, *value))
    };
    let mut missing: Vec<u8> = wants.types.iter().map(|(kind, ..)| *kind).collect();
    loop {
        let (kind, flags) = (*rest.first()?, rest.get(1)?);
        let length = be16(rest, 2).filter(|length| *length != 0)?;
        let fits = listed(kind).map(|(mask, value)| flags & mask == value);
        match (wants.which, fits) {
            (Which::Any, Some(true)) => return Some(true),
            (Which::All, Some(true)) => missing.retain(|other| *other != kind),
            (Which::Only, None | Some(false)) => return Some(false),
            _ => {}
        }
        let next = usize::from(length).next_multiple_of(4);
        match rest.get(next..) {
            Some(more) if !more.is_empty() => rest = more,
            _ => break,
        }
    }
    Some(match wants.which {
        // Every type that there could be is never there.
        Which::All => missing.is_empty() && !wants.all,
        Which::Any => false,
        Which::Only => true,
    })
}

pub(super) fn sctp(ask: &Ask<'_>, wants: &Sctp, found: &Match) -> Answer {
    let bytes = match header(ask, "--dport", SCTP_HEADER) {
        Ok(bytes) => bytes,
        Err(answer) => return answer,
    };
    let (sport, dport) = (be16(bytes, 0).unwrap_or(0), be16(bytes, 2).unwrap_or(0));
    all!(
        port(ask, wants.sport, "--sport", sport, found),
        port(ask, wants.dport, "--dport", dport, found),
        match &wants.chunks {
            None => Answer::Yes,
            Some(chunks) => {
                let rest = bytes.get(SCTP_HEADER..).unwrap_or(&[]);
                let Some(holds) = has_chunks(rest, &chunks.value) else {
                    return Answer::HotDrop;
                };
                ask.test(
                    holds,
                    "--chunk-types",
                    chunks.inverted,
                    || wanted(found, "--chunk-types"),
                    || Has::Value(chunk_types(rest)),
                )
            }
        },
    )
}

/// The numbers of a packet's chunk types.
fn chunk_types(mut rest: &[u8]) -> String {
    let mut types = Vec::new();
    while let (Some(kind), Some(length)) = (rest.first(), be16(rest, 2)) {
        types.push(kind.to_string());
        let next = usize::from(length.max(4)).next_multiple_of(4);
        rest = rest.get(next..).unwrap_or(&[]);
    }
    types.join(",")
}

/// Length of a DCCP header without options, by its type (`__dccp_hdr_len`).
fn dccp_header(kind: u8, extended: bool) -> usize {
    let more = match kind {
        0 => 4,
        1 | 7 => 12,
        2 => 0,
        _ => 8,
    };
    12 + if extended { 4 } else { 0 } + more
}

/// Is the option there? `None` if the header makes no sense.
fn dccp_option(bytes: &[u8], kind: u8, wanted: u8) -> Option<bool> {
    let extended = bytes.get(8)? & 1 != 0;
    let start = dccp_header(kind, extended);
    let end = usize::from(*bytes.get(4)?) * 4;
    if end < start {
        return None;
    }
    let mut options = bytes.get(start..end)?;
    while let Some(&option) = options.first() {
        if option == wanted {
            return Some(true);
        }
        let step = if option < 2 {
            1
        } else {
            usize::from(options.get(1).copied().unwrap_or(1).max(1))
        };
        options = options.get(step..).unwrap_or(&[]);
    }
    Some(false)
}

pub(super) fn dccp(ask: &Ask<'_>, wants: &Dccp, found: &Match) -> Answer {
    let bytes = match header(ask, "--dport", 12) {
        Ok(bytes) => bytes,
        Err(answer) => return answer,
    };
    let (sport, dport) = (be16(bytes, 0).unwrap_or(0), be16(bytes, 2).unwrap_or(0));
    let kind = bytes.get(8).map_or(0, |byte| byte >> 1 & 0xf);
    all!(
        port(ask, wants.sport, "--sport", sport, found),
        port(ask, wants.dport, "--dport", dport, found),
        match wants.types {
            None => Answer::Yes,
            Some(types) => ask.test(
                types.value & (1 << kind) != 0,
                "--dccp-types",
                types.inverted,
                || wanted(found, "--dccp-types"),
                || Has::Value(kind.to_string()),
            ),
        },
        match wants.option {
            None => Answer::Yes,
            Some(option) => match dccp_option(bytes, kind, option.value) {
                None => Answer::HotDrop,
                Some(holds) => ask.test(
                    holds,
                    "--dccp-option",
                    option.inverted,
                    || option.value.to_string(),
                    || Has::Nothing,
                ),
            },
        },
    )
}

fn spi(ask: &Ask<'_>, wants: Spis, option: &str, has: u32, found: &Match) -> Answer {
    let (low, high) = wants.value;
    ask.test(
        (low..=high).contains(&has),
        option,
        wants.inverted,
        || wanted(found, option),
        || Has::Value(has.to_string()),
    )
}

pub(super) fn ah(ask: &Ask<'_>, wants: &Ah, found: &Match) -> Answer {
    match header(ask, "--ahspi", 12) {
        Ok(bytes) => spi(
            ask,
            wants.spi,
            "--ahspi",
            be32(bytes, 4).unwrap_or(0),
            found,
        ),
        Err(answer) => answer,
    }
}

pub(super) fn esp(ask: &Ask<'_>, wants: &Esp, found: &Match) -> Answer {
    match header(ask, "--espspi", 8) {
        Ok(bytes) => spi(
            ask,
            wants.spi,
            "--espspi",
            be32(bytes, 0).unwrap_or(0),
            found,
        ),
        Err(answer) => answer,
    }
}

pub(super) fn ipcomp(ask: &Ask<'_>, wants: &Ipcomp, found: &Match) -> Answer {
    match header(ask, "--ipcompspi", 4) {
        Ok(bytes) => {
            let cpi = u32::from(be16(bytes, 2).unwrap_or(0));
            spi(ask, wants.spi, "--ipcompspi", cpi, found)
        }
        Err(answer) => answer,
    }
}
