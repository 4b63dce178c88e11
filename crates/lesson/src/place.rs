//! A place on a walk: where a lesson stops.
//!
//! ```text
//! host rule filter FORWARD 6
//! host table-skip nat PREROUTING of reply
//! c2 receive on eth0
//! host log TRACE: nat:POSTROUTING:rule:1
//! ```
//!
//! A namespace, a kind of step (as `packetwalk trace --format json` names it),
//! what the step is about, and what narrows it down. A place is looked for from
//! some step on, so it keeps its meaning when other steps come or go.

use std::fmt;

use packetwalk_core::walk::{Event, FdbResult, IcmpLimit, Origin, ProgramAct, Step, Walk};
use packetwalk_view::packet::{Kind, kind as packet_kind};
use packetwalk_view::timeline::{KINDS, Station, Timeline, Tool, kind};
use packetwalk_view::words::Lang;

use crate::Wrong;

/// A place on a walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Namespace.
    netns: String,
    /// Kind of step.
    kind: &'static str,
    /// The first of the step's own words; `*` stands for any.
    words: Vec<String>,
    /// Whose the table or the hook is.
    tool: Option<Tool>,
    /// Sort of packet.
    of: Option<Kind>,
    /// Device.
    on: Option<String>,
    /// How manieth.
    nth: usize,
    /// As it was written.
    text: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

const SORTS: &[(&str, Kind)] = &[
    ("arp", Kind::Arp),
    ("request", Kind::Request),
    ("reply", Kind::Reply),
    ("error", Kind::Error),
];

/// Kinds of steps that are about a table or a hook.
const OF_TABLES: &[&str] = &[
    "rule",
    "policy",
    "table-enter",
    "table-skip",
    "table-leave",
    "hook-enter",
    "hook-leave",
    "jump",
    "return",
    "target",
];

impl Place {
    /// Reads a place.
    ///
    /// # Errors
    ///
    /// Where it is no place.
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        let column = |word: &str| {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            text.get(..start).map_or(0, |before| before.chars().count())
        };
        let mut words = text.split_whitespace();
        let (Some(netns), Some(what)) = (words.next(), words.next()) else {
            return Err(Wrong::new(
                0,
                "a place is a namespace and a kind of step",
                "as in host rule filter FORWARD 6".to_owned(),
            ));
        };
        let Some(kind) = KINDS.iter().find(|kind| **kind == what) else {
            return Err(Wrong::new(
                column(what),
                format!("no kind of step is called {what:?}"),
                format!("there are {}", KINDS.join(", ")),
            ));
        };
        let mut place = Self {
            netns: netns.to_owned(),
            kind,
            words: Vec::new(),
            tool: OF_TABLES.contains(kind).then_some(Tool::Iptables),
            of: None,
            on: None,
            nth: 1,
            text: text.to_owned(),
        };
        if *kind == "log" {
            // A line of the log is taken as it stands.
            let line = text.get(text.find(what).unwrap_or(0) + what.len()..);
            place.words.push(line.unwrap_or_default().trim().to_owned());
            return Ok(place);
        }
        while let Some(word) = words.next() {
            let missing = || Wrong::new(column(word), format!("{word} what?"), "");
            match word {
                "of" => {
                    let sort = words.next().ok_or_else(missing)?;
                    let found = SORTS.iter().find(|(name, _)| *name == sort);
                    place.of = Some(found.map(|(_, kind)| *kind).ok_or_else(|| {
                        let known: Vec<&str> = SORTS.iter().map(|(name, _)| *name).collect();
                        Wrong::new(
                            column(sort),
                            format!("no sort of packet is called {sort:?}"),
                            format!("there are {}", known.join(", ")),
                        )
                    })?);
                }
                "on" => place.on = Some(words.next().ok_or_else(missing)?.to_owned()),
                "nth" => {
                    let number = words.next().ok_or_else(missing)?;
                    place.nth = number.parse().ok().filter(|nth| *nth > 0).ok_or_else(|| {
                        Wrong::new(
                            column(number),
                            format!("{number:?} is no number"),
                            "count from 1".to_owned(),
                        )
                    })?;
                }
                _ => {
                    let marked = [("eb:", Tool::Ebtables), ("arp:", Tool::Arptables)]
                        .into_iter()
                        .find_map(|(mark, tool)| Some((word.strip_prefix(mark)?, tool)));
                    place.tool = marked.map(|(_, tool)| tool).or(place.tool);
                    let word = marked.map_or(word, |(word, _)| word);
                    place.words.push(word.to_owned());
                }
            }
        }
        Ok(place)
    }

    /// The namespace that it is in.
    #[must_use]
    pub fn netns(&self) -> &str {
        &self.netns
    }

    /// The first such step of a walk from `from` on.
    #[must_use]
    pub fn find(&self, timeline: &Timeline, from: usize) -> Option<usize> {
        let walk = timeline.walk();
        let steps = walk.steps.iter().enumerate().skip(from);
        steps
            .filter(|(at, step)| self.is(timeline, walk, *at, step))
            .nth(self.nth - 1)
            .map(|(at, _)| at)
    }

    fn is(&self, timeline: &Timeline, walk: &Walk, at: usize, step: &Step) -> bool {
        if *step.netns != *self.netns || kind(&step.event) != self.kind {
            return false;
        }
        if let Some(on) = &self.on
            && step.dev.as_deref() != Some(on.as_str())
        {
            return false;
        }
        if let Some(of) = self.of {
            let packet = step.packet.and_then(|at| walk.packets.get(at as usize));
            if packet.map(packet_kind) != Some(of) {
                return false;
            }
        }
        if self.kind == "log" {
            let line = timeline.log().iter().find(|line| line.step as usize == at);
            return line.is_some_and(|line| {
                self.words
                    .iter()
                    .all(|words| line.text.contains(words.as_str()))
            });
        }
        let own = words(&step.event);
        let fits = self.words.iter().enumerate().all(|(at, word)| {
            word == "*"
                || own
                    .get(at)
                    .is_some_and(|own| own.eq_ignore_ascii_case(word))
        });
        fits && self.tool.is_none_or(|wanted| {
            let moment = timeline.moment(at, Lang::En);
            let is = match moment.map(|moment| moment.place.station) {
                Some(Station::Hook(family, _)) => Tool::of(family),
                _ => Tool::Iptables,
            };
            is == wanted
        })
    }
}

/// What a step is about, in words, the most telling first.
fn words(event: &Event) -> Vec<String> {
    /// The name that the JSON format has for a value.
    fn name<T: serde::Serialize>(value: &T) -> String {
        match serde_json::to_value(value) {
            Ok(serde_json::Value::String(name)) => name,
            _ => String::new(),
        }
    }
    let text = |text: &str| text.to_owned();
    match event {
        Event::Rule { rule, why_not } => {
            let fate = if why_not.is_none() {
                "matched"
            } else {
                "passed"
            };
            vec![
                text(&rule.table),
                text(&rule.chain),
                rule.number.to_string(),
                text(fate),
            ]
        }
        Event::Policy {
            table,
            chain,
            verdict,
        } => vec![text(table), text(chain), name(verdict)],
        Event::TableEnter { table, hook, .. } => vec![text(table), text(hook.name())],
        Event::TableSkip {
            table, hook, why, ..
        } => vec![text(table), text(hook.name()), name(why)],
        Event::TableLeave {
            table,
            hook,
            verdict,
            ..
        } => vec![text(table), text(hook.name()), name(verdict)],
        Event::HookEnter(at) => vec![text(at.hook.name())],
        Event::HookLeave { hook, verdict, .. } => vec![text(hook.name()), name(verdict)],
        Event::Jump { to, .. } => vec![text(to)],
        Event::Return { from, .. } => vec![text(from)],
        Event::Target { target, .. } => vec![text(target)],
        Event::BridgeToIp { hook } | Event::BridgeToIpSkip { hook, .. } => vec![text(hook.name())],
        Event::Conntrack { act, .. } => vec![name(act)],
        Event::Nat { act, .. } => vec![name(act)],
        Event::Route { result, .. } => {
            vec![
                text(&result.kind),
                text(result.dev.as_deref().unwrap_or("-")),
            ]
        }
        Event::FdbLookup { result, .. } => match result {
            FdbResult::Port { port } => vec![text("port"), text(port)],
            FdbResult::Local => vec![text("local")],
            FdbResult::Flood => vec![text("flood")],
            FdbResult::Group => vec![text("group")],
        },
        Event::PortSkip { port, why } => vec![text(port), name(why)],
        Event::Emit { origin, .. } => {
            let _: &Origin = origin;
            vec![name(origin)]
        }
        Event::Drop { reason, .. } => vec![text(reason.name())],
        Event::Neighbour { state, .. } => vec![name(state)],
        Event::IcmpLimited { limit, .. } => vec![text(match limit {
            IcmpLimit::Peer { .. } => "peer",
            IcmpLimit::Route { .. } => "route",
            IcmpLimit::Global => "global",
        })],
        Event::SourceCheck { ok, .. } => vec![text(if *ok { "ok" } else { "refused" })],
        Event::Socket { state, .. } => vec![text(state)],
        Event::Program { act, .. } => match act {
            ProgramAct::Ping { .. } => vec![text("ping")],
            ProgramAct::Connect { .. } => vec![text("connect")],
            ProgramAct::SendTo { .. } => vec![text("send-to")],
            ProgramAct::SendFrame => vec![text("send-frame")],
            ProgramAct::Wait { .. } => vec![text("wait")],
            ProgramAct::FrameRefused { why, .. } => vec![text("frame-refused"), name(why)],
            ProgramAct::Accept { .. } => vec![text("accept")],
            ProgramAct::Receive { .. } => vec![text("receive")],
            ProgramAct::Relay { .. } => vec![text("relay")],
            ProgramAct::Done { outcome } => vec![text("done"), text(outcome)],
        },
        Event::Transmit
        | Event::Receive
        | Event::Leave
        | Event::FdbLearn { .. }
        | Event::FdbForget { .. }
        | Event::Log(_)
        | Event::Ttl { .. }
        | Event::Fragment { .. }
        | Event::Defragment { .. }
        | Event::Deliver { .. }
        | Event::Consume
        | Event::NotModelled { .. }
        | Event::Limit { .. } => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run;

    const ARTICLE: &str = include_str!("../../../www/scenarios/article-2017.snapshot.txt");

    #[test]
    fn a_place_is_found_where_it_says() {
        let walk = run::walk(ARTICLE, "c1 ping 10.10.126.187").expect("a walk");
        let check = |place: &str, there: bool| {
            let found = Place::parse(place).expect(place).find(&walk, 0);
            assert_eq!(found.is_some(), there, "{place}");
        };
        check("host rule nat POSTROUTING 1 matched", true);
        check("host rule nat POSTROUTING 1 passed", false);
        check("host rule eb:nat POSTROUTING 1", true);
        check("host rule filter FORWARD 6", false);
        check("host target MASQUERADE", true);
        check("host table-skip nat * of reply", true);
        check("host table-skip nat * of request", false);
        check("ext receive on eth0", true);
        check("ext receive on eth7", false);
        check("host route unicast docker0", true);
        check("host log TRACE: nat:POSTROUTING:rule:1", true);
        check("c1 program done ok", true);
        check("c1 program done nth 2", false);
        let first = Place::parse("host hook-enter FORWARD").expect("a place");
        let at = first.find(&walk, 0).expect("the request");
        let reply = first.find(&walk, at + 1).expect("the reply");
        assert!(reply > at);
    }

    #[test]
    fn a_rule_for_arp_is_none_of_iptables() {
        let machine = include_str!("../../../tests/corpus/arptables/drop-in/snapshot.txt");
        let walk = run::walk(machine, "c1 ping 172.17.0.1").expect("a walk");
        let check = |place: &str, there: bool| {
            let found = Place::parse(place).expect(place).find(&walk, 0);
            assert_eq!(found.is_some(), there, "{place}");
        };
        check("host rule arp:filter INPUT 1 matched", true);
        check("host rule eb:filter INPUT 1 matched", true);
        check("host rule filter INPUT 1", false);
        check("host hook-enter arp:INPUT", true);
    }

    #[test]
    fn what_is_no_place_is_refused_where_it_is_wrong() {
        let check = |place: &str, column: usize| {
            let wrong = Place::parse(place).expect_err(place);
            assert_eq!(wrong.column, column, "{place}: {}", wrong.message);
        };
        check("host", 0);
        check("host rul filter FORWARD 6", 5);
        check("host route of answer", 14);
        check("host route of", 11);
        check("host route nth 0", 15);
    }
}
