//! A grid of plots under one key, whatever is drawn in them.

use super::axis::{Axis, Ends};
use super::canvas::{At, Canvas, Rect};
use super::frame::{Frame, Setting};
use super::key::{Entry, Key, Look, Swatch};
use crate::report::ReportError;

/// The axes of one plot.
pub(super) struct Plot<'a> {
    /// Heading; none in a figure of one plot.
    pub title: Option<&'a str>,
    pub x: &'a Axis,
    pub y: &'a Axis,
    /// Ends of the axes.
    pub ends: (Ends, Ends),
    /// Values on the horizontal axis that were measured; its ticks, if there are few.
    pub design: &'a [f64],
    /// Room to the right of the data.
    pub right: f64,
}

/// Plots in rows, filled from left to right.
pub(super) struct Grid<'a> {
    pub plots: Vec<Plot<'a>>,
    /// Plots in a row where there is room for them.
    pub columns: usize,
    /// Everything that has a name.
    pub key: &'a [Entry],
    /// Height of the data, pixels, from the width of a plot.
    pub height: fn(f64) -> f64,
}

/// Room between plots.
const GAP: At = (26.0, 16.0);
/// The least width of a plot beside others.
const LEAST: f64 = 160.0;

impl Grid<'_> {
    /// Draws key and frames on `width` pixels, and lets `fill` draw into each.
    ///
    /// The horizontal axis is labelled once per column where all plots share it and its range.
    pub(super) fn canvas(
        &self,
        figure: &str,
        width: f64,
        fill: impl Fn(&mut Canvas, usize, &Frame),
    ) -> Result<Canvas, ReportError> {
        let Some(first) = self.plots.first() else {
            let figure = figure.to_owned();
            return Err(ReportError::NothingToDraw { figure });
        };
        let key = Key::new(self.key, width - 4.0);
        let room = ((width - 4.0 + GAP.0) / (LEAST + GAP.0)) as usize;
        let columns = self.columns.clamp(1, self.plots.len()).min(room.max(1));
        let wide = (width - 4.0 - GAP.0 * (columns as f64 - 1.0)) / columns as f64;
        let one_label = self.plots.iter().all(|p| p.x.label == first.x.label);
        let settings = self.plots.iter().enumerate().map(|(index, plot)| Setting {
            title: plot.title,
            x: plot.x,
            y: plot.y,
            ends: plot.ends,
            design: plot.design,
            label_x: !one_label
                || (self.plots.get(index + columns))
                    .is_none_or(|below| below.ends.0 != plot.ends.0),
            right: plot.right,
            heading: 0,
            tick_room: 0.0,
        });
        let settings: Vec<Setting> = settings.collect();
        let high = (self.height)(wide);
        let ticks = settings.iter().map(|setting| setting.widest_tick(high));
        let tick_room = ticks.fold(0.0, f64::max);
        let mut canvas = Canvas::new((width, 0.0));
        key.draw(&mut canvas, (2.0, 2.0));
        let mut top = 2.0 + key.height();
        for (row, in_row) in settings.chunks(columns).enumerate() {
            let heading = in_row
                .iter()
                .map(|s| s.lines(wide).len())
                .max()
                .unwrap_or(0);
            let least = Setting::above(heading) + high;
            let mut bottom = top;
            for (column, setting) in in_row.iter().enumerate() {
                let left = 2.0 + column as f64 * (wide + GAP.0);
                let outer = Rect {
                    left,
                    top,
                    right: left + wide,
                    bottom: top + least + setting.below(wide),
                };
                let setting = Setting {
                    heading,
                    tick_room,
                    ..*setting
                };
                let frame = Frame::draw(&mut canvas, outer, &setting);
                fill(&mut canvas, row * columns + column, &frame);
                bottom = f64::max(bottom, outer.bottom);
            }
            top = bottom + GAP.1;
        }
        canvas.size.1 = (top - GAP.1 + 6.0).round();
        Ok(canvas)
    }
}

/// Every series by name, in the order of first appearance, with the look that
/// `look` gives it at its place: series of one name look alike in all plots.
pub(super) fn key<'a, S: 'a>(
    series: impl Iterator<Item = &'a S>,
    name: impl Fn(&S) -> &str,
    look: impl Fn(&S, usize) -> Look,
) -> Vec<Entry> {
    let mut found: Vec<Entry> = Vec::new();
    for one in series {
        if found.iter().all(|(known, _)| known != name(one)) {
            let swatch = Swatch::Series(look(one, found.len()));
            found.push((name(one).to_owned(), swatch));
        }
    }
    found
}

/// The look of a series in a key that has it.
pub(super) fn look_of(key: &[Entry], name: &str) -> Look {
    let found = key.iter().find_map(|(known, swatch)| match swatch {
        Swatch::Series(look) if known == name => Some(*look),
        _ => None,
    });
    found.unwrap_or(Look::solid(0))
}
