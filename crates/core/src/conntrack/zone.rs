//! Zones: equal tuples of different zones are different connections
//! (`struct nf_conntrack_zone`, include/net/netfilter/nf_conntrack_zones.h).

use packetwalk_rules::xt::ct::{Zone as Wanted, ZoneDir};

/// The zone of a connection: its number in either direction, 0 where none
/// counts (`nf_ct_zone_id`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Zone {
    /// Number in the original direction.
    pub original: u16,
    /// Number in the reply direction.
    pub reply: u16,
}

impl Zone {
    /// The zone `id`, in the directions that `dir` says.
    pub fn new(dir: ZoneDir, id: u16) -> Self {
        Self {
            original: if dir == ZoneDir::Reply { 0 } else { id },
            reply: if dir == ZoneDir::Original { 0 } else { id },
        }
    }

    /// The number in one direction.
    pub fn id(self, reply: bool) -> u16 {
        if reply { self.reply } else { self.original }
    }

    /// The number, whatever the direction that it counts in.
    pub fn number(self) -> u16 {
        self.original.max(self.reply)
    }

    /// What a `CT` rule puts a packet with this mark into
    /// (`nf_ct_zone_tmpl`).
    pub fn wanted(zone: Option<(ZoneDir, Wanted)>, mark: u32) -> Self {
        match zone {
            None => Self::default(),
            Some((dir, Wanted::Number(id))) => Self::new(dir, id),
            // A zone has 16 bits.
            Some((dir, Wanted::Mark)) => Self::new(dir, mark as u16),
        }
    }
}
