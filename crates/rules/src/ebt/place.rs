//! Where rules may stand, and where they may jump.

use super::rule::diagnostic;
use super::{EbRule, EbTable, EbTarget};
use crate::diag::{Diagnostic, Problem, nearest};
use std::collections::HashMap;

/// What the kernel takes only in certain chains.
///
/// # Errors
/// A device or a target that this chain cannot have.
pub(super) fn check_place(
    rule: &EbRule,
    table: &str,
    name: &str,
    builtin: bool,
) -> Result<(), Problem> {
    if builtin {
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
        .any(|(t, c)| *t == table && (*c == name || !builtin));
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

/// Takes out the rules that the kernel would not let jump: to chains that are not
/// there, and deeper than it goes. Loops that no built-in chain leads into pass,
/// as nf_tables does not look at them.
pub(super) fn check_jumps(table: &mut EbTable, out: &mut Vec<Diagnostic>) {
    let chains: HashMap<Box<str>, bool> = table
        .chains
        .iter()
        .map(|c| (c.name.clone(), c.builtin))
        .collect();
    for chain in &mut table.chains {
        chain.rules.retain(|rule| {
            let EbTarget::Jump(to) = &rule.target else {
                return true;
            };
            let problem = match chains.get(to) {
                Some(false) => return true,
                Some(true) => Problem::new(format!("`{to}` is a built-in chain"))
                    .hint("rules can only jump to chains of the user"),
                None => nowhere(to),
            };
            out.push(diagnostic(rule.span, "-j", problem));
            false
        });
    }
    let mut deep: Vec<(usize, usize)> = Vec::new();
    {
        let index: HashMap<&str, usize> = table
            .chains
            .iter()
            .enumerate()
            .map(|(at, chain)| (&*chain.name, at))
            .collect();
        let mut entered = vec![0; table.chains.len()];
        let mut open: Vec<(usize, usize)> = (0..table.chains.len())
            .filter(|at| table.chains.get(*at).is_some_and(|c| c.builtin))
            .map(|at| (at, 1))
            .collect();
        while let Some((at, level)) = open.pop() {
            // Once is enough for a chain that was entered as deep before.
            match entered.get_mut(at) {
                Some(before) if *before < level => *before = level,
                _ => continue,
            }
            let rules = table.chains.get(at).map_or(&[][..], |chain| &chain.rules);
            for (number, rule) in rules.iter().enumerate() {
                let EbTarget::Jump(to) = &rule.target else {
                    continue;
                };
                match index.get(&**to) {
                    Some(to) if level < LEVELS => open.push((*to, level + 1)),
                    _ => deep.push((at, number)),
                }
            }
        }
    }
    deep.sort_unstable();
    deep.dedup();
    for (chain, rule) in deep.into_iter().rev() {
        let Some(chain) = table.chains.get_mut(chain) else {
            continue;
        };
        let rule = chain.rules.remove(rule);
        let problem = Problem::new(format!("`{}` jumps too deep, or in a circle", chain.name))
            .hint(format!("at most {LEVELS} chains are entered at a time"));
        out.push(diagnostic(rule.span, "-j", problem));
    }
}

/// How many chains may be entered at a time (`NFT_JUMP_STACK_SIZE`).
const LEVELS: usize = 16;

/// A jump to a chain that is not there.
fn nowhere(to: &str) -> Problem {
    let problem = Problem::new(format!("there is no target and no chain `{to}`"));
    let targets = [
        "ACCEPT", "DROP", "CONTINUE", "RETURN", "mark", "snat", "dnat", "redirect", "arpreply",
    ];
    match nearest(to, targets.into_iter()) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem.hint(format!("a line `:{to} ACCEPT` makes one")),
    }
}
