//! Connection tracking and NAT in a step.

use std::net::IpAddr;

use serde::Serialize;

use super::Name;

/// Outcome of a conntrack lookup or confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CtAct {
    /// A new entry was made; it is not in the table yet.
    New,
    /// It belongs to a known connection.
    Found,
    /// Related to a known connection (an ICMP error, an expected one).
    Related,
    /// Not acceptable: INVALID.
    Invalid,
    /// A rule asked not to track it.
    Untracked,
    /// Template attached by `-j CT`.
    Template,
    /// Entered into the table.
    Confirm,
    /// Lost the race or clashed; dropped.
    Clash,
    /// The entry was removed.
    Destroy,
    /// Has a connection already (looped back, or bridged before).
    Already,
}

/// What NAT did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NatAct {
    /// The connection's source will be translated.
    SetupSource,
    /// The connection's destination will be translated.
    SetupDestination,
    /// No rule: the source stays as it is (a null binding), but for a clash.
    NullSource,
    /// No rule: the destination stays as it is.
    NullDestination,
    /// This packet's source was rewritten.
    RewriteSource,
    /// This packet's destination was rewritten.
    RewriteDestination,
}

/// A conntrack entry as it was at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CtView {
    /// Identifier within the world.
    pub id: u32,
    /// State of this packet in it: `NEW`, `ESTABLISHED`, `RELATED`, `INVALID`,
    /// `UNTRACKED`.
    pub ctstate: Name,
    /// Is the packet in the reply direction?
    pub reply: bool,
    /// Original direction.
    pub original: TupleView,
    /// Reply direction.
    pub reverse: TupleView,
    /// State of the protocol (`SYN_SENT`), where it has any.
    pub proto_state: Option<Name>,
    /// `IPS_*` bits that are set: `CONFIRMED`, `SEEN_REPLY`, `ASSURED`,
    /// `SRC_NAT`, `DST_NAT`, ...
    pub status: Vec<Name>,
    /// Connection mark.
    pub mark: u32,
    /// Name of its helper.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub helper: Option<Name>,
    /// Seconds until it times out.
    pub timeout: u32,
}

/// One direction of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TupleView {
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// Protocol number.
    pub proto: u8,
    /// Number of the connection's zone in this direction, 0 for none.
    pub zone: u16,
    /// Source port, or ICMP identifier.
    pub sport: u16,
    /// Destination port, or ICMP type and code.
    pub dport: u16,
}
