//! Edits in words, English and Chinese: what a button that undoes one says.

use packetwalk_view::words::{Lang, pick};

use crate::{Edit, Part};

/// What an edit does, in a few words.
#[must_use]
pub fn title(edit: &Edit, lang: Lang) -> String {
    let say = |en: &'static str, zh: &'static str| pick([en, zh], lang);
    match edit {
        Edit::Text { netns, part, .. } => match part {
            Part::Iptables => format!("{netns}: iptables {}", say("rules", "规则")),
            Part::Ebtables => format!("{netns}: ebtables {}", say("rules", "规则")),
            Part::Arptables => format!("{netns}: arptables {}", say("rules", "规则")),
            Part::Ipset => format!("{netns}: ipset"),
            Part::Sysctl => format!("{netns}: sysctl"),
        },
        Edit::Policy {
            netns,
            tool,
            table,
            chain,
            policy,
        } => {
            let tool = tool.command().trim_end_matches("-save -c");
            format!("{netns}: {tool} -t {table} -P {chain} {policy}")
        }
        Edit::Sysctl { netns, name, value } => format!("{netns}: {name} = {value}"),
        Edit::Link { netns, dev, up } => {
            let state = if *up { "up" } else { "down" };
            format!("{netns}: ip link set {dev} {state}")
        }
        Edit::Port {
            netns,
            dev,
            flag,
            on,
        } => {
            let state = if *on { "on" } else { "off" };
            format!("{netns}: bridge link set dev {dev} {flag} {state}")
        }
        Edit::Listen {
            netns,
            tcp,
            port,
            on,
        } => {
            let proto = if *tcp { "tcp" } else { "udp" };
            let verb = if *on {
                say("listens on", "开始监听")
            } else {
                say("no longer listens on", "停止监听")
            };
            format!("{netns} {verb} {proto} {port}")
        }
        Edit::AddContainer { name, bridge, .. } => match lang {
            Lang::En => format!("container {name} added to {bridge}"),
            Lang::Zh => format!("在 {bridge} 上添加容器 {name}"),
        },
        Edit::AddHost { name, dev, .. } => match lang {
            Lang::En => format!("host {name} added beyond {dev}"),
            Lang::Zh => format!("在 {dev} 之外添加主机 {name}"),
        },
        Edit::Remove { netns } => match lang {
            Lang::En => format!("{netns} removed"),
            Lang::Zh => format!("移除 {netns}"),
        },
    }
}
