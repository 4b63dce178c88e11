//! `ipset restore`: lines are carried out one by one (lib/ipset.c:
//! `ipset_parser`, `ipset_parse_stream`; ip_set_core.c).

use super::create::{Asked, ignored, same};
use super::element::{self, Element, Member};
use super::expand::{self, MOST_STEPS};
use super::read::{self, Read};
use super::words::{COMMANDS, Command, Global, LONGEST, MOST, global, words_into};
use super::{Dim, Entry, IpSet, Kind, Method, Refusal};
use crate::addr::MacAddr;
use crate::diag::{Diagnostic, Parsed, Problem, Severity, Span, nearest};
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

/// What is wrong with a line, and where in it.
struct Fault {
    problem: Problem,
    severity: Severity,
    /// The word, and the part of it.
    word: usize,
    part: Option<(usize, usize)>,
    option: &'static str,
}

type Line<T> = Result<T, Fault>;

impl Fault {
    fn new(problem: Problem, word: usize) -> Self {
        Self {
            problem,
            severity: Severity::Error,
            word,
            part: None,
            option: "",
        }
    }

    fn place(self, words: &[Word<'_>], line: u32) -> Diagnostic {
        let mut span = Span {
            line,
            column: 1,
            length: 1,
        };
        // Whatever is missing, is missing behind the last word.
        if let Some(word) = words.get(self.word).or(words.last()) {
            span = word.span(line);
            let plain = word.length as usize == word.text.len();
            if let (Some((at, length)), true) = (self.part, plain) {
                span.column += u32::try_from(at).unwrap_or(0);
                span.length = u32::try_from(length.max(1)).unwrap_or(1);
            }
        }
        Diagnostic {
            severity: self.severity,
            span,
            message: self.problem.message,
            hint: self.problem.hint,
            option: self.option.to_owned(),
        }
    }
}

/// Puts a problem at a word.
fn at<T>(word: usize, read: Read<T>) -> Line<T> {
    read.map_err(|problem| Fault::new(problem, word))
}

#[derive(Default)]
struct Session {
    /// Sets by the kernel's number; a place that became free is taken first.
    slots: Vec<Option<IpSet>>,
    /// `-exist` and `-quiet` hold from the line that has them to the end.
    exist: bool,
    quiet: bool,
    /// Adds to one set, and deletions from one, go to the kernel together: what
    /// the first of them said of `-exist` holds for all.
    batch: Option<(Command, Box<str>, bool)>,
    /// Entries that the text stood for so far.
    steps: u32,
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
    fn stop(&mut self, mut fault: Fault) -> Fault {
        self.stopped = true;
        fault.severity = Severity::Warning;
        fault
    }

    fn position(&self, name: &str) -> Option<usize> {
        let named = |slot: &Option<IpSet>| slot.as_ref().is_some_and(|set| &*set.name == name);
        self.slots.iter().position(named)
    }

    fn known(&self, line: &Args<'_, '_>, nth: usize) -> Line<usize> {
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

    fn entry(&mut self, command: Command, line: &Args<'_, '_>) -> Line<()> {
        let name = at(line.place(1), element::set_name(line.text(1)))?;
        let slot = self.known(line, 1)?;
        let exist = match &self.batch {
            Some((last, set, exist)) if *last == command && *set == name => *exist,
            _ => self.exist,
        };
        if command != Command::Test {
            self.batch = Some((command, name, exist));
        }
        let sets: Vec<(&str, Method)> = if self
            .slots
            .get(slot)
            .and_then(Option::as_ref)
            .is_some_and(|s| s.kind.method == Method::List)
        {
            let sets = self.slots.iter().flatten();
            sets.map(|set| (&*set.name, set.kind.method)).collect()
        } else {
            Vec::new()
        };
        let Some(Some(set)) = self.slots.get(slot) else {
            return Ok(());
        };
        let test = command == Command::Test;
        let mut element =
            element::read(line.text(2), set, test).map_err(|(problem, from, length)| {
                let mut fault = Fault::new(problem, line.place(2));
                fault.part = Some((from, length));
                fault
            })?;
        let mut entry = set.blank();
        entry.mac = element
            .mac
            .filter(|_| set.kind.method == Method::Bitmap)
            .map(MacAddr);
        let mut seen = Vec::new();
        let mut nth = 3;
        while nth < line.len() {
            nth += option(
                command,
                line,
                nth,
                set,
                &mut entry,
                &mut element.member,
                &mut seen,
            )?;
        }
        if set.kind.method == Method::List {
            at(line.place(2), check_member(&element.member, &sets))?;
        }
        let steps = &mut self.steps;
        let Some(Some(set)) = self.slots.get_mut(slot) else {
            return Ok(());
        };
        let found = if set.kind.method == Method::List {
            at(
                line.place(2),
                list(command, set, element.member, entry, exist),
            )?
        } else {
            at(
                line.place(2),
                change(command, set, &element, &entry, exist, steps),
            )?
        };
        match (test, found) {
            (true, false) => Err(Fault::new(
                Problem::new(format!("`{}` is not in the set", line.text(2)))
                    .hint("`ipset restore` ends here with an error"),
                line.place(2),
            )),
            (true, true) if !self.quiet => {
                let problem = Problem::new(format!("`{}` is in the set", line.text(2)));
                Err(self.stop(Fault::new(
                    problem.hint(
                        "`ipset restore` ends here without a word; `-quiet test` lets it go on",
                    ),
                    line.place(2),
                )))
            }
            _ => Ok(()),
        }
    }
}

/// Words of a line, those of global options left out.
struct Args<'a, 'w> {
    words: &'a [Word<'w>],
    args: &'a [usize],
}

impl Args<'_, '_> {
    fn len(&self) -> usize {
        self.args.len()
    }

    fn place(&self, nth: usize) -> usize {
        self.args.get(nth).copied().unwrap_or(self.words.len())
    }

    fn text(&self, nth: usize) -> &str {
        let word = self.words.get(self.place(nth));
        word.map_or("", |word| word.text.as_ref())
    }

    fn fault(&self, problem: Problem, nth: usize, option: &'static str) -> Fault {
        let mut fault = Fault::new(problem, self.place(nth));
        fault.option = option;
        fault
    }

    fn missing(&self, option: &'static str) -> Fault {
        let problem = Problem::new(format!("`{option}` needs a value"));
        self.fault(problem, self.len().saturating_sub(1), option)
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

/// Options of `add`; a list's places are for `del` and `test` too.
const OPTIONS: [&str; 11] = [
    "timeout", "packets", "bytes", "comment", "skbmark", "skbprio", "skbqueue", "nomatch",
    "wildcard", "before", "after",
];

fn allowed(option: &str, command: Command, set: &IpSet) -> bool {
    let add = command == Command::Add;
    match option {
        "nomatch" => set.kind.has(Dim::Net) && command != Command::Del,
        "wildcard" => add && set.kind.has(Dim::Iface),
        "before" | "after" => set.kind.method == Method::List,
        _ => add,
    }
}

/// Reads one option of an entry; gives the number of words that it took.
fn option(
    command: Command,
    line: &Args<'_, '_>,
    nth: usize,
    set: &IpSet,
    entry: &mut Entry,
    member: &mut Member,
    seen: &mut Vec<&'static str>,
) -> Line<usize> {
    let text = line.text(nth);
    let name = text.strip_prefix("--").unwrap_or(text);
    let own = || {
        OPTIONS
            .iter()
            .filter(|option| allowed(option, command, set))
    };
    let Some(option) = own().find(|option| **option == name).copied() else {
        let problem = Problem::new(format!("there is no option `{text}` here"));
        let problem = match nearest(name, own().copied()) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem,
        };
        return Err(Fault::new(problem, line.place(nth)));
    };
    match option {
        "nomatch" => entry.nomatch = true,
        "wildcard" => entry.wildcard = true,
        _ if nth + 1 >= line.len() => return Err(line.missing(option)),
        _ => {
            let slot = if option == "after" { "before" } else { option };
            if seen.contains(&slot) || (slot == "before" && member.beside.is_some()) {
                let problem = Problem::new(format!("`{option}` was given already"));
                return Err(line.fault(problem, nth, option));
            }
            seen.push(slot);
            let value = line.text(nth + 1);
            let read = extension(option, value, set, entry, member);
            read.map_err(|problem| line.fault(problem, nth + 1, option))?;
            return Ok(2);
        }
    }
    Ok(1)
}

fn extension(
    option: &'static str,
    value: &str,
    set: &IpSet,
    entry: &mut Entry,
    member: &mut Member,
) -> Read<()> {
    let (has, needs) = match option {
        "timeout" => (set.timeout.is_some(), "timeout"),
        "packets" | "bytes" => (set.counters, "counters"),
        "comment" => (set.comment, "comment"),
        "before" | "after" => (true, ""),
        _ => (set.skbinfo, "skbinfo"),
    };
    if !has {
        return Err(
            Problem::new(format!("the set was created without {needs}")).hint(format!(
                "`create {} {} ... {needs}`",
                set.name, set.kind.name
            )),
        );
    }
    let counter = |value| read::number(value, 0, u64::MAX - 1);
    match option {
        "timeout" => entry.timeout = read::timeout(value)?,
        "packets" => entry.packets = counter(value)?,
        "bytes" => entry.bytes = counter(value)?,
        "skbmark" => entry.mark = read::skbmark(value)?,
        "skbprio" => entry.priority = read::skbprio(value)?,
        "skbqueue" => entry.queue = read::u16(value)?,
        "comment" if value.len() > 255 => {
            return Err(Problem::new("the comment is too long").hint("at most 255 bytes"));
        }
        "comment" => entry.comment = Some(value.into()),
        _ => member.beside = Some((element::set_name(value)?, option == "before")),
    }
    Ok(())
}

/// The sets that an entry of a list names have to be there, and be no lists.
fn check_member(member: &Member, sets: &[(&str, Method)]) -> Read<()> {
    let find = |name: &str| {
        let set = sets.iter().find(|(known, _)| *known == name);
        set.ok_or_else(|| {
            Problem::new(format!("there is no set `{name}`")).hint("`create` comes first")
        })
    };
    if find(&member.name)?.1 == Method::List {
        return Err(Problem::new("a list cannot hold a list"));
    }
    if let Some((other, _)) = &member.beside {
        find(other)?;
    }
    Ok(())
}

/// Adds, deletes or tests what an element stands for.
fn change(
    command: Command,
    set: &mut IpSet,
    element: &Element,
    entry: &Entry,
    exist: bool,
    steps: &mut u32,
) -> Read<bool> {
    if command == Command::Test {
        let mut inside = false;
        expand::each(element, set, true, &mut |key| {
            inside = set
                .find(&key, 0)
                .and_then(|key| set.entries.get(&key))
                .is_some_and(|found| {
                    let mac = found.mac.is_none() || entry.mac.is_none() || found.mac == entry.mac;
                    mac && found.nomatch == entry.nomatch
                });
            Ok(())
        })?;
        return Ok(inside);
    }
    // The element is taken apart by a set that does not change meanwhile.
    let shape = IpSet {
        name: set.name.clone(),
        inet6: set.inet6,
        range: set.range,
        netmask: set.netmask,
        mask: set.mask,
        markmask: set.markmask,
        ..IpSet::new("", set.kind, set.inet6)
    };
    let mut first = true;
    expand::each(element, &shape, false, &mut |key| {
        *steps += u32::from(!std::mem::take(&mut first));
        if *steps > MOST_STEPS {
            *steps = MOST_STEPS;
            return Err(Problem::new("the ranges stand for too many entries")
                .hint("hash:net holds ranges as networks"));
        }
        if command == Command::Del {
            return if set.del(&key, 0) || exist {
                Ok(())
            } else {
                Err("it is not in the set".into())
            };
        }
        match set.add(key, entry.clone(), exist, 0) {
            Ok(()) => Ok(()),
            Err(Refusal::Exists) => Err(Problem::new("it is in the set already")
                .hint("with `-exist` it gets the new values")),
            Err(_) => {
                Err(Problem::new("the set is full").hint(format!("maxelem is {}", set.maxelem)))
            }
        }
    })?;
    Ok(true)
}

/// Adds to a list, deletes from it or tests it (ip_set_list_set.c).
fn list(
    command: Command,
    set: &mut IpSet,
    member: Member,
    mut entry: Entry,
    exist: bool,
) -> Read<bool> {
    let Member { name, beside } = member;
    let position = |name: &str| set.members.iter().position(|(known, _)| &**known == name);
    let own = position(&name);
    let other = beside.map(|(name, before)| (position(&name), before));
    let not_beside = || Problem::new("the other set does not stand there in the list");
    let fits = other.is_none_or(|(other, before)| match (own, other) {
        (Some(own), Some(other)) if before => own + 1 == other,
        (Some(own), Some(other)) => other + 1 == own,
        _ => false,
    });
    match command {
        Command::Test => return Ok(own.is_some() && fits),
        Command::Del => match own {
            Some(at) if fits => drop(set.members.remove(at)),
            None if other.is_none() && exist => {}
            None if other.is_none() => return Err("it is not in the list".into()),
            _ => return Err(not_beside()),
        },
        _ => {
            let place = match other {
                None => set.members.len(),
                Some((Some(at), before)) => at + usize::from(!before),
                Some((None, _)) => return Err(not_beside()),
            };
            match own.and_then(|at| set.members.get_mut(at)) {
                Some((_, known)) if exist => {
                    entry.inherit(known.packets, known.bytes);
                    *known = entry;
                }
                Some(_) => {
                    return Err(Problem::new("it is in the list already")
                        .hint("with `-exist` it gets the new values"));
                }
                None => {
                    entry.inherit(0, 0);
                    set.members.insert(place, (name, entry));
                }
            }
        }
    }
    Ok(true)
}
