//! Headers and their fields.

use std::net::Ipv4Addr;

use packetwalk_core::walk::PacketState;
use packetwalk_core::wire::eth::{ETH_P_ARP, ETH_P_IP, ETH_P_IPV6, MacAddr};
use packetwalk_core::wire::ipv4::{DF, ICMP, Ipv4, MF, OFFSET, TCP, UDP, UDPLITE};
use packetwalk_core::wire::tcp::Tcp;
use packetwalk_core::wire::{be16, be32, checksum, icmp};

use super::{Field, Layer, summary};

/// A layer that is being taken apart.
struct Reader<'a> {
    bytes: &'a [u8],
    layer: Layer,
    short: &'static str,
    prefix: &'a str,
}

impl<'a> Reader<'a> {
    fn new(
        bytes: &'a [u8],
        start: usize,
        prefix: &'a str,
        short: &'static str,
        name: &'static str,
    ) -> Self {
        Self {
            bytes,
            layer: Layer {
                id: format!("{prefix}{short}"),
                name: name.into(),
                fields: Vec::new(),
                start: start as u32,
                len: 0,
            },
            short,
            prefix,
        }
    }

    /// Adds a field at `at` of this layer; left out if its bytes are cut off.
    fn field(&mut self, id: &str, name: &'static str, at: usize, len: usize, value: String) {
        let start = self.layer.start as usize + at;
        if self.bytes.get(start..start + len).is_none() {
            return;
        }
        self.layer.fields.push(Field {
            id: format!("{}{}.{id}", self.prefix, self.short),
            name: name.into(),
            value,
            before: None,
            start: start as u32,
            len: len as u32,
        });
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes
            .get(self.layer.start as usize..)
            .unwrap_or_default()
    }

    fn u8(&self, at: usize) -> u8 {
        self.rest().get(at).copied().unwrap_or(0)
    }

    fn u16(&self, at: usize) -> u16 {
        be16(self.rest(), at).unwrap_or(0)
    }

    fn u32(&self, at: usize) -> u32 {
        be32(self.rest(), at).unwrap_or(0)
    }

    fn mac(&self, at: usize) -> String {
        MacAddr::read(self.rest(), at)
            .map(|mac| mac.to_string())
            .unwrap_or_default()
    }

    /// Ends the layer after `len` bytes, or where the bytes end.
    fn end(mut self, len: usize) -> Layer {
        self.layer.len = len.min(self.rest().len()) as u32;
        self.layer
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All layers of a packet whose bytes on the wire are `bytes`.
pub(super) fn all(state: &PacketState, bytes: &[u8]) -> Vec<Layer> {
    let mut out = Vec::new();
    let network = bytes.len() - state.bytes.len();
    if let Some((_, _, ethertype)) = state.mac {
        let mut eth = Reader::new(bytes, 0, "", "ethernet", "Ethernet");
        let (dst, src) = (eth.mac(0), eth.mac(6));
        eth.field("dst", "Destination", 0, 6, dst);
        eth.field("src", "Source", 6, 6, src);
        let at = if state.vlan.is_some() { 16 } else { 12 };
        eth.field("type", "EtherType", at, 2, ethertype_name(ethertype));
        out.push(eth.end(network));
        if let Some(tci) = state.vlan {
            let mut vlan = Reader::new(bytes, 12, "", "vlan", "802.1Q");
            vlan.field("vid", "VLAN ID", 2, 2, (tci & 0xfff).to_string());
            vlan.field("pcp", "Priority", 2, 1, (tci >> 13).to_string());
            out.push(vlan.end(4));
        }
    }
    match state.proto {
        ETH_P_IP => ipv4(bytes, network, "", &mut out),
        ETH_P_ARP => out.push(arp(bytes, network)),
        ETH_P_IPV6 => out.push(ipv6(bytes, network)),
        _ => data(bytes, network, "", &mut out),
    }
    out
}

fn ethertype_name(ethertype: u16) -> String {
    match ethertype {
        ETH_P_IP => "0x0800 (IPv4)".into(),
        ETH_P_ARP => "0x0806 (ARP)".into(),
        ETH_P_IPV6 => "0x86dd (IPv6)".into(),
        other => format!("0x{other:04x}"),
    }
}

fn arp(bytes: &[u8], at: usize) -> Layer {
    let mut arp = Reader::new(bytes, at, "", "arp", "ARP");
    let op = match arp.u16(6) {
        1 => "1 (request)".into(),
        2 => "2 (reply)".into(),
        other => other.to_string(),
    };
    let (hardware, protocol) = (arp.u16(0), arp.u16(2));
    arp.field("hrd", "Hardware type", 0, 2, hardware.to_string());
    arp.field("pro", "Protocol type", 2, 2, format!("0x{protocol:04x}"));
    arp.field("op", "Operation", 6, 2, op);
    if arp.rest().get(4..6) == Some(&[6, 4]) {
        let (sha, tha) = (arp.mac(8), arp.mac(18));
        let (sip, tip) = (Ipv4Addr::from(arp.u32(14)), Ipv4Addr::from(arp.u32(24)));
        arp.field("sha", "Sender MAC", 8, 6, sha);
        arp.field("sip", "Sender IP", 14, 4, sip.to_string());
        arp.field("tha", "Target MAC", 18, 6, tha);
        arp.field("tip", "Target IP", 24, 4, tip.to_string());
    }
    arp.end(28)
}

fn ipv4(bytes: &[u8], at: usize, prefix: &str, out: &mut Vec<Layer>) {
    let mut r = Reader::new(bytes, at, prefix, "ipv4", "IPv4");
    let ip = Ipv4(r.rest());
    let header = ip.header_len().max(20);
    let check = match (ip.check_ok(), prefix.is_empty()) {
        (true, _) => format!("0x{:04x} (correct)", ip.check()),
        (false, true) => format!("0x{:04x} (wrong)", ip.check()),
        (false, false) => format!("0x{:04x}", ip.check()),
    };
    let word = ip.frag_word();
    let mut set: Vec<&str> = Vec::new();
    for (bit, name) in [(0x8000, "reserved"), (DF, "DF"), (MF, "MF")] {
        if word & bit != 0 {
            set.push(name);
        }
    }
    let set = if set.is_empty() {
        "none".into()
    } else {
        set.join(", ")
    };
    let version = format!("{}, {} bytes", ip.version(), ip.header_len());
    r.field("version", "Version, header length", 0, 1, version);
    r.field(
        "tos",
        "Type of service",
        1,
        1,
        format!("0x{:02x}", ip.tos()),
    );
    r.field("len", "Total length", 2, 2, ip.total_len().to_string());
    r.field("id", "Identification", 4, 2, ip.id().to_string());
    r.field("flags", "Flags", 6, 1, set);
    let offset = u32::from(word & OFFSET) * 8;
    r.field("offset", "Fragment offset", 6, 2, offset.to_string());
    r.field("ttl", "TTL", 8, 1, ip.ttl().to_string());
    let proto = format!("{} ({})", ip.proto(), summary::proto(ip.proto()));
    r.field("proto", "Protocol", 9, 1, proto);
    r.field("check", "Header checksum", 10, 2, check);
    r.field("src", "Source", 12, 4, ip.src().to_string());
    r.field("dst", "Destination", 16, 4, ip.dst().to_string());
    if !ip.options().is_empty() {
        r.field("options", "Options", 20, header - 20, hex(ip.options()));
    }
    let next = at + header;
    let cut = r.rest().len() <= header;
    out.push(r.end(header));
    if cut {
        return;
    }
    let whole = prefix.is_empty() && !ip.is_fragment();
    let ends = whole.then(|| (ip.src(), ip.dst()));
    if ip.frag_offset() != 0 {
        return data(bytes, next, prefix, out);
    }
    match ip.proto() {
        ICMP => icmp_message(bytes, next, prefix, whole, out),
        TCP => tcp(bytes, next, prefix, ends, out),
        UDP | UDPLITE => udp(bytes, next, prefix, ip.proto(), ends, out),
        _ => data(bytes, next, prefix, out),
    }
}

fn icmp_message(bytes: &[u8], at: usize, prefix: &str, whole: bool, out: &mut Vec<Layer>) {
    let mut r = Reader::new(bytes, at, prefix, "icmp", "ICMP");
    let (kind, code, check) = (r.u8(0), r.u8(1), r.u16(2));
    let name = summary::message(r.rest());
    r.field("type", "Type", 0, 1, format!("{kind} ({name})"));
    r.field("code", "Code", 1, 1, code.to_string());
    let state = match (whole, icmp::check_ok(r.rest())) {
        (false, _) => "",
        (true, true) => " (correct)",
        (true, false) => " (wrong)",
    };
    r.field("check", "Checksum", 2, 2, format!("0x{check:04x}{state}"));
    let word = r.u32(4);
    match kind {
        icmp::ECHO | icmp::ECHO_REPLY | icmp::TIMESTAMP | icmp::TIMESTAMP_REPLY => {
            r.field("id", "Identifier", 4, 2, (word >> 16).to_string());
            r.field("seq", "Sequence", 6, 2, (word & 0xffff).to_string());
        }
        icmp::REDIRECT => {
            r.field("gateway", "Gateway", 4, 4, Ipv4Addr::from(word).to_string());
        }
        icmp::PARAMETER_PROBLEM => r.field("pointer", "Pointer", 4, 1, (word >> 24).to_string()),
        icmp::DEST_UNREACH if code == icmp::unreach::FRAG_NEEDED => {
            r.field("mtu", "Next-hop MTU", 6, 2, (word & 0xffff).to_string());
        }
        _ => {}
    }
    let error = icmp::is_error(kind);
    let rest = r.rest().len();
    out.push(r.end(8));
    if error && prefix.is_empty() && rest > 8 {
        ipv4(bytes, at + 8, "quoted.", out);
    } else if rest > 8 {
        data(bytes, at + 8, prefix, out);
    }
}

fn tcp(
    bytes: &[u8],
    at: usize,
    prefix: &str,
    ends: Option<(Ipv4Addr, Ipv4Addr)>,
    out: &mut Vec<Layer>,
) {
    let mut r = Reader::new(bytes, at, prefix, "tcp", "TCP");
    let tcp = Tcp(r.rest());
    let header = tcp.header_len().max(20);
    let check = checked(r.u16(16), ends, TCP, r.rest());
    r.field("sport", "Source port", 0, 2, tcp.sport().to_string());
    r.field("dport", "Destination port", 2, 2, tcp.dport().to_string());
    r.field("seq", "Sequence number", 4, 4, tcp.seq().to_string());
    r.field("ack", "Acknowledgment number", 8, 4, tcp.ack().to_string());
    let header_text = format!("{} bytes", tcp.header_len());
    r.field("doff", "Header length", 12, 1, header_text);
    r.field("flags", "Flags", 13, 1, summary::flags(tcp.flags()));
    r.field("window", "Window", 14, 2, tcp.window().to_string());
    r.field("check", "Checksum", 16, 2, check);
    let urgent = r.u16(18);
    r.field("urgp", "Urgent pointer", 18, 2, urgent.to_string());
    if !tcp.options().is_empty() {
        r.field("options", "Options", 20, header - 20, hex(tcp.options()));
    }
    out.push(r.end(header));
    data(bytes, at + header, prefix, out);
}

fn udp(
    bytes: &[u8],
    at: usize,
    prefix: &str,
    proto: u8,
    ends: Option<(Ipv4Addr, Ipv4Addr)>,
    out: &mut Vec<Layer>,
) {
    let name = if proto == UDP { "UDP" } else { "UDP-Lite" };
    let mut r = Reader::new(bytes, at, prefix, "udp", name);
    let [sport, dport, len, check] = [r.u16(0), r.u16(2), r.u16(4), r.u16(6)];
    let ends = if check == 0 || proto != UDP {
        None
    } else {
        ends
    };
    let check = checked(check, ends, UDP, r.rest());
    r.field("sport", "Source port", 0, 2, sport.to_string());
    r.field("dport", "Destination port", 2, 2, dport.to_string());
    r.field("len", "Length", 4, 2, len.to_string());
    r.field("check", "Checksum", 6, 2, check);
    out.push(r.end(8));
    data(bytes, at + 8, prefix, out);
}

/// A transport checksum, and whether it holds where that can be told.
fn checked(check: u16, ends: Option<(Ipv4Addr, Ipv4Addr)>, proto: u8, segment: &[u8]) -> String {
    let state = match ends {
        None => "",
        Some((src, dst)) => {
            let head = checksum::pseudo_v4(src, dst, proto, segment.len());
            if checksum::sum(segment, head) == 0xffff {
                " (correct)"
            } else {
                " (wrong)"
            }
        }
    };
    format!("0x{check:04x}{state}")
}

fn ipv6(bytes: &[u8], at: usize) -> Layer {
    let mut r = Reader::new(bytes, at, "", "ipv6", "IPv6");
    let address = |from: usize| -> String {
        let octets: Option<[u8; 16]> = r
            .rest()
            .get(from..from + 16)
            .and_then(|octets| octets.try_into().ok());
        octets.map_or_else(String::new, |octets| {
            std::net::Ipv6Addr::from(octets).to_string()
        })
    };
    let (src, dst) = (address(8), address(24));
    let (len, next, hop) = (r.u16(4), r.u8(6), r.u8(7));
    r.field("len", "Payload length", 4, 2, len.to_string());
    r.field("next", "Next header", 6, 1, summary::proto(next));
    r.field("hop", "Hop limit", 7, 1, hop.to_string());
    r.field("src", "Source", 8, 16, src);
    r.field("dst", "Destination", 24, 16, dst);
    r.end(40)
}

/// What is left, as one field.
fn data(bytes: &[u8], at: usize, prefix: &str, out: &mut Vec<Layer>) {
    let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) else {
        return;
    };
    let mut r = Reader::new(bytes, at, prefix, "data", "Data");
    r.field("bytes", "Bytes", 0, rest.len(), hex(rest));
    out.push(r.end(rest.len()));
}

/// What the kernel keeps beside the bytes.
pub(super) fn meta(state: &PacketState) -> Vec<Field> {
    let field = |id: &str, name: &'static str, value: String| Field {
        id: format!("skb.{id}"),
        name: name.into(),
        value,
        before: None,
        start: 0,
        len: 0,
    };
    let kind = match serde_json::to_value(state.pkt_type) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    };
    let mut out = vec![
        field("pkt_type", "pkt_type", kind),
        field("mark", "mark", format!("0x{:x}", state.mark)),
    ];
    if state.priority != 0 {
        out.push(field(
            "priority",
            "priority",
            format!("0x{:x}", state.priority),
        ));
    }
    if state.traced {
        out.push(field("nf_trace", "nf_trace", "1".into()));
    }
    if let Some((uid, gid)) = state.owner {
        out.push(field("owner", "sk uid:gid", format!("{uid}:{gid}")));
    }
    out
}
