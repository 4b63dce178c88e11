//! ipset 7.17.
//!
//! Not compared: what a kernel draws (`initval`, the order of a hash's entries), memory that 7.17 never wrote
//! (a length behind `bitmask`)
//! and what hangs on it (the size in memory, how far a hash with small buckets
//! grew). Seconds left are rounded up to hundreds. Types that this kernel lacks
//! are left out, so a seed's text is the same on kernels with the same types.

use std::sync::OnceLock;

use packetwalk_rules::Severity;
use packetwalk_rules::ipset::{self, KINDS};

use super::{Printed, Text, Tool, Word};
use crate::command::{CommandError, run, run_ok};
use crate::conform::Random;
use crate::netns::Netns;

mod create;
mod entry;
mod words;

/// The tool.
pub struct Ipset;

/// Where every comparison begins: lists let go of their sets first.
const EMPTY: &str = "flush\ndestroy\n";

/// The types that this kernel has.
static TYPES: OnceLock<Vec<&'static str>> = OnceLock::new();

impl Tool for Ipset {
    fn name(&self) -> &'static str {
        "ipset"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["ipset"]
    }

    fn prepare(&self, netns: &Netns) -> Result<(), CommandError> {
        let mut types = Vec::new();
        for kind in &KINDS {
            let range = match kind.name {
                "bitmap:port" => " range 1-2",
                name if name.starts_with("bitmap") => " range 10.0.0.0/24",
                _ => "",
            };
            let text = format!("create probe {}{range}\ndestroy probe\n", kind.name);
            if run(netns, "ipset restore", &text)?.success {
                types.push(kind.name);
            }
        }
        TYPES.get_or_init(|| types);
        Ok(())
    }

    fn text(&self, random: &mut Random) -> Text {
        let all = || KINDS.iter().map(|kind| kind.name).collect();
        words::text(random, TYPES.get_or_init(all))
    }

    fn vocabulary(&self) -> Vec<Word> {
        words::vocabulary(TYPES.get().map_or(&[], Vec::as_slice))
    }

    fn real(&self, netns: &Netns, text: &str) -> Result<Result<Printed, String>, CommandError> {
        let restored = run(netns, "ipset restore", &format!("{EMPTY}{text}"))?;
        if !restored.success {
            return Ok(Err(restored.stderr));
        }
        let mut printed = Vec::new();
        for command in ["ipset save", "ipset list"] {
            let out = run_ok(netns, command, "")?;
            printed.push((command.to_owned(), comparable(&out)));
        }
        Ok(Ok(printed))
    }

    fn ours(&self, text: &str) -> Result<Printed, String> {
        let parsed = ipset::parse(text);
        let errors = parsed.diagnostics.iter();
        if let Some(error) = errors.into_iter().find(|d| d.severity == Severity::Error) {
            return Err(error.to_string());
        }
        Ok(vec![
            (
                "ipset save".to_owned(),
                comparable(&ipset::save(&parsed.value)),
            ),
            (
                "ipset list".to_owned(),
                comparable(&ipset::list(&parsed.value)),
            ),
        ])
    }
}

/// What of the output does not hang on chance: entries of hashes sorted.
fn comparable(out: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let (mut hash, mut entries) = (false, 0);
    for line in out.lines() {
        if line.starts_with("Size in memory:") {
            continue;
        }
        let head = [
            "create ",
            "Name:",
            "Type:",
            "Revision:",
            "Header:",
            "References:",
        ];
        let head = head.iter().chain(&["Number of entries:", "Members:"]);
        let mut head = head.into_iter();
        let is_head = line.is_empty() || head.any(|word| line.starts_with(word));
        if is_head {
            sort(&mut lines, entries, hash);
            entries = 0;
            if line.starts_with("create ") || line.starts_with("Type:") {
                hash = line.contains(" hash:");
            }
            lines.push(header(line));
        } else {
            entries += 1;
            lines.push(rounded(line));
        }
    }
    sort(&mut lines, entries, hash);
    lines.join("\n") + "\n"
}

/// Sorts the last lines.
fn sort(lines: &mut [String], entries: usize, hash: bool) {
    let from = lines.len() - entries;
    if hash {
        lines[from..].sort();
    }
}

/// A header without what is drawn. Small buckets make a hash grow.
fn header(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let after = |name: &str| {
        let at = words.iter().position(|word| *word == name)?;
        words.get(at + 1).copied()
    };
    let small = after("bucketsize").is_some_and(|size| size.len() == 1);
    let mut out = Vec::new();
    let mut skip = false;
    for word in &words {
        if std::mem::take(&mut skip) {
            continue;
        }
        if *word == "initval" || (*word == "hashsize" && small) {
            skip = true;
            continue;
        }
        // 7.17 prints a length behind a bitmask that it never wrote.
        let mask = out.last() == Some(&"bitmask");
        let plain = word.split('/').next().filter(|_| mask);
        out.push(plain.unwrap_or(word));
    }
    out.join(" ")
}

/// An entry with its seconds rounded up to hundreds.
fn rounded(line: &str) -> String {
    let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let at = words.iter().position(|word| word == "timeout");
    if let Some(word) = at.and_then(|at| words.get_mut(at + 1))
        && let Ok(seconds) = word.parse::<u64>()
    {
        *word = (seconds.div_ceil(100) * 100).to_string();
    }
    words.join(" ")
}
