//! `cargo xtask fuzz`: every parser on inputs that libFuzzer makes up.
//!
//! The targets are in `fuzz/`, a package of its own in cargo-fuzz's layout. They
//! are built here with the coverage that libFuzzer needs and without a sanitizer,
//! as those want a nightly compiler; a C++ compiler is needed for libFuzzer. What
//! is looked for is a panic, a hang, and memory out of proportion. Inputs begin
//! with what the recorded corpus holds; what is found stays in `target/fuzz`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::shell::{cargo, command, output, root, run as run_command};

const TARGETS: &[&str] = &[
    "iptables",
    "ip6tables",
    "ebtables",
    "arptables",
    "ipset",
    "frame",
    "flow",
    "command",
];

/// libFuzzer's counters, as cargo-fuzz turns them on.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Ccodegen-units=1 --cfg fuzzing";

/// `cargo xtask fuzz`
pub fn run(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    use lexopt::prelude::*;
    let (mut only, mut seconds) = (Vec::new(), 60u32);
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("only") => only.push(arguments.value()?.string()?),
            Long("seconds") => seconds = arguments.value()?.parse()?,
            _ => return Err(argument.unexpected().into()),
        }
    }
    if let Some(unknown) = only.iter().find(|name| !TARGETS.contains(&name.as_str())) {
        bail!("no target {unknown:?}: {}", TARGETS.join(", "));
    }
    let home = root().join("target/fuzz");
    let host = host()?;
    run_command(
        cargo()
            .args(["build", "--release", "--manifest-path", "fuzz/Cargo.toml"])
            .args(["--target", &host, "--target-dir"])
            .arg(&home)
            .env("RUSTFLAGS", FLAGS),
    )?;
    seeds(&home.join("seeds"))?;
    let mut failed = Vec::new();
    for target in TARGETS {
        if !only.is_empty() && !only.iter().any(|name| name == target) {
            continue;
        }
        let (corpus, found) = (
            home.join("corpus").join(target),
            home.join("found").join(target),
        );
        fs::create_dir_all(&corpus)?;
        fs::create_dir_all(&found)?;
        println!("\n== {target}: {seconds} s");
        let program = home.join(&host).join("release").join(target);
        let run = run_command(
            command(program)
                .arg(corpus)
                .arg(home.join("seeds").join(target))
                .arg(format!("-artifact_prefix={}/", found.display()))
                .arg(format!("-max_total_time={seconds}"))
                .args(["-max_len=16384", "-timeout=5", "-rss_limit_mb=512"])
                .args([
                    "-malloc_limit_mb=64",
                    "-print_final_stats=1",
                    "-verbosity=0",
                ]),
        );
        if let Err(error) = run {
            eprintln!("{error:#}");
            failed.push(*target);
        }
    }
    if failed.is_empty() {
        println!("\nnothing found");
        return Ok(ExitCode::SUCCESS);
    }
    println!("\nfound something: {}", failed.join(", "));
    Ok(ExitCode::FAILURE)
}

/// The platform that rustc builds for.
fn host() -> Result<String> {
    let version = output(command("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    match host {
        Some(host) => Ok(host.to_owned()),
        None => bail!("rustc does not say what it builds for"),
    }
}

/// Writes what the recorded corpus holds, each command's output into the folder
/// of the target that reads it.
fn seeds(home: &Path) -> Result<()> {
    for target in TARGETS {
        fs::create_dir_all(home.join(target))?;
    }
    let mut number = 0;
    let mut write = |target: &str, text: &str| {
        number += 1;
        fs::write(home.join(target).join(format!("{number:05}")), text)
    };
    for case in cases(&root().join("tests/corpus"))? {
        write("flow", &fs::read_to_string(case.join("flows.txt"))?)?;
        let snapshot = fs::read_to_string(case.join("snapshot.txt"))?;
        for section in snapshot.split("\n@@").skip(1) {
            let Some((command, text)) = section.split_once('\n') else {
                continue;
            };
            let Some(command) = command.strip_prefix("run ") else {
                continue;
            };
            match command.split_whitespace().next() {
                Some("iptables-save") => write("iptables", text)?,
                Some("ip6tables-save") => write("ip6tables", text)?,
                Some("ebtables-save") => write("ebtables", text)?,
                Some("arptables-save") => write("arptables", text)?,
                Some("ipset") => write("ipset", text)?,
                _ => write("command", &format!("{command}\n{text}"))?,
            }
        }
        write("frame", &snapshot)?;
    }
    Ok(())
}

/// Folders below that hold a case.
fn cases(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if folder.join("snapshot.txt").is_file() && folder.join("flows.txt").is_file() {
        found.push(folder.to_owned());
    }
    let mut folders: Vec<PathBuf> = fs::read_dir(folder)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    for folder in folders {
        found.extend(cases(&folder)?);
    }
    Ok(found)
}
