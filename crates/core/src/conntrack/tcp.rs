//! TCP's state machine (net/netfilter/nf_conntrack_proto_tcp.c); windows stand in
//! `window`.

mod window;

use crate::wire::checksum;
use crate::wire::ipv4::{self, Ipv4};
use crate::wire::tcp::{ACK, FIN, RST, SYN, Tcp, URG};
use crate::world::sysctl::CtSysctl;

use super::CtInfo;
use super::entry::{Entry, status};
use super::said::Said;
use super::track::{Tracked, refresh};
use window::{Window, before, in_window, options, pair, window_or_one};

/// State of a connection (`enum tcp_conntrack`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nothing was seen yet.
    #[default]
    None,
    /// A SYN.
    SynSent,
    /// A SYN and its answer.
    SynRecv,
    /// The handshake is over.
    Established,
    /// The first FIN.
    FinWait,
    /// The first FIN is acknowledged.
    CloseWait,
    /// The second FIN as well.
    LastAck,
    /// Both are acknowledged.
    TimeWait,
    /// A reset.
    Close,
    /// A SYN either way: both open at the same time.
    SynSent2,
}

impl State {
    /// As `conntrack -L` prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::SynSent => "SYN_SENT",
            Self::SynRecv => "SYN_RECV",
            Self::Established => "ESTABLISHED",
            Self::FinWait => "FIN_WAIT",
            Self::CloseWait => "CLOSE_WAIT",
            Self::LastAck => "LAST_ACK",
            Self::TimeWait => "TIME_WAIT",
            Self::Close => "CLOSE",
            Self::SynSent2 => "SYN_SENT2",
        }
    }
}

/// What the table of transitions says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    To(State),
    Invalid,
    Ignore,
}

/// Kind of segment (`enum tcp_bit_set`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    Syn,
    SynAck,
    Fin,
    Ack,
    Rst,
    #[default]
    None,
}

/// What was seen of one direction (`struct ip_ct_tcp_state`).
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    end: u32,
    maxend: u32,
    maxwin: u32,
    maxack: Option<u32>,
    scale: u8,
    has_scale: bool,
    sack: bool,
    close_init: bool,
    liberal: bool,
    unacknowledged: bool,
}

/// TCP's part of an entry (`struct ip_ct_tcp`).
#[derive(Clone, Debug, Default)]
pub struct TcpTrack {
    /// State.
    pub state: State,
    seen: [Seen; 2],
    last_dir: usize,
    last_kind: Kind,
    last_seq: u32,
    last_ack: u32,
    last_end: u32,
    last_win: u16,
    last_scale: Option<u8>,
    last_sack: bool,
    challenge: bool,
    simultaneous: bool,
    retrans: u32,
}

impl TcpTrack {
    /// One that a snapshot shows in this state: its windows are not known.
    pub fn in_state(state: State) -> Self {
        let liberal = Seen {
            liberal: true,
            sack: true,
            ..Seen::default()
        };
        Self {
            state,
            seen: [liberal; 2],
            ..Self::default()
        }
    }
}

fn kind(flags: u8) -> Kind {
    if flags & RST != 0 {
        Kind::Rst
    } else if flags & SYN != 0 {
        if flags & ACK != 0 {
            Kind::SynAck
        } else {
            Kind::Syn
        }
    } else if flags & FIN != 0 {
        Kind::Fin
    } else if flags & ACK != 0 {
        Kind::Ack
    } else {
        Kind::None
    }
}

/// `tcp_conntracks`: the transitions, by direction, segment and state.
fn transition(reply: bool, kind: Kind, state: State) -> Next {
    use Next::{Ignore, Invalid, To};
    use State::{
        Close, CloseWait, Established, FinWait, LastAck, None, SynRecv, SynSent, SynSent2, TimeWait,
    };
    match (reply, kind) {
        (false, Kind::Syn) => match state {
            None | SynSent | TimeWait | Close => To(SynSent),
            SynSent2 => To(SynSent2),
            _ => Ignore,
        },
        (false, Kind::SynAck) => match state {
            SynRecv | SynSent2 => To(SynRecv),
            _ => Invalid,
        },
        (_, Kind::Fin) => match state {
            SynRecv | Established => To(FinWait),
            FinWait | CloseWait | LastAck => To(LastAck),
            TimeWait => To(TimeWait),
            Close => To(Close),
            _ => Invalid,
        },
        (false, Kind::Ack) => match state {
            None | SynRecv | Established => To(Established),
            FinWait | CloseWait => To(CloseWait),
            LastAck | TimeWait => To(TimeWait),
            Close => To(Close),
            _ => Invalid,
        },
        (true, Kind::Ack) => match state {
            SynSent | SynSent2 => Ignore,
            SynRecv => To(SynRecv),
            Established => To(Established),
            FinWait | CloseWait => To(CloseWait),
            LastAck | TimeWait => To(TimeWait),
            Close => To(Close),
            None => Invalid,
        },
        (_, Kind::Rst) => match state {
            None => Invalid,
            _ => To(Close),
        },
        (true, Kind::Syn) => match state {
            SynSent | SynSent2 => To(SynSent2),
            TimeWait => To(SynSent),
            _ => Invalid,
        },
        (true, Kind::SynAck) => match state {
            SynSent | SynSent2 => To(SynRecv),
            None => Invalid,
            _ => Ignore,
        },
        (_, Kind::None) => Invalid,
    }
}

/// `tcp_error`: why a segment cannot be, if so; an empty text for what the log
/// never hears of.
fn malformed(ip: &Ipv4<'_>, check: bool) -> Option<&'static str> {
    let bytes = ip.payload();
    let segment = Tcp(bytes);
    if bytes.len() < 20 {
        return Some("");
    }
    if segment.header_len() < 20 || segment.header_len() > bytes.len() {
        return Some("truncated packet");
    }
    if check {
        let pseudo = checksum::pseudo_v4(ip.src(), ip.dst(), ipv4::TCP, bytes.len());
        if checksum::sum(bytes, pseudo) != 0xffff {
            return Some("bad checksum");
        }
    }
    const SYN_URG: u8 = SYN | URG;
    const SYN_ACK: u8 = SYN | ACK;
    const RST_ACK: u8 = RST | ACK;
    const FIN_ACK: u8 = FIN | ACK;
    const FIN_ACK_URG: u8 = FIN | ACK | URG;
    const ACK_URG: u8 = ACK | URG;
    let possible = matches!(
        segment.flags() & (FIN | SYN | RST | ACK | URG),
        SYN | SYN_URG | SYN_ACK | RST | RST_ACK | FIN_ACK | FIN_ACK_URG | ACK | ACK_URG
    );
    (!possible).then_some("invalid tcp flag combination")
}

/// `tcp_new`: may a connection begin with this segment?
fn begin(
    track: &mut TcpTrack,
    segment: &Tcp<'_>,
    end: u32,
    sysctl: &CtSysctl,
    said: &mut Said,
) -> bool {
    let next = transition(false, kind(segment.flags()), State::None);
    let window = window_or_one(segment.window().into());
    let mut first = Seen {
        end,
        maxwin: window,
        maxend: end,
        ..Seen::default()
    };
    match next {
        Next::To(State::SynSent) => {
            options(segment, &mut first);
            track.seen = [first, Seen::default()];
        }
        Next::To(_) if sysctl.tcp_loose != 0 => {
            first.maxend = end.wrapping_add(window);
            first.sack = true;
            first.liberal = true;
            let other = Seen {
                sack: true,
                liberal: true,
                ..Seen::default()
            };
            track.seen = [first, other];
        }
        Next::To(_) => return false,
        _ => {
            said.say(|| "invalid new".into());
            return false;
        }
    }
    track.last_kind = Kind::None;
    true
}

impl Said {
    fn ignored(&mut self, index: Kind, dir: usize, state: State) {
        let (number, state) = (index as u8, state.name());
        self.say(|| format!("packet (index {number}) in dir {dir} ignored, state {state}"));
    }
}

fn timeout_of(state: State, sysctl: &CtSysctl) -> u32 {
    match state {
        State::None | State::SynSent | State::SynSent2 => sysctl.tcp_timeout_syn_sent,
        State::SynRecv => sysctl.tcp_timeout_syn_recv,
        State::Established => sysctl.tcp_timeout_established,
        State::FinWait => sysctl.tcp_timeout_fin_wait,
        State::CloseWait => sysctl.tcp_timeout_close_wait,
        State::LastAck => sysctl.tcp_timeout_last_ack,
        State::TimeWait => sysctl.tcp_timeout_time_wait,
        State::Close => sysctl.tcp_timeout_close,
    }
}

/// `nf_conntrack_tcp_packet`. The second value says that the entry is over
/// and leaves the table.
pub(super) fn track(
    entry: &mut Entry,
    ip: &Ipv4<'_>,
    info: CtInfo,
    sysctl: &CtSysctl,
    now: u64,
    check: bool,
    said: &mut Said,
) -> (Tracked, bool) {
    if let Some(why) = malformed(ip, check) {
        if !why.is_empty() {
            said.say(|| why.into());
        }
        return (Tracked::Invalid, false);
    }
    let segment = Tcp(ip.payload());
    let flags = segment.flags();
    let length =
        segment.data().len() as u32 + u32::from(flags & SYN != 0) + u32::from(flags & FIN != 0);
    let (seq, ack) = (segment.seq(), segment.ack());
    let end = seq.wrapping_add(length);
    let reply = info.is_reply();
    let dir = usize::from(reply);
    let confirmed = entry.has(status::CONFIRMED);
    let seen_reply = entry.has(status::SEEN_REPLY);
    let assured = entry.has(status::ASSURED);
    let track = entry.tcp.get_or_insert_with(TcpTrack::default);
    if !confirmed && !begin(track, &segment, end, sysctl, said) {
        return (Tracked::Invalid, false);
    }
    let mut old = track.state;
    let index = kind(flags);
    let established = (State::Established..=State::TimeWait).contains(&track.state);
    let mut skip_window = false;
    let mut new = match transition(reply, index, old) {
        Next::Invalid => {
            let (number, state) = (index as u8, old.name());
            said.say(|| format!("packet (index {number}) in dir {dir} invalid, state {state}"));
            return (Tracked::Invalid, false);
        }
        Next::To(State::SynSent) if old >= State::TimeWait && old != State::SynSent2 => {
            let closed = track.seen.iter().any(|seen| seen.close_init);
            if closed || (track.last_dir == dir && track.last_kind == Kind::Rst) {
                return (Tracked::Repeat, true);
            }
            match ignored(track, dir, index, &segment, end, &mut old) {
                Some(new) => new,
                None => {
                    said.ignored(index, dir, old);
                    return (Tracked::Uncounted, false);
                }
            }
        }
        Next::Ignore => match ignored(track, dir, index, &segment, end, &mut old) {
            Some(new) => new,
            None => {
                said.ignored(index, dir, old);
                return (Tracked::Uncounted, false);
            }
        },
        Next::To(new) => new,
    };
    match new {
        State::TimeWait
            if old == State::LastAck
                && index == Kind::Ack
                && track.last_dir != dir
                && track.last_kind == Kind::Syn
                && track.challenge =>
        {
            track.challenge = false;
            said.say(|| "challenge-ack ignored".into());
            return (Tracked::Uncounted, false);
        }
        State::SynSent2 => track.simultaneous = true,
        State::SynRecv if reply && index == Kind::Ack && track.simultaneous => {
            new = State::Established;
        }
        // The tuple may be in use again: what is known of it counts for nothing
        // (tcp_can_early_drop).
        State::Close
            if index == Kind::Rst
                && matches!(
                    old,
                    State::FinWait
                        | State::CloseWait
                        | State::LastAck
                        | State::TimeWait
                        | State::Close
                ) =>
        {
            skip_window = true;
        }
        State::Close if index == Kind::Rst => {
            // A SYN that was let through unseen makes it outdated.
            let max = pair(&mut track.seen, dir).1.maxack;
            let max = max.filter(|_| track.last_kind != Kind::Syn);
            let mut settled = false;
            if let Some(max) = max {
                if seq == 0 && !established {
                    settled = true;
                } else if before(seq, max) && sysctl.tcp_ignore_invalid_rst == 0 {
                    said.say(|| "invalid rst".into());
                    return (Tracked::Invalid, false);
                } else if !established
                    || seq == max
                    || (track.last_kind == Kind::Ack
                        && track.last_dir == dir
                        && seq == track.last_end)
                {
                    settled = true;
                } else {
                    new = old;
                }
            }
            if !settled {
                let answers = (seen_reply && track.last_kind == Kind::Syn)
                    || (!assured && track.last_kind == Kind::Ack);
                // An answer to what was let through unseen, or to a challenge.
                skip_window = (answers && ack == track.last_end)
                    || (old == State::SynSent
                        && track.last_kind == Kind::Ack
                        && track.last_dir == 1
                        && seq == track.last_ack);
            }
        }
        _ => {}
    }
    if !skip_window {
        match in_window(
            track,
            dir,
            &segment,
            end,
            sysctl,
            entry.seqadj.as_ref(),
            said,
        ) {
            Window::Accept => {}
            Window::Ignore => return (Tracked::Uncounted, false),
            Window::Invalid => return (Tracked::Invalid, false),
        }
    }
    track.last_kind = index;
    track.last_dir = dir;
    track.state = new;
    if old != new
        && new == State::FinWait
        && let Some(seen) = track.seen.get_mut(dir)
    {
        seen.close_init = true;
    }
    let usual = timeout_of(new, sysctl);
    let mut timeout = if track.retrans >= sysctl.tcp_max_retrans as u32
        && usual > sysctl.tcp_timeout_max_retrans
    {
        sysctl.tcp_timeout_max_retrans
    } else if index == Kind::Rst {
        sysctl.tcp_timeout_close
    } else if track.seen.iter().any(|seen| seen.unacknowledged)
        && usual > sysctl.tcp_timeout_unacknowledged
    {
        sysctl.tcp_timeout_unacknowledged
    } else if track.last_win == 0 && usual > sysctl.tcp_timeout_max_retrans {
        sysctl.tcp_timeout_max_retrans
    } else {
        usual
    };
    if !seen_reply {
        if flags & RST != 0 {
            return (Tracked::Accept, true);
        }
        // A SYN that is sent again does not keep the entry alive.
        if index == Kind::Syn && old == State::SynSent {
            return (Tracked::Uncounted, false);
        }
        if new == State::Established {
            timeout = timeout.min(sysctl.tcp_timeout_unacknowledged);
        }
    } else if !assured
        && matches!(old, State::SynRecv | State::Established)
        && new == State::Established
    {
        entry.status |= status::ASSURED;
    }
    refresh(entry, now, timeout);
    (Tracked::Accept, false)
}

/// A segment that the entry may be out of step with: remembered, and passed.
/// A SYN-ACK that answers an ignored SYN brings the entry back into step and
/// gives the state to go to.
fn ignored(
    track: &mut TcpTrack,
    dir: usize,
    index: Kind,
    segment: &Tcp<'_>,
    end: u32,
    old: &mut State,
) -> Option<State> {
    if index == Kind::SynAck
        && track.last_kind == Kind::Syn
        && track.last_dir != dir
        && segment.ack() == track.last_end
    {
        *old = State::SynSent;
        track.state = State::SynSent;
        let (last_end, last_win, scale, sack) = (
            track.last_end,
            track.last_win,
            track.last_scale,
            track.last_sack,
        );
        let (sender, receiver) = pair(&mut track.seen, dir);
        *receiver = Seen {
            end: last_end,
            maxend: last_end,
            maxwin: window_or_one(last_win.into()),
            scale: scale.unwrap_or(0),
            has_scale: scale.is_some(),
            sack,
            ..Seen::default()
        };
        *sender = Seen::default();
        track.challenge = false;
        return Some(State::SynRecv);
    }
    track.last_kind = index;
    track.last_dir = dir;
    track.last_seq = segment.seq();
    track.last_end = end;
    track.last_win = segment.window();
    if index == Kind::Syn && dir == 0 {
        let mut seen = Seen::default();
        options(segment, &mut seen);
        track.last_scale = seen.has_scale.then_some(seen.scale);
        track.last_sack = seen.sack;
        track.challenge = *old == State::LastAck;
    }
    if *old == State::SynSent && index == Kind::Ack && dir == 1 {
        track.last_ack = segment.ack();
    }
    None
}
