//! Everything that a run is to see taken: extensions, their options with and without
//! `!`, what belongs to no extension, and commands.

use packetwalk_rules::Family;
use packetwalk_rules::xt::{MatchKind, Opt, TargetKind, match_names, target_names};

use super::rule::RULE;
use super::script::COMMAND;
use super::values::values;
use crate::build::has_program;
use crate::language::Word;

/// Options of rules; `-f` is IPv4's.
const RULE_OPTIONS: &[&str] = &[
    "-s", "! -s", "-d", "! -d", "-i", "! -i", "-o", "! -o", "-p", "! -p", "-c", "-j CHAIN",
    "-g CHAIN",
];
const COMMANDS: &[&str] = &[
    "-I",
    "-A",
    "-D",
    "-D NUMBER",
    "-R",
    "-C",
    "-F",
    "-F CHAIN",
    "-Z",
    "-Z CHAIN",
    "-Z CHAIN NUMBER",
    "-N",
    ":CHAIN",
    "-X",
    "-E",
    "-P",
    "-P -c",
];

/// All of it.
pub fn of(family: Family) -> Vec<Word> {
    let mut words = Vec::new();
    let mut add = |extension: &str, option: &str| {
        words.push((extension.to_owned(), option.to_owned()));
    };
    let counted = has_program(super::ACCOUNTS);
    for name in match_names(family).filter(|name| *name != "nfacct" || counted) {
        add(name, "");
        let options = MatchKind::find(name, family).map_or(&[][..], |k| k.options(family));
        extension(name, options, &mut add);
    }
    for name in target_names(family) {
        add(name, "");
        let options = TargetKind::find(name, family).map_or(&[][..], |k| k.options(family));
        extension(name, options, &mut add);
    }
    for verdict in ["ACCEPT", "DROP", "RETURN"] {
        add(verdict, "");
    }
    let fragments: &[&str] = match family {
        Family::V4 | Family::Arp => &["-f", "! -f"],
        Family::V6 => &[],
    };
    RULE_OPTIONS
        .iter()
        .chain(fragments)
        .for_each(|option| add(RULE, option));
    COMMANDS.iter().for_each(|command| add(COMMAND, command));
    words
}

fn extension(name: &str, options: &[Opt], add: &mut impl FnMut(&str, &str)) {
    // What hangs on the machine is left out.
    let tried = |o: &&Opt| values(name, o.name).is_none_or(|v| !v.right.is_empty());
    for option in options.iter().filter(tried) {
        add(name, &format!("--{}", option.name));
        if option.invert {
            add(name, &format!("! --{}", option.name));
        }
    }
}
