//! `-m pkttype` (xt_pkttype.c): to whom the frame was addressed.

use super::opt::{Arg, Ext, Opt, Read};
use crate::addr::Family;
use crate::diag::Problem;
use crate::rule::Neg;
use std::fmt::Write as _;

/// Matches frames addressed that way (`PACKET_*`: 0 unicast, 1 broadcast,
/// 2 multicast, 3 to another host).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PktType {
    /// `--pkt-type`.
    pub kind: Neg<u8>,
}

const OPTS: &[Opt] = &[Opt::new("pkt-type", 0).inv().must()];
const NAMES: [&str; 4] = ["unicast", "broadcast", "multicast", "otherhost"];

impl PktType {
    fn name(self) -> &'static str {
        NAMES
            .get(usize::from(self.kind.value))
            .copied()
            .unwrap_or("")
    }
}

impl Ext for PktType {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        let kind = match arg.text().to_ascii_lowercase().as_str() {
            "unicast" | "host" => 0,
            "broadcast" | "bcast" => 1,
            "multicast" | "mcast" => 2,
            "otherhost" => 3,
            other => {
                return Err(Problem::new(format!("unknown packet type `{other}`"))
                    .hint("unicast, broadcast, multicast or otherhost"));
            }
        };
        self.kind = arg.neg(kind);
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let _ = write!(out, " {}--pkt-type {}", self.kind.mark(), self.name());
    }

    fn list(&self, _: Family, out: &mut String) {
        let not = if self.kind.inverted { "!" } else { "" };
        let _ = write!(out, " PKTTYPE {not}= {}", self.name());
    }
}
