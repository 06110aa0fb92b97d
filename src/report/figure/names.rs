//! Names of curves: at the ends of their lines, where they cover nothing.

use super::canvas::{Anchor, At, Canvas, Rect, Stroke};
use super::curves::{Curves, at};
use super::frame::{Frame, clip};
use super::key::{FONT, INK, LINE, Look, MUTED};
use super::label;
use super::palette::Paint;
use super::series::Point;

/// What is written beside the data.
struct Label {
    lines: Vec<String>,
    /// The end of the line that it names.
    end: At,
    look: Option<Look>,
}

impl Curves {
    /// Names beside the ends of their lines.
    ///
    /// A line that ends early and a reference line are named within the plot
    /// where their name covers nothing; all other names stand at the right,
    /// pushed apart, each with the marker of its line, and joined to it if the
    /// line comes to the edge and the name had to move.
    pub(super) fn label(
        &self,
        canvas: &mut Canvas,
        frame: &Frame,
        looks: &[Look],
        names: Vec<Vec<String>>,
    ) {
        let area = frame.area;
        let mut taken = self.obstacles(frame);
        let ends = self.series.iter().zip(looks).map(|(series, look)| {
            let points = self.runs(series).flatten().map(|p| at(frame, p));
            (points.filter(|&p| frame.holds(p)).last(), Some(*look))
        });
        let references = self.references.iter().map(|reference| {
            let shown = self.y.shows(reference.y);
            let end = shown.then(|| (area.right, frame.y.at(reference.y)));
            (end.filter(|&end| frame.holds(end)), None)
        });
        let labels = ends
            .chain(references)
            .zip(names)
            .filter_map(|((end, look), lines)| {
                Some(Label {
                    lines,
                    end: end?,
                    look,
                })
            });
        let (free, mut aside): (Vec<Label>, Vec<Label>) =
            labels.partition(|label| label.place_inside(area, &taken).is_some());
        // No name may stand where a name at the right is joined to its line.
        taken.extend(
            aside
                .iter()
                .map(|label| (label.end, (area.right, label.end.1))),
        );
        for label in free {
            match label.place_inside(area, &taken) {
                Some(place) => {
                    label.draw(canvas, (place.left, (place.top + place.bottom) / 2.0));
                    taken.extend(sides(place));
                }
                None => aside.push(label),
            }
        }
        let wanted: Vec<f64> = aside.iter().map(|l| l.end.1).collect();
        let heights: Vec<f64> = aside.iter().map(|l| l.size().1 + 4.0).collect();
        let centres = label::spread(&wanted, &heights, area.top - 8.0, area.bottom + 8.0);
        for (label, centre) in aside.iter().zip(centres) {
            let left = area.right + 14.0;
            // A joint across the plot would cross the data; the marker tells
            // whose name it is.
            let reaches_the_edge = label.end.0 >= area.right - 16.0;
            if reaches_the_edge && (label.end.1 - centre).abs() > 5.0 {
                let from = (label.end.0 + 5.0, label.end.1);
                canvas.path(
                    &[from, (left - 1.5, centre)],
                    Stroke::solid(Paint::Muted, 0.7),
                );
            }
            label.draw(canvas, (left, centre));
        }
    }

    /// Every line that a name must not cover.
    fn obstacles(&self, frame: &Frame) -> Vec<(At, At)> {
        let mut segments = Vec::new();
        let edges: [fn(&Point) -> f64; 3] =
            [|p| p.y, |p| p.low.unwrap_or(p.y), |p| p.high.unwrap_or(p.y)];
        for run in self.series.iter().flat_map(|s| self.runs(s)) {
            for edge in edges {
                let place = |p: &Point| (frame.x.at(p.x), frame.y.clamped(edge(p)));
                let line: Vec<At> = run.iter().map(place).collect();
                segments.extend(line.windows(2).map(|pair| (pair[0], pair[1])));
                segments.extend(line.iter().map(|&point| (point, point)));
            }
        }
        let references = self.references.iter().filter(|r| self.y.shows(r.y));
        segments.extend(references.map(|reference| {
            let y = frame.y.at(reference.y);
            ((frame.area.left, y), (frame.area.right, y))
        }));
        segments
    }
}

/// Room for the marker before a name.
pub(super) const SWATCH: f64 = 15.0;

impl Label {
    /// Width and height with the marker.
    fn size(&self) -> At {
        let wide = label::widest(&self.lines, FONT);
        let swatch = if self.look.is_some() { SWATCH } else { 0.0 };
        (wide + swatch, self.lines.len() as f64 * (LINE - 1.0))
    }

    /// A place within the plot, beside the end of the line, where nothing else is drawn.
    fn place_inside(&self, area: Rect, taken: &[(At, At)]) -> Option<Rect> {
        const NEAR: f64 = 9.0;
        let ((wide, high), (x, y)) = (self.size(), self.end);
        let corners = match self.look {
            // The line reaches the right edge: its name belongs beside it.
            Some(_) if x > area.right - 40.0 => return None,
            Some(_) => [x + NEAR, x - wide - NEAR, x - wide - 2.0 * NEAR]
                .map(|left| (left, y - high / 2.0))
                .to_vec(),
            None => [
                area.left + 6.0,
                area.right - wide - 6.0,
                (area.left + area.right - wide) / 2.0,
            ]
            .iter()
            .flat_map(|&left| [(left, y - high - 2.0), (left, y + 2.0)])
            .collect(),
        };
        corners
            .into_iter()
            .map(|(left, top)| Rect {
                left,
                top,
                right: left + wide,
                bottom: top + high,
            })
            .filter(|b| b.left >= area.left && b.right <= area.right)
            .filter(|b| b.top >= area.top - 6.0 && b.bottom <= area.bottom)
            .find(|b| taken.iter().all(|&(from, to)| clip(from, to, *b).is_none()))
    }

    /// Marker and name, from the middle of their left side.
    fn draw(&self, canvas: &mut Canvas, (mut x, centre): At) {
        if let Some(look) = self.look {
            look.marker(canvas, (x + 4.0, centre));
            x += SWATCH;
        }
        let first = centre - (self.lines.len() as f64 - 1.0) * (LINE - 1.0) / 2.0;
        for (index, line) in self.lines.iter().enumerate() {
            let y = first + index as f64 * (LINE - 1.0);
            let look = if self.look.is_some() { INK } else { MUTED };
            canvas.text(line, (x, y), Anchor::Start, look);
        }
    }
}

/// The sides and diagonals of a rectangle, which a box of text beside it would meet if they overlapped.
pub(super) fn sides(r: Rect) -> [(At, At); 6] {
    let [a, b, c, d] = [
        (r.left, r.top),
        (r.right, r.top),
        (r.right, r.bottom),
        (r.left, r.bottom),
    ];
    [(a, b), (b, c), (c, d), (d, a), (a, c), (b, d)]
}
