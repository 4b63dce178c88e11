//! What became of a flow: every moment of it, for the page to show.

use std::cell::RefCell;
use std::sync::Arc;

use packetwalk_core::walk::{Event, PacketState, Walk as CoreWalk};
use packetwalk_core::world::World;
use packetwalk_view::ladder::Ladder;
use packetwalk_view::packet::{dissect, dissect_since};
use packetwalk_view::rules::{RuleBook, RulesView};
use packetwalk_view::scene::Scene;
use packetwalk_view::timeline::{At, Moment, Timeline, Track};
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
        Self {
            world,
            book,
            timeline,
            shown: RefCell::default(),
        }
    }

    /// The step itself if a table is being asked there, else the last one
    /// before it where one was.
    fn asked(&self, step: usize) -> Option<usize> {
        let in_table = |at: usize| {
            let moment = self.timeline.moment(at, Lang::En);
            moment.is_some_and(|moment| moment.rule.is_some())
        };
        if in_table(step) {
            return Some(step);
        }
        let steps = self.timeline.walk().steps.get(..step)?;
        let last = steps.iter().rposition(|step| {
            matches!(
                step.event,
                Event::Rule { .. } | Event::Policy { .. } | Event::TableLeave { .. }
            )
        })?;
        (0..=last).rev().take(8).find(|at| in_table(*at))
    }

    fn state(&self, at: Option<u32>) -> Option<&PacketState> {
        self.timeline.walk().packets.get(at? as usize)
    }

    /// What the packet of `moment` was before it was last changed.
    fn before(&self, moment: &Moment) -> Option<&PacketState> {
        let steps = self.timeline.walk().steps.get(..=moment.step as usize)?;
        let other = steps
            .iter()
            .rev()
            .filter(|other| other.buffer == moment.buffer)
            .find(|other| other.packet.is_some() && other.packet != moment.packet)?;
        self.state(other.packet)
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

    /// The chain being walked at a step, or the one that was walked last;
    /// `null` before the first.
    ///
    /// # Errors
    ///
    /// When the value cannot be made into a JavaScript object.
    #[wasm_bindgen(unchecked_return_type = "types.RulesShown | null")]
    pub fn rules(&self, step: usize, lang: &str) -> Result<JsValue, JsError> {
        let lang = Lang::of_tag(lang);
        let asked = self.asked(step);
        let shown = asked.and_then(|at| {
            Some(RulesShown {
                view: self.book.view(&self.timeline, at, lang)?,
                stack: self.timeline.moment(at, lang)?.stack,
                now: at == step,
            })
        });
        plain(&shown)
    }

    /// The packet of a step, layer by layer, with what changed last; `null`
    /// where the step is about no packet.
    ///
    /// # Errors
    ///
    /// When the value cannot be made into a JavaScript object.
    #[wasm_bindgen(unchecked_return_type = "types.Packet | null")]
    pub fn packet(&self, step: usize) -> Result<JsValue, JsError> {
        let moment = self.timeline.moment(step, Lang::En);
        let packet = moment.and_then(|moment| {
            let now = self.state(moment.packet)?;
            Some(match self.before(&moment) {
                Some(before) => dissect_since(now, before),
                None => dissect(now),
            })
        });
        plain(&packet)
    }
}
