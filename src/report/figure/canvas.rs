//! A canvas in pixels that remembers what is drawn on it.

use super::key::{INK, LINE};
use super::palette::Paint;

/// A point in pixels from the upper left corner.
pub(super) type At = (f64, f64);

/// Where a text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextLook {
    pub size: f64,
    pub paint: Paint,
    pub bold: bool,
}

/// How a line looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stroke {
    pub paint: Paint,
    pub width: f64,
    /// Lengths of dash and gap in pixels; none for a solid line.
    pub dash: Option<(f64, f64)>,
}

impl Stroke {
    pub(super) fn solid(paint: Paint, width: f64) -> Self {
        Self {
            paint,
            width,
            dash: None,
        }
    }
}

/// A rectangle in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rect {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Rect {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let across = self.left < other.right && other.left < self.right;
        across && self.top < other.bottom && other.top < self.bottom
    }
}

/// One thing that is drawn.
pub(super) enum Item {
    /// A broken line through the points.
    Path { points: Vec<At>, stroke: Stroke },
    /// A filled polygon; its opacity is from 0 to 1.
    Polygon {
        points: Vec<At>,
        paint: Paint,
        opacity: f64,
    },
    /// A filled disc, or an outline of the given width.
    Circle {
        centre: At,
        radius: f64,
        paint: Paint,
        outline: Option<f64>,
    },
    /// One line of text.
    Text {
        text: String,
        at: At,
        anchor: Anchor,
        look: TextLook,
    },
    /// Things whose numbers show under the pointer.
    Titled { title: String, items: Vec<Item> },
}

/// Things that are drawn, in this order from the back.
pub(super) struct Canvas {
    pub size: At,
    pub items: Vec<Item>,
}

impl Canvas {
    /// An empty canvas of `size` pixels.
    pub(super) fn new(size: At) -> Self {
        let items = Vec::new();
        Self { size, items }
    }

    /// A broken line through the points, dashed if the stroke says so.
    pub(super) fn path(&mut self, points: &[At], stroke: Stroke) {
        let points = points.to_vec();
        self.items.push(Item::Path { points, stroke });
    }

    /// A filled polygon; `opacity` from 0 to 1.
    pub(super) fn polygon(&mut self, points: &[At], paint: Paint, opacity: f64) {
        self.items.push(Item::Polygon {
            points: points.to_vec(),
            paint,
            opacity,
        });
    }

    /// A filled disc, or its outline.
    pub(super) fn circle(&mut self, centre: At, radius: f64, paint: Paint, outline: Option<f64>) {
        self.items.push(Item::Circle {
            centre,
            radius,
            paint,
            outline,
        });
    }

    /// One line of text; `at` is half the height of a small letter above its baseline.
    pub(super) fn text(&mut self, text: &str, at: At, anchor: Anchor, look: TextLook) {
        self.items.push(Item::Text {
            text: text.to_owned(),
            at,
            anchor,
            look,
        });
    }

    /// Lines of text under each other, `at` in the middle of their height.
    pub(super) fn lines(&mut self, lines: &[String], (x, middle): At, anchor: Anchor) {
        let first = middle - (lines.len() as f64 - 1.0) * LINE / 2.0;
        for (index, line) in lines.iter().enumerate() {
            self.text(line, (x, first + index as f64 * LINE), anchor, INK);
        }
    }

    /// What `draw` draws shows `title` under the pointer.
    pub(super) fn titled(&mut self, title: String, draw: impl FnOnce(&mut Self)) {
        let first = self.items.len();
        draw(self);
        let items = self.items.split_off(first);
        if !items.is_empty() {
            self.items.push(Item::Titled { title, items });
        }
    }
}
