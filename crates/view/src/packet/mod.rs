//! A packet taken apart: layers and fields with their bytes, what changed
//! since another moment, its connection.
//!
//! Field names are those of the RFCs, and what they are called in Chinese; a
//! packet's title is as `tcpdump` has it in every language. Offsets count from the first byte of [`Packet::bytes`], which
//! begins with the Ethernet header if the packet has one.
//!
//! Not modelled: the inside of GRE, ESP and SCTP, and IPv6 extension headers
//! other than by name; their bytes are one field.

mod connection;
mod history;
mod layers;
mod summary;

use std::borrow::Cow;

use serde::Serialize;

use packetwalk_core::walk::PacketState;
use packetwalk_core::wire::eth::{ETH_P_8021Q, EthHeader};

use crate::words::Lang;
use crate::words::messages::message;

pub use connection::{Connection, Direction, connection};
pub use history::{Changed, ChangedField, history};
pub use summary::{Kind, kind, summary, title};

/// A packet taken apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Packet {
    /// One line about it.
    pub summary: String,
    /// What sort of packet it is.
    pub kind: Kind,
    /// Headers, outermost first; then what they carry.
    pub layers: Vec<Layer>,
    /// What the kernel keeps beside the bytes (`sk_buff` fields): mark,
    /// priority, packet type, trace, owner.
    pub meta: Vec<Field>,
    /// The bytes, two hex digits each.
    pub bytes: String,
    /// Its connection, as far as conntrack has seen it.
    pub connection: Option<Connection>,
}

/// One header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Layer {
    /// Stable name: `ethernet`, `ipv4`, `quoted.ipv4`, ...
    pub id: String,
    /// Its name for people.
    pub name: Cow<'static, str>,
    /// Its fields.
    pub fields: Vec<Field>,
    /// First byte.
    pub start: u32,
    /// How many bytes.
    pub len: u32,
}

/// One field of a header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Field {
    /// Stable name: `ipv4.ttl`.
    pub id: String,
    /// Name for people, as in the RFC.
    pub name: Cow<'static, str>,
    /// Its value.
    pub value: String,
    /// What it was before, if it is another value now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// First byte.
    pub start: u32,
    /// How many bytes it lies in; 0 for what is not in the bytes.
    pub len: u32,
}

/// A change of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Change {
    /// The field.
    pub id: String,
    /// Its name for people.
    pub name: Cow<'static, str>,
    /// Value before; `None` if the field was not there.
    pub before: Option<String>,
    /// Value after; `None` if the field is gone.
    pub after: Option<String>,
}

/// Takes a packet apart.
pub fn dissect(state: &PacketState) -> Packet {
    let bytes = frame(state);
    Packet {
        summary: summary(state),
        kind: kind(state),
        layers: layers::all(state, &bytes),
        meta: layers::meta(state),
        bytes: bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        connection: state.ct.as_ref().map(connection),
    }
}

/// Takes a packet apart and says of every field what it was in `before`.
pub fn dissect_since(state: &PacketState, before: &PacketState) -> Packet {
    let mut packet = dissect(state);
    if state == before {
        return packet;
    }
    let old = dissect(before);
    let old: Vec<&Field> = fields(&old).collect();
    let layers = packet.layers.iter_mut().flat_map(|layer| &mut layer.fields);
    for field in layers.chain(&mut packet.meta) {
        field.before = old
            .iter()
            .find(|other| other.id == field.id && other.value != field.value)
            .map(|other| other.value.clone());
    }
    packet
}

/// Fields whose values differ, checksums included.
pub fn changes(before: &PacketState, after: &PacketState) -> Vec<Change> {
    if before == after {
        return Vec::new();
    }
    let (old, new) = (dissect(before), dissect(after));
    let old: Vec<&Field> = fields(&old).collect();
    let new: Vec<&Field> = fields(&new).collect();
    let mut out = Vec::new();
    for field in &new {
        let was = old.iter().find(|other| other.id == field.id);
        if was.is_none_or(|was| was.value != field.value) {
            out.push(Change {
                id: field.id.clone(),
                name: field.name.clone(),
                before: was.map(|was| was.value.clone()),
                after: Some(field.value.clone()),
            });
        }
    }
    for field in old {
        if !new.iter().any(|other| other.id == field.id) {
            out.push(Change {
                id: field.id.clone(),
                name: field.name.clone(),
                before: Some(field.value.clone()),
                after: None,
            });
        }
    }
    out
}

impl Packet {
    /// The same with names and values of fields in a language.
    #[must_use]
    pub fn told(mut self, lang: Lang) -> Self {
        if lang == Lang::En {
            return self;
        }
        let say = |text: &mut String| *text = message(text, lang).into_owned();
        for layer in &mut self.layers {
            layer.name = Cow::Owned(message(&layer.name, lang).into_owned());
            for field in &mut layer.fields {
                field.name = Cow::Owned(message(&field.name, lang).into_owned());
                say(&mut field.value);
                if let Some(before) = &mut field.before {
                    say(before);
                }
            }
        }
        self
    }
}

fn fields(packet: &Packet) -> impl Iterator<Item = &Field> {
    packet
        .layers
        .iter()
        .flat_map(|layer| &layer.fields)
        .chain(&packet.meta)
}

/// The packet as it would be on the wire, without FCS.
pub fn frame(state: &PacketState) -> Vec<u8> {
    let mut out = Vec::with_capacity(18 + state.bytes.len());
    if let Some((dst, src, ethertype)) = state.mac {
        let header = EthHeader {
            dst,
            src,
            ethertype,
        };
        out.extend_from_slice(&header.bytes());
        if let Some(tci) = state.vlan {
            let [high, low] = ETH_P_8021Q.to_be_bytes();
            let [tci_high, tci_low] = tci.to_be_bytes();
            out.splice(12..12, [high, low, tci_high, tci_low]);
        }
    }
    out.extend_from_slice(&state.bytes);
    out
}

/// The name of an IP protocol, or `protocol N`.
pub fn proto_name(number: u8) -> String {
    summary::proto(number)
}
