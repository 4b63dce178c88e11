//! `-m socket` (xt_socket.c): is there a socket here for the packet?

use super::opt::{Arg, Ext, Opt, Place, Read, hook};
use crate::addr::Family;

/// Matches packets that a socket of this host waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Socket {
    /// `--transparent`: only sockets with `IP_TRANSPARENT`.
    pub transparent: bool,
    /// `--nowildcard`: sockets bound to any address count as well.
    pub nowildcard: bool,
    /// `--restore-skmark`: the packet takes the socket's mark.
    pub restore_skmark: bool,
}

const OPTS: &[Opt] = &[
    Opt::new("transparent", 0).flag(),
    Opt::new("nowildcard", 1).flag(),
    Opt::new("restore-skmark", 2).flag(),
];

impl Ext for Socket {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.transparent = true,
            1 => self.nowildcard = true,
            _ => self.restore_skmark = true,
        }
        Ok(())
    }

    fn place(&self, _: Family) -> Place {
        Place::new(&[], hook::PRE | hook::IN)
    }

    fn save(&self, _: Family, out: &mut String) {
        let flags = [self.transparent, self.nowildcard, self.restore_skmark];
        for (option, _) in OPTS.iter().zip(flags).filter(|(_, given)| *given) {
            out.push_str(" --");
            out.push_str(option.name);
        }
    }

    fn list(&self, family: Family, out: &mut String) {
        out.push_str(" socket");
        self.save(family, out);
    }
}
