//! The language of the tools, held against the tools themselves.
//!
//! A [`Tool`] writes random texts, right ones and wrong ones. Each is given to
//! the real program in a network namespace and to `packetwalk-rules`: both have
//! to take it or both to refuse it, and what both print of it has to be equal,
//! byte for byte. The seed of a text is all that is needed to see it again.

use std::fmt;

use packetwalk_rules::Family;

use crate::build::has_program;
use crate::command::CommandError;
use crate::conform::Random;
use crate::netns::Netns;

mod arptables;
mod ebtables;
mod ipset;
mod iptables;
mod line;
mod report;
mod shrink;

pub use report::{Report, Word};

/// Lines of an output that are shown where the other side refuses a text.
const SHOWN: usize = 12;

/// What a tool prints of a rule set: a name for the command, and its output.
pub type Printed = Vec<(String, String)>;

/// A random text.
#[derive(Debug, Clone, Default)]
pub struct Text {
    /// What is given to the tool.
    pub text: String,
    /// How many rules or commands it holds.
    pub rules: usize,
    /// Whether it was made of what should be taken.
    pub right: bool,
    /// What it uses: extensions (with an empty option) and their options.
    pub used: Vec<Word>,
}

/// One of the programs whose language is compared.
pub trait Tool {
    /// Its name on the command line.
    fn name(&self) -> &'static str;

    /// Makes what rules may speak of: sets.
    ///
    /// # Errors
    ///
    /// If the program for it does not start.
    fn prepare(&self, netns: &Netns) -> Result<(), CommandError> {
        let _ = netns;
        Ok(())
    }

    /// The programs that it needs.
    fn programs(&self) -> &'static [&'static str];

    /// A random text.
    fn text(&self, random: &mut Random) -> Text;

    /// All that texts may use and that this machine should take.
    fn vocabulary(&self) -> Vec<Word>;

    /// What the real program says to it: what it prints then, or its complaint.
    ///
    /// # Errors
    ///
    /// If the program does not start.
    fn real(&self, netns: &Netns, text: &str) -> Result<Result<Printed, String>, CommandError>;

    /// What `packetwalk-rules` says to it.
    fn ours(&self, text: &str) -> Result<Printed, String>;
}

/// The tools there are.
pub const TOOLS: &[&dyn Tool] = &[
    &iptables::Iptables(Family::V4),
    &iptables::Iptables(Family::V6),
    &ebtables::Ebtables,
    &arptables::Arptables,
    &ipset::Ipset,
];

/// What keeps a tool from being compared on this machine; empty if nothing does.
pub fn missing(tool: &dyn Tool) -> Vec<String> {
    let mut missing = Vec::new();
    if !nix::unistd::geteuid().is_root() {
        missing.push("root".to_owned());
    }
    let programs = tool.programs().iter();
    missing.extend(
        programs
            .filter(|program| !has_program(program))
            .map(|program| format!("the program {program}")),
    );
    missing
}

/// Where the two do not agree.
#[derive(Debug)]
pub struct Difference {
    /// The seed that makes the text.
    pub seed: u64,
    /// The text, with the lines that do not matter left out.
    pub text: String,
    /// The command whose output differs, or empty if only one of them refuses.
    pub command: String,
    /// What the real program prints or complains of.
    pub real: String,
    /// What `packetwalk-rules` prints or complains of.
    pub ours: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}:\n{}", self.seed, self.text.trim_end())?;
        if !self.command.is_empty() {
            writeln!(f, "{}", self.command)?;
        }
        writeln!(f, "  real: {}", self.real.trim_end())?;
        writeln!(f, "  ours: {}", self.ours.trim_end())
    }
}

/// What both say of a text that both refuse.
#[derive(Debug, Clone)]
pub struct Complaint {
    /// The real program's words.
    pub real: String,
    /// Ours.
    pub ours: String,
}

/// Compares texts until they hold so many rules; stops at `most` differences.
///
/// # Errors
///
/// If a program does not start.
pub fn run(
    tool: &dyn Tool,
    seed: u64,
    rules: usize,
    most: usize,
) -> Result<Report, Box<dyn std::error::Error>> {
    let netns = Netns::create(tool.name())?;
    tool.prepare(&netns)?;
    let mut report = Report::new(tool.vocabulary());
    let mut next = seed;
    while report.rules < rules && report.differences.len() < most {
        let text = tool.text(&mut Random::new(next));
        match compare(tool, &netns, next, &text.text)? {
            Ok(complaint) => report.agreed(&text, complaint),
            Err(found) => {
                let found = shrink::shrink(tool, &netns, found)?;
                report.differed(&text, found);
            }
        }
        next = next.wrapping_add(1);
    }
    Ok(report)
}

/// What both agree on (the complaint, if both refuse), or where they differ.
fn compare(
    tool: &dyn Tool,
    netns: &Netns,
    seed: u64,
    text: &str,
) -> Result<Result<Option<Complaint>, Difference>, CommandError> {
    let difference = |command: &str, real: &str, ours: &str| Difference {
        seed,
        text: text.to_owned(),
        command: command.to_owned(),
        real: real.to_owned(),
        ours: ours.to_owned(),
    };
    let taken = |printed: &Printed| match printed.first() {
        Some((command, out)) => {
            let lines: Vec<&str> = out.lines().take(SHOWN).collect();
            format!("takes it; {command}:\n{}", lines.join("\n"))
        }
        None => "takes it".to_owned(),
    };
    Ok(match (tool.real(netns, text)?, tool.ours(text)) {
        (Err(real), Err(ours)) => Ok(Some(Complaint { real, ours })),
        (Ok(real), Err(ours)) => Err(difference("", &taken(&real), &ours)),
        (Err(real), Ok(ours)) => Err(difference("", &real, &taken(&ours))),
        (Ok(real), Ok(ours)) => match real.iter().zip(&ours).find(|(real, ours)| real != ours) {
            None => Ok(None),
            Some((real, ours)) => {
                let (left, right) = different_lines(&real.1, &ours.1);
                Err(difference(&real.0, left, right))
            }
        },
    })
}

/// The first lines that differ.
fn different_lines<'a>(left: &'a str, right: &'a str) -> (&'a str, &'a str) {
    let (mut left, mut right) = (left.split('\n'), right.split('\n'));
    loop {
        match (left.next(), right.next()) {
            (Some(left), Some(right)) if left == right => {}
            (left, right) => return (left.unwrap_or("(end)"), right.unwrap_or("(end)")),
        }
    }
}
