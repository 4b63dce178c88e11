//! A random line of a bridge's or ARP's tool, word by word.

use super::Word;
use crate::conform::Random;

/// An option: its spellings, the first of which names it, whether `!` may stand with it, and values for it
/// (none for a flag) and wrong ones; `|` stands between them.
pub struct Opt(
    pub &'static str,
    pub bool,
    pub &'static str,
    pub &'static str,
);

/// A line as it grows.
pub(super) struct Line<'a> {
    /// What draws.
    pub random: &'a mut Random,
    /// How often something is wrong, in percent of the places where it could.
    pub wrong: usize,
    /// The words so far.
    pub words: Vec<String>,
    /// What they use.
    pub used: Vec<Word>,
}

impl Line<'_> {
    /// Adds an option with a value.
    pub fn option(&mut self, extension: &str, option: &Opt) {
        let Opt(names, invertible, right, wrong) = option;
        let slips = if self.wrong > 0 { 1 } else { 0 };
        let inverted = self.random.chance(if *invertible { 20 } else { slips });
        let behind = inverted && self.random.chance(50);
        if inverted && !behind {
            self.words.push("!".to_owned());
        }
        self.words.push(one(self.random, names).to_owned());
        if behind {
            self.words.push("!".to_owned());
        }
        if !right.is_empty() {
            let values = if self.random.chance(self.wrong) {
                wrong
            } else {
                right
            };
            self.words.push(one(self.random, values).to_owned());
        }
        let name = names.split('|').next().unwrap_or("");
        let bang = if inverted { "! " } else { "" };
        self.used
            .push((extension.to_owned(), format!("{bang}{name}")));
    }
}

/// One of the words that `|` stands between.
pub(super) fn one<'a>(random: &mut Random, words: &'a str) -> &'a str {
    let number = random.below(words.split('|').count());
    words.split('|').nth(number).unwrap_or("")
}
