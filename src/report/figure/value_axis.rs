//! The one axis of figures that have rows instead of a second axis.

use super::axis::{self, Axis, Ends, Map};
use super::canvas::{Anchor, Canvas, Rect, Stroke};
use super::key::{FONT, INK, LINE, MUTED};
use super::label;
use super::palette::Paint;

/// Height of ticks, tick labels and the label of the axis in a figure of `width` pixels.
pub(super) fn height(axis: &Axis, width: f64) -> f64 {
    let lines = label::wrap(&axis.label, width - 8.0, FONT);
    7.0 + LINE * (1.0 + lines.len() as f64)
}

/// Draws grid lines through `area`, ticks, tick labels and the axis label below it.
pub(super) fn draw(canvas: &mut Canvas, axis: &Axis, ends: Ends, map: &Map, area: Rect) {
    let Rect { top, bottom, .. } = area;
    let tick = Stroke::solid(Paint::Muted, 1.0);
    for label in axis.ticks(ends, &[], area.width()) {
        let x = map.at(label.value);
        canvas.path(&[(x, top), (x, bottom)], Stroke::solid(Paint::Grid, 1.0));
        canvas.path(&[(x, bottom), (x, bottom + 4.0)], tick);
        canvas.text(&label.label, (x, bottom + 15.0), Anchor::Middle, MUTED);
    }
    for value in axis::minor(axis.scale, ends) {
        let x = map.at(value);
        canvas.path(&[(x, bottom), (x, bottom + 2.5)], tick);
    }
    canvas.path(
        &[(area.left, bottom), (area.right, bottom)],
        Stroke::solid(Paint::Muted, 1.2),
    );
    let width = canvas.size.0;
    for (index, line) in (0..).zip(label::wrap(&axis.label, width - 8.0, FONT)) {
        // Centred below the data, but never beyond the figure.
        let half = label::width(&line, FONT) / 2.0;
        let middle = (area.left + area.right) / 2.0;
        let middle = middle.min(width - 4.0 - half).max(4.0 + half);
        let y = bottom + 17.0 + LINE * (f64::from(index) + 1.0);
        canvas.text(&line, (middle, y), Anchor::Middle, INK);
    }
}
