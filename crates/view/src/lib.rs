#![doc = env!("CARGO_PKG_DESCRIPTION")]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

pub mod geometry;
pub mod log;
pub mod packet;
pub mod result;
pub mod scene;
pub mod timeline;
pub mod way;
pub mod words;
