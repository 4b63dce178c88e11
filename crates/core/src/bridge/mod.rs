//! The learning bridge, and br_netfilter on top of it.
//!
//! Kernel: net/bridge/.
//!
//! Not modelled: VLAN filtering; a frame that meets it stops.

mod arp;
pub mod fdb;
pub mod forward;
pub mod input;
pub mod multicast;
pub mod netfilter;

pub use fdb::Fdb;
