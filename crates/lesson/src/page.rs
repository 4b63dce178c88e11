//! Lessons as plain data for the page, and the bundle that brings them there.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use packetwalk_edit::Edit;
use packetwalk_view::words::{Lang, Sentence};
use serde::Serialize;
use serde_json::Value;

use crate::change::Change;
use crate::{Card, CardKind, Lesson, Problem, change, parse};

/// Every lesson and machine of a folder, as one file brings them.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Bundle {
    /// Texts of lessons, by the name of the file.
    pub lessons: BTreeMap<String, String>,
    /// Texts of snapshots, by the path that lessons name.
    pub machines: BTreeMap<String, String>,
}

/// Lessons, read.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    /// In the order of their files' names.
    pub lessons: Vec<Lesson>,
    /// What was wrong, by the name of the file.
    pub problems: Vec<(String, Problem)>,
    machines: BTreeMap<String, String>,
}

/// A line of the list of lessons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct LessonEntry {
    /// Its name in addresses.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it is about.
    pub about: String,
}

/// A lesson in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct LessonView {
    /// Its name in addresses.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What is shown, in order.
    pub cards: Vec<CardView>,
    /// Names of its scenes: see [`Lesson::case`].
    pub scenes: Vec<String>,
}

/// A card in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CardView {
    /// `say`, `ask` or `try`.
    pub kind: &'static str,
    /// The scene that it belongs to.
    pub scene: u32,
    /// Does it say where the walk stands?
    pub stops: bool,
    /// Its paragraphs.
    pub body: Vec<Sentence>,
    /// What can be chosen, for an `ask`.
    pub answers: Vec<AnswerView>,
    /// What is changed, for a `try`.
    pub changes: Vec<Change>,
    /// The flow, for a `try`.
    pub flow: Option<String>,
}

/// An answer in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct AnswerView {
    /// Its words.
    pub choice: Sentence,
    /// What is said to who has chosen it.
    pub feedback: Vec<Sentence>,
}

impl Bundle {
    /// Puts a bundle together from lessons and the machines that they name.
    ///
    /// # Errors
    ///
    /// When `read` cannot read a machine: a path from the folder of the lessons.
    pub fn gather<E>(
        lessons: BTreeMap<String, String>,
        mut read: impl FnMut(&str) -> Result<String, E>,
    ) -> Result<Self, E> {
        let mut machines = BTreeMap::new();
        for (name, text) in &lessons {
            for scene in parse(name, text).0.scenes {
                if let Entry::Vacant(place) = machines.entry(scene.machine) {
                    let text = read(place.key())?;
                    place.insert(text);
                }
            }
        }
        Ok(Self { lessons, machines })
    }

    /// The bundle that a text of JSON holds; `None` if it is none.
    #[must_use]
    pub fn read(json: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(json).ok()?;
        let texts = |key: &str| {
            let texts = value.get(key)?.as_object()?.iter();
            let texts = texts.map(|(name, text)| Some((name.clone(), text.as_str()?.to_owned())));
            texts.collect::<Option<BTreeMap<_, _>>>()
        };
        Some(Self {
            lessons: texts("lessons")?,
            machines: texts("machines")?,
        })
    }
}

impl Shelf {
    /// Reads every lesson of a bundle. One that has problems is kept as far as
    /// it could be read.
    #[must_use]
    pub fn new(bundle: Bundle) -> Self {
        let mut shelf = Self {
            machines: bundle.machines,
            ..Self::default()
        };
        for (name, text) in &bundle.lessons {
            let (lesson, problems) = parse(name, text);
            shelf.lessons.push(lesson);
            let problems = problems.into_iter();
            shelf
                .problems
                .extend(problems.map(|problem| (name.clone(), problem)));
        }
        shelf
    }

    /// The lesson of this name.
    #[must_use]
    pub fn lesson(&self, id: &str) -> Option<&Lesson> {
        self.lessons.iter().find(|lesson| lesson.id == id)
    }

    /// The snapshot of a scene, with its changes made.
    ///
    /// # Errors
    ///
    /// When there is no such scene or machine, or a change is refused.
    pub fn machine(&self, lesson: &Lesson, scene: usize) -> Result<String, String> {
        let scene = lesson
            .scenes
            .get(scene)
            .ok_or_else(|| format!("no scene {scene} in lesson {:?}", lesson.id))?;
        let text = self
            .machines
            .get(&scene.machine)
            .ok_or_else(|| format!("no machine {:?}", scene.machine))?;
        change::apply(text, &scene.changes)
    }

    /// What a reader does to the machine of the scene before, to come to this
    /// one; `None` for a scene that does not follow from another.
    ///
    /// # Errors
    ///
    /// As for [`Shelf::machine`].
    pub fn edits(&self, lesson: &Lesson, scene: usize) -> Result<Option<Vec<Edit>>, String> {
        let after = self.machine(lesson, scene)?;
        let Some(found) = lesson.scenes.get(scene).filter(|scene| scene.follows) else {
            return Ok(None);
        };
        let first = found.changes.len().saturating_sub(found.own);
        let own = found.changes.get(first..).unwrap_or_default();
        Ok(Some(change::edits(own, &after)))
    }

    /// The list of lessons.
    #[must_use]
    pub fn list(&self, lang: Lang) -> Vec<LessonEntry> {
        let entry = |lesson: &Lesson| LessonEntry {
            id: lesson.id.clone(),
            title: lesson.title.sentence(lang).plain(),
            about: lesson.about.sentence(lang).plain(),
        };
        self.lessons.iter().map(entry).collect()
    }
}

/// A lesson as it is read in `lang`.
#[must_use]
pub fn view(lesson: &Lesson, lang: Lang) -> LessonView {
    LessonView {
        id: lesson.id.clone(),
        title: lesson.title.sentence(lang).plain(),
        cards: lesson.cards.iter().map(|c| card(lesson, c, lang)).collect(),
        scenes: (0..lesson.scenes.len()).map(|at| lesson.case(at)).collect(),
    }
}

fn card(lesson: &Lesson, card: &Card, lang: Lang) -> CardView {
    let (kind, answers) = match &card.kind {
        CardKind::Say => ("say", &[][..]),
        CardKind::Ask(answers) => ("ask", answers.as_slice()),
        CardKind::Try => ("try", &[][..]),
    };
    let scene = lesson.scenes.get(card.scene);
    let tried = scene.filter(|_| matches!(card.kind, CardKind::Try));
    let changes = tried.map_or(&[][..], |scene| {
        let before = scene.changes.len().saturating_sub(scene.own);
        scene.changes.get(before..).unwrap_or_default()
    });
    CardView {
        kind,
        scene: card.scene as u32,
        stops: card.at.is_some(),
        body: card.body.paragraphs(lang),
        answers: answers
            .iter()
            .map(|answer| AnswerView {
                choice: answer.choice.sentence(lang),
                feedback: answer.feedback.paragraphs(lang),
            })
            .collect(),
        changes: changes.to_vec(),
        flow: tried.map(|scene| scene.flow.clone()),
    }
}
