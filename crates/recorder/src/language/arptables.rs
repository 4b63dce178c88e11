//! arptables 1.8.9 (nf_tables).

use packetwalk_rules::arpt;
use packetwalk_rules::iptables::ListOptions;

use super::{Printed, Text, Tool, Word};
use crate::command::{CommandError, run, run_ok};
use crate::conform::Random;
use crate::netns::Netns;

mod words;

/// The tool.
pub struct Arptables;

/// Where every comparison begins.
const EMPTY: &str = "*filter\n:INPUT ACCEPT\n:OUTPUT ACCEPT\n";

/// What is listed: the flags, and whether names are looked up.
fn lists() -> [(&'static str, bool, ListOptions); 5] {
    let plain = ListOptions::default();
    let verbose = ListOptions {
        verbose: true,
        ..plain
    };
    let exact = ListOptions {
        exact: true,
        ..verbose
    };
    let numbered = ListOptions {
        line_numbers: true,
        ..verbose
    };
    [
        ("-nL", false, plain),
        ("-L", true, plain),
        ("-vL", true, verbose),
        ("-nvxL", false, exact),
        ("-nvL --line-numbers", false, numbered),
    ]
}

impl Tool for Arptables {
    fn name(&self) -> &'static str {
        "arptables"
    }

    fn programs(&self) -> &'static [&'static str] {
        &[
            "arptables-nft",
            "arptables-nft-restore",
            "arptables-nft-save",
        ]
    }

    fn text(&self, random: &mut Random) -> Text {
        words::text(random)
    }

    fn vocabulary(&self) -> Vec<Word> {
        words::vocabulary()
    }

    fn real(&self, netns: &Netns, text: &str) -> Result<Result<Printed, String>, CommandError> {
        run_ok(netns, "arptables-nft-restore", EMPTY)?;
        let restored = run(netns, "arptables-nft-restore", text)?;
        if !restored.success {
            return Ok(Err(restored.stderr));
        }
        let mut printed = Vec::new();
        for command in ["arptables-nft-save", "arptables-nft-save -c"] {
            let saved = run_ok(netns, command, "")?;
            let lines = saved.lines().filter(|line| !line.starts_with('#'));
            printed.push((
                command.to_owned(),
                lines.map(|line| format!("{line}\n")).collect(),
            ));
        }
        let rules = "arptables-nft -S";
        printed.push((rules.to_owned(), run_ok(netns, rules, "")?));
        for (flags, ..) in lists() {
            let command = format!("arptables-nft {flags}");
            let out = run_ok(netns, &command, "")?;
            printed.push((command, out));
        }
        Ok(Ok(printed))
    }

    fn ours(&self, text: &str) -> Result<Printed, String> {
        let mut value = arpt::parse(EMPTY).value;
        let diagnostics = arpt::restore(text, &mut value);
        if let Some(first) = diagnostics.first() {
            return Err(first.to_string());
        }
        let mut printed = vec![
            ("arptables-nft-save".to_owned(), arpt::save(&value, false)),
            ("arptables-nft-save -c".to_owned(), arpt::save(&value, true)),
        ];
        for table in &value.tables {
            printed.push(("arptables-nft -S".to_owned(), arpt::list_rules(table)));
            for (flags, names, options) in lists() {
                let out = match names {
                    true => arpt::list_named(table, None, options),
                    false => arpt::list(table, None, options),
                };
                printed.push((format!("arptables-nft {flags}"), out));
            }
        }
        Ok(printed)
    }
}
