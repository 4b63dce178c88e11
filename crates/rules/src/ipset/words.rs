//! A line of `ipset restore`, taken apart (lib/ipset.c: `build_argv`,
//! `ipset_match_cmd`, `ipset_match_envopt`).

use std::borrow::Cow;

use crate::text::Word;

/// A line that the tool does not read in one piece is longer than this.
pub(super) const LONGEST: usize = 1022;

/// The most words of a line.
pub(super) const MOST: usize = 29;

/// Splits a line at blanks. A quotation mark begins and ends a stretch in
/// which blanks are text, wherever in a word it stands; nothing is escaped,
/// and a word of nothing but quotation marks is none. Says whether a
/// quotation mark was left open.
pub(super) fn words_into<'a>(line: &'a str, list: &mut Vec<Word<'a>>) -> bool {
    list.clear();
    let blank = |c| matches!(c, ' ' | '\t' | '\r' | '\n');
    let mut column = 0;
    let mut rest = line;
    loop {
        let trimmed = rest.trim_start_matches(blank);
        column += count(rest) - count(trimmed);
        rest = trimmed;
        if rest.is_empty() {
            return false;
        }
        let mut quoted = false;
        let end = rest.find(|c: char| {
            quoted ^= c == '"';
            !quoted && blank(c)
        });
        let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
        let length = count(word);
        let text = if word.contains('"') {
            Cow::Owned(word.replace('"', ""))
        } else {
            Cow::Borrowed(word)
        };
        if !text.is_empty() {
            list.push(Word {
                text,
                column: column + 1,
                length,
            });
        }
        if quoted {
            return true;
        }
        column += length;
        rest = behind;
    }
}

fn count(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

/// What a line can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    Create,
    Add,
    Del,
    Test,
    Destroy,
    List,
    Save,
    Restore,
    Flush,
    Rename,
    Swap,
    Help,
    Version,
    Quit,
}

/// In the order in which the tool tries them: any beginning of a name will do.
pub(super) const COMMANDS: [(Command, [&str; 3]); 14] = [
    (Command::Create, ["create", "new", "-N"]),
    (Command::Add, ["add", "-A", ""]),
    (Command::Del, ["del", "-D", ""]),
    (Command::Test, ["test", "-T", ""]),
    (Command::Destroy, ["destroy", "x", "-X"]),
    (Command::List, ["list", "-L", ""]),
    (Command::Save, ["save", "-S", ""]),
    (Command::Restore, ["restore", "-R", ""]),
    (Command::Flush, ["flush", "-F", ""]),
    (Command::Rename, ["rename", "e", "-E"]),
    (Command::Swap, ["swap", "w", "-W"]),
    (Command::Help, ["help", "-h", "-H"]),
    (Command::Version, ["version", "-v", "-V"]),
    (Command::Quit, ["quit", "", ""]),
];

/// The names of the commands that change sets.
pub fn commands() -> impl Iterator<Item = &'static str> {
    let known = COMMANDS.iter().filter(|(command, _)| command.changes());
    known.map(|(_, [name, ..])| *name)
}

impl Command {
    fn changes(self) -> bool {
        self.needs() > 0 || matches!(self, Self::Destroy | Self::Flush)
    }

    pub(super) fn find(word: &str) -> Option<Self> {
        let begun = word.strip_prefix("--").unwrap_or(word);
        if begun.is_empty() || word == "-" {
            return None;
        }
        COMMANDS
            .iter()
            .find(|(_, names)| names.iter().any(|name| name.starts_with(begun)))
            .map(|(command, _)| *command)
    }

    /// How many words have to come behind it.
    pub(super) fn needs(self) -> usize {
        match self {
            Self::Create | Self::Add | Self::Del | Self::Test | Self::Rename | Self::Swap => 2,
            _ => 0,
        }
    }
}

/// An option that may stand anywhere in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Global {
    Exist,
    Quiet,
    /// Of no consequence for what is loaded.
    Idle,
    /// Likewise, with a word behind it.
    IdleWord,
    File,
}

/// The option that a word is, wherever in the line it stands.
pub(super) fn global(word: &str) -> Option<Global> {
    let word = word
        .strip_prefix('-')
        .filter(|w| w.starts_with('-'))
        .unwrap_or(word);
    Some(match word {
        "-!" | "-exist" => Global::Exist,
        "-q" | "-quiet" => Global::Quiet,
        "-r" | "-resolve" | "-s" | "-sorted" | "-n" | "-name" | "-t" | "-terse" => Global::Idle,
        "-o" | "-output" => Global::IdleWord,
        "-f" | "-file" => Global::File,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &[(&str, u32, u32)]) {
        let mut list = Vec::new();
        assert!(!words_into(line, &mut list));
        let list: Vec<_> = list
            .iter()
            .map(|w| (w.text.as_ref(), w.column, w.length))
            .collect();
        assert_eq!(list, expected);
    }

    /// As ipset 7.17 took them.
    #[test]
    fn quotation_marks_may_stand_in_a_word() {
        check(
            "add  a 1.2.3.4",
            &[("add", 1, 3), ("a", 6, 1), ("1.2.3.4", 8, 7)],
        );
        check(
            r#"x "two words" y"#,
            &[("x", 1, 1), ("two words", 3, 11), ("y", 15, 1)],
        );
        check(
            r#"a"b c" "x"y "" z"#,
            &[("ab c", 1, 6), ("xy", 8, 4), ("z", 16, 1)],
        );
        assert!(words_into("a \"b", &mut Vec::new()));
    }

    #[test]
    fn beginnings_of_commands() {
        assert_eq!(Command::find("c"), Some(Command::Create));
        assert_eq!(Command::find("--d"), Some(Command::Del));
        assert_eq!(Command::find("des"), Some(Command::Destroy));
        assert_eq!(Command::find("s"), Some(Command::Save));
        assert_eq!(Command::find("-N"), Some(Command::Create));
        assert_eq!(Command::find("-"), None);
        assert_eq!(Command::find("creates"), None);
    }
}
