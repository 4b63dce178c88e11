//! `cargo xtask conform`: random machines on this kernel and in the simulator.
//!
//! The work is the recorder's; it needs Linux and root, and says so. Its
//! options are passed on: `--seed N --cases N --flows-each N --keep DIR`.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::shell::{command, program, run};

/// `cargo xtask conform`
pub fn run_command(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    if !cfg!(target_os = "linux") {
        bail!("network namespaces are Linux's: run this on Linux, as root");
    }
    let options: Vec<_> = arguments.raw_args()?.collect();
    let simulator = program("--bin", "packetwalk")?;
    let recorder = program("--bin", "packetwalk-recorder")?;
    run(command(recorder)
        .args(["conform", "--simulator"])
        .arg(simulator)
        .args(options))?;
    Ok(ExitCode::SUCCESS)
}
