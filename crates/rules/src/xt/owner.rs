//! `-m owner` (xt_owner.c): whose socket sent the packet.

use super::opt::{Arg, Env, Ext, Listed, Opt, Place, Read, hook};
use crate::addr::Family;
use crate::diag::Problem;
use crate::names;
use crate::num;
use crate::rule::Neg;
use std::fmt::Write as _;

/// Matches packets of these users' sockets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Owner {
    /// `--uid-owner`, first and last.
    pub uid: Option<Neg<(u32, u32)>>,
    /// `--gid-owner`, first and last.
    pub gid: Option<Neg<(u32, u32)>>,
    /// `--socket-exists`.
    pub socket: Option<Neg<()>>,
    /// `--suppl-groups`.
    pub suppl_groups: bool,
}

const OPTS: &[Opt] = &[
    Opt::new("uid-owner", 0).inv(),
    Opt::new("gid-owner", 1).inv(),
    Opt::new("socket-exists", 2).flag().inv(),
    Opt::new("suppl-groups", 3).flag(),
];

fn push(range: &Option<Neg<(u32, u32)>>, name: &str, out: &mut String) {
    if let Some(range) = range {
        let (low, high) = range.value;
        let _ = write!(out, " {}{name} {low}", range.mark());
        if low != high {
            let _ = write!(out, "-{high}");
        }
    }
}

/// Reads a name, a number or a range of numbers.
fn ids(arg: &Arg<'_>, named: fn(&str) -> Option<u32>) -> Read<(u32, u32)> {
    let word = arg.text();
    if let Some(id) = named(word) {
        return Ok((id, id));
    }
    // The largest number means nobody.
    let number = |text| num::parse(text, u64::from(u32::MAX) - 1);
    let (low, high) = word.split_once(['-', ':']).unwrap_or((word, word));
    let (low, high) = (number(low)?, number(high)?);
    if low > high {
        return Err(Problem::new(format!("the range `{word}` is upside down"))
            .hint(format!("write {high}-{low}")));
    }
    let narrow = |id| u32::try_from(id).unwrap_or(u32::MAX);
    Ok((narrow(low), narrow(high)))
}

/// The same with the name of a single one.
fn push_named(
    range: &Option<Neg<(u32, u32)>>,
    name: &str,
    find: fn(u32) -> Option<&'static str>,
    out: &mut String,
) {
    let single = range.filter(|range| range.value.0 == range.value.1);
    match single.and_then(|range| Some((range, find(range.value.0)?))) {
        Some((range, found)) => {
            let _ = write!(out, " {}{name} {found}", range.mark());
        }
        None => push(range, name, out),
    }
}

impl Ext for Owner {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.uid = Some(arg.neg(ids(arg, names::user)?)),
            1 => self.gid = Some(arg.neg(ids(arg, names::group)?)),
            2 => self.socket = Some(arg.neg(())),
            _ if self.gid.is_none() => {
                return Err(Problem::new("there is no group yet")
                    .hint("--gid-owner has to stand in front of it"));
            }
            _ => self.suppl_groups = true,
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if env.seen.0 == 0 {
            return Err(Problem::new("`-m owner` needs an owner")
                .hint("--uid-owner, --gid-owner or --socket-exists"));
        }
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&[], hook::OUT | hook::POST)
    }

    fn save(&self, _: Family, out: &mut String) {
        if let Some(socket) = &self.socket {
            let _ = write!(out, " {}--socket-exists", socket.mark());
        }
        push(&self.uid, "--uid-owner", out);
        push(&self.gid, "--gid-owner", out);
        if self.suppl_groups {
            out.push_str(" --suppl-groups");
        }
    }

    fn list(&self, _: Family, out: &mut String) {
        if let Some(socket) = &self.socket {
            let _ = write!(out, " {}owner socket exists", socket.mark());
        }
        push(&self.uid, "owner UID match", out);
        push(&self.gid, "owner GID match", out);
        if self.suppl_groups {
            out.push_str(" incl. suppl. groups");
        }
    }

    fn list_named(&self, _: Listed, out: &mut String) {
        if let Some(socket) = &self.socket {
            let _ = write!(out, " {}owner socket exists", socket.mark());
        }
        push_named(&self.uid, "owner UID match", names::user_name, out);
        push_named(&self.gid, "owner GID match", names::group_name, out);
        if self.suppl_groups {
            out.push_str(" incl. suppl. groups");
        }
    }
}
