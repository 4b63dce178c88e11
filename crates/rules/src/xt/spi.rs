//! `-m ah`, `-m esp` and `-m ipcomp` (ipt_ah.c, ip6t_ah.c, xt_esp.c,
//! xt_ipcomp.c): the index that IPsec finds its keys by.

use super::opt::{Arg, Env, Ext, Opt, Read};
use crate::addr::Family;
use crate::diag::Problem;
use crate::num;
use crate::rule::Neg;
use std::fmt::Write as _;

/// Lowest and highest index. They may be the wrong way round, and fit nothing
/// then.
pub type Spis = Neg<(u32, u32)>;

const ALL: (u32, u32) = (0, u32::MAX);

fn parse(arg: &Arg<'_>) -> Read<Spis> {
    let (low, high) = num::range_or_zero(arg.text(), u64::from(u32::MAX))?;
    Ok(arg.neg((low as u32, high as u32)))
}

fn push_save(spis: Spis, option: &str, out: &mut String) {
    let (low, high) = spis.value;
    if spis.value == ALL {
        return;
    }
    let _ = write!(out, " {}{option} {low}", spis.mark());
    if low != high {
        let _ = write!(out, ":{high}");
    }
}

fn push_list(spis: Spis, out: &mut String) {
    let (low, high) = spis.value;
    if spis.value == ALL && !spis.inverted {
        return;
    }
    let bang = spis.bang();
    if low == high {
        let _ = write!(out, "spi:{bang}{low}");
    } else {
        let _ = write!(out, "spis:{bang}{low}:{high}");
    }
}

fn needs(env: &Env<'_>, number: u8, name: &str) -> Read<()> {
    if env.is_proto(number) {
        return Ok(());
    }
    Err(Problem::new(format!("`-m {name}` needs `-p {name}`"))
        .hint(format!("add -p {name} to the rule")))
}

/// Matches authentication headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ah {
    /// `--ahspi`.
    pub spi: Spis,
    /// `--ahlen` (IPv6): length of the header; 0 for any.
    pub length: Neg<u32>,
    /// `--ahres` (IPv6): the reserved field holds something.
    pub reserved: bool,
}

const AH_OPTS: &[Opt] = &[Opt::new("ahspi", 0).inv()];
const AH6_OPTS: &[Opt] = &[
    Opt::new("ahspi", 0).inv(),
    Opt::new("ahlen", 1).inv(),
    Opt::new("ahres", 2).flag(),
];

impl Ext for Ah {
    fn options(family: Family) -> &'static [Opt] {
        match family {
            Family::V4 | Family::Arp => AH_OPTS,
            Family::V6 => AH6_OPTS,
        }
    }

    fn new(_: Family) -> Self {
        Self {
            spi: Neg::new(ALL, false),
            length: Neg::default(),
            reserved: false,
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.spi = parse(arg)?,
            1 => self.length = arg.neg(arg.u32()?),
            _ => self.reserved = true,
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        match env.family {
            Family::V4 | Family::Arp => needs(env, 51, "ah"),
            // There the header is looked for whatever -p says.
            Family::V6 => Ok(()),
        }
    }

    fn save(&self, _: Family, out: &mut String) {
        push_save(self.spi, "--ahspi", out);
        if self.length.value != 0 || self.length.inverted {
            let _ = write!(out, " {}--ahlen {}", self.length.mark(), self.length.value);
        }
        if self.reserved {
            out.push_str(" --ahres");
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" ah ");
        push_list(self.spi, out);
        if self.length.value != 0 || self.length.inverted {
            let _ = write!(out, "length:{}{}", self.length.bang(), self.length.value);
        }
        if self.reserved {
            out.push_str(" reserved");
        }
    }
}

/// Matches encapsulated packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Esp {
    /// `--espspi`.
    pub spi: Spis,
}

const ESP_OPTS: &[Opt] = &[Opt::new("espspi", 0).inv()];

impl Ext for Esp {
    fn options(_: Family) -> &'static [Opt] {
        ESP_OPTS
    }

    fn new(_: Family) -> Self {
        Self {
            spi: Neg::new(ALL, false),
        }
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.spi = parse(arg)?;
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        needs(env, 50, "esp")
    }

    fn save(&self, _: Family, out: &mut String) {
        push_save(self.spi, "--espspi", out);
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" esp");
        let mut text = String::new();
        push_list(self.spi, &mut text);
        if !text.is_empty() {
            let _ = write!(out, " {text}");
        }
    }
}

/// Matches compressed packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ipcomp {
    /// `--ipcompspi`; 0 unless it is given.
    pub spi: Spis,
    /// `--compres`: the reserved field holds something.
    pub reserved: bool,
}

const IPCOMP_OPTS: &[Opt] = &[
    Opt::new("ipcompspi", 0).inv(),
    Opt::new("compres", 1).flag(),
];

impl Ext for Ipcomp {
    fn options(_: Family) -> &'static [Opt] {
        IPCOMP_OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.spi = parse(arg)?,
            _ => self.reserved = true,
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        needs(env, 108, "ipcomp")
    }

    fn save(&self, _: Family, out: &mut String) {
        push_save(self.spi, "--ipcompspi", out);
        if self.reserved {
            out.push_str(" --compres");
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" comp ");
        push_list(self.spi, out);
        if self.reserved {
            out.push_str(" reserved");
        }
    }
}
