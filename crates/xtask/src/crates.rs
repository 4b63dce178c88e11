//! `cargo xtask crates`: what would be published on crates.io is whole, its
//! public API is as its version promises, and the command line tool installs.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::shell::{cargo, command, find, output, root, run as run_command};

/// `cargo xtask crates`
pub fn run(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    if let Some(argument) = arguments.next()? {
        return Err(argument.unexpected().into());
    }
    println!("== every crate is packed, and built from its package");
    run_command(cargo().args(["publish", "--workspace", "--dry-run", "--allow-dirty"]))?;
    println!("== the public API");
    api()?;
    println!("== the command line tool installs");
    let tools = root().join("target/installed");
    run_command(
        cargo()
            .args(["install", "--path", "crates/cli", "--debug", "--locked"])
            .arg("--root")
            .arg(&tools),
    )?;
    let says = output(command(tools.join("bin/packetwalk")).arg("--version"))?;
    if !says.contains(env!("CARGO_PKG_VERSION")) {
        bail!("the installed packetwalk says {says:?}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Holds the public API against the last version that was tagged.
fn api() -> Result<()> {
    let tags = output(command("git").args(["tag", "--list", "v*", "--sort", "-version:refname"]))?;
    let Some(tag) = tags.lines().next() else {
        println!("NOT RUN: no version was tagged yet, so there is nothing to hold it against");
        return Ok(());
    };
    if find("cargo-semver-checks").is_none() {
        println!("NOT RUN: cargo install cargo-semver-checks --locked");
        return Ok(());
    }
    run_command(cargo().args(["semver-checks", "--workspace", "--baseline-rev", tag]))
}
