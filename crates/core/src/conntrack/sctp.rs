//! SCTP (net/netfilter/nf_conntrack_proto_sctp.c), as far as what a connection
//! may begin with. Its states are not modelled.

use crate::wire::{be16, be32};

use super::crc32c;

/// Chunk types (RFC 9260, section 3.2).
mod chunk {
    pub const INIT: u8 = 1;
    pub const INIT_ACK: u8 = 2;
    pub const HEARTBEAT: u8 = 4;
    pub const HEARTBEAT_ACK: u8 = 5;
    pub const SHUTDOWN: u8 = 7;
    pub const SHUTDOWN_ACK: u8 = 8;
    pub const ERROR: u8 = 9;
    pub const COOKIE_ECHO: u8 = 10;
}

/// Does the packet's checksum hold (`sctp_error`)?
pub(super) fn check_ok(packet: &[u8]) -> bool {
    crc32c::holds(packet)
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
