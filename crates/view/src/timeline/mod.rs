//! A walk over time: where the packet is at each step, what has been visited,
//! what the rules were, which line of the log is written.
//!
//! Everything is prepared once; asking for any moment afterwards takes time
//! that grows with the logarithm of the walk's length and with what is shown,
//! never with the steps before it. So a moment is the same however one came to
//! it. Coordinates come in with [`Track`]: the same timeline serves the wide
//! and the narrow picture.

mod build;
mod changes;
mod conversation;
mod differ;
mod hits;
mod kinds;
mod opening;
mod pace;
mod place;
mod shapes;
mod track;

use std::collections::HashMap;
use std::sync::Arc;

use packetwalk_core::walk::{BufferId, Family, Hook, Layer, Name, RuleRef, Step, Walk};

use crate::log::LogLine;
use crate::scene::Spot;
use crate::words::{self, Lang};

pub use changes::{Changes, changes};
pub use conversation::{Conversation, Message, Rung};
pub use differ::{Side, differing};
pub use kinds::{KINDS, kind};
pub use place::{Place, Station};
pub use shapes::{At, Light, LightState, Lights, Met, Moment, Overview, Stops, Tool, Unit};
pub use track::{Dot, Frame, Track};

/// A walk over time.
#[derive(Clone, Debug)]
pub struct Timeline {
    walk: Arc<Walk>,
    /// What is known of each step.
    infos: Vec<Info>,
    /// Passages of one packet through one namespace.
    legs: Vec<Leg>,
    /// Steps of each namespace, in order.
    by_netns: Vec<(Name, Vec<u32>)>,
    /// Chains that were entered: a step points at the innermost.
    frames: Vec<StackFrame>,
    /// Packets, in the order of their first steps.
    buffers: Vec<Life>,
    /// Packets under way at every 64th step, as places in `buffers`.
    alive: Vec<Vec<u32>>,
    stops: Stops,
    /// What was counted in each chain.
    hits: HashMap<(Name, Tool, Name, Name), hits::Hits>,
    log: Vec<LogLine>,
    conversation: Conversation,
    duration: f32,
}

/// What is known of a step.
#[derive(Clone, Debug)]
struct Info {
    /// When it begins, seconds.
    start: f32,
    leg: u32,
    place: Place,
    spot: Spot,
    /// Innermost chain, as a place in `frames` plus 1; 0 for none.
    frame: u32,
    /// Log lines written up to and including this step.
    logged: u32,
    /// Place of its packet in `buffers`, plus 1; 0 for none.
    life: u32,
    /// The last step, up to this one, at which a table was asked, plus 1.
    asked: u32,
    arp: bool,
}

/// A passage of one packet through one namespace.
#[derive(Clone, Debug)]
struct Leg {
    /// The passage that its packet was copied in, and the last step of it
    /// that counts.
    parent: Option<(u32, u32)>,
    /// What it did to places: step, place, state.
    marks: Vec<(u32, Place, LightState)>,
    /// Ways between stations: step, from, to.
    ways: Vec<(u32, Station, Station)>,
}

/// A chain that is being walked.
#[derive(Clone, Debug)]
struct StackFrame {
    /// The step that entered it.
    entered: u32,
    /// The chain from which it was entered, as a place in `frames` plus 1.
    below: u32,
    netns: Name,
    table: Name,
    chain: Name,
    /// Whose table it is.
    tool: Tool,
    /// The hook that entered the table.
    hook: Hook,
    /// The rule that jumped here.
    jump: Option<RuleRef>,
    /// Rules met: step, number, matched.
    met: Vec<(u32, u32, bool)>,
    /// Steps at which its policy or end was reached.
    ended: Vec<u32>,
}

/// A packet from its first step to its last.
#[derive(Clone, Debug)]
struct Life {
    buffer: BufferId,
    steps: Vec<u32>,
    /// Where it became another packet: step, place in [`Walk::packets`].
    states: Vec<(u32, u32)>,
}

impl Timeline {
    /// Prepares a walk.
    pub fn new(walk: Arc<Walk>) -> Self {
        build::timeline(walk)
    }

    /// The walk.
    pub fn walk(&self) -> &Walk {
        &self.walk
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.infos.len()
    }

    /// Has the walk no steps at all?
    pub fn is_empty(&self) -> bool {
        self.infos.is_empty()
    }

    /// Length in seconds at normal speed.
    pub fn duration(&self) -> f32 {
        self.duration
    }

    /// The kernel's log.
    pub fn log(&self) -> &[LogLine] {
        &self.log
    }

    /// Packets, and their passages between namespaces.
    pub fn conversation(&self) -> &Conversation {
        &self.conversation
    }

    /// What a page needs once.
    pub fn overview(&self) -> Overview {
        Overview {
            flow: packetwalk_snapshot::flow::print(&self.walk.flow),
            outcome: self.walk.outcome.to_string(),
            seen: crate::result::seen(&self.walk),
            steps: self.infos.len() as u32,
            lost: self.walk.lost,
            opening: self.opening() as u32,
            duration: self.duration,
            starts: self.infos.iter().map(|info| info.start).collect(),
            stops: self.stops.clone(),
            log: self.log.clone(),
            conversation: self.conversation().clone(),
        }
    }

    /// The step that is shown at `time` (seconds).
    pub fn step_at(&self, time: f32) -> usize {
        self.infos
            .partition_point(|info| info.start <= time)
            .saturating_sub(1)
    }

    /// When a step begins, seconds.
    pub fn time_of(&self, step: usize) -> f32 {
        self.infos
            .get(step)
            .map_or(self.duration, |info| info.start)
    }

    /// The next place to stop at from `step`, forth or back; the first or last
    /// step where there is none.
    pub fn next(&self, step: usize, unit: Unit, forward: bool) -> usize {
        let last = self.infos.len().saturating_sub(1);
        let stops = match unit {
            Unit::Step => {
                return if forward {
                    (step + 1).min(last)
                } else {
                    step.saturating_sub(1).min(last)
                };
            }
            Unit::Rule => &self.stops.rule,
            Unit::Hook => &self.stops.hook,
            Unit::Packet => &self.stops.packet,
        };
        let step = step as u32;
        let found = if forward {
            stops.get(stops.partition_point(|stop| *stop <= step))
        } else {
            let before = stops.partition_point(|stop| *stop < step);
            before.checked_sub(1).and_then(|at| stops.get(at))
        };
        match found {
            Some(found) => *found as usize,
            None if forward => last,
            None => 0,
        }
    }

    /// What is to be shown at `step`; `None` past the end.
    pub fn moment(&self, step: usize, lang: Lang) -> Option<Moment> {
        let (info, what) = (self.infos.get(step)?, self.walk.steps.get(step)?);
        let mut stack = Vec::new();
        let mut rule = None;
        let mut at = info.frame;
        let mut innermost = true;
        while let Some(frame) = self.stack_frame(at) {
            if innermost {
                rule = Some(frame.at(frame.number_at(step as u32)));
                innermost = false;
            }
            if let Some(jump) = &frame.jump {
                let below = self.stack_frame(frame.below);
                let tool = below.map_or(frame.tool, |below| below.tool);
                stack.push(At {
                    netns: frame.netns.clone(),
                    tool,
                    table: jump.table.clone(),
                    chain: jump.chain.clone(),
                    rule: Some(jump.number),
                });
            }
            at = frame.below;
        }
        stack.reverse();
        let before = step
            .checked_sub(1)
            .and_then(|before| self.infos.get(before))
            .map_or(0, |info| info.logged);
        let (buffer, packet, packet_before, changed) = self.packets(step);
        let state = packet.and_then(|packet| self.walk.packets.get(packet as usize));
        Some(Moment {
            step: step as u32,
            time: info.start,
            kind: kind(&what.event),
            netns: what.netns.clone(),
            dev: what.dev.clone(),
            layer: layer(what.layer),
            buffer,
            packet,
            packet_before,
            changed,
            arp: info.arp,
            sentence: words::sentence(&self.walk, step, lang),
            place: info.place.clone(),
            spot: info.spot.clone(),
            rule,
            stack,
            logged: info.logged,
            log_line: (info.logged > before).then_some(before),
            summary: state.map(crate::packet::summary),
            label: state.map(|state| {
                let [what, _] = crate::packet::title(state);
                what
            }),
            path: path(what, &info.place, lang),
            dropped: self.is_end(buffer, step),
        })
    }

    /// The step itself if a table is being asked there, else the last before it
    /// at which one was.
    pub fn asked(&self, step: usize) -> Option<usize> {
        let asked = self.infos.get(step)?.asked;
        asked.checked_sub(1).map(|at| at as usize)
    }

    /// Is `step` the one at which this packet ends because it is dropped?
    fn is_end(&self, buffer: BufferId, step: usize) -> bool {
        let mut messages = self.conversation.messages.iter();
        messages.any(|message| {
            message.buffer == buffer && message.dropped.is_some() && message.last as usize == step
        })
    }

    /// States of the packet of `step` up to it: the step at which it became
    /// each, and its place in [`Walk::packets`].
    pub fn states(&self, step: usize) -> &[(u32, u32)] {
        let life = self
            .infos
            .get(step)
            .and_then(|info| info.life.checked_sub(1))
            .and_then(|life| self.buffers.get(life as usize));
        let Some(life) = life else {
            return &[];
        };
        let count = life.states.partition_point(|(at, _)| *at <= step as u32);
        life.states.get(..count).unwrap_or_default()
    }

    /// Steps of one packet, in order.
    pub fn steps_of(&self, buffer: BufferId) -> &[u32] {
        let mut lives = self.buffers.iter();
        let life = lives.find(|life| life.buffer == buffer);
        life.map_or(&[], |life| &life.steps)
    }

    /// The packet that a step is about, what it is, what it was before it last
    /// changed, and whether that was at this step.
    fn packets(&self, step: usize) -> (BufferId, Option<u32>, Option<u32>, bool) {
        let life = self
            .infos
            .get(step)
            .and_then(|info| info.life.checked_sub(1))
            .and_then(|life| self.buffers.get(life as usize));
        let Some(life) = life else {
            let own = self.walk.steps.get(step).and_then(|step| step.packet);
            return (0, own, None, false);
        };
        let count = life.states.partition_point(|(at, _)| *at <= step as u32);
        let state = |back: usize| {
            let at = count.checked_sub(back)?;
            life.states.get(at).copied()
        };
        let changed = state(1).is_some_and(|(at, _)| at == step as u32) && count > 1;
        (
            life.buffer,
            state(1).map(|(_, packet)| packet),
            state(2).map(|(_, packet)| packet),
            changed,
        )
    }

    fn stack_frame(&self, at: u32) -> Option<&StackFrame> {
        self.frames.get(at.checked_sub(1)? as usize)
    }

    /// What is lit on the way through `netns` at `step`: the passage that is
    /// under way there, or was last.
    pub fn lights(&self, step: usize, netns: &str, lang: Lang) -> Lights {
        let mut out = Lights::default();
        let Some((_, steps)) = self.by_netns.iter().find(|(name, _)| &**name == netns) else {
            return out;
        };
        let now = step as u32;
        let seen = steps.partition_point(|at| *at <= now);
        let Some(&at) = seen.checked_sub(1).and_then(|at| steps.get(at)) else {
            return out;
        };
        let Some(info) = self.infos.get(at as usize) else {
            return out;
        };
        out.here = at == now;
        let mut passages = Vec::new();
        let (mut leg, mut upto) = (Some(info.leg), now);
        while let Some(found) = leg.and_then(|leg| self.legs.get(leg as usize)) {
            passages.push((found, upto));
            match found.parent {
                Some((parent, last)) => {
                    leg = Some(parent);
                    upto = last;
                }
                None => leg = None,
            }
        }
        for (leg, upto) in passages.into_iter().rev() {
            let marks = leg.marks.partition_point(|(step, ..)| *step <= upto);
            for (step, place, state) in leg.marks.get(..marks).unwrap_or_default() {
                match out.lights.iter_mut().find(|light| light.place == *place) {
                    Some(light) => {
                        light.step = *step;
                        if *state != LightState::Visited || light.state == LightState::Skipped {
                            light.state = *state;
                        }
                    }
                    None => out.lights.push(Light {
                        place: place.clone(),
                        state: *state,
                        step: *step,
                        why: None,
                    }),
                }
            }
            let ways = leg.ways.partition_point(|(step, ..)| *step <= upto);
            for (_, from, to) in leg.ways.get(..ways).unwrap_or_default() {
                out.ways.push((*from, *to));
            }
        }
        for light in &mut out.lights {
            if !matches!(light.state, LightState::Visited | LightState::Current) {
                light.why = Some(words::sentence(&self.walk, light.step as usize, lang));
            }
            let current = light.place == info.place
                || (light.place.chip.is_none() && light.place.station == info.place.station);
            if out.here && current && light.state == LightState::Visited {
                light.state = LightState::Current;
            }
        }
        out
    }

    /// Every time that a rule was held against a packet, in order.
    pub fn meetings(&self, at: &At, rule: u32) -> Vec<Met> {
        let met = self.met(&at.netns, at.tool, &at.table, &at.chain, rule);
        let summary = |step: u32| {
            let (_, packet, ..) = self.packets(step as usize);
            let state = packet.and_then(|packet| self.walk.packets.get(packet as usize));
            state.map(crate::packet::summary).unwrap_or_default()
        };
        met.into_iter()
            .map(|(step, matched)| Met {
                step,
                matched,
                summary: summary(step),
            })
            .collect()
    }

    /// Steps at which a rule was held against a packet, and whether it
    /// matched.
    pub fn met(
        &self,
        netns: &str,
        tool: Tool,
        table: &str,
        chain: &str,
        rule: u32,
    ) -> Vec<(u32, bool)> {
        let mut out: Vec<(u32, bool)> = self
            .frames
            .iter()
            .filter(|frame| frame.is(netns, tool, table, chain))
            .flat_map(|frame| &frame.met)
            .filter(|(_, number, _)| *number == rule)
            .map(|(step, _, matched)| (*step, *matched))
            .collect();
        out.sort_unstable();
        out
    }
}

impl StackFrame {
    fn is(&self, netns: &str, tool: Tool, table: &str, chain: &str) -> bool {
        &*self.netns == netns && self.tool == tool && &*self.table == table && &*self.chain == chain
    }

    /// Number of the rule that was met last at `step`; `None` before the first
    /// and once the chain's end has been reached.
    fn number_at(&self, step: u32) -> Option<u32> {
        let met = self.met.partition_point(|(at, ..)| *at <= step);
        let last = self.met.get(met.checked_sub(1)?)?;
        let ended = self.ended.partition_point(|at| *at <= step);
        match ended.checked_sub(1).and_then(|at| self.ended.get(at)) {
            Some(end) if *end > last.0 => None,
            _ => Some(last.1),
        }
    }

    fn at(&self, rule: Option<u32>) -> At {
        At {
            netns: self.netns.clone(),
            tool: self.tool,
            table: self.table.clone(),
            chain: self.chain.clone(),
            rule,
        }
    }
}

/// Where a step is, for people.
fn path(step: &Step, place: &Place, lang: Lang) -> Vec<String> {
    let mut out = vec![step.netns.to_string()];
    out.extend(step.dev.iter().map(ToString::to_string));
    let station = place.station;
    out.push(match station {
        Station::Hook(family, hook) => match family {
            Family::Bridge => format!("ebtables {}", hook.name()),
            Family::Arp => format!("arptables {}", hook.name()),
            Family::Ipv4 | Family::Ipv6 => hook.name().to_owned(),
        },
        _ => crate::ui::name(&format!("station.{station}"), lang)
            .unwrap_or_default()
            .to_owned(),
    });
    out.extend(place.chip.iter().map(ToString::to_string));
    out
}

/// The name of a layer.
fn layer(layer: Layer) -> &'static str {
    match layer {
        Layer::Link => "link",
        Layer::Network => "network",
        Layer::Transport => "transport",
        Layer::Process => "process",
    }
}
