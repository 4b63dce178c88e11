//! What is changed on a machine, as an administrator would type it.
//!
//! A change is made in the snapshot's text, so that the simulator, the page and
//! a real kernel are all given the same machine.
//!
//! | command | what it changes |
//! | --- | --- |
//! | `iptables [-t TABLE] COMMAND CHAIN ...` | what `iptables-save -c` printed |
//! | `sysctl [-w] KEY=VALUE` | what `sysctl -a` printed |
//! | `bridge link set dev PORT hairpin on` | what `bridge -j -d link show` printed |

use std::borrow::Cow;

use packetwalk_edit::{Document, Edit, Part};
use packetwalk_rules::iptables::{RestoreOptions, restore, save};
use packetwalk_rules::{Family, Ruleset, Severity};
use packetwalk_snapshot::frame::{Frame, Namespace};
use packetwalk_snapshot::json;
use serde::Serialize;
use serde_json::Value;

use crate::Wrong;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(rename = "LessonChange"))]
pub struct Change {
    /// Namespace in which it is typed.
    pub netns: String,
    /// The command.
    pub command: String,
}

/// A command, understood.
enum Command<'a> {
    Iptables {
        table: &'a str,
        rest: String,
    },
    Sysctl {
        key: String,
        value: &'a str,
    },
    Port {
        port: &'a str,
        flag: &'a str,
        on: bool,
    },
}

/// Settings of a bridge port that are switched on and off (bridge(8)).
const FLAGS: &[&str] = &[
    "hairpin",
    "isolated",
    "learning",
    "flood",
    "bcast_flood",
    "mcast_flood",
];

impl Change {
    /// Reads `NETNS: COMMAND`.
    ///
    /// # Errors
    ///
    /// Where it is no change.
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        let Some((netns, command)) = text.split_once(':') else {
            return Err(Wrong::new(
                0,
                "a change says in which namespace it is made",
                "as in host: sysctl -w net.ipv4.ip_forward=0",
            ));
        };
        let change = Self {
            netns: netns.trim().to_owned(),
            command: command.trim().to_owned(),
        };
        match change.understood() {
            Some(_) => Ok(change),
            None => Err(Wrong::new(
                text.chars().count() - command.trim_start().chars().count(),
                format!("cannot make the change {:?}", change.command),
                "iptables [-t TABLE] -A|-I|-D|-R|-P|-F|-N|-X ..., sysctl -w KEY=VALUE and bridge link set dev PORT hairpin on|off are known",
            )),
        }
    }

    fn understood(&self) -> Option<Command<'_>> {
        let (program, rest) = self.command.split_once(' ')?;
        let rest = rest.trim();
        match program {
            "iptables" => {
                let (table, rest) = match rest.strip_prefix("-t ") {
                    Some(rest) => rest.trim_start().split_once(' ')?,
                    None => ("filter", rest),
                };
                rest.starts_with('-').then(|| Command::Iptables {
                    table,
                    rest: rest.trim().to_owned(),
                })
            }
            "sysctl" => {
                let rest = rest.strip_prefix("-w ").unwrap_or(rest);
                let (key, value) = rest.split_once('=')?;
                let key = key.trim().replace('/', ".");
                (!key.is_empty() && !key.contains(' ')).then_some(Command::Sysctl {
                    key,
                    value: value.trim(),
                })
            }
            "bridge" => {
                let words: Vec<&str> = rest.split_whitespace().collect();
                let ["link", "set", "dev", port, flag, state @ ("on" | "off")] = words[..] else {
                    return None;
                };
                FLAGS.contains(&flag).then_some(Command::Port {
                    port,
                    flag,
                    on: state == "on",
                })
            }
            _ => None,
        }
    }
}

/// The changes of a page's reader that do what `changes` do; `after` is the
/// snapshot that they lead to.
#[must_use]
pub fn edits(changes: &[Change], after: &str) -> Vec<Edit> {
    let after = Document::new(after);
    let mut out: Vec<Edit> = Vec::new();
    for change in changes {
        let netns = change.netns.clone();
        let edit = match change.understood() {
            Some(Command::Iptables { .. }) => Edit::Text {
                text: after.part(&netns, Part::Iptables),
                part: Part::Iptables,
                netns,
            },
            Some(Command::Sysctl { key, value }) => Edit::Sysctl {
                netns,
                name: key,
                value: value.to_owned(),
            },
            Some(Command::Port { port, flag, on }) => Edit::Port {
                netns,
                dev: port.to_owned(),
                flag: flag.to_owned(),
                on,
            },
            None => continue,
        };
        // All that is done to rules of a namespace is one text.
        if !out.contains(&edit) {
            out.push(edit);
        }
    }
    out
}

/// The snapshot after `changes`.
///
/// # Errors
///
/// What the tool would say to the first change that it refuses.
pub fn apply(snapshot: &str, changes: &[Change]) -> Result<String, String> {
    if changes.is_empty() {
        return Ok(snapshot.to_owned());
    }
    let (mut frame, _) = Frame::parse(snapshot);
    for change in changes {
        let refuse = |message: String| format!("{}: {}: {message}", change.netns, change.command);
        let netns = frame
            .namespaces
            .iter_mut()
            .find(|netns| netns.name == change.netns)
            .ok_or_else(|| refuse("there is no such namespace".to_owned()))?;
        match change.understood() {
            Some(Command::Iptables { table, rest }) => {
                iptables(netns, table, &rest).map_err(refuse)?;
            }
            Some(Command::Sysctl { key, value }) => sysctl(netns, &key, value),
            Some(Command::Port { port, flag, on }) => {
                bridge_port(netns, port, flag, on).map_err(refuse)?;
            }
            None => return Err(refuse("not understood".to_owned())),
        }
    }
    Ok(frame.to_string())
}

fn iptables(netns: &mut Namespace<'_>, table: &str, rest: &str) -> Result<(), String> {
    let Some(text) = output(netns, "iptables-save") else {
        return Ok(());
    };
    let (mut set, restored) = (Ruleset::new(Family::V4), RestoreOptions::default());
    let _ = restore(text, &mut set, restored);
    let command = format!("*{table}\n{rest}\nCOMMIT\n");
    let said = restore(&command, &mut set, RestoreOptions { noflush: true });
    let refused = said.iter().find(|said| said.severity == Severity::Error);
    if let Some(refused) = refused {
        return Err(refused.message.clone());
    }
    *text = Cow::Owned(save(&set, true));
    Ok(())
}

fn sysctl(netns: &mut Namespace<'_>, key: &str, value: &str) {
    // One switch that the kernel keeps under several names (devinet.c).
    let all = match key {
        "net.ipv4.ip_forward" | "net.ipv4.conf.all.forwarding" => vec![
            "net.ipv4.ip_forward",
            "net.ipv4.conf.all.forwarding",
            "net.ipv4.conf.default.forwarding",
        ],
        _ => vec![key],
    };
    let each_device = all.len() > 1;
    let Some(text) = output(netns, "sysctl") else {
        return;
    };
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let name = line.split('=').next().unwrap_or_default().trim();
        let device =
            each_device && name.starts_with("net.ipv4.conf.") && name.ends_with(".forwarding");
        if device || all.contains(&name) {
            out += &format!("{name} = {value}\n");
        } else {
            out += line;
            out.push('\n');
        }
    }
    if !text.lines().any(|line| {
        line.split('=')
            .next()
            .is_some_and(|name| name.trim() == key)
    }) {
        out += &format!("{key} = {value}\n");
    }
    *text = Cow::Owned(out);
}

fn bridge_port(netns: &mut Namespace<'_>, port: &str, flag: &str, on: bool) -> Result<(), String> {
    let is = |command: &str| command.starts_with("bridge") && command.contains("link");
    let run = netns.runs.iter_mut().find(|run| is(&run.command));
    let mut ports: Value = run
        .as_ref()
        .and_then(|run| serde_json::from_str(&run.text).ok())
        .unwrap_or_default();
    let mut objects = ports.as_array_mut().into_iter().flatten();
    let found = objects.find(|found| found.get("ifname").and_then(Value::as_str) == Some(port));
    let found = found.and_then(Value::as_object_mut);
    let (Some(found), Some(run)) = (found, run) else {
        return Err(format!("there is no bridge port {port}"));
    };
    found.insert(flag.to_owned(), Value::Bool(on));
    run.text = Cow::Owned(json::value(&ports) + "\n");
    Ok(())
}

/// What a program printed in a namespace; empty if it was not asked.
fn output<'a, 'b>(netns: &'a mut Namespace<'b>, program: &str) -> Option<&'a mut Cow<'b, str>> {
    let is = |command: &str| command.split_whitespace().next() == Some(program);
    if !netns.runs.iter().any(|run| is(&run.command)) {
        let command = match program {
            "sysctl" => "sysctl -a",
            _ => "iptables-save -c",
        };
        netns.push(command, "");
    }
    let run = netns.runs.iter_mut().find(|run| is(&run.command));
    run.map(|run| &mut run.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: &str = "@@packetwalk snapshot 1\n@@netns host\n@@run sysctl -a\n\
        net.ipv4.ip_forward = 1\nnet.ipv4.conf.eth0.forwarding = 1\n@@run iptables-save -c\n\
        *filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n\
        [0:0] -A INPUT -i lo -j ACCEPT\nCOMMIT\n@@run bridge -j -d link show\n\
        [{\"ifname\":\"veth1\",\"hairpin\":false}]\n@@end\n";

    fn check(changes: &[&str], there: &[&str], gone: &[&str]) {
        let read = |line: &&str| Change::parse(line).expect(line);
        let changes: Vec<Change> = changes.iter().map(read).collect();
        let text = apply(MACHINE, &changes).expect("a change");
        for line in there {
            assert!(text.lines().any(|l| l == *line), "{line} in\n{text}");
        }
        for line in gone {
            assert!(!text.lines().any(|l| l == *line), "{line} in\n{text}");
        }
    }

    #[test]
    fn a_change_is_made_in_the_snapshots_text() {
        check(
            &["host: iptables -A INPUT -p tcp --dport 80 -j DROP"],
            &[
                "[0:0] -A INPUT -i lo -j ACCEPT",
                "[0:0] -A INPUT -p tcp -m tcp --dport 80 -j DROP",
            ],
            &[],
        );
        check(
            &[
                "host: iptables -P FORWARD DROP",
                "host: iptables -D INPUT 1",
            ],
            &[":FORWARD DROP [0:0]"],
            &["[0:0] -A INPUT -i lo -j ACCEPT", ":FORWARD ACCEPT [0:0]"],
        );
        check(
            &["host: iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE"],
            &[
                "*nat",
                "[0:0] -A POSTROUTING -o eth0 -j MASQUERADE",
                "*filter",
            ],
            &[],
        );
        check(
            &["host: sysctl -w net.ipv4.ip_forward=0"],
            &[
                "net.ipv4.ip_forward = 0",
                "net.ipv4.conf.eth0.forwarding = 0",
            ],
            &["net.ipv4.ip_forward = 1"],
        );
        check(
            &["host: sysctl -w net.ipv4.conf.all.rp_filter=1"],
            &["net.ipv4.conf.all.rp_filter = 1", "net.ipv4.ip_forward = 1"],
            &[],
        );
        check(
            &["host: bridge link set dev veth1 hairpin on"],
            &["[{\"hairpin\":true,\"ifname\":\"veth1\"}]"],
            &[],
        );
    }

    #[test]
    fn a_change_that_cannot_be_made_says_why() {
        let refused = |line: &str| apply(MACHINE, &[Change::parse(line).expect(line)]);
        let message = refused("c9: sysctl -w a=1").expect_err("no c9");
        assert!(message.contains("no such namespace"), "{message}");
        refused("host: iptables -A NOWHERE -j DROP").expect_err("no chain");
        refused("host: iptables -D INPUT 7").expect_err("no rule");
        refused("host: bridge link set dev veth9 hairpin on").expect_err("no port");
        for line in ["sysctl -w a=1", "host: rm -r /", "host: iptables INPUT"] {
            Change::parse(line).expect_err(line);
        }
    }
}
