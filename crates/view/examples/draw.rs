//! Draws a snapshot's machine and the way through its host as SVG, to look at.
//!
//! `cargo run -p packetwalk-view --example draw -- SNAPSHOT OUT-PREFIX`

use std::fmt::Write as _;

use packetwalk_view::geometry::{Arrangement, Point, Rect};
use packetwalk_view::scene::Scene;
use packetwalk_view::way::Way;

fn line(out: &mut String, points: &[Point], colour: &str) {
    let points: Vec<String> = points.iter().map(|p| format!("{},{}", p.x, p.y)).collect();
    let _ = writeln!(
        out,
        "<polyline points='{}' fill='none' stroke='{colour}' stroke-width='1.5'/>",
        points.join(" ")
    );
}

fn area(out: &mut String, area: Rect, fill: &str) {
    let Rect { x, y, w, h } = area;
    let _ = writeln!(
        out,
        "<rect x='{x}' y='{y}' width='{w}' height='{h}' fill='{fill}' stroke='#333' rx='4'/>"
    );
}

fn text(out: &mut String, x: f32, y: f32, text: &str) {
    let _ = writeln!(out, "<text x='{x}' y='{y}' font-size='11'>{text}</text>");
}

fn svg(width: f32, height: f32, body: &str) -> String {
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' font-family='monospace'><rect width='100%' height='100%' fill='white'/>{body}</svg>"
    )
}

fn scene(scene: &Scene) -> String {
    let mut out = String::new();
    for room in &scene.rooms {
        area(&mut out, room.area, "#eef4ff");
        text(&mut out, room.label.x, room.label.y, &room.netns);
        for (spot, colour) in [(room.process, "#c60"), (room.stack, "#06c")] {
            let _ = writeln!(
                out,
                "<circle cx='{}' cy='{}' r='4' fill='{colour}'/>",
                spot.x, spot.y
            );
        }
    }
    for cable in &scene.cables {
        line(&mut out, &cable.line, "#087");
    }
    for device in &scene.devices {
        area(&mut out, device.area, "#fffbe0");
        let Rect { x, y, .. } = device.area;
        if device.vertical {
            let (x, y) = (x + 14.0, y + 4.0);
            let _ = writeln!(
                out,
                "<text transform='translate({x} {y}) rotate(90)' font-size='11'>{}</text>",
                device.name
            );
        } else {
            for (row, line) in device.lines.iter().enumerate() {
                text(&mut out, x + 5.0, y + 14.0 + 14.0 * row as f32, line);
            }
        }
    }
    svg(scene.width, scene.height, &out)
}

fn way(way: &Way) -> String {
    let mut out = String::new();
    for lane in &way.lanes {
        area(&mut out, lane.area, "#f6f6f6");
    }
    for edge in &way.edges {
        line(&mut out, &edge.line, "#087");
    }
    for station in &way.stations {
        area(&mut out, station.area, "#eef4ff");
        let name = station
            .hook
            .map_or_else(|| station.id.to_string(), str::to_owned);
        text(&mut out, station.area.x + 5.0, station.area.y + 15.0, &name);
        for chip in &station.chips {
            area(&mut out, chip.area, "#fffbe0");
            text(&mut out, chip.area.x + 5.0, chip.area.y + 13.0, &chip.name);
        }
    }
    svg(way.width, way.height, &out)
}

fn main() {
    let mut args = std::env::args().skip(1);
    let (snapshot, prefix) = (args.next().expect("SNAPSHOT"), args.next().expect("PREFIX"));
    let loaded = packetwalk_snapshot::load(&std::fs::read_to_string(snapshot).expect("a file"));
    for (arrangement, name) in [(Arrangement::Wide, "wide"), (Arrangement::Narrow, "narrow")] {
        let picture = Scene::new(&loaded.world, arrangement);
        std::fs::write(format!("{prefix}-scene-{name}.svg"), scene(&picture)).expect("written");
        if let Some(chart) = Way::new(&loaded.world, "host", arrangement) {
            std::fs::write(format!("{prefix}-way-{name}.svg"), way(&chart)).expect("written");
        }
    }
}
