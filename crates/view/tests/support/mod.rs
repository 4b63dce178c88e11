//! Walks on machines that real kernels ran.
#![allow(dead_code, reason = "no test needs all of it")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use packetwalk_core::walk::{Level, Walk};
use packetwalk_core::world::World;

/// One walk of a machine, and the machine as it was before.
pub struct Case {
    pub name: String,
    pub before: World,
    pub after: World,
    pub walk: Arc<Walk>,
}

pub fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus")
}

/// All flows of the machines in `folder`.
pub fn cases(folder: &str, trace_all: bool) -> Vec<Case> {
    let mut out = Vec::new();
    let mut machines: Vec<PathBuf> = std::fs::read_dir(corpus().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("snapshot.txt").exists())
        .collect();
    machines.sort();
    for machine in machines {
        let read = |name: &str| std::fs::read_to_string(machine.join(name)).unwrap();
        let loaded = packetwalk_snapshot::load(&read("snapshot.txt"));
        let (flows, errors) = packetwalk_snapshot::flow::parse(&read("flows.txt"));
        assert!(errors.is_empty(), "{}", machine.display());
        let mut world = loaded.world;
        world.settings.trace_all = trace_all;
        world.rec.level = Level::Full;
        for (at, (_, flow)) in flows.iter().enumerate() {
            let before = world.clone();
            let walk = Arc::new(world.run_flow(flow));
            out.push(Case {
                name: format!("{} flow {}", machine.display(), at + 1),
                before,
                after: world.clone(),
                walk,
            });
        }
    }
    assert!(!out.is_empty(), "no machines in {folder}");
    out
}

/// Every machine of the corpus.
pub fn everything() -> impl Iterator<Item = Case> {
    let mut folders: Vec<String> = std::fs::read_dir(corpus())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    folders.sort();
    folders.into_iter().flat_map(|folder| cases(&folder, true))
}
