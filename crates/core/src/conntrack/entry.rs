//! An entry: one connection (`struct nf_conn`).

use crate::walk::{CtView, Name};
use crate::wire::ipv4;
use crate::world::DevId;

use super::helper::Helper;
use super::sctp::SctpTrack;
use super::seqadj::SeqAdj;
use super::tcp::TcpTrack;
use super::{CtId, CtInfo, Tuple, Zone};

/// `IPS_*` (include/uapi/linux/netfilter/nf_conntrack_common.h).
pub mod status {
    /// It was expected.
    pub const EXPECTED: u32 = 1;
    /// Packets went both ways.
    pub const SEEN_REPLY: u32 = 1 << 1;
    /// Not to be thrown out early.
    pub const ASSURED: u32 = 1 << 2;
    /// In the table.
    pub const CONFIRMED: u32 = 1 << 3;
    /// Source is translated.
    pub const SRC_NAT: u32 = 1 << 4;
    /// Destination is translated.
    pub const DST_NAT: u32 = 1 << 5;
    /// Sequence numbers are shifted.
    pub const SEQ_ADJUST: u32 = 1 << 6;
    /// Source translation is settled.
    pub const SRC_NAT_DONE: u32 = 1 << 7;
    /// Destination translation is settled.
    pub const DST_NAT_DONE: u32 = 1 << 8;
    /// Being removed.
    pub const DYING: u32 = 1 << 9;
    /// A rule gave it its helper.
    pub const HELPER: u32 = 1 << 13;

    /// Names of the bits that are set.
    pub fn names(status: u32) -> Vec<&'static str> {
        [
            (EXPECTED, "EXPECTED"),
            (SEEN_REPLY, "SEEN_REPLY"),
            (ASSURED, "ASSURED"),
            (CONFIRMED, "CONFIRMED"),
            (SRC_NAT, "SRC_NAT"),
            (DST_NAT, "DST_NAT"),
            (SEQ_ADJUST, "SEQ_ADJUST"),
            (SRC_NAT_DONE, "SRC_NAT_DONE"),
            (DST_NAT_DONE, "DST_NAT_DONE"),
            (DYING, "DYING"),
            (HELPER, "HELPER"),
        ]
        .into_iter()
        .filter(|(bit, _)| status & bit != 0)
        .map(|(_, name)| name)
        .collect()
    }
}

/// One connection.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Identifier.
    pub id: CtId,
    /// The first packet's direction.
    pub original: Tuple,
    /// The answers' direction, translation included.
    pub reply: Tuple,
    /// [`status`] bits.
    pub status: u32,
    /// Mark.
    pub mark: u32,
    /// Labels, a bit for each (`struct nf_conn_labels`).
    pub labels: u128,
    /// When it ends, nanoseconds of simulated time.
    pub timeout: u64,
    /// TCP's state.
    pub tcp: Option<TcpTrack>,
    /// SCTP's state.
    pub sctp: Option<SctpTrack>,
    /// When a UDP exchange counts as a stream.
    pub stream_at: u64,
    /// The device that MASQUERADE chose an address of.
    pub masq: Option<DevId>,
    /// Packets and bytes, original and reply direction.
    pub counters: [(u64, u64); 2],
    /// What looks at its packets for announcements.
    pub helper: Option<Helper>,
    /// The connection that announced it.
    pub master: Option<CtId>,
    /// How its sequence numbers are shifted, in each direction.
    pub seqadj: Option<[SeqAdj; 2]>,
}

impl Entry {
    /// A connection that begins with a packet of this tuple, in `zone`; `None`
    /// if the packet has no answer.
    pub fn new(original: Tuple, zone: Zone) -> Option<Self> {
        let reply = original.invert()?;
        Some(Self::between(
            Tuple {
                zone: zone.original,
                ..original
            },
            Tuple {
                zone: zone.reply,
                ..reply
            },
        ))
    }

    /// A connection with these two tuples, of which nothing is known yet.
    pub fn between(original: Tuple, reply: Tuple) -> Self {
        Self {
            id: CtId(0),
            original,
            reply,
            status: 0,
            mark: 0,
            labels: 0,
            timeout: u64::MAX,
            tcp: (original.proto == ipv4::TCP).then(TcpTrack::default),
            sctp: (original.proto == ipv4::SCTP).then(SctpTrack::default),
            stream_at: 0,
            masq: None,
            counters: [(0, 0); 2],
            helper: None,
            master: None,
            seqadj: None,
        }
    }

    /// Its zone.
    pub fn zone(&self) -> Zone {
        Zone {
            original: self.original.zone,
            reply: self.reply.zone,
        }
    }

    /// Are these status bits (one or several) set?
    pub fn has(&self, bits: u32) -> bool {
        self.status & bits == bits
    }

    /// The tuple of one direction.
    pub fn tuple(&self, reply: bool) -> &Tuple {
        if reply { &self.reply } else { &self.original }
    }

    /// State of the protocol, where it has any.
    pub fn proto_state(&self) -> Option<&'static str> {
        let tcp = self.tcp.as_ref().map(|tcp| tcp.state.name());
        tcp.or(self.sctp.as_ref().map(|sctp| sctp.state.name()))
    }

    /// As a walk shows it.
    pub fn view(&self, info: CtInfo, now: u64) -> CtView {
        CtView {
            id: self.id.0,
            ctstate: Name::from(info.name()),
            reply: info.is_reply(),
            original: self.original.view(),
            reverse: self.reply.view(),
            proto_state: self.proto_state().map(Name::from),
            status: status::names(self.status)
                .into_iter()
                .map(Name::from)
                .collect(),
            mark: self.mark,
            helper: self.helper.as_ref().map(|helper| helper.name.clone()),
            timeout: if self.timeout == u64::MAX {
                0
            } else {
                (self.timeout.saturating_sub(now) / 1_000_000_000) as u32
            },
        }
    }
}
