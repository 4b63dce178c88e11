//! One moment of a walk as a picture that stands by itself: an SVG for places
//! that allow no script, such as README files and feeds, and for a page before
//! the simulator is there.
//!
//! It shows what the stage of the page shows (`www/js/stage.js`), with the
//! sentence of the step below. Light and dark are in it, as the reader's system
//! has them. Every text in it is escaped; it refers to nothing outside.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::geometry::Point;
use crate::packet::Kind;
use crate::scene::{Cable, CableKind, DeviceBox, DeviceLook, Room, RoomKind, Scene};
use crate::timeline::{Dot, Timeline, Track};
use crate::words::Lang;

/// Colours: name, light, dark. Those of the page (`www/css/tokens.css`); a test
/// holds them to it.
const COLOURS: &[(&str, &str, &str)] = &[
    ("paper", "#eef1f2", "#0b1115"),
    ("panel", "#ffffff", "#121a20"),
    ("sunk", "#f5f7f8", "#0e151a"),
    ("ink", "#14202a", "#e4ebef"),
    ("ink-2", "#4a5a66", "#9fb0bb"),
    ("line", "#cfd7dc", "#2c3942"),
    ("line-strong", "#8494a0", "#6b7d89"),
    ("link", "#0a6472", "#63c3cf"),
    ("link-soft", "#dbeef0", "#12343a"),
    ("net", "#3a4bb0", "#a3b1ff"),
    ("net-soft", "#e4e7f8", "#222a55"),
    ("packet", "#b5390a", "#ff8a4c"),
    ("on-packet", "#ffffff", "#1a0d05"),
    ("no", "#b3261e", "#ff8f87"),
];

/// What is drawn in which colour: selector, and properties with the colour's
/// name. Later ones win.
const PAINT: &[(&str, &[(&str, &str)])] = &[
    (".p", &[("fill", "paper"), ("stroke", "line")]),
    ("text", &[("fill", "ink")]),
    (".q", &[("fill", "ink-2")]),
    (".floor", &[("fill", "panel"), ("stroke", "line-strong")]),
    (".host", &[("stroke", "ink")]),
    (".process", &[("fill", "sunk"), ("stroke", "line-strong")]),
    (".glyph", &[("stroke", "ink-2")]),
    (".inner", &[("stroke", "line")]),
    (".stack", &[("fill", "net-soft"), ("stroke", "net")]),
    (".ip", &[("fill", "net")]),
    (".cable", &[("stroke", "line-strong")]),
    (".port", &[("stroke", "link")]),
    (".dev", &[("fill", "panel"), ("stroke", "link")]),
    (".bridge", &[("fill", "link-soft")]),
    (".soft", &[("stroke", "line-strong")]),
    (".here", &[("stroke", "packet")]),
    (".plate", &[("fill", "panel"), ("stroke", "packet")]),
    (".body", &[("fill", "packet"), ("stroke", "panel")]),
    (".mark", &[("stroke", "on-packet")]),
    (".reply.body", &[("fill", "net")]),
    (".arp.body", &[("fill", "line-strong")]),
    (".bad.body", &[("fill", "no")]),
    (".reply.plate", &[("stroke", "net")]),
    (".arp.plate", &[("stroke", "line-strong")]),
    (".bad.plate", &[("stroke", "no")]),
    (".reply.mark,.bad.mark", &[("stroke", "panel")]),
];

/// Measures and lines, the same in light and dark.
const SHAPE: &str = "text{font:12px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace}\
.s{font-family:system-ui,'Segoe UI',Roboto,'Noto Sans','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif}\
.t{font-size:18px;font-weight:650}.w{font-size:14.5px}.b{font-weight:600}.l{font-size:11px}\
.cable,.glyph,.inner,.mark{fill:none;stroke-linejoin:round;stroke-linecap:round}\
.cable{stroke-width:2.5}.glyph{stroke-width:1.5}.inner,.out{stroke-dasharray:3 3}\
.mark{stroke-width:1.8}.host,.bridge{stroke-width:1.6}.here{stroke-width:2.2}\
.remote{stroke-dasharray:5 4}.off{opacity:.55}";

/// Space around everything, and between its parts.
const GAP: f32 = 18.0;
/// No narrower than this, so that words have room.
const LEAST: f32 = 560.0;
/// From one line of words to the next.
const LINE: f32 = 21.0;

/// What a picture says besides what it shows.
#[derive(Clone, Copy, Debug)]
pub struct Caption<'a> {
    /// What stands above it; nothing stands there if it is empty.
    pub title: &'a str,
    /// The language of the sentence, and of the title.
    pub lang: Lang,
}

/// A picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Poster {
    /// The text of an SVG file.
    pub text: String,
    /// Its width, in CSS pixels.
    pub width: f32,
    /// Its height, in CSS pixels.
    pub height: f32,
}

/// `step` of a walk in `scene`, as an SVG file. Past the end, the machine is
/// shown before anything happens.
pub fn svg(scene: &Scene, timeline: &Timeline, step: usize, caption: Caption<'_>) -> Poster {
    let moment = timeline.moment(step, caption.lang);
    let width = scene.width.max(LEAST) + 2.0 * GAP;
    let title = wrap(caption.title, (width - 2.0 * GAP) / 9.5);
    let sentence = moment
        .as_ref()
        .map_or_else(String::new, |moment| moment.sentence.plain());
    let words = wrap(&sentence, (width - 2.0 * GAP) / 7.4);
    let path = moment
        .as_ref()
        .map_or_else(String::new, |moment| moment.path.join(" › "));
    let top = GAP + title.len() as f32 * 24.0 + if title.is_empty() { 0.0 } else { 8.0 };
    let below = top + scene.height + GAP + 8.0;
    let height = below + (words.len() as f32 + 1.0) * LINE;
    let (lang, said) = (
        match caption.lang {
            Lang::En => "en",
            Lang::Zh => "zh-Hans",
        },
        [caption.title, &sentence]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(": "),
    );
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xml:lang=\"{lang}\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{label}\">\
         <title>{label}</title><style>{}</style>\
         <rect class=\"p\" x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"8\"/>",
        style(),
        width - 1.0,
        height - 1.0,
        label = escape(&said),
    );
    let mut drawing = Drawing { out: &mut out };
    for (at, line) in title.iter().enumerate() {
        drawing.text("s t", GAP, GAP + 14.0 + at as f32 * 24.0, "", line);
    }
    let left = (width - scene.width) / 2.0;
    drawing.open(left, top);
    let (netns, dev) = moment
        .as_ref()
        .map_or(("", None), |moment| (&*moment.netns, moment.dev.as_deref()));
    for room in &scene.rooms {
        drawing.room(room, &*room.netns == netns);
    }
    for cable in &scene.cables {
        drawing.cable(cable);
    }
    for device in &scene.devices {
        let here = &*device.netns == netns && Some(&*device.name) == dev;
        drawing.device(device, here);
    }
    if let Some(moment) = &moment {
        let track = Track::new(timeline, scene);
        for dot in timeline.frame_in(step, 1.0, &track, None).dots {
            let label = moment.label.as_deref().filter(|_| dot.current);
            drawing.packet(&dot, label.unwrap_or(""), dot.current && moment.dropped);
        }
    }
    drawing.close();
    drawing.text("q", GAP, below, "", &path);
    for (at, line) in words.iter().enumerate() {
        drawing.text("s w", GAP, below + (at as f32 + 1.0) * LINE, "", line);
    }
    out.push_str("</svg>\n");
    Poster {
        text: out,
        width,
        height,
    }
}

/// The style sheet, with all colours in place: not every viewer knows variables.
fn style() -> String {
    let paint = |dark: bool| {
        let mut out = String::new();
        for (selector, properties) in PAINT {
            let _ = write!(out, "{selector}{{");
            for (property, name) in *properties {
                let found = COLOURS.iter().find(|(colour, ..)| colour == name);
                if let Some((_, light, night)) = found {
                    let _ = write!(out, "{property}:{};", if dark { night } else { light });
                }
            }
            out.push('}');
        }
        out
    };
    format!(
        "{SHAPE}{}@media(prefers-color-scheme:dark){{{}}}",
        paint(false),
        paint(true)
    )
}

/// A text that may stand in an element or an attribute. Characters that XML
/// does not have become U+FFFD.
fn escape(text: &str) -> Cow<'_, str> {
    let harmless = |letter: char| {
        !matches!(
            letter,
            '&' | '<' | '>' | '"' | '\'' | '\u{fffe}' | '\u{ffff}'
        ) && (!letter.is_control() || matches!(letter, '\t' | '\n'))
    };
    if text.chars().all(harmless) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter if harmless(letter) => out.push(letter),
            _ => out.push('\u{fffd}'),
        }
    }
    Cow::Owned(out)
}

/// How wide a letter is, the usual Latin one being 1.
fn breadth(letter: char) -> f32 {
    if letter < '\u{2e80}' { 1.0 } else { 1.95 }
}

/// Breaks a text into lines of at most so many Latin letters, at blanks and
/// between Chinese letters. A word that is longer than a line stands alone.
fn wrap(text: &str, most: f32) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for letter in text.chars() {
        // What closes a sentence stays with it.
        let closes = matches!(letter, '\u{3001}' | '\u{3002}' | '\u{ff00}'..='\u{ff1f}');
        let alone = breadth(letter) > 1.0 && !closes;
        let joins = pieces.last().is_some_and(|piece: &String| {
            let last = piece.chars().next_back().unwrap_or(' ');
            closes || (!alone && last != ' ' && breadth(last) == 1.0) || letter == ' '
        });
        match pieces.last_mut() {
            Some(piece) if joins => piece.push(letter),
            _ => pieces.push(letter.to_string()),
        }
    }
    let mut lines: Vec<String> = Vec::new();
    let mut room = 0.0;
    for piece in pieces {
        let width: f32 = piece.trim_end().chars().map(breadth).sum();
        let whole: f32 = piece.chars().map(breadth).sum();
        match lines.last_mut() {
            Some(line) if width <= room => line.push_str(&piece),
            _ => {
                lines.push(piece);
                room = most;
            }
        }
        room -= whole;
    }
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines
}

/// Elements, written one after the other.
struct Drawing<'a> {
    out: &'a mut String,
}

impl Drawing<'_> {
    fn open(&mut self, x: f32, y: f32) {
        let _ = write!(self.out, "<g transform=\"translate({x} {y})\">");
    }

    fn close(&mut self) {
        self.out.push_str("</g>");
    }

    fn text(&mut self, class: &str, x: f32, y: f32, more: &str, text: &str) {
        if !text.is_empty() {
            let text = escape(text);
            let _ = write!(
                self.out,
                "<text class=\"{class}\" x=\"{x}\" y=\"{y}\"{more}>{text}</text>"
            );
        }
    }

    fn path(&mut self, class: &str, d: &str) {
        let _ = write!(self.out, "<path class=\"{class}\" d=\"{d}\"/>");
    }

    fn rect(&mut self, class: &str, [x, y, w, h, round]: [f32; 5]) {
        let _ = write!(
            self.out,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"{round}\"/>"
        );
    }

    fn room(&mut self, room: &Room, here: bool) {
        let (area, process, stack) = (room.area, room.process, room.stack);
        let kind = match room.kind {
            RoomKind::Host => " host",
            RoomKind::Container => "",
            RoomKind::Remote => " remote",
        };
        let lit = if here { " here" } else { "" };
        self.rect(
            &format!("floor{kind}{lit}"),
            [area.x, area.y, area.w, area.h, 4.0],
        );
        self.text("s b", room.label.x, room.label.y, "", &room.netns);
        self.path(
            "inner",
            &format!("M{} {}L{} {}", process.x, process.y, stack.x, stack.y),
        );
        self.rect("stack", [stack.x - 12.0, stack.y - 8.0, 24.0, 16.0, 3.0]);
        self.text("ip b l", stack.x, stack.y + 4.0, MIDDLE, "ip");
        let Point { x, y } = process;
        let _ = write!(
            self.out,
            "<circle class=\"process\" cx=\"{x}\" cy=\"{y}\" r=\"13\"/>"
        );
        self.path(
            "glyph",
            &format!("M{} {}l4 4-4 4M{} {}h5", x - 5.0, y - 4.0, x + 1.0, y + 4.0),
        );
        self.listening(room);
    }

    /// Who listens, as far as there is room: as on the stage.
    fn listening(&mut self, room: &Room) {
        let (area, process, stack) = (room.area, room.process, room.stack);
        let x = process.x + 18.0;
        let fits = |texts: &[&str]| {
            texts
                .iter()
                .all(|text| x + text.chars().count() as f32 * 6.6 < area.right() - 3.0)
        };
        let whole: Vec<&str> = room.listens.iter().map(String::as_str).collect();
        let short: Vec<&str> = whole
            .iter()
            .map(|text| text.rsplit(' ').next().unwrap_or(text))
            .collect();
        let texts = if fits(&whole) {
            whole
        } else if fits(&short) {
            short
        } else {
            return;
        };
        let space = if stack.y < process.y {
            area.bottom() - process.y + 8.0
        } else {
            stack.y - process.y + 30.0
        };
        let most = ((space / 12.0) as usize).max(1).min(texts.len());
        for (at, text) in texts.iter().take(most).enumerate() {
            let y = process.y + 4.0 + (at as f32 - (most as f32 - 1.0) / 2.0) * 12.0;
            self.text("q l", x, y, "", text);
        }
    }

    fn cable(&mut self, cable: &Cable) {
        let mut d = String::new();
        for (at, Point { x, y }) in cable.line.iter().enumerate() {
            let _ = write!(d, "{}{x} {y}", if at == 0 { 'M' } else { 'L' });
        }
        let kind = match cable.kind {
            CableKind::Port => " port",
            CableKind::Outside => " out",
            CableKind::Veth | CableKind::Stacked => "",
        };
        let down = if cable.up { "" } else { " off" };
        self.path(&format!("cable{kind}{down}"), &d);
    }

    fn device(&mut self, device: &DeviceBox, here: bool) {
        let area = device.area;
        let look = match device.look {
            DeviceLook::Bridge => " bridge",
            DeviceLook::Loopback | DeviceLook::Dummy => " soft out",
            DeviceLook::Veth | DeviceLook::Outside | DeviceLook::Vlan | DeviceLook::Other => "",
        };
        let lit = if here { " here" } else { "" };
        let down = if device.up { "" } else { " off" };
        self.rect(
            &format!("dev{look}{lit}{down}"),
            [area.x, area.y, area.w, area.h, 3.0],
        );
        let middle = area.center();
        if device.vertical {
            let at = format!(
                " transform=\"translate({} {}) rotate(-90)\"",
                middle.x + 4.0,
                area.bottom() - 6.0
            );
            self.text("b", 0.0, 0.0, &at, &device.name);
        } else if device.look == DeviceLook::Bridge {
            let rest = device.lines.get(1..).unwrap_or_default().join("  ");
            let _ = write!(
                self.out,
                "<text x=\"{}\" y=\"{}\"{MIDDLE}><tspan class=\"b\">{}</tspan>\
                 <tspan class=\"q l\" dx=\"10\">{}</tspan></text>",
                middle.x,
                middle.y + 4.0,
                escape(&device.name),
                escape(&rest)
            );
        } else {
            let first = middle.y + 4.0 - (device.lines.len() as f32 - 1.0) * 13.0 / 2.0;
            for (at, line) in device.lines.iter().enumerate() {
                let class = if at == 0 { "b" } else { "q l" };
                self.text(class, middle.x, first + at as f32 * 13.0, MIDDLE, line);
            }
        }
    }

    fn packet(&mut self, dot: &Dot, label: &str, dropped: bool) {
        let (kind, mark) = match dot.kind {
            _ if dropped => (" bad", "M-5-5l10 10M5-5l-10 10"),
            Kind::Request => ("", "M-5 0h10M2-3.5L5.5 0 2 3.5"),
            Kind::Reply => (" reply", "M5 0h-10M-2-3.5L-5.5 0-2 3.5"),
            Kind::Arp => (" arp", "M-4-2h8M-4 2h8"),
            Kind::Error => (" bad", "M0-5v6M0 4.5v.5"),
            Kind::Other => ("", "M-3 0h6"),
        };
        let off = if dot.current { "" } else { " class=\"off\"" };
        let Point { x, y } = dot.at;
        let _ = write!(self.out, "<g{off} transform=\"translate({x} {y})\">");
        if !label.is_empty() {
            let width = label.chars().map(breadth).sum::<f32>() * 6.3 + 12.0;
            self.rect(
                &format!("plate{kind}"),
                [-width / 2.0, -29.0, width, 18.0, 3.0],
            );
            self.text("s b l", 0.0, -16.0, MIDDLE, label);
        }
        self.rect(&format!("body{kind}"), [-11.0, -8.0, 22.0, 16.0, 2.5]);
        self.path(&format!("mark{kind}"), mark);
        self.close();
    }
}

/// The text stands around its place, not behind it.
const MIDDLE: &str = " text-anchor=\"middle\"";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_of_the_page() {
        let tokens = include_str!("../../../www/css/tokens.css");
        let blocks: Vec<&str> = tokens.split("color-scheme: ").collect();
        let read = |scheme: &str, name: &str| {
            let block = blocks
                .iter()
                .find(|block| block.starts_with(scheme))
                .expect(scheme);
            let from = block
                .split_once(&format!("--{name}: "))
                .unwrap_or_else(|| panic!("tokens.css has no --{name}"))
                .1;
            from.split(';').next().expect("a value").to_owned()
        };
        for (name, light, dark) in COLOURS {
            assert_eq!(read("light;", name), *light, "{name}");
            assert_eq!(read("dark;", name), *dark, "{name}");
        }
        for (selector, properties) in PAINT {
            for (_, name) in *properties {
                let known = COLOURS.iter().any(|(colour, ..)| colour == name);
                assert!(known, "{selector}: {name}");
            }
        }
    }

    #[test]
    fn nothing_in_a_text_is_markup() {
        let check = |text: &str, escaped: &str| assert_eq!(escape(text), escaped);
        check("c1", "c1");
        check("<script>", "&lt;script&gt;");
        check("a & \"b\" 'c'", "a &amp; &quot;b&quot; &#39;c&#39;");
        check("\u{1b}[31m\u{0}", "\u{fffd}[31m\u{fffd}");
        check("数据包", "数据包");
    }

    #[test]
    fn lines_break_where_they_may() {
        let check = |text: &str, most: f32, lines: &[&str]| {
            assert_eq!(wrap(text, most), lines, "{text}");
        };
        check("", 10.0, &[]);
        check("one two three", 8.0, &["one two", "three"]);
        check("one two three", 7.0, &["one two", "three"]);
        check("unbreakable", 4.0, &["unbreakable"]);
        check("数据包到达", 6.0, &["数据包", "到达"]);
        // Punctuation does not begin a line; Latin words stay whole.
        check("数据包。到达", 6.0, &["数据", "包。到", "达"]);
        check(
            "在 docker0 上",
            9.0,
            &["在 ", "docker0", "上"].map(str::trim),
        );
    }
}
