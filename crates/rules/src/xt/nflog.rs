//! `-j NFLOG` and `-j NFQUEUE` (xt_NFLOG.c, xt_NFQUEUE.c): to a program, as a
//! copy or to decide.

use super::opt::{Arg, Env, Ext, Opt, Read};
use crate::addr::Family;
use crate::diag::Problem;
use crate::num;
use crate::text::push_string;
use std::fmt::Write as _;

/// A copy for programs that listen to the group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nflog {
    /// `--nflog-group`.
    pub group: u16,
    /// `--nflog-prefix`.
    pub prefix: Box<str>,
    /// `--nflog-range`: bytes that are meant to be copied, and are not.
    pub range: u32,
    /// `--nflog-size`: bytes that are copied.
    pub size: Option<u32>,
    /// `--nflog-threshold`: packets that are gathered first.
    pub threshold: u16,
}

/// Most bytes of a prefix.
const PREFIX: usize = 63;
/// Packets that are gathered unless told.
const THRESHOLD: u16 = 0;

const NFLOG_OPTS: &[Opt] = &[
    Opt::new("nflog-group", 0),
    Opt::new("nflog-prefix", 1),
    Opt::new("nflog-range", 2).not_with(&[3]),
    Opt::new("nflog-size", 3).not_with(&[2]),
    Opt::new("nflog-threshold", 4),
];

impl Ext for Nflog {
    fn options(_: Family) -> &'static [Opt] {
        NFLOG_OPTS
    }

    fn new(_: Family) -> Self {
        Self {
            group: 0,
            prefix: Box::default(),
            range: 0,
            size: None,
            threshold: THRESHOLD,
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.group = arg.u16()?,
            1 => {
                self.prefix = arg.cut(PREFIX);
                if self.prefix.is_empty() {
                    return Err("the prefix is empty".into());
                }
                if self.prefix.contains('\n') {
                    return Err("the prefix holds a line break".into());
                }
            }
            2 => self.range = arg.u32()?,
            3 => self.size = Some(arg.u32()?),
            _ => self.threshold = arg.u16()?,
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

impl Nflog {
    fn push(&self, dashes: &str, out: &mut String) {
        if !self.prefix.is_empty() {
            let _ = write!(out, " {dashes}nflog-prefix");
            push_string(out, &self.prefix);
        }
        if self.group != 0 {
            let _ = write!(out, " {dashes}nflog-group {}", self.group);
        }
        if let Some(size) = self.size {
            let _ = write!(out, " {dashes}nflog-size {size}");
        } else if self.range != 0 {
            let _ = write!(out, " {dashes}nflog-range {}", self.range);
        }
        if self.threshold != THRESHOLD {
            let _ = write!(out, " {dashes}nflog-threshold {}", self.threshold);
        }
    }
}

/// To a program that decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nfqueue {
    /// `--queue-num`, or the first of `--queue-balance`.
    pub first: u16,
    /// How many queues.
    pub count: u16,
    /// `--queue-bypass`: without a program, it passes.
    pub bypass: bool,
    /// `--queue-cpu-fanout`: the CPU picks the queue.
    pub cpu_fanout: bool,
}

const NFQUEUE_OPTS: &[Opt] = &[
    Opt::new("queue-num", 0).not_with(&[1]),
    Opt::new("queue-balance", 1).not_with(&[0]),
    Opt::new("queue-bypass", 2).flag(),
    Opt::new("queue-cpu-fanout", 3).flag(),
];

impl Ext for Nfqueue {
    fn options(_: Family) -> &'static [Opt] {
        NFQUEUE_OPTS
    }

    fn new(_: Family) -> Self {
        Self {
            first: 0,
            count: 1,
            bypass: false,
            cpu_fanout: false,
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.first = arg.u16()?,
            1 => {
                let (first, last) = num::range_or_zero(arg.text(), 65535)?;
                // All of them would be 65536, which the kernel's 16 bits do not hold.
                if first >= last || last - first == 65535 {
                    return Err(Problem::new("bad range of queues")
                        .hint("first:last, the last one larger; 65535 of them at most"));
                }
                (self.first, self.count) = (first as u16, (last - first + 1) as u16);
            }
            2 => self.bypass = true,
            _ => self.cpu_fanout = true,
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if self.cpu_fanout && !env.seen.has(1) {
            return Err("`--queue-cpu-fanout` needs `--queue-balance`".into());
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        self.push(" --queue-", " --queue-", out);
    }

    fn list(&self, _: Family, out: &mut String) {
        self.push(" NFQUEUE ", " ", out);
    }
}

impl Nfqueue {
    fn push(&self, what: &str, flag: &str, out: &mut String) {
        let first = self.first;
        if self.count > 1 {
            let last = u32::from(first) + u32::from(self.count) - 1;
            let _ = write!(out, "{what}balance {first}:{last}");
        } else {
            let _ = write!(out, "{what}num {first}");
        }
        if self.bypass {
            let _ = write!(out, "{flag}bypass");
        }
        if self.cpu_fanout {
            let _ = write!(out, "{flag}cpu-fanout");
        }
    }
}
