//! One line of rules: words in, a command and a rule out.

mod base;
mod ext;
mod line;

use self::base::not_its_own;
use self::ext::owner_of;
use crate::addr::{AddrMatch, Family, parse_network};
use crate::arpt::{self, ArpMatch};
use crate::diag::{Diagnostic, Problem, Severity, Span, nearest};
use crate::names;
use crate::rule::{Chain, Counters, IfaceMatch, IpMatch, Policy, Rule};
use crate::text::Word;
use crate::xt::{Kept, Match, Opt, Seen, Target, TargetKind, kept_target};

pub use line::{CommandKind, Context, Line, Rules};

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

/// The target, where an owner of options is else the number of a match.
const OF_TARGET: usize = usize::MAX;

impl Found {
    fn of(owner: usize, option: usize) -> Self {
        match owner {
            OF_TARGET => Found::Target(option),
            owner => Found::Match(owner, option),
        }
    }
}

/// Letters of options that were given.
#[derive(Debug, Clone, Copy, Default)]
struct Given(u128);

impl Given {
    fn has(self, letter: char) -> bool {
        self.0 & (1 << (letter as u32 & 127)) != 0
    }

    fn add(&mut self, letter: char) {
        self.0 |= 1 << (letter as u32 & 127);
    }
}

/// The value of `-s` or `-d`, read when the line is complete: where it stands,
/// and whether `!` stood in front.
type Addresses = Option<(usize, bool)>;

struct Reader<'a, 'w> {
    cx: &'a Context<'a>,
    words: &'a [Word<'w>],
    at: usize,
    invert: bool,
    given: Given,
    command: Option<CommandKind>,
    chain: usize,
    table: Option<String>,
    src: Addresses,
    dst: Addresses,
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
    let before = out.len();
    let mut given = Given::default();
    if counters.is_some() {
        // Counters in front of a rule are its `-c`.
        given.add('c');
    }
    let mut reader = Reader {
        cx,
        words,
        at: 0,
        invert: false,
        given,
        command: None,
        chain: usize::MAX,
        table: None,
        src: None,
        dst: None,
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
    let told = out.get(before..).unwrap_or_default();
    let refused = told.iter().any(|d| d.severity == Severity::Error);
    line.filter(|_| !refused)
}

impl<'a> Reader<'a, '_> {
    fn text(&self, at: usize) -> &'a str {
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
            let word = self.text(here);
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
                self.short(here, word);
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
        if let Some(n) = self.cx.base().iter().position(|b| b.0 == name) {
            return Found::Base(n);
        }
        if let Some(found) = self.exact(name) {
            return found;
        }
        let owners = self.owners();
        let mut fits: Option<(Found, (usize, u8, u8), &str)> = None;
        let base = self
            .cx
            .base()
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
                    None => fits = Some((Found::of(*owner, n), same, o.name)),
                }
            }
        }
        fits.map_or(Found::Unknown, |f| f.0)
    }

    /// The extensions whose options are known, and where each was named first.
    /// Options come into the table when the first match of a name does, those
    /// that come last in front; they then mean the last match of the name.
    fn known(&self) -> impl Iterator<Item = (usize, usize, &'static [Opt])> {
        let target = self.target.iter();
        let target = target.map(|t| (t.word, OF_TARGET, t.options));
        let matches = self.matches.iter().enumerate().filter_map(|(n, m)| {
            let same = |other: &&Loaded<Match>| other.ext.name() == m.ext.name();
            let later = self.matches.get(n + 1..).unwrap_or_default();
            if later.iter().any(|other| same(&other)) {
                return None;
            }
            let first = self.matches.iter().find(same);
            Some((first.map_or(m.word, |f| f.word), n, m.options))
        });
        target.chain(matches)
    }

    /// The option of that very name.
    fn exact(&self, name: &str) -> Option<Found> {
        let found = self.known().filter_map(|(word, owner, options)| {
            let n = options.iter().position(|o| o.name == name)?;
            Some((word, Found::of(owner, n)))
        });
        found.max_by_key(|(word, _)| *word).map(|(_, found)| found)
    }

    /// [`known`](Self::known), what was named last in front.
    fn owners(&self) -> Vec<(usize, usize, &'static [Opt])> {
        let mut owners: Vec<_> = self.known().collect();
        crate::sort::by_key(&mut owners, |o| std::cmp::Reverse(o.0));
        owners
    }

    fn long(&mut self, here: usize, name: &str, value: Option<&'a str>) {
        // What is not understood keeps every option that stands behind it.
        if self.last_is_kept()
            && !self.cx.base().iter().any(|base| base.0 == name)
            && self.keep(here)
        {
            return;
        }
        let mut found = self.find(name);
        if matches!(found, Found::Unknown) && self.load_proto_match() {
            found = self.find(name);
        }
        match found {
            Found::Base(n) => {
                if let Some((_, letter, args)) = self.cx.base().get(n).copied() {
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
        let mut known: Vec<&str> = self.cx.base().iter().map(|b| b.0).collect();
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

    fn short(&mut self, here: usize, word: &'a str) {
        let mut rest = word.get(1..).unwrap_or_default();
        while let Some(letter) = rest.chars().next() {
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
            let known = letter.is_ascii_alphanumeric()
                && letter != '0'
                && self.cx.base().iter().any(|b| b.1 == letter);
            let takes = self
                .cx
                .base()
                .iter()
                .find(|b| b.1 == letter)
                .map_or(0, |b| b.2);
            if !known {
                let mut problem = Problem::new(format!("unknown option `-{letter}`"));
                if self.cx.family == Family::Arp && matches!(letter, 'm' | 'p') {
                    problem = problem.hint("arptables asks for the ARP packet alone");
                    // Its value is none of the line's options.
                    self.at += usize::from(rest.is_empty());
                }
                self.error(here, &format!("-{letter}"), problem);
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
        let command = match self.command.take() {
            Some(command) => command,
            None => {
                if !self.skip {
                    let problem = Problem::new("the line has no command");
                    self.error(0, "", problem.hint("such as -A CHAIN"));
                }
                return None;
            }
        };
        if self.skip {
            self.other_family(&command)?;
        }
        let chain = match self.words.get(self.chain) {
            Some(word) => {
                let text = word.text.as_ref();
                // An attached value: -AINPUT, --append=INPUT.
                match (text.strip_prefix("--"), text.strip_prefix('-')) {
                    (Some(long), _) => long.split_once('=').map_or("", |(_, c)| c),
                    (_, Some(short)) => short.get(1..).unwrap_or_default(),
                    _ => text,
                }
            }
            None => "",
        };
        let chain_span = self.span(self.chain.min(self.words.len().saturating_sub(1)));
        let mut rules = Rules::default();
        if !self.skip {
            self.check_ifaces(chain);
            self.check_arp();
            self.check_command(&command);
            self.check_goto();
            self.check_extensions();
            let loaded = std::mem::take(&mut self.matches);
            let mut matches = Vec::with_capacity(loaded.len());
            matches.extend(loaded.into_iter().map(|m| m.ext));
            let rule = Rule {
                counters: self.counters,
                ip: std::mem::take(&mut self.ip),
                matches: matches.into_boxed_slice(),
                target: self.target.take().map_or(Target::None, |t| t.ext),
                line: self.cx.line,
            };
            rules = self.with_addresses(rule);
        }
        Some(Line {
            command,
            chain: chain.to_owned(),
            chain_span,
            table: self.table,
            rules,
            counters: self.given.has('c').then_some(self.counters),
            flags: self.flags,
        })
    }

    /// What `-6` leaves of a line for iptables, `-4` of one for ip6tables: reading
    /// ends there and without a complaint, the rule has no addresses, which makes
    /// it no rule at all, and what needs none is done all the same (ip6tables.c,
    /// `do_command6`). `None` if that is nothing.
    fn other_family(&mut self, command: &CommandKind) -> Option<()> {
        match command {
            CommandKind::Append
            | CommandKind::Insert(_)
            | CommandKind::DeleteRule
            | CommandKind::Check => None,
            CommandKind::Replace(_) => {
                let problem = Problem::new("`-R` cannot stand beside the other address family");
                self.error(0, "-R", problem.hint("iptables 1.8.9 crashes at this"));
                None
            }
            _ => Some(()),
        }
    }

    /// Options that the command does not take (xshared.c, `generic_opt_check`).
    fn check_command(&mut self, command: &CommandKind) {
        let legal = match command {
            CommandKind::Insert(_) | CommandKind::Replace(_) | CommandKind::Append => {
                "sdpjviofcl\u{2}\u{3}\u{4}\u{5}\u{6}"
            }
            CommandKind::DeleteRule | CommandKind::Check => "sdpjviofl\u{2}\u{3}\u{4}\u{5}\u{6}",
            CommandKind::List(_) => "nvx0",
            CommandKind::SetPolicy(_) => "vc",
            _ => "v",
        };
        let every = "sdpjviofcnx0".chars().chain(arpt::OWN.chars());
        let wrong = every
            .filter(|letter| self.given.has(*letter))
            .find(|letter| !legal.contains(*letter));
        if let Some(letter) = wrong {
            let long = self.cx.base().iter().find(|b| b.1 == letter);
            let option = match (letter, long) {
                ('a'..='z' | 'A'..='Z', _) | (_, None) => format!("-{letter}"),
                (_, Some((name, ..))) => format!("--{name}"),
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

    /// `-g` to something that is no chain.
    fn check_goto(&mut self) {
        let Some((at, true)) = self.jump else { return };
        let name = self.text(at);
        let standard = matches!(name, "ACCEPT" | "DROP" | "RETURN" | "QUEUE");
        if standard || !self.cx.has_chain(name) {
            let problem = Problem::new(format!("there is no chain `{name}` to go to"));
            let hint = "-g takes a chain of the user; declare it with -N or a line `:NAME - [0:0]`";
            self.error(at, "-g", problem.hint(hint));
        }
    }

    /// The rules that `-s` and `-d` make of one. Several addresses make several;
    /// inverted, every packet would match one of those.
    fn with_addresses(&mut self, mut rule: Rule) -> Rules {
        let several = [self.src, self.dst]
            .into_iter()
            .flatten()
            .any(|(at, _)| self.text(at).contains(','));
        if !several {
            rule.ip.src = self.networks(self.src, 's').next().flatten();
            rule.ip.dst = self.networks(self.dst, 'd').next().flatten();
            return Rules::one(rule);
        }
        // arptables 1.8.9 looks at the wrong bit of the two.
        let dst = self.dst.filter(|_| self.cx.family != Family::Arp);
        if [self.src, dst]
            .into_iter()
            .flatten()
            .any(|(_, inverted)| inverted)
        {
            let at = self.words.iter().position(|w| w.text.contains(','));
            let problem = Problem::new("`!` cannot stand beside a list of addresses")
                .hint("each would make a rule of its own, and every packet would match one");
            self.error(at.unwrap_or(0), "-s", problem);
        }
        let src: Vec<_> = self.networks(self.src, 's').collect();
        let dst: Vec<_> = self.networks(self.dst, 'd').collect();
        let pairs = src.iter().flat_map(|s| dst.iter().map(move |d| (s, d)));
        let rules = pairs.map(|(s, d)| {
            let mut one = rule.clone();
            one.ip.src.clone_from(s);
            one.ip.dst.clone_from(d);
            one
        });
        rules.collect()
    }

    /// The networks of `-s` or `-d`; one that asks nothing is `None`, and what is
    /// not given is one of those.
    fn networks(
        &mut self,
        value: Addresses,
        letter: char,
    ) -> impl Iterator<Item = Option<AddrMatch>> {
        let (at, inverted) = value.unwrap_or((usize::MAX, false));
        let option = if letter == 's' { "-s" } else { "-d" };
        let text = value.map(|_| self.text(at));
        let absent = text.is_none().then_some(None);
        let parts = text.into_iter().flat_map(|text| text.split(','));
        let given = parts.map(move |part| {
            let problem = match parse_network(part.trim_start(), self.cx.family) {
                Ok((addr, mask)) => {
                    return Some(AddrMatch::new(addr, mask, inverted)).filter(|a| !a.is_any());
                }
                // No address begins like an option.
                Err(_) if part.starts_with('-') => not_its_own(letter),
                Err(problem) => problem,
            };
            self.error(at, option, problem);
            None
        });
        absent.into_iter().chain(given)
    }

    /// What nf_tables makes of arptables' own options, and of a device `+`.
    fn check_arp(&mut self) {
        let forward = |c: &Chain| &*c.name == "FORWARD" && c.policy.is_some();
        let legacy = self.cx.chains.iter().any(forward);
        if self.cx.family != Family::Arp || legacy {
            return;
        }
        let any = |iface: &mut Box<IfaceMatch>| &*iface.name == "+" && !iface.inverted;
        self.ip.in_iface.take_if(any);
        self.ip.out_iface.take_if(any);
        if let Some(arp) = &mut self.ip.arp {
            let done = arp.for_nft();
            self.ip.arp.take_if(|arp| **arp == ArpMatch::default());
            if let Err(problem) = done {
                let at = self.words.iter().position(|w| {
                    let word = w.text.as_ref();
                    word == "-l" || word.starts_with("--h-l")
                });
                self.error(at.map_or(0, |at| at + 1), "-l", problem);
            }
        }
    }

    /// A packet that comes in has no device yet that it leaves by, and the
    /// other way round (xshared.c, `xtables_parse_...`; by the chain's name).
    fn check_ifaces(&mut self, chain: &str) {
        let wrong = match chain {
            "PREROUTING" | "INPUT" if self.given.has('o') => 'o',
            "POSTROUTING" | "OUTPUT" if self.given.has('i') => 'i',
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
    let kept = family == Family::Arp && kept_target(name, family) == Some(Kept::Own);
    if standard || kept || TargetKind::find(name, family).is_some() {
        return Err(Problem::new(format!("`{name}` is the name of a target"))
            .hint("a chain cannot have it"));
    }
    Ok(())
}
