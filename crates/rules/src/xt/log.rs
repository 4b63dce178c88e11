//! `-j LOG` (xt_LOG.c): a line in the kernel's log.

use super::opt::{Arg, Ext, Listed, Opt, Read};
use crate::addr::Family;
use crate::diag::Problem;
use crate::names;
use std::fmt::Write as _;

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// `--log-prefix`: at most 29 bytes, in front of the line.
    pub prefix: Box<str>,
    /// `--log-level`: syslog's, 0 to 7; 4 unless told.
    pub level: u8,
    /// `--log-tcp-sequence`.
    pub tcp_sequence: bool,
    /// `--log-tcp-options`.
    pub tcp_options: bool,
    /// `--log-ip-options`.
    pub ip_options: bool,
    /// `--log-uid`.
    pub uid: bool,
    /// `--log-macdecode`.
    pub macdecode: bool,
}

const OPTS: &[Opt] = &[
    Opt::new("log-level", 0),
    Opt::new("log-prefix", 1),
    Opt::new("log-tcp-sequence", 2).flag(),
    Opt::new("log-tcp-options", 3).flag(),
    Opt::new("log-ip-options", 4).flag(),
    Opt::new("log-uid", 5).flag(),
    Opt::new("log-macdecode", 6).flag(),
];

impl Ext for Log {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self {
            prefix: "".into(),
            level: 4,
            tcp_sequence: false,
            tcp_options: false,
            ip_options: false,
            uid: false,
            macdecode: false,
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.level = names::log_level(arg.text())?,
            1 => {
                if arg.text().is_empty() {
                    return Err(Problem::new("the prefix is empty"));
                }
                if arg.text().contains('\n') {
                    return Err(Problem::new("a log prefix cannot hold a line break"));
                }
                if arg.text().is_empty() {
                    return Err(Problem::new("the prefix is empty").hint("leave the option out"));
                }
                self.prefix = arg.cut(29);
            }
            2 => self.tcp_sequence = true,
            3 => self.tcp_options = true,
            4 => self.ip_options = true,
            5 => self.uid = true,
            _ => self.macdecode = true,
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        if !self.prefix.is_empty() {
            out.push_str(" --log-prefix");
            crate::text::push_string(out, &self.prefix);
        }
        if self.level != 4 {
            let _ = write!(out, " --log-level {}", self.level);
        }
        for (on, option) in [
            (self.tcp_sequence, " --log-tcp-sequence"),
            (self.tcp_options, " --log-tcp-options"),
            (self.ip_options, " --log-ip-options"),
            (self.uid, " --log-uid"),
            (self.macdecode, " --log-macdecode"),
        ] {
            if on {
                out.push_str(option);
            }
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        let _ = write!(out, " LOG flags {} level {}", self.bits(), self.level);
        if !self.prefix.is_empty() {
            let _ = write!(out, " prefix \"{}\"", self.prefix);
        }
    }

    fn list_named(&self, _: Listed, out: &mut String) {
        let level = [
            "emerg", "alert", "crit", "err", "warn", "notice", "info", "debug",
        ];
        let level = level.get(usize::from(self.level)).copied().unwrap_or("");
        let _ = write!(out, " LOG level {level}");
        for (on, flag) in [
            (self.tcp_sequence, " tcp-sequence"),
            (self.tcp_options, " tcp-options"),
            (self.ip_options, " ip-options"),
            (self.uid, " uid"),
            (self.macdecode, " macdecode"),
        ] {
            out.push_str(if on { flag } else { "" });
        }
        if !self.prefix.is_empty() {
            let _ = write!(out, " prefix \"{}\"", self.prefix);
        }
    }
}

impl Log {
    /// The flags as the kernel numbers them (`XT_LOG_TCPSEQ` and so on).
    pub fn bits(&self) -> u8 {
        u8::from(self.tcp_sequence)
            | u8::from(self.tcp_options) << 1
            | u8::from(self.ip_options) << 2
            | u8::from(self.uid) << 3
            | u8::from(self.macdecode) << 5
    }
}
