//! From `crates/wasm` to what the page loads: `www/pkg`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::install::{WASM_TARGET, packages, wasm_target};
use crate::panics;
use crate::shell::{artifacts, cargo, node, root, run as run_command};

/// The name of the module: `pkg/packetwalk.js`, `pkg/packetwalk_bg.wasm`.
const NAME: &str = "packetwalk";

/// What every browser with WebAssembly has had for years, and rustc uses.
const FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// How much work goes into the module.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build: macros and build scripts are shared with this program's.
    Dev,
    /// Small and fast.
    Release,
}

impl Profile {
    /// The profile's name in `Cargo.toml`.
    fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "wasm",
        }
    }

    /// What the page does not need is left out of the module that ships.
    fn features(self) -> &'static [&'static str] {
        match self {
            Self::Dev => &[],
            Self::Release => &["--no-default-features"],
        }
    }
}

/// `cargo xtask wasm`
pub fn run(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    use lexopt::prelude::*;
    let mut profile = Profile::Dev;
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("release") => profile = Profile::Release,
            _ => return Err(argument.unexpected().into()),
        }
    }
    build(profile, &folder())?;
    crate::declarations::write(&folder())?;
    Ok(ExitCode::SUCCESS)
}

/// Where the page looks for the module.
pub fn folder() -> PathBuf {
    root().join("www/pkg")
}

/// Compiles the module and binds it into `folder`, and puts the lessons beside
/// it.
pub fn build(profile: Profile, folder: &Path) -> Result<()> {
    wasm_target()?;
    let compiled = compile(profile)?;
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let mut bindgen = Bindgen::new();
    match profile {
        Profile::Dev => bindgen.input_path(&compiled),
        Profile::Release => bindgen.input_bytes(NAME, without_panics(&compiled)?),
    };
    bindgen
        .out_name(NAME)
        .web(true)?
        .typescript(true)
        .omit_default_module_path(false)
        .keep_debug(false)
        .remove_producers_section(profile == Profile::Release)
        .generate(folder)
        .with_context(|| format!("cannot bind {}", compiled.display()))?;
    crate::lessons::bundle(folder)?;
    if profile == Profile::Release {
        optimise(&folder.join(format!("{NAME}_bg.wasm")))?;
    }
    crate::editor::bundle(folder)
}

/// Compiles `crates/wasm`; says where cargo put the result.
fn compile(profile: Profile) -> Result<PathBuf> {
    let files = artifacts(
        cargo()
            .args(["build", "--package", "packetwalk-wasm", "--lib"])
            .args(["--target", WASM_TARGET, "--profile", profile.name()])
            .args(profile.features()),
        "packetwalk_wasm",
    )?;
    files
        .into_iter()
        .find(|file| file.extension().is_some_and(|ending| ending == "wasm"))
        .context("cargo built packetwalk-wasm, but named no .wasm file")
}

/// The module, in which a panic is a trap.
fn without_panics(module: &Path) -> Result<Vec<u8>> {
    let mut module = walrus::Module::from_file(module)?;
    panics::silence(&mut module)?;
    panics::forget_places(&mut module);
    Ok(module.emit_wasm())
}

/// Makes the module smaller. In the order of their names, functions that were
/// made of the same generic one stand together, which packs better; the names
/// themselves are not written.
fn optimise(module: &Path) -> Result<()> {
    packages()?;
    run_command(
        node(root().join("node_modules/binaryen/bin/wasm-opt"))
            .args(FEATURES)
            .args(["-Oz", "-Oz", "--reorder-functions-by-name"])
            .arg(module)
            .arg("-o")
            .arg(module),
    )
}
