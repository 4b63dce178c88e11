//! The forwarding database (net/bridge/br_fdb.c).

use crate::wire::eth::MacAddr;
use crate::world::DevId;

/// An entry of the forwarding database.
#[derive(Clone, Debug, PartialEq)]
pub struct FdbEntry {
    /// Address.
    pub mac: MacAddr,
    /// VLAN, 0 for none.
    pub vlan: u16,
    /// Port behind which it lives; `None` for the bridge device itself.
    pub port: Option<DevId>,
    /// An address of this machine: a frame for it goes up.
    pub local: bool,
    /// Never ages (`permanent`, `static`, `extern_learn`).
    pub is_static: bool,
    /// Does not move to another port (`sticky`).
    pub sticky: bool,
    /// When it was last seen, nanoseconds of simulated time.
    pub updated: u64,
}

/// A bridge's forwarding database.
#[derive(Clone, Debug, Default)]
pub struct Fdb {
    /// Entries, in the order in which they were made.
    pub entries: Vec<FdbEntry>,
}

impl Fdb {
    /// The entry for `mac` in `vlan`, aged or not.
    pub fn find(&self, mac: MacAddr, vlan: u16) -> Option<&FdbEntry> {
        self.entries
            .iter()
            .find(|entry| entry.mac == mac && entry.vlan == vlan)
    }

    /// The entry for `mac` in `vlan`, to change it.
    pub fn find_mut(&mut self, mac: MacAddr, vlan: u16) -> Option<&mut FdbEntry> {
        self.entries
            .iter_mut()
            .find(|entry| entry.mac == mac && entry.vlan == vlan)
    }
}
