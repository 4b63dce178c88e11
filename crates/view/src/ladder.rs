//! A flow as a ladder: namespaces side by side, time running down, an arrow
//! for each passage of a packet from one to another; what rewrote or ended it
//! stands where that happened.
//!
//! ARP, and copies that end without anybody taking them, are folded away until
//! they are asked for. A packet that stays in its namespace is an arrow that
//! comes back.

use std::collections::HashSet;

use packetwalk_core::walk::{BufferId, Event, Name, NatAct, ProgramAct, Walk};
use serde::Serialize;

use crate::geometry::{Point, Rect, point, rect, text_width};
use crate::packet::{self, Kind};
use crate::timeline::{Conversation, Message, Timeline};
use crate::ui;
use crate::words::messages::message;
use crate::words::terms::drop_reason;
use crate::words::{Lang, Pair, pick};

/// Left and right of everything.
const EDGE: f32 = 14.0;
/// Height of a lane's name.
const HEAD: f32 = 24.0;
/// Least distance of two lanes.
const NEAR: f32 = 104.0;
/// How far down an arrow goes: time passes on a cable, too.
const SLOPE: f32 = 6.0;
/// How far an arrow goes out that comes back.
const OUT: f32 = 30.0;

/// The ladder of a flow.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Ladder {
    /// Width of the whole.
    pub width: f32,
    /// Height of the whole.
    pub height: f32,
    /// Namespaces.
    pub lanes: Vec<LadderLane>,
    /// What happened between and in them, in order.
    pub rows: Vec<LadderRow>,
    /// How many packets are folded away, or would be.
    pub aside: u32,
}

/// A namespace.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct LadderLane {
    /// Its name; for what is not in the snapshot, a word that says so.
    pub name: Name,
    /// Where its name stands.
    pub head: Rect,
    /// Its line, downwards.
    pub line: Vec<Point>,
}

/// What a row is, for its look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum LadderLook {
    /// A packet goes from one namespace to another, or leaves the picture.
    Rung,
    /// A packet that does not leave its namespace.
    Within,
    /// NAT rewrites it.
    Nat,
    /// It ends.
    Drop,
    /// It meets what is not modelled.
    NotModelled,
    /// What the program that began it all learns.
    Outcome,
    /// Packets that are folded away.
    Folded,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct LadderRow {
    /// What it is.
    pub look: LadderLook,
    /// What sort of packet it is about.
    pub kind: Kind,
    /// The packet; 0 for none.
    pub buffer: BufferId,
    /// The moment that it tells of.
    pub step: u32,
    /// The arrow; for the others, the one place that they are about.
    pub line: Vec<Point>,
    /// What a pointer may hit.
    pub area: Rect,
    /// What it says: over the arrow, or beside the place.
    pub label: String,
    /// Where that stands (base line).
    pub label_at: Point,
    /// What it says besides: addresses, the plain words of a reason.
    pub detail: String,
    /// Where that stands (base line).
    pub detail_at: Point,
    /// Do the words begin at their places, are they around them, or do they
    /// end there?
    pub anchor: Anchor,
    /// All of it in words, for those who do not see it.
    pub spoken: String,
}

/// On which side of their place words stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Anchor {
    /// They begin there.
    Start,
    /// They are centred.
    Middle,
    /// They end there.
    End,
}

/// A row before it has a place.
struct Draft {
    look: LadderLook,
    kind: Kind,
    buffer: BufferId,
    step: u32,
    from: Name,
    to: Name,
    label: String,
    detail: String,
    aside: bool,
}

const SOURCE: Pair = ["source", "源"];
const DESTINATION: Pair = ["destination", "目的"];
const OUTSIDE: Pair = ["outside", "外部"];
const PACKETS: Pair = ["packets folded away", "个数据包已折叠"];
const NOT_MODELLED: Pair = ["not modelled", "未建模"];
const TO: Pair = ["to", "到"];
const IN: Pair = ["in", "在"];

impl Ladder {
    /// The ladder of a walk; `all`: with what is folded away otherwise.
    pub fn new(timeline: &Timeline, lang: Lang, all: bool) -> Self {
        let walk = timeline.walk();
        let talk = timeline.conversation();
        let aside = asides(walk, talk);
        let mut drafts = drafts(walk, talk, &aside, lang);
        packetwalk_rules::sort::by_key(&mut drafts, |draft| draft.step);
        if !all {
            drafts = fold(drafts, lang);
        }
        let lanes = lanes(&Name::from(&*walk.flow.netns), &drafts);
        let mut ladder = place(&lanes, drafts, lang);
        ladder.aside = aside.len() as u32;
        ladder
    }
}

/// Namespaces that a flow is between, in the ladder's order: without those that
/// only saw ARP or copies of frames that nobody took.
pub fn parties(timeline: &Timeline) -> Vec<Name> {
    let walk = timeline.walk();
    let talk = timeline.conversation();
    let aside = asides(walk, talk);
    let mut drafts = drafts(walk, talk, &aside, Lang::En);
    drafts.retain(|draft| !draft.aside);
    lanes(&Name::from(&*walk.flow.netns), &drafts)
}

/// Packets that a reader seldom asks about: ARP, and copies that nobody takes.
pub(crate) fn asides(walk: &Walk, talk: &Conversation) -> HashSet<BufferId> {
    let taken: HashSet<BufferId> = walk
        .steps
        .iter()
        .filter(|step| matches!(step.event, Event::Deliver { .. } | Event::Leave))
        .map(|step| step.buffer)
        .collect();
    let aside = |message: &&Message| {
        message.kind == Kind::Arp || (message.copy && !taken.contains(&message.buffer))
    };
    let found = talk.messages.iter().filter(aside);
    found.map(|message| message.buffer).collect()
}

fn drafts(walk: &Walk, talk: &Conversation, aside: &HashSet<BufferId>, lang: Lang) -> Vec<Draft> {
    let mut out = Vec::new();
    let lane = |at: u32| talk.lanes.get(at as usize).cloned().unwrap_or_default();
    let title = |step: u32| {
        let packet = walk.steps.get(step as usize).and_then(|step| step.packet);
        let state = packet.and_then(|packet| walk.packets.get(packet as usize));
        state.map(packet::title).unwrap_or_default()
    };
    let mut crossed: HashSet<BufferId> = HashSet::new();
    for rung in &talk.rungs {
        crossed.insert(rung.buffer);
        let [label, detail] = title(rung.received);
        out.push(Draft {
            look: LadderLook::Rung,
            kind: rung.kind,
            buffer: rung.buffer,
            step: rung.received,
            from: lane(rung.from),
            to: lane(rung.to),
            label,
            detail,
            aside: aside.contains(&rung.buffer),
        });
    }
    let nowhere = Name::from("");
    for (at, step) in walk.steps.iter().enumerate() {
        let at = at as u32;
        let mut draft = Draft {
            look: LadderLook::Drop,
            kind: Kind::Other,
            buffer: step.buffer,
            step: at,
            from: step.netns.clone(),
            to: step.netns.clone(),
            label: String::new(),
            detail: String::new(),
            aside: aside.contains(&step.buffer),
        };
        match &step.event {
            Event::Leave => {
                crossed.insert(step.buffer);
                draft.look = LadderLook::Rung;
                draft.to = nowhere.clone();
                [draft.label, draft.detail] = title(at);
            }
            Event::Nat { act, from, to, .. } => {
                let side = match act {
                    NatAct::RewriteSource => SOURCE,
                    NatAct::RewriteDestination => DESTINATION,
                    _ => continue,
                };
                let (Some(from), Some(to)) = (from, to) else {
                    continue;
                };
                let show = |end: &std::net::SocketAddr| match end.port() {
                    0 => end.ip().to_string(),
                    _ => end.to_string(),
                };
                draft.look = LadderLook::Nat;
                draft.label = format!("NAT: {}", pick(side, lang));
                draft.detail = format!("{} → {}", show(from), show(to));
            }
            Event::Drop { reason, .. } => {
                draft.label = reason.name().to_owned();
                draft.detail = pick(drop_reason(*reason), lang).to_owned();
            }
            Event::NotModelled { what } | Event::Limit { what } => {
                draft.look = LadderLook::NotModelled;
                draft.label = pick(NOT_MODELLED, lang).to_owned();
                draft.detail = message(what, lang).into_owned();
            }
            Event::Program {
                act: ProgramAct::Done { outcome },
                ..
            } => {
                draft.look = LadderLook::Outcome;
                let words = ui::name(&format!("result.{outcome}"), lang);
                draft.label = words.unwrap_or(outcome).to_owned();
            }
            _ => continue,
        }
        if let Some(packet) = step
            .packet
            .and_then(|packet| walk.packets.get(packet as usize))
        {
            draft.kind = packet::kind(packet);
        }
        out.push(draft);
    }
    for message in &talk.messages {
        if crossed.contains(&message.buffer) || message.copy {
            continue;
        }
        // A frame that a bridge answers itself has been in no cable.
        let received = walk
            .steps
            .iter()
            .enumerate()
            .take(message.last as usize + 1)
            .skip(message.first as usize)
            .find(|(_, step)| {
                step.buffer == message.buffer && matches!(step.event, Event::Receive)
            });
        let step = received.map_or(message.first, |(at, _)| at as u32);
        let [label, detail] = title(step);
        out.push(Draft {
            look: LadderLook::Within,
            kind: message.kind,
            buffer: message.buffer,
            step,
            from: message.from.clone(),
            to: message.from.clone(),
            label,
            detail,
            aside: aside.contains(&message.buffer),
        });
    }
    out
}

/// One row for each run of rows that are aside.
fn fold(drafts: Vec<Draft>, lang: Lang) -> Vec<Draft> {
    let mut out: Vec<Draft> = Vec::new();
    let mut packets: HashSet<BufferId> = HashSet::new();
    for mut draft in drafts {
        if !draft.aside {
            out.push(draft);
            continue;
        }
        let last = out
            .last_mut()
            .filter(|last| last.look == LadderLook::Folded);
        if last.is_none() {
            packets.clear();
        }
        packets.insert(draft.buffer);
        let label = format!("{} {}", packets.len(), pick(PACKETS, lang));
        match last {
            Some(last) => last.label = label,
            None => {
                draft.look = LadderLook::Folded;
                draft.label = label;
                draft.detail = String::new();
                draft.to = draft.from.clone();
                out.push(draft);
            }
        }
    }
    out
}

/// Namespaces that have something to show, in the order in which they come in.
/// What is outside of the snapshot comes last.
fn lanes(first: &Name, drafts: &[Draft]) -> Vec<Name> {
    let mut out: Vec<Name> = vec![first.clone()];
    let mut outside = false;
    for draft in drafts
        .iter()
        .filter(|draft| draft.look != LadderLook::Folded)
    {
        for name in [&draft.from, &draft.to] {
            if name.is_empty() {
                outside = true;
            } else if !out.contains(name) {
                out.push(name.clone());
            }
        }
    }
    if outside {
        out.push(Name::from(""));
    }
    out
}

fn height(look: LadderLook) -> f32 {
    match look {
        LadderLook::Rung | LadderLook::Within => 44.0,
        LadderLook::Nat => 34.0,
        LadderLook::Drop | LadderLook::NotModelled | LadderLook::Outcome => 36.0,
        LadderLook::Folded => 24.0,
    }
}

/// About how wide a row's words are.
fn words_width(draft: &Draft) -> f32 {
    text_width(&draft.label)
        .max(text_width(&draft.detail))
        .min(340.0)
}

fn place(lanes: &[Name], drafts: Vec<Draft>, lang: Lang) -> Ladder {
    let index = |name: &Name| lanes.iter().position(|lane| lane == name).unwrap_or(0);
    // As far apart as the words between them need.
    let mut gaps = vec![NEAR; lanes.len().saturating_sub(1)];
    let (mut after, mut least) = (0.0_f32, 0.0_f32);
    for draft in &drafts {
        let (from, to) = (index(&draft.from), index(&draft.to));
        let need = words_width(draft);
        match draft.look {
            LadderLook::Rung => {
                let (low, high) = (from.min(to), from.max(to));
                let each = (need + 30.0) / (high - low).max(1) as f32;
                for gap in gaps.iter_mut().take(high).skip(low) {
                    *gap = gap.max(each);
                }
            }
            LadderLook::Folded => least = least.max(need),
            _ => {
                let out = if draft.look == LadderLook::Within {
                    OUT
                } else {
                    0.0
                };
                match gaps.get_mut(from) {
                    Some(gap) => *gap = gap.max(need + out + 30.0),
                    None if lanes.len() == 1 => after = after.max(need + out + 24.0),
                    None => {
                        let before = from.checked_sub(1).and_then(|at| gaps.get_mut(at));
                        if let Some(gap) = before {
                            *gap = gap.max(need + out + 30.0);
                        }
                    }
                }
            }
        }
    }
    let names: Vec<Name> = lanes
        .iter()
        .map(|name| {
            if name.is_empty() {
                Name::from(pick(OUTSIDE, lang))
            } else {
                name.clone()
            }
        })
        .collect();
    let half = |name: &Name| text_width(name) / 2.0 + 10.0;
    let mut xs = Vec::with_capacity(lanes.len());
    let mut x = EDGE + names.first().map_or(0.0, half);
    for (at, _) in names.iter().enumerate() {
        xs.push(x);
        x += gaps.get(at).copied().unwrap_or_default();
    }
    let end = xs.last().copied().unwrap_or(EDGE);
    let width =
        (end + names.last().map_or(0.0, half).max(after).max(20.0) + EDGE).max(least + 2.0 * EDGE);

    let mut rows = Vec::with_capacity(drafts.len());
    let mut y = EDGE + HEAD + 12.0;
    for draft in drafts {
        let h = height(draft.look);
        let at = |name: &Name| xs.get(index(name)).copied().unwrap_or(EDGE);
        let here = (at(&draft.from), at(&draft.to));
        let names = (name_of(&draft.from, lang), name_of(&draft.to, lang));
        let last = lanes.len() > 1 && index(&draft.from) + 1 == lanes.len();
        rows.push(row(draft, here, names, last, rect(0.0, y, width, h), lang));
        y += h;
    }
    let height = y + EDGE;
    let lanes = names
        .into_iter()
        .zip(xs)
        .map(|(name, x)| {
            let w = 2.0 * half(&name);
            LadderLane {
                name,
                head: rect(x - w / 2.0, EDGE, w, HEAD),
                line: vec![point(x, EDGE + HEAD), point(x, height - 4.0)],
            }
        })
        .collect();
    Ladder {
        width,
        height,
        lanes,
        rows,
        aside: 0,
    }
}

fn name_of(lane: &Name, lang: Lang) -> String {
    if lane.is_empty() {
        pick(OUTSIDE, lang).to_owned()
    } else {
        lane.to_string()
    }
}

fn row(
    draft: Draft,
    (from, to): (f32, f32),
    (from_name, to_name): (String, String),
    last: bool,
    area: Rect,
    lang: Lang,
) -> LadderRow {
    let words: Vec<&str> = [draft.label.as_str(), draft.detail.as_str()]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect();
    let words = words.join(" ");
    let (line, label_at, detail_at, anchor, spoken) = match draft.look {
        LadderLook::Rung => {
            let y = area.y + 18.0;
            let middle = (from + to) / 2.0;
            (
                vec![point(from, y), point(to, y + SLOPE)],
                point(middle, y - 4.0),
                point(middle, y + SLOPE + 13.0),
                Anchor::Middle,
                format!("{from_name} {} {to_name}: {words}", pick(TO, lang)),
            )
        }
        LadderLook::Within => {
            let out = if last { -OUT } else { OUT };
            let y = area.y + 12.0;
            (
                vec![
                    point(from, y),
                    point(from + out, y),
                    point(from + out, y + 16.0),
                    point(from, y + 16.0),
                ],
                point(from + out + out.signum() * 8.0, y + 5.0),
                point(from + out + out.signum() * 8.0, y + 19.0),
                if last { Anchor::End } else { Anchor::Start },
                format!("{} {from_name}: {words}", pick(IN, lang)),
            )
        }
        LadderLook::Folded => (
            vec![point(from, area.y + 12.0)],
            point(area.center().x, area.y + 16.0),
            point(area.center().x, area.y + 16.0),
            Anchor::Middle,
            words,
        ),
        _ => {
            let x = if last { from - 14.0 } else { from + 14.0 };
            (
                vec![point(from, area.y + 14.0)],
                point(x, area.y + 13.0),
                point(x, area.y + 27.0),
                if last { Anchor::End } else { Anchor::Start },
                format!("{} {from_name}: {words}", pick(IN, lang)),
            )
        }
    };
    LadderRow {
        look: draft.look,
        kind: draft.kind,
        buffer: draft.buffer,
        step: draft.step,
        line,
        area,
        label: draft.label,
        label_at,
        detail: draft.detail,
        detail_at,
        anchor,
        spoken,
    }
}
