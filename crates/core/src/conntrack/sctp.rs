//! SCTP (net/netfilter/nf_conntrack_proto_sctp.c): associations by their states
//! and verification tags.

use crate::wire::{be16, be32};
use crate::world::sysctl::CtSysctl;

use super::crc32c;
use super::entry::{Entry, status};
use super::track::{Tracked, refresh};

/// State of an association (`enum sctp_conntrack`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing seen yet.
    #[default]
    None,
    /// INIT seen, or all is over.
    Closed,
    /// INIT ACK seen.
    CookieWait,
    /// COOKIE ECHO seen.
    CookieEchoed,
    /// COOKIE ACK seen.
    Established,
    /// SHUTDOWN seen from the one that began.
    ShutdownSent,
    /// SHUTDOWN seen from the other.
    ShutdownRecd,
    /// SHUTDOWN ACK seen.
    ShutdownAckSent,
    /// A second path, of which a HEARTBEAT was seen.
    HeartbeatSent,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::None,
        Self::Closed,
        Self::CookieWait,
        Self::CookieEchoed,
        Self::Established,
        Self::ShutdownSent,
        Self::ShutdownRecd,
        Self::ShutdownAckSent,
        Self::HeartbeatSent,
    ];

    /// As `conntrack -L` prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Closed => "CLOSED",
            Self::CookieWait => "COOKIE_WAIT",
            Self::CookieEchoed => "COOKIE_ECHOED",
            Self::Established => "ESTABLISHED",
            Self::ShutdownSent => "SHUTDOWN_SENT",
            Self::ShutdownRecd => "SHUTDOWN_RECD",
            Self::ShutdownAckSent => "SHUTDOWN_ACK_SENT",
            Self::HeartbeatSent => "HEARTBEAT_SENT",
        }
    }

    fn timeout(self, sysctl: &CtSysctl) -> u32 {
        match self {
            Self::None | Self::Closed => sysctl.sctp_timeout_closed,
            Self::CookieWait => sysctl.sctp_timeout_cookie_wait,
            Self::CookieEchoed => sysctl.sctp_timeout_cookie_echoed,
            Self::Established => sysctl.sctp_timeout_established,
            Self::ShutdownSent => sysctl.sctp_timeout_shutdown_sent,
            Self::ShutdownRecd => sysctl.sctp_timeout_shutdown_recd,
            Self::ShutdownAckSent => sysctl.sctp_timeout_shutdown_ack_sent,
            Self::HeartbeatSent => sysctl.sctp_timeout_heartbeat_sent,
        }
    }

    /// Where a chunk leads (`sctp_conntracks`); `None` if it must not come.
    fn after(self, chunk: u8, reply: bool) -> Option<Self> {
        use State::{
            Closed, CookieEchoed, CookieWait, Established, HeartbeatSent, None as Nothing,
            ShutdownAckSent, ShutdownRecd, ShutdownSent,
        };
        let ours = matches!(
            chunk,
            chunk::INIT..=chunk::INIT_ACK | chunk::HEARTBEAT..=chunk::COOKIE_ACK | chunk::SHUTDOWN_COMPLETE
        );
        if !ours {
            // Data and the like change nothing.
            return Some(self);
        }
        if reply {
            // The other end does not begin, and answers a heartbeat with its like.
            let path = matches!(chunk, chunk::HEARTBEAT | chunk::HEARTBEAT_ACK);
            if self == Nothing || (self == HeartbeatSent && !path) {
                return None;
            }
        } else if matches!(self, Nothing | HeartbeatSent) {
            return Some(match (chunk, self) {
                (chunk::SHUTDOWN_ACK, _) => ShutdownAckSent,
                (chunk::HEARTBEAT, _) | (chunk::HEARTBEAT_ACK, HeartbeatSent) => HeartbeatSent,
                (chunk::INIT, HeartbeatSent) => CookieWait,
                _ => Closed,
            });
        }
        Some(match (chunk, self, reply) {
            (chunk::ABORT, _, _) => Closed,
            (chunk::INIT, ShutdownSent | ShutdownRecd, false) => Closed,
            (chunk::INIT_ACK, Closed, true) => CookieWait,
            (chunk::SHUTDOWN, Established, false) => ShutdownSent,
            (chunk::SHUTDOWN, Established, true) => ShutdownRecd,
            (chunk::SHUTDOWN_ACK, ShutdownSent | ShutdownRecd, _) => ShutdownAckSent,
            (chunk::ERROR, CookieEchoed, true) => Closed,
            (chunk::COOKIE_ECHO, CookieWait, _) => CookieEchoed,
            (chunk::COOKIE_ACK, CookieEchoed, _) => Established,
            (chunk::SHUTDOWN_COMPLETE, ShutdownAckSent, _) => Closed,
            (chunk::HEARTBEAT_ACK, HeartbeatSent, true) => Established,
            _ => self,
        })
    }
}

/// What is known of an association (`struct ip_ct_sctp`); pairs are by direction,
/// the original one first.
#[derive(Clone, Copy, Debug, Default)]
pub struct SctpTrack {
    /// State.
    pub state: State,
    /// Verification tags that packets of a direction bear; 0 is not known yet.
    tags: [u32; 2],
    /// Was an INIT seen from there?
    init: [bool; 2],
    /// A heartbeat came with another tag, from there.
    odd_heartbeat: Option<bool>,
}

impl SctpTrack {
    /// One that a list shows in this state.
    pub fn in_state(state: State) -> Self {
        Self {
            state,
            ..Self::default()
        }
    }

    fn tag(&self, reply: bool) -> u32 {
        self.tags.get(usize::from(reply)).copied().unwrap_or(0)
    }

    fn set_tag(&mut self, reply: bool, tag: u32) {
        if let Some(place) = self.tags.get_mut(usize::from(reply)) {
            *place = tag;
        }
    }

    fn began(&self, reply: bool) -> bool {
        self.init.get(usize::from(reply)).copied().unwrap_or(false)
    }

    fn set_began(&mut self, reply: bool, began: bool) {
        if let Some(place) = self.init.get_mut(usize::from(reply)) {
            *place = began;
        }
    }

    /// The tags that a first packet tells of (`sctp_new`).
    fn begin(&mut self, packet: &[u8]) {
        let tag = be32(packet, 4).unwrap_or(0);
        for (kind, at) in chunks(packet) {
            match kind {
                chunk::INIT => self.set_tag(true, be32(packet, at + 4).unwrap_or(0)),
                chunk::HEARTBEAT => self.set_tag(false, tag),
                _ => self.set_tag(true, tag),
            }
        }
    }

    /// Does the tag fit a chunk that may bear another than its direction's
    /// (RFC 9260, section 8.5.1)? `Some(true)` if the chunk is to be passed over.
    fn fits(&mut self, kind: u8, flags: u8, tag: u32, reply: bool, data: bool) -> Option<bool> {
        let own = self.tag(reply);
        match kind {
            chunk::INIT if tag != 0 => return None,
            chunk::ABORT | chunk::SHUTDOWN_COMPLETE => {
                // The T flag: the receiver's own tag is reflected.
                let wanted = if flags & 1 == 0 {
                    own
                } else {
                    self.tag(!reply)
                };
                if tag != wanted {
                    return None;
                }
            }
            chunk::COOKIE_ECHO if tag != own => return None,
            chunk::COOKIE_ACK => self.init = [false; 2],
            chunk::HEARTBEAT | chunk::HEARTBEAT_ACK if own == 0 => self.set_tag(reply, tag),
            chunk::HEARTBEAT | chunk::HEARTBEAT_ACK if tag == own => self.odd_heartbeat = None,
            chunk::HEARTBEAT if data => return None,
            chunk::HEARTBEAT => {
                self.odd_heartbeat = Some(reply);
                return Some(true);
            }
            chunk::HEARTBEAT_ACK => {
                if data || self.odd_heartbeat != Some(!reply) {
                    return None;
                }
                // The other end has answered: its tags are new.
                self.odd_heartbeat = None;
                self.set_tag(reply, tag);
                self.set_tag(!reply, 0);
            }
            _ => {}
        }
        Some(false)
    }

    /// Notes the tag that an INIT or INIT ACK tells; `false` if it must not come.
    fn note(&mut self, kind: u8, theirs: u32, reply: bool) -> bool {
        match kind {
            chunk::INIT => {
                if self.began(reply) && self.began(!reply) {
                    self.set_began(!reply, false);
                }
                self.set_began(reply, true);
                self.set_tag(!reply, theirs);
            }
            chunk::INIT_ACK => {
                let known = self.tag(!reply);
                let both = self.began(reply) && self.began(!reply);
                let unasked = !self.began(!reply) && known != 0;
                if (both || unasked) && known != theirs {
                    return false;
                }
                self.set_tag(!reply, theirs);
            }
            _ => {}
        }
        true
    }
}

/// Chunks of a packet: type, and where it begins. One without a length ends it.
fn chunks(packet: &[u8]) -> impl Iterator<Item = (u8, usize)> {
    let mut at = 12;
    std::iter::from_fn(move || {
        let (&kind, length) = (packet.get(at)?, be16(packet, at + 2)?);
        let found = (length != 0).then_some((kind, at));
        at += usize::from(length).next_multiple_of(4);
        found
    })
}

/// `do_basic_checks`: chunks that must stand alone, or first.
fn in_order(packet: &[u8]) -> bool {
    let mut count = 0;
    let mut alone = false;
    for (kind, _) in chunks(packet) {
        alone |= matches!(
            kind,
            chunk::INIT | chunk::INIT_ACK | chunk::SHUTDOWN_COMPLETE
        );
        let first = alone || matches!(kind, chunk::COOKIE_ECHO | chunk::COOKIE_ACK);
        if first && count > 0 {
            return false;
        }
        count += 1;
    }
    count > 0
}

/// `nf_conntrack_sctp_packet`.
pub(super) fn track(
    entry: &mut Entry,
    packet: &[u8],
    reply: bool,
    sysctl: &CtSysctl,
    now: u64,
    check: bool,
) -> Tracked {
    if (check && !crc32c::holds(packet)) || !in_order(packet) {
        return Tracked::Invalid;
    }
    let confirmed = entry.has(status::CONFIRMED);
    let mut sctp = entry.sctp.unwrap_or_default();
    if !confirmed && sctp.state == State::None {
        if !may_begin(packet) {
            return Tracked::Invalid;
        }
        sctp.begin(packet);
    }
    let tag = be32(packet, 4).unwrap_or(0);
    let has = |wanted: &[u8]| chunks(packet).any(|(kind, _)| wanted.contains(&kind));
    let excused = has(&[
        chunk::INIT,
        chunk::SHUTDOWN_COMPLETE,
        chunk::COOKIE_ECHO,
        chunk::ABORT,
        chunk::SHUTDOWN_ACK,
        chunk::HEARTBEAT,
        chunk::HEARTBEAT_ACK,
    ]);
    if !excused && tag != sctp.tag(reply) {
        return Tracked::Invalid;
    }
    let (mut old, mut new) = (State::None, State::None);
    // Passed over: neither state nor timeout changes.
    let mut ignored = false;
    let mut fits = true;
    let data = has(&[chunk::DATA]);
    for (kind, at) in chunks(packet) {
        let flags = packet.get(at + 1).copied().unwrap_or(0);
        match sctp.fits(kind, flags, tag, reply, data || ignored) {
            Some(true) => {
                ignored = true;
                continue;
            }
            Some(false) => {}
            None => fits = false,
        }
        old = sctp.state;
        let next = if fits { old.after(kind, reply) } else { None };
        let theirs = be32(packet, at + 4).unwrap_or(0);
        match next {
            Some(next) if sctp.note(kind, theirs, reply) => new = next,
            _ => {
                fits = false;
                break;
            }
        }
        // An INIT again must not keep it alive.
        ignored |= kind == chunk::INIT && old == State::Closed && new == State::Closed && confirmed;
        sctp.state = new;
    }
    entry.sctp = Some(sctp);
    if !fits {
        return Tracked::Invalid;
    }
    if ignored {
        return Tracked::Uncounted;
    }
    refresh(entry, now, new.timeout(sysctl));
    let answered = matches!(old, State::CookieEchoed | State::HeartbeatSent);
    if reply && answered && new == State::Established {
        entry.status |= status::ASSURED;
    }
    Tracked::Accept
}

/// Chunk types (RFC 9260, section 3.2).
mod chunk {
    pub const DATA: u8 = 0;
    pub const INIT: u8 = 1;
    pub const INIT_ACK: u8 = 2;
    pub const HEARTBEAT: u8 = 4;
    pub const HEARTBEAT_ACK: u8 = 5;
    pub const ABORT: u8 = 6;
    pub const SHUTDOWN: u8 = 7;
    pub const SHUTDOWN_ACK: u8 = 8;
    pub const ERROR: u8 = 9;
    pub const COOKIE_ECHO: u8 = 10;
    pub const COOKIE_ACK: u8 = 11;
    pub const SHUTDOWN_COMPLETE: u8 = 14;
}

/// May a connection begin with this packet (`sctp_new`)? Every chunk of it must
/// be one that a connection can begin with; most of them only while there is no
/// verification tag. Each kind was tried on 6.18.
pub(super) fn may_begin(packet: &[u8]) -> bool {
    let Some(tag) = be32(packet, 4) else {
        return false;
    };
    let mut at = 12;
    let mut alone = false;
    while let (Some(&kind), Some(length)) = (packet.get(at), be16(packet, at + 2)) {
        let begins = match kind {
            chunk::HEARTBEAT | chunk::HEARTBEAT_ACK | chunk::SHUTDOWN_ACK => true,
            chunk::SHUTDOWN | chunk::ERROR => tag == 0,
            chunk::INIT | chunk::INIT_ACK | chunk::COOKIE_ECHO => tag == 0 && at == 12,
            _ => false,
        };
        if alone || !begins || length < 4 {
            return false;
        }
        alone = matches!(kind, chunk::INIT | chunk::INIT_ACK);
        // A chunk that claims more than there is ends the packet.
        at += usize::from(length).next_multiple_of(4);
    }
    at > 12
}
