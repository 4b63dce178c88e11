//! Deliberate faults: a simulator that gets one thing wrong. The comparison is
//! worth something only if it catches each of them.

use super::simulator::{Simulator, Trace};

/// One thing that a simulator might get wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Rules are numbered one too high.
    RuleNumbers,
    /// mangle comes behind nat.
    SwappedPriority,
    /// nat is asked for every packet, not once for a connection.
    NatEveryPacket,
    /// rp_filter is ignored.
    NoReversePathFilter,
    /// A router forgets to count the TTL down.
    TtlKept,
}

/// All of them.
pub const ALL: &[Fault] = &[
    Fault::RuleNumbers,
    Fault::SwappedPriority,
    Fault::NatEveryPacket,
    Fault::NoReversePathFilter,
    Fault::TtlKept,
];

/// A simulator with a fault.
pub struct Faulty<'a> {
    /// The one that works.
    pub inner: &'a dyn Simulator,
    /// What it gets wrong.
    pub fault: Fault,
}

impl Simulator for Faulty<'_> {
    fn trace(&self, snapshot: &str, flows: &str) -> Result<Trace, String> {
        let snapshot = match self.fault {
            Fault::NoReversePathFilter => snapshot
                .lines()
                .filter(|line| !line.contains(".rp_filter = "))
                .map(|line| format!("{line}\n"))
                .collect(),
            _ => snapshot.to_owned(),
        };
        let mut trace = self.inner.trace(&snapshot, flows)?;
        trace.kernel = spoil(&trace.kernel, self.fault);
        Ok(trace)
    }
}

fn spoil(text: &str, fault: Fault) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match fault {
            Fault::RuleNumbers if line.contains(":rule:") => {
                lines.push(line.replacen(":rule:", ":rule:1", 1));
            }
            Fault::SwappedPriority
                if line.starts_with("TRACE: nat:")
                    && lines
                        .last()
                        .is_some_and(|last| last.starts_with("TRACE: mangle:")) =>
            {
                let at = lines.len() - 1;
                lines.insert(at, line.to_owned());
            }
            Fault::NatEveryPacket if line.starts_with("TRACE: filter:FORWARD:") => {
                lines.push(line.to_owned());
                lines.push(line.replacen("filter:FORWARD", "nat:POSTROUTING", 1));
            }
            Fault::TtlKept if line.contains(" TTL=63 ") => {
                lines.push(line.replacen(" TTL=63 ", " TTL=64 ", 1));
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}
