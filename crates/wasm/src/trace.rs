//! The command line's formats, so that native and wasm can be held against
//! each other.

use std::fmt::Write as _;

use packetwalk_snapshot::flow;
use packetwalk_snapshot::load;
use packetwalk_view::words::Lang;
use packetwalk_view::{json, log, result, text};
use wasm_bindgen::prelude::*;

use crate::problem::Problem;

/// What `packetwalk trace` prints for a snapshot and a file of flows. `format`
/// is `kernel`, `result`, `json` or `text`.
///
/// # Errors
///
/// A `Problem` for a snapshot, a flow or a format that cannot be read.
#[wasm_bindgen]
pub fn trace(
    snapshot: &str,
    flows: &str,
    format: &str,
    trace_all: bool,
    seen: bool,
) -> Result<String, JsValue> {
    let loaded = load(snapshot);
    if let Some(error) = loaded.errors.into_iter().next() {
        return Err(Problem::from(error).thrown());
    }
    let mut world = loaded.world;
    world.settings.trace_all |= trace_all;
    let (flows, errors) = flow::parse(flows);
    if let Some(error) = errors.into_iter().next() {
        return Err(Problem::from(error).thrown());
    }
    let mut out = String::new();
    for (number, (_, flow)) in flows.iter().enumerate() {
        let walk = world.run_flow(flow);
        match format {
            "kernel" => {
                let _ = writeln!(out, "@@flow {} {}", number + 1, flow::print(flow));
                for line in log::lines(&walk) {
                    out.push_str(&line.text);
                    out.push('\n');
                }
            }
            "result" => out = out + &result::line(&walk, seen) + "\n",
            "json" => out = out + &json::line(&walk) + "\n",
            "text" => out += &text::walk(&walk, Lang::En),
            other => {
                return Err(Problem::plain(format!("no format {other:?}")).thrown());
            }
        }
    }
    Ok(out)
}
