//! Where in the kernel a step is: stations and the chips in them.

use std::fmt;

use packetwalk_core::walk::{CtAct, Event, Family, Hook, Name, NatAct, Origin};
use serde::{Serialize, Serializer};

/// A station of the way through the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Station {
    /// A device receives.
    Ingress,
    /// The bridge decides where to.
    Bridging,
    /// The bridge decides where to, for a frame that this host sends.
    BridgingOut,
    /// A hook.
    Hook(Family, Hook),
    /// Routing of what came in.
    Routing,
    /// Routing of what is made here.
    RoutingOut,
    /// Sockets and programs.
    Process,
    /// The neighbour table, ARP.
    Neighbour,
    /// A device sends.
    Egress,
}

/// The family's name in a station's id.
fn family_name(family: Family) -> &'static str {
    match family {
        Family::Ipv4 => "ipv4",
        Family::Ipv6 => "ipv6",
        Family::Bridge => "bridge",
        Family::Arp => "arp",
    }
}

impl fmt::Display for Station {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ingress => "ingress",
            Self::Bridging => "bridging",
            Self::BridgingOut => "bridging-out",
            Self::Routing => "routing",
            Self::RoutingOut => "routing-out",
            Self::Process => "process",
            Self::Neighbour => "neighbour",
            Self::Egress => "egress",
            Self::Hook(family, hook) => {
                return write!(f, "{}:{}", family_name(*family), hook.name());
            }
        })
    }
}

impl Serialize for Station {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A station, and the chip in it where the step is about one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Place {
    /// Its id: `ingress`, `bridging`, `bridging-out`, `routing`, `routing-out`,
    /// `process`, `neighbour`, `egress`, or a hook such as `ipv4:PREROUTING`
    /// and `bridge:FORWARD`.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub station: Station,
    /// Name of the chip: a table, `conntrack`, `confirm`, `defrag`,
    /// `br_netfilter`.
    pub chip: Option<Name>,
}

impl Place {
    /// At a station.
    pub fn station(station: Station) -> Self {
        Self {
            station,
            chip: None,
        }
    }

    /// At a chip of a station.
    pub fn chip(station: Station, chip: impl Into<Name>) -> Self {
        Self {
            station,
            chip: Some(chip.into()),
        }
    }
}

/// Where one packet is in the hooks: a bridge hook may have an IP hook in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Context {
    hooks: Vec<(Family, Hook)>,
    /// br_netfilter has just handed it to an IP hook.
    to_ip: bool,
    /// This host sends it out through a bridge.
    sent: bool,
    /// Where it was last.
    last: Option<Place>,
}

impl Context {
    fn hook(&self) -> Option<Station> {
        self.hooks
            .last()
            .map(|(family, hook)| Station::Hook(*family, *hook))
    }

    fn enter(&mut self, family: Family, hook: Hook) {
        // A packet that was taken over left its hook without a word.
        match family {
            // br_netfilter asks it in the bridge's own hook.
            Family::Arp if hook == Hook::Forward => {
                self.hooks.retain(|(family, _)| *family == Family::Bridge);
            }
            Family::Bridge | Family::Arp => self.hooks.clear(),
            Family::Ipv4 | Family::Ipv6 => {
                if self.to_ip {
                    self.hooks.retain(|(family, _)| *family == Family::Bridge);
                } else {
                    self.hooks.clear();
                }
            }
        }
        self.to_ip = false;
        self.hooks.push((family, hook));
    }

    fn leave(&mut self, family: Family, hook: Hook) {
        if let Some(at) = self.hooks.iter().rposition(|h| *h == (family, hook)) {
            self.hooks.truncate(at);
        }
    }

    /// A chip at the hook that the packet is in.
    fn here(&self, chip: &str) -> Place {
        match self.hook() {
            Some(station) => Place::chip(station, chip),
            None => Place::station(Station::Process),
        }
    }

    /// Where `event` is. `on_bridge`: its device is a bridge.
    pub(super) fn place(&mut self, event: &Event, on_bridge: bool) -> Place {
        let place = self.find(event, on_bridge);
        self.last = Some(place.clone());
        place
    }

    fn find(&mut self, event: &Event, on_bridge: bool) -> Place {
        let still = |this: &Self, otherwise: Station| {
            this.last
                .clone()
                .unwrap_or_else(|| Place::station(otherwise))
        };
        match event {
            Event::Program { .. } => Place::station(Station::Process),
            Event::Emit { origin, .. } => match origin {
                Origin::ArpRequest | Origin::ArpReply => Place::station(Station::Neighbour),
                // Flooded by a bridge, or looped back by the IP layer.
                Origin::Clone => still(self, Station::Process),
                Origin::Fragment => still(self, Station::Neighbour),
                Origin::Program
                | Origin::EchoReply
                | Origin::IcmpError
                | Origin::Tcp
                | Origin::Reset
                | Origin::Target => Place::station(Station::Process),
            },
            Event::Transmit => {
                self.sent = on_bridge;
                self.outside_hooks(if on_bridge {
                    Station::BridgingOut
                } else {
                    Station::Egress
                })
            }
            Event::Receive => {
                self.sent = false;
                self.outside_hooks(if on_bridge {
                    Station::Bridging
                } else {
                    Station::Ingress
                })
            }
            Event::Leave => self.outside_hooks(Station::Egress),
            Event::FdbForget { .. } => Place::station(Station::Bridging),
            Event::FdbLearn { .. } | Event::FdbLookup { .. } | Event::PortSkip { .. } => {
                Place::station(self.bridging())
            }
            Event::BridgeToIp { .. } => {
                let place = self.bridge_chip();
                self.to_ip = true;
                place
            }
            // `ip_sabotage_in` stands at the IP hook itself.
            Event::BridgeToIpSkip { .. } => match self.hooks.last() {
                Some((Family::Ipv4 | Family::Ipv6, _)) => self.here("sabotage"),
                _ => self.bridge_chip(),
            },
            Event::HookEnter(at) => {
                self.enter(at.family, at.hook);
                Place::station(Station::Hook(at.family, at.hook))
            }
            Event::HookLeave { family, hook, .. } => {
                self.leave(*family, *hook);
                Place::station(Station::Hook(*family, *hook))
            }
            Event::TableEnter {
                family,
                table,
                hook,
            }
            | Event::TableSkip {
                family,
                table,
                hook,
                ..
            }
            | Event::TableLeave {
                family,
                table,
                hook,
                ..
            } => Place::chip(Station::Hook(*family, *hook), table.clone()),
            Event::Rule { rule, .. } | Event::Target { rule, .. } | Event::Jump { rule, .. } => {
                self.here(&rule.table)
            }
            Event::Policy { table, .. } => self.here(table),
            Event::Return { .. } | Event::Log(_) => still(self, Station::Process),
            Event::Conntrack { act, .. } => match act {
                CtAct::Confirm | CtAct::Clash => self.here("confirm"),
                // In the middle of looking up, confirming or translating.
                CtAct::Destroy => match self.hooks.last() {
                    Some((_, Hook::Prerouting | Hook::Output)) => self.here("conntrack"),
                    _ => still(self, Station::Process),
                },
                CtAct::New
                | CtAct::Found
                | CtAct::Related
                | CtAct::Invalid
                | CtAct::Untracked
                | CtAct::Template
                | CtAct::Already => self.here("conntrack"),
            },
            Event::Nat { act, .. } => match act {
                NatAct::SetupSource
                | NatAct::SetupDestination
                | NatAct::NullSource
                | NatAct::NullDestination
                | NatAct::RewriteSource
                | NatAct::RewriteDestination => self.here("nat"),
            },
            Event::Route { key, .. } => {
                if key.iif.is_some() {
                    Place::station(Station::Routing)
                } else {
                    Place::station(Station::RoutingOut)
                }
            }
            Event::SourceCheck { .. } | Event::Ttl { .. } => Place::station(Station::Routing),
            Event::Neighbour { .. } | Event::Fragment { .. } => Place::station(Station::Neighbour),
            // ip_local_deliver does it too, right behind the decision.
            Event::Defragment { .. } => match &self.last {
                Some(last) if last.station == Station::Routing => Place::station(Station::Routing),
                _ => self.here("defrag"),
            },
            Event::Deliver { .. } | Event::Socket { .. } => Place::station(Station::Process),
            Event::Drop { .. }
            | Event::IcmpLimited { .. }
            | Event::Consume
            | Event::NotModelled { .. }
            | Event::Limit { .. } => still(self, Station::Process),
        }
    }

    fn outside_hooks(&mut self, station: Station) -> Place {
        self.hooks.clear();
        self.to_ip = false;
        Place::station(station)
    }

    /// The chip of br_netfilter at the bridge hook.
    fn bridge_chip(&self) -> Place {
        let bridge = self.hooks.iter().rfind(|(f, _)| *f == Family::Bridge);
        match bridge {
            Some((family, hook)) => Place::chip(Station::Hook(*family, *hook), "br_netfilter"),
            None => Place::station(self.bridging()),
        }
    }

    fn bridging(&self) -> Station {
        if self.sent {
            Station::BridgingOut
        } else {
            Station::Bridging
        }
    }
}
