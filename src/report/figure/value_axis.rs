//! The one axis of figures that have rows instead of a second axis.

use super::axis::{self, Axis, Ends, Map};
use super::canvas::{Anchor, Canvas, Rect, Stroke};
use super::key::{FONT, INK, MUTED};
use super::palette::Paint;

/// Draws grid lines through `area`, ticks, tick labels and the axis label below it.
pub(super) fn draw(canvas: &mut Canvas, axis: &Axis, ends: Ends, map: &Map, area: Rect) {
    let Rect { top, bottom, .. } = area;
    let tick = Stroke::solid(Paint::Muted, 1.0);
    for label in axis::ticks_that_fit(axis.scale, ends, area.width(), FONT) {
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
    let middle = (area.left + area.right) / 2.0;
    canvas.text(&axis.label, (middle, bottom + 33.0), Anchor::Middle, INK);
}
