//! What is said when all is done.

use std::process::ExitCode;
use std::time::Duration;

/// What became of a step.
pub enum Outcome {
    Ok,
    /// Why.
    Failed(String),
    /// What this machine lacks for it.
    CannotRun(String),
    /// `--only` or `--skip` said so.
    Skipped,
}

/// One line of the summary.
pub struct Line {
    pub step: &'static str,
    pub outcome: Outcome,
    pub time: Duration,
}

/// Prints the summary and says whether all is well.
pub fn print(lines: &[Line]) -> ExitCode {
    let (mut passed, mut failed, mut skipped) = (0, 0, Vec::new());
    let mut impossible = Vec::new();
    println!("\n== summary");
    for Line {
        step,
        outcome,
        time,
    } in lines
    {
        let time = time.as_secs_f32();
        match outcome {
            Outcome::Ok => {
                passed += 1;
                println!("{step:<10} ok      {time:>7.1} s");
            }
            Outcome::Failed(why) => {
                failed += 1;
                println!(
                    "{step:<10} FAILED  {time:>7.1} s  {}",
                    why.replace('\n', "\n    ")
                );
            }
            Outcome::CannotRun(why) => {
                impossible.push((*step, why));
                println!("{step:<10} NOT RUN");
            }
            Outcome::Skipped => {
                skipped.push(*step);
                println!("{step:<10} skipped");
            }
        }
    }
    if !skipped.is_empty() {
        println!(
            "\nNOT RUN, as asked by --only or --skip: {}",
            skipped.join(", ")
        );
    }
    for (step, why) in &impossible {
        println!("\nNOT RUN, as this machine cannot: {step}: {why}");
    }
    // The last line is for machines, too.
    println!(
        "\n{passed} passed, {failed} failed, {} skipped",
        skipped.len() + impossible.len()
    );
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
