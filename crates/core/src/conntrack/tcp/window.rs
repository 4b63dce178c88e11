//! Windows: may a segment be where it is (`tcp_in_window`)?

use crate::conntrack::said::Said;
use crate::conntrack::seqadj::SeqAdj;
use crate::wire::be32;
use crate::wire::tcp::{ACK, RST, SYN, Tcp};
use crate::world::sysctl::CtSysctl;

use super::{Kind, Seen, State, TcpTrack, kind};

pub(super) fn before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

fn after(a: u32, b: u32) -> bool {
    before(b, a)
}

/// Window scale and SACK-permitted (`tcp_options`).
pub(super) fn options(segment: &Tcp<'_>, seen: &mut Seen) {
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

pub(super) fn window_or_one(window: u32) -> u32 {
    window.max(1)
}

/// What is made of a segment (`enum nf_ct_tcp_action`).
pub(super) enum Window {
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

pub(super) fn pair(seen: &mut [Seen; 2], dir: usize) -> (&mut Seen, &mut Seen) {
    let [original, reply] = seen;
    if dir == 0 {
        (original, reply)
    } else {
        (reply, original)
    }
}

/// `tcp_in_window`.
pub(super) fn in_window(
    track: &mut TcpTrack,
    dir: usize,
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
    if kind(flags) == Kind::Ack {
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
