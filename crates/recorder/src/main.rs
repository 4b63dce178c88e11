#![doc = env!("CARGO_PKG_DESCRIPTION")]

use std::process::ExitCode;

#[cfg(target_os = "linux")]
mod cli;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    cli::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    eprintln!("packetwalk-recorder: records real Linux kernels; this is not one");
    ExitCode::from(2)
}
