//! One line of rules: words in, a command and a rule out.

mod base;
mod ext;
mod line;

use self::base::BASE;
use self::ext::owner_of;
use crate::addr::{AddrMatch, Family};
use crate::diag::{Diagnostic, Problem, Severity, Span, nearest};
use crate::names;
use crate::rule::{Counters, IpMatch, Policy, Rule};
use crate::text::Word;
use crate::xt::{Match, Opt, Seen, Target, TargetKind};

pub use line::{CommandKind, Context, Line};

/// An extension that was named and takes options.
struct Loaded<E> {
    ext: E,
    options: &'static [Opt],
    seen: Seen,
    word: usize,
}

/// Which option a word is.
enum Found {
    Base(usize),
    Target(usize),
    Match(usize, usize),
    Unknown,
    Ambiguous(String),
}

struct Reader<'a, 'w> {
    cx: &'a Context<'a>,
    words: &'a [Word<'w>],
    at: usize,
    invert: bool,
    given: Vec<char>,
    command: Option<CommandKind>,
    chain: usize,
    table: Option<String>,
    src: Vec<AddrMatch>,
    dst: Vec<AddrMatch>,
    ip: IpMatch,
    counters: Counters,
    matches: Vec<Loaded<Match>>,
    target: Option<Loaded<Target>>,
    jump: Option<(usize, bool)>,
    proto_word: Option<usize>,
    proto_used: bool,
    flags: [bool; 4],
    skip: bool,
    out: &'a mut Vec<Diagnostic>,
}

/// Reads the words of one command; `counters` are those that stand in front of
/// it. Everything that is wrong goes into `out`;
/// the line comes back only if nothing was.
pub fn parse_words(
    words: &[Word<'_>],
    counters: Option<Counters>,
    cx: &Context<'_>,
    out: &mut Vec<Diagnostic>,
) -> Option<Line> {
    let before = errors(out);
    let mut reader = Reader {
        cx,
        words,
        at: 0,
        invert: false,
        // Counters in front of a rule are its `-c`.
        given: counters.iter().map(|_| 'c').collect(),
        command: None,
        chain: usize::MAX,
        table: None,
        src: Vec::new(),
        dst: Vec::new(),
        ip: IpMatch::default(),
        counters: counters.unwrap_or_default(),
        matches: Vec::new(),
        target: None,
        jump: None,
        proto_word: None,
        proto_used: false,
        flags: [false; 4],
        skip: false,
        out,
    };
    reader.run();
    let line = reader.finish();
    (errors(out) == before).then_some(line).flatten()
}

fn errors(list: &[Diagnostic]) -> usize {
    list.iter()
        .filter(|d| d.severity == Severity::Error)
        .count()
}

impl<'w> Reader<'_, 'w> {
    fn text(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |w| w.text.as_ref())
    }

    fn span(&self, at: usize) -> Span {
        match self.words.get(at).or(self.words.last()) {
            Some(word) => word.span(self.cx.line),
            None => Span {
                line: self.cx.line,
                column: 1,
                length: 0,
            },
        }
    }

    fn error(&mut self, at: usize, option: &str, problem: Problem) {
        let span = self.span(at);
        self.out.push(Diagnostic {
            severity: Severity::Error,
            span,
            message: problem.message,
            hint: problem.hint,
            option: option.to_owned(),
        });
    }

    fn warn(&mut self, at: usize, option: &str, problem: Problem) {
        self.error(at, option, problem);
        if let Some(last) = self.out.last_mut() {
            last.severity = Severity::Warning;
        }
    }

    fn run(&mut self) {
        // Behind -6 (in ip6tables -4) nothing is read any more.
        while self.at < self.words.len() && !self.skip {
            let here = self.at;
            let word = self.text(here).to_owned();
            if word == "!" {
                if self.invert {
                    self.error(here, "", "two exclamation marks in a row".into());
                }
                self.invert = true;
                self.at += 1;
                continue;
            }
            if let Some(long) = word.strip_prefix("--").filter(|l| !l.is_empty()) {
                self.at += 1;
                let (name, value) = match long.split_once('=') {
                    Some((name, value)) => (name, Some(value)),
                    None => (long, None),
                };
                self.long(here, name, value);
            } else if word.len() > 1 && word.starts_with('-') {
                self.at += 1;
                self.short(here, &word);
            } else {
                self.at += 1;
                if !self.keep(here) {
                    self.error(
                        here,
                        "",
                        Problem::new(format!("`{word}` is no option"))
                            .hint("options begin with a dash; a value stands behind its option"),
                    );
                }
            }
            self.invert = false;
        }
        if self.invert {
            let last = self.words.len().saturating_sub(1);
            self.error(
                last,
                "",
                "an exclamation mark with nothing behind it".into(),
            );
        }
    }

    /// Which option a long name means: one of iptables' own, the target's, or
    /// that of the match named last; an exact name first, then a beginning
    /// that fits only one (getopt_long).
    fn find(&self, name: &str) -> Found {
        if let Some(n) = BASE.iter().position(|b| b.0 == name) {
            return Found::Base(n);
        }
        let mut owners: Vec<(usize, usize, &'static [Opt])> = Vec::new();
        if let Some(target) = &self.target {
            owners.push((target.word, usize::MAX, target.options));
        }
        // Options come into the table when the first match of a name does, those
        // that come last in front; they then mean the last match of the name.
        for (n, m) in self.matches.iter().enumerate() {
            let same = |other: &Loaded<Match>| other.ext.name() == m.ext.name();
            let later = self.matches.get(n + 1..).unwrap_or_default();
            if !later.iter().any(same) {
                let first = self.matches.iter().find(|other| same(other));
                owners.push((first.map_or(m.word, |f| f.word), n, m.options));
            }
        }
        owners.sort_by_key(|o| std::cmp::Reverse(o.0));
        let make = |owner: usize, option: usize| {
            if owner == usize::MAX {
                Found::Target(option)
            } else {
                Found::Match(owner, option)
            }
        };
        for (_, owner, options) in &owners {
            if let Some(n) = options.iter().position(|o| o.name == name) {
                return make(*owner, n);
            }
        }
        let mut fits: Option<(Found, (usize, u8, u8), &str)> = None;
        let base = BASE
            .iter()
            .enumerate()
            .filter(|(_, b)| b.0.starts_with(name));
        for (n, b) in base {
            let same = (usize::MAX - 1, b.1 as u8, b.2);
            match &fits {
                Some((_, key, other)) if *key != same => {
                    return Found::Ambiguous(format!("--{other} or --{}", b.0));
                }
                Some(_) => {}
                None => fits = Some((Found::Base(n), same, b.0)),
            }
        }
        for (_, owner, options) in &owners {
            for (n, o) in options
                .iter()
                .enumerate()
                .filter(|(_, o)| o.name.starts_with(name))
            {
                let same = (*owner, o.id, o.args);
                match &fits {
                    Some((_, key, other)) if *key != same => {
                        return Found::Ambiguous(format!("--{other} or --{}", o.name));
                    }
                    Some(_) => {}
                    None => fits = Some((make(*owner, n), same, o.name)),
                }
            }
        }
        fits.map_or(Found::Unknown, |f| f.0)
    }

    fn long(&mut self, here: usize, name: &str, value: Option<&str>) {
        // What is not understood keeps every option that stands behind it.
        let of_base = BASE.iter().any(|base| base.0 == name);
        if !of_base && self.last_is_kept() && self.keep(here) {
            return;
        }
        let mut found = self.find(name);
        if matches!(found, Found::Unknown) && self.load_proto_match() {
            found = self.find(name);
        }
        match found {
            Found::Base(n) => {
                if let Some((_, letter, args)) = BASE.get(n).copied() {
                    if value.is_some() && args == 0 {
                        self.error(
                            here,
                            &format!("--{name}"),
                            "this option takes no value".into(),
                        );
                        return;
                    }
                    self.base(here, letter, value);
                }
            }
            Found::Target(n) => self.ext_option(here, None, n, value),
            Found::Match(m, n) => self.ext_option(here, Some(m), n, value),
            Found::Ambiguous(which) => {
                self.error(
                    here,
                    &format!("--{name}"),
                    Problem::new(format!("`--{name}` could be more than one option")).hint(which),
                );
            }
            Found::Unknown => {
                if !self.keep(here) {
                    self.unknown(here, name);
                }
            }
        }
    }

    fn unknown(&mut self, here: usize, name: &str) {
        let option = format!("--{name}");
        let problem = Problem::new(format!("unknown option `{option}`"));
        let mut known: Vec<&str> = BASE.iter().map(|b| b.0).collect();
        known.extend(self.matches.iter().flat_map(|m| m.options).map(|o| o.name));
        known.extend(self.target.iter().flat_map(|t| t.options).map(|o| o.name));
        let proto = self.ip.proto.and_then(|p| names::protocol_name(p.value));
        let owner = owner_of(name, self.cx.family);
        let problem = if let Some(near) = nearest(name, known.into_iter()) {
            problem.hint(format!("did you mean `--{near}`?"))
        } else if matches!(name, "dport" | "sport" | "destination-port" | "source-port") {
            problem.hint(match proto {
                Some(name) => format!("protocol {name} has no match with ports"),
                None => "ports need -p tcp or -p udp in front".to_owned(),
            })
        } else if let Some(owner) = owner {
            problem.hint(format!(
                "it belongs to `{owner}`, which must stand in front of it"
            ))
        } else {
            problem
        };
        self.error(here, &option, problem);
        // What follows was meant as its value.
        while self.at < self.words.len()
            && !self.text(self.at).starts_with('-')
            && self.text(self.at) != "!"
        {
            self.at += 1;
        }
    }

    fn short(&mut self, here: usize, word: &str) {
        let mut rest = word.get(1..).unwrap_or_default();
        while let Some(letter) = rest.chars().next() {
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
            let known = letter != '0' && BASE.iter().any(|b| b.1 == letter);
            let takes = BASE.iter().find(|b| b.1 == letter).map_or(0, |b| b.2);
            if !known {
                self.error(
                    here,
                    &format!("-{letter}"),
                    Problem::new(format!("unknown option `-{letter}`")),
                );
                return;
            }
            if takes > 0 || (matches!(letter, 'L' | 'S' | 'F' | 'Z' | 'X') && !rest.is_empty()) {
                let value = (!rest.is_empty()).then_some(rest);
                self.base(here, letter, value);
                return;
            }
            self.base(here, letter, None);
        }
    }

    fn finish(mut self) -> Option<Line> {
        let Some(command) = self.command.take() else {
            self.error(
                0,
                "",
                Problem::new("the line has no command").hint("such as -A CHAIN"),
            );
            return None;
        };
        let chain = match self.words.get(self.chain) {
            Some(word) => {
                let text = word.text.as_ref();
                // An attached value: -AINPUT, --append=INPUT.
                match (text.strip_prefix("--"), text.strip_prefix('-')) {
                    (Some(long), _) => long.split_once('=').map_or("", |(_, c)| c),
                    (_, Some(short)) => short.get(1..).unwrap_or_default(),
                    _ => text,
                }
                .to_owned()
            }
            None => String::new(),
        };
        let chain_span = self.span(self.chain.min(self.words.len().saturating_sub(1)));
        // A line for the other family is not looked at any further.
        if !self.skip {
            self.check_ifaces(&chain);
            self.check_command(&command);
            self.check_addresses();
            self.check_extensions();
        }
        let jump_span = self.jump.map_or(Span::default(), |(at, _)| self.span(at));
        let rule = Rule {
            counters: self.counters,
            ip: self.ip,
            matches: self.matches.into_iter().map(|m| m.ext).collect(),
            target: self.target.map_or(Target::None, |t| t.ext),
            span: line_span(self.words, self.cx.line),
        };
        let rules = expand(rule, self.src, self.dst);
        Some(Line {
            command,
            chain,
            chain_span,
            table: self.table,
            rules,
            jump_span,
            flags: self.flags,
            skip: self.skip,
        })
    }

    /// Options that the command does not take (xshared.c, `generic_opt_check`).
    fn check_command(&mut self, command: &CommandKind) {
        let legal = match command {
            CommandKind::Insert(_) | CommandKind::Replace(_) | CommandKind::Append => "sdpjviofc",
            CommandKind::DeleteRule | CommandKind::Check => "sdpjviof",
            CommandKind::List(_) => "nvx0",
            CommandKind::SetPolicy(_) => "vc",
            _ => "v",
        };
        let wrong = self.given.iter().find(|letter| !legal.contains(**letter));
        if let Some(letter) = wrong.copied() {
            let option = match letter {
                '0' => "--line-numbers".to_owned(),
                letter => format!("-{letter}"),
            };
            let at = self.words.iter().position(|w| w.text.starts_with(&option));
            let problem = Problem::new(format!("`{option}` cannot stand beside this command"));
            self.error(at.unwrap_or(0), &option, problem);
        }
        let dropped = self.target.as_ref().is_some_and(|t| t.ext == Target::Drop)
            || *command == CommandKind::SetPolicy(Some(Policy::Drop));
        if self.cx.table == "nat" && dropped {
            let at = self.jump.map_or(0, |(at, _)| at);
            let problem = Problem::new("DROP cannot stand in table nat")
                .hint("it is not for filtering: it sees the first packet of a connection only");
            self.error(at, "-j", problem);
        }
    }

    /// Several addresses make several rules; inverted, every packet would match
    /// one of them.
    fn check_addresses(&mut self) {
        let lists = [&self.src, &self.dst];
        let several = lists.iter().any(|list| list.len() > 1);
        if several
            && lists
                .iter()
                .any(|list| list.iter().any(AddrMatch::inverted))
        {
            let at = self.words.iter().position(|w| w.text.contains(','));
            let problem = Problem::new("`!` cannot stand beside a list of addresses")
                .hint("each would make a rule of its own, and every packet would match one");
            self.error(at.unwrap_or(0), "-s", problem);
        }
    }

    /// A packet that comes in has no device yet that it leaves by, and the
    /// other way round (xshared.c, `xtables_parse_...`; by the chain's name).
    fn check_ifaces(&mut self, chain: &str) {
        let wrong = match chain {
            "PREROUTING" | "INPUT" if self.given.contains(&'o') => 'o',
            "POSTROUTING" | "OUTPUT" if self.given.contains(&'i') => 'i',
            _ => return,
        };
        let at = self
            .words
            .iter()
            .position(|w| match wrong {
                'o' => w.text.starts_with("-o") || w.text.starts_with("--o"),
                _ => w.text.starts_with("-i") || w.text.starts_with("--i"),
            })
            .unwrap_or(0);
        let hint = if wrong == 'o' {
            "where a packet leaves is not known there"
        } else {
            "where a packet came from is not known there"
        };
        self.error(
            at,
            &format!("-{wrong}"),
            Problem::new(format!("`-{wrong}` cannot be used in {chain}")).hint(hint),
        );
    }
}

const CHAIN_MAX: usize = super::CHAIN_NAME_MAX;

/// The name of a new chain.
pub(super) fn check_chain_name(name: &str, family: Family) -> Result<(), Problem> {
    if name.len() > CHAIN_MAX {
        return Err(Problem::new(format!("the chain name `{name}` is too long"))
            .hint("names of chains have at most 28 bytes"));
    }
    if name.starts_with(['-', '!']) {
        return Err(Problem::new(format!(
            "the name of a chain cannot begin like `{name}`"
        )));
    }
    if name.contains(char::is_whitespace) {
        return Err(Problem::new(format!(
            "the chain name `{name}` holds a blank"
        )));
    }
    let standard = matches!(name, "ACCEPT" | "DROP" | "RETURN" | "QUEUE");
    if standard || TargetKind::find(name, family).is_some() {
        return Err(Problem::new(format!("`{name}` is the name of a target"))
            .hint("a chain cannot have it"));
    }
    Ok(())
}

/// From the first to the last word.
fn line_span(words: &[Word<'_>], line: u32) -> Span {
    match (words.first(), words.last()) {
        (Some(first), Some(last)) => Span {
            line,
            column: first.column,
            length: last.column + last.length - first.column,
        },
        _ => Span {
            line,
            ..Span::default()
        },
    }
}

/// A rule for every pair of addresses.
fn expand(mut rule: Rule, src: Vec<AddrMatch>, dst: Vec<AddrMatch>) -> Vec<Rule> {
    let tidy = |a: AddrMatch| (!a.is_any()).then_some(a);
    if src.len() <= 1 && dst.len() <= 1 {
        rule.ip.src = src.into_iter().next().and_then(tidy);
        rule.ip.dst = dst.into_iter().next().and_then(tidy);
        return vec![rule];
    }
    let or_any = |list: Vec<AddrMatch>| -> Vec<Option<AddrMatch>> {
        if list.is_empty() {
            vec![None]
        } else {
            list.into_iter().map(tidy).collect()
        }
    };
    let (src, dst) = (or_any(src), or_any(dst));
    let mut rules = Vec::with_capacity(src.len() * dst.len());
    for s in &src {
        for d in &dst {
            let mut one = rule.clone();
            one.ip.src.clone_from(s);
            one.ip.dst.clone_from(d);
            rules.push(one);
        }
    }
    rules
}
