//! What goes into other people's pages: `packetwalk.js`, a classic script with
//! the simulator inside, a page for an iframe, and what sets its height.

use std::path::Path;

use anyhow::Result;

use crate::install::{packages, page_packages};
use crate::shell::{node, run};

/// Bundles `www/embed` with `module` into `folder`.
pub fn bundle(module: &Path, folder: &Path) -> Result<()> {
    page_packages()?;
    run(node("crates/xtask/embed.mjs").arg(module).arg(folder))
}

/// Writes the whole page of the folder `dist` into one file that opens from a
/// disk.
pub fn offline(dist: &Path, out: &Path) -> Result<()> {
    packages()?;
    run(node("crates/xtask/offline.mjs").arg(dist).arg(out))
}

/// Makes one script and one style sheet of the page in the folder `dist`.
pub fn page(dist: &Path) -> Result<()> {
    packages()?;
    run(node("crates/xtask/page.mjs").arg(dist))
}
