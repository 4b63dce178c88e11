//! What a lesson claims of a walk, and whether it holds.
//!
//! | claim | holds if |
//! | --- | --- |
//! | `result timeout` | the program sees this (a line of `--format result`) |
//! | `seen 172.17.0.1` | the far end takes this address for its client |
//! | `log TEXT`, `no log TEXT` | a line of the kernel's log contains it, or none does |
//! | `reaches PLACE`, `never PLACE` | the walk comes to a place, or does not |

use std::fmt;

use packetwalk_view::result;
use packetwalk_view::timeline::Timeline;

use crate::Wrong;
use crate::place::Place;

/// A claim about a walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    what: What,
    text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Result(String),
    Seen(String),
    Log(String),
    NoLog(String),
    Reaches(Place),
    Never(Place),
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Claim {
    /// Reads a claim.
    ///
    /// # Errors
    ///
    /// Where it is no claim.
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        let place = |rest: &str| {
            let offset = text.chars().count() - rest.chars().count();
            Place::parse(rest).map_err(|wrong| Wrong {
                column: wrong.column + offset,
                ..wrong
            })
        };
        let unknown = || {
            Wrong::new(
                0,
                format!("cannot make sense of the claim {text:?}"),
                "there are result WORD, seen ADDRESS, log TEXT, no log TEXT, reaches PLACE, never PLACE",
            )
        };
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let rest = rest.trim_start();
        let what = match word {
            "result" if !rest.is_empty() => What::Result(rest.to_owned()),
            "seen" if !rest.is_empty() => What::Seen(rest.to_owned()),
            "log" if !rest.is_empty() => What::Log(rest.to_owned()),
            "no" => match rest.strip_prefix("log ") {
                Some(rest) => What::NoLog(rest.trim().to_owned()),
                None => return Err(unknown()),
            },
            "reaches" => What::Reaches(place(rest)?),
            "never" => What::Never(place(rest)?),
            _ => return Err(unknown()),
        };
        Ok(Self {
            what,
            text: text.to_owned(),
        })
    }

    /// Does it hold of this walk?
    #[must_use]
    pub fn holds(&self, timeline: &Timeline) -> bool {
        let walk = timeline.walk();
        let log = || timeline.log().iter().map(|line| line.text.as_str());
        match &self.what {
            What::Result(wanted) => walk.outcome.to_string() == *wanted,
            What::Seen(wanted) => result::seen(walk).as_ref() == Some(wanted),
            What::Log(text) => logged(log(), text),
            What::NoLog(text) => !logged(log(), text),
            What::Reaches(place) => place.find(timeline, 0).is_some(),
            What::Never(place) => place.find(timeline, 0).is_none(),
        }
    }

    /// Does it hold of what a real kernel said: the line of `result.txt`, and
    /// the lines that it logged? `None` where that alone does not tell.
    #[must_use]
    pub fn holds_of_record(&self, result: &str, log: &[&str]) -> Option<bool> {
        let log = || log.iter().copied();
        match &self.what {
            What::Result(wanted) => {
                Some(result == wanted || (wanted == "ok" && result.starts_with("ok ")))
            }
            What::Seen(wanted) => Some(result.strip_prefix("ok ") == Some(wanted)),
            What::Log(text) => Some(logged(log(), text)),
            What::NoLog(text) => Some(!logged(log(), text)),
            What::Reaches(_) | What::Never(_) => None,
        }
    }
}

fn logged<'a>(mut log: impl Iterator<Item = &'a str>, text: &str) -> bool {
    log.any(|line| line.contains(text))
}
