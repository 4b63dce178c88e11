#![doc = env!("CARGO_PKG_DESCRIPTION")]
//!
//! [`frame`] is the text's outermost shape, [`flow`] the lines of what is
//! tried, [`load()`] makes a world of it all.
//!
//! ```
//! use packetwalk_snapshot::{flow, load};
//!
//! let snapshot = r#"@@packetwalk snapshot 1
//! @@netns host
//! @@run ip -j -d link show
//! [{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,"link_type":"loopback"}]
//! @@run ip -j addr show
//! [{"ifindex":1,"ifname":"lo","addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"host"}]}]
//! @@run ip -j route show table all
//! [{"type":"local","dst":"127.0.0.0/8","dev":"lo","table":"local","scope":"host","prefsrc":"127.0.0.1"}]
//! @@run iptables-save -c
//! *raw
//! :OUTPUT ACCEPT [0:0]
//! [0:0] -A OUTPUT -p icmp -j TRACE
//! COMMIT
//! *filter
//! :INPUT ACCEPT [0:0]
//! [0:0] -A INPUT -p icmp -j DROP
//! COMMIT
//! @@end
//! "#;
//! let mut world = load(snapshot).world;
//! let flow = flow::parse_line("host ping 127.0.0.1").expect("a flow");
//! let walk = world.run_flow(&flow);
//! assert_eq!(walk.outcome.to_string(), "timeout");
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

pub mod flow;
pub mod frame;
pub mod json;
mod load;

pub use load::{Container, DEFAULT_SEED, Docker, Kind, Loaded, Network, PublishedPort, load};
