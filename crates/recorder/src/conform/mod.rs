//! The differential test: random machines and flows, on the kernel and in the
//! simulator, until they differ.
//!
//! [`run`] makes machines from a seed, records them, has a [`Simulator`] say the
//! same, and compares line by line. A case that differs is shrunk to the smallest
//! machine and the fewest flows that still differ.

mod coverage;
mod ebrules;
pub mod extras;
pub mod fault;
mod flows;
mod judge;
mod machines;
mod random;
mod rare;
mod rules;
mod sets;
mod shrink;
mod simulator;
mod talks;
mod waits;
mod whole;
mod wider;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use packetwalk_core::flow::Flow;

pub use coverage::Coverage;
pub use judge::{Divergence, Judgement, judge};
pub use random::Random;
pub use shrink::shrink;
pub use simulator::{Program, Simulator, Trace};

use crate::machine::Machine;
use crate::record::RecordError;

/// A machine and what is tried on it.
#[derive(Clone, Debug)]
pub struct Case {
    /// The machine.
    pub machine: Machine,
    /// The flows, in order.
    pub flows: Vec<Flow>,
}

/// What tells the seed of the unusual part of a machine from that of the rest.
const WIDER: u64 = 0x5749_4445;

/// The same of what [`whole`] adds.
const WHOLE: u64 = 0x5748_4f4c;

/// And of what [`sets`] adds.
const SETS: u64 = 0x5345_5453;

/// And of what [`talks`] adds.
const TALKS: u64 = 0x5441_4c4b;

/// And of what [`rare`] adds.
const RARE: u64 = 0x5241_5245;

/// And of what [`waits`] adds.
const WAITS: u64 = 0x5741_4954;

/// The case of a seed: the same on every machine and for ever, as long as the
/// generator stays as it is.
#[must_use]
pub fn generate(seed: u64, flows: usize) -> Case {
    let mut random = Random::new(seed);
    let mut machine = machines::machine(&mut random);
    let mut more = Random::new(seed ^ WIDER);
    if more.chance(50) {
        wider::widen(&mut machine, &mut more);
    }
    whole::complete(&mut machine, &mut Random::new(seed ^ WHOLE));
    sets::fill(&mut machine, &mut Random::new(seed ^ SETS));
    let mut flows = flows::flows(&machine, &mut random, flows);
    let mut more = Random::new(seed ^ TALKS);
    if more.chance(12) {
        talks::talk(&mut machine, &mut flows, &mut more);
    }
    let mut more = Random::new(seed ^ RARE);
    if more.chance(15) {
        rare::spice(&mut machine, &mut flows, &mut more);
    }
    Case { machine, flows }
}

/// A case in which time passes: the same machine and flows, but for what it takes to
/// have it show.
#[must_use]
pub fn with_waits(seed: u64, flows: usize) -> Case {
    let mut case = generate(seed, flows);
    let mut random = Random::new(seed ^ WAITS);
    waits::wait(&mut case.machine, &mut case.flows, &mut random);
    case
}

/// How much to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// Seed of the first case; the next one's is one more.
    pub seed: u64,
    /// Number of machines.
    pub cases: usize,
    /// Flows on each.
    pub flows: usize,
    /// How many divergences to shrink, each of another kind.
    pub shrink: usize,
    /// Does time pass, in every case? It takes seconds for each.
    pub waits: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            cases: 20,
            flows: 10,
            shrink: 5,
            waits: false,
        }
    }
}

/// A case on which kernel and simulator differ.
#[derive(Clone, Debug)]
pub struct Found {
    /// Seed that made it.
    pub seed: u64,
    /// The case, shrunk if it was among those to shrink.
    pub case: Case,
    /// Where they differ.
    pub divergence: Divergence,
    /// What the kernel said of the case.
    pub recording: crate::record::Recording,
}

/// What came of it all.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Machines that were built.
    pub machines: usize,
    /// Flows whose lines and results were compared.
    pub flows: usize,
    /// Flows that the simulator said it does not model.
    pub not_modelled: usize,
    /// Seeds of cases that differed, but in which the kernel did not say the same
    /// twice, and how they differed.
    pub unstable: Vec<(u64, String)>,
    /// Machines that the kernel would not build as written, with what it said.
    pub unloadable: Vec<(u64, String)>,
    /// One for each kind of divergence, and how often it came up.
    pub found: Vec<Found>,
    /// How often each kind of divergence came up.
    pub kinds: BTreeMap<String, usize>,
    /// What the cases have touched.
    pub coverage: Coverage,
    /// Flows that the kernel ran, those of shrinking and repeating not counted.
    pub recorded: usize,
    /// What that took, from an empty machine to the last line of the log.
    pub recording: Duration,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let differ: usize = self.kinds.values().sum();
        writeln!(
            f,
            "{} machines, {} flows compared, {differ} machines diverge, {} flows not modelled, \
             {} unstable, {} not loadable",
            self.machines,
            self.flows,
            self.not_modelled,
            self.unstable.len(),
            self.unloadable.len()
        )?;
        let seconds = self.recording.as_secs_f64();
        if seconds > 0.0 {
            writeln!(
                f,
                "{} flows recorded in {seconds:.1} s, {:.1} a second",
                self.recorded,
                self.recorded as f64 / seconds
            )?;
        }
        for (seed, note) in &self.unloadable {
            writeln!(f, "seed {seed} not loadable: {note}")?;
        }
        for (seed, kind) in &self.unstable {
            writeln!(f, "seed {seed} unstable: {kind}")?;
        }
        for (kind, count) in &self.kinds {
            writeln!(f, "{count:6}  {kind}")?;
        }
        self.coverage.fmt(f)
    }
}

/// Runs random cases; `told` hears of each as it is done.
///
/// # Errors
///
/// If this machine cannot record, or the simulator cannot be run.
pub fn run(
    options: &Options,
    simulator: &dyn Simulator,
    mut told: impl FnMut(u64, &Report),
) -> Result<Report, RecordError> {
    let mut report = Report::default();
    let mut shrunk = 0;
    for number in 0..options.cases {
        let seed = options
            .seed
            .wrapping_add(u64::try_from(number).unwrap_or(0));
        let case = match options.waits {
            true => with_waits(seed, options.flows),
            false => generate(seed, options.flows),
        };
        let judgement = judge(&case, simulator)?;
        report.machines += 1;
        report.recorded += judgement.recording.records.len();
        report.recording += judgement.recording.took;
        report.flows += judgement.compared;
        report.not_modelled += judgement.not_modelled;
        if judgement.unloadable {
            let note = judgement
                .recording
                .notes
                .first()
                .cloned()
                .unwrap_or_default();
            report.unloadable.push((seed, note));
        }
        report.coverage.add(&case, &judgement.recording);
        if let Some(divergence) = judgement.divergence {
            // The kernel has to say the very same again, twice, before anyone is
            // to blame. A text that cannot be read is one, however it reads.
            let mut stable = true;
            for _ in 0..2 {
                let again = judge(&case, simulator)?.divergence;
                stable = stable
                    && again.is_some_and(|again| {
                        again == divergence || (again.is_error() && divergence.is_error())
                    });
            }
            if stable {
                let kind = divergence.kind();
                let count = report.kinds.entry(kind).or_default();
                *count += 1;
                if *count == 1 {
                    let found = Found {
                        seed,
                        case,
                        divergence,
                        recording: judgement.recording,
                    };
                    let found = match shrunk < options.shrink && !found.divergence.is_error() {
                        true => {
                            shrunk += 1;
                            shrink(found, simulator)?
                        }
                        false => found,
                    };
                    report.found.push(found);
                }
            } else {
                report.unstable.push((seed, divergence.kind()));
            }
        }
        told(seed, &report);
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_case_again() {
        let (a, b) = (generate(7, 10), generate(7, 10));
        assert_eq!(a.machine, b.machine);
        assert_eq!(a.flows, b.flows);
        assert_ne!(generate(8, 10).machine, a.machine);
    }
}
