//! One line of ebtables' options, read as its command line is
//! (`do_commandeb` of iptables 1.8.9's xtables-eb.c).
//!
//! Where the tool is lenient, so is this. `!` may stand before an option or
//! behind it, and before one that it means nothing to. Some options
//! ([`Opt::multi`]) may be given again: the last value counts, an exclamation
//! mark stays. Long options may be shortened as far as they are unique.
//!
//! Not modelled: an option of a target that was not named before (the tool takes
//! it for a watcher's; here it is refused).

mod base;
mod command;
mod ext;

use self::base::{Key, LONG, SHORT};
use self::ext::{Loaded, Who};
use super::ext::{MATCHES, target_names};
use super::{EbMatch, EbMatchKind, EbRule, EbTarget, EbTargetKind, EbVerdict};
use crate::addr::Family;
use crate::diag::{Diagnostic, Problem, Severity, Span, nearest};
use crate::rule::Counters;
use crate::text::Word;
use crate::xt::Opt;

pub(super) use self::command::Command;

/// A line that was read without an error.
pub(super) struct Line {
    pub(super) command: Command,
    /// `None` where all chains are meant.
    pub(super) chain: Option<String>,
    /// Where the chain is named.
    pub(super) chain_span: Span,
    pub(super) rule: EbRule,
    /// Where the target is named.
    pub(super) target_span: Span,
    /// What the kernel has against the rule.
    pub(super) refused: Vec<Diagnostic>,
}

/// A diagnostic about a place.
pub(super) fn diagnostic(span: Span, option: &str, problem: Problem) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        span,
        message: problem.message,
        hint: problem.hint,
        option: option.to_owned(),
    }
}

/// Reads a line's words; `None` after an error.
pub(super) fn read(
    words: &[Word<'_>],
    whole: Span,
    counters: Counters,
    out: &mut Vec<Diagnostic>,
) -> Option<Line> {
    let before = out.len();
    let mut reader = Reader::new(words, whole, counters, out);
    reader.run();
    let line = reader.finish();
    line.filter(|_| out.len() == before)
}

struct Reader<'a, 'w> {
    words: &'a [Word<'w>],
    at: usize,
    /// What stands behind the sign of `--option=value` or right behind `-o`.
    inline: Option<&'a str>,
    whole: Span,
    given: Vec<Key>,
    command: Option<Command>,
    chain: Option<(String, Span)>,
    rule: EbRule,
    matches: Vec<Loaded<EbMatch>>,
    target: Option<Loaded<EbTarget>>,
    refused: Vec<Diagnostic>,
    out: &'a mut Vec<Diagnostic>,
}

/// Which option a word names.
#[derive(Clone, Copy)]
enum Named {
    Own(Key),
    Target(Opt),
    Match(EbMatchKind, Opt),
}

impl<'a, 'w> Reader<'a, 'w> {
    fn new(
        words: &'a [Word<'w>],
        whole: Span,
        counters: Counters,
        out: &'a mut Vec<Diagnostic>,
    ) -> Self {
        Self {
            words,
            at: 0,
            inline: None,
            whole,
            given: Vec::new(),
            command: None,
            chain: None,
            rule: EbRule {
                counters,
                proto: None,
                src: None,
                dst: None,
                in_iface: None,
                out_iface: None,
                logical_in: None,
                logical_out: None,
                matches: Box::default(),
                target: EbTarget::Verdict(EbVerdict::Continue),
                span: whole,
            },
            matches: Vec::new(),
            target: None,
            refused: Vec::new(),
            out,
        }
    }

    fn span(&self, at: usize) -> Span {
        self.words
            .get(at)
            .map_or(self.whole, |w| w.span(self.whole.line))
    }

    fn error(&mut self, at: usize, option: &str, problem: impl Into<Problem>) {
        let span = self.span(at);
        self.out.push(diagnostic(span, option, problem.into()));
    }

    /// Notes what the kernel has against the rule.
    fn refuse(&mut self, at: usize, option: &str, problem: Problem) {
        let span = self.span(at);
        self.refused.push(diagnostic(span, option, problem));
    }

    fn text(&self, at: usize) -> &'a str
    where
        'w: 'a,
    {
        self.words.get(at).map_or("", |w| w.text.as_ref())
    }

    /// Takes the next word.
    fn next(&mut self) -> Option<&'a str> {
        if let Some(inline) = self.inline.take() {
            return Some(inline);
        }
        let word = self.words.get(self.at)?;
        self.at += 1;
        Some(word.text.as_ref())
    }

    /// Takes the next word unless it looks like an option.
    fn next_plain(&mut self) -> Option<&'a str> {
        let option = self.text(self.at).starts_with('-');
        if self.inline.is_none() && option {
            return None;
        }
        self.next()
    }

    fn run(&mut self) {
        let mut inverted = None;
        while self.at < self.words.len() {
            let here = self.at;
            let Some(word) = self.next() else { break };
            if word == "!" {
                if inverted.replace(here).is_some() {
                    self.error(here, "", "two exclamation marks in a row");
                }
                continue;
            }
            self.option(here, word, inverted.is_some());
            inverted = None;
            if self.inline.take().is_some() {
                self.error(here, word, Problem::new(format!("`{word}` takes no value")));
            }
        }
    }

    fn option(&mut self, here: usize, word: &'a str, inverted: bool) {
        let named = if let Some(long) = word.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (long, None),
            };
            self.inline = value;
            match self.find(name) {
                Some(named) => named,
                None => return self.unknown(here, name),
            }
        } else {
            let mut letters = word.chars();
            let dash = letters.next() == Some('-');
            let letter = letters.next();
            let Some((_, key)) = SHORT.iter().find(|(l, _)| dash && Some(*l) == letter) else {
                self.error(here, "", Problem::new(format!("`{word}` is no option")));
                return;
            };
            self.inline = Some(letters.as_str()).filter(|rest| !rest.is_empty());
            Named::Own(*key)
        };
        match named {
            Named::Own(Key::Command(letter)) => self.command(here, letter),
            Named::Own(key) => self.base(here, key, inverted),
            Named::Target(opt) => self.extension(here, None, opt, inverted),
            Named::Match(kind, opt) => self.extension(here, Some(kind), opt, inverted),
        }
    }

    /// The option of that name, or the only one that begins so.
    fn find(&self, name: &str) -> Option<Named> {
        let own = LONG.iter().map(|(n, key)| (*n, Named::Own(*key)));
        let of_target = self.target.iter().flat_map(|t| t.options);
        let targets = of_target.map(|o| (o.name, Named::Target(*o)));
        let matches = MATCHES.iter().flat_map(|kind| {
            let options = kind.options(Family::V4).iter();
            options.map(|o| (o.name, Named::Match(*kind, *o)))
        });
        let all = || own.clone().chain(targets.clone()).chain(matches.clone());
        if let Some((_, named)) = all().find(|(n, _)| *n == name) {
            return Some(named);
        }
        let mut begins = all().filter(|(n, _)| n.starts_with(name));
        let (_, first) = begins.next()?;
        let same = |other: Named| match (first, other) {
            (Named::Own(a), Named::Own(b)) => a == b,
            (Named::Target(a), Named::Target(b)) => a.id == b.id,
            (Named::Match(k, a), Named::Match(l, b)) => k == l && a.id == b.id,
            _ => false,
        };
        begins.all(|(_, other)| same(other)).then_some(first)
    }

    fn unknown(&mut self, here: usize, name: &str) {
        let known = MATCHES
            .iter()
            .flat_map(|k| k.options(Family::V4))
            .chain(self.target.iter().flat_map(|t| t.options))
            .map(|o| o.name)
            .chain(LONG.iter().map(|(name, _)| *name));
        let mut problem = Problem::new(format!("unknown option `--{name}`"));
        let owner = target_names(Family::V4)
            .filter_map(|target| EbTargetKind::find(target, Family::V4))
            .find(|kind| kind.options(Family::V4).iter().any(|o| o.name == name));
        if let Some(owner) = owner {
            problem = problem.hint(format!(
                "it belongs to `-j {}`, which has to stand before it",
                owner.name()
            ));
        } else if let Some(near) = nearest(name, known) {
            problem = problem.hint(format!("did you mean `--{near}`?"));
        }
        self.error(here, &format!("--{name}"), problem);
        self.inline = None;
        while self.at < self.words.len() && !self.text(self.at).starts_with('-') {
            self.at += 1;
        }
    }

    /// An exclamation mark behind the option, then its value.
    fn value(&mut self, before: bool) -> (bool, Option<&'a str>) {
        match self.next() {
            Some("!") => {
                if before {
                    let here = self.at.saturating_sub(1);
                    self.error(here, "", "two exclamation marks for one option");
                }
                (true, self.next())
            }
            value => (before, value),
        }
    }

    fn finish(mut self) -> Option<Line> {
        let needs = self.needs();
        for (at, who, problem) in needs {
            match who {
                Who::Tool => self.error(at, "", problem),
                Who::Kernel => self.refuse(at, "", problem),
            }
        }
        let Some(command) = self.command else {
            let problem = Problem::new("the line has no command").hint("such as -A CHAIN");
            self.out.push(diagnostic(self.whole, "", problem));
            return None;
        };
        let mut rule = self.rule;
        rule.matches = self.matches.into_iter().map(|m| m.ext).collect();
        let mut target_span = self.whole;
        if let Some(target) = self.target {
            let word = self.words.get(target.word);
            target_span = word.map_or(target_span, |w| w.span(self.whole.line));
            rule.target = target.ext;
        }
        let (chain, chain_span) = match self.chain {
            Some((chain, span)) => (Some(chain), span),
            None => (None, self.whole),
        };
        Some(Line {
            command,
            chain,
            chain_span,
            rule,
            target_span,
            refused: self.refused,
        })
    }
}
