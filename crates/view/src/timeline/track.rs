//! Coordinates over time: where on the stage and on the way through the
//! kernel each packet is drawn.

use packetwalk_core::walk::BufferId;
use serde::Serialize;

use super::{Timeline, build};
use crate::geometry::{Point, along, within};
use crate::packet::{self, Kind};
use crate::scene::{Scene, Spot};
use crate::way::Way;

/// The part of a step in which the packet moves; after it, it rests.
const MOVING: f32 = 0.72;

/// Where packets are drawn, for one picture of the machine.
#[derive(Clone, Debug)]
pub struct Track {
    /// The course of each step's packet: from where it was to where it is.
    courses: Vec<Vec<Point>>,
    kinds: Vec<Kind>,
}

/// A packet on the stage.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Dot {
    /// The packet.
    pub buffer: BufferId,
    /// What sort it is.
    pub kind: Kind,
    /// Is it the one that the step is about?
    pub current: bool,
    /// Where it is.
    pub at: Point,
}

/// What moves, at one instant.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Frame {
    /// The step.
    pub step: u32,
    /// How much of it is over, 0 to 1.
    pub part: f32,
    /// Packets on the stage, the current one last.
    pub dots: Vec<Dot>,
    /// The packet on the way through the kernel, if it is in the namespace
    /// that the way is of.
    pub way: Option<Point>,
}

impl Track {
    /// Where the packets of `timeline` are in `scene`.
    pub fn new(timeline: &Timeline, scene: &Scene) -> Self {
        let mut last: std::collections::HashMap<u32, (Spot, Point)> =
            std::collections::HashMap::new();
        let mut courses = Vec::with_capacity(timeline.infos.len());
        let mut kinds = Vec::with_capacity(timeline.infos.len());
        for (info, step) in timeline.infos.iter().zip(&timeline.walk.steps) {
            let (_, packet, ..) = timeline.packets(courses.len());
            let state = packet.and_then(|packet| timeline.walk.packets.get(packet as usize));
            kinds.push(state.map_or(Kind::Other, packet::kind));
            // A copy begins where its original is.
            let parent = match &step.event {
                packetwalk_core::walk::Event::Emit {
                    parent: Some(parent),
                    ..
                } => timeline.life_of(*parent).and_then(|life| last.get(&life)),
                _ => None,
            };
            let before = last.get(&info.life).filter(|_| info.life != 0);
            let before = before.or(parent.filter(|(spot, _)| *spot == info.spot));
            let course = scene.course(before.map(|(spot, at)| (spot, *at)), &info.spot);
            if let Some(end) = course.last() {
                last.insert(info.life, (info.spot.clone(), *end));
            }
            courses.push(course);
        }
        Self { courses, kinds }
    }

    /// Where the packet of a step rests when it is over.
    fn rest(&self, step: u32) -> Option<Point> {
        self.courses.get(step as usize)?.last().copied()
    }
}

impl Timeline {
    /// Place of a packet in `buffers`, plus 1.
    fn life_of(&self, buffer: BufferId) -> Option<u32> {
        // Buffers are numbered in the order in which they begin, mostly.
        let found = self.buffers.iter().position(|life| life.buffer == buffer)?;
        Some(found as u32 + 1)
    }

    /// What moves at `time` (seconds), on the stage and, if one is shown, on
    /// the way through the kernel.
    pub fn frame(&self, time: f32, track: &Track, way: Option<&Way>) -> Frame {
        let step = self.step_at(time);
        let (start, end) = (self.time_of(step), self.time_of(step + 1));
        let part = if end > start {
            within((time - start) / (end - start), 0.0, 1.0)
        } else {
            1.0
        };
        self.frame_in(step, part, track, way)
    }

    /// What moves when `part` (0 to 1) of `step` is over.
    pub fn frame_in(&self, step: usize, part: f32, track: &Track, way: Option<&Way>) -> Frame {
        let moved = within(part / MOVING, 0.0, 1.0);
        // Slow at both ends.
        let moved = moved * moved * (3.0 - 2.0 * moved);
        let mut dots = Vec::new();
        let info = self.infos.get(step);
        for life in self.alive_at(step) {
            if info.is_some_and(|info| info.life == life + 1) {
                continue;
            }
            let Some(life) = self.buffers.get(life as usize) else {
                continue;
            };
            let seen = life.steps.partition_point(|at| *at <= step as u32);
            if let Some(&at) = seen.checked_sub(1).and_then(|at| life.steps.get(at))
                && let Some(point) = track.rest(at)
            {
                dots.push(Dot {
                    buffer: life.buffer,
                    kind: track.kinds.get(at as usize).copied().unwrap_or(Kind::Other),
                    current: false,
                    at: point,
                });
            }
        }
        if let Some(course) = track.courses.get(step)
            && !course.is_empty()
        {
            dots.push(Dot {
                buffer: self.packets(step).0,
                kind: track.kinds.get(step).copied().unwrap_or(Kind::Other),
                current: true,
                at: along(course, moved),
            });
        }
        Frame {
            step: step as u32,
            part,
            dots,
            way: way.and_then(|way| self.way_point(step, moved, way)),
        }
    }

    /// Packets under way at `step`, as places in `buffers`.
    fn alive_at(&self, step: usize) -> Vec<u32> {
        let checkpoint = step / build::EVERY;
        let base = (checkpoint * build::EVERY) as u32;
        let mut out = self.alive.get(checkpoint).cloned().unwrap_or_default();
        let first = |life: &super::Life| life.steps.first().copied().unwrap_or(u32::MAX);
        let from = self.buffers.partition_point(|life| first(life) <= base);
        let to = self
            .buffers
            .partition_point(|life| first(life) <= step as u32);
        out.extend(from as u32..to as u32);
        out.retain(|at| {
            let life = self.buffers.get(*at as usize);
            life.and_then(|life| life.steps.last())
                .is_some_and(|last| *last >= step as u32)
        });
        out
    }

    fn way_point(&self, step: usize, moved: f32, way: &Way) -> Option<Point> {
        let info = self.infos.get(step)?;
        if self.walk.steps.get(step)?.netns != way.netns {
            return None;
        }
        let before = info
            .life
            .checked_sub(1)
            .and_then(|life| self.buffers.get(life as usize))
            .and_then(|life| {
                let at = life.steps.partition_point(|at| (*at as usize) < step);
                life.steps.get(at.checked_sub(1)?).copied()
            })
            .filter(|at| {
                let what = self.walk.steps.get(*at as usize);
                what.is_some_and(|what| what.netns == way.netns)
            })
            .and_then(|at| self.infos.get(at as usize))
            .filter(|before| before.leg == info.leg);
        let course = way.course(before.map(|before| &before.place), &info.place);
        (!course.is_empty()).then(|| along(&course, moved))
    }
}
