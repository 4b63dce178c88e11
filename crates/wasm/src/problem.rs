//! What was wrong with what the user gave, where, and what to do about it.

use packetwalk_snapshot::flow::FlowError;
use packetwalk_snapshot::frame::Diagnostic;
use serde::Serialize;

/// One thing that was wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Problem {
    /// Part of the snapshot that it is about (namespace and command); empty
    /// where there is none.
    pub place: String,
    /// Line, from 1; 0 where there is none.
    pub line: u32,
    /// Column in characters, from 1; 0 where there is none.
    pub column: u32,
    /// What is wrong, in plain words.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Was something left out because of it, or is it only worth a word?
    pub error: bool,
}

impl From<FlowError> for Problem {
    fn from(error: FlowError) -> Self {
        Self {
            place: String::new(),
            line: u32::try_from(error.line).unwrap_or(u32::MAX),
            column: u32::try_from(error.column).unwrap_or(u32::MAX),
            message: error.message,
            hint: error.hint,
            error: true,
        }
    }
}

impl From<Diagnostic> for Problem {
    fn from(diagnostic: Diagnostic) -> Self {
        let place: Vec<String> = [diagnostic.netns, diagnostic.command]
            .into_iter()
            .flatten()
            .collect();
        Self {
            place: place.join(": "),
            line: u32::try_from(diagnostic.line).unwrap_or(u32::MAX),
            column: 0,
            message: diagnostic.message,
            hint: diagnostic.hint,
            error: true,
        }
    }
}

impl Problem {
    /// A problem without a place.
    pub(crate) fn plain(message: impl Into<String>) -> Self {
        Self {
            place: String::new(),
            line: 0,
            column: 0,
            message: message.into(),
            hint: None,
            error: true,
        }
    }

    /// The same as a remark: nothing was left out because of it.
    pub(crate) fn remark(mut self) -> Self {
        self.error = false;
        self
    }
}

impl Problem {
    /// The value that JavaScript catches.
    pub(crate) fn thrown(&self) -> wasm_bindgen::JsValue {
        self.serialize(&serde_wasm_bindgen::Serializer::json_compatible())
            .unwrap_or_else(|_| wasm_bindgen::JsValue::from_str(&self.message))
    }
}
