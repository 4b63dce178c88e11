//! What a timeline is asked for, as plain data.

use packetwalk_core::walk::{BufferId, Family, Name};
use serde::{Deserialize, Serialize};

use super::conversation::Conversation;
use super::place::{Place, Station};
use crate::log::LogLine;
use crate::scene::Spot;
use crate::words::Sentence;

/// Where stepping stops.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Stops {
    /// Each rule and policy.
    pub rule: Vec<u32>,
    /// Each hook and decision.
    pub hook: Vec<u32>,
    /// Each packet's beginning and end.
    pub packet: Vec<u32>,
}

/// How far one step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Every step.
    Step,
    /// To the next rule or policy.
    Rule,
    /// To the next hook or decision.
    Hook,
    /// To the next packet.
    Packet,
}

/// What a page needs once for a walk.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Overview {
    /// The flow as it is typed.
    pub flow: String,
    /// The line of `--format result`.
    pub outcome: String,
    /// Whom the far end took for its client.
    pub seen: Option<String>,
    /// How many steps there are.
    pub steps: u32,
    /// Steps that were not kept because the walk was too long.
    pub lost: u64,
    /// The step that tells most: see [`Timeline::opening`](super::Timeline::opening).
    pub opening: u32,
    /// Length in seconds at normal speed.
    pub duration: f32,
    /// When each step begins, seconds.
    pub starts: Vec<f32>,
    /// Where stepping stops.
    pub stops: Stops,
    /// The kernel's log.
    pub log: Vec<LogLine>,
    /// Packets and the ladder between namespaces.
    pub conversation: Conversation,
}

/// The tool whose table it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Tool {
    /// iptables.
    Iptables,
    /// ebtables.
    Ebtables,
    /// arptables.
    Arptables,
}

impl Tool {
    /// The tool for the tables of that family's hooks.
    pub fn of(family: Family) -> Self {
        match family {
            Family::Ipv4 | Family::Ipv6 => Self::Iptables,
            Family::Bridge => Self::Ebtables,
            Family::Arp => Self::Arptables,
        }
    }
}

/// A rule's place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct At {
    /// Namespace.
    pub netns: Name,
    /// Whose table it is.
    pub tool: Tool,
    /// Table.
    pub table: Name,
    /// Chain.
    pub chain: Name,
    /// Number from 1; `None` for the policy, or before the first rule.
    pub rule: Option<u32>,
}

/// A rule held against a packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Met {
    /// The step.
    pub step: u32,
    /// Did it match?
    pub matched: bool,
    /// One line about the packet.
    pub summary: String,
}

/// What is to be shown at one step.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Moment {
    /// The step.
    pub step: u32,
    /// When it begins, seconds.
    pub time: f32,
    /// Its kind: `rule`, `hook-enter`, ... as in the JSON format.
    pub kind: &'static str,
    /// Namespace.
    pub netns: Name,
    /// Device.
    pub dev: Option<Name>,
    /// Layer of the stack: `link`, `network`, `transport`, `process`.
    pub layer: &'static str,
    /// The packet; 0 for none.
    pub buffer: BufferId,
    /// What it is now: a place in [`packetwalk_core::walk::Walk::packets`].
    pub packet: Option<u32>,
    /// What it was before it last changed.
    pub packet_before: Option<u32>,
    /// Does this very step change it?
    pub changed: bool,
    /// Is the packet ARP?
    pub arp: bool,
    /// What happens and why.
    pub sentence: Sentence,
    /// Where it is in the kernel.
    pub place: Place,
    /// Where it is on the stage.
    pub spot: Spot,
    /// The rule or policy being asked; inside a table also before the first.
    pub rule: Option<At>,
    /// Chains that wait for the present one, outermost first.
    pub stack: Vec<At>,
    /// How many lines of the log are written by now.
    pub logged: u32,
    /// The line that this very step writes.
    pub log_line: Option<u32>,
    /// The packet's summary.
    pub summary: Option<String>,
    /// What the packet is, without its addresses.
    pub label: Option<String>,
    /// Where the step is, for people, from the outermost to the innermost.
    pub path: Vec<String>,
    /// Does the packet end here because it is dropped?
    pub dropped: bool,
}

/// State of a station or chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum LightState {
    /// The packet has been there.
    Visited,
    /// It is there now.
    Current,
    /// It stands on the way but is not asked; the words say why.
    Skipped,
    /// The packet ended there.
    Dropped,
    /// The packet was taken over there.
    Stolen,
    /// What is there is not modelled.
    NotModelled,
}

/// A station or chip that is lit.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Light {
    /// Which.
    pub place: Place,
    /// How.
    pub state: LightState,
    /// The last step that was there.
    pub step: u32,
    /// Why it was skipped or the packet ended.
    pub why: Option<Sentence>,
}

/// What is lit on the way through one namespace's kernel.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Lights {
    /// Stations and chips.
    pub lights: Vec<Light>,
    /// Ways gone, from station to station, in order.
    #[cfg_attr(feature = "ts", ts(type = "[string, string][]"))]
    pub ways: Vec<(Station, Station)>,
    /// Is the packet in this namespace now?
    pub here: bool,
}
