//! Sentences about routing, neighbours, delivery and sockets.

use std::net::{IpAddr, SocketAddr};

use packetwalk_core::walk::{IcmpLimit, Name, NeighbourAct, RouteKey, RouteResult, SocketView};
use packetwalk_core::wire::eth::MacAddr;

use super::event::{About, mac_arg, socket_text};
use super::{Class, Pair, Sentence, arg, pick, terms};
use crate::packet;

impl<'a> About<'a> {
    pub(super) fn route(&self, key: &'a RouteKey, result: &'a RouteResult) -> Sentence {
        let mut args = vec![arg("dst", Class::Address, key.dst.to_string())];
        let optional = |value: Option<&str>| value.unwrap_or("?").to_owned();
        args.push(arg("out", Class::Device, optional(result.dev.as_deref())));
        args.push(arg(
            "prefix",
            Class::Address,
            optional(result.prefix.as_deref()),
        ));
        args.push(arg(
            "table",
            Class::Value,
            match result.table {
                Some(255) => "local".to_owned(),
                Some(254) => "main".to_owned(),
                Some(253) => "default".to_owned(),
                Some(table) => table.to_string(),
                None => "?".to_owned(),
            },
        ));
        if let Some(via) = result.via {
            args.push(arg("via", Class::Address, via.to_string()));
        }
        args.push(arg("kind", Class::Value, &*result.kind));
        let pair = match (&*result.kind, result.via.is_some()) {
            ("local", _) => [
                "Routing: {dst} is an address of this host (table {table}), so the packet is for a local process.",
                "路由：{dst} 是本机地址（{table} 表），数据包交给本地进程。",
            ],
            ("broadcast", _) => [
                "Routing: {dst} is a broadcast address of {out}.",
                "路由：{dst} 是 {out} 的广播地址。",
            ],
            ("multicast", _) => [
                "Routing: {dst} is a multicast address.",
                "路由：{dst} 是组播地址。",
            ],
            ("unicast", true) => [
                "Routing: {dst} goes out by {out} via {via} (route {prefix}, table {table}).",
                "路由：{dst} 经 {via} 从 {out} 出去（路由 {prefix}，{table} 表）。",
            ],
            ("unicast", false) => [
                "Routing: {dst} is on the network of {out}, no gateway needed (route {prefix}, table {table}).",
                "路由：{dst} 就在 {out} 所连的网络上，不需要网关（路由 {prefix}，{table} 表）。",
            ],
            ("none", _) => [
                "Routing: no route leads to {dst}.",
                "路由：没有到 {dst} 的路由。",
            ],
            ("blackhole", _) => [
                "Routing: a blackhole route swallows packets to {dst} without a word.",
                "路由：黑洞路由（blackhole）默默丢弃去往 {dst} 的数据包。",
            ],
            ("unreachable", _) => [
                "Routing: {dst} cannot be reached from here (unreachable).",
                "路由：从这里无法到达 {dst}（unreachable）。",
            ],
            ("prohibit", _) => [
                "Routing: a prohibit route forbids packets to {dst}.",
                "路由：禁止路由（prohibit）不许数据包去往 {dst}。",
            ],
            _ => [
                "Routing: {dst} meets a route of type {kind}.",
                "路由：{dst} 遇到 {kind} 类型的路由。",
            ],
        };
        self.say(pair, args)
    }

    pub(super) fn source_check(&self, src: &IpAddr, rp_filter: u8, ok: bool) -> Sentence {
        let args = vec![
            arg("src", Class::Address, src.to_string()),
            arg("mode", Class::Value, rp_filter.to_string()),
        ];
        let pair = match (ok, rp_filter) {
            (true, 0) => [
                "The source address {src} may come in by {dev} (rp_filter is off).",
                "源地址 {src} 可以从 {dev} 进来（rp_filter 关闭）。",
            ],
            (true, _) => [
                "rp_filter ({mode}): the way back to {src} agrees with {dev}.",
                "rp_filter（{mode}）：回到 {src} 的路由与 {dev} 相符。",
            ],
            (false, _) => [
                "The source check fails: {src} must not come in by {dev} (rp_filter is {mode}).",
                "源地址检查失败：{src} 不应从 {dev} 进来（rp_filter 为 {mode}）。",
            ],
        };
        self.say(pair, args)
    }

    pub(super) fn neighbour(
        &self,
        addr: &IpAddr,
        state: NeighbourAct,
        mac: Option<MacAddr>,
    ) -> Sentence {
        let mut out = self.say(
            ["The next hop is {addr}: {what}", "下一跳是 {addr}：{what}"],
            vec![
                arg("addr", Class::Address, addr.to_string()),
                self.term("what", terms::neighbour(state)),
            ],
        );
        if let Some(mac) = mac.filter(|_| state != NeighbourAct::NoArp) {
            out.append(self.say([", {mac}", "，即 {mac}"], vec![mac_arg(mac)]));
        }
        out.push(Class::Text, pick([".", "。"], self.lang));
        out
    }

    pub(super) fn icmp_limited(&self, icmp: u8, limit: &IcmpLimit) -> Sentence {
        let (pair, peer): (Pair, _) = match limit {
            IcmpLimit::Peer { peer } => (
                [
                    "{ns} sends no ICMP message of type {icmp} to {peer}: it has sent as many as net.ipv4.icmp_ratelimit lets it. Nobody is told.",
                    "{ns} 不向 {peer} 发送类型 {icmp} 的 ICMP 报文：已经达到 net.ipv4.icmp_ratelimit 的限制。没有人会得到通知。",
                ],
                Some(peer),
            ),
            IcmpLimit::Route { peer } => (
                [
                    "{ns} sends no ICMP message of type {icmp} to {peer}: it has sent as many about routes as net.ipv4.route.error_cost lets it. Nobody is told.",
                    "{ns} 不向 {peer} 发送类型 {icmp} 的 ICMP 报文：关于路由的差错已经达到 net.ipv4.route.error_cost 的限制。没有人会得到通知。",
                ],
                Some(peer),
            ),
            IcmpLimit::Global => (
                [
                    "{ns} sends no ICMP message of type {icmp}: it has sent as many to all as net.ipv4.icmp_msgs_per_sec and icmp_msgs_burst let it. Nobody is told.",
                    "{ns} 不发送类型 {icmp} 的 ICMP 报文：发给所有主机的报文已经达到 net.ipv4.icmp_msgs_per_sec 和 icmp_msgs_burst 的限制。没有人会得到通知。",
                ],
                None,
            ),
        };
        let mut args = vec![arg("icmp", Class::Value, icmp.to_string())];
        args.extend(peer.map(|peer| arg("peer", Class::Address, peer.to_string())));
        self.say(pair, args)
    }

    pub(super) fn deliver(&self, proto: u8, socket: Option<&'a SocketView>) -> Sentence {
        let name = packet::proto_name(proto);
        match socket {
            Some(socket) => self.say(
                [
                    "The packet has arrived: {proto} hands it to the socket of {program} at {local}.",
                    "数据包到达：{proto} 把它交给 {program} 在 {local} 的套接字。",
                ],
                vec![
                    arg("proto", Class::Value, name),
                    arg("program", Class::Program, &*socket.program),
                    arg(
                        "local",
                        Class::Address,
                        socket_text(&socket.local, self.has_ports()),
                    ),
                ],
            ),
            None => self.say(
                [
                    "The packet has arrived at {ns} and is handed to {proto}.",
                    "数据包到达 {ns}，交给 {proto} 处理。",
                ],
                vec![arg("proto", Class::Value, name)],
            ),
        }
    }

    pub(super) fn socket(
        &self,
        local: &SocketAddr,
        remote: Option<&SocketAddr>,
        state: &'a Name,
    ) -> Sentence {
        let mut args = vec![
            arg("local", Class::Address, local.to_string()),
            arg("state", Class::Value, &**state),
        ];
        let pair = match remote {
            Some(remote) => {
                args.push(arg("remote", Class::Address, remote.to_string()));
                [
                    "The socket {local} in {ns}, connected with {remote}, is now {state}.",
                    "{ns} 中与 {remote} 相连的套接字 {local} 现在的状态是 {state}。",
                ]
            }
            None => [
                "The socket {local} in {ns} is now {state}.",
                "{ns} 中的套接字 {local} 现在的状态是 {state}。",
            ],
        };
        self.say(pair, args)
    }
}
