//! Commands: `-A`, `-I`, `-D` and the like, and what belongs to them.

use super::super::EbVerdict;
use super::Reader;
use crate::diag::Problem;
use crate::num;

/// What a line wants done.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::ebt) enum Command {
    Append,
    /// Before the rule of this number.
    Insert(usize),
    Delete,
    /// The first and the last number; `usize::MAX` is the end.
    DeleteRange(usize, usize),
    /// Does the chain have such a rule? Nothing changes.
    Check,
    Flush,
    /// A new chain, perhaps with a policy.
    New(Option<EbVerdict>),
    DeleteChain,
    Rename(String),
    Policy(EbVerdict),
    Zero,
}

impl Reader<'_, '_> {
    pub(super) fn command(&mut self, here: usize, letter: char) {
        let after_new = letter == 'P' && self.command == Some(Command::New(None));
        if self.command.is_some() && !after_new {
            self.error(here, "", "a line has one command only");
        }
        let chain_at = self.at;
        if !after_new {
            let chain = match letter {
                'F' | 'X' | 'Z' => self.next_plain(),
                _ => self.next(),
            };
            match chain {
                Some(chain) if !chain.starts_with('-') && chain != "!" => {
                    self.chain = Some((chain.to_owned(), self.span(chain_at)));
                }
                _ if matches!(letter, 'F' | 'X' | 'Z') => {}
                _ => {
                    self.error(here, "", "the chain's name is missing");
                    return;
                }
            }
        }
        self.command = Some(match letter {
            'A' => Command::Append,
            'c' => Command::Check,
            'F' => Command::Flush,
            'N' => Command::New(None),
            'X' => Command::DeleteChain,
            'Z' => Command::Zero,
            'I' => match self.next_plain() {
                None => Command::Insert(1),
                Some(word) => match num::parse(word, 0x7fff_ffff) {
                    Ok(n) if n > 0 => Command::Insert(usize::try_from(n).unwrap_or(usize::MAX)),
                    _ => {
                        let problem = Problem::new(format!("`{word}` is no rule's number"));
                        return self.error(self.at - 1, "", problem.hint("the first is 1"));
                    }
                },
            },
            'D' => match self.next_plain() {
                None => Command::Delete,
                Some(word) => match rule_range(word) {
                    Some((first, last)) => Command::DeleteRange(first, last),
                    None => {
                        let problem = Problem::new(format!("`{word}` is no rule's number"));
                        let problem = problem.hint("a number, or FIRST:LAST");
                        return self.error(self.at - 1, "", problem);
                    }
                },
            },
            'E' => match self.next() {
                Some(to) => Command::Rename(to.to_owned()),
                None => return self.error(here, "", "the new name is missing"),
            },
            _ => match self.next().map(|word| (word, EbVerdict::parse(word))) {
                Some((_, Some(policy))) if policy != EbVerdict::Continue => match after_new {
                    true => Command::New(Some(policy)),
                    false => Command::Policy(policy),
                },
                Some((word, _)) => {
                    let problem = Problem::new(format!("`{word}` is no policy"))
                        .hint("ACCEPT or DROP; RETURN for a chain of the user");
                    return self.error(self.at - 1, "", problem);
                }
                None => return self.error(here, "", "the policy is missing"),
            },
        });
    }
}

/// Whether the command has a rule behind it.
pub(super) fn takes_rule(command: &Command) -> bool {
    matches!(
        command,
        Command::Append
            | Command::Insert(_)
            | Command::Delete
            | Command::DeleteRange(..)
            | Command::Check
    )
}

/// Reads `NUMBER`, `FIRST:LAST`, `FIRST:` or `:LAST`.
fn rule_range(word: &str) -> Option<(usize, usize)> {
    let number = |text: &str| text.parse::<usize>().ok().filter(|n| *n > 0);
    match word.split_once(':') {
        None => number(word).map(|n| (n, n)),
        Some((first, last)) => {
            let first = if first.is_empty() { 1 } else { number(first)? };
            let last = if last.is_empty() {
                usize::MAX
            } else {
                number(last)?
            };
            Some((first, last))
        }
    }
}
