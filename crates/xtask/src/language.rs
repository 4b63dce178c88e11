//! `cargo xtask language`: random rules to the real tools and to ours.
//!
//! The work is the recorder's; it needs Linux and root, and says so. Its
//! options are passed on: `--tool NAME --seed N --rules N`.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::shell::{command, program, run};

/// `cargo xtask language`
pub fn run_command(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    if !cfg!(target_os = "linux") {
        bail!("iptables and network namespaces are Linux's: run this on Linux, as root");
    }
    let options: Vec<_> = arguments.raw_args()?.collect();
    let recorder = program("--bin", "packetwalk-recorder")?;
    run(command(recorder).arg("language").args(options))?;
    Ok(ExitCode::SUCCESS)
}
