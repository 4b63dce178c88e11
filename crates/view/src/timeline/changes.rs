//! What a change did to a flow: which steps are new, and what became of it,
//! in one sentence.

use serde::Serialize;

use super::differ::{Side, both_ways};
use crate::words::{self, Class, Lang, Sentence, pick};

/// A walk held against the same flow's walk before a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Changes {
    /// Steps that there were none like before, in order.
    pub steps: Vec<u32>,
    /// How many steps from before there are none like any more.
    pub gone: u32,
    /// Did the flow end in another way?
    pub outcome: bool,
    /// What changed, in one sentence or two.
    pub summary: Sentence,
}

/// Holds `after` against `before`.
pub fn changes(before: Side<'_>, after: Side<'_>, lang: Lang) -> Changes {
    let (steps, gone) = both_ways(before, after);
    let (before, after) = (before.walk, after.walk);
    let (was, is) = (before.outcome.to_string(), after.outcome.to_string());
    let outcome = was != is;
    let mut summary = Sentence::default();
    let text = |en: &'static str, zh: &'static str| pick([en, zh], lang);
    if outcome {
        summary.push(Class::Text, text("It was ", "原来是 "));
        summary.push(Class::Verdict, was);
        summary.push(Class::Text, text(" and is now ", "，现在是 "));
        summary.push(Class::Verdict, is);
    } else if steps.is_empty() && gone == 0 {
        let same = text(
            "The change makes no difference to this flow: every step is as before, and it ends with ",
            "这个改动对此流量没有影响：每一步都和以前一样，结果仍是 ",
        );
        summary.push(Class::Text, same);
        summary.push(Class::Verdict, is);
    } else {
        summary.push(Class::Text, text("It still ends with ", "结果仍是 "));
        summary.push(Class::Verdict, is);
    }
    summary.push(Class::Text, text(". ", "。"));
    if steps.is_empty() && gone == 0 {
        return done(steps, gone, outcome, summary);
    }
    let count = |count: usize| match lang {
        Lang::En if count == 1 => "1 step is new".to_owned(),
        Lang::En => format!("{count} steps are new"),
        Lang::Zh => format!("新增 {count} 步"),
    };
    let went = |count: u32| match lang {
        Lang::En if count == 1 => "1 from before is gone".to_owned(),
        Lang::En => format!("{count} from before are gone"),
        Lang::Zh => format!("少了原来的 {count} 步"),
    };
    match (steps.is_empty(), gone) {
        (false, 0) => summary.push(Class::Text, count(steps.len())),
        (true, gone) => summary.push(Class::Text, went(gone)),
        (false, gone) => {
            summary.push(Class::Text, count(steps.len()));
            summary.push(Class::Text, text(", ", "，"));
            summary.push(Class::Text, went(gone));
        }
    }
    if let Some(first) = steps.first() {
        let number = first + 1;
        summary.push(
            Class::Text,
            match lang {
                Lang::En => format!("; the first is step {number}: "),
                Lang::Zh => format!("；第一处是第 {number} 步："),
            },
        );
        summary
            .spans
            .extend(words::sentence(after, *first as usize, lang).spans);
    } else {
        summary.push(Class::Text, text(".", "。"));
    }
    done(steps, gone, outcome, summary)
}

fn done(steps: Vec<u32>, gone: u32, outcome: bool, summary: Sentence) -> Changes {
    Changes {
        steps,
        gone,
        outcome,
        summary,
    }
}
