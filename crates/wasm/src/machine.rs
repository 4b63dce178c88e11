//! A machine: the world of one snapshot.

use packetwalk_core::world::World;
use packetwalk_edit::Document;
use packetwalk_snapshot::flow;
use packetwalk_snapshot::{Loaded, load};
use packetwalk_view::geometry::Arrangement;
use packetwalk_view::scene::Scene;
use wasm_bindgen::prelude::*;

use crate::problem::Problem;
use crate::walk::Walk;
use crate::{plain, suggest};

/// The world of one snapshot, with what was changed in it. Flows run on copies of it, so that each begins
/// with what the snapshot says.
#[wasm_bindgen]
pub struct Machine {
    pub(crate) document: Document,
    pub(crate) world: World,
    pub(crate) remarks: Vec<Problem>,
}

#[wasm_bindgen]
impl Machine {
    /// Reads a snapshot. What is wrong with parts of it is in
    /// [`Machine::remarks`]; the rest works.
    ///
    /// # Errors
    ///
    /// A `Problem`, when the text holds no machine at all.
    pub fn load(text: &str) -> Result<Machine, JsValue> {
        let loaded = load(text);
        if loaded.world.namespaces.is_empty() {
            let problem = loaded.errors.into_iter().next().map_or_else(
                || Problem::plain("there is no network namespace in this text"),
                Problem::from,
            );
            return Err(problem.thrown());
        }
        let (world, remarks) = remarks(loaded);
        Ok(Self {
            document: Document::new(text),
            world,
            remarks,
        })
    }

    /// What is wrong with the snapshot, what was not used of it and what is
    /// not modelled.
    ///
    /// # Errors
    ///
    /// When the value cannot be made into a JavaScript object.
    #[wasm_bindgen(unchecked_return_type = "types.Problem[]")]
    pub fn remarks(&self) -> Result<JsValue, JsError> {
        plain(&self.remarks)
    }

    /// Names of the network namespaces, in the snapshot's order.
    pub fn namespaces(&self) -> Vec<String> {
        let all = self.world.namespaces.iter();
        all.map(|netns| netns.name.to_string()).collect()
    }

    /// Flows that one could try on this machine.
    pub fn suggestions(&self) -> Vec<String> {
        suggest::flows(&self.world)
    }

    /// Is the upright picture the one that is drawn larger in a box of this
    /// size? `height` is infinite where the box grows with its picture.
    pub fn upright(&self, width: f32, height: f32) -> bool {
        Scene::arrangement(&self.world, width, height) == Arrangement::Narrow
    }

    /// The picture of the machine.
    ///
    /// # Errors
    ///
    /// When the value cannot be made into a JavaScript object.
    #[wasm_bindgen(unchecked_return_type = "types.Scene")]
    pub fn scene(&self, narrow: bool) -> Result<JsValue, JsError> {
        plain(&Scene::new(&self.world, arrangement(narrow)))
    }

    /// Runs a flow on a copy of the machine as it was loaded. With `trace`,
    /// every packet is traced, as if each began with `-j TRACE`.
    ///
    /// # Errors
    ///
    /// A `Problem`, when the line is no flow or there is no such namespace.
    pub fn run(&self, line: &str, trace: bool) -> Result<Walk, JsValue> {
        let flow = flow::parse_line(line).map_err(|error| Problem::from(error).thrown())?;
        if self.world.ns_named(&flow.netns).is_none() {
            return Err(self.no_namespace(line, &flow.netns).thrown());
        }
        let mut world = self.world.clone();
        world.settings.trace_all |= trace;
        let walk = world.run_flow(&flow);
        Ok(Walk::new(self.world.clone(), walk))
    }

    fn no_namespace(&self, line: &str, name: &str) -> Problem {
        let column = line
            .find(name)
            .map_or(0, |at| line.get(..at).unwrap_or_default().chars().count());
        Problem {
            line: 1,
            column: u32::try_from(column + 1).unwrap_or(1),
            hint: Some(format!("there are {}", self.namespaces().join(", "))),
            ..Problem::plain(format!("no network namespace {name:?} in this snapshot"))
        }
    }
}

/// Portrait or landscape.
pub(crate) fn arrangement(narrow: bool) -> Arrangement {
    if narrow {
        Arrangement::Narrow
    } else {
        Arrangement::Wide
    }
}

/// Everything that was said while loading, worst first.
pub(crate) fn remarks(loaded: Loaded) -> (World, Vec<Problem>) {
    let mut remarks: Vec<Problem> = loaded.errors.into_iter().map(Problem::from).collect();
    let warnings = loaded.warnings.into_iter().map(Problem::from);
    remarks.extend(warnings.map(Problem::remark));
    let not_modelled = loaded.not_modelled.into_iter();
    remarks
        .extend(not_modelled.map(|what| Problem::plain(format!("not modelled: {what}")).remark()));
    let unused = loaded.unused.into_iter().map(|(netns, command)| Problem {
        place: format!("{netns}: {command}"),
        ..Problem::plain("not used").remark()
    });
    remarks.extend(unused);
    (loaded.world, remarks)
}
