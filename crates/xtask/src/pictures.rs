//! `cargo xtask pictures`: takes the pictures of the documentation anew. Look at
//! each before it is committed.

use std::process::ExitCode;

use anyhow::Result;

use crate::http::Site;
use crate::install;
use crate::shell::{node, root, run as run_command};
use crate::wasm::{self, Profile};

/// `cargo xtask pictures`
pub fn run(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    if let Some(argument) = arguments.next()? {
        return Err(argument.unexpected().into());
    }
    install::packages()?;
    let chromium = install::chromium()?;
    wasm::build(Profile::Dev, &wasm::folder())?;
    let site = Site::bind(&[root().join("www")], 0)?;
    let url = site.url();
    site.start();
    run_command(
        node("tests/browser/pictures.mjs")
            .arg(&url)
            .env("PACKETWALK_CHROMIUM", &chromium)
            .current_dir(root()),
    )?;
    Ok(ExitCode::SUCCESS)
}
