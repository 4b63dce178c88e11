//! `packetwalk trace`.

use std::fmt::Display;
use std::io::{Read, Write};
use std::path::Path;

use packetwalk_core::flow::Flow;
use packetwalk_core::walk::Level;
use packetwalk_core::world::rng::Rng;
use packetwalk_snapshot::{flow, load};
use packetwalk_view::words::Lang;
use packetwalk_view::{json, log, result, text};

use crate::args::{Format, Options};

fn read(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let outcome = if path == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(path).map(|found| bytes = found)
    };
    let name = path.display();
    outcome.map_err(|error| format!("{name}: {error}"))?;
    String::from_utf8(bytes).map_err(|error| {
        let line = error
            .as_bytes()
            .iter()
            .take(error.utf8_error().valid_up_to())
            .filter(|byte| **byte == b'\n')
            .count();
        format!("{name}: line {}: not UTF-8", line + 1)
    })
}

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

fn flows(options: &Options) -> Result<Vec<Flow>, String> {
    let (name, text) = match &options.flows_file {
        Some(path) => (path.display().to_string(), read(path)?),
        None if options.flows.is_empty() => {
            return Err("no flow; see packetwalk --help".into());
        }
        None => ("flow".to_owned(), options.flows.join("\n")),
    };
    let (found, errors) = flow::parse(&text);
    match first(name, &errors) {
        Some(complaint) => Err(complaint),
        None => Ok(found.into_iter().map(|(_, flow)| flow).collect()),
    }
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
    let flows = flows(options)?;
    for flow in &flows {
        if world.ns_named(&flow.netns).is_none() {
            let known: Vec<&str> = world.namespaces.iter().map(|ns| &*ns.name).collect();
            return Err(format!(
                "flow: no namespace {:?} in {name}; it has {}",
                flow.netns,
                known.join(", ")
            ));
        }
    }
    if options.verbose {
        let mut errors = std::io::stderr().lock();
        for warning in &loaded.warnings {
            let _ = writeln!(errors, "packetwalk: note: {warning}");
        }
        for (netns, command) in &loaded.unused {
            let _ = writeln!(errors, "packetwalk: not used: {netns}: {command}");
        }
        for what in &loaded.not_modelled {
            let _ = writeln!(errors, "packetwalk: not modelled: {what}");
        }
    }
    world.settings.trace_all = options.trace_all;
    if let Some(seed) = options.seed {
        world.rng = Rng::new(seed);
    }
    world.rec.level = match options.format {
        Format::Kernel => Level::Log,
        _ => Level::Full,
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for (number, flow) in flows.iter().enumerate() {
        let walk = world.run_flow(flow);
        let printed = match options.format {
            Format::Kernel => {
                let mut text = format!("@@flow {} {}\n", number + 1, flow_text(flow));
                for line in log::lines(&walk) {
                    text.push_str(&line.text);
                    text.push('\n');
                }
                text
            }
            Format::Result => format!("{}\n", result::line(&walk, options.seen)),
            Format::Json => format!("{}\n", json::line(&walk)),
            Format::Text => text::walk(&walk, if options.chinese { Lang::Zh } else { Lang::En }),
        };
        if out.write_all(printed.as_bytes()).is_err() {
            // The reader has seen enough.
            return Ok(());
        }
    }
    let _ = out.flush();
    Ok(())
}

fn flow_text(flow: &Flow) -> String {
    flow::print(flow)
}
