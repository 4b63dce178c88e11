//! One pass over a walk that prepares everything a moment needs.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use packetwalk_core::walk::{
    BufferId, Event, Family, FdbResult, Hook, Name, Origin, RuleRef, Step, Verdict, Walk,
};
use packetwalk_core::wire::eth::ETH_P_ARP;

use super::place::{Context, Place, Station};
use super::{
    Info, Leg, Life, LightState, StackFrame, Stops, Timeline, Tool, conversation, hits, pace,
};
use crate::log;
use crate::scene::Spot;

/// Every how many steps the packets under way are written down.
pub(super) const EVERY: usize = 64;

pub(super) fn timeline(walk: Arc<Walk>) -> Timeline {
    let mut build = Build {
        bridges: bridges(&walk),
        ..Build::default()
    };
    let mut crosses = Vec::with_capacity(walk.steps.len());
    for (at, step) in walk.steps.iter().enumerate() {
        crosses.push(build.step(&walk, at as u32, step));
    }
    let durations = pace::durations(&walk, &crosses);
    let mut time = 0.0;
    for (info, length) in build.infos.iter_mut().zip(&durations) {
        info.start = time;
        time += length;
    }
    let log = log::lines(&walk);
    let stops = stops(&walk, &build.lives);
    let alive = alive(&build.lives, walk.steps.len());
    let mut timeline = Timeline {
        infos: build.infos,
        legs: build.legs,
        by_netns: build.by_netns,
        frames: build.frames,
        buffers: build.lives,
        alive,
        stops,
        log,
        hits: HashMap::new(),
        conversation: conversation::conversation(&walk),
        duration: time,
        walk,
    };
    timeline.hits = hits::hits(&timeline);
    timeline
}

/// Devices that are bridges, as far as the walk shows: namespace and name.
fn bridges(walk: &Walk) -> HashSet<(Name, Name)> {
    let mut out = HashSet::new();
    for step in &walk.steps {
        if let Event::FdbLookup { bridge, .. } = &step.event {
            out.insert((step.netns.clone(), bridge.clone()));
        }
    }
    out
}

#[derive(Default)]
struct Build {
    bridges: HashSet<(Name, Name)>,
    infos: Vec<Info>,
    legs: Vec<Leg>,
    by_netns: Vec<(Name, Vec<u32>)>,
    frames: Vec<StackFrame>,
    lives: Vec<Life>,
    /// What is known of each packet now.
    now: HashMap<BufferId, Now>,
    /// Programs and routing without a packet, by namespace.
    idle: HashMap<Name, Now>,
    /// Namespace and packet of the step before.
    before: Option<(Name, BufferId)>,
    logged: u32,
    /// Last step at which a table was asked, plus 1.
    asked: u32,
}

/// A packet while the walk is gone through.
#[derive(Clone)]
struct Now {
    life: u32,
    leg: u32,
    netns: Name,
    context: Context,
    frame: u32,
    /// The frame of the built-in chain of the present table.
    base: u32,
    spot: Spot,
    station: Option<Station>,
    dropped: bool,
}

impl Build {
    /// Takes a step in. Says whether its packet has come over a cable from
    /// another namespace.
    fn step(&mut self, walk: &Walk, at: u32, step: &Step) -> bool {
        let on_bridge = step
            .dev
            .as_ref()
            .is_some_and(|dev| self.bridges.contains(&(step.netns.clone(), dev.clone())));
        let buffer = self.owner(step);
        let mut now = self.packet(at, step, buffer);
        let crosses = now.netns != step.netns;
        let turned_up = crosses
            || (matches!(step.event, Event::Receive) && !on_bridge && {
                // Received a second time in the same namespace: looped back.
                self.legs
                    .get(now.leg as usize)
                    .is_some_and(|leg| !leg.marks.is_empty())
            });
        if turned_up {
            now.netns = step.netns.clone();
            now.context = Context::default();
            now.station = None;
            now.leg = self.new_leg(None);
        }
        let place = now.context.place(&step.event, on_bridge);
        self.frame(at, step, &mut now);
        now.spot = spot(step, on_bridge, &now.spot);
        self.mark(at, step, &place, &mut now);
        if matches!(step.event, Event::Log(_)) {
            self.logged += 1;
        }
        if let Some(life) = now
            .life
            .checked_sub(1)
            .and_then(|life| self.lives.get_mut(life as usize))
        {
            life.steps.push(at);
            if let Some(packet) = step.packet
                && life.states.last().is_none_or(|(_, last)| *last != packet)
            {
                life.states.push((at, packet));
            }
        }
        if now.frame != 0 {
            self.asked = at + 1;
        }
        self.infos.push(Info {
            start: 0.0,
            leg: now.leg,
            place,
            spot: now.spot.clone(),
            frame: now.frame,
            logged: self.logged,
            life: now.life,
            asked: self.asked,
            arp: is_arp(walk, step),
        });
        if matches!(step.event, Event::TableLeave { .. }) {
            now.frame = 0;
        }
        match self
            .by_netns
            .iter_mut()
            .find(|(name, _)| *name == step.netns)
        {
            Some((_, steps)) => steps.push(at),
            None => self.by_netns.push((step.netns.clone(), vec![at])),
        }
        self.before = Some((step.netns.clone(), buffer));
        if buffer == 0 {
            self.idle.insert(step.netns.clone(), now);
        } else {
            self.now.insert(buffer, now);
        }
        crosses
    }

    /// The packet that a step is about: its own; for a decision that names
    /// none, the one that was just there.
    fn owner(&self, step: &Step) -> BufferId {
        match (&step.event, &self.before) {
            (Event::Program { .. } | Event::Socket { .. }, _) => step.buffer,
            (_, Some((netns, before))) if step.buffer == 0 && *netns == step.netns => *before,
            _ => step.buffer,
        }
    }

    /// What is known of the packet; made up for one that is new.
    fn packet(&mut self, at: u32, step: &Step, buffer: BufferId) -> Now {
        if buffer != 0
            && let Some(now) = self.now.remove(&buffer)
        {
            return now;
        }
        let idle = self.before == Some((step.netns.clone(), 0));
        if buffer == 0
            && idle
            && let Some(now) = self.idle.remove(&step.netns)
        {
            return now;
        }
        let parent = match &step.event {
            Event::Emit {
                parent: Some(parent),
                origin: Origin::Clone | Origin::Fragment,
            } => self.now.get(parent).cloned(),
            // What the program and routing did before counts as its way.
            Event::Emit { .. } if idle => self.idle.get(&step.netns).cloned(),
            _ => None,
        };
        let life = if buffer == 0 {
            0
        } else {
            self.lives.push(Life {
                buffer,
                steps: Vec::new(),
                states: Vec::new(),
            });
            self.lives.len() as u32
        };
        match parent.filter(|parent| parent.netns == step.netns) {
            Some(parent) => Now {
                life,
                leg: self.new_leg(Some((parent.leg, at))),
                dropped: false,
                ..parent
            },
            None => Now {
                life,
                leg: self.new_leg(None),
                netns: step.netns.clone(),
                context: Context::default(),
                frame: 0,
                base: 0,
                spot: Spot::Stack {
                    netns: step.netns.clone(),
                },
                station: None,
                dropped: false,
            },
        }
    }

    fn new_leg(&mut self, parent: Option<(u32, u32)>) -> u32 {
        self.legs.push(Leg {
            parent,
            marks: Vec::new(),
            ways: Vec::new(),
        });
        self.legs.len() as u32 - 1
    }

    /// What the step does to places of its passage.
    fn mark(&mut self, at: u32, step: &Step, place: &Place, now: &mut Now) {
        let Some(leg) = self.legs.get_mut(now.leg as usize) else {
            return;
        };
        let state = match &step.event {
            Event::TableSkip { .. } | Event::BridgeToIpSkip { .. } => LightState::Skipped,
            Event::Drop { .. } if now.dropped => LightState::Visited,
            Event::Drop { .. }
            | Event::TableLeave {
                verdict: Verdict::Drop,
                ..
            } => LightState::Dropped,
            Event::TableLeave {
                verdict: Verdict::Stolen,
                ..
            } => LightState::Stolen,
            Event::NotModelled { .. } | Event::Limit { .. } => LightState::NotModelled,
            _ => LightState::Visited,
        };
        now.dropped |= state == LightState::Dropped;
        let same = leg
            .marks
            .last()
            .is_some_and(|(_, last, was)| last == place && *was == state);
        if !same {
            if place.chip.is_some() && state != LightState::Skipped {
                let station = Place::station(place.station);
                leg.marks.push((at, station, LightState::Visited));
            }
            leg.marks.push((at, place.clone(), state));
        }
        if let Some(from) = now.station
            && from != place.station
        {
            leg.ways.push((at, from, place.station));
        }
        now.station = Some(place.station);
    }

    /// Chains entered, rules met, chains left.
    fn frame(&mut self, at: u32, step: &Step, now: &mut Now) {
        match &step.event {
            Event::TableEnter {
                family,
                table,
                hook,
            } => {
                let entered = (Tool::of(*family), *hook);
                let chain = Name::from(hook.name());
                now.frame = self.push_frame(at, step, (table, chain), entered, 0, None);
                now.base = now.frame;
            }
            Event::Rule { rule, why_not } => {
                // A chain may end without a word.
                let mut frame = now.frame;
                while frame != 0 && !self.is_chain(frame, &rule.chain) {
                    frame = self.below(frame);
                }
                if frame != 0 && frame != now.frame {
                    self.end(now.frame, at);
                    now.frame = frame;
                }
                if let Some(frame) = self.frame_of(now.frame, rule) {
                    frame.met.push((at, rule.number, why_not.is_none()));
                }
            }
            Event::Jump { rule, to, goto } => {
                let current = now.frame.checked_sub(1);
                let current = current.and_then(|at| self.frames.get(at as usize));
                let entered = current.map_or((Tool::Iptables, Hook::Input), |frame| {
                    (frame.tool, frame.hook)
                });
                let (below, jump) = match current {
                    Some(frame) if *goto => (frame.below, frame.jump.clone()),
                    _ => (now.frame, Some(rule.clone())),
                };
                now.frame =
                    self.push_frame(at, step, (&rule.table, to.clone()), entered, below, jump);
            }
            Event::Return { to, .. } => {
                self.end(now.frame, at);
                let mut frame = self.below(now.frame);
                while frame != 0 && !self.is_chain(frame, to) {
                    frame = self.below(frame);
                }
                if frame != 0 {
                    now.frame = frame;
                }
            }
            Event::Policy { chain, .. } => {
                // After a goto the built-in chain's policy decides all the same.
                if !self.is_chain(now.frame, chain) && self.is_chain(now.base, chain) {
                    self.end(now.frame, at);
                    now.frame = now.base;
                }
                self.end(now.frame, at);
            }
            Event::HookEnter(_) | Event::HookLeave { .. } | Event::Receive | Event::Transmit => {
                now.frame = 0;
            }
            _ => {}
        }
    }

    fn push_frame(
        &mut self,
        at: u32,
        step: &Step,
        (table, chain): (&Name, Name),
        (tool, hook): (Tool, Hook),
        below: u32,
        jump: Option<RuleRef>,
    ) -> u32 {
        self.frames.push(StackFrame {
            entered: at,
            below,
            netns: step.netns.clone(),
            table: table.clone(),
            chain,
            tool,
            hook,
            jump,
            met: Vec::new(),
            ended: Vec::new(),
        });
        self.frames.len() as u32
    }

    /// The frame, if it is the one of this rule's chain.
    fn frame_of(&mut self, frame: u32, rule: &RuleRef) -> Option<&mut StackFrame> {
        let frame = self.frames.get_mut(frame.checked_sub(1)? as usize)?;
        (frame.chain == rule.chain).then_some(frame)
    }

    fn below(&self, frame: u32) -> u32 {
        let found = frame.checked_sub(1);
        found
            .and_then(|at| self.frames.get(at as usize))
            .map_or(0, |frame| frame.below)
    }

    fn is_chain(&self, frame: u32, chain: &Name) -> bool {
        let found = frame.checked_sub(1);
        found
            .and_then(|at| self.frames.get(at as usize))
            .is_some_and(|frame| frame.chain == *chain)
    }

    fn end(&mut self, frame: u32, at: u32) {
        let found = frame.checked_sub(1);
        if let Some(frame) = found.and_then(|at| self.frames.get_mut(at as usize)) {
            frame.ended.push(at);
        }
    }
}

fn is_arp(walk: &Walk, step: &Step) -> bool {
    step.packet
        .and_then(|packet| walk.packets.get(packet as usize))
        .is_some_and(|packet| packet.proto == ETH_P_ARP)
}

/// Where on the stage the packet is after a step.
fn spot(step: &Step, on_bridge: bool, before: &Spot) -> Spot {
    let netns = step.netns.clone();
    let device = |dev: &Name| Spot::Device {
        netns: step.netns.clone(),
        dev: dev.clone(),
    };
    let of_step = || step.dev.as_ref().map(device);
    let stack = Spot::Stack {
        netns: netns.clone(),
    };
    match &step.event {
        Event::Program { .. } | Event::Deliver { .. } | Event::Socket { .. } => {
            Spot::Process { netns }
        }
        Event::Emit { origin, .. } => match origin {
            Origin::Clone | Origin::Fragment if before.netns() == &step.netns => before.clone(),
            Origin::Program => Spot::Process { netns },
            _ => stack,
        },
        Event::Transmit | Event::Receive => of_step().unwrap_or(stack),
        Event::Leave => match &step.dev {
            Some(dev) => Spot::Beyond {
                netns,
                dev: dev.clone(),
            },
            None => stack,
        },
        Event::FdbLookup { bridge, result, .. } => {
            let _: &FdbResult = result;
            device(bridge)
        }
        Event::HookEnter(at) if at.family == Family::Bridge => {
            // On the way in at the port, on the way out at the other.
            match (&at.input, &at.output) {
                (Some(port), None) => device(port),
                (_, Some(port)) => device(port),
                (None, None) => before.clone(),
            }
        }
        Event::Route { .. } | Event::SourceCheck { .. } | Event::Ttl { .. } => stack,
        Event::HookEnter(_) if !on_bridge_spot(before) && !on_bridge => stack,
        _ => before.clone(),
    }
}

/// Is the packet at a device? Then br_netfilter's hooks leave it there.
fn on_bridge_spot(spot: &Spot) -> bool {
    matches!(spot, Spot::Device { .. })
}

/// Where stepping stops.
fn stops(walk: &Walk, lives: &[Life]) -> Stops {
    let mut out = Stops::default();
    for (at, step) in walk.steps.iter().enumerate() {
        let at = at as u32;
        match &step.event {
            Event::Rule { .. } | Event::Policy { .. } => out.rule.push(at),
            Event::Program { .. }
            | Event::Transmit
            | Event::Receive
            | Event::Leave
            | Event::FdbLookup { .. }
            | Event::HookEnter(_)
            | Event::Route { .. }
            | Event::Deliver { .. }
            | Event::Drop { .. }
            | Event::NotModelled { .. } => out.hook.push(at),
            _ => {}
        }
    }
    let ends = lives
        .iter()
        .flat_map(|life| [life.steps.first(), life.steps.last()]);
    out.packet = ends.flatten().copied().collect();
    let last = walk.steps.len().checked_sub(1).map(|last| last as u32);
    out.packet.extend([Some(0), last].into_iter().flatten());
    out.packet.sort_unstable();
    out.packet.dedup();
    out
}

/// Packets under way at every [`EVERY`]th step.
fn alive(lives: &[Life], steps: usize) -> Vec<Vec<u32>> {
    let mut out = vec![Vec::new(); steps.div_ceil(EVERY)];
    for (at, life) in lives.iter().enumerate() {
        let (Some(first), Some(last)) = (life.steps.first(), life.steps.last()) else {
            continue;
        };
        let from = (*first as usize).div_ceil(EVERY);
        let to = *last as usize / EVERY;
        for slot in out.iter_mut().take(to + 1).skip(from) {
            slot.push(at as u32);
        }
    }
    out
}
