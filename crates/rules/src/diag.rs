//! What was wrong with a text, where, and what to do about it.

use std::fmt;

/// A place in a text. Lines and columns count from 1; columns and length count
/// characters, not bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Line, from 1; 0 where there is no place in a text.
    pub line: u32,
    /// Column of the first character, from 1.
    pub column: u32,
    /// Number of characters.
    pub length: u32,
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Loaded, and worth a word: an extension that is kept but not understood.
    Warning,
    /// The real tool refuses this; what the message speaks of was left out.
    Error,
}

/// One thing that was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Refused, or only remarkable.
    pub severity: Severity,
    /// Where in the text.
    pub span: Span,
    /// What is wrong, in plain words.
    pub message: String,
    /// What to do about it; empty if there is nothing to say.
    pub hint: String,
    /// The option it is about, as `--dport`; empty if it is about none.
    pub option: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{}: {word}: {}", self.span, self.message)?;
        if !self.hint.is_empty() {
            write!(f, " ({})", self.hint)?;
        }
        Ok(())
    }
}

/// What could be read, and everything that could not.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed<T> {
    /// What could be read.
    pub value: T,
    /// In the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl<T> Parsed<T> {
    /// The diagnostics that the real tool would have refused the text for.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics
            .iter()
            .filter(|d| d.severity == Severity::Error)
    }
}

/// A problem that does not know its place yet: what option parsers return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl Problem {
    /// A problem without a hint.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: String::new(),
        }
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

impl From<String> for Problem {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}

impl From<&str> for Problem {
    fn from(message: &str) -> Self {
        Self::new(message)
    }
}

/// The candidate that differs least from `word`, if it differs little enough to
/// have been meant (edit distance of at most a third of its length).
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > 64 {
        return None;
    }
    candidates
        .map(|c| (distance(word, c), c))
        .filter(|(d, c)| *d <= 1 + c.len() / 5 && *d < c.len())
        .min_by_key(|(d, _)| *d)
        .map(|(_, c)| c)
}

/// Levenshtein distance with a swap of neighbours counted once.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let width = b.len() + 1;
    let mut older = vec![0; width];
    let mut old: Vec<usize> = (0..width).collect();
    for (i, x) in a.iter().enumerate() {
        let mut new = vec![i + 1; width];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], k: usize| row.get(k).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&old, j) + usize::from(x != y))
                .min(at(&old, j + 1) + 1)
                .min(at(&new, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&older, j - 1) + 1);
            }
            if let Some(cell) = new.get_mut(j + 1) {
                *cell = best;
            }
        }
        older = old;
        old = new;
    }
    old.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let names = ["--dport", "--sport", "--tcp-flags"];
        assert_eq!(nearest("--dprot", names.into_iter()), Some("--dport"));
        assert_eq!(
            nearest("--tcpflags", names.into_iter()),
            Some("--tcp-flags")
        );
        assert_eq!(nearest("--reject-with", names.into_iter()), None);
    }
}
