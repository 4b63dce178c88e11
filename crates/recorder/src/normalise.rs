//! Making two logs comparable: what a kernel picks at random is replaced.
//!
//! IP ID, ICMP ID, TCP sequence numbers, window and time stamp option become
//! `*`. A port from 1024 on that neither flows nor snapshot name was drawn by
//! the kernel: it becomes `~1`, `~2`, ... in the order of appearance, so that the
//! same port stays the same.

use std::collections::BTreeMap;

/// Ports that a kernel may draw: `connect()` from `ip_local_port_range`, NAT
/// from 1024 on (kernel: net/netfilter/nf_nat_core.c, `nf_nat_l4proto_unique_tuple`).
const DRAWN: std::ops::RangeInclusive<u16> = 1024..=65535;

/// Replaces what is random in one text after the other.
#[derive(Clone, Debug, Default)]
pub struct Normaliser {
    known: Vec<u16>,
    drawn: BTreeMap<u16, usize>,
}

impl Normaliser {
    /// A normaliser for runs of `flows`: ports that stand in this text, or in
    /// `snapshot`, are not random.
    #[must_use]
    pub fn new(flows: &str, snapshot: &str) -> Self {
        let mut known = Vec::new();
        for text in [flows, snapshot] {
            for word in text.split(|c: char| !c.is_ascii_digit()) {
                if let Ok(port) = word.parse::<u16>()
                    && DRAWN.contains(&port)
                {
                    known.push(port);
                }
            }
        }
        known.sort_unstable();
        known.dedup();
        Self {
            known,
            drawn: BTreeMap::new(),
        }
    }

    /// The line with what is random replaced.
    pub fn line(&mut self, line: &str) -> String {
        if line.starts_with("@@flow ") {
            return line.to_owned();
        }
        // "nf_ct_proto_6: ACK is over upper bound 1234 (...": a sequence number.
        if line.starts_with("nf_ct_proto_")
            && let Some((before, after)) = line.split_once(" bound ")
            && let Some((_, rest)) = after.split_once(' ')
        {
            return format!("{} bound * {}", before, self.line(rest));
        }
        let mut out = String::with_capacity(line.len());
        let mut in_options = false;
        for (index, word) in line.split(' ').enumerate() {
            if index > 0 {
                out.push(' ');
            }
            // `OPT (0204...)` is one field of two words.
            if in_options {
                in_options = false;
                let tail = word.rfind(')').and_then(|at| word.get(at..)).unwrap_or(")");
                out.push_str(&options(word));
                out.push_str(tail);
                continue;
            }
            in_options = word == "OPT";
            out.push_str(&self.word(word));
        }
        out
    }

    /// Every line of `text`.
    pub fn text(&mut self, text: &str) -> String {
        text.lines().map(|line| self.line(line) + "\n").collect()
    }

    /// A line of `conntrack -L -o extended,id`.
    fn connection(&self, line: &str) -> String {
        let words = line.split_whitespace().enumerate().map(|(at, word)| {
            let drawn = |port: &str| {
                port.parse().is_ok_and(|port| {
                    DRAWN.contains(&port) && self.known.binary_search(&port).is_err()
                })
            };
            match word.split_once('=') {
                // Behind family, its number, protocol and its number.
                None if at == 4 => "*".to_owned(),
                Some(("id", _)) => "id=*".to_owned(),
                Some((key @ ("sport" | "dport"), port)) if drawn(port) => format!("{key}=~"),
                _ => word.to_owned(),
            }
        });
        words.collect::<Vec<_>>().join(" ")
    }

    fn word(&mut self, word: &str) -> String {
        let (lead, core) = match word.strip_prefix('[') {
            Some(core) => ("[", core),
            None => ("", word),
        };
        let Some((key, value)) = core.split_once('=') else {
            return word.to_owned();
        };
        let tail = if value.ends_with(']') { "]" } else { "" };
        let value = value.trim_end_matches(']');
        match key {
            "ID" | "SEQ" | "ACK" | "WINDOW" if key != "SEQ" || value.len() > 5 => {
                format!("{lead}{key}=*{tail}")
            }
            "SPT" | "DPT" => format!("{lead}{key}={}{tail}", self.port(value)),
            _ => word.to_owned(),
        }
    }

    fn port(&mut self, value: &str) -> String {
        let Ok(port) = value.parse::<u16>() else {
            return value.to_owned();
        };
        if !DRAWN.contains(&port) || self.known.binary_search(&port).is_ok() {
            return value.to_owned();
        }
        let next = self.drawn.len() + 1;
        format!("~{}", self.drawn.entry(port).or_insert(next))
    }
}

/// TCP or IP options in hexadecimal with the time stamps' values blanked.
fn options(word: &str) -> String {
    let hex = word
        .trim_start_matches('(')
        .split(')')
        .next()
        .unwrap_or_default();
    let bytes: Vec<&str> = (0..hex.len())
        .step_by(2)
        .filter_map(|at| hex.get(at..at + 2))
        .collect();
    let mut out = String::from("(");
    let mut at = 0;
    while let Some(kind) = bytes.get(at) {
        let length = match *kind {
            "00" | "01" => 1,
            _ => bytes
                .get(at + 1)
                .and_then(|length| usize::from_str_radix(length, 16).ok())
                .unwrap_or(1)
                .max(1),
        };
        // IP's: times alone, or each behind an address (RFC 791).
        let addresses = bytes.get(at + 3).is_some_and(|flags| !flags.ends_with('0'));
        for (offset, byte) in bytes.iter().skip(at).take(length).enumerate() {
            let time = *kind == "44" && offset >= 4 && (!addresses || offset % 8 < 4);
            out.push_str(if time || (*kind == "08" && offset >= 2) {
                "**"
            } else {
                byte
            });
        }
        at += length;
    }
    out
}

/// What `conntrack -L -o extended,id` printed in several namespaces, so that two
/// can be compared: timeouts (a recording's are longer) and identifiers are
/// `*`, ports that a kernel drew `~`, and the lines of a namespace are sorted.
#[must_use]
pub fn connections(text: &str, flows: &str, snapshot: &str) -> String {
    let known = Normaliser::new(flows, snapshot);
    let mut namespaces: Vec<(&str, Vec<String>)> = Vec::new();
    for line in text.lines() {
        if line.starts_with("@@netns ") {
            namespaces.push((line, Vec::new()));
        } else if let Some((_, lines)) = namespaces.last_mut() {
            lines.push(known.connection(line));
        }
    }
    let mut out = String::new();
    for (heading, mut lines) in namespaces {
        lines.sort();
        out += heading;
        out.push('\n');
        for line in lines {
            out += &line;
            out.push('\n');
        }
    }
    out
}

/// Functions that free what is no packet on its way any more, or a copy that no
/// walk knows of: the copy of an echo reply beside the raw socket's, what
/// sockets hold when they are closed, parts of a packet that is put together.
const NO_DROP: &[&str] = &[
    "ping_rcv",
    "skb_queue_purge_reason",
    "inet_sock_destruct",
    "skb_release_data",
];

/// Where the reasons for drops in a flow differ: those that only the kernel
/// gave, and those that only the simulator did.
///
/// `kernel` has lines `REASON FUNCTION`, `simulator` those of `--format drops`.
/// Not compared are the kernel's drops that are none (`NO_DROP`) and frames
/// that carry neither IPv4 nor ARP, which are not recorded. The kernel tells
/// whose turn it was, not whose packet, and only this program's turns are
/// recorded. So where a neighbour or a fragment is given up (timers run in anybody's
/// turn; none are recorded while a flow waits) or a macvlan is at work (its broadcasts wait for a work queue), the kernel's
/// may be fewer.
#[must_use]
pub fn drops_apart(
    kernel: &[impl AsRef<str>],
    simulator: &[impl AsRef<str>],
    snapshot: &str,
) -> Option<(String, String)> {
    let mut left: Vec<&str> = kernel
        .iter()
        .filter_map(|line| line.as_ref().split_once(' '))
        .filter(|(_, function)| !NO_DROP.contains(function))
        .map(|(reason, _)| reason)
        .collect();
    let mut right: Vec<&str> = simulator
        .iter()
        .map(AsRef::as_ref)
        .filter(|line| {
            let carried = line.rsplit(' ').next();
            carried.is_some_and(|carried| ["0x0800", "0x0806", "0x8100"].contains(&carried))
        })
        .filter_map(|line| line.split(' ').next())
        .collect();
    let timed = |reason: &&str| ["NEIGH_FAILED", "FRAG_REASM_TIMEOUT"].contains(reason);
    let fewer = right.iter().any(timed) || snapshot.contains("\"macvlan\"");
    left.retain(
        |reason| match right.iter().position(|other| other == reason) {
            Some(at) => {
                right.remove(at);
                false
            }
            None => true,
        },
    );
    if left.is_empty() && (fewer || right.is_empty()) {
        return None;
    }
    left.sort_unstable();
    right.sort_unstable();
    Some((left.join(", "), right.join(", ")))
}

/// The first lines that differ; `None` for a text that has ended.
#[must_use]
pub fn first_apart<'a>(a: &'a str, b: &'a str) -> Option<(Option<&'a str>, Option<&'a str>)> {
    let (mut a, mut b) = (a.lines(), b.lines());
    loop {
        match (a.next(), b.next()) {
            (None, None) => return None,
            (left, right) if left != right => return Some((left, right)),
            _ => {}
        }
    }
}

/// The first place where two logs differ once normalised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The `@@flow` line above it, or an empty text.
    pub flow: String,
    /// The line, normalised, in the first text; none if it has ended.
    pub left: Option<String>,
    /// The line, normalised, in the second text; none if it has ended.
    pub right: Option<String>,
}

/// Compares two logs of `--format kernel`.
#[must_use]
pub fn difference(left: &str, right: &str, flows: &str, snapshot: &str) -> Option<Difference> {
    let a = Normaliser::new(flows, snapshot).text(left);
    let b = Normaliser::new(flows, snapshot).text(right);
    let (mut a, mut b) = (a.lines(), b.lines());
    let mut flow = "";
    loop {
        match (a.next(), b.next()) {
            (None, None) => return None,
            (Some(left), Some(right)) if left == right => {
                if left.starts_with("@@flow ") {
                    flow = left;
                }
            }
            (left, right) => {
                return Some(Difference {
                    flow: flow.to_owned(),
                    left: left.map(str::to_owned),
                    right: right.map(str::to_owned),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_sorted_without_times_and_identifiers() {
        let text = "@@netns host\n\
            ipv4     2 udp      17 29 src=10.0.0.2 dst=10.0.0.1 sport=40001 dport=53 [UNREPLIED] \
            src=10.0.0.1 dst=10.0.0.2 sport=53 dport=33000 mark=0 use=1 id=77\n\
            ipv4     2 icmp     1 5 src=10.0.0.2 dst=10.0.0.1 type=8 code=0 id=9 \
            src=10.0.0.1 dst=10.0.0.2 type=0 code=0 id=9 mark=0 use=1 id=78\n";
        assert_eq!(
            connections(text, "c1 udp 10.0.0.1:53 from :40001", ""),
            "@@netns host\n\
             ipv4 2 icmp 1 * src=10.0.0.2 dst=10.0.0.1 type=8 code=0 id=* \
             src=10.0.0.1 dst=10.0.0.2 type=0 code=0 id=* mark=0 use=1 id=*\n\
             ipv4 2 udp 17 * src=10.0.0.2 dst=10.0.0.1 sport=40001 dport=53 [UNREPLIED] \
             src=10.0.0.1 dst=10.0.0.2 sport=53 dport=~ mark=0 use=1 id=*\n"
        );
    }

    #[test]
    fn what_is_random_is_replaced_and_nothing_else() {
        let mut normaliser = Normaliser::new("c1 tcp 10.0.0.1:80 from :40001", "");
        assert_eq!(
            normaliser.line(
                "TRACE: raw:OUTPUT:policy:1 IN= OUT=lo SRC=10.0.0.1 DST=10.0.0.1 LEN=60 ID=7 DF \
                 PROTO=TCP SPT=40001 DPT=33333 SEQ=1234567890 ACK=0 WINDOW=64240 RES=0x00 SYN \
                 URGP=0 OPT (020405B40402080A0011223300000000) UID=0 GID=0"
            ),
            "TRACE: raw:OUTPUT:policy:1 IN= OUT=lo SRC=10.0.0.1 DST=10.0.0.1 LEN=60 ID=* DF \
             PROTO=TCP SPT=40001 DPT=~1 SEQ=* ACK=* WINDOW=* RES=0x00 SYN \
             URGP=0 OPT (020405B40402080A****************) UID=0 GID=0"
        );
        assert_eq!(
            normaliser.line(
                "x PROTO=ICMP TYPE=3 CODE=3 [SRC=1.2.3.4 ID=9 PROTO=UDP SPT=33333 DPT=53 LEN=12 ] "
            ),
            "x PROTO=ICMP TYPE=3 CODE=3 [SRC=1.2.3.4 ID=* PROTO=UDP SPT=~1 DPT=53 LEN=12 ] "
        );
        assert_eq!(
            normaliser.line("a PROTO=ICMP ID=5 SEQ=1"),
            "a PROTO=ICMP ID=* SEQ=1"
        );
    }
}
