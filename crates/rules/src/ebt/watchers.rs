//! `--log*` and `--nflog*` (ebt_log.c, ebt_nflog.c): they look on and never keep
//! a rule from matching.

use crate::addr::Family;
use crate::diag::Problem;
use crate::names;
use crate::xt::{Arg, Ext, Opt, Read};
use std::fmt::Write as _;

/// The value, of at most so many bytes: ebtables refuses what iptables cuts.
fn whole(arg: &Arg<'_>, max: usize) -> Read<Box<str>> {
    let text = arg.text();
    if text.len() > max {
        return Err(Problem::new(format!(
            "too long: {} bytes, at most {max} are possible",
            text.len()
        )));
    }
    Ok(text.into())
}

/// `--log` and its options: a line in the kernel's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EbLog {
    /// `--log-level`: syslog's; notice (5) unless told.
    pub level: u8,
    /// `--log-prefix`: at most 29 bytes.
    pub prefix: Box<str>,
    /// `--log-ip`: the IPv4 header as well.
    pub ip: bool,
    /// `--log-arp`: the ARP packet as well.
    pub arp: bool,
    /// `--log-ip6`: the IPv6 header as well.
    pub ip6: bool,
}

const OPTS_LOG: &[Opt] = &[
    Opt::new("log", 0).flag().multi(),
    // The tool overlooks an exclamation mark here.
    Opt::new("log-level", 1).inv().multi(),
    Opt::new("log-prefix", 2).multi(),
    Opt::new("log-ip", 3).flag().multi(),
    Opt::new("log-arp", 4).flag().multi(),
    Opt::new("log-ip6", 5).flag().multi(),
];

impl Ext for EbLog {
    fn options(_: Family) -> &'static [Opt] {
        OPTS_LOG
    }

    fn new(_: Family) -> Self {
        Self {
            level: 5,
            prefix: "".into(),
            ip: false,
            arp: false,
            ip6: false,
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => {}
            1 => self.level = names::log_level(arg.text())?,
            2 => {
                if arg.text().contains('"') {
                    return Err("a log prefix cannot hold a quotation mark".into());
                }
                self.prefix = whole(arg, 29)?;
            }
            3 => self.ip = true,
            4 => self.arp = true,
            _ => self.ip6 = true,
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let level = names::log_level_name(self.level).unwrap_or("notice");
        let _ = write!(out, " --log-level {level}");
        if !self.prefix.is_empty() {
            let _ = write!(out, " --log-prefix \"{}\"", self.prefix);
        }
        for (on, option) in [
            (self.ip, " --log-ip"),
            (self.arp, " --log-arp"),
            (self.ip6, " --log-ip6"),
        ] {
            if on {
                out.push_str(option);
            }
        }
    }
}

/// `--nflog` and its options: the frame goes to a program in user space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EbNflog {
    /// `--nflog-group`; 1 unless told.
    pub group: u16,
    /// `--nflog-prefix`: at most 63 bytes.
    pub prefix: Box<str>,
    /// `--nflog-range`: bytes of the frame; 0 is all of it.
    pub range: u32,
    /// `--nflog-threshold`: frames collected before they are handed over.
    pub threshold: u16,
}

const OPTS_NFLOG: &[Opt] = &[
    // The tool's bits for these overlap (NFLOG_NFLOG is 0x16): it takes `--nflog`
    // and a prefix or a range for the same option given twice.
    Opt::new("nflog", 0).flag().not_with(&[2, 3]),
    Opt::new("nflog-group", 1),
    Opt::new("nflog-prefix", 2).not_with(&[0]),
    Opt::new("nflog-range", 3).not_with(&[0]),
    Opt::new("nflog-threshold", 4),
];

const MAX: u64 = u32::MAX as u64;

fn low16(arg: &Arg<'_>) -> Read<u16> {
    Ok(u16::try_from(arg.within(1, MAX)? & 0xffff).unwrap_or(0))
}

impl Ext for EbNflog {
    fn options(_: Family) -> &'static [Opt] {
        OPTS_NFLOG
    }

    fn new(_: Family) -> Self {
        Self {
            group: 1,
            prefix: "".into(),
            range: 0,
            threshold: 1,
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => {}
            // Kept in 16 bits, whatever was written.
            1 => self.group = low16(arg)?,
            2 => {
                self.prefix = whole(arg, 63)?;
            }
            3 => self.range = u32::try_from(arg.within(1, MAX)?).unwrap_or(0),
            _ => self.threshold = low16(arg)?,
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        if !self.prefix.is_empty() {
            let _ = write!(out, " --nflog-prefix \"{}\"", self.prefix);
        }
        if self.group != 0 {
            let _ = write!(out, " --nflog-group {}", self.group);
        }
        if self.range != 0 {
            let _ = write!(out, " --nflog-range {}", self.range.cast_signed());
        }
        if self.threshold != 1 {
            let _ = write!(out, " --nflog-threshold {}", self.threshold);
        }
    }
}
