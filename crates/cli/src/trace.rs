//! `packetwalk trace`.

use std::fmt::Display;
use std::io::Write;
use std::path::Path;

use packetwalk_core::flow::{Action, Flow};
use packetwalk_core::walk::Level;
use packetwalk_core::world::rng::Rng;
use packetwalk_core::world::{NsId, World};
use packetwalk_snapshot::flow::{self, print};
use packetwalk_snapshot::frame::Diagnostic;
use packetwalk_snapshot::load;
use packetwalk_view::words::Lang;
use packetwalk_view::{drops, json, log, result, text};

use crate::args::{Format, Options};
use crate::input::{read, written};

/// The first of several complaints, in one line, and how many more there are.
fn first<T: Display>(name: impl Display, errors: &[T]) -> Option<String> {
    let error = errors.first()?;
    let more = match errors.len() {
        1 => String::new(),
        many => format!(" (and {} more)", many - 1),
    };
    let text = error.to_string().replace('\n', " ");
    Some(format!("{name}: {text}{more}"))
}

/// Reads the flows; all of them start in the world.
fn flows(options: &Options, world: &World) -> Result<Vec<Flow>, String> {
    let (name, text) = match &options.flows_file {
        Some(path) if path == Path::new("-") && options.snapshot == *path => {
            return Err("snapshot and flows cannot both come from standard input".into());
        }
        Some(path) => (path.display().to_string(), read(path)?),
        None if options.flows.is_empty() => {
            return Err("no flow; see packetwalk --help".into());
        }
        None => ("flow".to_owned(), options.flows.join("\n")),
    };
    let (found, errors) = flow::parse(&text);
    if let Some(complaint) = first(&name, &errors) {
        return Err(complaint);
    }
    found
        .into_iter()
        .map(|(line, flow)| match known(world, &flow) {
            Ok(()) => Ok(flow),
            Err(complaint) => Err(format!("{name}: line {line}: {complaint}")),
        })
        .collect()
}

/// Runs it.
///
/// # Errors
/// One clear line for a snapshot or a flow that cannot be read.
pub fn run(options: &Options) -> Result<(), String> {
    let name = options.snapshot.display();
    let loaded = load(&read(&options.snapshot)?);
    if let Some(complaint) = first(&name, &loaded.errors) {
        return Err(complaint);
    }
    let mut world = loaded.world;
    let flows = flows(options, &world)?;
    remarks(
        &loaded.warnings,
        &loaded.unused,
        &loaded.not_modelled,
        options.verbose,
    );
    world.settings.trace_all = options.trace_all;
    if let Some(seed) = options.seed {
        world.rng = Rng::new(seed);
    }
    world.rec.level = match options.format {
        Format::Kernel => Level::Log,
        Format::Conntrack => Level::Off,
        _ => Level::Full,
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for (number, flow) in flows.iter().enumerate() {
        let walk = world.run_flow(flow);
        let printed = match options.format {
            Format::Kernel => {
                let lines = log::lines(&walk).into_iter().map(|line| line.text);
                under_flow(number + 1, flow, lines)
            }
            Format::Drops => under_flow(number + 1, flow, drops::lines(&walk).into_iter()),
            Format::Result => format!("{}\n", result::line(&walk, options.seen)),
            Format::Json => format!("{}\n", json::line(&walk)),
            Format::Text => text::walk(&walk, if options.chinese { Lang::Zh } else { Lang::En }),
            Format::Conntrack => String::new(),
        };
        if let Err(error) = out.write_all(printed.as_bytes()) {
            return written(&error);
        }
    }
    if options.format == Format::Conntrack
        && let Err(error) = out.write_all(connections(&world).as_bytes())
    {
        return written(&error);
    }
    out.flush().or_else(|error| written(&error))
}

/// The lines of a flow under its heading.
fn under_flow(number: usize, flow: &Flow, lines: impl Iterator<Item = String>) -> String {
    let mut text = format!("@@flow {number} {}\n", print(flow));
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// The connections that each namespace knows, under its name.
fn connections(world: &World) -> String {
    let mut text = String::new();
    for (ns, netns) in (0..).map(NsId).zip(&world.namespaces) {
        let lines = world.conntrack_list(ns);
        if !lines.is_empty() {
            text.push_str(&format!("@@netns {}\n", netns.name));
        }
        for line in lines {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// Is there what the flow starts at?
fn known(world: &World, flow: &Flow) -> Result<(), String> {
    let Some(netns) = world.ns_named(&flow.netns).map(|id| world.ns(id)) else {
        let all: Vec<&str> = world.namespaces.iter().map(|ns| &*ns.name).collect();
        return Err(format!(
            "no namespace {:?} in the snapshot; it has {}",
            flow.netns,
            all.join(", ")
        ));
    };
    match &flow.action {
        Action::Frame { dev, .. } if netns.dev_named(dev).is_none() => {
            let all: Vec<&str> = netns.devices.iter().map(|dev| &*dev.name).collect();
            let all = all.join(", ");
            Err(format!("no device {dev:?} in {}; it has {all}", netns.name))
        }
        _ => Ok(()),
    }
}

/// Says on standard error where the world may differ from the machine: in one
/// line, or all of it.
fn remarks(
    warnings: &[Diagnostic],
    unused: &[(String, String)],
    not_modelled: &[String],
    verbose: bool,
) {
    let mut errors = std::io::stderr().lock();
    if !verbose {
        if let Some(warning) = first("note", warnings) {
            let _ = writeln!(errors, "packetwalk: {warning}");
        }
        return;
    }
    for warning in warnings {
        let _ = writeln!(errors, "packetwalk: note: {warning}");
    }
    for (netns, command) in unused {
        let _ = writeln!(errors, "packetwalk: not used: {netns}: {command}");
    }
    for what in not_modelled {
        let _ = writeln!(errors, "packetwalk: not modelled: {what}");
    }
}
