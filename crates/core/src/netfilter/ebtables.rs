//! ebtables (`ebt_do_table`, net/bridge/netfilter/).

use std::sync::Arc;

use packetwalk_rules::ebt::link::EbMarkTest;
use packetwalk_rules::ebt::targets::MarkAction;
use packetwalk_rules::ebt::{
    Backend, EbLog, EbMatch, EbProto, EbRule, EbTarget, EbVerdict, MacMatch,
};
use packetwalk_rules::xt::PortRange;
use packetwalk_rules::{MacAddr as RuleMac, Neg};

use crate::skb::Skb;
use crate::walk::{Event, Has, LogFormat, LogRecord, Name, Origin, PktType, RuleRef, Verdict};
use crate::wire::arp::{Arp, REPLY, REQUEST};
use crate::wire::be16;
use crate::wire::eth::{ETH_P_8021Q, ETH_P_ARP, ETH_P_IP, MacAddr};
use crate::world::{DevId, NsId, World};

use super::matches::{Answer, Ask, all};
use super::tables::Compiled;
use super::{HookState, llc};

/// Places of rules that remember something are told apart from iptables' by
/// this, added to the table's number.
const EB_PLACES: usize = 1 << 16;

/// What of a rule is not modelled.
pub(super) fn not_modelled(rule: &EbRule) -> impl Iterator<Item = String> + '_ {
    let matches = rule.matches.iter().filter_map(|found| match found {
        EbMatch::Kept(ext) => Some(format!("match {}", ext.name)),
        _ => None,
    });
    let target = match &rule.target {
        EbTarget::Kept(ext) => Some(format!("target {}", ext.name)),
        _ => None,
    };
    matches.chain(target)
}

fn mac(mac: RuleMac) -> MacAddr {
    MacAddr(mac.0)
}

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
            let Some(tci) = ask.skb.vlan else {
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
                value(
                    ask,
                    wants.encap.as_ref(),
                    "--vlan-encap",
                    Some(ask.skb.proto)
                ),
            )
        }
        EbMatch::Among(wants) => {
            let Some(eth) = ask.skb.mac else {
                return Answer::NotModelled("among".into());
            };
            let addrs = addresses(ask.skb);
            let inside = |side: &packetwalk_rules::ebt::link::AmongSide, mac: MacAddr, ip| {
                side.pairs.iter().any(|pair| {
                    pair.mac.0 == mac.0 && pair.ip.is_none_or(|wanted| Some(wanted) == ip)
                })
            };
            all!(
                match &wants.src {
                    None => Answer::Yes,
                    Some(side) => ask.test(
                        inside(side, eth.src, addrs.map(|addrs| addrs.0)),
                        "--among-src",
                        side.inverted,
                        String::new,
                        || Has::Value(eth.src.to_string()),
                    ),
                },
                match &wants.dst {
                    None => Answer::Yes,
                    Some(side) => ask.test(
                        inside(side, eth.dst, addrs.map(|addrs| addrs.1)),
                        "--among-dst",
                        side.inverted,
                        String::new,
                        || Has::Value(eth.dst.to_string()),
                    ),
                },
            )
        }
        EbMatch::Ieee8023(wants) => llc::ieee_802_3(ask, wants),
        EbMatch::Stp(wants) => llc::stp(ask, wants),
        EbMatch::Kept(ext) => Answer::NotModelled(ext.name.to_string()),
        // Asked by `eb_rule_matches`, as it takes something out of a bucket.
        EbMatch::Limit(_) => Answer::NotModelled("limit".into()),
    }
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
    /// `ebt_do_table`: walks the chain of ebtables table number `table`.
    pub fn do_ebtable(
        &mut self,
        ns: NsId,
        table: usize,
        state: &HookState,
        skb: &mut Skb,
    ) -> Verdict {
        let Some(compiled) = self
            .ns(ns)
            .nf
            .tables
            .eb
            .get(table)
            .map(|table| Arc::clone(&table.compiled))
        else {
            return Verdict::Accept;
        };
        let broute = &*compiled.name == "broute";
        let name = if broute {
            "BROUTING"
        } else {
            state.hook.name()
        };
        let Some(start) = compiled.chain(name) else {
            return Verdict::Accept;
        };
        self.enter_table(ns, &compiled.name, state, skb);
        let (verdict, rule) = self.walk_eb_chains(ns, table, &compiled, start, state, skb);
        self.leave_table(ns, &compiled.name, state, skb, verdict, rule);
        if broute && verdict == Verdict::Drop && state.hook != crate::walk::Hook::Brouting {
            // nft's broute: "routed, not bridged" once the hook is over.
            skb.broute = true;
            return Verdict::Accept;
        }
        verdict
    }

    fn walk_eb_chains(
        &mut self,
        ns: NsId,
        table: usize,
        compiled: &Compiled<EbRule>,
        start: usize,
        state: &HookState,
        skb: &mut Skb,
    ) -> (Verdict, Option<RuleRef>) {
        let mut stack: Vec<(usize, usize)> = Vec::new();
        let (mut at, mut next) = (start, 0);
        loop {
            let Some(chain) = compiled.chains.get(at) else {
                return (Verdict::Drop, None);
            };
            let Some(entry) = chain.rules.get(next) else {
                self.count_eb(ns, table, chain.first + next, skb);
                let policy = chain.policy.unwrap_or(Verdict::Accept);
                if let Some(back) = stack.pop() {
                    if self.rec.full() {
                        let event = Event::Return {
                            rule: None,
                            from: chain.name.clone(),
                            to: compiled
                                .chains
                                .get(back.0)
                                .map_or_else(|| "".into(), |chain| chain.name.clone()),
                        };
                        self.step_hook(ns, state, skb, event);
                    }
                    if policy == Verdict::Drop {
                        return (Verdict::Drop, None);
                    }
                    (at, next) = back;
                    continue;
                }
                if self.rec.full() {
                    let event = Event::Policy {
                        table: compiled.name.clone(),
                        chain: chain.name.clone(),
                        verdict: policy,
                    };
                    self.step_hook(ns, state, skb, event);
                }
                return (policy, None);
            };
            let answer = self.eb_rule_matches(
                ns,
                state,
                skb,
                &entry.rule,
                (EB_PLACES + table, chain.first + next),
            );
            let rule = compiled.rule_ref(chain, next);
            match answer {
                Answer::Yes => {
                    if self.rec.full() {
                        let event = Event::Rule {
                            rule: rule.clone(),
                            why_not: None,
                        };
                        self.step_hook(ns, state, skb, event);
                    }
                }
                Answer::No(why_not) => {
                    if self.rec.full() {
                        let event = Event::Rule {
                            rule,
                            why_not: why_not.map(|why| *why),
                        };
                        self.step_hook(ns, state, skb, event);
                    }
                    next += 1;
                    continue;
                }
                Answer::HotDrop => return (Verdict::Drop, Some(rule)),
                Answer::NotModelled(what) => {
                    let what = format!(
                        "ebtables match {what} of rule {} in {} of table {}",
                        next + 1,
                        chain.name,
                        compiled.name
                    );
                    self.not_modelled(ns, skb, &what);
                    return (Verdict::Stolen, Some(rule));
                }
            }
            self.count_eb(ns, table, chain.first + next, skb);
            let verdict = match &entry.rule.target {
                EbTarget::Jump(_) => match entry.jump {
                    Some(to) => {
                        if self.rec.full()
                            && let Some(target) = compiled.chains.get(to)
                        {
                            let event = Event::Jump {
                                rule,
                                to: target.name.clone(),
                                goto: false,
                            };
                            self.step_hook(ns, state, skb, event);
                        }
                        stack.push((at, next + 1));
                        (at, next) = (to, 0);
                        continue;
                    }
                    None => return (Verdict::Drop, Some(rule)),
                },
                target => match self.eb_target(ns, state, skb, target) {
                    Some(verdict) => verdict,
                    None => {
                        let what =
                            format!("ebtables target of rule {} in {}", next + 1, chain.name);
                        self.not_modelled(ns, skb, &what);
                        return (Verdict::Stolen, Some(rule));
                    }
                },
            };
            match verdict {
                EbVerdict::Accept => return (Verdict::Accept, Some(rule)),
                EbVerdict::Drop => return (Verdict::Drop, Some(rule)),
                EbVerdict::Continue => next += 1,
                EbVerdict::Return => match stack.pop() {
                    Some(back) => (at, next) = back,
                    None => {
                        // At the top it means the policy.
                        next = chain.rules.len();
                    }
                },
            }
        }
    }

    fn count_eb(&mut self, ns: NsId, table: usize, place: usize, skb: &Skb) {
        if let Some(counters) = self
            .ns_mut(ns)
            .nf
            .tables
            .eb
            .get_mut(table)
            .and_then(|table| table.counters.get_mut(place))
        {
            counters.packets += 1;
            counters.bytes += skb.data.len() as u64;
        }
    }

    /// Does the rule match? Its watchers write on the way: the legacy tool's
    /// once everything matched, nf_tables' where they stand.
    fn eb_rule_matches(
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

    /// Runs a target; `None` if it is not modelled.
    fn eb_target(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &mut Skb,
        target: &EbTarget,
    ) -> Option<EbVerdict> {
        Some(match target {
            EbTarget::Verdict(verdict) => *verdict,
            EbTarget::Mark(mark) => {
                // The kernel keeps an unsigned long, of which 32 bits count.
                let value = (mark.value & u64::from(u32::MAX)) as u32;
                skb.mark = match mark.action {
                    MarkAction::Set => value,
                    MarkAction::Or => skb.mark | value,
                    MarkAction::And => skb.mark & value,
                    MarkAction::Xor => skb.mark ^ value,
                };
                mark.verdict
            }
            EbTarget::Snat(snat) => {
                if let Some(eth) = &mut skb.mac {
                    eth.src = mac(snat.mac);
                }
                if snat.arp
                    && skb.proto == ETH_P_ARP
                    && be16(&skb.data, 4) == Some(0x0604)
                    && let Some(place) = skb.data.get_mut(8..14)
                {
                    place.copy_from_slice(&snat.mac.0);
                }
                snat.verdict
            }
            EbTarget::Dnat(dnat) => {
                let to = mac(dnat.mac);
                if let Some(eth) = &mut skb.mac {
                    eth.dst = to;
                }
                // The frame's addressee changes with it (ebt_dnat.c).
                let dev = match state.hook {
                    crate::walk::Hook::Prerouting | crate::walk::Hook::Brouting => state.input,
                    _ => None,
                };
                if to.is_broadcast() {
                    skb.pkt_type = PktType::Broadcast;
                } else if to.is_multicast() {
                    skb.pkt_type = PktType::Multicast;
                } else if let Some(dev) = dev {
                    let bridge = self.dev(ns, dev).port.as_ref().map(|port| port.bridge);
                    let own = if &*target_table(state) == "broute" {
                        Some(dev)
                    } else {
                        bridge
                    };
                    let local = own.is_some_and(|own| self.dev(ns, own).mac == to);
                    skb.pkt_type = if local {
                        PktType::Host
                    } else {
                        PktType::OtherHost
                    };
                }
                dnat.verdict
            }
            EbTarget::Redirect(redirect) => {
                let dev = state.input?;
                let own = match state.hook {
                    crate::walk::Hook::Brouting => Some(dev),
                    _ => self.dev(ns, dev).port.as_ref().map(|port| port.bridge),
                }?;
                let to = self.dev(ns, own).mac;
                if let Some(eth) = &mut skb.mac {
                    eth.dst = to;
                }
                skb.pkt_type = PktType::Host;
                redirect.verdict
            }
            EbTarget::ArpReply(reply) => {
                if let (Some(arp), Some(dev)) = (Arp::read(&skb.data), state.input)
                    && arp.op == REQUEST
                {
                    let answer = Arp {
                        op: REPLY,
                        sha: mac(reply.mac),
                        sip: arp.tip,
                        tha: arp.sha,
                        tip: arp.sip,
                    };
                    let mut out = self.new_skb(dev, ETH_P_ARP, answer.bytes());
                    out.traced = false;
                    out.set_mac(arp.sha, mac(reply.mac));
                    self.note(ns, crate::walk::Layer::Link, &out, |_| Event::Emit {
                        parent: Some(skb.id),
                        origin: Origin::ArpReply,
                    });
                    let _ = self.dev_queue_xmit(ns, out);
                    return Some(reply.verdict);
                }
                EbVerdict::Accept
            }
            EbTarget::Jump(_) | EbTarget::Kept(_) => return None,
        })
    }
}

fn target_table(state: &HookState) -> Name {
    if state.hook == crate::walk::Hook::Brouting {
        "broute".into()
    } else {
        "".into()
    }
}
