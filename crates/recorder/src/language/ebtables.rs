//! ebtables 1.8.9 (nf_tables).

use packetwalk_rules::ebt;

use super::{Printed, Text, Tool, Word};
use crate::command::{CommandError, run, run_ok};
use crate::conform::Random;
use crate::netns::Netns;

mod values;
mod words;

/// The tool.
pub struct Ebtables;

/// The tables of this version; it has no broute yet.
const TABLES: [&str; 2] = ["filter", "nat"];

/// Where every comparison begins.
const EMPTY: &str = "\
*filter
:INPUT ACCEPT
:FORWARD ACCEPT
:OUTPUT ACCEPT
*nat
:PREROUTING ACCEPT
:OUTPUT ACCEPT
:POSTROUTING ACCEPT
";

/// What is printed of each table: the command and its flags.
const LISTS: [(&str, bool, bool); 3] = [
    ("-L", false, false),
    ("-L --Lc", true, false),
    ("-L --Ln", false, true),
];

impl Tool for Ebtables {
    fn name(&self) -> &'static str {
        "ebtables"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["ebtables-nft", "ebtables-nft-restore", "ebtables-nft-save"]
    }

    fn text(&self, random: &mut Random) -> Text {
        words::text(random)
    }

    fn vocabulary(&self) -> Vec<Word> {
        words::vocabulary()
    }

    fn real(&self, netns: &Netns, text: &str) -> Result<Result<Printed, String>, CommandError> {
        run_ok(netns, "ebtables-nft-restore", EMPTY)?;
        let restored = run(netns, "ebtables-nft-restore", text)?;
        if !restored.success {
            return Ok(Err(restored.stderr));
        }
        let mut printed = Vec::new();
        for command in ["ebtables-nft-save", "ebtables-nft-save -c"] {
            let saved = run(netns, command, "")?;
            if !saved.success {
                return Ok(Err(format!("{command} fails: {}", saved.stderr)));
            }
            let out = saved.stdout;
            let lines = out.lines().filter(|line| !line.starts_with('#'));
            printed.push((
                command.to_owned(),
                lines.map(|line| format!("{line}\n")).collect(),
            ));
        }
        for table in TABLES {
            for (flags, ..) in LISTS {
                let command = format!("ebtables-nft -t {table} {flags}");
                let out = run_ok(netns, &command, "")?;
                printed.push((command, out));
            }
        }
        Ok(Ok(printed))
    }

    fn ours(&self, text: &str) -> Result<Printed, String> {
        let mut value = ebt::parse(EMPTY).value;
        let diagnostics = ebt::restore(text, &mut value);
        if let Some(first) = diagnostics.first() {
            return Err(first.to_string());
        }
        let mut printed = vec![
            ("ebtables-nft-save".to_owned(), ebt::save(&value, false)),
            ("ebtables-nft-save -c".to_owned(), ebt::save(&value, true)),
        ];
        for name in TABLES {
            let Some(table) = value.table(name) else {
                continue;
            };
            for (flags, counters, numbers) in LISTS {
                printed.push((
                    format!("ebtables-nft -t {name} {flags}"),
                    ebt::list(table, value.backend, None, counters, numbers),
                ));
            }
        }
        Ok(printed)
    }
}
