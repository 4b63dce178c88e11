//! Recorded cases against a simulator: what it prints has to be what the kernel
//! and the programs said.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::normalise::{connections, difference, drops_apart, first_apart};

/// Folders under `dir` that hold a case, in order.
///
/// # Errors
///
/// If a folder cannot be read.
pub fn cases(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    find(dir, &mut found)?;
    found.sort();
    Ok(found)
}

fn find(dir: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.join("snapshot.txt").is_file() {
            found.push(path);
        } else if path.is_dir() {
            find(&path, found)?;
        }
    }
    Ok(())
}

fn trace(simulator: &Path, case: &Path, options: &[&str]) -> Result<String, String> {
    let output = Command::new(simulator)
        .arg("trace")
        .arg(case.join("snapshot.txt"))
        .arg("--flows")
        .arg(case.join("flows.txt"))
        .args(options)
        .output()
        .map_err(|error| format!("{}: {error}", simulator.display()))?;
    if output.status.success() {
        String::from_utf8(output.stdout).map_err(|error| error.to_string())
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("{}: {}", output.status, said.trim()))
    }
}

/// Holds what a simulator, a program with the command line of `packetwalk`, says
/// of the case in a folder against what was recorded.
///
/// # Errors
///
/// What is not met, over several lines.
pub fn check(case: &Path, simulator: &Path) -> Result<(), String> {
    let read = |name: &str| fs::read_to_string(case.join(name));
    let text = |name: &str| read(name).map_err(|error| format!("{name}: {error}"));
    if let Ok(recorded) = read("expected.txt") {
        let said = trace(simulator, case, &["--format", "kernel"])?;
        let (flows, snapshot) = (text("flows.txt")?, text("snapshot.txt")?);
        if let Some(apart) = difference(&recorded, &said, &flows, &snapshot) {
            let end = || "(nothing)".to_owned();
            return Err(format!(
                "{}\n  kernel:    {}\n  simulator: {}",
                apart.flow,
                apart.left.unwrap_or_else(end),
                apart.right.unwrap_or_else(end),
            ));
        }
    }
    let recorded = text("result.txt")?;
    let said = trace(simulator, case, &["--format", "result", "--seen"])?;
    if recorded.lines().count() != said.lines().count() {
        return Err(format!(
            "{} results recorded, {} given",
            recorded.lines().count(),
            said.lines().count()
        ));
    }
    for (number, (recorded, said)) in recorded.lines().zip(said.lines()).enumerate() {
        if !result_fits(recorded, said) {
            return Err(format!(
                "result of flow {}\n  recorded:  {recorded}\n  simulator: {said}",
                number + 1
            ));
        }
    }
    if let Ok(recorded) = read("drops.txt") {
        let said = trace(simulator, case, &["--format", "drops"])?;
        let snapshot = text("snapshot.txt")?;
        let (recorded, said) = (by_flow(&recorded), by_flow(&said));
        for (number, (recorded, said)) in recorded.iter().zip(&said).enumerate() {
            if let Some((kernel, simulator)) = drops_apart(recorded, said, &snapshot) {
                return Err(format!(
                    "drops of flow {}\n  kernel alone:    {kernel}\n  simulator alone: {simulator}",
                    number + 1
                ));
            }
        }
    }
    if let Ok(recorded) = read("conntrack.txt") {
        let said = trace(simulator, case, &["--format", "conntrack"])?;
        let (flows, snapshot) = (text("flows.txt")?, text("snapshot.txt")?);
        let said = connections(&said, &flows, &snapshot);
        if let Some((recorded, said)) = first_apart(&recorded, &said) {
            let end = "(nothing)";
            return Err(format!(
                "connections after the last flow\n  kernel:    {}\n  simulator: {}",
                recorded.unwrap_or(end),
                said.unwrap_or(end)
            ));
        }
    }
    Ok(())
}

/// The verdict on a case, with its mark as a known failure taken into account.
///
/// # Errors
///
/// What is not met, or that the mark has to go.
pub fn verdict(case: &Path, simulator: &Path) -> Result<(), String> {
    let known = fs::read_to_string(case.join("known_failure.txt")).ok();
    match (check(case, simulator), known) {
        (Ok(()), None) | (Err(_), Some(_)) => Ok(()),
        (Err(why), None) => Err(why),
        (Ok(()), Some(_)) => Err("is met: remove its known_failure.txt".into()),
    }
}

/// Does what a program saw agree with the record? `a|b` allows either; a
/// record without the far end's view of the client leaves that open.
fn result_fits(recorded: &str, said: &str) -> bool {
    recorded
        .split('|')
        .any(|one| one == said || (one == "ok" && said.strip_prefix("ok ").is_some_and(is_address)))
}

fn is_address(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}

/// The lines under each `@@flow`.
fn by_flow(text: &str) -> Vec<Vec<&str>> {
    let mut flows: Vec<Vec<&str>> = Vec::new();
    for line in text.lines() {
        match flows.last_mut() {
            _ if line.starts_with("@@flow ") => flows.push(Vec::new()),
            Some(lines) => lines.push(line),
            None => {}
        }
    }
    flows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_may_name_two_answers() {
        assert!(result_fits("refused|timeout", "timeout"));
        assert!(!result_fits("refused|timeout", "ok"));
        assert!(result_fits("ok 10.0.0.1", "ok 10.0.0.1"));
        assert!(!result_fits("ok 10.0.0.1", "ok 10.0.0.2"));
        assert!(!result_fits("ok 10.0.0.1", "ok"));
        assert!(result_fits("ok", "ok 10.0.0.2"));
    }
}
