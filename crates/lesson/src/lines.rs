//! A lesson's text as blocks of keys and values; what they mean is not known
//! here.
//!
//! A block begins with a heading (`# say`). A key stands at the beginning of a
//! line (`en: ...`); its value goes on in the lines below that are indented. A
//! blank line between two of those begins a paragraph.

use crate::Problem;
use crate::text::join;

/// A block of a lesson.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    /// How many `#` its heading has; 0 for the front matter.
    pub depth: usize,
    /// The heading.
    pub heading: String,
    /// The line of the heading.
    pub line: usize,
    /// The keys, in order.
    pub fields: Vec<Field>,
}

/// A key and its value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Field {
    pub key: String,
    pub value: String,
    /// The line of the key.
    pub line: usize,
    /// The column at which the value begins.
    pub column: usize,
}

/// Takes a text apart. The first block is the front matter.
pub(crate) fn blocks(text: &str, problems: &mut Vec<Problem>) -> Vec<Block> {
    let mut blocks = vec![Block {
        line: 1,
        ..Block::default()
    }];
    let mut front = Front::Before;
    let mut gap = false;
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let number = index + 1;
        let line = line.trim_end();
        if line.is_empty() {
            gap = true;
            continue;
        }
        let after_gap = std::mem::take(&mut gap);
        match (&front, line) {
            (Front::Before, "---") => {
                front = Front::Inside;
                continue;
            }
            (Front::Before, _) => {
                problems.push(
                    Problem::at(number, 1, "a lesson begins with its front matter")
                        .hint("begin with a line of three hyphens"),
                );
                front = Front::After;
            }
            (Front::Inside, "---") => {
                front = Front::After;
                continue;
            }
            _ => {}
        }
        if line.starts_with("<!--") && line.ends_with("-->") {
            continue;
        }
        let depth = line.chars().take_while(|letter| *letter == '#').count();
        if depth > 0 {
            blocks.push(Block {
                depth,
                heading: line.trim_start_matches('#').trim().to_owned(),
                line: number,
                fields: Vec::new(),
            });
            continue;
        }
        let fields = blocks.last_mut().map(|block| &mut block.fields);
        if line.starts_with([' ', '\t']) {
            let field = fields.and_then(|fields| fields.last_mut());
            match field {
                Some(field) => {
                    if after_gap && !field.value.is_empty() {
                        field.value.push_str("\n\n");
                    }
                    join(&mut field.value, line.trim_start());
                }
                None => problems.push(
                    Problem::at(number, 1, "an indented line goes on with a value")
                        .hint("there is no key above it in this part"),
                ),
            }
            continue;
        }
        let Some((key, value)) = line.split_once(':') else {
            problems.push(
                Problem::at(number, 1, "this line is neither a key nor a heading")
                    .hint("indent it, if it goes on with the line above"),
            );
            continue;
        };
        let blanks = value.chars().take_while(|letter| *letter == ' ').count();
        if let Some(fields) = fields {
            fields.push(Field {
                key: key.to_owned(),
                value: value.trim().to_owned(),
                line: number,
                column: key.chars().count() + 2 + blanks,
            });
        }
    }
    if matches!(front, Front::Before | Front::Inside) {
        problems.push(Problem::at(
            text.lines().count().max(1),
            1,
            "the front matter does not end",
        ));
    }
    blocks
}

enum Front {
    Before,
    Inside,
    After,
}
