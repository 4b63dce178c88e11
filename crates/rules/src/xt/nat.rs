//! `-j SNAT`, `DNAT`, `MASQUERADE`, `REDIRECT` (xt_nat.c, xt_MASQUERADE.c,
//! xt_REDIRECT.c).

use super::opt::{Arg, Ext, Opt, Place, Read, hook};
use crate::addr::{Family, IpRange};
use crate::diag::Problem;
use crate::names::{self, Transport};
use crate::num;
use std::fmt::Write as _;
use std::net::IpAddr;

/// Where to translate to (`struct nf_nat_range2`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NatRange {
    /// Addresses; `None` leaves the address.
    pub addr: Option<IpRange>,
    /// Ports, or ICMP identifiers: the first and the last.
    pub ports: Option<(u16, u16)>,
    /// DNAT: the port that stands for the first of them, so that the others
    /// are shifted along with it.
    pub base_port: Option<u16>,
    /// `--random`.
    pub random: bool,
    /// `--random-fully`.
    pub random_fully: bool,
    /// `--persistent`.
    pub persistent: bool,
}

impl NatRange {
    fn push_to(&self, out: &mut String) {
        if let Some(range) = self.addr {
            let v6 = range.first.is_ipv6() && self.ports.is_some();
            out.push_str(if v6 { "[" } else { "" });
            let _ = write!(out, "{range}");
            out.push_str(if v6 { "]" } else { "" });
        }
        if self.ports.is_some() {
            out.push(':');
            self.push_ports(out);
        }
    }

    fn push_ports(&self, out: &mut String) {
        if let Some((first, last)) = self.ports {
            let _ = write!(out, "{first}");
            if first != last {
                let _ = write!(out, "-{last}");
            }
            if let Some(base) = self.base_port {
                let _ = write!(out, "/{base}");
            }
        }
    }

    fn push_flags(&self, dashes: &str, out: &mut String) {
        for (on, name) in [
            (self.random, "random"),
            (self.random_fully, "random-fully"),
            (self.persistent, "persistent"),
        ] {
            if on {
                let _ = write!(out, " {dashes}{name}");
            }
        }
    }

    /// Reads `[addr[-addr]][:port[-port[/base]]]`.
    fn parse_to(&mut self, arg: &Arg<'_>, shift: bool) -> Read<()> {
        let word = arg.text();
        let (addrs, ports) = match arg.family {
            Family::V4 => match word.split_once(':') {
                Some((addrs, ports)) => (addrs, Some(ports)),
                None => (word, None),
            },
            Family::V6 => match word.strip_prefix('[') {
                Some(rest) => match rest.split_once(']') {
                    Some((addrs, "")) => (addrs, None),
                    Some((addrs, tail)) => match tail.strip_prefix(':') {
                        Some(ports) => (addrs, Some(ports)),
                        None => return Err(format!("`{tail}` behind the address").into()),
                    },
                    None => {
                        return Err(
                            Problem::new("the bracket `[` is not closed").hint("[address]:port")
                        );
                    }
                },
                None => match word.strip_prefix(':').filter(|r| !r.contains(':')) {
                    Some(ports) => ("", Some(ports)),
                    None => (word, None),
                },
            },
        };
        if let Some(ports) = ports {
            self.parse_ports(ports, arg, shift)?;
        }
        if !addrs.is_empty() {
            let (first, last) = addrs.split_once('-').unwrap_or((addrs, addrs));
            let first: IpAddr = arg.family.address(first)?;
            let last = arg.family.address(last)?;
            self.addr = Some(IpRange { first, last });
        } else if ports.is_none() {
            return Err("an address or a port is missing".into());
        }
        Ok(())
    }

    /// Reads `port[-port[/base]]`.
    fn parse_ports(&mut self, word: &str, arg: &Arg<'_>, shift: bool) -> Read<()> {
        let with_ports = [6, 17, 33, 132, 1, 58];
        let portok = arg.proto.is_some_and(|p| with_ports.contains(&p.value));
        if !portok {
            return Err(Problem::new("a port needs a protocol that has ports")
                .hint("put -p tcp or -p udp in front"));
        }
        let (range, base) = match word.split_once('/') {
            Some((range, base)) if shift => (range, Some(base)),
            _ => (word, None),
        };
        let port = |word: &str| match num::parse(word, 65535) {
            Ok(port) => Ok(u16::try_from(port).unwrap_or(0)),
            Err(_) => names::port(word, Transport::Any),
        };
        // A service's name may hold a dash itself.
        let (first, last) = match port(range) {
            Ok(only) => (only, only),
            Err(problem) => match range.split_once('-') {
                Some((first, last)) => (port(first)?, port(last)?),
                None if range.contains(':') => {
                    return Err(Problem::new(format!("`{range}` is not a range of ports"))
                        .hint("the first and the last with a dash between them"));
                }
                None => return Err(problem),
            },
        };
        if first > last {
            return Err(
                Problem::new(format!("the port range `{range}` is upside down"))
                    .hint(format!("write {last}-{first}")),
            );
        }
        self.ports = Some((first, last));
        self.base_port = base.map(port).transpose()?;
        Ok(())
    }
}

macro_rules! nat_target {
    ($(#[$meta:meta])* $name:ident, $hooks:expr, $opts:expr) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $name {
            /// Where to.
            pub range: NatRange,
        }

        impl Ext for $name {
            fn options(_: Family) -> &'static [Opt] {
                const OPTS: &[Opt] = $opts;
                OPTS
            }

            fn new(_: Family) -> Self {
                Self::default()
            }

            fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
                match arg.id {
                    0 => self.set_to(arg)?,
                    1 => self.range.random = true,
                    2 => self.range.random_fully = true,
                    _ => self.range.persistent = true,
                }
                Ok(())
            }

            fn place(&self, _: Family) -> Place {
                Place::new(&["nat"], $hooks)
            }

            fn save(&self, _: Family, out: &mut String) {
                self.push_save(out);
                self.range.push_flags("--", out);
            }

            fn list(&self, _: Family, out: &mut String) {
                self.push_list(out);
                self.range.push_flags("", out);
            }
        }
    };
}

nat_target!(
    /// `-j SNAT`: another source, from POSTROUTING or INPUT on.
    Snat,
    hook::POST | hook::IN,
    &[
        Opt::new("to-source", 0).must(),
        Opt::new("random", 1).flag(),
        Opt::new("random-fully", 2).flag(),
        Opt::new("persistent", 3).flag(),
    ]
);

nat_target!(
    /// `-j DNAT`: another destination, from PREROUTING or OUTPUT on.
    Dnat,
    hook::PRE | hook::OUT,
    &[
        Opt::new("to-destination", 0).must(),
        Opt::new("random", 1).flag(),
        Opt::new("persistent", 3).flag(),
    ]
);

nat_target!(
    /// `-j MASQUERADE`: the leaving device's address as source.
    Masquerade,
    hook::POST,
    &[
        Opt::new("to-ports", 0),
        Opt::new("random", 1).flag(),
        Opt::new("random-fully", 2).flag(),
    ]
);

nat_target!(
    /// `-j REDIRECT`: to this machine itself.
    Redirect,
    hook::PRE | hook::OUT,
    &[Opt::new("to-ports", 0), Opt::new("random", 1).flag()]
);

impl Snat {
    fn set_to(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.range.parse_to(arg, false)
    }

    fn push_save(&self, out: &mut String) {
        out.push_str(" --to-source ");
        self.range.push_to(out);
    }

    fn push_list(&self, out: &mut String) {
        out.push_str(" to:");
        self.range.push_to(out);
    }
}

impl Dnat {
    fn set_to(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.range.parse_to(arg, true)
    }

    fn push_save(&self, out: &mut String) {
        out.push_str(" --to-destination ");
        self.range.push_to(out);
    }

    fn push_list(&self, out: &mut String) {
        out.push_str(" to:");
        self.range.push_to(out);
    }
}

impl Masquerade {
    fn set_to(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.range.parse_ports(arg.text(), arg, false)
    }

    fn push_save(&self, out: &mut String) {
        if self.range.ports.is_some() {
            out.push_str(" --to-ports ");
            self.range.push_ports(out);
        }
    }

    fn push_list(&self, out: &mut String) {
        if self.range.ports.is_some() {
            out.push_str(" masq ports: ");
            self.range.push_ports(out);
        }
    }
}

impl Redirect {
    fn set_to(&mut self, arg: &Arg<'_>) -> Read<()> {
        self.range.parse_ports(arg.text(), arg, false)
    }

    fn push_save(&self, out: &mut String) {
        if self.range.ports.is_some() {
            out.push_str(" --to-ports ");
            self.range.push_ports(out);
        }
    }

    fn push_list(&self, out: &mut String) {
        if self.range.ports.is_some() {
            out.push_str(" redir ports ");
            self.range.push_ports(out);
        }
    }
}
