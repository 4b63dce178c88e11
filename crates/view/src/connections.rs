//! The connection tracking table of each namespace, as it stands at any step.
//!
//! What the table held before the flow comes from the world, what happens to
//! it from the walk. Not shown: an entry whose time runs out, because no time
//! passes within a flow.

use std::collections::{BTreeMap, HashMap};

use packetwalk_core::conntrack::CtInfo;
use packetwalk_core::walk::{CtAct, CtView, Event, Name};
use packetwalk_core::world::World;
use serde::Serialize;

use crate::packet::{Connection, connection};
use crate::timeline::Timeline;

/// The tables of all namespaces over a walk.
#[derive(Clone, Debug, Default)]
pub struct Connections {
    tables: HashMap<Name, BTreeMap<u32, Vec<Seen>>>,
}

/// An entry from a step on.
#[derive(Clone, Debug)]
struct Seen {
    /// The step, plus 1; 0 for what was there before.
    from: u32,
    entry: CtView,
    gone: bool,
}

/// An entry of a table at a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TableRow {
    /// The entry.
    pub connection: Connection,
    /// The step at which it became what it is; `None` if that was before the
    /// flow.
    pub since: Option<u32>,
    /// Did the flow make it?
    pub made: bool,
    /// Was that at this very step?
    pub changed: bool,
}

impl Connections {
    /// Goes over a walk, and over the world as it was before it.
    pub fn new(world: &World, timeline: &Timeline) -> Self {
        let mut out = Self::default();
        for netns in &world.namespaces {
            for entry in netns.ct.confirmed() {
                let view = entry.view(CtInfo::Established, world.now);
                out.saw(&netns.name, 0, &view, false);
            }
        }
        let walk = timeline.walk();
        for (at, step) in walk.steps.iter().enumerate() {
            let own = match &step.event {
                Event::Conntrack { act, ct } => ct.as_ref().map(|ct| (ct, *act == CtAct::Destroy)),
                Event::Nat { ct, .. } => ct.as_ref().map(|ct| (ct, false)),
                _ => None,
            };
            let packet = step
                .packet
                .and_then(|packet| walk.packets.get(packet as usize));
            let of_packet = packet
                .and_then(|packet| packet.ct.as_ref())
                .map(|ct| (ct, false));
            if let Some((ct, gone)) = own.or(of_packet) {
                out.saw(&step.netns, at as u32 + 1, ct, gone);
            }
        }
        out
    }

    fn saw(&mut self, netns: &Name, from: u32, entry: &CtView, gone: bool) {
        // A packet that is not tracked has no entry.
        if entry.id == 0 {
            return;
        }
        // What was taken out may still be known to packets under way.
        let gone = gone || has(entry, "DYING");
        let table = self.tables.entry(netns.clone()).or_default();
        let seen = table.entry(entry.id).or_default();
        let same = seen
            .last()
            .is_some_and(|last| last.gone == gone && alike(&last.entry, entry));
        if !same {
            seen.push(Seen {
                from,
                entry: entry.clone(),
                gone,
            });
        }
    }

    /// The table of a namespace at a step, oldest entry first.
    pub fn at(&self, netns: &str, step: usize) -> Vec<TableRow> {
        let now = step as u32 + 1;
        let table = self.tables.get(netns).into_iter().flatten();
        table
            .filter_map(|(_, seen)| {
                let count = seen.partition_point(|seen| seen.from <= now);
                let last = seen.get(count.checked_sub(1)?)?;
                (has(&last.entry, "CONFIRMED") && !last.gone).then(|| TableRow {
                    connection: connection(&last.entry),
                    since: last.from.checked_sub(1),
                    made: seen.first().is_some_and(|first| first.from > 0),
                    changed: last.from == now,
                })
            })
            .collect()
    }
}

/// Is this bit of its status set?
fn has(entry: &CtView, bit: &str) -> bool {
    entry.status.iter().any(|status| &**status == bit)
}

/// Is it the same to the table? What one packet is to the connection does not
/// matter to it.
fn alike(one: &CtView, other: &CtView) -> bool {
    (&one.original, &one.reverse, &one.proto_state, &one.status)
        == (
            &other.original,
            &other.reverse,
            &other.proto_state,
            &other.status,
        )
        && (one.mark, one.timeout) == (other.mark, other.timeout)
}
