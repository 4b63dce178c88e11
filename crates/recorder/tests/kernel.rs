//! The recorder against the kernel of this machine. Without root or a program
//! that it needs, each test says so and checks nothing.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::PathBuf;

use packetwalk_recorder::conform::fault::{ALL, Fault, Faulty};
use packetwalk_recorder::conform::{Simulator, Trace, generate, judge};
use packetwalk_recorder::needs;
use packetwalk_recorder::normalise::difference;
use packetwalk_recorder::record::record;

fn can_record(test: &str) -> bool {
    let missing = needs::missing();
    if !missing.is_empty() {
        eprintln!(
            "NOT RUN: {test}: this machine cannot record; missing: {}",
            missing.join("; ")
        );
    }
    missing.is_empty()
}

fn corpus(case: &str, file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/corpus")
        .join(case)
        .join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Records a case of the corpus anew and compares it with what is kept.
#[track_caller]
fn check(case: &str) {
    if !can_record(case) {
        return;
    }
    let (snapshot, flows) = (corpus(case, "snapshot.txt"), corpus(case, "flows.txt"));
    let recording = record(&snapshot, &flows).unwrap_or_else(|error| panic!("{case}: {error}"));
    assert_eq!(recording.notes, [""; 0], "{case}: could not be put up");
    let expected = corpus(case, "expected.txt");
    assert_eq!(
        difference(&expected, &recording.kernel(), &flows, &snapshot),
        None,
        "{case}"
    );
    let seen = corpus(case, "result.txt").contains("ok ");
    assert_eq!(recording.result(seen), corpus(case, "result.txt"), "{case}");
}

#[test]
fn the_article_comes_out_as_it_was_recorded_elsewhere() {
    check("article/2017");
}

#[test]
fn a_snapshot_that_was_taken_builds_the_same_world() {
    for case in [
        "bridging/hairpin-nat",
        "routing/reroute-output",
        "nat/relay",
        "conntrack/out-of-window",
        "ebtables/arpreply",
        "sysctl/martian-logged",
        "frames/icmp-odd",
    ] {
        check(case);
    }
}

/// The kernel in the simulator's place.
struct Kernel;

impl Simulator for Kernel {
    fn trace(&self, snapshot: &str, flows: &str) -> Result<Trace, String> {
        let recording = record(snapshot, flows).map_err(|error| error.to_string())?;
        Ok(Trace {
            kernel: recording.kernel(),
            result: recording.result(true),
            connections: recording.connections,
            drops: String::new(),
            not_modelled: Vec::new(),
        })
    }
}

const FLOWS_EACH: usize = 10;
const FIRST_SEED: u64 = 424_242;

#[test]
fn the_kernel_agrees_with_itself() {
    if !can_record("the_kernel_agrees_with_itself") {
        return;
    }
    for seed in FIRST_SEED..FIRST_SEED + 5 {
        let judgement = judge(&generate(seed, FLOWS_EACH), &Kernel).unwrap();
        assert_eq!(judgement.divergence, None, "seed {seed}");
    }
}

/// Finds the first random case that shows `fault`, within 200 flows.
#[track_caller]
fn catches(fault: Fault) {
    let simulator = Faulty {
        inner: &Kernel,
        fault,
    };
    for seed in FIRST_SEED..FIRST_SEED + 20 {
        let judgement = judge(&generate(seed, FLOWS_EACH), &simulator).unwrap();
        if judgement.divergence.is_some() {
            return;
        }
    }
    panic!("{fault:?} was not noticed in 200 flows from seed {FIRST_SEED} on");
}

#[test]
fn every_deliberate_fault_is_caught_within_200_flows() {
    if !can_record("every_deliberate_fault_is_caught_within_200_flows") {
        return;
    }
    for fault in ALL {
        catches(*fault);
    }
}
