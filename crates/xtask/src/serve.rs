//! `cargo xtask serve`: the page, built and served on this machine.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;

use crate::http::Site;
use crate::shell::{command, root};
use crate::site;
use crate::wasm::{self, Profile};

/// Tried one after the other when no port is asked for.
const PORTS: std::ops::RangeInclusive<u16> = 8080..=8099;

/// `cargo xtask serve`
pub fn run(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    use lexopt::prelude::*;
    let mut port = None;
    let mut open = false;
    let mut profile = Profile::Dev;
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("port") => port = Some(arguments.value()?.parse()?),
            Long("open") => open = true,
            Long("release") => profile = Profile::Release,
            _ => return Err(argument.unexpected().into()),
        }
    }
    // A port that is taken is said before a minute is spent on building.
    let site = bind(port)?;
    let began = Instant::now();
    wasm::build(profile, &wasm::folder())?;
    site::beside(&wasm::folder(), &beside(), "")?;
    let url = site.url();
    let server = site.start();
    println!("Built in {:.1} s", began.elapsed().as_secs_f32());
    println!("Serving {url}");
    if std::io::stdout().is_terminal() {
        println!("Ctrl-C ends it");
    }
    if open {
        show(&url);
    }
    let _ = server.join();
    Ok(ExitCode::SUCCESS)
}

/// Where the pages beside the page are built: they have no place in `www`.
fn beside() -> PathBuf {
    root().join("target/beside")
}

fn bind(port: Option<u16>) -> Result<Site> {
    let folders = [beside(), root().join("www")];
    if let Some(port) = port {
        return Site::bind(&folders, port);
    }
    PORTS
        .filter_map(|port| Site::bind(&folders, port).ok())
        .next()
        .map_or_else(|| Site::bind(&folders, 0), Ok)
}

/// Shows the page in the user's browser, where there is one.
fn show(url: &str) {
    let mut opener = if cfg!(target_os = "macos") {
        command("open")
    } else if cfg!(windows) {
        let mut start = command("cmd");
        start.args(["/C", "start", ""]);
        start
    } else {
        command("xdg-open")
    };
    if opener.arg(url).spawn().is_err() {
        eprintln!("xtask serve: cannot open a browser; go to {url}");
    }
}
