//! `cargo xtask COMMAND`: building, serving and testing, with nothing
//! installed but rustup and Node.js.
//!
//! A command is a module with a `run` and a line in [`COMMANDS`].
#![expect(
    clippy::print_stdout,
    reason = "printing is what a command line tool does"
)]

mod bench;
mod conform;
mod crates;
mod declarations;
mod dist;
mod editor;
mod embed;
mod fuzz;
mod http;
mod install;
mod language;
mod lessons;
mod lzma;
mod measure;
mod package;
mod panics;
mod pictures;
mod recipes;
mod serve;
mod shell;
mod site;
mod sorted;
mod test;
mod wasm;

use std::process::ExitCode;

use anyhow::Result;

/// One word after `cargo xtask`.
struct Command {
    name: &'static str,
    options: &'static str,
    about: &'static str,
    run: fn(lexopt::Parser) -> Result<ExitCode>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "serve",
        options: "[--port N] [--open] [--release]",
        about: "builds the page and serves it on this machine",
        run: serve::run,
    },
    Command {
        name: "test",
        options: "[--only STEP]... [--skip STEP]... [--seed N] [--list]",
        about: "runs everything that must hold; installs what that needs",
        run: test::run,
    },
    Command {
        name: "dist",
        options: "[--url ADDRESS] [--out DIR] [--quick]",
        about: "builds the whole site, small, as a folder of static files: dist/",
        run: dist::run,
    },
    Command {
        name: "package",
        options: "[--quick]",
        about: "makes the npm package: target/npm",
        run: package::run,
    },
    Command {
        name: "crates",
        options: "",
        about: "what would be published on crates.io is whole; the tool installs",
        run: crates::run,
    },
    Command {
        name: "recipes",
        options: "[--only NAME]...",
        about: "builds pages that hold walks with other people's tools, and opens them",
        run: recipes::run,
    },
    Command {
        name: "measure",
        options: "",
        about: "builds dist/ and measures it: frames, scrubbing, loading, Lighthouse",
        run: measure::run,
    },
    Command {
        name: "pictures",
        options: "",
        about: "takes the pictures of the documentation anew: docs/pictures",
        run: pictures::run,
    },
    Command {
        name: "bench",
        options: "",
        about: "how long 100,000 rules take to be read, printed and asked",
        run: bench::run,
    },
    Command {
        name: "fuzz",
        options: "[--only TARGET]... [--seconds N]",
        about: "every parser on made-up inputs, a minute each (needs a C++ compiler)",
        run: fuzz::run,
    },
    Command {
        name: "conform",
        options: "[--seed N] [--cases N] [--flows-each N] [--keep DIR]",
        about: "holds random machines against this kernel (Linux, root)",
        run: conform::run_command,
    },
    Command {
        name: "lessons",
        options: "[--record [--only NAME]]",
        about: "checks every lesson; records its scenes (Linux, root)",
        run: lessons::run,
    },
    Command {
        name: "language",
        options: "[--tool NAME] [--seed N] [--rules N]",
        about: "holds random rules against the real tools (Linux, root)",
        run: language::run_command,
    },
    Command {
        name: "lzma",
        options: "[--module]",
        about: "packs what it reads, a module sorted, for the scripts that bundle",
        run: lzma::run,
    },
    Command {
        name: "wasm",
        options: "[--release]",
        about: "builds the wasm module and its declarations into www/pkg, for editors",
        run: wasm::run,
    },
];

fn main() -> ExitCode {
    let mut arguments = lexopt::Parser::from_env();
    let word = match arguments.next() {
        Ok(Some(lexopt::Arg::Value(word))) => word.to_string_lossy().into_owned(),
        Ok(Some(lexopt::Arg::Long("help") | lexopt::Arg::Short('h'))) => {
            print!("{}", usage());
            return ExitCode::SUCCESS;
        }
        _ => String::new(),
    };
    let Some(command) = COMMANDS.iter().find(|command| command.name == word) else {
        if !word.is_empty() {
            eprintln!("xtask: no command {word:?}\n");
        }
        eprint!("{}", usage());
        return ExitCode::from(2);
    };
    match (command.run)(arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask {}: {error:#}", command.name);
            ExitCode::FAILURE
        }
    }
}

fn usage() -> String {
    let mut text = String::from("cargo xtask COMMAND\n\n");
    for command in COMMANDS {
        let synopsis = format!("{} {}", command.name, command.options);
        text.push_str(&format!(
            "  {}\n      {}\n",
            synopsis.trim_end(),
            command.about
        ));
    }
    text
}
