//! Writes every scene of the lessons as a snapshot and a file of flows, for
//! recording on a real kernel: `scenes LESSONS OUT`. `cargo xtask lessons
//! --record` runs it.
// Printing is what it is for.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use packetwalk_lesson::page::{Bundle, Shelf};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, out] = arguments.as_slice() else {
        return Err("scenes LESSONS OUT".into());
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
    for lesson in &shelf.lessons {
        for (at, scene) in lesson.scenes.iter().enumerate() {
            let name = lesson.case(at);
            let case = out.join(&name);
            fs::create_dir_all(&case)?;
            fs::write(case.join("snapshot.txt"), shelf.machine(lesson, at)?)?;
            fs::write(case.join("flows.txt"), format!("{}\n", scene.flow))?;
            let title = &lesson.title.en;
            let of = if scene.name.is_empty() { "" } else { ": " };
            println!("{name}\tLesson “{title}”{of}{}.", scene.name);
        }
    }
    Ok(())
}
