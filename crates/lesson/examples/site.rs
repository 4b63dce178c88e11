//! Writes the lessons' own pages with what other sites are told of them, and a
//! picture of every scene: `site LESSONS OUT [ADDRESS]`. `cargo xtask dist` runs
//! it.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use packetwalk_lesson::page::{Bundle, Shelf};
use packetwalk_lesson::site::{Site, file, poster};
use packetwalk_view::words::Lang;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (folder, out, base) = match arguments.as_slice() {
        [folder, out] => (folder, out, ""),
        [folder, out, base] => (folder, out, base.as_str()),
        _ => return Err("site LESSONS OUT [ADDRESS]".into()),
    };
    let (folder, out) = (Path::new(folder), Path::new(out));
    let mut lessons = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".md") {
            lessons.insert(name.into_owned(), fs::read_to_string(&path)?);
        }
    }
    let shelf = Shelf::new(Bundle::gather(lessons, |path| {
        fs::read_to_string(folder.join(path))
    })?);
    if let Some((name, problem)) = shelf.problems.first() {
        return Err(format!("{name}: {problem}").into());
    }
    let site = Site {
        base: base.to_owned(),
    };
    let (pages, posters) = (out.join("lessons"), out.join("embed/posters"));
    for folder in [&pages, &posters] {
        fs::create_dir_all(folder)?;
    }
    for (lang, tag) in [(Lang::En, "en"), (Lang::Zh, "zh")] {
        fs::write(pages.join(file("index", lang)), site.index(&shelf, lang))?;
        for lesson in &shelf.lessons {
            let id = &lesson.id;
            fs::write(pages.join(file(id, lang)), site.page(lesson, lang))?;
            for at in 0..lesson.scenes.len() {
                let picture = poster(&shelf, lesson, at, lang)?;
                if at == 0 {
                    let told = site.oembed(lesson, &picture, lang).to_string();
                    fs::write(pages.join(format!("{id}.{tag}.oembed.json")), told)?;
                }
                fs::write(
                    posters.join(format!("{}.{tag}.svg", lesson.case(at))),
                    picture.text,
                )?;
            }
        }
    }
    Ok(())
}
