//! Words of a line as iptables-restore splits them, and strings as
//! iptables-save quotes them.

use crate::diag::Span;
use std::borrow::Cow;

/// One word of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word<'a> {
    /// The word, quotes and escapes taken off.
    pub text: Cow<'a, str>,
    /// Column of its first character, from 1, an opening quote included.
    pub column: u32,
    /// Characters in the text, quotes included.
    pub length: u32,
}

impl Word<'_> {
    /// Where the word is.
    pub fn span(&self, line: u32) -> Span {
        Span {
            line,
            column: self.column,
            length: self.length,
        }
    }
}

/// Splits a line at blanks. Inside double quotes blanks count as text and a
/// backslash takes the next character as it is; outside of them a backslash is
/// a character like any other. A quote that closes ends the word (xshared.c,
/// `add_param_to_argv`).
///
/// Returns the words and whether a quote was left open.
pub fn words(line: &str) -> (Vec<Word<'_>>, bool) {
    let mut list = Vec::with_capacity(line.len() / 6 + 2);
    let open = words_into(line, &mut list);
    (list, open)
}

/// [`words`] into a list that is used again from line to line.
pub fn words_into<'a>(line: &'a str, list: &mut Vec<Word<'a>>) -> bool {
    list.clear();
    if line.is_ascii() && !line.contains('"') {
        plain_words(line, list);
        return false;
    }
    let mut column = 0u32;
    let mut chars = line.char_indices().peekable();
    loop {
        // Blanks before the word.
        let start = loop {
            match chars.peek() {
                Some((_, ' ' | '\t' | '\n' | '\r')) => {
                    chars.next();
                    column += 1;
                }
                Some((at, _)) => break *at,
                None => return false,
            }
        };
        let first = column;
        let mut owned: Option<String> = None;
        let mut quoted = false;
        let mut escaped = false;
        let mut end = line.len();
        while let Some((at, c)) = chars.peek().copied() {
            if !quoted && matches!(c, ' ' | '\t' | '\n' | '\r') {
                end = at;
                break;
            }
            let special = escaped || c == '"' || (quoted && c == '\\');
            if special && owned.is_none() {
                owned = Some(line.get(start..at).unwrap_or_default().to_owned());
            }
            chars.next();
            column += 1;
            if escaped {
                escaped = false;
                if let Some(text) = &mut owned {
                    text.push(c);
                }
            } else if c == '"' && quoted {
                quoted = false;
                break;
            } else if c == '"' {
                quoted = true;
            } else if quoted && c == '\\' {
                escaped = true;
            } else if let Some(text) = &mut owned {
                text.push(c);
            }
        }
        let text = match owned {
            Some(text) => Cow::Owned(text),
            None => Cow::Borrowed(line.get(start..end).unwrap_or_default()),
        };
        list.push(Word {
            text,
            column: first + 1,
            length: column - first,
        });
        if quoted {
            return true;
        }
    }
}

/// [`words_into`] for most lines: nothing is quoted, and a byte is a column.
fn plain_words<'a>(line: &'a str, list: &mut Vec<Word<'a>>) {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let mut at = 0;
    for word in line.as_bytes().split(blank) {
        if !word.is_empty() {
            list.push(Word {
                text: Cow::Borrowed(line.get(at..at + word.len()).unwrap_or_default()),
                column: number(at + 1),
                length: number(word.len()),
            });
        }
        at += word.len() + 1;
    }
}

/// Characters that a string may consist of and stay without quotes
/// (libxtables, `xtables_save_string`).
fn plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// Prints a blank and the string, in quotes if it needs them.
pub fn push_string(out: &mut String, value: &str) {
    out.push(' ');
    if !value.is_empty() && value.chars().all(plain) {
        out.push_str(value);
        return;
    }
    out.push('"');
    for c in value.chars() {
        if matches!(c, '\\' | '"' | '\'') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
}

/// Prints a blank and a word of an extension that is not understood: in quotes
/// only if it would not be read back as one word otherwise.
pub fn push_kept(out: &mut String, value: &str) {
    if !value.is_empty() && !value.contains([' ', '\t', '"', '\\', '\'']) {
        out.push(' ');
        out.push_str(value);
    } else {
        push_string(out, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &[(&str, u32, u32)]) {
        let (list, open) = words(line);
        assert!(!open);
        let list: Vec<_> = list
            .iter()
            .map(|w| (w.text.as_ref(), w.column, w.length))
            .collect();
        assert_eq!(list, expected);
    }

    #[test]
    fn words_and_their_columns() {
        check("-A  INPUT", &[("-A", 1, 2), ("INPUT", 5, 5)]);
        check(
            r#"a "b \"c" d"#,
            &[("a", 1, 1), ("b \"c", 3, 7), ("d", 11, 1)],
        );
        check(r#"x a"b c"d"#, &[("x", 1, 1), ("ab c", 3, 6), ("d", 9, 1)]);
        check(r#"a\ b """#, &[("a\\", 1, 2), ("b", 4, 1), ("", 6, 2)]);
        check("é ü", &[("é", 1, 1), ("ü", 3, 1)]);
    }

    #[test]
    fn open_quote_is_told() {
        assert!(words("a \"b").1);
    }
}
