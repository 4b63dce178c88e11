//! Every kind of step, with every value it can have, has a sentence in both
//! languages.

use std::collections::BTreeSet;
use std::sync::Arc;

use packetwalk_core::flow::{Action, Flow, Outcome};
use packetwalk_core::walk::{
    CtAct, DropReason, Event, Family, FdbResult, FrameRefusal, Has, Hook, HookPoint, IcmpLimit,
    Layer, LogFormat, LogRecord, Name, NatAct, NeighbourAct, Origin, PacketState, PktType,
    PortSkip, ProgramAct, RouteKey, RouteResult, RuleRef, SocketView, Step, TableSkip, Verdict,
    Walk, WhyNot,
};
use packetwalk_core::wire::eth::MacAddr;
use packetwalk_core::wire::{icmp, ipv4};
use packetwalk_view::timeline;
use packetwalk_view::words::{self, Lang};
use packetwalk_view::{json, text};

fn name(text: &str) -> Name {
    Name::from(text)
}

fn rule() -> RuleRef {
    RuleRef {
        table: name("filter"),
        chain: name("FORWARD"),
        number: 3,
    }
}

fn why(has: Has) -> WhyNot {
    WhyNot {
        option: name("-o"),
        inverted: true,
        wants: "docker0".into(),
        has,
    }
}

fn route(kind: &str, via: bool, found: bool) -> Event {
    Event::Route {
        key: RouteKey {
            dst: "8.8.8.8".parse().unwrap(),
            src: None,
            iif: Some(name("docker0")),
            oif: None,
            mark: 0,
            tos: 0,
        },
        result: RouteResult {
            kind: name(kind),
            dev: found.then(|| name("eth0")),
            via: via.then(|| "10.0.0.1".parse().unwrap()),
            src: None,
            table: found.then_some(254),
            prefix: found.then(|| name("default")),
            rule: None,
        },
    }
}

fn log(format: LogFormat) -> Event {
    Event::Log(LogRecord {
        at: None,
        format,
        level: 4,
    })
}

/// At least one event of every kind, and every value of every enumeration.
fn samples() -> Vec<Event> {
    let dev = || name("veth1");
    let mac = MacAddr([2, 0x42, 0, 0, 0, 2]);
    let addr = || "192.168.0.2:80".parse().unwrap();
    let mut out = vec![
        Event::Transmit,
        Event::Receive,
        Event::Leave,
        Event::Consume,
        Event::Ttl { from: 64, to: 63 },
        Event::Fragment {
            pieces: 2,
            mtu: 1400,
        },
        Event::Defragment { complete: true },
        Event::Defragment { complete: false },
        Event::NotModelled {
            what: "match foo".into(),
        },
        Event::Limit {
            what: "a loop".into(),
        },
    ];
    for act in [
        ProgramAct::Ping {
            dst: "1.2.3.4".parse().unwrap(),
        },
        ProgramAct::Connect { dst: addr() },
        ProgramAct::SendTo { dst: addr() },
        ProgramAct::SendFrame,
        ProgramAct::Wait {
            time: 1_500_000_000,
        },
        ProgramAct::FrameRefused {
            dev: name("eth0"),
            why: FrameRefusal::Down,
        },
        ProgramAct::Accept { client: addr() },
        ProgramAct::Receive { from: addr() },
        ProgramAct::Relay { dst: addr() },
        ProgramAct::Done {
            outcome: name("ok"),
        },
    ] {
        for program in ["nginx", ""] {
            out.push(Event::Program {
                program: name(program),
                act: act.clone(),
            });
        }
    }
    for origin in [
        Origin::Program,
        Origin::EchoReply,
        Origin::IcmpError,
        Origin::Tcp,
        Origin::Reset,
        Origin::ArpRequest,
        Origin::ArpReply,
        Origin::Clone,
        Origin::Fragment,
        Origin::Target,
    ] {
        out.push(Event::Emit {
            parent: None,
            origin,
        });
    }
    let peer = "10.0.0.9".parse().unwrap();
    for limit in [
        IcmpLimit::Peer { peer },
        IcmpLimit::Route { peer },
        IcmpLimit::Global,
    ] {
        out.push(Event::IcmpLimited { icmp: 3, limit });
    }
    out.push(Event::FdbForget {
        bridge: dev(),
        mac,
        port: dev(),
    });
    for new in [true, false] {
        out.push(Event::FdbLearn {
            mac,
            port: dev(),
            new,
        });
    }
    for result in [
        FdbResult::Port { port: dev() },
        FdbResult::Local,
        FdbResult::Flood,
        FdbResult::Group,
    ] {
        out.push(Event::FdbLookup {
            bridge: name("docker0"),
            mac,
            result,
        });
    }
    for why in [
        PortSkip::SamePort,
        PortSkip::NotForwarding,
        PortSkip::Isolated,
        PortSkip::FloodOff,
        PortSkip::McastFloodOff,
        PortSkip::BcastFloodOff,
        PortSkip::Vlan,
        PortSkip::Down,
        PortSkip::NeighSuppress,
        PortSkip::ProxyArp,
        PortSkip::ProxyArpWifi,
        PortSkip::Mtu,
    ] {
        out.push(Event::PortSkip { port: dev(), why });
    }
    let hooks = [
        Hook::Brouting,
        Hook::Prerouting,
        Hook::Input,
        Hook::Forward,
        Hook::Output,
        Hook::Postrouting,
    ];
    for hook in hooks {
        out.push(Event::BridgeToIp { hook });
        for why in ["bridge-nf-call-iptables is 0", "sabotage"] {
            out.push(Event::BridgeToIpSkip {
                hook,
                why: name(why),
            });
        }
        for family in [Family::Ipv4, Family::Ipv6, Family::Bridge, Family::Arp] {
            for device in [None, Some(dev())] {
                out.push(Event::HookEnter(HookPoint {
                    family,
                    hook,
                    input: device.clone(),
                    output: device.clone(),
                    physin: device.clone(),
                    physout: device,
                }));
            }
            out.push(Event::TableEnter {
                family,
                table: name("filter"),
                hook,
            });
            for verdict in [Verdict::Accept, Verdict::Drop, Verdict::Stolen] {
                out.push(Event::HookLeave {
                    family,
                    hook,
                    verdict,
                });
                out.push(Event::TableLeave {
                    family,
                    table: name("filter"),
                    hook,
                    verdict,
                    rule: (verdict == Verdict::Drop).then(rule),
                });
                out.push(Event::Policy {
                    table: name("filter"),
                    chain: name("FORWARD"),
                    verdict,
                });
            }
        }
    }
    for why in [
        TableSkip::NatSettled,
        TableSkip::NatUntracked,
        TableSkip::NatReply,
        TableSkip::Sabotage,
    ] {
        out.push(Event::TableSkip {
            family: Family::Ipv4,
            table: name("nat"),
            hook: Hook::Prerouting,
            why,
        });
    }
    out.push(Event::Rule {
        rule: rule(),
        why_not: None,
    });
    for has in [
        Has::Value("docker0".into()),
        Has::Nothing,
        Has::OtherProtocol("udp".into()),
        Has::Fragment,
        Has::Truncated,
        Has::NoConnection,
        Has::NoSocket,
        Has::NoBridge,
        Has::Exhausted("0".into()),
    ] {
        out.push(Event::Rule {
            rule: rule(),
            why_not: Some(why(has)),
        });
    }
    for target in [
        "ACCEPT",
        "DROP",
        "REJECT",
        "MASQUERADE",
        "SNAT",
        "DNAT",
        "REDIRECT",
        "MARK",
        "TRACE",
        "LOG",
        "NFLOG",
    ] {
        for effect in ["", "0x1", "-j SNAT --to-source 1.2.3.4"] {
            out.push(Event::Target {
                rule: rule(),
                target: name(target),
                effect: effect.into(),
            });
        }
    }
    for goto in [true, false] {
        out.push(Event::Jump {
            rule: rule(),
            to: name("DOCKER"),
            goto,
        });
        out.push(Event::Return {
            rule: goto.then(rule),
            from: name("DOCKER"),
            to: name("FORWARD"),
        });
    }
    for comment in ["rule", "return", "policy"] {
        out.push(log(LogFormat::Trace {
            table: name("filter"),
            chain: name("FORWARD"),
            comment: name(comment),
            rulenum: 2,
        }));
    }
    out.push(log(LogFormat::Log {
        prefix: name("dropped: "),
        flags: 0,
    }));
    out.push(log(LogFormat::Ebtables {
        prefix: name("TRACE: eb"),
        ip: true,
        arp: false,
        ip6: false,
    }));
    out.push(log(LogFormat::Conntrack {
        text: "nf_ct_proto_6: invalid tcp flag combination".into(),
    }));
    out.push(log(LogFormat::Kernel {
        text: "IPv4: martian source 10.0.0.1 from 10.0.0.2, on dev eth0".into(),
    }));
    for act in [
        CtAct::New,
        CtAct::Found,
        CtAct::Related,
        CtAct::Invalid,
        CtAct::Untracked,
        CtAct::Template,
        CtAct::Confirm,
        CtAct::Clash,
        CtAct::Destroy,
        CtAct::Already,
    ] {
        out.push(Event::Conntrack { act, ct: None });
    }
    for act in [
        NatAct::SetupSource,
        NatAct::SetupDestination,
        NatAct::NullSource,
        NatAct::NullDestination,
        NatAct::RewriteSource,
        NatAct::RewriteDestination,
    ] {
        for to in [None, Some("10.0.0.1:80".parse().unwrap())] {
            out.push(Event::Nat {
                act,
                ct: None,
                from: Some(addr()),
                to,
            });
        }
    }
    for kind in [
        "unicast",
        "local",
        "broadcast",
        "multicast",
        "unreachable",
        "blackhole",
    ] {
        out.extend([route(kind, true, true), route(kind, false, true)]);
    }
    out.extend([
        route("prohibit", false, true),
        route("none", false, false),
        route("throw", false, false),
    ]);
    for (rp_filter, ok) in [(0, true), (1, true), (0, false), (1, false), (2, false)] {
        out.push(Event::SourceCheck {
            src: "10.0.0.9".parse().unwrap(),
            rp_filter,
            ok,
        });
    }
    for state in [
        NeighbourAct::Known,
        NeighbourAct::Incomplete,
        NeighbourAct::Learnt,
        NeighbourAct::Stale,
        NeighbourAct::Confirmed,
        NeighbourAct::Probe,
        NeighbourAct::Failed,
        NeighbourAct::NoArp,
    ] {
        out.push(Event::Neighbour {
            addr: "10.0.0.1".parse().unwrap(),
            state,
            mac: (state == NeighbourAct::Known).then_some(mac),
        });
    }
    for socket in [
        None,
        Some(SocketView {
            local: addr(),
            program: name("nginx"),
        }),
    ] {
        out.push(Event::Deliver { proto: 6, socket });
    }
    for remote in [None, Some(addr())] {
        out.push(Event::Socket {
            local: addr(),
            remote,
            state: name("ESTABLISHED"),
        });
    }
    for detail in [None, Some(name("rp_filter of eth0"))] {
        out.push(Event::Drop {
            reason: DropReason::IpRpFilter,
            detail,
        });
    }
    out
}

fn packet() -> PacketState {
    let echo = icmp::build(icmp::ECHO, 0, 1, &[0; 8]);
    let build = ipv4::Build {
        src: [192, 168, 0, 2].into(),
        dst: [8, 8, 8, 8].into(),
        proto: ipv4::ICMP,
        ttl: 64,
        tos: 0,
        id: 1,
        df: true,
        options: &[],
    };
    PacketState {
        mac: None,
        vlan: None,
        proto: 0x0800,
        bytes: Arc::from(build.packet(&echo)),
        mark: 0,
        priority: 0,
        pkt_type: PktType::Host,
        traced: false,
        ct: None,
        owner: None,
    }
}

fn walk(events: Vec<Event>) -> Walk {
    let steps = events
        .into_iter()
        .map(|event| Step {
            netns: name("host"),
            dev: Some(name("docker0")),
            layer: Layer::Network,
            buffer: 1,
            packet: Some(0),
            time: 0,
            event,
        })
        .collect();
    Walk {
        flow: Flow {
            netns: "host".into(),
            action: Action::Ping {
                dst: "8.8.8.8".parse().unwrap(),
                from: None,
                ttl: None,
                size: None,
            },
        },
        steps,
        packets: vec![packet()],
        outcome: Outcome::Timeout,
        lost: 0,
    }
}

fn has_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

#[test]
fn every_kind_of_step_has_a_sentence() {
    let walk = walk(samples());
    let mut kinds = BTreeSet::new();
    for (at, step) in walk.steps.iter().enumerate() {
        kinds.insert(timeline::kind(&step.event));
        let [en, zh] = Lang::ALL.map(|lang| words::sentence(&walk, at, lang));
        for sentence in [&en, &zh] {
            let text = sentence.plain();
            assert!(!text.contains(['{', '}']), "{:?}: {text}", step.event);
            assert!(sentence.spans.iter().all(|span| !span.text.is_empty()));
        }
        let (en, zh) = (en.plain(), zh.plain());
        assert!(en.len() > 15 && !has_chinese(&en), "{:?}: {en}", step.event);
        assert!(has_chinese(&zh), "{:?}: {zh}", step.event);
        assert!(!en.contains("  ") && !en.contains(" ."), "{en}");
        let first = en.chars().next().unwrap();
        let named = ["br_netfilter", "host", "nginx", "rp_filter", "ebtables"];
        let named = named.iter().any(|name| en.starts_with(name));
        assert!(first.is_uppercase() || first.is_numeric() || named, "{en}");
    }
    let expected: BTreeSet<&str> = timeline::KINDS.iter().copied().collect();
    assert_eq!(kinds, expected);
}

#[test]
fn kinds_are_those_of_the_json_format() {
    let walk = walk(samples());
    let document: serde_json::Value = serde_json::from_str(&json::line(&walk)).unwrap();
    assert_eq!(document["flow"], "host ping 8.8.8.8");
    assert_eq!(document["outcome"], "timeout");
    assert_eq!(document["packets"][0]["bytes"].as_str().unwrap().len(), 72);
    let steps = document["steps"].as_array().unwrap();
    assert_eq!(steps.len(), walk.steps.len());
    for (step, event) in steps.iter().zip(&walk.steps) {
        assert_eq!(step["event"]["kind"], timeline::kind(&event.event));
    }
    assert!(!json::line(&walk).contains('\n'));
}

#[test]
fn the_text_format_has_a_line_for_each_step() {
    let walk = walk(samples());
    for lang in Lang::ALL {
        let text = text::walk(&walk, lang);
        assert!(text.lines().count() > walk.steps.len());
        assert!(text.contains("timeout"));
    }
}
