//! From a lesson's text to a [`Lesson`]. Everything that is wrong is said at
//! once; what could be read is there all the same.

use packetwalk_snapshot::flow;

use crate::change::Change;
use crate::claim::Claim;
use crate::lines::{Block, Field, blocks};
use crate::place::Place;
use crate::text::Both;
use crate::{Answer, Card, CardKind, Lesson, Problem, Scene, Wrong};

/// What the front matter's `packetwalk:` says.
const VERSION: &str = "lesson 1";

/// Reads a lesson. `name` is its file's: `04-published-port.md`.
#[must_use]
pub fn parse(name: &str, text: &str) -> (Lesson, Vec<Problem>) {
    let mut problems = Vec::new();
    let blocks = blocks(text, &mut problems);
    let mut reader = Reader {
        lesson: Lesson {
            id: id(name).to_owned(),
            ..Lesson::default()
        },
        machine: String::new(),
        problems,
    };
    for block in &blocks {
        reader.block(block);
    }
    reader.finish(text.lines().count().max(1));
    packetwalk_rules::sort::by_key(&mut reader.problems, |problem| problem.line);
    (reader.lesson, reader.problems)
}

/// A lesson's name, from its file's: without number and ending.
fn id(name: &str) -> &str {
    let name = name.rsplit('/').next().unwrap_or(name);
    let name = name.strip_suffix(".md").unwrap_or(name);
    name.trim_start_matches(|letter: char| letter.is_ascii_digit())
        .trim_start_matches('-')
}

struct Reader {
    lesson: Lesson,
    /// The machine of scenes that name none.
    machine: String,
    problems: Vec<Problem>,
}

impl Reader {
    fn block(&mut self, block: &Block) {
        let (word, rest) = block
            .heading
            .split_once(char::is_whitespace)
            .unwrap_or((&block.heading, ""));
        match (block.depth, word) {
            (0, _) => self.front(block),
            (1, "scene") => self.scene(block, rest.trim(), false),
            (1, "try") => self.try_it(block, rest.trim()),
            (1, "say") => self.card(block, CardKind::Say),
            (1, "ask") => self.card(block, CardKind::Ask(Vec::new())),
            (2, "answer") => self.answer(block),
            _ => self.problems.push(
                Problem::at(
                    block.line,
                    1,
                    format!("no part is called {:?}", block.heading),
                )
                .hint("there are # scene, # say, # ask with ## answer, and # try"),
            ),
        }
    }

    fn front(&mut self, block: &Block) {
        let (mut title, mut about) = (Both::default(), Both::default());
        let mut version = None;
        for field in &block.fields {
            match field.key.as_str() {
                "packetwalk" => version = Some(field),
                "machine" => self.machine.clone_from(&field.value),
                "title en" => title.en.clone_from(&field.value),
                "title zh" => title.zh.clone_from(&field.value),
                "about en" => about.en.clone_from(&field.value),
                "about zh" => about.zh.clone_from(&field.value),
                _ => self.unknown(
                    field,
                    "packetwalk, machine, title en, title zh, about en, about zh",
                ),
            }
        }
        match version {
            Some(field) if field.value == VERSION => {}
            Some(field) => self.problems.push(
                Problem::at(
                    field.line,
                    field.column,
                    format!("cannot read {:?}", field.value),
                )
                .hint(format!("this version reads {VERSION:?}")),
            ),
            None => self.problems.push(
                Problem::at(block.line, 1, "the front matter does not say what this is")
                    .hint(format!("add packetwalk: {VERSION}")),
            ),
        }
        self.both(&title, block.line, "the title");
        self.both(&about, block.line, "what it is about");
        self.lesson.title = title;
        self.lesson.about = about;
    }

    fn scene(&mut self, block: &Block, name: &str, follows: bool) {
        let before = if follows {
            self.lesson.scenes.last().cloned().unwrap_or_default()
        } else {
            Scene::default()
        };
        let mut scene = Scene {
            name: name.to_owned(),
            own: 0,
            claims: Vec::new(),
            follows,
            line: block.line,
            ..before
        };
        if scene.machine.is_empty() {
            scene.machine.clone_from(&self.machine);
        }
        for field in &block.fields {
            match field.key.as_str() {
                "machine" if !follows => scene.machine.clone_from(&field.value),
                "change" => {
                    if let Some(change) = self.read(field, Change::parse) {
                        scene.changes.push(change);
                        scene.own += 1;
                    }
                }
                "flow" => {
                    if let Err(error) = flow::parse_line(&field.value) {
                        let column = field.column + error.column - 1;
                        let mut problem = Problem::at(field.line, column, error.message);
                        problem.hint = error.hint;
                        self.problems.push(problem);
                    }
                    scene.flow.clone_from(&field.value);
                }
                "claim" => scene.claims.extend(self.read(field, Claim::parse)),
                "en" | "zh" if follows => {}
                _ => self.unknown(field, "machine, change, flow, claim"),
            }
        }
        let line = block.line;
        if scene.machine.is_empty() {
            self.problems.push(
                Problem::at(line, 1, "this scene has no machine")
                    .hint("name a snapshot with machine: in the front matter or here"),
            );
        }
        if scene.flow.is_empty() {
            self.problems
                .push(Problem::at(line, 1, "this scene has no flow").hint("add flow: c1 ping ..."));
        }
        if scene.claims.is_empty() {
            self.problems.push(
                Problem::at(line, 1, "nothing is claimed of this scene")
                    .hint("add what must come out, such as claim: result ok"),
            );
        }
        let same = |other: &Scene| other.name == scene.name;
        if self.lesson.scenes.iter().any(same) {
            self.problems.push(
                Problem::at(line, 1, format!("two scenes are called {:?}", scene.name))
                    .hint("give this one a name of its own, such as # scene fixed"),
            );
        }
        self.lesson.scenes.push(scene);
    }

    fn try_it(&mut self, block: &Block, name: &str) {
        let changed = block
            .fields
            .iter()
            .any(|f| f.key == "change" || f.key == "flow");
        if self.lesson.scenes.is_empty() || !changed {
            self.problems.push(
                Problem::at(block.line, 1, "there is nothing to try here")
                    .hint("a try follows a scene, and has a change: or a flow:"),
            );
        }
        let name = if name.is_empty() { "try" } else { name };
        self.scene(block, name, true);
        let words: Vec<Field> = block
            .fields
            .iter()
            .filter(|field| matches!(field.key.as_str(), "en" | "zh"))
            .cloned()
            .collect();
        let card = Block {
            fields: words,
            ..block.clone()
        };
        self.card(&card, CardKind::Try);
    }

    fn card(&mut self, block: &Block, kind: CardKind) {
        let mut body = Both::default();
        let mut at = None;
        for field in &block.fields {
            match field.key.as_str() {
                "en" => body.en.clone_from(&field.value),
                "zh" => body.zh.clone_from(&field.value),
                "at" => at = self.read(field, Place::parse),
                _ => self.unknown(field, "at, en, zh"),
            }
        }
        self.both(&body, block.line, "this part");
        let Some(scene) = self.lesson.scenes.len().checked_sub(1) else {
            self.problems.push(
                Problem::at(block.line, 1, "there is no scene yet")
                    .hint("put a # scene with a flow before it"),
            );
            return;
        };
        self.lesson.cards.push(Card {
            kind,
            scene,
            at,
            body,
            line: block.line,
        });
    }

    fn answer(&mut self, block: &Block) {
        let mut answer = Answer::default();
        for field in &block.fields {
            match field.key.as_str() {
                "en" => answer.choice.en.clone_from(&field.value),
                "zh" => answer.choice.zh.clone_from(&field.value),
                "feedback en" => answer.feedback.en.clone_from(&field.value),
                "feedback zh" => answer.feedback.zh.clone_from(&field.value),
                "when" => answer.when.extend(self.read(field, Claim::parse)),
                _ => self.unknown(field, "when, en, zh, feedback en, feedback zh"),
            }
        }
        self.both(&answer.choice, block.line, "this answer");
        self.both(&answer.feedback, block.line, "the feedback to this answer");
        if answer.when.is_empty() {
            self.problems.push(
                Problem::at(block.line, 1, "this answer does not say when it is right")
                    .hint("add a claim about the walk, such as when: result timeout"),
            );
        }
        match self.lesson.cards.last_mut().map(|card| &mut card.kind) {
            Some(CardKind::Ask(answers)) => answers.push(answer),
            _ => self.problems.push(
                Problem::at(block.line, 1, "there is no question before this answer")
                    .hint("answers follow an # ask"),
            ),
        }
    }

    fn finish(&mut self, last: usize) {
        let mut asked = false;
        for card in &self.lesson.cards {
            let CardKind::Ask(answers) = &card.kind else {
                continue;
            };
            asked = true;
            if answers.len() < 2 {
                self.problems.push(
                    Problem::at(card.line, 1, "a question needs two answers to choose from")
                        .hint("add ## answer"),
                );
            }
        }
        if !asked {
            self.problems.push(
                Problem::at(last, 1, "this lesson asks for no prediction")
                    .hint("add an # ask with at least two ## answer"),
            );
        }
        let tries = |card: &Card| matches!(card.kind, CardKind::Try);
        if !self.lesson.cards.iter().any(tries) {
            self.problems
                .push(Problem::at(last, 1, "this lesson has nothing to try").hint("add a # try"));
        }
    }

    /// A value, or a problem at its place.
    fn read<T>(&mut self, field: &Field, parse: fn(&str) -> Result<T, Wrong>) -> Option<T> {
        match parse(&field.value) {
            Ok(value) => Some(value),
            Err(wrong) => {
                let column = field.column + wrong.column;
                let problem = Problem::at(field.line, column, wrong.message);
                self.problems.push(problem.hint(wrong.hint));
                None
            }
        }
    }

    fn both(&mut self, text: &Both, line: usize, what: &str) {
        for (words, language, key) in [(&text.en, "English", "en"), (&text.zh, "Chinese", "zh")] {
            if words.trim().is_empty() {
                self.problems.push(
                    Problem::at(line, 1, format!("{what} is missing in {language}"))
                        .hint(format!("every text has its {key}: as well")),
                );
            }
            if words.matches('`').count() % 2 == 1 {
                self.problems.push(
                    Problem::at(line, 1, format!("a backquote in {what} has no partner"))
                        .hint("values stand between two backquotes"),
                );
            }
        }
    }

    fn unknown(&mut self, field: &Field, known: &str) {
        self.problems.push(
            Problem::at(field.line, 1, format!("no key {:?} here", field.key))
                .hint(format!("there are {known}; lines that go on are indented")),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "\
---
packetwalk: lesson 1
machine: a.snapshot.txt
title en: A
title zh: 甲
about en: B
about zh: 乙
---

# scene
flow: c1 ping 10.0.0.1
claim: result ok

# ask
en: Which?
zh: 哪个？

## answer
when: result ok
en: This.
zh: 这个。
feedback en: Yes.
feedback zh: 对。

## answer
when: result timeout
en: That.
zh: 那个。
feedback en: No.
feedback zh: 不对。

# say
at: host route of request
en: First line
  goes on.

  Second paragraph.
zh: 第一行
  接着写。

# try
change: host: sysctl -w net.ipv4.ip_forward=0
claim: result timeout
en: Try.
zh: 试试。
";

    #[test]
    fn a_whole_lesson_is_read() {
        let (lesson, problems) = parse("lessons/12-one-more.md", WHOLE);
        assert_eq!(problems, []);
        assert_eq!(lesson.id, "one-more");
        assert_eq!((lesson.scenes.len(), lesson.cards.len()), (2, 3));
        let say = lesson.cards.get(1).expect("a card");
        assert_eq!(say.body.en, "First line goes on.\n\nSecond paragraph.");
        assert_eq!(say.body.zh, "第一行接着写。");
        let tried = lesson.scenes.get(1).expect("a scene");
        assert_eq!((tried.flow.as_str(), tried.own), ("c1 ping 10.0.0.1", 1));
        assert!(tried.follows);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let check = |from: &str, to: &str, line: usize, column: usize, said: &str| {
            let text = WHOLE.replacen(from, to, 1);
            assert_ne!(text, WHOLE, "{from}");
            let (_, problems) = parse("x.md", &text);
            let found = problems
                .iter()
                .find(|problem| problem.message.contains(said))
                .unwrap_or_else(|| panic!("{said} in {problems:?}"));
            assert_eq!((found.line, found.column), (line, column), "{found}");
            assert!(found.hint.is_some(), "{found}");
        };
        check("lesson 1", "lesson 2", 2, 13, "cannot read");
        check(
            "title zh: 甲\n",
            "",
            1,
            1,
            "the title is missing in Chinese",
        );
        check("c1 ping", "c1 pnig", 11, 10, "pnig");
        check("claim: result ok\n", "", 10, 1, "nothing is claimed");
        check("claim: result ok", "claim: reslut ok", 12, 8, "reslut");
        check("feedback zh: 对。\n", "", 18, 1, "missing in Chinese");
        check(
            "host route of request",
            "host rout of request",
            33,
            10,
            "rout",
        );
        check(
            "  goes on.",
            "goes on.",
            35,
            1,
            "neither a key nor a heading",
        );
        check("# say", "# sya", 32, 1, "sya");
        check("# say", "# scene", 32, 1, "two scenes");
        check("sysctl -w", "sysctl -q", 42, 15, "cannot make the change");
        check(
            "change: host: sysctl -w net.ipv4.ip_forward=0\n",
            "",
            41,
            1,
            "nothing to try",
        );
        check("First line", "First `line", 32, 1, "backquote");
        check("---\npacketwalk", "packetwalk", 1, 1, "front matter");
    }

    #[test]
    fn damaged_lessons_are_read_without_panic() {
        let letters: Vec<char> = WHOLE.chars().collect();
        for cut in 0..letters.len() {
            let text: String = letters.iter().take(cut).collect();
            let _ = parse("x.md", &text);
            let without: String = letters
                .iter()
                .enumerate()
                .filter(|(at, _)| *at != cut)
                .map(|(_, letter)| letter)
                .collect();
            let _ = parse("x.md", &without);
        }
    }
}
