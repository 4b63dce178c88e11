//! `-m set` and `-j SET` (xt_set.c): members of sets that ipset made.

use super::opt::{Arg, Env, Ext, Opt, Place, Read, hook};
use crate::addr::Family;
use crate::diag::Problem;
use crate::rule::Neg;
use std::fmt::Write as _;

/// A set's name and what of the packet is looked up in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SetRef {
    /// At most 31 bytes.
    pub name: Box<str>,
    /// Source (`true`) or destination for each dimension, at most 6.
    pub src: Vec<bool>,
}

impl SetRef {
    fn parse(arg: &Arg<'_>) -> Read<Self> {
        let name = arg.word(0);
        if name.len() > 31 {
            return Err(Problem::new(format!("the set name `{name}` is too long"))
                .hint("names of sets have at most 31 bytes"));
        }
        let mut src = Vec::new();
        for flag in arg.word(1).split(',') {
            // What stands behind the three letters is not looked at (libxt_set.h,
            // `parse_dirs`).
            match flag.get(..3) {
                Some("src") => src.push(true),
                Some("dst") => src.push(false),
                _ => {
                    return Err(Problem::new(format!("`{flag}` is neither src nor dst"))
                        .hint("a comma-separated list of src and dst"));
                }
            }
        }
        if src.len() > 6 {
            return Err("a set has at most 6 dimensions".into());
        }
        Ok(Self {
            name: name.into(),
            src,
        })
    }

    fn push(&self, out: &mut String) {
        out.push(' ');
        out.push_str(&self.name);
        for (i, src) in self.src.iter().enumerate() {
            out.push(if i == 0 { ' ' } else { ',' });
            out.push_str(if *src { "src" } else { "dst" });
        }
    }
}

/// `-m set`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SetMatch {
    /// `--match-set`.
    pub set: Neg<SetRef>,
    /// `--return-nomatch`: an entry with `nomatch` counts as a match.
    pub return_nomatch: bool,
    /// `! --update-counters`: leave the entry's counters alone.
    pub no_update_counters: bool,
    /// `! --update-subcounters`: leave those of a list's members alone.
    pub no_update_subcounters: bool,
    /// `--packets-eq`, `-lt`, `-gt`: what the entry has counted.
    pub packets: Option<CounterTest>,
    /// `--bytes-eq`, `-lt`, `-gt`.
    pub bytes: Option<CounterTest>,
}

/// How a counter of an entry is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CounterTest {
    /// Which comparison.
    pub op: CounterOp,
    /// With what.
    pub value: u64,
}

/// A comparison with a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CounterOp {
    /// `-eq`
    Equal,
    /// `! -eq`
    NotEqual,
    /// `-lt`
    Less,
    /// `-gt`
    Greater,
}

impl CounterTest {
    fn parse(arg: &Arg<'_>, nth: u8) -> Read<Self> {
        let value = arg.u64()?;
        let op = match (nth, arg.inverted) {
            (0, false) => CounterOp::Equal,
            (0, true) => CounterOp::NotEqual,
            (1, false) => CounterOp::Less,
            (2, false) => CounterOp::Greater,
            _ => return Err(format!("`--{}` cannot be inverted", arg.name).into()),
        };
        Ok(Self { op, value })
    }

    fn push(test: Option<Self>, dashes: &str, name: &str, out: &mut String) {
        let Some(Self { op, value }) = test else {
            return;
        };
        let (mark, ending) = match op {
            CounterOp::Equal => ("", "eq"),
            CounterOp::NotEqual => ("! ", "eq"),
            CounterOp::Less => ("", "lt"),
            CounterOp::Greater => ("", "gt"),
        };
        let _ = write!(out, " {mark}{dashes}{name}-{ending} {value}");
    }
}

const MATCH_OPTS: &[Opt] = &[
    Opt::new("match-set", 0).args(2).inv(),
    Opt::new("set", 0).args(2).inv(),
    Opt::new("return-nomatch", 1).flag().multi(),
    Opt::new("update-counters", 2).flag().inv().multi(),
    Opt::new("packets-eq", 3).inv(),
    Opt::new("packets-lt", 4),
    Opt::new("packets-gt", 5),
    Opt::new("bytes-eq", 6).inv(),
    Opt::new("bytes-lt", 7),
    Opt::new("bytes-gt", 8),
    Opt::new("update-subcounters", 9).flag().inv().multi(),
];

impl Ext for SetMatch {
    fn options(_: Family) -> &'static [Opt] {
        MATCH_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.set = arg.neg(SetRef::parse(arg)?),
            1 => self.return_nomatch = true,
            2 => self.no_update_counters |= arg.inverted,
            3..=5 => {
                if self.packets.is_some() {
                    return Err("only one comparison of packets can be made".into());
                }
                self.packets = Some(CounterTest::parse(arg, arg.id - 3)?);
            }
            6..=8 => {
                if self.bytes.is_some() {
                    return Err("only one comparison of bytes can be made".into());
                }
                self.bytes = Some(CounterTest::parse(arg, arg.id - 6)?);
            }
            _ => self.no_update_subcounters |= arg.inverted,
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if !env.seen.has(0) {
            return Err("`-m set` needs --match-set".into());
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        self.push("--", out);
    }

    fn list(&self, _: Family, out: &mut String) {
        self.push("", out);
    }
}

impl SetMatch {
    fn push(&self, dashes: &str, out: &mut String) {
        let _ = write!(out, " {}{dashes}match-set", self.set.mark());
        self.set.value.push(out);
        for (on, text) in [
            (self.return_nomatch, "return-nomatch"),
            (self.no_update_counters, "update-counters"),
            (self.no_update_subcounters, "update-subcounters"),
        ] {
            if on {
                let mark = if text.starts_with('u') { "! " } else { "" };
                let _ = write!(out, " {mark}{dashes}{text}");
            }
        }
        CounterTest::push(self.packets, dashes, "packets", out);
        CounterTest::push(self.bytes, dashes, "bytes", out);
    }
}

/// `-j SET`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SetTarget {
    /// `--add-set`.
    pub add: Option<SetRef>,
    /// `--del-set`.
    pub del: Option<SetRef>,
    /// `--map-set`.
    pub map: Option<SetRef>,
    /// `--exist`: an entry that is there already gets the new timeout.
    pub exist: bool,
    /// `--timeout`: seconds.
    pub timeout: Option<u32>,
    /// `--map-mark`: the packet takes the entry's mark.
    pub map_mark: bool,
    /// `--map-prio`: and its priority.
    pub map_prio: bool,
    /// `--map-queue`: and its queue.
    pub map_queue: bool,
}

/// An exclamation mark says nothing here: libxt_SET.c does not ask for it.
const TARGET_OPTS: &[Opt] = &[
    Opt::new("add-set", 0).args(2).inv(),
    Opt::new("del-set", 1).args(2).inv(),
    Opt::new("timeout", 2).inv().multi(),
    Opt::new("exist", 3).flag().inv().multi(),
    Opt::new("map-set", 4).args(2).inv(),
    Opt::new("map-mark", 5).flag().inv().multi(),
    Opt::new("map-prio", 6).flag().inv().multi(),
    Opt::new("map-queue", 7).flag().inv().multi(),
];

impl Ext for SetTarget {
    fn options(_: Family) -> &'static [Opt] {
        TARGET_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.add = Some(SetRef::parse(arg)?),
            1 => self.del = Some(SetRef::parse(arg)?),
            2 => self.timeout = Some(u32::try_from(arg.within(0, 0xffff_fffe)?).unwrap_or(0)),
            3 => self.exist = true,
            4 => self.map = Some(SetRef::parse(arg)?),
            5 => self.map_mark = true,
            6 => self.map_prio = true,
            _ => self.map_queue = true,
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if !env.seen.any(&[0, 1, 4]) {
            return Err("`-j SET` needs --add-set, --del-set or --map-set".into());
        }
        if env.seen.any(&[2, 3]) && !env.seen.has(0) {
            return Err("--timeout and --exist need --add-set".into());
        }
        if env.seen.any(&[5, 6, 7]) != env.seen.has(4) {
            return Err("--map-set and --map-mark, --map-prio, --map-queue need each other".into());
        }
        Ok(())
    }

    /// What an entry says of the packet is for the mangle table (xt_set.c,
    /// `set_target_v3_checkentry`).
    fn place(&self, _: Family) -> Place {
        if self.map.is_none() {
            Place::ANY
        } else if self.map_prio || self.map_queue {
            Place::new(&["mangle"], hook::FWD | hook::OUT | hook::POST)
        } else {
            Place::new(&["mangle"], hook::ALL)
        }
    }

    fn save(&self, _: Family, out: &mut String) {
        self.push("--", out);
    }

    fn list(&self, _: Family, out: &mut String) {
        self.push("", out);
    }
}

impl SetTarget {
    fn push(&self, dashes: &str, out: &mut String) {
        if let Some(set) = &self.add {
            let _ = write!(out, " {dashes}add-set");
            set.push(out);
            if self.exist {
                let _ = write!(out, " {dashes}exist");
            }
            if let Some(timeout) = self.timeout {
                let _ = write!(out, " {dashes}timeout {timeout}");
            }
        }
        if let Some(set) = &self.del {
            let _ = write!(out, " {dashes}del-set");
            set.push(out);
        }
        if let Some(set) = &self.map {
            let _ = write!(out, " {dashes}map-set");
            set.push(out);
            for (on, text) in [
                (self.map_mark, "map-mark"),
                (self.map_prio, "map-prio"),
                (self.map_queue, "map-queue"),
            ] {
                if on {
                    let _ = write!(out, " {dashes}{text}");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Family, iptables};

    /// Seen of iptables 1.8.9 with the set there.
    #[test]
    fn three_letters_are_a_direction() {
        let check = |flags: &str, expected: Option<&str>| {
            let rule = format!("-A INPUT -m set --match-set s {flags}");
            let parsed = iptables::parse(&format!("*filter\n{rule}\nCOMMIT\n"), Family::V4);
            let set = parsed.value.table("filter").and_then(|t| t.chain("INPUT"));
            let mut saved = String::new();
            if let Some(rule) = set.and_then(|chain| chain.rules.first()) {
                iptables::push_rule(rule, "INPUT", Family::V4, false, &mut saved);
            }
            let flags = saved.strip_prefix("-A INPUT -m set --match-set s ");
            assert_eq!(flags, expected);
        };
        check("dst,dstx", Some("dst,dst"));
        check("srcdst", Some("src"));
        check("src,", None);
        check("SRC", None);
    }
}
