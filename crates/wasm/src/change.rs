//! Changing a machine: edits, undo and redo, texts and their mistakes, what
//! can be switched, links and files.

use js_sys::JSON;
use packetwalk_edit::check::{self, Finding};
use packetwalk_edit::share::{self, Base, State};
use packetwalk_edit::{Document, Edit, Part, Refused, complete, picks, switches, words, write};
use packetwalk_snapshot::frame::Frame;
use packetwalk_snapshot::load;
use packetwalk_view::words::Lang;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::machine::{Machine, remarks};
use crate::plain;
use crate::problem::Problem;

/// Why a change was not made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Refusal {
    /// In one sentence.
    pub message: String,
    /// What is wrong with a text, in the order of the places.
    pub findings: Vec<Finding>,
}

/// What was done, and what can be undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct History {
    /// What was done, first to last, in words.
    pub done: Vec<String>,
    /// What undoing takes back.
    pub undo: Option<String>,
    /// What is done again.
    pub redo: Option<String>,
}

impl Machine {
    /// Makes the world anew from the text.
    fn reload(&mut self) {
        let (world, remarks) = remarks(load(self.document.text()));
        self.world = world;
        self.remarks = remarks;
    }
}

#[wasm_bindgen]
impl Machine {
    /// Does a change; says whether anything is different by it.
    ///
    /// # Errors
    ///
    /// A `Refusal`; the machine is as it was.
    pub fn edit(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "types.Edit")] edit: &JsValue,
    ) -> Result<bool, JsValue> {
        // As text: links hold edits so too, and one way to read them is enough.
        let edit = String::from(JSON::stringify(edit)?);
        let edit = Edit::read(&edit).ok_or_else(|| Problem::plain("this is no change").thrown())?;
        let changed = self.document.edit(edit).map_err(refusal)?;
        if changed {
            self.reload();
        }
        Ok(changed)
    }

    /// Gives a namespace other iptables rules. This is no change that could be
    /// undone: the machine is as if it had been loaded with them.
    ///
    /// # Errors
    ///
    /// A `Refusal`; the machine is as it was.
    pub fn write_rules(&mut self, netns: &str, rules: &str) -> Result<(), JsValue> {
        let mut frame = Frame::parse(self.document.text()).0.into_owned();
        write(&mut frame, netns, Part::Iptables, rules).map_err(refusal)?;
        self.document = Document::new(&frame.to_string());
        self.reload();
        Ok(())
    }

    /// Takes the last change back; says whether there was one.
    pub fn undo(&mut self) -> bool {
        let undone = self.document.undo();
        if undone {
            self.reload();
        }
        undone
    }

    /// Does again what was undone last; says whether there was anything.
    pub fn redo(&mut self) -> bool {
        let done = self.document.redo();
        if done {
            self.reload();
        }
        done
    }

    /// What was done, and what can be undone.
    ///
    /// # Errors
    ///
    /// When the value cannot be made into a JavaScript object.
    #[wasm_bindgen(unchecked_return_type = "types.History")]
    pub fn history(&self, lang: &str) -> Result<JsValue, JsError> {
        let lang = Lang::of_tag(lang);
        let say = |edit: &Edit| words::title(edit, lang);
        plain(&History {
            done: self.document.edits().iter().map(say).collect(),
            undo: self.document.undoable().map(say),
            redo: self.document.redoable().map(say),
        })
    }

    /// A part of a namespace as text: `iptables`, `ebtables`, `ipset` or
    /// `sysctl`.
    pub fn part(&self, netns: &str, part: &str) -> String {
        Part::named(part).map_or_else(String::new, |part| self.document.part(netns, part))
    }

    /// What could be typed at `column` of `line` (both from 1) of a text.
    ///
    /// # Errors
    ///
    /// When the value cannot be made into a JavaScript object.
    #[wasm_bindgen(unchecked_return_type = "types.Completion")]
    pub fn complete(
        &self,
        netns: &str,
        part: &str,
        text: &str,
        line: u32,
        column: u32,
    ) -> Result<JsValue, JsError> {
        let netns = self.world.ns_named(netns).map(|ns| self.world.ns(ns));
        let found = Part::named(part).map(|part| complete::at(part, text, line, column, netns));
        plain(&found.unwrap_or_default())
    }

    /// How everything stands that can be switched in a namespace; `null` where
    /// there is no such namespace.
    ///
    /// # Errors
    ///
    /// When the value cannot be made into a JavaScript object.
    #[wasm_bindgen(unchecked_return_type = "types.Switches | null")]
    pub fn switches(&self, netns: &str) -> Result<JsValue, JsError> {
        plain(&switches::of(&self.world, netns))
    }

    /// What a flow can be put together from.
    ///
    /// # Errors
    ///
    /// When the value cannot be made into a JavaScript object.
    #[wasm_bindgen(unchecked_return_type = "types.Picks")]
    pub fn picks(&self) -> Result<JsValue, JsError> {
        plain(&picks::of(&self.world))
    }

    /// The text to save: the snapshot with all changes, and a flow.
    pub fn saved(&self, flow: &str) -> String {
        self.document.saved(flow)
    }

    /// The flow that the snapshot was saved with.
    pub fn flow(&self) -> Option<String> {
        self.document.flow()
    }

    /// The fragment of an address that brings back this machine, a flow, a step
    /// of it (from 0) and a language. `known` is the name by which the page has
    /// the machine; empty where it is the reader's own.
    ///
    /// # Errors
    ///
    /// A `Problem`, when it cannot be written.
    pub fn share(&self, known: &str, flow: &str, step: u32, lang: &str) -> Result<String, JsValue> {
        let base = if known.is_empty() {
            Base::Text(self.document.base().to_owned())
        } else {
            Base::Known(known.to_owned())
        };
        let state = State {
            base,
            edits: self.document.edits().to_vec(),
            flow: flow.to_owned(),
            step,
            lang: (!lang.is_empty()).then(|| lang.to_owned()),
        };
        share::encode(&state).map_err(|damaged| Problem::plain(damaged.message()).thrown())
    }
}

/// What is wrong with a text while it is being typed.
///
/// # Errors
///
/// When the value cannot be made into a JavaScript object.
#[wasm_bindgen(unchecked_return_type = "types.Finding[]")]
pub fn check(part: &str, text: &str) -> Result<JsValue, JsError> {
    let found = Part::named(part).map(|part| check::text(part, text));
    plain(&found.unwrap_or_default())
}

/// What the fragment of an address carries.
///
/// # Errors
///
/// A `Problem`, when it is damaged.
#[wasm_bindgen(unchecked_return_type = "types.State")]
pub fn shared(fragment: &str) -> Result<JsValue, JsValue> {
    let state =
        share::decode(fragment).map_err(|damaged| Problem::plain(damaged.message()).thrown())?;
    Ok(plain(&state)?)
}

fn refusal(refused: Refused) -> JsValue {
    let message = refused.to_string();
    let findings = match refused {
        Refused::Cannot(_) => Vec::new(),
        Refused::Text(findings) => findings,
    };
    let refusal = Refusal { message, findings };
    plain(&refusal).unwrap_or_else(|_| JsValue::from_str(&refusal.message))
}
