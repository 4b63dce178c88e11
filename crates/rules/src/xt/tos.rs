//! `-m tos`, `-j TOS`, `-m dscp`, `-j DSCP` (xt_dscp.c, xt_DSCP.c).

use super::opt::{Arg, Env, Ext, Listed, Opt, Place, Read, hook};
use crate::addr::Family;
use crate::diag::Problem;
use crate::num;
use crate::rule::Neg;
use std::fmt::Write as _;

/// Type-of-service names and values.
const SYMBOLS: [(&str, u8); 5] = [
    ("Minimize-Delay", 0x10),
    ("Maximize-Throughput", 0x08),
    ("Maximize-Reliability", 0x04),
    ("Minimize-Cost", 0x02),
    ("Normal-Service", 0x00),
];

/// The name of a value with the mask of a name.
fn symbol((value, mask): (u8, u8)) -> Option<&'static str> {
    let found = SYMBOLS.iter().find(|(_, n)| *n == value && mask == 0x3f);
    found.map(|(name, _)| *name)
}

/// `value[/mask]` or a name, which stands for the bits of RFC 1349.
fn value_mask(arg: &Arg<'_>) -> Read<(u8, u8)> {
    let word = arg.text();
    let same = |name: &str| name.eq_ignore_ascii_case(word);
    if let Some((_, value)) = SYMBOLS.iter().find(|(name, _)| same(name)) {
        return Ok((*value, 0x3f));
    }
    let (value, mask) = num::value_mask(word, 255)?;
    Ok((
        value as u8,
        if word.contains('/') { mask as u8 } else { 0xff },
    ))
}

/// `-m tos`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tos {
    /// Value and mask.
    pub tos: Neg<(u8, u8)>,
}

const TOS_OPTS: &[Opt] = &[Opt::new("tos", 0).inv().must()];

impl Ext for Tos {
    fn options(_: Family) -> &'static [Opt] {
        TOS_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.tos = arg.neg(value_mask(arg)?);
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let (value, mask) = self.tos.value;
        let _ = write!(out, " {}--tos 0x{value:02x}/0x{mask:02x}", self.tos.mark());
    }

    fn list(&self, _: Family, out: &mut String) {
        let (value, mask) = self.tos.value;
        let _ = write!(
            out,
            " tos match{}0x{value:02x}/0x{mask:02x}",
            self.tos.bang()
        );
    }

    fn list_named(&self, rule: Listed, out: &mut String) {
        match symbol(self.tos.value) {
            Some(name) => {
                let _ = write!(out, " tos match{} {name}", self.tos.bang());
            }
            None => self.list(rule.family, out),
        }
    }
}

/// `-j TOS`: clears the mask's bits, then flips the value's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TosTarget {
    /// What is XORed in.
    pub value: u8,
    /// What is cleared first.
    pub mask: u8,
}

const TOS_TARGET_OPTS: &[Opt] = &[
    Opt::new("set-tos", 0).not_with(&[1, 2, 3]),
    Opt::new("and-tos", 1).not_with(&[0, 2, 3]),
    Opt::new("or-tos", 2).not_with(&[0, 1, 3]),
    Opt::new("xor-tos", 3).not_with(&[0, 1, 2]),
];

impl Ext for TosTarget {
    fn options(_: Family) -> &'static [Opt] {
        TOS_TARGET_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        (self.value, self.mask) = match arg.id {
            0 => value_mask(arg)?,
            1 => (0, !arg.u8()?),
            2 => (arg.u8()?, arg.u8()?),
            _ => (arg.u8()?, 0),
        };
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if env.seen.0 == 0 {
            return Err(Problem::new("`-j TOS` needs a value").hint("--set-tos 0x10"));
        }
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&["mangle"], hook::ALL)
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(out, " --set-tos 0x{:02x}/0x{:02x}", self.value, self.mask);
    }

    fn list(&self, _: Family, out: &mut String) {
        let _ = write!(out, " TOS set 0x{:02x}/0x{:02x}", self.value, self.mask);
    }

    fn list_named(&self, rule: Listed, out: &mut String) {
        let (value, mask) = (self.value, self.mask);
        let _ = match symbol((value, mask)) {
            // iptables puts its blank in front.
            Some(name) => write!(out, "  TOS set{name}"),
            None if value == 0 => write!(out, " TOS and 0x{:02x}", !mask),
            None if value == mask => write!(out, " TOS or 0x{value:02x}"),
            None if mask == 0 => write!(out, " TOS xor 0x{value:02x}"),
            None => {
                self.list(rule.family, out);
                Ok(())
            }
        };
    }
}

/// Classes of RFC 2474 and 2597, and EF of RFC 3246.
const CLASSES: [(&str, u8); 22] = [
    ("CS0", 0x00),
    ("CS1", 0x08),
    ("CS2", 0x10),
    ("CS3", 0x18),
    ("CS4", 0x20),
    ("CS5", 0x28),
    ("CS6", 0x30),
    ("CS7", 0x38),
    ("BE", 0x00),
    ("AF11", 0x0a),
    ("AF12", 0x0c),
    ("AF13", 0x0e),
    ("AF21", 0x12),
    ("AF22", 0x14),
    ("AF23", 0x16),
    ("AF31", 0x1a),
    ("AF32", 0x1c),
    ("AF33", 0x1e),
    ("AF41", 0x22),
    ("AF42", 0x24),
    ("AF43", 0x26),
    ("EF", 0x2e),
];

fn dscp(arg: &Arg<'_>, class: bool) -> Read<u8> {
    if !class {
        return Ok(arg.within(0, 63)? as u8);
    }
    let word = arg.text();
    CLASSES
        .iter()
        // What stands behind a name is not looked at.
        .find(|(name, _)| {
            let begin = word.get(..name.len());
            begin.is_some_and(|begin| name.eq_ignore_ascii_case(begin))
        })
        .map(|(_, value)| *value)
        .ok_or_else(|| {
            Problem::new(format!("unknown class `{word}`")).hint("such as EF, AF11, CS1")
        })
}

/// `-m dscp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dscp {
    /// The six bits.
    pub dscp: Neg<u8>,
}

const DSCP_OPTS: &[Opt] = &[
    Opt::new("dscp", 0).inv().not_with(&[1]),
    Opt::new("dscp-class", 1).inv().not_with(&[0]),
];

impl Ext for Dscp {
    fn options(_: Family) -> &'static [Opt] {
        DSCP_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.dscp = arg.neg(dscp(arg, arg.id == 1)?);
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if env.seen.0 == 0 {
            return Err(Problem::new("`-m dscp` needs a value").hint("--dscp or --dscp-class"));
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(out, " {}--dscp 0x{:02x}", self.dscp.mark(), self.dscp.value);
    }

    fn list(&self, _: Family, out: &mut String) {
        let _ = write!(
            out,
            " DSCP match {}0x{:02x}",
            self.dscp.bang(),
            self.dscp.value
        );
    }
}

/// `-j DSCP`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DscpTarget {
    /// The six bits.
    pub dscp: u8,
}

const DSCP_TARGET_OPTS: &[Opt] = &[
    Opt::new("set-dscp", 0).not_with(&[1]),
    Opt::new("set-dscp-class", 1).not_with(&[0]),
];

impl Ext for DscpTarget {
    fn options(_: Family) -> &'static [Opt] {
        DSCP_TARGET_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.dscp = dscp(arg, arg.id == 1)?;
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if env.seen.0 == 0 {
            return Err(Problem::new("`-j DSCP` needs a value").hint("--set-dscp 10"));
        }
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&["mangle"], hook::ALL)
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(out, " --set-dscp 0x{:02x}", self.dscp);
    }

    fn list(&self, _: Family, out: &mut String) {
        let _ = write!(out, " DSCP set 0x{:02x}", self.dscp);
    }
}
