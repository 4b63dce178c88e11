//! What a person tries, and what the program that tried it saw.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// Nanoseconds of a second.
pub const SECOND: u64 = 1_000_000_000;

/// Nanoseconds as decimal seconds, without zeros behind the last digit.
#[must_use]
pub fn seconds(time: u64) -> String {
    let text = format!("{}.{:09}", time / SECOND, time % SECOND);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// One attempt, made by a program in one network namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Name of the network namespace that the program runs in.
    pub netns: String,
    /// What it does there.
    pub action: Action,
}

/// What the program does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// One ICMP echo request, and whatever answers it.
    Ping {
        /// Where to.
        dst: IpAddr,
        /// Source address to bind to.
        from: Option<IpAddr>,
        /// `IP_TTL`, 1..=255.
        ttl: Option<u8>,
        /// Bytes of data behind the ICMP header; 56 unless told.
        size: Option<u16>,
    },
    /// `connect()` of a TCP socket.
    Tcp {
        /// Where to.
        dst: SocketAddr,
        /// Source address to bind to.
        from: Option<IpAddr>,
        /// Source port to bind to.
        from_port: Option<u16>,
    },
    /// One datagram of four bytes from a connected UDP socket.
    Udp {
        /// Where to.
        dst: SocketAddr,
        /// Source address to bind to.
        from: Option<IpAddr>,
        /// Source port to bind to.
        from_port: Option<u16>,
    },
    /// One Ethernet frame, sent out of a device as it is.
    Frame {
        /// The device, by its name in the namespace.
        dev: String,
        /// The frame from the destination MAC on, without FCS.
        bytes: Vec<u8>,
    },
    /// Nothing: time passes.
    Wait {
        /// How much, nanoseconds.
        time: u64,
    },
}

/// What the program that started a flow saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Echo reply, connected, or datagram answered.
    Ok {
        /// Whom the program at the far end took for its client (TCP and UDP).
        seen: Option<IpAddr>,
    },
    /// RST, or ICMP port unreachable.
    Refused,
    /// An ICMP error came back, or the local stack said so.
    Unreachable(Unreachable),
    /// The local stack refused to send (EPERM or EACCES).
    Denied,
    /// Nothing came back.
    Timeout,
    /// A frame was sent.
    Sent,
    /// Time has passed.
    Waited,
    /// The walk met something that is not modelled; it was not guessed.
    NotModelled,
}

/// Which error it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreachable {
    /// ENETUNREACH: ICMP network unreachable, or no route.
    Net,
    /// EHOSTUNREACH: ICMP host unreachable, or no neighbour.
    Host,
    /// ENOPROTOOPT: ICMP protocol unreachable.
    Proto,
    /// ICMP administratively prohibited.
    Admin,
    /// ICMP time exceeded.
    Ttl,
    /// EMSGSIZE: ICMP fragmentation needed.
    Frag,
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Net => "net",
            Self::Host => "host",
            Self::Proto => "proto",
            Self::Admin => "admin",
            Self::Ttl => "ttl",
            Self::Frag => "frag",
        })
    }
}

impl fmt::Display for Outcome {
    /// The line of `--format result`, without the address seen.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok { .. } => f.write_str("ok"),
            Self::Refused => f.write_str("refused"),
            Self::Unreachable(which) => write!(f, "unreachable {which}"),
            Self::Denied => f.write_str("denied"),
            Self::Timeout => f.write_str("timeout"),
            Self::Sent => f.write_str("sent"),
            Self::Waited => f.write_str("waited"),
            Self::NotModelled => f.write_str("not modelled"),
        }
    }
}
