//! `cargo xtask dist`: the built site, `dist/`, that can be put on any host as
//! it is; weighed, and refused where it is heavier than it may be.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::site::{self, Wanted};
use crate::wasm::Profile;

/// What a file may weigh, after gzip.
struct Budget {
    /// Its path in the built site.
    file: &'static str,
    /// The build fails above this: what has been reached.
    most: usize,
    /// Where it shall come to.
    wanted: usize,
}

/// The one place where weights are written down. `most` only ever goes down,
/// until it is `wanted`.
const BUDGETS: &[Budget] = &[
    Budget {
        file: "embed/packetwalk.js",
        most: 518_000,
        wanted: 250_000,
    },
    Budget {
        file: "packetwalk.html",
        most: 681_000,
        wanted: 600_000,
    },
];

/// `cargo xtask dist`
pub fn run(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    use lexopt::prelude::*;
    let mut wanted = Wanted::release();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("quick") => wanted.profile = Profile::Dev,
            Long("out") => wanted.folder = std::path::absolute(arguments.value()?)?,
            Long("url") => wanted.address = address(&arguments.value()?.string()?)?,
            _ => return Err(argument.unexpected().into()),
        }
    }
    site::build(&wanted)?;
    report(&wanted.folder)?;
    if wanted.profile == Profile::Release {
        weigh(&wanted.folder)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Where the site will be, with a slash at its end.
fn address(text: &str) -> Result<String> {
    if !(text.starts_with("https://") || text.starts_with("http://")) {
        bail!("--url {text}: an address begins with https://");
    }
    Ok(format!("{}/", text.trim_end_matches('/')))
}

/// Holds files against their budgets.
fn weigh(dist: &Path) -> Result<()> {
    let mut heavy = Vec::new();
    for Budget { file, most, wanted } in BUDGETS {
        let path = dist.join(file);
        let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
        let gzip = gzip(&bytes)?;
        println!("{file}: {gzip} bytes after gzip, {most} at most, {wanted} wanted");
        if gzip > *most {
            heavy.push(format!("{file} has {} bytes too many", gzip - most));
        }
    }
    if !heavy.is_empty() {
        bail!("{}", heavy.join("; "));
    }
    Ok(())
}

/// Prints what is there, raw and as it travels.
fn report(dist: &Path) -> Result<()> {
    let mut files = Vec::new();
    list(dist, &mut files)?;
    files.sort();
    println!("{:>10} {:>10}  dist/", "bytes", "gzip");
    let (mut raw, mut packed) = (0, 0);
    for file in files {
        let bytes = fs::read(&file).with_context(|| file.display().to_string())?;
        let gzip = gzip(&bytes)?;
        let name = file.strip_prefix(dist).unwrap_or(&file).display();
        println!("{:>10} {gzip:>10}  {name}", bytes.len());
        raw += bytes.len();
        packed += gzip;
    }
    println!("{raw:>10} {packed:>10}  in all");
    Ok(())
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// How many bytes a server sends that compresses as well as it can.
fn gzip(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}
