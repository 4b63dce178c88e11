//! ebtables-save text and ebtables' options.

use super::ext::MATCHES;
use super::link::parse_mac;
use super::{
    Backend, EbChain, EbMatch, EbProto, EbRule, EbTable, EbTarget, EbTargetKind, EbVerdict,
    Ebtables, TABLES, builtin_chains,
};
use crate::addr::Family;
use crate::diag::{Diagnostic, Parsed, Problem, Severity, Span, nearest};
use crate::names;
use crate::rule::{Counters, IfaceMatch, Neg};
use crate::text::{Word, words};
use crate::xt::{Arg, Env, Opt, Seen, iface_name};

/// Reads what ebtables-save printed, or what ebtables-restore would take.
pub fn parse(text: &str) -> Parsed<Ebtables> {
    let mut value = Ebtables {
        backend: backend_of(text),
        tables: Vec::new(),
    };
    let diagnostics = restore(text, &mut value);
    Parsed { value, diagnostics }
}

/// Which implementation says that it made the text; without a word of it the
/// one that Linux distributions ship today.
fn backend_of(text: &str) -> Backend {
    let legacy = text
        .lines()
        .take_while(|l| l.starts_with('#') || l.is_empty())
        .any(|l| l.contains("(legacy)") || l.contains("ebtables-save v1.0"));
    let rules_say = text
        .lines()
        .any(|l| l.starts_with("-A") && l.contains(" -c "));
    if legacy || (rules_say && !text.contains("(nf_tables)")) {
        Backend::Legacy
    } else {
        Backend::NfTables
    }
}

/// Does to a rule set what ebtables-restore would do; each table shown is
/// flushed first.
pub fn restore(text: &str, set: &mut Ebtables) -> Vec<Diagnostic> {
    let mut reader = Reader {
        set,
        table: None,
        out: Vec::new(),
    };
    for (n, line) in text.lines().enumerate() {
        reader.line(line, u32::try_from(n + 1).unwrap_or(u32::MAX));
    }
    reader.jumps();
    reader.out
}

struct Reader<'a> {
    set: &'a mut Ebtables,
    table: Option<usize>,
    out: Vec<Diagnostic>,
}

fn diagnostic(span: Span, option: &str, problem: Problem) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        span,
        message: problem.message,
        hint: problem.hint,
        option: option.to_owned(),
    }
}

impl Reader<'_> {
    fn error(&mut self, span: Span, option: &str, problem: Problem) {
        self.out.push(diagnostic(span, option, problem));
    }

    fn table(&mut self) -> Option<&mut EbTable> {
        self.table.and_then(|n| self.set.tables.get_mut(n))
    }

    fn line(&mut self, line: &str, number: u32) {
        let whole = Span {
            line: number,
            column: 1,
            length: u32::try_from(line.chars().count()).unwrap_or(u32::MAX),
        };
        let trimmed = line.trim_end();
        if trimmed.is_empty() || trimmed.starts_with('#') || trimmed == "COMMIT" {
            return;
        }
        if let Some(name) = trimmed.strip_prefix('*') {
            self.begin(name, whole);
        } else if self.table.is_none() {
            self.error(
                whole,
                "",
                Problem::new("this line stands in no table")
                    .hint("a line `*filter` begins a table"),
            );
        } else if let Some(rest) = trimmed.strip_prefix(':') {
            self.chain_line(rest, whole);
        } else {
            self.rule_line(line, whole);
        }
    }

    fn begin(&mut self, name: &str, span: Span) {
        if !TABLES.contains(&name) {
            self.table = None;
            self.error(
                span,
                "",
                Problem::new(format!("there is no table `{name}`")).hint(TABLES.join(", ")),
            );
            return;
        }
        self.set.tables.retain(|t| &*t.name != name);
        let chains = builtin_chains(name).iter().map(|chain| EbChain {
            name: (*chain).into(),
            builtin: true,
            policy: EbVerdict::Accept,
            counters: Counters::default(),
            rules: Vec::new(),
        });
        self.set.tables.push(EbTable {
            name: name.into(),
            chains: chains.collect(),
        });
        self.table = Some(self.set.tables.len() - 1);
    }

    fn chain_line(&mut self, rest: &str, span: Span) {
        let mut fields = rest.split_whitespace();
        let Some(name) = fields.next() else {
            self.error(span, "", "the chain's name is missing".into());
            return;
        };
        let policy = match fields.next() {
            None => EbVerdict::Accept,
            Some(word) => match EbVerdict::parse(word) {
                Some(policy) => policy,
                None => {
                    self.error(
                        span,
                        "",
                        Problem::new(format!("`{word}` is no policy"))
                            .hint("ACCEPT or DROP; RETURN for a chain of the user"),
                    );
                    return;
                }
            },
        };
        if let Err(problem) = self.add_chain(name, policy) {
            self.error(span, "", problem);
        }
    }

    fn add_chain(&mut self, name: &str, policy: EbVerdict) -> Result<(), Problem> {
        if name.len() > super::CHAIN_NAME_MAX {
            return Err(Problem::new(format!("the chain name `{name}` is too long"))
                .hint("names of chains have at most 31 bytes"));
        }
        let Some(table) = self.table() else {
            return Ok(());
        };
        if let Some(chain) = table.chain_mut(name) {
            chain.policy = policy;
        } else {
            let at = table
                .chains
                .partition_point(|c| c.builtin || &*c.name < name);
            table.chains.insert(
                at,
                EbChain {
                    name: name.into(),
                    builtin: false,
                    policy,
                    counters: Counters::default(),
                    rules: Vec::new(),
                },
            );
        }
        Ok(())
    }

    fn rule_line(&mut self, line: &str, whole: Span) {
        let (list, open) = words(line);
        if open {
            self.error(whole, "", "a quotation mark is not closed".into());
            return;
        }
        let mut list = list.as_slice();
        let mut counters = Counters::default();
        if let Some((first, rest)) = list.split_first()
            && let Some(inner) = first.text.strip_prefix('[')
        {
            let pair = inner.strip_suffix(']').and_then(|i| i.split_once(':'));
            match pair.and_then(|(p, b)| Some((p.parse().ok()?, b.parse().ok()?))) {
                Some((packets, bytes)) => counters = Counters { packets, bytes },
                None => {
                    let span = first.span(whole.line);
                    self.error(span, "", "the counters cannot be read".into());
                    return;
                }
            }
            list = rest;
        }
        let before = self.out.len();
        let mut rule = RuleReader::new(list, whole, counters, &mut self.out);
        rule.run();
        let done = rule.finish();
        if self.out.len() > before {
            return;
        }
        let Some((command, chain, rule, chain_span)) = done else {
            return;
        };
        if let Err(problem) = self.apply(command, &chain, rule) {
            self.error(chain_span, "", problem);
        }
    }

    fn apply(&mut self, command: Command, name: &str, rule: EbRule) -> Result<(), Problem> {
        if let Command::New = command {
            return self.add_chain(name, EbVerdict::Accept);
        }
        let Some(table) = self.table() else {
            return Ok(());
        };
        let names: Vec<Box<str>> = table.chains.iter().map(|c| c.name.clone()).collect();
        let table_name = table.name.clone();
        let Some(chain) = table.chain_mut(name) else {
            let problem = Problem::new(format!("there is no chain `{name}` in table {table_name}"));
            return Err(match nearest(name, names.iter().map(|n| &**n)) {
                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                None => problem.hint(format!("a line `:{name} ACCEPT` makes one")),
            });
        };
        check_place(&rule, &table_name, chain)?;
        match command {
            Command::Append | Command::New => chain.rules.push(rule),
            Command::Insert(n) if n >= 1 && n <= chain.rules.len() + 1 => {
                chain.rules.insert(n - 1, rule);
            }
            Command::DeleteNumber(n) if n >= 1 && n <= chain.rules.len() => {
                chain.rules.remove(n - 1);
            }
            Command::Insert(n) | Command::DeleteNumber(n) => {
                return Err(format!("the chain `{name}` has no place {n}").into());
            }
            Command::Delete => {
                let same = |r: &EbRule| {
                    let mut r = r.clone();
                    r.span = rule.span;
                    r.counters = rule.counters;
                    r == rule
                };
                match chain.rules.iter().position(same) {
                    Some(at) => {
                        chain.rules.remove(at);
                    }
                    None => return Err("no rule of the chain says this".into()),
                }
            }
            Command::Flush => chain.rules.clear(),
            Command::Policy(policy) => chain.policy = policy,
        }
        Ok(())
    }

    /// Takes out rules that jump to chains that are not there.
    fn jumps(&mut self) {
        for table in &mut self.set.tables {
            let known: Vec<(Box<str>, bool)> = table
                .chains
                .iter()
                .map(|c| (c.name.clone(), c.builtin))
                .collect();
            for chain in &mut table.chains {
                chain.rules.retain(|rule| {
                    let EbTarget::Jump(to) = &rule.target else {
                        return true;
                    };
                    let problem = match known.iter().find(|k| k.0 == *to) {
                        Some((_, false)) => return true,
                        Some((_, true)) => Problem::new(format!("`{to}` is a built-in chain"))
                            .hint("rules can only jump to chains of the user"),
                        None => {
                            let problem =
                                Problem::new(format!("there is no target and no chain `{to}`"));
                            let targets = [
                                "ACCEPT", "DROP", "CONTINUE", "RETURN", "mark", "snat", "dnat",
                                "redirect", "arpreply",
                            ];
                            match nearest(to, targets.into_iter()) {
                                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                                None => problem.hint(format!("a line `:{to} ACCEPT` makes one")),
                            }
                        }
                    };
                    self.out.push(diagnostic(rule.span, "-j", problem));
                    false
                });
            }
        }
    }
}

/// What the kernel takes only in certain chains.
fn check_place(rule: &EbRule, table: &str, chain: &EbChain) -> Result<(), Problem> {
    let name = &*chain.name;
    if chain.builtin {
        let comes = matches!(name, "INPUT" | "FORWARD" | "PREROUTING" | "BROUTING");
        let goes = matches!(name, "OUTPUT" | "FORWARD" | "POSTROUTING");
        if (rule.in_iface.is_some() || rule.logical_in.is_some()) && !comes {
            return Err(Problem::new(format!("`-i` cannot be used in {name}"))
                .hint("only in INPUT, FORWARD, PREROUTING and BROUTING"));
        }
        if (rule.out_iface.is_some() || rule.logical_out.is_some()) && !goes {
            return Err(Problem::new(format!("`-o` cannot be used in {name}"))
                .hint("only in OUTPUT, FORWARD and POSTROUTING"));
        }
    }
    let (places, target): (&[(&str, &str)], _) = match &rule.target {
        EbTarget::ArpReply(_) => (&[("nat", "PREROUTING")], "arpreply"),
        EbTarget::Redirect(_) => (&[("nat", "PREROUTING"), ("broute", "BROUTING")], "redirect"),
        EbTarget::Dnat(_) => (
            &[
                ("nat", "PREROUTING"),
                ("nat", "OUTPUT"),
                ("broute", "BROUTING"),
            ],
            "dnat",
        ),
        EbTarget::Snat(_) => (&[("nat", "POSTROUTING")], "snat"),
        _ => return Ok(()),
    };
    let fits = places
        .iter()
        .any(|(t, c)| *t == table && (*c == name || !chain.builtin));
    if fits {
        Ok(())
    } else {
        let allowed: Vec<String> = places.iter().map(|(t, c)| format!("{t} {c}")).collect();
        Err(
            Problem::new(format!("`{target}` cannot stand in {table} {name}"))
                .hint(format!("only in {}", allowed.join(", "))),
        )
    }
}

/// What a line wants done.
#[derive(Clone, Copy)]
enum Command {
    Append,
    Insert(usize),
    Delete,
    DeleteNumber(usize),
    Flush,
    New,
    Policy(EbVerdict),
}

struct Loaded<E> {
    ext: E,
    options: &'static [Opt],
    seen: Seen,
    word: usize,
}

struct RuleReader<'a, 'w> {
    words: &'a [Word<'w>],
    at: usize,
    whole: Span,
    given: Vec<&'static str>,
    command: Option<Command>,
    chain: Option<(String, Span)>,
    rule: EbRule,
    matches: Vec<Loaded<EbMatch>>,
    target: Option<Loaded<EbTarget>>,
    out: &'a mut Vec<Diagnostic>,
}

/// ebtables' own options: every spelling, the key, whether `!` may stand there.
const BASE: &[(&[&str], &str, bool)] = &[
    (&["-p", "--protocol", "--proto"], "p", true),
    (&["-s", "--source", "--src"], "s", true),
    (&["-d", "--destination", "--dst"], "d", true),
    (&["-i", "--in-interface", "--in-if"], "i", true),
    (&["-o", "--out-interface", "--out-if"], "o", true),
    (&["--logical-in"], "li", true),
    (&["--logical-out"], "lo", true),
    (&["-j", "--jump"], "j", false),
    (&["-c", "--set-counters"], "c", false),
];

impl<'a, 'w> RuleReader<'a, 'w> {
    fn new(
        words: &'a [Word<'w>],
        whole: Span,
        counters: Counters,
        out: &'a mut Vec<Diagnostic>,
    ) -> Self {
        Self {
            words,
            at: 0,
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
        let word = self.words.get(self.at)?;
        self.at += 1;
        Some(word.text.as_ref())
    }

    /// Takes an exclamation mark that stands behind the option.
    fn mark(&mut self, before: bool) -> bool {
        if self.text(self.at) == "!" {
            self.at += 1;
            return true;
        }
        before
    }

    fn run(&mut self) {
        while self.at < self.words.len() {
            let mut inverted = false;
            if self.text(self.at) == "!" {
                inverted = true;
                self.at += 1;
            }
            let here = self.at;
            let Some(word) = self.next() else {
                self.error(
                    here.saturating_sub(1),
                    "",
                    "an exclamation mark with nothing behind it",
                );
                return;
            };
            if let Some(command) = command_letter(word) {
                self.command(here, command);
            } else if let Some(base) = BASE.iter().find(|b| b.0.contains(&word)) {
                self.base(here, base.1, base.2, inverted);
            } else if let Some(name) = word.strip_prefix("--") {
                self.extension(here, name, inverted);
            } else {
                self.error(here, "", Problem::new(format!("`{word}` is no option")));
            }
        }
    }

    fn command(&mut self, here: usize, letter: char) {
        let chain_at = self.at;
        let Some(chain) = self.next() else {
            self.error(here, "", "the chain's name is missing");
            return;
        };
        if self.command.is_some() {
            self.error(here, "", "a line has one command only");
        }
        self.chain = Some((chain.to_owned(), self.span(chain_at)));
        let number = self.text(self.at).parse::<usize>().ok();
        let command = match letter {
            'A' => Command::Append,
            'I' | 'D' => {
                if number.is_some() {
                    self.at += 1;
                }
                match (letter, number) {
                    ('I', n) => Command::Insert(n.unwrap_or(1)),
                    (_, Some(n)) => Command::DeleteNumber(n),
                    (_, None) => Command::Delete,
                }
            }
            'F' => Command::Flush,
            'N' => Command::New,
            _ => match self.next().and_then(EbVerdict::parse) {
                Some(policy) => Command::Policy(policy),
                None => {
                    self.error(here, "", "the policy is missing or unknown");
                    return;
                }
            },
        };
        self.command = Some(command);
    }

    fn base(&mut self, here: usize, key: &'static str, invertible: bool, before: bool) {
        let option = self.text(here).to_owned();
        if self.given.contains(&key) {
            self.error(
                here,
                &option,
                Problem::new(format!("`{option}` is given twice")),
            );
        }
        self.given.push(key);
        let inverted = if invertible {
            self.mark(before)
        } else {
            before
        };
        if inverted && !invertible {
            self.error(
                here,
                &option,
                Problem::new(format!("`!` cannot stand in front of `{option}`")),
            );
        }
        let value_at = self.at;
        let Some(value) = self.next() else {
            self.error(
                here,
                &option,
                Problem::new(format!("`{option}` needs a value")),
            );
            return;
        };
        if let Err(problem) = self.base_value(value_at, key, value, inverted) {
            self.error(value_at, &option, problem);
        }
    }

    fn base_value(
        &mut self,
        at: usize,
        key: &str,
        value: &str,
        inverted: bool,
    ) -> Result<(), Problem> {
        match key {
            "p" => self.rule.proto = Some(Neg::new(proto(value)?, inverted)),
            "s" => self.rule.src = Some(Neg::new(parse_mac(value)?, inverted)),
            "d" => self.rule.dst = Some(Neg::new(parse_mac(value)?, inverted)),
            "j" => self.target(at, value),
            "c" => {
                let bytes = self.next().and_then(|b| b.parse().ok());
                match (value.parse().ok(), bytes) {
                    (Some(packets), Some(bytes)) => {
                        self.rule.counters = Counters { packets, bytes };
                    }
                    _ => return Err("two numbers are needed: packets and bytes".into()),
                }
            }
            _ => {
                let iface = Some(IfaceMatch {
                    name: iface_name(value)?.into(),
                    inverted,
                });
                match key {
                    "i" => self.rule.in_iface = iface,
                    "o" => self.rule.out_iface = iface,
                    "li" => self.rule.logical_in = iface,
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
            word: at,
        });
    }

    fn extension(&mut self, here: usize, name: &str, before: bool) {
        let family = Family::V4;
        let of_target = self
            .target
            .as_ref()
            .and_then(|t| t.options.iter().find(|o| o.name == name).copied());
        let found = match of_target {
            Some(opt) => Some((None, opt)),
            None => MATCHES.iter().find_map(|kind| {
                let opt = kind.options(family).iter().find(|o| o.name == name)?;
                Some((Some(*kind), *opt))
            }),
        };
        let option = format!("--{name}");
        let Some((kind, opt)) = found else {
            self.unknown(here, name);
            return;
        };
        let inverted = if opt.invert {
            self.mark(before)
        } else {
            before
        };
        if inverted && !opt.invert {
            self.error(
                here,
                &option,
                Problem::new(format!("`!` cannot stand in front of `{option}`")),
            );
        }
        let first = self.at;
        let wanted = usize::from(opt.args);
        self.at = (self.at + wanted).min(self.words.len());
        if self.at - first < wanted {
            self.error(
                here,
                &option,
                Problem::new(format!("`{option}` needs a value")),
            );
            return;
        }
        let words = self.words.get(first..self.at).unwrap_or_default();
        let mut arg = Arg {
            id: opt.id,
            name: opt.name,
            family,
            inverted,
            words,
            proto: None,
            seen: Seen::default(),
        };
        let (seen, options, result) = match kind {
            None => match &mut self.target {
                Some(t) => {
                    arg.seen = t.seen;
                    t.seen.add(opt.id);
                    (arg.seen, t.options, t.ext.set(&arg))
                }
                None => return,
            },
            Some(kind) => {
                let at = match self.matches.iter().position(|m| m.ext.kind() == Some(kind)) {
                    Some(at) => at,
                    None => {
                        self.matches.push(Loaded {
                            ext: kind.make(family),
                            options: kind.options(family),
                            seen: Seen::default(),
                            word: here,
                        });
                        self.matches.len() - 1
                    }
                };
                match self.matches.get_mut(at) {
                    Some(m) => {
                        arg.seen = m.seen;
                        m.seen.add(opt.id);
                        (arg.seen, m.options, m.ext.set(&arg))
                    }
                    None => return,
                }
            }
        };
        if seen.has(opt.id) {
            self.error(
                here,
                &option,
                Problem::new(format!("`{option}` is given twice")),
            );
        }
        let clash = options
            .iter()
            .find(|o| o.id != opt.id && seen.has(o.id) && opt.excl & (1 << o.id) != 0);
        if let Some(clash) = clash {
            self.error(
                here,
                &option,
                Problem::new(format!("`{option}` cannot stand beside `--{}`", clash.name)),
            );
        }
        if let Err(problem) = result {
            let at = if wanted > 0 { first } else { here };
            let problem = Problem {
                message: format!("{option}: {}", problem.message),
                hint: problem.hint,
            };
            self.error(at, &option, problem);
        }
    }

    fn unknown(&mut self, here: usize, name: &str) {
        let known = MATCHES
            .iter()
            .flat_map(|k| k.options(Family::V4))
            .chain(self.target.iter().flat_map(|t| t.options))
            .map(|o| o.name);
        let problem = Problem::new(format!("unknown option `--{name}`"));
        let problem = match nearest(name, known) {
            Some(near) => problem.hint(format!("did you mean `--{near}`?")),
            None => problem,
        };
        self.error(here, &format!("--{name}"), problem);
        while self.at < self.words.len() && !self.text(self.at).starts_with('-') {
            self.at += 1;
        }
    }

    fn finish(mut self) -> Option<(Command, String, EbRule, Span)> {
        let needs = self.needs();
        for (at, problem) in needs {
            self.error(at, "", problem);
        }
        let Some(command) = self.command else {
            self.out.push(diagnostic(
                self.whole,
                "",
                Problem::new("the line has no command").hint("such as -A CHAIN"),
            ));
            return None;
        };
        let (chain, chain_span) = self.chain?;
        let mut rule = self.rule;
        rule.matches = self.matches.into_iter().map(|m| m.ext).collect();
        if let Some(target) = self.target {
            rule.target = target.ext;
        }
        Some((command, chain, rule, chain_span))
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
        for m in &mut self.matches {
            env.seen = m.seen;
            if let Err(problem) = m.ext.check(&env) {
                problems.push((m.word, problem));
            }
            let (fits, name) = match &m.ext {
                EbMatch::Ip(_) => (proto == Some(EbProto::Type(0x0800)), "IPv4"),
                EbMatch::Ip6(_) => (proto == Some(EbProto::Type(0x86dd)), "IPv6"),
                EbMatch::Arp(_) => (matches!(proto, Some(EbProto::Type(0x0806 | 0x8035))), "ARP"),
                EbMatch::Vlan(_) => (matches!(proto, Some(EbProto::Type(0x8100))), "802_1Q"),
                EbMatch::Ieee8023(_) => (proto == Some(EbProto::Length), "LENGTH"),
                _ => (true, ""),
            };
            if !fits {
                problems.push((
                    m.word,
                    Problem::new(format!(
                        "the options of `{}` need `-p {name}`",
                        m.ext.name()
                    ))
                    .hint(format!("add -p {name} to the rule")),
                ));
            }
        }
        if let Some(t) = &mut self.target {
            env.seen = t.seen;
            let missing = t.options.iter().find(|o| o.mandatory && !t.seen.has(o.id));
            if let Some(opt) = missing {
                problems.push((t.word, Problem::new(format!("`--{}` is missing", opt.name))));
            }
            if let Err(problem) = t.ext.check(&env) {
                problems.push((t.word, problem));
            }
            if let EbTarget::ArpReply(_) = t.ext
                && proto != Some(EbProto::Type(0x0806))
            {
                problems.push((
                    t.word,
                    Problem::new("`arpreply` needs `-p ARP`").hint("add -p ARP to the rule"),
                ));
            }
        }
        problems
    }
}

fn command_letter(word: &str) -> Option<char> {
    Some(match word {
        "-A" | "--append" => 'A',
        "-I" | "--insert" => 'I',
        "-D" | "--delete" => 'D',
        "-F" | "--flush" => 'F',
        "-N" | "--new-chain" => 'N',
        "-P" | "--policy" => 'P',
        _ => return None,
    })
}

/// Reads `-p`'s value.
fn proto(word: &str) -> Result<EbProto, Problem> {
    if word.eq_ignore_ascii_case("length") {
        return Ok(EbProto::Length);
    }
    let digits = word.strip_prefix("0x").or(word.strip_prefix("0X"));
    let number = match names::ethertype(word) {
        Some(number) => Some(number),
        None => u16::from_str_radix(digits.unwrap_or(word), 16).ok(),
    };
    match number {
        Some(number) if number >= 0x0600 => Ok(EbProto::Type(number)),
        Some(number) => Err(Problem::new(format!("0x{number:04x} is not an EtherType"))
            .hint("the lowest is 0x0600; -p LENGTH is for frames with a length")),
        None => Err(Problem::new(format!("unknown protocol `{word}`"))
            .hint("a name such as IPv4, ARP, 802_1Q, or a hexadecimal number")),
    }
}
