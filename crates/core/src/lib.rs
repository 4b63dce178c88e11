#![doc = env!("CARGO_PKG_DESCRIPTION")]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

pub mod bridge;
pub mod conntrack;
pub mod engine;
pub mod flow;
pub mod ip;
pub mod link;
mod macvlan;
pub mod netfilter;
pub mod skb;
pub mod transport;
pub mod walk;
pub mod wire;
pub mod world;
