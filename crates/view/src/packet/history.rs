//! What a packet has been through: every change of it, each at its step.

use packetwalk_core::walk::PacketState;
use serde::Serialize;

use super::{changes, dissect};
use crate::timeline::Timeline;
use crate::words::Lang;
use crate::words::messages::message;

/// How many changes are told of at most, the latest.
const MOST: usize = 24;

/// Fields of a packet that changed at one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Changed {
    /// The step.
    pub step: u32,
    /// Is it the step on show?
    pub now: bool,
    /// What changed: of headers first, then what the kernel keeps beside them.
    pub fields: Vec<ChangedField>,
}

/// A field that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ChangedField {
    /// Stable name: `ipv4.ttl`.
    pub id: String,
    /// The header that it is in, and its name there.
    pub name: String,
    /// Value before; `None` if the field was not there.
    pub before: Option<String>,
    /// Value after; `None` if the field is gone.
    pub after: Option<String>,
}

/// Changes of the packet of `step` up to it, oldest first.
pub fn history(timeline: &Timeline, step: usize, lang: Lang) -> Vec<Changed> {
    let state = |at: u32| timeline.walk().packets.get(at as usize);
    let states = timeline.states(step);
    let first = states.len().saturating_sub(MOST + 1);
    let mut out = Vec::new();
    for pair in states.get(first..).unwrap_or_default().windows(2) {
        let [(_, before), (at, after)] = pair else {
            continue;
        };
        let (Some(before), Some(after)) = (state(*before), state(*after)) else {
            continue;
        };
        let fields = told(before, after, lang);
        if !fields.is_empty() {
            out.push(Changed {
                step: *at,
                now: *at as usize == step,
                fields,
            });
        }
    }
    out
}

/// Changes worth telling: a checksum follows from the rest; whom a frame is for
/// and who sent it, from its place; and a header that is put in front was not
/// another before.
fn told(before: &PacketState, after: &PacketState, lang: Lang) -> Vec<ChangedField> {
    const KEPT: &[&str] = &["skb.mark", "skb.priority"];
    let mut fields = changes(before, after);
    fields.retain(|change| {
        let beside = change.id.starts_with("skb.");
        change.before.is_some()
            && !change.id.ends_with(".check")
            && (!beside || KEPT.contains(&change.id.as_str()))
    });
    let layers = if fields.is_empty() {
        Vec::new()
    } else {
        [dissect(after).layers, dissect(before).layers].concat()
    };
    let told = fields.into_iter().map(|change| {
        let own = |id: &str| {
            change
                .id
                .rsplit_once('.')
                .is_some_and(|(layer, _)| layer == id)
        };
        let layer = layers.iter().find(|layer| own(&layer.id));
        ChangedField {
            name: match (layer, message(&change.name, lang)) {
                (Some(layer), name) => format!("{} {name}", layer.name),
                (None, name) => name.into_owned(),
            },
            id: change.id,
            before: change.before,
            after: change.after,
        }
    });
    told.collect()
}
