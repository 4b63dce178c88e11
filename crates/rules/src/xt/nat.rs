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

    /// Writes the range behind `words`, if there is one.
    fn push_behind(&self, words: &str, push: fn(&Self, &mut String), out: &mut String) {
        if self.addr.is_some() || self.ports.is_some() {
            out.push_str(words);
            push(self, out);
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
        let (addrs, ports) = match word.split_once('[') {
            // One colon stands in front of ports, more of them in an IPv6 address.
            None => match word.split_once(':') {
                Some((addrs, ports)) if !ports.contains(':') => (addrs, Some(ports)),
                _ => (word, None),
            },
            Some(_) if arg.family == Family::V4 => {
                return Err(Problem::new("an IPv4 address stands in no brackets"));
            }
            Some((_, rest)) => match rest.split_once(']') {
                Some((addrs, tail)) => (addrs, tail.split_once(':').map(|tail| tail.1)),
                None => {
                    let problem = Problem::new("the bracket `[` is not closed");
                    return Err(problem.hint("[address]:port"));
                }
            },
        };
        if let Some(ports) = ports {
            self.parse_ports(ports, arg, shift)?;
            if addrs.is_empty() {
                return Ok(());
            }
        }
        let (first, last) = addrs.split_once('-').unwrap_or((addrs, addrs));
        let address = |word: &str| -> Read<IpAddr> {
            let found = word.parse::<IpAddr>().ok();
            let fits = |ip: &IpAddr| ip.is_ipv4() == (arg.family == Family::V4);
            found.filter(fits).ok_or_else(|| {
                Problem::new(format!(
                    "`{word}` is not an address of {}",
                    arg.family.tool()
                ))
                .hint("names are not looked up here, and no digit is left out")
            })
        };
        self.addr = Some(IpRange {
            first: address(first)?,
            last: address(last)?,
        });
        Ok(())
    }

    /// Reads `port[-port[/base]]` (libxt_NAT.c, `parse_ports`).
    fn parse_ports(&mut self, word: &str, arg: &Arg<'_>, shift: bool) -> Read<()> {
        let with_ports = [6, 17, 33, 132, 1];
        let portok = arg.proto.is_some_and(|p| with_ports.contains(&p.value));
        if !portok {
            return Err(Problem::new("a port needs a protocol that has ports")
                .hint("put -p tcp or -p udp in front"));
        }
        let fits = |found: Option<(u64, &'_ str)>| {
            found.and_then(|(n, rest)| Some((u16::try_from(n).ok()?, rest.to_owned())))
        };
        let Some((first, rest)) = fits(num::prefix(word)) else {
            // A service's name, and nothing behind it.
            let port = names::service(word, Transport::Any);
            let port = port.ok_or_else(|| Problem::new(format!("`{word}` is not a port")))?;
            self.ports = Some((port, port));
            return Ok(());
        };
        self.ports = Some((first, first));
        if rest.is_empty() {
            return Ok(());
        }
        let Some(behind) = rest.strip_prefix('-') else {
            return Err(Problem::new(format!("`{rest}` behind the port"))
                .hint("the first and the last port with a dash between them"));
        };
        let Some((last, rest)) = fits(num::prefix(behind)) else {
            return Err(
                Problem::new(format!("`{behind}` is not the number of a port"))
                    .hint("a range is two numbers with a dash between them"),
            );
        };
        if first > last {
            return Err(
                Problem::new(format!("the port range `{word}` is upside down"))
                    .hint(format!("write {last}-{first}")),
            );
        }
        self.ports = Some((first, last));
        match rest.strip_prefix('/') {
            None if rest.is_empty() => {}
            Some(base) if shift => {
                let number = fits(num::prefix(base)).map(|(n, _)| n).filter(|n| *n > 0);
                let port = number.or_else(|| names::service(base, Transport::Any));
                let problem = || Problem::new(format!("`{base}` is not a port to begin with"));
                self.base_port = Some(port.ok_or_else(problem)?);
            }
            _ => return Err(format!("`{rest}` behind the range of ports").into()),
        }
        Ok(())
    }
}

/// A target, the hooks where it may stand, its options, how the first of them
/// is read, what stands in front of the range where it is saved and listed, and
/// how the range is written.
macro_rules! nat_target {
    (
        $(#[$meta:meta])* $name:ident, $hooks:expr, $opts:expr,
        $read:expr, $saved:literal, $listed:literal, $push:expr
    ) => {
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
                    0 => $read(&mut self.range, arg)?,
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
                self.range.push_behind($saved, $push, out);
                self.range.push_flags("--", out);
            }

            fn list(&self, _: Family, out: &mut String) {
                self.range.push_behind($listed, $push, out);
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
    ],
    |range: &mut NatRange, arg| range.parse_to(arg, false),
    " --to-source ",
    " to:",
    NatRange::push_to
);

nat_target!(
    /// `-j DNAT`: another destination, from PREROUTING or OUTPUT on.
    Dnat,
    hook::PRE | hook::OUT,
    &[
        Opt::new("to-destination", 0).must(),
        Opt::new("random", 1).flag(),
        Opt::new("persistent", 3).flag(),
    ],
    |range: &mut NatRange, arg| range.parse_to(arg, true),
    " --to-destination ",
    " to:",
    NatRange::push_to
);

nat_target!(
    /// `-j MASQUERADE`: the leaving device's address as source.
    Masquerade,
    hook::POST,
    &[
        Opt::new("to-ports", 0),
        Opt::new("random", 1).flag(),
        Opt::new("random-fully", 2).flag(),
    ],
    |range: &mut NatRange, arg: &Arg<'_>| range.parse_ports(arg.text(), arg, false),
    " --to-ports ",
    " masq ports: ",
    NatRange::push_ports
);

nat_target!(
    /// `-j REDIRECT`: to this machine itself.
    Redirect,
    hook::PRE | hook::OUT,
    &[Opt::new("to-ports", 0), Opt::new("random", 1).flag()],
    |range: &mut NatRange, arg: &Arg<'_>| range.parse_ports(arg.text(), arg, false),
    " --to-ports ",
    " redir ports ",
    NatRange::push_ports
);
