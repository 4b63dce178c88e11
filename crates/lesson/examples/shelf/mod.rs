//! The lessons of a folder, for the examples beside this.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use packetwalk_lesson::page::{Bundle, Shelf};

/// Reads every lesson; one with a problem is an error.
pub fn read(folder: &Path) -> Result<Shelf, Box<dyn Error>> {
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
    Ok(shelf)
}
