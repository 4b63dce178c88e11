//! What came of a run, and how much of the language it tried.

use std::collections::BTreeMap;
use std::fmt;

use super::{Complaint, Difference, Text};

/// An extension and one of its options; the extension itself if that is empty.
pub type Word = (String, String);

/// Refusals of what was meant to be right that are shown.
const SHOWN: usize = 3;

/// What came of a run.
#[derive(Debug, Default)]
pub struct Report {
    /// Texts that were compared.
    pub texts: usize,
    /// Rules in them.
    pub rules: usize,
    /// Texts that both took.
    pub taken: usize,
    /// Rules in those.
    pub rules_taken: usize,
    /// Texts that both refused.
    pub refused: usize,
    /// How often a text with the word was taken by both.
    pub used: BTreeMap<Word, usize>,
    /// The differences.
    pub differences: Vec<Difference>,
    /// Texts that both refused though they were made to be right.
    pub unexpected: Vec<Complaint>,
}

impl Report {
    /// Nothing done yet, of what there is to try.
    pub fn new(vocabulary: Vec<Word>) -> Self {
        Self {
            used: vocabulary.into_iter().map(|word| (word, 0)).collect(),
            ..Self::default()
        }
    }

    /// Counts a text that both took, or both refused.
    pub(super) fn agreed(&mut self, text: &Text, complaint: Option<Complaint>) {
        self.texts += 1;
        self.rules += text.rules.max(1);
        match complaint {
            Some(complaint) => {
                self.refused += 1;
                if text.right {
                    self.unexpected.push(complaint);
                }
            }
            None => {
                self.taken += 1;
                self.rules_taken += text.rules;
                for word in &text.used {
                    *self.used.entry(word.clone()).or_default() += 1;
                }
            }
        }
    }

    /// Counts a text that shows a difference.
    pub(super) fn differed(&mut self, text: &Text, found: Difference) {
        self.texts += 1;
        self.rules += text.rules.max(1);
        self.differences.push(found);
    }

    /// What no text with it was taken of.
    pub fn never(&self) -> impl Iterator<Item = &Word> {
        let never = self.used.iter().filter(|(_, times)| **times == 0);
        never.map(|(word, _)| word)
    }

    /// The extensions and how often each option was in a text that both took.
    pub fn coverage(&self) -> String {
        let mut out = String::new();
        let mut last = None;
        for ((extension, option), times) in &self.used {
            if last != Some(extension) {
                out.push_str(if last.is_none() { "  " } else { "\n  " });
                out.push_str(extension);
                last = Some(extension);
            } else {
                out.push(',');
            }
            let blank = if option.is_empty() { "" } else { " " };
            out.push_str(&format!("{blank}{option} {times}"));
        }
        out + "\n"
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} rules in {} texts: {} taken by both (with {} rules), {} refused by both, {} differences",
            self.rules,
            self.texts,
            self.taken,
            self.rules_taken,
            self.refused,
            self.differences.len()
        )?;
        if !self.unexpected.is_empty() {
            writeln!(
                f,
                "{} of the refused ones were made to be right; both say of some:",
                self.unexpected.len()
            )?;
            for Complaint { real, ours } in self.unexpected.iter().take(SHOWN) {
                writeln!(f, "  {}\n  {}", real.trim_end(), ours.trim_end())?;
            }
        }
        let never: Vec<String> = self
            .never()
            .map(|(extension, option)| format!("{extension} {option}"))
            .collect();
        match never.is_empty() {
            true => writeln!(
                f,
                "all {} extensions and options were taken",
                self.used.len()
            ),
            false => writeln!(f, "never taken: {}", never.join(", ")),
        }
    }
}
