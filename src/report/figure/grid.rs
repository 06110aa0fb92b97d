//! A grid of plots under one key, whatever is drawn in them.

use super::axis::{Axis, Ends};
use super::canvas::{self, Canvas, Rect};
use super::data::Data;
use super::frame::{Frame, Setting};
use super::key::{Key, LINE, Look};
use super::{Figure, FigureText};
use crate::report::ReportError;

/// The axes of one plot.
pub(super) struct Plot<'a> {
    /// Heading; none in a figure of one plot.
    pub title: Option<&'a str>,
    pub x: &'a Axis,
    pub y: &'a Axis,
    /// Ends of the axes.
    pub ends: (Ends, Ends),
    /// Room to the right of the data.
    pub right: f64,
}

/// Plots in rows, filled from left to right.
pub(super) struct Grid<'a> {
    pub plots: Vec<Plot<'a>>,
    /// Plots in a row.
    pub columns: usize,
    /// Every series of the figure.
    pub key: &'a [(String, Look)],
    /// Height of a plot, pixels, from its width.
    pub height: fn(f64) -> f64,
}

impl Grid<'_> {
    /// Draws key and frames, 880 pixels wide, and lets `fill` draw into each.
    ///
    /// The horizontal axis is labelled once per column if all plots share it.
    pub(super) fn draw(
        &self,
        text: FigureText,
        data: Data,
        fill: impl Fn(&mut Canvas, usize, &Frame),
    ) -> Result<Figure, ReportError> {
        const WIDTH: f64 = 880.0;
        const GAP: (f64, f64) = (26.0, 22.0);
        let Some(first) = self.plots.first() else {
            return Err(ReportError::NothingToDraw { figure: text.id });
        };
        let key = Key::new(self.key, WIDTH - 4.0);
        let columns = self.columns.clamp(1, self.plots.len());
        let rows = self.plots.len().div_ceil(columns);
        let wide = (WIDTH - 4.0 - GAP.0 * (columns as f64 - 1.0)) / columns as f64;
        let high = (self.height)(wide);
        let one_label = self.plots.iter().all(|p| p.x.label == first.x.label);
        let top = 2.0 + key.height();
        let height = top + rows as f64 * (high + GAP.1) - GAP.1 + LINE + 6.0;
        canvas::figure(text, data, (WIDTH, height.round()), |canvas| {
            key.draw(canvas, (2.0, 2.0));
            let settings: Vec<Setting> = (self.plots.iter().enumerate())
                .map(|(index, plot)| Setting {
                    title: plot.title,
                    x: plot.x,
                    y: plot.y,
                    ends: plot.ends,
                    label_x: !one_label || index + columns >= self.plots.len(),
                    right: plot.right,
                    heading: 0,
                    tick_room: 0.0,
                })
                .collect();
            let tick_room = settings
                .iter()
                .map(Setting::widest_tick)
                .fold(0.0, f64::max);
            for (row, in_row) in settings.chunks(columns).enumerate() {
                let heading = in_row
                    .iter()
                    .map(|s| s.lines(wide).len())
                    .max()
                    .unwrap_or(0);
                for (column, setting) in in_row.iter().enumerate() {
                    let left = 2.0 + column as f64 * (wide + GAP.0);
                    let top = top + row as f64 * (high + GAP.1);
                    // The label of the axis stands below, so that all data areas are equally high.
                    let extra = if one_label && setting.label_x {
                        LINE
                    } else {
                        0.0
                    };
                    let outer = Rect {
                        left,
                        top,
                        right: left + wide,
                        bottom: top + high + extra,
                    };
                    let setting = Setting {
                        heading,
                        tick_room,
                        ..*setting
                    };
                    let frame = Frame::draw(canvas, outer, &setting);
                    fill(canvas, row * columns + column, &frame);
                }
            }
            Ok(())
        })
    }
}

/// Every series by name, in the order of first appearance, with the look that
/// `look` gives it at its place: series of one name look alike in all plots.
pub(super) fn key<'a, S: 'a>(
    series: impl Iterator<Item = &'a S>,
    name: impl Fn(&S) -> &str,
    look: impl Fn(&S, usize) -> Look,
) -> Vec<(String, Look)> {
    let mut found: Vec<(String, Look)> = Vec::new();
    for one in series {
        if found.iter().all(|(known, _)| known != name(one)) {
            found.push((name(one).to_owned(), look(one, found.len())));
        }
    }
    found
}

/// The look of a series in a key that has it.
pub(super) fn look_of(key: &[(String, Look)], name: &str) -> Look {
    let found = key.iter().find(|(known, _)| known == name);
    found.map_or(Look::solid(0), |(_, look)| *look)
}
