//! What tells series apart: colour, marker and dash, and the line that explains them.

use super::canvas::{Anchor, At, Canvas, Stroke, TextLook};
use super::label;
use super::palette::{Paint, SERIES};

/// Font size of labels and ticks, pixels.
pub(super) const FONT: f64 = 12.5;
/// Distance between two lines of text, pixels.
pub(super) const LINE: f64 = 16.0;
/// Radius of a marker, pixels.
const RADIUS: f64 = 3.6;

/// Labels that carry meaning.
pub(super) const INK: TextLook = TextLook {
    size: FONT,
    paint: Paint::Ink,
    bold: false,
};
/// Ticks and reference lines.
pub(super) const MUTED: TextLook = TextLook {
    size: FONT,
    paint: Paint::Muted,
    bold: false,
};
/// Titles of panels and groups.
pub(super) const BOLD: TextLook = TextLook {
    size: FONT,
    paint: Paint::Ink,
    bold: true,
};

/// How one series looks everywhere in a figure.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// Which colour and marker.
    pub index: usize,
    /// Published values: hollow markers, dashed line.
    pub published: bool,
    /// Dashed line.
    pub dashed: bool,
}

impl Look {
    pub(super) fn solid(index: usize) -> Self {
        Self {
            index,
            published: false,
            dashed: false,
        }
    }

    pub(super) fn paint(self) -> Paint {
        Paint::Series(self.index)
    }

    pub(super) fn stroke(self) -> Stroke {
        let dash = match (self.published, self.dashed) {
            (true, _) => Some((2.5, 3.0)),
            (false, true) => Some((7.0, 4.0)),
            (false, false) => None,
        };
        Stroke {
            paint: self.paint(),
            width: if self.published { 1.4 } else { 1.9 },
            dash,
        }
    }

    /// The marker of the series. The shape changes with every series, and with
    /// every round of the colours, so that no two of the first 36 look alike.
    pub(super) fn marker(self, canvas: &mut Canvas, (x, y): At) {
        let shape = (self.index + self.index / SERIES) % 6;
        let paint = self.paint();
        let r = RADIUS;
        let outline = match shape {
            0 => {
                if self.published {
                    canvas.circle((x, y), r, Paint::Paper, None);
                    canvas.circle((x, y), r, paint, Some(1.4));
                } else {
                    canvas.circle((x, y), r, paint, None);
                }
                return;
            }
            1 => vec![(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
            2 => vec![(0.0, -1.2), (1.15, 0.85), (-1.15, 0.85)],
            3 => vec![(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)],
            4 => vec![(0.0, 1.2), (1.15, -0.85), (-1.15, -0.85)],
            _ => {
                // A plus sign.
                let (a, b) = (0.42, 1.3);
                vec![
                    (-a, -b),
                    (a, -b),
                    (a, -a),
                    (b, -a),
                    (b, a),
                    (a, a),
                    (a, b),
                    (-a, b),
                    (-a, a),
                    (-b, a),
                    (-b, -a),
                    (-a, -a),
                ]
            }
        };
        let mut outline: Vec<At> = outline
            .into_iter()
            .map(|(dx, dy)| (x + r * dx, y + r * dy))
            .collect();
        canvas.polygon(
            &outline,
            if self.published { Paint::Paper } else { paint },
            1.0,
        );
        if self.published {
            outline.extend_from_within(..2);
            canvas.path(&outline, Stroke::solid(paint, 1.4));
        }
    }
}

/// A line above the data that names every series; used where labels at the data would crowd it.
pub(super) struct Key<'a> {
    entries: &'a [(String, Look)],
    width: f64,
}

const SAMPLE: f64 = 26.0;
const GAP: f64 = 22.0;

impl<'a> Key<'a> {
    pub(super) fn new(entries: &'a [(String, Look)], width: f64) -> Self {
        Self { entries, width }
    }

    /// Where each entry begins, from the upper left corner of the key.
    fn places(&self) -> Vec<At> {
        let (mut x, mut y) = (0.0, LINE / 2.0);
        let mut places = Vec::new();
        for (name, _) in self.entries {
            let wide = SAMPLE + 6.0 + label::width(name, FONT);
            if x > 0.0 && x + wide > self.width {
                (x, y) = (0.0, y + LINE + 3.0);
            }
            places.push((x, y));
            x += wide + GAP;
        }
        places
    }

    /// Height of the key with the space below it, pixels.
    pub(super) fn height(&self) -> f64 {
        self.places()
            .last()
            .map_or(0.0, |(_, y)| y + LINE / 2.0 + 10.0)
    }

    /// Draws the key with its upper left corner at `corner`; a sample with or without a line.
    pub(super) fn draw(&self, canvas: &mut Canvas, corner: At, lines: bool) {
        for ((name, look), (x, y)) in self.entries.iter().zip(self.places()) {
            let (x, y) = (corner.0 + x, corner.1 + y);
            if lines {
                canvas.path(&[(x, y), (x + SAMPLE, y)], look.stroke());
            }
            look.marker(canvas, (x + SAMPLE / 2.0, y));
            let after = if lines { SAMPLE } else { SAMPLE / 2.0 + RADIUS };
            canvas.text(name, (x + after + 6.0, y), Anchor::Start, INK);
        }
    }
}
