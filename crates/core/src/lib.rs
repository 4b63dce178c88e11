#![doc = env!("CARGO_PKG_DESCRIPTION")]
//!
//! A [`world::World`] is made, usually of a snapshot (`packetwalk-snapshot`), and
//! [`world::World::run_flow`] leaves a [`walk::Walk`]: every step, and why.
//!
//! ```
//! use packetwalk_core::flow::{Action, Flow};
//! use packetwalk_core::world::{Netns, World};
//!
//! let mut world = World::new(1);
//! world.namespaces.push(Netns::new("host"));
//! let walk = world.run_flow(&Flow {
//!     netns: "host".to_owned(),
//!     action: Action::Ping {
//!         dst: "192.0.2.1".parse()?,
//!         from: None,
//!         ttl: None,
//!         size: None,
//!     },
//! });
//! // A namespace without a route reaches nobody.
//! assert_eq!(walk.outcome.to_string(), "unreachable net");
//! # Ok::<(), std::net::AddrParseError>(())
//! ```
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice
    )
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
mod timer;
pub mod transport;
mod wait;
pub mod walk;
pub mod wire;
pub mod world;
