//! Packs by LZMA what `www/js/lzma.js` unpacks: that is a tenth smaller than gzip,
//! and no browser has it built in.

use std::io::{Read as _, Write as _, stdin, stdout};
use std::process::ExitCode;

use anyhow::{Context, Result};
use lzma_rust2::{LzmaOptions, LzmaWriter};

use crate::sorted;

/// `cargo xtask lzma`: for the scripts that bundle.
pub fn run(mut arguments: lexopt::Parser) -> Result<ExitCode> {
    use lexopt::prelude::*;
    let mut module = false;
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("module") => module = true,
            _ => return Err(argument.unexpected().into()),
        }
    }
    let mut bytes = Vec::new();
    stdin().read_to_end(&mut bytes)?;
    if module {
        bytes = sorted::sort(&bytes).context("cannot sort the module")?;
    }
    stdout().write_all(&pack(&bytes)?)?;
    Ok(ExitCode::SUCCESS)
}

/// A file in the format `.lzma`. Its settings are those that make the module
/// smallest, sorted as it is: of the byte before, two bits tell something, and
/// the place in the file tells nothing.
pub fn pack(bytes: &[u8]) -> Result<Vec<u8>> {
    const BEST: u32 = 9;
    let mut options = LzmaOptions::with_preset(BEST);
    (options.lc, options.lp, options.pb) = (2, 0, 0);
    options.nice_len = LzmaOptions::NICE_LEN_MAX;
    options.depth_limit = 1000;
    options.dict_size = u32::try_from(bytes.len())?.next_power_of_two().max(1 << 16);
    let size = u64::try_from(bytes.len())?;
    let mut writer = LzmaWriter::new_use_header(Vec::new(), &options, Some(size))?;
    writer.write_all(bytes)?;
    Ok(writer.finish()?)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::Stdio;

    use super::*;
    use crate::shell::node;

    /// What the page's own unpacker makes of what was packed.
    fn unpacked(packed: &[u8]) -> Vec<u8> {
        const SCRIPT: &str = "import { readFileSync, writeSync } from 'node:fs';
            import { unlzma } from './www/js/lzma.js';
            const out = unlzma(readFileSync(0));
            for (let at = 0; at < out.length;) at += writeSync(1, out, at);";
        let mut node = node("--input-type=module")
            .args(["--eval", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        node.stdin.take().unwrap().write_all(packed).unwrap();
        let output = node.wait_with_output().unwrap();
        assert!(output.status.success());
        output.stdout
    }

    fn check(bytes: &[u8]) {
        let packed = pack(bytes).unwrap();
        assert!(unpacked(&packed) == bytes, "{} bytes differ", bytes.len());
    }

    /// Bytes of which nothing is known, always the same.
    fn noise(count: usize) -> Vec<u8> {
        let mut state = 0x2545_f491_u32;
        let next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 24) as u8
        };
        std::iter::repeat_with(next).take(count).collect()
    }

    #[test]
    fn what_is_packed_comes_out_again() {
        check(b"");
        check(b"a");
        // A match that is longer than it is far.
        check(&b"ab".repeat(5000));
        // No match at all, then one of every kind of distance, near and far.
        let noise = noise(300_000);
        check(&noise);
        let mut far = noise.clone();
        for from in [0, 1, 7, 100, 5_000, 70_000, 290_000] {
            far.extend(&noise[from..from + 400]);
            far.extend(b"x");
            far.extend(&noise[from + 401..from + 500]);
        }
        check(&far);
        // Text.
        check(include_bytes!("lzma.rs"));
    }
}
