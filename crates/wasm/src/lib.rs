//! The door to the browser: handles in, plain data out. No logic lives here.
//!
//! Data crosses as plain JavaScript objects in the shape that `serde_json`
//! would print: `None` is `null`, maps are objects, numbers are numbers.
//! Their TypeScript declarations are made from the Rust types by
//! `examples/declarations.rs`; a function names its type by
//! `unchecked_return_type`, and `DECLARATIONS` lets the binding find it.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

pub mod change;
#[cfg(feature = "ts")]
pub mod declarations;
pub mod lessons;
pub mod machine;
pub mod problem;
mod suggest;
#[cfg(feature = "trace")]
pub mod trace;
pub mod walk;

use std::collections::BTreeMap;

use js_sys::JSON;
use packetwalk_view::words::Lang;
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// Puts the declarations made from the Rust types beside the binding's own.
#[wasm_bindgen(typescript_custom_section)]
const DECLARATIONS: &str =
    "import type * as types from \"./types.js\";\nexport type * from \"./types.js\";";

/// What this build is.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct About {
    /// Version of the simulator.
    pub version: &'static str,
}

/// Runs once, when the module is loaded: a panic then says where it happened.
/// In the module that ships it is a trap without words (`cargo xtask wasm`).
#[wasm_bindgen(start)]
pub fn start() {
    #[cfg(debug_assertions)]
    console_error_panic_hook::set_once();
}

/// Says what this build is.
///
/// # Errors
///
/// When the value cannot be made into a JavaScript object.
#[wasm_bindgen(unchecked_return_type = "types.About")]
pub fn about() -> Result<JsValue, JsError> {
    plain(&About {
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// Names and explanations of stations, states and kinds in a language, by key.
///
/// # Errors
///
/// When the value cannot be made into a JavaScript object.
#[wasm_bindgen(unchecked_return_type = "Record<string, string>")]
pub fn texts(lang: &str) -> Result<JsValue, JsError> {
    let texts: BTreeMap<String, &str> = packetwalk_view::ui::texts(Lang::of_tag(lang));
    plain(&texts)
}

/// What a reader of rules, snapshots, flows or links said, in a language.
#[wasm_bindgen]
pub fn said(message: &str, lang: &str) -> String {
    packetwalk_view::words::messages::message(message, Lang::of_tag(lang)).into_owned()
}

/// A value as a plain JavaScript object. Through text: that is less code than
/// making each object field by field, and for long answers faster.
fn plain<T: Serialize + ?Sized>(value: &T) -> Result<JsValue, JsError> {
    let text = packetwalk_snapshot::json::text(value)?;
    JSON::parse(&text).map_err(|_| JsError::new("not JSON"))
}
