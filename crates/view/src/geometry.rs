//! Points, boxes and lines in abstract units: one unit is about a CSS pixel at
//! the size that texts are meant to be read at.

use serde::Serialize;

/// A place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Down.
    pub y: f32,
}

/// A place.
pub fn point(x: f32, y: f32) -> Point {
    Point { x, y }
}

/// A box.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Rect {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Width.
    pub w: f32,
    /// Height.
    pub h: f32,
}

/// A box.
pub fn rect(x: f32, y: f32, w: f32, h: f32) -> Rect {
    Rect { x, y, w, h }
}

impl Rect {
    /// Its middle.
    pub fn center(&self) -> Point {
        point(self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    /// Right edge.
    pub fn right(&self) -> f32 {
        self.x + self.w
    }

    /// Lower edge.
    pub fn bottom(&self) -> f32 {
        self.y + self.h
    }

    /// Do the two share any area?
    pub fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
    }

    /// Does `other` lie in it altogether?
    pub fn holds(&self, other: &Self) -> bool {
        other.x >= self.x
            && other.y >= self.y
            && other.right() <= self.right()
            && other.bottom() <= self.bottom()
    }

    /// The same, moved.
    #[must_use]
    pub fn moved(self, dx: f32, dy: f32) -> Self {
        rect(self.x + dx, self.y + dy, self.w, self.h)
    }
}

/// Length of a line with corners.
pub fn length(line: &[Point]) -> f32 {
    line.windows(2)
        .map(|pair| match pair {
            [a, b] => distance(*a, *b),
            _ => 0.0,
        })
        .sum()
}

/// Distance of two places.
pub fn distance(a: Point, b: Point) -> f32 {
    (b.x - a.x).hypot(b.y - a.y)
}

/// The place at `part` (0 to 1) of a line's length; its only point if it has
/// no length, the origin if it has no points.
pub fn along(line: &[Point], part: f32) -> Point {
    let mut left = length(line) * within(part, 0.0, 1.0);
    for pair in line.windows(2) {
        if let [a, b] = pair {
            let step = distance(*a, *b);
            if left <= step && step > 0.0 {
                let share = left / step;
                return point(a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share);
            }
            left -= step;
        }
    }
    line.last().copied().unwrap_or_default()
}

/// About how wide a text is, in the size that names are drawn in.
pub fn text_width(text: &str) -> f32 {
    text.chars()
        .map(|c| if c.is_ascii() { 6.6 } else { 12.0 })
        .sum()
}

/// About how wide a namespace's name is, which is drawn larger and bold.
pub fn title_width(text: &str) -> f32 {
    text.chars()
        .map(|c| if c.is_ascii() { 7.9 } else { 13.0 })
        .sum()
}

/// The arrangement of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Arrangement {
    /// Landscape.
    #[default]
    Wide,
    /// Portrait: fits a width of 390 where it can.
    Narrow,
}

/// A number held between two others. Not `f32::clamp`, which would bring along
/// how to print numbers, to complain of `low` above `high`.
pub(crate) fn within(value: f32, low: f32, high: f32) -> f32 {
    value.max(low).min(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_along_corners() {
        let line = [point(0.0, 0.0), point(10.0, 0.0), point(10.0, 30.0)];
        assert_eq!(length(&line), 40.0);
        assert_eq!(along(&line, 0.5), point(10.0, 10.0));
        assert_eq!(along(&line, 2.0), point(10.0, 30.0));
        assert_eq!(along(&[], 0.5), point(0.0, 0.0));
    }
}
