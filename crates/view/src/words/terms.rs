//! Names of the kernel's enumerations in words.
//!
//! Each table is a `match` that the compiler keeps complete, and a list that a
//! test goes through.

use packetwalk_core::walk::{
    CtAct, DropReason, FrameRefusal, NatAct, NeighbourAct, Origin, PktType, PortSkip, TableSkip,
    Verdict,
};

use super::Pair;

macro_rules! terms {
    ($(#[$doc:meta])* $name:ident($type:ident), $all:ident { $($variant:ident: $en:literal, $zh:literal;)* }) => {
        $(#[$doc])*
        pub fn $name(value: $type) -> Pair {
            match value { $($type::$variant => [$en, $zh],)* }
        }
        #[cfg(test)]
        const $all: &[($type, &str)] = &[$(($type::$variant, stringify!($variant)),)*];
    };
}

terms! {
    /// What netfilter decided.
    verdict(Verdict), VERDICTS {
        Accept: "accepted", "接受";
        Drop: "dropped", "丢弃";
        Stolen: "taken over", "接管";
    }
}

terms! {
    /// To whom a frame is addressed.
    pkt_type(PktType), PKT_TYPES {
        Host: "addressed to this very device", "目的 MAC 就是这个设备的地址";
        Broadcast: "addressed to everybody (broadcast)", "发给所有站点（广播）";
        Multicast: "addressed to a group (multicast)", "发给一组站点（组播）";
        OtherHost: "addressed to another MAC address than the device's own", "目的 MAC 不是这个设备自己的地址";
        Outgoing: "on its way out", "正在发出";
        Loopback: "looped back", "环回";
    }
}

terms! {
    /// Why a buffer exists.
    origin(Origin), ORIGINS {
        Program: "a program sends it", "由程序发出";
        EchoReply: "the kernel answers an ICMP request", "内核应答 ICMP 请求";
        IcmpError: "the kernel reports an error by ICMP", "内核用 ICMP 报告错误";
        Tcp: "TCP makes it to open or keep up the connection", "由 TCP 为建立或维持连接而生成";
        Reset: "a TCP reset: there is no such connection, or a rule rejects it", "TCP 复位：没有这个连接，或者被规则拒绝";
        ArpRequest: "ARP asks who has the next hop's address", "ARP 询问谁拥有下一跳的地址";
        ArpReply: "ARP answers with the hardware address", "ARP 以硬件地址作答";
        Clone: "a copy of another packet, which goes its own way", "另一个数据包的副本，走自己的路";
        Fragment: "a piece of a packet that was too long", "过长数据包的一个分片";
        Target: "a rule's target makes it", "由规则的目标生成";
    }
}

terms! {
    /// Why a packet socket does not send a frame.
    frame_refusal(FrameRefusal), FRAME_REFUSALS {
        NoDevice: "there is no such device (ENXIO)", "没有这个设备（ENXIO）";
        Down: "the device is down (ENETDOWN)", "设备未启用（ENETDOWN）";
        TooLong: "it is longer than the device's MTU allows (EMSGSIZE)", "它超过设备 MTU 允许的长度（EMSGSIZE）";
        TooShort: "it is shorter than an Ethernet header (EINVAL)", "它比以太网头部还短（EINVAL）";
    }
}

terms! {
    /// Why a bridge port does not send a frame.
    port_skip(PortSkip), PORT_SKIPS {
        SamePort: "the frame came in there, and hairpin mode is off", "帧就是从这里进来的，而 hairpin 模式关闭";
        NotForwarding: "the port is not in the forwarding state", "端口不在转发（forwarding）状态";
        Isolated: "both ports are isolated from each other", "两个端口相互隔离（isolated）";
        FloodOff: "flooding of unknown unicast is off at this port", "该端口关闭了未知单播的泛洪";
        McastFloodOff: "flooding of multicast is off at this port", "该端口关闭了组播的泛洪";
        BcastFloodOff: "flooding of broadcast is off at this port", "该端口关闭了广播的泛洪";
        Vlan: "VLAN filtering does not let it pass", "VLAN 过滤不允许通过";
        Down: "the device is down", "设备未启用";
        NeighSuppress: "neigh_suppress keeps ARP away from it", "neigh_suppress 不让 ARP 通过";
        ProxyArp: "proxy_arp is on at this port: nothing is flooded there", "该端口开启了 proxy_arp：不向它泛洪任何帧";
        ProxyArpWifi: "the bridge has answered this ARP itself, and proxy_arp_wifi keeps it away from the port", "网桥已代为应答这个 ARP，proxy_arp_wifi 使它不再发往该端口";
        Mtu: "the frame is longer than the port's MTU", "帧比端口的 MTU 更长";
    }
}

terms! {
    /// Why a table was not asked.
    table_skip(TableSkip), TABLE_SKIPS {
        NatSettled: "an earlier packet of this connection has settled its translation; nat is asked once for each connection", "本连接先前的数据包已经决定了地址转换；每个连接只询问 nat 表一次";
        NatUntracked: "the packet belongs to no tracked connection, so there is nothing to translate", "数据包不属于任何被跟踪的连接，无从转换";
        NatReply: "a reply or an ICMP error follows the translation of its connection", "应答或 ICMP 错误沿用所属连接的地址转换";
        Sabotage: "br_netfilter has already taken the packet through this hook on the bridge", "br_netfilter 在网桥上已经让数据包走过这个钩子";
    }
}

terms! {
    /// What connection tracking did.
    ct_act(CtAct), CT_ACTS {
        New: "it belongs to no known connection: a new entry is made, to be entered into the table when the packet has passed all hooks", "它不属于已知的连接：新建一个条目，等数据包走完所有钩子后再写入表中";
        Found: "it belongs to a connection that is known", "它属于一个已知的连接";
        Related: "it is related to a connection that is known", "它与一个已知的连接相关（RELATED）";
        Invalid: "it fits no connection and cannot begin one: INVALID", "它不属于任何连接，也不能开始新连接：INVALID";
        Untracked: "a rule asked not to track it: UNTRACKED", "有规则要求不跟踪它：UNTRACKED";
        Template: "a rule attached a template to it", "有规则给它附上了模板";
        Confirm: "the entry is now confirmed: entered into the table, both directions", "条目得到确认（confirm）：两个方向都写入表中";
        Clash: "another entry with the same tuple was there first", "已经有一个相同元组的条目";
        Destroy: "the entry is removed", "条目被删除";
        Already: "it has been looked up before and keeps its connection", "先前已经查找过，沿用原来的连接";
    }
}

terms! {
    /// What NAT did.
    nat_act(NatAct), NAT_ACTS {
        SetupSource: "the source of this connection will be translated", "这个连接的源地址将被转换";
        SetupDestination: "the destination of this connection will be translated", "这个连接的目的地址将被转换";
        NullSource: "no rule translates the source: a null binding keeps it as it is", "没有规则转换源地址：空绑定（null binding），保持不变";
        NullDestination: "no rule translates the destination: a null binding keeps it as it is", "没有规则转换目的地址：空绑定（null binding），保持不变";
        RewriteSource: "the packet's source is rewritten", "改写数据包的源地址";
        RewriteDestination: "the packet's destination is rewritten", "改写数据包的目的地址";
    }
}

terms! {
    /// What the neighbour table knew.
    neighbour(NeighbourAct), NEIGHBOURS {
        Known: "its hardware address is known", "它的硬件地址已知";
        Incomplete: "its hardware address is unknown: ARP asks for it, and the packet waits", "它的硬件地址未知：用 ARP 询问，数据包等待";
        Learnt: "its hardware address was learnt from an ARP packet", "从 ARP 报文学到了它的硬件地址";
        Stale: "it has not been heard of for a while, so its hardware address may be out of date (STALE)", "一段时间没有它的消息，它的硬件地址可能已经过时（STALE）";
        Confirmed: "what came back has shown that it is there (REACHABLE)", "收到的应答表明它还在（REACHABLE）";
        Probe: "it is in use but nothing has shown that it is there: ARP asks it again (PROBE)", "它在使用中，但没有迹象表明它还在：用 ARP 再次询问（PROBE）";
        Failed: "nobody answered ARP for it", "没有人应答对它的 ARP 询问";
        NoArp: "no hardware address is needed", "不需要硬件地址";
    }
}

terms! {
    /// Why the kernel freed a packet.
    drop_reason(DropReason), DROP_REASONS {
        NotSpecified: "no reason is given", "没有给出原因";
        NoSocket: "no socket takes it", "没有套接字接收它";
        PktTooSmall: "it is shorter than its headers say", "它比头部声明的长度短";
        TcpCsum: "its TCP checksum is wrong", "TCP 校验和错误";
        UdpCsum: "its UDP checksum is wrong", "UDP 校验和错误";
        NetfilterDrop: "netfilter decided so", "netfilter 作出的决定";
        OtherHost: "its frame is addressed to somebody else's MAC address", "帧的目的 MAC 地址属于别的站点";
        IpCsum: "its IP header checksum is wrong", "IP 头部校验和错误";
        IpInHdr: "its IP header is malformed", "IP 头部格式错误";
        IpRpFilter: "rp_filter: the way back to its source leads out of another device", "rp_filter：回到源地址的路由走的是另一个设备";
        UnicastInL2Multicast: "it is unicast IP in a link-layer broadcast or multicast", "链路层是广播或组播，而 IP 是单播";
        XfrmPolicy: "an IPsec policy does not allow it", "IPsec 策略不允许";
        IpNoProto: "nothing here handles its protocol", "本机没有处理该协议的模块";
        UnhandledProto: "its protocol does not apply here", "该协议在此处不适用";
        IpOutNoRoutes: "there is no route to its destination", "没有到目的地址的路由";
        IpInNoRoute: "it came in, but there is no route to its destination", "它已进来，但没有到目的地址的路由";
        NeighFailed: "the next hop did not answer ARP", "下一跳没有应答 ARP";
        QueuePurge: "it waited for a neighbour that an earlier packet in the queue has asked for anew: the queue is emptied", "它在等待邻居，而队列中前面的包又引发了新的询问：队列被清空";
        NeighQueueFull: "too many packets wait for the next hop's hardware address", "等待下一跳硬件地址的数据包太多";
        NeighDead: "the neighbour entry is being removed", "邻居表项正在被删除";
        NeighCreateFail: "no neighbour entry could be made for the next hop", "无法为下一跳建立邻居表项";
        DevReady: "the device is not up", "设备没有启用";
        QdiscDrop: "the device's queue did not take it", "设备的队列没有接收它";
        PktTooBig: "it is too big for the device's MTU and must not be fragmented", "它超过设备的 MTU，又不允许分片";
        IcmpCsum: "its ICMP checksum is wrong", "ICMP 校验和错误";
        InvalidProto: "it is a message that is not answered", "这种报文不予应答";
        IpInvalidSource: "its source address is not acceptable", "源地址不可接受";
        IpInvalidDest: "its destination address is not acceptable", "目的地址不可接受";
        IpLocalSource: "its source is an address of this very host (a martian)", "源地址是本机自己的地址（martian）";
        IpLocalnet: "a loopback address (127.0.0.0/8) must not come from or go to a network, unless route_localnet allows it", "环回地址（127.0.0.0/8）不得来自或去往网络，除非 route_localnet 允许";
        MacInvalidSource: "its source MAC address is not one that a station may have", "源 MAC 地址无效";
        TcpFlags: "its TCP flags make no sense in this state", "TCP 标志在当前状态下没有意义";
        TcpReset: "it resets the connection", "它复位了连接";
        TcpInvalidSequence: "its TCP sequence number is outside the window", "TCP 序号不在窗口内";
        TcpOldSequence: "all of it was acknowledged before", "它的内容早已全部确认过";
        TcpOldData: "its data has come before", "它带的数据已经收到过";
        TcpInvalidSyn: "it would open a connection that is established already", "它要建立的连接早已建立";
        TcpAckUnsentData: "it acknowledges what was never sent", "它确认了从未发送的数据";
        TcpClose: "it is for a connection that is closed", "所属的 TCP 连接已经关闭";
        BridgeIngressStpState: "the bridge port that it came in by does not forward", "进来的网桥端口不在转发状态";
        NoTxTarget: "no port takes it", "没有端口可以发送它";
        LocalMac: "its destination is the bridge's own MAC address", "目的地址是网桥自己的 MAC 地址";
        IpInAddrErrors: "its address is not acceptable where it came in, or forwarding is off", "地址在进来的设备上不可接受，或者没有开启转发";
        DevHdr: "no link-layer header could be put in front", "无法加上链路层头部";
        MacIeeeMacControl: "bridges keep frames to this address to themselves", "网桥不转发发往这个地址的帧";
        ArpPvlanDisable: "proxy ARP does not answer here", "代理 ARP 在此不应答";
        FragReasmTimeout: "the rest of its fragments did not arrive in time", "其余分片没有及时到达";
        FragTooFar: "its fragments lie too far apart", "分片相隔太远";
        DupFrag: "the fragment was there before", "重复的分片";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every value of an enumeration has words in both languages, and no two
    /// of them the same.
    fn check<T: Copy>(all: &[(T, &str)], words: fn(T) -> Pair) {
        let mut seen = Vec::new();
        for (value, name) in all {
            let [en, zh] = words(*value);
            assert!(en.len() > 2 && en.is_ascii(), "{name}: {en}");
            assert!(zh.chars().any(|c| c as u32 >= 0x4e00), "{name}: {zh}");
            assert!(!seen.contains(&en) && !seen.contains(&zh), "{name}");
            seen.extend([en, zh]);
        }
    }

    #[test]
    fn every_value_has_words() {
        check(VERDICTS, verdict);
        check(PKT_TYPES, pkt_type);
        check(ORIGINS, origin);
        check(PORT_SKIPS, port_skip);
        check(FRAME_REFUSALS, frame_refusal);
        check(TABLE_SKIPS, table_skip);
        check(CT_ACTS, ct_act);
        check(NAT_ACTS, nat_act);
        check(NEIGHBOURS, neighbour);
        check(DROP_REASONS, drop_reason);
    }
}
