//! Replays every recorded case of `tests/corpus` and holds what `packetwalk
//! trace` prints against what the kernel and the programs said.
//!
//! `PACKETWALK_CASE=part-of-a-name` runs only the cases whose path holds that.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use packetwalk_recorder::normalise::{connections, difference, drops_apart, first_apart};

/// Folders under `dir` that hold a case.
fn cases(dir: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        if !path.is_dir() {
            continue;
        }
        if path.join("snapshot.txt").is_file() {
            found.push(path);
        } else {
            cases(&path, found);
        }
    }
}

fn trace(case: &Path, options: &[&str]) -> Result<String, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_packetwalk"))
        .arg("trace")
        .arg(case.join("snapshot.txt"))
        .arg("--flows")
        .arg(case.join("flows.txt"))
        .args(options)
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        String::from_utf8(output.stdout).map_err(|error| error.to_string())
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("{}: {}", output.status, said.trim()))
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

/// What of the case is not met, if anything.
fn check(case: &Path) -> Result<(), String> {
    let read = |name: &str| fs::read_to_string(case.join(name));
    let text = |name: &str| read(name).map_err(|error| format!("{name}: {error}"));
    if let Ok(recorded) = read("expected.txt") {
        let said = trace(case, &["--format", "kernel"])?;
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
    let said = trace(case, &["--format", "result", "--seen"])?;
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
        let said = trace(case, &["--format", "drops"])?;
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
        let said = trace(case, &["--format", "conntrack"])?;
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
fn verdict(case: &Path) -> Result<(), String> {
    let known = fs::read_to_string(case.join("known_failure.txt")).ok();
    match (check(case), known) {
        (Ok(()), None) | (Err(_), Some(_)) => Ok(()),
        (Err(why), None) => Err(why),
        (Ok(()), Some(_)) => Err("is met: remove its known_failure.txt".into()),
    }
}

#[test]
fn every_recorded_case_is_met() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    let mut all = Vec::new();
    cases(&root, &mut all);
    if let Ok(part) = std::env::var("PACKETWALK_CASE") {
        all.retain(|case| case.to_string_lossy().contains(&part));
    }
    all.sort();
    assert!(!all.is_empty(), "no case under {}", root.display());
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(case) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(why) = verdict(case) {
                        let name = case.strip_prefix(&root).unwrap_or(case);
                        let line = format!("{}: {why}", name.display());
                        failed.lock().expect("no thread panicked").push(line);
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().expect("no thread panicked");
    failed.sort();
    assert!(
        failed.is_empty(),
        "{} of {} cases are not met:\n\n{}",
        failed.len(),
        all.len(),
        failed.join("\n\n")
    );
}

#[test]
fn a_result_may_name_two_answers() {
    assert!(result_fits("refused|timeout", "timeout"));
    assert!(!result_fits("refused|timeout", "ok"));
    assert!(result_fits("ok 10.0.0.1", "ok 10.0.0.1"));
    assert!(!result_fits("ok 10.0.0.1", "ok 10.0.0.2"));
    assert!(!result_fits("ok 10.0.0.1", "ok"));
    assert!(result_fits("ok", "ok 10.0.0.2"));
}
