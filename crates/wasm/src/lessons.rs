//! Lessons: what is read, and where it stands on a walk.

use packetwalk_lesson::Lesson;
use packetwalk_lesson::page::{self, Bundle, Shelf};
use packetwalk_lesson::run;
use packetwalk_view::words::Lang;
use wasm_bindgen::prelude::*;

use crate::plain;
use crate::problem::Problem;
use crate::walk::Walk;

/// All lessons there are, and their machines.
#[wasm_bindgen]
pub struct Lessons {
    shelf: Shelf,
}

impl Lessons {
    fn lesson(&self, id: &str) -> Result<&Lesson, JsValue> {
        let found = self.shelf.lesson(id);
        found.ok_or_else(|| Problem::plain(format!("no lesson is called {id:?}")).thrown())
    }
}

#[wasm_bindgen]
impl Lessons {
    /// Reads the bundle that the build makes of the folder of lessons.
    ///
    /// # Errors
    ///
    /// A `Problem`, when the text is no bundle.
    pub fn load(bundle: &str) -> Result<Lessons, JsValue> {
        let bundle = Bundle::read(bundle)
            .ok_or_else(|| Problem::plain("this is no bundle of lessons").thrown())?;
        Ok(Self {
            shelf: Shelf::new(bundle),
        })
    }

    /// What is wrong with lessons.
    ///
    /// # Errors
    ///
    /// When the value cannot be made into a JavaScript object.
    #[wasm_bindgen(unchecked_return_type = "types.Problem[]")]
    pub fn problems(&self) -> Result<JsValue, JsError> {
        let problems: Vec<Problem> = self
            .shelf
            .problems
            .iter()
            .map(|(name, problem)| Problem {
                place: name.clone(),
                line: u32::try_from(problem.line).unwrap_or(u32::MAX),
                column: u32::try_from(problem.column).unwrap_or(u32::MAX),
                message: problem.message.clone(),
                hint: problem.hint.clone(),
                error: true,
            })
            .collect();
        plain(&problems)
    }

    /// The list of lessons.
    ///
    /// # Errors
    ///
    /// When the value cannot be made into a JavaScript object.
    #[wasm_bindgen(unchecked_return_type = "types.LessonEntry[]")]
    pub fn list(&self, lang: &str) -> Result<JsValue, JsError> {
        plain(&self.shelf.list(Lang::of_tag(lang)))
    }

    /// A lesson's cards; `null` where there is no such lesson.
    ///
    /// # Errors
    ///
    /// When the value cannot be made into a JavaScript object.
    #[wasm_bindgen(unchecked_return_type = "types.LessonView | null")]
    pub fn view(&self, id: &str, lang: &str) -> Result<JsValue, JsError> {
        let lesson = self.shelf.lesson(id);
        plain(&lesson.map(|lesson| page::view(lesson, Lang::of_tag(lang))))
    }

    /// The snapshot of a scene, with its changes made.
    ///
    /// # Errors
    ///
    /// A `Problem`, when there is no such scene, or a change is refused.
    pub fn machine(&self, id: &str, scene: usize) -> Result<String, JsValue> {
        let machine = self.shelf.machine(self.lesson(id)?, scene);
        machine.map_err(|message| Problem::plain(message).thrown())
    }

    /// What is done to the machine of the scene before, to come to this one;
    /// `null` for a scene that does not follow from another.
    ///
    /// # Errors
    ///
    /// A `Problem`, when there is no such scene, or a change is refused.
    #[wasm_bindgen(unchecked_return_type = "types.Edit[] | null")]
    pub fn edits(&self, id: &str, scene: usize) -> Result<JsValue, JsValue> {
        let edits = self.shelf.edits(self.lesson(id)?, scene);
        let edits = edits.map_err(|message| Problem::plain(message).thrown())?;
        Ok(plain(&edits)?)
    }

    /// The flow of a scene.
    ///
    /// # Errors
    ///
    /// A `Problem`, when there is no such scene.
    pub fn flow(&self, id: &str, scene: usize) -> Result<String, JsValue> {
        let scenes = &self.lesson(id)?.scenes;
        let scene = scenes.get(scene).map(|scene| scene.flow.clone());
        scene.ok_or_else(|| Problem::plain("no such scene").thrown())
    }

    /// At which step of the walk of `scene` each card of the lesson stands; -1
    /// for cards of other scenes and such as name no place.
    ///
    /// # Errors
    ///
    /// A `Problem`, when there is no such lesson.
    pub fn steps(&self, id: &str, scene: usize, walk: &Walk) -> Result<Vec<i32>, JsValue> {
        let lesson = self.lesson(id)?;
        let mut out = vec![-1; lesson.cards.len()];
        for (card, step) in run::steps(lesson, scene, walk.timeline()) {
            if let (Some(slot), Some(step)) = (out.get_mut(card), step) {
                *slot = i32::try_from(step).unwrap_or(-1);
            }
        }
        Ok(out)
    }

    /// Which answer of a card the walk of its scene makes right; -1 for none.
    ///
    /// # Errors
    ///
    /// A `Problem`, when there is no such lesson.
    pub fn right(&self, id: &str, card: usize, walk: &Walk) -> Result<i32, JsValue> {
        let right = run::right(self.lesson(id)?, card, walk.timeline());
        let first = right.first().and_then(|at| i32::try_from(*at).ok());
        Ok(first.unwrap_or(-1))
    }
}
