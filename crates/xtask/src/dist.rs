//! `cargo xtask dist`: the page as a folder of static files, `dist/`, small
//! enough to be put anywhere.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::shell::root;
use crate::wasm::{self, Profile};

/// `cargo xtask dist`
pub fn run(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    if let Some(argument) = arguments.next()? {
        return Err(argument.unexpected().into());
    }
    let (www, dist) = (root().join("www"), root().join("dist"));
    if dist.exists() {
        fs::remove_dir_all(&dist).with_context(|| dist.display().to_string())?;
    }
    wasm::build(Profile::Release, &dist.join("pkg"))?;
    // The editor's source travels as the bundle that it became, the element's too.
    let sources = [wasm::folder(), www.join("editor"), www.join("embed")];
    copy(&www, &dist, &sources)?;
    let module = dist.join("pkg/packetwalk_bg.wasm");
    crate::embed::bundle(&module, &dist.join("embed"))?;
    crate::embed::offline(&dist, &dist.join("packetwalk.html"))?;
    report(&dist)?;
    Ok(ExitCode::SUCCESS)
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
        } else if !is_declaration(&path) {
            fs::copy(&path, to.join(name)).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}

/// TypeScript declarations are for editors and checks, not for browsers.
fn is_declaration(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".d.ts")
}

/// Prints what is there, raw and as it travels.
fn report(dist: &Path) -> Result<()> {
    let mut files = Vec::new();
    list(dist, &mut files)?;
    files.sort();
    println!("{:>10} {:>10}  dist/", "bytes", "gzip");
    let (mut raw, mut packed) = (0, 0);
    for file in files {
        if is_declaration(&file) {
            fs::remove_file(&file).with_context(|| file.display().to_string())?;
            continue;
        }
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
