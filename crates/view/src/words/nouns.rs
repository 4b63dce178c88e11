//! What options ask for, in words, where nothing but the noun is special.

use super::Pair;

/// Options and their nouns.
const NOUNS: &[(&str, Pair)] = &[
    (
        "--802_3-sap",
        ["802.2 service access point", "802.2 服务访问点（SAP）"],
    ),
    ("--802_3-type", ["SNAP protocol type", "SNAP 协议类型"]),
    ("--ahspi", ["AH security index", "AH 安全参数索引"]),
    ("--among-dst", ["destination MAC address", "目的 MAC 地址"]),
    ("--among-src", ["source MAC address", "源 MAC 地址"]),
    ("--arp-gratuitous", ["gratuitous ARP", "免费 ARP"]),
    ("--arp-htype", ["ARP hardware type", "ARP 硬件类型"]),
    (
        "--arp-mac-dst",
        ["target MAC address in ARP", "ARP 中的目标 MAC 地址"],
    ),
    (
        "--arp-mac-src",
        ["sender MAC address in ARP", "ARP 中的发送方 MAC 地址"],
    ),
    ("--arp-opcode", ["ARP operation", "ARP 操作"]),
    ("--arp-ptype", ["ARP protocol type", "ARP 协议类型"]),
    (
        "--bytecode",
        [
            "a value other than 0 from the program",
            "程序返回非零值，程序",
        ],
    ),
    ("--chunk-types", ["SCTP chunks", "SCTP 数据块类型"]),
    (
        "--connbytes",
        ["amount carried by the connection", "连接已传送的数量"],
    ),
    (
        "--ctexpire",
        ["seconds until the connection expires", "连接到期前的秒数"],
    ),
    (
        "--ctorigsrcport",
        ["original source port", "连接的原始源端口"],
    ),
    ("--ctproto", ["protocol of the connection", "连接的协议"]),
    (
        "--ctrepldst",
        ["destination of replies", "连接的应答目的地址"],
    ),
    (
        "--ctrepldstport",
        ["destination port of replies", "连接的应答目的端口"],
    ),
    ("--ctreplsrc", ["source of replies", "连接的应答源地址"]),
    (
        "--ctreplsrcport",
        ["source port of replies", "连接的应答源端口"],
    ),
    ("--dccp-option", ["DCCP option", "DCCP 选项"]),
    ("--dccp-types", ["DCCP type", "DCCP 类型"]),
    ("--dscp", ["DSCP", "DSCP"]),
    ("--dst-group", ["group of the out-interface", "出接口的组"]),
    ("--ecn-ip-ect", ["ECN bits of IP", "IP 的 ECN 位"]),
    ("--espspi", ["ESP security index", "ESP 安全参数索引"]),
    (
        "--helper",
        [
            "a helper that announced the connection,",
            "预告这个连接的辅助模块（helper）",
        ],
    ),
    ("--hitcount", ["number of times seen", "见过的次数"]),
    ("--ip-igmp-type", ["IGMP type", "IGMP 类型"]),
    ("--ip-tos", ["type of service", "服务类型（TOS）"]),
    ("--ipcompspi", ["IPComp index", "IPComp 索引"]),
    ("--label", ["connection label", "连接标签（label）"]),
    (
        "--mss",
        ["announced segment size", "通告的报文段大小（MSS）"],
    ),
    ("--pkttype-type", ["packet type", "数据包类型"]),
    ("--pol", ["IPsec policy", "IPsec 策略"]),
    ("--quota", ["bytes within the quota", "配额内的字节数"]),
    ("--realm", ["realm of the route", "路由的 realm"]),
    ("--src-group", ["group of the in-interface", "入接口的组"]),
    ("--stp-flags", ["BPDU flags", "BPDU 标志"]),
    (
        "--stp-forward-delay",
        ["BPDU forward delay", "BPDU 转发延迟"],
    ),
    ("--stp-hello-time", ["BPDU hello time", "BPDU Hello 时间"]),
    ("--stp-max-age", ["BPDU maximum age", "BPDU 最大老化时间"]),
    ("--stp-msg-age", ["BPDU message age", "BPDU 消息老化时间"]),
    ("--stp-port", ["BPDU port", "BPDU 端口标识"]),
    (
        "--stp-root-addr",
        ["MAC address of the root bridge", "根网桥的 MAC 地址"],
    ),
    (
        "--stp-root-cost",
        ["path cost to the root bridge", "到根网桥的路径开销"],
    ),
    (
        "--stp-root-prio",
        ["priority of the root bridge", "根网桥优先级"],
    ),
    (
        "--stp-sender-addr",
        ["MAC address of the sending bridge", "发送网桥的 MAC 地址"],
    ),
    (
        "--stp-sender-prio",
        ["priority of the sending bridge", "发送网桥优先级"],
    ),
    ("--stp-type", ["BPDU type", "BPDU 类型"]),
    ("--u32", ["a value in the packet:", "数据包中的值"]),
    (
        "--vlan-encap",
        ["protocol inside the VLAN tag", "VLAN 标签内的协议"],
    ),
    ("--vlan-id", ["VLAN", "VLAN 编号"]),
    ("--vlan-prio", ["VLAN priority", "VLAN 优先级"]),
];

/// The noun of an option.
pub(super) fn noun(option: &str) -> Option<Pair> {
    let at = NOUNS.binary_search_by_key(&option, |(name, _)| name).ok()?;
    NOUNS.get(at).map(|(_, noun)| *noun)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_and_in_both_languages() {
        assert!(NOUNS.is_sorted_by_key(|(name, _)| name));
        for (name, [en, zh]) in NOUNS {
            assert!(en.is_ascii() && en.len() > 2, "{name}: {en}");
            assert!(!zh.is_empty(), "{name}");
        }
    }
}
