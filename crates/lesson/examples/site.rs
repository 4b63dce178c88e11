//! Writes the lessons' own pages with what other sites are told of them, and a
//! picture of every scene: `site LESSONS OUT [ADDRESS]`. `cargo xtask dist` runs
//! it.

mod shelf;

use std::error::Error;
use std::fs;
use std::path::Path;

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
    let shelf = shelf::read(folder)?;
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
