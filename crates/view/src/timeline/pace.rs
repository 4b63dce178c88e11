//! How long each step is shown, in seconds at normal speed.

use packetwalk_core::walk::{Event, Origin, Walk};
use packetwalk_core::wire::eth::ETH_P_ARP;

/// Rules in one pass of a table that are shown at full length; more are shown
/// faster.
const UNHURRIED: f32 = 20.0;
/// What a step of ARP takes, compared with others.
const ARP: f32 = 0.4;

fn seconds(event: &Event, crosses: bool) -> f32 {
    match event {
        Event::Program { .. } => 0.7,
        Event::Emit { origin, .. } => match origin {
            Origin::Clone | Origin::Fragment => 0.15,
            _ => 0.3,
        },
        Event::Transmit => 0.3,
        Event::Receive if crosses => 0.8,
        Event::Receive => 0.2,
        Event::Leave => 0.8,
        Event::FdbLearn { .. } | Event::FdbForget { .. } => 0.12,
        Event::FdbLookup { .. } => 0.3,
        Event::PortSkip { .. } => 0.15,
        Event::BridgeToIp { .. } => 0.3,
        Event::BridgeToIpSkip { .. } => 0.15,
        Event::HookEnter(_) => 0.25,
        Event::HookLeave { .. } => 0.06,
        Event::TableEnter { .. } => 0.12,
        Event::TableSkip { .. } => 0.15,
        Event::TableLeave { .. } => 0.06,
        Event::Rule { why_not: None, .. } => 0.25,
        Event::Rule { .. } => 0.2,
        Event::Target { .. } => 0.3,
        Event::Jump { .. } => 0.18,
        Event::Return { .. } => 0.15,
        Event::Policy { .. } => 0.18,
        Event::Log(_) => 0.05,
        Event::Conntrack { .. } => 0.25,
        Event::Nat { .. } => 0.4,
        Event::Route { .. } => 0.3,
        Event::SourceCheck { .. } => 0.1,
        Event::Neighbour { .. } | Event::IcmpLimited { .. } => 0.2,
        Event::Ttl { .. } => 0.12,
        Event::Fragment { .. } | Event::Defragment { .. } => 0.4,
        Event::Deliver { .. } => 0.5,
        Event::Socket { .. } => 0.3,
        Event::Drop { .. } | Event::NotModelled { .. } | Event::Limit { .. } => 1.1,
        Event::Consume => 0.1,
    }
}

/// Length of every step. `crosses` says of which steps the packet has come
/// over a cable from another namespace.
pub(super) fn durations(walk: &Walk, crosses: &[bool]) -> Vec<f32> {
    let mut out: Vec<f32> = walk
        .steps
        .iter()
        .enumerate()
        .map(|(at, step)| {
            let crosses = crosses.get(at).copied().unwrap_or(false);
            let arp = step
                .packet
                .and_then(|packet| walk.packets.get(packet as usize))
                .is_some_and(|packet| packet.proto == ETH_P_ARP);
            seconds(&step.event, crosses) * if arp { ARP } else { 1.0 }
        })
        .collect();
    // Long tables in less time.
    let mut start = None;
    let mut rules = 0.0;
    for (at, step) in walk.steps.iter().enumerate() {
        match step.event {
            Event::TableEnter { .. } => {
                start = Some(at);
                rules = 0.0;
            }
            Event::Rule { .. } => rules += 1.0,
            Event::TableLeave { .. } => {
                if let Some(start) = start.take()
                    && rules > UNHURRIED
                    && let Some(pass) = out.get_mut(start..at)
                {
                    for length in pass {
                        *length *= UNHURRIED / rules;
                    }
                }
            }
            _ => {}
        }
    }
    out
}
