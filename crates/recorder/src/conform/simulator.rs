//! The door to the simulator: its command line.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// What a simulator says of a snapshot and flows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The text of `--format kernel`.
    pub kernel: String,
    /// The text of `--format result --seen`.
    pub result: String,
    /// The text of `--format drops`.
    pub drops: String,
    /// The text of `--format conntrack`.
    pub connections: String,
    /// For each flow, whether the walk met something that is not modelled.
    pub not_modelled: Vec<bool>,
}

/// Something that runs flows on a snapshot.
pub trait Simulator {
    /// Runs the flows.
    ///
    /// # Errors
    ///
    /// A sentence, if it fails or says that it cannot read its input.
    fn trace(&self, snapshot: &str, flows: &str) -> Result<Trace, String>;
}

/// A program with the command line of `packetwalk`.
#[derive(Clone, Debug)]
pub struct Program(pub PathBuf);

impl Simulator for Program {
    fn trace(&self, snapshot: &str, flows: &str) -> Result<Trace, String> {
        // Removed when all programs have ended.
        let dir = tempfile::Builder::new()
            .prefix("packetwalk-conform.")
            .tempdir()
            .map_err(|error| error.to_string())?;
        let failed = |error: std::io::Error| format!("{}: {error}", dir.path().display());
        let (snapshot_path, flows_path) = (
            dir.path().join("snapshot.txt"),
            dir.path().join("flows.txt"),
        );
        fs::write(&snapshot_path, snapshot).map_err(failed)?;
        fs::write(&flows_path, flows).map_err(failed)?;
        let start = |format: &[&str]| {
            Command::new(&self.0)
                .arg("trace")
                .arg(&snapshot_path)
                .arg("--flows")
                .arg(&flows_path)
                .args(format)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .map_err(|error| format!("{}: {error}", self.0.display()))
        };
        let finish = |program: Child| {
            let output = program
                .wait_with_output()
                .map_err(|error| format!("{}: {error}", self.0.display()))?;
            if output.status.success() {
                return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
            }
            Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
        };
        // All at once: a flow takes less time than a start.
        let kernel = start(&["--format", "kernel"])?;
        let result = start(&["--format", "result", "--seen"])?;
        let connections = start(&["--format", "conntrack"])?;
        let drops = start(&["--format", "drops"])?;
        let json = start(&["--format", "json"])?;
        Ok(Trace {
            kernel: finish(kernel)?,
            result: finish(result)?,
            drops: finish(drops)?,
            connections: finish(connections)?,
            not_modelled: finish(json)?
                .lines()
                .map(|walk| walk.contains(r#""kind":"not-modelled""#))
                .collect(),
        })
    }
}
