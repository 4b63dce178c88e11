//! The command line of the recorder.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use packetwalk_recorder::conform::{self, Options, Program};
use packetwalk_recorder::normalise::{self, difference};
use packetwalk_recorder::record::{Recording, record};
use packetwalk_recorder::{language, needs, replay, script};
use packetwalk_snapshot::flow::print as print_flow;

const USAGE: &str = "\
Runs flows on a real kernel, in network namespaces built from a snapshot.

packetwalk-recorder run SNAPSHOT FLOWS [--format kernel|result] [--seen]
    prints what the kernel logged, or what the programs saw
packetwalk-recorder record SNAPSHOT FLOWS --out DIR [--about TEXT]
    writes snapshot.txt, flows.txt, expected.txt, result.txt, conntrack.txt, drops.txt,
    about.txt
packetwalk-recorder corpus SCRIPT... --out DIR [--only TEXT]
    records the cases of scripts, each into DIR/TOPIC/NAME
packetwalk-recorder compare EXPECTED GOT [--flows FLOWS] [--snapshot SNAPSHOT]
    says where two logs differ, random fields aside
packetwalk-recorder conform --simulator PROGRAM [--seed N] [--cases N] [--flows-each N] [--keep DIR]
                           [--waits]
    random machines on the kernel and in `PROGRAM trace`; where they differ;
    with --waits, time passes in each
packetwalk-recorder replay DIR --simulator PROGRAM
    every recorded case below DIR in `PROGRAM trace`; what is not met
packetwalk-recorder language [--tool NAME] [--seed N] [--rules N]
    random rules to the real tools and to ours: who takes them, what is printed
packetwalk-recorder check
    says what this machine lacks for recording
";

/// How often a recording is repeated until two in a row agree.
const ATTEMPTS: usize = 5;

struct Arguments {
    words: Vec<String>,
    out: Option<PathBuf>,
    about: Option<String>,
    only: Option<String>,
    simulator: Option<PathBuf>,
    keep: Option<PathBuf>,
    conform: Options,
    tool: Option<String>,
    rules: usize,
    flows: Option<PathBuf>,
    snapshot: Option<PathBuf>,
    format: String,
    seen: bool,
    once: bool,
}

pub(crate) fn main() -> ExitCode {
    match arguments().and_then(|arguments| dispatch(&arguments)) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("packetwalk-recorder: {message}");
            ExitCode::from(2)
        }
    }
}

fn arguments() -> Result<Arguments, String> {
    use lexopt::prelude::*;
    let mut arguments = Arguments {
        words: Vec::new(),
        out: None,
        about: None,
        only: None,
        simulator: None,
        keep: None,
        conform: Options::default(),
        tool: None,
        rules: 1000,
        flows: None,
        snapshot: None,
        format: "kernel".to_owned(),
        seen: false,
        once: false,
    };
    let text = |value: std::ffi::OsString| {
        value
            .into_string()
            .map_err(|value| format!("{} is not UTF-8", value.to_string_lossy()))
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
        let value = |parser: &mut lexopt::Parser| parser.value().map_err(|e| e.to_string());
        match argument {
            Long("out") => arguments.out = Some(value(&mut parser)?.into()),
            Long("about") => arguments.about = Some(text(value(&mut parser)?)?),
            Long("only") => arguments.only = Some(text(value(&mut parser)?)?),
            Long("simulator") => arguments.simulator = Some(value(&mut parser)?.into()),
            Long("keep") => arguments.keep = Some(value(&mut parser)?.into()),
            Long("seed") => arguments.conform.seed = number(&text(value(&mut parser)?)?)?,
            Long("tool") => arguments.tool = Some(text(value(&mut parser)?)?),
            Long("rules") => arguments.rules = number(&text(value(&mut parser)?)?)?,
            Long("cases") => arguments.conform.cases = number(&text(value(&mut parser)?)?)?,
            Long("flows-each") => arguments.conform.flows = number(&text(value(&mut parser)?)?)?,
            Long("waits") => arguments.conform.waits = true,
            Long("shrink") => arguments.conform.shrink = number(&text(value(&mut parser)?)?)?,
            Long("flows") => arguments.flows = Some(value(&mut parser)?.into()),
            Long("snapshot") => arguments.snapshot = Some(value(&mut parser)?.into()),
            Long("format") => arguments.format = text(value(&mut parser)?)?,
            Long("seen") => arguments.seen = true,
            Long("once") => arguments.once = true,
            Short('h') | Long("help") => arguments.words = vec!["help".to_owned()],
            Value(word) => arguments.words.push(text(word)?),
            other => return Err(other.unexpected().to_string()),
        }
    }
    Ok(arguments)
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{text:?} is no number"))
}

fn dispatch(arguments: &Arguments) -> Result<ExitCode, String> {
    let words: Vec<&str> = arguments.words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["help"] | [] => {
            print(USAGE);
            Ok(ExitCode::SUCCESS)
        }
        ["check"] => {
            let missing = needs::missing();
            for what in &missing {
                print(&format!("missing: {what}\n"));
            }
            if missing.is_empty() {
                print("this machine can record\n");
                return Ok(ExitCode::SUCCESS);
            }
            Ok(ExitCode::from(2))
        }
        ["run", snapshot, flows] => {
            let recording = recorded(arguments, snapshot, flows)?;
            match arguments.format.as_str() {
                "kernel" => print(&recording.kernel()),
                "result" => print(&recording.result(arguments.seen)),
                other => return Err(format!("unknown format {other:?}: kernel or result")),
            }
            Ok(ExitCode::SUCCESS)
        }
        ["record", snapshot, flows] => {
            let out = arguments.out.as_deref().ok_or("record wants --out DIR")?;
            let recording = recorded(arguments, snapshot, flows)?;
            write(
                out,
                arguments.about.as_deref(),
                &recording,
                &read(Path::new(flows))?,
            )?;
            Ok(ExitCode::SUCCESS)
        }
        ["conform"] => run_conform(arguments),
        ["language"] => run_language(arguments),
        ["replay", dir] => run_replay(arguments, Path::new(dir)),
        ["corpus", scripts @ ..] => corpus(arguments, scripts),
        ["compare", expected, got] => {
            let text = |path: &Option<PathBuf>| path.as_deref().map_or(Ok(String::new()), read);
            let found = difference(
                &read(Path::new(expected))?,
                &read(Path::new(got))?,
                &text(&arguments.flows)?,
                &text(&arguments.snapshot)?,
            );
            match found {
                None => {
                    print("equal\n");
                    Ok(ExitCode::SUCCESS)
                }
                Some(found) => {
                    let line = |line: &Option<String>| line.clone().unwrap_or("(end)".to_owned());
                    print(&format!(
                        "{}\nexpected: {}\ngot:      {}\n",
                        found.flow,
                        line(&found.left),
                        line(&found.right)
                    ));
                    Ok(ExitCode::FAILURE)
                }
            }
        }
        other => Err(format!(
            "cannot make sense of {:?}; see --help",
            other.join(" ")
        )),
    }
}

/// Records until two recordings in a row agree, so that nothing that another
/// program on this machine wrote into the log gets in, and nothing that hangs
/// on time.
fn recorded(arguments: &Arguments, snapshot: &str, flows: &str) -> Result<Recording, String> {
    let missing = needs::missing();
    if !missing.is_empty() {
        return Err(format!(
            "this machine cannot record; missing: {}",
            missing.join("; ")
        ));
    }
    agreed(
        &read(Path::new(snapshot))?,
        &read(Path::new(flows))?,
        arguments.once,
    )
}

fn agreed(snapshot: &str, flows: &str, once: bool) -> Result<Recording, String> {
    let mut last: Option<Recording> = None;
    let mut told = String::new();
    for _ in 0..ATTEMPTS {
        let recording = record(snapshot, flows).map_err(|error| error.to_string())?;
        if told.is_empty() {
            for note in &recording.notes {
                let _ = writeln!(told, "packetwalk-recorder: note: {note}");
            }
            eprint!("{told}");
        }
        if once {
            return Ok(recording);
        }
        if let Some(last) = &last
            && difference(&last.kernel(), &recording.kernel(), flows, snapshot).is_none()
            && last.result(true) == recording.result(true)
        {
            return Ok(recording);
        }
        if let Some(last) = &last {
            let found = difference(&last.kernel(), &recording.kernel(), flows, snapshot);
            eprintln!("packetwalk-recorder: two recordings differ, trying again: {found:?}");
        }
        last = Some(recording);
    }
    Err(format!("no two of {ATTEMPTS} recordings agree"))
}

/// Records every case of the scripts. One that fails is told and the rest goes
/// on.
fn corpus(arguments: &Arguments, scripts: &[&str]) -> Result<ExitCode, String> {
    let out = arguments.out.as_deref().ok_or("corpus wants --out DIR")?;
    let mut failed = 0;
    for path in scripts {
        let text = read(Path::new(path))?;
        let cases = script::parse(&text).map_err(|error| format!("{path}: {error}"))?;
        for case in cases {
            if arguments
                .only
                .as_ref()
                .is_some_and(|only| !case.name.contains(only))
            {
                continue;
            }
            let snapshot = case.machine.snapshot().to_string();
            let saved = agreed(&snapshot, &case.flows, arguments.once).and_then(|recording| {
                let lines: usize = recording.records.iter().map(|r| r.lines.len()).sum();
                print(&format!(
                    "{}: {} flows, {lines} lines: {}\n",
                    case.name,
                    recording.records.len(),
                    recording.result(true).trim_end().replace('\n', ", ")
                ));
                let dir = out.join(&case.name);
                write(&dir, Some(&case.about), &recording, &case.flows)
            });
            if let Err(error) = saved {
                failed += 1;
                eprintln!("{}: {error}", case.name);
            }
        }
    }
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn simulator(arguments: &Arguments) -> Result<Program, String> {
    let path = arguments.simulator.clone();
    path.map(Program)
        .ok_or_else(|| "--simulator PROGRAM is missing".to_owned())
}

/// How many differences are shown before the rest is left.
const DIFFERENCES: usize = 20;

fn run_language(arguments: &Arguments) -> Result<ExitCode, String> {
    let wanted = |tool: &&&dyn language::Tool| {
        let name = arguments.tool.as_deref();
        name.is_none_or(|name| name == tool.name())
    };
    let mut failed = false;
    let mut none = true;
    for tool in language::TOOLS.iter().filter(wanted) {
        none = false;
        let missing = language::missing(*tool);
        if !missing.is_empty() {
            return Err(format!("{}: missing: {}", tool.name(), missing.join(", ")));
        }
        let seed = arguments.conform.seed;
        let report = language::run(*tool, seed, arguments.rules, DIFFERENCES)
            .map_err(|error| error.to_string())?;
        for difference in &report.differences {
            print(&format!("{difference}\n"));
        }
        let name = tool.name();
        print(&format!(
            "{name}: seed {seed}, {report}{}",
            report.coverage()
        ));
        failed |= !report.differences.is_empty();
    }
    match (none, failed) {
        (true, _) => Err("there is no such tool".to_owned()),
        (_, true) => Ok(ExitCode::FAILURE),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn run_conform(arguments: &Arguments) -> Result<ExitCode, String> {
    let missing = needs::missing();
    if !missing.is_empty() {
        return Err(format!(
            "this machine cannot record; missing: {}",
            missing.join("; ")
        ));
    }
    let simulator = simulator(arguments)?;
    let mut kinds = 0;
    let report = conform::run(&arguments.conform, &simulator, |seed, report| {
        if let Some(found) = report.found.get(kinds) {
            kinds = report.found.len();
            let line = |line: &Option<String>| line.clone().unwrap_or("(nothing)".to_owned());
            print(&format!(
                "seed {seed}: {}\n  kernel:    {}\n  simulator: {}\n",
                found.divergence.kind(),
                line(&found.divergence.kernel),
                line(&found.divergence.simulator)
            ));
        }
    })
    .map_err(|error| error.to_string())?;
    print(&report.to_string());
    for found in report.found.iter() {
        let Some(keep) = &arguments.keep else { break };
        let flows: String = found
            .case
            .flows
            .iter()
            .map(|flow| print_flow(flow) + "\n")
            .collect();
        let about = format!("Found by seed {}: {}", found.seed, found.divergence.kind());
        let dir = keep.join(format!("seed-{}", found.seed));
        write(&dir, Some(&about), &found.recording, &flows)?;
    }
    Ok(if report.found.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Runs every case below `dir` in the simulator.
fn run_replay(arguments: &Arguments, dir: &Path) -> Result<ExitCode, String> {
    let Program(simulator) = simulator(arguments)?;
    let cases = replay::cases(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    let (mut asked, mut failed) = (0, 0);
    for case in &cases {
        let name = case.strip_prefix(dir).unwrap_or(case).display().to_string();
        if arguments
            .only
            .as_ref()
            .is_some_and(|only| !name.contains(only))
        {
            continue;
        }
        asked += 1;
        if let Err(said) = replay::verdict(case, &simulator) {
            failed += 1;
            print(&format!("{name}: {said}\n"));
        }
    }
    print(&format!("{asked} cases, {failed} not met\n"));
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(
    out: &Path,
    about: Option<&str>,
    recording: &Recording,
    flows: &str,
) -> Result<(), String> {
    let save = |name: &str, text: &str| {
        let path = out.join(name);
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
    };
    fs::create_dir_all(out).map_err(|error| format!("{}: {error}", out.display()))?;
    save("snapshot.txt", &recording.snapshot.to_string())?;
    save("flows.txt", flows)?;
    save("expected.txt", &recording.kernel())?;
    save("result.txt", &recording.result(true))?;
    // Empty if no connection is known any more: that too is to be compared.
    let connections = normalise::connections(
        &recording.connections,
        flows,
        &recording.snapshot.to_string(),
    );
    save("conntrack.txt", &connections)?;
    let drops = recording.drops();
    if !drops.is_empty() {
        save("drops.txt", &drops)?;
    }
    if let Some(about) = about {
        save("about.txt", &format!("{}\n", about.trim()))?;
    }
    Ok(())
}

fn print(text: &str) {
    // A closed pipe is the reader's choice.
    let _ = std::io::stdout().write_all(text.as_bytes());
}
