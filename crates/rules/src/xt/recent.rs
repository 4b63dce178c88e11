//! `-m recent` (xt_recent.c): addresses that were seen not long ago.

use super::opt::{Arg, Env, Ext, Opt, Read};
use crate::addr::Family;
use crate::diag::Problem;
use std::fmt::Write as _;
use std::net::IpAddr;

/// What is done with the packet's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Act {
    /// `--set`: it is entered.
    #[default]
    Set,
    /// `--rcheck`: is it there?
    Check,
    /// `--update`: is it there? If so, it was seen again.
    Update,
    /// `--remove`: it is taken out.
    Remove,
}

/// Asks or changes a list of addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recent {
    /// What is done.
    pub act: Act,
    /// `!` in front of it.
    pub inverted: bool,
    /// `--seconds`: how long ago at most; 0 for any time.
    pub seconds: u32,
    /// `--reap`: what is older is forgotten.
    pub reap: bool,
    /// `--hitcount`: how often at least; 0 for once.
    pub hitcount: u32,
    /// `--rttl`: with the same TTL only.
    pub rttl: bool,
    /// `--name`.
    pub name: Box<str>,
    /// `--mask`.
    pub mask: IpAddr,
    /// `--rdest`: the destination, not the source.
    pub dest: bool,
}

const ACTS: &[u8] = &[0, 1, 2, 3];
const OPTS: &[Opt] = &[
    Opt::new("set", 0).flag().inv().not_with(&[1, 2, 3]),
    Opt::new("rcheck", 1).flag().inv().not_with(&[0, 2, 3]),
    Opt::new("update", 2).flag().inv().not_with(&[0, 1, 3]),
    Opt::new("remove", 3).flag().inv().not_with(&[0, 1, 2]),
    Opt::new("seconds", 4).not_with(&[0, 3]),
    Opt::new("hitcount", 5).not_with(&[0, 3]),
    Opt::new("rttl", 6).flag().not_with(&[0, 3]),
    Opt::new("name", 7),
    Opt::new("rsource", 8).flag(),
    Opt::new("rdest", 9).flag(),
    Opt::new("reap", 10).flag(),
    Opt::new("mask", 11),
];

impl Ext for Recent {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(family: Family) -> Self {
        Self {
            act: Act::Set,
            inverted: false,
            seconds: 0,
            reap: false,
            hitcount: 0,
            rttl: false,
            name: "DEFAULT".into(),
            mask: family
                .prefix_mask(family.bits())
                .unwrap_or_else(|| family.unspecified()),
            dest: false,
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0..=3 => {
                self.act = match arg.id {
                    0 => Act::Set,
                    1 => Act::Check,
                    2 => Act::Update,
                    _ => Act::Remove,
                };
                self.inverted = arg.inverted;
            }
            4 => self.seconds = u32::try_from(arg.within(1, u64::from(u32::MAX))?).unwrap_or(1),
            5 => self.hitcount = u32::try_from(arg.within(0, 65535)?).unwrap_or(0),
            6 => self.rttl = true,
            7 => {
                self.name = arg.cut(199);
                // It is a file's (xt_recent.c, `recent_mt_check`).
                if matches!(&*self.name, "" | "." | "..") || self.name.contains('/') {
                    return Err(Problem::new(format!("`{}` cannot be a name", self.name))
                        .hint("a file in /proc/net/xt_recent has it"));
                }
            }
            8 => self.dest = false,
            9 => self.dest = true,
            10 => self.reap = true,
            _ => self.mask = arg.host()?,
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if !env.seen.any(ACTS) {
            return Err(Problem::new("`-m recent` needs to know what to do")
                .hint("--set, --rcheck, --update or --remove"));
        }
        if self.reap && self.seconds == 0 {
            return Err("`--reap` needs `--seconds`".into());
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let act = match self.act {
            Act::Set => "set",
            Act::Check => "rcheck",
            Act::Update => "update",
            Act::Remove => "remove",
        };
        let not = if self.inverted { "! " } else { "" };
        let _ = write!(out, " {not}--{act}");
        if self.seconds != 0 {
            // iptables prints the number as a signed one.
            let _ = write!(out, " --seconds {}", self.seconds.cast_signed());
        }
        if self.reap {
            out.push_str(" --reap");
        }
        if self.hitcount != 0 {
            let _ = write!(out, " --hitcount {}", self.hitcount);
        }
        if self.rttl {
            out.push_str(" --rttl");
        }
        let _ = write!(out, " --name {} --mask {}", self.name, self.mask);
        out.push_str(if self.dest { " --rdest" } else { " --rsource" });
    }

    fn list(&self, _: Family, out: &mut String) {
        let act = match self.act {
            Act::Set => "SET",
            Act::Check => "CHECK",
            Act::Update => "UPDATE",
            Act::Remove => "REMOVE",
        };
        let not = if self.inverted { "! " } else { "" };
        let _ = write!(out, " {not}recent: {act}");
        if self.seconds != 0 {
            let _ = write!(out, " seconds: {}", self.seconds.cast_signed());
        }
        if self.reap {
            out.push_str(" reap");
        }
        if self.hitcount != 0 {
            let _ = write!(out, " hit_count: {}", self.hitcount);
        }
        if self.rttl {
            out.push_str(" TTL-Match");
        }
        let side = if self.dest { "dest" } else { "source" };
        let _ = write!(out, " name: {} side: {side} mask: {}", self.name, self.mask);
    }
}
