//! The frame of a snapshot: which command printed what, in which namespace.
//!
//! ```text
//! @@packetwalk snapshot 1
//! @@netns host
//! @@run ip -j addr show
//! [...]
//! @@end
//! ```
//!
//! This module knows lines that start with `@@` and nothing of what stands
//! between them. [`Frame::parse`] never fails: it returns what it could read
//! and a [`Diagnostic`] for each thing that it could not, so that one damaged
//! section does not cost the others. [`Frame`]'s `Display` writes a well-formed
//! text back byte for byte.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

/// The version of the frame that this module reads and writes.
pub const VERSION: u32 = 1;

const HEADER: &str = "@@packetwalk snapshot ";

/// A snapshot, taken apart by namespace and command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The namespaces in the order of the text, each name once.
    pub namespaces: Vec<Namespace<'a>>,
}

/// What the commands said in one network namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespace<'a> {
    /// Its name; `host` is the machine itself.
    pub name: Cow<'a, str>,
    /// The commands in the order of the text.
    pub runs: Vec<Run<'a>>,
}

/// One command and what it printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run<'a> {
    /// The command with its arguments, as it was typed.
    pub command: Cow<'a, str>,
    /// What it printed, untouched, with the newline of its last line.
    pub text: Cow<'a, str>,
    /// The line of the snapshot that `text` starts on, counted from 1; 0 if
    /// the run was not read from a text.
    pub line: usize,
}

/// Something in a snapshot that could not be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The namespace whose part of the snapshot it is in, if in any.
    pub netns: Option<String>,
    /// The command whose output it is in, if in any.
    pub command: Option<String>,
    /// The line of the snapshot, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for Diagnostic {
    /// `line 7: netns host: iptables-save: message (hint)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        if let Some(netns) = &self.netns {
            write!(f, "netns {netns}: ")?;
        }
        if let Some(command) = &self.command {
            write!(f, "{command}: ")?;
        }
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Diagnostic {}

impl<'a> Frame<'a> {
    /// Reads a snapshot's frame. Line ends may be LF or CRLF, and a byte order
    /// mark is passed over; the text of each command is kept as it stands.
    #[must_use]
    pub fn parse(text: &'a str) -> (Self, Vec<Diagnostic>) {
        let text = text.trim_start_matches('\u{feff}');
        let mut reader = Reader {
            text,
            ..Reader::default()
        };
        let mut start = 0;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            reader.line(line, start, index + 1);
            start += line.len();
        }
        reader.finish()
    }

    /// The namespace of this name.
    #[must_use]
    pub fn namespace(&self, name: &str) -> Option<&Namespace<'a>> {
        self.namespaces.iter().find(|netns| netns.name == name)
    }

    /// The namespace of this name, appended if it is not there yet.
    #[expect(clippy::indexing_slicing, reason = "it was found or put there")]
    pub fn namespace_mut(&mut self, name: impl Into<Cow<'a, str>>) -> &mut Namespace<'a> {
        let name = name.into();
        let index = match self.namespaces.iter().position(|n| n.name == name) {
            Some(index) => index,
            None => {
                self.namespaces.push(Namespace {
                    name,
                    runs: Vec::new(),
                });
                self.namespaces.len() - 1
            }
        };
        &mut self.namespaces[index]
    }

    /// The same frame with its texts owned.
    #[must_use]
    pub fn into_owned(self) -> Frame<'static> {
        Frame {
            namespaces: self
                .namespaces
                .into_iter()
                .map(|netns| Namespace {
                    name: Cow::Owned(netns.name.into_owned()),
                    runs: netns
                        .runs
                        .into_iter()
                        .map(|run| Run {
                            command: Cow::Owned(run.command.into_owned()),
                            text: Cow::Owned(run.text.into_owned()),
                            line: run.line,
                        })
                        .collect(),
                })
                .collect(),
        }
    }
}

impl<'a> Namespace<'a> {
    /// The first run of this command, compared word by word.
    #[must_use]
    pub fn run(&self, command: &str) -> Option<&Run<'a>> {
        self.runs.iter().find(|run| {
            run.command
                .split_whitespace()
                .eq(command.split_whitespace())
        })
    }

    /// Appends a command and its output; a missing newline at the end is added.
    pub fn push(&mut self, command: impl Into<Cow<'a, str>>, text: impl Into<Cow<'a, str>>) {
        let mut text = text.into();
        if !text.is_empty() && !text.ends_with('\n') {
            text.to_mut().push('\n');
        }
        self.runs.push(Run {
            command: command.into(),
            text,
            line: 0,
        });
    }
}

impl fmt::Display for Frame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}{VERSION}")?;
        for netns in &self.namespaces {
            writeln!(f, "@@netns {}", netns.name)?;
            for run in &netns.runs {
                writeln!(f, "@@run {}", run.command)?;
                f.write_str(&run.text)?;
                if !run.text.is_empty() && !run.text.ends_with('\n') {
                    writeln!(f)?;
                }
            }
        }
        writeln!(f, "@@end")
    }
}

/// Reads one line after the other. A run's text is kept as a slice of the
/// input; only one that a stray `@@` line interrupts is copied.
#[derive(Default)]
struct Reader<'a> {
    text: &'a str,
    frame: Frame<'a>,
    diagnostics: Vec<Diagnostic>,
    /// The namespaces opened so far, by their names.
    places: HashMap<&'a str, usize>,
    /// Index of the namespace that is open.
    netns: Option<usize>,
    /// Whether the last run of that namespace is open.
    in_run: bool,
    /// Where in `text` the open run's output stands, in one piece as a rule.
    body: Vec<Range<usize>>,
    has_header: bool,
    ended: bool,
    told_outside: bool,
    lines: usize,
}

impl<'a> Reader<'a> {
    fn line(&mut self, line: &'a str, start: usize, number: usize) {
        self.lines = number;
        let words = line.trim_end();
        if self.ended {
            if !words.is_empty() && !self.told_outside {
                self.told_outside = true;
                self.report(number, "text after @@end is not read", None);
            }
            return;
        }
        if !line.starts_with("@@") {
            self.body_line(start..start + line.len(), words, number);
            return;
        }
        let (word, rest) = match words.split_once(char::is_whitespace) {
            Some((word, rest)) => (word, rest.trim()),
            None => (words, ""),
        };
        match word {
            "@@packetwalk" => self.header(rest, number),
            "@@netns" => self.open_netns(rest, number),
            "@@run" => self.open_run(rest, number),
            "@@end" => {
                self.close_run();
                self.expect_header(number);
                self.netns = None;
                self.ended = true;
            }
            _ => {
                self.report(
                    number,
                    &format!("unknown frame line {word:?}"),
                    Some("a line that starts with @@ is one of @@netns NAME, @@run COMMAND, @@end"),
                );
            }
        }
    }

    fn body_line(&mut self, line: Range<usize>, words: &str, number: usize) {
        if self.in_run {
            match self.body.last_mut() {
                Some(piece) if piece.end == line.start => piece.end = line.end,
                _ => self.body.push(line),
            }
        } else if !words.is_empty() && !self.told_outside {
            self.told_outside = true;
            let hint = if self.has_header || self.netns.is_some() {
                "output of a command starts with a line @@run COMMAND"
            } else {
                "a snapshot starts with @@packetwalk snapshot 1, then @@netns host, then @@run COMMAND"
            };
            self.report(number, "text that belongs to no command", Some(hint));
        }
    }

    fn header(&mut self, rest: &str, number: usize) {
        if self.has_header || self.netns.is_some() {
            self.close_run();
            self.report(number, "a second @@packetwalk line", None);
            return;
        }
        self.has_header = true;
        let version = rest.strip_prefix("snapshot").map(str::trim);
        match version.map(str::parse::<u32>) {
            Some(Ok(VERSION)) => {}
            Some(Ok(other)) => self.report(
                number,
                &format!("snapshot version {other} is not known"),
                Some("this program reads version 1"),
            ),
            _ => self.report(
                number,
                "malformed first line",
                Some("it should be: @@packetwalk snapshot 1"),
            ),
        }
    }

    fn expect_header(&mut self, number: usize) {
        if !self.has_header {
            self.has_header = true;
            self.report(
                number,
                "the first line is missing",
                Some("it should be: @@packetwalk snapshot 1"),
            );
        }
    }

    fn open_netns(&mut self, name: &'a str, number: usize) {
        self.close_run();
        self.netns = None;
        self.expect_header(number);
        self.told_outside = false;
        if name.is_empty() {
            self.report(
                number,
                "@@netns without a name",
                Some("write @@netns host, or a container's name"),
            );
            return;
        }
        let next = self.frame.namespaces.len();
        let place = *self.places.entry(name).or_insert(next);
        self.netns = Some(place);
        if place != next {
            self.report(
                number,
                "this namespace is opened a second time",
                Some("both parts are read as one namespace"),
            );
            return;
        }
        self.frame.namespaces.push(Namespace {
            name: Cow::Borrowed(name),
            runs: Vec::new(),
        });
        if name.contains(char::is_whitespace) {
            self.report(
                number,
                "a namespace name with a space in it",
                Some("no flow can start there: a flow's first word is its namespace"),
            );
        }
    }

    fn open_run(&mut self, command: &'a str, number: usize) {
        self.close_run();
        self.told_outside = false;
        let Some(index) = self.netns else {
            self.expect_header(number);
            self.report(
                number,
                &format!("@@run {command} stands in no namespace"),
                Some("put @@netns host in front of it"),
            );
            self.told_outside = true;
            return;
        };
        if command.is_empty() {
            self.report(number, "@@run without a command", None);
            self.told_outside = true;
            return;
        }
        if let Some(netns) = self.frame.namespaces.get_mut(index) {
            netns.runs.push(Run {
                command: Cow::Borrowed(command),
                text: Cow::Borrowed(""),
                line: number + 1,
            });
            self.in_run = true;
        }
    }

    fn close_run(&mut self) {
        let body = std::mem::take(&mut self.body);
        if !std::mem::take(&mut self.in_run) {
            return;
        }
        let mut pieces = body.into_iter().filter_map(|piece| self.text.get(piece));
        let mut text = Cow::Borrowed(pieces.next().unwrap_or_default());
        for piece in pieces {
            text.to_mut().push_str(piece);
        }
        let netns = self.netns.and_then(|n| self.frame.namespaces.get_mut(n));
        if let Some(run) = netns.and_then(|netns| netns.runs.last_mut()) {
            run.text = text;
        }
    }

    fn report(&mut self, line: usize, message: &str, hint: Option<&str>) {
        let netns = self.netns.and_then(|n| self.frame.namespaces.get(n));
        let command = match netns {
            Some(netns) if self.in_run => netns.runs.last().map(|run| run.command.to_string()),
            _ => None,
        };
        self.diagnostics.push(Diagnostic {
            netns: netns.map(|netns| netns.name.to_string()),
            command,
            line,
            message: message.to_owned(),
            hint: hint.map(str::to_owned),
        });
    }

    fn finish(mut self) -> (Frame<'a>, Vec<Diagnostic>) {
        if !self.ended {
            let line = self.lines.max(1);
            if self.lines == 0 {
                self.report(line, "the snapshot is empty", None);
            } else if self.has_header || self.netns.is_some() {
                self.report(
                    line,
                    "the snapshot ends without @@end",
                    Some("it was cut off: what the last command said may be incomplete"),
                );
            }
            self.close_run();
        }
        (self.frame, self.diagnostics)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "@@packetwalk snapshot 1\n@@netns host\n@@run ip -j addr show\n[]\n\n\
        @@run iptables-save -c\n*raw\n  COMMIT\n@@run ss -Htulnp\n@@netns c1\n@@end\n";

    /// Parses `text` and compares the diagnostics, printed.
    #[track_caller]
    fn check<'a>(text: &'a str, diagnostics: &[&str]) -> Frame<'a> {
        let (frame, found) = Frame::parse(text);
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, diagnostics);
        frame
    }

    #[test]
    fn a_good_text_comes_back_byte_for_byte() {
        let frame = check(GOOD, &[]);
        assert_eq!(frame.to_string(), GOOD);
        let host = frame.namespace("host").unwrap();
        assert_eq!(host.runs.len(), 3);
        let save = host.run("iptables-save   -c").unwrap();
        assert_eq!((&*save.text, save.line), ("*raw\n  COMMIT\n", 7));
        assert_eq!(host.runs[2].text, "");
        assert!(frame.namespace("c1").unwrap().runs.is_empty());
    }

    #[test]
    fn windows_line_ends_and_a_byte_order_mark_are_read() {
        let text = format!("\u{feff}{}", GOOD.replace('\n', "\r\n"));
        let frame = check(&text, &[]);
        assert_eq!(frame.namespaces[0].runs[1].command, "iptables-save -c");
        assert_eq!(frame.namespaces[0].runs[1].text, "*raw\r\n  COMMIT\r\n");
    }

    #[test]
    fn a_truncated_text_names_its_last_command_and_keeps_the_rest() {
        let cut = GOOD.find("  COMMIT").unwrap();
        let frame = check(
            &GOOD[..cut],
            &[
                "line 7: netns host: iptables-save -c: the snapshot ends without @@end \
               (it was cut off: what the last command said may be incomplete)",
            ],
        );
        assert_eq!(frame.namespaces[0].runs[0].text, "[]\n\n");
        assert_eq!(frame.namespaces[0].runs[1].text, "*raw\n");
    }

    #[test]
    fn stray_lines_are_named_and_the_rest_loads() {
        let frame = check(
            "@@packetwalk snapshot 2\nhello\nagain\n@@run nowhere\nlost\n@@netns\n@@netns a b\n\
             @@run x\n1\n@@rum y\n2\n@@netns c\n@@run\n@@netns a b\n@@run z\n@@end\nafter\n",
            &[
                "line 1: snapshot version 2 is not known (this program reads version 1)",
                "line 2: text that belongs to no command (output of a command starts with a line @@run COMMAND)",
                "line 4: @@run nowhere stands in no namespace (put @@netns host in front of it)",
                "line 6: @@netns without a name (write @@netns host, or a container's name)",
                "line 7: netns a b: a namespace name with a space in it (no flow can start there: a flow's first word is its namespace)",
                "line 10: netns a b: x: unknown frame line \"@@rum\" (a line that starts with @@ is one of @@netns NAME, @@run COMMAND, @@end)",
                "line 13: netns c: @@run without a command",
                "line 14: netns a b: this namespace is opened a second time (both parts are read as one namespace)",
                "line 17: text after @@end is not read",
            ],
        );
        assert_eq!(frame.namespaces.len(), 2);
        assert_eq!(frame.namespaces[0].runs[0].text, "1\n2\n");
        assert_eq!(frame.namespaces[0].runs[1].command, "z");
    }

    #[test]
    fn something_else_altogether_is_told_from_a_snapshot() {
        check(
            "*filter\nCOMMIT\n",
            &[
                "line 1: text that belongs to no command (a snapshot starts with \
               @@packetwalk snapshot 1, then @@netns host, then @@run COMMAND)",
            ],
        );
        check("", &["line 1: the snapshot is empty"]);
        check(
            "@@netns host\n@@end\n",
            &["line 1: the first line is missing (it should be: @@packetwalk snapshot 1)"],
        );
    }

    #[test]
    fn a_built_frame_reads_as_it_was_built() {
        let mut frame = Frame::default();
        frame.namespace_mut("host").push("sysctl -a", "a = 1");
        frame.namespace_mut("c1").push("ss -Htulnp", "");
        frame.namespace_mut("host").push("true", "x\n");
        let text = frame.to_string();
        let mut again = check(&text, &[]);
        for run in again.namespaces.iter_mut().flat_map(|n| &mut n.runs) {
            run.line = 0;
        }
        assert_eq!(again, frame);
    }
}
