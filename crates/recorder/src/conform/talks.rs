//! Conversations that somebody in between follows: FTP and TFTP through the host,
//! whose raw table gives them a helper.
//!
//! Both ends are spoken by frames, from addresses that nobody has: no socket knows
//! of the conversation, and no sequence number is drawn. Drawn apart from the rest
//! of a case, as the unusual part of a machine is.

use std::net::Ipv4Addr;

use packetwalk_core::flow::{Action, Flow};
use packetwalk_core::wire::tcp::{ACK, PSH, SYN};
use packetwalk_core::wire::{checksum, eth, ipv4, put16, tcp};

use super::random::Random;
use super::whole::first_in_raw;
use crate::machine::Machine;

/// Somebody who speaks: a namespace, and an address of its own network.
#[derive(Clone, Debug)]
pub(super) struct Speaker {
    netns: String,
    dev: String,
    pub(super) mac: [u8; 6],
    /// MAC of the host on this network.
    gateway: [u8; 6],
    address: Ipv4Addr,
    port: u16,
    /// The sequence number that comes next.
    seq: u32,
}

/// Adds a conversation to a case: what the machine needs for it, and its frames
/// behind the other flows.
pub fn talk(machine: &mut Machine, flows: &mut Vec<Flow>, random: &mut Random) {
    let client = speaker(machine, random, "172.17.0.200", "docker0");
    let server = speaker(machine, random, "192.0.2.200", "eth0");
    let (Some(mut client), Some(mut server)) = (client, server) else {
        return;
    };
    if random.chance(30) {
        std::mem::swap(&mut client, &mut server);
    }
    let seen = match random.chance(30) {
        // As MASQUERADE has it.
        true => Ipv4Addr::new(192, 0, 2, 10),
        false => client.address,
    };
    match random.below(4) {
        0 => tftp(machine, flows, random, (&mut client, &mut server), seen),
        _ => ftp(machine, flows, random, (&mut client, &mut server), seen),
    }
}

/// Who speaks from `address` on the network of the host's device `dev`: a station
/// there lends its cable, and the host knows it as the address's.
pub(super) fn speaker(
    machine: &mut Machine,
    random: &mut Random,
    address: &str,
    dev: &str,
) -> Option<Speaker> {
    let gateway = mac(&machine.device("host", dev)?.mac)?;
    let near = address.rsplit_once('.')?.0;
    let stations: Vec<(String, String, String)> = machine
        .hosts
        .iter()
        .filter(|host| host.name != "host")
        .flat_map(|host| {
            host.devices
                .iter()
                .map(|device| (host.name.clone(), device))
        })
        .filter(|(_, device)| device.addresses.iter().any(|own| own.starts_with(near)))
        .map(|(name, device)| (name, device.name.clone(), device.mac.clone()))
        .collect();
    let (netns, own_dev, own) = random.pick(&stations);
    let speaker = Speaker {
        netns,
        dev: own_dev,
        mac: mac(&own)?,
        gateway,
        address: address.parse().ok()?,
        port: 0,
        seq: 1000 * u32::try_from(random.range(1, 9)).unwrap_or(1),
    };
    let entry = (
        address.to_owned(),
        dev.to_owned(),
        own,
        "PERMANENT".to_owned(),
    );
    machine.host("host").neighbours.push(entry);
    Some(speaker)
}

fn mac(text: &str) -> Option<[u8; 6]> {
    let bytes: Option<Vec<u8>> = text
        .split(':')
        .map(|byte| u8::from_str_radix(byte, 16).ok())
        .collect();
    bytes?.try_into().ok()
}

impl Speaker {
    /// A packet to `to`.
    pub(super) fn frame(&self, to: Ipv4Addr, proto: u8, payload: &[u8]) -> Flow {
        self.send(self.build(to, proto).packet(payload))
    }

    /// A piece of a datagram, `offset` times eight bytes into it.
    pub(super) fn piece(&self, to: Ipv4Addr, offset: u16, more: bool, part: &[u8]) -> Flow {
        let mut packet = self.build(to, ipv4::UDP).packet(part);
        put16(&mut packet, 6, offset | if more { ipv4::MF } else { 0 });
        ipv4::set_check(&mut packet);
        self.send(packet)
    }

    fn build(&self, to: Ipv4Addr, proto: u8) -> ipv4::Build<'static> {
        ipv4::Build {
            src: self.address,
            dst: to,
            proto,
            ttl: 64,
            tos: 0,
            id: 1,
            df: true,
            options: &[],
        }
    }

    fn send(&self, packet: Vec<u8>) -> Flow {
        let mut bytes = self.gateway.to_vec();
        bytes.extend(self.mac);
        bytes.extend(eth::ETH_P_IP.to_be_bytes());
        bytes.extend(packet);
        Flow {
            netns: self.netns.clone(),
            action: Action::Frame {
                dev: self.dev.clone(),
                bytes,
            },
        }
    }

    /// A segment to `to`, that acknowledges all of `other`.
    fn say(&mut self, (to, port): (Ipv4Addr, u16), other: &Self, flags: u8, data: &str) -> Flow {
        let segment = tcp::Build {
            sport: self.port,
            dport: port,
            seq: self.seq,
            ack: if flags & ACK != 0 { other.seq } else { 0 },
            flags,
            window: 64240,
            options: &[],
            data: data.as_bytes(),
        }
        .segment(self.address, to);
        let length = u32::try_from(data.len()).unwrap_or(0);
        self.seq = self.seq.wrapping_add(length + u32::from(flags & SYN != 0));
        self.frame(to, ipv4::TCP, &segment)
    }

    fn datagram(&self, (to, port): (Ipv4Addr, u16), data: &[u8]) -> Flow {
        let length = u16::try_from(8 + data.len()).unwrap_or(8);
        let mut bytes = self.port.to_be_bytes().to_vec();
        bytes.extend(port.to_be_bytes());
        bytes.extend(length.to_be_bytes());
        bytes.extend([0, 0]);
        bytes.extend(data);
        let start = checksum::pseudo_v4(self.address, to, ipv4::UDP, bytes.len());
        let sum = !(checksum::sum(&bytes, start) as u16);
        if let Some(field) = bytes.get_mut(6..8) {
            field.copy_from_slice(&sum.to_be_bytes());
        }
        self.frame(to, ipv4::UDP, &bytes)
    }
}

fn ftp(
    machine: &mut Machine,
    flows: &mut Vec<Flow>,
    random: &mut Random,
    (client, server): (&mut Speaker, &mut Speaker),
    seen: Ipv4Addr,
) {
    let rule = "-A PREROUTING -p tcp -m tcp --dport 21 -j CT --helper ftp\n";
    first_in_raw(machine.host("host"), rule);
    (client.port, server.port) = (41000, 21);
    let (there, back) = ((server.address, 21), (seen, 41000));
    flows.push(client.say(there, server, SYN, ""));
    flows.push(server.say(back, client, SYN | ACK, ""));
    flows.push(client.say(there, server, ACK, ""));
    for number in 0..random.range(1, 3) {
        let port = 50_000 + u16::try_from(number).unwrap_or(0);
        let passive = random.chance(50);
        let (line, speaks) = announcement(random, passive, (client, server), port);
        let flags = ACK | PSH;
        if passive {
            flows.push(client.say(there, server, flags, "PASV\r\n"));
            flows.push(server.say(back, client, flags, &line));
        } else {
            flows.push(client.say(there, server, flags, &line));
            flows.push(server.say(back, client, flags, "200 ok\r\n"));
        }
        // What was announced, or a port beside it.
        let port = port + u16::from(random.chance(15));
        let mut data = if passive {
            client.clone()
        } else {
            server.clone()
        };
        data.port = if passive { 42_000 } else { 20 };
        let to = if passive { speaks } else { seen };
        flows.push(data.say((to, port), server, SYN, ""));
    }
}

/// What an end says about the address and port that it listens at; whose address it
/// names.
fn announcement(
    random: &mut Random,
    passive: bool,
    (client, server): (&Speaker, &Speaker),
    port: u16,
) -> (String, Ipv4Addr) {
    let own = if passive {
        server.address
    } else {
        client.address
    };
    let named = match random.below(10) {
        0 => Ipv4Addr::new(10, 9, 0, 7),
        _ => own,
    };
    let [a, b, c, d] = named.octets();
    let (high, low) = (port >> 8, port & 255);
    let comma = format!("{a},{b},{c},{d},{high},{low}");
    let end = if random.chance(8) { "" } else { "\r\n" };
    let line = match (passive, random.below(3)) {
        (true, 0) => format!("229 Entering Extended Passive Mode (|||{port}|){end}"),
        (true, _) => format!("227 Entering Passive Mode ({comma}).{end}"),
        (false, 0) => format!("EPRT |1|{named}|{port}|{end}"),
        (false, 1) => format!("port {comma}{end}"),
        (false, _) => format!("PORT {comma}{end}"),
    };
    (line, own)
}

fn tftp(
    machine: &mut Machine,
    flows: &mut Vec<Flow>,
    random: &mut Random,
    (client, server): (&mut Speaker, &mut Speaker),
    seen: Ipv4Addr,
) {
    let rule = "-A PREROUTING -p udp -m udp --dport 69 -j CT --helper tftp\n";
    first_in_raw(machine.host("host"), rule);
    client.port = 41000;
    // A read or a write request; an acknowledgement says nothing.
    let operation = [1, 1, 2, 4][random.below(4)];
    let request = [&[0, operation][..], b"walk\0octet\0"].concat();
    flows.push(client.datagram((server.address, 69), &request));
    for _ in 0..random.range(1, 2) {
        server.port = u16::try_from(43_000 + random.below(2)).unwrap_or(43_000);
        let port = 41000 + u16::from(random.chance(15));
        flows.push(server.datagram((seen, port), b"\0\x03\0\x01walk"));
    }
}
