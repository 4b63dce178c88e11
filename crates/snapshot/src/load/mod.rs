//! From the text of a snapshot to a world.
//!
//! Every command is read for itself: one that is missing, empty or malformed
//! leaves the kernel's defaults and, where it is malformed, a diagnostic. What
//! nobody reads is listed as not used.

mod bridge;
mod devices;
mod json;
mod neigh;
mod pair;
mod routes;
mod rules;
mod sockets;
mod sysctls;

use packetwalk_core::world::{Netns, NsId, World};

use crate::frame::{Diagnostic, Frame, Namespace, Run};

/// A world, and what was said about the text that it came from.
#[derive(Debug)]
pub struct Loaded {
    /// The world; what could not be read is missing from it.
    pub world: World,
    /// What is wrong with the text.
    pub errors: Vec<Diagnostic>,
    /// What may matter, but did not stop anything.
    pub warnings: Vec<Diagnostic>,
    /// Commands that nobody reads: namespace and command.
    pub unused: Vec<(String, String)>,
    /// Rules, devices and settings that are not modelled, as sentences.
    pub not_modelled: Vec<String>,
}

/// A place to put what is found wrong.
pub(crate) struct Notes {
    netns: String,
    command: String,
    line: usize,
    errors: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
    not_modelled: Vec<String>,
}

impl Notes {
    fn at(&mut self, netns: &str, run: &Run<'_>) {
        self.netns = netns.to_owned();
        self.command = run.command.clone().into_owned();
        self.line = run.line;
    }

    fn diagnostic(&self, line: usize, message: String, hint: &str) -> Diagnostic {
        Diagnostic {
            netns: Some(self.netns.clone()),
            command: Some(self.command.clone()),
            line: self.line + line,
            message,
            hint: (!hint.is_empty()).then(|| hint.to_owned()),
        }
    }

    /// An error at line `line` (from 0) of the present section.
    pub(crate) fn error(&mut self, line: usize, message: impl Into<String>, hint: &str) {
        let diagnostic = self.diagnostic(line, message.into(), hint);
        self.errors.push(diagnostic);
    }

    /// Something that may matter.
    pub(crate) fn warn(&mut self, line: usize, message: impl Into<String>, hint: &str) {
        let diagnostic = self.diagnostic(line, message.into(), hint);
        self.warnings.push(diagnostic);
    }

    /// Something that the simulator does not model.
    pub(crate) fn not_modelled(&mut self, what: impl Into<String>) {
        let what = format!("{}: {}", self.netns, what.into());
        if !self.not_modelled.contains(&what) {
            self.not_modelled.push(what);
        }
    }
}

/// Seed of what a kernel draws at random, unless the caller chooses another.
pub const DEFAULT_SEED: u64 = 0x7061_636b_6574;

/// Reads a snapshot into a world.
pub fn load(text: &str) -> Loaded {
    let (frame, errors) = Frame::parse(text);
    let mut notes = Notes {
        netns: String::new(),
        command: String::new(),
        line: 0,
        errors,
        warnings: Vec::new(),
        not_modelled: Vec::new(),
    };
    let mut world = World::new(DEFAULT_SEED);
    let mut unused = Vec::new();
    let mut ends = Vec::new();
    for (at, namespace) in frame.namespaces.iter().enumerate() {
        let mut netns = Netns::new(&namespace.name);
        for run in &namespace.runs {
            if !known(&run.command) {
                unused.push((namespace.name.to_string(), run.command.to_string()));
            }
        }
        let id = NsId(at as u16);
        read_namespace(namespace, id, &mut netns, &mut ends, &mut notes);
        world.namespaces.push(netns);
    }
    pair::pair(&mut world, &ends, &mut notes);
    Loaded {
        world,
        errors: notes.errors,
        warnings: notes.warnings,
        unused,
        not_modelled: notes.not_modelled,
    }
}

fn read_namespace(
    namespace: &Namespace<'_>,
    id: NsId,
    netns: &mut Netns,
    ends: &mut Vec<pair::End>,
    notes: &mut Notes,
) {
    let name = &*namespace.name;
    let read = |kind: Kind, netns: &mut Netns, notes: &mut Notes, ends: &mut Vec<pair::End>| {
        for run in &namespace.runs {
            if kind_of(&run.command) != Some(kind) {
                continue;
            }
            notes.at(name, run);
            match kind {
                Kind::Link => devices::links(&run.text, id, netns, ends, notes),
                Kind::Addr => devices::addresses(&run.text, netns, notes),
                Kind::BridgeLink => bridge::ports(&run.text, netns, notes),
                Kind::Fdb => bridge::fdb(&run.text, netns, notes),
                Kind::Sysctl => sysctls::read(&run.text, netns, notes),
                Kind::Route => routes::routes(&run.text, netns, notes),
                Kind::Rule => routes::rules(&run.text, netns, notes),
                Kind::Neigh => neigh::read(&run.text, netns, notes),
                Kind::Ipset => rules::ipset(&run.text, netns, notes),
                Kind::Iptables => rules::iptables(&run.text, netns, notes),
                Kind::Ip6tables => rules::ip6tables(&run.text, notes),
                Kind::Ebtables => rules::ebtables(&run.text, netns, notes),
                Kind::Nft => rules::nft(&run.text, notes),
                Kind::Ss => sockets::listening(&run.text, netns, notes),
                Kind::Ps => sockets::relays(&run.text, netns, notes),
                Kind::Conntrack => rules::conntrack(&run.text, netns, notes),
                Kind::Info => {}
            }
        }
    };
    for kind in [
        Kind::Link,
        Kind::Addr,
        Kind::BridgeLink,
        Kind::Fdb,
        Kind::Sysctl,
        Kind::Route,
        Kind::Rule,
        Kind::Neigh,
        Kind::Ipset,
        Kind::Iptables,
        Kind::Ip6tables,
        Kind::Ebtables,
        Kind::Nft,
        Kind::Ss,
        Kind::Ps,
    ] {
        read(kind, netns, notes, ends);
    }
    routes::complete(netns);
    bridge::complete(netns);
    netns.nf.register();
    read(Kind::Conntrack, netns, notes, ends);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Link,
    Addr,
    BridgeLink,
    Fdb,
    Sysctl,
    Route,
    Rule,
    Neigh,
    Ipset,
    Iptables,
    Ip6tables,
    Ebtables,
    Nft,
    Ss,
    Ps,
    Conntrack,
    /// Read by the page for names, not by the kernel.
    Info,
}

fn known(command: &str) -> bool {
    kind_of(command).is_some()
}

/// Which command it is. Paths, `sudo` and the order of flags do not matter.
fn kind_of(command: &str) -> Option<Kind> {
    let mut words = command.split_whitespace();
    let mut tool = words.next()?;
    if tool == "sudo" {
        tool = words.next()?;
    }
    let tool = tool.rsplit('/').next().unwrap_or(tool);
    let rest: Vec<&str> = words.filter(|word| !word.starts_with('-')).collect();
    let object = rest.first().copied().unwrap_or("");
    let starts = |full: &str| !object.is_empty() && full.starts_with(object);
    Some(match tool {
        "ip" if starts("link") => Kind::Link,
        "ip" if starts("address") || object == "addr" => Kind::Addr,
        "ip" if starts("route") => Kind::Route,
        "ip" if starts("rule") => Kind::Rule,
        "ip" if starts("neighbour") || object == "neigh" || object == "neighbor" => Kind::Neigh,
        "bridge" if starts("link") => Kind::BridgeLink,
        "bridge" if starts("fdb") => Kind::Fdb,
        "sysctl" => Kind::Sysctl,
        "iptables-save" | "iptables-legacy-save" | "iptables-nft-save" => Kind::Iptables,
        "ip6tables-save" | "ip6tables-legacy-save" | "ip6tables-nft-save" => Kind::Ip6tables,
        "ebtables-save" | "ebtables-legacy-save" | "ebtables-nft-save" => Kind::Ebtables,
        "ipset" => Kind::Ipset,
        "nft" => Kind::Nft,
        "ss" => Kind::Ss,
        "ps" => Kind::Ps,
        "conntrack" => Kind::Conntrack,
        "docker" | "podman" => Kind::Info,
        _ => return None,
    })
}
