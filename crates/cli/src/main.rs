#![doc = env!("CARGO_PKG_DESCRIPTION")]

mod args;
mod trace;

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = args::parse(std::env::args_os().skip(1)).and_then(|command| match command {
        args::Command::Help => print(args::USAGE),
        args::Command::Version => print(concat!("packetwalk ", env!("CARGO_PKG_VERSION"), "\n")),
        args::Command::Trace(options) => trace::run(&options),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "packetwalk: {message}");
            ExitCode::from(2)
        }
    }
}

fn print(text: &str) -> Result<(), String> {
    // A reader that has seen enough closes the pipe: no reason to complain.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(())
}
