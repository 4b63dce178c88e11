//! What the commands of a line do to a table: chains and rules come and go
//! (libiptc.c).

use super::chains_of;
use super::rule::{CommandKind, Line, check_chain_name};
use crate::addr::Family;
use crate::diag::{Problem, nearest};
use crate::rule::{Chain, Counters, Policy, Rule, Table};

/// The built-in chain of that name, made if it was not there.
#[expect(clippy::indexing_slicing, reason = "it was found or put there")]
pub(super) fn ensure<'t>(table: &'t mut Table, family: Family, name: &str) -> &'t mut Chain {
    let order = chains_of(family, &table.name);
    let rank = |n: &str| order.iter().position(|o| *o == n).unwrap_or(order.len());
    let at = match table.chains.iter().position(|c| &*c.name == name) {
        Some(at) => at,
        None => {
            let at = table.chains.partition_point(|c| rank(&c.name) < rank(name));
            let mut chain = Chain::new(name);
            chain.policy = Some(Policy::Accept);
            table.chains.insert(at, chain);
            at
        }
    };
    &mut table.chains[at]
}

/// Adds an empty chain of the user where its name belongs.
pub(super) fn add_chain(table: &mut Table, name: &str) {
    let at = table
        .chains
        .partition_point(|c| c.policy.is_some() || &*c.name < name);
    table.chains.insert(at, Chain::new(name));
}

/// Does what a line says to a table.
///
/// # Errors
/// What iptables would refuse: a chain that is not there, a number too large.
pub(super) fn apply(table: &mut Table, family: Family, line: Line) -> Result<(), Problem> {
    let no_chain = |table: &Table, name: &str| {
        let problem = Problem::new(format!(
            "there is no chain `{name}` in table {}",
            table.name
        ));
        let near = nearest(name, table.chains.iter().map(|c| &*c.name));
        match near {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem.hint(format!("a line `:{name} - [0:0]` or -N {name} makes one")),
        }
    };
    let name = line.chain.as_str();
    if chains_of(family, &table.name).contains(&name) {
        ensure(table, family, name);
    }
    match line.command {
        CommandKind::NewChain => {
            if table.chain(name).is_some() {
                return Err(Problem::new(format!("the chain `{name}` exists already")));
            }
            add_chain(table, name);
            return Ok(());
        }
        CommandKind::Flush | CommandKind::Zero(None) if name.is_empty() => {
            for chain in &mut table.chains {
                match line.command {
                    CommandKind::Flush => chain.rules.clear(),
                    _ => zero(chain),
                }
            }
            return Ok(());
        }
        CommandKind::List(None) | CommandKind::ListRules(None) if name.is_empty() => {
            return Ok(());
        }
        CommandKind::DeleteChain => return delete_chains(table, name),
        CommandKind::Rename(new) => {
            check_chain_name(&new, family)?;
            return rename(table, name, &new);
        }
        _ => {}
    }
    let policy_known = table.chain(name).is_some();
    if !policy_known {
        return Err(no_chain(table, name));
    }
    let Some(chain) = table.chain_mut(name) else {
        return Ok(());
    };
    let too_large = |n: usize, len: usize| {
        Problem::new(format!("the chain `{name}` has no place {n}"))
            .hint(format!("it has {len} rules"))
    };
    match line.command {
        CommandKind::Append => chain.rules.extend(line.rules),
        CommandKind::Insert(n) => {
            if n == 0 || n > chain.rules.len() + 1 {
                return Err(too_large(n, chain.rules.len()));
            }
            // Each goes to that place, so the last comes first.
            chain
                .rules
                .splice(n - 1..n - 1, line.rules.into_iter().rev());
        }
        CommandKind::Replace(n) => {
            if line.rules.len() != 1 {
                return Err("a rule can only be replaced by one rule".into());
            }
            let len = chain.rules.len();
            let Some(old) = chain.rules.get_mut(n.wrapping_sub(1)) else {
                return Err(too_large(n, len));
            };
            if let Some(rule) = line.rules.into_iter().next() {
                *old = rule;
            }
        }
        CommandKind::DeleteNumber(n) => {
            if n == 0 || n > chain.rules.len() {
                return Err(too_large(n, chain.rules.len()));
            }
            chain.rules.remove(n - 1);
        }
        CommandKind::DeleteRule => {
            for rule in line.rules.iter() {
                match chain.rules.iter().position(|r| same(r, rule)) {
                    Some(at) => {
                        chain.rules.remove(at);
                    }
                    None => return Err("no rule of the chain says this".into()),
                }
            }
        }
        CommandKind::Check
            if !line
                .rules
                .iter()
                .all(|rule| chain.rules.iter().any(|r| same(r, rule))) =>
        {
            return Err("no rule of the chain says this".into());
        }
        CommandKind::Check => {}
        CommandKind::Flush => chain.rules.clear(),
        CommandKind::Zero(None) => zero(chain),
        CommandKind::Zero(Some(n)) => match chain.rules.get_mut(n.wrapping_sub(1)) {
            Some(rule) => zero_rule(rule),
            None => return Err(too_large(n, chain.rules.len())),
        },
        CommandKind::SetPolicy(policy) => match (chain.policy, policy) {
            (Some(_), Some(policy)) => {
                chain.policy = Some(policy);
                chain.counters = line.counters.unwrap_or_default();
            }
            _ => {
                return Err(
                    Problem::new(format!("the chain `{name}` can have no policy"))
                        .hint("only built-in chains have one"),
                );
            }
        },
        _ => {}
    }
    Ok(())
}

/// Whether two rules say the same, counters and place in the text aside.
fn same(a: &Rule, b: &Rule) -> bool {
    a.ip == b.ip && a.matches == b.matches && a.target == b.target
}

fn zero(chain: &mut Chain) {
    chain.rules.iter_mut().for_each(zero_rule);
}

/// Counters that the same text gives are set when all else is done, and stay.
fn zero_rule(rule: &mut Rule) {
    if rule.line == 0 {
        rule.counters = Counters::default();
    }
}

/// Whether a rule of the table jumps to the chain.
fn referenced(table: &Table, name: &str) -> bool {
    table
        .chains
        .iter()
        .flat_map(|c| &c.rules)
        .any(|r| match &r.target {
            crate::xt::Target::Jump(jump) => &*jump.chain == name,
            _ => false,
        })
}

fn delete_chains(table: &mut Table, name: &str) -> Result<(), Problem> {
    let names: Vec<Box<str>> = if name.is_empty() {
        let user = table.chains.iter().filter(|c| c.policy.is_none());
        user.map(|c| c.name.clone()).collect()
    } else {
        vec![name.into()]
    };
    for name in names {
        let Some(chain) = table.chain(&name) else {
            return Err(Problem::new(format!("there is no chain `{name}`")));
        };
        if chain.policy.is_some() {
            return Err(Problem::new(format!(
                "the built-in chain `{name}` cannot be deleted"
            )));
        }
        if !chain.rules.is_empty() {
            return Err(
                Problem::new(format!("the chain `{name}` still holds rules"))
                    .hint("flush it first: -F"),
            );
        }
        if referenced(table, &name) {
            return Err(
                Problem::new(format!("rules still jump to the chain `{name}`"))
                    .hint("delete those rules first"),
            );
        }
        table.chains.retain(|c| c.name != name);
    }
    Ok(())
}

fn rename(table: &mut Table, name: &str, new: &str) -> Result<(), Problem> {
    if table.chain(new).is_some() {
        return Err(Problem::new(format!("the chain `{new}` exists already")));
    }
    let Some(at) = table
        .chains
        .iter()
        .position(|c| &*c.name == name && c.policy.is_none())
    else {
        return Err(Problem::new(format!(
            "there is no chain `{name}` that could be renamed"
        )));
    };
    let rules = table.chains.remove(at).rules;
    add_chain(table, new);
    if let Some(chain) = table.chain_mut(new) {
        chain.rules = rules;
    }
    for rule in table.chains.iter_mut().flat_map(|c| &mut c.rules) {
        if let crate::xt::Target::Jump(jump) = &mut rule.target
            && &*jump.chain == name
        {
            jump.chain = new.into();
        }
    }
    Ok(())
}
