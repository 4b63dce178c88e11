//! Replays every recorded case of `tests/corpus` and holds what `packetwalk
//! trace` prints against what the kernel and the programs said.
//!
//! `PACKETWALK_CASE=part-of-a-name` runs only the cases whose path holds that.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use packetwalk_recorder::replay::{cases, verdict};

#[test]
fn every_recorded_case_is_met() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    let mut all = cases(&root).expect("folders that can be read");
    if let Ok(part) = std::env::var("PACKETWALK_CASE") {
        all.retain(|case| case.to_string_lossy().contains(&part));
    }
    assert!(!all.is_empty(), "no case under {}", root.display());
    let simulator = Path::new(env!("CARGO_BIN_EXE_packetwalk"));
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(case) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(why) = verdict(case, simulator) {
                        let name = case.strip_prefix(&root).unwrap_or(case);
                        let line = format!("{}: {why}", name.display());
                        failed.lock().expect("no thread panicked").push(line);
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().expect("no thread panicked");
    failed.sort();
    assert!(
        failed.is_empty(),
        "{} of {} cases are not met:\n\n{}",
        failed.len(),
        all.len(),
        failed.join("\n\n")
    );
}
