//! ICMP messages (RFC 792).

use super::{be16, be32, checksum, put16, put32};

/// Echo reply.
pub const ECHO_REPLY: u8 = 0;
/// Destination unreachable.
pub const DEST_UNREACH: u8 = 3;
/// Source quench.
pub const SOURCE_QUENCH: u8 = 4;
/// Redirect.
pub const REDIRECT: u8 = 5;
/// Echo request.
pub const ECHO: u8 = 8;
/// Time exceeded.
pub const TIME_EXCEEDED: u8 = 11;
/// Code of time exceeded: fragments are missing (`ICMP_EXC_FRAGTIME`).
pub const FRAGTIME: u8 = 1;
/// Parameter problem.
pub const PARAMETER_PROBLEM: u8 = 12;
/// Timestamp request.
pub const TIMESTAMP: u8 = 13;
/// Timestamp reply.
pub const TIMESTAMP_REPLY: u8 = 14;
/// Information request.
pub const INFO_REQUEST: u8 = 15;
/// Information reply.
pub const INFO_REPLY: u8 = 16;
/// Address mask request.
pub const ADDRESS: u8 = 17;
/// Address mask reply.
pub const ADDRESS_REPLY: u8 = 18;
/// Extended echo request (RFC 8335).
pub const EXT_ECHO: u8 = 42;
/// Extended echo reply.
pub const EXT_ECHO_REPLY: u8 = 43;

/// Codes of [`DEST_UNREACH`].
pub mod unreach {
    /// Network unreachable.
    pub const NET: u8 = 0;
    /// Host unreachable.
    pub const HOST: u8 = 1;
    /// Protocol unreachable.
    pub const PROT: u8 = 2;
    /// Port unreachable.
    pub const PORT: u8 = 3;
    /// Fragmentation needed and DF set.
    pub const FRAG_NEEDED: u8 = 4;
    /// Source route failed.
    pub const SR_FAILED: u8 = 5;
    /// Network administratively prohibited.
    pub const NET_ANO: u8 = 9;
    /// Host administratively prohibited.
    pub const HOST_ANO: u8 = 10;
    /// Communication administratively prohibited (RFC 1812).
    pub const PKT_FILTERED: u8 = 13;
}

/// Is a message of this type an error, which must never be answered by
/// another error (RFC 1122, 3.2.2)?
pub fn is_error(kind: u8) -> bool {
    matches!(
        kind,
        DEST_UNREACH | SOURCE_QUENCH | REDIRECT | TIME_EXCEEDED | PARAMETER_PROBLEM
    )
}

/// May a message of this type be answered by an error (`icmp_pointers`)? The
/// types that are not assigned, and router discovery, count as errors too.
pub fn may_meet_error(kind: u8) -> bool {
    matches!(kind, ECHO_REPLY | ECHO | TIMESTAMP..=ADDRESS_REPLY)
}

/// Builds a message: type, code, the second word, data, and the checksum.
pub fn build(kind: u8, code: u8, word: u32, data: &[u8]) -> Vec<u8> {
    let mut out = vec![kind, code, 0, 0, 0, 0, 0, 0];
    put32(&mut out, 4, word);
    out.extend_from_slice(data);
    set_check(&mut out);
    out
}

/// Recomputes the checksum of a message.
pub fn set_check(message: &mut [u8]) {
    put16(message, 2, 0);
    let check = checksum::of(message);
    put16(message, 2, check);
}

/// Does the message's checksum hold?
pub fn check_ok(message: &[u8]) -> bool {
    checksum::sum(message, 0) == 0xffff
}

/// The second word of a message: an MTU, a gateway, a pointer.
pub fn info(message: &[u8]) -> u32 {
    be32(message, 4).unwrap_or(0)
}

/// Identifier of an echo (or other query) message.
pub fn id(message: &[u8]) -> u16 {
    be16(message, 4).unwrap_or(0)
}

/// Sequence number of an echo message.
pub fn sequence(message: &[u8]) -> u16 {
    be16(message, 6).unwrap_or(0)
}
