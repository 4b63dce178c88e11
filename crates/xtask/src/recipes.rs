//! `cargo xtask recipes`: the ways of putting a walk into a page that
//! `docs/embedding.md` tells, built by the real tools and opened in Chromium.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use crate::shell::{node, root, run as run_command};
use crate::site::{self, Wanted};
use crate::{install, package};

/// `cargo xtask recipes`
pub fn run(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    use lexopt::prelude::*;
    let mut only = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("only") => only.push(arguments.value()?.string()?),
            _ => return Err(argument.unexpected().into()),
        }
    }
    let wanted = Wanted::quick();
    site::build(&wanted)?;
    let only: Vec<&str> = only.iter().map(String::as_str).collect();
    cook(&wanted.folder, &only)?;
    Ok(ExitCode::SUCCESS)
}

/// Runs the recipes of these names, or all, with a built site.
pub fn cook(site: &Path, only: &[&str]) -> Result<()> {
    let package = package::make(site)?;
    run_command(
        node("tests/recipes/run.mjs")
            .arg(site)
            .arg(package)
            .arg(root().join("target/recipes"))
            .args(only)
            .env("PACKETWALK_CHROMIUM", install::chromium()?),
    )
}
