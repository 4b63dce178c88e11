//! ebtables-save text and ebtables' options.

use super::place::{check_devices, check_home, check_jumps, check_reached, resolve};
use super::rule::{self, Command, Line, diagnostic};
use super::same::same;
use super::{
    Backend, EbChain, EbRule, EbTable, EbTarget, EbVerdict, Ebtables, TABLES, builtin_chains,
};
use crate::diag::{Diagnostic, Parsed, Problem, Span, nearest};
use crate::rule::Counters;
use crate::text::words;
use std::collections::HashSet;

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
        named: false,
        fresh: HashSet::new(),
        refused: Vec::new(),
        out: Vec::new(),
    };
    for (n, line) in text.lines().enumerate() {
        reader.line(line, u32::try_from(n + 1).unwrap_or(u32::MAX));
    }
    reader.end();
    let Reader { mut out, .. } = reader;
    crate::sort::by_key(&mut out, |diagnostic| diagnostic.span.line);
    out
}

struct Reader<'a> {
    set: &'a mut Ebtables,
    table: Option<usize>,
    /// Whether a line of the table has named a chain.
    named: bool,
    /// Chains that the text made since the last COMMIT.
    fresh: HashSet<Box<str>>,
    /// Rules since the last COMMIT that the kernel will refuse: the chain of each,
    /// and why. The tool leaves out what a later `-F` of the chain takes away.
    refused: Vec<(Box<str>, Diagnostic)>,
    out: Vec<Diagnostic>,
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
        if trimmed.is_empty() || trimmed.starts_with('#') {
            return;
        }
        if trimmed == "COMMIT" && self.table.is_some() {
            self.end();
        } else if let Some(name) = trimmed.strip_prefix('*') {
            self.begin(name.split_whitespace().next().unwrap_or(""), whole);
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

    /// The table goes to the kernel. It was flushed, and only what names a chain
    /// makes nf_tables bring it up again.
    fn end(&mut self) {
        self.fresh.clear();
        let refused = std::mem::take(&mut self.refused);
        if let Some(table) = self.table.and_then(|n| self.set.tables.get_mut(n)) {
            for (chain, diagnostic) in refused {
                if let Some(chain) = table.chain_mut(&chain) {
                    let line = diagnostic.span.line;
                    chain.rules.retain(|rule| rule.span.line != line);
                }
                self.out.push(diagnostic);
            }
            check_jumps(table, &mut self.out);
            check_reached(table, &mut self.out);
        }
        if let Some(at) = self.table.take()
            && !self.named
            && self.set.backend == Backend::NfTables
        {
            self.set.tables.remove(at);
        }
    }

    fn begin(&mut self, name: &str, span: Span) {
        self.end();
        self.named = false;
        if !TABLES.contains(&name) {
            self.table = None;
            self.error(
                span,
                "",
                Problem::new(format!("there is no table `{name}`")).hint(TABLES.join(", ")),
            );
            return;
        }
        let chains = builtin_chains(name).iter().map(|chain| EbChain {
            name: (*chain).into(),
            builtin: true,
            policy: EbVerdict::Accept,
            counters: Counters::default(),
            rules: Vec::new(),
        });
        let table = EbTable {
            name: name.into(),
            chains: chains.collect(),
        };
        let tables = &mut self.set.tables;
        let at = tables.iter().position(|t| &*t.name == name);
        match at.and_then(|at| tables.get_mut(at)) {
            Some(old) => *old = table,
            None => tables.push(table),
        }
        self.table = Some(at.unwrap_or(tables.len() - 1));
    }

    fn chain_line(&mut self, rest: &str, span: Span) {
        let mut fields = rest.split_whitespace();
        let Some(name) = fields.next() else {
            self.error(span, "", "the chain's name is missing".into());
            return;
        };
        let policy = match fields.next().map(|word| (word, EbVerdict::parse(word))) {
            Some((_, Some(policy))) => policy,
            Some((word, None)) => {
                let problem = Problem::new(format!("`{word}` is no policy"))
                    .hint("ACCEPT or DROP; RETURN for a chain of the user");
                return self.error(span, "", problem);
            }
            None => {
                let problem = Problem::new(format!("the policy of `{name}` is missing"));
                return self.error(span, "", problem.hint(format!("such as :{name} ACCEPT")));
            }
        };
        if let Err(problem) = self.add_chain(name, policy, false) {
            self.error(span, "", problem);
        }
    }

    /// Makes a chain; one that is there gets the policy, unless it must be new.
    fn add_chain(&mut self, name: &str, policy: EbVerdict, new: bool) -> Result<(), Problem> {
        if !new {
            check_name(name)?;
        }
        self.named = true;
        let Some(table) = self.table() else {
            return Ok(());
        };
        if let Some(chain) = table.chain_mut(name) {
            if new {
                return Err(format!("there is a chain `{name}` already").into());
            }
            return set_policy(chain, policy);
        }
        let at = table
            .chains
            .partition_point(|c| c.builtin || &*c.name < name);
        let mut chain = EbChain {
            name: name.into(),
            builtin: false,
            policy: EbVerdict::Accept,
            counters: Counters::default(),
            rules: Vec::new(),
        };
        set_policy(&mut chain, policy)?;
        table.chains.insert(at, chain);
        self.fresh.insert(name.into());
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
        if let Some(line) = rule::read(list, whole, counters, &mut self.out) {
            let span = line.chain_span;
            if let Err(problem) = self.apply(line) {
                self.error(span, "", problem);
            }
        }
    }

    fn apply(&mut self, line: Line) -> Result<(), Problem> {
        let Some(name) = line.chain else {
            return self.apply_to_all(&line.command);
        };
        if let Command::New(policy) = line.command {
            let policy = policy.unwrap_or_default();
            return self.add_chain(&name, policy, true);
        }
        self.named = true;
        let fresh = self.fresh.contains(name.as_str());
        let backend = self.set.backend;
        let Some(table) = self.table() else {
            return Ok(());
        };
        let table_name = table.name.clone();
        let at = table.chains.iter().position(|c| *c.name == *name);
        if at.is_none() {
            let problem = Problem::new(format!("there is no chain `{name}` in table {table_name}"));
            let names = table.chains.iter().map(|c| &*c.name);
            return Err(match nearest(&name, names) {
                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                None => problem.hint(format!("a line `:{name} ACCEPT` makes one")),
            });
        }
        let mut rule = line.rule;
        let mut refused = line.refused;
        match resolve(&mut rule, table) {
            Ok(Ok(())) => {}
            Ok(Err(problem)) => refused.push(diagnostic(line.target_span, "-j", problem)),
            Err(problem) => {
                self.error(line.target_span, "-j", problem);
                return Ok(());
            }
        }
        let Some(chain) = at.and_then(|at| table.chains.get_mut(at)) else {
            return Ok(());
        };
        if matches!(line.command, Command::Append | Command::Insert(_)) {
            check_devices(&rule, &name, chain.builtin)?;
            if let Err(problem) = check_home(&rule, &table_name, &name, chain.builtin) {
                refused.push(diagnostic(line.target_span, "-j", problem));
            }
        }
        let rules = &mut chain.rules;
        match line.command {
            Command::Append => rules.push(rule),
            Command::Insert(n) if n <= rules.len() + 1 => rules.insert(n - 1, rule),
            Command::Insert(n) => {
                return Err(format!("the chain `{name}` has no place {n}").into());
            }
            Command::DeleteRange(first, last) => {
                // The tool counts on while it takes rules out: of `1:2` the
                // second is the one behind the next. `1:` takes out one.
                let mut at = first - 1;
                loop {
                    if at >= rules.len() {
                        return Err(format!("the chain `{name}` has no rule {}", at + 1).into());
                    }
                    rules.remove(at);
                    at += 1;
                    if last == usize::MAX || at >= last {
                        break;
                    }
                }
            }
            Command::Delete | Command::Check => {
                let same = |other: &EbRule| same(other, &rule, backend);
                let Some(at) = rules.iter().position(same) else {
                    return Err("no rule of the chain says this".into());
                };
                if line.command == Command::Delete {
                    rules.remove(at);
                }
            }
            Command::Flush => {
                rules.clear();
                self.refused.retain(|(chain, _)| **chain != *name);
            }
            Command::Zero => zero(chain),
            Command::Policy(policy) => return set_policy(chain, policy),
            Command::Rename(_) | Command::DeleteChain if chain.builtin => {
                return Err(format!("`{name}` is a built-in chain").into());
            }
            Command::Rename(_) | Command::DeleteChain if fresh => {
                return Err(
                    Problem::new(format!("the chain `{name}` was made just now"))
                        .hint("the kernel cannot take it away before a COMMIT"),
                );
            }
            Command::Rename(to) => {
                let (policy, rules) = (chain.policy, std::mem::take(rules));
                self.add_chain(&to, policy, true)?;
                self.remove_chain(&name);
                let Some(table) = self.table() else {
                    return Ok(());
                };
                if let Some(renamed) = table.chain_mut(&to) {
                    renamed.rules = rules;
                }
                for rule in table.chains.iter_mut().flat_map(|c| &mut c.rules) {
                    if rule.target == EbTarget::Jump(name.as_str().into()) {
                        rule.target = EbTarget::Jump(to.as_str().into());
                    }
                }
            }
            Command::DeleteChain => {
                let target = EbTarget::Jump(name.as_str().into());
                if table
                    .chains
                    .iter()
                    .flat_map(|c| &c.rules)
                    .any(|r| r.target == target)
                {
                    return Err(Problem::new(format!("rules jump to the chain `{name}`"))
                        .hint("delete these first"));
                }
                self.remove_chain(&name);
            }
            Command::New(_) => {}
        }
        let refused = refused.into_iter().map(|why| (name.as_str().into(), why));
        self.refused.extend(refused);
        Ok(())
    }

    /// `-F`, `-X` and `-Z` without a chain.
    fn apply_to_all(&mut self, command: &Command) -> Result<(), Problem> {
        let fresh = self.fresh.clone();
        let nft = self.set.backend == Backend::NfTables;
        let Some(table) = self.table() else {
            return Ok(());
        };
        match command {
            // The tool flushes what was there before the text, which is nothing.
            Command::Flush if nft => {}
            Command::Flush => table.chains.iter_mut().for_each(|c| c.rules.clear()),
            Command::Zero => table.chains.iter_mut().for_each(zero),
            _ => {
                let used: Vec<EbTarget> = table
                    .chains
                    .iter()
                    .flat_map(|c| c.rules.iter().map(|r| r.target.clone()))
                    .collect();
                let jumped = |c: &EbChain| used.contains(&EbTarget::Jump(c.name.clone()));
                if let Some(chain) = table.chains.iter().find(|c| !c.builtin && jumped(c)) {
                    return Err(format!("rules jump to the chain `{}`", chain.name).into());
                }
                if let Some(chain) = table.chains.iter().find(|c| fresh.contains(&*c.name)) {
                    return Err(Problem::new(format!("`{}` was made just now", chain.name))
                        .hint("the kernel cannot take it away before a COMMIT"));
                }
                table.chains.retain(|c| c.builtin);
            }
        }
        Ok(())
    }

    fn remove_chain(&mut self, name: &str) {
        if let Some(table) = self.table() {
            table.chains.retain(|c| &*c.name != name);
        }
    }
}

/// Checks the name of a chain (iptables 1.8.9's `assert_valid_chain_name`, which
/// knows the standard target alone at that time).
fn check_name(name: &str) -> Result<(), Problem> {
    if name.len() > super::CHAIN_NAME_MAX {
        return Err(
            Problem::new(format!("the chain name `{name}` is too long")).hint(format!(
                "names of chains have at most {} bytes",
                super::CHAIN_NAME_MAX
            )),
        );
    }
    if name.starts_with(['-', '!']) {
        return Err(format!("the chain name `{name}` begins with a mark").into());
    }
    if matches!(name, "ACCEPT" | "DROP" | "QUEUE" | "RETURN") {
        return Err(format!("`{name}` is the name of a target").into());
    }
    Ok(())
}

fn set_policy(chain: &mut EbChain, policy: EbVerdict) -> Result<(), Problem> {
    let fits = match policy {
        EbVerdict::Accept | EbVerdict::Drop => true,
        EbVerdict::Return => !chain.builtin,
        EbVerdict::Continue => false,
    };
    if !fits {
        return Err(Problem::new(format!(
            "the policy of `{}` cannot be {}",
            chain.name,
            policy.name()
        ))
        .hint("ACCEPT or DROP; RETURN for a chain of the user"));
    }
    chain.policy = policy;
    Ok(())
}

fn zero(chain: &mut EbChain) {
    chain.counters = Counters::default();
    for rule in &mut chain.rules {
        rule.counters = Counters::default();
    }
}
