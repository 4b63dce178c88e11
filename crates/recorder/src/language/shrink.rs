//! Makes the text of a difference as short as it goes.

use super::{Difference, Tool, compare};
use crate::command::CommandError;
use crate::netns::Netns;

/// Leaves out tables, lines and words as long as the same kind of difference
/// remains.
pub(super) fn shrink(
    tool: &dyn Tool,
    netns: &Netns,
    mut found: Difference,
) -> Result<Difference, CommandError> {
    for cut in [tables, lines, words] {
        let mut at = 0;
        while let Some(fewer) = cut(&found.text, at) {
            match compare(tool, netns, found.seed, &fewer)? {
                Err(still) if same_kind(&still, &found) => found = still,
                _ => at += 1,
            }
        }
    }
    Ok(found)
}

/// Do both differ in the same way: in what they print, or in who refuses?
fn same_kind(a: &Difference, b: &Difference) -> bool {
    a.command.is_empty() == b.command.is_empty()
        && a.ours.starts_with("takes it") == b.ours.starts_with("takes it")
}

/// The text without its nth table.
fn tables(text: &str, n: usize) -> Option<String> {
    let (begin, _) = text
        .match_indices("*")
        .filter(|(at, _)| line_begins(text, *at))
        .nth(n)?;
    let end = text[begin..]
        .find("COMMIT\n")
        .map_or(text.len(), |end| begin + end + 7);
    Some(format!("{}{}", &text[..begin], &text[end..]))
}

fn line_begins(text: &str, at: usize) -> bool {
    at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n')
}

/// The text without its nth line.
fn lines(text: &str, n: usize) -> Option<String> {
    let lines = text.lines().enumerate();
    (n < text.lines().count()).then(|| {
        lines
            .filter(|(at, _)| *at != n)
            .map(|(_, line)| format!("{line}\n"))
            .collect()
    })
}

/// The text without its nth word.
fn words(text: &str, n: usize) -> Option<String> {
    let (at, _) = text.match_indices(' ').nth(n)?;
    let end = text[at + 1..]
        .find([' ', '\n'])
        .map_or(text.len(), |end| at + 1 + end);
    Some(format!("{}{}", &text[..at], &text[end..]))
}
