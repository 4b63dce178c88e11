//! `-m cluster` (xt_cluster.c): which of several machines a connection is for.

use super::opt::{Arg, Env, Ext, Opt, Read};
use crate::addr::Family;
use crate::diag::Problem;
use std::fmt::Write as _;

/// Matches the share of one or more nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cluster {
    /// `--cluster-total-nodes`, 1 to 32.
    pub total: u32,
    /// The nodes that match, a bit for each.
    pub nodes: u32,
    /// `!` in front of them.
    pub inverted: bool,
    /// `--cluster-hash-seed`.
    pub seed: u32,
}

const OPTS: &[Opt] = &[
    Opt::new("cluster-total-nodes", 0).must(),
    Opt::new("cluster-local-node", 1).inv().not_with(&[2]),
    Opt::new("cluster-local-nodemask", 2).inv().not_with(&[1]),
    Opt::new("cluster-hash-seed", 3).must(),
];

impl Ext for Cluster {
    fn options(_: Family) -> &'static [Opt] {
        OPTS
    }

    fn new(_: Family) -> Self {
        Self::default()
    }

    fn set(&mut self, arg: &Arg<'_>) -> Read<()> {
        match arg.id {
            0 => self.total = arg.within(1, 32)? as u32,
            1 => {
                self.nodes = 1 << (arg.within(1, 32)? - 1);
                self.inverted = arg.inverted;
            }
            2 => {
                // iptables has the bounds of a number of nodes here, too.
                self.nodes = arg.within(1, 32)? as u32;
                self.inverted = arg.inverted;
            }
            _ => self.seed = arg.u32()?,
        }
        Ok(())
    }

    fn check(&mut self, env: &Env<'_>) -> Read<()> {
        if !env.seen.any(&[1, 2]) {
            return Err(
                Problem::new("`-m cluster` needs to know which node this is")
                    .hint("--cluster-local-node or --cluster-local-nodemask"),
            );
        }
        if u64::from(self.nodes) >= 1u64 << self.total {
            return Err(Problem::new("this node is not one of them")
                .hint(format!("there are {} in all", self.total)));
        }
        Ok(())
    }

    fn save(&self, _: Family, out: &mut String) {
        let not = if self.inverted { "! " } else { "" };
        let _ = write!(
            out,
            " {not}--cluster-local-nodemask 0x{:08x} --cluster-total-nodes {} --cluster-hash-seed 0x{:08x}",
            self.nodes, self.total, self.seed
        );
    }

    fn list(&self, _: Family, out: &mut String) {
        let not = if self.inverted { "!" } else { "" };
        let _ = write!(
            out,
            " cluster {not}node_mask=0x{:08x} total_nodes={} hash_seed=0x{:08x}",
            self.nodes, self.total, self.seed
        );
    }
}
