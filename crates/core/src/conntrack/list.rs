//! Entries as `conntrack -L -o extended,id` prints them, and back.

use std::fmt::Write;
use std::net::IpAddr;

use crate::wire::ipv4;

use super::entry::{Entry, status};
use super::tcp::{State, TcpTrack};
use super::{CtId, Tuple};

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
    let _ = write!(out, "src={} dst={} ", tuple.src, tuple.dst);
    match tuple.proto {
        ipv4::ICMP => {
            let [kind, code] = tuple.dport.to_be_bytes();
            let _ = write!(out, "type={kind} code={code} id={} ", tuple.sport);
        }
        ipv4::TCP | ipv4::UDP | ipv4::UDPLITE | ipv4::SCTP | ipv4::DCCP => {
            let _ = write!(out, "sport={} dport={} ", tuple.sport, tuple.dport);
        }
        _ => {}
    }
}

impl Entry {
    /// The line that the real tool prints for it.
    pub fn line(&self, now: u64) -> String {
        let family = if self.original.src.is_ipv4() {
            ("ipv4", 2)
        } else {
            ("ipv6", 10)
        };
        let mut out = format!("{:<8} {} ", family.0, family.1);
        let proto = self.original.proto;
        let left = self.timeout.saturating_sub(now) / 1_000_000_000;
        let _ = write!(out, "{:<8} {proto} {left} ", protocol(proto));
        if let Some(tcp) = &self.tcp {
            let _ = write!(out, "{} ", tcp.state.name());
        }
        push_tuple(&mut out, &self.original);
        if !self.has(status::SEEN_REPLY) {
            out.push_str("[UNREPLIED] ");
        }
        push_tuple(&mut out, &self.reply);
        if self.has(status::ASSURED) {
            out.push_str("[ASSURED] ");
        }
        let _ = write!(out, "mark={} use=1 id={}", self.mark, self.id.0);
        out
    }

    /// Reads such a line; `None` if it is not one.
    pub fn parse(line: &str, now: u64) -> Option<Self> {
        let mut words = line.split_whitespace();
        let family = words.next()?;
        let mut numbers = Vec::new();
        let mut state = None;
        let mut bits =
            status::CONFIRMED | status::SRC_NAT_DONE | status::DST_NAT_DONE | status::SEEN_REPLY;
        let mut tuples: Vec<Tuple> = Vec::new();
        let mut mark = 0;
        if !matches!(family, "ipv4" | "ipv6") {
            return None;
        }
        for word in words {
            match word.split_once('=') {
                None => match word {
                    "[UNREPLIED]" => bits &= !status::SEEN_REPLY,
                    "[ASSURED]" => bits |= status::ASSURED,
                    other => match other.parse::<u64>() {
                        Ok(number) => numbers.push(number),
                        Err(_) => state = state.or_else(|| tcp_state(other)),
                    },
                },
                Some(("src", addr)) => tuples.push(Tuple {
                    src: addr.parse().ok()?,
                    dst: IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
                    proto: 0,
                    sport: 0,
                    dport: 0,
                    zone: 0,
                }),
                Some(("mark", value)) => mark = value.parse().ok()?,
                Some((key, value)) => {
                    let Some(tuple) = tuples.last_mut() else {
                        continue;
                    };
                    match key {
                        "dst" => tuple.dst = value.parse().ok()?,
                        "sport" => tuple.sport = value.parse().ok()?,
                        "dport" => tuple.dport = value.parse().ok()?,
                        "type" => tuple.dport |= value.parse::<u16>().ok()? << 8,
                        "code" => tuple.dport |= value.parse::<u16>().ok()?,
                        "id" if mark == 0 && tuple.sport == 0 && tuples.len() <= 2 => {
                            // An ICMP identifier; the entry's own id comes last.
                            if let (Some(tuple), Ok(id)) = (tuples.last_mut(), value.parse()) {
                                tuple.sport = id;
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
        // "ipv4 2 tcp 6 431999": family, protocol, timeout.
        let proto = u8::try_from(*numbers.get(1)?).ok()?;
        let timeout = numbers.get(2).copied().unwrap_or(0);
        let [mut original, mut reply] = tuples[..] else {
            return None;
        };
        original.proto = proto;
        reply.proto = proto;
        if !matches!(
            proto,
            ipv4::ICMP | ipv4::TCP | ipv4::UDP | ipv4::UDPLITE | ipv4::SCTP | ipv4::DCCP
        ) {
            (original.sport, reply.sport) = (0, 0);
        }
        if let Some(plain) = original.invert() {
            if plain.dst != reply.dst || plain.dport != reply.dport {
                bits |= status::SRC_NAT;
            }
            if plain.src != reply.src || plain.sport != reply.sport {
                bits |= status::DST_NAT;
            }
        }
        Some(Self {
            id: CtId(0),
            original,
            reply,
            status: bits,
            mark,
            timeout: now + timeout * 1_000_000_000,
            tcp: (proto == ipv4::TCP)
                .then(|| TcpTrack::in_state(state.unwrap_or(State::Established))),
            stream_at: 0,
            masq: None,
            counters: [(0, 0); 2],
        })
    }
}

fn tcp_state(name: &str) -> Option<State> {
    [
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
