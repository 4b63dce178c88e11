//! Where rules may stand, and where they may jump.

use super::rule::diagnostic;
use super::{EbRule, EbTable, EbTarget};
use crate::diag::{Diagnostic, Problem, nearest};
use crate::xt::KeptExt;
use std::collections::HashMap;

/// What the tool takes only in certain chains.
///
/// # Errors
/// A device that this chain cannot have.
pub(super) fn check_devices(rule: &EbRule, name: &str, builtin: bool) -> Result<(), Problem> {
    if !builtin {
        return Ok(());
    }
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
    Ok(())
}

/// What the kernel takes only in certain chains.
///
/// # Errors
/// A target that this chain cannot have.
pub(super) fn check_home(
    rule: &EbRule,
    table: &str,
    name: &str,
    builtin: bool,
) -> Result<(), Problem> {
    match home(&rule.target) {
        Some(home) if !home.has(table, |chain| chain == name || !builtin) => {
            Err(home.missed(table, name))
        }
        _ => Ok(()),
    }
}

/// Targets of iptables that the tool finds without an option (its own are never
/// heard), and whether the kernel has them for bridges as well.
const FOREIGN: [(&str, bool); 9] = [
    ("CT", false),
    ("LOG", false),
    ("NFLOG", true),
    ("NFQUEUE", false),
    ("NOTRACK", false),
    ("QUEUE", false),
    ("SYNPROXY", false),
    ("TCPOPTSTRIP", false),
    ("TRACE", true),
];

/// Finds what `-j` names where that is none of ebtables' own targets: a chain, or a
/// target of iptables.
///
/// # Errors
/// The outer is the tool's, the inner the kernel's.
pub(super) fn resolve(rule: &mut EbRule, table: &EbTable) -> Result<Result<(), Problem>, Problem> {
    let EbTarget::Jump(to) = &rule.target else {
        return Ok(Ok(()));
    };
    match table.chain(to) {
        Some(chain) if chain.builtin => {
            let problem = Problem::new(format!("`{to}` is a built-in chain"));
            return Ok(Err(
                problem.hint("rules can only jump to chains of the user")
            ));
        }
        Some(_) => return Ok(Ok(())),
        None => {}
    }
    match FOREIGN.iter().find(|(name, _)| *name == &**to) {
        Some((name, true)) => {
            rule.target = EbTarget::Kept(Box::new(KeptExt {
                name: (*name).into(),
                args: Vec::new(),
                known: true,
            }));
            Ok(Ok(()))
        }
        Some((name, false)) => {
            let problem = Problem::new(format!(
                "`{name}` is a target of iptables, which the kernel does not take for a bridge"
            ));
            Ok(Err(match *name {
                "LOG" => problem.hint("--log is ebtables' own"),
                _ => problem,
            }))
        }
        None => Err(nowhere(to)),
    }
}

/// Where a target may stand: its name, and tables with chains.
struct Home(&'static str, &'static [(&'static str, &'static str)]);

/// The home of a target that has one (net/bridge/netfilter/ebt_*.c).
fn home(target: &EbTarget) -> Option<Home> {
    Some(match target {
        EbTarget::ArpReply(_) => Home("arpreply", &[("nat", "PREROUTING")]),
        EbTarget::Redirect(_) => {
            let places = &[("nat", "PREROUTING"), ("broute", "BROUTING")];
            Home("redirect", places)
        }
        EbTarget::Dnat(_) => Home(
            "dnat",
            &[
                ("nat", "PREROUTING"),
                ("nat", "OUTPUT"),
                ("broute", "BROUTING"),
            ],
        ),
        EbTarget::Snat(_) => Home("snat", &[("nat", "POSTROUTING")]),
        _ => return None,
    })
}

impl Home {
    fn has(&self, table: &str, fits: impl Fn(&str) -> bool) -> bool {
        self.1.iter().any(|(t, c)| *t == table && fits(c))
    }

    fn missed(&self, table: &str, chain: &str) -> Problem {
        let allowed: Vec<String> = self.1.iter().map(|(t, c)| format!("{t} {c}")).collect();
        Problem::new(format!("`{}` cannot stand in {table} {chain}", self.0))
            .hint(format!("only in {}", allowed.join(", ")))
    }
}

/// Takes out the targets of the user's chains that a built-in chain leads to where
/// they cannot stand. Every rule is followed, also behind one that ends a walk
/// (nf_tables_api.c, `nft_chain_validate`).
pub(super) fn check_reached(table: &mut EbTable, out: &mut Vec<Diagnostic>) {
    let index: HashMap<&str, usize> = table
        .chains
        .iter()
        .enumerate()
        .map(|(at, chain)| (&*chain.name, at))
        .collect();
    let mut wrong = Vec::new();
    for (start, builtin) in table.chains.iter().enumerate().filter(|(_, c)| c.builtin) {
        let mut seen = vec![false; table.chains.len()];
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            if seen.get(at).copied().unwrap_or(true) {
                continue;
            }
            if let Some(slot) = seen.get_mut(at) {
                *slot = true;
            }
            let rules = table.chains.get(at).map_or(&[][..], |chain| &chain.rules);
            for (number, rule) in rules.iter().enumerate() {
                if let EbTarget::Jump(to) = &rule.target {
                    open.extend(index.get(&**to));
                }
                if let Some(home) = home(&rule.target)
                    && at != start
                    && !home.has(&table.name, |chain| chain == &*builtin.name)
                {
                    let problem = home.missed(&table.name, &builtin.name);
                    wrong.push((at, number, problem));
                }
            }
        }
    }
    wrong.sort_by_key(|(at, number, ..)| (*at, *number));
    wrong.dedup_by_key(|(at, number, ..)| (*at, *number));
    for (chain, rule, mut problem) in wrong.into_iter().rev() {
        let Some(chain) = table.chains.get_mut(chain) else {
            continue;
        };
        let rule = chain.rules.remove(rule);
        problem.message += &format!(", which leads to `{}`", chain.name);
        out.push(diagnostic(rule.span, "-j", problem));
    }
}

/// Takes out the rules that jump deeper than the kernel goes. Loops that no built-in
/// chain leads into pass, as nf_tables does not look at them.
pub(super) fn check_jumps(table: &mut EbTable, out: &mut Vec<Diagnostic>) {
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
