//! Shifted sequence numbers, where NAT made what a segment carries longer or
//! shorter (net/netfilter/nf_conntrack_seqadj.c).
//!
//! Not modelled: selective acknowledgements in shifted connections.

use crate::wire::tcp::{ACK, Tcp};
use crate::wire::{checksum, put32};

/// Is `a` before `b` in sequence space?
pub(super) fn before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

/// Is `a` after `b` in sequence space?
pub(super) fn after(a: u32, b: u32) -> bool {
    before(b, a)
}

/// How one direction is shifted (`struct nf_ct_seqadj`).
#[derive(Clone, Copy, Debug, Default)]
pub struct SeqAdj {
    /// Last segment that changed its length.
    position: u32,
    before: i32,
    after: i32,
}

impl SeqAdj {
    /// `nf_ct_seqadj_set`: the segment at `seq` became longer by `by`.
    pub(super) fn shift(&mut self, seq: u32, by: i32) {
        if self.before == self.after || before(self.position, seq) {
            self.position = seq;
            self.before = self.after;
            self.after = self.after.wrapping_add(by);
        }
    }

    /// `nf_ct_seq_offset`: the shift of what is numbered `seq`.
    pub(super) fn offset(&self, seq: u32) -> i32 {
        if after(seq, self.position) {
            self.after
        } else {
            self.before
        }
    }

    /// The shift that an acknowledgement of this direction takes back.
    fn of_ack(&self, ack: u32) -> i32 {
        if after(ack.wrapping_sub(self.before as u32), self.position) {
            self.after
        } else {
            self.before
        }
    }
}

/// `nf_ct_seq_adjust`: shifts the segment in `packet`, which runs in the
/// direction `reply`.
pub(super) fn adjust(packet: &mut [u8], ways: &[SeqAdj; 2], reply: bool) {
    let header = crate::wire::ipv4::Ipv4(packet).header_len();
    let Some(bytes) = packet.get_mut(header..) else {
        return;
    };
    let segment = Tcp(bytes);
    let (seq, ack, flags) = (segment.seq(), segment.ack(), segment.flags());
    let [original, answer] = ways;
    let (this, other) = if reply {
        (answer, original)
    } else {
        (original, answer)
    };
    let new = seq.wrapping_add(this.offset(seq) as u32);
    replace(bytes, 4, seq, new);
    if flags & ACK != 0 {
        replace(bytes, 8, ack, ack.wrapping_sub(other.of_ack(ack) as u32));
    }
}

fn replace(bytes: &mut [u8], at: usize, old: u32, new: u32) {
    if let Some(check) = crate::wire::be16(bytes, 16) {
        put32(bytes, at, new);
        crate::wire::put16(bytes, 16, checksum::replace32(check, old, new));
    }
}
