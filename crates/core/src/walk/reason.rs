//! The kernel's own reasons for dropping a packet.

use serde::Serialize;

macro_rules! drop_reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Why the kernel freed a packet (`enum skb_drop_reason`,
        /// include/net/dropreason-core.h).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
        pub enum DropReason {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }
        impl DropReason {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The kernel's name, without `SKB_DROP_REASON_`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

drop_reasons! {
    /// No reason was given.
    NotSpecified = "NOT_SPECIFIED",
    /// No socket for it.
    NoSocket = "NO_SOCKET",
    /// Shorter than its headers say.
    PktTooSmall = "PKT_TOO_SMALL",
    /// TCP checksum.
    TcpCsum = "TCP_CSUM",
    /// UDP checksum.
    UdpCsum = "UDP_CSUM",
    /// A netfilter hook dropped it.
    NetfilterDrop = "NETFILTER_DROP",
    /// To somebody else's MAC address.
    OtherHost = "OTHERHOST",
    /// IP checksum.
    IpCsum = "IP_CSUM",
    /// A malformed IP header.
    IpInHdr = "IP_INHDR",
    /// rp_filter.
    IpRpFilter = "IP_RPFILTER",
    /// Unicast IP in a link-layer multicast.
    UnicastInL2Multicast = "UNICAST_IN_L2_MULTICAST",
    /// Policy (xfrm).
    XfrmPolicy = "XFRM_POLICY",
    /// No handler for the protocol.
    IpNoProto = "IP_NOPROTO",
    /// The protocol does not apply.
    UnhandledProto = "UNHANDLED_PROTO",
    /// No route.
    IpOutNoRoutes = "IP_OUTNOROUTES",
    /// No route for a packet that came in.
    IpInNoRoute = "IP_INNOROUTES",
    /// The neighbour did not answer.
    NeighFailed = "NEIGH_FAILED",
    /// A queue was emptied.
    QueuePurge = "QUEUE_PURGE",
    /// Too many wait for the neighbour.
    NeighQueueFull = "NEIGH_QUEUEFULL",
    /// The neighbour entry is being removed.
    NeighDead = "NEIGH_DEAD",
    /// No neighbour entry could be made.
    NeighCreateFail = "NEIGH_CREATEFAIL",
    /// The device was not ready.
    DevReady = "DEV_READY",
    /// The device's queue did not take it.
    QdiscDrop = "QDISC_DROP",
    /// Too big for the device.
    PktTooBig = "PKT_TOO_BIG",
    /// ICMP checksum.
    IcmpCsum = "ICMP_CSUM",
    /// An ICMP message of a kind that is not answered.
    InvalidProto = "INVALID_PROTO",
    /// Source address not acceptable.
    IpInvalidSource = "IP_INVALID_SOURCE",
    /// Destination address not acceptable.
    IpInvalidDest = "IP_INVALID_DEST",
    /// Martian source: a source that must not be.
    IpLocalSource = "IP_LOCAL_SOURCE",
    /// localnet address from outside.
    IpLocalnet = "IP_LOCALNET",
    /// Invalid hardware source address.
    MacInvalidSource = "MAC_INVALID_SOURCE",
    /// TCP flags make no sense here.
    TcpFlags = "TCP_FLAGS",
    /// TCP reset.
    TcpReset = "TCP_RESET",
    /// TCP segment outside the window.
    TcpInvalidSequence = "TCP_INVALID_SEQUENCE",
    /// TCP segment of which all was acknowledged before.
    TcpOldSequence = "TCP_OLD_SEQUENCE",
    /// TCP data that is here already.
    TcpOldData = "TCP_OLD_DATA",
    /// A SYN for an established connection.
    TcpInvalidSyn = "TCP_INVALID_SYN",
    /// TCP acknowledgement of what was never sent.
    TcpAckUnsentData = "TCP_ACK_UNSENT_DATA",
    /// A segment for a closed connection.
    TcpClose = "TCP_CLOSE",
    /// Bridge: the ingress port does not forward.
    BridgeIngressStpState = "BRIDGE_INGRESS_STP_STATE",
    /// No port, or other device, to send to.
    NoTxTarget = "NO_TX_TARGET",
    /// The bridge's own MAC address as destination of what it sends.
    LocalMac = "LOCAL_MAC",
    /// The address does not fit where it came in, or forwarding is off.
    IpInAddrErrors = "IP_INADDRERRORS",
    /// A link-layer header could not be put in front.
    DevHdr = "DEV_HDR",
    /// A local (link-local) MAC address that bridges do not forward.
    MacIeeeMacControl = "MAC_IEEE_MAC_CONTROL",
    /// ARP: a proxy delayed or refused.
    ArpPvlanDisable = "ARP_PVLAN_DISABLE",
    /// Fragment reassembly failed.
    FragReasmTimeout = "FRAG_REASM_TIMEOUT",
    /// Fragments too far.
    FragTooFar = "FRAG_TOO_FAR",
    /// Duplicate fragment.
    DupFrag = "DUP_FRAG",
}
