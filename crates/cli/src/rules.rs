//! `packetwalk rules`: what the tools would say to a text of rules.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value};
use packetwalk_rules::iptables::{ListOptions, list, list_named, list_rules};
use packetwalk_rules::{Diagnostic, Family, ebt, ipset, iptables};

use crate::input;

/// Whose text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// `iptables` or `ip6tables`.
    Iptables(Family),
    /// `ebtables`.
    Ebtables,
    /// `ipset`.
    Ipset,
}

/// How to print it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Print {
    /// `iptables-save`, `ebtables-save`, `ipset save`.
    Save,
    /// `iptables -S`.
    Rules,
    /// `iptables -nvL --line-numbers`, `ebtables -L --Lc --Ln`, `ipset list`.
    List,
    /// `iptables -nvxL --line-numbers`.
    Exact,
    /// `iptables -L`.
    Names,
}

/// What `packetwalk rules` is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    file: PathBuf,
    tool: Tool,
    print: Print,
    counters: bool,
}

/// Reads the arguments behind the command's name; `None` where help is wanted.
///
/// # Errors
/// One clear line when they cannot be understood.
pub fn parse(args: impl Iterator<Item = OsString>) -> Result<Option<Options>, String> {
    let mut parser = lexopt::Parser::from_args(args);
    let (mut tool, mut print) = (Tool::Iptables(Family::V4), Print::Save);
    let (mut file, mut counters) = (None, false);
    while let Some(arg) = parser.next().map_err(|error| error.to_string())? {
        let value = |parser: &mut lexopt::Parser| match parser.value() {
            Ok(value) => Ok(value.display().to_string()),
            Err(error) => Err(error.to_string()),
        };
        match arg {
            Short('h') | Long("help") => return Ok(None),
            Long("tool") => {
                let name = value(&mut parser)?;
                tool = match name.as_str() {
                    "iptables" => Tool::Iptables(Family::V4),
                    "ip6tables" => Tool::Iptables(Family::V6),
                    "ebtables" => Tool::Ebtables,
                    "ipset" => Tool::Ipset,
                    _ => {
                        return Err(format!(
                            "no tool {name:?}: iptables, ip6tables, ebtables or ipset"
                        ));
                    }
                };
            }
            Long("print") => {
                let name = value(&mut parser)?;
                print = match name.as_str() {
                    "save" => Print::Save,
                    "rules" => Print::Rules,
                    "list" => Print::List,
                    "exact" => Print::Exact,
                    "names" => Print::Names,
                    _ => {
                        return Err(format!(
                            "nothing prints {name:?}: save, rules, list, exact or names"
                        ));
                    }
                };
            }
            Long("counters") => counters = true,
            Value(word) if file.is_none() => file = Some(PathBuf::from(word)),
            other => return Err(format!("{}; see packetwalk --help", other.unexpected())),
        }
    }
    if !matches!(tool, Tool::Iptables(_)) && !matches!(print, Print::Save | Print::List) {
        return Err("of ebtables and ipset there is --print save and --print list".into());
    }
    Ok(Some(Options {
        file: file.ok_or("rules: no file; see packetwalk --help")?,
        tool,
        print,
        counters,
    }))
}

/// Reads the file and prints what the tool would print; everything that is wrong
/// goes to standard error. Whether nothing was.
///
/// # Errors
/// One clear line for a file that cannot be read.
pub fn run(options: &Options) -> Result<bool, String> {
    let text = input::read(&options.file)?;
    let (printed, told) = match options.tool {
        Tool::Iptables(family) => of_iptables(&text, family, options),
        Tool::Ebtables => of_ebtables(&text, options),
        Tool::Ipset => {
            let parsed = ipset::parse(&text);
            let print = match options.print {
                Print::Save => ipset::save,
                _ => ipset::list,
            };
            (print(&parsed.value), parsed.diagnostics)
        }
    };
    let name = options.file.display();
    let lines = told.iter().fold(String::new(), |mut lines, diagnostic| {
        let _ = writeln!(lines, "{name}:{diagnostic}");
        lines
    });
    input::complain(&lines);
    input::print(&printed)?;
    let refused = |d: &Diagnostic| d.severity == packetwalk_rules::Severity::Error;
    Ok(!told.iter().any(refused))
}

fn of_iptables(text: &str, family: Family, options: &Options) -> (String, Vec<Diagnostic>) {
    let parsed = iptables::parse(text, family);
    let set = &parsed.value;
    let verbose = ListOptions {
        verbose: true,
        exact: options.print == Print::Exact,
        line_numbers: true,
    };
    let tables = set.tables.iter();
    let printed = match options.print {
        Print::Save => iptables::save(set, options.counters),
        Print::Rules => tables
            .map(|table| list_rules(table, family, None, options.counters))
            .collect(),
        Print::List | Print::Exact => tables
            .map(|table| list(table, family, None, verbose))
            .collect(),
        Print::Names => tables
            .map(|table| list_named(table, family, None, ListOptions::default()))
            .collect(),
    };
    (printed, parsed.diagnostics)
}

fn of_ebtables(text: &str, options: &Options) -> (String, Vec<Diagnostic>) {
    let parsed = ebt::parse(text);
    let set = &parsed.value;
    let printed = match options.print {
        Print::Save => ebt::save(set, options.counters),
        _ => set
            .tables
            .iter()
            .map(|table| ebt::list(table, set.backend, None, true, true))
            .collect(),
    };
    (printed, parsed.diagnostics)
}
