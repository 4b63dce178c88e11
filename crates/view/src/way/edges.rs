//! Ways between stations, drawn as lines with right angles.

use packetwalk_core::walk::{Family, Hook};

use super::{Edge, EdgeKind, StationBox, grid};
use crate::geometry::{Arrangement, Point, Rect, point};
use crate::timeline::Station;

/// The course of an edge in the wide chart.
#[derive(Clone, Copy)]
enum Course {
    /// To the right, or straight up or down.
    Straight,
    /// Up, then to the right.
    UpRight,
    /// To the left, then up.
    LeftUp,
    /// To the right, then down.
    RightDown,
    /// Down, far to the left, down again.
    Back,
}

const fn ip(hook: Hook) -> Station {
    Station::Hook(Family::Ipv4, hook)
}

const fn br(hook: Hook) -> Station {
    Station::Hook(Family::Bridge, hook)
}

const PATHS: &[(Station, Station, Course)] = &[
    (Station::Ingress, br(Hook::Brouting), Course::Straight),
    (br(Hook::Brouting), br(Hook::Prerouting), Course::Straight),
    (br(Hook::Brouting), ip(Hook::Prerouting), Course::UpRight),
    (br(Hook::Prerouting), Station::Bridging, Course::Straight),
    (Station::Bridging, br(Hook::Input), Course::Straight),
    (Station::Bridging, br(Hook::Forward), Course::Straight),
    (br(Hook::Input), ip(Hook::Prerouting), Course::LeftUp),
    (br(Hook::Forward), br(Hook::Postrouting), Course::Straight),
    (Station::BridgingOut, br(Hook::Output), Course::Straight),
    (br(Hook::Output), br(Hook::Postrouting), Course::RightDown),
    (br(Hook::Postrouting), Station::Egress, Course::Straight),
    (Station::Ingress, ip(Hook::Prerouting), Course::UpRight),
    (ip(Hook::Prerouting), Station::Routing, Course::Straight),
    (Station::Routing, ip(Hook::Input), Course::Straight),
    (ip(Hook::Input), Station::Process, Course::Straight),
    (Station::Process, Station::RoutingOut, Course::Straight),
    (Station::RoutingOut, ip(Hook::Output), Course::Straight),
    (ip(Hook::Output), ip(Hook::Postrouting), Course::RightDown),
    (Station::Routing, ip(Hook::Forward), Course::Straight),
    (ip(Hook::Forward), ip(Hook::Postrouting), Course::Straight),
    (ip(Hook::Postrouting), Station::Neighbour, Course::Straight),
    (Station::Neighbour, Station::Egress, Course::Straight),
    (Station::Neighbour, Station::BridgingOut, Course::Back),
];

const HOPS: &[Hook] = &[Hook::Prerouting, Hook::Forward, Hook::Postrouting];

/// All edges between stations that are there.
pub(super) fn all(
    stations: &[StationBox],
    arrangement: Arrangement,
    width: f32,
    hops: bool,
) -> Vec<Edge> {
    let area = |id: Station| {
        let mut found = stations.iter();
        found.find(|station| station.id == id).map(|s| s.area)
    };
    let wide = arrangement == Arrangement::Wide;
    let mut out = Vec::new();
    let mut channels = Channels {
        width,
        left: 0,
        right: 0,
        middle: 0,
    };
    let brouted = area(br(Hook::Brouting)).is_some();
    let bridged = area(Station::Bridging).is_some();
    let mut paths: Vec<(Station, Station, Course)> = PATHS.to_vec();
    if bridged && !brouted {
        paths.push((Station::Ingress, br(Hook::Prerouting), Course::Straight));
    }
    for (from, to, course) in paths {
        let (Some(a), Some(b)) = (area(from), area(to)) else {
            continue;
        };
        let line = if wide {
            wide_line(a, b, course)
        } else {
            channels.line(a, b, stations)
        };
        out.push(Edge {
            from,
            to,
            kind: EdgeKind::Path,
            line,
        });
    }
    if hops {
        for hook in HOPS {
            if let (Some(a), Some(b)) = (area(br(*hook)), area(ip(*hook))) {
                let line = if wide {
                    vec![point(a.center().x, a.y), point(a.center().x, b.bottom())]
                } else {
                    let y = title(a) + 12.0;
                    vec![point(a.right(), y), point(b.x, y)]
                };
                out.push(Edge {
                    from: br(*hook),
                    to: ip(*hook),
                    kind: EdgeKind::Hop,
                    line,
                });
            }
        }
    }
    out
}

/// The height at which lines meet a station's side.
fn title(area: Rect) -> f32 {
    area.y + grid::TITLE / 2.0
}

fn wide_line(a: Rect, b: Rect, course: Course) -> Vec<Point> {
    let (ca, cb) = (a.center().x, b.center().x);
    match course {
        Course::Straight if (ca - cb).abs() < a.w.max(b.w) / 2.0 => {
            if b.y < a.y {
                vec![point(cb, a.y), point(cb, b.bottom())]
            } else {
                vec![point(cb, a.bottom()), point(cb, b.y)]
            }
        }
        Course::Straight => vec![point(a.right(), title(a)), point(b.x, title(b))],
        Course::UpRight => vec![point(ca, a.y), point(ca, title(b)), point(b.x, title(b))],
        Course::LeftUp => {
            let x = b.right() - 14.0;
            vec![
                point(a.x, title(a)),
                point(x, title(a)),
                point(x, b.bottom()),
            ]
        }
        Course::RightDown => {
            let x = cb - 18.0;
            vec![
                point(a.right(), title(a)),
                point(x, title(a)),
                point(x, b.y),
            ]
        }
        Course::Back => {
            let x = ca - 18.0;
            let y = b.y - 12.0;
            vec![
                point(x, a.bottom()),
                point(x, y),
                point(cb, y),
                point(cb, b.y),
            ]
        }
    }
}

/// Lines of the narrow chart: straight where nothing is between, else down the
/// side.
struct Channels {
    width: f32,
    left: usize,
    right: usize,
    middle: usize,
}

impl Channels {
    fn line(&mut self, a: Rect, b: Rect, stations: &[StationBox]) -> Vec<Point> {
        let (ca, cb) = (a.center(), b.center());
        if (ca.x - cb.x).abs() > 1.0 {
            // To the other lane.
            let (from, to) = if ca.x < cb.x {
                (a.right(), b.x)
            } else {
                (a.x, b.right())
            };
            // The gap has room for a few lines side by side.
            let x = (from + to) / 2.0 + 6.0 * ((self.middle % 3) as f32 - 1.0);
            self.middle += 1;
            return vec![
                point(from, title(a)),
                point(x, title(a)),
                point(x, title(b)),
                point(to, title(b)),
            ];
        }
        let (top, bottom) = if a.y < b.y {
            (a.bottom(), b.y)
        } else {
            (b.bottom(), a.y)
        };
        let between = stations.iter().any(|station| {
            let area = station.area;
            (area.center().x - ca.x).abs() < 1.0
                && area.y >= top - 1.0
                && area.bottom() <= bottom + 1.0
        });
        if !between {
            return if a.y < b.y {
                vec![point(ca.x, a.bottom()), point(cb.x, b.y)]
            } else {
                vec![point(ca.x, a.y), point(cb.x, b.bottom())]
            };
        }
        let left = ca.x < self.width / 2.0;
        let x = if left {
            self.left += 1;
            a.x.min(b.x) - 5.0 * self.left as f32
        } else {
            self.right += 1;
            a.right().max(b.right()) + 5.0 * self.right as f32
        };
        let edge = |area: Rect| if left { area.x } else { area.right() };
        vec![
            point(edge(a), title(a)),
            point(x, title(a)),
            point(x, title(b)),
            point(edge(b), title(b)),
        ]
    }
}
