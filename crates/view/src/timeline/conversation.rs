//! A flow as a conversation: its packets, and the ladder between namespaces.

use std::collections::HashMap;

use packetwalk_core::walk::{BufferId, Event, Name, Origin, PacketState, Walk};
use serde::Serialize;

use crate::packet::{self, Kind};

/// A flow as a conversation.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Conversation {
    /// Namespaces that take part, in the order in which they come in.
    pub lanes: Vec<Name>,
    /// Packets, in the order in which they began.
    pub messages: Vec<Message>,
    /// Passages from one namespace to another, in order.
    pub rungs: Vec<Rung>,
}

/// A packet from its beginning to its end.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Message {
    /// The packet.
    pub buffer: BufferId,
    /// What it answers or copies.
    pub parent: Option<BufferId>,
    /// Is it a copy or a fragment of its parent?
    pub copy: bool,
    /// One line about it, as it began.
    pub summary: String,
    /// What sort it is.
    pub kind: Kind,
    /// Where it began.
    pub from: Name,
    /// Where it ended.
    pub to: Name,
    /// Its first step.
    pub first: u32,
    /// Its last step.
    pub last: u32,
    /// Why it was dropped: the kernel's name of the reason.
    pub dropped: Option<&'static str>,
}

/// A passage from one namespace to another.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Rung {
    /// The packet.
    pub buffer: BufferId,
    /// Where from: a place in [`Conversation::lanes`].
    pub from: u32,
    /// Where to: a place in [`Conversation::lanes`].
    pub to: u32,
    /// The step that sends it.
    pub sent: u32,
    /// The step that receives it.
    pub received: u32,
    /// One line about it, as it crossed.
    pub summary: String,
    /// What sort it is.
    pub kind: Kind,
}

pub(super) fn conversation(walk: &Walk) -> Conversation {
    let mut out = Conversation::default();
    // Place in `messages`, last step and namespace of each packet.
    let mut known: HashMap<BufferId, (usize, u32, Name)> = HashMap::new();
    for (at, step) in walk.steps.iter().enumerate() {
        let at = at as u32;
        let lane = lane(&mut out.lanes, &step.netns);
        if step.buffer == 0 {
            continue;
        }
        let state = step
            .packet
            .and_then(|packet| walk.packets.get(packet as usize));
        let (kind, summary) = describe(state);
        if let Some((message, before, netns)) = known.get_mut(&step.buffer) {
            if *netns != step.netns {
                let from = out.lanes.iter().position(|name| name == netns).unwrap_or(0);
                out.rungs.push(Rung {
                    buffer: step.buffer,
                    from: from as u32,
                    to: lane,
                    sent: *before,
                    received: at,
                    summary,
                    kind,
                });
                netns.clone_from(&step.netns);
            }
            *before = at;
            if let Some(message) = out.messages.get_mut(*message) {
                message.last = at;
                message.to.clone_from(&step.netns);
                if let Event::Drop { reason, .. } = &step.event {
                    message.dropped = Some(reason.name());
                }
            }
            continue;
        }
        let (parent, copy) = match &step.event {
            Event::Emit { parent, origin } => {
                (*parent, matches!(origin, Origin::Clone | Origin::Fragment))
            }
            _ => (None, false),
        };
        known.insert(step.buffer, (out.messages.len(), at, step.netns.clone()));
        out.messages.push(Message {
            buffer: step.buffer,
            parent,
            copy,
            summary,
            kind,
            from: step.netns.clone(),
            to: step.netns.clone(),
            first: at,
            last: at,
            dropped: None,
        });
    }
    out
}

fn lane(lanes: &mut Vec<Name>, netns: &Name) -> u32 {
    let at = lanes.iter().position(|name| name == netns);
    at.unwrap_or_else(|| {
        lanes.push(netns.clone());
        lanes.len() - 1
    }) as u32
}

fn describe(state: Option<&PacketState>) -> (Kind, String) {
    match state {
        Some(state) => (packet::kind(state), packet::summary(state)),
        None => (Kind::Other, String::new()),
    }
}
