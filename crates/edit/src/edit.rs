//! What can be changed, as values.

use std::fmt;

use packetwalk_snapshot::Kind;
use packetwalk_snapshot::frame::Frame;
use serde::Serialize;

use crate::check::{self, Finding};
use crate::{hosts, link, policy, section, sysctl};

/// A part of a namespace that is edited as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// `iptables-save`.
    Iptables,
    /// `ebtables-save`.
    Ebtables,
    /// `arptables-save`.
    Arptables,
    /// `ipset save`.
    Ipset,
    /// `sysctl -a`.
    Sysctl,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Iptables,
        Self::Ebtables,
        Self::Arptables,
        Self::Ipset,
        Self::Sysctl,
    ];

    /// What the loader calls it.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Iptables => Kind::Iptables,
            Self::Ebtables => Kind::Ebtables,
            Self::Arptables => Kind::Arptables,
            Self::Ipset => Kind::Ipset,
            Self::Sysctl => Kind::Sysctl,
        }
    }

    /// The command that a snapshot without it is given.
    #[must_use]
    pub fn command(self) -> &'static str {
        match self {
            Self::Iptables => "iptables-save -c",
            Self::Ebtables => "ebtables-save -c",
            Self::Arptables => "arptables-save -c",
            Self::Ipset => "ipset save",
            Self::Sysctl => "sysctl -a",
        }
    }

    /// The part that a page calls `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "iptables" => Some(Self::Iptables),
            "ebtables" => Some(Self::Ebtables),
            "arptables" => Some(Self::Arptables),
            "ipset" => Some(Self::Ipset),
            "sysctl" => Some(Self::Sysctl),
            _ => None,
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "edit", rename_all = "kebab-case")]
pub enum Edit {
    /// A part is written anew.
    Text {
        /// Namespace.
        netns: String,
        /// Which part.
        part: Part,
        /// The whole text.
        text: String,
    },
    /// The policy of a built-in chain.
    Policy {
        /// Namespace.
        netns: String,
        /// Whose chain it is: one of the parts that are rules.
        tool: Part,
        /// Table.
        table: String,
        /// Chain.
        chain: String,
        /// `ACCEPT` or `DROP`; ebtables also has `RETURN`.
        policy: String,
    },
    /// A setting.
    Sysctl {
        /// Namespace.
        netns: String,
        /// Full name, as `net.ipv4.ip_forward`.
        name: String,
        /// Value.
        value: String,
    },
    /// A device is switched on or off.
    Link {
        /// Namespace.
        netns: String,
        /// Device.
        dev: String,
        /// On?
        up: bool,
    },
    /// A setting of a bridge's port.
    Port {
        /// Namespace.
        netns: String,
        /// The port.
        dev: String,
        /// One of [`crate::switches::PORT_FLAGS`].
        flag: String,
        /// On?
        on: bool,
    },
    /// A program begins or ceases to listen on all addresses.
    Listen {
        /// Namespace.
        netns: String,
        /// TCP, or UDP?
        tcp: bool,
        /// Port.
        port: u16,
        /// Begins?
        on: bool,
    },
    /// A container on a bridge, as docker would plug it in.
    AddContainer {
        /// Its name.
        name: String,
        /// The namespace that the bridge is in.
        netns: String,
        /// The bridge.
        bridge: String,
        /// TCP ports that it listens on.
        ports: Vec<u16>,
    },
    /// A host beyond a device that leads outside.
    AddHost {
        /// Its name.
        name: String,
        /// The namespace that the device is in.
        netns: String,
        /// The device.
        dev: String,
        /// TCP ports that it listens on.
        ports: Vec<u16>,
    },
    /// A container or host goes.
    Remove {
        /// Its name.
        netns: String,
    },
}

/// Why a change was not made; the snapshot is as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is no such thing, or it cannot be done.
    Cannot(String),
    /// The text has errors, in the order of their places.
    Text(Vec<Finding>),
}

impl Refused {
    /// A refusal in one sentence.
    pub(crate) fn because(message: impl Into<String>) -> Self {
        Self::Cannot(message.into())
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cannot(message) => f.write_str(message),
            Self::Text(findings) => match findings.iter().find(|finding| finding.error) {
                Some(first) => write!(
                    f,
                    "line {}, column {}: {}",
                    first.line, first.column, first.message
                ),
                None => f.write_str("the text has errors"),
            },
        }
    }
}

impl std::error::Error for Refused {}

/// Does one change to a snapshot.
///
/// # Errors
/// When it cannot be done; the frame may then be half changed, so work on a
/// copy.
pub fn apply(frame: &mut Frame<'static>, edit: &Edit) -> Result<(), Refused> {
    match edit {
        Edit::Text { netns, part, text } => write(frame, netns, *part, text),
        Edit::Policy {
            netns,
            tool,
            table,
            chain,
            policy,
        } => policy::set(section::netns(frame, netns)?, *tool, table, chain, policy),
        Edit::Sysctl { netns, name, value } => {
            sysctl::set(section::netns(frame, netns)?, name, value)
        }
        Edit::Link { netns, dev, up } => link::set(frame, netns, dev, *up),
        Edit::Port {
            netns,
            dev,
            flag,
            on,
        } => link::port(section::netns(frame, netns)?, dev, flag, *on),
        Edit::Listen {
            netns,
            tcp,
            port,
            on,
        } => {
            hosts::listen(section::netns(frame, netns)?, *tcp, *port, *on);
            Ok(())
        }
        Edit::AddContainer {
            name,
            netns,
            bridge,
            ports,
        } => hosts::add_container(frame, name, netns, bridge, ports),
        Edit::AddHost {
            name,
            netns,
            dev,
            ports,
        } => hosts::add_host(frame, name, netns, dev, ports),
        Edit::Remove { netns } => hosts::remove(frame, netns),
    }
}

/// Writes a part of a namespace anew.
///
/// # Errors
/// When there is no such namespace, or the text has errors; the frame is as it
/// was.
pub fn write(
    frame: &mut Frame<'static>,
    netns: &str,
    part: Part,
    text: &str,
) -> Result<(), Refused> {
    let netns = section::netns(frame, netns)?;
    let findings = check::text(part, text);
    if findings.iter().any(|finding| finding.error) {
        return Err(Refused::Text(findings));
    }
    if part == Part::Sysctl {
        sysctl::rewrite(netns, text);
    } else {
        section::write(netns, part.kind(), part.command(), text.to_owned());
    }
    Ok(())
}
