//! iptables and ip6tables 1.8.9 (legacy).

use packetwalk_rules::iptables::{
    self, ListOptions, RestoreOptions, TABLES, list, list_named, list_rules, save_table,
};
use packetwalk_rules::{Diagnostic, Family, Match, Rule, Ruleset, Severity};

use super::{Printed, Text, Tool, Word};
use crate::build::has_program;
use crate::command::{CommandError, run, run_ok};
use crate::conform::Random;
use crate::netns::Netns;

mod commands;
mod forms;
mod home;
mod pattern;
mod rule;
mod script;
mod spoil;
mod values;
mod vocabulary;

/// What comes behind this line is restored on top of what came before.
const AGAIN: &str = "# --noflush\n";

/// The tool of either family.
pub struct Iptables(pub Family);

/// Sets that rules may speak of.
const SETS: &str = "\
create s4 hash:ip
create s4p hash:ip,port
create s4n hash:net
";
const SETS6: &str = "\
create s4 hash:ip family inet6
create s4p hash:ip,port family inet6
create s4n hash:net family inet6
";

/// An accounting object that rules may speak of, where a program for it is.
const ACCOUNT: &str = "acct";
const ACCOUNTS: &str = "nfacct";

/// What is printed of each table, and its flags.
const LISTS: [(&str, ListOptions); 3] = [
    (
        "-nvL --line-numbers",
        ListOptions {
            verbose: true,
            exact: false,
            line_numbers: true,
        },
    ),
    (
        "-nvxL",
        ListOptions {
            verbose: true,
            exact: true,
            line_numbers: false,
        },
    ),
    (
        "-nL",
        ListOptions {
            verbose: false,
            exact: false,
            line_numbers: false,
        },
    ),
];

/// Whether a rule counts for an accounting object that is not there.
fn uncounted(set: &Ruleset) -> bool {
    let chains = set.tables.iter().flat_map(|table| &table.chains);
    let mut matches = chains.flat_map(|c| &c.rules).flat_map(|rule| &rule.matches);
    matches.any(|m| match m {
        Match::Nfacct(acct) => &*acct.name != ACCOUNT || !has_program(ACCOUNTS),
        _ => false,
    })
}

/// The first set that a rule speaks of and that [`SETS`] does not make.
fn absent(set: &Ruleset) -> Option<&str> {
    let chains = set.tables.iter().flat_map(|table| &table.chains);
    let mut names = chains.flat_map(|c| &c.rules).flat_map(Rule::sets);
    names.find(|name| !SETS.contains(&format!("create {name} ")))
}

impl Iptables {
    fn program(&self) -> &'static str {
        match self.0 {
            Family::V4 | Family::Arp => "iptables-legacy",
            Family::V6 => "ip6tables-legacy",
        }
    }
}

/// Where every comparison begins: all tables, all empty.
fn empty() -> String {
    TABLES
        .iter()
        .map(|table| {
            let chains = iptables::builtin_chains(table).iter();
            let lines: String = chains.map(|c| format!(":{c} ACCEPT [0:0]\n")).collect();
            format!("*{table}\n{lines}COMMIT\n")
        })
        .collect()
}

/// The tables that a text speaks of.
fn tables_of(text: &str) -> Vec<&'static str> {
    TABLES
        .into_iter()
        .filter(|table| text.contains(&format!("*{table}\n")))
        .collect()
}

/// A text's parts: the first, and those to be restored on top of it.
fn parts(text: &str) -> impl Iterator<Item = (bool, &str)> {
    text.split(AGAIN).enumerate().map(|(n, part)| (n > 0, part))
}

/// What 1.8.9 refuses: our errors, and what we read for older releases' sake.
pub(super) fn refuses(found: &Diagnostic) -> bool {
    found.severity == Severity::Error || found.message.contains("exclamation mark stands behind")
}

impl Tool for Iptables {
    fn name(&self) -> &'static str {
        self.0.tool()
    }

    fn programs(&self) -> &'static [&'static str] {
        match self.0 {
            Family::V4 | Family::Arp => &[
                "ipset",
                "iptables-legacy",
                "iptables-legacy-restore",
                "iptables-legacy-save",
            ],
            Family::V6 => &[
                "ipset",
                "ip6tables-legacy",
                "ip6tables-legacy-restore",
                "ip6tables-legacy-save",
            ],
        }
    }

    fn prepare(&self, netns: &Netns) -> Result<(), CommandError> {
        let sets = match self.0 {
            Family::V4 | Family::Arp => SETS,
            Family::V6 => SETS6,
        };
        if has_program(ACCOUNTS) {
            run_ok(netns, &format!("{ACCOUNTS} add {ACCOUNT}"), "")?;
        }
        run_ok(netns, "ipset restore", sets).map(drop)
    }

    fn text(&self, random: &mut Random) -> Text {
        script::text(self.0, random)
    }

    fn vocabulary(&self) -> Vec<Word> {
        vocabulary::of(self.0)
    }

    fn real(&self, netns: &Netns, text: &str) -> Result<Result<Printed, String>, CommandError> {
        let program = self.program();
        run_ok(netns, &format!("{program}-restore"), &empty())?;
        for (again, part) in parts(text) {
            let flags = if again { "-c -n" } else { "-c" };
            let restored = run(netns, &format!("{program}-restore {flags}"), part)?;
            if !restored.success {
                return Ok(Err(restored.stderr));
            }
        }
        let mut printed = Vec::new();
        for table in tables_of(text) {
            let command = format!("{program}-save -c -t {table}");
            let out = run_ok(netns, &command, "")?;
            let lines = out.lines().filter(|line| !line.starts_with('#'));
            printed.push((command, lines.map(|line| format!("{line}\n")).collect()));
            for flags in ["-S", "-vS"].into_iter().chain(LISTS.map(|list| list.0)) {
                let command = format!("{program} -t {table} {flags}");
                let out = run_ok(netns, &command, "")?;
                printed.push((command, out));
            }
            let command = format!("{program} -t {table} -L");
            let out = run_ok(netns, &command, "")?;
            printed.push((command, out));
        }
        Ok(Ok(printed))
    }

    fn ours(&self, text: &str) -> Result<Printed, String> {
        let (family, program) = (self.0, self.program());
        let mut set = Ruleset::new(family);
        iptables::restore(&empty(), &mut set, RestoreOptions::default());
        for (noflush, part) in parts(text) {
            let found = iptables::restore(part, &mut set, RestoreOptions { noflush });
            if let Some(error) = found.iter().find(|d| refuses(d)) {
                return Err(error.to_string());
            }
            if uncounted(&set) {
                return Err("there is no such accounting object".to_owned());
            }
            if let Some(name) = absent(&set) {
                return Err(format!("there is no set `{name}`"));
            }
        }
        let mut printed = Vec::new();
        for name in tables_of(text) {
            let Some(table) = set.table(name) else {
                continue;
            };
            let mut out = String::new();
            save_table(table, family, true, &mut out);
            printed.push((format!("{program}-save -c -t {name}"), out));
            for (flags, counters) in [("-S", false), ("-vS", true)] {
                let out = list_rules(table, family, None, counters);
                printed.push((format!("{program} -t {name} {flags}"), out));
            }
            for (flags, options) in LISTS {
                let out = list(table, family, None, options);
                printed.push((format!("{program} -t {name} {flags}"), out));
            }
            let out = list_named(table, family, None, ListOptions::default());
            printed.push((format!("{program} -t {name} -L"), out));
        }
        Ok(printed)
    }
}
