//! Programs of the system, run inside a namespace.

use std::fmt;
use std::io::{self, Write};
use std::process::{Command, Stdio};

use crate::netns::Netns;

/// A program that could not be run, or that said no.
#[derive(Debug)]
pub struct CommandError {
    /// Namespace it ran in.
    pub netns: String,
    /// The command line.
    pub command: String,
    /// What it printed to standard error, or why it did not start.
    pub message: String,
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "netns {}: {}: {}",
            self.netns,
            self.command,
            self.message.trim_end()
        )
    }
}

impl std::error::Error for CommandError {}

/// What a program printed.
#[derive(Debug)]
pub struct Output {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Whether the exit status was 0.
    pub success: bool,
}

/// Runs `command` (words split at blanks) in `netns`, feeding it `input`.
///
/// # Errors
///
/// If the program does not start. Its exit status is left to the caller.
pub fn run(netns: &Netns, command: &str, input: &str) -> Result<Output, CommandError> {
    let failed = |error: io::Error| CommandError {
        netns: netns.name.clone(),
        command: command.to_owned(),
        message: error.to_string(),
    };
    let mut words = command.split_whitespace();
    let program = words.next().unwrap_or_default();
    let child = netns
        .enter(|| {
            Command::new(program)
                .args(words)
                // Legacy iptables takes a lock for the whole machine; each of
                // our namespaces has tables of its own, and is its own lock.
                .env("XTABLES_LOCKFILE", netns.path())
                .env("LC_ALL", "C")
                .stdin(if input.is_empty() {
                    Stdio::null()
                } else {
                    Stdio::piped()
                })
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
        })
        .and_then(|child| child);
    let mut child = child.map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that stops reading early says why on standard error.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().map_err(failed)?;
    Ok(Output {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        success: output.status.success(),
    })
}

/// Like [`run`], but a status other than 0 is an error.
///
/// # Errors
///
/// If the program does not start, or fails.
pub fn run_ok(netns: &Netns, command: &str, input: &str) -> Result<String, CommandError> {
    let output = run(netns, command, input)?;
    if output.success {
        return Ok(output.stdout);
    }
    Err(CommandError {
        netns: netns.name.clone(),
        command: command.to_owned(),
        message: output.stderr,
    })
}

/// Runs the lines of a batch for `ip` or `bridge`, going on behind a line that
/// fails, and returns a sentence for each that did.
///
/// # Errors
///
/// If the program does not start.
pub fn batch(netns: &Netns, program: &str, lines: &[String]) -> Result<Vec<String>, CommandError> {
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let command = format!("{program} -force -batch -");
    let output = run(netns, &command, &(lines.join("\n") + "\n"))?;
    if output.success {
        return Ok(Vec::new());
    }
    let mut failed = Vec::new();
    let mut reason = String::new();
    for line in output.stderr.lines() {
        match line.strip_prefix("Command failed -:") {
            Some(number) => {
                let index = number.trim().parse::<usize>().unwrap_or(0);
                let line = lines.get(index.wrapping_sub(1)).map_or("?", String::as_str);
                failed.push(format!("netns {}: {program} {line}: {reason}", netns.name));
                reason.clear();
            }
            None => {
                if !reason.is_empty() {
                    reason.push_str("; ");
                }
                reason.push_str(line.trim());
            }
        }
    }
    if !reason.is_empty() {
        failed.push(format!("netns {}: {program}: {reason}", netns.name));
    }
    Ok(failed)
}
