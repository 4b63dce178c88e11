//! Tuples: what a connection is known by (`struct nf_conntrack_tuple`).

use std::net::IpAddr;

use crate::walk::TupleView;
use crate::wire::ipv4::{self, Ipv4};
use crate::wire::{be16, icmp};

/// One direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tuple {
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// Protocol number.
    pub proto: u8,
    /// Source port, ICMP identifier, or GRE key.
    pub sport: u16,
    /// Destination port, ICMP type (high byte) and code (low byte), or GRE key.
    pub dport: u16,
    /// Number of the connection's zone in this direction.
    pub zone: u16,
}

/// The ICMP type that answers `kind`, if it is a query or an answer
/// (`invmap` of nf_conntrack_proto_icmp.c).
pub(super) fn icmp_inverse(kind: u8) -> Option<u8> {
    Some(match kind {
        icmp::ECHO => icmp::ECHO_REPLY,
        icmp::ECHO_REPLY => icmp::ECHO,
        icmp::TIMESTAMP => icmp::TIMESTAMP_REPLY,
        icmp::TIMESTAMP_REPLY => icmp::TIMESTAMP,
        icmp::INFO_REQUEST => icmp::INFO_REPLY,
        icmp::INFO_REPLY => icmp::INFO_REQUEST,
        icmp::ADDRESS => icmp::ADDRESS_REPLY,
        icmp::ADDRESS_REPLY => icmp::ADDRESS,
        _ => return None,
    })
}

/// The call of a PPTP packet, 0 for plain GRE (`gre_pkt_to_tuple`); `None` if
/// version 1 carries anything but PPP.
fn gre_key(bytes: &[u8]) -> Option<u16> {
    const PPP: u16 = 0x880b;
    let version = be16(bytes, 0).map_or(0, |flags| flags & 7);
    let (1, Some(protocol), Some(call)) = (version, be16(bytes, 2), be16(bytes, 6)) else {
        return Some(0);
    };
    (protocol == PPP).then_some(call)
}

impl Tuple {
    /// The tuple of a packet (`nf_ct_get_tuple`), outside all zones; `None` if it
    /// is too short.
    pub fn of(packet: &Ipv4<'_>) -> Option<Self> {
        if packet.0.len() < 20 || packet.frag_offset() != 0 {
            return None;
        }
        let bytes = packet.payload();
        let proto = packet.proto();
        let (sport, dport) = match proto {
            ipv4::ICMP => {
                bytes.get(..8)?;
                (be16(bytes, 4)?, be16(bytes, 0)?)
            }
            ipv4::TCP | ipv4::UDP | ipv4::UDPLITE | ipv4::SCTP => {
                (be16(bytes, 0)?, be16(bytes, 2)?)
            }
            ipv4::GRE => (0, gre_key(bytes)?),
            // DCCP too: Linux 6.18 knows no ports of it.
            _ => (0, 0),
        };
        Some(Self {
            src: packet.src().into(),
            dst: packet.dst().into(),
            proto,
            sport,
            dport,
            zone: 0,
        })
    }

    /// The tuple of the answers (`nf_ct_invert_tuple`); `None` for an ICMP
    /// message that has none.
    pub fn invert(&self) -> Option<Self> {
        let (sport, dport) = if self.proto == ipv4::ICMP {
            let [kind, code] = self.dport.to_be_bytes();
            (self.sport, u16::from_be_bytes([icmp_inverse(kind)?, code]))
        } else {
            (self.dport, self.sport)
        };
        Some(Self {
            src: self.dst,
            dst: self.src,
            proto: self.proto,
            sport,
            dport,
            zone: self.zone,
        })
    }

    /// As a walk shows it.
    pub fn view(&self) -> TupleView {
        TupleView {
            src: self.src,
            dst: self.dst,
            proto: self.proto,
            zone: self.zone,
            sport: self.sport,
            dport: self.dport,
        }
    }
}
