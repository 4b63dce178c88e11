//! The command line of the recorder.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use packetwalk_recorder::normalise::difference;
use packetwalk_recorder::record::{Recording, record};
use packetwalk_recorder::{needs, script};

const USAGE: &str = "\
Runs flows on a real kernel, in network namespaces built from a snapshot.

packetwalk-recorder run SNAPSHOT FLOWS [--format kernel|result] [--seen]
    prints what the kernel logged, or what the programs saw
packetwalk-recorder record SNAPSHOT FLOWS --out DIR [--about TEXT]
    writes snapshot.txt, flows.txt, expected.txt, result.txt, about.txt
packetwalk-recorder corpus SCRIPT... --out DIR [--only TEXT]
    records the cases of scripts, each into DIR/TOPIC/NAME
packetwalk-recorder compare EXPECTED GOT [--flows FLOWS] [--snapshot SNAPSHOT]
    says where two logs differ, random fields aside
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
    if let Some(about) = about {
        save("about.txt", &format!("{}\n", about.trim()))?;
    }
    Ok(())
}

fn print(text: &str) {
    // A closed pipe is the reader's choice.
    let _ = std::io::stdout().write_all(text.as_bytes());
}
