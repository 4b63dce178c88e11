//! From the text of a snapshot to a world.
//!
//! Every command is read for itself: one that is missing, empty or malformed
//! leaves the kernel's defaults and, where it is malformed, a diagnostic. What
//! nobody reads is listed as not used.

mod bridge;
mod command;
mod devices;
mod docker;
mod json;
mod neigh;
mod pair;
mod policy;
mod routes;
mod rules;
mod sockets;
mod sysctls;
mod upper;

use std::collections::HashSet;

use packetwalk_core::world::{Netns, NsId, World};

use crate::frame::{Diagnostic, Frame, Namespace, Run};
use command::ORDER;
use devices::Names;
use pair::Ends;
use routes::TableNames;

pub use command::Kind;
pub use docker::{Container, Docker, Network, PublishedPort};

/// Seed of what a kernel draws at random, unless the caller chooses another.
pub const DEFAULT_SEED: u64 = 0x7061_636b_6574;

/// A world, and what was said about the text that it came from.
#[derive(Debug)]
pub struct Loaded {
    /// The world; what could not be read is missing from it.
    pub world: World,
    /// What is wrong with the text.
    pub errors: Vec<Diagnostic>,
    /// What may make the world differ from the machine, but is no mistake.
    pub warnings: Vec<Diagnostic>,
    /// Commands that nobody reads: namespace and command.
    pub unused: Vec<(String, String)>,
    /// Rules, devices and settings that are not modelled, as sentences.
    pub not_modelled: Vec<String>,
    /// Docker's names for things.
    pub docker: Docker,
}

/// A place in the snapshot.
#[derive(Clone, Debug, Default)]
struct Seen {
    netns: String,
    command: String,
    /// Line of the section's first line, counted from 1.
    line: usize,
}

/// A place to put what is found wrong.
#[derive(Default)]
struct Notes {
    /// The section that is being read.
    section: Seen,
    errors: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
    not_modelled: Vec<String>,
    /// What `not_modelled` holds, to say each thing once.
    told: HashSet<String>,
}

impl Notes {
    fn enter(&mut self, netns: &str, run: &Run<'_>) {
        self.section = Seen {
            netns: netns.to_owned(),
            command: run.command.clone().into_owned(),
            line: run.line,
        };
    }

    /// The section that is being read.
    fn place(&self) -> Seen {
        self.section.clone()
    }

    /// An error at line `line` (from 0) of the section that is being read.
    fn error(&mut self, line: usize, message: impl Into<String>, hint: &str) {
        let diagnostic = diagnostic(&self.section, line, message.into(), hint);
        self.errors.push(diagnostic);
    }

    /// Something that may matter.
    fn warn(&mut self, line: usize, message: impl Into<String>, hint: &str) {
        let diagnostic = diagnostic(&self.section, line, message.into(), hint);
        self.warnings.push(diagnostic);
    }

    /// Something that may matter, in a section that was read earlier.
    fn warn_at(&mut self, seen: &Seen, message: impl Into<String>, hint: &str) {
        self.warnings
            .push(diagnostic(seen, 0, message.into(), hint));
    }

    /// Something that the simulator does not model.
    fn not_modelled(&mut self, what: impl Into<String>) {
        let what = format!("{}: {}", self.section.netns, what.into());
        if self.told.insert(what.clone()) {
            self.not_modelled.push(what);
        }
    }
}

fn diagnostic(seen: &Seen, line: usize, message: String, hint: &str) -> Diagnostic {
    Diagnostic {
        netns: Some(seen.netns.clone()),
        command: Some(seen.command.clone()),
        line: seen.line + line,
        message,
        hint: (!hint.is_empty()).then(|| hint.to_owned()),
    }
}

/// Reads a snapshot into a world.
#[must_use]
pub fn load(text: &str) -> Loaded {
    let (frame, errors) = Frame::parse(text);
    let mut notes = Notes {
        errors,
        ..Notes::default()
    };
    let mut world = World::new(DEFAULT_SEED);
    let mut docker = Docker::default();
    let mut unused = Vec::new();
    let mut ends = Ends::default();
    for namespace in &frame.namespaces {
        let Ok(id) = u16::try_from(world.namespaces.len()) else {
            notes.error(0, "more than 65535 namespaces", "");
            break;
        };
        let mut reader = Reader {
            id: NsId(id),
            netns: Netns::new(&namespace.name),
            names: Names::new(),
            tables: TableNames::default(),
            ends: &mut ends,
            docker: &mut docker,
            wall: &mut world.wall,
            notes: &mut notes,
        };
        unused.extend(reader.namespace(namespace));
        world.namespaces.push(reader.netns);
    }
    let numbers = pair::pair(&mut world, &ends.veths, &mut notes);
    upper::settle(&mut world, &ends.uppers, &numbers, &mut notes);
    Loaded {
        world,
        errors: notes.errors,
        warnings: notes.warnings,
        unused,
        not_modelled: notes.not_modelled,
        docker,
    }
}

/// Reads one namespace.
struct Reader<'a> {
    id: NsId,
    netns: Netns,
    names: Names,
    tables: TableNames,
    ends: &'a mut Ends,
    docker: &'a mut Docker,
    wall: &'a mut Option<u64>,
    notes: &'a mut Notes,
}

impl Reader<'_> {
    /// Reads everything; gives what nobody reads: namespace and command.
    fn namespace(&mut self, namespace: &Namespace<'_>) -> Vec<(String, String)> {
        let mut runs = Vec::new();
        let mut unused = Vec::new();
        for run in &namespace.runs {
            match Kind::of(&run.command) {
                Some(kind) => runs.push((kind, run)),
                // The flow that a page saved along with the machine.
                None if run.command.starts_with("packetwalk ") => {}
                None => unused.push((namespace.name.to_string(), run.command.to_string())),
            }
        }
        for kind in ORDER {
            if kind == Kind::Conntrack {
                self.complete();
            }
            for (_, run) in runs.iter().filter(|(other, _)| *other == kind) {
                self.notes.enter(&namespace.name, run);
                if let Some(line) = missing(&run.text) {
                    let message = format!("the command was not there: {line:?}");
                    self.notes.warn(0, message, "");
                    continue;
                }
                self.run(kind, &run.text);
            }
            // `ip addr` shows the devices as well, if less of them.
            if kind == Kind::Link && self.names.is_empty() {
                for (_, run) in runs.iter().filter(|(other, _)| *other == Kind::Addr) {
                    self.notes.enter(&namespace.name, run);
                    // What is wrong with it is said when the addresses are read.
                    let mut quiet = Notes::default();
                    self.links(&run.text, &mut quiet);
                }
            }
        }
        unused
    }

    fn links(&mut self, text: &str, notes: &mut Notes) {
        let (netns, names) = (&mut self.netns, &mut self.names);
        devices::links(text, self.id, netns, names, self.ends, notes);
    }

    fn run(&mut self, kind: Kind, text: &str) {
        let (netns, names) = (&mut self.netns, &self.names);
        let (tables, notes) = (&mut self.tables, &mut *self.notes);
        match kind {
            Kind::Link => {
                let names = &mut self.names;
                devices::links(text, self.id, netns, names, self.ends, notes);
            }
            Kind::Addr => devices::addresses(text, netns, names, notes),
            Kind::BridgeLink => bridge::ports(text, netns, names, notes),
            Kind::Fdb => bridge::fdb(text, netns, names, notes),
            Kind::Sysctl => sysctls::read(text, netns, notes),
            Kind::Route => routes::routes(text, netns, names, tables, notes),
            Kind::Rule => policy::rules(text, netns, tables, notes),
            Kind::Neigh => neigh::read(text, netns, names, notes),
            Kind::Ipset => rules::ipset(text, netns, notes),
            Kind::Iptables => rules::iptables(text, netns, notes),
            Kind::Ip6tables => rules::ip6tables(text, notes),
            Kind::Ebtables => rules::ebtables(text, netns, notes),
            Kind::Arptables => rules::arptables(text, netns, notes),
            Kind::Nft => rules::nft(text, netns, notes),
            Kind::Ss => sockets::listening(text, netns, names, notes),
            Kind::Ps => sockets::relays(text, netns, notes),
            Kind::Docker => docker::read(text, self.docker, notes),
            Kind::Conntrack => rules::conntrack(text, netns, notes),
            Kind::Date => match text.trim().parse() {
                Ok(seconds) => *self.wall = Some(seconds),
                Err(_) => {
                    let message = format!("{:?} is no number of seconds", text.trim());
                    notes.error(0, message, "date +%s prints one");
                }
            },
        }
    }

    /// Adds what a kernel has by itself.
    fn complete(&mut self) {
        routes::complete(&mut self.netns);
        bridge::complete(&mut self.netns);
        self.netns.nf.register();
    }
}

/// What the shell said if the program is not installed: that is as if the
/// command were missing from the snapshot.
fn missing(text: &str) -> Option<&str> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let (first, None) = (lines.next()?, lines.next()) else {
        return None;
    };
    let absent = first.ends_with(": not found")
        || first.contains("command not found")
        || first.contains("executable file not found");
    absent.then(|| first.trim())
}
