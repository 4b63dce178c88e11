//! Why a rule did not match, in words: what it wants and what the packet has.

use std::borrow::Cow;

use packetwalk_core::walk::{Has, WhyNot};

use super::{Arg, Class, Lang, Pair, Sentence, arg, fill, pick};

/// How a condition is spoken of.
struct Phrase {
    /// What the rule wants: "wants out-interface".
    noun: Pair,
    /// What the packet does: "it leaves by {has}".
    has: Pair,
    /// What is said when there is nothing.
    nothing: Pair,
    /// Look of the values.
    class: Class,
}

const HAS: Pair = ["it has {has}", "而数据包是 {has}"];
const NOTHING: Pair = ["the packet has none", "而数据包没有"];

/// The noun for an option and how the packet's value is told. Options that are
/// not listed are named as they are spelt.
fn phrase(option: &str) -> Option<Phrase> {
    let (noun, has, nothing, class): (Pair, Pair, Pair, Class) = match option {
        "-i" | "--in-interface" | "--logical-in" => (
            ["in-interface", "入接口"],
            ["it came in by {has}", "而数据包从 {has} 进来"],
            ["there is no in-interface here", "而此处没有入接口"],
            Class::Device,
        ),
        "-o" | "--out-interface" | "--logical-out" => (
            ["out-interface", "出接口"],
            ["it leaves by {has}", "而数据包从 {has} 出去"],
            ["there is no out-interface here", "而此处没有出接口"],
            Class::Device,
        ),
        "--physdev-in" => (
            ["bridge port of arrival", "进来的网桥端口"],
            ["it came in by {has}", "而数据包从 {has} 进来"],
            ["it came in by no bridge port", "而数据包不是从网桥端口进来"],
            Class::Device,
        ),
        "--physdev-out" => (
            ["bridge port of departure", "出去的网桥端口"],
            ["it leaves by {has}", "而数据包从 {has} 出去"],
            ["it leaves by no bridge port", "而数据包不从网桥端口出去"],
            Class::Device,
        ),
        "-s" | "--source" | "--src" | "--ip-src" | "--ip-source" | "--src-range"
        | "--arp-ip-src" => (
            ["source address", "源地址"],
            ["it comes from {has}", "而数据包来自 {has}"],
            NOTHING,
            Class::Address,
        ),
        "-d" | "--destination" | "--dst" | "--ip-dst" | "--ip-destination" | "--dst-range"
        | "--arp-ip-dst" => (
            ["destination address", "目的地址"],
            ["it goes to {has}", "而数据包去往 {has}"],
            NOTHING,
            Class::Address,
        ),
        "--src-mac" => (
            [
                "sender's MAC address in the ARP packet",
                "ARP 报文中发送方的 MAC 地址",
            ],
            HAS,
            NOTHING,
            Class::Address,
        ),
        "--dst-mac" => (
            [
                "target's MAC address in the ARP packet",
                "ARP 报文中目标的 MAC 地址",
            ],
            HAS,
            NOTHING,
            Class::Address,
        ),
        "--opcode" => (["ARP operation", "ARP 操作码"], HAS, NOTHING, Class::Value),
        "--h-type" => (["hardware type", "硬件类型"], HAS, NOTHING, Class::Value),
        "--h-length" => (
            ["length of hardware addresses", "硬件地址长度"],
            HAS,
            NOTHING,
            Class::Value,
        ),
        "--proto-type" => (["protocol type", "协议类型"], HAS, NOTHING, Class::Value),
        "-p" | "--protocol" | "--proto" | "--ip-proto" | "--ip-protocol" => {
            (["protocol", "协议"], HAS, NOTHING, Class::Value)
        }
        "-f" | "--fragment" => (["fragments", "分片"], HAS, NOTHING, Class::Value),
        "--sport" | "--source-port" | "--sports" | "--source-ports" | "--ip-sport"
        | "--ip-source-port" => (["source port", "源端口"], HAS, NOTHING, Class::Value),
        "--dport"
        | "--destination-port"
        | "--dports"
        | "--destination-ports"
        | "--ip-dport"
        | "--ip-destination-port" => (["destination port", "目的端口"], HAS, NOTHING, Class::Value),
        "--ports" | "--port" => (["a port", "端口"], HAS, NOTHING, Class::Value),
        "--tcp-flags" | "--syn" => (["TCP flags", "TCP 标志"], HAS, NOTHING, Class::Value),
        "--tcp-option" => (["TCP option", "TCP 选项"], HAS, NOTHING, Class::Value),
        "--icmp-type" | "--icmpv6-type" | "--ip-icmp-type" => {
            (["ICMP type", "ICMP 类型"], HAS, NOTHING, Class::Value)
        }
        "--ctstate" | "--state" => (
            ["connection state", "连接状态"],
            ["its state is {has}", "而数据包的状态是 {has}"],
            ["it belongs to no connection", "而数据包不属于任何连接"],
            Class::Value,
        ),
        "--ctstatus" => (
            ["connection status", "连接状况"],
            HAS,
            NOTHING,
            Class::Value,
        ),
        "--ctorigsrc" => (
            ["original source", "连接的原始源地址"],
            HAS,
            NOTHING,
            Class::Address,
        ),
        "--ctorigdst" => (
            ["original destination", "连接的原始目的地址"],
            HAS,
            NOTHING,
            Class::Address,
        ),
        "--ctorigdstport" => (
            ["original destination port", "连接的原始目的端口"],
            HAS,
            NOTHING,
            Class::Value,
        ),
        "--ctdir" => (["direction", "方向"], HAS, NOTHING, Class::Value),
        "--mark" => (["mark", "标记（mark）"], HAS, NOTHING, Class::Value),
        "--src-type" => (
            ["source address type", "源地址类型"],
            HAS,
            NOTHING,
            Class::Value,
        ),
        "--dst-type" => (
            ["destination address type", "目的地址类型"],
            HAS,
            NOTHING,
            Class::Value,
        ),
        "--match-set" => (["set", "集合"], HAS, NOTHING, Class::Value),
        "--mac-source" => (
            ["source MAC address", "源 MAC 地址"],
            HAS,
            NOTHING,
            Class::Mac,
        ),
        "--uid-owner" => (["user", "用户"], HAS, NOTHING, Class::Value),
        "--gid-owner" => (["group", "用户组"], HAS, NOTHING, Class::Value),
        "--limit" | "--hashlimit-upto" => (["rate", "速率"], HAS, NOTHING, Class::Value),
        "--hashlimit-above" => (
            ["a rate above", "超出的速率"],
            ["it is within {has}", "而它没有超过 {has}"],
            NOTHING,
            Class::Value,
        ),
        "--connlimit-above" => (
            ["more connections than", "超过的连接数"],
            ["there are {has}", "而现有 {has} 个"],
            NOTHING,
            Class::Value,
        ),
        "--connlimit-upto" => (
            ["a number of connections up to", "连接数上限"],
            ["there are {has}", "而现有 {has} 个"],
            NOTHING,
            Class::Value,
        ),
        "--string" => (
            ["the text", "内容"],
            ["it holds {has}", "而数据包含有 {has}"],
            ["the packet does not hold it", "而数据包中没有"],
            Class::Value,
        ),
        "--rpfilter" => (
            ["the way back by", "回程接口"],
            ["it leads by {has}", "而回程走 {has}"],
            [
                "no route leads back to its source",
                "而没有回到源地址的路由",
            ],
            Class::Device,
        ),
        "--socket" => (
            ["a socket of this host", "本机的套接字"],
            [
                "{has} is bound to any address, which does not count",
                "而 {has} 绑定在任意地址上，不算在内",
            ],
            ["no socket here waits for it", "而本机没有套接字等待它"],
            Class::Value,
        ),
        "--socket-exists" => (
            ["a known socket", "已知的套接字"],
            ["there is a {has}", "而这里有套接字（{has}）"],
            NOTHING,
            Class::Value,
        ),
        "--ecn-tcp-ece" => (
            ["the ECE flag of TCP", "TCP 的 ECE 标志"],
            ["it is set", "而它已设置"],
            ["it is not set", "而它没有设置"],
            Class::Value,
        ),
        "--ecn-tcp-cwr" => (
            ["the CWR flag of TCP", "TCP 的 CWR 标志"],
            ["it is set", "而它已设置"],
            ["it is not set", "而它没有设置"],
            Class::Value,
        ),
        "--cluster-local-nodemask" => (
            ["a connection of the nodes", "属于这些节点的连接"],
            ["it belongs to node {has}", "而它属于节点 {has}"],
            NOTHING,
            Class::Value,
        ),
        "--datestart" | "--datestop" | "--timestart" | "--weekdays" | "--monthdays" => (
            match option {
                "--datestart" => ["a date from", "起始时间"],
                "--datestop" => ["a date until", "截止时间"],
                "--timestart" => ["a time of day from", "一天中的时间段，起点"],
                "--weekdays" => ["a day of the week among", "星期"],
                _ => ["a day of the month among", "日期"],
            },
            ["it is {has}", "而现在是 {has}"],
            NOTHING,
            Class::Value,
        ),
        "--rcheck" | "--update" | "--remove" | "--set" => (
            ["an address in the list", "列表中的地址"],
            ["the packet's is {has}", "而数据包的地址是 {has}"],
            NOTHING,
            Class::Value,
        ),
        "--every" => (
            ["one packet in", "间隔的包数"],
            ["{has} came since the last one", "而上次之后来了 {has} 个"],
            NOTHING,
            Class::Value,
        ),
        "--probability" => (
            ["a draw below", "抽到的数小于"],
            ["{has} was drawn", "而抽到了 {has}"],
            NOTHING,
            Class::Value,
        ),
        "--physdev-is-in" | "--physdev-is-out" | "--physdev-is-bridged" => (
            match option {
                "--physdev-is-in" => ["arrival by a bridge port", "从网桥端口进来"],
                "--physdev-is-out" => ["departure by a bridge port", "从网桥端口出去"],
                _ => ["bridging from port to port", "在端口之间桥接"],
            },
            HAS,
            NOTHING,
            Class::Value,
        ),
        "--pkt-type" => (["packet type", "数据包类型"], HAS, NOTHING, Class::Value),
        "--ttl-eq" | "--ttl-lt" | "--ttl-gt" => (["TTL", "TTL"], HAS, NOTHING, Class::Value),
        "--tos" => (
            ["type of service", "服务类型（TOS）"],
            HAS,
            NOTHING,
            Class::Value,
        ),
        "--length" => (["length", "长度"], HAS, NOTHING, Class::Value),
        other => (super::nouns::noun(other)?, HAS, NOTHING, Class::Value),
    };
    Some(Phrase {
        noun,
        has,
        nothing,
        class,
    })
}

pub(super) fn sentence(why: &WhyNot, lang: Lang) -> Sentence {
    let phrase = phrase(&why.option);
    let class = phrase.as_ref().map_or(Class::Value, |phrase| phrase.class);
    let noun: Cow<'_, str> = match &phrase {
        Some(phrase) => pick(phrase.noun, lang).into(),
        None => why.option.to_string().into(),
    };
    let wants: Pair = match (why.inverted, why.wants.is_empty()) {
        (false, false) => ["wants {noun} {wants}", "要求{noun}为 {wants}"],
        (true, false) => ["wants {noun} other than {wants}", "要求{noun}不是 {wants}"],
        (false, true) => ["wants {noun}", "要求{noun}"],
        (true, true) => ["wants no {noun}", "要求没有{noun}"],
    };
    let noun_class = if phrase.is_some() {
        Class::Text
    } else {
        Class::Value
    };
    let mut out = fill(
        wants,
        lang,
        &[
            arg("noun", noun_class, noun),
            arg("wants", class, why.wants.as_str()),
        ],
    );
    out.push(Class::Text, pick(["; ", "，"], lang));
    out.append(has(why, phrase.as_ref(), class, lang));
    out
}

/// What the packet has instead.
fn has(why: &WhyNot, phrase: Option<&Phrase>, class: Class, lang: Lang) -> Sentence {
    let value = |text: &str| -> Vec<Arg<'static>> { vec![arg("has", class, text.to_owned())] };
    let (pair, args): (Pair, Vec<Arg<'static>>) = match &why.has {
        Has::Value(text) => (phrase.map_or(HAS, |phrase| phrase.has), value(text)),
        Has::Nothing => (phrase.map_or(NOTHING, |phrase| phrase.nothing), Vec::new()),
        Has::OtherProtocol(text) => (
            ["the packet is {has}", "而数据包是 {has}"],
            vec![arg("has", Class::Value, text.clone())],
        ),
        Has::Fragment => (
            [
                "it is a later fragment, without a transport header",
                "而它是后续分片，没有传输层头部",
            ],
            Vec::new(),
        ),
        Has::Truncated => (
            ["it is too short to tell", "而数据包太短，无从判断"],
            Vec::new(),
        ),
        Has::NoConnection => (
            [
                "it belongs to no connection (untracked or invalid)",
                "而它不属于任何连接（未跟踪或无效）",
            ],
            Vec::new(),
        ),
        Has::NoSocket => (
            [
                "no socket is known at this hook",
                "而这个钩子处没有已知的套接字",
            ],
            Vec::new(),
        ),
        Has::NoBridge => (
            ["it did not come by a bridge port", "而它没有经过网桥端口"],
            Vec::new(),
        ),
        Has::Exhausted(text) => (
            ["the limit is used up ({has})", "而限额已经用尽（{has}）"],
            value(text),
        ),
    };
    fill(pair, lang, &args)
}

#[cfg(test)]
mod tests {
    use super::*;
    use packetwalk_core::walk::Name;

    fn why(option: &str, inverted: bool, wants: &str, has: Has) -> WhyNot {
        WhyNot {
            option: Name::from(option),
            inverted,
            wants: wants.into(),
            has,
        }
    }

    #[test]
    fn says_both_values() {
        let rule = why("-o", true, "docker0", Has::Value("docker0".into()));
        assert_eq!(
            sentence(&rule, Lang::En).plain(),
            "wants out-interface other than docker0; it leaves by docker0"
        );
        assert_eq!(
            sentence(&rule, Lang::Zh).plain(),
            "要求出接口不是 docker0，而数据包从 docker0 出去"
        );
        let rule = why("--dport", false, "80", Has::Value("8080".into()));
        assert_eq!(
            sentence(&rule, Lang::En).plain(),
            "wants destination port 80; it has 8080"
        );
    }

    #[test]
    fn names_options_without_words_as_they_are_spelt() {
        let rule = why("--unheard-of", false, "100", Has::Exhausted("0".into()));
        assert_eq!(
            sentence(&rule, Lang::En).plain(),
            "wants --unheard-of 100; the limit is used up (0)"
        );
    }

    /// Every option that a match of the simulated kernel names as its reason
    /// has words.
    #[test]
    fn every_reason_has_words() {
        let core = concat!(env!("CARGO_MANIFEST_DIR"), "/../core/src/netfilter");
        let files = ["matches", "ebtables"].into_iter().flat_map(|folder| {
            let files = std::fs::read_dir(format!("{core}/{folder}")).expect("a folder");
            files.map(|file| file.expect("file").path())
        });
        let mut seen = 0;
        for file in files {
            let text = std::fs::read_to_string(&file).expect("source");
            for option in text.split('"').filter(|part| {
                part.strip_prefix("--").is_some_and(|name| {
                    let letter =
                        |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b);
                    !name.is_empty() && name.bytes().all(letter)
                })
            }) {
                seen += 1;
                assert!(phrase(option).is_some(), "{option}, in {}", file.display());
            }
        }
        assert!(seen > 100, "{seen} options");
    }
}
