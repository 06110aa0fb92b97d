//! What tells series apart: colour, marker and dash, and the line that explains them.

use std::f64::consts::FRAC_1_SQRT_2;

use super::canvas::{Anchor, At, Canvas, Stroke, TextLook};
use super::label;
use super::palette::Paint;

/// Font size of labels and ticks, pixels.
pub(super) const FONT: f64 = 12.5;
/// Distance between two lines of text, pixels.
pub(super) const LINE: f64 = 16.0;
/// Radius of a marker, pixels.
pub(super) const RADIUS: f64 = 3.6;

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
    /// Hollow markers and a finely dashed line: published values, limits.
    pub hollow: bool,
    /// Dashed line.
    pub dashed: bool,
    /// Whether a line joins the markers.
    pub joined: bool,
}

impl Look {
    /// Filled markers that no line joins.
    pub(super) fn solid(index: usize) -> Self {
        Self {
            index,
            hollow: false,
            dashed: false,
            joined: false,
        }
    }

    pub(super) fn paint(self) -> Paint {
        Paint::Series(self.index)
    }

    pub(super) fn stroke(self) -> Stroke {
        let dash = match (self.hollow, self.dashed) {
            (true, _) => Some((2.5, 3.0)),
            (false, true) => Some((7.0, 4.0)),
            (false, false) => None,
        };
        Stroke {
            paint: self.paint(),
            width: if self.hollow { 1.4 } else { 1.9 },
            dash,
        }
    }

    /// The marker of the series. The first twelve differ in shape alone, the
    /// first 72 in shape and colour together.
    pub(super) fn marker(self, canvas: &mut Canvas, at: At) {
        self.marker_of(canvas, at, RADIUS);
    }

    /// The same, so many pixels in radius.
    pub(super) fn marker_of(self, canvas: &mut Canvas, (x, y): At, r: f64) {
        let shape = (self.index + self.index / SHAPES) % SHAPES;
        let paint = self.paint();
        if shape == 0 {
            let inside = if self.hollow { Paint::Paper } else { paint };
            canvas.circle((x, y), r, inside, None);
            if self.hollow {
                canvas.circle((x, y), r, paint, Some(1.4));
            }
            return;
        }
        let outline = outline(shape);
        let mut outline: Vec<At> = outline
            .into_iter()
            .map(|(dx, dy)| (x + r * dx, y + r * dy))
            .collect();
        canvas.polygon(
            &outline,
            if self.hollow { Paint::Paper } else { paint },
            1.0,
        );
        if self.hollow {
            outline.extend_from_within(..2);
            canvas.path(&outline, Stroke::solid(paint, 1.4));
        }
    }
}

/// Shapes of markers before they repeat.
const SHAPES: usize = 12;

/// The corners of a marker of radius 1.
fn outline(shape: usize) -> Vec<At> {
    // A plus sign of arms of half width a and length b; a cross if it is turned.
    let (a, b) = (0.42, 1.3);
    let plus = [
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
    ];
    let turned = |(x, y): At| ((x - y) * FRAC_1_SQRT_2, (x + y) * FRAC_1_SQRT_2);
    match shape {
        1 => vec![(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        2 => vec![(0.0, -1.2), (1.15, 0.85), (-1.15, 0.85)],
        3 => vec![(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)],
        4 => vec![(0.0, 1.2), (1.15, -0.85), (-1.15, -0.85)],
        5 => plus.to_vec(),
        6 => vec![(-1.3, 0.0), (0.85, -1.15), (0.85, 1.15)],
        7 => vec![(1.3, 0.0), (-0.85, 1.15), (-0.85, -1.15)],
        8 => plus.map(turned).to_vec(),
        9 => vec![(-0.5, -1.4), (0.5, -1.4), (0.5, 1.4), (-0.5, 1.4)],
        10 => (0..10).map(star).collect(),
        _ => vec![(-1.1, -1.1), (1.1, -1.1), (-1.1, 1.1), (1.1, 1.1)],
    }
}

/// The corners of a star of five points, the first of them up.
fn star(corner: u32) -> At {
    let angle = f64::from(corner) * std::f64::consts::PI / 5.0;
    let radius = if corner.is_multiple_of(2) { 1.6 } else { 0.65 };
    (radius * angle.sin(), -radius * angle.cos())
}

/// What a name in the key stands beside.
#[derive(Debug, Clone, Copy)]
pub(super) enum Swatch {
    /// The markers of a series, and its line.
    Series(Look),
    /// A shaded area.
    Shade(Paint),
    /// A line to compare with.
    Line(Stroke),
    /// A marker on its interval.
    Interval(Look),
}

/// A name and what it stands for.
pub(super) type Entry = (String, Swatch);

/// Lines above the data that name what is drawn.
pub(super) struct Key {
    entries: Vec<(Vec<String>, Swatch)>,
    width: f64,
}

const SAMPLE: f64 = 30.0;
const GAP: f64 = 20.0;

impl Swatch {
    fn width(self) -> f64 {
        match self {
            Self::Series(Look { joined: false, .. }) => 2.0 * RADIUS + 2.0,
            _ => SAMPLE,
        }
    }

    /// Draws it to the right of a point, in the middle of a line.
    fn draw(self, canvas: &mut Canvas, (x, y): At) {
        match self {
            Self::Series(look) if look.joined => {
                // Two markers and the line between them; one would look like an error bar.
                let ends = [(x + RADIUS, y), (x + SAMPLE - RADIUS, y)];
                canvas.path(&ends, look.stroke());
                for end in ends {
                    look.marker(canvas, end);
                }
            }
            Self::Series(look) => look.marker(canvas, (x + RADIUS + 1.0, y)),
            Self::Shade(paint) => {
                let (top, bottom, right) = (y - 5.0, y + 5.0, x + SAMPLE);
                let corners = [(x, top), (right, top), (right, bottom), (x, bottom)];
                canvas.polygon(&corners, paint, 0.2);
            }
            Self::Line(stroke) => canvas.path(&[(x, y), (x + SAMPLE, y)], stroke),
            Self::Interval(look) => {
                canvas.path(&[(x, y), (x + SAMPLE, y)], Stroke::solid(look.paint(), 1.6));
                look.marker(canvas, (x + SAMPLE / 2.0, y));
            }
        }
    }
}

impl Key {
    /// A key of at most `width` pixels; a name that is longer has several lines.
    pub(super) fn new(entries: &[Entry], width: f64) -> Self {
        let entries = entries.iter().map(|(name, swatch)| {
            let room = width - swatch.width() - 6.0;
            (label::wrap(name, room, FONT), *swatch)
        });
        let entries = entries.collect();
        Self { entries, width }
    }

    /// Where each entry begins, from the upper left corner of the key, and the height of all.
    fn places(&self) -> (Vec<At>, f64) {
        let (mut x, mut y, mut bottom) = (0.0, 0.0, 0.0);
        let mut places = Vec::new();
        for (name, swatch) in &self.entries {
            let wide = swatch.width() + 6.0 + label::widest(name, FONT);
            if x > 0.0 && x + wide > self.width {
                (x, y) = (0.0, bottom + 3.0);
            }
            places.push((x, y));
            x += wide + GAP;
            bottom = f64::max(bottom, y + LINE * name.len() as f64);
        }
        (places, bottom)
    }

    /// Height of the key with the space below it, pixels.
    pub(super) fn height(&self) -> f64 {
        match self.entries.is_empty() {
            true => 0.0,
            false => self.places().1 + 10.0,
        }
    }

    /// Draws the key with its upper left corner at `corner`.
    pub(super) fn draw(&self, canvas: &mut Canvas, corner: At) {
        for ((name, swatch), (x, y)) in self.entries.iter().zip(self.places().0) {
            let (x, y) = (corner.0 + x, corner.1 + y + LINE / 2.0);
            swatch.draw(canvas, (x, y));
            for (index, line) in name.iter().enumerate() {
                let y = y + LINE * index as f64;
                canvas.text(line, (x + swatch.width() + 6.0, y), Anchor::Start, INK);
            }
        }
    }
}
