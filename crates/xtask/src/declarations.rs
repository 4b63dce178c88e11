//! TypeScript declarations of what crosses to the browser, made from the Rust
//! types: `www/pkg/types.d.ts`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::shell::{command, output, program};

/// Writes them beside the module in `folder`.
pub fn write(folder: &Path) -> Result<()> {
    let text = output(&mut command(program("--example", "declarations")?))?;
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let file = folder.join("types.d.ts");
    fs::write(&file, text).with_context(|| file.display().to_string())
}
