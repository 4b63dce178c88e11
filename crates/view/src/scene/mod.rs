//! The machine as a picture: namespaces as rooms, devices on their walls, veth
//! pairs as cables, bridges as bars with ports, the outside beyond.
//!
//! Laid out from the world alone, so that the same world gives the same
//! picture, and one more container leaves the order of the others as it was.
//! Containers stand over the ports that they are plugged into: on a machine
//! with one bridge no two cables cross.

mod build;
mod cables;
mod plan;
mod room;
mod side;

use serde::Serialize;

use packetwalk_core::walk::Name;
use packetwalk_core::world::World;

use crate::geometry::{Arrangement, Point, Rect, point, within};

/// The machine and what is around it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Scene {
    /// Width of the whole.
    pub width: f32,
    /// Height of the whole.
    pub height: f32,
    /// Namespaces.
    pub rooms: Vec<Room>,
    /// Devices, in the rooms.
    pub devices: Vec<DeviceBox>,
    /// What connects them.
    pub cables: Vec<Cable>,
}

/// What a namespace is in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum RoomKind {
    /// The machine itself.
    Host,
    /// Plugged into one of its bridges.
    Container,
    /// Another host.
    Remote,
}

/// A namespace.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Room {
    /// Its name.
    pub netns: Name,
    /// What it is.
    pub kind: RoomKind,
    /// Where it is.
    pub area: Rect,
    /// Where its name begins (base line).
    pub label: Point,
    /// Where packets are while programs have them.
    pub process: Point,
    /// Where packets are while the IP layer has them.
    pub stack: Point,
    /// Names of listening programs with protocol and port: `nginx tcp/80`.
    pub listens: Vec<String>,
}

/// What a device is, for its look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum DeviceLook {
    /// `lo`.
    Loopback,
    /// End of a veth pair.
    Veth,
    /// A bridge, drawn as a bar.
    Bridge,
    /// A real card, or one whose other end is not known.
    Outside,
    /// `dummy`.
    Dummy,
    /// An 802.1Q device.
    Vlan,
    /// A kind that is not modelled.
    Other,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DeviceBox {
    /// `NETNS/DEVICE`.
    pub id: String,
    /// Namespace.
    pub netns: Name,
    /// Name.
    pub name: Name,
    /// What it is.
    pub look: DeviceLook,
    /// Where it is.
    pub area: Rect,
    /// Where packets are while the device has them.
    pub anchor: Point,
    /// Is there room only for a name that runs downwards?
    pub vertical: bool,
    /// What there is room for in the box, name first: addresses, hardware
    /// address. The rest is for a tooltip.
    pub lines: Vec<String>,
    /// Addresses with prefix lengths.
    pub addresses: Vec<String>,
    /// Hardware address.
    pub mac: String,
    /// MTU in bytes.
    pub mtu: u32,
    /// Up, with a carrier?
    pub up: bool,
    /// Bridge that it is a port of.
    pub master: Option<Name>,
    /// Port settings that differ from the usual: `hairpin`, `isolated`,
    /// `learning off`, `blocking`, ...
    pub flags: Vec<String>,
}

/// What a cable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum CableKind {
    /// A veth pair.
    Veth,
    /// A port on its bridge.
    Port,
    /// A device on top of another (VLAN).
    Stacked,
    /// To what is not in the snapshot.
    Outside,
}

/// A connection between two devices.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Cable {
    /// `FROM--TO`.
    pub id: String,
    /// What it is.
    pub kind: CableKind,
    /// One end, as [`DeviceBox::id`].
    pub from: String,
    /// The other end; `None` for the outside.
    pub to: Option<String>,
    /// Its course, from `from` on.
    pub line: Vec<Point>,
    /// Are both ends up?
    pub up: bool,
}

/// Where in the picture a packet is, without coordinates.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "at", rename_all = "kebab-case")]
pub enum Spot {
    /// At a program.
    Process {
        /// Namespace.
        netns: Name,
    },
    /// In the IP layer.
    Stack {
        /// Namespace.
        netns: Name,
    },
    /// At a device or on a bridge.
    Device {
        /// Namespace.
        netns: Name,
        /// Device.
        dev: Name,
    },
    /// Beyond a device whose other end is not known.
    Beyond {
        /// Namespace.
        netns: Name,
        /// Device.
        dev: Name,
    },
}

impl Spot {
    /// Its namespace.
    pub fn netns(&self) -> &Name {
        match self {
            Self::Process { netns }
            | Self::Stack { netns }
            | Self::Device { netns, .. }
            | Self::Beyond { netns, .. } => netns,
        }
    }
}

impl Scene {
    /// The picture of `world`.
    pub fn new(world: &World, arrangement: Arrangement) -> Self {
        build::scene(world, arrangement)
    }

    /// The arrangement that is drawn larger in a box of this size; `height` is
    /// infinite where the box grows with its picture.
    pub fn arrangement(world: &World, width: f32, height: f32) -> Arrangement {
        let scale = |arrangement| {
            let scene = Self::new(world, arrangement);
            (width / scene.width).min(height / scene.height).min(1.0)
        };
        if scale(Arrangement::Narrow) > scale(Arrangement::Wide) + 0.05 {
            Arrangement::Narrow
        } else {
            Arrangement::Wide
        }
    }

    /// The room of a namespace.
    pub fn room(&self, netns: &str) -> Option<&Room> {
        self.rooms.iter().find(|room| &*room.netns == netns)
    }

    /// A device.
    pub fn device(&self, netns: &str, dev: &str) -> Option<&DeviceBox> {
        self.devices
            .iter()
            .find(|device| &*device.netns == netns && &*device.name == dev)
    }

    /// The cable between two devices, and whether it has to be gone from its
    /// far end.
    fn cable(&self, from: &str, to: &str) -> Option<(&Cable, bool)> {
        self.cables.iter().find_map(|cable| {
            let end = cable.to.as_deref()?;
            match (cable.from == from, end == to, cable.from == to, end == from) {
                (true, true, ..) => Some((cable, false)),
                (_, _, true, true) => Some((cable, true)),
                _ => None,
            }
        })
    }

    /// The course of a packet that was at `start` (on `from`) and goes to `to`.
    /// Begins with `start`; has one point if nothing moves.
    pub fn course(&self, start: Option<(&Spot, Point)>, to: &Spot) -> Vec<Point> {
        let Some((from, at)) = start else {
            return vec![self.place(to, None)];
        };
        if from == to {
            return vec![at];
        }
        let end = self.place(to, Some(at));
        let mut line = vec![at];
        match (from, to) {
            (
                Spot::Device { netns, dev },
                Spot::Device {
                    netns: far_netns,
                    dev: far_dev,
                },
            ) => {
                let (near, far) = (id(netns, dev), id(far_netns, far_dev));
                if let Some((cable, back)) = self.cable(&near, &far)
                    && cable.kind == CableKind::Veth
                {
                    if back {
                        line.extend(cable.line.iter().rev());
                    } else {
                        line.extend(&cable.line);
                    }
                } else if netns == far_netns {
                    // Along the bar first, then up to the port.
                    let is_bridge = |dev: &str| {
                        self.device(netns, dev)
                            .is_some_and(|device| device.look == DeviceLook::Bridge)
                    };
                    if is_bridge(dev) && !is_bridge(far_dev) {
                        line.push(point(end.x, at.y));
                    }
                }
            }
            (Spot::Device { netns, dev }, Spot::Beyond { .. }) => {
                let near = id(netns, dev);
                if let Some(cable) = self.cables.iter().find(|cable| cable.from == near) {
                    line.extend(&cable.line);
                }
            }
            _ => {}
        }
        line.push(end);
        line.dedup();
        line
    }

    /// Where a spot is; on a bridge, as near to `from` as its bar allows.
    pub fn place(&self, spot: &Spot, from: Option<Point>) -> Point {
        let room = |netns: &str| self.room(netns);
        match spot {
            Spot::Process { netns } => room(netns).map(|room| room.process),
            Spot::Stack { netns } => room(netns).map(|room| room.stack),
            Spot::Device { netns, dev } => {
                self.device(netns, dev)
                    .map(|device| match (device.look, from) {
                        (DeviceLook::Bridge, Some(from)) => {
                            let (low, high) = (device.area.x + 8.0, device.area.right() - 8.0);
                            point(within(from.x, low, high.max(low)), device.anchor.y)
                        }
                        _ => device.anchor,
                    })
            }
            Spot::Beyond { netns, dev } => {
                let near = id(netns, dev);
                self.cables
                    .iter()
                    .find(|cable| cable.from == near && cable.to.is_none())
                    .and_then(|cable| cable.line.last().copied())
            }
        }
        .or_else(|| room(spot.netns()).map(|room| room.stack))
        .unwrap_or_default()
    }
}

/// [`DeviceBox::id`] of a device.
pub fn id(netns: &str, dev: &str) -> String {
    format!("{netns}/{dev}")
}
