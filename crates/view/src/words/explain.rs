//! What each hook, table and station of the kernel is for: one or two
//! sentences each.

use packetwalk_core::walk::{Family, Hook};

use super::Pair;

/// What a hook is for.
pub fn hook(family: Family, hook: Hook) -> Pair {
    match (family, hook) {
        (Family::Bridge, Hook::Brouting) => [
            "First of all for a frame at a bridge port: shall it be bridged at all? A DROP here sends it to the IP layer instead, as if the port were no port.",
            "网桥端口上的帧最先到这里：到底要不要桥接？在这里 DROP 意味着改交 IP 层，就好像该端口不属于网桥。",
        ],
        (Family::Bridge, Hook::Prerouting) => [
            "A frame has come in by a bridge port, and the bridge has not yet looked where to send it. Destination MACs can be changed here.",
            "帧从网桥端口进来，网桥还没有查找往哪里送。可以在这里改写目的 MAC 地址。",
        ],
        (Family::Bridge, Hook::Input) => [
            "The frame is for the bridge's own host and goes up to the IP layer.",
            "帧是发给网桥所在主机的，将上交 IP 层。",
        ],
        (Family::Bridge, Hook::Forward) => [
            "The frame is passed from one port of the bridge to another.",
            "帧从网桥的一个端口转到另一个端口。",
        ],
        (Family::Bridge, Hook::Output) => [
            "This host sends a frame out through the bridge.",
            "本机通过网桥发出帧。",
        ],
        (Family::Bridge, Hook::Postrouting) => [
            "The frame is about to leave by a bridge port. Source MACs can be changed here.",
            "帧即将从网桥端口离开。可以在这里改写源 MAC 地址。",
        ],
        (Family::Arp, Hook::Input) => [
            "An ARP packet has come in and is about to be read.",
            "收到 ARP 报文，即将处理。",
        ],
        (Family::Arp, Hook::Output) => ["This host sends an ARP packet.", "本机发出 ARP 报文。"],
        (Family::Arp, _) => ["An ARP packet is bridged.", "桥接 ARP 报文。"],
        (_, Hook::Prerouting) => [
            "Every packet that comes in passes here, before routing. Published ports are translated here (DNAT), so that routing sees the new destination.",
            "每个进来的数据包在路由之前都经过这里。发布的端口在此转换（DNAT），于是路由看到的是新的目的地址。",
        ],
        (_, Hook::Input) => [
            "Routing has said: for this host. The last stop before the local process.",
            "路由的结论是：发给本机。到达本地进程之前的最后一站。",
        ],
        (_, Hook::Forward) => [
            "Routing has said: for somebody else. Container traffic is filtered here; INPUT never sees it.",
            "路由的结论是：发给别人。容器的流量在这里过滤，INPUT 看不到它。",
        ],
        (_, Hook::Output) => [
            "A local process has sent the packet, and it has a route already.",
            "本地进程发出数据包，它已经有了路由。",
        ],
        (_, Hook::Postrouting) => [
            "Every packet that leaves passes here, after routing. Sources are translated here (SNAT, MASQUERADE).",
            "每个离开的数据包在路由之后都经过这里。源地址在此转换（SNAT、MASQUERADE）。",
        ],
        (_, Hook::Brouting) => ["Only bridges have this hook.", "只有网桥有这个钩子。"],
    }
}

/// What a table is for; `None` for one that no kernel has by itself.
pub fn table(family: Family, name: &str) -> Option<Pair> {
    Some(match (family, name) {
        (Family::Bridge, "broute") => [
            "ebtables broute: chooses between bridging a frame and routing it.",
            "ebtables 的 broute 表：决定对帧进行桥接还是路由。",
        ],
        (Family::Bridge, "nat") => [
            "ebtables nat: changes MAC addresses.",
            "ebtables 的 nat 表：改写 MAC 地址。",
        ],
        (Family::Bridge, "filter") => [
            "ebtables filter: lets frames pass or drops them.",
            "ebtables 的 filter 表：放行或丢弃帧。",
        ],
        (Family::Arp, _) => [
            "arptables filter: lets ARP packets pass or drops them.",
            "arptables 的 filter 表：放行或丢弃 ARP 报文。",
        ],
        (_, "raw") => [
            "raw stands before connection tracking: here a packet can be exempted from it, traced or dropped early.",
            "raw 表在连接跟踪之前：可以让数据包不被跟踪、打开 TRACE，或者尽早丢弃。",
        ],
        (_, "mangle") => [
            "mangle changes headers and marks: TOS, TTL, MSS, mark.",
            "mangle 表修改头部和标记：TOS、TTL、MSS、mark。",
        ],
        (_, "nat") => [
            "nat is asked once for each connection, by its first packet; later packets and replies follow what it said.",
            "nat 表对每个连接只询问一次（第一个数据包）；之后的数据包和应答都照此办理。",
        ],
        (_, "filter") => [
            "filter says who may pass. Docker keeps its isolation rules here.",
            "filter 表决定谁可以通过。Docker 的隔离规则就在这里。",
        ],
        (_, "security") => [
            "security sets SELinux marks, after filter.",
            "security 表在 filter 之后设置 SELinux 标记。",
        ],
        _ => return None,
    })
}

/// What a hook function that is no table does, by its chip's name.
pub fn chip(name: &str) -> Option<Pair> {
    Some(match name {
        "defrag" => [
            "Fragments are put together here, because connection tracking wants whole packets.",
            "在此重组分片，因为连接跟踪需要完整的数据包。",
        ],
        "conntrack" => [
            "Connection tracking finds the packet's connection, or begins a new one.",
            "连接跟踪查找数据包所属的连接，或者开始一个新连接。",
        ],
        "confirm" => [
            "A new connection that has come this far is entered into the table.",
            "新连接走到这里，就写入连接跟踪表。",
        ],
        "br_netfilter" => [
            "br_netfilter takes bridged frames through the hooks of iptables, if bridge-nf-call-iptables is 1.",
            "bridge-nf-call-iptables 为 1 时，br_netfilter 让桥接的帧也走 iptables 的钩子。",
        ],
        "sabotage" => [
            "A packet that br_netfilter has already taken through this hook is not asked a second time.",
            "br_netfilter 已经带着走过这个钩子的数据包，不再询问第二次。",
        ],
        _ => return None,
    })
}

/// What a station that is no hook does, by its name.
pub fn station(name: &str) -> Option<Pair> {
    Some(match name {
        "ingress" => ["A device receives a frame.", "设备收到帧。"],
        "egress" => ["A device sends the frame.", "设备发出帧。"],
        "bridging" => [
            "The bridge looks the destination MAC up in its fdb: to one port, to all, or up.",
            "网桥在 fdb 中查找目的 MAC：送往一个端口、所有端口，或者上交。",
        ],
        "bridging-out" => [
            "This host sends by the bridge, which looks the destination MAC up in its fdb.",
            "本机从网桥发出帧，网桥在 fdb 中查找目的 MAC。",
        ],
        "routing" => [
            "The routing tables are asked where the packet is to go: to a local process, on to another host, or nowhere.",
            "查询路由表，决定数据包的去向：本地进程、转发到别的主机，或无路可走。",
        ],
        "routing-out" => [
            "A packet made here gets its route, and with it its source address and device.",
            "本机发出的数据包在此得到路由，以及源地址和出口设备。",
        ],
        "process" => [
            "Sockets and the programs behind them.",
            "套接字以及背后的程序。",
        ],
        "neighbour" => [
            "The neighbour table gives the next hop's hardware address; ARP asks for those that are unknown.",
            "邻居表给出下一跳的硬件地址；未知的用 ARP 询问。",
        ],
        _ => return None,
    })
}
