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

use super::ext::{MATCHES, target_names};
use super::link::parse_mac;
use super::{EbMatch, EbMatchKind, EbProto, EbRule, EbTarget, EbTargetKind, EbVerdict, MacMatch};
use crate::addr::{Family, MacAddr};
use crate::diag::{Diagnostic, Problem, Severity, Span, nearest};
use crate::names;
use crate::rule::{Counters, IfaceMatch, Neg};
use crate::text::Word;
use crate::xt::{Arg, Env, Opt, Seen, iface_name};

/// What a line wants done.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Command {
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

/// A line that was read without an error.
pub(super) struct Line {
    pub(super) command: Command,
    /// `None` where all chains are meant.
    pub(super) chain: Option<String>,
    /// Where the chain is named.
    pub(super) chain_span: Span,
    pub(super) rule: EbRule,
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

/// An extension of the rule, being filled.
struct Loaded<E> {
    ext: E,
    options: &'static [Opt],
    seen: Seen,
    inverted: Seen,
    word: usize,
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
    out: &'a mut Vec<Diagnostic>,
}

/// ebtables' own options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Proto,
    Src,
    Dst,
    In,
    Out,
    LogicalIn,
    LogicalOut,
    Jump,
    Counters,
    /// One of the commands, by letter.
    Command(char),
}

/// Which option a word names.
#[derive(Clone, Copy)]
enum Named {
    Own(Key),
    Target(Opt),
    Match(EbMatchKind, Opt),
}

/// Their letters; 0 where there is none.
const SHORT: &[(char, Key)] = &[
    ('p', Key::Proto),
    ('s', Key::Src),
    ('d', Key::Dst),
    ('i', Key::In),
    ('o', Key::Out),
    ('j', Key::Jump),
    ('c', Key::Counters),
    ('A', Key::Command('A')),
    ('I', Key::Command('I')),
    ('D', Key::Command('D')),
    ('F', Key::Command('F')),
    ('N', Key::Command('N')),
    ('X', Key::Command('X')),
    ('E', Key::Command('E')),
    ('P', Key::Command('P')),
    ('Z', Key::Command('Z')),
];

const LONG: &[(&str, Key)] = &[
    ("append", Key::Command('A')),
    ("insert", Key::Command('I')),
    ("delete", Key::Command('D')),
    ("flush", Key::Command('F')),
    ("new-chain", Key::Command('N')),
    ("delete-chain", Key::Command('X')),
    ("rename-chain", Key::Command('E')),
    ("policy", Key::Command('P')),
    ("zero", Key::Command('Z')),
    ("check", Key::Command('c')),
    ("proto", Key::Proto),
    ("protocol", Key::Proto),
    ("source", Key::Src),
    ("src", Key::Src),
    ("destination", Key::Dst),
    ("dst", Key::Dst),
    ("in-interface", Key::In),
    ("in-if", Key::In),
    ("out-interface", Key::Out),
    ("out-if", Key::Out),
    ("logical-in", Key::LogicalIn),
    ("logical-out", Key::LogicalOut),
    ("jump", Key::Jump),
    ("set-counters", Key::Counters),
];

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

    fn command(&mut self, here: usize, letter: char) {
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
                Some(word) => match crate::num::parse(word, 0x7fff_ffff) {
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

    fn base(&mut self, here: usize, key: Key, before: bool) {
        let option = self.text(here);
        if self.given.contains(&key) {
            let problem = Problem::new(format!("`{option}` is given twice"));
            self.error(here, option, problem);
        }
        self.given.push(key);
        if !self.command.as_ref().is_some_and(takes_rule) {
            let problem = Problem::new(format!("`{option}` stands before or without a command"))
                .hint("-A, -I, -D or --check and a chain come first");
            self.error(here, option, problem);
        }
        let (inverted, value) = match key {
            Key::Jump => (false, self.next()),
            _ => self.value(before),
        };
        let value_at = self.at.saturating_sub(1);
        let Some(value) = value else {
            let problem = Problem::new(format!("`{option}` needs a value"));
            return self.error(here, option, problem);
        };
        if let Err(problem) = self.base_value(value_at, key, value, inverted) {
            self.error(value_at, option, problem);
        }
    }

    fn base_value(
        &mut self,
        at: usize,
        key: Key,
        value: &str,
        inverted: bool,
    ) -> Result<(), Problem> {
        match key {
            Key::Proto => self.rule.proto = Some(Neg::new(proto(value)?, inverted)),
            Key::Src => self.rule.src = Some(Neg::new(frame_mac(value)?, inverted)),
            Key::Dst => self.rule.dst = Some(Neg::new(frame_mac(value)?, inverted)),
            Key::Jump => self.target(at, value),
            Key::Counters => {
                if inverted {
                    return Err("`!` cannot stand with counters".into());
                }
                let bytes = self.next().and_then(|b| b.parse().ok());
                match (value.parse().ok(), bytes) {
                    (Some(packets), Some(bytes)) => {
                        self.rule.counters = Counters { packets, bytes };
                    }
                    _ => return Err("two numbers are needed: packets and bytes".into()),
                }
            }
            _ => {
                let name = iface_name(value)?;
                if name.trim_end_matches('+').contains('+') || name.ends_with("++") {
                    return Err(Problem::new(format!("`{name}` has a `+` in the middle"))
                        .hint("`+` stands for anything at the end of a name"));
                }
                let iface = Some(IfaceMatch {
                    name: name.into(),
                    inverted,
                })
                // `+` alone asks nothing.
                .filter(|iface| !iface.name.is_empty() && (&*iface.name != "+" || iface.inverted));
                match key {
                    Key::In => self.rule.in_iface = iface,
                    Key::Out => self.rule.out_iface = iface,
                    Key::LogicalIn => self.rule.logical_in = iface,
                    _ => self.rule.logical_out = iface,
                }
            }
        }
        Ok(())
    }

    fn target(&mut self, at: usize, name: &str) {
        let (ext, options): (EbTarget, &'static [Opt]) = match EbVerdict::parse(name) {
            Some(verdict) => (EbTarget::Verdict(verdict), &[]),
            None => match EbTargetKind::find(name, Family::V4) {
                Some(kind) => (kind.make(Family::V4), kind.options(Family::V4)),
                None => (EbTarget::Jump(name.into()), &[]),
            },
        };
        self.target = Some(Loaded {
            ext,
            options,
            seen: Seen::default(),
            inverted: Seen::default(),
            word: at,
        });
    }

    fn extension(&mut self, here: usize, kind: Option<EbMatchKind>, opt: Opt, before: bool) {
        let option = format!("--{}", opt.name);
        if !self.command.as_ref().is_some_and(takes_rule) {
            let problem = Problem::new(format!("`{option}` stands before or without a command"))
                .hint("-A, -I, -D or --check and a chain come first");
            self.error(here, &option, problem);
        }
        let (mut inverted, mut words) = (before, Vec::new());
        if opt.args > 0 {
            let (mark, value) = self.value(before);
            inverted = mark;
            let Some(text) = value else {
                let problem = Problem::new(format!("`{option}` needs a value"));
                return self.error(here, &option, problem);
            };
            words.push(Word {
                text: text.into(),
                column: 0,
                length: 0,
            });
        }
        if let Some(kind) = kind.filter(|kind| inverted && self.nflog_hears(*kind)) {
            let problem = Problem::new(format!(
                "`!` with an option of `{}` comes to nflog first, which refuses it",
                kind.name()
            ));
            self.error(here, &option, problem.hint("put --nflog options last"));
        }
        if inverted && !opt.invert {
            let problem = Problem::new(format!("`!` cannot stand with `{option}`"));
            self.error(here, &option, problem);
        }
        let value_at = self.at.saturating_sub(1);
        let mut arg = Arg {
            id: opt.id,
            name: opt.name,
            family: Family::V4,
            inverted,
            words: &words,
            proto: None,
            seen: Seen::default(),
        };
        let (seen, options, result) = match kind {
            None => match &mut self.target {
                Some(target) => target.take(&mut arg, EbTarget::set),
                None => return,
            },
            Some(kind) => match self.loaded(kind, here) {
                Some(m) => m.take(&mut arg, EbMatch::set),
                None => return,
            },
        };
        if seen.has(opt.id) && !opt.multi {
            let problem = Problem::new(format!("`{option}` is given twice"));
            self.error(here, &option, problem);
        }
        let clash = options
            .iter()
            .find(|o| o.id != opt.id && seen.has(o.id) && opt.excl & (1 << o.id) != 0);
        if let Some(clash) = clash {
            let problem = format!("`{option}` cannot stand beside `--{}`", clash.name);
            self.error(here, &option, problem);
        }
        if let Err(problem) = result {
            let problem = Problem {
                message: format!("{option}: {}", problem.message),
                hint: problem.hint,
            };
            self.error(value_at, &option, problem);
        }
    }

    /// The rule's match of that kind, made if it is not there yet.
    fn loaded(&mut self, kind: EbMatchKind, word: usize) -> Option<&mut Loaded<EbMatch>> {
        let found = self.matches.iter().position(|m| m.ext.kind() == Some(kind));
        let at = found.unwrap_or_else(|| {
            self.matches.push(Loaded {
                ext: kind.make(Family::V4),
                options: kind.options(Family::V4),
                seen: Seen::default(),
                inverted: Seen::default(),
                word,
            });
            self.matches.len() - 1
        });
        self.matches.get_mut(at)
    }

    /// Whether the tool shows an option of that match to nflog before the match
    /// itself: it asks the rule's matches in their order, then the others, then
    /// the watchers.
    fn nflog_hears(&self, kind: EbMatchKind) -> bool {
        let place = |kind| self.matches.iter().position(|m| m.ext.kind() == Some(kind));
        match (place(EbMatchKind::Nflog), place(kind)) {
            (Some(nflog), Some(own)) => nflog < own,
            (Some(_), None) => true,
            (None, own) => own.is_none() && kind == EbMatchKind::Log,
        }
    }

    fn finish(mut self) -> Option<Line> {
        let needs = self.needs();
        for (at, problem) in needs {
            self.error(at, "", problem);
        }
        let Some(command) = self.command else {
            let problem = Problem::new("the line has no command").hint("such as -A CHAIN");
            self.out.push(diagnostic(self.whole, "", problem));
            return None;
        };
        let mut rule = self.rule;
        rule.matches = self.matches.into_iter().map(|m| m.ext).collect();
        if let Some(target) = self.target {
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
        })
    }

    /// What extensions need beside them.
    fn needs(&mut self) -> Vec<(usize, Problem)> {
        let mut problems = Vec::new();
        let mut env = Env {
            family: Family::V4,
            table: "",
            proto: None,
            seen: Seen::default(),
            syn_only: false,
        };
        let proto = self.rule.proto.filter(|p| !p.inverted).map(|p| p.value);
        let any = self.rule.proto.map(|p| p.value);
        for m in &mut self.matches {
            env.seen = m.seen;
            if let Err(problem) = m.ext.check(&env) {
                problems.push((m.word, problem));
            }
            let (fits, name) = match &m.ext {
                EbMatch::Ip(_) => (proto == Some(EbProto::Type(0x0800)), "IPv4"),
                EbMatch::Ip6(_) => (proto == Some(EbProto::Type(0x86dd)), "IPv6"),
                EbMatch::Arp(_) => (matches!(proto, Some(EbProto::Type(0x0806 | 0x8035))), "ARP"),
                EbMatch::Vlan(_) => (proto == Some(EbProto::Type(0x8100)), "802_1Q"),
                EbMatch::Ieee8023(_) => (any == Some(EbProto::Length), "LENGTH"),
                _ => (true, ""),
            };
            if !fits {
                let needs = format!("the options of `{}` need `-p {name}`", m.ext.name());
                let hint = format!("add -p {name} to the rule");
                problems.push((m.word, Problem::new(needs).hint(hint)));
            }
        }
        if let Some(t) = &mut self.target {
            env.seen = t.seen;
            if let Err(problem) = t.ext.check(&env) {
                problems.push((t.word, problem));
            }
            if matches!(t.ext, EbTarget::ArpReply(_)) && proto != Some(EbProto::Type(0x0806)) {
                let problem = Problem::new("`arpreply` needs `-p ARP`");
                problems.push((t.word, problem.hint("add -p ARP to the rule")));
            }
        }
        problems
    }
}

impl<E> Loaded<E> {
    /// Gives the extension an option. Returns what it had before, and whether
    /// it takes it.
    fn take(
        &mut self,
        arg: &mut Arg<'_>,
        set: impl FnOnce(&mut E, &Arg<'_>) -> Result<(), Problem>,
    ) -> (Seen, &'static [Opt], Result<(), Problem>) {
        let before = self.seen;
        arg.seen = before;
        // An exclamation mark stays when the option is given again.
        arg.inverted |= self.inverted.has(arg.id);
        self.seen.add(arg.id);
        if arg.inverted {
            self.inverted.add(arg.id);
        }
        (before, self.options, set(&mut self.ext, arg))
    }
}

/// An address of the frame; nf_tables cannot compare no bits at all.
fn frame_mac(value: &str) -> Result<MacMatch, Problem> {
    let mac = parse_mac(value)?;
    if mac.mask == MacAddr::default() {
        return Err(Problem::new(format!("the mask of `{value}` has no bits"))
            .hint("leave the option out to take any address"));
    }
    Ok(mac)
}

/// Whether the command has a rule behind it.
fn takes_rule(command: &Command) -> bool {
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

/// Reads `-p`'s value.
fn proto(word: &str) -> Result<EbProto, Problem> {
    if word.eq_ignore_ascii_case("length") {
        return Ok(EbProto::Length);
    }
    let digits = word.strip_prefix("0x").or(word.strip_prefix("0X"));
    let number = match u64::from_str_radix(digits.unwrap_or(word), 16) {
        Ok(number) => u16::try_from(number).ok(),
        Err(_) => names::ethertype(word),
    };
    match number {
        Some(number) if number >= 0x0600 => Ok(EbProto::Type(number)),
        Some(number) => Err(Problem::new(format!("0x{number:04x} is not an EtherType"))
            .hint("the lowest is 0x0600; -p LENGTH is for frames with a length")),
        None => Err(Problem::new(format!("unknown protocol `{word}`"))
            .hint("a name such as IPv4, ARP, 802_1Q, or a hexadecimal number")),
    }
}
