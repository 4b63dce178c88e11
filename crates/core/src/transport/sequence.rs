//! Does a segment fit into an established connection? (`tcp_rcv_established`,
//! `tcp_validate_incoming` and `tcp_ack` in net/ipv4/tcp_input.c, RFC 5961.)
//!
//! Not modelled: time stamps that run backwards (PAWS), acknowledgements that
//! are too old, and data beyond the window's end.

use crate::walk::DropReason;
use crate::wire::tcp::{ACK, FIN, RST, SYN, Tcp};
use crate::world::{NsId, SockId, World};

use super::Socket;

/// What is sent back for a segment that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// Nothing.
    Nothing,
    /// An ACK of what was expected.
    Ack,
    /// The same, unless another was sent within `tcp_invalid_ratelimit`.
    Challenge,
}

/// Bytes that may come ahead of their turn; the window is not modelled, and
/// numbers that somebody made up are far outside any.
const WINDOW: u32 = 65_535;

/// Does `a` come before `b`, as sequence numbers go round?
fn before(a: u32, b: u32) -> bool {
    a.wrapping_sub(b).cast_signed() < 0
}

impl Socket {
    /// Why a segment is not taken, and what is said to it; `None` if it fits. A
    /// reset that is expected fits.
    pub(super) fn refuses(&self, segment: &Tcp<'_>) -> Option<(DropReason, Reply)> {
        let (flags, seq) = (segment.flags(), segment.seq());
        let has = |flag: u8| flags & flag != 0;
        let data = segment.data().len() as u32;
        let end = seq
            .wrapping_add(data)
            .wrapping_add(has(SYN).into())
            .wrapping_add(has(FIN).into());
        if !has(ACK | RST | SYN) {
            return Some((DropReason::TcpFlags, Reply::Nothing));
        }
        let outside = if before(end, self.rcv_wup) {
            Some(DropReason::TcpOldSequence)
        } else if before(self.rcv_nxt.wrapping_add(WINDOW), seq) {
            Some(DropReason::TcpInvalidSequence)
        } else {
            None
        };
        if has(RST) {
            return match outside {
                Some(reason) => Some((reason, Reply::Nothing)),
                None if seq == self.rcv_nxt => None,
                None => Some((DropReason::TcpReset, Reply::Challenge)),
            };
        }
        if has(SYN) {
            return Some((DropReason::TcpInvalidSyn, Reply::Challenge));
        }
        if let Some(reason) = outside {
            // Data is always answered: the other end waits for that.
            let reply = if seq == end {
                Reply::Challenge
            } else {
                Reply::Ack
            };
            return Some((reason, reply));
        }
        if before(self.snd_nxt, segment.ack()) {
            return Some((DropReason::TcpAckUnsentData, Reply::Challenge));
        }
        (seq != end && !before(self.rcv_nxt, end)).then_some((DropReason::TcpOldData, Reply::Ack))
    }
}

impl World {
    /// `__tcp_oow_rate_limited`: was another such segment answered a moment ago?
    pub(super) fn tcp_oow_limited(&mut self, ns: NsId, sock: SockId) -> bool {
        let now = self.now;
        let limit = self.ns(ns).sysctl.ipv4.tcp_invalid_ratelimit;
        let limit = u64::from(limit.unsigned_abs()) * 1_000_000;
        let Some(socket) = self.ns_mut(ns).sockets.get_mut(sock) else {
            return true;
        };
        let last = socket.challenged;
        let limited = last.is_some_and(|last| now.saturating_sub(last) < limit);
        if !limited {
            socket.challenged = Some(now);
        }
        limited
    }
}
