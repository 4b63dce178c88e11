//! `cargo xtask bench`: how long reading rules and asking them takes, natively and
//! in wasm under Node.js, and what memory rules take.

use std::process::ExitCode;

use anyhow::Result;

use crate::shell::{cargo, node, run as run_command};
use crate::wasm::{self, Profile};

/// `cargo xtask bench`
pub fn run(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    if let Some(argument) = arguments.next()? {
        return Err(argument.unexpected().into());
    }
    for (package, bench) in [("rules", "load"), ("snapshot", "walk")] {
        let package = format!("packetwalk-{package}");
        run_command(cargo().args(["bench", "--package", &package, "--bench", bench]))?;
    }
    wasm::build(Profile::Release, &wasm::folder())?;
    run_command(&mut node("tests/wasm/bench.mjs"))?;
    Ok(ExitCode::SUCCESS)
}
