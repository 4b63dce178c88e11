//! What the kernel refuses once a table is complete: jumps that lead nowhere or
//! in circles, extensions where they cannot stand (ip_tables.c,
//! `translate_table`; x_tables.c, `xt_check_match` and `xt_check_target`).
//!
//! An offending rule is taken out of the table, so that what remains is a table
//! that the kernel would take.

use crate::addr::Family;
use crate::diag::{Diagnostic, Problem, Severity, Span};
use crate::rule::{Chain, IpMatch, Rule, Table};
use crate::xt::{Place, Target, hook};
use std::collections::HashMap;

/// Checks a table and takes out what cannot be in it.
pub fn table(table: &mut Table, family: Family, out: &mut Vec<Diagnostic>) {
    targets(table, out);
    loops(table, family, out);
    places(table, family, out);
}

fn error(line: u32, problem: Problem) -> Diagnostic {
    let span = Span {
        line,
        column: 1,
        length: 0,
    };
    Diagnostic {
        severity: Severity::Error,
        span,
        message: problem.message,
        hint: problem.hint,
        option: String::new(),
    }
}

fn of_jump(mut diagnostic: Diagnostic) -> Diagnostic {
    diagnostic.option = "-j".to_owned();
    diagnostic
}

/// Jumps to chains that are not there, or that are built in.
fn targets(table: &mut Table, out: &mut Vec<Diagnostic>) {
    let known: HashMap<Box<str>, bool> = table
        .chains
        .iter()
        .map(|c| (c.name.clone(), c.policy.is_some()))
        .collect();
    for chain in &mut table.chains {
        chain.rules.retain(|rule| {
            let Target::Jump(jump) = &rule.target else {
                return true;
            };
            let problem = match known.get(&jump.chain) {
                Some(false) => return true,
                Some(true) => Problem::new(format!("`{}` is a built-in chain", jump.chain))
                    .hint("rules can only jump to chains of the user"),
                None => Problem::new(format!("there is no chain `{}`", jump.chain))
                    .hint("declare it with -N or a line `:NAME - [0:0]`"),
            };
            out.push(of_jump(error(rule.line, problem)));
            false
        });
    }
}

/// Jumps that close a circle, followed from the built-in chains as the kernel
/// does; a circle that no packet can reach is left alone.
fn loops(table: &mut Table, family: Family, out: &mut Vec<Diagnostic>) {
    let index: HashMap<&str, usize> = table
        .chains
        .iter()
        .enumerate()
        .map(|(n, c)| (&*c.name, n))
        .collect();
    let jumps: Vec<Vec<(usize, usize)>> = table
        .chains
        .iter()
        .map(|c| {
            let rules = walked(c, family).iter().enumerate();
            rules
                .filter_map(|(n, r)| match &r.target {
                    Target::Jump(j) => index.get(&*j.chain).map(|to| (n, *to)),
                    _ => None,
                })
                .collect()
        })
        .collect();
    let mut state = vec![State::New; table.chains.len()];
    let mut bad: Vec<(usize, usize)> = Vec::new();
    for start in 0..table.chains.len() {
        let builtin = table.chains.get(start).is_some_and(|c| c.policy.is_some());
        if !builtin {
            continue;
        }
        // Depth first, with a stack of our own: chains may be nested deeply.
        let mut stack = vec![(start, 0)];
        set(&mut state, start, State::Open);
        while let Some((chain, next)) = stack.pop() {
            match jumps.get(chain).and_then(|j| j.get(next)) {
                None => set(&mut state, chain, State::Done),
                Some((rule, to)) => {
                    stack.push((chain, next + 1));
                    match state.get(*to) {
                        Some(State::Open) => bad.push((chain, *rule)),
                        Some(State::New) => {
                            set(&mut state, *to, State::Open);
                            stack.push((*to, 0));
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    bad.sort_unstable_by(|a, b| b.cmp(a));
    bad.dedup();
    for (chain, rule) in bad {
        if let Some(chain) = table.chains.get_mut(chain)
            && rule < chain.rules.len()
        {
            let rule = chain.rules.remove(rule);
            out.push(of_jump(error(
                rule.line,
                Problem::new(format!(
                    "a loop: the jump from `{}` to `{}` leads back to where it came from",
                    chain.name,
                    rule.target.name()
                ))
                .hint("the kernel refuses chains that call each other in a circle"),
            )));
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

fn set(states: &mut [State], at: usize, state: State) {
    if let Some(slot) = states.get_mut(at) {
        *slot = state;
    }
}

/// The rules that the kernel looks at when it follows jumps: those up to the
/// first that ends every packet's walk through the chain (ip_tables.c,
/// `mark_source_chains`).
fn walked(chain: &Chain, family: Family) -> &[Rule] {
    // nf_tables follows every rule (nf_tables_api.c, `nft_chain_validate`).
    if family == Family::Arp {
        return &chain.rules;
    }
    let ends = |rule: &Rule| {
        let verdict = matches!(
            rule.target,
            Target::Accept | Target::Drop | Target::Return | Target::Queue
        );
        verdict && rule.matches.is_empty() && rule.ip == IpMatch::default()
    };
    let end = chain.rules.iter().position(ends);
    let end = end.map_or(chain.rules.len(), |at| at + 1);
    chain.rules.get(..end).unwrap_or_default()
}

/// The hooks from which each chain is reached.
fn reached(table: &Table, family: Family) -> Vec<u8> {
    let index: HashMap<&str, usize> = table
        .chains
        .iter()
        .enumerate()
        .map(|(n, c)| (&*c.name, n))
        .collect();
    let mut hooks: Vec<u8> = table
        .chains
        .iter()
        .map(|c| c.policy.and(hook::of_chain(&c.name)).unwrap_or(0))
        .collect();
    let mut work: Vec<usize> = (0..hooks.len()).collect();
    while let Some(from) = work.pop() {
        let bits = hooks.get(from).copied().unwrap_or(0);
        let Some(chain) = table.chains.get(from) else {
            continue;
        };
        if bits == 0 {
            continue;
        }
        for rule in walked(chain, family) {
            if let Target::Jump(jump) = &rule.target
                && let Some(to) = index.get(&*jump.chain)
                && let Some(slot) = hooks.get_mut(*to)
                && *slot | bits != *slot
            {
                *slot |= bits;
                work.push(*to);
            }
        }
    }
    hooks
}

/// Extensions that cannot stand where they do.
fn places(table: &mut Table, family: Family, out: &mut Vec<Diagnostic>) {
    let hooks = reached(table, family);
    let name = table.name.clone();
    for (chain, reached) in table.chains.iter_mut().zip(hooks) {
        let chain_name = chain.name.clone();
        // The kernel notes hooks rule by rule as it follows jumps.
        let mut walked = walked(chain, family).len();
        chain.rules.retain(|rule| {
            let reached = if walked > 0 { reached } else { 0 };
            walked = walked.saturating_sub(1);
            let places = rule
                .matches
                .iter()
                .map(|m| (m.name(), m.place(family), "-m"))
                .chain([(rule.target.name(), rule.target.place(family), "-j")]);
            for (ext, place, option) in places {
                if let Some(problem) = misplaced(ext, place, &name, &chain_name, reached) {
                    let mut diagnostic = error(rule.line, problem);
                    diagnostic.option = format!("{option} {ext}");
                    out.push(diagnostic);
                    return false;
                }
            }
            true
        });
    }
}

fn misplaced(ext: &str, place: Place, table: &str, chain: &str, reached: u8) -> Option<Problem> {
    if !place.tables.is_empty() && !place.tables.contains(&table) {
        return Some(
            Problem::new(format!("`{ext}` cannot stand in table {table}"))
                .hint(format!("only in {}", place.tables.join(", "))),
        );
    }
    let wrong = reached & !place.hooks;
    if wrong == 0 {
        return None;
    }
    let allowed = hook::names(place.hooks).join(", ");
    let wrong = hook::names(wrong).join(", ");
    let problem = if hook::of_chain(chain).is_some() {
        Problem::new(format!("`{ext}` cannot stand in {chain}"))
    } else {
        Problem::new(format!(
            "`{ext}` cannot stand in `{chain}`, which {wrong} leads to"
        ))
    };
    Some(problem.hint(format!(
        "only in {allowed}, or chains that are reached from there"
    )))
}
