//! A change read from JSON, in the shape that its derived `Serialize` writes.
//! Not derived, to be small: see [`packetwalk_snapshot::json`].

use serde_json::Value;

use crate::edit::{Edit, Part};

impl Edit {
    /// The change that a text of JSON holds; `None` if it is none.
    #[must_use]
    pub fn read(json: &str) -> Option<Self> {
        edit(&serde_json::from_str(json).ok()?)
    }
}

/// The change that a value is.
pub(crate) fn edit(value: &Value) -> Option<Edit> {
    let text = |key: &str| Some(value.get(key)?.as_str()?.to_owned());
    let truth = |key: &str| value.get(key)?.as_bool();
    Some(match value.get("edit")?.as_str()? {
        "text" => Edit::Text {
            netns: text("netns")?,
            part: Part::named(value.get("part")?.as_str()?)?,
            text: text("text")?,
        },
        "policy" => Edit::Policy {
            netns: text("netns")?,
            tool: match (value.get("tool"), truth("bridge")) {
                (Some(tool), _) => Part::named(tool.as_str()?)?,
                // So older links say it.
                (None, bridge) if bridge? => Part::Ebtables,
                _ => Part::Iptables,
            },
            table: text("table")?,
            chain: text("chain")?,
            policy: text("policy")?,
        },
        "sysctl" => Edit::Sysctl {
            netns: text("netns")?,
            name: text("name")?,
            value: text("value")?,
        },
        "link" => Edit::Link {
            netns: text("netns")?,
            dev: text("dev")?,
            up: truth("up")?,
        },
        "port" => Edit::Port {
            netns: text("netns")?,
            dev: text("dev")?,
            flag: text("flag")?,
            on: truth("on")?,
        },
        "listen" => Edit::Listen {
            netns: text("netns")?,
            tcp: truth("tcp")?,
            port: port(value.get("port")?)?,
            on: truth("on")?,
        },
        "add-container" => Edit::AddContainer {
            name: text("name")?,
            netns: text("netns")?,
            bridge: text("bridge")?,
            ports: ports(value)?,
        },
        "add-host" => Edit::AddHost {
            name: text("name")?,
            netns: text("netns")?,
            dev: text("dev")?,
            ports: ports(value)?,
        },
        "remove" => Edit::Remove {
            netns: text("netns")?,
        },
        _ => return None,
    })
}

fn port(value: &Value) -> Option<u16> {
    u16::try_from(value.as_u64()?).ok()
}

fn ports(value: &Value) -> Option<Vec<u16>> {
    value.get("ports")?.as_array()?.iter().map(port).collect()
}

#[cfg(test)]
mod tests {
    use packetwalk_snapshot::json;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let name = || "c1".to_owned();
        let mut all = vec![
            Edit::Policy {
                netns: name(),
                tool: Part::Arptables,
                table: name(),
                chain: name(),
                policy: name(),
            },
            Edit::Sysctl {
                netns: name(),
                name: name(),
                value: "1".to_owned(),
            },
            Edit::Link {
                netns: name(),
                dev: name(),
                up: true,
            },
            Edit::Port {
                netns: name(),
                dev: name(),
                flag: name(),
                on: false,
            },
            Edit::Listen {
                netns: name(),
                tcp: true,
                port: 65_535,
                on: true,
            },
            Edit::AddContainer {
                name: name(),
                netns: name(),
                bridge: name(),
                ports: vec![80, 1],
            },
            Edit::AddHost {
                name: name(),
                netns: name(),
                dev: name(),
                ports: vec![],
            },
            Edit::Remove { netns: name() },
        ];
        all.extend(Part::ALL.map(|part| Edit::Text {
            netns: name(),
            part,
            text: "\"\n".to_owned(),
        }));
        for edit in all {
            let text = json::text(&edit).unwrap();
            assert_eq!(Edit::read(&text), Some(edit), "{text}");
        }
    }

    #[test]
    fn what_is_no_change_is_none() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"edit":"burn"}"#,
            r#"{"edit":"remove"}"#,
            r#"{"edit":"remove","netns":1}"#,
            r#"{"edit":"listen","netns":"c1","tcp":true,"port":65536,"on":true}"#,
            r#"{"edit":"add-host","name":"h","netns":"host","dev":"eth0","ports":["80"]}"#,
            r#"{"edit":"text","netns":"c1","part":"nft","text":""}"#,
        ] {
            assert_eq!(Edit::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_policy_is_read_as_older_links_wrote_it() {
        for (bridge, tool) in [(true, Part::Ebtables), (false, Part::Iptables)] {
            let text = format!(
                r#"{{"edit":"policy","netns":"h","bridge":{bridge},"table":"t","chain":"c","policy":"p"}}"#
            );
            let value = serde_json::from_str(&text).expect("it is JSON");
            let read = edit(&value);
            assert!(matches!(read, Some(Edit::Policy { tool: found, .. }) if found == tool));
        }
    }
}
