//! Every lesson of `www/lessons`: what it says is held against the walk, and
//! against what a real kernel said (`tests/corpus/lessons`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use packetwalk_lesson::page::{Bundle, Shelf};
use packetwalk_lesson::run::{self, right, steps};
use packetwalk_lesson::{CardKind, Lesson};
use packetwalk_snapshot::load;
use packetwalk_view::timeline::Timeline;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn shelf() -> Shelf {
    let folder = root().join("www/lessons");
    let mut lessons = BTreeMap::new();
    for entry in fs::read_dir(&folder).expect("a folder of lessons") {
        let path = entry.expect("a readable folder").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if let Some(text) = name.ends_with(".md").then(|| fs::read_to_string(&path)) {
            lessons.insert(name.into_owned(), text.expect("a readable lesson"));
        }
    }
    let read = |path: &str| fs::read_to_string(folder.join(path));
    Shelf::new(Bundle::gather(lessons, read).expect("every machine"))
}

#[test]
fn the_example_of_the_documentation_is_a_lesson() {
    let page = fs::read_to_string(root().join("docs/lessons.md")).expect("docs/lessons.md");
    let example = page.split("```").nth(1).expect("an example").trim_start();
    let folder = root().join("www/lessons");
    let lessons = BTreeMap::from([("90-example.md".to_owned(), example.to_owned())]);
    let read = |path: &str| fs::read_to_string(folder.join(path));
    let shelf = Shelf::new(Bundle::gather(lessons, read).expect("its machine"));
    assert!(shelf.problems.is_empty(), "{:?}", shelf.problems);
    let lesson = &shelf.lessons[0];
    for (at, scene) in lesson.scenes.iter().enumerate() {
        let walk = walk(&shelf, lesson, at);
        for claim in &scene.claims {
            assert!(claim.holds(&walk), "{claim}");
        }
        for (card, step) in steps(lesson, at, &walk) {
            let place = lesson.cards[card].at.as_ref();
            assert_eq!(place.is_some(), step.is_some(), "{place:?}");
        }
    }
    assert_eq!(right(lesson, 1, &walk(&shelf, lesson, 0)), [0]);
}

/// Asks `check` about every scene of every lesson, and says all that it finds.
fn each_scene(check: impl Fn(&Shelf, &Lesson, usize, &mut Vec<String>)) {
    let shelf = shelf();
    let mut wrong = Vec::new();
    for lesson in &shelf.lessons {
        for scene in 0..lesson.scenes.len() {
            let mut found = Vec::new();
            check(&shelf, lesson, scene, &mut found);
            let named = &lesson.scenes[scene];
            let place = format!("{} line {} ({})", lesson.id, named.line, named.name);
            wrong.extend(found.into_iter().map(|what| format!("{place}: {what}")));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn walk(shelf: &Shelf, lesson: &Lesson, scene: usize) -> Timeline {
    let machine = shelf.machine(lesson, scene).expect(&lesson.id);
    run::walk(&machine, &lesson.scenes[scene].flow).expect(&lesson.id)
}

#[test]
fn every_lesson_is_well_formed() {
    let shelf = shelf();
    let problems: Vec<String> = shelf
        .problems
        .iter()
        .map(|(name, problem)| format!("{name}: {problem}"))
        .collect();
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
    assert!(shelf.lessons.len() >= 8, "{}", shelf.lessons.len());
    let mut ids: Vec<&str> = shelf.lessons.iter().map(|lesson| &*lesson.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), shelf.lessons.len(), "two lessons have one name");
    for lesson in &shelf.lessons {
        for (at, card) in lesson.cards.iter().enumerate() {
            let place = format!("{} line {}", lesson.id, card.line);
            assert!(!card.body.en.contains(is_chinese), "{place}: English");
            assert!(card.body.zh.contains(is_chinese), "{place}: Chinese");
            // Nothing is told before it is asked: a question stands in front
            // of the stops that give the answer away.
            if matches!(card.kind, CardKind::Ask(_)) {
                assert!(
                    lesson.cards[at..].iter().any(|next| next.at.is_some()),
                    "{place}: no stop shows why"
                );
            }
        }
    }
}

fn is_chinese(letter: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&letter)
}

#[test]
fn every_machine_is_whole() {
    each_scene(|shelf, lesson, scene, wrong| {
        let loaded = load(&shelf.machine(lesson, scene).expect(&lesson.id));
        wrong.extend(loaded.errors.iter().map(ToString::to_string));
        wrong.extend(loaded.not_modelled.iter().cloned());
    });
}

#[test]
fn every_claim_holds_of_the_walk() {
    each_scene(|shelf, lesson, scene, wrong| {
        let walk = walk(shelf, lesson, scene);
        for claim in &lesson.scenes[scene].claims {
            if !claim.holds(&walk) {
                wrong.push(format!("{claim}: result {}", walk.walk().outcome));
            }
        }
    });
}

#[test]
fn every_stop_is_reached() {
    each_scene(|shelf, lesson, scene, wrong| {
        let walk = walk(shelf, lesson, scene);
        for (card, step) in steps(lesson, scene, &walk) {
            if let (Some(at), None) = (&lesson.cards[card].at, step) {
                wrong.push(format!("line {}: {at}", lesson.cards[card].line));
            }
        }
    });
}

#[test]
fn every_question_has_one_right_answer() {
    each_scene(|shelf, lesson, scene, wrong| {
        let walk = walk(shelf, lesson, scene);
        for (at, card) in lesson.cards.iter().enumerate() {
            if card.scene == scene && matches!(card.kind, CardKind::Ask(_)) {
                let right = right(lesson, at, &walk);
                if right.len() != 1 {
                    wrong.push(format!("line {}: right are {right:?}", card.line));
                }
            }
        }
    });
}

#[test]
fn every_try_changes_what_happens() {
    each_scene(|shelf, lesson, scene, wrong| {
        if !lesson.scenes[scene].follows {
            return;
        }
        let said = |scene: usize| {
            let walk = walk(shelf, lesson, scene);
            let outcome = walk.walk().outcome.to_string();
            let rules = rules(&walk);
            (outcome, rules)
        };
        if said(scene) == said(scene - 1) {
            wrong.push("nothing differs from the scene before".to_owned());
        }
    });
}

/// The rules that the log names, in order.
fn rules(walk: &Timeline) -> Vec<String> {
    walk.log().iter().map(|line| rule_of(&line.text)).collect()
}

/// The part of a log line that names the rule, without what is random.
fn rule_of(line: &str) -> String {
    line.split(" IN=").next().unwrap_or_default().to_owned()
}

#[test]
fn a_real_kernel_says_the_same() {
    each_scene(|shelf, lesson, scene, wrong| {
        let folder = root().join("tests/corpus/lessons").join(lesson.case(scene));
        let text = |name: &str| fs::read_to_string(folder.join(name));
        let (Ok(flows), Ok(result), Ok(log), Ok(snapshot)) = (
            text("flows.txt"),
            text("result.txt"),
            text("expected.txt"),
            text("snapshot.txt"),
        ) else {
            let folder = folder.display();
            wrong.push(format!(
                "no recording in {folder}: cargo xtask lessons --record"
            ));
            return;
        };
        let named = &lesson.scenes[scene];
        if flows.trim() != named.flow {
            wrong.push(format!("the flow recorded is {}", flows.trim()));
        }
        let recorded: Vec<&str> = log.lines().collect();
        for claim in &named.claims {
            if claim.holds_of_record(result.trim(), &recorded) == Some(false) {
                wrong.push(format!("the kernel says otherwise: {claim}"));
            }
        }
        // Recorded on this very machine: its walk takes the same rules. The
        // recorder cannot put ebtables' broute table up.
        let mut ours = rules(&walk(shelf, lesson, scene));
        ours.retain(|rule| !rule.contains(" eb:broute:"));
        let own = run::walk(&snapshot, &named.flow).expect("the recorded machine");
        let theirs = rules(&own);
        let kernels: Vec<String> = recorded
            .iter()
            .filter(|line| !line.starts_with("@@"))
            .map(|line| rule_of(line))
            .collect();
        if ours != theirs || ours != kernels {
            wrong.push("the recording is of another machine: record it again".to_owned());
        }
    });
}

#[test]
fn what_a_reader_tries_can_be_done_and_undone_on_the_page() {
    each_scene(|shelf, lesson, at, wrong| {
        let Some(edits) = shelf.edits(lesson, at).expect("a scene") else {
            return;
        };
        let before = shelf.machine(lesson, at - 1).expect("the scene before");
        let mut page = packetwalk_edit::Document::new(&before);
        for edit in edits {
            if !matches!(page.edit(edit.clone()), Ok(true)) {
                wrong.push(format!("{} scene {at}: {edit:?} does nothing", lesson.id));
            }
        }
        let flow = &lesson.scenes[at].flow;
        let steps = |text: &str| {
            let walk = run::walk(text, flow).expect("a walk");
            let steps = walk.walk().steps.iter();
            steps
                .map(|step| format!("{:?}", step.event))
                .collect::<Vec<_>>()
        };
        let wanted = shelf.machine(lesson, at).expect("a machine");
        if steps(page.text()) != steps(&wanted) {
            wrong.push(format!(
                "{} scene {at}: the page's machine is another",
                lesson.id
            ));
        }
        while page.undo() {}
        if page.text() != before {
            wrong.push(format!("{} scene {at}: it cannot be undone", lesson.id));
        }
    });
}
