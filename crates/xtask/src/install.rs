//! What the commands need and a fresh machine does not have.

use std::env::consts::EXE_EXTENSION;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::shell::{command, find, output, root, run};

/// What the browser loads is compiled for this.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Names under which a Chromium is known to systems.
const CHROMIUMS: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// Adds the wasm target to the toolchain in use.
pub fn wasm_target() -> Result<()> {
    if sysroot()?.join("lib/rustlib").join(WASM_TARGET).is_dir() {
        return Ok(());
    }
    println!("Adding the target {WASM_TARGET}");
    run(command("rustup").args(["target", "add", WASM_TARGET]))
        .with_context(|| format!("the Rust toolchain lacks the target {WASM_TARGET}"))
}

/// Adds a component to the toolchain in use, whose program is `program`.
pub fn component(name: &str, program: &str) -> Result<()> {
    let file = sysroot()?.join("bin").join(program);
    if file.with_extension(EXE_EXTENSION).is_file() || find(program).is_some() {
        return Ok(());
    }
    println!("Adding the component {name}");
    run(command("rustup").args(["component", "add", name]))
        .with_context(|| format!("the Rust toolchain lacks the component {name}"))
}

/// Where the toolchain in use is.
fn sysroot() -> Result<PathBuf> {
    Ok(output(command("rustc").args(["--print", "sysroot"]))?
        .trim()
        .into())
}

/// Installs the npm packages of the lock file, unless they are there.
pub fn packages() -> Result<()> {
    npm(&[".packetwalk-lock.json"], &["ci"])
}

/// Installs those of them that the page itself is made of: few and small, for
/// somebody who only wants to see it.
pub fn page_packages() -> Result<()> {
    let markers = [".packetwalk-page-lock.json", ".packetwalk-lock.json"];
    npm(&markers, &["ci", "--omit=dev"])
}

/// Runs npm, unless what the first of `markers` stands for is there by one of
/// them: a copy of the lock file, which goes together with the packages.
fn npm(markers: &[&str], arguments: &[&str]) -> Result<()> {
    let lock = root().join("package-lock.json");
    let lock = fs::read(&lock).with_context(|| lock.display().to_string())?;
    let there = |marker: &&str| {
        let marker = root().join("node_modules").join(marker);
        fs::read(marker).is_ok_and(|installed| installed == lock)
    };
    if markers.iter().any(there) {
        return Ok(());
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    run(command(npm).args(arguments)).context("install Node.js 20 or later, with npm")?;
    if let Some(marker) = markers.first() {
        let marker = root().join("node_modules").join(marker);
        fs::write(&marker, lock).with_context(|| marker.display().to_string())?;
    }
    Ok(())
}

/// A Chromium for the browser tests: the one that `PACKETWALK_CHROMIUM` names,
/// or one of the system, installed if this user may.
pub fn chromium() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("PACKETWALK_CHROMIUM") {
        return Ok(named.into());
    }
    let there = || CHROMIUMS.iter().find_map(|name| find(name));
    // Without Chinese letters half of what the page says could not be seen.
    let letters = find("fc-list").is_none_or(|fc_list| {
        output(command(fc_list).arg(":lang=zh")).is_ok_and(|list| !list.trim().is_empty())
    });
    match (there(), letters) {
        (Some(chromium), true) => return Ok(chromium),
        (Some(chromium), false) if !may_install() => return Ok(chromium),
        _ => {}
    }
    if !may_install() {
        bail!(
            "there is no Chromium. Install one, such as by\n    \
             sudo apt-get install chromium fonts-noto-cjk\n\
             or name one in PACKETWALK_CHROMIUM"
        );
    }
    println!("Installing Chromium and a font with Chinese letters");
    run(apt_get().arg("update"))?;
    run(apt_get().args([
        "install",
        "--yes",
        "--no-install-recommends",
        "chromium",
        "fonts-noto-cjk",
    ]))?;
    there().context("apt-get installed chromium, yet no chromium is in PATH")
}

/// Programs that the recorder runs, and the Debian packages that they are in.
const RECORDING: &[(&str, &str)] = &[
    ("ip", "iproute2"),
    ("bridge", "iproute2"),
    ("iptables-legacy-restore", "iptables"),
    ("ebtables-nft-restore", "ebtables"),
    ("arptables-legacy", "arptables"),
    ("ipset", "ipset"),
    ("conntrack", "conntrack"),
];

/// Installs what recording a kernel takes, if this user may and something is
/// missing. Whether it is all there then, the recorder says itself.
pub fn recording() {
    let mut missing: Vec<&str> = RECORDING
        .iter()
        .filter(|(program, _)| find(program).is_none())
        .map(|(_, package)| *package)
        .collect();
    missing.dedup();
    if missing.is_empty() || !may_install() {
        return;
    }
    println!("Installing {}", missing.join(", "));
    let installed = run(apt_get().arg("update")).and_then(|()| {
        run(apt_get()
            .args(["install", "--yes", "--no-install-recommends"])
            .args(&missing))
    });
    if let Err(error) = installed {
        eprintln!("{error:#}");
    }
}

/// Is this a Debian, and are we root?
fn may_install() -> bool {
    cfg!(unix)
        && find("apt-get").is_some()
        && output(command("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn apt_get() -> std::process::Command {
    let mut apt_get = command("apt-get");
    apt_get
        .arg("--quiet")
        .env("DEBIAN_FRONTEND", "noninteractive");
    apt_get
}
