//! Snapshots that were damaged at random: whatever is left of them loads, and
//! packets walk in it. Nothing panics.
//!
//! `PACKETWALK_SEED=N` damages them in other ways.

use std::fs;
use std::path::Path;

use packetwalk_core::world::rng::Rng;
use packetwalk_snapshot::{flow, load};

/// Fixed unless told, so that a failure comes back.
fn seed() -> u64 {
    let told = std::env::var("PACKETWALK_SEED").ok();
    told.map_or(0x5eed, |seed| seed.parse().expect("a number"))
}

/// Cuts, repeats or overwrites a piece of the text.
fn damage(text: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut text = text.to_vec();
    for _ in 0..=rng.below(4) {
        let place = rng.below(text.len() as u32) as usize;
        let length = match rng.below(3) {
            0 => 1,
            1 => rng.below(20) as usize,
            _ => rng.below(400) as usize,
        };
        let end = (place + length).min(text.len());
        let piece = text[place..end].to_vec();
        match rng.below(4) {
            0 => drop(text.drain(place..end)),
            1 => text.splice(place..place, piece).for_each(drop),
            2 => text[place..end].fill(b"0{}[],:\"- \nx9"[rng.below(13) as usize]),
            // A number becomes a large or a small one.
            _ => {
                let digits = text[place..].iter().position(u8::is_ascii_digit);
                if let Some(at) = digits.map(|at| at + place) {
                    let number: &[u8] =
                        [&b"0"[..], b"-1", b"65536", b"4294967296", b"99"][rng.below(5) as usize];
                    text.splice(at..=at, number.iter().copied()).for_each(drop);
                }
            }
        }
    }
    text
}

fn check(case: &str, rounds: u32) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/corpus")
        .join(case);
    let snapshot = fs::read_to_string(folder.join("snapshot.txt")).expect("a snapshot");
    // Thousands of settings would take most of the hits.
    let lines = snapshot.lines().filter(|line| {
        !line.starts_with("net.") || line.contains("forward") || line.contains("rp_filter")
    });
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    let flows = fs::read_to_string(folder.join("flows.txt")).expect("flows");
    let (flows, _) = flow::parse(&flows);
    let seed = seed();
    let mut rng = Rng::new(seed);
    let mut walked = 0;
    for round in 0..rounds {
        let damaged = damage(text.as_bytes(), &mut rng);
        let damaged = String::from_utf8_lossy(&damaged);
        let outcome = std::panic::catch_unwind(|| {
            let mut world = load(&damaged).world;
            let mut walked = 0;
            for (_, flow) in &flows {
                if world.ns_named(&flow.netns).is_some() {
                    world.run_flow(flow);
                    walked += 1;
                }
            }
            walked
        });
        match outcome {
            Ok(flows) => walked += flows,
            Err(_) => panic!("{case}: seed {seed}, round {round} panics:\n{damaged}"),
        }
    }
    assert!(
        walked > rounds as usize,
        "{walked} flows in {rounds} rounds"
    );
}

#[test]
fn a_machine_with_bridged_containers() {
    check("article/2017", 150);
}

#[test]
fn machines_that_docker_set_up() {
    check("dockerd/20.10.24-default-bridge-p", 40);
    check("dockerd/28.5.2-two-usernets-isolation", 40);
}
