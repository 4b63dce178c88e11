//! Writes every scene of the lessons as a snapshot and a file of flows, for
//! recording on a real kernel: `scenes LESSONS OUT`. `cargo xtask lessons
//! --record` runs it.
#![expect(clippy::print_stdout, reason = "printing is what it does")]

mod shelf;

use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, out] = arguments.as_slice() else {
        return Err("scenes LESSONS OUT".into());
    };
    let (folder, out) = (Path::new(folder), Path::new(out));
    let shelf = shelf::read(folder)?;
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
