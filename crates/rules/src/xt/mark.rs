//! `-m mark`, `-m connmark`, `-j MARK`, `-j CONNMARK` (xt_mark.c, xt_connmark.c).

use super::opt::{Arg, Env, Ext, Opt, Read};
use crate::addr::Family;
use crate::diag::Problem;
use crate::rule::Neg;
use std::fmt::Write as _;

/// `-m mark`: matches if the packet's mark, masked, is the value.
pub type MarkMatch = AnyMarkMatch<false>;

/// `-m connmark`: the same for the connection's mark.
pub type ConnmarkMatch = AnyMarkMatch<true>;

/// Matches if the mark, masked, is the value. `CONN`: the connection's mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AnyMarkMatch<const CONN: bool> {
    /// `--mark`: value and mask.
    pub mark: Neg<(u32, u32)>,
}

const MATCH_OPTS: &[Opt] = &[Opt::new("mark", 0).inv().must()];

impl<const CONN: bool> Ext for AnyMarkMatch<CONN> {
    fn options(_: Family) -> &'static [Opt] {
        MATCH_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.mark = arg.neg(arg.mark()?);
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(out, " {}--mark ", self.mark.mark());
        push_mark(self.mark.value, out);
    }

    fn list(&self, _: Family, out: &mut String) {
        if CONN {
            out.push_str(" connmark match ");
            out.push_str(self.mark.bang());
            out.push(' ');
        } else {
            out.push_str(" mark match ");
            out.push_str(self.mark.mark());
        }
        push_mark(self.mark.value, out);
    }
}

/// Prints `0xVALUE[/0xMASK]`.
pub(super) fn push_mark((value, mask): (u32, u32), out: &mut String) {
    let _ = write!(out, "0x{value:x}");
    if mask != u32::MAX {
        let _ = write!(out, "/0x{mask:x}");
    }
}

/// Clears the mask's bits of the packet's mark, then flips the value's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MarkTarget {
    /// What is XORed in.
    pub value: u32,
    /// What is cleared first.
    pub mask: u32,
}

const TARGET_OPTS: &[Opt] = &[
    Opt::new("set-xmark", 0).not_with(&[1, 2, 3, 4]),
    Opt::new("set-mark", 1).not_with(&[0, 2, 3, 4]),
    Opt::new("and-mark", 2).not_with(&[0, 1, 3, 4]),
    Opt::new("or-mark", 3).not_with(&[0, 1, 2, 4]),
    Opt::new("xor-mark", 4).not_with(&[0, 1, 2, 3]),
];

/// Those of arptables, where `!` means nothing.
const ARP_TARGET_OPTS: &[Opt] = &[
    Opt::new("set-mark", 0).inv().not_with(&[1, 2]),
    Opt::new("and-mark", 1).inv().not_with(&[0, 2]),
    Opt::new("or-mark", 2).inv().not_with(&[0, 1]),
];

/// Value and mask of arptables' options, whose numbers are hexadecimal with or
/// without `0x`. Its `--set-mark` leaves the mask empty, so that the kernel flips bits.
fn arp_mark(arg: &Arg<'_>) -> Read<(u32, u32)> {
    let found = super::classify::hex(arg.text());
    let (bits, _) = found.ok_or_else(|| {
        Problem::new(format!("bad mark `{}`", arg.text())).hint("a hexadecimal number")
    })?;
    Ok(match arg.id {
        0 => (bits, 0),
        1 => (0, !bits),
        _ => (bits, bits),
    })
}

/// What `--set-xmark` and its relatives come to: value and mask.
fn xmark(arg: &Arg<'_>) -> Read<(u32, u32)> {
    Ok(match arg.id {
        0 => arg.mark()?,
        1 => {
            let (value, mask) = arg.mark()?;
            (value, value | mask)
        }
        2 => (0, !arg.u32()?),
        3 => {
            let bits = arg.u32()?;
            (bits, bits)
        }
        _ => (arg.u32()?, 0),
    })
}

impl Ext for MarkTarget {
    fn options(family: Family) -> &'static [Opt] {
        if family == Family::Arp {
            return ARP_TARGET_OPTS;
        }
        TARGET_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        (self.value, self.mask) = match arg.family {
            Family::Arp => arp_mark(arg)?,
            _ => xmark(arg)?,
        };
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if env.seen.0 == 0 && env.family != Family::Arp {
            return Err("`-j MARK` needs --set-mark or one of its relatives".into());
        }
        Ok(())
    }

    fn save(&self, family: Family, out: &mut String) {
        if family == Family::Arp {
            let _ = if self.value == 0 {
                write!(out, " --and-mark {:x}", !self.mask)
            } else if self.value == self.mask {
                write!(out, " --or-mark {:x}", self.value)
            } else {
                write!(out, " --set-mark {:x}", self.value)
            };
            return;
        }
        let _ = write!(out, " --set-xmark 0x{:x}/0x{:x}", self.value, self.mask);
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" MARK");
        push_how(self.value, self.mask, out);
    }
}

/// Prints an operation as `and`, `or`, `xor`, `set` or `xset`, whichever it is.
fn push_how(value: u32, mask: u32, out: &mut String) {
    let _ = if value == 0 {
        write!(out, " and 0x{:x}", !mask)
    } else if value == mask {
        write!(out, " or 0x{value:x}")
    } else if mask == 0 {
        write!(out, " xor 0x{value:x}")
    } else if mask == u32::MAX {
        write!(out, " set 0x{value:x}")
    } else {
        write!(out, " xset 0x{value:x}/0x{mask:x}")
    };
}

/// What `-j CONNMARK` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConnmarkTarget {
    /// Set, save or restore.
    pub mode: ConnmarkMode,
    /// `--set-xmark`: what is XORed in.
    pub value: u32,
    /// The connection's bits: those cleared first, or copied.
    pub ctmask: u32,
    /// The packet's bits: those cleared first, or copied.
    pub nfmask: u32,
    /// Shifts the value before it is stored, if the kernel can.
    pub shift: Option<Shift>,
}

/// Which way, and how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    /// To the left.
    pub left: bool,
    /// Bits.
    pub bits: u8,
}

/// What `-j CONNMARK` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConnmarkMode {
    /// Sets the connection's mark.
    #[default]
    Set,
    /// Copies the packet's mark to the connection.
    Save,
    /// Copies the connection's mark to the packet.
    Restore,
}

const CONNMARK_OPTS: &[Opt] = &[
    Opt::new("set-xmark", 0).not_with(&[1, 2, 3, 4, 5, 6]),
    Opt::new("set-mark", 1).not_with(&[0, 2, 3, 4, 5, 6]),
    Opt::new("and-mark", 2).not_with(&[0, 1, 3, 4, 5, 6]),
    Opt::new("or-mark", 3).not_with(&[0, 1, 2, 4, 5, 6]),
    Opt::new("xor-mark", 4).not_with(&[0, 1, 2, 3, 5, 6]),
    Opt::new("save-mark", 5)
        .flag()
        .not_with(&[0, 1, 2, 3, 4, 6]),
    Opt::new("restore-mark", 6)
        .flag()
        .not_with(&[0, 1, 2, 3, 4, 5]),
    Opt::new("left-shift-mark", 7),
    Opt::new("right-shift-mark", 8),
    Opt::new("ctmask", 9),
    Opt::new("nfmask", 10),
    Opt::new("mask", 11).not_with(&[9, 10]),
];

impl Ext for ConnmarkTarget {
    fn options(_: Family) -> &'static [Opt] {
        CONNMARK_OPTS
    }

    fn new(_: Family) -> Self {
        Self {
            ctmask: u32::MAX,
            nfmask: u32::MAX,
            ..Self::default()
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0..=4 => (self.value, self.ctmask) = xmark(arg)?,
            5 => self.mode = ConnmarkMode::Save,
            6 => self.mode = ConnmarkMode::Restore,
            7 | 8 => {
                let bits = u8::try_from(arg.within(0, 31)?).unwrap_or(0);
                self.shift = (bits > 0).then_some(Shift {
                    left: arg.id == 7,
                    bits,
                });
            }
            9 => self.ctmask = arg.u32()?,
            10 => self.nfmask = arg.u32()?,
            _ => {
                self.ctmask = arg.u32()?;
                self.nfmask = self.ctmask;
            }
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if !env.seen.any(&[0, 1, 2, 3, 4, 5, 6]) {
            return Err("`-j CONNMARK` needs --set-mark, --save-mark or --restore-mark".into());
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = match self.mode {
            ConnmarkMode::Set => write!(out, " --set-xmark 0x{:x}/0x{:x}", self.value, self.ctmask),
            ConnmarkMode::Save => write!(
                out,
                " --save-mark --nfmask 0x{:x} --ctmask 0x{:x}",
                self.nfmask, self.ctmask
            ),
            ConnmarkMode::Restore => write!(
                out,
                " --restore-mark --nfmask 0x{:x} --ctmask 0x{:x}",
                self.nfmask, self.ctmask
            ),
        };
        if let Some(shift) = self.shift {
            let side = if shift.left { "left" } else { "right" };
            let _ = write!(out, " --{side}-shift-mark {}", shift.bits);
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" CONNMARK");
        match self.mode {
            ConnmarkMode::Set => push_how(self.value, self.ctmask, out),
            mode => {
                let copy = mode == ConnmarkMode::Save;
                out.push_str(if copy { " save" } else { " restore" });
                let _ = if self.nfmask == u32::MAX && self.ctmask == u32::MAX {
                    Ok(())
                } else if self.nfmask == self.ctmask {
                    write!(out, " mask 0x{:x}", self.nfmask)
                } else if copy {
                    write!(
                        out,
                        " nfmask 0x{:x} ctmask ~0x{:x}",
                        self.nfmask, self.ctmask
                    )
                } else {
                    write!(
                        out,
                        " ctmask 0x{:x} nfmask ~0x{:x}",
                        self.ctmask, self.nfmask
                    )
                };
            }
        }
        if let Some(shift) = self.shift {
            let side = if shift.left { "left" } else { "right" };
            let _ = write!(out, " {side}-shift-mark {}", shift.bits);
        }
    }
}
