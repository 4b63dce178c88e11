//! `-m multiport` (xt_multiport.c): a list of ports.

use super::opt::{Arg, Env, Ext, Listed, Opt, Read};
use super::ports::push_port;
use crate::addr::Family;
use crate::diag::Problem;
use crate::names::{self, Transport};
use crate::rule::Neg;
use std::fmt::Write as _;

/// Which port is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    /// `--sports`.
    Source,
    /// `--dports`.
    #[default]
    Destination,
    /// `--ports`: either.
    Either,
}

/// Matches if the port is one of the list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Multiport {
    /// Which port.
    pub which: Which,
    /// First and last port of each entry; at most 15 numbers in all.
    pub ports: Neg<Vec<(u16, u16)>>,
}

const OPTS: &[Opt] = &[
    Opt::new("source-ports", 0).inv().not_with(&[1, 2]),
    Opt::new("sports", 0).inv().not_with(&[1, 2]),
    Opt::new("destination-ports", 1).inv().not_with(&[0, 2]),
    Opt::new("dports", 1).inv().not_with(&[0, 2]),
    Opt::new("ports", 2).inv().not_with(&[0, 1]),
];

impl Multiport {
    fn name(&self) -> &'static str {
        match self.which {
            Which::Source => "sports",
            Which::Destination => "dports",
            Which::Either => "ports",
        }
    }

    fn push_ports(&self, out: &mut String) {
        for (at, (first, last)) in self.ports.value.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            Self::push_range(*first, *last, out);
        }
    }

    fn push_range(first: u16, last: u16, out: &mut String) {
        let _ = write!(out, "{first}");
        if first != last {
            let _ = write!(out, ":{last}");
        }
    }
}

fn no_protocol() -> Problem {
    Problem::new("`-m multiport` needs a protocol with ports")
        .hint("put -p tcp, udp, udplite, sctp or dccp in front of it")
}

impl Ext for Multiport {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.which = match arg.id {
            0 => Which::Source,
            1 => Which::Destination,
            _ => Which::Either,
        };
        let proto = arg.proto.filter(|proto| !proto.inverted);
        let transport = match proto.map(|proto| proto.value) {
            Some(17) => Transport::Udp,
            Some(6) => Transport::Tcp,
            Some(132) => Transport::Sctp,
            Some(33) => Transport::Dccp,
            Some(136) => Transport::Udplite,
            _ => return Err(no_protocol()),
        };
        let mut ports = Vec::new();
        let mut numbers = 0;
        for word in arg.text().split(',') {
            let (first, last) = word.split_once(':').unwrap_or((word, word));
            let (first, last) = (
                names::port(first, transport)?,
                names::port(last, transport)?,
            );
            if word.contains(':') && first >= last {
                return Err(
                    Problem::new(format!("the range `{word}` is upside down or empty"))
                        .hint("the lower port first"),
                );
            }
            numbers += if word.contains(':') { 2 } else { 1 };
            ports.push((first, last));
        }
        if numbers > 15 {
            return Err(Problem::new("too many ports").hint("at most 15; a range counts as two"));
        }
        self.ports = arg.neg(ports);
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        let fits = [6, 17, 33, 132, 136]
            .into_iter()
            .any(|proto| env.is_proto(proto));
        if !fits {
            return Err(no_protocol());
        }
        if env.seen.0 == 0 {
            return Err(
                Problem::new("`-m multiport` needs ports").hint("--sports, --dports or --ports")
            );
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(out, " {}--{} ", self.ports.mark(), self.name());
        self.push_ports(out);
    }

    fn list(&self, _: Family, out: &mut String) {
        let not = if self.ports.inverted { " !" } else { "" };
        let _ = write!(out, " multiport {} {not}", self.name());
        self.push_ports(out);
    }

    fn list_named(&self, rule: Listed, out: &mut String) {
        let not = if self.ports.inverted { " !" } else { "" };
        let _ = write!(out, " multiport {} {not}", self.name());
        let transport = Transport::of(rule.proto);
        for (at, (first, last)) in self.ports.value.iter().enumerate() {
            out.push_str(if at > 0 { "," } else { "" });
            match transport {
                Some(transport) => {
                    push_port(*first, transport, out);
                    if first != last {
                        out.push(':');
                        push_port(*last, transport, out);
                    }
                }
                None => Self::push_range(*first, *last, out),
            }
        }
    }
}
