//! FTP: what commands and answers announce (net/netfilter/nf_conntrack_ftp.c).

use std::net::Ipv4Addr;

use crate::conntrack::seqadj::{after, before};

/// Ways to announce a connection (`enum nf_ct_ftp_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `PORT 10,0,0,1,4,1`.
    Port,
    /// `227 Entering Passive Mode (10,0,0,1,4,1)`.
    Pasv,
    /// `EPRT |1|10.0.0.1|1025|`.
    Eprt,
    /// `229 Entering Extended Passive Mode (|||1025|)`.
    Epsv,
}

impl Kind {
    /// `nf_nat_ftp_fmt_cmd`: the same announcement of another end.
    pub(super) fn format(self, addr: Ipv4Addr, port: u16) -> String {
        let ([a, b, c, d], [high, low]) = (addr.octets(), port.to_be_bytes());
        match self {
            Self::Port | Self::Pasv => format!("{a},{b},{c},{d},{high},{low}"),
            Self::Eprt => format!("|1|{addr}|{port}|"),
            Self::Epsv => format!("|||{port}|"),
        }
    }
}

/// What is looked for: kind, beginning, what is skipped up to, what ends it.
struct Search {
    kind: Kind,
    pattern: &'static str,
    skip: Option<u8>,
    term: Option<u8>,
}

/// `search`: the client's commands, the server's answers.
const SEARCH: [[Search; 2]; 2] = [
    [
        Search {
            kind: Kind::Port,
            pattern: "PORT",
            skip: Some(b' '),
            term: Some(b'\r'),
        },
        Search {
            kind: Kind::Eprt,
            pattern: "EPRT",
            skip: Some(b' '),
            term: Some(b'\r'),
        },
    ],
    [
        Search {
            kind: Kind::Pasv,
            pattern: "227 ",
            skip: None,
            term: None,
        },
        Search {
            kind: Kind::Epsv,
            pattern: "229 ",
            skip: Some(b'('),
            term: Some(b')'),
        },
    ],
];

/// An announcement in a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// How it was made.
    pub kind: Kind,
    /// Where it stands in the segment's data: first byte and length.
    pub at: (usize, usize),
    /// The address, where it names one.
    pub addr: Option<Ipv4Addr>,
    /// The port.
    pub port: u16,
}

/// What a segment's data hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Data {
    /// Nothing of interest.
    Nothing,
    /// The beginning of this, and no more.
    Partial(&'static str),
    /// An announcement.
    Found(Found),
}

/// Looks for an announcement in the data of one direction.
pub(super) fn look(data: &[u8], reply: bool) -> Data {
    for search in SEARCH.get(usize::from(reply)).into_iter().flatten() {
        match find_pattern(data, search) {
            Data::Nothing => {}
            found => return found,
        }
    }
    Data::Nothing
}

/// `find_pattern`.
fn find_pattern(data: &[u8], search: &Search) -> Data {
    let pattern = search.pattern.as_bytes();
    let alike = |length: usize| {
        let (data, pattern) = (data.get(..length), pattern.get(..length));
        matches!((data, pattern), (Some(data), Some(pattern)) if data.eq_ignore_ascii_case(pattern))
    };
    let partial = Data::Partial(search.pattern);
    if data.len() <= pattern.len() {
        return if alike(data.len()) {
            partial
        } else {
            Data::Nothing
        };
    }
    if !alike(pattern.len()) {
        return Data::Nothing;
    }
    let mut from = pattern.len();
    if let Some(skip) = search.skip {
        let rest = data.get(from..data.len() - 1).unwrap_or(&[]);
        match rest.iter().position(|byte| *byte == skip) {
            Some(at) => from += at + 1,
            None => return partial,
        }
    }
    let rest = data.get(from..).unwrap_or(&[]);
    let number = match search.kind {
        Kind::Port => rfc959(rest, search.term).map(|found| (0, found)),
        Kind::Pasv => rest
            .iter()
            .position(u8::is_ascii_digit)
            .and_then(|at| Some((at, rfc959(rest.get(at..)?, None)?))),
        Kind::Eprt => eprt(rest).map(|found| (0, found)),
        Kind::Epsv => epsv(rest).map(|found| (0, found)),
    };
    match number {
        None => partial,
        Some((skipped, (length, addr, port))) => Data::Found(Found {
            kind: search.kind,
            at: (from + skipped, length),
            addr,
            port,
        }),
    }
}

type Number = (usize, Option<Ipv4Addr>, u16);

/// `try_number`: `count` numbers with `sep` between them, and `term` behind, if
/// it matters; how long that is.
fn numbers<const N: usize>(data: &[u8], sep: u8, term: Option<u8>) -> Option<(usize, [u32; N])> {
    let mut values = [0u32; N];
    let mut at = 0;
    for (length, byte) in data.iter().enumerate() {
        match *byte {
            digit @ b'0'..=b'9' => {
                let value = values.get_mut(at)?;
                *value = value.wrapping_mul(10).wrapping_add(u32::from(digit - b'0'));
            }
            byte if byte == sep => {
                at += 1;
                if at >= N {
                    return None;
                }
            }
            byte if term.is_none_or(|term| term == byte) && at + 1 == N => {
                return Some((length, values));
            }
            _ => return None,
        }
    }
    None
}

fn address(values: &[u32]) -> Ipv4Addr {
    let bits = values.iter().fold(0u32, |bits, value| bits << 8 | value);
    Ipv4Addr::from(bits)
}

/// `try_rfc959`.
fn rfc959(data: &[u8], term: Option<u8>) -> Option<Number> {
    let (length, [a, b, c, d, high, low]) = numbers::<6>(data, b',', term)?;
    Some((
        length,
        Some(address(&[a, b, c, d])),
        (high << 8 | low) as u16,
    ))
}

/// `get_port`: a port from `start` up to `delim`; where that ends.
fn get_port(data: &[u8], start: usize, delim: u8) -> Option<(usize, u16)> {
    let mut port = 0u16;
    for (at, byte) in data.iter().enumerate().skip(start) {
        match *byte {
            byte if byte == delim => return (port != 0).then_some((at + 1, port)),
            digit @ b'0'..=b'9' => {
                port = port.wrapping_mul(10).wrapping_add(u16::from(digit - b'0'));
            }
            _ => return None,
        }
    }
    None
}

fn delimiter(data: &[u8]) -> Option<u8> {
    let delim = *data.first().filter(|_| data.len() > 3)?;
    (!delim.is_ascii_digit() && (33..=126).contains(&delim)).then_some(delim)
}

/// `try_eprt`, of IPv4.
fn eprt(data: &[u8]) -> Option<Number> {
    let delim = delimiter(data)?;
    if data.get(2) != Some(&delim) || data.get(1) != Some(&b'1') {
        return None;
    }
    let (length, values) = numbers::<4>(data.get(3..)?, b'.', Some(delim))?;
    let (end, port) = get_port(data, 3 + length + 1, delim)?;
    Some((end, Some(address(&values)), port))
}

/// `try_epsv_response`.
fn epsv(data: &[u8]) -> Option<Number> {
    let delim = delimiter(data)?;
    if data.get(1..3) != Some(&[delim, delim]) {
        return None;
    }
    let (end, port) = get_port(data, 3, delim)?;
    Some((end, None, port))
}

/// Where lines began, per direction (`struct nf_ct_ftp_master`): only behind
/// the end of one is anything looked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lines {
    after: [[Option<u32>; 2]; 2],
}

impl Lines {
    /// `find_nl_seq`.
    pub(super) fn begins(&self, seq: u32, reply: bool) -> bool {
        let known = self.after.get(usize::from(reply));
        known.is_some_and(|known| known.contains(&Some(seq)))
    }

    /// `update_nl_seq`: a line has ended; the older of two is forgotten.
    pub(super) fn ended(&mut self, seq: u32, reply: bool) {
        if self.begins(seq, reply) {
            return;
        }
        let Some([first, second]) = self.after.get_mut(usize::from(reply)) else {
            return;
        };
        match (*first, *second) {
            (None, _) => *first = Some(seq),
            (_, None) => *second = Some(seq),
            (Some(one), Some(other)) if before(one, other) => *first = Some(seq),
            (Some(one), Some(other)) if after(one, other) => *second = Some(seq),
            _ => {}
        }
    }
}
