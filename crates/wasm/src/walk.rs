//! What became of a flow: every moment of it, for the page to show.

use std::cell::RefCell;
use std::sync::Arc;

use packetwalk_core::walk::{Name, PacketState, Walk as CoreWalk};
use packetwalk_core::world::World;
use packetwalk_view::connections::{Connections, TableRow};
use packetwalk_view::ladder::{Ladder, parties};
use packetwalk_view::packet::{Changed, Packet, dissect, dissect_since, history};
use packetwalk_view::rules::{RuleBook, RulesView};
use packetwalk_view::scene::Scene;
use packetwalk_view::timeline::{At, Side, Timeline, Track, changes};
use packetwalk_view::way::Way;
use packetwalk_view::words::Lang;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::machine::arrangement;
use crate::plain;

/// A walk on a machine, ready to be shown at any moment.
///
/// Whatever is asked for a step is worked out from that step alone, so that it
/// is the same however one came there.
#[wasm_bindgen]
pub struct Walk {
    /// The machine before the flow ran.
    world: World,
    book: RuleBook,
    timeline: Timeline,
    connections: Connections,
    /// Pictures that moving packets were asked for in.
    shown: RefCell<Shown>,
}

/// The chain on show.
#[derive(Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RulesShown {
    /// The chain.
    pub view: RulesView,
    /// Chains that wait for it, outermost first.
    pub stack: Vec<At>,
    /// Is it being walked now, or was it the last one?
    pub now: bool,
}

/// A packet, and what is known of it at a step.
#[derive(Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PacketShown {
    /// The packet; `None` where the step is about none.
    pub packet: Option<Packet>,
    /// What it has been through.
    pub changes: Vec<Changed>,
    /// The namespace that it is in.
    pub netns: Name,
    /// Its connection tracking table.
    pub table: Vec<TableRow>,
}

/// Where packets are drawn: made when first asked for, kept for every frame.
#[derive(Default)]
struct Shown {
    tracks: [Option<Track>; 2],
    way: Option<(Way, bool)>,
}

impl Walk {
    pub(crate) fn new(world: World, walk: CoreWalk) -> Self {
        let book = RuleBook::new(&world);
        let timeline = Timeline::new(Arc::new(walk));
        let connections = Connections::new(&world, &timeline);
        Self {
            world,
            book,
            timeline,
            connections,
            shown: RefCell::default(),
        }
    }

    /// The walk over time.
    pub(crate) fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The walk and its rules, to be compared.
    fn side(&self) -> Side<'_> {
        Side {
            walk: self.timeline.walk(),
            rules: &self.book,
        }
    }

    /// The step itself if a table is being asked there, else the last one
    /// before it where one was.
    fn asked(&self, step: usize) -> Option<usize> {
        self.timeline.asked(step)
    }

    fn state(&self, at: Option<u32>) -> Option<&PacketState> {
        self.timeline.walk().packets.get(at? as usize)
    }
}

#[wasm_bindgen]
impl Walk {
    /// What is needed once: length, stops, log, conversation.
    ///
    /// # Errors
    ///
    /// When the value cannot be made into a JavaScript object.
    #[wasm_bindgen(unchecked_return_type = "types.Overview")]
    pub fn overview(&self) -> Result<JsValue, JsError> {
        plain(&self.timeline.overview())
    }

    /// The conversation between namespaces; `all`: with ARP and copies that
    /// nobody takes.
    ///
    /// # Errors
    ///
    /// When the value cannot be made into a JavaScript object.
    #[wasm_bindgen(unchecked_return_type = "types.Ladder")]
    pub fn ladder(&self, lang: &str, all: bool) -> Result<JsValue, JsError> {
        plain(&Ladder::new(&self.timeline, Lang::of_tag(lang), all))
    }

    /// Names of the namespaces that the flow is between, in the conversation's
    /// order.
    pub fn parties(&self) -> Vec<String> {
        let names = parties(&self.timeline);
        names.iter().map(ToString::to_string).collect()
    }

    /// What is not as it was in `before`, the walk of the same flow before a
    /// change.
    ///
    /// # Errors
    ///
    /// When the value cannot be made into a JavaScript object.
    #[wasm_bindgen(unchecked_return_type = "types.Changes")]
    pub fn changes(&self, before: &Walk, lang: &str) -> Result<JsValue, JsError> {
        plain(&changes(before.side(), self.side(), Lang::of_tag(lang)))
    }

    /// What is to be said and lit at a step; `null` past the end.
    ///
    /// # Errors
    ///
    /// When the value cannot be made into a JavaScript object.
    #[wasm_bindgen(unchecked_return_type = "types.Moment | null")]
    pub fn moment(&self, step: usize, lang: &str) -> Result<JsValue, JsError> {
        plain(&self.timeline.moment(step, Lang::of_tag(lang)))
    }

    /// Where packets are when `part` (0 to 1) of a step is over: on the stage,
    /// and on the chart that [`Walk::way`] gave last.
    ///
    /// # Errors
    ///
    /// When the value cannot be made into a JavaScript object.
    #[wasm_bindgen(unchecked_return_type = "types.Frame")]
    pub fn frame(&self, step: usize, part: f32, narrow: bool) -> Result<JsValue, JsError> {
        let mut shown = self.shown.borrow_mut();
        let Shown { tracks, way } = &mut *shown;
        let [wide, upright] = tracks;
        let slot = if narrow { upright } else { wide };
        let track = slot.get_or_insert_with(|| {
            let scene = Scene::new(&self.world, arrangement(narrow));
            Track::new(&self.timeline, &scene)
        });
        let way = way.as_ref().map(|(way, _)| way);
        plain(&self.timeline.frame_in(step, part, track, way))
    }

    /// The chart of a namespace's kernel; frames place the packet in it from
    /// now on. `null` where there is no such namespace.
    ///
    /// # Errors
    ///
    /// When the value cannot be made into a JavaScript object.
    #[wasm_bindgen(unchecked_return_type = "types.Way | null")]
    pub fn way(&self, netns: &str, narrow: bool) -> Result<JsValue, JsError> {
        let mut shown = self.shown.borrow_mut();
        let same = shown
            .way
            .as_ref()
            .is_some_and(|(way, upright)| &*way.netns == netns && *upright == narrow);
        if !same {
            let way = Way::new(&self.world, netns, arrangement(narrow));
            shown.way = way.map(|way| (way, narrow));
        }
        plain(&shown.way.as_ref().map(|(way, _)| way))
    }

    /// What is lit on that chart at a step.
    ///
    /// # Errors
    ///
    /// When the value cannot be made into a JavaScript object.
    #[wasm_bindgen(unchecked_return_type = "types.Lights")]
    pub fn lights(&self, step: usize, netns: &str, lang: &str) -> Result<JsValue, JsError> {
        plain(&self.timeline.lights(step, netns, Lang::of_tag(lang)))
    }

    /// All chains, to choose from.
    ///
    /// # Errors
    ///
    /// When the value cannot be made into a JavaScript object.
    #[wasm_bindgen(unchecked_return_type = "types.ChainName[]")]
    pub fn chains(&self) -> Result<JsValue, JsError> {
        plain(&self.book.chains())
    }

    /// The chain at a place of [`Walk::chains`], as it stands at a step;
    /// without one, the chain being walked, or the one that was walked last:
    /// `null` before the first. `spread`: how many rules around the one that
    /// was asked last.
    ///
    /// # Errors
    ///
    /// When the value cannot be made into a JavaScript object.
    #[wasm_bindgen(unchecked_return_type = "types.RulesShown | null")]
    pub fn rules(
        &self,
        step: usize,
        lang: &str,
        chosen: Option<usize>,
        spread: usize,
    ) -> Result<JsValue, JsError> {
        let lang = Lang::of_tag(lang);
        let shown = match chosen {
            Some(place) => self.book.name(place).and_then(|at| {
                let view = self.book.around(&self.timeline, step, &at, spread, lang)?;
                Some(RulesShown {
                    now: view.rows.iter().any(|row| row.current),
                    view,
                    stack: Vec::new(),
                })
            }),
            None => self.asked(step).and_then(|at| {
                let moment = self.timeline.moment(at, lang)?;
                let chain = moment.rule?;
                Some(RulesShown {
                    view: self.book.around(&self.timeline, at, &chain, spread, lang)?,
                    stack: moment.stack,
                    now: at == step,
                })
            }),
        };
        plain(&shown)
    }

    /// Steps at which a rule was held against a packet. `chain` is a place of
    /// [`Walk::chains`].
    ///
    /// # Errors
    ///
    /// When the value cannot be made into a JavaScript object.
    #[wasm_bindgen(unchecked_return_type = "types.Met[]")]
    pub fn met(&self, chain: usize, rule: u32) -> Result<JsValue, JsError> {
        let at = self.book.name(chain);
        plain(&at.map_or(Vec::new(), |at| self.timeline.meetings(&at, rule)))
    }

    /// Steps of one packet.
    pub fn steps_of(&self, buffer: u32) -> Vec<u32> {
        self.timeline.steps_of(buffer).to_vec()
    }

    /// The packet of a step, layer by layer, with what changed, and the
    /// connections of the namespace that it is in.
    ///
    /// # Errors
    ///
    /// When the value cannot be made into a JavaScript object.
    #[wasm_bindgen(unchecked_return_type = "types.PacketShown | null")]
    pub fn packet(&self, step: usize, lang: &str) -> Result<JsValue, JsError> {
        let lang = Lang::of_tag(lang);
        let shown = self
            .timeline
            .moment(step, Lang::En)
            .map(|moment| PacketShown {
                packet: self.state(moment.packet).map(|now| {
                    let packet = match self.state(moment.packet_before) {
                        Some(before) => dissect_since(now, before),
                        None => dissect(now),
                    };
                    packet.told(lang)
                }),
                changes: history(&self.timeline, step, lang),
                table: self.connections.at(&moment.netns, step),
                netns: moment.netns,
            });
        plain(&shown)
    }
}
