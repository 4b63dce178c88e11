//! The steps, in the order in which they run: what fails fast comes first.

use anyhow::Result;

use super::needs::Needs;
use super::{CannotRun, Step};
use crate::http::Site;
use crate::shell::{cargo, command, find, node, program, root, run, said};
use crate::{embed, install, site, wasm};

/// Every step of `cargo xtask test`.
pub const STEPS: &[Step] = &[
    Step {
        name: "format",
        about: "rustfmt would change nothing",
        run: format,
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
        about: "the documentation: its links and its examples",
        run: doc,
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
        name: "kernel",
        about: "200 random flows on this machine's kernel and in the simulator",
        run: kernel,
    },
    Step {
        name: "packages",
        about: "the npm packages of the lock file are installed",
        run: Needs::packages,
    },
    Step {
        name: "types",
        about: "the JavaScript against the declarations of the Rust types",
        run: types,
    },
    Step {
        name: "browser",
        about: "the page in headless Chromium",
        run: browser,
    },
    Step {
        name: "recipes",
        about: "the npm package, and pages that hold walks",
        run: recipes,
    },
];

fn format(_: &mut Needs) -> Result<()> {
    install::component("rustfmt", "cargo-fmt")?;
    run(cargo().args(["fmt", "--all", "--check"]))
}

fn clippy(_: &mut Needs) -> Result<()> {
    install::component("clippy", "cargo-clippy")?;
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

fn doc(_: &mut Needs) -> Result<()> {
    run(cargo()
        .args(["doc", "--workspace", "--all-features", "--no-deps"])
        .arg("--document-private-items")
        .env("RUSTDOCFLAGS", "--deny warnings"))?;
    run(cargo().args(["test", "--workspace", "--all-features", "--doc"]))
}

fn corpus(needs: &mut Needs) -> Result<()> {
    needs.module()?;
    let native = program("--bin", "packetwalk")?;
    run(node("tests/wasm/corpus.mjs").arg(native))
}

/// Where it is not told, the seed is always the same: a change is judged by what
/// it changes, not by luck.
const SEED: u64 = 20_170_917;

fn kernel(needs: &mut Needs) -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Err(CannotRun("network namespaces are Linux's".to_owned()).into());
    }
    let recorder = program("--bin", "packetwalk-recorder")?;
    install::recording();
    let said = said(command(&recorder).arg("check"))?;
    let missing: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("missing: "))
        .collect();
    if !missing.is_empty() {
        return Err(CannotRun(missing.join("; ")).into());
    }
    let simulator = program("--bin", "packetwalk")?;
    let seed = needs.seed.unwrap_or(SEED);
    run(command(&recorder)
        .args([
            "conform",
            "--cases",
            "20",
            "--flows-each",
            "10",
            "--shrink",
            "0",
        ])
        .args(["--seed", &seed.to_string(), "--simulator"])
        .arg(simulator))
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
    let pkg = wasm::folder();
    embed::bundle(&pkg.join("packetwalk_bg.wasm"), &pkg.join("embed"))?;
    embed::offline(&root().join("www"), &pkg.join("embed/page.html"))?;
    let chromium = install::chromium()?;
    needs.site()?;
    let built = built()?;
    let site = Site::bind(&[root().join("www")], 0)?;
    let url = site.url();
    site.start();
    run(node("node_modules/@playwright/test/cli.js")
        .args(["test", "--config", "tests/browser/playwright.config.js"])
        .env("PACKETWALK_URL", url)
        .env("PACKETWALK_SITE", built)
        .env("PACKETWALK_CHROMIUM", chromium))
}

/// Serves the built site where a host might have it, not at its root; says
/// where.
fn built() -> Result<String> {
    let folder = root().join(site::QUICK);
    let above = folder.ancestors().nth(2).unwrap_or(&folder).to_owned();
    let path = folder.strip_prefix(&above)?.display().to_string();
    let site = Site::bind(&[above], 0)?;
    let url = site.url();
    site.start();
    Ok(format!("{url}{path}/"))
}

/// The npm package, and the two recipes that need nothing but Node.js: the
/// others take minutes and other people's tools (`cargo xtask recipes`).
fn recipes(needs: &mut Needs) -> Result<()> {
    needs.packages()?;
    needs.site()?;
    crate::recipes::cook(&root().join(site::QUICK), &["plain", "vite"])?;
    run(&mut node("tests/recipes/package.test.mjs"))
}
