//! What a packet has been through: every change of it, each at its step.

use packetwalk_core::walk::PacketState;
use serde::Serialize;

use super::{Change, changes};
use crate::timeline::Timeline;

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
    pub fields: Vec<Change>,
}

/// Changes of the packet of `step` up to it, oldest first.
pub fn history(timeline: &Timeline, step: usize) -> Vec<Changed> {
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
        let fields = told(before, after);
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

/// Changes worth telling: a checksum follows from the rest.
fn told(before: &PacketState, after: &PacketState) -> Vec<Change> {
    let mut fields = changes(before, after);
    fields.retain(|change| !change.id.ends_with(".check"));
    fields
}
