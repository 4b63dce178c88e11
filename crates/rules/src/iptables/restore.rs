//! iptables-restore: tables, chains, commands, commit.

use super::apply::{add_chain, apply, ensure};
use super::rule::{CommandKind, Context, Line, check_chain_name, parse_words};
use super::{TABLES, chains_of, check};
use crate::addr::Family;
use crate::arpt;
use crate::diag::{Diagnostic, Parsed, Problem, Severity, Span, nearest};
use crate::num;
use crate::rule::{Counters, Policy, Ruleset, Table};
use crate::text::{Word, words, words_into};
use crate::xt::Target;

/// Which of the two implementations a text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Backend {
    /// x_tables: all built-in chains of a table are there.
    #[default]
    Legacy,
    /// nf_tables: only those are there that were needed.
    NfTables,
}

/// How a text is taken in.
#[derive(Debug, Clone, Copy, Default)]
pub struct RestoreOptions {
    /// `--noflush`: what was there stays.
    pub noflush: bool,
}

/// Reads what iptables-save printed, or what iptables-restore would take.
/// Counters are kept.
pub fn parse(text: &str, family: Family) -> Parsed<Ruleset> {
    let mut value = Ruleset::new(family);
    let diagnostics = restore(text, &mut value, RestoreOptions::default());
    // What a list keeps in reserve would be a fifth of a large table's memory.
    for chain in value.tables.iter_mut().flat_map(|t| &mut t.chains) {
        chain.rules.shrink_to_fit();
    }
    Parsed { value, diagnostics }
}

/// Does to a rule set what `iptables-restore --counters` would do. Unlike the
/// real one it does what it can of a text with errors.
pub fn restore(text: &str, set: &mut Ruleset, options: RestoreOptions) -> Vec<Diagnostic> {
    // arptables-restore needs no COMMIT.
    let set_is_arp = set.family == Family::Arp;
    let mut restorer = Restorer {
        text,
        lost: false,
        family: set.family,
        options,
        backend: backend_of(text, set.family),
        set,
        table: None,
        began: 0,
        counted: Vec::new(),
        out: Vec::new(),
    };
    let mut list: Vec<Word<'_>> = Vec::new();
    let mut number = 0;
    for line in text.lines() {
        number += 1;
        restorer.line(line, number, &mut list);
    }
    if restorer.table.is_some() && set_is_arp {
        restorer.commit();
    } else if restorer.table.is_some() {
        restorer.error(
            Span {
                line: number.max(1),
                column: 1,
                length: 0,
            },
            Problem::new("the text ends without COMMIT")
                .hint("without it the table is not loaded; was the text cut off?"),
        );
        restorer.commit();
    }
    // What a table's end shows belongs to lines before it.
    crate::sort::by_key(&mut restorer.out, |d| (d.span.line, d.span.column));
    restorer.out
}

/// Which implementation says that it made the text.
fn backend_of(text: &str, family: Family) -> Backend {
    if family == Family::Arp {
        return match arpt::text_is_legacy(text) {
            true => Backend::Legacy,
            false => Backend::NfTables,
        };
    }
    let nft = text
        .lines()
        .take_while(|l| l.starts_with('#') || l.is_empty())
        .any(|l| l.contains("(nf_tables)") || l.contains("-nft-save"));
    if nft {
        Backend::NfTables
    } else {
        Backend::Legacy
    }
}

struct Restorer<'a> {
    text: &'a str,
    /// In a table that does not exist: its lines say nothing more.
    lost: bool,
    family: Family,
    options: RestoreOptions,
    backend: Backend,
    set: &'a mut Ruleset,
    /// The table being read: its place in the set.
    table: Option<usize>,
    /// The line that began it.
    began: u32,
    /// Built-in chains whose counters this table's lines have set.
    counted: Vec<Box<str>>,
    out: Vec<Diagnostic>,
}

impl Restorer<'_> {
    fn error(&mut self, span: Span, problem: Problem) {
        self.out.push(Diagnostic {
            severity: Severity::Error,
            span,
            message: problem.message,
            hint: problem.hint,
            option: String::new(),
        });
    }

    fn table(&mut self) -> Option<&mut Table> {
        self.table.and_then(|n| self.set.tables.get_mut(n))
    }

    fn line<'t>(&mut self, line: &'t str, number: u32, list: &mut Vec<Word<'t>>) {
        let whole = Span {
            line: number,
            column: 1,
            length: u32::try_from(line.chars().count()).unwrap_or(u32::MAX),
        };
        // Lines may end as those of Windows do.
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() || line.starts_with('#') {
            return;
        }
        if let Some(name) = line.strip_prefix('*') {
            if self.table.is_some() {
                if self.family != Family::Arp {
                    self.error(
                        whole,
                        Problem::new("a table begins before COMMIT ended the last one"),
                    );
                }
                self.commit();
            }
            self.begin(name.trim(), whole);
            return;
        }
        if self.lost {
            self.lost = line != "COMMIT";
            return;
        }
        if self.table.is_none() {
            self.error(
                whole,
                Problem::new("this line stands in no table")
                    .hint("a line `*filter` begins a table"),
            );
            return;
        }
        if line == "COMMIT" {
            self.commit();
        } else if let Some(rest) = line.strip_prefix(':') {
            self.chain_line(rest, whole);
        } else {
            self.rule_line(line, number, whole, list);
        }
    }

    fn begin(&mut self, name: &str, span: Span) {
        let tables: &[&str] = match self.family {
            Family::Arp => &arpt::TABLES,
            _ => &TABLES,
        };
        self.lost = !tables.contains(&name);
        if self.lost {
            let problem = Problem::new(format!("there is no table `{name}`"));
            let problem = match nearest(name, tables.iter().copied()) {
                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                None => problem.hint(tables.join(", ")),
            };
            self.error(span, problem);
            return;
        }
        let at = self.set.tables.iter().position(|t| &*t.name == name);
        let at = at.unwrap_or_else(|| {
            self.set.tables.push(Table {
                name: name.into(),
                chains: Vec::new(),
            });
            self.set.tables.len() - 1
        });
        self.table = Some(at);
        self.began = span.line;
        self.counted.clear();
        let (backend, family) = (self.backend, self.family);
        let noflush = self.options.noflush;
        if let Some(table) = self.table() {
            if !noflush {
                table.chains.retain(|c| c.policy.is_some());
                for chain in &mut table.chains {
                    chain.rules.clear();
                    chain.counters = Counters::default();
                }
            } else {
                // Places in another text; and what is new can be told by its place.
                for rule in table.chains.iter_mut().flat_map(|c| &mut c.rules) {
                    rule.line = 0;
                }
            }
            if family == Family::Arp {
                let chains: &[&str] = match backend {
                    Backend::Legacy => &arpt::CHAINS,
                    Backend::NfTables => &[],
                };
                // nf_tables takes the table away; whatever names a chain brings it back.
                table.chains.clear();
                for chain in chains {
                    ensure(table, family, chain);
                }
            } else if backend == Backend::Legacy {
                for chain in chains_of(family, name) {
                    ensure(table, family, chain);
                }
            }
        }
    }

    fn chain_line(&mut self, rest: &str, span: Span) {
        let mut fields = rest.split([' ', '\t']).filter(|f| !f.is_empty());
        let Some(name) = fields.next() else {
            self.error(span, Problem::new("the chain's name is missing"));
            return;
        };
        let policy = fields.next();
        let counters = match (policy, fields.next()) {
            (None | Some("-"), _) | (_, None) => Some(Counters::default()),
            (_, Some(word)) => policy_counters(word),
        };
        if name.len() > super::CHAIN_NAME_MAX {
            self.error(
                span,
                Problem::new(format!("the chain name `{name}` is too long"))
                    .hint("names of chains have at most 28 bytes"),
            );
            return;
        }
        let family = self.family;
        let Some(table) = self.table() else { return };
        let known = table.chain(name).is_some_and(|c| c.policy.is_some());
        let builtin = chains_of(family, &table.name).contains(&name) || known;
        let arp = family == Family::Arp;
        if arp && let Err(problem) = check_chain_name(name, family) {
            self.error(span, problem);
            return;
        }
        let policy = match policy {
            // Of a user's chain arptables does not even read it.
            Some(_) if arp && !builtin => None,
            Some("ACCEPT") => Some(Policy::Accept),
            Some("DROP") => Some(Policy::Drop),
            Some("-") if !(arp && builtin) => None,
            Some(other) => {
                let problem = Problem::new(format!("`{other}` is no policy"))
                    .hint("ACCEPT or DROP; - for a chain of the user");
                self.error(span, problem);
                return;
            }
            None => {
                self.error(span, Problem::new("the chain's policy is missing"));
                return;
            }
        };
        let Some(counters) = counters else {
            let problem = Problem::new("the chain's counters cannot be read");
            self.error(span, problem.hint("as in [0:0]"));
            return;
        };
        let noflush = self.options.noflush;
        let Some(table) = self.table() else { return };
        if builtin {
            let chain = ensure(table, family, name);
            if let Some(policy) = policy {
                chain.policy = Some(policy);
                chain.counters = counters;
                self.counted.push(name.into());
                self.changed();
            }
        } else if policy.is_some() {
            let problem = Problem::new(format!("the chain `{name}` can have no policy"))
                .hint("only built-in chains have one; write - instead");
            self.error(span, problem);
        } else if let Some(chain) = table.chain_mut(name) {
            if !noflush {
                let problem = Problem::new(format!("the chain `{name}` is declared twice"));
                self.error(span, problem);
                return;
            }
            chain.rules.clear();
            self.changed();
        } else {
            add_chain(table, name);
            self.changed();
        }
    }

    fn rule_line<'t>(&mut self, line: &'t str, number: u32, whole: Span, list: &mut Vec<Word<'t>>) {
        let mut counters = None;
        let mut rest = line;
        if line.starts_with('[') {
            let Some((found, behind)) = rule_counters(line) else {
                let problem = Problem::new("the counters cannot be read").hint("as in [0:0]");
                let end = line.find(char::is_whitespace).unwrap_or(line.len());
                let word = line.get(..end).unwrap_or_default();
                let length = u32::try_from(word.chars().count()).unwrap_or(u32::MAX);
                self.error(Span { length, ..whole }, problem);
                return;
            };
            counters = Some(found);
            rest = behind;
        }
        if words_into(rest, list) {
            self.error(whole, Problem::new("a quotation mark is not closed"));
            return;
        }
        let taken = line.len() - rest.len();
        if taken > 0 {
            let before = line.get(..taken).unwrap_or_default();
            let columns = u32::try_from(before.chars().count()).unwrap_or(u32::MAX);
            for word in list.iter_mut() {
                word.column = word.column.saturating_add(columns);
            }
        }
        let Some(at) = self.table else { return };
        let Some(table) = self.set.tables.get(at) else {
            return;
        };
        let cx = Context {
            family: self.family,
            table: &table.name,
            line: number,
            chains: &table.chains,
            restoring: true,
        };
        if let Some(parsed) = parse_words(list, counters, &cx, &mut self.out) {
            self.apply(parsed);
        }
    }

    fn apply(&mut self, line: Line) {
        let span = line.chain_span;
        let Some(at) = self.table else { return };
        let Some(table) = self.set.tables.get_mut(at) else {
            return;
        };
        if let CommandKind::ListRules(which) = line.command
            && self.backend == Backend::Legacy
            && let Some(problem) = unlistable(table, &line.chain, which, self.began)
        {
            self.error(span, problem);
            return;
        }
        let changes = !matches!(
            line.command,
            CommandKind::Check | CommandKind::List(_) | CommandKind::ListRules(_)
        );
        // A policy's counters stay, as if a line of its chain had given them.
        if matches!(line.command, CommandKind::SetPolicy(_)) && line.counters.is_some() {
            self.counted.push(line.chain.as_str().into());
        }
        if let Err(problem) = apply(table, self.family, line) {
            self.error(span, problem);
        } else if changes {
            self.changed();
        }
    }

    /// 1.8.9 keeps the counters of rules over a change, but not those of
    /// policies, unless the same text gives them.
    fn changed(&mut self) {
        if self.family == Family::Arp {
            return;
        }
        if let Some(table) = self.table.and_then(|n| self.set.tables.get_mut(n)) {
            let builtin = table.chains.iter_mut();
            for chain in builtin.take_while(|chain| chain.policy.is_some()) {
                if !self.counted.contains(&chain.name) {
                    chain.counters = Counters::default();
                }
            }
        }
    }

    /// Gives arptables' table the built-in chains that no line named; takes it away if
    /// no line named any, and says whether it is there.
    fn complete_arp(&mut self, at: usize) -> bool {
        let Some(table) = self.set.tables.get_mut(at) else {
            return false;
        };
        if table.chains.is_empty() {
            self.set.tables.remove(at);
            return false;
        }
        for chain in arpt::NFT_CHAINS {
            ensure(table, Family::Arp, chain);
        }
        true
    }

    fn commit(&mut self) {
        let Some(at) = self.table.take() else { return };
        if self.family == Family::Arp && !self.complete_arp(at) {
            return;
        }
        if let Some(table) = self.set.tables.get_mut(at) {
            let before = self.out.len();
            check::table(table, self.family, &mut self.out);
            let found = self.out.get_mut(before..).unwrap_or_default();
            if !found.is_empty() {
                let lines: Vec<&str> = self.text.lines().collect();
                for diagnostic in found {
                    let at = usize::try_from(diagnostic.span.line).unwrap_or(0);
                    if let Some(line) = at.checked_sub(1).and_then(|n| lines.get(n)) {
                        narrow(diagnostic, line);
                    }
                }
            }
        }
    }
}

/// Points at the extension or the chain that a diagnostic of a whole rule is
/// about. Rules do not keep the places of their words: there may be 100,000.
fn narrow(diagnostic: &mut Diagnostic, line: &str) {
    let (words, _) = words(line);
    let (option, name) = match diagnostic.option.split_once(' ') {
        Some((option, name)) => (option, Some(name)),
        None => (diagnostic.option.as_str(), None),
    };
    let fits = |word: &str| match option {
        "-m" => matches!(word, "-m" | "--match"),
        _ => matches!(word, "-j" | "--jump" | "-g" | "--goto"),
    };
    let value = words.windows(2).find_map(|pair| match pair {
        [word, value] if fits(&word.text) && name.is_none_or(|n| n == value.text) => Some(value),
        _ => None,
    });
    if let Some(value) = value {
        diagnostic.span = value.span(diagnostic.span.line);
    } else if let (Some(first), Some(last)) = (words.first(), words.last()) {
        diagnostic.span.column = first.column;
        diagnostic.span.length = last.column + last.length - first.column;
    }
}

/// Reads the counters of a policy: `[packets:bytes`, and whatever stands behind
/// (iptables-restore.c, `parse_counters`, by sscanf(3)).
fn policy_counters(word: &str) -> Option<Counters> {
    let (packets, rest) = num::scan(word.strip_prefix('[')?)?;
    let (bytes, _) = num::scan(rest.strip_prefix(':')?)?;
    Some(Counters { packets, bytes })
}

/// Takes `[packets:bytes]` off a line; it need not be a word of its own
/// (xshared.c, `tokenize_rule_counters`).
fn rule_counters(line: &str) -> Option<(Counters, &str)> {
    let (inside, rest) = line.strip_prefix('[')?.split_once(']')?;
    let (packets, bytes) = inside.split_once(':')?;
    // The second becomes the further value of `-c`, which no option can be.
    if bytes.starts_with(['-', '!']) {
        return None;
    }
    let counters = Counters {
        packets: num::scan(packets)?.0,
        bytes: num::scan(bytes)?.0,
    };
    Some((counters, rest))
}

/// What `-S` stumbles over in a text: a rule of the same text that jumps to a
/// chain, for until COMMIT it looks for a target of that name.
fn unlistable(table: &Table, chain: &str, which: Option<usize>, began: u32) -> Option<Problem> {
    let chains = table
        .chains
        .iter()
        .filter(|found| chain.is_empty() || &*found.name == chain);
    let mut rules = chains.flat_map(|chain| chain.rules.iter().enumerate());
    let (_, rule) = rules.find(|(at, rule)| {
        let asked = which.is_none_or(|which| which == at + 1);
        asked && rule.line > began && matches!(rule.target, Target::Jump(_))
    })?;
    let problem = Problem::new(format!(
        "-S cannot print the rule of line {}, which jumps to a chain",
        rule.line
    ));
    Some(problem.hint("list it behind COMMIT"))
}
