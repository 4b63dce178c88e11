//! The network layer: IPv4 in, out and through, ARP and neighbours, routing,
//! fragments, ICMP.
//!
//! Kernel: net/ipv4/.

pub mod fib;
pub mod frag;
pub mod icmp;
pub mod neigh;
pub mod output;
pub mod route;
