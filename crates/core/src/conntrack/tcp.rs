//! TCP's state machine and windows (net/netfilter/nf_conntrack_proto_tcp.c).

use crate::wire::ipv4::{self, Ipv4};
use crate::wire::tcp::{ACK, FIN, RST, SYN, Tcp, URG};
use crate::wire::{be32, checksum};
use crate::world::sysctl::CtSysctl;

use super::CtInfo;
use super::entry::{Entry, status};
use super::said::Said;
use super::seqadj::SeqAdj;
use super::track::{Tracked, refresh};

/// State of a connection (`enum tcp_conntrack`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum State {
    #[default]
    None,
    SynSent,
    SynRecv,
    Established,
    FinWait,
    CloseWait,
    LastAck,
    TimeWait,
    Close,
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

fn before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

fn after(a: u32, b: u32) -> bool {
    before(b, a)
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

/// Window scale and SACK-permitted (`tcp_options`).
fn options(segment: &Tcp<'_>, seen: &mut Seen) {
    seen.scale = 0;
    seen.has_scale = false;
    seen.sack = false;
    let mut rest = segment.options();
    while let Some(&option) = rest.first() {
        let len = match option {
            0 => return,
            1 => 1,
            _ => usize::from(rest.get(1).copied().unwrap_or(0)),
        };
        if len == 0 || len > rest.len() {
            return;
        }
        match (option, len) {
            (4, 2) => seen.sack = true,
            (3, 3) => {
                seen.scale = rest.get(2).copied().unwrap_or(0).min(14);
                seen.has_scale = true;
            }
            _ => {}
        }
        rest = rest.get(len..).unwrap_or(&[]);
    }
}

/// The highest selectively acknowledged sequence number (`tcp_sack`).
fn highest_sack(segment: &Tcp<'_>, ack: u32) -> u32 {
    let mut highest = ack;
    let mut rest = segment.options();
    while let Some(&option) = rest.first() {
        let len = match option {
            0 => break,
            1 => 1,
            _ => usize::from(rest.get(1).copied().unwrap_or(0)),
        };
        if len == 0 || len > rest.len() {
            break;
        }
        if option == 5 {
            let mut at = 6;
            while at + 4 <= len {
                if let Some(edge) = be32(rest, at)
                    && after(edge, highest)
                {
                    highest = edge;
                }
                at += 8;
            }
        }
        rest = rest.get(len..).unwrap_or(&[]);
    }
    highest
}

fn window_or_one(window: u32) -> u32 {
    window.max(1)
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

enum Window {
    Accept,
    Ignore,
    Invalid,
}

fn init_sender(track: &mut TcpTrack, dir: usize, segment: &Tcp<'_>, end: u32) {
    let (sender, receiver) = pair(&mut track.seen, dir);
    sender.end = end;
    sender.maxend = end;
    sender.maxwin = window_or_one(segment.window().into());
    options(segment, sender);
    if dir == 1 && !(sender.has_scale && receiver.has_scale) {
        sender.scale = 0;
        receiver.scale = 0;
    }
}

fn pair(seen: &mut [Seen; 2], dir: usize) -> (&mut Seen, &mut Seen) {
    let [original, reply] = seen;
    if dir == 0 {
        (original, reply)
    } else {
        (reply, original)
    }
}

/// `tcp_in_window`.
#[allow(clippy::too_many_arguments)]
fn in_window(
    track: &mut TcpTrack,
    dir: usize,
    index: Kind,
    segment: &Tcp<'_>,
    end: u32,
    sysctl: &CtSysctl,
    shifted: Option<&[SeqAdj; 2]>,
    said: &mut Said,
) -> Window {
    let flags = segment.flags();
    let syn = flags & SYN != 0;
    let state = track.state;
    let mut seq = segment.seq();
    let mut end = end;
    let mut ack = segment.ack();
    let raw_window = u32::from(segment.window());
    let mut window = raw_window;
    let mut sack = ack;
    // What NAT has shifted, the receiver's numbers have not.
    let shift = shifted.and_then(|ways| ways.get(1 - dir));
    let shift = shift.map_or(0, |way| way.offset(ack.wrapping_sub(1)));
    {
        let (_, receiver) = pair(&mut track.seen, dir);
        if receiver.sack {
            sack = highest_sack(segment, ack);
        }
    }
    ack = ack.wrapping_sub(shift as u32);
    sack = sack.wrapping_sub(shift as u32);
    let (sender, receiver) = pair(&mut track.seen, dir);
    if sender.maxwin == 0 {
        if syn {
            init_sender(track, dir, segment, end);
            if flags & ACK == 0 {
                return Window::Accept;
            }
        } else {
            let scaled = window << sender.scale;
            sender.end = end;
            sender.maxwin = window_or_one(scaled);
            sender.maxend = end.wrapping_add(sender.maxwin);
            if receiver.maxwin == 0 {
                receiver.end = sack;
                receiver.maxend = sack;
            } else if sack == receiver.end.wrapping_add(1) {
                receiver.end = receiver.end.wrapping_add(1);
            }
        }
    } else if syn && after(end, sender.end) && matches!(state, State::SynSent | State::SynRecv) {
        init_sender(track, dir, segment, end);
        if dir == 1 && flags & ACK == 0 {
            return Window::Accept;
        }
    }
    let (sender, receiver) = pair(&mut track.seen, dir);
    if flags & ACK == 0 || (flags & RST != 0 && ack == 0) {
        ack = receiver.end;
        sack = receiver.end;
    }
    if flags & RST != 0 && seq == 0 && state == State::SynSent {
        seq = sender.end;
        end = sender.end;
    }
    let in_receive = receiver.maxwin == 0
        || after(
            end,
            sender.end.wrapping_sub(receiver.maxwin).wrapping_sub(1),
        );
    let upper = before(seq, sender.maxend.wrapping_add(1));
    let ack_upper = before(sack, receiver.end.wrapping_add(1));
    let ack_window = sender.maxwin.max(66000);
    let ack_lower = after(sack, receiver.end.wrapping_sub(ack_window).wrapping_sub(1));
    if !(upper && in_receive && ack_upper && ack_lower) {
        if sender.liberal || sysctl.tcp_be_liberal != 0 {
            return Window::Accept;
        }
        let right = sender.maxend.wrapping_add(1);
        if !upper {
            // A sender that goes beyond the window it was offered: INVALID,
            // but what acknowledges it will not be.
            let overshot = end.wrapping_sub(sender.maxend).wrapping_add(1);
            if in_receive && ack_lower && ack_upper && overshot <= receiver.maxwin {
                sender.end = end;
                sender.unacknowledged = true;
                said.say(|| format!("{overshot} bytes more than expected"));
                return Window::Invalid;
            }
            said.say(|| {
                format!("SEQ is over upper bound {right} (over the window of the receiver)")
            });
            return Window::Invalid;
        }
        if !ack_upper {
            let bound = receiver.end.wrapping_add(1);
            said.say(|| format!("ACK is over upper bound {bound} (ACKed data not seen yet)"));
            return Window::Invalid;
        }
        // Late, but harmless.
        if !in_receive {
            let bound = sender.end.wrapping_sub(receiver.maxwin).wrapping_sub(1);
            said.say(|| {
                format!("SEQ is under lower bound {bound} (already ACKed data retransmitted)")
            });
        } else {
            let bound = receiver.end.wrapping_sub(ack_window).wrapping_sub(1);
            said.say(|| format!("ignored ACK under lower bound {bound} (possible overly delayed)"));
        }
        return Window::Ignore;
    }
    if !syn {
        window <<= sender.scale;
    }
    let swin = window.wrapping_add(sack.wrapping_sub(ack));
    sender.maxwin = sender.maxwin.max(swin);
    if after(end, sender.end) {
        sender.end = end;
        sender.unacknowledged = true;
    }
    if flags & ACK != 0 && sender.maxack.is_none_or(|max| after(ack, max)) {
        sender.maxack = Some(ack);
    }
    if receiver.maxwin != 0 && after(end, sender.maxend) {
        receiver.maxwin = receiver
            .maxwin
            .wrapping_add(end.wrapping_sub(sender.maxend));
    }
    if after(sack.wrapping_add(window), receiver.maxend.wrapping_sub(1)) {
        receiver.maxend = sack.wrapping_add(window);
        if window == 0 {
            receiver.maxend = receiver.maxend.wrapping_add(1);
        }
    }
    if ack == receiver.end {
        receiver.unacknowledged = false;
    }
    if index == Kind::Ack {
        let again = track.last_dir == dir
            && track.last_seq == seq
            && track.last_ack == ack
            && track.last_end == end
            && u32::from(track.last_win) == raw_window;
        if again {
            track.retrans += 1;
        } else {
            track.last_dir = dir;
            track.last_seq = seq;
            track.last_ack = ack;
            track.last_end = end;
            track.last_win = raw_window as u16;
            track.retrans = 0;
        }
    }
    Window::Accept
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
            index,
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
