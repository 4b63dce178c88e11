//! `-m dccp` (xt_dccp.c).

use super::opt::{Arg, Env, Ext, Listed, Opt, Read};
use super::ports::PortRange;
use super::sctp::push_ports;
use crate::addr::Family;
use crate::diag::{Problem, nearest};
use crate::names::Transport;
use crate::rule::Neg;
use std::fmt::Write as _;

/// What the DCCP header must have. `None` asks nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dccp {
    /// `--sport`.
    pub sport: Option<Neg<PortRange>>,
    /// `--dport`.
    pub dport: Option<Neg<PortRange>>,
    /// `--dccp-types`: a bit for each.
    pub types: Option<Neg<u16>>,
    /// `--dccp-option`.
    pub option: Option<Neg<u8>>,
}

/// Types by number (RFC 4340); those from 10 on are `INVALID`.
const TYPES: [&str; 11] = [
    "REQUEST", "RESPONSE", "DATA", "ACK", "DATAACK", "CLOSEREQ", "CLOSE", "RESET", "SYNC",
    "SYNCACK", "INVALID",
];
/// The bits of the types that there are none of.
const INVALID: u16 = 0xfc00;

const OPTS: &[Opt] = &[
    Opt::new("source-port", 0).inv(),
    Opt::new("sport", 0).inv(),
    Opt::new("destination-port", 1).inv(),
    Opt::new("dport", 1).inv(),
    Opt::new("dccp-types", 2).inv(),
    Opt::new("dccp-option", 3).inv(),
];

fn types(list: &str) -> Read<u16> {
    let mut bits = 0;
    // As strtok() divides a list: nothing between commas is no member.
    for word in list.split(',').filter(|word| !word.is_empty()) {
        let upper = word.to_ascii_uppercase();
        bits |= match TYPES.iter().position(|name| *name == upper) {
            Some(10) => INVALID,
            Some(at) => 1 << at,
            None => {
                let problem = Problem::new(format!("unknown type `{word}`"));
                return Err(match nearest(&upper, TYPES.into_iter()) {
                    Some(near) => problem.hint(format!("did you mean `{near}`?")),
                    None => problem.hint(TYPES.join(", ")),
                });
            }
        };
    }
    Ok(bits)
}

/// The names of the types in a set, with commas between.
fn type_names(bits: u16) -> String {
    let names: Vec<&str> = TYPES
        .into_iter()
        .enumerate()
        .filter(|(n, _)| bits & (1 << n) != 0)
        .map(|(_, name)| name)
        .collect();
    names.join(",")
}

impl Ext for Dccp {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.sport = Some(PortRange::parse_any(arg)?),
            1 => self.dport = Some(PortRange::parse_any(arg)?),
            2 => self.types = Some(arg.neg(types(arg.text())?)),
            _ => self.option = Some(arg.neg(arg.within(1, 255)? as u8)),
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if !env.is_proto(33) {
            return Err(Problem::new("`-m dccp` needs `-p dccp`").hint("add -p dccp to the rule"));
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        push_ports(&self.sport, "--sport", out);
        push_ports(&self.dport, "--dport", out);
        if let Some(types) = self.types {
            let names = type_names(types.value);
            let _ = write!(out, " {}--dccp-types {names}", types.mark());
        }
        if let Some(option) = self.option {
            let _ = write!(out, " {}--dccp-option {}", option.mark(), option.value);
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" dccp");
        PortRange::push_list(&self.sport, "spt", out);
        PortRange::push_list(&self.dport, "dpt", out);
        if let Some(types) = self.types {
            let numbers: Vec<String> = (0..16)
                .filter(|n| types.value & (1 << n) != 0)
                .map(|n| n.to_string())
                .collect();
            let _ = write!(out, " {}{}", types.mark(), numbers.join(","));
        }
        if let Some(option) = self.option {
            let _ = write!(out, " option={}{}", option.bang(), option.value);
        }
    }

    fn list_named(&self, _: Listed, out: &mut String) {
        out.push_str(" dccp");
        PortRange::push_named(&self.sport, "spt", Transport::Dccp, out);
        PortRange::push_named(&self.dport, "dpt", Transport::Dccp, out);
        if let Some(types) = self.types {
            let _ = write!(out, " {}{}", types.mark(), type_names(types.value));
        }
        if let Some(option) = self.option {
            let _ = write!(out, " option={}{}", option.bang(), option.value);
        }
    }
}
