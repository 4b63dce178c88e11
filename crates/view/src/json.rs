//! `--format json`: one JSON object a flow, everything that a walk holds.
//!
//! ```json
//! {"flow": "c1 ping 192.168.0.3",
//!  "outcome": "ok", "seen": null,
//!  "steps": [{"netns": "host", "dev": "veth1", "layer": "link", "buffer": 1,
//!             "packet": 3, "time": 0, "event": {"kind": "receive"}}],
//!  "packets": [{"bytes": "4500...", "mac": ["DST", "SRC", 2048], "mark": 0}],
//!  "log": [{"step": 7, "netns": "host", "level": 4, "text": "TRACE: ..."}],
//!  "lost": 0}
//! ```
//!
//! - `flow`: the flow as it is typed; `outcome`: the line of `--format result`;
//!   `seen`: whom the far end took for its client, or null.
//! - `steps`: in the order in which they happened. `packet` is a place in
//!   `packets`: what the packet was when the step was over. `buffer` tells
//!   packets apart; 0 where no packet is concerned. `time` counts nanoseconds
//!   of simulated time. The fields of `event` are those of
//!   [`packetwalk_core::walk::Event`], told apart by `kind`.
//! - `packets`: `bytes` from the network-layer header on, in hex; `mac` is
//!   destination, source and EtherType of the last link-layer header, or null;
//!   `vlan` the tag; `proto` the EtherType of the bytes; `mark`, `priority`,
//!   `pkt_type`, `traced` as in the `sk_buff`; `ct` the connection; `owner` user
//!   and group of the sending socket. `summary` is for people.
//! - `log`: the kernel's lines, each with the step that wrote it.
//! - `lost`: steps that were not kept because the walk was too long.
//!
//! The browser is given the same shapes.

use packetwalk_core::walk::{CtView, PacketState, PktType, Step, Walk};
use packetwalk_core::wire::eth::MacAddr;
use serde::Serialize;

use crate::log::{self, LogLine};
use crate::{packet, result};

/// A walk in the shape of the JSON format.
#[derive(Serialize)]
pub struct Document<'a> {
    /// The flow as it is typed.
    pub flow: String,
    /// What the program saw.
    pub outcome: String,
    /// Whom the far end took for its client.
    pub seen: Option<String>,
    /// Everything that happened.
    pub steps: &'a [Step],
    /// States that packets were in.
    pub packets: Vec<State<'a>>,
    /// The kernel's lines.
    pub log: Vec<LogLine>,
    /// Steps that were not kept.
    pub lost: u64,
}

/// A packet in the shape of the JSON format.
#[derive(Serialize)]
pub struct State<'a> {
    /// One line for people.
    pub summary: String,
    /// From the network-layer header on, in hex.
    pub bytes: String,
    /// Destination, source, EtherType.
    pub mac: Option<(MacAddr, MacAddr, u16)>,
    /// 802.1Q tag control information.
    pub vlan: Option<u16>,
    /// EtherType of the bytes.
    pub proto: u16,
    /// `skb->mark`.
    pub mark: u32,
    /// `skb->priority`.
    pub priority: u32,
    /// To whom the frame was addressed.
    pub pkt_type: PktType,
    /// Traced?
    pub traced: bool,
    /// Its connection.
    pub ct: Option<&'a CtView>,
    /// User and group of the sending socket.
    pub owner: Option<(u32, u32)>,
}

/// A walk in the shape of the JSON format.
pub fn document(walk: &Walk) -> Document<'_> {
    Document {
        flow: packetwalk_snapshot::flow::print(&walk.flow),
        outcome: walk.outcome.to_string(),
        seen: result::seen(walk),
        steps: &walk.steps,
        packets: walk.packets.iter().map(state).collect(),
        log: log::lines(walk),
        lost: walk.lost,
    }
}

fn state(packet: &PacketState) -> State<'_> {
    State {
        summary: packet::summary(packet),
        bytes: packet.bytes.iter().map(|b| format!("{b:02x}")).collect(),
        mac: packet.mac,
        vlan: packet.vlan,
        proto: packet.proto,
        mark: packet.mark,
        priority: packet.priority,
        pkt_type: packet.pkt_type,
        traced: packet.traced,
        ct: packet.ct.as_ref(),
        owner: packet.owner,
    }
}

/// The object on one line, without a newline at its end.
pub fn line(walk: &Walk) -> String {
    // Maps have strings for keys and nothing here can fail to be written.
    serde_json::to_string(&document(walk)).unwrap_or_default()
}
