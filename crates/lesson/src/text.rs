//! Words in both languages.

use packetwalk_view::words::{Class, Lang, Sentence};

/// A text in both languages, as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Both {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

impl Both {
    /// The text of a language.
    #[must_use]
    pub fn of(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Zh => &self.zh,
        }
    }

    /// The paragraphs of a language, ready to be shown: what stands between
    /// two backquotes is a value, everything else is plain words.
    #[must_use]
    pub fn paragraphs(&self, lang: Lang) -> Vec<Sentence> {
        self.of(lang)
            .split("\n\n")
            .map(spans)
            .filter(|sentence| !sentence.spans.is_empty())
            .collect()
    }

    /// All of it as one sentence.
    #[must_use]
    pub fn sentence(&self, lang: Lang) -> Sentence {
        spans(self.of(lang))
    }
}

fn spans(text: &str) -> Sentence {
    let mut out = Sentence::default();
    for (at, part) in text.split('`').enumerate() {
        let class = if at % 2 == 1 {
            Class::Value
        } else {
            Class::Text
        };
        out.push(class, part);
    }
    out
}

/// Adds a line to a text. Lines are joined by a blank, but not between two
/// Chinese letters or punctuation marks, which have none.
pub(crate) fn join(text: &mut String, line: &str) {
    if text.is_empty() || text.ends_with('\n') {
        text.push_str(line);
        return;
    }
    let wide = |letter: Option<char>| letter.is_some_and(is_wide);
    if !(wide(text.chars().next_back()) || wide(line.chars().next())) {
        text.push(' ');
    }
    text.push_str(line);
}

/// Is it written without blanks around it: Chinese letters and punctuation?
fn is_wide(letter: char) -> bool {
    matches!(letter, '\u{2e80}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}' | '\u{2018}'..='\u{201d}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backquotes_mark_values_and_nothing_else_means_anything() {
        let text = Both {
            en: "Rule `-i lo` <b>stays</b>.\n\nNext.".to_owned(),
            zh: String::new(),
        };
        let [first, second] = &text.paragraphs(Lang::En)[..] else {
            panic!("two paragraphs");
        };
        assert_eq!(first.plain(), "Rule -i lo <b>stays</b>.");
        let values: Vec<_> = first
            .spans
            .iter()
            .filter(|span| span.class == Class::Value)
            .collect();
        assert_eq!(values.len(), 1);
        assert_eq!(second.plain(), "Next.");
        assert!(text.paragraphs(Lang::Zh).is_empty());
    }

    #[test]
    fn lines_are_joined_as_each_language_is_written() {
        let check = |lines: &[&str], joined: &str| {
            let mut text = String::new();
            for line in lines {
                join(&mut text, line);
            }
            assert_eq!(text, joined);
        };
        check(&["one", "two"], "one two");
        check(&["数据包", "到达"], "数据包到达");
        check(&["数据包，", "到达"], "数据包，到达");
        check(&["see `eth0`", "and go"], "see `eth0` and go");
    }
}
