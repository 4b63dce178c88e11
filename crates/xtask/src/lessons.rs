//! Lessons: bringing them to the page, checking and recording them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::shell::{cargo, command, output, program, root, run as run_command};

/// `cargo xtask lessons`
pub fn run(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    use lexopt::prelude::*;
    let (mut recording, mut only) = (false, String::new());
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("record") => recording = true,
            Long("only") => only = arguments.value()?.string()?,
            _ => return Err(argument.unexpected().into()),
        }
    }
    if recording {
        record(&only)?;
    }
    run_command(cargo().args(["test", "--package", "packetwalk-lesson"]))?;
    Ok(ExitCode::SUCCESS)
}

/// Records the scenes whose names hold `only` on this machine's kernel.
fn record(only: &str) -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("network namespaces are Linux's: record on Linux, as root");
    }
    let scenes = root().join("target/lessons");
    if scenes.exists() {
        fs::remove_dir_all(&scenes).with_context(|| scenes.display().to_string())?;
    }
    let list = output(
        command(program("--example", "scenes")?)
            .arg(root().join("www/lessons"))
            .arg(&scenes),
    )?;
    let recorder = program("--bin", "packetwalk-recorder")?;
    for line in list.lines().filter(|line| line.contains(only)) {
        let (name, about) = line.split_once('\t').unwrap_or((line, ""));
        println!("{name}");
        let case = scenes.join(name);
        run_command(
            command(&recorder)
                .arg("record")
                .arg(case.join("snapshot.txt"))
                .arg(case.join("flows.txt"))
                .arg("--out")
                .arg(root().join("tests/corpus/lessons").join(name))
                .args(["--about", about]),
        )?;
    }
    Ok(())
}

/// Writes all lessons and machines into one file of `folder`, which the page
/// loads with everything else: nothing is asked for afterwards.
pub fn bundle(folder: &Path) -> Result<()> {
    let www = root().join("www");
    let lessons = texts(&www.join("lessons"), "", ".md")?;
    let mut machines = texts(&www.join("lessons/machines"), "machines/", ".snapshot.txt")?;
    machines.extend(texts(
        &www.join("scenarios"),
        "../scenarios/",
        ".snapshot.txt",
    )?);
    let bundle = serde_json::json!({ "lessons": lessons, "machines": machines });
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let file = folder.join("lessons.json");
    fs::write(&file, bundle.to_string()).with_context(|| file.display().to_string())
}

/// The files of a folder whose names end so, by `prefix` and name.
fn texts(folder: &Path, prefix: &str, ending: &str) -> Result<BTreeMap<String, String>> {
    let mut out = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(ending) {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            out.insert(format!("{prefix}{name}"), text);
        }
    }
    Ok(out)
}
