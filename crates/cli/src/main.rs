#![doc = env!("CARGO_PKG_DESCRIPTION")]

mod args;
mod input;
mod rules;
mod trace;

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = args::parse(std::env::args_os().skip(1)).and_then(|command| match command {
        args::Command::Help => input::print(args::USAGE).map(|()| true),
        args::Command::Version => {
            input::print(concat!("packetwalk ", env!("CARGO_PKG_VERSION"), "\n")).map(|()| true)
        }
        args::Command::Rules(options) => rules::run(&options),
        args::Command::Trace(options) => trace::run(&options).map(|()| true),
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "packetwalk: {message}");
            ExitCode::from(2)
        }
    }
}
