//! Netfilter: hooks sorted by priority, and what is registered at them.
//!
//! Kernel: net/netfilter/core.c. Native nftables rules are not modelled.

pub mod ebtables;
pub mod evaluate;
pub mod hooks;
pub mod matches;
pub mod sets;
pub mod tables;
pub mod targets;

use crate::walk::{Family, Hook};
use crate::world::{DevId, SockId};

pub use hooks::{HookEntry, HookFn, HookTable};

/// Where netfilter is asked, and between which devices
/// (`struct nf_hook_state`).
#[derive(Clone, Copy, Debug)]
pub struct HookState {
    /// Family.
    pub family: Family,
    /// Hook.
    pub hook: Hook,
    /// Input device.
    pub input: Option<DevId>,
    /// Output device.
    pub output: Option<DevId>,
    /// Socket that the hook was called for.
    pub sock: Option<SockId>,
}

/// A namespace's netfilter: hooks, tables, sets.
#[derive(Clone, Debug, Default)]
pub struct Netfilter {
    /// What is asked where, in which order.
    pub hooks: HookTable,
    /// iptables' and ebtables' tables.
    pub tables: tables::Tables,
    /// ipset's sets.
    pub sets: sets::Sets,
    /// What matches remember: buckets of `limit`, counts of `statistic`.
    pub state: matches::State,
}
