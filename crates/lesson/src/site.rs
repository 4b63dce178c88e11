//! A lesson for the web beside the page itself: a page of its own, what other
//! sites are told of it (oEmbed), and a picture of each scene.
//!
//! All of it is made when the site is built, and all of it is relative to the
//! place that the site is put at, unless that is known: see [`Site`].

use std::fmt::Write as _;

use packetwalk_snapshot::load;
use packetwalk_view::geometry::Arrangement;
use packetwalk_view::poster::{Caption, Poster, svg};
use packetwalk_view::scene::Scene;
use packetwalk_view::words::{Class, Lang, Sentence};
use serde_json::{Value, json};

use crate::page::{LessonEntry, Shelf, view};
use crate::{CardKind, Lesson, run};

/// Size of a lesson in somebody else's page, pixels.
const WIDTH: u32 = 900;
const HEIGHT: u32 = 820;

/// Where the site is.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// Its address with a slash at its end; empty if it is not known. Then
    /// what needs whole addresses has such as begin at the lessons' folder.
    pub base: String,
}

/// The language as files' names and `lang` have it.
fn tag(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "en",
        Lang::Zh => "zh",
    }
}

/// Text of the pages around lessons, in both languages.
fn word(key: Word, lang: Lang) -> &'static str {
    let [en, zh] = match key {
        Word::All => ["All lessons", "全部课程"],
        Word::Other => ["中文", "English"],
        Word::Machine => ["The machine itself", "打开模拟器"],
        Word::Read => ["The lesson to read", "课程文字"],
        Word::Embed => ["In your own page", "放进您的网页"],
        Word::Question => ["What do you think?", "您猜呢？"],
        Word::Try => ["Your turn", "轮到您了"],
        Word::Guide => ["Guide for authors", "作者指南"],
        Word::Lessons => ["Lessons", "课程"],
    };
    match lang {
        Lang::En => en,
        Lang::Zh => zh,
    }
}

#[derive(Clone, Copy)]
enum Word {
    All,
    Other,
    Machine,
    Read,
    Embed,
    Question,
    Try,
    Guide,
    Lessons,
}

/// The other language.
fn other(lang: Lang) -> Lang {
    match lang {
        Lang::En => Lang::Zh,
        Lang::Zh => Lang::En,
    }
}

/// The name of a lesson's page.
#[must_use]
pub fn file(id: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!("{id}.html"),
        Lang::Zh => format!("{id}.zh.html"),
    }
}

/// The picture of a scene: where its first card stops, or its beginning.
///
/// # Errors
///
/// When the scene cannot be played.
pub fn poster(shelf: &Shelf, lesson: &Lesson, at: usize, lang: Lang) -> Result<Poster, String> {
    let snapshot = shelf.machine(lesson, at)?;
    let scene = lesson.scenes.get(at).ok_or("no such scene")?;
    let walk = run::walk(&snapshot, &scene.flow)?;
    let stops = run::steps(lesson, at, &walk);
    let step = stops.iter().find_map(|(_, step)| *step).unwrap_or(0);
    let picture = Scene::new(&load(&snapshot).world, Arrangement::Wide);
    let title = lesson.title.sentence(lang).plain();
    Ok(svg(
        &picture,
        &walk,
        step,
        Caption {
            title: &title,
            lang,
        },
    ))
}

impl Site {
    /// The address of a file of the site, for who is not in it.
    fn address(&self, path: &str) -> String {
        if self.base.is_empty() {
            format!("../{path}")
        } else {
            format!("{}{path}", self.base)
        }
    }

    /// The text that puts a lesson into somebody else's page.
    fn frame(&self, lesson: &Lesson, lang: Lang) -> String {
        let (id, lang_tag) = (&lesson.id, tag(lang));
        let source = self.address(&format!("embed/frame.html?lesson={id}&lang={lang_tag}"));
        format!(
            "<iframe src=\"{}\" title=\"{}\" style=\"width:100%;height:{HEIGHT}px;border:0\" \
             sandbox=\"allow-scripts\" loading=\"lazy\"></iframe>",
            escape(&source),
            escape(&lesson.title.sentence(lang).plain())
        )
    }

    /// What a site is told that wants to show the lesson: oEmbed 1.0, of type
    /// `rich`. `poster` is the picture of its first scene.
    #[must_use]
    pub fn oembed(&self, lesson: &Lesson, poster: &Poster, lang: Lang) -> Value {
        let picture = format!("embed/posters/{}.{}.svg", lesson.case(0), tag(lang));
        json!({
            "version": "1.0",
            "type": "rich",
            "title": lesson.title.sentence(lang).plain(),
            "provider_name": "Packetwalk",
            "provider_url": self.address(""),
            "html": self.frame(lesson, lang),
            "width": WIDTH,
            "height": HEIGHT,
            "thumbnail_url": self.address(&picture),
            "thumbnail_width": poster.width.round() as u32,
            "thumbnail_height": poster.height.round() as u32,
            "cache_age": 86400,
        })
    }

    /// The page of a lesson.
    #[must_use]
    pub fn page(&self, lesson: &Lesson, lang: Lang) -> String {
        let (id, title) = (&lesson.id, lesson.title.sentence(lang).plain());
        let about = lesson.about.sentence(lang);
        let tag = tag(lang);
        let picture = format!("../embed/posters/{}.{tag}.svg", lesson.case(0));
        let oembed = self.address(&format!("lessons/{id}.{tag}.oembed.json"));
        let mut out = head(&title, &about.plain(), lang, id);
        let _ = write!(
            out,
            "<link rel=\"alternate\" type=\"application/json+oembed\" href=\"{}\" title=\"{}\">\n\
             <script async src=\"../embed/packetwalk.js\"></script>\n</head>\n",
            escape(&oembed),
            escape(&title)
        );
        let _ = write!(
            out,
            "<body>\n{}<main>\n<h1>{}</h1>\n<p class=\"about\">{}</p>\n\
             <packet-walk lesson=\"{id}\" lang=\"{tag}\"><img src=\"{picture}\" alt=\"{}\"></packet-walk>\n",
            top(lang, &file(id, other(lang))),
            escape(&title),
            html(&about),
            escape(&about.plain())
        );
        let _ = writeln!(
            out,
            "<details><summary>{}</summary>",
            word(Word::Read, lang)
        );
        let shown = view(lesson, lang);
        for (card, text) in lesson.cards.iter().zip(&shown.cards) {
            let kind = match card.kind {
                CardKind::Say => None,
                CardKind::Ask(_) => Some(Word::Question),
                CardKind::Try => Some(Word::Try),
            };
            if let Some(kind) = kind {
                let _ = writeln!(out, "<h2>{}</h2>", word(kind, lang));
            }
            for paragraph in &text.body {
                let _ = writeln!(out, "<p>{}</p>", html(paragraph));
            }
            for change in &text.changes {
                let _ = writeln!(
                    out,
                    "<pre>{}</pre>",
                    escape(&format!("{}# {}", change.netns, change.command))
                );
            }
            if !text.answers.is_empty() {
                out.push_str("<dl>\n");
                for answer in &text.answers {
                    let _ = writeln!(out, "<dt>{}</dt>", html(&answer.choice));
                    for paragraph in &answer.feedback {
                        let _ = writeln!(out, "<dd>{}</dd>", html(paragraph));
                    }
                }
                out.push_str("</dl>\n");
            }
        }
        let _ = write!(
            out,
            "</details>\n<details><summary>{}</summary>\n<pre>{}</pre>\n</details>\n</main>\n</body>\n</html>\n",
            word(Word::Embed, lang),
            escape(&self.frame(lesson, lang))
        );
        out
    }

    /// The list of lessons.
    #[must_use]
    pub fn index(&self, shelf: &Shelf, lang: Lang) -> String {
        let title = word(Word::Lessons, lang);
        let mut out = head(title, title, lang, "index");
        let _ = write!(
            out,
            "</head>\n<body>\n{}<main>\n<h1>{title}</h1>\n<ol class=\"list\">\n",
            top(lang, &file("index", other(lang)))
        );
        for (lesson, entry) in shelf.lessons.iter().zip(shelf.list(lang)) {
            let LessonEntry { id, title, about } = entry;
            let _ = writeln!(
                out,
                "<li><a href=\"{}\"><img src=\"../embed/posters/{}.{}.svg\" alt=\"\" loading=\"lazy\"><strong>{}</strong></a><p>{}</p></li>",
                file(&id, lang),
                lesson.case(0),
                tag(lang),
                escape(&title),
                escape(&about)
            );
        }
        out.push_str("</ol>\n</main>\n</body>\n</html>\n");
        out
    }
}

/// The head of a page, but for its end.
fn head(title: &str, about: &str, lang: Lang, id: &str) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"description\" content=\"{}\">\n\
         <title>{} – Packetwalk</title>\n\
         <link rel=\"icon\" href=\"../icon.svg\" type=\"image/svg+xml\">\n\
         <link rel=\"stylesheet\" href=\"../css/tokens.css\">\n\
         <link rel=\"stylesheet\" href=\"../css/reading.css\">\n",
        tag(lang),
        escape(about),
        escape(title)
    );
    for lang in Lang::ALL {
        let _ = writeln!(
            out,
            "<link rel=\"alternate\" hreflang=\"{}\" href=\"{}\">",
            tag(lang),
            file(id, lang)
        );
    }
    out
}

/// What stands above every page.
fn top(lang: Lang, translation: &str) -> String {
    format!(
        "<header><nav><a href=\"../index.html\">{}</a> <a href=\"{}\">{}</a> \
         <a href=\"../guide/{}\">{}</a> <a href=\"{translation}\" hreflang=\"{other}\" lang=\"{other}\">{}</a></nav></header>\n",
        word(Word::Machine, lang),
        file("index", lang),
        word(Word::All, lang),
        file("index", lang),
        word(Word::Guide, lang),
        word(Word::Other, lang),
        other = tag(other(lang)),
    )
}

/// A sentence as HTML: values are code.
fn html(sentence: &Sentence) -> String {
    let mut out = String::new();
    for span in &sentence.spans {
        let text = escape(&span.text);
        let _ = match span.class {
            Class::Text => write!(out, "{text}"),
            _ => write!(out, "<code>{text}</code>"),
        };
    }
    out
}

/// A text that may stand in an element or an attribute in quotes.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::page::Bundle;

    const ARTICLE: &str = include_str!("../../../www/scenarios/article-2017.snapshot.txt");
    const LESSON: &str = "---\npacketwalk: lesson 1\nmachine: m\ntitle en: A <b>\ntitle zh: 课\n\
        about en: \"&`x<y`\nabout zh: 关于\n---\n\n# scene\nflow: c1 ping 192.168.0.3\nclaim: result ok\n\n\
        # ask\nen: <img src=x>\nzh: 吗\n\n## answer\nwhen: result ok\nen: yes\nzh: 是\nfeedback en: so\nfeedback zh: 对\n\n\
        ## answer\nwhen: result timeout\nen: no\nzh: 否\nfeedback en: not so\nfeedback zh: 不对\n\n\
        # try less\nchange: host: iptables -D FORWARD 6\nclaim: result timeout\nen: try\nzh: 试\n";

    fn shelf() -> Shelf {
        let shelf = Shelf::new(Bundle {
            lessons: BTreeMap::from([("01-one.md".to_owned(), LESSON.to_owned())]),
            machines: BTreeMap::from([("m".to_owned(), ARTICLE.to_owned())]),
        });
        assert!(shelf.problems.is_empty(), "{:?}", shelf.problems);
        shelf
    }

    #[test]
    fn a_lesson_says_nothing_in_markup() {
        let shelf = shelf();
        let site = Site::default();
        let pages = Lang::ALL.map(|lang| site.page(&shelf.lessons[0], lang));
        for page in pages
            .iter()
            .chain(&Lang::ALL.map(|lang| site.index(&shelf, lang)))
        {
            assert!(
                !page.contains("<b>") && !page.contains("<img src=x>"),
                "{page}"
            );
        }
        let [english, chinese] = &pages;
        assert!(english.contains("<h1>A &lt;b&gt;</h1>"), "{english}");
        assert!(english.contains("<code>x&lt;y</code>"), "{english}");
        assert!(english.contains("host# iptables -D FORWARD 6"), "{english}");
        assert!(chinese.contains("<h1>课</h1>") && chinese.contains("lang=\"zh\""));
    }

    #[test]
    fn other_sites_are_told_whole_addresses_where_they_are_known() {
        let shelf = shelf();
        let lesson = &shelf.lessons[0];
        let picture = poster(&shelf, lesson, 0, Lang::Zh).expect("a picture");
        let check = |base: &str, front: &str| {
            let site = Site {
                base: base.to_owned(),
            };
            let told = site.oembed(lesson, &picture, Lang::Zh);
            assert_eq!(told["version"], "1.0");
            assert_eq!(told["type"], "rich");
            assert_eq!(
                told["thumbnail_url"],
                format!("{front}embed/posters/one.zh.svg")
            );
            let html = told["html"].as_str().expect("html");
            let source = format!("src=\"{front}embed/frame.html?lesson=one&amp;lang=zh\"");
            assert!(html.contains(&source), "{html}");
            assert!(told["thumbnail_width"].as_u64() > Some(100));
            let link = format!("href=\"{front}lessons/one.zh.oembed.json\"");
            assert!(site.page(lesson, Lang::Zh).contains(&link));
        };
        check("", "../");
        check("https://example.org/walk/", "https://example.org/walk/");
    }

    #[test]
    fn every_scene_has_a_picture() {
        let shelf = shelf();
        for lang in Lang::ALL {
            for at in 0..2 {
                let picture = poster(&shelf, &shelf.lessons[0], at, lang).expect("a picture");
                assert!(picture.text.contains(">c1</text>"), "{}", picture.text);
            }
        }
        assert!(poster(&shelf, &shelf.lessons[0], 2, Lang::En).is_err());
    }
}
