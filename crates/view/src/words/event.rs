//! One sentence for each kind of step.

use std::net::SocketAddr;

use packetwalk_core::flow::seconds;
use packetwalk_core::walk::{
    CtAct, Event, Family, FdbResult, Hook, HookPoint, Name, NatAct, Origin, PacketState, PktType,
    ProgramAct, RuleRef, Step, TupleView, Verdict, Walk,
};
use packetwalk_core::wire::eth::{ETH_P_IP, MacAddr};
use packetwalk_core::wire::ipv4;

use super::messages::message;
use super::{Arg, Class, Lang, Pair, Sentence, arg, fill, pick, terms};
use crate::packet;

/// Fills `pair` in.
pub(super) type Args<'a> = Vec<Arg<'a>>;

/// What step `step` of `walk` is about.
pub(super) fn sentence(walk: &Walk, step: &Step, lang: Lang) -> Sentence {
    let packet = step
        .packet
        .and_then(|packet| walk.packets.get(packet as usize));
    let about = About { step, packet, lang };
    about.sentence()
}

/// A step that is being told.
pub(super) struct About<'a> {
    step: &'a Step,
    pub(super) packet: Option<&'a PacketState>,
    pub(super) lang: Lang,
}

impl<'a> About<'a> {
    pub(super) fn say(&self, pair: Pair, args: Args<'_>) -> Sentence {
        let mut args = args;
        args.push(arg("ns", Class::Netns, &*self.step.netns));
        args.push(arg("dev", Class::Device, self.dev()));
        fill(pair, self.lang, &args)
    }

    fn dev(&self) -> &'a str {
        self.step.dev.as_deref().unwrap_or("?")
    }

    fn summary(&self) -> Arg<'a> {
        let text = self.packet.map(packet::summary).unwrap_or_default();
        arg("packet", Class::Value, text)
    }

    pub(super) fn term(&self, name: &'static str, pair: Pair) -> Arg<'a> {
        arg(name, Class::Text, pick(pair, self.lang))
    }

    /// Has the packet ports, so that those of its addresses mean something?
    pub(super) fn has_ports(&self) -> bool {
        let ports = [ipv4::TCP, ipv4::UDP, ipv4::UDPLITE, ipv4::SCTP, ipv4::DCCP];
        self.packet.is_none_or(|packet| {
            packet.proto != ETH_P_IP || ports.contains(&ipv4::Ipv4(&packet.bytes).proto())
        })
    }

    fn sentence(&self) -> Sentence {
        match &self.step.event {
            Event::Program { program, act } => self.program(program, act),
            Event::Emit { origin, .. } => self.emit(*origin),
            Event::Transmit => self.say(
                [
                    "{ns} hands the frame to {dev}, which sends it.",
                    "{ns} 把帧交给 {dev} 发送。",
                ],
                vec![],
            ),
            Event::Receive => self.receive(),
            Event::Leave => self.say(
                [
                    "The frame leaves by {dev}. What is beyond it is not part of this machine.",
                    "帧从 {dev} 离开，外面的部分不在这台机器的快照里。",
                ],
                vec![],
            ),
            Event::FdbLearn { mac, port, new } => self.fdb_learn(*mac, port, *new),
            Event::FdbForget { bridge, mac, port } => self.say(
                [
                    "Bridge {bridge} forgets that {mac} lives behind port {port}: it has not heard of it for its ageing time. A frame for it will go out of every port.",
                    "网桥 {bridge} 忘记了 {mac} 在端口 {port} 后面：老化时间内没有再见到它。发给它的帧将从所有端口泛洪出去。",
                ],
                vec![
                    arg("bridge", Class::Device, &**bridge),
                    mac_arg(*mac),
                    arg("port", Class::Device, &**port),
                ],
            ),
            Event::FdbLookup {
                bridge,
                mac,
                result,
            } => self.fdb_lookup(bridge, *mac, result),
            Event::PortSkip { port, why } => self.say(
                [
                    "Port {port} does not take the frame: {why}.",
                    "端口 {port} 不发送这个帧：{why}。",
                ],
                vec![
                    arg("port", Class::Device, &**port),
                    self.term("why", terms::port_skip(*why)),
                ],
            ),
            Event::BridgeToIp { hook } => self.say(
                [
                    "br_netfilter takes the bridged frame to iptables: it passes the IP hook {hook} although it is not being routed.",
                    "br_netfilter 把桥接的帧交给 iptables：它虽然没有经过路由，也要走 IP 层的 {hook} 钩子。",
                ],
                vec![hook_arg(*hook)],
            ),
            Event::BridgeToIpSkip { hook, why } if &**why == "sabotage" => self.say(
                [
                    "br_netfilter has already taken the packet through {hook} on the bridge; ip_sabotage_in sees to it that nothing at {hook} is asked a second time.",
                    "br_netfilter 在网桥上已经带数据包走过 {hook}；ip_sabotage_in 让 {hook} 处的各项不再询问第二次。",
                ],
                vec![hook_arg(*hook)],
            ),
            Event::BridgeToIpSkip { hook, why } => self.say(
                [
                    "br_netfilter does not take the frame to the IP hook {hook}: {why}.",
                    "br_netfilter 不把帧交给 IP 层的 {hook} 钩子：{why}。",
                ],
                vec![hook_arg(*hook), arg("why", Class::Value, &**why)],
            ),
            Event::HookEnter(at) => self.hook_enter(at),
            Event::HookLeave {
                family,
                hook,
                verdict,
            } => self.hook_leave(*family, *hook, *verdict),
            Event::TableEnter {
                family,
                table,
                hook,
            } => self.table_enter(*family, table, *hook),
            Event::TableSkip { table, why, .. } => self.say(
                [
                    "Table {table} is not asked: {why}.",
                    "不询问 {table} 表：{why}。",
                ],
                vec![
                    arg("table", Class::Table, &**table),
                    self.term("why", terms::table_skip(*why)),
                ],
            ),
            Event::Rule { rule, why_not } => self.rule(rule, why_not.as_ref()),
            Event::Target {
                rule,
                target,
                effect,
            } => self.target(rule, target, effect),
            Event::Jump { rule, to, goto } => self.jump(rule, to, *goto),
            Event::Return { rule, from, to } => self.back(rule.as_ref(), from, to),
            Event::Policy { chain, verdict, .. } => self.say(
                [
                    "No rule of {chain} decided, so its policy does: the packet is {verdict}.",
                    "{chain} 链没有规则作出决定，由链的默认策略决定：{verdict}。",
                ],
                vec![
                    arg("chain", Class::Chain, &**chain),
                    verdict_arg(*verdict, self.lang),
                ],
            ),
            Event::TableLeave {
                table,
                hook,
                verdict,
                rule,
                ..
            } => self.table_leave(table, *hook, *verdict, rule.as_ref()),
            Event::Log(record) => self.log(&record.format),
            Event::Conntrack {
                act: CtAct::Destroy,
                ct: Some(ct),
            } if self.packet.is_none() => self.forgotten(&ct.original),
            Event::Conntrack { act, .. } => self.say(
                [
                    "Connection tracking looks at the packet: {what}.",
                    "连接跟踪查看数据包：{what}。",
                ],
                vec![self.term("what", terms::ct_act(*act))],
            ),
            Event::Nat { act, from, to, .. } => {
                let mut out = self.say(
                    ["NAT: {what}", "NAT：{what}"],
                    vec![self.term("what", terms::nat_act(*act))],
                );
                let rewrites = !matches!(act, NatAct::NullSource | NatAct::NullDestination);
                if let (Some(from), Some(to)) = (from, to)
                    && rewrites
                    && from != to
                {
                    let ports = self.has_ports();
                    out.append(self.say(
                        [", from {from} to {to}", "，从 {from} 变为 {to}"],
                        vec![
                            arg("from", Class::Address, socket_text(from, ports)),
                            arg("to", Class::Address, socket_text(to, ports)),
                        ],
                    ));
                }
                out.push(Class::Text, pick([".", "。"], self.lang));
                out
            }
            Event::Route { key, result } => self.route(key, result),
            Event::SourceCheck { src, rp_filter, ok } => self.source_check(src, *rp_filter, *ok),
            Event::IcmpLimited { icmp, limit } => self.icmp_limited(*icmp, limit),
            Event::Neighbour { addr, state, mac } => self.neighbour(addr, *state, *mac),
            Event::Ttl { from, to } => self.say(
                [
                    "The packet is forwarded, so its TTL goes down from {from} to {to}.",
                    "数据包被转发，TTL 从 {from} 减为 {to}。",
                ],
                vec![
                    arg("from", Class::Value, from.to_string()),
                    arg("to", Class::Value, to.to_string()),
                ],
            ),
            Event::Fragment { pieces, mtu } => self.say(
                [
                    "The packet does not fit the MTU of {mtu} bytes and is cut into {n} fragments.",
                    "数据包超过 MTU（{mtu} 字节），被分成 {n} 个分片。",
                ],
                vec![
                    arg("mtu", Class::Value, mtu.to_string()),
                    arg("n", Class::Value, pieces.to_string()),
                ],
            ),
            Event::Defragment { complete: true } => self.say(
                [
                    "All fragments are here: they are put together, and the whole packet goes on.",
                    "所有分片都到了：重组为完整的数据包继续前进。",
                ],
                vec![],
            ),
            Event::Defragment { complete: false } => self.say(
                [
                    "This is a fragment: it waits for the rest.",
                    "这是一个分片：等待其余的分片。",
                ],
                vec![],
            ),
            Event::Deliver { proto, socket } => self.deliver(*proto, socket.as_ref()),
            Event::Socket {
                local,
                remote,
                state,
            } => self.socket(local, remote.as_ref(), state),
            Event::Drop { reason, detail } => {
                let mut out = self.say(
                    ["The packet ends here: {why}", "数据包到此为止：{why}"],
                    vec![self.term("why", terms::drop_reason(*reason))],
                );
                if let Some(detail) = detail {
                    out.append(self.say(
                        [" ({detail})", "（{detail}）"],
                        vec![arg("detail", Class::Value, message(detail, self.lang))],
                    ));
                }
                out.append(self.say(
                    [". The kernel calls it {name}.", "。内核称之为 {name}。"],
                    vec![arg("name", Class::Value, reason.name())],
                ));
                out
            }
            Event::Consume => self.say(
                [
                    "The packet has done its work, and its buffer is freed.",
                    "数据包完成使命，缓冲区被释放。",
                ],
                vec![],
            ),
            Event::NotModelled { what } => self.say(
                [
                    "Not modelled here: {what}. What a real kernel would do is not guessed; the packet stops.",
                    "此处没有建模：{what}。不猜测真实内核会怎么做，数据包在此停下。",
                ],
                vec![arg("what", Class::Value, message(what, self.lang))],
            ),
            Event::Limit { what } => self.say(
                [
                    "A limit of the simulation is reached: {what}.",
                    "达到了模拟的上限：{what}。",
                ],
                vec![arg("what", Class::Value, message(what, self.lang))],
            ),
        }
    }

    fn program(&self, program: &'a Name, act: &'a ProgramAct) -> Sentence {
        let address = |name, text: String| arg(name, Class::Address, text);
        let (pair, mut args): (Pair, Args<'_>) = match act {
            ProgramAct::Ping { dst } => (
                [
                    "{program} in {ns} sends one ICMP echo request to {dst}.",
                    "{ns} 中的 {program} 向 {dst} 发送一个 ICMP 回显请求。",
                ],
                vec![address("dst", dst.to_string())],
            ),
            ProgramAct::Connect { dst } => (
                [
                    "{program} in {ns} calls connect() to {dst}: TCP begins with a SYN.",
                    "{ns} 中的 {program} 调用 connect() 连接 {dst}：TCP 从 SYN 开始。",
                ],
                vec![address("dst", dst.to_string())],
            ),
            ProgramAct::SendTo { dst } => (
                [
                    "{program} in {ns} sends a UDP datagram to {dst}.",
                    "{ns} 中的 {program} 向 {dst} 发送一个 UDP 数据报。",
                ],
                vec![address("dst", dst.to_string())],
            ),
            ProgramAct::SendFrame => (
                [
                    "{program} in {ns} sends an Ethernet frame as it is, past the IP stack.",
                    "{ns} 中的 {program} 绕过 IP 协议栈，原样发送一个以太网帧。",
                ],
                vec![],
            ),
            ProgramAct::Wait { time } => (
                [
                    "{program} in {ns} waits for {seconds} s. Meanwhile, what nobody uses grows old and is forgotten, and limits fill up again.",
                    "{ns} 中的 {program} 等待 {seconds} 秒。其间，没有人使用的内容会老化、被忘记，限速的额度重新积累。",
                ],
                vec![arg("seconds", Class::Value, seconds(*time))],
            ),
            ProgramAct::FrameRefused { dev, why } => (
                [
                    "The kernel does not take {program}'s frame in {ns}: {why}. Nothing leaves {dev}.",
                    "内核不接受 {ns} 中 {program} 的帧：{why}。{dev} 上没有发出任何内容。",
                ],
                vec![
                    arg("dev", Class::Device, &**dev),
                    self.term("why", terms::frame_refusal(*why)),
                ],
            ),
            ProgramAct::Accept { client } => (
                [
                    "{program} in {ns} accepts the connection; it takes {client} for its client.",
                    "{ns} 中的 {program} 接受了连接；在它看来，客户端是 {client}。",
                ],
                vec![address("client", client.to_string())],
            ),
            ProgramAct::Receive { from } => (
                [
                    "{program} in {ns} reads what {from} sent.",
                    "{ns} 中的 {program} 读到了 {from} 发来的内容。",
                ],
                vec![address("from", socket_text(from, true))],
            ),
            ProgramAct::Relay { dst } => (
                [
                    "{program} in {ns} relays: it opens a connection of its own to {dst}. The far end will see the relay's address, not the client's.",
                    "{ns} 中的 {program} 做中继：它自己再向 {dst} 建立连接。对端看到的是中继的地址，而不是客户端的地址。",
                ],
                vec![address("dst", dst.to_string())],
            ),
            ProgramAct::Done { outcome } => (
                [
                    "{program} in {ns} is done: {outcome}.",
                    "{ns} 中的 {program} 结束：{outcome}。",
                ],
                vec![arg("outcome", Class::Value, &**outcome)],
            ),
        };
        let name = if program.is_empty() {
            pick(["the program", "程序"], self.lang)
        } else {
            program
        };
        args.push(arg("program", Class::Program, name));
        let mut out = self.say(pair, args);
        // A sentence may begin with a name, but not with a small article.
        if program.is_empty()
            && let Some(first) = out.spans.first_mut()
        {
            first.text = first.text.replacen("the program", "The program", 1);
        }
        out
    }

    fn emit(&self, origin: Origin) -> Sentence {
        self.say(
            [
                "A new packet in {ns}, {packet}: {why}.",
                "{ns} 中出现新的数据包 {packet}：{why}。",
            ],
            vec![self.summary(), self.term("why", terms::origin(origin))],
        )
    }

    fn receive(&self) -> Sentence {
        let kind = self.packet.map_or(PktType::Host, |packet| packet.pkt_type);
        self.say(
            [
                "{ns} receives the frame by {dev}. It is {whom}.",
                "{ns} 从 {dev} 收到帧：{whom}。",
            ],
            vec![self.term("whom", terms::pkt_type(kind))],
        )
    }

    fn fdb_learn(&self, mac: MacAddr, port: &'a Name, new: bool) -> Sentence {
        let pair = if new {
            [
                "The bridge learns that {mac} lives behind port {port}: it notes the frame's source address in its fdb.",
                "网桥学到 {mac} 在端口 {port} 后面：把帧的源地址记入 fdb。",
            ]
        } else {
            [
                "The bridge sees {mac} behind port {port} again and refreshes its fdb entry.",
                "网桥再次在端口 {port} 后面看到 {mac}，刷新 fdb 表项。",
            ]
        };
        self.say(
            pair,
            vec![mac_arg(mac), arg("port", Class::Device, &**port)],
        )
    }

    /// A connection whose time is over, seen by nobody's packet.
    fn forgotten(&self, original: &'a TupleView) -> Sentence {
        let ports = matches!(original.proto, 6 | 17 | 132 | 136);
        let end = |ip, port| socket_text(&SocketAddr::new(ip, port), ports);
        self.say(
            [
                "{ns} forgets the connection {proto} {src} → {dst}: nothing was heard of it for its timeout. What belongs to it will be a new one.",
                "{ns} 忘记了连接 {proto} {src} → {dst}：超时时间内没有它的数据包。此后属于它的数据包将是新连接。",
            ],
            vec![
                arg("proto", Class::Value, packet::proto_name(original.proto)),
                arg("src", Class::Address, end(original.src, original.sport)),
                arg("dst", Class::Address, end(original.dst, original.dport)),
            ],
        )
    }

    fn fdb_lookup(&self, bridge: &'a Name, mac: MacAddr, result: &'a FdbResult) -> Sentence {
        let mut args = vec![mac_arg(mac), arg("bridge", Class::Device, &**bridge)];
        let pair = match result {
            FdbResult::Port { port } => {
                args.push(arg("port", Class::Device, &**port));
                [
                    "Bridge {bridge} knows where {mac} lives: the frame is forwarded to port {port} alone.",
                    "网桥 {bridge} 知道 {mac} 在哪里：只把帧转发到端口 {port}。",
                ]
            }
            FdbResult::Local => [
                "{mac} is the address of bridge {bridge} itself: the frame goes up to the IP layer.",
                "{mac} 是网桥 {bridge} 自己的地址：帧上交给 IP 层。",
            ],
            FdbResult::Flood => [
                "Bridge {bridge} does not know where {mac} lives: the frame is flooded out of every other port.",
                "网桥 {bridge} 不知道 {mac} 在哪里：从其他每个端口泛洪。",
            ],
            FdbResult::Group => [
                "{mac} is a group address: bridge {bridge} sends the frame out of every other port, and up to the IP layer.",
                "{mac} 是组地址：网桥 {bridge} 从其他每个端口发送帧，并上交给 IP 层。",
            ],
        };
        self.say(pair, args)
    }

    fn hook_enter(&self, at: &'a HookPoint) -> Sentence {
        const PORT: Pair = ["bridge port {d}", "网桥端口 {d}"];
        let pair = match at.family {
            Family::Bridge => [
                "The bridge asks ebtables at {hook}",
                "网桥在 {hook} 钩子询问 ebtables",
            ],
            Family::Arp => [
                "ARP asks arptables at {hook}",
                "ARP 在 {hook} 钩子询问 arptables",
            ],
            Family::Ipv4 | Family::Ipv6 => [
                "The IP layer asks netfilter at {hook}",
                "IP 层在 {hook} 钩子询问 netfilter",
            ],
        };
        let mut out = self.say(pair, vec![hook_arg(at.hook)]);
        let places: [(&Option<Name>, Pair); 4] = [
            (&at.input, ["in by {d}", "从 {d} 进来"]),
            (&at.physin, PORT),
            (&at.output, ["out by {d}", "从 {d} 出去"]),
            (&at.physout, PORT),
        ];
        let mut first = true;
        for (device, pair) in places {
            // A bridge's own hooks name the ports themselves.
            if let Some(device) = device
                && !(at.family == Family::Bridge && pair == PORT)
            {
                let open = if first { [": ", "："] } else { [", ", "，"] };
                out.push(Class::Text, pick(open, self.lang));
                out.append(self.say(pair, vec![arg("d", Class::Device, &**device)]));
                first = false;
            }
        }
        out.push(Class::Text, pick([".", "。"], self.lang));
        out
    }

    fn hook_leave(&self, family: Family, hook: Hook, verdict: Verdict) -> Sentence {
        let pair = match (verdict, family, hook) {
            (Verdict::Accept, Family::Bridge, Hook::Brouting) => [
                "BROUTING lets the frame be bridged.",
                "BROUTING 允许对帧进行桥接。",
            ],
            (Verdict::Accept, ..) => [
                "Everything at {hook} let the packet pass: it goes on.",
                "{hook} 处的各项都放行：数据包继续前进。",
            ],
            (Verdict::Drop, ..) => [
                "At {hook} the packet is dropped. Nothing after it sees the packet.",
                "数据包在 {hook} 被丢弃，后面的环节都看不到它。",
            ],
            (Verdict::Stolen, ..) => [
                "At {hook} the packet is taken over and goes no further on this way.",
                "数据包在 {hook} 被接管，不再沿这条路前进。",
            ],
        };
        self.say(pair, vec![hook_arg(hook)])
    }
}

pub(super) fn hook_arg(hook: Hook) -> Arg<'static> {
    arg("hook", Class::Hook, hook.name())
}

pub(super) fn mac_arg(mac: MacAddr) -> Arg<'static> {
    arg("mac", Class::Mac, mac.to_string())
}

pub(super) fn verdict_arg(verdict: Verdict, lang: Lang) -> Arg<'static> {
    arg(
        "verdict",
        Class::Verdict,
        pick(terms::verdict(verdict), lang),
    )
}

pub(super) fn rule_args(rule: &RuleRef) -> Args<'_> {
    vec![
        arg("rule", Class::Rule, rule.number.to_string()),
        arg("chain", Class::Chain, &*rule.chain),
        arg("table", Class::Table, &*rule.table),
    ]
}

/// An address and port; without the port where there are none (ICMP).
pub(super) fn socket_text(addr: &SocketAddr, ports: bool) -> String {
    if addr.port() == 0 || !ports {
        addr.ip().to_string()
    } else {
        addr.to_string()
    }
}
