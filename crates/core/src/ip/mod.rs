//! The network layer: IPv4 in, out and through, ARP and neighbours, routing,
//! fragments, ICMP.
//!
//! Kernel: net/ipv4/.

mod address;
pub mod arp;
pub mod exception;
pub mod fib;
pub mod forward;
pub mod frag;
pub mod icmp;
pub mod input;
pub mod limits;
pub mod lookup;
pub mod neigh;
mod nud;
pub mod options;
pub mod output;
pub mod route;
mod source;
