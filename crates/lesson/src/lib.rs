#![doc = env!("CARGO_PKG_DESCRIPTION")]
//!
//! A lesson is a text that anybody can write (see `docs/lessons.md`). [`parse()`]
//! makes a [`Lesson`] of it, and says where it cannot. A lesson has [`Scene`]s,
//! each a machine, changes to it and a flow, and [`Card`]s, each something to
//! read, to predict or to try. Where a card stands on the walk is a
//! [`place::Place`], never a number of a step; what a lesson claims is a
//! [`claim::Claim`] about the walk. Nothing that a lesson says is true because
//! it says so: `tests/lessons.rs` holds every claim against the walk, and
//! against what a real kernel said.
//!
//! [`page`] is all of it as plain data for the page; [`site`] is a lesson's own
//! page, its picture, and what other sites are told of it.
//!
//! ```
//! let text = "---\npacketwalk: lesson 1\nmachine: m\ntitle en: One\n---\n\n# scene\nflow: c1 pnig c2\n";
//! let (lesson, problems) = packetwalk_lesson::parse("01-one.md", text);
//! assert_eq!(lesson.id, "one");
//! assert!(problems.iter().any(|problem| problem.line == 8), "{problems:?}");
//! ```
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

pub mod change;
pub mod claim;
mod lines;
pub mod page;
mod parse;
pub mod place;
pub mod run;
pub mod site;
pub mod text;

use std::fmt;

pub use parse::parse;

use change::Change;
use claim::Claim;
use place::Place;
use text::Both;

/// A lesson.
#[derive(Clone, Debug, Default)]
pub struct Lesson {
    /// Its name: that of its file, without the number in front and the ending.
    pub id: String,
    /// What a list of lessons calls it.
    pub title: Both,
    /// One sentence on what it is about.
    pub about: Both,
    /// The machines and flows, in the order of the text.
    pub scenes: Vec<Scene>,
    /// What is shown, one after the other.
    pub cards: Vec<Card>,
}

impl Lesson {
    /// The name under which a scene is recorded (`tests/corpus/lessons`).
    #[must_use]
    pub fn case(&self, scene: usize) -> String {
        match self.scenes.get(scene).map(|scene| scene.name.as_str()) {
            None | Some("") => self.id.clone(),
            Some(name) => format!("{}-{name}", self.id),
        }
    }
}

/// A machine, what is changed on it, and what is tried there.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// Its name within the lesson; empty for the first, unless it has one.
    pub name: String,
    /// The machine's snapshot: a path from the folder of the lessons.
    pub machine: String,
    /// What is changed, in order. What a `try` changes comes after what the
    /// scene before it had changed.
    pub changes: Vec<Change>,
    /// How many of the changes are the scene's own: the last ones.
    pub own: usize,
    /// The flow.
    pub flow: String,
    /// What is claimed of the walk.
    pub claims: Vec<Claim>,
    /// Does it follow from the scene before it, by a `try`?
    pub follows: bool,
    /// The line of the text that it begins on.
    pub line: usize,
}

/// Something to read.
#[derive(Clone, Debug)]
pub struct Card {
    /// What it asks of the reader.
    pub kind: CardKind,
    /// Which of the lesson's scenes it belongs to.
    pub scene: usize,
    /// Where the walk stands, if the card says so.
    pub at: Option<Place>,
    /// Its words.
    pub body: Both,
    /// The line of the text that it begins on.
    pub line: usize,
}

/// What a card asks of the reader.
#[derive(Clone, Debug)]
pub enum CardKind {
    /// To read.
    Say,
    /// To predict.
    Ask(Vec<Answer>),
    /// To try a change, or another flow.
    Try,
}

/// An answer that can be chosen.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Its words.
    pub choice: Both,
    /// What is said to who has chosen it.
    pub feedback: Both,
    /// It is right if all of these hold.
    pub when: Vec<Claim>,
}

/// Something in a lesson that cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, counted from 1.
    pub line: usize,
    /// The character of the line, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Why a value cannot be read: column from 0, message and hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The character of the value, counted from 0.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it; empty if there is nothing to say.
    pub hint: String,
}

impl Wrong {
    pub(crate) fn new(column: usize, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            column,
            message: message.into(),
            hint: hint.into(),
        }
    }
}

impl Problem {
    pub(crate) fn at(line: usize, column: usize, message: impl Into<String>) -> Self {
        Self {
            line,
            column,
            message: message.into(),
            hint: None,
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        self.hint = (!hint.is_empty()).then_some(hint);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            column,
            message,
            ..
        } = self;
        write!(f, "line {line}, column {column}: {message}")?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}
