//! A walk in words: one sentence for each step, English and Chinese.
//!
//! A sentence is a list of spans, so that a page can style names and values
//! without ever reading HTML out of a string. What is said comes from the step
//! alone. Texts stand side by side in both languages: `event` has the
//! sentences, [`terms`] the names of the kernel's enumerations, [`explain`]
//! what each hook and table is for.

mod event;
pub mod explain;
pub mod messages;
mod nouns;
mod route;
mod tables;
pub mod terms;
mod why;

use serde::{Deserialize, Serialize};

use packetwalk_core::walk::{Walk, WhyNot};

/// A language that the texts exist in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese, in simplified characters (zh-Hans).
    Zh,
}

impl Lang {
    /// Both.
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// The language that a tag such as `zh-CN` or `en` stands for; English for
    /// those that there are no texts in.
    pub fn of_tag(tag: &str) -> Self {
        if tag.to_ascii_lowercase().starts_with("zh") {
            Self::Zh
        } else {
            Self::En
        }
    }
}

/// A text in both languages, English first.
pub type Pair = [&'static str; 2];

/// The text of `pair` in `lang`.
pub fn pick(pair: Pair, lang: Lang) -> &'static str {
    let [en, zh] = pair;
    match lang {
        Lang::En => en,
        Lang::Zh => zh,
    }
}

/// What a span of a sentence is, for its look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Plain words.
    Text,
    /// A namespace: a container or host.
    Netns,
    /// A device, bridge or port.
    Device,
    /// An IP address, with or without a port.
    Address,
    /// A hardware address.
    Mac,
    /// A hook.
    Hook,
    /// A table.
    Table,
    /// A chain.
    Chain,
    /// A rule's number.
    Rule,
    /// A target, a verdict, a policy.
    Verdict,
    /// A program.
    Program,
    /// Any other value: a mark, a state, a setting.
    Value,
}

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Span {
    /// The words.
    pub text: String,
    /// What they are.
    pub class: Class,
}

/// A sentence in pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(as = "Vec<Span>"))]
#[serde(transparent)]
pub struct Sentence {
    /// The pieces, in order; to be put together without blanks.
    pub spans: Vec<Span>,
}

impl Sentence {
    /// The words alone.
    pub fn plain(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }

    /// Adds a piece.
    pub fn push(&mut self, class: Class, text: impl Into<String>) {
        let text = text.into();
        if text.is_empty() {
            return;
        }
        if class == Class::Text
            && let Some(last) = self.spans.last_mut()
            && last.class == Class::Text
        {
            last.text.push_str(&text);
            return;
        }
        self.spans.push(Span { text, class });
    }

    /// Adds all pieces of another one.
    pub fn append(&mut self, other: Self) {
        for span in other.spans {
            self.push(span.class, span.text);
        }
    }
}

/// A value that stands in for `{name}` in a text.
pub(crate) struct Arg<'a> {
    /// Name in the text.
    pub name: &'static str,
    /// What it is.
    pub class: Class,
    /// Its words.
    pub text: std::borrow::Cow<'a, str>,
}

/// An argument.
pub(crate) fn arg<'a>(
    name: &'static str,
    class: Class,
    text: impl Into<std::borrow::Cow<'a, str>>,
) -> Arg<'a> {
    Arg {
        name,
        class,
        text: text.into(),
    }
}

/// Fills a text's places in.
pub(crate) fn fill(pair: Pair, lang: Lang, args: &[Arg<'_>]) -> Sentence {
    let mut out = Sentence::default();
    let mut rest = pick(pair, lang);
    while let Some((before, after)) = rest.split_once('{') {
        out.push(Class::Text, before);
        let Some((name, after)) = after.split_once('}') else {
            rest = after;
            break;
        };
        match args.iter().find(|arg| arg.name == name) {
            Some(arg) => out.push(arg.class, arg.text.as_ref()),
            None => {
                debug_assert!(false, "no value for {{{name}}}");
                out.push(Class::Text, name);
            }
        }
        rest = after;
    }
    out.push(Class::Text, rest);
    out
}

/// What happens in step `at` of `walk`, and why. Empty if there is no such
/// step.
pub fn sentence(walk: &Walk, at: usize, lang: Lang) -> Sentence {
    match walk.steps.get(at) {
        Some(step) => event::sentence(walk, step, lang),
        None => Sentence::default(),
    }
}

/// Why a rule did not match, as half a sentence: "wants …; it has …".
pub fn why_not(why: &WhyNot, lang: Lang) -> Sentence {
    why::sentence(why, lang)
}
