//! ICMP: what is answered, and the errors that are sent (net/ipv4/icmp.c).

use crate::skb::Skb;
use crate::world::{NsId, World};

impl World {
    /// `icmp_send`: an ICMP error about `about`. `info` is the second word of
    /// the message (MTU, gateway).
    pub fn icmp_send(&mut self, _ns: NsId, _about: &Skb, _kind: u8, _code: u8, _info: u32) {}
}
