//! The text editor of the page: CodeMirror and what is around it, bundled into
//! one module, `pkg/editor.js`, that is loaded when somebody edits.

use std::path::Path;

use anyhow::Result;

use crate::install::page_packages;
use crate::shell::{node, root, run};

/// Bundles `www/editor` into `folder`.
pub fn bundle(folder: &Path) -> Result<()> {
    page_packages()?;
    run(node("crates/xtask/bundle.mjs")
        .arg(root().join("www/editor/editor.js"))
        .arg(folder.join("editor.js")))
}
