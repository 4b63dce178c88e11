//! `-m udp` and `-m udplite` (xt_tcpudp.c, `udp_mt`).

use super::opt::{Arg, Env, Ext, Listed, Opt, Read};
use super::ports::PortRange;
use crate::addr::Family;
use crate::diag::Problem;
use crate::names::Transport;
use crate::rule::Neg;

/// What the UDP header must have. `None` asks nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Udp {
    /// `--sport`.
    pub sport: Option<Neg<PortRange>>,
    /// `--dport`.
    pub dport: Option<Neg<PortRange>>,
}

const OPTS: &[Opt] = &[
    Opt::new("source-port", 0).inv(),
    Opt::new("sport", 0).inv(),
    Opt::new("destination-port", 1).inv(),
    Opt::new("dport", 1).inv(),
];

impl Ext for Udp {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        let range = Some(PortRange::parse_any(arg)?);
        match arg.id {
            0 => self.sport = range,
            _ => self.dport = range,
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if !env.is_proto(17) {
            return Err(Problem::new("`-m udp` needs `-p udp`").hint("add -p udp to the rule"));
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        PortRange::push_save(&self.sport, "--sport", out);
        PortRange::push_save(&self.dport, "--dport", out);
    }

    fn list(&self, _: Family, out: &mut String) {
        out.push_str(" udp");
        PortRange::push_list(&self.sport, "spt", out);
        PortRange::push_list(&self.dport, "dpt", out);
    }

    fn list_named(&self, _: Listed, out: &mut String) {
        out.push_str(" udp");
        PortRange::push_named(&self.sport, "spt", Transport::Udp, out);
        PortRange::push_named(&self.dport, "dpt", Transport::Udp, out);
    }
}
