//! Chains as `iptables -nvL --line-numbers` prints them, with a tick or a
//! cross at every rule that the packet met, and counters as they stand at a
//! step.
//!
//! The tables are those of the world before the flow ran: [`RuleBook::new`]
//! has to be called before it. ebtables' chains are shown as
//! `ebtables -L --Ln --Lc` prints them, those of arptables as
//! `arptables -nvL --line-numbers` does.

mod print;

use std::sync::{Arc, OnceLock};

use packetwalk_core::netfilter::tables::Compiled;
use packetwalk_core::walk::{Name, RuleRef, Verdict};
use packetwalk_core::wire::arp::LEN;
use packetwalk_core::world::World;
use packetwalk_rules::ebt::{Backend, EbRule};
use packetwalk_rules::{Counters, Rule};
use serde::Serialize;

use crate::timeline::{At, Timeline, Tool};
use crate::words::{self, Lang, Sentence};

/// The tables of a world, to be shown at any step.
#[derive(Debug, Default)]
pub struct RuleBook {
    tables: Vec<Table>,
}

#[derive(Debug)]
enum Source {
    Ip(Arc<Compiled<Rule>>),
    Arp(Arc<Compiled<Rule>>, bool),
    Eb(Arc<Compiled<EbRule>>, Backend),
}

#[derive(Debug)]
struct Table {
    netns: Name,
    name: Name,
    source: Source,
    counters: Vec<Counters>,
    chains: OnceLock<Vec<print::ChainText>>,
}

/// A chain of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ChainName {
    /// Namespace.
    pub netns: Name,
    /// Whose table it is.
    pub tool: Tool,
    /// Table.
    pub table: Name,
    /// Chain.
    pub chain: Name,
    /// How many rules it has.
    pub rules: u32,
    /// Is it one that a hook enters?
    pub builtin: bool,
}

/// What became of a rule when the packet met it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// Not met, or not yet.
    None,
    /// It matched.
    Tick,
    /// It did not match.
    Cross,
}

/// A rule as it is listed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Row {
    /// Number from 1.
    pub number: u32,
    /// Packets counted up to the step.
    pub packets: u64,
    /// Bytes counted up to the step.
    pub bytes: u64,
    /// Did the flow count here up to the step?
    pub counted: bool,
    /// The line as it is printed, number and counters included.
    pub line: String,
    /// The rule without number and counters, as `-S` prints it.
    pub spec: String,
    /// The user-defined chain that it jumps to.
    pub jump: Option<Name>,
    /// What became of it.
    pub mark: Mark,
    /// The step at which it was met.
    pub step: Option<u32>,
    /// Is it being asked now?
    pub current: bool,
    /// Why it did not match.
    pub why: Option<Sentence>,
}

/// A chain at a step.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RulesView {
    /// Namespace.
    pub netns: Name,
    /// Whose table it is.
    pub tool: Tool,
    /// Table.
    pub table: Name,
    /// Chain.
    pub chain: Name,
    /// The line above the rules: name, policy, counters.
    pub title: String,
    /// The names of the columns; only iptables has them.
    pub columns: String,
    /// Its place among [`RuleBook::chains`].
    pub place: u32,
    /// How many rules there are before those in `rows`.
    pub before: u32,
    /// Its rules, or those around the one that is being asked.
    pub rows: Vec<Row>,
    /// How many rules there are after them.
    pub after: u32,
    /// `ACCEPT` or `DROP` of a built-in chain.
    pub policy: Option<&'static str>,
    /// Was the chain's end reached?
    pub ended: bool,
}

impl RuleBook {
    /// The tables of `world` with their counters.
    pub fn new(world: &World) -> Self {
        let mut tables = Vec::new();
        for netns in &world.namespaces {
            for table in &netns.nf.tables.ip {
                tables.push(Table {
                    netns: netns.name.clone(),
                    name: table.compiled.name.clone(),
                    source: Source::Ip(table.compiled.clone()),
                    counters: table.counters.clone(),
                    chains: OnceLock::new(),
                });
            }
            for table in &netns.nf.tables.arp {
                tables.push(Table {
                    netns: netns.name.clone(),
                    name: table.compiled.name.clone(),
                    source: Source::Arp(table.compiled.clone(), netns.nf.tables.arp_legacy),
                    counters: table.counters.clone(),
                    chains: OnceLock::new(),
                });
            }
            for table in &netns.nf.tables.eb {
                tables.push(Table {
                    netns: netns.name.clone(),
                    name: table.compiled.name.clone(),
                    source: Source::Eb(table.compiled.clone(), netns.nf.tables.eb_backend),
                    counters: table.counters.clone(),
                    chains: OnceLock::new(),
                });
            }
        }
        Self { tables }
    }

    /// What a rule says, as `-S` prints it.
    pub fn spec(&self, netns: &str, tool: Tool, rule: &RuleRef) -> Option<&str> {
        let own = |table: &&Table| {
            *table.netns == *netns && table.tool() == tool && table.name == rule.table
        };
        let chains = self.tables.iter().find(own)?.texts();
        let chain = chains.iter().find(|chain| chain.name == rule.chain)?;
        let place = (rule.number as usize).checked_sub(1)?;
        Some(&chain.rules.get(place)?.spec)
    }

    /// All chains, to choose from.
    pub fn chains(&self) -> Vec<ChainName> {
        let mut out = Vec::new();
        for table in &self.tables {
            for chain in table.texts() {
                out.push(ChainName {
                    netns: table.netns.clone(),
                    tool: table.tool(),
                    table: table.name.clone(),
                    chain: chain.name.clone(),
                    rules: chain.rules.len() as u32,
                    builtin: chain.builtin,
                });
            }
        }
        out
    }

    /// The chain that the packet is in at `step`; `None` where no table is
    /// being asked.
    pub fn view(&self, timeline: &Timeline, step: usize, lang: Lang) -> Option<RulesView> {
        let at = timeline.moment(step, lang)?.rule?;
        self.chain(timeline, step, &at, lang)
    }

    /// The chain at a place of [`RuleBook::chains`].
    pub fn name(&self, place: usize) -> Option<At> {
        let mut left = place;
        for table in &self.tables {
            let chains = table.texts();
            if let Some(chain) = chains.get(left) {
                return Some(At {
                    netns: table.netns.clone(),
                    tool: table.tool(),
                    table: table.name.clone(),
                    chain: chain.name.clone(),
                    rule: None,
                });
            }
            left -= chains.len();
        }
        None
    }

    /// The chain that `at` names, as it stands at `step`. Ticks and crosses are
    /// those of its last pass.
    pub fn chain(
        &self,
        timeline: &Timeline,
        step: usize,
        at: &At,
        lang: Lang,
    ) -> Option<RulesView> {
        self.around(timeline, step, at, usize::MAX, lang)
    }

    /// The same with at most `spread` rules on either side of the one that was
    /// asked last (of the first, if none was): chains may be long.
    pub fn around(
        &self,
        timeline: &Timeline,
        step: usize,
        at: &At,
        spread: usize,
        lang: Lang,
    ) -> Option<RulesView> {
        let mut index = 0;
        let table = self.tables.iter().find(|table| {
            let found =
                table.netns == at.netns && table.name == at.table && table.tool() == at.tool;
            if !found {
                index += table.texts().len();
            }
            found
        })?;
        let mut chains = table.texts().iter();
        let (within, chain) = chains
            .by_ref()
            .enumerate()
            .find(|(_, chain)| chain.name == at.chain)?;
        let base = |place: usize| {
            let found = table.counters.get(chain.first + place);
            found.copied().unwrap_or_default()
        };
        let hits = timeline.hits(at);
        let pass = timeline.pass(step, at);
        let now = step as u32;
        let middle = pass
            .and_then(|pass| pass.last(now))
            .map_or(0, |number| (number as usize).saturating_sub(1));
        let from = middle.saturating_sub(spread);
        let to = middle
            .saturating_add(spread)
            .saturating_add(1)
            .min(chain.rules.len());
        let mut rows = Vec::with_capacity(to.saturating_sub(from));
        let shown = chain.rules.iter().enumerate().take(to).skip(from);
        for (place, rule) in shown {
            let number = place as u32 + 1;
            let counted = hits.map(|hits| hits.rule(number, now)).unwrap_or_default();
            let counted = table.counted(counted);
            let counters = print::sum(base(place), counted);
            let met = pass.and_then(|pass| pass.met(number, now));
            let mark = match met {
                None => Mark::None,
                Some((_, true)) => Mark::Tick,
                Some((_, false)) => Mark::Cross,
            };
            let why = met
                .filter(|(_, matched)| !matched)
                .and_then(|(step, _)| timeline.why_not(step))
                .map(|why| words::why_not(why, lang));
            rows.push(Row {
                number,
                packets: counters.packets,
                bytes: counters.bytes,
                counted: counted.packets > 0,
                line: rule.line(number, counters),
                spec: rule.spec.clone(),
                jump: rule.jump.clone(),
                mark,
                step: met.map(|(step, _)| step),
                current: pass.is_some_and(|pass| pass.current)
                    && pass.and_then(|pass| pass.number(now)) == Some(number),
                why,
            });
        }
        let policy = base(chain.rules.len());
        let counted = hits.map(|hits| hits.policy(now)).unwrap_or_default();
        let counted = table.counted(counted);
        Some(RulesView {
            netns: table.netns.clone(),
            tool: table.tool(),
            table: table.name.clone(),
            chain: chain.name.clone(),
            title: chain.title(print::sum(policy, counted)),
            columns: chain.columns.clone(),
            place: (index + within) as u32,
            before: from as u32,
            after: (chain.rules.len() - to) as u32,
            rows,
            policy: chain.policy.map(|policy| match policy {
                Verdict::Accept | Verdict::Stolen => "ACCEPT",
                Verdict::Drop => "DROP",
            }),
            ended: pass.is_some_and(|pass| pass.ended(now)),
        })
    }
}

impl Table {
    fn tool(&self) -> Tool {
        match self.source {
            Source::Ip(_) => Tool::Iptables,
            Source::Eb(..) => Tool::Ebtables,
            Source::Arp(..) => Tool::Arptables,
        }
    }

    /// What the flow counted, as the table counts: arptables of x_tables counts the same
    /// of each packet.
    fn counted(&self, found: Counters) -> Counters {
        match self.source {
            Source::Arp(_, true) => Counters {
                bytes: found.packets.saturating_mul(LEN as u64),
                ..found
            },
            _ => found,
        }
    }

    /// Printed once, when it is first asked for.
    fn texts(&self) -> &[print::ChainText] {
        self.chains.get_or_init(|| match &self.source {
            Source::Ip(table) => print::ip(table),
            Source::Eb(table, backend) => print::eb(table, *backend),
            Source::Arp(table, _) => print::arp(table),
        })
    }
}
