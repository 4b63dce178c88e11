//! `-m tcp` (xt_tcpudp.c, `tcp_mt`).

use super::opt::{Arg, Env, Ext, Listed, Opt, Read};
use super::ports::PortRange;
use crate::addr::Family;
use crate::diag::Problem;
use crate::names::Transport;
use crate::rule::Neg;
use std::fmt::Write as _;

/// What the TCP header must have. `None` asks nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tcp {
    /// `--sport`.
    pub sport: Option<Neg<PortRange>>,
    /// `--dport`.
    pub dport: Option<Neg<PortRange>>,
    /// `--tcp-flags`, `--syn`.
    pub flags: Option<Neg<TcpFlags>>,
    /// `--tcp-option`: the number of an option that must be there.
    pub option: Option<Neg<u8>>,
}

/// Which flags to look at, and which of them must be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TcpFlags {
    /// Bits looked at: FIN 0x01, SYN 0x02, RST 0x04, PSH 0x08, ACK 0x10, URG 0x20.
    pub mask: u8,
    /// Those of them that must be set; the others must not.
    pub comp: u8,
}

/// Names of the flags in the order iptables prints them.
pub const FLAG_NAMES: [(&str, u8); 6] = [
    ("FIN", 0x01),
    ("SYN", 0x02),
    ("RST", 0x04),
    ("PSH", 0x08),
    ("ACK", 0x10),
    ("URG", 0x20),
];

const OPTS: &[Opt] = &[
    Opt::new("source-port", 0).inv(),
    Opt::new("sport", 0).inv(),
    Opt::new("destination-port", 1).inv(),
    Opt::new("dport", 1).inv(),
    Opt::new("syn", 2).flag().inv(),
    Opt::new("tcp-flags", 2).args(2).inv(),
    Opt::new("tcp-option", 3).inv(),
];

impl Tcp {
    /// Whether only segments with SYN match (xt_TCPMSS.c, `find_syn_match`).
    pub fn is_syn_only(&self) -> bool {
        let syn = FLAG_NAMES.iter().find(|(name, _)| *name == "SYN");
        self.flags
            .is_some_and(|f| !f.inverted && syn.is_some_and(|(_, bit)| f.value.comp & bit != 0))
    }
}

impl Tcp {
    fn push_option(&self, out: &mut String) {
        if let Some(option) = self.option.filter(|o| o.value != 0 || o.inverted) {
            let _ = write!(out, " option={}{}", option.bang(), option.value);
        }
    }
}

impl Ext for Tcp {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.sport = Some(PortRange::parse(arg, Transport::Tcp)?),
            1 => self.dport = Some(PortRange::parse(arg, Transport::Tcp)?),
            2 if arg.words.is_empty() => {
                self.flags = Some(arg.neg(TcpFlags {
                    mask: 0x17,
                    comp: 0x02,
                }));
            }
            2 => {
                let (mask, comp) = (flags(arg.word(0))?, flags(arg.word(1))?);
                self.flags = Some(arg.neg(TcpFlags { mask, comp }));
            }
            _ => {
                let number = arg.within(1, 255)?;
                self.option = Some(arg.neg(u8::try_from(number).unwrap_or(0)));
            }
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if !env.is_proto(6) {
            return Err(Problem::new("`-m tcp` needs `-p tcp`").hint("add -p tcp to the rule"));
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        PortRange::push_save(&self.sport, "--sport", out);
        PortRange::push_save(&self.dport, "--dport", out);
        if let Some(option) = self.option.filter(|o| o.value != 0 || o.inverted) {
            let _ = write!(out, " {}--tcp-option {}", option.mark(), option.value);
        }
        if let Some(flags) = self.flags.filter(|f| f.value.mask != 0 || f.inverted) {
            let _ = write!(out, " {}--tcp-flags ", flags.mark());
            push_flags(flags.value.mask, out);
            out.push(' ');
            push_flags(flags.value.comp, out);
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" tcp");
        PortRange::push_list(&self.sport, "spt", out);
        PortRange::push_list(&self.dport, "dpt", out);
        self.push_option(out);
        if let Some(flags) = self.flags.filter(|f| f.value.mask != 0 || f.inverted) {
            let TcpFlags { mask, comp } = flags.value;
            let _ = write!(out, " flags:{}0x{mask:02X}/0x{comp:02X}", flags.bang());
        }
    }

    fn list_named(&self, _: Listed, out: &mut String) {
        out.push_str(" tcp");
        PortRange::push_named(&self.sport, "spt", Transport::Tcp, out);
        PortRange::push_named(&self.dport, "dpt", Transport::Tcp, out);
        self.push_option(out);
        if let Some(flags) = self.flags.filter(|f| f.value.mask != 0 || f.inverted) {
            let _ = write!(out, " flags:{}", flags.bang());
            push_flags(flags.value.mask, out);
            out.push('/');
            push_flags(flags.value.comp, out);
        }
    }
}

/// Reads a comma-separated list of flags.
fn flags(word: &str) -> Read<u8> {
    let mut bits = 0;
    for name in word.split(',').filter(|n| !n.is_empty()) {
        let upper = name.to_ascii_uppercase();
        bits |= match upper.as_str() {
            "ALL" => 0x3f,
            "NONE" => 0,
            upper => match FLAG_NAMES.iter().find(|(n, _)| *n == upper) {
                Some((_, bit)) => *bit,
                None => {
                    return Err(Problem::new(format!("unknown TCP flag `{name}`"))
                        .hint("SYN, ACK, FIN, RST, URG, PSH, ALL or NONE"));
                }
            },
        };
    }
    Ok(bits)
}

fn push_flags(bits: u8, out: &mut String) {
    if bits == 0 {
        out.push_str("NONE");
        return;
    }
    let names = FLAG_NAMES.iter().filter(|(_, bit)| bits & bit != 0);
    for (i, (name, _)) in names.enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str(name);
    }
}
