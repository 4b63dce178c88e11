//! Writing a walk down while it happens.

use super::{BufferId, Event, Layer, Name, PacketState, Step};

/// How much is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing: for benchmarks and for running many flows.
    Off,
    /// Log lines only.
    Log,
    /// Every step.
    Full,
}

/// Collects the steps of one flow.
#[derive(Clone, Debug)]
pub struct Recorder {
    /// How much is kept.
    pub level: Level,
    /// Steps so far.
    pub steps: Vec<Step>,
    /// Packet states so far.
    pub packets: Vec<PacketState>,
    /// Steps not kept for want of room.
    pub lost: u64,
    /// How many steps are kept at most.
    pub limit: usize,
    /// Last state written for each buffer, so that an unchanged packet is
    /// written once.
    last: std::collections::HashMap<BufferId, u32>,
}

impl Default for Recorder {
    fn default() -> Self {
        Self {
            level: Level::Full,
            steps: Vec::new(),
            packets: Vec::new(),
            lost: 0,
            limit: 200_000,
            last: std::collections::HashMap::new(),
        }
    }
}

impl Recorder {
    /// Is every step wanted?
    pub fn full(&self) -> bool {
        self.level == Level::Full
    }

    /// Is `event` wanted?
    pub fn wants(&self, event: &Event) -> bool {
        match self.level {
            Level::Off => false,
            Level::Log => matches!(
                event,
                Event::Log(_) | Event::NotModelled { .. } | Event::Limit { .. }
            ),
            Level::Full => true,
        }
    }

    /// Index of `state` for `buffer`, written down if it is new.
    pub fn packet(&mut self, buffer: BufferId, state: PacketState) -> u32 {
        if let Some(&at) = self.last.get(&buffer)
            && self.packets.get(at as usize) == Some(&state)
        {
            return at;
        }
        let at = self.packets.len() as u32;
        self.packets.push(state);
        self.last.insert(buffer, at);
        at
    }

    /// Writes a step down.
    pub fn push(
        &mut self,
        netns: Name,
        dev: Option<Name>,
        layer: Layer,
        packet: Option<(BufferId, PacketState)>,
        time: u64,
        event: Event,
    ) {
        if self.steps.len() >= self.limit {
            self.lost += 1;
            return;
        }
        let buffer = packet.as_ref().map_or(0, |(buffer, _)| *buffer);
        let packet = packet.map(|(buffer, state)| self.packet(buffer, state));
        self.steps.push(Step {
            netns,
            dev,
            layer,
            buffer,
            packet,
            time,
            event,
        });
    }

    /// Takes what was written and starts afresh.
    pub fn take(&mut self) -> (Vec<Step>, Vec<PacketState>, u64) {
        self.last.clear();
        (
            std::mem::take(&mut self.steps),
            std::mem::take(&mut self.packets),
            std::mem::take(&mut self.lost),
        )
    }
}
