//! What arptables asks of an ARP packet (`arp_packet_match` of
//! net/ipv4/netfilter/arp_tables.c; arptables for nf_tables asks in another order, and
//! for Ethernet and IPv4 whether told or not).

use std::net::{IpAddr, Ipv4Addr};

use packetwalk_rules::arpt::{ArpMatch, Masked};
use packetwalk_rules::ebt::MacMatch;
use packetwalk_rules::{IpMatch, MacAddr, Neg};

use crate::walk::Has;
use crate::wire::arp::LEN;

use super::{Answer, Ask, all, ip};

/// The packet's fields, where Ethernet and IPv4 have them: the devices that ARP
/// runs on here have addresses of six bytes.
struct Fields<'a> {
    data: &'a [u8; LEN],
}

impl Fields<'_> {
    fn word(&self, at: usize) -> u16 {
        let byte = |at: usize| self.data.get(at).copied().unwrap_or(0);
        u16::from_be_bytes([byte(at), byte(at + 1)])
    }

    fn bytes<const N: usize>(&self, at: usize) -> [u8; N] {
        let found = self
            .data
            .get(at..at + N)
            .and_then(|part| part.try_into().ok());
        found.unwrap_or([0; N])
    }

    fn ip(&self, at: usize) -> IpAddr {
        Ipv4Addr::from(self.bytes(at)).into()
    }

    fn mac(&self, at: usize) -> MacAddr {
        MacAddr(self.bytes(at))
    }
}

/// A number, asked with a mask.
struct Number {
    option: &'static str,
    has: u16,
    hex: bool,
}

impl Number {
    fn text(&self, number: u16) -> String {
        match self.hex {
            true => format!("0x{number:x}"),
            false => number.to_string(),
        }
    }

    fn ask(&self, ask: &Ask<'_>, wants: Option<Neg<Masked<u16>>>) -> Answer {
        let Some(wants) = wants else {
            return Answer::Yes;
        };
        let Masked { value, mask } = wants.value;
        ask.test(
            self.has & mask == value,
            self.option,
            wants.inverted,
            || match mask {
                u16::MAX => self.text(value),
                mask => format!("{}/0x{mask:x}", self.text(value)),
            },
            || Has::Value(self.text(self.has)),
        )
    }
}

fn mac(ask: &Ask<'_>, wants: Option<Neg<MacMatch>>, option: &str, has: MacAddr) -> Answer {
    let Some(wants) = wants else {
        return Answer::Yes;
    };
    ask.test(
        wants.value.contains(has),
        option,
        wants.inverted,
        || match wants.value.mask {
            MacAddr::ONES => wants.value.addr.to_string(),
            mask => format!("{}/{mask}", wants.value.addr),
        },
        || Has::Value(has.to_string()),
    )
}

/// Does the rule match the ARP packet? `legacy`: it is one of x_tables.
pub(super) fn matches(ask: &Ask<'_>, wants: &IpMatch, legacy: bool) -> Answer {
    let Some(data) = ask.skb.data.first_chunk::<LEN>() else {
        return Answer::HotDrop;
    };
    let has = Fields { data };
    let none = ArpMatch::default();
    let arp = wants.arp.as_deref().unwrap_or(&none);
    let implied = |value: u16| {
        let mask = u16::MAX;
        (!legacy).then_some(Neg::new(Masked { value, mask }, false))
    };
    let devices = || {
        all!(
            ask.device(wants.in_iface.as_deref(), "-i", ask.state.input),
            ask.device(wants.out_iface.as_deref(), "-o", ask.state.output),
        )
    };
    let number = |option, has, hex| Number { option, has, hex };
    let operation = || number("--opcode", has.word(6), false).ask(ask, arp.opcode);
    let header = || {
        let [_, _, _, _, hlen, ..] = *data;
        let length = arp.hlen.map(|asked| {
            let Masked { value, mask } = asked.value;
            let (value, mask) = (value.into(), mask.into());
            // All bits of a byte are all that it has.
            let mask = if mask == 0xff { u16::MAX } else { mask };
            Neg::new(Masked { value, mask }, asked.inverted)
        });
        all!(
            number("--h-type", has.word(0), false).ask(ask, arp.htype.or(implied(1))),
            number("--proto-type", has.word(2), true).ask(ask, arp.ptype),
            number("--h-length", hlen.into(), false).ask(ask, length.or(implied(6))),
        )
    };
    let source_mac = || mac(ask, arp.src_mac, "--src-mac", has.mac(8));
    let source = || ip::address(ask, wants.src.as_ref(), "-s", has.ip(14));
    let target_mac = || mac(ask, arp.dst_mac, "--dst-mac", has.mac(18));
    let target = || ip::address(ask, wants.dst.as_ref(), "-d", has.ip(24));
    if legacy {
        return all!(
            operation(),
            header(),
            source_mac(),
            target_mac(),
            source(),
            target(),
            devices(),
        );
    }
    all!(
        devices(),
        header(),
        operation(),
        source_mac(),
        source(),
        target_mac(),
        target(),
    )
}
