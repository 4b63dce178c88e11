//! `--stp-*` (ebt_stp.c): fields of a spanning tree BPDU; needs `-d BGA`.

use super::MacMatch;
use super::link::{decimal, parse_mac, push_mac};
use crate::addr::Family;
use crate::diag::Problem;
use crate::rule::Neg;
use crate::xt::{Arg, Ext, Opt, Read};
use std::fmt::Write as _;

/// The lowest and the highest value that match.
pub type StpRange = (u32, u32);

/// What the BPDU must have. `None` asks nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stp {
    /// `--stp-type`: 0 is config, 128 a topology change notification.
    pub kind: Option<Neg<u8>>,
    /// `--stp-flags`: 1 is topology change, 128 its acknowledgement.
    pub flags: Option<Neg<u8>>,
    /// `--stp-root-prio`.
    pub root_prio: Option<Neg<StpRange>>,
    /// `--stp-root-addr`.
    pub root_addr: Option<Neg<MacMatch>>,
    /// `--stp-root-cost`.
    pub root_cost: Option<Neg<StpRange>>,
    /// `--stp-sender-prio`.
    pub sender_prio: Option<Neg<StpRange>>,
    /// `--stp-sender-addr`.
    pub sender_addr: Option<Neg<MacMatch>>,
    /// `--stp-port`.
    pub port: Option<Neg<StpRange>>,
    /// `--stp-msg-age`.
    pub msg_age: Option<Neg<StpRange>>,
    /// `--stp-max-age`.
    pub max_age: Option<Neg<StpRange>>,
    /// `--stp-hello-time`.
    pub hello_time: Option<Neg<StpRange>>,
    /// `--stp-forward-delay`.
    pub forward_delay: Option<Neg<StpRange>>,
}

const OPTS: &[Opt] = &[
    Opt::new("stp-type", 0).inv(),
    Opt::new("stp-flags", 1).inv(),
    Opt::new("stp-root-prio", 2).inv(),
    Opt::new("stp-root-addr", 3).inv(),
    Opt::new("stp-root-cost", 4).inv(),
    Opt::new("stp-sender-prio", 5).inv(),
    Opt::new("stp-sender-addr", 6).inv(),
    Opt::new("stp-port", 7).inv(),
    Opt::new("stp-msg-age", 8).inv(),
    Opt::new("stp-max-age", 9).inv(),
    Opt::new("stp-hello-time", 10).inv(),
    Opt::new("stp-forward-delay", 11).inv(),
];

fn range(arg: &Arg<'_>, max: u64) -> Read<Option<Neg<StpRange>>> {
    // Kept in 32 bits before it is compared, whatever was written.
    let number = |word: &str| -> Read<u64> {
        let low = decimal::<u64>(word, u64::MAX)? & 0xffff_ffff;
        match low <= max {
            true => Ok(low),
            false => decimal(word, max),
        }
    };
    let end = |word: &str, empty: u64| match word {
        "" => Ok(empty),
        _ => number(word),
    };
    let (low, high) = match arg.text().split_once(':') {
        Some((low, high)) => (end(low, 0)?, end(high, max)?),
        None => number(arg.text()).map(|n| (n, n))?,
    };
    if low > high {
        return Err(Problem::new(format!(
            "the range `{}` is upside down",
            arg.text()
        )));
    }
    let word = |n| u32::try_from(n).unwrap_or(u32::MAX);
    Ok(Some(arg.neg((word(low), word(high)))))
}

impl Ext for Stp {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        let word = arg.text();
        match arg.id {
            0 => {
                self.kind = Some(arg.neg(match word.to_ascii_lowercase().as_str() {
                    "config" => 0,
                    "tcn" => 128,
                    _ => arg.u8()?,
                }));
            }
            1 => {
                self.flags = Some(arg.neg(match word.to_ascii_lowercase().as_str() {
                    "topology-change" => 1,
                    "topology-change-ack" => 128,
                    _ => arg.u8()?,
                }));
            }
            2 => self.root_prio = range(arg, 0xffff)?,
            3 => self.root_addr = Some(arg.neg(parse_mac(word)?)),
            4 => self.root_cost = range(arg, 0xffff_ffff)?,
            5 => self.sender_prio = range(arg, 0xffff)?,
            6 => self.sender_addr = Some(arg.neg(parse_mac(word)?)),
            7 => self.port = range(arg, 0xffff)?,
            8 => self.msg_age = range(arg, 0xffff)?,
            9 => self.max_age = range(arg, 0xffff)?,
            10 => self.hello_time = range(arg, 0xffff)?,
            _ => self.forward_delay = range(arg, 0xffff)?,
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let single = |value: Option<Neg<u8>>| {
            value.map(|v| Neg::new((u32::from(v.value), u32::from(v.value)), v.inverted))
        };
        match self.kind {
            Some(kind) if kind.value == 0 || kind.value == 128 => {
                let name = if kind.value == 0 { "config" } else { "tcn" };
                let _ = write!(out, " --stp-type {}{name}", kind.mark());
            }
            kind => push(single(kind), "type", out),
        }
        match self.flags {
            Some(flags) if flags.value == 1 || flags.value == 128 => {
                let ack = if flags.value == 1 { "" } else { "-ack" };
                let _ = write!(out, " --stp-flags {}topology-change{ack}", flags.mark());
            }
            flags => push(single(flags), "flags", out),
        }
        push(self.root_prio, "root-prio", out);
        push_addr(self.root_addr, "root-addr", out);
        push(self.root_cost, "root-cost", out);
        push(self.sender_prio, "sender-prio", out);
        push_addr(self.sender_addr, "sender-addr", out);
        push(self.port, "port", out);
        push(self.msg_age, "msg-age", out);
        push(self.max_age, "max-age", out);
        push(self.hello_time, "hello-time", out);
        push(self.forward_delay, "forward-delay", out);
    }
}

fn push(value: Option<Neg<StpRange>>, option: &str, out: &mut String) {
    if let Some(value) = value {
        let (low, high) = value.value;
        let _ = write!(out, " --stp-{option} {}{low}", value.mark());
        if low != high {
            let _ = write!(out, ":{high}");
        }
    }
}

fn push_addr(addr: Option<Neg<MacMatch>>, option: &str, out: &mut String) {
    if let Some(addr) = addr {
        let _ = write!(out, " --stp-{option} {}", addr.mark());
        push_mac(addr.value, out);
    }
}
