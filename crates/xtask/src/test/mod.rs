//! `cargo xtask test`: everything that must hold, one summary at the end.

mod needs;
mod steps;
mod summary;

use std::fmt;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};

use needs::Needs;
use steps::STEPS;
use summary::{Line, Outcome};

/// One thing that is checked.
struct Step {
    name: &'static str,
    about: &'static str,
    run: fn(&mut Needs) -> Result<()>,
}

/// What this machine lacks for a step that only some machines can run: said
/// loudly, but no failure.
#[derive(Debug)]
struct CannotRun(String);

impl fmt::Display for CannotRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for CannotRun {}

/// `cargo xtask test`
pub fn run(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    use lexopt::prelude::*;
    let (mut only, mut skip) = (Vec::new(), Vec::new());
    let mut needs = Needs::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("only") => only.push(step(&arguments.value()?.string()?)?),
            Long("skip") => skip.push(step(&arguments.value()?.string()?)?),
            Long("seed") => needs.seed = Some(arguments.value()?.parse()?),
            Long("list") => {
                for Step { name, about, .. } in STEPS {
                    println!("{name:<10} {about}");
                }
                return Ok(ExitCode::SUCCESS);
            }
            _ => return Err(argument.unexpected().into()),
        }
    }
    let wanted = |name| (only.is_empty() || only.contains(&name)) && !skip.contains(&name);

    let mut lines = Vec::new();
    for step in STEPS {
        let began = Instant::now();
        let outcome = if wanted(step.name) {
            println!("\n== {}: {}", step.name, step.about);
            judge(step, &mut needs)
        } else {
            Outcome::Skipped
        };
        lines.push(Line {
            step: step.name,
            outcome,
            time: began.elapsed(),
        });
    }
    Ok(summary::print(&lines))
}

/// The step of that name.
fn step(name: &str) -> Result<&'static str> {
    match STEPS.iter().find(|step| step.name == name) {
        Some(step) => Ok(step.name),
        None => bail!("no step {name:?}; `cargo xtask test --list` names them"),
    }
}

fn judge(step: &Step, needs: &mut Needs) -> Outcome {
    match (step.run)(needs) {
        Ok(()) => Outcome::Ok,
        Err(error) if error.is::<CannotRun>() => {
            println!("{}: NOT RUN: {error}", step.name);
            Outcome::CannotRun(error.to_string())
        }
        Err(error) => {
            eprintln!("{}: {error:#}", step.name);
            Outcome::Failed(format!("{error:#}"))
        }
    }
}
