//! The learning bridge, and br_netfilter on top of it.
//!
//! Kernel: net/bridge/.

pub mod fdb;
pub mod forward;
pub mod input;
pub mod netfilter;

pub use fdb::Fdb;
