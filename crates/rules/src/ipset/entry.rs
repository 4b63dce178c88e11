//! `add`, `del` and `test` (lib/ipset.c, ip_set_core.c, ip_set_list_set.c).

use super::element::{self, Element, Member};
use super::expand::{self, MOST_STEPS};
use super::fault::{Args, Fault, Line, at};
use super::read::{self, Read};
use super::restore::Session;
use super::words::Command;
use super::{Dim, Entry, IpSet, Kind, Method, Refusal};
use crate::addr::MacAddr;
use crate::diag::{Problem, nearest};

impl Session {
    pub(super) fn entry(&mut self, command: Command, line: &Args<'_, '_>) -> Line<()> {
        let slot = self.known(line, 1)?;
        let exist = match &self.batch {
            Some((last, set, exist)) if *last == command && *set == slot => *exist,
            _ => self.exist,
        };
        if command != Command::Test {
            self.batch = Some((command, slot, exist));
        }
        let Some(Some(set)) = self.slots.get(slot) else {
            return Ok(());
        };
        let test = command == Command::Test;
        let read = element::read(line.text(2), set, test);
        let mut element = read.map_err(|(problem, from, length)| {
            let mut fault = Fault::new(problem, line.place(2));
            fault.part = Some((from, length));
            fault
        })?;
        let mut asked = Asked {
            command,
            entry: set.blank(),
            member: std::mem::take(&mut element.member),
            seen: Vec::new(),
        };
        let mac = element.mac.filter(|_| set.kind.method == Method::Bitmap);
        asked.entry.mac = mac.map(MacAddr);
        let mut nth = 3;
        while nth < line.len() {
            nth += asked.option(line, nth, set)?;
        }
        let list = set.kind.method == Method::List;
        if list {
            at(line.place(2), self.check_member(&asked.member))?;
        }
        let steps = &mut self.steps;
        let Some(Some(set)) = self.slots.get_mut(slot) else {
            return Ok(());
        };
        let found = if list {
            asked.list(set, exist)
        } else {
            asked.change(set, &element, exist, steps)
        };
        let found = at(line.place(2), found)?;
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

    /// The sets that an entry of a list names have to be there, and be no lists.
    fn check_member(&self, member: &Member) -> Read<()> {
        let find = |name: &str| {
            let mut sets = self.slots.iter().flatten();
            sets.find(|set| &*set.name == name).ok_or_else(|| {
                Problem::new(format!("there is no set `{name}`")).hint("`create` comes first")
            })
        };
        if find(&member.name)?.kind.method == Method::List {
            return Err("a list cannot hold a list".into());
        }
        if let Some((other, _)) = &member.beside {
            find(other)?;
        }
        Ok(())
    }
}

/// Options of `add`; a list's places are for `del` and `test` too.
const OPTIONS: [&str; 11] = [
    "timeout", "packets", "bytes", "comment", "skbmark", "skbprio", "skbqueue", "nomatch",
    "wildcard", "before", "after",
];

fn allowed(option: &str, command: Command, kind: &Kind) -> bool {
    let add = command == Command::Add;
    match option {
        "nomatch" => kind.has(Dim::Net) && command != Command::Del,
        "wildcard" => add && kind.has(Dim::Iface),
        "before" | "after" => kind.method == Method::List,
        _ => add,
    }
}

impl Kind {
    /// The options that may stand behind an entry in `add`, `del` or `test`.
    pub fn entry_options(&self, command: &str) -> impl Iterator<Item = &'static str> {
        let command = Command::find(command).unwrap_or(Command::Add);
        let known = OPTIONS.into_iter();
        known.filter(move |option| allowed(option, command, self))
    }
}

/// What an `add`, `del` or `test` asks for, beside its element.
struct Asked {
    command: Command,
    entry: Entry,
    /// Of a list.
    member: Member,
    /// Options that were there and stand for one value each.
    seen: Vec<&'static str>,
}

impl Asked {
    /// Reads one option of an entry; gives the number of words that it took.
    fn option(&mut self, line: &Args<'_, '_>, nth: usize, set: &IpSet) -> Line<usize> {
        let command = self.command;
        let text = line.text(nth);
        let name = text.strip_prefix("--").unwrap_or(text);
        let own = || {
            OPTIONS
                .iter()
                .filter(|option| allowed(option, command, set.kind))
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
            "nomatch" => self.entry.nomatch = true,
            "wildcard" => self.entry.wildcard = true,
            _ if nth + 1 >= line.len() => return Err(line.missing(option)),
            _ => {
                let slot = if option == "after" { "before" } else { option };
                if self.seen.contains(&slot) || (slot == "before" && self.member.beside.is_some()) {
                    let problem = Problem::new(format!("`{option}` was given already"));
                    return Err(line.fault(problem, nth, option));
                }
                self.seen.push(slot);
                let value = line.text(nth + 1);
                let read = self.extension(option, value, set);
                read.map_err(|problem| line.fault(problem, nth + 1, option))?;
                return Ok(2);
            }
        }
        Ok(1)
    }

    fn extension(&mut self, option: &'static str, value: &str, set: &IpSet) -> Read<()> {
        let entry = &mut self.entry;
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
            _ => self.member.beside = Some((element::set_name(value)?, option == "before")),
        }
        Ok(())
    }

    /// Adds, deletes or tests what an element stands for.
    fn change(
        &self,
        set: &mut IpSet,
        element: &Element,
        exist: bool,
        steps: &mut u32,
    ) -> Read<bool> {
        let (command, entry) = (self.command, &self.entry);
        if command == Command::Test {
            let mut inside = false;
            expand::each(element, set, true, &mut |key| {
                inside = set
                    .find(&key, 0)
                    .and_then(|key| set.entries.get(&key))
                    .is_some_and(|found| {
                        let mac =
                            found.mac.is_none() || entry.mac.is_none() || found.mac == entry.mac;
                        mac && found.nomatch == entry.nomatch
                    });
                Ok(())
            })?;
            return Ok(inside);
        }
        // The element is taken apart by a set that does not change meanwhile.
        let shape = IpSet {
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

    /// Adds to a list, deletes from it or tests it.
    fn list(self, set: &mut IpSet, exist: bool) -> Read<bool> {
        let Self {
            command,
            member,
            mut entry,
            ..
        } = self;
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
}
