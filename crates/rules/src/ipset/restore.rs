//! `ipset restore`: lines are carried out one by one (lib/ipset.c:
//! `ipset_parser`, `ipset_parse_stream`; ip_set_core.c).

use super::create::{Asked, ignored, same};
use super::element;
use super::fault::{Args, Fault, Line, at};
use super::words::{COMMANDS, Command, Global, LONGEST, MOST, global, words_into};
use super::{IpSet, Kind, Method};
use crate::diag::{Parsed, Problem, Severity, nearest};
use crate::text::Word;

/// Reads what `ipset restore` takes, as `ipset save` prints it, and gives the
/// sets at its end in the order in which they are listed: lists come last.
pub fn parse(text: &str) -> Parsed<Vec<IpSet>> {
    let mut session = Session::default();
    let mut diagnostics = Vec::new();
    let mut words = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
        if let Err(fault) = session.line(line, &mut words) {
            diagnostics.push(fault.place(&words, number));
        }
        if session.stopped {
            break;
        }
    }
    let sets = session.slots.into_iter().flatten();
    let (lists, mut sets): (Vec<_>, Vec<_>) = sets.partition(|set| set.kind.method == Method::List);
    sets.extend(lists);
    Parsed {
        value: sets,
        diagnostics,
    }
}

#[derive(Default)]
pub(super) struct Session {
    /// Sets by the kernel's number; a place that became free is taken first.
    pub slots: Vec<Option<IpSet>>,
    /// `-exist` and `-quiet` hold from the line that has them to the end.
    pub exist: bool,
    pub quiet: bool,
    /// Adds to one set, and deletions from one, go to the kernel together: what
    /// the first of them said of `-exist` holds for all.
    pub batch: Option<(Command, usize, bool)>,
    /// Entries that the text stood for so far.
    pub steps: u32,
    stopped: bool,
}

impl Session {
    fn line<'a>(&mut self, line: &'a str, words: &mut Vec<Word<'a>>) -> Line<()> {
        words.clear();
        let trimmed = line.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            return Ok(());
        }
        if trimmed.trim_end_matches('\r') == "COMMIT" {
            self.batch = None;
            return Ok(());
        }
        if words_into(line, words) {
            let last = words.len().saturating_sub(1);
            return Err(Fault::new("the quotation mark is not closed".into(), last));
        }
        if line.len() > LONGEST || words.len() > MOST {
            return Err(Fault::new(
                Problem::new("the line is too long")
                    .hint(format!("at most {LONGEST} bytes and {MOST} words")),
                0,
            ));
        }
        let args = self.globals(words)?;
        let word = |nth: usize| args.get(nth).and_then(|at| words.get(*at));
        let Some(first) = word(0) else {
            return Err(Fault::new("there is no command".into(), 0));
        };
        let place = |nth: usize| args.get(nth).copied().unwrap_or(words.len());
        let Some(command) = Command::find(&first.text) else {
            let names = COMMANDS.iter().flat_map(|(_, names)| names.iter().copied());
            let problem = Problem::new(format!("`{}` is not a command", first.text));
            let near = nearest(&first.text, names.filter(|name| name.len() > 2));
            let problem = match near {
                Some(name) => problem.hint(format!("did you mean `{name}`?")),
                None => problem.hint("such as create, add or flush"),
            };
            return Err(Fault::new(problem, place(0)));
        };
        if args.len() <= command.needs() {
            let problem = Problem::new("the line ends too early");
            return Err(Fault::new(
                problem.hint(form(command)),
                place(args.len() - 1),
            ));
        }
        if !matches!(command, Command::Add | Command::Del) {
            self.batch = None;
        }
        let line = Args { words, args: &args };
        match command {
            Command::Create => self.create(&line),
            Command::Add | Command::Del | Command::Test => self.entry(command, &line),
            _ => self.whole(command, &line),
        }
    }

    /// Takes the options that may stand anywhere; gives the places of the rest.
    fn globals(&mut self, words: &[Word<'_>]) -> Line<Vec<usize>> {
        let mut args = Vec::with_capacity(words.len());
        let mut places = words.iter().enumerate();
        while let Some((at, word)) = places.next() {
            match global(&word.text) {
                None => args.push(at),
                Some(Global::Exist) => self.exist = true,
                Some(Global::Quiet) => self.quiet = true,
                Some(Global::Idle) => {}
                Some(Global::IdleWord) => {
                    let format = places.next().map(|(_, word)| word.text.as_ref());
                    if !matches!(format, Some("plain" | "save" | "xml" | "json")) {
                        let problem = Problem::new("unknown format of output");
                        return Err(Fault::new(problem.hint("plain, save or xml"), at));
                    }
                }
                Some(Global::File) => {
                    let problem = Problem::new("a file cannot be read from here");
                    return Err(Fault::new(problem, at));
                }
            }
        }
        Ok(args)
    }

    /// The tool takes its own warnings for the end of the text.
    pub(super) fn stop(&mut self, mut fault: Fault) -> Fault {
        self.stopped = true;
        fault.severity = Severity::Warning;
        fault
    }

    fn position(&self, name: &str) -> Option<usize> {
        let named = |slot: &Option<IpSet>| slot.as_ref().is_some_and(|set| &*set.name == name);
        self.slots.iter().position(named)
    }

    pub(super) fn known(&self, line: &Args<'_, '_>, nth: usize) -> Line<usize> {
        let name = line.text(nth);
        self.position(name).ok_or_else(|| {
            let problem = Problem::new(format!("there is no set `{name}`"));
            let names = self.slots.iter().flatten().map(|set| &*set.name);
            let problem = match nearest(name, names) {
                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                None => problem.hint("`create` comes first"),
            };
            Fault::new(problem, line.place(nth))
        })
    }

    fn referenced(&self, name: &str) -> bool {
        let members = self.slots.iter().flatten().flat_map(|set| &set.members);
        members.into_iter().any(|(member, _)| &**member == name)
    }

    fn create(&mut self, line: &Args<'_, '_>) -> Line<()> {
        let name = at(line.place(1), element::set_name(line.text(1)))?;
        let kind = line.text(2);
        let Some(kind) = Kind::find(kind) else {
            let problem = Problem::new(format!("unknown type `{kind}`"));
            let names = super::KINDS.iter().map(|kind| kind.name);
            let problem = match nearest(kind, names) {
                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                None => problem.hint("such as hash:ip or hash:net,port"),
            };
            return Err(Fault::new(problem, line.place(2)));
        };
        let mut set = IpSet::new(&name, kind, false);
        let mut asked = Asked::default();
        let mut old = None;
        // The family decides how the rest is read, wherever it stands.
        for family in [true, false] {
            let mut nth = 3;
            while nth < line.len() {
                let opt = at(line.place(nth), kind.create_option(line.text(nth)))?;
                let (option, word, group) = opt;
                if word && nth + 1 >= line.len() {
                    return Err(line.missing(option));
                }
                if family == (group == super::kinds::FAMILY) {
                    let (name, value) = (nth, nth + usize::from(word));
                    let taken = asked
                        .note(opt, kind)
                        .map_err(|problem| (problem, name))
                        .and_then(|()| {
                            let value_of = line.text(value);
                            let set = asked.set(&mut set, opt, value_of);
                            set.map_err(|problem| (problem, value))
                        });
                    taken.map_err(|(problem, nth)| line.fault(problem, nth, option))?;
                }
                if ignored(opt, kind) {
                    old = Some((nth, option));
                }
                nth += 1 + usize::from(word);
            }
            if family && set.inet6 {
                set = IpSet::new(&name, kind, true);
            }
        }
        at(line.place(2), asked.finish(&mut set))?;
        if let Some(known) = self.position(&name) {
            let known = self.slots.get(known).and_then(Option::as_ref);
            if self.exist && known.is_some_and(|known| same(known, &set)) {
                return Ok(());
            }
            let problem = Problem::new(format!("the set `{name}` exists"));
            return Err(Fault::new(problem, line.place(1)));
        }
        match self.slots.iter_mut().find(|slot| slot.is_none()) {
            Some(slot) => *slot = Some(set),
            None => self.slots.push(Some(set)),
        }
        match old {
            Some((nth, option)) => {
                Err(self.stop(line.fault(
                    Problem::new(format!("`{option}` means nothing any more")).hint(
                        "`ipset restore` ends here without a word: what follows is not loaded",
                    ),
                    nth,
                    option,
                )))
            }
            None => Ok(()),
        }
    }

    /// Commands about whole sets.
    fn whole(&mut self, command: Command, line: &Args<'_, '_>) -> Line<()> {
        let most = match command {
            Command::Rename | Command::Swap => 3,
            _ => 2,
        };
        if line.len() > most {
            let problem = Problem::new(format!("`{}` is one word too many", line.text(most)));
            return Err(Fault::new(problem.hint(form(command)), line.place(most)));
        }
        for nth in 1..line.len() {
            at(line.place(nth), element::set_name(line.text(nth)))?;
        }
        match command {
            Command::Destroy => self.destroy(line),
            Command::Flush => {
                let only = (line.len() > 1).then(|| self.known(line, 1)).transpose()?;
                let sets = self.slots.iter_mut().enumerate();
                for (_, slot) in sets.filter(|(at, _)| only.is_none_or(|only| only == *at)) {
                    if let Some(set) = slot {
                        set.flush();
                    }
                }
                Ok(())
            }
            Command::Rename => {
                let from = self.known(line, 1)?;
                let to = line.text(2);
                if self.referenced(line.text(1)) {
                    let problem = Problem::new(format!("a list holds `{}`", line.text(1)));
                    return Err(Fault::new(problem, line.place(1)));
                }
                if self.position(to).is_some() {
                    let problem = Problem::new(format!("the set `{to}` exists"));
                    return Err(Fault::new(
                        problem.hint("`swap` exchanges two"),
                        line.place(2),
                    ));
                }
                if let Some(Some(set)) = self.slots.get_mut(from) {
                    set.name = to.into();
                }
                Ok(())
            }
            Command::Swap => self.swap(line),
            Command::List | Command::Save if line.len() > 1 => self.known(line, 1).map(drop),
            Command::List | Command::Save => Ok(()),
            _ => {
                let problem = Problem::new(format!("`{}` cannot stand here", line.text(0)));
                Err(Fault::new(
                    problem.hint("it is for the command line alone"),
                    line.place(0),
                ))
            }
        }
    }

    fn destroy(&mut self, line: &Args<'_, '_>) -> Line<()> {
        let held = |name: &str, place| {
            let problem = Problem::new(format!("a list holds `{name}`"));
            Fault::new(
                problem.hint("delete it from the list, or flush the list"),
                place,
            )
        };
        if line.len() == 1 {
            let names = self.slots.iter().flatten().map(|set| &set.name);
            if let Some(name) = names.into_iter().find(|name| self.referenced(name)) {
                return Err(held(name, line.place(0)));
            }
            self.slots.clear();
            return Ok(());
        }
        let name = line.text(1);
        if self.exist && self.position(name).is_none() {
            return Ok(());
        }
        let known = self.known(line, 1)?;
        if self.referenced(name) {
            return Err(held(name, line.place(1)));
        }
        if let Some(slot) = self.slots.get_mut(known) {
            *slot = None;
        }
        Ok(())
    }

    fn swap(&mut self, line: &Args<'_, '_>) -> Line<()> {
        let (one, two) = (self.known(line, 1)?, self.known(line, 2)?);
        let parts = |at: usize| {
            let set = self.slots.get(at).and_then(Option::as_ref);
            set.map(|set| (set.kind.features(), set.inet6))
        };
        if parts(one) != parts(two) {
            let problem = Problem::new("sets of such different types cannot be swapped");
            return Err(Fault::new(
                problem.hint("both need the same parts and the same family"),
                line.place(2),
            ));
        }
        self.slots.swap(one, two);
        for (at, name) in [(one, line.text(1)), (two, line.text(2))] {
            if let Some(Some(set)) = self.slots.get_mut(at) {
                set.name = name.into();
            }
        }
        Ok(())
    }
}

fn form(command: Command) -> &'static str {
    match command {
        Command::Create => "create NAME TYPE [OPTIONS]",
        Command::Add | Command::Del | Command::Test => "add, del or test, NAME ENTRY [OPTIONS]",
        Command::Rename | Command::Swap => "rename or swap, NAME OTHER",
        _ => "at most one name",
    }
}
