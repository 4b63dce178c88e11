//! The steps, in the order in which they run: what fails fast comes first.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::Step;
use super::needs::Needs;
use crate::http::Site;
use crate::install;
use crate::shell::{artifacts, cargo, find, node, root, run};

/// Every step of `cargo xtask test`.
pub const STEPS: &[Step] = &[
    Step {
        name: "format",
        about: "rustfmt would change nothing",
        run: |_| run(cargo().args(["fmt", "--all", "--check"])),
    },
    Step {
        name: "clippy",
        about: "clippy and rustc have nothing to say",
        run: clippy,
    },
    Step {
        name: "rust",
        about: "the Rust tests, with the recorded corpus run natively",
        run: rust,
    },
    Step {
        name: "doc",
        about: "the examples in the documentation",
        run: |_| run(cargo().args(["test", "--workspace", "--all-features", "--doc"])),
    },
    Step {
        name: "wasm",
        about: "the wasm module builds and binds",
        run: Needs::module,
    },
    Step {
        name: "corpus",
        about: "the recorded corpus, run in wasm",
        run: corpus,
    },
    Step {
        name: "packages",
        about: "the npm packages of the lock file are installed",
        run: Needs::packages,
    },
    Step {
        name: "types",
        about: "the page's JavaScript against the declarations of the Rust types",
        run: types,
    },
    Step {
        name: "browser",
        about: "the page in headless Chromium",
        run: browser,
    },
];

fn clippy(_: &mut Needs) -> Result<()> {
    run(cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "--deny",
        "warnings",
    ]))
}

fn rust(_: &mut Needs) -> Result<()> {
    let mut cargo = cargo();
    if find("cargo-nextest").is_some() {
        cargo.args(["nextest", "run", "--no-fail-fast"]);
    } else {
        cargo.args(["test", "--no-fail-fast", "--all-targets"]);
    }
    run(cargo.args(["--workspace", "--all-features"]))
}

fn corpus(needs: &mut Needs) -> Result<()> {
    needs.module()?;
    let native = binary("packetwalk-cli", "packetwalk")?;
    run(node("tests/wasm/corpus.mjs").arg(native))
}

fn types(needs: &mut Needs) -> Result<()> {
    needs.module()?;
    needs.declarations()?;
    needs.packages()?;
    run(node("node_modules/typescript/bin/tsc").args(["--project", "tsconfig.json"]))
}

fn browser(needs: &mut Needs) -> Result<()> {
    needs.module()?;
    needs.packages()?;
    let chromium = install::chromium()?;
    let site = Site::bind(root().join("www"), 0)?;
    let url = site.url();
    site.start();
    run(node("node_modules/@playwright/test/cli.js")
        .args(["test", "--config", "tests/browser/playwright.config.js"])
        .env("PACKETWALK_URL", url)
        .env("PACKETWALK_CHROMIUM", chromium))
}

/// Builds a program of the workspace; says where cargo put it.
fn binary(package: &str, name: &str) -> Result<PathBuf> {
    let files = artifacts(
        cargo().args(["build", "--package", package, "--bin", name]),
        name,
    )?;
    files
        .into_iter()
        .find(|file| file.extension().unwrap_or_default() == std::env::consts::EXE_EXTENSION)
        .with_context(|| format!("cargo built {package}, but named no program"))
}
