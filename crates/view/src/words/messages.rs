//! What the readers of rules, snapshots, flows and links say, in Chinese.
//!
//! A reader writes its messages in English, where it finds the mistake. Here is
//! one table of what they are in Chinese, by their English text with holes for
//! the values, so that a reader need not know languages and the page need not
//! carry two sets of readers. A test looks through the readers' sources for
//! messages that the table does not have.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use super::Lang;

/// English, a tab, Chinese; one a line. Its head says more.
const TABLE: &str = include_str!("messages.zh.txt");

/// Stands for a value.
const HOLE: &str = "{}";

/// Longer texts are no messages; they are left as they are, in bytes.
const LONGEST: usize = 2000;

/// How deep messages stand in one another.
const DEPTH: u8 = 3;

/// A message of a reader in `lang`; as it is where there is no other text.
#[must_use]
pub fn message(text: &str, lang: Lang) -> Cow<'_, str> {
    match lang {
        Lang::En => Cow::Borrowed(text),
        Lang::Zh => chinese(text, DEPTH),
    }
}

/// The lines of the table: the English text and the Chinese one.
pub fn table() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('\t'))
}

/// The table, ready to be searched.
struct Index {
    /// Texts without holes.
    whole: HashMap<&'static str, &'static str>,
    /// Texts with holes, those with the most words of their own first.
    holed: Vec<(&'static str, &'static str)>,
}

/// Made when the first text is asked for.
static INDEX: OnceLock<Index> = OnceLock::new();

impl Index {
    fn new() -> Self {
        let own = |text: &str| text.len() - HOLE.len() * text.matches(HOLE).count();
        let (mut holed, whole): (Vec<_>, Vec<_>) =
            table().partition(|(english, _)| english.contains(HOLE));
        holed.sort_by_key(|(english, _)| std::cmp::Reverse(own(english)));
        Self {
            whole: whole.into_iter().collect(),
            holed,
        }
    }
}

fn chinese(text: &str, depth: u8) -> Cow<'_, str> {
    let has_words = text.bytes().any(|byte| byte.is_ascii_lowercase());
    if depth == 0 || text.len() > LONGEST || !has_words {
        return Cow::Borrowed(text);
    }
    let index = INDEX.get_or_init(Index::new);
    if let Some(chinese) = index.whole.get(text) {
        return Cow::Borrowed(chinese);
    }
    let mut values = Vec::new();
    let found = index.holed.iter().find(|(english, _)| {
        values.clear();
        fits(english, text, &mut values)
    });
    let Some((english, chinese)) = found else {
        return Cow::Borrowed(text);
    };
    // What stands in quotes is the reader's own word.
    let quoted: Vec<bool> = english
        .match_indices(HOLE)
        .map(|(at, _)| {
            english
                .get(..at)
                .is_some_and(|before| before.ends_with('`'))
        })
        .collect();
    Cow::Owned(filled(chinese, |n| {
        let value = values.get(n).copied().unwrap_or_default();
        match quoted.get(n) {
            Some(false) => self::chinese(value, depth - 1),
            _ => Cow::Borrowed(value),
        }
    }))
}

/// Is `text` what `pattern` says, with something for each hole? Leaves that
/// in `values`.
fn fits<'t>(pattern: &str, text: &'t str, values: &mut Vec<&'t str>) -> bool {
    let Some((before, after)) = pattern.split_once(HOLE) else {
        return pattern == text;
    };
    let Some(rest) = text.strip_prefix(before) else {
        return false;
    };
    let next = after.split_once(HOLE).map_or(after, |(next, _)| next);
    if next.is_empty() {
        // Nothing behind it but the end: holes do not touch.
        values.push(rest);
        return !rest.is_empty();
    }
    for (at, _) in rest.match_indices(next).filter(|(at, _)| *at > 0) {
        let depth = values.len();
        let (value, behind) = rest.split_at(at);
        values.push(value);
        if fits(after, behind, values) {
            return true;
        }
        values.truncate(depth);
    }
    false
}

/// A text with its holes filled: `{}` in their order, `{0}` by number.
fn filled<'t>(text: &str, value: impl Fn(usize) -> Cow<'t, str>) -> String {
    let mut out = String::new();
    let mut rest = text;
    let mut count = 0;
    while let Some((before, behind)) = rest.split_once('{') {
        let Some((number, after)) = behind.split_once('}') else {
            break;
        };
        out.push_str(before);
        out.push_str(&value(number.parse().unwrap_or(count)));
        count += 1;
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(english: &str, chinese: &str) {
        assert_eq!(message(english, Lang::Zh), chinese);
        assert_eq!(message(english, Lang::En), english);
    }

    #[test]
    fn values_stay_and_keep_their_places() {
        check("unknown option `--dprot`", "未知的选项 `--dprot`");
        check("did you mean `--dport`?", "是不是 `--dport`？");
        check("there is no chain `X` in table nat", "表 nat 中没有链 `X`");
        check("tunnel or transport", "tunnel 或 transport");
        check(
            "no message that anybody wrote",
            "no message that anybody wrote",
        );
    }

    #[test]
    fn a_message_inside_another_is_put_into_chinese_too() {
        check(
            "not modelled: c1: device wg0 of kind wireguard",
            "未建模：c1：设备 wg0，类型 wireguard",
        );
        check("instruction 3 divides by zero", "第 3 条指令除以零");
        check("column 5: `x` is not a number", "第 5 列：`x` 不是数字");
    }

    #[test]
    fn what_a_user_wrote_is_left_alone() {
        check("unknown option `a number`", "未知的选项 `a number`");
    }
}
