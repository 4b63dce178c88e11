//! Running other programs, and where things are.

use std::env::consts::EXE_EXTENSION;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The root of the repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// A command that runs in the root of the repository. It is given no input, so
/// that nothing can wait for an answer.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// The cargo that runs this.
pub fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Node.js, running a script of the repository or of a package. It is told where
/// this program is, which packs for it.
pub fn node(script: impl AsRef<OsStr>) -> Command {
    let mut node = command("node");
    node.arg(script);
    if let Ok(this) = std::env::current_exe() {
        node.env("PACKETWALK_XTASK", this);
    }
    node
}

/// Runs a command to its end; says which one when it fails.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot run {}", line(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", line(command));
    }
    Ok(())
}

/// Runs a command and gives what it printed.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot run {}", line(command)))?;
    if !output.status.success() {
        bail!("{} failed ({})", line(command), output.status);
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Runs a command and gives what it printed, whatever its exit status.
pub fn said(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot run {}", line(command)))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a `cargo build`; gives the files that it made of the target `name`.
/// They may be anywhere: the user can have moved the target folder.
pub fn artifacts(build: &mut Command, name: &str) -> Result<Vec<PathBuf>> {
    let messages = output(build.args(["--message-format", "json-render-diagnostics"]))?;
    let mut files = Vec::new();
    for message in messages.lines() {
        let message: Value = serde_json::from_str(message)?;
        if message["reason"] == "compiler-artifact" && message["target"]["name"] == name {
            let made = message["filenames"].as_array().into_iter().flatten();
            files.extend(made.filter_map(Value::as_str).map(PathBuf::from));
        }
    }
    Ok(files)
}

/// Builds a program (`--bin`) or an example (`--example`) with the features
/// that the tests are built with, so that nothing is built twice; says where
/// it is.
pub fn program(kind: &str, name: &str) -> Result<PathBuf> {
    let mut build = cargo();
    build.args(["build", "--workspace", "--all-features", kind, name]);
    artifacts(&mut build, name)?
        .into_iter()
        .find(|file| file.extension().unwrap_or_default() == EXE_EXTENSION)
        .with_context(|| format!("cargo named no program {name}"))
}

/// The full path of a program, if there is one.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program).with_extension(EXE_EXTENSION))
        .find(|file| file.is_file())
}

/// The command as a person would type it.
fn line(command: &Command) -> String {
    let mut line = Path::new(command.get_program())
        .file_stem()
        .unwrap_or(command.get_program())
        .to_string_lossy()
        .into_owned();
    for word in command.get_args() {
        line.push(' ');
        line.push_str(&word.to_string_lossy());
    }
    line
}
