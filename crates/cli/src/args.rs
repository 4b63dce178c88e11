//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value};

/// What `--help` prints.
pub const USAGE: &str = "\
Usage: packetwalk trace SNAPSHOT [--flows FILE | FLOW ...] [OPTION ...]
       packetwalk rules FILE [--tool TOOL] [--print WHAT] [--counters]

trace runs flows on the machine that SNAPSHOT describes, one after the other, and
prints what the kernel would have logged or what the programs would have seen.
SNAPSHOT or FILE may be - for standard input.

  --flows FILE        one flow a line
  --format FORMAT     kernel (default), result, json, text, conntrack, drops
  --trace-all         trace every packet, as if each met -j TRACE
  --seen              with --format result: whom the far end saw
  --lang LANG         with --format text: en (default), zh
  --seed N            for what a kernel draws at random
  --verbose           say on standard error what was not used or not modelled

A flow: NETNS ping DST [from SRC] [ttl N] [size N]
        NETNS tcp DST:PORT [from [SRC]:PORT]
        NETNS udp DST:PORT [from [SRC]:PORT]
        NETNS frame DEV HEX
        NETNS wait SECONDS

rules prints what the real tool prints of the rules in FILE (of iptables-save,
ebtables-save, ipset save or their like); what it would refuse goes to standard
error, each with its place, and the exit status is 1.

  --tool TOOL         iptables (default), ip6tables, ebtables, ipset
  --print WHAT        save (default); list (iptables -nvL --line-numbers,
                      ebtables -L --Lc --Ln, ipset list); of iptables also
                      rules (-S), exact (-nvxL --line-numbers), names (-L)
  --counters          with save or rules: counters
";

/// What is to be done.
pub enum Command {
    /// `--help`.
    Help,
    /// `--version`.
    Version,
    /// `rules`.
    Rules(crate::rules::Options),
    /// `trace`.
    Trace(Options),
}

/// How to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// The kernels' log.
    #[default]
    Kernel,
    /// What each program saw.
    Result,
    /// Every event.
    Json,
    /// For people.
    Text,
    /// `conntrack -L` of every namespace, after all flows.
    Conntrack,
    /// Why packets were dropped.
    Drops,
}

/// Options of `trace`.
#[derive(Debug, Default)]
pub struct Options {
    /// The snapshot.
    pub snapshot: PathBuf,
    /// File of flows.
    pub flows_file: Option<PathBuf>,
    /// Flows given on the command line.
    pub flows: Vec<String>,
    /// Format.
    pub format: Format,
    /// `--trace-all`.
    pub trace_all: bool,
    /// `--seen`.
    pub seen: bool,
    /// `--lang zh`.
    pub chinese: bool,
    /// `--seed`.
    pub seed: Option<u64>,
    /// `--verbose`.
    pub verbose: bool,
}

fn text(value: OsString, what: &str) -> Result<String, String> {
    value
        .into_string()
        .map_err(|value| format!("{what} is not UTF-8: {}", value.display()))
}

/// Reads the arguments behind the program's name.
///
/// # Errors
/// One clear line when they cannot be understood.
pub fn parse(args: impl Iterator<Item = OsString>) -> Result<Command, String> {
    let mut args = args.peekable();
    if args.next_if(|word| word == "rules").is_some() {
        let options = crate::rules::parse(args)?;
        return Ok(options.map_or(Command::Help, Command::Rules));
    }
    let mut parser = lexopt::Parser::from_args(args);
    let mut options = Options::default();
    let mut command = None;
    let mut snapshot = None;
    while let Some(arg) = parser.next().map_err(|error| error.to_string())? {
        let value = |parser: &mut lexopt::Parser| parser.value().map_err(|error| error.to_string());
        match arg {
            Short('h') | Long("help") => return Ok(Command::Help),
            Short('V') | Long("version") => return Ok(Command::Version),
            Long("flows") => options.flows_file = Some(value(&mut parser)?.into()),
            Long("format") => {
                let name = text(value(&mut parser)?, "the format")?;
                options.format = match name.as_str() {
                    "kernel" => Format::Kernel,
                    "result" => Format::Result,
                    "json" => Format::Json,
                    "text" => Format::Text,
                    "conntrack" => Format::Conntrack,
                    "drops" => Format::Drops,
                    _ => {
                        return Err(format!(
                            "no format {name:?}: kernel, result, json, text, conntrack or drops"
                        ));
                    }
                };
            }
            Long("trace-all") => options.trace_all = true,
            Long("seen") => options.seen = true,
            Long("verbose") => options.verbose = true,
            Long("lang") => {
                let name = text(value(&mut parser)?, "the language")?;
                options.chinese = match name.as_str() {
                    "en" => false,
                    "zh" => true,
                    _ => return Err(format!("no language {name:?}: en or zh")),
                };
            }
            Long("seed") => {
                let number = text(value(&mut parser)?, "the seed")?;
                options.seed = Some(
                    number
                        .parse()
                        .map_err(|_| format!("--seed wants a number, not {number:?}"))?,
                );
            }
            Value(word) if command.is_none() => {
                if word != "trace" {
                    return Err(format!(
                        "no command {:?}; see packetwalk --help",
                        word.display().to_string()
                    ));
                }
                command = Some(());
            }
            Value(word) if snapshot.is_none() => snapshot = Some(PathBuf::from(word)),
            Value(word) => options.flows.push(text(word, "a flow")?),
            other => return Err(format!("{}; see packetwalk --help", other.unexpected())),
        }
    }
    if command.is_none() {
        return Err("no command; see packetwalk --help".into());
    }
    options.snapshot = snapshot.ok_or("trace: no snapshot; see packetwalk --help")?;
    if options.flows_file.is_some() && !options.flows.is_empty() {
        return Err("flows come from --flows or from the command line, not from both".into());
    }
    // "c1 ping 10.0.0.2" may come as one word or as several.
    if options.flows.len() > 1 && !options.flows.iter().any(|flow| flow.contains(' ')) {
        options.flows = vec![options.flows.join(" ")];
    }
    Ok(Command::Trace(options))
}
