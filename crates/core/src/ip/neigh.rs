//! Neighbours (net/core/neighbour.c) and ARP (net/ipv4/arp.c).

/// A namespace's neighbour table.
#[derive(Clone, Debug, Default)]
pub struct Neighbours {}
