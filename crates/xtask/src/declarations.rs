//! TypeScript declarations of what crosses to the browser, made from the Rust
//! types: `www/pkg/types.d.ts`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::shell::{cargo, output};

/// Writes them beside the module in `folder`.
pub fn write(folder: &Path) -> Result<()> {
    let text = output(cargo().args([
        "run",
        "--quiet",
        "--package",
        "packetwalk-wasm",
        "--features",
        "ts",
        "--example",
        "declarations",
    ]))?;
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let file = folder.join("types.d.ts");
    fs::write(&file, text).with_context(|| file.display().to_string())
}
