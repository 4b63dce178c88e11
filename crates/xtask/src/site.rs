//! The built site: the page, what goes into other people's pages, the lessons'
//! own pages, the page as one file and as an app, and everybody's licences.
//! Nothing in it knows where it will be: addresses are relative.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::shell::{command, node, program, root, run};
use crate::wasm::{self, Profile};
use crate::{embed, install};

/// Where the site is built with the quick module, for tests: not at the root of
/// what is served.
pub const QUICK: &str = "target/site/some/where";

/// What is to be built.
pub struct Wanted {
    /// How much work goes into the module.
    pub profile: Profile,
    /// Where it is built; what was there is gone.
    pub folder: PathBuf,
    /// Where it will be, if that is known: for what needs whole addresses.
    pub address: String,
}

impl Wanted {
    /// The site that is put on a host.
    pub fn release() -> Self {
        Self {
            profile: Profile::Release,
            folder: root().join("dist"),
            address: String::new(),
        }
    }

    /// The site that tests use.
    pub fn quick() -> Self {
        Self {
            profile: Profile::Dev,
            folder: root().join(QUICK),
            address: String::new(),
        }
    }
}

/// Builds the site.
pub fn build(wanted: &Wanted) -> Result<()> {
    install::packages()?;
    let (www, dist) = (root().join("www"), wanted.folder.as_path());
    if dist.exists() {
        fs::remove_dir_all(dist).with_context(|| dist.display().to_string())?;
    }
    wasm::build(wanted.profile, &dist.join("pkg"))?;
    // Sources of what travels as a bundle; lessons have pages of their own.
    let sources = ["pkg", "editor", "embed", "lessons"].map(|name| www.join(name));
    copy(&www, dist, &sources)?;
    forget_declarations(dist)?;
    beside(&dist.join("pkg"), dist, &wanted.address)?;
    embed::offline(dist, &dist.join("packetwalk.html"))?;
    embed::page(dist)?;
    licences(dist)?;
    // Last, as it holds the hash of every file of the page.
    run(node("crates/xtask/worker.mjs").arg(dist))
}

/// Builds the pages that stand beside the page: what goes into other people's
/// pages, and the lessons' own. `pkg` holds the module.
pub fn beside(pkg: &Path, folder: &Path, address: &str) -> Result<()> {
    embed::bundle(&pkg.join("packetwalk_bg.wasm"), &folder.join("embed"))?;
    run(command(program("--example", "site")?)
        .arg(root().join("www/lessons"))
        .arg(folder)
        .arg(address))
}

/// The project's own licences, and those of what others wrote.
pub fn licences(folder: &Path) -> Result<()> {
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        fs::copy(root().join(name), folder.join(name)).with_context(|| name.to_owned())?;
    }
    run(node("crates/xtask/licences.mjs").arg(folder.join("THIRD-PARTY.txt")))
}

/// Copies a folder and all in it but `except`.
fn copy(from: &Path, to: &Path, except: &[PathBuf]) -> Result<()> {
    fs::create_dir_all(to).with_context(|| to.display().to_string())?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let path = entry?.path();
        let Some(name) = path.file_name() else {
            continue;
        };
        if except.contains(&path) {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name), except)?;
        } else {
            fs::copy(&path, to.join(name)).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}

/// TypeScript declarations are for editors and checks, not for browsers.
fn forget_declarations(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            forget_declarations(&path)?;
        } else if path.to_string_lossy().ends_with(".d.ts") {
            fs::remove_file(&path).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}
