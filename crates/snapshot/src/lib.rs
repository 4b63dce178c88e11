#![doc = env!("CARGO_PKG_DESCRIPTION")]
//!
//! [`frame`] is the text's outermost shape, [`flow`] the lines of what is
//! tried, [`load`] makes a world of it all.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

pub mod flow;
pub mod frame;
mod load;

pub use load::{Container, DEFAULT_SEED, Docker, Kind, Loaded, Network, PublishedPort, load};
