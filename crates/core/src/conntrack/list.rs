//! Entries as `conntrack -L -o extended,id` prints them, and back.
//!
//! The order of the words is that of conntrack-tools 1.4.8, tried on a 6.18
//! kernel. Packet counts are shown when the namespace counts
//! (`nf_conntrack_acct`). Not kept: helpers other than FTP's and TFTP's, labels,
//! security contexts.

use std::collections::HashMap;
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};

use crate::wire::ipv4;
use crate::world::{NsId, World};

use super::entry::{Entry, status};
use super::sctp::{self, SctpTrack};
use super::tcp::{State, TcpTrack};
use super::{CtId, Helper, Tuple};

const SECOND: u64 = 1_000_000_000;

fn protocol(number: u8) -> &'static str {
    match number {
        ipv4::ICMP => "icmp",
        ipv4::TCP => "tcp",
        ipv4::UDP => "udp",
        ipv4::DCCP => "dccp",
        ipv4::GRE => "gre",
        ipv4::SCTP => "sctp",
        ipv4::UDPLITE => "udplite",
        ipv4::ICMPV6 => "icmpv6",
        _ => "unknown",
    }
}

fn push_tuple(out: &mut String, tuple: &Tuple) {
    let (src, dst, sport, dport) = (tuple.src, tuple.dst, tuple.sport, tuple.dport);
    let _ = write!(out, "src={src} dst={dst} ");
    match tuple.proto {
        ipv4::ICMP | ipv4::ICMPV6 => {
            let [kind, code] = dport.to_be_bytes();
            let _ = write!(out, "type={kind} code={code} id={sport} ");
        }
        ipv4::TCP | ipv4::UDP | ipv4::UDPLITE | ipv4::SCTP | ipv4::DCCP => {
            let _ = write!(out, "sport={sport} dport={dport} ");
        }
        ipv4::GRE => {
            let _ = write!(out, "srckey={sport:#x} dstkey={dport:#x} ");
        }
        _ => {}
    }
}

/// What is written about one direction: its tuple, a zone of its own, counts.
fn push_direction(out: &mut String, entry: &Entry, reply: bool, counted: bool) {
    let tuple = entry.tuple(reply);
    push_tuple(out, tuple);
    if entry.original.zone != entry.reply.zone && tuple.zone != 0 {
        let way = if reply { "reply" } else { "orig" };
        let _ = write!(out, "zone-{way}={} ", tuple.zone);
    }
    if counted && let Some((packets, bytes)) = entry.counters.get(usize::from(reply)) {
        let _ = write!(out, "packets={packets} bytes={bytes} ");
    }
}

impl World {
    /// What `conntrack -L -o extended,id` would print in this namespace, oldest
    /// entry first (the real tool's order is that of a hash with a secret).
    pub fn conntrack_list(&self, ns: NsId) -> Vec<String> {
        let netns = self.ns(ns);
        let counted = netns.sysctl.ct.acct != 0 || netns.nf.tables.needs_accounting;
        let mut alive = netns.ct.confirmed();
        alive.retain(|entry| entry.timeout > self.now);
        // Connections hold the one that announced them.
        let mut held: HashMap<CtId, usize> = HashMap::new();
        for master in alive.iter().filter_map(|entry| entry.master) {
            *held.entry(master).or_default() += 1;
        }
        let uses = |entry: &Entry| 1 + held.get(&entry.id).copied().unwrap_or(0);
        alive
            .into_iter()
            .map(|entry| entry.line(self.now, counted, uses(entry)))
            .collect()
    }
}

impl Entry {
    /// The line that the real tool prints for it; `counted` says whether the
    /// namespace counts packets (`nf_conntrack_acct`), `uses` who holds it.
    pub fn line(&self, now: u64, counted: bool, uses: usize) -> String {
        let family = if self.original.src.is_ipv4() {
            ("ipv4", 2)
        } else {
            ("ipv6", 10)
        };
        let mut out = format!("{:<8} {} ", family.0, family.1);
        let proto = self.original.proto;
        let left = self.timeout.saturating_sub(now) / SECOND;
        let _ = write!(out, "{:<8} {proto} {left} ", protocol(proto));
        if let Some(state) = self.proto_state() {
            let _ = write!(out, "{state} ");
        }
        push_direction(&mut out, self, false, counted);
        if !self.has(status::SEEN_REPLY) {
            out.push_str("[UNREPLIED] ");
        }
        push_direction(&mut out, self, true, counted);
        if self.has(status::ASSURED) {
            out.push_str("[ASSURED] ");
        }
        let _ = write!(out, "mark={} ", self.mark);
        if self.original.zone == self.reply.zone && self.original.zone != 0 {
            let _ = write!(out, "zone={} ", self.original.zone);
        }
        if let Some(helper) = &self.helper {
            let _ = write!(out, "helper={} ", helper.name);
        }
        let _ = write!(out, "use={uses} id={}", self.id.0);
        out
    }

    /// Reads such a line, with or without its identifier; `None` if it is not
    /// one.
    pub fn parse(line: &str, now: u64) -> Option<Self> {
        let mut words = line.split_whitespace();
        if !matches!(words.next()?, "ipv4" | "ipv6") {
            return None;
        }
        // "ipv4 2 tcp 6 431999": family, protocol, timeout.
        let _family: u8 = words.next()?.parse().ok()?;
        let _name = words.next()?;
        let proto: u8 = words.next()?.parse().ok()?;
        let mut reading = Reading::new(proto);
        for word in words {
            reading.word(word)?;
        }
        reading.entry(now)
    }
}

/// A line that is being read.
struct Reading {
    proto: u8,
    tuples: Vec<Tuple>,
    counters: [(u64, u64); 2],
    state: Option<State>,
    sctp: sctp::State,
    timeout: u64,
    bits: u32,
    mark: u32,
    zone: u16,
    helper: Option<Helper>,
    /// The part about the tuples is over: an `id` is the entry's own.
    past_tuples: bool,
}

fn number16(text: &str) -> Option<u16> {
    match text.strip_prefix("0x") {
        Some(hex) => u16::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

impl Reading {
    fn new(proto: u8) -> Self {
        let settled = status::SRC_NAT_DONE | status::DST_NAT_DONE;
        Self {
            proto,
            tuples: Vec::with_capacity(2),
            counters: [(0, 0); 2],
            state: None,
            sctp: sctp::State::None,
            timeout: 0,
            bits: status::CONFIRMED | status::SEEN_REPLY | settled,
            mark: 0,
            zone: 0,
            helper: None,
            past_tuples: false,
        }
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let Some((key, value)) = word.split_once('=') else {
            match word {
                "[UNREPLIED]" => self.bits &= !status::SEEN_REPLY,
                "[ASSURED]" => self.bits |= status::ASSURED,
                other => match other.parse() {
                    Ok(timeout) => self.timeout = timeout,
                    Err(_) if self.proto == ipv4::SCTP => {
                        let mut all = sctp::State::ALL.into_iter();
                        self.sctp = all.find(|state| state.name() == other).unwrap_or(self.sctp);
                    }
                    Err(_) => self.state = self.state.or_else(|| tcp_state(other)),
                },
            }
            return Some(());
        };
        match key {
            "src" => self.tuples.push(Tuple {
                src: value.parse().ok()?,
                dst: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
                proto: self.proto,
                sport: 0,
                dport: 0,
                zone: 0,
            }),
            "mark" | "use" => {
                self.past_tuples = true;
                if key == "mark" {
                    self.mark = value.parse().ok()?;
                }
            }
            "zone" => self.zone = value.parse().ok()?,
            "helper" => {
                self.helper = Helper::named(value);
                self.bits |= status::HELPER;
            }
            "packets" | "bytes" => {
                let way = self.tuples.len().checked_sub(1)?;
                let (packets, bytes) = self.counters.get_mut(way)?;
                let count = value.parse().ok()?;
                *(if key == "packets" { packets } else { bytes }) = count;
            }
            _ if self.past_tuples => {}
            _ => return self.end_of_tuple(key, value),
        }
        Some(())
    }

    fn end_of_tuple(&mut self, key: &str, value: &str) -> Option<()> {
        let tuple = self.tuples.last_mut()?;
        match key {
            "dst" => tuple.dst = value.parse().ok()?,
            "sport" | "srckey" | "id" => tuple.sport = number16(value)?,
            "dport" | "dstkey" => tuple.dport = number16(value)?,
            "type" => tuple.dport |= u16::from(value.parse::<u8>().ok()?) << 8,
            "code" => tuple.dport |= u16::from(value.parse::<u8>().ok()?),
            "zone-orig" | "zone-reply" => tuple.zone = value.parse().ok()?,
            _ => {}
        }
        Some(())
    }

    fn entry(self, now: u64) -> Option<Entry> {
        let [mut original, mut reply] = self.tuples[..] else {
            return None;
        };
        let mut bits = self.bits;
        if self.zone != 0 {
            original.zone = self.zone;
            reply.zone = self.zone;
        }
        if let Some(plain) = original.invert() {
            if plain.dst != reply.dst || plain.dport != reply.dport {
                bits |= status::SRC_NAT;
            }
            if plain.src != reply.src || plain.sport != reply.sport {
                bits |= status::DST_NAT;
            }
        }
        Some(Entry {
            id: CtId(0),
            original,
            reply,
            status: bits,
            mark: self.mark,
            labels: 0,
            timeout: now.saturating_add(self.timeout.saturating_mul(SECOND)),
            tcp: (self.proto == ipv4::TCP)
                .then(|| TcpTrack::in_state(self.state.unwrap_or(State::Established))),
            sctp: (self.proto == ipv4::SCTP).then(|| SctpTrack::in_state(self.sctp)),
            stream_at: 0,
            masq: None,
            counters: self.counters,
            helper: self.helper,
            master: None,
            seqadj: None,
        })
    }
}

fn tcp_state(name: &str) -> Option<State> {
    [
        State::None,
        State::SynSent,
        State::SynRecv,
        State::Established,
        State::FinWait,
        State::CloseWait,
        State::LastAck,
        State::TimeWait,
        State::Close,
        State::SynSent2,
    ]
    .into_iter()
    .find(|state| state.name() == name)
}
