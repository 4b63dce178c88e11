//! A walk as kernel log lines, as sentences, as a scene and a timeline.
//!
//! Everything here is drawn from a [`packetwalk_core::walk::Walk`] and the
//! [`packetwalk_core::world::World`] that it was made in, and is plain data
//! that serde writes. The DOM is not known here; with the feature `ts` the
//! types have TypeScript declarations.
//!
//! What a page asks for, in order:
//!
//! | once for | call | gives |
//! | --- | --- | --- |
//! | a language | [`ui::texts`] | names and explanations by key |
//! | a world and an arrangement | [`scene::Scene::new`] | rooms, devices, cables |
//! | a namespace of it | [`way::Way::new`] | stations, chips, edges |
//! | a world before a flow runs | [`rules::RuleBook::new`] | its tables |
//! | a walk | [`timeline::Timeline::new`] and `overview` | length, stops, log, conversation |
//! | a walk, and whether with ARP | [`ladder::Ladder::new`] | the conversation between namespaces |
//! | a walk in a scene | [`timeline::Track::new`] | where packets are drawn |
//! | a moment of a walk in a scene | [`poster::svg`] | a picture that stands by itself |
//! | **each frame** | `Timeline::frame` | the step, the packets' places |
//! | **each step** | `Timeline::moment` | sentence, place, rule, jump stack, log line |
//! | | `Timeline::lights` | what is lit on the way through a namespace |
//! | | [`rules::RuleBook::view`] | the chain being walked |
//! | | [`packet::dissect_since`], [`packet::history`] | the packet, and what changed |
//! | | [`connections::Connections::at`] | the connection tracking table |
//!
//! The command line's formats are [`log::lines`], [`result::line`],
//! [`json::line`] and [`text::walk`].
//!
//! ```
//! use packetwalk_snapshot::{flow, load};
//! use packetwalk_view::log;
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
//! let flow = flow::parse_line("host ping 127.0.0.1").expect("a flow");
//! let walk = load(snapshot).world.run_flow(&flow);
//! let lines = log::lines(&walk);
//! assert!(lines[0].text.starts_with("TRACE: raw:OUTPUT:policy:2 IN= OUT=lo"));
//! assert!(lines.iter().any(|line| line.text.starts_with("TRACE: filter:INPUT:rule:1")));
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

pub mod connections;
pub mod drops;
pub mod geometry;
pub mod json;
pub mod ladder;
pub mod log;
pub mod packet;
pub mod poster;
pub mod result;
pub mod rules;
pub mod scene;
pub mod text;
pub mod timeline;
pub mod ui;
pub mod way;
pub mod words;
