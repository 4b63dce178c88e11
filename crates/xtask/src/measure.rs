//! `cargo xtask measure`: how fast the page is, and what Lighthouse says of it.

use std::process::ExitCode;

use anyhow::Result;

use crate::http::Site;
use crate::shell::{node, root, run as run_command};
use crate::{dist, install};

/// `cargo xtask measure`
pub fn run(arguments: lexopt::Parser) -> Result<ExitCode> {
    dist::run(arguments)?;
    install::packages()?;
    let chromium = install::chromium()?;
    let site = Site::bind(&[root().join("dist")], 0)?;
    let url = site.url();
    site.start();
    for script in ["tests/browser/measure.mjs", "tests/browser/lighthouse.mjs"] {
        run_command(node(script).arg(&url).env("PACKETWALK_CHROMIUM", &chromium))?;
    }
    Ok(ExitCode::SUCCESS)
}
