//! The moment of a walk that tells most: where a page stands before anybody
//! has touched time.

use packetwalk_core::flow::Outcome;
use packetwalk_core::walk::{
    Event, Family, FdbResult, Hook, NatAct, Origin, ProgramAct, Step, Walk,
};

use super::Timeline;
use crate::ladder::asides;

impl Timeline {
    /// The step that tells most: where it stops being modelled. Where a flow
    /// fails, there: where a packet is dropped, answered with an error, finds no
    /// route, leaves the picture, or where the program is told. Else where NAT
    /// rewrites a packet; else the rule that decides about the first packet; else
    /// the port or the route that is chosen for it. Where time is let pass, there.
    ///
    /// ARP, and copies that nobody takes, tell nothing.
    pub fn opening(&self) -> usize {
        let walk = self.walk();
        let aside = asides(walk, self.conversation());
        let own = |step: &Step| step.buffer != 0 && !aside.contains(&step.buffer);
        let request = walk.steps.iter().find(|step| own(step));
        let request = request.map(|step| step.buffer);
        let all = |tells: fn(&Event) -> bool| first(walk, &|step| tells(&step.event));
        let packets =
            |tells: fn(&Event) -> bool| first(walk, &|step| own(step) && tells(&step.event));
        let asked = |tells: fn(&Event) -> bool| {
            first(walk, &|step| {
                Some(step.buffer) == request && tells(&step.event)
            })
        };
        let found = match walk.outcome {
            Outcome::NotModelled => all(is_unknown),
            Outcome::Ok { .. } => packets(is_rewrite)
                .or_else(|| asked(is_forwarded))
                .or_else(|| asked(is_decided))
                .or_else(|| asked(is_port))
                .or_else(|| all(is_route)),
            Outcome::Waited => all(is_wait),
            _ => packets(is_end)
                .or_else(|| all(is_dead_end))
                .or_else(|| packets(is_leave))
                .or_else(|| all(is_done)),
        };
        found.unwrap_or(0)
    }
}

fn first(walk: &Walk, tells: &dyn Fn(&Step) -> bool) -> Option<usize> {
    walk.steps.iter().position(tells)
}

fn is_unknown(event: &Event) -> bool {
    matches!(event, Event::NotModelled { .. } | Event::Limit { .. })
}

fn is_end(event: &Event) -> bool {
    let error = |origin: &Origin| matches!(origin, Origin::IcmpError | Origin::Reset);
    match event {
        Event::Drop { .. } => true,
        Event::Emit { origin, .. } => error(origin),
        _ => false,
    }
}

fn is_rewrite(event: &Event) -> bool {
    use NatAct::{RewriteDestination, RewriteSource};
    matches!(event, Event::Nat { act, from: Some(_), to: Some(_), .. } if matches!(act, RewriteSource | RewriteDestination))
}

/// A rule of iptables' table filter, and not a policy, has decided.
fn is_decided(event: &Event) -> bool {
    matches!(event, Event::TableLeave { family: Family::Ipv4, table, rule: Some(_), .. } if &**table == "filter")
}

/// ... about a packet that passes through.
fn is_forwarded(event: &Event) -> bool {
    let forward = Hook::Forward;
    is_decided(event) && matches!(event, Event::TableLeave { hook, .. } if *hook == forward)
}

/// There is no way to where a packet should go.
fn is_dead_end(event: &Event) -> bool {
    let ways = ["unicast", "local", "broadcast", "multicast"];
    matches!(event, Event::Route { result, .. } if !ways.contains(&&*result.kind))
}

fn is_route(event: &Event) -> bool {
    matches!(event, Event::Route { .. })
}

fn is_leave(event: &Event) -> bool {
    matches!(event, Event::Leave)
}

fn is_done(event: &Event) -> bool {
    let Event::Program { act, .. } = event else {
        return false;
    };
    matches!(act, ProgramAct::Done { .. })
}

/// Time is let pass.
fn is_wait(event: &Event) -> bool {
    let Event::Program { act, .. } = event else {
        return false;
    };
    matches!(act, ProgramAct::Wait { .. })
}

fn is_port(event: &Event) -> bool {
    matches!(
        event,
        Event::FdbLookup {
            result: FdbResult::Port { .. },
            ..
        }
    )
}
