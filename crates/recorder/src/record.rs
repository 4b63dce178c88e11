//! A whole recording: snapshot and flows in, log and results out.

use std::fmt;
use std::io;
use std::time::Duration;

use packetwalk_core::flow::Flow;
use packetwalk_snapshot::flow::{self, FlowError};
use packetwalk_snapshot::frame::{Diagnostic, Frame};

use crate::build::{BuildError, Wants};
use crate::collect;
use crate::output;
use crate::session::{Record, Session};

/// What came of a recording.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The snapshot that was taken of the world before the first flow.
    pub snapshot: Frame<'static>,
    /// One for each flow.
    pub records: Vec<Record>,
    /// What `conntrack -L` printed in each namespace after the last flow, under
    /// `@@netns NAME`.
    pub connections: String,
    /// The rules for ARP that packets matched, each with its chain in front.
    pub arp_rules: Vec<String>,
    /// What the world lacks.
    pub notes: Vec<String>,
    /// Lines of the kernel's log that others on this machine caused.
    pub foreign: usize,
    /// Whether the kernel was asked why it dropped packets.
    pub drops_watched: bool,
    /// What it took, without waiting for other recorders.
    pub took: Duration,
}

/// Why there is no recording.
#[derive(Debug)]
pub enum RecordError {
    /// The snapshot cannot be read.
    Snapshot(Vec<Diagnostic>),
    /// The flows cannot be read.
    Flows(Vec<FlowError>),
    /// The world could not be built.
    Build(BuildError),
    /// A flow could not be run.
    Run(io::Error),
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Snapshot(errors) => list(f, "snapshot", errors),
            Self::Flows(errors) => list(f, "flows", errors),
            Self::Build(error) => error.fmt(f),
            Self::Run(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RecordError {}

fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, what: &str, errors: &[T]) -> fmt::Result {
    for (index, error) in errors.iter().enumerate() {
        let separator = if index == 0 { "" } else { "; " };
        write!(f, "{separator}{what}: {error}")?;
    }
    Ok(())
}

impl Recording {
    /// The text of `--format kernel`.
    #[must_use]
    pub fn kernel(&self) -> String {
        output::kernel(self.records.iter().map(|r| (&r.flow, r.lines.as_slice())))
    }

    /// Why packets were dropped, under the same headings as the log; empty if
    /// nobody looked.
    #[must_use]
    pub fn drops(&self) -> String {
        match self.drops_watched {
            true => output::kernel(self.records.iter().map(|r| (&r.flow, r.drops.as_slice()))),
            false => String::new(),
        }
    }

    /// The text of `--format result`.
    #[must_use]
    pub fn result(&self, seen: bool) -> String {
        output::result(self.records.iter().map(|r| &r.outcome), seen)
    }
}

/// Records `flows` on the machine that `snapshot` describes.
///
/// # Errors
///
/// See [`RecordError`].
pub fn record(snapshot: &str, flows: &str) -> Result<Recording, RecordError> {
    let (frame, diagnostics) = Frame::parse(snapshot);
    if !diagnostics.is_empty() {
        return Err(RecordError::Snapshot(diagnostics));
    }
    let (flows, errors) = flow::parse(flows);
    if !errors.is_empty() {
        return Err(RecordError::Flows(errors));
    }
    let flows: Vec<Flow> = flows.into_iter().map(|(_, flow)| flow).collect();
    run(&frame, &flows, true)
}

/// Records `flows` on the machine that `frame` describes; with `drops`, also why
/// packets were dropped, where tracefs is there.
///
/// # Errors
///
/// See [`RecordError`].
pub fn run(frame: &Frame<'_>, flows: &[Flow], drops: bool) -> Result<Recording, RecordError> {
    let mut session = Session::open(frame, Wants::of(flows)).map_err(RecordError::Build)?;
    let snapshot = collect::snapshot(&session.world, frame).map_err(RecordError::Build)?;
    // Where it cannot be had, a recording is complete without.
    let drops_watched = drops && session.watch_drops().is_ok();
    let mut records = Vec::with_capacity(flows.len());
    for flow in flows {
        match session.run(flow) {
            Ok(record) => records.push(record),
            // A world that lacks something may lack what this flow goes through.
            Err(error) if !session.world.notes.is_empty() => {
                let note = format!("{}: {error}", flow::print(flow));
                session.world.notes.push(note);
                break;
            }
            Err(error) => return Err(RecordError::Run(error)),
        }
    }
    let connections = collect::connections(&session.world).map_err(RecordError::Build)?;
    let arp_rules = collect::arp_rules(&session.world, frame).map_err(RecordError::Build)?;
    Ok(Recording {
        snapshot,
        records,
        connections,
        arp_rules,
        notes: session.world.notes,
        foreign: session.foreign,
        drops_watched,
        took: session.began.elapsed(),
    })
}
