//! `cargo xtask package`: the npm package, `target/npm`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;

use crate::shell::{node, root, run as run_command};
use crate::site::{self, Wanted};

/// `cargo xtask package`
pub fn run(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    use lexopt::prelude::*;
    let mut wanted = Wanted::release();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("quick") => wanted = Wanted::quick(),
            _ => return Err(argument.unexpected().into()),
        }
    }
    site::build(&wanted)?;
    println!("{}", make(&wanted.folder)?.display());
    Ok(ExitCode::SUCCESS)
}

/// Makes the package of a built site; gives the file that would be published.
pub fn make(site: &Path) -> Result<PathBuf> {
    let folder = root().join("target/npm");
    run_command(
        node("crates/xtask/package.mjs")
            .arg(site)
            .arg(folder.join("packetwalk")),
    )?;
    Ok(folder.join(format!("packetwalk-{}.tgz", env!("CARGO_PKG_VERSION"))))
}
