//! Options of extensions: the table that each has, and what one is given.

use crate::addr::{self, Family, MacAddr};
use crate::diag::Problem;
use crate::names::{self, Transport};
use crate::num;
use crate::rule::{IfaceMatch, Neg};
use crate::text::Word;
use std::net::IpAddr;

/// One option of an extension.
#[derive(Debug, Clone, Copy)]
pub struct Opt {
    /// Its long name, without the dashes.
    pub name: &'static str,
    /// Which one it is; two spellings of one option share the number.
    pub id: u8,
    /// How many arguments it takes.
    pub args: u8,
    /// Whether it may be given more than once.
    pub multi: bool,
    /// Whether `!` may stand in front of it.
    pub invert: bool,
    /// Whether the extension needs it.
    pub mandatory: bool,
    /// Bits of the options that it cannot stand beside.
    pub excl: u64,
    /// Bits of the options that have to stand beside it.
    pub also: u64,
}

impl Opt {
    /// An option with one argument, given at most once, not inverted.
    pub const fn new(name: &'static str, id: u8) -> Self {
        Self {
            name,
            id,
            args: 1,
            multi: false,
            invert: false,
            mandatory: false,
            excl: 0,
            also: 0,
        }
    }

    /// With another number of arguments.
    #[must_use]
    pub const fn args(mut self, args: u8) -> Self {
        self.args = args;
        self
    }

    /// Without an argument.
    #[must_use]
    pub const fn flag(self) -> Self {
        self.args(0)
    }

    /// One that `!` may stand in front of.
    #[must_use]
    pub const fn inv(mut self) -> Self {
        self.invert = true;
        self
    }

    /// One that may be given more than once.
    #[must_use]
    pub const fn multi(mut self) -> Self {
        self.multi = true;
        self
    }

    /// One that must be given.
    #[must_use]
    pub const fn must(mut self) -> Self {
        self.mandatory = true;
        self
    }

    /// One that cannot stand beside the options of these numbers.
    #[must_use]
    pub const fn not_with(mut self, ids: &[u8]) -> Self {
        self.excl |= bits(ids);
        self
    }

    /// One that needs the options of these numbers.
    #[must_use]
    pub const fn only_with(mut self, ids: &[u8]) -> Self {
        self.also |= bits(ids);
        self
    }
}

const fn bits(ids: &[u8]) -> u64 {
    let (mut bits, mut rest) = (0, ids);
    while let [id, others @ ..] = rest {
        bits |= 1 << *id;
        rest = others;
    }
    bits
}

/// The options that were given, by number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen(pub u64);

impl Seen {
    /// Whether this one was given.
    pub fn has(self, id: u8) -> bool {
        self.0 & (1 << id) != 0
    }

    /// Whether any of these was given.
    pub fn any(self, ids: &[u8]) -> bool {
        ids.iter().any(|id| self.has(*id))
    }

    /// Notes that it was given.
    pub fn add(&mut self, id: u8) {
        self.0 |= 1 << id;
    }
}

/// What an extension may know of the rule around it, once that is complete.
#[derive(Debug, Clone, Copy)]
pub struct Env<'a> {
    /// iptables or ip6tables.
    pub family: Family,
    /// The table's name.
    pub table: &'a str,
    /// `-p`.
    pub proto: Option<Neg<u8>>,
    /// The options of the extension that were given.
    pub seen: Seen,
    /// Whether its matches let only SYNs of TCP pass.
    pub syn_only: bool,
}

impl Env<'_> {
    /// Whether the rule asks for exactly this protocol.
    pub fn is_proto(&self, number: u8) -> bool {
        self.proto.is_some_and(|p| p.value == number && !p.inverted)
    }
}

/// One option as it was given.
#[derive(Debug, Clone, Copy)]
pub struct Arg<'a> {
    /// Which option, [`Opt::id`].
    pub id: u8,
    /// Its name.
    pub name: &'static str,
    /// iptables or ip6tables.
    pub family: Family,
    /// Whether `!` stood in front.
    pub inverted: bool,
    /// Its arguments, as many as [`Opt::args`] says.
    pub words: &'a [Word<'a>],
    /// `-p`, as far as it was given before the option.
    pub proto: Option<Neg<u8>>,
    /// The options of the extension that were given before.
    pub seen: Seen,
}

/// What an option's argument is read into, or why it cannot be.
pub type Read<T> = Result<T, Problem>;

impl<'a> Arg<'a> {
    /// The first argument; empty if it has none.
    pub fn text(&self) -> &'a str {
        self.word(0)
    }

    /// The nth argument, from 0; empty if there is none.
    pub fn word(&self, n: usize) -> &'a str {
        self.words.get(n).map_or("", |w| w.text.as_ref())
    }

    /// The value with the exclamation mark that stood in front of the option.
    pub fn neg<T>(&self, value: T) -> Neg<T> {
        Neg::new(value, self.inverted)
    }

    /// A number within bounds.
    ///
    /// # Errors
    /// No number, or out of bounds.
    pub fn within(&self, min: u64, max: u64) -> Read<u64> {
        let n = num::parse(self.text(), max)?;
        if n < min {
            return Err(Problem::new(format!("`{}` is too small", self.text()))
                .hint(format!("the range is {min} to {max}")));
        }
        Ok(n)
    }

    /// A number of 8 bits.
    ///
    /// # Errors
    /// No number, or too large.
    pub fn u8(&self) -> Read<u8> {
        Ok(u8::try_from(self.within(0, 255)?).unwrap_or(0))
    }

    /// A number of 16 bits.
    ///
    /// # Errors
    /// No number, or too large.
    pub fn u16(&self) -> Read<u16> {
        Ok(u16::try_from(self.within(0, 65535)?).unwrap_or(0))
    }

    /// A number of 32 bits.
    ///
    /// # Errors
    /// No number, or too large.
    pub fn u32(&self) -> Read<u32> {
        Ok(u32::try_from(self.within(0, u64::from(u32::MAX))?).unwrap_or(0))
    }

    /// A number of 64 bits.
    ///
    /// # Errors
    /// No number, or too large.
    pub fn u64(&self) -> Read<u64> {
        num::parse(self.text(), u64::MAX)
    }

    /// `value[/mask]`, 32 bits each.
    ///
    /// # Errors
    /// No numbers, or too large.
    pub fn mark(&self) -> Read<(u32, u32)> {
        let (value, mask) = num::value_mask(self.text(), u64::from(u32::MAX))?;
        Ok((
            u32::try_from(value).unwrap_or(0),
            u32::try_from(mask).unwrap_or(u32::MAX),
        ))
    }

    /// `low[:high]`, 32 bits each.
    ///
    /// # Errors
    /// No numbers, too large, or upside down.
    pub fn u32_range(&self) -> Read<(u32, u32)> {
        let (low, high) = self.range(u64::from(u32::MAX))?;
        Ok((
            u32::try_from(low).unwrap_or(0),
            u32::try_from(high).unwrap_or(u32::MAX),
        ))
    }

    /// `low[:high]` of at most `max`.
    ///
    /// # Errors
    /// No numbers, too large, or upside down.
    pub fn range(&self, max: u64) -> Read<(u64, u64)> {
        let (low, high) = num::range_or_zero(self.text(), max)?;
        if low > high {
            return Err(
                Problem::new(format!("the range `{}` is upside down", self.text()))
                    .hint(format!("write {high}:{low}")),
            );
        }
        Ok((low, high))
    }

    /// A port or the name of a service.
    ///
    /// # Errors
    /// Neither.
    pub fn port(&self, transport: Transport) -> Read<u16> {
        names::port(self.text(), transport)
    }

    /// An address as getaddrinfo() reads it.
    ///
    /// # Errors
    /// None, or of the other family.
    pub fn host(&self) -> Read<IpAddr> {
        addr::parse_host(self.text(), self.family)
    }

    /// An address as getaddrinfo() reads it, and a mask.
    ///
    /// # Errors
    /// Names the part that is wrong.
    pub fn host_network(&self) -> Read<(IpAddr, IpAddr)> {
        addr::parse_host_network(self.text(), self.family)
    }

    /// An Ethernet address.
    ///
    /// # Errors
    /// None.
    pub fn mac(&self) -> Read<MacAddr> {
        MacAddr::parse(self.text()).ok_or_else(|| {
            Problem::new(format!("`{}` is not an Ethernet address", self.text()))
                .hint("six hexadecimal numbers with colons between them")
        })
    }

    /// The beginning of the value, of at most so many bytes: what is longer is cut
    /// without a word, as libxtables' `xtopt_parse_string` leaves it.
    pub fn cut(&self, max: usize) -> Box<str> {
        let text = self.text();
        let mut end = text.len().min(max);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.get(..end).unwrap_or_default().into()
    }

    /// The name of a device, or the beginning of one.
    ///
    /// # Errors
    /// None, or one that is too long.
    pub fn iface(&self) -> Read<IfaceMatch> {
        Ok(IfaceMatch {
            name: iface_name(self.text())?.into(),
            inverted: self.inverted,
        })
    }
}

/// Checks the name of a device (libxtables, `xtables_parse_interface`).
///
/// # Errors
/// Longer than 15 bytes.
pub fn iface_name(name: &str) -> Read<&str> {
    if name.len() > 15 {
        return Err(Problem::new(format!(
            "the device name `{name}` is too long: {} bytes",
            name.len()
        ))
        .hint("names of devices have at most 15"));
    }
    Ok(name)
}

/// Hooks as bits, numbered as in `linux/netfilter.h`.
pub mod hook {
    /// PREROUTING
    pub const PRE: u8 = 0x01;
    /// INPUT
    pub const IN: u8 = 0x02;
    /// FORWARD
    pub const FWD: u8 = 0x04;
    /// OUTPUT
    pub const OUT: u8 = 0x08;
    /// POSTROUTING
    pub const POST: u8 = 0x10;
    /// Every one of them.
    pub const ALL: u8 = 0x1f;

    /// The bit of a built-in chain.
    pub fn of_chain(name: &str) -> Option<u8> {
        Some(match name {
            "PREROUTING" => PRE,
            "INPUT" => IN,
            "FORWARD" => FWD,
            "OUTPUT" => OUT,
            "POSTROUTING" => POST,
            _ => return None,
        })
    }

    /// The built-in chains of the bits.
    pub fn names(bits: u8) -> Vec<&'static str> {
        [
            (PRE, "PREROUTING"),
            (IN, "INPUT"),
            (FWD, "FORWARD"),
            (OUT, "OUTPUT"),
            (POST, "POSTROUTING"),
        ]
        .into_iter()
        .filter(|(bit, _)| bits & bit != 0)
        .map(|(_, name)| name)
        .collect()
    }
}

/// Where the kernel lets an extension stand.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Tables; empty for any.
    pub tables: &'static [&'static str],
    /// Hooks ([`hook`]) that its chain may be reached from.
    pub hooks: u8,
}

impl Place {
    /// Anywhere.
    pub const ANY: Self = Self {
        tables: &[],
        hooks: hook::ALL,
    };

    /// Only in these tables and at these hooks.
    pub const fn new(tables: &'static [&'static str], hooks: u8) -> Self {
        Self { tables, hooks }
    }
}

/// What an extension may know of the rule that is listed with names.
#[derive(Debug, Clone, Copy)]
pub struct Listed {
    /// iptables or ip6tables.
    pub family: Family,
    /// The number of `-p`, or 0.
    pub proto: u8,
}

/// What makes a struct an extension.
pub trait Ext: Sized {
    /// The options it has.
    fn options(family: Family) -> &'static [Opt];

    /// What it is before any option was given.
    fn new(family: Family) -> Self;

    /// Takes one option.
    ///
    /// # Errors
    /// An argument that cannot be.
    fn set(&mut self, arg: &Arg<'_>) -> Read<()>;

    /// Checks the whole, once every option was given.
    ///
    /// # Errors
    /// Options that are missing or do not go together.
    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        let _ = env;
        Ok(())
    }

    /// Where the kernel lets it stand.
    fn place(&self, family: Family) -> Place {
        let _ = family;
        Place::ANY
    }

    /// Prints its options as iptables-save does, each with a blank in front.
    fn save(&self, family: Family, out: &mut String);

    /// Prints it as `iptables -nL` does, with a blank in front.
    fn list(&self, family: Family, out: &mut String) {
        self.save(family, out);
    }

    /// Prints it as `iptables -L` does without `-n`, with a blank in front: names
    /// in the place of numbers, where there are any.
    fn list_named(&self, rule: Listed, out: &mut String) {
        self.list(rule.family, out);
    }
}
