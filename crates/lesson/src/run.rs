//! A scene, played: machine, changes and flow become a walk.

use std::sync::Arc;

use packetwalk_snapshot::{flow, load};
use packetwalk_view::timeline::Timeline;

use crate::{Answer, CardKind, Lesson};

/// The walk of `flow` on the machine of `snapshot`.
///
/// # Errors
///
/// Where the snapshot, or the flow, cannot be read.
pub fn walk(snapshot: &str, flow: &str) -> Result<Timeline, String> {
    let loaded = load(snapshot);
    if let Some(error) = loaded.errors.first() {
        return Err(error.to_string());
    }
    let flow = flow::parse_line(flow).map_err(|error| error.to_string())?;
    let mut world = loaded.world;
    if world.ns_named(&flow.netns).is_none() {
        return Err(format!("no network namespace {:?}", flow.netns));
    }
    let walk = world.run_flow(&flow);
    Ok(Timeline::new(Arc::new(walk)))
}

/// At which step each card of a scene stands; `None` for one that names no
/// place, and for a place that the walk does not come to. Places are looked
/// for one after the other, each behind the one before it.
#[must_use]
pub fn steps(lesson: &Lesson, scene: usize, walk: &Timeline) -> Vec<(usize, Option<usize>)> {
    let mut from = 0;
    let cards = lesson.cards.iter().enumerate();
    cards
        .filter(|(_, card)| card.scene == scene)
        .map(|(index, card)| {
            let step = card.at.as_ref().and_then(|at| at.find(walk, from));
            if let Some(step) = step {
                from = step;
            }
            (index, step)
        })
        .collect()
}

/// Which answers of a card are right, by the walk of its scene.
#[must_use]
pub fn right(lesson: &Lesson, card: usize, walk: &Timeline) -> Vec<usize> {
    let Some(CardKind::Ask(answers)) = lesson.cards.get(card).map(|card| &card.kind) else {
        return Vec::new();
    };
    let holds = |answer: &Answer| answer.when.iter().all(|claim| claim.holds(walk));
    let numbered = answers.iter().enumerate();
    numbered
        .filter(|(_, answer)| !answer.when.is_empty() && holds(answer))
        .map(|(at, _)| at)
        .collect()
}
