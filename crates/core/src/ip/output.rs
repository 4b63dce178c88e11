//! The way out (net/ipv4/ip_output.c).

use crate::skb::Skb;
use crate::world::{NsId, World};

impl World {
    /// `ip_local_out`: a packet made here, with its route in `skb.dst`, goes
    /// through OUTPUT and on.
    pub fn ip_local_out(&mut self, _ns: NsId, _skb: Skb) {}
}
