//! Where in a line something is wrong, and the words of a line that are left to a
//! command.

use super::read::Read;
use crate::diag::{Diagnostic, Problem, Severity, Span};
use crate::text::Word;

/// What is wrong with a line, and where in it.
pub(super) struct Fault {
    problem: Problem,
    pub severity: Severity,
    /// The word, and the part of it.
    word: usize,
    pub part: Option<(usize, usize)>,
    pub option: &'static str,
}

pub(super) type Line<T> = Result<T, Fault>;

impl Fault {
    pub(super) fn new(problem: Problem, word: usize) -> Self {
        Self {
            problem,
            severity: Severity::Error,
            word,
            part: None,
            option: "",
        }
    }

    pub(super) fn place(self, words: &[Word<'_>], line: u32) -> Diagnostic {
        let mut span = Span {
            line,
            column: 1,
            length: 1,
        };
        // Whatever is missing, is missing behind the last word.
        if let Some(word) = words.get(self.word).or(words.last()) {
            span = word.span(line);
            let plain = word.length as usize == word.text.len();
            if let (Some((at, length)), true) = (self.part, plain) {
                span.column += u32::try_from(at).unwrap_or(0);
                span.length = u32::try_from(length.max(1)).unwrap_or(1);
            }
        }
        Diagnostic {
            severity: self.severity,
            span,
            message: self.problem.message,
            hint: self.problem.hint,
            option: self.option.to_owned(),
        }
    }
}

/// Puts a problem at a word.
pub(super) fn at<T>(word: usize, read: Read<T>) -> Line<T> {
    read.map_err(|problem| Fault::new(problem, word))
}

/// Words of a line, those of global options left out.
pub(super) struct Args<'a, 'w> {
    pub words: &'a [Word<'w>],
    pub args: &'a [usize],
}

impl Args<'_, '_> {
    pub(super) fn len(&self) -> usize {
        self.args.len()
    }

    pub(super) fn place(&self, nth: usize) -> usize {
        self.args.get(nth).copied().unwrap_or(self.words.len())
    }

    pub(super) fn text(&self, nth: usize) -> &str {
        let word = self.words.get(self.place(nth));
        word.map_or("", |word| word.text.as_ref())
    }

    pub(super) fn fault(&self, problem: Problem, nth: usize, option: &'static str) -> Fault {
        let mut fault = Fault::new(problem, self.place(nth));
        fault.option = option;
        fault
    }

    pub(super) fn missing(&self, option: &'static str) -> Fault {
        let problem = Problem::new(format!("`{option}` needs a value"));
        self.fault(problem, self.len().saturating_sub(1), option)
    }
}
