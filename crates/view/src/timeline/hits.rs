//! Rules over time: what was counted where by a step, and the pass of a chain
//! that a step belongs to.

use std::collections::HashMap;

use packetwalk_core::walk::{Event, Hook, Name, WhyNot};
use packetwalk_core::wire::eth::ETH_HLEN;
use packetwalk_rules::Counters;

use super::{At, StackFrame, Timeline, Tool};

/// A chain: namespace, tool, table, chain.
type Key = (Name, Tool, Name, Name);

/// What all packets did in one chain.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hits {
    /// For each rule that matched: step and what it had counted after it.
    rules: HashMap<u32, Vec<(u32, Counters)>>,
    policy: Vec<(u32, Counters)>,
    /// Passes through the chain by their first step, as places in `frames`.
    passes: Vec<(u32, u32)>,
}

/// One passage through a chain, seen from one step.
#[derive(Clone, Copy)]
pub(crate) struct Pass<'a> {
    frame: &'a StackFrame,
    /// Is it the one that the step is in?
    pub current: bool,
}

fn upto(list: &[(u32, Counters)], step: u32) -> Counters {
    let count = list.partition_point(|(at, _)| *at <= step);
    let last = count.checked_sub(1).and_then(|at| list.get(at));
    last.map_or(Counters::default(), |(_, counters)| *counters)
}

fn add(list: &mut Vec<(u32, Counters)>, step: u32, bytes: u64) {
    let last = list
        .last()
        .map_or(Counters::default(), |(_, counters)| *counters);
    let counters = Counters {
        packets: last.packets + 1,
        bytes: last.bytes + bytes,
    };
    list.push((step, counters));
}

impl Hits {
    /// What rule `number` has counted by `step`.
    pub(crate) fn rule(&self, number: u32, step: u32) -> Counters {
        let list = self.rules.get(&number);
        list.map_or(Counters::default(), |list| upto(list, step))
    }

    /// What the policy has counted by `step`.
    pub(crate) fn policy(&self, step: u32) -> Counters {
        upto(&self.policy, step)
    }
}

impl Pass<'_> {
    /// When rule `number` was met, if it was by `step`, and whether it matched.
    pub(crate) fn met(&self, number: u32, step: u32) -> Option<(u32, bool)> {
        // Rules are met in the order of their numbers.
        let at = self.frame.met.partition_point(|(_, n, _)| *n < number);
        let (met, n, matched) = self.frame.met.get(at)?;
        (*n == number && *met <= step).then_some((*met, *matched))
    }

    /// The rule that is being asked at `step`.
    pub(crate) fn number(&self, step: u32) -> Option<u32> {
        self.frame.number_at(step)
    }

    /// The rule that was met last by `step`.
    pub(crate) fn last(&self, step: u32) -> Option<u32> {
        let met = self.frame.met.partition_point(|(at, ..)| *at <= step);
        let (_, number, _) = self.frame.met.get(met.checked_sub(1)?)?;
        Some(*number)
    }

    /// Was the chain's end reached by `step`?
    pub(crate) fn ended(&self, step: u32) -> bool {
        self.frame.ended.first().is_some_and(|end| *end <= step)
    }
}

/// Goes over a timeline whose steps are all in.
pub(super) fn hits(timeline: &Timeline) -> HashMap<Key, Hits> {
    let mut out: HashMap<Key, Hits> = HashMap::new();
    let length = |step: u32| {
        let step = timeline.walk.steps.get(step as usize);
        step.and_then(|step| step.packet)
            .and_then(|packet| timeline.walk.packets.get(packet as usize))
            .map_or(0, |packet| packet.bytes.len() as u64)
    };
    // In the order of steps, so that sums grow.
    let mut counted: Vec<(u32, &StackFrame, Option<u32>)> = Vec::new();
    for (at, frame) in timeline.frames.iter().enumerate() {
        let hits = out.entry(key(frame)).or_default();
        hits.passes.push((frame.entered, at as u32));
        let matched = frame.met.iter().filter(|(.., matched)| *matched);
        counted.extend(matched.map(|(step, number, _)| (*step, frame, Some(*number))));
        for step in &frame.ended {
            let policy = timeline.walk.steps.get(*step as usize);
            let own = |event: &Event| matches!(event, Event::Policy { chain, .. } if *chain == frame.chain);
            if policy.is_some_and(|step| own(&step.event)) {
                counted.push((*step, frame, None));
            }
        }
    }
    packetwalk_rules::sort::by_key(&mut counted, |(step, ..)| *step);
    for (step, frame, number) in counted {
        let hits = out.entry(key(frame)).or_default();
        let list = match number {
            Some(number) => hits.rules.entry(number).or_default(),
            None => &mut hits.policy,
        };
        add(list, step, length(step) + header(frame));
    }
    out
}

/// What nf_tables counts besides the packet: ARP that goes out has its frame's header.
fn header(frame: &StackFrame) -> u64 {
    match (frame.tool, frame.hook) {
        (Tool::Arptables, Hook::Output) => ETH_HLEN as u64,
        _ => 0,
    }
}

fn key(frame: &StackFrame) -> Key {
    (
        frame.netns.clone(),
        frame.tool,
        frame.table.clone(),
        frame.chain.clone(),
    )
}

impl Timeline {
    /// What the flow counted in a chain.
    pub(crate) fn hits(&self, at: &At) -> Option<&Hits> {
        let key = (
            at.netns.clone(),
            at.tool,
            at.table.clone(),
            at.chain.clone(),
        );
        self.hits.get(&key)
    }

    /// The passage through a chain that `step` is in, or the last before it.
    pub(crate) fn pass(&self, step: usize, at: &At) -> Option<Pass<'_>> {
        let now = step as u32;
        let info = self.infos.get(step)?;
        // In a chain called from here, the caller's pass is still under way.
        let mut frame = info.frame;
        let mut innermost = true;
        while let Some(found) = self.stack_frame(frame) {
            if found.is(&at.netns, at.tool, &at.table, &at.chain) {
                return Some(Pass {
                    frame: found,
                    current: innermost,
                });
            }
            innermost = false;
            frame = found.below;
        }
        let passes = &self.hits(at)?.passes;
        let count = passes.partition_point(|(entered, _)| *entered <= now);
        let (_, place) = passes.get(count.checked_sub(1)?)?;
        Some(Pass {
            frame: self.frames.get(*place as usize)?,
            current: false,
        })
    }

    /// Why the rule of `step` did not match.
    pub(crate) fn why_not(&self, step: u32) -> Option<&WhyNot> {
        match &self.walk.steps.get(step as usize)?.event {
            Event::Rule { why_not, .. } => why_not.as_ref(),
            _ => None,
        }
    }
}
