//! TypeScript declarations of everything that crosses to the browser.
//!
//! Name in [`declarations`] what a function of the door takes or gives; what
//! those types are made of comes by itself.

use std::collections::BTreeMap;

use ts_rs::{Config, TS, TypeVisitor};

/// The text of `types.d.ts`.
///
/// # Panics
///
/// When two types that cross bear the same name.
#[must_use]
pub fn declarations() -> String {
    let config = Config::new().with_large_int("number");
    let mut declarations = Declarations {
        config: &config,
        found: BTreeMap::new(),
    };
    declarations.visit::<crate::About>();
    declarations.visit::<packetwalk_lesson::page::LessonEntry>();
    declarations.visit::<packetwalk_lesson::page::LessonView>();
    declarations.visit::<crate::change::History>();
    declarations.visit::<crate::change::Refusal>();
    declarations.visit::<crate::problem::Problem>();
    declarations.visit::<crate::walk::RulesShown>();
    declarations.visit::<packetwalk_edit::Edit>();
    declarations.visit::<packetwalk_edit::complete::Completion>();
    declarations.visit::<packetwalk_edit::picks::Picks>();
    declarations.visit::<packetwalk_edit::share::State>();
    declarations.visit::<packetwalk_edit::switches::Switches>();
    declarations.visit::<packetwalk_view::timeline::Changes>();
    declarations.visit::<packetwalk_view::ladder::Ladder>();
    declarations.visit::<crate::walk::PacketShown>();
    declarations.visit::<packetwalk_view::rules::ChainName>();
    declarations.visit::<packetwalk_view::timeline::Met>();
    declarations.visit::<packetwalk_view::scene::Scene>();
    declarations.visit::<packetwalk_view::timeline::Frame>();
    declarations.visit::<packetwalk_view::timeline::Lights>();
    declarations.visit::<packetwalk_view::timeline::Moment>();
    declarations.visit::<packetwalk_view::timeline::Overview>();
    declarations.visit::<packetwalk_view::timeline::Unit>();
    declarations.visit::<packetwalk_view::way::Way>();
    declarations.text()
}

/// Types found so far, by name.
struct Declarations<'a> {
    config: &'a Config,
    found: BTreeMap<String, String>,
}

impl Declarations<'_> {
    fn text(&self) -> String {
        let mut text = String::from("// Made from the Rust types. Do not edit.\n");
        for declaration in self.found.values() {
            text.push('\n');
            text.push_str(declaration);
        }
        text
    }
}

impl TypeVisitor for Declarations<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Types with a place of their own are declared; the rest (numbers,
        // strings, lists, options) are only looked into.
        if T::output_path().is_some() {
            let docs = T::docs().unwrap_or_default();
            let declaration = format!("{docs}export {}\n", T::decl(self.config));
            let name = T::ident(self.config);
            if let Some(known) = self.found.get(&name) {
                assert_eq!(*known, declaration, "two types are called {name}");
                return;
            }
            self.found.insert(name, declaration);
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}
