//! Sockets and the programs behind them.
//!
//! What a program is, here: one of those that flows start (ping, connect, a
//! datagram), a server that accepts and answers, or a relay.

pub mod error;
pub mod ping;
pub mod run;
mod send;
mod sequence;
pub mod socket;
pub mod tcp;
pub mod udp;

pub use socket::{Relay, Socket, SocketKind, Sockets};
