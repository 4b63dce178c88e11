//! Conditions and watchers of ebtables' rules (ebtables.c, `ebt_basic_match`;
//! ebt_*.c).

use packetwalk_rules::ebt::link::{AmongSide, EbMarkTest};
use packetwalk_rules::ebt::{Backend, EbLog, EbMatch, EbProto, EbRule, MacMatch};
use packetwalk_rules::xt::PortRange;
use packetwalk_rules::{MacAddr as RuleMac, Neg};

use crate::netfilter::HookState;
use crate::netfilter::matches::{Answer, Ask, all};
use crate::skb::Skb;
use crate::walk::{Event, Has, LogFormat, LogRecord, Name, PktType};
use crate::wire::arp::Arp;
use crate::wire::be16;
use crate::wire::eth::{ETH_P_8021Q, ETH_P_ARP, ETH_P_IP, MacAddr};
use crate::world::{DevId, NsId, World};

use super::{llc, mac};

pub(super) fn address(
    ask: &Ask<'_>,
    wants: Option<&Neg<MacMatch>>,
    option: &str,
    has: MacAddr,
) -> Answer {
    match wants {
        None => Answer::Yes,
        Some(wants) => ask.test(
            wants.value.contains(RuleMac(has.0)),
            option,
            wants.inverted,
            || mac(wants.value.addr).to_string(),
            || Has::Value(has.to_string()),
        ),
    }
}

/// A plain value and what the packet has.
pub(super) fn value<T: PartialEq + std::fmt::Display>(
    ask: &Ask<'_>,
    wants: Option<&Neg<T>>,
    option: &str,
    has: Option<T>,
) -> Answer {
    match wants {
        None => Answer::Yes,
        Some(wants) => ask.test(
            has.as_ref() == Some(&wants.value),
            option,
            wants.inverted,
            || wants.value.to_string(),
            || has.map_or(Has::Nothing, |has| Has::Value(has.to_string())),
        ),
    }
}

fn port(ask: &Ask<'_>, wants: Option<&Neg<PortRange>>, option: &str, has: Option<u16>) -> Answer {
    match wants {
        None => Answer::Yes,
        Some(wants) => {
            let Some(has) = has else {
                return ask.no(option, wants.inverted, String::new, || Has::Truncated);
            };
            ask.test(
                wants.value.contains(has),
                option,
                wants.inverted,
                || format!("{}:{}", wants.value.first, wants.value.last),
                || Has::Value(has.to_string()),
            )
        }
    }
}

fn masked(
    ask: &Ask<'_>,
    wants: Option<&packetwalk_rules::ebt::MaskedAddr>,
    option: &str,
    has: std::net::Ipv4Addr,
) -> Answer {
    match wants {
        None => Answer::Yes,
        Some(wants) => ask.test(
            wants.contains(has.into()),
            option,
            wants.inverted(),
            || {
                let mut text = String::new();
                wants.push_save(&mut text);
                text
            },
            || Has::Value(has.to_string()),
        ),
    }
}

fn ip(ask: &Ask<'_>, wants: &packetwalk_rules::ebt::ip::Ip) -> Answer {
    if ask.skb.proto != ETH_P_IP || ask.skb.data.len() < 20 {
        return ask.no("-p", false, || "IPv4".into(), || Has::Truncated);
    }
    let packet = ask.skb.ip();
    let ports = wants.sport.is_some() || wants.dport.is_some();
    let ports = ports || wants.icmp.is_some() || wants.igmp.is_some();
    if ports && packet.frag_offset() != 0 {
        return ask.no("--ip-dport", false, String::new, || Has::Fragment);
    }
    let bytes = packet.payload();
    // The kernel reads four bytes, whichever of them are asked (ebt_ip_mt).
    if ports && bytes.len() < 4 {
        return ask.no("--ip-dport", false, String::new, || Has::Truncated);
    }
    all!(
        value(ask, wants.tos.as_ref(), "--ip-tos", Some(packet.tos())),
        masked(ask, wants.src.as_ref(), "--ip-src", packet.src()),
        masked(ask, wants.dst.as_ref(), "--ip-dst", packet.dst()),
        value(
            ask,
            wants.proto.as_ref(),
            "--ip-proto",
            Some(packet.proto())
        ),
        port(ask, wants.sport.as_ref(), "--ip-sport", be16(bytes, 0)),
        port(ask, wants.dport.as_ref(), "--ip-dport", be16(bytes, 2)),
        match &wants.icmp {
            None => Answer::Yes,
            Some(range) => {
                let (kind, code) = (
                    bytes.first().copied().unwrap_or(0),
                    bytes.get(1).copied().unwrap_or(0),
                );
                let (types, codes) = (range.value.types, range.value.codes);
                ask.test(
                    (types.0..=types.1).contains(&kind) && (codes.0..=codes.1).contains(&code),
                    "--ip-icmp-type",
                    range.inverted,
                    || format!("{}:{}/{}:{}", types.0, types.1, codes.0, codes.1),
                    || Has::Value(format!("{kind}/{code}")),
                )
            }
        },
        match wants.igmp {
            None => Answer::Yes,
            Some(Neg {
                value: (low, high),
                inverted,
            }) => {
                let kind = bytes.first().copied().unwrap_or(0);
                ask.test(
                    (low..=high).contains(&kind),
                    "--ip-igmp-type",
                    inverted,
                    || format!("{low}:{high}"),
                    || Has::Value(kind.to_string()),
                )
            }
        },
    )
}

fn arp(ask: &Ask<'_>, wants: &packetwalk_rules::ebt::arp::Arp) -> Answer {
    let bytes = &ask.skb.data;
    let (Some(htype), Some(ptype), Some(op)) = (be16(bytes, 0), be16(bytes, 2), be16(bytes, 6))
    else {
        return ask.no("-p", false, || "ARP".into(), || Has::Truncated);
    };
    let whole = Arp::read(bytes);
    all!(
        value(ask, wants.op.as_ref(), "--arp-opcode", Some(op)),
        value(ask, wants.htype.as_ref(), "--arp-htype", Some(htype)),
        value(ask, wants.ptype.as_ref(), "--arp-ptype", Some(ptype)),
        match (wants.ip_src.is_some() || wants.ip_dst.is_some(), whole) {
            (false, _) => Answer::Yes,
            (true, None) => ask.no("--arp-ip-src", false, String::new, || Has::Truncated),
            (true, Some(arp)) => all!(
                masked(ask, wants.ip_src.as_ref(), "--arp-ip-src", arp.sip),
                masked(ask, wants.ip_dst.as_ref(), "--arp-ip-dst", arp.tip),
            ),
        },
        match (wants.mac_src.is_some() || wants.mac_dst.is_some(), whole) {
            (false, _) => Answer::Yes,
            (true, None) => ask.no("--arp-mac-src", false, String::new, || Has::Truncated),
            (true, Some(arp)) => all!(
                address(ask, wants.mac_src.as_ref(), "--arp-mac-src", arp.sha),
                address(ask, wants.mac_dst.as_ref(), "--arp-mac-dst", arp.tha),
            ),
        },
        match wants.gratuitous {
            None => Answer::Yes,
            Some(inverted) => ask.test(
                whole.is_some_and(|arp| arp.sip == arp.tip),
                "--arp-gratuitous",
                inverted.inverted,
                String::new,
                || Has::Nothing,
            ),
        },
    )
}

fn condition(ask: &Ask<'_>, found: &EbMatch) -> Answer {
    match found {
        EbMatch::Log(_) | EbMatch::Nflog(_) => Answer::Yes,
        EbMatch::Ip(wants) => ip(ask, wants),
        EbMatch::Arp(wants) => arp(ask, wants),
        EbMatch::Ip6(_) => ask.no("-p", false, || "IPv6".into(), || Has::Nothing),
        EbMatch::Mark(wants) => {
            let has = ask.skb.mark;
            let holds = match wants.mark.value {
                EbMarkTest::Equal { value, mask } => u64::from(has) & mask == value,
                EbMarkTest::Any(mask) => u64::from(has) & mask != 0,
            };
            ask.test(holds, "--mark", wants.mark.inverted, String::new, || {
                Has::Value(format!("{has:#x}"))
            })
        }
        EbMatch::PktType(wants) => {
            let has = match ask.skb.pkt_type {
                PktType::Host => 0,
                PktType::Broadcast => 1,
                PktType::Multicast => 2,
                PktType::OtherHost => 3,
                PktType::Outgoing => 4,
                PktType::Loopback => 5,
            };
            value(ask, Some(&wants.kind), "--pkttype-type", Some(has))
        }
        EbMatch::Vlan(wants) => {
            // A frame that was sent with its tag has it in front of its data
            // (ebt_vlan_mt).
            let tag = match ask.skb.vlan {
                Some(tci) => Some((tci, ask.skb.proto)),
                None => be16(&ask.skb.data, 0).zip(be16(&ask.skb.data, 2)),
            };
            let Some((tci, encap)) = tag else {
                return ask.no("--vlan-id", false, String::new, || Has::Nothing);
            };
            all!(
                value(ask, wants.id.as_ref(), "--vlan-id", Some(tci & 0xfff)),
                value(
                    ask,
                    wants.prio.as_ref(),
                    "--vlan-prio",
                    Some((tci >> 13) as u8)
                ),
                value(ask, wants.encap.as_ref(), "--vlan-encap", Some(encap)),
            )
        }
        EbMatch::Among(wants) => {
            let Some(eth) = ask.skb.mac else {
                return Answer::NotModelled("among".into());
            };
            let (src, dst) = addresses(ask.skb).unzip();
            all!(
                among(ask, wants.src.as_ref(), "--among-src", eth.src, src),
                among(ask, wants.dst.as_ref(), "--among-dst", eth.dst, dst),
            )
        }
        EbMatch::Ieee8023(wants) => llc::ieee_802_3(ask, wants),
        EbMatch::Stp(wants) => llc::stp(ask, wants),
        EbMatch::Kept(ext) => Answer::NotModelled(ext.name.to_string()),
        // Asked by `eb_rule_matches`, as it takes something out of a bucket.
        EbMatch::Limit(_) => Answer::NotModelled("limit".into()),
    }
}

/// One side of `among`: is the address in the list, with the IP address that
/// stands beside it? nf_tables asks for an IPv4 packet first where the list has
/// IP addresses at all, whether or not the side is inverted; the legacy match
/// reads them from ARP too (`get_ip_src` in net/bridge/netfilter/ebt_among.c).
fn among(
    ask: &Ask<'_>,
    side: Option<&AmongSide>,
    option: &'static str,
    mac: MacAddr,
    ip: Option<std::net::Ipv4Addr>,
) -> Answer {
    let Some(side) = side else {
        return Answer::Yes;
    };
    let of_ip = side.pairs.iter().any(|pair| pair.ip.is_some());
    let proto = ask.skb.proto;
    if of_ip && proto != ETH_P_IP && ask.world.ns(ask.ns).nf.tables.eb_backend == Backend::NfTables
    {
        return ask.no(option, side.inverted, String::new, || {
            Has::Value(format!("0x{proto:04x}"))
        });
    }
    let inside = side
        .pairs
        .iter()
        .any(|pair| pair.mac.0 == mac.0 && pair.ip.is_none_or(|wanted| Some(wanted) == ip));
    ask.test(inside, option, side.inverted, String::new, || {
        Has::Value(mac.to_string())
    })
}

/// IP source and destination of an IP or ARP packet.
fn addresses(skb: &Skb) -> Option<(std::net::Ipv4Addr, std::net::Ipv4Addr)> {
    match skb.proto {
        ETH_P_IP => Some((skb.ip().src(), skb.ip().dst())),
        ETH_P_ARP => Arp::read(&skb.data).map(|arp| (arp.sip, arp.tip)),
        _ => None,
    }
}

/// What a rule asks of the frame's header.
fn header(ask: &Ask<'_>, rule: &EbRule) -> Answer {
    let Some(eth) = ask.skb.mac else {
        return Answer::NotModelled("frame without a header".into());
    };
    let master = |dev: Option<DevId>| {
        let port = ask.world.dev(ask.ns, dev?).port.as_ref()?;
        Some(port.bridge)
    };
    all!(
        match rule.proto {
            None => Answer::Yes,
            Some(proto) => {
                let has = if ask.skb.vlan.is_some() {
                    ETH_P_8021Q
                } else {
                    eth.ethertype
                };
                let holds = match proto.value {
                    EbProto::Length => has < 0x600,
                    EbProto::Type(wanted) => has == wanted,
                };
                ask.test(
                    holds,
                    "-p",
                    proto.inverted,
                    || match proto.value {
                        EbProto::Length => "LENGTH".into(),
                        EbProto::Type(wanted) => format!("{wanted:#06x}"),
                    },
                    || Has::Value(format!("{has:#06x}")),
                )
            }
        },
        ask.device(rule.in_iface.as_ref(), "-i", ask.state.input),
        ask.device(rule.out_iface.as_ref(), "-o", ask.state.output),
        ask.device(
            rule.logical_in.as_ref(),
            "--logical-in",
            master(ask.state.input)
        ),
        ask.device(
            rule.logical_out.as_ref(),
            "--logical-out",
            master(ask.state.output)
        ),
        address(ask, rule.src.as_ref(), "-s", eth.src),
        address(ask, rule.dst.as_ref(), "-d", eth.dst),
    )
}

impl World {
    /// Does the rule match? Its watchers write on the way: the legacy tool's
    /// once everything matched, nf_tables' where they stand.
    pub(super) fn eb_rule_matches(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &Skb,
        rule: &EbRule,
        place: (usize, usize),
    ) -> Answer {
        let legacy = self.ns(ns).nf.tables.eb_backend == Backend::Legacy;
        let ask = Ask {
            world: self,
            ns,
            state,
            skb,
        };
        match header(&ask, rule) {
            Answer::Yes => {}
            other => return other,
        }
        for (number, found) in rule.matches.iter().enumerate() {
            if let EbMatch::Limit(limit) = found {
                let place = (place.0, place.1, number);
                match self.match_limit(ns, limit.period, limit.burst, place) {
                    Answer::Yes => continue,
                    other => return other,
                }
            }
            if let EbMatch::Log(log) = found {
                if !legacy {
                    self.eb_log(ns, state, skb, log);
                }
                continue;
            }
            let ask = Ask {
                world: self,
                ns,
                state,
                skb,
            };
            match condition(&ask, found) {
                Answer::Yes => {}
                other => return other,
            }
        }
        if legacy {
            for found in &rule.matches {
                if let EbMatch::Log(log) = found {
                    self.eb_log(ns, state, skb, log);
                }
            }
        }
        Answer::Yes
    }

    fn eb_log(&mut self, ns: NsId, state: &HookState, skb: &Skb, log: &EbLog) {
        let event = Event::Log(LogRecord {
            at: Some(self.hook_point(ns, state, skb)),
            format: LogFormat::Ebtables {
                prefix: Name::from(&*log.prefix),
                ip: log.ip,
                arp: log.arp,
                ip6: log.ip6,
            },
            level: log.level,
        });
        self.step_hook(ns, state, skb, event);
    }
}
