//! `--format text`: a walk told to people, a line a step.
//!
//! Steps are grouped by packet and namespace; the kernel's log lines stand
//! below the step that wrote them.

use std::fmt::Write as _;

use packetwalk_core::walk::{BufferId, Event, Name, Walk};

use crate::words::{self, Lang};
use crate::{log, packet, result};

/// A walk in words, with a newline at its end.
pub fn walk(walk: &Walk, lang: Lang) -> String {
    let mut out = String::new();
    let mut place: Option<(Name, BufferId)> = None;
    for (at, step) in walk.steps.iter().enumerate() {
        let here = (step.netns.clone(), step.buffer);
        if place.as_ref() != Some(&here) {
            let _ = write!(out, "\n{}", step.netns);
            let state = step
                .packet
                .and_then(|packet| walk.packets.get(packet as usize));
            if let Some(state) = state {
                let _ = write!(out, "  #{} {}", step.buffer, packet::summary(state));
            }
            out.push('\n');
            place = Some(here);
        }
        let depth = match &step.event {
            Event::Rule { .. }
            | Event::Target { .. }
            | Event::Jump { .. }
            | Event::Return { .. }
            | Event::Policy { .. } => 3,
            Event::TableEnter { .. }
            | Event::TableLeave { .. }
            | Event::TableSkip { .. }
            | Event::Conntrack { .. }
            | Event::Nat { .. } => 2,
            Event::Log(record) => {
                let state = step
                    .packet
                    .and_then(|packet| walk.packets.get(packet as usize));
                let _ = writeln!(out, "      | {}", log::line(record, state));
                continue;
            }
            _ => 1,
        };
        let sentence = words::sentence(walk, at, lang).plain();
        let _ = writeln!(out, "{:indent$}{sentence}", "", indent = depth * 2);
    }
    let lost = walk.lost;
    if lost > 0 {
        let text = match lang {
            Lang::En => format!("({lost} more steps were not kept)"),
            Lang::Zh => format!("（另有 {lost} 步未保留）"),
        };
        let _ = writeln!(out, "{text}");
    }
    let label = match lang {
        Lang::En => "Result",
        Lang::Zh => "结果",
    };
    let _ = writeln!(out, "\n{label}: {}", result::line(walk, true));
    out
}
