//! One case, before both judges.

use packetwalk_snapshot::flow::print;

use super::{Case, Simulator};
use crate::normalise::{self, Normaliser, first_apart};
use crate::record::{self, RecordError, Recording};

/// The first place where kernel and simulator differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// Index of the flow.
    pub flow: usize,
    /// The kernel's line, or its result; none if it says no more.
    pub kernel: Option<String>,
    /// The simulator's.
    pub simulator: Option<String>,
}

impl Divergence {
    /// Whether the simulator gave up rather than said something else.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.simulator
            .as_deref()
            .is_some_and(|s| s.starts_with("error: "))
    }

    /// A short name for divergences that look alike: the two lines without
    /// addresses and numbers.
    #[must_use]
    pub fn kind(&self) -> String {
        if let Some(error) = self
            .simulator
            .as_deref()
            .filter(|s| s.starts_with("error: "))
        {
            let said = error.split(" (").next().unwrap_or(error);
            return format!(
                "simulator: error: {}",
                said.rsplit(": ").next().unwrap_or(said)
            );
        }
        let short = |line: &Option<String>| match line {
            None => "(nothing)".to_owned(),
            Some(line) => shape(line),
        };
        let (kernel, simulator) = (short(&self.kernel), short(&self.simulator));
        if kernel != simulator {
            return format!("kernel: {kernel} | simulator: {simulator}");
        }
        let empty = String::new();
        let (a, b) = (
            self.kernel.as_ref().unwrap_or(&empty),
            self.simulator.as_ref().unwrap_or(&empty),
        );
        let field = a
            .split(' ')
            .zip(b.split(' '))
            .find(|(left, right)| left != right)
            .map_or("(end)", |(left, _)| left.split('=').next().unwrap_or(left));
        format!("{kernel}: {field} differs")
    }
}

/// What comes before ` IN=`, or the whole of a line without it, with numbers
/// and the names of devices taken out.
fn shape(line: &str) -> String {
    let head = line.split(" IN=").next().unwrap_or(line);
    head.split(':')
        .map(|part| match part.parse::<u32>() {
            Ok(_) => "N",
            Err(_) => part,
        })
        .collect::<Vec<_>>()
        .join(":")
        .chars()
        .take(80)
        .collect()
}

/// What came of one case.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// What the kernel said.
    pub recording: Recording,
    /// Flows that were compared.
    pub compared: usize,
    /// Flows that the simulator said it does not model.
    pub not_modelled: usize,
    /// Whether the kernel refused part of the machine; nothing is compared then.
    pub unloadable: bool,
    /// Where the two differ.
    pub divergence: Option<Divergence>,
}

/// Runs a case on the kernel and in the simulator and compares.
///
/// # Errors
///
/// If the kernel cannot be asked.
pub fn judge(case: &Case, simulator: &dyn Simulator) -> Result<Judgement, RecordError> {
    let frame = case.machine.snapshot();
    let recording = record::run(&frame, &case.flows, true)?;
    let unloadable = !recording.notes.is_empty();
    let mut judgement = Judgement {
        recording,
        compared: 0,
        not_modelled: 0,
        unloadable,
        divergence: None,
    };
    if unloadable {
        return Ok(judgement);
    }
    let snapshot = judgement.recording.snapshot.to_string();
    let flows: String = case.flows.iter().map(|flow| print(flow) + "\n").collect();
    let trace = match simulator.trace(&snapshot, &flows) {
        Ok(trace) => trace,
        Err(error) => {
            judgement.divergence = Some(Divergence {
                flow: 0,
                kernel: None,
                simulator: Some(format!("error: {error}")),
            });
            return Ok(judgement);
        }
    };
    let mut ours = Normaliser::new(&flows, &snapshot);
    let mut theirs = Normaliser::new(&flows, &snapshot);
    let simulated = split(&trace.kernel);
    let dropped = split(&trace.drops);
    let results: Vec<&str> = trace.result.lines().collect();
    for (index, record) in judgement.recording.records.iter().enumerate() {
        let result = results.get(index).copied();
        if trace.not_modelled.get(index) == Some(&true)
            || result.is_some_and(|result| result.starts_with("not modelled"))
        {
            // What follows may hang on what was not modelled.
            judgement.not_modelled += judgement.recording.records.len() - index;
            break;
        }
        // One record of the kernel's log may be two lines (a redirect ignored).
        let logged = record.lines.iter().flat_map(|line| line.lines());
        let kernel = logged.map(|line| ours.line(line));
        let empty = Vec::new();
        let lines = simulated.get(index).unwrap_or(&empty);
        let simulator = lines.iter().map(|line| theirs.line(line));
        let expected = crate::output::result([&record.outcome], true);
        judgement.divergence = first_difference(index, kernel, simulator).or_else(|| {
            (result != Some(expected.trim_end())).then(|| Divergence {
                flow: index,
                kernel: Some(format!("result: {}", expected.trim_end())),
                simulator: result.map(|result| format!("result: {result}")),
            })
        });
        let looked = judgement.recording.drops_watched && !trace.drops.is_empty();
        if judgement.divergence.is_none() && looked {
            let dropped = dropped.get(index).unwrap_or(&empty);
            judgement.divergence = normalise::drops_apart(&record.drops, dropped, &snapshot).map(
                |(kernel, simulator)| Divergence {
                    flow: index,
                    kernel: Some(format!("drops: {kernel}")),
                    simulator: Some(format!("drops: {simulator}")),
                },
            );
        }
        if judgement.divergence.is_some() {
            break;
        }
        judgement.compared += 1;
    }
    if judgement.divergence.is_none() && judgement.not_modelled == 0 {
        let of = |text: &str| normalise::connections(text, &flows, &snapshot);
        let (kernel, simulator) = (of(&judgement.recording.connections), of(&trace.connections));
        judgement.divergence = first_apart(&kernel, &simulator).map(|(kernel, simulator)| {
            let line = |line: Option<&str>| line.map(|line| format!("conntrack: {line}"));
            Divergence {
                flow: case.flows.len().saturating_sub(1),
                kernel: line(kernel),
                simulator: line(simulator),
            }
        });
    }
    Ok(judgement)
}

fn first_difference(
    flow: usize,
    mut kernel: impl Iterator<Item = String>,
    mut simulator: impl Iterator<Item = String>,
) -> Option<Divergence> {
    loop {
        let (kernel, simulator) = (kernel.next(), simulator.next());
        if kernel != simulator {
            return Some(Divergence {
                flow,
                kernel,
                simulator,
            });
        }
        kernel?;
    }
}

/// The lines under each `@@flow`.
fn split(text: &str) -> Vec<Vec<String>> {
    let mut flows: Vec<Vec<String>> = Vec::new();
    for line in text.lines() {
        match flows.last_mut() {
            _ if line.starts_with("@@flow ") => flows.push(Vec::new()),
            Some(lines) => lines.push(line.to_owned()),
            None => {}
        }
    }
    flows
}
