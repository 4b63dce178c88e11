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
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)
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
